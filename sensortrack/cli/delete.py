"""`sensortrack delete`: remove sessions wholly."""

from __future__ import annotations

import click


@click.command(epilog="Example: sensortrack delete 12")
@click.argument("sessions", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def delete(sessions: tuple[str, ...], yes: bool, db: str | None) -> None:
    """Remove SESSIONS (numbers) with everything that belongs to them. It cannot be undone; it asks first."""
    from sensortrack.cli.stored import open_store
    from sensortrack.store.listing import local_time
    from sensortrack.store.upkeep import delete as remove

    with open_store(db, must_exist=True) as store:
        found = {each.id: each for each in map(store.session, sessions)}
        for session in found.values():
            when = local_time(session.started_at, session.zone)
            click.echo(f"Session {session.id}: {session.exercise}, {when:%Y-%m-%d %H:%M}", err=True)
        if not yes:
            click.confirm("Remove wholly?", abort=True, err=True)
        remove(store, list(found))
    click.echo("Removed.", err=True)
