"""Sessions as a list: what was done, when, by whom."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sensortrack.model.trend import FEWEST_TRIALS
from sensortrack.store.store import Store

_DAY = timedelta(days=1)  # more than any zone is away from UTC


@dataclass(frozen=True, slots=True)
class Row:
    """One session in short."""

    id: int
    uid: str
    started_at: str
    zone: str
    person: str
    exercise: str
    side: str | None
    placement: str | None
    state: str
    origin: str
    duration_s: float
    repetitions: int
    sets: int
    rom_deg: float | None
    hold_s: float | None
    holds: int
    held_s: float | None
    hold_angle_deg: float | None
    trials: int
    thigh_angle_deg: float | None
    is_edited: int
    pain_before: int | None
    pain_after: int | None
    effort: int | None
    note: str

    @property
    def local(self) -> datetime:
        """When it began, on the clock of its own place."""
        return local_time(datetime.fromisoformat(self.started_at), self.zone)

    def done_words(self) -> str:
        """Say what was done, in few words."""
        if self.repetitions:
            return f"{self.repetitions} in {self.sets} set{'' if self.sets == 1 else 's'}"
        if self.holds:
            return f"{self.holds} hold{'' if self.holds == 1 else 's'}, {self.held_s or 0:.0f} s"
        if self.trials >= FEWEST_TRIALS and self.thigh_angle_deg is not None:
            return f"{self.thigh_angle_deg:+.0f}° ({self.trials} trials)"
        if self.trials:
            return "no result (1 trial)"
        return "nothing found"

    def document(self) -> dict[str, Any]:
        """Give all as a plain table, with the local time."""
        told = {**asdict(self), "duration_s": round(self.duration_s, 3)}
        return {"id": self.id, "started_local": self.local.isoformat(timespec="seconds"), **told}


COLUMNS = ("id", "started_local", *(field.name for field in fields(Row) if field.name != "id"))
"""Keys of `Row.document`."""


def rows(
    store: Store,
    first: date | None = None,
    last: date | None = None,
    exercise: str | None = None,
    person: str | None = None,
    most: int | None = None,
) -> list[Row]:
    """List sessions, oldest first; of more than `most` the newest.

    Parameters
    ----------
    first, last
        Days on each session's own calendar, both included.
    """
    where, values = ["1"], []
    for clause, value in (
        ("session.started_at >= ?", (first - _DAY).isoformat() if first else None),
        ("session.started_at < ?", (last + 2 * _DAY).isoformat() if last else None),
        ("session.exercise = ?", exercise),
        ("person.name = ?", person),
    ):
        if value is not None:
            where.append(clause)
            values.append(value)
    found: list[Row] = []
    for values_found in store.db.execute(_QUERY.format(where=" AND ".join(where)), values):
        row = Row(*values_found)
        if (first is None or row.local.date() >= first) and (last is None or row.local.date() <= last):
            found.append(row)
            if len(found) == most:
                break
    return found[::-1]


def local_time(instant: datetime, zone: str) -> datetime:
    """Put an instant on the clock of a zone; one that this computer does not know stays in UTC."""
    try:
        place: tzinfo | None = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place = instant.tzinfo
    return instant.astimezone(place)


_QUERY = """
SELECT session.id, uid, session.started_at, session.zone, person.name, session.exercise, session.side,
    session.placement, session.state, session.origin, session.duration_s,
    coalesce(repetitions, 0), coalesce(sets, 0), rom_deg, hold_s, coalesce(holds, 0), held_s, hold_angle_deg,
    coalesce(trials, 0), thigh_angle_deg,
    EXISTS (SELECT 1 FROM correction WHERE session_id = session.id AND undone_at IS NULL),
    session.pain_before, session.pain_after, session.effort, session.note
FROM session JOIN person ON person.id = person_id LEFT JOIN session_total ON session_id = session.id
WHERE {where} ORDER BY session.started_at DESC, session.id DESC
"""
