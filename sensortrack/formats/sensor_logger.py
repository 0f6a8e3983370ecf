"""Sensor Logger's exports: a zip of one CSV per sensor, or one JSON of all (protocols.md sections 9b and 10.1).

iPhones give acceleration and gravity with the opposite sign of everybody else, unless the app was told to standardise
it; angular rate has the same sign on both.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np

from sensortrack.formats.bundle import Bundle
from sensortrack.formats.csv_header import STANDARD_GRAVITY_M_S2
from sensortrack.formats.reading import Doubt, Reading, from_epoch
from sensortrack.formats.streams import (
    SENSOR_LOGGER,
    Part,
    Triples,
    first_rows,
    joined,
    read_filled_part,
    read_triples,
    summed,
)
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock

_WITH_GRAVITY = "TotalAcceleration"
_IN_G = "accelerometeruncalibrated in g"  # as iPhones have it, whose sign then is theirs too
_G = (0.8, 1.25)  # size of gravity in g, with a sensor's faults and a body's movement
_SENSORS = {
    "totalacceleration", "accelerometer", "gravity", "gyroscope", "accelerometeruncalibrated", "gyroscopeuncalibrated",
}  # fmt: skip
_MOST = 1e6  # m/s², rad/s, as in tables
_File: TypeAlias = tuple[str, Part]  # name, header


def read_bundle(bundle: Bundle) -> Reading:
    """Read the files of an export, or one of them."""
    files: dict[str, _File] = {}
    for name in bundle.names:
        part = _part(bundle, name)
        if part is not None:
            files.setdefault(_sensor(bundle, name, part), (name, part))
    reading = _reading(_metadata(bundle), iter(()))
    if reading.zero_at is None and files:
        reading.zero_at = _zero_of(bundle.head(next(iter(files.values()))[0]))
    is_android = "totalacceleration" in files and "totalacceleration.csv" in bundle.names
    if is_android or _IN_G in files:
        reading.doubts = []
    reading.blocks = _read(bundle, files, _sign(_metadata(bundle)), reading)
    return reading


def _sensor(bundle: Bundle, name: str, part: Part) -> str:
    """Tell the sensor by the file's name, which a person may have changed, and by the size of what it measured."""
    known = next((each for each in sorted(_SENSORS, key=len, reverse=True) if each in name), "")
    if known and not known.startswith("accelerometer"):
        return known
    _, values = first_rows(bundle.head(name, 65536), part)
    size = _size(values)
    if _G[0] < size < _G[1] and known != "accelerometer":
        return _IN_G
    if known == "accelerometeruncalibrated":
        return known
    return "totalacceleration" if size > STANDARD_GRAVITY_M_S2 / 2 else "accelerometer"


def _size(values: FloatArray) -> float:
    """Give the median size of vectors."""
    with np.errstate(all="ignore"):  # numbers may still be anything
        return float(np.median(np.linalg.norm(values, axis=1))) if len(values) else 0.0


def _part(bundle: Bundle, name: str) -> Part | None:
    """Give the header of a file of this app that has samples."""
    part = read_filled_part(bundle.head(name))
    return part if part is not None and part.app == SENSOR_LOGGER else None


def _read(bundle: Bundle, files: Mapping[str, _File], sign: float, reading: Reading) -> Iterator[RawBlock]:
    with ExitStack() as stack:

        def triples(sensor: str, factor: float) -> Triples:
            name, part = files[sensor]
            return read_triples(stack.enter_context(bundle.open(name)), part, factor)

        yield from _chosen(files, sign, triples, reading)


def _metadata(bundle: Bundle) -> dict[str, str]:
    if "metadata.csv" not in bundle.names:
        return {}
    text = bundle.head("metadata.csv", 65536).decode("utf-8", "replace")
    try:
        row = next(csv.DictReader(io.StringIO(text)), None) or {}
    except csv.Error:
        return {}
    return {str(key).strip().lower(): str(value or "").strip() for key, value in row.items()}


def _zero_of(head: bytes) -> datetime | None:
    """Tell from a row's ``time`` (ns) and ``seconds_elapsed`` when the recording began."""
    row = next(csv.DictReader(io.StringIO(head.decode("latin-1").removeprefix("ï»¿"))), {})
    try:
        return from_epoch(int(row["time"]) / 1e9 - float(row["seconds_elapsed"]))
    except (KeyError, TypeError, ValueError, csv.Error):
        return None


def _reading(metadata: Mapping[str, str], blocks: Iterator[RawBlock]) -> Reading:
    epoch_ms = metadata.get("recording epoch time", "")
    zero_at = from_epoch(int(epoch_ms) / 1000) if epoch_ms.isdecimal() and len(epoch_ms) < 15 else None
    app = " ".join(filter(None, (SENSOR_LOGGER, metadata.get("appversion", ""))))
    doubts = [] if metadata.get("platform") else [(Doubt.SIGN, "")]
    zone = metadata.get("recording timezone") or None
    return Reading(blocks, app, metadata.get("device name", ""), zero_at, zone=zone, doubts=doubts)


def _sign(metadata: Mapping[str, str]) -> float:
    is_apple = metadata.get("platform", "").lower() == "ios"
    return -1.0 if is_apple and metadata.get("standardisation", "").lower() != "true" else 1.0


def _chosen(
    names: Collection[str], sign: float, triples: Callable[[str, float], Triples], reading: Reading
) -> Iterator[RawBlock]:
    """Take the acceleration with gravity, from wherever it is, and the angular rate."""
    if "totalacceleration" in names:
        acc = triples("totalacceleration", sign)
    elif "accelerometer" in names and "gravity" in names:
        acc = summed(triples("accelerometer", sign), triples("gravity", sign))
    elif _IN_G in names:
        acc = triples(_IN_G, -STANDARD_GRAVITY_M_S2)
    elif "accelerometeruncalibrated" in names:
        acc = triples("accelerometeruncalibrated", sign * (STANDARD_GRAVITY_M_S2 if sign < 0 else 1.0))
    elif "accelerometer" in names:
        raise RecordingError(Problem.GRAVITY_REMOVED, column="Accelerometer", expected=_WITH_GRAVITY)
    else:
        raise RecordingError(Problem.NO_ACCELERATION, found=", ".join(sorted(names)[:6]) or "no sensor")
    gyroscope = next((name for name in ("gyroscope", "gyroscopeuncalibrated") if name in names), None)
    yield from joined(acc, triples(gyroscope, 1.0) if gyroscope else None, reading.doubts)


def read_entries(entries: Iterable[Any]) -> Reading:
    """Read the JSON export: one entry per sample, all values are texts."""
    columns: dict[str, array[float]] = {}
    metadata: dict[str, str] = {}
    zero_at: datetime | None = None
    for entry in entries:
        try:
            name = str(entry["sensor"]).lower()
            if name == "metadata":
                metadata = {str(key).lower(): str(value) for key, value in entry.items()}
            elif name in _SENSORS:
                values = [float(entry[key]) for key in ("seconds_elapsed", "x", "y", "z")]
                columns.setdefault(name, array("d")).extend(values)
                if zero_at is None and "time" in entry:
                    zero_at = from_epoch(int(entry["time"]) / 1e9 - values[0])
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise RecordingError(Problem.DAMAGED, found=str(entry)[:60]) from error
    uncalibrated = columns.get("accelerometeruncalibrated")
    if uncalibrated and _G[0] < _size(np.frombuffer(uncalibrated[:4000]).reshape(-1, 4)[:, 1:]) < _G[1]:
        columns[_IN_G] = columns.pop("accelerometeruncalibrated")
    reading = _reading(metadata, iter(()))
    reading.blocks = _from_columns(columns, metadata, reading)
    reading.zero_at = reading.zero_at or zero_at
    return reading


def _from_columns(
    columns: Mapping[str, array[float]], metadata: Mapping[str, str], reading: Reading
) -> Iterator[RawBlock]:
    def triples(name: str, factor: float) -> Triples:
        rows = np.frombuffer(columns[name]).reshape(-1, 4)
        if not np.isfinite(rows).all() or np.abs(rows[:, 1:]).max() > _MOST:
            raise RecordingError(Problem.DAMAGED, found=f"{name} has values that cannot be")
        return iter([(rows[:, 0], rows[:, 1:] * factor)])

    yield from _chosen(columns, _sign(metadata), triples, reading)
