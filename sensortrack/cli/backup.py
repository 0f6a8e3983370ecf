"""`sensortrack backup`: a copy of the store that is known to be good."""

from __future__ import annotations

import click


@click.command(epilog="Example: sensortrack backup sensortrack-2026-11.db")
@click.argument("file")
@click.option("--force", is_flag=True, help="Overwrite a file that exists.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def backup(file: str, force: bool, db: str | None) -> None:
    """Copy the whole database into FILE, also while a session is being recorded, and check the copy."""
    from pathlib import Path

    from sensortrack.cli.stored import copying, open_store
    from sensortrack.store.upkeep import backup as copy

    path = Path(file)
    if path.exists() and not force:
        raise click.ClickException(f"{path} exists already; choose another name, or overwrite it with --force.")
    with open_store(db, must_exist=True) as store, copying("backup") as progress:
        if path.exists() and path.samefile(store.path):
            raise click.ClickException(f"{path} is the database itself; choose another name.")
        copy(store, path, progress)
    click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB, checked.", err=True)
