"""Recordings as tables of text: a batch of rows is a packet, and its decoder is sans-IO like every other."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TextIO

import numpy as np

from sensortrack.formats.csv_header import NATIVE, Given, Layout, read_header
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, Packet, RawBlock

_BATCH_BYTES = 1 << 18  # about 4000 rows: below, the cost of a call shows; above, only memory grows
_HEAD_BYTES = 1 << 16  # looked at before anything is believed
_LINE_BYTES = 1 << 15  # a longer line is not one of a table
# beyond what any clock or sensor says, whatever its unit: s (in ns since 1970: 2e9), m/s² (16 g in mg: 2e4), rad/s
_LIMITS = np.array([1e11, *[1e6] * 6])
_UTF8_MARK = b"\xef\xbb\xbf"
_TEXT_CONTROLS = frozenset(b"\t\n\r\f")


class CsvDecoder:
    """Rows of text in, samples out.

    Parameters
    ----------
    layout
        What the header told.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._factors = np.array([column.factor for column in layout.columns])
        self._limits = _LIMITS[: len(layout.columns)]
        self._rows = 1  # the header

    def receive(self, packet: Packet) -> list[RawBlock]:
        """Decode whole rows; a last one without its line end is left out if it is cut (a recorder was stopped).

        Raises
        ------
        RecordingError
            The first row and column that does not hold a possible number.
        """
        payload = packet.payload
        if self._layout.may_have_decimal_comma:
            payload = payload.replace(b",", b".")
        lines = payload.decode("latin-1").replace("\r", "").split("\n")
        last = lines.pop()
        if last.strip() and _fault(last, self._layout) is None:
            lines.append(last)
        first_row = self._rows + 1
        self._rows += payload.count(b"\n")
        values = self._parse(lines, first_row)
        return [self._block(values)] if len(values) else []

    def _parse(self, lines: list[str], first_row: int) -> FloatArray:
        layout = self._layout
        rows = [line for line in lines if line and not line.isspace()]
        if not rows:
            return np.empty((0, len(layout.columns)))
        whole = sum(line.count(layout.separator) for line in rows) == (layout.fields - 1) * len(rows)
        try:
            values = np.loadtxt(
                rows,
                delimiter=layout.separator,
                comments=None,
                quotechar='"',
                usecols=[column.index for column in layout.columns],
                ndmin=2,
            )
        except ValueError as error:
            _blame(lines, first_row, layout)
            raise RecordingError(Problem.NOT_A_NUMBER, expected="a number", row=first_row) from error
        values *= self._factors
        if not whole or not (np.abs(values) < self._limits).all():  # so is NaN told
            _blame(lines, first_row, layout)
        return values

    def _block(self, values: FloatArray) -> RawBlock:
        return RawBlock(values[:, 0], values[:, 1:4], values[:, 4:7] if self._layout.has_gyr else None)


def _blame(lines: list[str], first_row: int, layout: Layout) -> None:
    """Find the first row that cannot be read and say so; rows that only look odd (quoted separators) pass."""
    for row, line in enumerate(lines, start=first_row):
        fault = _fault(line, layout) if line.strip() else None
        if fault is not None:
            problem, column, expected, found = fault
            raise RecordingError(problem, expected=expected, found=found, row=row, column=column)


def _fault(line: str, layout: Layout) -> tuple[Problem, str, str, str] | None:
    """Problem, column, expected and found of one row; None if it is good."""
    try:
        fields = next(csv.reader([line], delimiter=layout.separator))
    except csv.Error:  # a field of 128 kB
        fields = []
    if len(fields) != layout.fields:
        return Problem.ROW_LENGTH, "", str(layout.fields), str(len(fields))
    for column, limit in zip(layout.columns, _LIMITS, strict=False):
        text = fields[column.index].strip()
        value = _number(text)
        if not math.isfinite(value):
            return Problem.NOT_A_NUMBER, column.name, "a number", text[:40]
        if abs(value * column.factor) >= limit:
            return Problem.OUT_OF_RANGE, column.name, f"a number below {limit / column.factor:.0e}", text[:40]
    return None


def _number(text: str) -> float:
    """Read a number as `np.loadtxt` does; NaN for anything else."""
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan


def open_table(stream: BinaryIO, given: Given | None = None) -> tuple[Layout, Iterator[Packet]]:
    """Read the header at once and the rows as they are asked for, in batches of whole lines.

    Raises
    ------
    RecordingError
        The file is empty or not text, or its header is not understood.
    """
    header, rest = text_head(stream)
    layout = read_header(header.strip("\r\n"), given)
    return layout, batches(stream, rest)


def text_head(stream: BinaryIO) -> tuple[str, bytes]:
    """Read the first line, and what was read beyond it.

    Raises
    ------
    RecordingError
        The file is empty or not text.
    """
    head = stream.read(_HEAD_BYTES).removeprefix(_UTF8_MARK)
    if not head.strip():
        raise RecordingError(Problem.EMPTY)
    line, _, rest = head.partition(b"\n")
    if len(line) > _LINE_BYTES or any(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in head):
        raise RecordingError(Problem.BINARY)
    try:
        header = line.decode("utf-8")
    except UnicodeDecodeError:
        header = line.decode("latin-1")  # a degree or micro sign of an old program
    return header, rest


def batches(stream: BinaryIO, rest: bytes) -> Iterator[Packet]:
    """Cut the rest of the file behind line ends; only the last batch may end inside a line."""
    while data := stream.read(_BATCH_BYTES):
        rest += data
        end = rest.rfind(b"\n") + 1
        if len(rest) - end > _LINE_BYTES:
            raise RecordingError(Problem.BINARY)
        if end:
            yield Packet(0.0, rest[:end])
            rest = rest[end:]
    if rest:
        yield Packet(0.0, rest)


def read_table(stream: BinaryIO, given: Given | None = None) -> Iterator[RawBlock]:
    """Give the samples of a table, block by block; a header is read at once, so that a bad one is told at once."""
    layout, packets = open_table(stream, given)
    return _decode(CsvDecoder(layout), packets)


def _decode(decoder: CsvDecoder, packets: Iterable[Packet]) -> Iterator[RawBlock]:
    empty = True
    for packet in packets:
        for block in decoder.receive(packet):
            empty = False
            yield block
    if empty:
        raise RecordingError(Problem.NO_ROWS)


def write_table(stream: TextIO, blocks: Iterable[RawBlock]) -> None:
    """Write native CSV: µs, 0.1 mm/s² and 10 µrad/s, finer than any sensor's step."""
    has_header = False
    for block in blocks:
        if not has_header:
            stream.write(",".join(NATIVE[: 4 if block.gyr is None else 7]) + "\n")
            has_header = True
        parts = [block.time_s[:, None], block.acc] + ([] if block.gyr is None else [block.gyr])
        formats = ["%.6f", *["%.4f"] * 3, *["%.5f"] * 3]
        np.savetxt(stream, np.hstack(parts), fmt=formats[: 4 if block.gyr is None else 7], delimiter=",")
