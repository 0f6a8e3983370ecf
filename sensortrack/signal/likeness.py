"""Is a trip like its neighbours? Who the neighbours are is in `sets`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from sensortrack.signal.judging import LONGEST_HOLD_S, Judged
from sensortrack.signal.sagittal import Direction, along
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import Trip
from sensortrack.signal.usual import FULL_SHARE, LONE_TRIPS, Usual

ELSEWHERE_DEG = 35.0
"""A trip that starts so far from the usual rest pose is not from hands and knees: heels and chairs are 50 degrees away
and more."""

SET_TRIPS = 3
LONE_HOLD_SHARE = 0.5
LONE_HOLD_S = 0.6
"""A lone trip, held half as long as the others' usual and they at least this long, is on the way into or out of the
position."""

BRIEF_SHARE = 0.5
BRIEF_HOLD_S = 0.8
LONG_HOLD_S = 1.5
"""Smaller than the usual, half as long, and not held among others that are held for long: leaving the position (the
end of two public bird-dog recordings). Low or fast alone never rejects."""

DRAWN_OUT = 2.5
DRAWN_OUT_SMALL = 1.5
"""Against the others' usual duration: with a hold of `LONGEST_HOLD_S` and more this long is a rest in another pose; a
smaller one this long is on the way into the position (12 000 simulated home repetitions: 1.7 times at most, and none
of the smaller ones 1.5 times)."""

STRANGE = {True: 6.5, False: 5.5}
"""With a gyroscope and without one. Without it heights hardly tell getting up or down from a repetition, but
everything together does: how far an end of a set is from what is usual in duration, pace and hold, how much smaller
it is, how much higher or lower it seems to end, and how far it stands apart. Weights and bound are near those of a
logistic regression on the ends of the sets of 2400 simulated recordings without a gyroscope. With weights from one
half of them, of the other half's ends 27 in 9500 repetitions are lost, and 219 in 540 others taken for one. With a
gyroscope none of 7356 ends in two other simulators comes to 5.5; real people vary more than simulated ones, so it
takes more there."""

LONGER_S = 4.0  # a pause that is longer by more than this says no more
BEGINS_S = 2.0
"""What stands alone after the last set may be the first of the next: it is taken to be so far apart only, or its count
would be told late."""

UNEVEN = 1.2
UNEVEN_PHASE = 1.6
UNEVEN_S = 0.5
UNEVEN_PACE = 1.4
UNEVEN_ROM = 1.2
"""A trip that stands alone is asked for its rhythm: so many times as long or as short as usual, the lift or the
lowering still more and by half a second, and not in proportion or not as far (simulated sessions: 0.5 % of
repetitions, half of what else looks like one)."""

BESIDE_S = 2.0
"""So near to strides, a trip that is lone or not held is part of getting into or out of the position. Of 4 s the second
of two kicks is lost whose person stands up at once."""

CLIMB_ODD = 1.0
"""Ending higher or lower by this much against what an error may be (`Trip.climb`), a trip that is odd anyhow is getting
up or down. Of others the height does not decide: without a gyroscope a knee's landing, sampled at 25 Hz, may look like
0.9 m (simulated kicks)."""

AT_ONCE_S = 0.1
BROKEN_OFF_SHARE = 0.7
"""Lowered in less than this share of the usual time, and no rest before the thigh goes on with another kind of
movement: coming up from hands and knees leads through the top of a small kick and on. Low or fast alone never rejects
(design choice; simulated kicks: with 0.8 one of 550 recordings is lost, with 0.7 none)."""

ODD_SHARE = 0.6
"""A trip that is this much smaller than its neighbours is looked at more closely: did the hip go up or down with it?"""

APART_DEG = 50.0
TOO_FAR = 1.6
"""A trip that leads another way, or so many times as far, as those of a set is none of its repetitions: the sensor
is in the hand, or the person sits down or picks something up (simulated home sessions: repetitions within 44 degrees
and 1.2 times at most)."""

_ELSEWHERE_COSINE = math.cos(math.radians(ELSEWHERE_DEG))
_TENFOLD = math.log(10.0)
_APART_COSINE = math.cos(math.radians(APART_DEG))


def leads_away(judged: Judged, rest: Direction, across: Direction, rom_deg: float) -> bool:
    """Whether a trip begins elsewhere, leads another way or much farther than is usual; directions of any length.

    Forth or back along that way is not asked here: the exercise knows whether it has a sign.
    """
    if judged.trip.rom_deg > TOO_FAR * rom_deg:
        return True
    near = along(rest, judged.rest) >= _ELSEWHERE_COSINE * math.hypot(*rest)
    return not (near and abs(along(across, judged.across)) >= _APART_COSINE * math.hypot(*across))


def are_like(one: Judged, other: Judged) -> bool:
    """Whether two trips lead the same way, about as far, from about the same pose."""
    return along(one.across, other.across) > 0.0 and not (
        leads_away(one, other.rest, other.across, other.trip.rom_deg)
        or leads_away(other, one.rest, one.across, one.trip.rom_deg)
    )


def middle_of(rests: list[Direction]) -> Direction:
    """Give the mean direction of rest poses."""
    x, y, z = (sum(axis) for axis in zip(*rests, strict=True))
    length = math.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length)


def are_elsewhere(trips: Iterable[Judged], usual: Direction) -> list[bool]:
    """Whether trips started far from the usual rest pose."""
    x, y, z = usual
    rests = [each.rest for each in trips]
    return [x * one + y * other + z * third < _ELSEWHERE_COSINE for one, other, third in rests]


def is_unheld(judged: Judged, usual: Usual) -> bool:
    """Whether a trip is hardly held where the usual one is."""
    if usual.full <= SET_TRIPS:
        return False
    return usual.hold_s >= LONE_HOLD_S and judged.hold_s < LONE_HOLD_SHARE * usual.hold_s


def is_unlike(judged: Judged, usual: Usual, *, inside: bool) -> bool:
    """Whether a trip takes much less or much more time than is usual; `inside` a set only a long rest is none of it."""
    if usual.full <= LONE_TRIPS:
        return False
    if judged.trip.rom_deg < FULL_SHARE * usual.rom_deg and not inside:
        brief = judged.hold_s <= BRIEF_HOLD_S and judged.duration_s < BRIEF_SHARE * usual.duration_s
        return (brief and usual.hold_s > LONG_HOLD_S) or judged.duration_s > DRAWN_OUT_SMALL * usual.duration_s
    return judged.hold_s >= LONGEST_HOLD_S and judged.duration_s > DRAWN_OUT * usual.duration_s


def is_strange(row: Sequence[Judged], usual: Usual, apart_s: float | None = None) -> bool:
    """Whether the first of a row is more likely part of getting into or out of the position than a repetition.

    How far it stands apart is told, or seen in the row.
    """
    judged = row[0]
    if usual.full <= SET_TRIPS:
        return False
    event, hold_s, usual_s = judged.event, judged.hold_s, usual.hold_s
    log_pace = math.log(_ratio(event.lift_s, usual.lift_s) / _ratio(event.lower_s, usual.lower_s))
    evidence = (
        3.3 * abs(math.log(_ratio(judged.duration_s, usual.duration_s)))
        + 1.2 * min(abs(log_pace), _TENFOLD)
        + 1.9 * min(abs(hold_s - usual_s) / (usual_s + 0.5), 2.0)
        + 2.5 * max(math.log(usual.rom_deg / judged.trip.rom_deg), 0.0)
        + 1.3 * min(judged.climb, 2.0)
    )
    lacking = STRANGE[judged.trip.with_gyroscope] - evidence
    if lacking >= 0.9 * LONGER_S:  # mostly
        return False
    return 0.9 * min(max(_longer_s(row) if apart_s is None else apart_s, 0.0), LONGER_S) > lacking


def _longer_s(row: Sequence[Judged]) -> float:
    """How much longer the pause is that parts the first of a row, or the first two, than most of those after it."""
    pauses_s = [pause_s(one.trip, other.trip) for one, other in pairwise(row)]
    others_s = sorted(pauses_s[2:])
    return max(pauses_s[:2]) - others_s[3 * len(others_s) // 4] if others_s else 0.0


def is_broken_off(judged: Judged, after: Judged, usual: Usual) -> bool:
    """Whether a trip that was lowered much quicker than is usual goes over into the next one without a rest."""
    at_once = after.trip.start_s - judged.trip.end_s < AT_ONCE_S
    return at_once and judged.trip.with_gyroscope and judged.event.lower_s < BROKEN_OFF_SHARE * usual.lower_s


def is_uneven(judged: Judged, usual: Usual) -> bool:
    """Whether a trip takes another time than is usual, and not because it is quicker or slower in all."""
    if judged.trip.with_gyroscope or usual.full <= SET_TRIPS:
        return False
    lift = _ratio(judged.event.lift_s, usual.lift_s)
    lower = _ratio(judged.event.lower_s, usual.lower_s)
    apart_s = max(abs(judged.event.lift_s - usual.lift_s), abs(judged.event.lower_s - usual.lower_s))
    if (
        apart_s < UNEVEN_S
        or max(_factor(lift), _factor(lower)) < UNEVEN_PHASE
        or _factor(_ratio(judged.duration_s, usual.duration_s)) < UNEVEN
    ):
        return False
    return _factor(lift / lower) > UNEVEN_PACE or _factor(judged.trip.rom_deg / usual.rom_deg) > UNEVEN_ROM


def _ratio(one_s: float, other_s: float) -> float:
    """One duration against another; a phase that takes no time is taken for a step of the grid."""
    step_s = 1.0 / GRID_HZ
    return max(one_s, step_s) / max(other_s, step_s)


def _factor(ratio: float) -> float:
    """How many times as much or as little."""
    return max(ratio, 1.0 / ratio)


def pause_s(one: Trip, other: Trip) -> float:
    """Time between two trips, whichever came first."""
    return max(one.start_s - other.end_s, other.start_s - one.end_s)
