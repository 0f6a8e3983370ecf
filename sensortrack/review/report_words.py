"""Sentences of the report: change, one leg against the other, data, corrections, what it cannot tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sensortrack.formats.exports import Item
from sensortrack.model.summary import TAKEN_BACK
from sensortrack.model.trend import FEWEST_DIFFERENCES
from sensortrack.review.figures import Comparison, Measure, Spread, repetitions
from sensortrack.review.measure_charts import SHAPES
from sensortrack.review.words import (
    clock_words,
    count_words,
    duration_words,
    limit_words,
    reason_words,
    verdict_words,
)

CAVEATS = (
    "Angles are of the thigh against gravity, not of the hip joint: one sensor on the thigh cannot see the pelvis or "
    "the back. This is a measurement, not a diagnosis, and tells nothing about the cause of pain.",
)
THOMAS_CAVEAT = "The angle of the Thomas test holds only if the back stayed flat on the table."

ORIGINS = {
    "bluetooth": "Bluetooth sensor",
    "phone": "phone",
    "import": "imported recording",
    "simulated": "simulated sensor, no person",
}
NOT_ONES_OWN = "me"
"""The name of who did not tell one: nothing that a reader needs."""


MOST_REASONS = 2
"""What leaves the page a single one."""


def shorten(text: str, most: int) -> str:
    """Write a free text in one line; what is cut is told."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rstrip()}… ({len(line) - most} more letters)"


def person_words(person: str) -> str:
    """Name the person, unless none was told."""
    return "" if person == NOT_ONES_OWN else shorten(person, 60)


def spread_words(measure: Measure, spread: Spread | None) -> str:
    """Write median and range."""
    if spread is None:
        return "–"
    median, around = measure.words(spread.median), range_words(measure, spread)
    return median if median == around else f"{median} ({around})"


def range_words(measure: Measure, spread: Spread) -> str:
    """Write least to greatest, once where they are the same."""
    if spread.least == spread.greatest:
        return measure.words(spread.least)
    return f"{measure.words(spread.least).removesuffix(measure.sign)} to {measure.words(spread.greatest)}"


def noise_words(measures: Sequence[Measure]) -> str:
    """Say where the limits come from."""
    least = " and ".join(limit_words(measure.least_change, measure.unit) for measure in measures)
    return (
        f"Measurement noise: 2.77 × the person's own error between sessions (from {FEWEST_DIFFERENCES + 1} sessions "
        f"on), at least {least}."
    )


def both_words(measure: Measure, told: Comparison) -> str:
    """Say one leg against the other, and whether the difference is more than noise."""
    apart = f"{abs(told.difference):.1f}{measure.sign}"
    more = f"{'left' if told.difference > 0 else 'right'} {apart} more" if told.is_beyond_noise else f"{apart} apart"
    verdict = verdict_words(is_beyond_noise=told.is_beyond_noise)
    limit = limit_words(told.noise, measure.unit)
    return f"Left {measure.words(told.left)}, right {measure.words(told.right)}: {more}, {verdict} ({limit})."


def legs_words(legs: Sequence[str | None]) -> str:
    """Explain the signs of the drawings over sessions."""
    signs = {"disc": "●", "square": "■", "diamond": "◆"}
    named = ", ".join(f"{signs[SHAPES[side]]} {side or 'leg not told'}" for side in legs)
    return f"Over the sessions: {named}; shaded: within noise of the first."


def rejected_words(item: Item) -> str:
    """Say what was seen but not counted, the most frequent reasons first."""
    alike: dict[str, int] = {}
    reasons = [(row["reasons"], row["verdict"]) for row in item.summary["rejected"]]
    for told, verdict in [*reasons, *([([TAKEN_BACK], "")] * len(item.log.taken_back))]:
        words = reason_words(told).replace("; ", " and ") or verdict
        alike[words] = alike.get(words, 0) + 1
    every = sorted(alike.items(), key=lambda each: -each[1])
    rest = sum(count for _, count in every[MOST_REASONS:])
    told = [f"{count} × {words}" for words, count in every[:MOST_REASONS]]
    return "; ".join([*told, *([f"and {rest} more, for other reasons"] if rest else [])])


def data_words(items: Sequence[Item]) -> list[str]:
    """Say how the data came."""
    gaps = [gap for item in items for gap in item.summary["gaps"]]
    missing_s = sum(gap["end_s"] - gap["start_s"] for gap in gaps)
    duration_s = sum(item.summary["duration_s"] for item in items)
    rates = [item.summary["rate_hz"] for item in items if item.summary["rate_hz"]]
    told = listed({f"{shorten(i.sensor, 30) or 'no name'} ({ORIGINS.get(i.origin, i.origin)})": 0 for i in items}, 3)
    placements = listed({item.placement: 0 for item in items if item.placement}, 3)
    lines = [f"Sensor: {told}" + (f", worn: {placements}" if placements else "")]
    if rates:
        low, high = round(min(rates)), round(max(rates))
        lines.append(f"{duration_words(duration_s)} at {low if low == high else f'{low} to {high}'} Hz")
    if gaps:
        longest_s = max(gap["end_s"] - gap["start_s"] for gap in gaps)
        share = f", {100 * missing_s / duration_s:.1f} %" if duration_s else ""
        lines.append(
            f"{count_words(len(gaps), 'gap')}: {missing_s:.1f} s missing{share}, the longest {longest_s:.1f} s"
        )
    else:
        lines.append("No samples missing")
    doubtful = sum(rep["verdict"] == "doubtful" for item in items for rep in repetitions(item.summary))
    if doubtful and len(items) > 1:
        lines.append(f"{count_words(doubtful, 'repetition')} doubtful")
    cut = sum(item.state == "interrupted" for item in items)
    if cut:
        lines.append(
            "The recording was interrupted" if len(items) == 1 else f"{count_words(cut, 'session')} interrupted"
        )
    versions = listed({item.summary["analysis"]["version"]: 0 for item in items}, 3)
    lines.append(f"Counted by sensortrack {versions}")
    return lines


def correction_words(correction: dict[str, Any]) -> str:
    """Say what a person changed."""
    if correction["kind"] == "set":
        field = str(correction["field"]).replace("_", " ")
        if field == "note":
            return "note"
        return f"{field} = {shorten(str(correction['value']), 20)}" if correction["value"] else f"{field} removed"
    done = {"accept": "accepted", "reject": "not counted", "add": "added"}[correction["kind"]]
    return f"{done}: {clock_words(correction['start_s'])}"


def listed(words: Iterable[str], most: int, between: str = ", ") -> str:
    """Write some words after each other; how many were left out is told."""
    every = list(words)
    rest = [f"and {len(every) - most} more"] if len(every) > most else []
    return between.join([*every[:most], *rest])
