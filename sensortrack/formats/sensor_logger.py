"""Sensor Logger's exports: a zip of one CSV per sensor, or one JSON of all (protocols.md sections 9b and 10.1).

iPhones give acceleration and gravity with the opposite sign of everybody else, unless the app was told to standardise
it; angular rate has the same sign on both.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, BinaryIO

import numpy as np

from sensortrack.formats.bundle import Bundle
from sensortrack.formats.csv_header import STANDARD_GRAVITY_M_S2
from sensortrack.formats.streams import Triples, joined, read_triple_header, read_triples, summed
from sensortrack.formats.told import Told
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock

MOST_JSON_BYTES = 2**28
_WITH_GRAVITY = "TotalAcceleration, or Accelerometer and Gravity"


def is_sensor_logger(bundle: Bundle) -> bool:
    """Tell by a member's header."""
    return any(b"seconds_elapsed" in bundle.head(name, 200) for name in bundle.names if name.endswith(".csv"))


def read_bundle(bundle: Bundle) -> tuple[Told, Iterator[RawBlock]]:
    """Give what is told of the recording, and its samples."""
    metadata = _metadata(bundle)
    names = {name.removesuffix(".csv") for name in bundle.names if _has_rows(bundle, name)}
    return _told(metadata), _read(bundle, names, _sign(metadata))


def _read(bundle: Bundle, names: set[str], flip: float) -> Iterator[RawBlock]:
    with ExitStack() as stack:

        def triples(name: str, factor: float) -> Triples:
            stream: BinaryIO = stack.enter_context(bundle.open(f"{name}.csv"))
            header = read_triple_header(bundle.head(f"{name}.csv").split(b"\n")[0].decode("utf-8", "replace"))
            if header is None:
                raise RecordingError(Problem.COLUMNS, expected="seconds_elapsed, z, y, x", found=f"{name}.csv")
            return read_triples(stream, header, factor)

        yield from _chosen(names, flip, triples)


def _has_rows(bundle: Bundle, name: str) -> bool:
    return name.endswith(".csv") and bundle.head(name, 4096).count(b"\n") > 1


def _metadata(bundle: Bundle) -> dict[str, str]:
    if "metadata.csv" not in bundle.names:
        return {}
    text = bundle.head("metadata.csv", 65536).decode("utf-8", "replace")
    row = next(csv.DictReader(io.StringIO(text)), None) or {}
    return {str(key).strip().lower(): str(value or "").strip().lower() for key, value in row.items()}


def _told(metadata: dict[str, str]) -> Told:
    epoch_ms = metadata.get("recording epoch time", "")
    started = datetime.fromtimestamp(int(epoch_ms) / 1000, UTC) if epoch_ms.isdigit() and len(epoch_ms) < 15 else None
    words = " ".join(filter(None, ("Sensor Logger", metadata.get("appversion", ""))))
    zone = metadata.get("recording timezone", "")
    return Told(words, metadata.get("device name", ""), started, "/".join(map(str.title, zone.split("/"))) or None)


def read_single(stream: BinaryIO, name: str, line: str) -> Iterator[RawBlock]:
    """Read one CSV of an export by itself; its name tells what it is."""
    header = read_triple_header(line)
    low = name.lower()
    if header is None:
        raise RecordingError(Problem.COLUMNS, expected="seconds_elapsed, z, y, x", found=line[:80])
    if "gyroscope" in low:
        raise RecordingError(Problem.NO_ACCELERATION, found=name)
    blocks = joined(read_triples(stream, header), None)
    if "total" in low or "uncalibrated" in low:
        return blocks
    return _refuse_without_gravity(blocks, name)


def _refuse_without_gravity(blocks: Iterator[RawBlock], name: str) -> Iterator[RawBlock]:
    """Refuse what is near zero: this app's plain accelerometer has no gravity in it."""
    first = next(blocks)
    if float(np.median(np.linalg.norm(first.acc, axis=1))) < STANDARD_GRAVITY_M_S2 / 2 or "accelerometer" in name.lower():
        raise RecordingError(Problem.GRAVITY_REMOVED, found=name, expected=_WITH_GRAVITY)
    yield first
    yield from blocks


def is_json(document: Any) -> bool:
    """Tell whether a JSON document is this app's."""
    return isinstance(document, list) and bool(document) and isinstance(document[0], dict) and "sensor" in document[0]


def read_json(document: Sequence[Any]) -> tuple[Told, Iterator[RawBlock]]:
    """Read the JSON export: one entry per sample, all values are texts."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    metadata: dict[str, str] = {}
    for entry in document:
        try:
            name = str(entry["sensor"]).lower()
            if name == "metadata":
                metadata = {str(key).lower(): str(value).lower() for key, value in entry.items()}
            elif name in _SENSORS:
                values = float(entry["seconds_elapsed"]), float(entry["x"]), float(entry["y"]), float(entry["z"])
                found.setdefault(name, []).append(values)
        except (KeyError, TypeError, ValueError) as error:
            raise RecordingError(Problem.DAMAGED, found=json.dumps(entry)[:80]) from error
    return _told(metadata), _from_json({name: np.array(rows) for name, rows in found.items()}, metadata)


_SENSORS = {
    "totalacceleration", "accelerometer", "gravity", "gyroscope", "accelerometeruncalibrated", "gyroscopeuncalibrated",
}  # fmt: skip


def _from_json(found: dict[str, Any], metadata: dict[str, str]) -> Iterator[RawBlock]:
    def triples(name: str, factor: float) -> Triples:
        rows = found[name]
        if not np.isfinite(rows).all() or np.abs(rows[:, 1:]).max() > 1e6:
            raise RecordingError(Problem.DAMAGED, found=f"{name} has values that cannot be")
        return iter([(rows[:, 0], rows[:, 1:] * factor)])

    yield from _chosen(found.keys(), _sign(metadata), triples)


def _sign(metadata: dict[str, str]) -> float:
    return -1.0 if metadata.get("platform") == "ios" and metadata.get("standardisation") != "true" else 1.0


def _chosen(names: Collection[str], sign: float, triples: Callable[[str, float], Triples]) -> Iterator[RawBlock]:
    """Take the acceleration with gravity, from wherever it is, and the angular rate."""
    if "totalacceleration" in names:
        acc = triples("totalacceleration", sign)
    elif "accelerometer" in names and "gravity" in names:
        acc = summed(triples("accelerometer", sign), triples("gravity", sign))
    elif "accelerometeruncalibrated" in names:
        acc = triples("accelerometeruncalibrated", sign * (STANDARD_GRAVITY_M_S2 if sign < 0 else 1.0))  # iOS: in g
    elif "accelerometer" in names:
        raise RecordingError(Problem.GRAVITY_REMOVED, found="Accelerometer", expected=_WITH_GRAVITY)
    else:
        raise RecordingError(Problem.NO_ACCELERATION, found=", ".join(sorted(names)[:6]) or "no sensor")
    gyroscope = next((name for name in ("gyroscope", "gyroscopeuncalibrated") if name in names), None)
    yield from joined(acc, triples(gyroscope, 1.0) if gyroscope else None)
