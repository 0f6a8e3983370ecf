"""A trip: the thigh leaves a pose and comes back to it. How one is measured, and what its heights tell."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.phases import Phases, cut_phases, plane_angle_deg, rows_to_go
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import degrees_of, unit

HEIGHT_S = 3.0
"""Without a gyroscope (its smear is larger) the vertical is only the size of the specific force: in public bird-dog
recordings trips longer than this seem to end higher or lower by 0.46 m in one of ten and up to 1.7 m, shorter ones by
0.17 m."""

HIGHEST_M = {True: 1.0, False: 0.6}
"""Between kneeling and standing a thigh goes up or down by half a metre; more than this is an error, with a gyroscope
and without one (simulated sessions, 3 % of the packets lost)."""

MOVING_M_S2 = 0.8
"""Pushed so much more or less than at the start, the sensor does not rest yet, and how high it ended is not known.
Without a gyroscope a quick lowering seems to be over before it is (simulated sessions: trips that seem to end 0.5 to
1.0 m higher; with 0.5 m/s² instead as many recordings are right)."""

QUICKEST_S = 0.6
"""A trip that is over sooner is a jolt: nobody lifts and lowers a leg in less (design choice; the quickest simulated
kicks take 1.3 s)."""

SMEAR_S = {True: 0.012, False: 0.03}
"""The smoothing widens a movement by this at each end, with a gyroscope and without one."""

LEVER_S = 0.16
"""Without a gyroscope the sensor's own acceleration does more: as the thigh speeds up it looks like a rotation, where
it is at right angles to gravity. It is at a vertical thigh, the less so the farther that turns, and not of one that
lies (simulated kicks: widened by 0.19 s at rest, 0.17 s at 40 degrees, 0.04 s at 90; legs lifted lying: 0.02 s)."""

LEVER_AT_END = 0.65
"""Of that at the end of a lowering: the same kicks are widened by 0.13 to 0.19 s there, but the earlier an end is put,
the later after it it is told (design choice between the two)."""

TOP_SHARE = 0.8
"""Farther than this share of the farthest is the top (design choice)."""

REST_ROWS = round(0.5 * GRID_HZ)
"""The rest angle is a median over at most this, half a second."""

_OUTSIDE = round(0.1 * GRID_HZ)


class Trip(NamedTuple):
    """A closed trip: its phases in session time, its poses, and how it ended.

    Parameters
    ----------
    start_s, top_start_s, top_end_s, end_s, decided_s
        Session time.
    rom_deg
        Rotation from rest to top, in the trip's own plane; positive.
    rest, top
        (3,) directions of gravity.
    with_gyroscope
        Whether a gyroscope helped: without one, quick turns are smeared into swings, and heights are poor.
    start_smear_s, top_smear_s, end_smear_s
        How much too early its movements seem to begin, and too late to end: at the start, at the top, at the end.
    passed
        True where the thigh went through the rest pose without stopping.
    inside_deg
        How far the rest pose is from one that was left for it a short while ago: the trip may be a pulse; else 0.
    risen_m, top_risen_m
        How much higher the sensor is at the end (0 where it did not rest there yet), and at the beginning of the hold,
        than at the start.
    unseen
        Whether its rest pose was known only later: it passed there without resting.
    rested_s
        How long the rest pose was kept before, where that was seen.
    """

    start_s: float
    top_start_s: float
    top_end_s: float
    end_s: float
    decided_s: float
    rom_deg: float
    rest: FloatArray
    top: FloatArray
    with_gyroscope: bool
    start_smear_s: float
    top_smear_s: float
    end_smear_s: float
    passed: bool
    inside_deg: float
    risen_m: float
    top_risen_m: float
    unseen: bool = False
    rested_s: float = 0.0

    @property
    def height_known(self) -> bool:
        """Whether the heights mean anything: without a gyroscope only those of quick trips do."""
        return self.with_gyroscope or self.end_s - self.start_s < HEIGHT_S

    @property
    def climb(self) -> float:
        """How much higher or lower the trip ended, against what it may seem to by error.

        Integrated twice, an error grows with the square of the duration (simulated home sessions with a gyroscope:
        repetitions below 0.5 in 99 %; kneeling down above 1.3 in three of four, standing up above 0.8).
        """
        if not self.height_known or abs(self.risen_m) > HIGHEST_M[self.with_gyroscope]:
            return 0.0
        return abs(self.risen_m) / (0.12 + 0.025 * (self.end_s - self.start_s) ** 2)


def measure(
    poses: Poses,
    rest: FloatArray,
    rows: tuple[int, int, int],
    *,
    passed: bool = False,
    slow: bool = False,
    inside: float = 0.0,
    rested_s: float = 0.0,
) -> Trip:
    """Cut a trip from a rest pose into phases.

    Parameters
    ----------
    rest
        (3,) the pose that was left.
    rows
        Where to look from, where the trip ended, and where that was known.
    slow
        Whether the thigh was slow there, and may still have had a little to go.
    inside
        How far the rest pose is from one left shortly before, as a chord.
    passed, rested_s
        See `Trip`.
    """
    begin, end, row = rows
    begin = max(0, min(begin, end - 6))
    up = poses.up[begin : end + 1]
    top = _top(up, rest)
    angle_deg = plane_angle_deg(up, rest, top)
    phases = cut_phases(angle_deg, REST_ROWS)
    rom_deg = phases.top_deg - phases.rest_deg
    lever_s = 0.0 if poses.with_gyroscope else LEVER_S * _across_gravity(angle_deg, poses.vertical[begin : end + 1])
    smear_s = SMEAR_S[poses.with_gyroscope]
    # heights from a little outside of a movement, where the sensor rests
    before = max(begin + round(phases.start) - _OUTSIDE, 0)
    at_end = min(begin + round(phases.end) + _OUTSIDE, end)
    at_top = min(begin + round(phases.top_start) + _OUTSIDE, end)
    risen_m, top_risen_m = poses.risen_m(before, at_end, at_top)
    if not poses.with_gyroscope and abs(poses.vertical[at_end] - poses.vertical[before]) > MOVING_M_S2:
        risen_m = 0.0
    return Trip(
        start_s=poses.time_s(begin, phases.start),
        top_start_s=poses.time_s(begin, phases.top_start),
        top_end_s=poses.time_s(begin, phases.top_end),
        end_s=poses.time_s(begin, phases.end + (_to_go(poses, begin, end, phases) if slow else 0.0)),
        decided_s=float(poses.arrival_s[row]),
        rom_deg=rom_deg,
        rest=rest,
        top=top,
        with_gyroscope=poses.with_gyroscope,
        start_smear_s=smear_s + lever_s,
        top_smear_s=smear_s + lever_s * max(math.cos(math.radians(rom_deg)), 0.0),
        end_smear_s=smear_s + LEVER_AT_END * lever_s,
        passed=passed,
        inside_deg=degrees_of(inside),
        risen_m=risen_m,
        top_risen_m=top_risen_m,
        rested_s=rested_s,
    )


def _top(up: FloatArray, rest: FloatArray) -> FloatArray:
    """Give the mean of the poses that are farther from rest, as a chord, than `TOP_SHARE` of the farthest.

    By inner products: the square of a chord is 1 + rest² - 2 up rest.
    """
    near = up @ rest
    most = 0.5 * (1.0 - TOP_SHARE**2) * (1.0 + float(rest @ rest)) + TOP_SHARE**2 * float(near.min())
    return unit((near <= most).astype(np.float64) @ up)


def _across_gravity(angle_deg: FloatArray, vertical: FloatArray) -> float:
    """How much of the sensor's own acceleration at rest is at right angles to gravity: 1 where the thigh is vertical.

    What is along gravity shows in the size of the specific force: the more of that the thigh's angular acceleration
    tells, the less is left. A vertical thigh has it along gravity only once it has turned: that is taken off first.
    """
    angle = np.radians(angle_deg[1:-1])
    turning = np.diff(angle_deg, 2)
    upright, lying = turning * np.sin(angle), turning * np.cos(angle)
    pushed = vertical[1:-1] - vertical[1:-1].mean()
    own = float(upright @ upright) or 1.0
    lying -= upright * (float(upright @ lying) / own)
    pushed -= upright * (float(upright @ pushed) / own)
    both, one, other = float(lying @ pushed), float(lying @ lying), float(pushed @ pushed)
    return 1.0 - both * both / (one * other) if both > 0.0 else 1.0


def _to_go(poses: Poses, begin: int, end: int, phases: Phases) -> float:
    """Rows until a lowering ends that goes on in the last row; at most those that smoothing is late."""
    if poses.with_gyroscope or phases.end < end - begin - 1:
        return 0.0
    return min(rows_to_go(poses.speed[begin + int(phases.top_end) : end + 1]), poses.delay_s * GRID_HZ)
