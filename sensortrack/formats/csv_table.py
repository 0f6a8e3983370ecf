"""Recordings as tables of text: a batch of rows is a packet, and its decoder is sans-IO like every other."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, TextIO

import numpy as np

from sensortrack.formats.clock_text import ClockText, is_clock_text
from sensortrack.formats.csv_header import NATIVE, Layout, guess, is_number, read_header, split_names
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, Packet, RawBlock

_BATCH_BYTES = 1 << 18  # about 4000 rows: below, the cost of a call shows; above, only memory grows
_HEAD_BYTES = 1 << 16  # looked at before anything is believed
_LINE_BYTES = 1 << 15  # a longer line is not one of a table
_HEAD_LINES = 40  # of preamble before a header, at most
# beyond what any clock or sensor says, whatever its unit: s, m/s² (16 g in mg: 2e4), rad/s
_MOST_S, _MOST = 1e11, 1e6
_UTF8_MARK = b"\xef\xbb\xbf"
_TEXT_CONTROLS = frozenset(b"\t\n\r\f")


@dataclass(frozen=True, slots=True)
class Told:
    """What a person tells of a table: a header in place of its own, and the rate where no column tells the time."""

    header: str | None = None
    rate_hz: float | None = None


class CsvDecoder:
    """Rows of text in, samples out.

    Parameters
    ----------
    layout
        What the header told.
    rate_hz
        Of rows without a time.
    may_miss
        NaN stands for what was not measured: such rows are left out.

    Attributes
    ----------
    unit
        What the acceleration was taken for, where the header does not tell; empty where it does.
    """

    def __init__(self, layout: Layout, rate_hz: float | None = None, *, may_miss: bool = False) -> None:
        self._layout = layout
        self._may_miss = may_miss
        self._rate_hz = rate_hz
        self._line = layout.row
        self._samples = 0
        self._clock: ClockText | None = None
        self._is_settled = False  # units and clock are known from the first rows
        self.unit = ""

    @property
    def is_local(self) -> bool:
        """Whether the times are dates without an offset."""
        return self._clock is not None and self._clock.is_local

    def receive(self, packet: Packet) -> list[RawBlock]:
        """Decode whole rows; a last one without its line end is left out if it is cut (a recorder was stopped).

        Raises
        ------
        RecordingError
            The first row and column that does not hold a possible number.
        """
        values = self.values(packet.payload)
        if not len(values):
            return []
        acc, gyr = values[:, 1:4], values[:, 4:7] if self._layout.gyr else None
        return [RawBlock(values[:, 0], acc, gyr)]

    def values(self, payload: bytes) -> FloatArray:
        """Give the rows of a batch: (N, 1 + columns), time first, all in the core's units; errors as in `receive`."""
        if self._layout.may_have_decimal_comma:
            payload = payload.replace(b",", b".")
        lines = payload.decode("latin-1").replace("\r", "").split("\n")
        last = lines.pop()
        if last.strip() and _fault(last, self._layout) is None:
            lines.append(last)
        first_row = self._line + 1
        self._line += payload.count(b"\n")
        rows = [line for line in lines if line and not line.isspace()]
        if not rows:
            return np.empty((0, 1 + len(self._layout.acc) + len(self._layout.gyr)))
        return self._parse(rows, lines, first_row)

    def _parse(self, rows: list[str], lines: list[str], first_row: int) -> FloatArray:
        layout = self._layout
        separators = (layout.fields - 1) * len(rows)
        is_whole = sum(line.count(layout.separator) for line in rows) == separators
        if not is_whole:
            rows, lines = ([_without_tail(line, layout) for line in some] for some in (rows, lines))
            is_whole = sum(line.count(layout.separator) for line in rows) == separators
        if not self._is_settled:
            self._find_clock(rows[0])
        try:
            values = self._load(rows)
        except ValueError as error:
            _blame(lines, first_row, layout)
            raise RecordingError(Problem.NOT_A_NUMBER, expected="a number", row=first_row) from error
        if self._may_miss:
            values = values[~np.isnan(values).any(axis=1)]
        layout = self._settled(values)
        values *= np.array([column.factor for column in layout.columns])
        limits = np.array([*([_MOST_S] if layout.time else []), *[_MOST] * len(layout.acc + layout.gyr)])
        if not is_whole or not (np.abs(values) < limits).all():  # so is NaN told
            _blame(lines, first_row, layout)
        return self._with_time(values)

    def _load(self, rows: list[str]) -> FloatArray:
        layout, clock = self._layout, self._clock
        values: FloatArray = np.loadtxt(
            rows,
            delimiter=layout.separator,
            comments=None,
            quotechar='"',
            usecols=[column.index for column in layout.columns],
            converters={layout.time.index: clock.seconds} if clock is not None and layout.time else None,
            ndmin=2,
        )
        return values

    def _find_clock(self, row: str) -> None:
        time = self._layout.time
        fields = next(csv.reader([row], delimiter=self._layout.separator), [])
        if time is not None and time.index < len(fields) and is_clock_text(fields[time.index]):
            self._clock = ClockText()
            self._layout = replace(self._layout, time=replace(time, factor=1.0, has_unit=True))

    def _settled(self, values: FloatArray) -> Layout:
        """Tell from the first rows what the header left open."""
        if not self._is_settled and len(values):
            self._is_settled = True
            scaled = values * np.array([column.factor for column in self._layout.columns])
            with np.errstate(all="ignore"):  # numbers may still be anything
                period_s = float(np.median(np.diff(scaled[:, 0]))) if self._layout.time and len(values) > 1 else 0.0
                acc = scaled[:, 1:4] if self._layout.time else scaled[:, :3]
                gravity = float(np.median(np.sqrt((acc**2).sum(axis=1)))) if self._layout.acc else 0.0
            self._layout, self.unit = guess(self._layout, period_s, gravity)
        return self._layout

    def _with_time(self, values: FloatArray) -> FloatArray:
        if self._layout.time is None and self._rate_hz:
            time_s = (self._samples + np.arange(len(values))) / self._rate_hz
            values = np.column_stack((time_s, values))
        self._samples += len(values)
        return values


def _without_tail(line: str, layout: Layout) -> str:
    """Leave out what some programs write behind the last field: another separator."""
    excess = line.count(layout.separator) - layout.fields + 1
    return line[:-excess] if excess > 0 and line.endswith(layout.separator * excess) else line


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
        fields = next(csv.reader([_without_tail(line, layout)], delimiter=layout.separator))
    except csv.Error:  # a field of 128 kB
        fields = []
    if len(fields) != layout.fields:
        return Problem.ROW_LENGTH, "", str(layout.fields), str(len(fields))
    for column in layout.columns:
        text = fields[column.index].strip()
        value = _number(text)
        if column is layout.time and not math.isfinite(value) and is_clock_text(text):
            continue
        if not math.isfinite(value):
            return Problem.NOT_A_NUMBER, column.name, "a number", text[:40]
        limit = _MOST_S if column is layout.time else _MOST
        if abs(value * column.factor) >= limit:
            return Problem.OUT_OF_RANGE, column.name, f"a number below {limit / column.factor:.0e}", text[:40]
    return None


def _number(text: str) -> float:
    """Read a number as `np.loadtxt` does; NaN for anything else."""
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan


def open_table(stream: BinaryIO, told: Told | None = None) -> tuple[CsvDecoder, Iterator[Packet]]:
    """Read the header at once and the rows as they are asked for, in batches of whole lines.

    Raises
    ------
    RecordingError
        The file is empty or not text, or its header is not understood.
    """
    told = told or Told()
    head = text_head(stream)
    layout, rest = _layout(head, told)
    return CsvDecoder(layout, told.rate_hz if layout.time is None else None), batches(stream, rest)


def _layout(head: bytes, told: Told) -> tuple[Layout, bytes]:
    """Find the header, below a preamble perhaps; of several lines that are none, the first with words is to blame."""
    has_time = told.rate_hz is None
    lines = head.split(b"\n", _HEAD_LINES)
    if told.header is not None:
        return _told_layout(lines, told.header, has_time=has_time)
    first_error: RecordingError | None = None
    for number, line in enumerate(lines[:_HEAD_LINES]):
        text = decoded(line)
        if not text.strip() or text.startswith(("sep=", "#")):
            continue
        try:
            layout = read_header(text.strip("\r\n"), row=number + 1, has_time=has_time)
        except RecordingError as error:
            first_error = first_error or error
            if error.problem is Problem.NO_HEADER:  # rows of numbers have begun
                break
            continue
        return layout, b"\n".join(lines[number + 1 :])
    raise first_error or RecordingError(Problem.EMPTY)


def _told_layout(lines: list[bytes], header: str, *, has_time: bool) -> tuple[Layout, bytes]:
    """Put a person's header above the rows, in place of whatever stands there without being numbers."""
    number = next((n for n, line in enumerate(lines[:_HEAD_LINES]) if _is_row(decoded(line))), 0)
    separator, _ = split_names(decoded(lines[number]))
    layout = read_header(header, row=number, has_time=has_time)
    return replace(layout, separator=separator), b"\n".join(lines[number:])


def _is_row(line: str) -> bool:
    """Whether most of a line's fields are numbers."""
    _, fields = split_names(line)
    return len(fields) > 1 and sum(map(is_number, fields)) > len(fields) / 2


def text_head(stream: BinaryIO) -> bytes:
    """Read the beginning of a text.

    Raises
    ------
    RecordingError
        The file is empty or not text.
    """
    head = stream.read(_HEAD_BYTES).removeprefix(_UTF8_MARK)
    if not head.strip():
        raise RecordingError(Problem.EMPTY)
    line = head.partition(b"\n")[0]
    if len(line) > _LINE_BYTES or any(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in head):
        raise RecordingError(Problem.BINARY)
    return head


def decoded(line: bytes) -> str:
    """Read a line of a header."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")  # a degree or micro sign of an old program


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


def decode(decoder: CsvDecoder, packets: Iterable[Packet]) -> Iterator[RawBlock]:
    """Give the samples of packets.

    Raises
    ------
    RecordingError
        There are none; or as in `CsvDecoder.receive`.
    """
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
