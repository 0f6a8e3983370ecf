"""`sensortrack sessions`: what is in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sensortrack.store.listing import Row

_SHOWN = 20
_ROOMY = 80  # columns of a terminal below which there is no room for a table


@click.command(epilog="Example: sensortrack sessions --since 2026-11-01 --exercise donkey-kick")
@click.option("--since", metavar="DATE", help="From this day on, as 2026-11-01 or yesterday.")
@click.option("--until", metavar="DATE", help="Up to this day.")
@click.option("--exercise", metavar="NAME", help="Only this exercise.")
@click.option("--person", metavar="NAME", help="Only this person.")
@click.option("--all", "everything", is_flag=True, help=f"All, not only the newest {_SHOWN}.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True, help="Output."
)
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def sessions(
    since: str | None,
    until: str | None,
    exercise: str | None,
    person: str | None,
    everything: bool,
    form: str,
    db: str | None,
) -> None:
    """List the sessions in the store, newest last. Days are those of the place where each was recorded."""
    from sensortrack.cli.stored import day_given, open_store
    from sensortrack.store.listing import rows

    first, last = day_given(since, "--since"), day_given(until, "--until")
    with open_store(db, must_exist=True) as store:
        found = rows(store, first, last, exercise, person, None if everything else _SHOWN + 1)
    shown = found if everything else found[-_SHOWN:]
    if form == "json":
        import json

        click.echo(json.dumps([row.document() for row in shown], ensure_ascii=False, indent=2))
    elif form == "csv":
        from sensortrack.formats.safe_csv import csv_text
        from sensortrack.store.listing import COLUMNS

        click.echo(csv_text([row.document() for row in shown], COLUMNS), nl=False)
    else:
        _print(shown, is_filtered=any((since, until, exercise, person)))
    if len(found) > len(shown):
        click.echo(f"The newest {len(shown)}; all of them: sensortrack sessions --all", err=True)


def _print(shown: list[Row], *, is_filtered: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not shown:
        what_to_do = "Record one with 'sensortrack record', or bring one in with 'sensortrack import'."
        click.echo("No such session." if is_filtered else f"No sessions. {what_to_do}", err=True)
        return
    people = {row.person for row in shown}
    lines = [_cells(row, with_person=len(people) > 1) for row in shown]
    if console.width < _ROOMY:
        for cells in lines:
            line = "  ".join(filter(None, cells))
            click.echo(click.wrap_text(line, console.width, subsequent_indent="    "))
    else:
        table = Table(box=None, pad_edge=False)
        for name in ("#", "when", *(("who",) if len(people) > 1 else ()), "exercise", "side", "done", "length", "note"):
            table.add_column(
                name,
                justify="right" if name in ("#", "length") else "left",
                overflow="fold",
                no_wrap=name == "exercise",
                min_width=10 if name == "when" else None,  # so that it breaks between date and time
            )
        for cells in lines:
            table.add_row(*map(Text, cells))
        console.print(table)


def _cells(row: Row, *, with_person: bool) -> list[str]:
    from sensortrack.cli.wording import duration_words

    done = row.done_words() + (" (edited)" if row.is_edited else "")
    note = row.note if row.state == "complete" else f"{row.state}. {row.note}".strip()
    return [
        str(row.id),
        f"{row.local:%Y-%m-%d %H:%M}",
        *([row.person] if with_person else []),
        row.exercise,
        row.side or "",
        done.replace(" s", "\N{NO-BREAK SPACE}s"),  # no line ends between a number and its unit
        duration_words(row.duration_s),
        note,
    ]
