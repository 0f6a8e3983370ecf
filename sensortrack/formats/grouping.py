"""Which of the files that a person gives belong together: apps write a file for each sensor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from sensortrack.formats.bundle import MOST_MEMBERS, Bundle, is_hidden, plain_name
from sensortrack.formats.streams import METABASE, SENSOR_LOGGER, Part, first_rows, read_part
from sensortrack.model.errors import RecordingError

_APART_S = 60.0  # two sensors of one recording begin within seconds
_HEAD = 4096
_ROLES = ("totalacceleration", "uncalibrated", "gyro", "linear", "gravity", "accel")


def grouped(paths: Iterable[Path]) -> list[list[Path]]:
    """Put files of one recording together; the others stand alone. The order is that of each one's first file.

    Files of one app in one folder are one recording if no sensor comes twice; of MetaBase's, all on the host's clock,
    the angular rate goes with the acceleration that begins next to it.
    """
    groups: list[list[Path]] = []
    families: dict[tuple[Path, str], list[tuple[Path, Part]]] = {}
    for path in dict.fromkeys(chain.from_iterable(map(_spread, paths))):
        part = _part(path)
        if part is None:
            groups.append([path])
            continue
        family = families.setdefault((path.parent, part.app), [])
        family.append((path, part))
        if len(family) == 1:
            groups.append([path])
    for (folder, app), family in families.items():
        at = groups.index([family[0][0]])
        together = _metabase(family) if app == METABASE else _by_sensor(family)
        if app == SENSOR_LOGGER and len(together) == 1:
            together[0] += [group[0] for group in groups if _is_metadata(group, folder)]
            groups = [group for group in groups if not _is_metadata(group, folder)]
            at = groups.index([family[0][0]])
        groups[at : at + 1] = together
    return groups


def _spread(path: Path) -> list[Path]:
    """Give the files of a folder that hold a recording each; a folder that is one recording stays whole."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.is_file() and not is_hidden(file))
    if len(files) < 2 or len(files) > MOST_MEMBERS or any(_part(file) for file in files):
        return [path]
    return files


def _part(path: Path) -> Part | None:
    try:
        return read_part(_head(path))
    except RecordingError:
        return None  # told when it is opened


def _head(path: Path) -> bytes:
    return Bundle.of_files([path]).head(plain_name(path), _HEAD)


def _is_metadata(group: Sequence[Path], folder: Path) -> bool:
    return group[0].parent == folder and plain_name(group[0]) == "metadata.csv"


def _by_sensor(family: Sequence[tuple[Path, Part]]) -> list[list[Path]]:
    roles = [_role(path, part) for path, part in family]
    paths = [path for path, _ in family]
    return [paths] if len(set(roles)) == len(roles) else [[path] for path in paths]


def _role(path: Path, part: Part) -> str:
    words = "gyro" if part.kind == "gyr" else f"{path.name} {part.words}".lower()
    return " ".join(role for role in _ROLES if role in words)


def _metabase(family: Sequence[tuple[Path, Part]]) -> list[list[Path]]:
    starts_s = {path: _start_s(path, part) for path, part in family}
    rates = [path for path, part in family if part.kind == "gyr"]
    together: list[list[Path]] = []
    for path, part in family:
        if part.kind == "gyr":
            continue
        near = min(rates, key=lambda rate: abs(starts_s[rate] - starts_s[path]), default=None)
        if near is not None and abs(starts_s[near] - starts_s[path]) < _APART_S:
            rates.remove(near)
            together.append([path, near])
        else:
            together.append([path])
    return [*together, *([rate] for rate in rates)]


def _start_s(path: Path, part: Part) -> float:
    time_s, _ = first_rows(_head(path), part)
    return float(time_s[0]) if len(time_s) else -_APART_S
