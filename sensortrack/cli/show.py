"""`sensortrack show`: one stored session in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sensortrack.store.session import Session
    from sensortrack.store.store import Store

_SCALE = 7  # letters before each line of the picture


@click.command(epilog="Example: sensortrack show last")
@click.argument("session", default="last")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Output."
)
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def show(session: str, form: str, db: str | None) -> None:
    """Show a stored SESSION with its corrections: what was counted, every set, and the angle.

    SESSION is its number, the first six letters or more of its id, or last.
    """
    from sensortrack.cli.stored import open_store, started_at
    from sensortrack.model.summary import taken_back_rows
    from sensortrack.store.analyses import results, summary

    with open_store(db, must_exist=True) as store:
        found = store.session(session)
        if form == "json":
            import json

            log = results(store, found)
            taken_back = {"taken_back": taken_back_rows(log)} if log.taken_back else {}
            told = {**summary(store, found, started_at(found), log), **taken_back}
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
            return
        _print(store, found)


def _print(store: Store, session: Session) -> None:
    from rich.console import Console

    from sensortrack.cli.angle_plot import angle_plot
    from sensortrack.cli.sparkline import MARKS, marks
    from sensortrack.cli.stored import StoredResult, started_at
    from sensortrack.cli.table import print_summary
    from sensortrack.cli.wording import count_words
    from sensortrack.store.analyses import angle, summary
    from sensortrack.store.edits import edits

    console = Console(highlight=False)
    result = StoredResult.of(store, session)
    for line in _about(session):
        console.print(line, markup=False)
    width = max(10, min(console.width, 120) - _SCALE)
    _, _, extremes = angle(store, session, 4 * width)
    lines = angle_plot(extremes, width)
    for line in lines:
        console.print(line, markup=False, no_wrap=True)
    if lines:
        below = marks(result.log, session.duration_s, width)
        console.print(" " * _SCALE + below, markup=False, no_wrap=True)
        console.print("  ".join(f"{sign} {words}" for sign, words in MARKS.items() if sign in below), style="dim")
    print_summary(result, summary(store, session, started_at(session)), console)
    standing = [each for each in edits(store, session.id) if not each.is_undone]
    if standing:
        changes = count_words(len(standing), "change")
        console.print(f"Edited by you: {changes}; take the newest back with: sensortrack edit {session.id} --undo")


def _about(session: Session) -> list[str]:
    from sensortrack.store.listing import local_time

    local = local_time(session.started_at, session.zone)
    leg = f", {session.side} leg" if session.side else ""
    lines = [f"{local:%A %Y-%m-%d %H:%M} ({session.zone}), {session.person}{leg}, sensor {session.sensor_name}"]
    if session.state != "complete":
        lines[0] += f", {session.state}"
    if session.source:
        lines.append(f"From {session.source}")
    felt = [
        f"{name} {value} of 10"
        for name, value in (
            ("pain before", session.pain_before),
            ("pain after", session.pain_after),
            ("effort", session.effort),
        )
        if value is not None
    ]
    if felt:
        lines.append(", ".join(felt).capitalize())
    if session.note:
        lines.append(f"Note: {session.note}")
    return lines
