"""The report of a period: on which days what was done, and what changed more than measurement noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from xml.etree.ElementTree import Element

from sensortrack.formats.exports import Item
from sensortrack.review.calendar_chart import Row, calendar_chart, columns_words
from sensortrack.review.charts import MOST_POINTS
from sensortrack.review.figures import MEASURES, Amount, Measure, Series, amount, compared, repetitions, sides
from sensortrack.review.followed import Followed, told_row, told_words
from sensortrack.review.markup import Child, element
from sensortrack.review.measure_charts import day_words, over_days, over_sessions, span
from sensortrack.review.page import bullets, header, page, section, table, tiles
from sensortrack.review.report_words import (
    CAVEATS,
    THOMAS_CAVEAT,
    both_words,
    data_words,
    legs_words,
    noise_words,
    person_words,
    shorten,
)
from sensortrack.review.words import change_words, count_words, duration_words
from sensortrack.store.self_reports import SelfReport

_CHART = (350.0, 84.0)

MOST_LETTERS = 32
MOST_ROWS = 8
MOST_CHARTS = 4
MOST_NOTES = 2
ROOMY_ROWS = 4
"""Letters of a title, rows, drawings and notes that leave the page a single one; what is left out is told.
With few rows there is room for larger letters on paper."""


@dataclass(frozen=True)
class Line:
    """The sessions of one exercise with one leg, oldest first."""

    side: str | None
    items: list[Item]

    @property
    def title(self) -> str:
        """The exercise's, as far as there is room."""
        title = " ".join(self.items[-1].exercise.title.split())
        return title if len(title) <= MOST_LETTERS else f"{title[: MOST_LETTERS - 1].rstrip()}…"

    @property
    def name(self) -> str:
        """Exercise and leg."""
        return f"{self.title}, {self.side}" if self.side else self.title

    @property
    def detector(self) -> str:
        """What is looked for."""
        return self.items[-1].exercise.detector

    def days(self) -> dict[date, Amount]:
        """Tell how much was done on each day, all sessions of the day together."""
        done: dict[date, Amount] = {}
        for item in self.items:
            day = item.started_at.date()
            done[day] = done[day] + amount(item) if day in done else amount(item)
        return done


def lines_of(items: Sequence[Item]) -> list[Line]:
    """Sort sessions by exercise and leg; the exercise with most sessions first."""
    names: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda each: each.started_at):
        names.setdefault(item.exercise.name, []).append(item)
    every = sorted(names.values(), key=lambda group: (-len(group), group[0].exercise.name))
    return [Line(side, [item for item in group if item.side == side]) for group in every for side in sides(group)]


def period(days: Sequence[date], first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Give first and last day; today counts only if something was done, and no later day does.

    Parameters
    ----------
    days
        On which something was done.
    first, last
        What was asked for; else from the first day on, and up to today.
    """
    begin = first or min(days)
    end = max(min(last or today, today - timedelta(days=1)), max(days))
    return min(begin, min(days)), end


def period_report(
    items: Sequence[Item],
    first: date,
    last: date,
    reports: Sequence[SelfReport] = (),
    followed: Followed | None = None,
) -> str:
    """Give the report as one HTML file.

    Parameters
    ----------
    items
        At least one session, all of one person.
    first, last
        Days, both included.
    reports
        What was done without a sensor in these days, by day.
    followed
        How the programme went, if it is about all of it.
    """
    lines = lines_of(items)
    lasting = [*([told_row(reports)] if reports else []), *(followed.rows(first, last) if followed else [])]
    many = (last - first).days + 1
    title = _day(first) if first == last else f"{_day(first)} to {_day(last)}"
    head = header("Exercise report", title, person_words(items[0].person), count_words(many, "day"))
    small = [
        _told(items, reports),
        section("Data", bullets(data_words(items))),
        _edited(items),
    ]
    sections = [
        section("Done", tiles([*_tiles(items, many), *(followed.tiles(first, last) if followed else ())])),
        _calendar(lines, lasting, first, last),
        _table(lines),
        _charts(lines),
        element("div", small, class_="boxes"),
    ]
    caveats = [*CAVEATS, THOMAS_CAVEAT] if any(line.detector == "thomas" for line in lines) else CAVEATS
    about = f"sensortrack · {count_words(len(items), 'session')}"
    return page(
        f"Exercise report, {first} to {last}",
        head,
        sections,
        [" ".join(caveats), about],
        is_roomy=len(lines) <= ROOMY_ROWS,
    )


def _day(day: date) -> str:
    return f"{day_words(day)} {day.year}"


def _tiles(items: Sequence[Item], many: int) -> Iterator[tuple[str, str, str]]:
    days = {item.started_at.date() for item in items}
    yield "Days with exercise", f"{len(days)} of {many}", f"{100 * len(days) / many:.0f} % of the days"
    yield "Sessions", str(len(items)), f"{duration_words(sum(i.summary['duration_s'] for i in items))} recorded"
    reps = sum(len(repetitions(item.summary)) for item in items)
    holds = [hold for item in items for hold in item.summary["holds"]]
    if reps:
        yield "Repetitions", str(reps), f"in {count_words(sum(len(i.summary['sets']) for i in items), 'set')}"
    if holds:
        yield (
            "Stretch held",
            duration_words(sum(h["duration_s"] for h in holds)),
            f"in {count_words(len(holds), 'hold')}",
        )


def _calendar(lines: Sequence[Line], others: Sequence[Row], first: date, last: date) -> Element:
    rows = [
        Row(line.name, {day: done.done / max(done.prescribed, 1) for day, done in line.days().items()})
        for line in lines[:MOST_ROWS]
    ]
    rest = _rest(lines, MOST_ROWS)
    told = " Dashed: by own account, not measured." if any(row.is_told for row in others) else ""
    return section(
        "Days",
        element(
            "figure",
            element(
                "div",
                calendar_chart([*rows, *others], first, last),
                class_="scroll",
                tabindex=0,
                role="region",
                aria_label="Days",
            ),
            element("figcaption", f"{columns_words(first, last)}{told}{rest}"),
        ),
    )


def _rest(lines: Sequence[Line], most: int) -> str:
    return f" And {len(lines) - most} more, not shown." if len(lines) > most else ""


def _table(lines: Sequence[Line]) -> Element:
    shown = lines if len(lines) <= MOST_ROWS else lines[: MOST_ROWS - 1]
    rows: list[list[Child]] = [_row(line) for line in shown]
    if len(lines) > len(shown):
        rest = lines[len(shown) :]
        sessions = sum(len(line.items) for line in rest)
        rows.append([f"and {len(rest)} more", str(sessions), *[""] * 5])
    columns = ("Exercise", "Sessions", "Days", "Angle", "Change of angle", "Hold", "Change of hold")
    caption = (
        "Angle: range of motion of repetitions, thigh angle of stretches and tests. "
        "Median of a session, from the first sessions to the last."
    )
    return section("Each exercise", table("Each exercise", columns, rows), element("p", caption, class_="note"))


def _row(line: Line) -> list[Child]:
    cells: list[Child] = [line.name, str(len(line.items)), str(len(line.days()))]
    for measure in MEASURES[line.detector]:
        cells += _change(measure, Series.of(line.items, measure, line.side))
    return [*cells, *["–"] * (7 - len(cells))]


def _change(measure: Measure, series: Series) -> list[Child]:
    told = series.trend(measure)
    if told is None:
        return [measure.words(series.values[0]) if series.values else "–", "–"]
    change = change_words(told, measure.unit)
    return [
        f"{measure.words(told.first)} → {measure.words(told.last)}",
        element("strong", change) if told.is_beyond_noise else change,
    ]


def _charts(lines: Sequence[Line]) -> Element | None:
    """Draw the main measure of each exercise, both legs in one drawing."""
    names = list(dict.fromkeys(line.items[-1].exercise.name for line in lines))
    drawn: list[Element] = []
    for number, name in enumerate(names[:MOST_CHARTS], start=1):
        fellows = [line for line in lines if line.items[-1].exercise.name == name]
        drawn += _chart(f"trend-{number}", fellows)
    if not drawn:
        return None
    legs = [side for side in ("left", "right", None) if any(line.side == side for line in lines)]
    rest = f" And {len(names) - MOST_CHARTS} more exercises, not drawn." if len(names) > MOST_CHARTS else ""
    if any(len(line.items) > MOST_POINTS for line in lines):
        rest = f" Each point is the median of several sessions, so that no more than {MOST_POINTS} are drawn.{rest}"
    return section(
        "Change over the sessions",
        element("div", drawn, class_="measures"),
        element("p", f"{legs_words(legs)} {noise_words(MEASURES['repetitions'])}{rest}", class_="note"),
    )


def _chart(name: str, lines: Sequence[Line]) -> Iterator[Element]:
    measure = MEASURES[lines[0].detector][0]
    series = [each for line in lines if (each := Series.of(line.items, measure, line.side)).values]
    if not series:
        return
    told = series[0].trend(measure) if len(series) == 1 else None
    legs = {each.side: each for each in series}
    both = compared(legs["left"], legs["right"], measure) if {"left", "right"} <= legs.keys() else None
    y_span = span(measure, *(value for each in series for value in each.values))
    yield element(
        "figure",
        element("h3", f"{lines[0].title}: {measure.title.lower()}"),
        over_sessions(name, measure, series, told, y_span, _CHART),
        element("figcaption", both_words(measure, both)) if both else None,
    )


def _told(items: Sequence[Item], reports: Sequence[SelfReport]) -> Element:
    before = [(item.started_at, item.pain_before) for item in items if item.pain_before is not None]
    after = [(item.started_at, item.pain_after) for item in items if item.pain_after is not None]
    efforts = [item.effort for item in items if item.effort is not None]
    scores = (
        ("○ pain before", [score for _, score in before]),
        ("● pain after", [score for _, score in after]),
        ("effort", efforts),
    )
    told = [f"{name} {median(each):g} ({count_words(len(each), 'session')})" for name, each in scores if each]
    words = [*([told_words(reports)] if reports else []), *([f"Median, of 10: {', '.join(told)}"] if told else [])]
    notes = [item for item in items if item.note.strip()]
    shown = [f"{day_words(item.started_at)}: “{shorten(item.note, 80)}”" for item in notes[-MOST_NOTES:]]
    if len(notes) > len(shown):
        shown.append(f"and {len(notes) - len(shown)} earlier notes")
    return section(
        "Told by the person, not measured",
        over_days("pain", before, after) if before or after else None,
        bullets([*words, *shown]) if words or shown else element("p", "Nothing was told."),
        class_="told wide",
    )


def _edited(items: Sequence[Item]) -> Element:
    edited = [item for item in items if item.corrections]
    kinds = [each["kind"] for item in items for each in item.corrections]
    words = [
        f"{count_words(kinds.count(kind), *noun)} {done}"
        for kind, noun, done in (
            ("reject", ("movement or hold", "movements or holds"), "taken back"),
            ("accept", ("movement",), "accepted"),
            ("add", ("repetition",), "added, not measured"),
            ("set", ("entry", "entries"), "told or changed afterwards"),
        )
        if kind in kinds
    ]
    if not edited:
        return section("Edited by hand", element("p", "Nothing."))
    return section(
        "Edited by hand", bullets([f"{len(edited)} of {count_words(len(items), 'session')}", *words]), class_="edited"
    )
