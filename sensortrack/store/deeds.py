"""What was done of a programme's tasks: measured sessions and self-reports, by the calendar of their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sensortrack.model.adherence import Deed
from sensortrack.model.programme import Task
from sensortrack.model.trend import FEWEST_TRIALS
from sensortrack.store.listing import local_time
from sensortrack.store.self_reports import SelfReport, Told, listed
from sensortrack.store.store import Store

_DAY = timedelta(days=1)  # more than any zone is away from UTC

# by detector: how much of it a session holds; a hold counts when it is long enough
_AMOUNT = {
    "repetitions": "(SELECT count(*) FROM repetition WHERE session_id = session.id)",
    "stretch": "(SELECT count(*) FROM hold WHERE session_id = session.id AND duration_s >= ?)",
    "thomas": "(SELECT count(*) FROM thomas_trial WHERE session_id = session.id)",
}
_TOTAL = "(SELECT {0} FROM session_total WHERE session_id = session.id)"
# by detector: what of it may change over the months, the median of a session; what a person added has no numbers
_TRENDS = {
    "repetitions": {"rom_deg": _TOTAL.format("rom_deg"), "hold_s": _TOTAL.format("hold_s")},
    "stretch": {
        "hold_s": "(SELECT avg(duration_s) FROM (SELECT round(duration_s, 3) AS duration_s,"
        " row_number() OVER (ORDER BY duration_s) AS place, count(*) OVER () AS many FROM hold"
        " WHERE session_id = session.id) WHERE 2 * place BETWEEN many AND many + 2)",
        "angle_deg": _TOTAL.format("hold_angle_deg"),
    },
    "thomas": {"thigh_angle_deg": _TOTAL.format(f"iif(trials >= {FEWEST_TRIALS}, thigh_angle_deg, NULL)")},
}


@dataclass(frozen=True, slots=True)
class Measure:
    """The numbers of one session that may change over the months."""

    at: datetime
    side: str | None
    values: dict[str, float | None]


def deeds(
    store: Store, tasks: Iterable[Task], person: str, first: date | None = None, *, with_simulated: bool = False
) -> list[Deed]:
    """Give what a person did, in no order; from a day on, if one is given.

    Parameters
    ----------
    with_simulated
        Simulated sessions count too: for trying it out.
    """
    known = {task.exercise.name: task for task in tasks}
    found = [deed for task in known.values() for deed in _measured(store, task, person, first, with_simulated)]
    for told in listed(store, person, first):
        task = known.get(told.report.exercise)
        if task is not None and not told.is_undone:
            found.append(_reported(told, task))
    return found


def measures(store: Store, task: Task, person: str, first: date, *, with_simulated: bool = False) -> list[Measure]:
    """Give the numbers of a task's sessions since a day, oldest first; those without any are left out."""
    columns = _TRENDS[task.exercise.detector]
    return [
        Measure(at, side, dict(zip(columns, values, strict=True)))
        for at, side, values in _sessions(store, columns.values(), [], task, person, first, with_simulated)
        if any(value is not None for value in values)
    ]


def simulated_since(store: Store, first: date) -> int:
    """Count the simulated sessions since a day."""
    query = "SELECT started_at, zone FROM session WHERE origin = 'simulated' AND started_at >= ?"
    found = store.db.execute(query, [(first - _DAY).isoformat()])
    return sum(local_time(datetime.fromisoformat(at), zone).date() >= first for at, zone in found)


def _measured(store: Store, task: Task, person: str, first: date | None, with_simulated: bool) -> Iterator[Deed]:
    detector = task.exercise.detector
    least_s = [task.numbers["hold_s"].least] if detector == "stretch" else []
    for at, side, (amount,) in _sessions(store, [_AMOUNT[detector]], least_s, task, person, first, with_simulated):
        if amount:
            yield Deed(task.exercise.name, side, at.date(), amount, True, at)


def _sessions(
    store: Store,
    columns: Iterable[str],
    values: list[float],
    task: Task,
    person: str,
    first: date | None,
    with_simulated: bool,
) -> Iterator[tuple[datetime, str | None, list[Any]]]:
    """Give begin on its own clock, leg and some columns of a task's sessions since a day, oldest first."""
    query = (
        f"SELECT started_at, zone, side, {', '.join(columns)} FROM session JOIN person ON person.id = person_id"
        " WHERE exercise = ? AND person.name = ? AND started_at >= ? AND (? OR origin != 'simulated')"
        " ORDER BY started_at"
    )
    since = (first - _DAY).isoformat() if first else ""
    for started_at, zone, side, *rest in store.db.execute(
        query, [*values, task.exercise.name, person, since, with_simulated]
    ):
        at = local_time(datetime.fromisoformat(started_at), zone)
        if first is None or at.date() >= first:
            yield at, side, rest


def _reported(told: Told, task: Task) -> Deed:
    report = told.report
    at = local_time(told.made_at, told.zone)
    return Deed(
        report.exercise, report.side, report.day, _amount(report, task), False, at if at.date() == report.day else None
    )


def _amount(report: SelfReport, task: Task) -> int:
    """Give what a report is worth: holds that are told to be too short are worth nothing, as if they were measured."""
    if task.exercise.detector == "repetitions":
        return report.sets * (report.repetitions or task.size)
    if task.exercise.detector == "stretch" and report.hold_s is not None:
        return report.sets if report.hold_s >= task.numbers["hold_s"].least else 0
    return report.sets
