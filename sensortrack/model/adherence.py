"""What is owed, what was done, and for how long in a row. Pure: days and amounts in, words of state and numbers out.

Days are calendar days of the place where the person was. Nothing here asks what time it is: the caller says which day
is today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from sensortrack.model.programme import Task

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
_OLDEST_DAYS = 20 * 366  # what claims to be older has a wrong clock


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done.

    Parameters
    ----------
    exercise, side
        Name of the exercise, and the leg where it was told.
    day
        Calendar day of the place where it was done.
    amount
        Repetitions, holds that are long enough, or settled trials.
    is_measured
        Measured by a sensor, or told by the person.
    at
        The instant on the clock of its place; None where only the day is known.
    """

    exercise: str
    side: str | None
    day: date
    amount: int
    is_measured: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task stands in the period that a day is in.

    Parameters
    ----------
    measured, reported
        What was done, by leg; None is the leg that was not told.
    owed
        How many sets, holds or trials are still owed, by leg where the task asks for each.
    is_due
        False on a rest day.
    """

    task: Task
    measured: Mapping[str | None, int]
    reported: Mapping[str | None, int]
    owed: Mapping[str | None, int]
    is_due: bool

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is owed now."""
        return not self.is_due or not any(self.owed.values())


class Status(StrEnum):
    """What became of a day or a week."""

    DONE = "done"
    SOME = "some"
    MISSED = "missed"
    OPEN = "open"  # not over yet
    REST = "rest"  # nothing was owed


@dataclass(frozen=True, slots=True)
class Streaks:
    """How many in a row: up to now, and the most ever."""

    current: int
    longest: int


def week_of(day: date) -> date:
    """Give the Monday of a day's week."""
    return day - day.weekday() * DAY


def period_of(task: Task, day: date) -> date:
    """Give the first day of the period in which a task is owed: the day itself, or its week's Monday."""
    return week_of(day) if task.per == "week" else day


def is_scheduled(task: Task, day: date) -> bool:
    """Whether a task is owed on a day; rest days are those on which it is not."""
    return day.weekday() in task.weekdays


def by_period(tasks: Iterable[Task], deeds: Iterable[Deed]) -> dict[tuple[str, date], dict[str | None, int]]:
    """Sum what was done, by exercise, first day of the period, and leg; None is the leg that was not told."""
    known = {task.exercise.name: task for task in tasks}
    done: dict[tuple[str, date], dict[str | None, int]] = {}
    for deed in deeds:
        task = known.get(deed.exercise)
        if task is not None:
            by_side = done.setdefault((deed.exercise, period_of(task, deed.day)), {})
            by_side[deed.side] = by_side.get(deed.side, 0) + deed.amount
    return done


def owed(task: Task, done: Mapping[str | None, int]) -> dict[str | None, int]:
    """Tell how many sets, holds or trials are still owed, by leg where the task asks for each.

    What was done without telling the leg counts where it is still owed, left before right: nobody knows better.
    """
    need = task.needed * task.size
    if task.sides == "any":
        return {None: _ceil(need - sum(done.values()), task.size)}
    untold = done.get(None, 0)
    left: dict[str | None, int] = {}
    for side in task.slots:
        lack = max(0, need - done.get(side, 0))
        used = min(lack, untold)
        untold -= used
        left[side] = _ceil(lack - used, task.size)
    return left


def standings(tasks: Sequence[Task], deeds: Sequence[Deed], today: date) -> list[Standing]:
    """Tell how each task stands today, in the programme's order."""
    measured = by_period(tasks, [deed for deed in deeds if deed.is_measured])
    reported = by_period(tasks, [deed for deed in deeds if not deed.is_measured])
    found = []
    for task in tasks:
        key = (task.exercise.name, period_of(task, today))
        parts = measured.get(key, {}), reported.get(key, {})
        both = {side: sum(part.get(side, 0) for part in parts) for side in {**parts[0], **parts[1]}}
        found.append(Standing(task, *parts, owed(task, both), is_scheduled(task, today)))
    return found


def _ceil(amount: int, size: int) -> int:
    return max(0, -(-amount // size))


def days(
    tasks: Sequence[Task], deeds: Sequence[Deed], first: date, today: date, lost: Iterable[date] = ()
) -> dict[date, Status]:
    """Tell what became of each day from `first` to `today`, and beyond where something was done later still.

    Only tasks that are owed by the day count. Later than today is possible: who flies east over the date line lives a
    date twice.

    Parameters
    ----------
    lost
        Days that nobody could have used (`lost_to_travel`): they break nothing.
    """
    daily = [task for task in tasks if task.per == "day"]
    done = by_period(daily, deeds)
    last = max([today, *(deed.day for deed in deeds)])
    skipped = frozenset(lost)
    statuses = {}
    for day in _range(first, last, DAY):
        due = [task for task in daily if is_scheduled(task, day)]
        status = _status(due, [done.get((task.exercise.name, day), {}) for task in due])
        if day in skipped and status is not Status.DONE:
            status = Status.REST
        is_over = day < today or status in (Status.DONE, Status.REST)
        statuses[day] = status if is_over else Status.OPEN
    return statuses


def weeks(task: Task, deeds: Sequence[Deed], first: date, today: date) -> dict[date, Status]:
    """Tell what became of each week of a weekly task, by its Monday; the running week is open until it is done."""
    done = by_period([task], deeds)
    last = max([today, *(deed.day for deed in deeds)])
    statuses = {}
    for monday in _range(week_of(first), week_of(last), WEEK):
        status = _status([task], [done.get((task.exercise.name, monday), {})])
        is_over = monday < week_of(today) or status is Status.DONE
        statuses[monday] = status if is_over else Status.OPEN
    return statuses


def streaks(statuses: Iterable[Status]) -> Streaks:
    """Count in a row, oldest first: rest and what is not over yet neither add nor break."""
    run = longest = 0
    for status in statuses:
        if status is Status.DONE:
            run += 1
            longest = max(longest, run)
        elif status not in (Status.REST, Status.OPEN):
            run = 0
    return Streaks(run, longest)


def lost_to_travel(moments: Iterable[datetime]) -> set[date]:
    """Give the days between two deeds that a journey left out: by the clock of one of its ends there was none between.

    Who flies west over the date line skips a date; who flies from Los Angeles to Tokyo has a short one. Within one
    zone no day is ever lost, whatever daylight saving does.

    Parameters
    ----------
    moments
        Aware instants, each on the clock of its place.
    """
    lost: set[date] = set()
    ordered = sorted(moments)
    for before, after in pairwise(ordered):
        if before.tzinfo == after.tzinfo:
            continue
        between = (after.date() - before.date()).days - 1
        by_one_clock = min(
            (after.astimezone(before.tzinfo).date() - before.date()).days,
            (after.date() - before.astimezone(after.tzinfo).date()).days,
        )
        for back in range(1, between - max(0, by_one_clock - 1) + 1):
            lost.add(after.date() - back * DAY)
    return lost


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the days, and of the weeks of each weekly exercise: of a programme, by some deeds."""

    days: dict[date, Status]
    weeks: dict[str, dict[date, Status]]

    def streak(self, exercise: str | None = None) -> Streaks:
        """Count days in a row, or the weeks of a weekly exercise."""
        return streaks((self.days if exercise is None else self.weeks[exercise]).values())

    def followed(self, first: date, last: date = date.max) -> tuple[int, int]:
        """Count the days on which all was done, and those on which something was owed and which are over or done."""
        known = [status for day, status in self.days.items() if first <= day <= last]
        done = known.count(Status.DONE)
        return done, done + known.count(Status.SOME) + known.count(Status.MISSED)


def accounts(tasks: Sequence[Task], deeds: Sequence[Deed], today: date) -> tuple[Account, Account]:
    """Tell what became of each day and week since the first one: by all that was done, and by what was measured."""
    known = [deed for deed in deeds if deed.day >= today - _OLDEST_DAYS * DAY]
    first = min((deed.day for deed in known), default=today)
    lost = lost_to_travel(deed.at for deed in known if deed.at is not None)

    def account(some: Sequence[Deed]) -> Account:
        weekly = {task.exercise.name: weeks(task, some, first, today) for task in tasks if task.per == "week"}
        return Account(days(tasks, some, first, today, lost), weekly)

    return account(known), account([deed for deed in known if deed.is_measured])


def _status(due: Sequence[Task], done: Sequence[Mapping[str | None, int]]) -> Status:
    if not due:
        return Status.REST
    if not any(any(owed(task, each).values()) for task, each in zip(due, done, strict=True)):
        return Status.DONE
    return Status.SOME if any(any(each.values()) for each in done) else Status.MISSED


def _range(first: date, last: date, step: timedelta) -> Iterator[date]:
    while first <= last:
        yield first
        first += step
