"""All sessions in short, for calendar, list and trends: ten thousand at once."""

from __future__ import annotations

from typing import TypedDict

from sensortrack.model.exercises import load_exercise, shipped_names
from sensortrack.store.listing import Row, rows
from sensortrack.store.store import Store

COLUMNS = (
    "id", "local", "person", "exercise", "side", "state", "duration_s", "repetitions", "sets", "rom_deg", "hold_s",
    "holds", "held_s", "hold_angle_deg", "trials", "thigh_angle_deg", "is_edited", "pain_before", "pain_after",
    "effort", "note",
)  # fmt: skip
"""Of a row; ``local`` is date and time to the minute on the clock of the session's own place."""

_NOTE_LETTERS = 80  # the list has room for one line


class Overview(TypedDict):
    """Sessions by start, oldest first, and the titles of exercises by name."""

    columns: tuple[str, ...]
    rows: list[list[object]]
    titles: dict[str, str]


def overview(store: Store) -> Overview:
    """Give all sessions."""
    titles = {name: load_exercise(name).title for name in shipped_names()}
    return {"columns": COLUMNS, "rows": [_row(row) for row in rows(store)], "titles": titles}


def _row(row: Row) -> list[object]:
    short = {"local": row.local.isoformat(timespec="minutes")[:16], "note": row.note[:_NOTE_LETTERS]}
    return [_rounded(short[name] if name in short else getattr(row, name)) for name in COLUMNS]


def _rounded(value: object) -> object:
    return round(value, 2) if isinstance(value, float) else value
