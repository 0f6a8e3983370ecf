"""`sensortrack today`: what the programme still asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sensortrack.cli.plan import counted_words, each_words, leg_words, next_words, whose_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from sensortrack.model.adherence import Standing
    from sensortrack.model.programme import Task


@click.command(epilog="Example: sensortrack today")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@whose_options
def today(as_json: bool, program: str | None, person: str, simulated: bool, db: str | None) -> None:
    """Show what is still owed today, and this week, by the programme.

    Measured is what a sensor recorded; what you told with 'sensortrack log' is shown apart.
    """
    from sensortrack.cli.plan import here, load_programme, standing_today
    from sensortrack.cli.stored import open_store
    from sensortrack.store.deeds import simulated_since

    _, programme = load_programme(program)
    day, _ = here()
    with open_store(db) as store:
        standings = standing_today(store, programme, day, person, with_simulated=simulated)
        unused = 0 if simulated else simulated_since(store, day)
    if as_json:
        import json

        click.echo(json.dumps(_document(programme.title, day, standings), ensure_ascii=False, indent=2))
        return
    click.echo(f"{day:%A}, {day.day} {day:%B %Y}: {programme.title}\n")
    for standing in standings:
        for line in _lines(standing):
            click.echo(line)
    click.echo(f"\n{next_words(standings)}")
    if unused:
        _tell_unused(unused)


def _tell_unused(count: int) -> None:
    sessions = "1 simulated session of today does" if count == 1 else f"{count} simulated sessions of today do"
    click.echo(f"{sessions} not count; with --simulated they would.", err=True)


def _lines(standing: Standing) -> Iterator[str]:
    """Say how a task stands, in a line for each leg that owes it."""
    task = standing.task
    if not standing.is_due:
        yield f" -  {task.exercise.title}: rest day"
        return
    period = " this week" if task.per == "week" else ""
    for side, count in standing.owed.items():
        progress = f"{task.needed - count} of {counted_words(task, task.needed)} {each_words(task)}".rstrip()
        yield f"[{' ' if count else 'x'}] {leg_words(task, side)}: {progress}{period}{_apart_words(standing, side)}"
    untold = sum(part.get(None, 0) for part in (standing.measured, standing.reported))
    if untold and task.sides == "each":
        yield f"    {_amount_words(task, untold)} without a leg told, counted where still owed; tell it with --side"


def _apart_words(standing: Standing, side: str | None) -> str:
    """Say how much was measured and how much was told."""
    parts = []
    for done, how in ((standing.measured, "measured"), (standing.reported, "by your own account")):
        amount = sum(done.values()) if standing.task.sides == "any" else done.get(side, 0)
        if amount:
            parts.append(f"{_amount_words(standing.task, amount)} {how}")
    return f" ({', '.join(parts)})" if parts else ""


def _amount_words(task: Task, amount: int) -> str:
    noun = "repetition" if "reps" in task.numbers else task.counted[:-1]
    return f"{amount} {noun}{'' if amount == 1 else 's'}"


def _document(title: str, day: date, standings: list[Standing]) -> dict[str, Any]:
    def plain(done: Mapping[str | None, int]) -> dict[str, int]:
        return {side or "any": count for side, count in done.items()}

    return {
        "schema": "sensortrack.today/1",
        "programme": title,
        "day": day.isoformat(),
        "is_done": all(standing.is_done for standing in standings),
        "tasks": [
            {
                "exercise": standing.task.exercise.name,
                "per": standing.task.per,
                "sides": standing.task.sides,
                "is_due": standing.is_due,
                "counted": standing.task.counted,
                "needed": standing.task.needed,
                "owed": plain(standing.owed) if standing.is_due else {},
                "measured": plain(standing.measured),
                "reported": plain(standing.reported),
            }
            for standing in standings
        ],
    }
