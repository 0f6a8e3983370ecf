"""CSV that a spreadsheet shows as it is: no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), also in full width."""


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Write rows with a header; lists become words with blanks between, None an empty cell.

    Texts that could be formulas get an apostrophe in front, which spreadsheets hide; numbers stay numbers.
    """
    names = list(columns if columns is not None else rows[0] if rows else [])
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    if names:
        writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
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
