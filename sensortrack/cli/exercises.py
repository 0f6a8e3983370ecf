"""`sensortrack exercises`: what is known of each exercise, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sensortrack.cli.wording import in_words

if TYPE_CHECKING:
    from sensortrack.model.exercises import Exercise


@click.command(epilog="Example: sensortrack exercises donkey-kick --toml > my-kick.toml")
@click.argument("name", required=False)
@click.option("--toml", "as_toml", is_flag=True, help="Print the file itself, to start your own from.")
def exercises(name: str | None, as_toml: bool) -> None:
    """List the exercises, or show every number of one: unit, meaning, source.

    NAME is an exercise or the path of your own TOML file, which every --exercise takes too.
    """
    from sensortrack.formats.exercise_file import find_exercise
    from sensortrack.model.exercises import shipped_names, shipped_text

    with in_words(name or ""):
        if as_toml:
            if name is None:
                raise click.UsageError("--toml needs the NAME of an exercise.", click.get_current_context())
            click.echo(shipped_text(name), nl=False)
        elif name is None:
            _print_list([find_exercise(one) for one in shipped_names()])
        else:
            _print_exercise(find_exercise(name))


def _print_list(found: list[Exercise]) -> None:
    width = max(len(exercise.name) for exercise in found)
    for exercise in found:
        click.echo(
            click.wrap_text(
                f"{exercise.name:<{width}}  {exercise.title}. {exercise.description}",
                width=_width(),
                subsequent_indent=" " * (width + 2),
            )
        )
    click.echo("\nOne in full: sensortrack exercises NAME")


def _print_exercise(exercise: Exercise) -> None:
    click.echo(f"{exercise.title} ({exercise.name})")
    click.echo(click.wrap_text(exercise.description, width=_width()) + "\n")
    width = max(len(name) for name in exercise.parameters)
    for name, parameter in exercise.parameters.items():
        value = f"{parameter.value:g} {parameter.unit}".strip()
        click.echo(f"{name:<{width}}  {value}")
        for label, text in (("meaning", parameter.meaning), ("source", parameter.source)):
            print_wrapped(f"{label}: {text}", indent=" " * (width + 2))


def print_wrapped(text: str, indent: str) -> None:
    """Print a paragraph as wide as the terminal, its further lines indented a little more."""
    click.echo(click.wrap_text(text, width=_width(), initial_indent=indent, subsequent_indent=indent + "  "))


def _width() -> int:
    import shutil

    return max(40, min(100, shutil.get_terminal_size().columns))
