"""A lean into a stretch: when it began, whether it goes on, and when its release began.

Sinking deeper, tremor and a short wobble do not end it. A release is found while it is still going on: its beginning is
reckoned from how far and how fast the angle has fallen, on a minimum-jerk movement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sensortrack.model.events import Hold
from sensortrack.model.samples import FloatArray
from sensortrack.signal.phases import EDGE_SHARE, plane_angle_deg, rate_deg_s
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Direction
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import angle_deg, chord_of, degrees_of, direction, dot, first, norm, unit

LEAST_LEAN_DEG = 11.5
"""Settled nearer to the vertical is upright: half-kneeling people stand at 0 to 8 degrees, a stretch begins at 15."""

STRETCH_DEG = 15.0
"""A lean as far as a stretch that was released speaks for the pose that it began in; less may be a front leg's."""

TOO_DEEP_DEG = 60.0
"""Nobody sinks so far: what was taken for a stretch was another pose, upright perhaps, and the thigh is flexed now."""

FALL_DEG = 2.0
"""Fallen by this within a second is a release (benchmark: later tells later, sooner ends holds at a
sway)."""

QUICK_FALL_DEG = 1.1
QUICK_FALL_DEG_S = 4.0
"""Or by this, at this rate."""

TREMBLES = 4.0
TREMBLED_S = 2.0
"""And by so many times what it trembled in the seconds before: without a gyroscope a strong tremor throws the angle to
and fro by some degrees (of normal noise one sample in 30 000 falls so far; in 150 home recordings of a simulator with
strong tremors durations are off by 0.38 instead of 0.44 s)."""

LONGEST_AGO_S = 0.5
"""A release that is found now did not begin longer ago (design section 5); what falls more slowly before it is sinking
back."""

RESUME_SHARE = 0.6
RESUME_S = 4.0
LOWEST_SHARE = 0.35
"""Settled again this soon, at this share of the hold's angle or more (and no more the other way round), and never below
the lowest: it was a wobble, the hold goes on."""

STRAYED_DEG = 35.0
"""Nor did it turn farther than a stretch in between: kneeling down, say (design choice)."""

FELL_SHARE = 0.7
"""Not nearer to the vertical on the way than this share of where it settles: left over from the last hold, no new
lead-in. People rest between stretches up to 10 degrees behind the vertical (design choice: a lead-in is a third of the
way and more)."""

FULL_DEG = 20.0
FULL_S = 10.0
LONGEST_S = 30.0
"""People squat, bend and rest with the thigh flexed, but stretches are held for longer (20 to 30 s, clinical.md section
5); small leans may be to any side. A lean speaks for its direction by its seconds, up to the longest, and by the square
of its angle, up to the full one (hips flex farther than they extend); a full one in 10 s as much as sitting down
speaks against its own (design choices)."""

_LOOK_BACK = round(0.8 * GRID_HZ)
_KEEP_EVERY = round(0.2 * GRID_HZ)
_HALF = round(0.1 * GRID_HZ)  # rows: the rate of a release is a difference over twice as many
_BEFORE = round(1.5 * GRID_HZ)
_TREMBLED = round(TREMBLED_S * GRID_HZ)


class End(NamedTuple):
    """Row in which a lean is over, its angle before, and when the release began; or only the row if it is not over."""

    row: int
    level_deg: float = 0.0
    end_s: float = 0.0
    too_deep: bool = False


@dataclass(slots=True)
class Lean:
    """A lean that is held, or was released a short while ago."""

    id: int
    start_s: float
    start: int  # grid index
    from_pose: FloatArray  # upright pose before the lead-in
    level_deg: float  # how far it is from that
    way: Direction  # direction of the lean, at right angles to from_pose
    poses: list[FloatArray]  # five a second
    begun_deg: float  # how far from upright it began: people pause on the way
    announced: bool = False
    voted: float = 0.0  # how much it has spoken for its direction's being extension
    released: int = -1  # grid index at which a release was told
    event: Hold | None = None

    @classmethod
    def settled(cls, number: int, poses: Poses, rows: tuple[int, int], from_pose: FloatArray, begun_deg: float) -> Lean:
        """Begin a lean; `rows` are where the last pose was left and where the thigh has settled."""
        row = rows[1]
        pose = unit(poses.pose[row])
        start, fraction = _lead_in_end(poses, rows, from_pose, pose)
        kept = list(poses.up[start : row + 1 : _KEEP_EVERY])
        start_s = poses.time_s(start, fraction)
        way, level_deg = direction(from_pose, pose), angle_deg(from_pose, pose)
        return cls(number, start_s, poses.origin + start, from_pose, level_deg, way, kept, begun_deg)

    def weight(self, held_s: float) -> float:
        """How much it speaks for its direction being extension, held so long."""
        return min(held_s, LONGEST_S) * self._weight_of_a_second

    def outvotes_s(self, votes: float) -> float:
        """How long it must be held to outvote what is known; infinite where that is longer than counts."""
        least_s = votes / self._weight_of_a_second
        return least_s if least_s < LONGEST_S else math.inf

    @property
    def _weight_of_a_second(self) -> float:
        return min(self.level_deg / FULL_DEG, 1.0) ** 2 / FULL_S

    def keep(self, poses: Poses, row: int, stop: int) -> None:
        """Keep poses of the lean, for its angle."""
        first_row = row + (self.start - poses.origin - row) % _KEEP_EVERY
        self.poses.extend(poses.up[first_row:stop:_KEEP_EVERY])

    def end(self, poses: Poses, row: int, stop: int) -> End:
        """Look for the end of the lean in the rows from `row` to `stop`."""
        begin = max(row - _LOOK_BACK, 0)
        lean, held = self._deg(poses.up[begin:stop]), self._deg(poses.pose[begin:stop])
        rows = np.arange(row, stop)
        before = np.maximum(rows - _LOOK_BACK, max(0, self.start - poses.origin)) - begin
        fallen = held[before] - lean[row - begin :]
        rate = (lean[row - begin :] - lean[np.maximum(rows - 2 * _HALF, 0) - begin]) * (GRID_HZ / (2 * _HALF))
        falls = np.flatnonzero((fallen > FALL_DEG) | ((fallen > QUICK_FALL_DEG) & (rate < -QUICK_FALL_DEG_S))).tolist()
        far = (each for each in falls if fallen[each] > TREMBLES * self._trembled_deg(poses, row + each))
        at = next(far, stop - row)
        deep = first(lean[row - begin :] > TOO_DEEP_DEG)
        if deep < at or row + at == stop:
            return End(row + min(deep, at), too_deep=deep < at)
        level_deg = float(held[before[at]])
        # where the rate was what it is found to be
        middle = row + at - _HALF
        fallen_deg = level_deg - float(lean[max(middle, 0) - begin])
        ago_s = _fallen_for_s(max(fallen_deg, 0.0), max(level_deg, 5.0), float(-rate[at]))
        end_s = max(poses.time_s(middle) - ago_s, float(poses.arrival_s[row + at]) - LONGEST_AGO_S)
        return End(row + at, level_deg, end_s)

    def _trembled_deg(self, poses: Poses, row: int) -> float:
        """How much the angle trembled (rms) until a moment before a row; nothing in the first seconds of the lean."""
        end = row - _LOOK_BACK
        begin = end - _TREMBLED
        if begin < max(self.start - poses.origin, 0):
            return 0.0
        apart = self._deg(poses.up[begin:end]) - self._deg(poses.pose[begin:end])
        return float(np.sqrt(np.square(apart).mean()))

    def is_left_for(self, pose: FloatArray) -> bool:
        """Whether a lean as far as a stretch was left for the upright pose; a front leg leans by less."""
        near_deg = max(LEAST_LEAN_DEG, 0.5 * self.level_deg)
        return self.level_deg > STRETCH_DEG and angle_deg(self.from_pose, pose) < near_deg

    def may_go_on(self, poses: Poses, row: int) -> bool:
        """Whether it was released a short while ago, or hardly at all."""
        if poses.origin + row - self.released <= RESUME_S * GRID_HZ:
            return True
        known = self.released - poses.origin >= poses.oldest(row)
        return known and self._lowest_since(poses, row) > chord_of(FELL_SHARE * self.level_deg)

    def goes_on(self, poses: Poses, row: int, pose: FloatArray) -> bool:
        """Whether it was only a wobble that ended it: the thigh has settled near it again, and was never much lower."""
        lean_deg = angle_deg(self.from_pose, pose)
        if not RESUME_SHARE * self.level_deg <= lean_deg <= self.level_deg / RESUME_SHARE:
            return False
        strayed = norm(poses.up[self.released - poses.origin : row + 1] - pose).max() > chord_of(STRAYED_DEG)
        return not strayed and self._lowest_since(poses, row) > chord_of(LOWEST_SHARE * self.level_deg)

    def only_fell(self, poses: Poses, row: int, pose: FloatArray) -> bool:
        """Whether a pose is what is left of the lean: since that was released, the thigh has not been lower."""
        lean_deg = angle_deg(self.from_pose, pose)
        return lean_deg < self.level_deg and self._lowest_since(poses, row) > chord_of(FELL_SHARE * lean_deg)

    def hold(self, end_s: float, decided_s: float, target_s: float) -> Hold:
        """Tell it as a hold."""
        poses = np.array(self.poses)
        middle = unit(poses.sum(axis=0))
        forward = unit(middle - self.from_pose * dot(middle, self.from_pose))
        lean = np.degrees(np.arctan2(dot(poses, forward), dot(poses, self.from_pose)))
        in_target = end_s - self.start_s >= target_s
        return Hold(self.id, self.start_s, end_s, float(np.median(lean)), decided_s, in_target)

    def _deg(self, up: FloatArray) -> FloatArray:
        """Angle (N,) of directions (N, 3) from the upright pose, in the plane of the lean."""
        return np.degrees(np.arctan2(dot(up, np.array(self.way)), dot(up, self.from_pose)))

    def lowest_deg(self, poses: Poses, row: int) -> float:
        """How near the thigh has been to the upright pose since the release, as far as is known."""
        since = self.released - poses.origin
        if since < poses.oldest(row):
            return TOO_DEEP_DEG
        return degrees_of(float(norm(poses.pose[since : row + 1] - self.from_pose).min()))

    def _lowest_since(self, poses: Poses, row: int) -> float:
        """How near the thigh has been to the upright pose since the release, as a chord."""
        return float(norm(poses.pose[self.released - poses.origin : row + 1] - self.from_pose).min())


def _lead_in_end(poses: Poses, rows: tuple[int, int], vertical: FloatArray, pose: FloatArray) -> tuple[int, float]:
    """Row and fraction where the lead-in's rate first falls below 10 % of its fastest.

    The lead-in is the last way through the middle: people rock in and out before, or come up from the heels.
    """
    left, row = rows
    begin = max(0, left - _BEFORE)
    angle = plane_angle_deg(poses.up[begin : row + 1], vertical, pose)
    rate = rate_deg_s(angle)
    middle = len(angle) - 1 - first((angle < 0.5 * angle[-1])[::-1])
    lead = max(middle - first((rate[: max(middle, 0) + 1] <= 0.0)[::-1]), 0)
    fastest = lead + int(np.argmax(rate[lead:]))
    edge = EDGE_SHARE * float(rate[fastest])
    slow = np.flatnonzero((rate[fastest:] < edge) & (angle[fastest:] > 0.6 * angle[-1]))
    if not len(slow):
        return row, 0.0
    after = fastest + int(slow[0])
    here, there = float(rate[after - 1]), float(rate[after])
    return begin + after - 1, (here - edge) / (here - there)


def _fallen_for_s(fallen_deg: float, whole_deg: float, rate_deg_per_s: float) -> float:
    """How long ago a minimum-jerk fall began that has come this far and is this fast.

    The share of the way tau follows from ``10 t^3 - 15 t^4 + 6 t^5``, the duration from the rate; the beginning is
    where the rate rose above 10 % of its fastest (tau = 0.0866).
    """
    tau = float(np.interp(min(fallen_deg / whole_deg, 0.5), _WAY, _TAU))
    shape = 30.0 * tau**2 * (1.0 - tau) ** 2
    duration_s = min(max(whole_deg * shape / max(rate_deg_per_s, 0.5), 0.3), 8.0)
    return max((tau - 0.0866) * duration_s, 0.0)


_TAU = np.linspace(0.0, 0.5, 101)
_WAY = 10.0 * _TAU**3 - 15.0 * _TAU**4 + 6.0 * _TAU**5
