"""The tables of a session: a row for each set, hold or trial; of too many for one page the rest is summed up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias
from xml.etree.ElementTree import Element

from sensortrack.formats.exports import Item, edited
from sensortrack.model.summary import RepetitionRow, SetRow
from sensortrack.review.figures import MEASURES, Spread, measured, repetitions
from sensortrack.review.markup import element
from sensortrack.review.page import section, table
from sensortrack.review.report_words import rejected_words, spread_words
from sensortrack.review.words import clock_words, duration_words

MOST_ROWS = 6
"""What leaves the page a single one."""

Remarks: TypeAlias = Mapping[str, Callable[[RepetitionRow], bool]]

REMARKS: Remarks = {
    "short hold": lambda rep: "short-hold" in rep["form"],
    "fast lift": lambda rep: "fast-lift" in rep["form"],
    "fast lowering": lambda rep: "fast-lower" in rep["form"],
    "low": lambda rep: "low" in rep["form"],
    "turned out": lambda rep: "turned-out" in rep["form"],
    "doubtful": lambda rep: rep["verdict"] == "doubtful",
    "edited*": lambda rep: edited(rep["reasons"]) is not None,
}
"""What is said of repetitions, and counted in each set; what is said of none has no column."""


def table_of(item: Item) -> Element:
    """Give the table of what the session's exercise has."""
    if item.exercise.detector == "thomas":
        return _trials_table(item)
    left_out = f"Seen but not counted: {not_counted}." if (not_counted := rejected_words(item)) else ""
    told = _holds_table(item) if item.exercise.detector == "stretch" else _sets_table(item)
    title = "Holds" if item.exercise.detector == "stretch" else "Sets: median, with least to greatest"
    return section(title, told, element("p", left_out, class_="note"))


def _sets_table(item: Item) -> Element:
    sets = item.summary["sets"]
    if not sets:
        return element("p", "No repetition was found.")
    seen = {words: of for words, of in REMARKS.items() if any(of(rep) for rep in repetitions(item.summary))}
    rows = [_set_row(item, str(number), [one], seen) for number, one in enumerate(sets[: _shown(len(sets))], start=1)]
    rest = sets[len(rows) :]
    if rest:
        rows.append(_set_row(item, f"and {len(rest)} more", rest, seen))
    held = f"≥ {item.exercise['target_hold_s']:g} s"
    columns = ("Set", "Start", "Repetitions", "Hold", held, "Range of motion", "Lift", "Lowering", *seen)
    return table("Sets", columns, rows)


def _set_row(item: Item, name: str, sets: Sequence[SetRow], remarks: Remarks) -> list[str]:
    rom, hold = MEASURES["repetitions"]
    reps = [rep for one in sets for rep in one["reps"]]
    known = measured(reps)
    target_s = item.exercise["target_hold_s"]
    return [
        name,
        clock_words(sets[0]["start_s"]),
        f"{len(reps)} of {item.exercise['repetitions'] * len(sets):g}",
        spread_words(hold, Spread.of(rep["hold_s"] for rep in known)),
        f"{sum(rep['hold_s'] >= target_s for rep in known)} of {len(known)}",
        spread_words(rom, Spread.of(rep["rom_deg"] for rep in known)),
        _median_s(rep["lift_s"] for rep in known),
        _median_s(rep["lower_s"] for rep in known),
        *(str(sum(of(rep) for rep in reps) or "") for of in remarks.values()),
    ]


def _median_s(values: Iterable[float]) -> str:
    spread = Spread.of(values)
    return "–" if spread is None else f"{spread.median:.1f} s"


def _holds_table(item: Item) -> Element:
    holds = item.summary["holds"]
    if not holds:
        return element("p", "No hold was found.")
    rows = [
        [
            str(number),
            clock_words(hold["start_s"]),
            f"{hold['duration_s']:.1f} s",
            f"{hold['angle_deg']:+.0f}°".replace("-", "−"),
            "reached" if hold["in_target"] else "not reached",
        ]
        for number, hold in enumerate(holds[: _shown(len(holds))], start=1)
    ]
    rest = holds[len(rows) :]
    if rest:
        held_s, reached = sum(hold["duration_s"] for hold in rest), sum(hold["in_target"] for hold in rest)
        rows.append([f"and {len(rest)} more", "", f"{duration_words(held_s)} in all", "", f"{reached} reached"])
    target = f"{item.exercise['target_hold_s']:g} s"
    return table("Each hold", ("Hold", "Start", "Held", "Thigh angle", target), rows)


def _trials_table(item: Item) -> Element:
    (measure,) = MEASURES["thomas"]
    trials = item.log.trials
    if not trials:
        words = f"Not counted: {rejected_words(item)}." if item.log.taken_back else "No trial settled."
        return section("Trials", element("p", words))
    rows = [
        [
            str(number),
            clock_words(trial.start_s),
            measure.words(trial.thigh_angle_deg),
            f"{trial.spread_deg:.1f}°",
        ]
        for number, trial in enumerate(trials[: _shown(len(trials))], start=1)
    ]
    rest = trials[len(rows) :]
    if rest:
        rows.append([f"and {len(rest)} more", "", "", ""])
    columns = ("Trial", "Start", "Thigh, above the horizontal positive", "Scatter within it")
    left_out = f"Not counted: {not_counted}." if (not_counted := rejected_words(item)) else ""
    return section("Trials", table("Each trial", columns, rows), element("p", left_out, class_="note"))


def _shown(many: int) -> int:
    return many if many <= MOST_ROWS else MOST_ROWS - 1
