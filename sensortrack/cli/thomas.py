"""The Thomas test in words: the steps that are spoken, the result of the trials, one leg against the other."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from sensortrack.cli.wording import clock_words, count_words
from sensortrack.model.trend import COMPARABLE_DAYS, FEWEST_TRIALS, NOISE, exceeds

if TYPE_CHECKING:
    from sensortrack.cli.streaming import Stream
    from sensortrack.model.events import ThomasAngle
    from sensortrack.store.session import Session
    from sensortrack.store.store import Store

STEPS = (
    ("Stand still", 7.0),
    ("Sit on the edge of a table or a firm bed", 7.0),
    ("Lie back and bring both knees to the chest", 8.0),
    ("Hold the other knee, let this leg hang, keep the back flat. Stay so until you hear the next", 0.0),
)
"""What is said, and how long it takes people; the trials themselves are told by the announcer as they settle."""

CAVEAT = (
    "One sensor on the thigh cannot see the pelvis: the angle holds only if the back stayed flat on the table. "
    "It is a measurement, not a diagnosis."
)


def thomas_lines(trials: Sequence[ThomasAngle]) -> list[str]:
    """Say each trial, then their median and spread; too few give none."""
    lines = [
        f"Trial {number} at {clock_words(trial.start_s)}: {angle_words(trial.thigh_angle_deg)} "
        f"(scatter {trial.spread_deg:.1f}°)"
        for number, trial in enumerate(trials, start=1)
    ]
    if len(trials) < FEWEST_TRIALS:
        found = f"{count_words(len(trials), 'trial')} settled" if trials else "no trial settled"
        lines.append(
            f"No result: {found}, it takes {FEWEST_TRIALS}. Stand still at the start; then, three times, knee to "
            "the chest, let the leg hang and keep still for some seconds."
        )
        return lines
    angles = [trial.thigh_angle_deg for trial in trials]
    spread_deg = max(angles) - min(angles)
    lines.append(
        f"Thigh {angle_words(median(angles))}: median of {len(angles)} trials, {spread_deg:.1f}° from least to greatest"
    )
    if exceeds(spread_deg, NOISE["deg"]):
        lines.append(
            f"The trials differ by more than the {NOISE['deg']:g}° that one leg's tests do: "
            "do them again, the back flat."
        )
    return lines


def angle_words(angle_deg: float) -> str:
    """Say an angle against the horizontal."""
    return f"{abs(angle_deg):.1f}° {'above' if angle_deg > 0 else 'below'} the horizontal"


def against_the_other_leg(streams: Sequence[Stream], store: Store) -> str:
    """Compare left with right: of two sensors, or with the newest test of the other leg in the week before."""
    from sensortrack.store.analyses import results

    angles = {stream.side: _median(stream.session.log.trials) for stream in streams}
    recorders = [stream.recorder for stream in streams if stream.recorder is not None]
    if None in angles or not recorders:
        return "Tell which leg it was with --side, to have left compared with right."
    if len(streams) == 1:
        this = store.session(str(recorders[0].session_id))
        other = _newest_of_other_leg(store, this)
        if other is None:
            return f"The other leg has not been tested in the last {COMPARABLE_DAYS} days: do it next, to compare."
        angles[other.side] = _median(results(store, other).trials)  # as it was corrected since
    left, right = angles.get("left"), angles.get("right")
    if left is None or right is None:
        return "Left cannot be compared with right: one of them has no result."
    apart_deg = abs(left - right)
    higher = f"the {'left' if left > right else 'right'} thigh hangs {apart_deg:.1f}° higher"
    words = higher if exceeds(apart_deg, NOISE["deg"]) else f"{apart_deg:.1f}° apart, within measurement noise"
    return f"Left {angle_words(left)}, right {angle_words(right)}: {words}."


def _newest_of_other_leg(store: Store, this: Session) -> Session | None:
    fitting = [
        each
        for each in store.sessions()
        if each.exercise == this.exercise
        and each.person == this.person
        and each.side is not None
        and each.side != this.side
        and abs((this.started_at - each.started_at).days) < COMPARABLE_DAYS
    ]
    return max(fitting, key=lambda each: each.started_at, default=None)


def _median(trials: Sequence[ThomasAngle]) -> float | None:
    return median(trial.thigh_angle_deg for trial in trials) if len(trials) >= FEWEST_TRIALS else None
