"""What was done in a session, in the few numbers that matter, each beside what is prescribed."""

from __future__ import annotations

from collections.abc import Iterator

from sensortrack.formats.exports import Item
from sensortrack.model.summary import RepetitionRow
from sensortrack.model.trend import FEWEST_TRIALS
from sensortrack.review.figures import MEASURES, Spread, amount, measured, repetitions
from sensortrack.review.report_words import range_words
from sensortrack.review.words import count_words, duration_words

Tile = tuple[str, str, str]
"""What, how much, and against what."""


def tiles_of(item: Item) -> Iterator[Tile]:
    """Give the tiles of a session."""
    if item.exercise.detector == "stretch":
        yield from _stretch_tiles(item)
    elif item.exercise.detector == "thomas":
        yield from _thomas_tiles(item)
    else:
        yield from _repetition_tiles(item)


def _repetition_tiles(item: Item) -> Iterator[Tile]:
    exercise, sets = item.exercise, item.summary["sets"]
    reps = repetitions(item.summary)
    prescribed = f"prescribed {exercise['sets']:g} sets of {exercise['repetitions']:g}"
    yield "Repetitions", f"{len(reps)} in {count_words(len(sets), 'set')}", prescribed
    known = measured(reps)
    rom, hold = MEASURES["repetitions"]
    spread = Spread.of(rep["hold_s"] for rep in known)
    if spread is not None:
        target_s = exercise["target_hold_s"]
        reached = sum(rep["hold_s"] >= target_s for rep in known)
        yield (
            hold.title,
            hold.words(spread.median),
            f"prescribed {target_s:g} s or longer: {reached} of {len(known)}",
        )
    spread = Spread.of(rep["rom_deg"] for rep in known)
    if spread is not None:
        yield rom.title, rom.words(spread.median), f"{range_words(rom, spread)}, least to greatest"
        slow = sum(_is_slow(item, rep) for rep in known)
        lift, lower = (Spread.of(rep[key] for rep in known) for key in ("lift_s", "lower_s"))
        if lift and lower:
            limits = " and ".join(dict.fromkeys(f"{exercise[key]:g} s" for key in ("target_lift_s", "target_lower_s")))
            words = f"prescribed {limits} or slower: {slow} of {len(known)}"
            yield "Lift and lowering", f"{lift.median:.1f} s, {lower.median:.1f} s", words


def _is_slow(item: Item, rep: RepetitionRow) -> bool:
    exercise = item.exercise
    return rep["lift_s"] >= exercise["target_lift_s"] and rep["lower_s"] >= exercise["target_lower_s"]


def _stretch_tiles(item: Item) -> Iterator[Tile]:
    exercise, holds = item.exercise, item.summary["holds"]
    done, target_s = amount(item), exercise["target_hold_s"]
    prescribed = f"prescribed {done.prescribed} of {target_s:g} s or more"
    yield "Holds", f"{len(holds)}", prescribed
    angle, duration = MEASURES["stretch"]
    lengths, angles = Spread.of(h["duration_s"] for h in holds), Spread.of(h["angle_deg"] for h in holds)
    if lengths and angles:
        yield "Long enough", f"{done.done} of {len(holds)}", f"held {target_s:g} s or more"
        held_s = sum(hold["duration_s"] for hold in holds)
        yield "Held in all", duration_words(held_s), f"{range_words(duration, lengths)} each"
        yield angle.title, angle.words(angles.median), "against the vertical, backwards positive"


def _thomas_tiles(item: Item) -> Iterator[Tile]:
    (measure,) = MEASURES["thomas"]
    done, value = amount(item), measure.of(item)
    angles = Spread.of(trial.thigh_angle_deg for trial in item.log.trials)
    yield "Trials", f"{done.done}", f"prescribed {done.prescribed}"
    if value is None or angles is None:
        yield "Result", "none", f"it takes {FEWEST_TRIALS} settled trials"
        return
    where = "level with" if measure.words(value) == "0.0°" else "above" if value > 0 else "below"
    yield "Thigh", measure.words(abs(value)), f"{where} the horizontal, median of the trials"
    apart = angles.greatest - angles.least
    words = "the trials agree" if apart <= measure.least_change else "the trials disagree: test again"
    yield "Least to greatest trial", measure.words(apart), words
