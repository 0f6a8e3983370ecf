"""A summary as a table: one row per repetition, hold, rejected movement, trial, and for the Thomas angle."""

from __future__ import annotations

import csv
import io
from typing import Any

from sensortrack.model.summary import EventLog, HoldRow, RepetitionRow, Summary, ThomasRow, rows, rows_besides

# the JSON's keys, those that a repetition has not behind
COLUMNS = ["kind", "set", *RepetitionRow.__annotations__]
COLUMNS += [key for key in (*HoldRow.__annotations__, *ThomasRow.__annotations__) if key not in COLUMNS]


def summary_csv(summary: Summary, log: EventLog) -> str:
    """Write the rows; lists are words with blanks between, booleans as in JSON, nothing is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    found = [*rows(summary), *rows_besides(log)]
    writer.writerows({key: _field(value) for key, value in row.items()} for row in found)
    return text.getvalue()


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(value)
    return str(value).lower() if isinstance(value, bool) else value
