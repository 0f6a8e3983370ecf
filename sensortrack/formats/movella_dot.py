"""Tables of Xsens (Movella) DOT: the app's and the SDK's export (protocols.md section 10.5).

In its fusion modes the sensor writes acceleration in the earth's frame, with gravity removed: of no use for a thigh's
angle.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import BinaryIO

import numpy as np

from sensortrack.formats.csv_header import Column, Layout, short, split_names
from sensortrack.formats.csv_table import CsvDecoder, batches, decode, decoded, text_head
from sensortrack.formats.reading import Reading, fixed_zone
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock

_FIRST = (b"PacketCounter", b"Timestamp,Address,")
_WRAP_S = 2**32 * 1e-6
_START = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d)_(\d{3})(?: GMT([+-]\d{1,2})(?::?(\d\d))?)?")
_MOST_PREAMBLE = 40  # lines


def is_dot(head: bytes) -> bool:
    """Tell by the header's first cell, below a preamble or without one."""
    return _header_row(head) is not None


def _header_row(head: bytes) -> int | None:
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", _MOST_PREAMBLE)[:_MOST_PREAMBLE]
    return next((number for number, line in enumerate(lines) if line.startswith(_FIRST)), None)


def read(stream: BinaryIO) -> Reading:
    """Read a table.

    Raises
    ------
    RecordingError
        It was recorded in a fusion mode.
    """
    head = text_head(stream)
    row = _header_row(head) or 0
    *preamble, line, rest = head.split(b"\n", row + 1) if b"\n" in head else (head, b"")
    told = _preamble(decoded(each) for each in preamble)
    layout = _layout(decoded(line).strip("\r"), row + 1, told.get("measurement mode", ""))
    _check_one_sensor(decoded(line), decoded(rest))
    blocks = _unwrapped(decode(CsvDecoder(layout), batches(stream, rest)))
    app = " ".join(filter(None, ("Movella DOT", told.get("appversion", ""))))
    reading = Reading(blocks, app, told.get("devicetag", ""))
    _tell_start(reading, told.get("starttime", ""), _first_time_s(rest, layout))
    return reading


def _preamble(lines: Iterable[str]) -> dict[str, str]:
    pairs = (line.strip().partition(":") for line in lines)
    return {key.strip().lower(): value.strip(" ,") for key, _, value in pairs}


def _layout(line: str, row: int, mode: str) -> Layout:
    separator, names = split_names(line)
    places = {name.lower(): index for index, name in enumerate(names)}

    def columns(name: str, factor: float) -> tuple[Column, ...]:
        keys = [f"{name}_{axis}" for axis in "xyz"]
        return tuple(Column(places[key], names[places[key]], factor) for key in keys if key in places)

    acc, gyr = columns("acc", 1.0), columns("gyr", math.pi / 180)
    time = places.get("sampletimefine", places.get("timestamp"))
    if len(acc) != 3 and any(key.startswith(("quat", "euler", "freeacc", "dq", "dv")) for key in places):
        raise RecordingError(Problem.FUSED, found=mode or short(", ".join(names), 60))
    if len(acc) != 3:
        raise RecordingError(Problem.NO_ACCELERATION, found=short(", ".join(names), 60))
    if time is None:
        raise RecordingError(Problem.COLUMNS, expected="SampleTimeFine", found=short(", ".join(names)))
    return Layout(separator, len(names), Column(time, names[time], 1e-6), acc, gyr if len(gyr) == 3 else (), row)


def _check_one_sensor(header: str, rows: str) -> None:
    """Refuse the table of a server that follows several sensors at once."""
    separator, names = split_names(header)
    if "Address" not in names:
        return
    at = names.index("Address")
    found = {fields[at] for line in rows.split("\n")[:-1] if len(fields := line.split(separator)) > at}
    if len(found) > 1:
        raise RecordingError(Problem.SEVERAL, found=short(", ".join(sorted(found)), 60))


def _unwrapped(blocks: Iterable[RawBlock]) -> Iterator[RawBlock]:
    """Go on where the sensor's 32-bit clock of microseconds begins again."""
    last_s, turns = -math.inf, 0
    for block in blocks:
        before = np.concatenate(([max(last_s, float(block.time_s[0]) - 1.0)], block.time_s[:-1]))
        jumps = turns + np.cumsum(block.time_s - before < -_WRAP_S / 2)
        last_s, turns = float(block.time_s[-1]), int(jumps[-1])
        yield RawBlock(block.time_s + jumps * _WRAP_S, block.acc, block.gyr)


def _first_time_s(rest: bytes, layout: Layout) -> float | None:
    fields = next(csv.reader([decoded(rest.partition(b"\n")[0])], delimiter=layout.separator), [])
    try:
        return float(fields[layout.time.index]) * 1e-6 if layout.time else None
    except (IndexError, ValueError):
        return None


def _tell_start(reading: Reading, text: str, first_s: float | None) -> None:
    match = _START.search(text)
    if match is None or first_s is None or not math.isfinite(first_s) or abs(first_s) > 2 * _WRAP_S:
        return
    offset = timedelta(hours=int(match[4] or 0), minutes=int(match[5] or 0))
    try:
        began = datetime.fromisoformat(f"{match[1]}T{match[2]}.{match[3]}").replace(tzinfo=timezone(offset))
    except ValueError:
        return
    reading.zero_at = began.astimezone(UTC) - timedelta(seconds=first_s)
    reading.is_local, reading.zone = match[4] is None, fixed_zone(offset) if match[4] else None
