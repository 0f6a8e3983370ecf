"""`sensortrack program`: which programme is in force, what it asks for, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sensortrack.cli.plan import program_option

if TYPE_CHECKING:
    from pathlib import Path

    from sensortrack.model.programme import Programme


@click.command(epilog="Example: sensortrack program explain")
@click.argument("what", type=click.Choice(["explain"]), required=False)
@click.option("--toml", "as_toml", is_flag=True, help="Print the file itself, to start your own from.")
@program_option
def program(what: str | None, as_toml: bool, program: str | None) -> None:
    """Show the programme and its file; 'explain' shows every number with its source and how sure it is."""
    from sensortrack.cli.plan import load_programme, programme_in_words
    from sensortrack.formats.program_file import programme_text

    if as_toml:
        with programme_in_words():
            click.echo(programme_text(program)[1], nl=False)
        return
    path, programme = load_programme(program)
    if what == "explain":
        _explain(programme)
    else:
        _show(path, programme)


def _show(path: Path | None, programme: Programme) -> None:
    from sensortrack.cli.plan import task_words
    from sensortrack.formats.program_file import own_path

    click.echo(programme.title)
    if programme.description:
        click.echo(programme.description)
    for task in programme.tasks:
        click.echo(f"  {task.exercise.title} ({task.exercise.name}): {task_words(task)}")
    click.echo(f"\nFile: {path or 'the shipped program.toml'}")
    if path is None:
        click.echo(f"Your own goes to {own_path()}; start it from: sensortrack program --toml")
    click.echo("Where each number comes from: sensortrack program explain")


def _explain(programme: Programme) -> None:
    from sensortrack.cli.exercises import print_wrapped
    from sensortrack.cli.plan import task_words
    from sensortrack.model.programme import GRADES

    click.echo(programme.title)
    for task in programme.tasks:
        click.echo(f"\n{task.exercise.title} ({task.exercise.name}): {task_words(task)}")
        for name, number in task.numbers.items():
            span = f" ({number.least:g}-{number.most:g})" if number.least < number.most else ""
            click.echo(f"  {name}  {number.value:g} {number.unit}".rstrip() + span)
            for label, text in (("meaning", number.meaning), ("source", number.source), ("grade", number.grade)):
                if text:
                    print_wrapped(f"{label}: {text}", indent="    ")
    click.echo("\nGrades")
    for grade, meaning in GRADES.items():
        print_wrapped(f"{grade}: {meaning}", indent="  ")
