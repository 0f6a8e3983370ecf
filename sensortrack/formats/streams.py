"""Streams of three numbers with times, as apps write them, one file each; and how they become one recording."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeAlias

import numpy as np

from sensortrack.formats.csv_header import STANDARD_GRAVITY_M_S2, Column, Layout
from sensortrack.formats.csv_table import CsvDecoder, batches, text_head
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.signal.pairing import Pairing

Triples: TypeAlias = Iterator[tuple[FloatArray, FloatArray]]
"""(N,) seconds and (N, 3) values, batch by batch."""

_UNITS = {
    "m/s^2": ("acc", 1.0), "m/s2": ("acc", 1.0), "m/s²": ("acc", 1.0), "g": ("acc", STANDARD_GRAVITY_M_S2),
    "rad/s": ("gyr", 1.0), "deg/s": ("gyr", math.pi / 180), "°/s": ("gyr", math.pi / 180),
}  # fmt: skip
_PIECE = 512  # samples; the pairing keeps 2048
_NAME = re.compile(r"(.*?)\s*[\(\[]([^\)\]]*)[\)\]]\s*")
_AXIS = re.compile(r"(?:.*[\s_-])?([xyz])(?:-axis)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a file of three numbers tells.

    Parameters
    ----------
    kind
        ``acc`` or ``gyr`` by its unit; empty where no unit is told.
    words
        The header in small letters, for whoever knows more of it.
    layout
        How to read the rows: time and three axes.
    """

    kind: str
    words: str
    layout: Layout


def read_triple_header(line: str) -> Header | None:
    """Recognise time and three axes of one unit, or of none; None for any other header."""
    separator = max("\t;,", key=line.count)
    names = [name.strip() for name in next(csv.reader([line.strip("\r\n\ufeff")], delimiter=separator), [])]
    axes: dict[str, tuple[int, str]] = {}
    times: dict[int, float] = {}
    for index, name in enumerate(names):
        match = _NAME.fullmatch(name)
        plain, unit = (match[1], match[2].strip().lower()) if match else (name, "")
        low = plain.lower()
        if low in ("time", "elapsed", "t") and unit == "s":
            times[index] = 1.0
        elif low == "seconds_elapsed":
            times[index] = 1.0
        elif (axis := _AXIS.fullmatch(plain)) and (unit in _UNITS or not match) and axis[1].lower() not in axes:
            axes[axis[1].lower()] = (index, unit)
    units = {unit for _, unit in axes.values()}
    if sorted(axes) != ["x", "y", "z"] or not times or len(units) != 1:
        return None
    kind, factor = _UNITS.get(units.pop(), ("", 1.0))
    time = next(iter(times))
    columns = (Column(time, names[time], times[time]), *(Column(axes[a][0], names[axes[a][0]], factor) for a in "xyz"))
    return Header(kind, line.lower(), Layout(separator, len(names), columns))


def read_triples(stream: BinaryIO, header: Header, factor: float = 1.0) -> Triples:
    """Read the rows below a header that was recognised; `factor` scales and signs the values."""
    layout = header.layout
    columns = (layout.columns[0], *(replace(c, factor=c.factor * factor) for c in layout.columns[1:]))
    decoder = CsvDecoder(replace(layout, columns=columns))
    _, rest = text_head(stream)
    for packet in batches(stream, rest):
        for block in decoder.receive(packet):
            yield block.time_s, block.acc


def joined(acc: Triples, gyr: Triples | None) -> Iterator[RawBlock]:
    """Make one recording of acceleration and angular rate: the latter at the times of the former.

    Raises
    ------
    RecordingError
        No samples, or none where both are known.
    """
    empty = True
    for block in _joined(acc, gyr) if gyr is not None else (RawBlock(time_s, values) for time_s, values in acc):
        empty = False
        yield block
    if empty:
        raise RecordingError(Problem.NO_ROWS)


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
    pairing.add_gyr(*first)
    heads = {"acc": -math.inf, "gyr": float(first[0][-1])}
    streams = {"acc": _pieces(acc), "gyr": gyr}
    take = {"acc": pairing.add_acc, "gyr": pairing.add_gyr}
    while "acc" in streams or heads["gyr"] < heads["acc"]:
        kind = min(streams, key=lambda name: heads[name])
        piece = next(streams[kind], None)
        if piece is None:
            del streams[kind]
            if not streams or kind == "gyr":  # nothing more can be paired
                return
            continue
        heads[kind] = float(piece[0][-1])
        block = take[kind](*piece)
        if block is not None:
            yield block


def _pieces(stream: Triples) -> Triples:
    """Cut batches into pieces that the pairing's memory holds."""
    for time_s, values in stream:
        for begin in range(0, len(time_s), _PIECE):
            yield time_s[begin : begin + _PIECE], values[begin : begin + _PIECE]
