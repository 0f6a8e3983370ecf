"""CSV: a row per repetition, hold or rejected movement, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable

from sensortrack.formats.exports import Item
from sensortrack.formats.safe_csv import csv_text
from sensortrack.model.summary import HoldRow, RepetitionRow

COLUMNS = (
    "session", "started_at", "person", "exercise", "side", "kind", "set",
    *dict.fromkeys((*RepetitionRow.__annotations__, *HoldRow.__annotations__)), "edited",
)  # fmt: skip


def export_csv(items: Iterable[Item]) -> str:
    """Write all sessions into one table."""
    return csv_text([row for item in items for row in item.table()], COLUMNS)
