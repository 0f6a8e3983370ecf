"""`sensortrack log`: what was done without a sensor, by the person's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sensortrack.cli.plan import PERSON, program_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sensortrack.model.exercises import Exercise
    from sensortrack.model.programme import Task
    from sensortrack.store.self_reports import SelfReport
    from sensortrack.store.store import Store

_YEARS = 10  # an older day is a slip of the keyboard


@click.command(epilog="Example: sensortrack log donkey-kick --sets 2 --on yesterday")
@click.argument("exercise", required=False)
@click.option("--sets", type=click.IntRange(1, 50), help="Sets, holds or trials; else as the programme says.")
@click.option("--reps", type=click.IntRange(1, 100), help="Repetitions in each set; else as the programme says.")
@click.option("--hold", "hold_s", type=click.FloatRange(0.5, 600), metavar="S", help="How long each was held.")
@click.option("--side", type=click.Choice(["left", "right", "both"]), help="Which leg; else as the programme says.")
@click.option("--on", "day", metavar="DATE", help="Day on which it was done, as 2026-11-01 or yesterday; else today.")
@click.option("--note", default="", help="A few words to keep with it.")
@click.option("--undo", is_flag=True, help="Take back what was told last.")
@click.option("--list", "as_list", is_flag=True, help="List what was told.")
@click.option("--person", metavar="NAME", default=PERSON, help="Whose; you, unless told.")
@program_option
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def log(
    exercise: str | None,
    program: str | None,
    undo: bool,
    as_list: bool,
    person: str,
    db: str | None,
    **told: Any,
) -> None:
    """Tell that EXERCISE was done without a sensor. It counts, and stays apart from what was measured.

    Without numbers it was done as the programme says: all that it asks for in a day.
    """
    from sensortrack.cli.stored import open_store

    context = click.get_current_context()
    if exercise is None and not (undo or as_list):
        raise click.UsageError("tell which EXERCISE was done, or --undo, or --list.", context)
    if exercise is not None and undo:
        raise click.UsageError("--undo takes back what was told last; it goes without an EXERCISE.", context)
    reports = [] if exercise is None else _reports(exercise, program, told)
    with open_store(db) as store:
        if reports:
            _add(store, reports, person)
        if undo:
            _undo(store, person)
        if as_list:
            _list(store, person)


def _reports(exercise: str, program: str | None, told: dict[str, Any]) -> list[SelfReport]:
    """Put together what was told and what the programme says."""
    from sensortrack.cli.plan import here, load_programme
    from sensortrack.cli.wording import in_words
    from sensortrack.formats.exercise_file import find_exercise
    from sensortrack.store.self_reports import SelfReport

    _, programme = load_programme(program)
    task = programme.task(exercise)
    with in_words(exercise):
        what = task.exercise if task else find_exercise(exercise)
    task = task or programme.task(what.name)
    sets, repetitions = _amount(what, task, told)
    day = _day(told["day"], here()[0])
    return [
        SelfReport(what.name, side, day, sets, repetitions, told["hold_s"], told["note"])
        for side in _sides(task, told["side"])
    ]


def _amount(what: Exercise, task: Task | None, told: dict[str, Any]) -> tuple[int, int | None]:
    """Give sets and repetitions: as told, else as the programme says, else as the exercise does."""
    from sensortrack.cli.announcer import Targets

    goals = Targets.of(what)
    has_sets = what.detector == "repetitions"
    if told["reps"] is not None and not has_sets:
        raise click.UsageError(
            f"{what.name} has no repetitions; tell how many with --sets.", click.get_current_context()
        )
    sets = told["sets"] or (task.needed if task else goals.sets)
    prescribed = int(task.numbers["reps"].value) if task and has_sets else goals.repetitions
    return sets, (told["reps"] or prescribed) if has_sets else None


def _sides(task: Task | None, side: str | None) -> tuple[str | None, ...]:
    from sensortrack.model.programme import SIDES

    if side == "both":
        return SIDES
    return (side,) if side or task is None else task.slots


def _day(text: str | None, today: date) -> date:
    from datetime import timedelta

    from sensortrack.cli.stored import day_given

    day = day_given(text, "--on") or today
    if not today - timedelta(days=365 * _YEARS) <= day <= today:
        raise click.BadParameter(
            f"expected a day of the last {_YEARS} years up to today ({today}), found {day}.", param_hint="--on"
        )
    return day


def _add(store: Store, reports: list[SelfReport], person: str) -> None:
    from sensortrack.cli.plan import here
    from sensortrack.store.self_reports import add

    add(store, reports, here()[1], person)
    for report in reports:
        click.echo(f"Logged, by your own account: {_words(report)}", err=True)
    click.echo("Take it back with: sensortrack log --undo", err=True)


def _undo(store: Store, person: str) -> None:
    from sensortrack.store.self_reports import undo

    taken = undo(store, person)
    if not taken:
        raise click.ClickException("there is nothing to take back.")
    for told in taken:
        click.echo(f"Taken back: {_words(told.report)}", err=True)


def _list(store: Store, person: str) -> None:
    from sensortrack.store.self_reports import listed

    found = listed(store, person)
    if not found:
        click.echo("Nothing was told yet.", err=True)
    for told in found:
        click.echo(_words(told.report) + (" (taken back)" if told.is_undone else ""))


def _words(report: SelfReport) -> str:
    return f"{report.day}  " + ", ".join(_parts(report))


def _parts(report: SelfReport) -> Iterator[str]:
    yield report.exercise + (f" {report.side}" if report.side else "")
    yield report.amount_words()
    if report.note:
        yield report.note
