"""What was done on which day, against what is prescribed: a row for each exercise and leg, a column for each day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from xml.etree.ElementTree import Element

from sensortrack.review.charts import Frame, Scale, picture, text
from sensortrack.review.markup import element
from sensortrack.review.measure_charts import day_words

WIDTH = 720.0
MOST_COLUMNS = 62
"""Two months of days, or more than a year of weeks: narrower columns are not told apart in print."""

_NAMES = 190.0  # width of the rows' names
_ROW = 15.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Parameters
    ----------
    name
        What it is of.
    shares
        For each day how much of it is filled, 1 is all.
    words
        What a filled day means; else it is the share of what is prescribed.
    is_told
        Told by the person, not measured: drawn as an outline.
    """

    name: str
    shares: Mapping[date, float]
    words: str = ""
    is_told: bool = False


def calendar_chart(rows: Sequence[Row], first: date, last: date) -> Element:
    """Draw it: days, or weeks where these are too many; of more weeks than there is room for the newest."""
    columns, words = _columns(first, last)
    frame = Frame(
        WIDTH,
        _ROW * len(rows) + 18,
        Scale(0, len(columns), _NAMES, min(WIDTH - 4, _NAMES + 16.0 * len(columns))),
        Scale(0, len(rows), 2, 2 + _ROW * len(rows)),
    )
    return picture(
        "calendar",
        frame,
        f"Done: {words}",
        "; ".join(f"{row.name}: {sum(share > 0 for share in row.shares.values())} days" for row in rows),
        [list(_row(frame, place, row, columns)) for place, row in enumerate(rows)],
        frame.x_axis(_labels(columns)),
    )


def columns_words(first: date, last: date) -> str:
    """Say what a column is, and how far it is filled."""
    words = _columns(first, last)[1]
    if not _is_of_weeks(first, last):
        return f"{words}, filled as far as what the exercise prescribes for a session was done."
    return f"{words}, filled as far as its seven days have exercise."


def _is_of_weeks(first: date, last: date) -> bool:
    return (last - first).days >= MOST_COLUMNS


def _columns(first: date, last: date) -> tuple[list[list[date]], str]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if not _is_of_weeks(first, last):
        return [[day] for day in days], "A column for each day"
    weeks = [list(week) for _, week in groupby(days, _monday)]
    many = f"the newest {MOST_COLUMNS} of {len(weeks)} weeks" if len(weeks) > MOST_COLUMNS else "each week"
    return weeks[-MOST_COLUMNS:], f"A column for {many}"


def _monday(day: date) -> int:
    """Number the week of a day."""
    return (day.toordinal() - 1) // 7


def _row(frame: Frame, place: int, row: Row, columns: Sequence[Sequence[date]]) -> Iterator[Element]:
    top, height = frame.y(place) + 1, _ROW - 3
    yield text(0, top + height - 2, row.name, "name")
    for number, days in enumerate(columns):
        left, width = frame.x(number), frame.x(number + 1) - frame.x(number) - 1.5
        shares = [min(row.shares.get(day, 0.0), 1.0) for day in days]
        share = shares[0] if len(days) == 1 else sum(each > 0 for each in shares) / 7
        yield element("rect", class_="day", x=left, y=top, width=width, height=height)
        if share:
            title = element("title", f"{row.name}, {day_words(days[0])}: {_words(row, shares)}")
            sign, filled = "by-account" if row.is_told else "did", share * height
            yield element("rect", title, class_=sign, x=left, y=top + height - filled, width=width, height=filled)


def _words(row: Row, shares: Sequence[float]) -> str:
    if len(shares) == 1:
        return row.words or f"{100 * shares[0]:.0f} % of what is prescribed"
    return f"{sum(each > 0 for each in shares)} days of this week"


def _labels(columns: Sequence[Sequence[date]]) -> Iterable[tuple[float, str]]:
    step = max(1, -(-len(columns) // 9))
    return [(number + 0.5, day_words(days[0])) for number, days in enumerate(columns) if number % step == 0]
