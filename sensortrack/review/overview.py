"""All sessions in short, for calendar, list and trends: ten thousand at once."""

from __future__ import annotations

from operator import attrgetter
from typing import TypedDict

from sensortrack.model.exercises import load_exercise, shipped_names
from sensortrack.model.trend import FEWEST_TRIALS, trend
from sensortrack.review.words import trend_words
from sensortrack.store import self_reports
from sensortrack.store.listing import Row, rows
from sensortrack.store.store import Store

_AS_THEY_ARE = (
    "id", "person", "exercise", "side", "state", "duration_s", "repetitions", "sets", "rom_deg", "hold_s", "holds",
    "held_s", "hold_angle_deg", "trials", "thigh_angle_deg", "is_edited", "pain_before", "pain_after", "effort",
)  # fmt: skip
_as_they_are = attrgetter(*_AS_THEY_ARE)

COLUMNS = ("local", "note", *_AS_THEY_ARE)
"""Of a row; ``local`` is date and time to the minute on the clock of the session's own place."""

_UNITS = {"rom_deg": "deg", "hold_s": "s", "hold_angle_deg": "deg", "thigh_angle_deg": "deg"}
"""Of the measures whose noise is known."""

_NOTE_LETTERS = 80  # the list has room for one line


class Overview(TypedDict):
    """Sessions by start, oldest first; the titles of exercises by name; what was done without a sensor, by day."""

    columns: tuple[str, ...]
    rows: list[list[object]]
    titles: dict[str, str]
    told: list[dict[str, object]]


class SideTrend(TypedDict):
    """How a measure of one leg went over the sessions."""

    side: str | None
    words: str


def overview(store: Store) -> Overview:
    """Give all sessions."""
    titles = {name: load_exercise(name).title for name in shipped_names()}
    told = [_told(each) for each in self_reports.chosen(store, None, None, (None, None))]
    return {"columns": COLUMNS, "rows": [_row(row) for row in rows(store)], "titles": titles, "told": told}


def trends(store: Store, exercise: str, person: str) -> dict[str, list[SideTrend]]:
    """Tell by name of a measure, for each leg, whether it changed by more than noise: as report and `progress` do."""
    found = [row for row in rows(store, exercise=exercise, person=person) if row.state != "recording"]
    told: dict[str, list[SideTrend]] = {}
    for name, unit in _UNITS.items():
        for side in ("left", "right", None):
            values = [value for row in found if row.side == side and (value := _value(row, name)) is not None]
            if values:
                told.setdefault(name, []).append({"side": side, "words": trend_words(trend(values, unit), unit)})
    return told


def _value(row: Row, name: str) -> float | None:
    if name == "thigh_angle_deg" and row.trials < FEWEST_TRIALS:
        return None
    value: float | None = getattr(row, name)
    return value


def _told(told: self_reports.Told) -> dict[str, object]:
    report = told.report
    return {
        "local": f"{report.day.isoformat()}T00:00", "person": told.person, "exercise": report.exercise,
        "side": report.side, "amount": report.amount_words(), "note": _short(report.note),
    }  # fmt: skip


def _row(row: Row) -> list[object]:
    told = [row.local.isoformat(timespec="minutes")[:16], _short(row.note), *_as_they_are(row)]
    return [round(value, 2) if type(value) is float else value for value in told]


def _short(note: str) -> str:
    return note if len(note) <= _NOTE_LETTERS else note[: _NOTE_LETTERS - 1] + "…"
