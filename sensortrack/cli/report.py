"""`sensortrack report`: one page to look at and to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sensortrack.cli.plan import program_option

if TYPE_CHECKING:
    from datetime import date

    from sensortrack.review.followed import Followed
    from sensortrack.store.self_reports import Days
    from sensortrack.store.session import Session
    from sensortrack.store.store import Store

_POINTS = 1440  # of the angle: two for each pixel of the drawing


@click.command(epilog="Example: sensortrack report last -o monday.html")
@click.argument("session", required=False)
@click.option("-o", "--output", metavar="FILE.html", required=True, help="Where to.")
@click.option("--since", metavar="DATE", help="A period instead of one session: from this day on.")
@click.option("--until", metavar="DATE", help="Up to this day.")
@click.option("--exercise", metavar="NAME", help="Only this exercise.")
@click.option("--person", metavar="NAME", help="Only this person.")
@program_option
@click.option("--force", is_flag=True, help="Overwrite what exists.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def report(
    session: str | None,
    output: str,
    since: str | None,
    until: str | None,
    exercise: str | None,
    person: str | None,
    program: str | None,
    force: bool,
    db: str | None,
) -> None:
    """Make a report of a stored SESSION (its number, or last), or of the sessions that the options choose.

    One HTML file that opens in every browser, without a network, and prints on one page: what was prescribed and done,
    the angle, change with its measurement noise. The numbers are those of 'export --format json'.
    """
    from sensortrack.cli.export import chosen
    from sensortrack.cli.stored import day_given, open_store
    from sensortrack.cli.whole import whole

    with open_store(db, must_exist=True) as store:
        days = day_given(since, "--since"), day_given(until, "--until")
        found = chosen(store, (session,) if session else (), since, until, exercise, person)
        text = _session(store, found[0]) if session else _period(store, found, exercise, program, days)
        with whole(output, force=force) as path:
            path.write_text(text, encoding="utf-8")
    click.echo(f"{output}: {len(found)} session{'' if len(found) == 1 else 's'}.", err=True)


def _session(store: Store, session: Session) -> str:
    from sensortrack.cli.export import item
    from sensortrack.review.session_report import Trace, session_report
    from sensortrack.store.analyses import angle

    others = [item(store, each) for each in _comparable(store, session)]
    return session_report(item(store, session), others, Trace(*angle(store, session, _POINTS)))


def _comparable(store: Store, session: Session) -> list[Session]:
    """Give the sessions of this exercise and person before this one, and the other leg's of the same day."""
    from datetime import datetime

    from sensortrack.review.session_report import SESSIONS
    from sensortrack.store.listing import local_time, rows

    day = local_time(session.started_at, session.zone).date()
    told = rows(store, last=day, exercise=session.exercise, person=session.person, most=2 * SESSIONS)
    fitting = [
        row.id
        for row in told
        if row.state != "recording"
        and row.id != session.id
        and (datetime.fromisoformat(row.started_at) < session.started_at or None is not row.side != session.side)
    ]
    return [store.session(str(number)) for number in fitting[-SESSIONS:]]


def _period(store: Store, sessions: list[Session], exercise: str | None, program: str | None, days: Days) -> str:
    from sensortrack.cli.export import items_of
    from sensortrack.cli.plan import here
    from sensortrack.review.period_report import period, period_report
    from sensortrack.store.self_reports import chosen as self_reports

    people = sorted({session.person for session in sessions})
    if len(people) > 1:
        raise click.UsageError(
            f"a report is of one person; choose one with --person: {', '.join(people)}.", click.get_current_context()
        )
    items = list(items_of(store, sessions))
    today, _ = here()
    reports = self_reports(store, people[0], exercise, days)
    done = [*(each.started_at.date() for each in items), *(told.report.day for told in reports)]
    first, last = period(done, *days, today)
    is_simulated = any(session.origin == "simulated" for session in sessions)
    followed = _followed(store, people[0], program, today, with_simulated=is_simulated) if exercise is None else None
    return period_report(items, first, last, [told.report for told in reports], followed)


def _followed(store: Store, person: str, program: str | None, today: date, *, with_simulated: bool) -> Followed | None:
    """Tell what became of the days by the programme, where something of it was done."""
    from sensortrack.cli.plan import load_programme
    from sensortrack.model.adherence import accounts
    from sensortrack.review.followed import Followed
    from sensortrack.store.deeds import deeds

    try:
        _, programme = load_programme(program)
    except click.ClickException as error:  # a slip in the programme keeps nobody from the rest of the report
        click.echo(f"Reported without the programme: {error.message}", err=True)
        return None
    found = deeds(store, programme.tasks, person, with_simulated=with_simulated)
    return Followed(programme, *accounts(programme.tasks, found, today)) if found else None
