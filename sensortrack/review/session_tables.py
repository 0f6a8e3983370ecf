"""The tables of a session: a row for each set, hold or trial; of too many for one page the rest is summed up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from sensortrack.formats.exports import Item
from sensortrack.model.summary import SetRow
from sensortrack.review.figures import MEASURES, Spread, measured
from sensortrack.review.markup import element
from sensortrack.review.page import section, table
from sensortrack.review.report_words import form_summary, rejected_words, spread_words
from sensortrack.review.words import clock_words, duration_words

MOST_ROWS = 8
"""What leaves the page a single one."""


def table_of(item: Item) -> Element:
    """Give the table of what the session's exercise has."""
    exercise, summary = item.exercise, item.summary
    if exercise.detector == "thomas":
        return _trials_table(item)
    left_out = element("p", f"Seen but not counted: {rejected_words(summary['rejected'])}.", class_="note")
    told = _holds_table(item) if exercise.detector == "stretch" else _sets_table(item)
    return section(
        "Holds" if exercise.detector == "stretch" else "Sets", told, left_out if summary["rejected"] else None
    )


def _sets_table(item: Item) -> Element:
    sets = item.summary["sets"]
    if not sets:
        return element("p", "No repetition was found.")
    rows = [_set_row(item, str(number), [one]) for number, one in enumerate(sets[: _shown(len(sets))], start=1)]
    rest = sets[len(rows) :]
    if rest:
        rows.append(_set_row(item, f"and {len(rest)} more", rest))
    target_s = item.exercise["target_hold_s"]
    columns = (
        "Set",
        "Start",
        "Repetitions",
        "Hold",
        f"≥ {target_s:g} s",
        "Range of motion",
        "Lift",
        "Lowering",
        "Form",
    )
    return table("Each set: medians, with least and greatest", columns, rows, wide=("Form",))


def _set_row(item: Item, name: str, sets: Sequence[SetRow]) -> list[str]:
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
        form_summary(reps),
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
        return section("Trials", element("p", "No trial settled."))
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
    return section("Trials", table("Each trial", columns, rows))


def _shown(many: int) -> int:
    return many if many <= MOST_ROWS else MOST_ROWS - 1
