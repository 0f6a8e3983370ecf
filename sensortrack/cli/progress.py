"""`sensortrack progress`: calendar, streaks and trends by the programme."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from sensortrack.cli.plan import whose_options

if TYPE_CHECKING:
    from sensortrack.model.adherence import Account, Streaks
    from sensortrack.model.programme import Programme, Task
    from sensortrack.model.trend import Trend
    from sensortrack.store.store import Store

_SPARK = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 12
_QUANTITIES = {
    "rom_deg": ("range of motion", "deg"),
    "hold_s": ("hold", "s"),
    "angle_deg": ("thigh angle", "deg"),
    "thigh_angle_deg": ("thigh angle", "deg"),
}


@dataclass(frozen=True)
class Series:
    """One number of an exercise over the sessions, and how it went."""

    task: Task
    side: str | None
    quantity: str
    points: list[tuple[date, float]]
    trend: Trend | None


@click.command(epilog="Example: sensortrack progress --weeks 26")
@click.option("--weeks", type=click.IntRange(1, 520), default=12, show_default=True, help="How far back to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@whose_options
def progress(weeks: int, as_json: bool, program: str | None, person: str, simulated: bool, db: str | None) -> None:
    """Show which days the programme was followed, how many in a row, and whether the numbers change.

    Rest days, and a day that is not over, break nothing. What a sensor measured and what you told with
    'sensortrack log' are kept apart.
    """
    from sensortrack.cli.plan import here, load_programme
    from sensortrack.cli.stored import open_store
    from sensortrack.model.adherence import WEEK, accounts, week_of
    from sensortrack.store.deeds import deeds, simulated_since

    path, programme = load_programme(program)
    today, _ = here()
    since = week_of(today) - (weeks - 1) * WEEK
    with open_store(db) as store:
        found = deeds(store, programme.tasks, person, with_simulated=simulated)
        series = list(_series(store, programme, person, since, with_simulated=simulated))
        unused = 0 if simulated else simulated_since(store, since)
    everything, measured = accounts(programme.tasks, found, today)
    if as_json:
        import json

        head = {"schema": "sensortrack.progress/1", "programme": programme.title, "file": str(path) if path else None}
        head |= {"since": since.isoformat(), "today": today.isoformat()}
        document = head | _document(everything, measured, series, since)
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    _print(programme, everything, measured, series, since, today)
    if unused:
        click.echo(f"Simulated sessions do not count ({unused}); with --simulated they would.", err=True)


def _series(store: Store, programme: Programme, person: str, since: date, *, with_simulated: bool) -> Iterator[Series]:
    """Read the numbers that may change, of each exercise and leg."""
    from sensortrack.model.trend import trend
    from sensortrack.store.deeds import measures

    for task in programme.tasks:
        found = measures(store, task, person, since, with_simulated=with_simulated)
        for side in sorted({each.side for each in found}, key=str):
            for quantity in found[0].values:
                points = [(m.at.date(), m.values[quantity]) for m in found if m.side == side]
                known = [(day, value) for day, value in points if value is not None]
                unit = _QUANTITIES[quantity][1]
                yield Series(task, side, quantity, known, trend([value for _, value in known], unit))


def _print(
    programme: Programme,
    everything: Account,
    measured: Account,
    series: Sequence[Series],
    since: date,
    today: date,
) -> None:
    click.echo(f"{programme.title}: {since.day} {since:%B %Y} to {today.day} {today:%B %Y}\n")
    for line in _calendar(everything, measured, since):
        click.echo(line)
    click.echo("")
    if any(task.per == "day" for task in programme.tasks):
        click.echo(_streak_words("Days in a row", everything.streak(), measured.streak()))
        click.echo(_share_words(everything, since))
    for task in programme.tasks:
        if task.per == "week":
            name = task.exercise.name
            both = everything.streak(name), measured.streak(name)
            click.echo(_streak_words(f"Weeks in a row, {task.exercise.title}", *both))
    _print_trends([each for each in series if each.points])


def _print_trends(series: Sequence[Series]) -> None:
    click.echo("\nTrends" if series else "\nTrends: nothing was measured in this time.")
    head = ""
    for each in series:
        last_head, head = head, each.task.exercise.title + (f", {each.side}" if each.side else "")
        if head != last_head:
            click.echo(head)
        click.echo(f"  {_spark(each):{_SPARK_WIDTH}}  {_trend_words(each)}")


def _streak_words(label: str, everything: Streaks, measured: Streaks) -> str:
    words = f"{label}: {everything.current} now, {everything.longest} at most"
    if everything != measured:
        words += f"; measured alone: {measured.current} now, {measured.longest} at most"
    return words


def _share_words(account: Account, since: date) -> str:
    done, due = account.followed(since)
    return f"Followed on {done} of {due} days" + (f" ({100 * done / due:.0f} %)" if due else "")


def _calendar(everything: Account, measured: Account, since: date) -> Iterator[str]:
    """Draw a row for each day of the week, a column for each week; months above, the signs explained below."""
    from sensortrack.model.adherence import DAY, WEEK
    from sensortrack.model.programme import WEEKDAYS

    signs = _signs()
    last = max(everything.days)
    mondays = [since + n * WEEK for n in range((last - since) // WEEK + 1)]
    mondays = mondays[-max(1, (shutil.get_terminal_size().columns - 4) // 2) :]  # the newest that fit
    head = [" "] * (2 * len(mondays) + 4)
    for column, monday in enumerate(mondays):
        is_new = column == 0 or monday.month != mondays[column - 1].month
        has_room = all(other.month == monday.month for other in mondays[column : column + 2])
        if is_new and has_room:
            head[2 * column : 2 * column + 3] = f"{monday:%b}"
    yield "    " + "".join(head).rstrip()
    for weekday, name in enumerate(WEEKDAYS):
        cells = [_sign(everything, measured, monday + weekday * DAY, signs) for monday in mondays]
        yield f"{name.capitalize()} {' '.join(cells)}".rstrip()
    yield ""
    yield "  ".join(f"{sign} {meaning}" for meaning, sign in signs.items())


def _signs() -> dict[str, str]:
    """Give a sign for each meaning; plain ones where the terminal has no others."""
    meanings = ("all done, measured", "all done, some by your own account", "some of it", "nothing", "rest", "open")
    return dict(zip(meanings, "■◧□·-○" if _can_write("■◧□·○") else "#+o.-?", strict=True))


def _can_write(signs: str) -> bool:
    """Whether the terminal has these signs."""
    try:
        signs.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _sign(everything: Account, measured: Account, day: date, signs: dict[str, str]) -> str:
    status = everything.days.get(day)
    if status is None:
        return " "
    known = {"some": "some of it", "missed": "nothing", "rest": "rest", "open": "open"}
    by_sensor = measured.days[day] is status
    return signs[known.get(status, "all done, measured" if by_sensor else "all done, some by your own account")]


def _trend_words(series: Series) -> str:
    from sensortrack.review.words import SIGNS, change_words

    name, unit = _QUANTITIES[series.quantity]
    sign, told = SIGNS[unit], series.trend
    if told is None:
        return f"{name} {series.points[-1][1]:.1f}{sign}; one session is no trend"
    change = change_words(told, unit).replace("−", "-")  # which not every terminal has
    return f"{name} {told.first:.1f}{sign} to {told.last:.1f}{sign}: {change}"


def _spark(series: Series) -> str:
    """Draw the sessions as a line of text, of many the means of neighbours; noise is not blown up to full height."""
    from sensortrack.model.trend import NOISE

    if not _can_write(_SPARK):
        return ""
    values = [value for _, value in series.points]
    noise = series.trend.noise if series.trend else NOISE[_QUANTITIES[series.quantity][1]]
    span = max(max(values) - min(values), 2 * noise)
    low = (max(values) + min(values) - span) / 2
    columns = min(_SPARK_WIDTH, len(values))
    cuts = [len(values) * column // columns for column in range(columns + 1)]
    means = [fmean(values[first:end]) for first, end in pairwise(cuts)]
    return "".join(_SPARK[min(7, int(8 * (mean - low) / span))] for mean in means)


def _document(everything: Account, measured: Account, series: Sequence[Series], since: date) -> dict[str, Any]:
    from dataclasses import asdict

    def streak(exercise: str | None = None) -> dict[str, Any]:
        return {**asdict(everything.streak(exercise)), "measured": asdict(measured.streak(exercise))}

    return {
        "days_in_a_row": streak(),
        "weeks_in_a_row": {name: streak(name) for name in everything.weeks},
        "calendar": [
            {"day": day.isoformat(), "status": status, "measured": measured.days[day]}
            for day, status in everything.days.items()
            if day >= since
        ],
        "trends": [_trend_document(each) for each in series if each.points],
    }


def _trend_document(series: Series) -> dict[str, Any]:
    trend = series.trend
    return {
        "exercise": series.task.exercise.name,
        "side": series.side,
        "quantity": series.quantity,
        "sessions": [{"day": day.isoformat(), "value": round(value, 3)} for day, value in series.points],
        "first": None if trend is None else round(trend.first, 3),
        "last": None if trend is None else round(trend.last, 3),
        "noise": None if trend is None else round(trend.noise, 3),
        "is_beyond_noise": None if trend is None else trend.is_beyond_noise,
    }
