"""`sensortrack export`: take sessions elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sensortrack.formats.exports import Item
    from sensortrack.store.session import Session
    from sensortrack.store.store import Store

FORMATS = ["csv", "json", "parquet", "fit", "fhir", "bids"]
_EXTRAS = {"parquet": ("pyarrow", "parquet"), "fit": ("fit_tool", "fit")}  # format -> library, extra


@click.command(epilog="Example: sensortrack export --since 2026-11-01 --format csv -o november.csv")
@click.argument("sessions", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True, help="What is written.")
@click.option(
    "-o", "--output", metavar="PATH", help="A file; a folder for bids, and for fit and raw of several sessions."
)
@click.option("--raw", is_flag=True, help="With the raw samples: json and parquet.")
@click.option("--self-reports", is_flag=True, help="What was told with 'log', instead of sessions: csv and json.")
@click.option("--since", metavar="DATE", help="Sessions from this day on.")
@click.option("--until", metavar="DATE", help="Sessions up to this day.")
@click.option("--exercise", metavar="NAME", help="Only this exercise.")
@click.option("--person", metavar="NAME", help="Only this person.")
@click.option("--name", metavar="NAME", help="Of the patient in fhir; anonymous without it.")
@click.option("--force", is_flag=True, help="Overwrite what exists.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def export(
    sessions: tuple[str, ...],
    form: str,
    output: str | None,
    raw: bool,
    self_reports: bool,
    since: str | None,
    until: str | None,
    exercise: str | None,
    person: str | None,
    name: str | None,
    force: bool,
    db: str | None,
) -> None:
    """Export SESSIONS (numbers, or last), or those that the options choose.

    csv and json go to standard output unless --output tells a file. What was edited is marked in each format.
    """
    from sensortrack.cli.stored import open_store
    from sensortrack.cli.wording import in_words

    _check(form, raw=raw, output=output)
    if self_reports:
        if sessions or raw or form not in ("csv", "json"):
            raise click.UsageError(
                "--self-reports goes with csv and json, without SESSIONS.", click.get_current_context()
            )
        _self_reports(form, output, since, until, exercise, person, force=force, db=db)
        return
    with open_store(db, must_exist=True) as store:
        found = chosen(store, sessions, since, until, exercise, person)
        with _place(output, force=force) as path, in_words("export"):
            _write(items_of(store, found), form, path, raw=raw, name=name, many=len(found) > 1)
    if output is not None:
        click.echo(f"{output}: {len(found)} session{'' if len(found) == 1 else 's'}.", err=True)


def items_of(store: Store, sessions: Sequence[Session]) -> Iterator[Item]:
    """Give one session after the other: years of them are more than memory holds."""
    from sensortrack.cli.bar import with_bar

    return (item(store, each) for each in with_bar("Reading", sessions, lambda done: done / len(sessions)))


def _self_reports(
    form: str,
    output: str | None,
    since: str | None,
    until: str | None,
    exercise: str | None,
    person: str | None,
    *,
    force: bool,
    db: str | None,
) -> None:
    """Write what was told: a table of its own, so that nobody takes it for measured."""
    import json

    from sensortrack.cli.stored import day_given, open_store
    from sensortrack.formats.safe_csv import csv_text
    from sensortrack.store.self_reports import COLUMNS
    from sensortrack.store.self_reports import chosen as told

    with open_store(db, must_exist=True) as store:
        found = told(store, person, exercise, (day_given(since, "--since"), day_given(until, "--until")))
    rows = [each.document() for each in found]
    document = {"schema": "sensortrack.self-reports/1", "self_reports": rows}
    plain = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    with _place(output, force=force) as path:
        _text([plain if form == "json" else csv_text(rows, COLUMNS)], path)
    if output is not None:
        click.echo(f"{output}: {len(rows)} self-report{'' if len(rows) == 1 else 's'}.", err=True)


def _check(form: str, *, raw: bool, output: str | None) -> None:
    from importlib.util import find_spec

    if raw and form not in ("json", "parquet", "bids"):
        raise click.UsageError("--raw goes with json and parquet; bids is always raw.", click.get_current_context())
    if output is None and form not in ("csv", "json", "fhir"):
        raise click.UsageError(f"--format {form} needs --output PATH.", click.get_current_context())
    library, extra = _EXTRAS.get(form, ("json", ""))
    if find_spec(library) is None:
        raise click.ClickException(
            f"--format {form} needs {library}; install it with: pip install 'sensortrack[{extra}]'."
        )


def chosen(
    store: Store,
    sessions: tuple[str, ...],
    since: str | None,
    until: str | None,
    exercise: str | None,
    person: str | None,
) -> list[Session]:
    """Find the sessions that numbers or options tell."""
    from sensortrack.cli.stored import day_given
    from sensortrack.store.listing import rows

    filters = (since, until, exercise, person)
    if bool(sessions) == any(filters):
        raise click.UsageError(
            "tell which sessions: numbers, or --since, --until, --exercise, --person.", click.get_current_context()
        )
    if sessions:
        found = {each.id: each for each in map(store.session, sessions)}
    else:
        listed = rows(store, day_given(since, "--since"), day_given(until, "--until"), exercise, person)
        found = {row.id: store.session(str(row.id)) for row in listed}
    ready = [each for each in found.values() if each.state != "recording"]
    if not ready:
        raise click.ClickException("no such session; 'sensortrack sessions' lists what there is.")
    return ready


def item(store: Store, session: Session) -> Item:
    """Give a stored session as plain data, with the corrections."""
    from sensortrack.cli.stored import StoredRecording, started_at
    from sensortrack.formats.exports import Item
    from sensortrack.store import analyses
    from sensortrack.store.edits import edits
    from sensortrack.store.listing import local_time

    exercise, _ = analyses.accepted_exercise(store, session)
    standing = [each for each in edits(store, session.id) if not each.is_undone]
    return Item(
        uid=session.uid,
        number=session.id,
        started_at=local_time(session.started_at, session.zone),
        zone=session.zone,
        person=session.person,
        exercise=exercise,
        side=session.side,
        placement=session.placement,
        origin=session.origin,
        sensor=session.sensor_name,
        note=session.note,
        pain_before=session.pain_before,
        pain_after=session.pain_after,
        effort=session.effort,
        log=analyses.results(store, session),
        summary=analyses.summary(store, session, started_at(session)),
        corrections=[each.document() for each in standing],
        blocks=lambda: StoredRecording(store, session).blocks,
        state=session.state,
    )


def _place(output: str | None, *, force: bool) -> AbstractContextManager[Path | None]:
    """Give the file to write to; None is standard output."""
    from sensortrack.cli.whole import whole

    return nullcontext() if output is None else whole(output, force=force)


def _text(parts: Iterable[str], path: Path | None) -> None:
    if path is None:
        for part in parts:
            click.echo(part, nl=False)
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(parts)


def _each(items: Iterable[Item], path: Path, ending: str, write: Callable[[Item, Path], object], *, many: bool) -> None:
    """Write one session into the file, several into a folder."""
    if not many:
        write(next(iter(items)), path)
        return
    path.mkdir()
    for item in items:
        write(item, path / f"{item.file_stem}.{ending}")


def _write(items: Iterator[Item], form: str, path: Path | None, *, raw: bool, name: str | None, many: bool) -> None:
    """Write one format, to a path that is new, or to standard output."""
    from sensortrack import __version__

    if form == "csv":
        from sensortrack.formats.export_csv import export_csv

        _text(export_csv(items), path)
    elif form == "json":
        from sensortrack.formats.export_json import export_json

        _text(export_json(items, raw=raw, many=many), path)
    elif form == "fhir":
        from sensortrack.formats.export_fhir import export_fhir

        _text(export_fhir(items, name), path)
    elif path is None:
        raise AssertionError("checked before")
    elif form == "bids":
        from sensortrack.formats.export_bids import export_bids

        export_bids(items, path, __version__)
    elif form == "fit":
        from sensortrack.formats.export_fit import export_fit

        _each(items, path, "fit", lambda item, file: file.write_bytes(export_fit(item)), many=many)
    elif raw:
        from sensortrack.formats.parquet import export_samples

        _each(items, path, "parquet", export_samples, many=many)
    else:
        from sensortrack.formats.parquet import export_rows

        export_rows(items, path)
