"""`sensortrack restore`: put a backup in the store's place."""

from __future__ import annotations

import click


@click.command(epilog="Example: sensortrack restore sensortrack-2026-11.db")
@click.argument("file")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def restore(file: str, yes: bool, db: str | None) -> None:
    """Replace the database by the backup FILE. The backup is checked first, and what is there now is kept beside it."""
    from datetime import UTC, datetime
    from pathlib import Path

    from sensortrack.cli.live_words import store_sentence
    from sensortrack.cli.stored import copying, open_store
    from sensortrack.cli.wording import count_words
    from sensortrack.store.problems import StoreError
    from sensortrack.store.upkeep import check
    from sensortrack.store.upkeep import restore as put_back

    path = Path(file)
    if not path.is_file():
        raise click.ClickException(f"there is no file {path}.")
    try:
        check(path)
    except StoreError as error:
        raise click.ClickException(store_sentence(error)) from error
    with open_store(db) as store:
        aside = store.path.with_name(f"{store.path.stem}-before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db")
        if path.samefile(store.path):
            raise click.ClickException(f"{path} is the database itself.")
        if not yes:
            click.confirm(
                f"Replace {store.path} ({count_words(len(store.sessions()), 'session')})?", abort=True, err=True
            )
        with copying("restore") as progress:
            put_back(path, store, aside, progress)
        click.echo(f"{count_words(len(store.sessions()), 'session')}; what was there before is in {aside}.", err=True)
