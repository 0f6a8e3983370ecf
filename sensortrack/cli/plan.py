"""The programme on the command line: find it, say what is wrong with it, say what it asks for and what is owed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

    from sensortrack.model.adherence import Standing
    from sensortrack.model.errors import ProgrammeError
    from sensortrack.model.programme import Number, Programme, Task
    from sensortrack.store.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

PERSON = "me"


def program_option(command: Command) -> Command:
    """Add ``--program``, which is the same wherever it stands."""
    return click.option(
        "--program",
        metavar="FILE",
        envvar="SENSORTRACK_PROGRAM",
        help="The programme, else your own, else the shipped one.",
    )(command)


def whose_options(command: Command) -> Command:
    """Add ``--program``, ``--person``, ``--simulated`` and ``--db``."""
    for option in (
        click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own."),
        click.option("--simulated", is_flag=True, help="Count simulated sessions too, to try it out."),
        click.option("--person", metavar="NAME", default=PERSON, help="Whose; you, unless told."),
    ):
        command = option(command)
    return program_option(command)


@contextmanager
def programme_in_words() -> Iterator[None]:
    """Turn errors about a programme into what click shows."""
    from sensortrack.model.errors import ProgrammeError

    try:
        yield
    except ProgrammeError as error:
        raise click.ClickException(programme_sentence(error)) from error


def load_programme(named: str | None) -> tuple[Path | None, Programme]:
    """Read the programme in force; what is wrong with it is said in one sentence."""
    from sensortrack.formats.program_file import read_programme

    with programme_in_words():
        return read_programme(named)


def programme_sentence(error: ProgrammeError) -> str:
    """What is wrong with a programme and what to do."""
    compare = "compare it with 'sensortrack program --toml'"
    found = f", found {error.found}" if error.found else ""
    ways = {
        "unreadable": f"the programme {error.origin} cannot be read ({error.found}); check its name and permissions",
        "not TOML": f"{error.origin} is not TOML ({error.found}); {compare}",
        "missing": f"{error.origin}: {error.where} lacks {error.expected}; {compare}",
        "unknown key": f"{error.origin}: {error.where} has no key '{error.found}'; expected one of {error.expected}",
        "exercise": f"{error.origin}: exercise '{error.where}' cannot be used ({error.found}; expected "
        f"{error.expected}); give the name of one, or its TOML file beside the programme",
        "twice": f"{error.origin}: {error.where} stands in two tasks; put what is owed of it into one",
        "without source": f'{error.origin}: {error.where} does not say where it comes from; add source = "..."',
        "without grade": f"{error.origin}: {error.where} does not say how sure it is; add grade = "
        f'"...", one of {error.expected}',
        "wrong": f"{error.origin}: {error.where}: expected {error.expected}{found}",
    }
    return ways[error.problem] + "."


def here() -> tuple[date, str]:
    """Give today's date and the zone of the place where this computer is."""
    from datetime import UTC, datetime

    from tzlocal import get_localzone_name

    from sensortrack.store.listing import local_time

    zone = get_localzone_name() or "UTC"
    return local_time(datetime.now(UTC), zone).date(), zone


def standing_today(
    store: Store, programme: Programme, today: date, person: str, *, with_simulated: bool
) -> list[Standing]:
    """Read how every task stands."""
    from sensortrack.model.adherence import standings, week_of
    from sensortrack.store.deeds import deeds

    found = deeds(store, programme.tasks, person, week_of(today), with_simulated=with_simulated)
    return standings(programme.tasks, found, today)


def number_words(number: Number) -> str:
    """Write a number with its range and unit."""
    span = f"{number.least:g}-{number.most:g}" if number.least < number.most else f"{number.value:g}"
    return f"{span} {number.unit}".strip()


def counted_words(task: Task, count: int) -> str:
    """Write how many sets, holds or trials, with their noun."""
    return f"{count} {task.counted[:-1] if count == 1 else task.counted}"


def each_words(task: Task) -> str:
    """Say what one set or hold is to be: of 10 repetitions, held 1-2 s; of 20-30 s."""
    hold = number_words(task.numbers["hold_s"]) if "hold_s" in task.numbers else ""
    if "reps" in task.numbers:
        return f"of {task.numbers['reps'].value:g} repetitions, held {hold}"
    return f"of {hold}" if hold else ""


def task_words(task: Task) -> str:
    """Say what a task asks for."""
    from sensortrack.model.programme import WEEKDAYS

    number = task.numbers[task.counted]
    count = number_words(number) if number.value == number.least else f"{number.value:g}"
    amount = f"{count} {task.counted[:-1] if count == '1' else task.counted}"
    days = [WEEKDAYS[day].capitalize() for day in sorted(task.weekdays)]
    often = "a week" if task.per == "week" else "a day" if len(days) == len(WEEKDAYS) else f"on {', '.join(days)}"
    legs = "with each leg" if task.sides == "each" else ""
    return " ".join(part for part in (amount, each_words(task), legs, often) if part)


def leg_words(task: Task, side: str | None) -> str:
    """Name an exercise and the leg."""
    return task.exercise.title + (f", {side} leg" if side else "")


def first_owed(standings: Sequence[Standing], sides: Sequence[str | None]) -> tuple[Standing, str | None] | None:
    """Find what is owed next, and with which leg.

    Parameters
    ----------
    sides
        Legs that wear a sensor; (None,) where that was not told: then the programme says which.
    """
    for standing in standings:
        if standing.is_done:
            continue
        for side, count in standing.owed.items():
            if count and (side is None or None in sides or side in sides):
                return standing, side
    return None


def next_words(standings: Sequence[Standing]) -> str:
    """Say what is owed next."""
    found = first_owed(standings, (None,))
    if found is None:
        return "All done for today."
    standing, side = found
    return f"Next: {leg_words(standing.task, side)} (sensortrack record)"
