"""CSV: a row per repetition, hold, trial or what was rejected, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sensortrack.formats.exports import Item
from sensortrack.formats.safe_csv import csv_lines
from sensortrack.model.summary import HoldRow, RepetitionRow, ThomasRow

COLUMNS = (
    "session", "started_at", "person", "exercise", "side", "kind", "set",
    *dict.fromkeys((*RepetitionRow.__annotations__, *HoldRow.__annotations__)), "edited", *ThomasRow.__annotations__,
)  # fmt: skip


def export_csv(items: Iterable[Item]) -> Iterator[str]:
    """Write all sessions into one table, line by line."""
    return csv_lines((row for item in items for row in item.table()), COLUMNS)
