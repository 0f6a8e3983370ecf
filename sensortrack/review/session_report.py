"""The report of one session: what was prescribed and done, how, and what it says against the sessions before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from sensortrack.formats.exports import Item, edited
from sensortrack.model.exercises import Exercise
from sensortrack.review.figures import (
    MEASURES,
    Measure,
    Series,
    compared,
    repetitions,
    sides,
)
from sensortrack.review.markup import Child, element
from sensortrack.review.measure_charts import Point, over_repetitions, over_sessions, span
from sensortrack.review.page import bullets, header, page, section, tiles
from sensortrack.review.report_words import (
    CAVEATS,
    ORIGINS,
    THOMAS_CAVEAT,
    both_words,
    correction_words,
    data_words,
    legs_words,
    noise_words,
    person_words,
    shorten,
)
from sensortrack.review.session_tables import table_of
from sensortrack.review.session_tiles import tiles_of
from sensortrack.review.trace_chart import LEGEND, kinds, swatch, trace_chart
from sensortrack.review.words import duration_words, prescriber_words, trend_words

MOST_LETTERS = 200
"""Of a note: what leaves the page a single one."""

SESSIONS = 30
"""Of the trend: more points than these run into each other."""


_HINTS = {
    "thomas": "0° is a standing thigh, 90° a level one",
    True: "0° is a vertical thigh; extension (backwards) is positive",
    False: "0° is the first pose at rest; turned away from it in any direction",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """The angle, as `store.analyses.angle` gives it."""

    begin_s: float
    step_s: float
    extremes: NDArray[np.float32]


def session_report(item: Item, others: Sequence[Item], trace: Trace) -> str:
    """Give the report as one HTML file.

    Parameters
    ----------
    others
        Of the same exercise and person: the sessions before this one, and the other leg's of the same day.
    trace
        Empty where no angle was kept.
    """
    exercise, at = item.exercise, item.started_at
    leg = f"{item.side} leg" if item.side else ""
    title = shorten(exercise.title, 60)
    when = f"{at:%A} {at.day} {at:%B %Y, %H:%M}"
    kind = "Test" if exercise.detector == "thomas" else "Exercise"
    length = duration_words(item.summary["duration_s"])
    origin = ORIGINS["simulated"] if item.origin == "simulated" else ""
    head = header(f"{kind} report", title, when, leg, person_words(item.person), length, origin)
    caveats = [*CAVEATS, THOMAS_CAVEAT] if exercise.detector == "thomas" else CAVEATS
    small = [
        _compared(item, others),
        _self_reported(item),
        section("Data", bullets(data_words([item]))),
        _corrections(item),
    ]
    sections = [
        section(
            "Prescribed and done",
            tiles(tiles_of(item)),
            element("p", f"{_prescriber(exercise)}{shorten(exercise.description, 240)}", class_="note"),
        ),
        _trace(item, trace),
        _measures(item, others),
        table_of(item),
        element("div", small, class_="boxes four"),
    ]
    about = f"sensortrack · session {item.number} · {item.uid} · {exercise.name}"
    return page(f"{title}, {at:%Y-%m-%d}", head, sections, [*caveats, about], is_roomy=_is_roomy(item))


def _prescriber(exercise: Exercise) -> str:
    words = prescriber_words(exercise)
    return f"Prescribed{words}. " if words else ""


def _is_roomy(item: Item) -> bool:
    """Whether there is so little to say that it can be printed in larger letters."""
    rows = len(item.summary["sets"]) + len(item.summary["holds"]) + len(item.log.trials)
    return rows <= 3 and len(item.note) <= MOST_LETTERS // 2


def _trace(item: Item, trace: Trace) -> Element:
    title = "Thigh against the vertical" if item.exercise.detector == "thomas" else "Thigh angle"
    if not np.isfinite(trace.extremes).any():
        return section(title, element("p", "No angle was kept of this session; 'sensortrack reanalyze' makes it anew."))
    legend = [element("li", swatch(kind), LEGEND[kind]) for kind in kinds(item)]
    if any(edited(rep["reasons"]) for rep in repetitions(item.summary)):
        legend.append(element("li", "* edited by hand"))
    hint = _HINTS["thomas"] if item.exercise.detector == "thomas" else _HINTS[item.exercise.signed]
    return section(
        title,
        element(
            "figure",
            element(
                "div", trace_chart(item, trace.begin_s, trace.step_s, trace.extremes), class_="scroll", tabindex=0,
                role="region", aria_label=title,
            ),
            element("figcaption", element("ul", legend, element("li", hint), class_="legend")),
        ),
    )  # fmt: skip


def _measures(item: Item, others: Sequence[Item]) -> Element:
    """Draw each measure twice, side by side on one scale: within this session, and over the sessions."""
    sessions = [*others, item]
    legs = [side for side in sides(sessions) if side == item.side or (item.side is not None and side is not None)]
    measures = MEASURES[item.exercise.detector]
    drawn = [
        _measure(f"measure-{number}", item, measure, [Series.of(sessions, measure, side) for side in legs])
        for number, measure in enumerate(measures, start=1)
    ]
    return section(
        "This session, and the sessions before",
        element("div", drawn, class_="measures"),
        element("p", f"{legs_words(legs)} {noise_words(measures)}", class_="note"),
    )


def _measure(name: str, item: Item, measure: Measure, series: Sequence[Series]) -> Iterator[Element]:
    series = [each for each in series if each.values]
    own = next((each for each in series if each.side == item.side), None)
    told = own.trend(measure) if own else None
    groups, target = _points(item, measure)
    values = [value for group in groups for value, _ in group] + [value for each in series for value in each.values]
    if not values:
        return
    y_span = span(measure, *values, *([] if target is None else [target]))
    yield element(
        "figure", element("h3", measure.title), over_repetitions(f"{name}-reps", measure, groups, target, y_span)
    )
    yield element(
        "figure",
        element("h3", f"{measure.title}, median of each session"),
        over_sessions(f"{name}-sessions", measure, series, told, y_span) if series else None,
        element("figcaption", trend_words(told, measure.unit) if series else "No session with a result yet."),
    )


def _points(item: Item, measure: Measure) -> tuple[list[list[Point]], float | None]:
    """Give the values within the session, set by set, and what is prescribed."""
    exercise, summary = item.exercise, item.summary
    angle = measure.unit == "deg"
    if exercise.detector == "thomas":
        trials = [trial.thigh_angle_deg for trial in item.log.trials]
        return [[(value, f"trial {i}: {measure.words(value)}") for i, value in enumerate(trials, start=1)]], None
    if exercise.detector == "stretch":
        holds = [hold["angle_deg"] if angle else hold["duration_s"] for hold in summary["holds"]]
        points = [(value, f"hold {i}: {measure.words(value)}") for i, value in enumerate(holds, start=1)]
        return [points], None if angle else exercise["target_hold_s"]
    groups = [
        [
            (value, f"repetition {i}: {measure.words(value)}")
            for i, rep in enumerate(one["reps"], start=1)
            if "added" not in rep["reasons"]
            for value in (rep["rom_deg"] if angle else rep["hold_s"],)
        ]
        for one in summary["sets"]
    ]
    return groups, None if angle else exercise["target_hold_s"]


def _compared(item: Item, others: Sequence[Item]) -> Element:
    rows: list[Child] = []
    for measure in MEASURES[item.exercise.detector]:
        left, right = (Series.of([*others, item], measure, side) for side in ("left", "right"))
        told = compared(left, right, measure)
        if told is not None:
            rows.append(element("li", element("strong", f"{measure.title}: "), f"{both_words(measure, told)}"))
    why = "It was not told which leg this was." if item.side is None else "The other leg has no result of this week."
    return section("Left against right", element("ul", rows) if rows else element("p", why))


def _self_reported(item: Item) -> Element:
    scores = (("pain before", item.pain_before), ("pain after", item.pain_after), ("effort", item.effort))
    told = ", ".join(f"{name} {value}" for name, value in scores if value is not None)
    return section(
        "Told by the person, not measured",
        element("p", f"Of 10: {told}") if told else None,
        element("blockquote", shorten(item.note, MOST_LETTERS)) if item.note.strip() else None,
        element("p", "Nothing was told.") if not told and not item.note.strip() else None,
        class_="told",
    )


def _corrections(item: Item) -> Element:
    if not item.corrections:
        return section("Edited by hand", element("p", "Nothing."))
    words = [correction_words(each) for each in item.corrections]
    shown = words[:4]
    rest = [f"and {len(words) - len(shown)} more"] if len(words) > len(shown) else []
    return section("Edited by hand", bullets([*shown, *rest]), class_="edited")
