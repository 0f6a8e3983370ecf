"""Files that hold one sensor each, as apps export them, and how they become one recording.

The header tells the app: Sensor Logger has ``seconds_elapsed``, MetaBase ``epoc (ms)``, phyphox a time in ``(s)`` and
three columns in ``(m/s^2)`` or ``(rad/s)`` whose names are in the phone's language (protocols.md section 10).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeAlias

import numpy as np

from sensortrack.formats.csv_header import STANDARD_GRAVITY_M_S2, Column, Layout, split_names
from sensortrack.formats.csv_table import CsvDecoder, batches, decoded, text_head
from sensortrack.formats.reading import Doubt
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.signal.pairing import Pairing

Triples: TypeAlias = Iterator[tuple[FloatArray, FloatArray]]
"""(N,) seconds and (N, 3) values, batch by batch."""

SENSOR_LOGGER, PHYPHOX, METABASE = "Sensor Logger", "phyphox", "MetaBase"

_UNITS = {
    "m/s^2": ("acc", 1.0), "m/s2": ("acc", 1.0), "m/s²": ("acc", 1.0), "g": ("acc", STANDARD_GRAVITY_M_S2),
    "rad/s": ("gyr", 1.0), "deg/s": ("gyr", math.pi / 180), "°/s": ("gyr", math.pi / 180),
}  # fmt: skip
_LONGEST = 1000  # letters of such a header; on a longer line the patterns below take their time
_LEFT_OUT_S = 1.0  # sensors of a phone begin and end some tenths of a second apart
_SET_BACK_S = 1.0  # as in the timeline
_PIECE = 512  # samples; the pairing keeps 2048
_NAME = re.compile(r"(.*?)\s*[\(\[]([^\)\]]*)[\)\]]\s*")
_EPOCH_MS = re.compile(r"epoch? \(ms\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """What the header of such a file tells.

    Parameters
    ----------
    app
        Who wrote it.
    kind
        ``acc`` or ``gyr`` by its unit; empty where no unit is told.
    words
        The names in small letters.
    layout
        How to read the rows: time, and three values in place of the acceleration.
    """

    app: str
    kind: str
    words: str
    layout: Layout


def read_part(head: bytes) -> Part | None:
    """Recognise the file of one sensor by its beginning; None for any other."""
    line = decoded(head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]).strip("\r\n")
    if len(line) > _LONGEST:
        return None
    separator, names = split_names(line)
    low = [name.lower() for name in names]
    if "seconds_elapsed" in low and {"x", "y", "z"} <= set(low):
        time, axes = low.index("seconds_elapsed"), [low.index(axis) for axis in "xyz"]
        return _part(SENSOR_LOGGER, "", separator, names, time, axes)
    units = [_unit(name) for name in low]
    if names and _EPOCH_MS.fullmatch(names[0]):
        kind, axes = _same_unit(units)
        return _part(METABASE, kind, separator, names, 0, axes, 1e-3) if axes else None
    kind, axes = _same_unit(units)
    if not axes or "s" not in units or {u for u in units if u in _UNITS} != {units[axes[0]]}:
        return None
    app = PHYPHOX if units[axes[0]] in ("m/s^2", "rad/s") else ""
    return _part(app, kind, separator, names, units.index("s"), axes)


def read_filled_part(head: bytes) -> Part | None:
    """Recognise a file that has samples: apps write empty ones of sensors that a phone has not."""
    return read_part(head) if head.partition(b"\n")[2].strip() else None


def _part(
    app: str, kind: str, separator: str, names: Sequence[str], time: int, axes: Sequence[int], factor: float = 1.0
) -> Part:
    scale = _UNITS.get(_unit(names[axes[0]].lower()), ("", 1.0))[1]
    values = tuple(Column(index, names[index], scale) for index in axes)
    layout = Layout(separator, len(names), Column(time, names[time], factor), values)
    return Part(app, kind, " ".join(names).lower(), layout)


def _unit(name: str) -> str:
    match = _NAME.fullmatch(name)
    return match[2].strip() if match else ""


def _same_unit(units: Sequence[str]) -> tuple[str, list[int]]:
    """Give kind and places of the first three columns that share a unit of ours; a fourth is their size."""
    first = next((unit for unit in units if unit in _UNITS), "")
    places = [index for index, unit in enumerate(units) if unit == first and first]
    return (_UNITS[first][0], places[:3]) if len(places) in (3, 4) else ("", [])


def read_triples(stream: BinaryIO, part: Part, factor: float = 1.0) -> Triples:
    """Read the rows below a header that was recognised; `factor` scales and signs the values."""
    axes = tuple(replace(column, factor=column.factor * factor) for column in part.layout.acc)
    decoder = CsvDecoder(replace(part.layout, acc=axes), may_miss=part.app == PHYPHOX)
    _, _, rest = text_head(stream).partition(b"\n")
    for packet in batches(stream, rest):
        values = decoder.values(packet.payload)
        if len(values):
            yield values[:, 0], values[:, 1:4]


def first_rows(head: bytes, part: Part) -> tuple[FloatArray, FloatArray]:
    """Give times and values of the whole rows of a beginning; none where they cannot be read."""
    _, _, rest = head.partition(b"\n")
    try:
        values = CsvDecoder(part.layout).values(rest[: rest.rfind(b"\n") + 1])
    except RecordingError:
        values = np.empty((0, 4))
    return values[:, 0], values[:, 1:4]


def joined(acc: Triples, gyr: Triples | None, doubts: list[tuple[Doubt, str]]) -> Iterator[RawBlock]:
    """Make one recording of acceleration and angular rate: the latter at the times of the former.

    Parameters
    ----------
    doubts
        Where it is told, at the end, how many seconds of acceleration had no angular rate beside them: a gyroscope that
        began later or ended earlier.

    Raises
    ------
    RecordingError
        No samples, or none where both are known.
    """
    measured, kept, empty = _Span(), _Span(), True
    acc = measured.noting(acc)
    for block in _joined(acc, gyr) if gyr is not None else (RawBlock(time_s, values) for time_s, values in acc):
        empty = False
        kept.note(block.time_s)
        yield block
    if empty:
        raise RecordingError(Problem.NO_ROWS if gyr is None else Problem.APART)
    for _ in acc:  # what is left of it, to know how long it is
        pass
    left_out_s = measured.length_s - kept.length_s
    if left_out_s > _LEFT_OUT_S:
        doubts.append((Doubt.UNPAIRED, f"{left_out_s:.1f}"))


class _Span:
    """From when to when there are samples."""

    def __init__(self) -> None:
        self._first_s, self._last_s = math.inf, -math.inf

    @property
    def length_s(self) -> float:
        """Seconds from the first to the last."""
        return self._last_s - self._first_s

    def note(self, time_s: FloatArray) -> None:
        """Take the times of samples."""
        self._first_s, self._last_s = min(self._first_s, float(time_s[0])), max(self._last_s, float(time_s[-1]))

    def noting(self, stream: Triples) -> Triples:
        """Pass a stream on and take its times."""
        for time_s, values in stream:
            self.note(time_s)
            yield time_s, values


def summed(first: Triples, second: Triples) -> Triples:
    """Add two streams, at the times of the first: gravity and what is left without it."""
    for block in _joined(first, second):
        if block.gyr is not None:
            yield block.time_s, block.acc + block.gyr


def _joined(acc: Triples, gyr: Triples) -> Iterator[RawBlock]:
    """Read whichever stream is behind, so that neither waits long."""
    gyr = _pieces(gyr)
    first = next(gyr, None)
    if first is None or len(first[0]) < 2:
        return
    pairing = Pairing(1.0 / max(float(np.median(np.diff(first[0]))), 1e-4))
    first_block = pairing.add_gyr(*first)
    if first_block is not None:
        yield first_block
    heads = {"acc": -math.inf, "gyr": float(first[0][-1])}
    streams = {"acc": _pieces(acc), "gyr": gyr}
    take = {"acc": pairing.add_acc, "gyr": pairing.add_gyr}
    while "acc" in streams or heads["gyr"] < heads["acc"]:
        kind = min(streams, key=lambda name: heads[name])
        piece = next(streams[kind], None)
        if piece is None:
            del streams[kind]
            if kind == "gyr":  # nothing more can be paired
                return
            continue
        heads[kind] = float(piece[0][-1])
        block = take[kind](*piece)
        if block is not None:
            yield block


def _ordered(stream: Triples) -> Triples:
    """Leave out what is stamped before what came already.

    Raises
    ------
    RecordingError
        The clock was set back.
    """
    newest_s = -math.inf
    for time_s, values in stream:
        newest = np.maximum.accumulate(np.concatenate(([newest_s], time_s)))
        back = newest[:-1] - time_s
        if (back > _SET_BACK_S).any():
            at = int((back > _SET_BACK_S).argmax())
            raise RecordingError(Problem.TIME_REVERSED, found=f"{newest[at]:.3f} s to {time_s[at]:.3f} s")
        keep = time_s > newest[:-1]
        newest_s = float(newest[-1])
        if keep.any():
            yield time_s[keep], values[keep]


def _pieces(stream: Triples) -> Triples:
    """Cut batches into pieces that the pairing's memory holds."""
    for time_s, values in _ordered(stream):
        for begin in range(0, len(time_s), _PIECE):
            yield time_s[begin : begin + _PIECE], values[begin : begin + _PIECE]
