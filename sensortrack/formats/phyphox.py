"""phyphox's exports: a zip of one table per sensor, with the times of start and pause (protocols.md section 10.2).

Names are in the phone's language: what a table holds is told by the unit and the size of its numbers. Gravity alone is
told from the sensor's own acceleration by its name, in the languages that are known; in others it changes less.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta

import numpy as np

from sensortrack.formats.bundle import Bundle
from sensortrack.formats.csv_header import STANDARD_GRAVITY_M_S2
from sensortrack.formats.reading import Reading, fixed_zone, from_epoch
from sensortrack.formats.streams import (
    PHYPHOX,
    Part,
    Triples,
    first_rows,
    joined,
    read_filled_part,
    read_triples,
    summed,
)
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock

_GRAVITY = ("gravity", "gravitation", "schwerkraft", "gravité", "gravedad", "gravità")
_WITH_GRAVITY = "Acceleration (with g)"
_LINEAR_BELOW = STANDARD_GRAVITY_M_S2 / 2
_OFFSET = re.compile(r"UTC([+-])(\d\d):?(\d\d)")


def read_bundle(bundle: Bundle) -> Reading:
    """Read the tables of an export, or one of them."""
    files: dict[str, str] = {}
    parts: dict[str, Part] = {}
    spread = -1.0
    for name in bundle.names:
        part = read_filled_part(bundle.head(name))
        if part is None or part.app not in (PHYPHOX, ""):
            continue
        parts[name] = part
        kind, change = _kind(bundle, name, part)
        if kind != "acc" or change > spread:  # of two with gravity in them the sensor's own changes more
            files[kind] = name
            spread = change if kind == "acc" else spread
    zero_at, zone = _start(bundle)
    app = " ".join(filter(None, (PHYPHOX, _device(bundle).get("version", ""))))
    reading = Reading(iter(()), app, _device(bundle).get("deviceModel", ""), zero_at, zone=zone)
    reading.blocks = _read(bundle, files, parts, reading)
    return reading


def _kind(bundle: Bundle, name: str, part: Part) -> tuple[str, float]:
    """Tell what a table holds, and how much the size of its values changes."""
    if part.kind == "gyr":
        return "gyr", 0.0
    words = f"{name} {part.words}"
    _, values = first_rows(bundle.head(name, 65536), part)
    sizes = np.linalg.norm(values, axis=1) if len(values) else np.full(1, STANDARD_GRAVITY_M_S2)
    change = float(np.std(sizes))
    if float(np.median(sizes)) < _LINEAR_BELOW:
        return "linear", change
    return "gravity" if any(word in words for word in _GRAVITY) else "acc", change


def _read(bundle: Bundle, files: Mapping[str, str], parts: Mapping[str, Part], reading: Reading) -> Iterator[RawBlock]:
    with ExitStack() as stack:

        def triples(kind: str) -> Triples:
            name = files[kind]
            return read_triples(stack.enter_context(bundle.open(name)), parts[name])

        if "acc" in files:
            acc = triples("acc")
        elif "linear" in files and "gravity" in files:
            acc = summed(triples("linear"), triples("gravity"))
        elif "gravity" in files:  # or what a person called so
            acc = triples("gravity")
        elif "linear" in files:
            raise RecordingError(Problem.GRAVITY_REMOVED, column=files["linear"], expected=_WITH_GRAVITY)
        else:
            raise RecordingError(Problem.NO_ACCELERATION, found=", ".join(files.values()) or "no sensor")
        yield from joined(acc, triples("gyr") if "gyr" in files else None, reading.doubts)


def _device(bundle: Bundle) -> dict[str, str]:
    return {str(row.get("property")): str(row.get("value") or "") for row in _rows(bundle, "device.csv")}


def _start(bundle: Bundle) -> tuple[datetime | None, str | None]:
    """Tell when the experiment's clock said 0, and the zone, from the first start."""
    for row in _rows(bundle, "time.csv"):
        try:
            seconds = float(str(row["system time"])) - float(str(row["experiment time"]))
        except (KeyError, ValueError):
            continue
        offset = _OFFSET.search(str(row.get("system time text")))
        if offset is None:
            return from_epoch(seconds), None
        sign = -1 if offset[1] == "-" else 1
        return from_epoch(seconds), fixed_zone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))
    return None, None


def _rows(bundle: Bundle, name: str) -> list[dict[str, str]]:
    if name not in bundle.names:
        return []
    text = bundle.head(name, 65536).decode("utf-8", "replace")
    separator = max("\t;,", key=text.partition("\n")[0].count)
    try:
        return list(
            csv.DictReader(io.StringIO(text.replace(",", ".") if separator != "," else text), delimiter=separator)
        )
    except csv.Error:
        return []
