"""Rest or top? Which of the two poses that a movement goes between is the one of rest.

A trip from the top down and up again looks like a repetition. What follows tells them apart: people stay long in the
pose of rest and leave for another position from there; and a kick lifts the sensor. Then what was seen from the top is
looked at again the right way up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.judging import STRIDE_S
from sensortrack.signal.level import RETURN_SHARE
from sensortrack.signal.poses import POSE_S, Poses
from sensortrack.signal.trip import Trip
from sensortrack.signal.vectors import chord_of, distance

INVERTED_DEG = 14.0
INVERTED_M = {True: 0.03, False: 0.07}
SAME_TOP_DEG = 15.0
SAME_SIZE = 0.6
FIRST_TRIPS = 5
TOP_S = 8.0
"""Trips in a row, from the beginning on, with pauses as short as holds at the top, that lead down by this (a kick lifts
the sensor): the recording began at the top. Two that end about as high as they began are enough; else the median of
up to `FIRST_TRIPS`. Without a gyroscope heights are known worse: it takes more, and three trips (simulated kicks at
home without one: seen from rest they rise by 0.02 m and more in 95 %, seen from the top they fall by 0.08 m in the
median)."""

LONGEST_TOP_S = 4.0
LONGER_THAN_HELD = 1.5
LIKE_NEXT = 2.0
AS_FAR = 0.75
"""A pose that was rested in for longer, and by so much longer than the first trip was held, is none that trips turn in,
however little they lift, if that trip is like the next one: no more than twice as slow and as long held, and as far.
From lying on the front the first one leads to hands and knees, and is not (design choices)."""

SLIGHT_M = 0.06
"""With a gyroscope, less than this is believed only if the thigh is calmer where it turns than where it rests: a leg in
the air is less calm than a knee on the floor, while the hip of a person who lifts a leg may sink by some centimetres
(two independent simulators: 85 to 92 % of the held tops are less calm than the rests beside them)."""

KNOWN_TRIPS = 3
"""After so many from the same pose, heights turn nothing over: the hip of a person who lifts a leg may sink by more
than the leg lifts the sensor."""

MIRRORED_TRIPS = 2
MIRRORED_S = 8.0
"""After two trips, one the other way round soon after (holds are shorter): a rest between was missed. After more than
`KNOWN_TRIPS` it may be any time after: people lie on the front between sets, with the thigh as in a kick."""

GROUND_S = 12.0
GROUND_NEAR_DEG = 45.0
"""Resting this long in a pose, it cannot be the top of trips from one nearby (holds are shorter). Farther ones may be
another position: after kicks people lie down, or sit on the heels and come back to hands and knees."""

ELSEWHERE_SHARE = 1.3
"""Going on to a pose that is so much farther from the one where trips began than their top is: nobody leaves for
another position from the top of a repetition."""

CALM_S = 0.8
CALM_EDGE_S = 0.15
"""How calm a pose is shows between these before a movement, and so long after and before one at a top."""

_NEWEST = 20  # trips in a row that may have been seen from the top


class Rested(NamedTuple):
    """A calm pose (3,), and when."""

    pose: FloatArray
    at_s: float


class Restart(NamedTuple):
    """Look again from `begin_s` on, from a pose that stands since `stands_s`; what began from `since_s` on is void.

    Where heights say so, `fallen_m` is how far what was seen leads down; what is seen then must lead down less.
    """

    rest: FloatArray
    stands_s: float
    begin_s: float
    since_s: float
    fallen_m: float | None = None

    def is_worse(self, again: list[Trip]) -> bool:
        """Whether what is seen when looking again leads down still more."""
        seen = [each for each in again if each.rom_deg > INVERTED_DEG]
        return self.fallen_m is not None and bool(seen) and _fallen_m(seen) > self.fallen_m


class Upside:
    """Follow trips and stays; tell when trips were seen from the top.

    Parameters
    ----------
    least_deg
        Smaller trips are not looked at.
    """

    def __init__(self, least_deg: float) -> None:
        self._least_deg = least_deg
        self._first: list[Trip] | None = None  # trips since a pose was taken for rest, while it may be the top
        self._begun_s = 0.0
        self._calm: Rested | None = None  # last calm pose when the newest trip was closed ...
        self._before: Rested | None = None  # ... and before the first ones
        self._row: list[Trip] = []  # the newest trips
        self._proven: FloatArray | None = None  # pose that was taken for a top and proved to be one of rest

    def begin(self, begun_s: float) -> None:
        """Note that the first pose of a stream was taken for rest; it may be the top."""
        self._first, self._begun_s, self._before = [], begun_s, None

    def close(self, poses: Poses, trip: Trip, calm: Rested | None, *, older: bool) -> Restart | None:
        """Take a trip, and the last calm pose; `older`: its rest pose is not the newest, it may be like a top."""
        before, self._calm = self._calm, calm
        restart = self._began_at_top(poses, trip, before) or self._missed_rest(trip)
        if restart is not None:
            return restart
        if older and self._first is None:
            self._first, self._before = [trip], before
        is_stride = trip.passed and trip.end_s - trip.start_s < STRIDE_S  # says nothing of rest and top
        if trip.rom_deg > self._least_deg and not is_stride:
            self._row = [*self._row[1 - _NEWEST :], trip]
        return None

    def stay(self, rest: Rested) -> Restart | None:
        """Take a pose that proves to be one of rest; `at_s` is when it was reached."""
        seen: list[Trip] = []
        next_s = rest.at_s
        for each in reversed(self._row):
            if next_s - each.end_s > GROUND_S or not _is_top(each, rest.pose):
                break
            next_s = each.start_s
            seen.append(each)
        if not seen or any(each.rested_s > TOP_S for each in seen):  # no top is held for so long
            return None
        self._row, self._proven, early = [], rest.pose, seen[-1]
        return Restart(early.top, early.top_start_s, early.top_end_s, early.start_s)

    def _began_at_top(self, poses: Poses, trip: Trip, calm: Rested | None) -> Restart | None:
        """Whether the first trips from a pose show that it is the top of repetitions; `calm` was the pose before.

        Where the second is not like the first, that was something else, and the second is the first.
        """
        if self._first is None or trip.rom_deg <= INVERTED_DEG or self._is_proven(trip):
            return None
        before_s = self._first[-1].end_s if self._first else self._begun_s
        in_a_row = trip.start_s - before_s < TOP_S and all(are_alike(each, trip) for each in self._first)
        trips = [*self._first, trip] if in_a_row else []
        if not in_a_row and len(self._first) == 1:
            trips, self._before = [trip], calm
        self._first = trips if 0 < len(trips) < FIRST_TRIPS else None
        if not _lead_down(poses, trips) or _begin_at_rest(trips):
            return None
        self._first, early, before = None, trips[0], self._before
        if sum(_are_same(each, trip) for each in self._row) >= KNOWN_TRIPS + len(trips) - 1:
            return None
        self._row = []
        fallen_m = _fallen_m(trips)
        if before is not None and distance(before.pose, early.top) < RETURN_SHARE * chord_of(early.rom_deg):
            # before it came to the top
            return Restart(early.top, before.at_s - POSE_S, before.at_s, early.start_s, fallen_m)
        return Restart(early.top, early.top_start_s, early.top_end_s, early.start_s, fallen_m)

    def _is_proven(self, trip: Trip) -> bool:
        return self._proven is not None and _is_near(trip.rest, self._proven, RETURN_SHARE * trip.rom_deg)

    def _missed_rest(self, trip: Trip) -> Restart | None:
        """Whether a trip is one of those before, seen from its top."""
        if not self._row or trip.rom_deg <= INVERTED_DEG:
            return None
        as_the_last = _is_near(trip.rest, self._row[-1].rest, INVERTED_DEG)
        if as_the_last and not _are_mirrored(self._row[0], trip):  # mostly
            return None
        before = [each for each in self._row if _are_mirrored(each, trip)]
        if len(before) < MIRRORED_TRIPS:
            return None
        good = before[-1]
        if not as_the_last and trip.start_s - good.end_s < MIRRORED_S:
            self._row = before
            return Restart(good.rest, good.end_s, good.end_s, good.end_s)
        if len(before) <= max(KNOWN_TRIPS, sum(_are_same(each, trip) for each in self._row)):
            return None
        self._row = before
        return Restart(trip.top, trip.top_start_s, trip.top_end_s, trip.start_s)


def leaves(pose: FloatArray, rest: FloatArray, top: FloatArray) -> bool:
    """Whether a pose is another position than the two that trips go between."""
    far = distance(rest, top)
    return distance(pose, rest) > ELSEWHERE_SHARE * far and distance(pose, top) > RETURN_SHARE * far


def are_alike(one: Trip, other: Trip) -> bool:
    """Whether two trips may be repetitions of the same movement."""
    return _is_near(one.top, other.top, SAME_TOP_DEG) and _is_as_far(one, other)


def _are_same(one: Trip, other: Trip) -> bool:
    """Whether two trips go between the same two poses, from the same one."""
    return _is_near(one.rest, other.rest, SAME_TOP_DEG) and are_alike(one, other)


def _are_mirrored(one: Trip, other: Trip) -> bool:
    """Whether two trips go between the same two poses, each from where the other one turns."""
    near_deg = RETURN_SHARE * min(one.rom_deg, other.rom_deg)
    same = _is_near(one.top, other.rest, near_deg) and _is_near(one.rest, other.top, near_deg)
    return same and _is_as_far(one, other)


def _is_top(trip: Trip, pose: FloatArray) -> bool:
    """Whether a pose is the top of a trip from one nearby."""
    near = trip.rom_deg < GROUND_NEAR_DEG and _is_near(trip.top, pose, RETURN_SHARE * trip.rom_deg)
    return near and not _is_near(trip.rest, pose, (1.0 - RETURN_SHARE) * trip.rom_deg)


def _is_near(one: FloatArray, other: FloatArray, within_deg: float) -> bool:
    return distance(one, other) < chord_of(within_deg)


def _is_as_far(one: Trip, other: Trip) -> bool:
    return SAME_SIZE < one.rom_deg / other.rom_deg < 1.0 / SAME_SIZE


def _lead_down(poses: Poses, trips: list[Trip]) -> bool:
    """Whether trips are from the top to the rest pose and back: two without a doubt, or more on the whole."""
    if len(trips) < 2:
        return False
    with_gyroscope = trips[0].with_gyroscope
    least_m = INVERTED_M[with_gyroscope]
    if len(trips) == 2 and not (
        with_gyroscope and all(each.top_risen_m < -least_m and each.climb < 1.0 for each in trips)
    ):
        return False
    middle_m = _fallen_m(trips)
    return middle_m > least_m and not (with_gyroscope and middle_m < SLIGHT_M and _restless_tops(poses, trips))


def _begin_at_rest(trips: list[Trip]) -> bool:
    """Whether the first of some trips left a pose that was rested in for long, and was much as the next one."""
    one, other = trips[:2]
    hold_s = one.top_end_s - one.top_start_s
    as_long = hold_s < LIKE_NEXT * (other.top_end_s - other.top_start_s)
    as_quick = one.top_start_s - one.start_s < LIKE_NEXT * (other.top_start_s - other.start_s)
    as_far = AS_FAR < one.rom_deg / other.rom_deg < 1.0 / AS_FAR
    return one.rested_s > max(LONGEST_TOP_S, LONGER_THAN_HELD * hold_s) and as_long and as_quick and as_far


def _fallen_m(trips: list[Trip]) -> float:
    """How far trips lead down in the median."""
    return sorted(-each.top_risen_m for each in trips)[(len(trips) - 1) // 2]


def _restless_tops(poses: Poses, trips: list[Trip]) -> bool:
    """Whether the thigh turns more where trips are held than right before half of them or more."""
    oldest = poses.oldest(poses.row_at(trips[-1].end_s))
    seen = [each for each in trips if poses.row_at(each.start_s - CALM_S) >= oldest]
    held = [each for each in seen if each.top_end_s - each.top_start_s > 3.0 * CALM_EDGE_S]
    more = sum(
        _sway(poses, each.top_start_s + CALM_EDGE_S, each.top_end_s - CALM_EDGE_S)
        > _sway(poses, each.start_s - CALM_S, each.start_s - CALM_EDGE_S)
        for each in held
    )
    return 2 * more >= len(trips)


def _sway(poses: Poses, begin_s: float, end_s: float) -> float:
    """How fast the thigh turns in the quieter moments of a pose: parts of a movement may be among the others."""
    begin = max(poses.row_at(begin_s), 0)
    rows = slice(begin, max(poses.row_at(end_s), begin + 1))
    return float(np.quantile(poses.speed[rows], 0.25))
