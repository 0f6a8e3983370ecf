"""All sessions in short, for calendar, list and trends: ten thousand at once."""

from __future__ import annotations

from operator import attrgetter
from typing import TypedDict

from sensortrack.model.exercises import load_exercise, shipped_names
from sensortrack.store.listing import Row, rows
from sensortrack.store.store import Store

_AS_THEY_ARE = (
    "id", "person", "exercise", "side", "state", "duration_s", "repetitions", "sets", "rom_deg", "hold_s", "holds",
    "held_s", "hold_angle_deg", "trials", "thigh_angle_deg", "is_edited", "pain_before", "pain_after", "effort",
)  # fmt: skip
_as_they_are = attrgetter(*_AS_THEY_ARE)

COLUMNS = ("local", "note", *_AS_THEY_ARE)
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
    told = [row.local.isoformat(timespec="minutes")[:16], _short(row.note), *_as_they_are(row)]
    return [round(value, 2) if type(value) is float else value for value in told]


def _short(note: str) -> str:
    return note if len(note) <= _NOTE_LETTERS else note[: _NOTE_LETTERS - 1] + "…"
