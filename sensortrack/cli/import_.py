"""`sensortrack import`: recordings of apps and sensors, and our own exports, into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sensortrack.cli.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sensortrack.cli.importing import Options
    from sensortrack.store.store import Store


@click.command("import", epilog="Example: sensortrack import 2026-11-01_10-00-00.zip --side left")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--exercise", metavar="NAME", help="An exercise or the path of its TOML file; else it is recognised.")
@click.option("--side", type=click.Choice(["left", "right"]), help="Which leg wore it.")
@click.option("--placement", type=click.Choice(["front", "outside", "back"]), help="Where on the thigh the sensor was.")
@click.option("--person", metavar="NAME", help="Who did it.")
@click.option("--note", help="A few words, kept with the session.")
@click.option("--started-at", metavar="TIME", help="When it began, where the file does not tell: '2026-11-01 10:00'.")
@click.option("--zone", metavar="ZONE", help="Where it was, as Europe/Berlin; else this computer's.")
@click.option("--header", metavar="NAMES", help="A table's header, told in place of its own: time_ms,acc_x_g,...")
@click.option(
    "--rate", type=click.FloatRange(1, 10_000), metavar="HZ", help="Rows in a second, of a table without time."
)
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
@click.pass_context
def import_(
    context: click.Context,
    files: tuple[str, ...],
    exercise: str | None,
    side: str | None,
    placement: str | None,
    person: str | None,
    note: str | None,
    started_at: str | None,
    zone: str | None,
    header: str | None,
    rate: float | None,
    db: str | None,
) -> None:
    """Take recordings into the store: each FILE, archive or folder is one.

    Sensor Logger, phyphox, MetaBase (acceleration and gyroscope together), Movella DOT, Movesense, Axivity, tables with
    recognised or told columns, and our own exports. What is in the store already is not taken twice; a file that cannot
    be read leaves nothing behind, and the others are taken.
    """
    from pathlib import Path

    from sensortrack.cli.importing import Options
    from sensortrack.cli.piped import seekable
    from sensortrack.cli.replay import table_told
    from sensortrack.cli.stored import open_store
    from sensortrack.formats.exercise_file import find_exercise
    from sensortrack.formats.grouping import grouped

    given = {Path(seekable(file)): file for file in files}
    groups = grouped(given)
    if started_at is not None and len(groups) > 1:
        raise click.UsageError("--started-at goes with one recording.", context)
    _check_zone(zone)
    with in_words(exercise or ""):
        wanted = find_exercise(exercise) if exercise else None
    options = Options(
        wanted, side, placement, person, note, table_told(header, rate), _time_given(started_at), zone
    )  # fmt: skip
    failed = False
    notes: dict[str, None] = {}  # each once, when all is done
    with open_store(db) as store:
        for group in groups:
            try:
                notes |= dict.fromkeys(_import(store, group, given.get(group[0], str(group[0])), options))
            except click.ClickException as error:
                failed = True
                error.show()
            except OSError as error:  # while it was read, or put aside on the way
                failed = True
                click.echo(
                    f"Error: {group[0]}: {error.strerror or error}; check the disk and the folder's space.", err=True
                )
    for note in notes:
        click.echo(note, err=True)
    if failed:
        context.exit(1)


def _import(store: Store, group: Sequence[Path], given: str, options: Options) -> Iterator[str]:
    """Take in what belongs together; give what is to be said at the end."""
    from sensortrack.cli.importing import take
    from sensortrack.cli.replay import say_doubts
    from sensortrack.formats.recording import Recording, open_readings

    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    name = (group[0].name or str(group[0])) + more
    with in_words(f"{given}{more}"):
        for reading in open_readings(group, options.told):
            recording = Recording(name, reading)
            for line, is_note in take(store, recording, max(path.stat().st_mtime for path in group), options):
                if is_note:
                    yield line
                else:
                    click.echo(line)
            say_doubts(recording)


def _check_zone(zone: str | None) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone or "UTC")
    except (OSError, ValueError, KeyError) as error:
        raise click.BadParameter(
            f"expected a time zone such as Europe/Berlin, found '{zone}'.", param_hint="--zone"
        ) from error


def _time_given(text: str | None) -> datetime | None:
    """Read an instant as a person types it; without an offset it is of the zone's clock."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise click.BadParameter(
            f"expected a date and a time such as '2026-11-01 10:00', found '{text}'.", param_hint="--started-at"
        ) from error
