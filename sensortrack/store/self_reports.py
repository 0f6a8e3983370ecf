"""What a person did without a sensor, as they told it: kept apart from what was measured, and undoable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from sensortrack.store.store import Store, instant

Days: TypeAlias = tuple[date | None, date | None]
"""First and last of them, both included."""


COLUMNS = ("kind", "person", "exercise", "side", "day", "sets", "repetitions", "hold_s", "note", "made_at", "zone")
"""Of a self-report as it is exported."""


@dataclass(frozen=True, slots=True)
class SelfReport:
    """Some sets, holds or trials that a person did.

    Parameters
    ----------
    sets
        Sets, holds or trials.
    repetitions
        In each set; None for holds and trials.
    hold_s
        How long each was held, where it was told.
    """

    exercise: str
    side: str | None
    day: date
    sets: int
    repetitions: int | None = None
    hold_s: float | None = None
    note: str = ""

    def amount_words(self) -> str:
        """Say how much it was."""
        times = f"{self.sets} time{'' if self.sets == 1 else 's'}"
        words = f"{self.sets} × {self.repetitions}" if self.repetitions else times
        return words + (f", held {self.hold_s:g} s" if self.hold_s else "")


@dataclass(frozen=True, slots=True)
class Told:
    """A report as it stands in the store."""

    report: SelfReport
    person: str
    made_at: datetime
    zone: str
    is_undone: bool

    def document(self) -> dict[str, Any]:
        """Give it as a plain table, for exports."""
        return {
            "kind": "self-report", "person": self.person, **asdict(self.report), "day": self.report.day.isoformat(),
            "made_at": instant(self.made_at), "zone": self.zone,
        }  # fmt: skip


def add(store: Store, reports: Sequence[SelfReport], zone: str, person: str, now: datetime | None = None) -> None:
    """Keep what was told with one command, as one step to undo.

    Parameters
    ----------
    zone
        IANA zone where the person is.
    """
    made_at = instant(now or datetime.now(UTC))
    with store.db.atomic():
        store.db.execute("INSERT INTO person (name) VALUES (?) ON CONFLICT DO NOTHING", [person])
        for each in reports:
            store.db.execute(
                "INSERT INTO self_report (person_id, exercise, side, day, sets, repetitions, hold_s, note, made_at,"
                " zone) SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM person WHERE name = ?",
                [each.exercise, each.side, each.day.isoformat(), each.sets, each.repetitions, each.hold_s, each.note,
                 made_at, zone, person],
            )  # fmt: skip


def undo(store: Store, person: str) -> list[Told]:
    """Take back what was told last; give it, or nothing where there is nothing left."""
    last = [told for told in listed(store, person) if not told.is_undone]
    taken = [told for told in last if told.made_at == last[-1].made_at]
    if taken:
        with store.db.atomic():
            store.db.execute(
                "UPDATE self_report SET undone_at = ? WHERE made_at = ? AND undone_at IS NULL"
                " AND person_id = (SELECT id FROM person WHERE name = ?)",
                [instant(datetime.now(UTC)), instant(taken[0].made_at), person],
            )
    return taken


def listed(store: Store, person: str, first: date | None = None) -> list[Told]:
    """Give what was told, in the order of telling; from a day on, if one is given."""
    query = (
        "SELECT exercise, side, day, sets, repetitions, hold_s, note, person.name, made_at, zone, undone_at IS NOT NULL"
        " FROM self_report JOIN person ON person.id = person_id WHERE person.name = ? AND day >= ?"
        " ORDER BY self_report.id"
    )
    return [_told(*row) for row in store.db.execute(query, [person, (first or date.min).isoformat()])]


def chosen(store: Store, person: str | None, exercise: str | None, days: Days) -> list[Told]:
    """Give what holds of one person or of all, of one exercise or of all, within days, by day."""
    everyone = store.db.execute("SELECT name FROM person ORDER BY name")
    people = [person] if person else [str(name) for (name,) in everyone]
    first, last = days[0] or date.min, days[1] or date.max
    found = [told for name in people for told in listed(store, name, first) if not told.is_undone]
    fitting = [told for told in found if told.report.day <= last and exercise in (None, told.report.exercise)]
    return sorted(fitting, key=lambda told: told.report.day)


def _told(
    exercise: str, side: str | None, day: str, sets: int, repetitions: int | None, hold_s: float | None, note: str,
    person: str, made_at: str, zone: str, is_undone: int,
) -> Told:  # fmt: skip
    report = SelfReport(exercise, side, date.fromisoformat(day), sets, repetitions, hold_s, note)
    return Told(report, person, datetime.fromisoformat(made_at), zone, bool(is_undone))
