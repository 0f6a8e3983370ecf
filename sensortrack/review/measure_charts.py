"""A measure over the repetitions of a session, and over the sessions of a person, drawn so that both compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from xml.etree.ElementTree import Element

from sensortrack.model.trend import Trend
from sensortrack.review.charts import MOST_POINTS, Frame, around, grouped, mark, path, picture, text, ticks
from sensortrack.review.figures import Measure, Series
from sensortrack.review.markup import element

SIZE = (350.0, 94.0)
SHAPES = {"left": "disc", "right": "square", None: "diamond"}
"""A leg is told by the shape of its points, and by its colour besides."""

Point = tuple[float, str]
"""A value, and words about it."""


def span(measure: Measure, *values: float) -> tuple[float, float]:
    """Give the span of a measure's axis: at least as wide as what is told from noise is visible in."""
    low, high = around(values, 4 * measure.least_change)
    return (max(low, 0.0) if measure.unit == "s" else low), high


def over_repetitions(
    name: str, measure: Measure, sets: Sequence[Sequence[Point]], target: float | None, y_span: tuple[float, float]
) -> Element:
    """Draw a point per repetition or hold, set beside set, with the median of each set."""
    sets = [[_middle(part) for part in grouped(points, most)] for points, most in zip(sets, _shares(sets), strict=True)]
    many = sum(map(len, sets)) + len(sets) - 1
    frame = Frame.of(SIZE, (-0.7, max(many, 2) - 0.3), y_span)
    drawn: list[Element] = []
    labels: list[tuple[float, str]] = []
    at = 0
    for number, points in enumerate(sets, start=1):
        if points:
            middle, last = median(value for value, _ in points), at + len(points) - 1
            drawn += [
                mark("disc", frame.x(at + i), frame.y(value), "value", words, _size(many))
                for i, (value, words) in enumerate(points)
            ]
            drawn.append(frame.level(middle, "median", at - 0.4, last + 0.4))
            labels.append(((at + last) / 2, f"set {number}" if len(sets) > 1 else "in their order"))
        at += len(points) + 1
    return picture(
        name,
        frame,
        f"{measure.title} over the repetitions",
        "; ".join(
            f"set {number}: {', '.join(measure.words(value) for value, _ in points)}"
            for number, points in enumerate(sets, start=1)
        ),
        frame.y_axis(ticks(*y_span, 4), measure.sign),
        frame.x_axis(labels),
        _target(frame, measure, target),
        drawn,
    )


def _shares(sets: Sequence[Sequence[Point]]) -> list[int]:
    """Give how many points each set may have, so that all have room."""
    many = sum(map(len, sets))
    return [max(1, len(points) * 2 * MOST_POINTS // max(many, 2 * MOST_POINTS)) for points in sets]


def _middle(points: Sequence[Point]) -> Point:
    """Make one point of several: their median."""
    if len(points) == 1:
        return points[0]
    return median(value for value, _ in points), f"median of {len(points)}, from {points[0][1]}"


def over_sessions(
    name: str,
    measure: Measure,
    series: Sequence[Series],
    shown: Trend | None,
    y_span: tuple[float, float],
    size: tuple[float, float] = SIZE,
) -> Element:
    """Draw a point per session, each leg with its own shape, and the band of what may be noise.

    Parameters
    ----------
    shown
        The trend whose beginning the band lies around.
    """
    series = [each.thinned(MOST_POINTS) for each in series]
    times = [at for each in series for at in each.times]
    first, last = min(times), max(times)
    days = max((last - first) / timedelta(days=1), 1.0)
    frame = Frame.of(size, (-0.03 * days, 1.03 * days), y_span)
    return picture(
        name,
        frame,
        f"{measure.title} over the sessions",
        "; ".join(f"{each.side or 'side not told'}: {', '.join(map(measure.words, each.values))}" for each in series),
        frame.y_axis(ticks(*y_span, 4), measure.sign),
        frame.x_axis(_day_ticks(first, last)),
        _band(frame, shown),
        [list(_series(frame, measure, each, first, _size(len(times)))) for each in series],
    )


def over_days(name: str, before: Sequence[tuple[datetime, int]], after: Sequence[tuple[datetime, int]]) -> Element:
    """Draw pain from 0 to 10, as it was told before and after sessions."""
    times = [at for at, _ in (*before, *after)]
    first, last = min(times), max(times)
    days = max((last - first) / timedelta(days=1), 1.0)
    frame = Frame.of((SIZE[0], 66.0), (-0.03 * days, 1.03 * days), (-0.5, 10.5))
    return picture(
        name,
        frame,
        "Pain that was told",
        "; ".join(
            f"{kind}: {min(scores)} to {max(scores)}"
            for kind, told in (("before", before), ("after", after))
            if (scores := [score for _, score in told])
        ),
        frame.y_axis((0, 5, 10), ""),
        frame.x_axis(_day_ticks(first, last)),
        [
            mark(
                "disc",
                frame.x((at - first) / timedelta(days=1)),
                frame.y(score),
                kind,
                f"{day_words(at)}, {kind}: {score:g}",
            )
            for kind, told in (("before", before), ("after", after))
            for part in grouped(told, MOST_POINTS)
            for at, score in ((part[0][0], median(score for _, score in part)),)
        ],
    )


def _target(frame: Frame, measure: Measure, target: float | None) -> list[Element]:
    if target is None:
        return []
    words = f"prescribed {target:g}{measure.sign}"
    return [frame.level(target, "target"), text(frame.x.end, frame.y(target) - 3, words, "tick end")]


def _band(frame: Frame, shown: Trend | None) -> Element | None:
    if shown is None:
        return None
    low, high = frame.y.low, frame.y.high
    upper, lower = (frame.y(min(max(shown.first + sign * shown.noise, low), high)) for sign in (1, -1))
    return element(
        "rect",
        element("title", "within measurement noise of the first sessions"),
        class_="band",
        x=frame.x.start,
        y=upper,
        width=frame.x.end - frame.x.start,
        height=lower - upper,
    )


def _size(many: int) -> float:
    """Draw smaller points where many would run into each other."""
    return 3.0 if many <= 100 else 1.8


def _series(frame: Frame, measure: Measure, series: Series, first: datetime, size: float) -> Iterator[Element]:
    class_ = series.side or "untold"
    points = [
        (frame.x((at - first) / timedelta(days=1)), frame.y(value))
        for at, value in zip(series.times, series.values, strict=True)
    ]
    if len(points) > 1:
        yield path(points, f"join {class_}")
    for (x, y), at, value in zip(points, series.times, series.values, strict=True):
        words = f"{day_words(at)}, {series.side or 'side not told'}: {measure.words(value)}"
        yield mark(SHAPES[series.side], x, y, class_, words, size)


def _day_ticks(first: datetime, last: datetime) -> list[tuple[float, str]]:
    """Name first and last day, and some between; all of them where they are few."""
    days = (last.date() - first.date()).days
    steps = min(days, 4)
    chosen = sorted({round(days * step / steps) for step in range(steps + 1)}) if steps else [0]
    form = month_words if days > 330 else day_words
    return [(float(day), form(first + timedelta(days=day))) for day in chosen]


def day_words(day: date) -> str:
    """Write a day short."""
    return f"{day.day} {day:%b}"


def month_words(day: date) -> str:
    """Write a month short."""
    return f"{day:%b %Y}"
