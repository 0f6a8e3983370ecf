"""The angle of a session, with what was counted, held, left out and missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from sensortrack.formats.exports import Item, edited
from sensortrack.model.summary import TAKEN_BACK, RepetitionRow
from sensortrack.review.charts import LETTER, Frame, around, path, picture, text, ticks
from sensortrack.review.markup import element
from sensortrack.review.words import clock_words, count_words, reason_words

SIZE = (720.0, 150.0)
_TOP = 24.0  # for sets and numbers
_LEAST_SPAN_DEG = 20.0  # a still leg is a flat line, not its noise blown up
_HORIZONTAL_DEG = 90.0  # of the thigh against the vertical, in the trace of the Thomas test
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)

MOST_BOXES = 400
"""More of a kind would be less than two pixels each (design choice: the file of a day stays small)."""

Span: TypeAlias = tuple[float, float, str]
"""Start, end, and words about it."""

LEGEND = {
    "gap": "samples missing",
    "rep": "repetition: lift and lowering",
    "doubtful": "doubtful",
    "top": "hold at the top",
    "held": "stretch held",
    "trial": "trial, settled",
    "rejected": "seen, not counted",
}
"""Kinds of shading, by class."""


def trace_chart(item: Item, begin_s: float, step_s: float, extremes: NDArray[np.float32]) -> Element:
    """Draw it.

    Parameters
    ----------
    begin_s, step_s, extremes
        As `store.analyses.angle` gives them.
    """
    summary = item.summary
    is_thomas = item.exercise.detector == "thomas"
    low, high = around([*extremes[:, 0], *extremes[:, 1], *([_HORIZONTAL_DEG] if is_thomas else [])], _LEAST_SPAN_DEG)
    frame = Frame.of(SIZE, (0.0, max(summary["duration_s"], 1.0)), (low, high), top=_TOP)
    return picture(
        "trace",
        frame,
        "Thigh angle over time",
        f"{count_words(sum(len(one['reps']) for one in summary['sets']), 'repetition')}, "
        f"{count_words(len(summary['holds']), 'hold')}, {count_words(len(item.log.trials), 'trial')}, "
        f"{count_words(len(_not_counted(item)), 'movement')} not counted, {count_words(len(summary['gaps']), 'gap')}; "
        "every number is in the tables.",
        _hatching(),
        frame.y_axis(ticks(low, high, 5), "°"),
        frame.x_axis(_time_ticks(summary["duration_s"])),
        [_boxes(frame, kind, spans) for kind, spans in _spans(item).items()],
        frame.level(_HORIZONTAL_DEG, "target") if is_thomas else None,
        text(frame.x.end, frame.y(_HORIZONTAL_DEG) - 3, "horizontal", "tick end") if is_thomas else None,
        list(_line(frame, begin_s, step_s, extremes)),
        _numbers(frame, item),
    )


def kinds(item: Item) -> list[str]:
    """Give the kinds of shading that occur."""
    return [kind for kind, spans in _spans(item).items() if spans]


def swatch(kind: str) -> Element:
    """Draw a kind of shading for the legend."""
    box = element("rect", class_=kind, x=1, y=1, width=14, height=8)
    hatching = _hatching("legend-hatching") if kind == "gap" else None
    return element("svg", hatching, box, class_="swatch", viewBox="0 0 16 10", aria_hidden="true")


def _hatching(name: str = "hatching") -> Element:
    line = element("path", d="M0 6L6 0", class_="hatch")
    pattern = element("pattern", line, id=name, width=6, height=6, patternUnits="userSpaceOnUse")
    return element("defs", pattern)


def _spans(item: Item) -> dict[str, list[Span]]:
    """Give what is shaded, by kind, in the order in which it is drawn."""
    summary = item.summary
    reps = [
        (rep, f"set {number}, repetition {place}: {_words(rep)}")
        for number, one in enumerate(summary["sets"], start=1)
        for place, rep in enumerate(one["reps"], start=1)
    ]
    return {
        "gap": [(gap["start_s"], gap["end_s"], "samples missing") for gap in summary["gaps"]],
        "rep": [(rep["start_s"], rep["end_s"], words) for rep, words in reps if rep["verdict"] != "doubtful"],
        "doubtful": [(rep["start_s"], rep["end_s"], words) for rep, words in reps if rep["verdict"] == "doubtful"],
        "top": [(rep["top_start_s"], rep["top_end_s"], words) for rep, words in reps if rep["hold_s"]],
        "held": [(hold["start_s"], hold["end_s"], f"held {hold['duration_s']:.1f} s") for hold in summary["holds"]],
        "trial": [(trial.start_s, trial.end_s, "trial") for trial in item.log.trials],
        "rejected": _not_counted(item),
    }


def _boxes(frame: Frame, kind: str, spans: Sequence[Span]) -> Iterator[Element]:
    """Shade spans; of very many those that run into each other on paper are one box, without words."""
    if len(spans) <= MOST_BOXES:
        yield from (frame.box(start_s, end_s, kind, words) for start_s, end_s, words in spans)
        return
    pixel_s = (frame.x.high - frame.x.low) / (frame.x.end - frame.x.start)
    begin_s, until_s = spans[0][:2]
    for start_s, end_s, _ in sorted(spans):
        if start_s - until_s > pixel_s:
            yield frame.box(begin_s, until_s, kind)
            begin_s = start_s
        until_s = max(until_s, end_s)
    yield frame.box(begin_s, until_s, kind)


def _words(rep: RepetitionRow) -> str:
    if "added" in rep["reasons"]:
        return "added by hand, not measured"
    doubt = f"; {reason_words(rep['reasons'])}" if rep["reasons"] else ""
    return f"{rep['rom_deg']:.0f}°, held {rep['hold_s']:.1f} s{doubt}"


def _not_counted(item: Item) -> list[Span]:
    found = [(row["start_s"], row["end_s"], reason_words(row["reasons"]) or row["verdict"])
             for row in item.summary["rejected"]]  # fmt: skip
    found += [(each.start_s, each.end_s, reason_words([TAKEN_BACK])) for each in item.log.taken_back]
    return [(start_s, end_s, f"not counted at {clock_words(start_s)}: {why}") for start_s, end_s, why in found]


def _line(frame: Frame, begin_s: float, step_s: float, extremes: NDArray[np.float32]) -> Iterator[Element]:
    """Draw least and greatest of each bucket, in the order in which the angle goes; the unknown breaks the line."""
    known = np.isfinite(extremes).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    for first, last in edges.reshape(-1, 2):
        part = extremes[first:last].astype(float)
        middle = part.mean(axis=1)
        rises = np.gradient(middle) >= 0 if len(middle) > 1 else np.ones(1, bool)
        ordered = np.where(rises[:, None], part, part[:, ::-1])
        times = begin_s + (np.arange(first, last)[:, None] + (0.25, 0.75)) * step_s
        yield path(((frame.x(x), frame.y(y)) for x, y in zip(times.flat, ordered.flat, strict=True)), "trace")


def _numbers(frame: Frame, item: Item) -> Iterator[Element]:
    """Name sets and number what is in them, as far as there is room."""
    for place, one in enumerate(item.summary["sets"], start=1):
        start, end = frame.x(one["start_s"]), frame.x(one["end_s"])
        yield element("line", class_="set", x1=start, x2=end, y1=10, y2=10)
        if end - start > 6 * LETTER:
            yield text((start + end) / 2, 7, f"set {place}", "tick middle")
        yield from _labels(
            frame, ((rep["start_s"], rep["end_s"], _number(i, rep)) for i, rep in enumerate(one["reps"], 1))
        )
    yield from _labels(frame, ((h["start_s"], h["end_s"], f"{h['duration_s']:.1f} s") for h in item.summary["holds"]))
    yield from _labels(frame, ((t.start_s, t.end_s, str(i)) for i, t in enumerate(item.log.trials, start=1)))


def _number(place: int, rep: RepetitionRow) -> str:
    return f"{place}*" if edited(rep["reasons"]) else str(place)


def _labels(frame: Frame, spans: Iterable[tuple[float, float, str]]) -> list[Element]:
    """Write a label over each span, or none at all where they would run into each other."""
    drawn, free = [], -1e9
    for start_s, end_s, label in spans:
        middle, half = frame.x((start_s + end_s) / 2), LETTER * len(label) / 2
        if middle - half < free:
            return []
        drawn.append(text(middle, _TOP - 4, label, "number middle"))
        free = middle + half
    return drawn


def _time_ticks(duration_s: float) -> list[tuple[float, str]]:
    step_s = next((step for step in _STEPS_S if duration_s / step <= 12), _STEPS_S[-1])
    times = range(0, int(duration_s) + 1, step_s)
    if step_s >= 3600:
        return [(at_s, f"{at_s // 3600} h") for at_s in times]
    return [(at_s, f"{at_s // 60}:{at_s % 60:02d}") for at_s in times]
