"""Our own exports, read back: JSON with samples, and results without."""

from __future__ import annotations

import csv
import io
import itertools
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, cast

import numpy as np

from sensortrack.formats.json_stream import Builder, json_events
from sensortrack.formats.own import known
from sensortrack.formats.reading import Reading
from sensortrack.formats.safe_csv import plain_cell
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.model.summary import SCHEMA, Summary, rows

_BATCH = 65536  # samples
_MOST_ROWS = 200_000  # of a session: a day of kicks has 12 000
_MOST_S, _MOST = 1e11, 1e6  # as in tables
RESULTS = {"session", "kind", "start_s", "verdict"}
_COLUMNS = {"samples.time_s.item": 1, "samples.acc_m_s2.item.item": 3, "samples.gyr_rad_s.item.item": 3}
APP = "sensortrack"


def is_results(head: bytes) -> bool:
    """Tell the table of repetitions and holds by its header."""
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("latin-1").strip()
    return set(line.replace('"', "").split(",")) >= RESULTS


def read_results(stream: BinaryIO) -> Iterator[Reading]:
    """Give the sessions of a table of repetitions and holds.

    Raises
    ------
    RecordingError
        It is damaged, or empty.
    """
    yield from sessions(_table(stream))


def _table(stream: BinaryIO) -> Iterator[dict[str, str]]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        for row in csv.DictReader(text, strict=True):
            yield {str(key): plain_cell(value or "") for key, value in row.items()}
    except (AttributeError, TypeError, csv.Error, UnicodeDecodeError) as error:
        raise RecordingError(Problem.DAMAGED, found=str(error)[:60]) from error
    finally:
        text.detach()


def sessions(table: Iterable[Mapping[str, Any]]) -> Iterator[Reading]:
    """Give the sessions of rows that stand together."""
    empty = True
    for uid, group in itertools.groupby(table, key=lambda row: row["session"]):
        found = list(itertools.islice(group, _MOST_ROWS + 1))
        if len(found) > _MOST_ROWS:
            raise RecordingError(Problem.TOO_LARGE, found="more rows in a session", expected=f"{_MOST_ROWS} rows")
        empty = False
        yield _results({**found[0], "uid": uid, "session": None}, found)
    if empty:
        raise RecordingError(Problem.NO_ROWS)


def _results(document: Mapping[str, Any], table: Iterable[Mapping[str, Any]]) -> Reading:
    return Reading(iter(()), APP, known=known(document, list(table)), has_samples=False)


def read_json(stream: BinaryIO) -> Iterator[Reading]:
    """Give the sessions of one document, or of a list of them.

    Raises
    ------
    RecordingError
        It is damaged.
    """
    base, empty = "", True
    builder, columns = Builder(), _empty()
    for path, kind, value in json_events(stream):
        if path == "" and kind in ("start_array", "end_array"):
            base = "item"
            continue
        inner = path.removeprefix(base).removeprefix(".")
        if inner in columns:
            _append(columns[inner], kind, value)
        elif inner.partition(".")[0] != "samples" or (inner == "samples" and kind in ("start_map", "end_map", "null")):
            builder.event(kind, value)
        if path == base and kind == "end_map":
            empty = False
            yield _session(builder.value, columns)
            builder, columns = Builder(), _empty()
    if empty:
        raise RecordingError(Problem.NO_ROWS)


def _empty() -> dict[str, array[float]]:
    return {path: array("d") for path in _COLUMNS}


def _append(column: array[float], kind: str, value: Any) -> None:
    if kind == "number":
        column.append(value)
    elif kind not in ("start_array", "end_array", "start_map", "end_map", "map_key"):
        raise RecordingError(Problem.DAMAGED, found=f"{str(value)[:20]} among the samples")


def _session(document: Mapping[str, Any], columns: Mapping[str, array[float]]) -> Reading:
    if document.get("schema") != SCHEMA:
        raise RecordingError(Problem.UNKNOWN_FORMAT, found=str(document.get("schema"))[:40])
    if document.get("samples") is None:
        return _results(document, _rows_of(document))
    values = [np.frombuffer(columns[path]) for path in _COLUMNS]
    return Reading(_blocks(*values), APP, known=known(document, ()))


def _rows_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        about = document.get("session") or {}
        return [
            *rows(cast(Summary, document)),
            *({**row, "kind": "trial"} for row in about.get("trials") or ()),
            *({**row, "kind": "rejected"} for row in about.get("taken_back") or ()),
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise RecordingError(Problem.DAMAGED, found=f"{type(error).__name__}: {error}"[:80]) from error


def _blocks(time_s: FloatArray, acc: FloatArray, gyr: FloatArray) -> Iterator[RawBlock]:
    count = len(time_s)
    if len(acc) != 3 * count or len(gyr) not in (0, 3 * count):
        raise RecordingError(Problem.DAMAGED, found=f"{count} times, {len(acc)} and {len(gyr)} values")
    if not count:
        raise RecordingError(Problem.NO_ROWS)
    block = RawBlock(time_s, acc.reshape(-1, 3), gyr.reshape(-1, 3) if len(gyr) else None)
    for begin in range(0, count, _BATCH):
        yield possible(block[begin : begin + _BATCH])


def possible(block: RawBlock) -> RawBlock:
    """Give a block whose numbers can be a sensor's."""
    parts = [block.time_s / _MOST_S, block.acc / _MOST, *([] if block.gyr is None else [block.gyr / _MOST])]
    if not all((np.abs(part) < 1).all() for part in parts):  # so is NaN told
        raise RecordingError(Problem.DAMAGED, found="samples have values that cannot be")
    return block
