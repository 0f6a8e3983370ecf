"""CSV that a spreadsheet shows as it is: no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), also in full width."""


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Write rows with a header, of the first row where none is told; as `csv_lines`."""
    names = list(columns if columns is not None else rows[0] if rows else [])
    return "".join(csv_lines(rows, names)) if names else ""


def csv_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Write a header and rows, line by line; lists become words with blanks between, None an empty cell.

    Texts that could be formulas get an apostrophe in front, which spreadsheets hide; numbers stay numbers.
    """
    yield _line(columns)
    for row in rows:
        yield _line([_cell(row.get(name)) for name in columns])


def _line(cells: Sequence[Any]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerow(cells)
    return stream.getvalue()


def plain_cell(text: str) -> str:
    """Give a text as it was before it was made safe."""
    return text[1:] if text.startswith("'") and text[1:].lstrip().startswith(_FORMULA) else text


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    if isinstance(value, str) and value.lstrip().startswith(_FORMULA):
        return "'" + value
    return value
