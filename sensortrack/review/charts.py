"""What every drawing of the report has: a frame with scales, axes and words for those who do not see it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from xml.etree.ElementTree import Element

from sensortrack.review.markup import Child, element

T = TypeVar("T")

MOST_POINTS = 170
"""Of a line: more would be less than two pixels apart."""

LETTER = 5.2
"""Width of a letter in the drawings' type, about; in pixels."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Give the pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle that data are drawn in, and its scales."""

    width: float
    height: float
    x: Scale
    y: Scale

    @classmethod
    def of(
        cls,
        size: tuple[float, float],
        x_span: tuple[float, float],
        y_span: tuple[float, float],
        *,
        top: float = 8.0,
        left: float = 34.0,
        bottom: float = 17.0,
    ) -> Frame:
        """Leave margins for the axes."""
        width, height = size
        return cls(width, height, Scale(*x_span, left, width - 8.0), Scale(*y_span, height - bottom, top))

    def box(self, start: float, end: float, class_: str, words: str | None = None) -> Element:
        """Shade a span from top to bottom; the words show under a pointer."""
        title = element("title", words) if words else None
        left = self.x(start)
        return element(
            "rect", title, class_=class_, x=left, y=self.y.end, width=max(self.x(end) - left, 0.6),
            height=self.y.start - self.y.end,
        )  # fmt: skip

    def level(self, value: float, class_: str, start: float | None = None, end: float | None = None) -> Element:
        """Draw a line across at a value."""
        left = self.x.start if start is None else self.x(start)
        right = self.x.end if end is None else self.x(end)
        return element("line", class_=class_, x1=left, x2=right, y1=self.y(value), y2=self.y(value))

    def y_axis(self, ticks: Iterable[float], unit: str) -> list[Element]:
        """Draw grid lines with their numbers."""
        drawn = []
        for tick in ticks:
            drawn.append(self.level(tick, "zero" if tick == 0 else "grid"))
            drawn.append(text(self.x.start - 4, self.y(tick) + 3, f"{signless(tick)}{unit}", "tick end"))
        return drawn

    def x_axis(self, ticks: Iterable[tuple[float, str]]) -> list[Element]:
        """Write labels below, leaving out what would run into the one before."""
        drawn, free = [], -1e9
        for at, label in ticks:
            half = LETTER * len(label) / 2
            middle = min(max(self.x(at), self.x.start - 8 + half), self.width - half)
            if middle - half > free:
                drawn.append(text(middle, self.height - 4, label, "tick middle"))
                free = middle + half + 6
        return drawn


def picture(name: str, frame: Frame, title: str, description: str, *drawn: Child) -> Element:
    """Put a drawing together; `name` is its own on the page."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        drawn,
        class_="chart",
        viewBox=f"0 0 {frame.width:g} {frame.height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def text(x: float, y: float, words: str, class_: str) -> Element:
    """Write into a drawing."""
    return element("text", words, x=x, y=y, class_=class_)


def mark(shape: str, x: float, y: float, class_: str, words: str, size: float = 3.0) -> Element:
    """Draw a point: a ``disc``, a ``square`` or a ``diamond``; shapes read without colours too."""
    title = element("title", words)
    class_ = f"{shape} {class_}"
    if shape == "square":
        return element("rect", title, class_=class_, x=x - size, y=y - size, width=2 * size, height=2 * size)
    if shape == "diamond":
        s = round(1.3 * size, 1)
        return element("path", title, class_=class_, d=f"M{x:.1f} {y - s:.1f}l{s} {s}l-{s} {s}l-{s} -{s}z")
    return element("circle", title, class_=class_, cx=x, cy=y, r=size)


def path(points: Iterable[tuple[float, float]], class_: str) -> Element:
    """Draw a line through pixels."""
    return element("path", class_=class_, d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points))


def grouped(values: Sequence[T], most: int) -> list[Sequence[T]]:
    """Cut a series into no more than so many parts, as equal as they can be: into single values if that is enough."""
    size = max(1, -(-len(values) // most))
    return [values[at : at + size] for at in range(0, len(values), size)]


def ticks(low: float, high: float, most: int) -> list[float]:
    """Give round numbers within a span, no more than so many."""
    span = max(high - low, 1e-9)
    step = 10.0 ** math.floor(math.log10(span / most))
    while span / step > most:
        step *= 2.5 if f"{step:e}".startswith("2") else 2.0  # 1, 2, 5, 10
    return [
        round(number * step, 6) for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def around(values: Iterable[float], least_span: float) -> tuple[float, float]:
    """Give a span that holds all values with some air, and is no narrower than noise looks large in."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    air = max(0.06 * (high - low), (least_span - (high - low)) / 2)
    return low - air, high + air


def signless(value: float) -> str:
    """Write a number short, with a true minus sign."""
    return f"{value:g}".replace("-", "−")
