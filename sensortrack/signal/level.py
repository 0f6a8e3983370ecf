"""One remembered pose and the trip from it that is open: how far away the thigh is, and when it is back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensortrack.model.samples import BoolArray, FloatArray
from sensortrack.signal.phases import EDGE_SHARE
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import ACC_SMEAR_S
from sensortrack.signal.vectors import dot, norm

RETURN_SHARE = 0.4
"""Back is nearer than this share of the farthest: a pulse at the top stays above, a careless return below
(benchmark)."""

PASSING_SHARE = 0.35
"""Faster than this share of the return's fastest moment at the rest pose: the thigh swings through it (walking)."""

TURN_SHARE = 0.1
"""Leaving again by this share of the farthest: the trip ended at the turning point (repetitions without a pause)."""

PULSE_S = 10.0
"""Trips from a pose that was reached this soon may be pulses at the top of a hold (holds last up to 8 s)."""

RETURNING_S = 0.8
RETURNING_SHARE = 0.5
"""Without a gyroscope a lowering may seem to stop on its way: the sensor's own acceleration hides the last part. Going
on the same way this soon after, by less than this share of the trip, is the rest of the return (benchmark: 2 to 3 %
more recordings right)."""

_PULSE = round(PULSE_S * GRID_HZ)
_RETURNING = round(RETURNING_S * GRID_HZ)
SLOWEST = np.radians(1.5) / GRID_HZ  # sway is faster: a low, slow trip must not wait for less


@dataclass(slots=True, eq=False)
class Level:
    """One remembered pose and the trip from it that is open, if any; distances are chords on the unit sphere."""

    pose: FloatArray
    since: int  # grid index from which the pose stands
    left: int = -1  # grid index where the pose was left; -1 while resting
    peak: float = 0.0  # farthest so far, as a chord
    drop: float = 0.0  # fastest return so far, chord per sample
    last: float = 0.0  # newest chord
    low: float = 2.0  # nearest since it came near again
    low_at: int = -1  # grid index of that
    low_speed: float = 0.0  # chord per sample there
    grounded: bool = False  # rested in for long
    top: FloatArray | None = None  # top of the trip that came back to it
    reach: float = 0.0  # how far that was
    swings: int = 0  # times swung through without a stop; below 0, times stopped at


@dataclass(frozen=True, slots=True)
class Track:
    """A window of an open trip: distance from its pose, farthest and fastest return so far, and where it is back."""

    chord: FloatArray
    peak: FloatArray
    fastest: FloatArray
    under: int  # row from which the pose is near; the window's end if it is not
    back: int  # row where the trip is over; the window's end if it is not

    def keep(self, level: Level, poses: Poses, row: int, until: int) -> None:
        """Write what must be known in the next window into the level."""
        at = until - row
        level.last, level.peak, level.drop = float(self.chord[at]), float(self.peak[at]), float(self.fastest[at])
        if self.under <= until:
            lowest = self.under + int(np.argmin(self.chord[self.under - row : at + 1]))
            if self.chord[lowest - row] < level.low:
                level.low, level.low_at = float(self.chord[lowest - row]), poses.origin + lowest
                level.low_speed = float(poses.speed[lowest])


def beyond(poses: Poses, level: Level, row: int) -> bool:
    """Whether the thigh is on the other side of its pose from where it was farthest."""
    away = poses.up[max(0, level.left - poses.origin) : row + 1] - level.pose
    return float(dot(away[-1], away[int(np.argmax(norm(away)))])) < 0.0


def still_returning(level: Level, poses: Poses, row: int) -> bool:
    """Whether the thigh goes on the way back from the last trip, which seemed to be over beside the rest pose."""
    since = level.since - poses.origin
    if poses.smear_s < ACC_SMEAR_S or level.top is None or row - since > _RETURNING or poses.last_calm[row] >= since:
        return False
    apart = poses.up[row] - level.pose
    return float(dot(apart, level.top - level.pose)) < 0.0 and float(norm(apart)) < RETURNING_SHARE * level.reach


def inside(outside: list[Level], level: Level) -> float:
    """How far a pose is from the one that was left for it a short while ago, as a chord."""
    recent = [each for each in outside if level.since - each.left < _PULSE]
    return max((float(norm(each.pose - level.pose)) for each in recent), default=0.0)


def follow(level: Level, poses: Poses, row: int, stop: int, least: float) -> Track:
    """Follow the open trip of a level through rows ``row`` to ``stop``; nearer than the chord `least` is no trip."""
    apart = poses.up[row:stop] - level.pose
    chord = norm(apart)
    drop = np.concatenate(([level.last], chord[:-1])) - chord
    peak = np.maximum.accumulate(np.concatenate(([level.peak], chord)))[1:]
    fastest = np.maximum.accumulate(np.concatenate(([level.drop], drop)))[1:]
    near = (chord < RETURN_SHARE * peak) & (peak > least)
    under = row if level.low_at >= 0 else row + _first(near)
    if under >= stop:
        return Track(chord, peak, fastest, stop, stop)
    slow = near & (poses.speed[row:stop] < np.maximum(EDGE_SHARE * fastest, SLOWEST))
    back = min(row + _first(slow), _leaving_again(level, poses, under, chord[under - row :], peak, fastest))
    return Track(chord, peak, fastest, under, back)


def _leaving_again(
    level: Level, poses: Poses, under: int, chord: FloatArray, peak: FloatArray, fastest: FloatArray
) -> int:
    """Row where the thigh, near its pose since row `under`, has turned there or swung through."""
    peak, fastest = peak[-len(chord) :], fastest[-len(chord) :]
    speed = poses.speed[under : under + len(chord)]
    low = np.minimum.accumulate(np.concatenate(([level.low], chord)))[1:]
    lowest = np.maximum.accumulate(np.where(chord <= low, np.arange(len(chord)), -1))
    low_speed = np.where(lowest >= 0, speed[lowest], level.low_speed)
    turned = (chord > low + TURN_SHARE * peak) & (low_speed < PASSING_SHARE * fastest)
    return under + _first(turned | (chord > RETURN_SHARE * peak))


def _first(flags: BoolArray) -> int:
    """Place of the first True; the length where there is none."""
    return int(np.argmax(flags)) if flags.any() else len(flags)
