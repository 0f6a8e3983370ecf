"""Stretch holds: the thigh leans back into a stretch, stays, and is released.

The thigh rests in a pose, moves, and settles in another. Settled in extension, a hold runs from the end of that
movement until the angle begins to fall; sinking deeper, tremor and a short wobble do not end it. A release is told
while it is still going on: its beginning is reckoned from how far and how fast the angle has fallen, on a minimum-jerk
movement.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar

import numpy as np

from sensortrack.model.events import Gap, Hold, HoldProgress, Movement
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import FloatArray
from sensortrack.signal.phases import EDGE_SHARE, plane_angle_deg, rate_deg_s
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Direction, Sagittal
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.upright import NEWEST, Upright
from sensortrack.signal.vectors import angle_deg, chord_of, direction, dot, first, norm, unit

DEEPEST_DEG = 50.0
"""Hips extend 10 to 35 degrees (clinical.md section 5); a thigh settled farther from the vertical is flexed: sitting,
kneeling on the heels, the front leg of a lunge."""

USUAL_DEG = 35.0
"""As far as hips extend: a lean beyond may be a stretch against a vertical that is some degrees off, or sitting back on
the heels, and does not outvote what is known."""

TOO_DEEP_DEG = 60.0
"""Nobody sinks so far: what was taken for a stretch was another pose, upright perhaps, and the thigh is flexed now."""

LEAST_LEAN_DEG = 11.5
"""Settled nearer to the vertical is upright: half-kneeling people stand at 0 to 8 degrees, a stretch begins at 15."""

STRETCH_DEG = 15.0
"""A lean as far as a stretch that was released speaks for the pose that it began in; less may be a front leg's."""

STRAIGHT_SHARE = 1.3
"""A lean goes this far beyond where it settles at most. Whoever kneels 8 degrees behind the vertical leans by no more
than the least lead-in; straight from upright that is enough."""

DEPART_SHARE = 0.5
"""A movement is followed from this share of the smallest lead-in."""

SETTLE_S = 0.5
"""Calm for this long is settled."""

FALL_DEG = 2.0
"""Fallen by this within a second is a release (benchmark: later tells later, sooner ends holds at a
sway)."""

QUICK_FALL_DEG = 1.1
QUICK_FALL_DEG_S = 4.0
"""Or by this, at this rate."""

LONGEST_AGO_S = 0.5
"""A release that is found now did not begin longer ago (design section 5); what falls more slowly before it is sinking
back."""

RESUME_SHARE = 0.6
RESUME_S = 4.0
LOWEST_SHARE = 0.35
"""Settled again this soon, at this share of the hold's angle or more (and no more the other way round), and never below
the lowest: it was a wobble, the hold goes on."""

FELL_SHARE = 0.7
"""Not nearer to the vertical on the way than this share of where it settles: left over from the last hold, no new
lead-in. People rest between stretches up to 10 degrees behind the vertical (design choice: a lead-in is a third of the
way and more)."""

_WINDOW = 1024  # rows looked at in one step: a movement begins or ends in most of them
_SETTLE = round(SETTLE_S * GRID_HZ)
_LOOK_BACK = round(0.8 * GRID_HZ)
_KEEP_EVERY = round(0.2 * GRID_HZ)
_HALF = round(0.1 * GRID_HZ)  # rows: the rate of a release is a difference over twice as many
_BEFORE = round(1.5 * GRID_HZ)


@dataclass(slots=True)
class _Hold:
    """A hold that is going on, or was released a short while ago."""

    id: int
    start_s: float
    start: int  # grid index
    from_pose: FloatArray  # rest pose before the lead-in
    level_deg: float  # how far it is from the vertical
    way: Direction  # direction of the lean, at right angles to from_pose
    poses: list[FloatArray]  # five a second
    announced: bool = False
    released: int = -1  # grid index at which a release was told
    event: Hold | None = None

    def lean_deg(self, up: FloatArray) -> FloatArray:
        """Angle (N,) of directions (N, 3) from the rest pose before the lead-in, in the plane of the lean."""
        return np.degrees(np.arctan2(dot(up, np.array(self.way)), dot(up, self.from_pose)))


class StretchDetector:
    """Follow poses, give holds and what was too short for one."""

    follows_turns: ClassVar = True

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._exercise = exercise
        self._sagittal = sagittal
        self._depart = chord_of(DEPART_SHARE * exercise["min_rom_deg"])
        self._ids = count()
        self._upright = Upright()
        self._unsure: list[Hold] = []  # told against a pose that may not have been upright
        # against the pose that is upright now, and the direction of each
        self._told: deque[tuple[Hold, Direction]] = deque(maxlen=NEWEST)
        self._rest: FloatArray | None = None
        self._left = -1  # grid index where the rest pose was left; -1 while resting
        self._since = 0  # grid index from which the rest pose stands
        self._hold: _Hold | None = None
        self._newest_s = 0.0

    def gap(self, gap: Gap) -> None:
        """Holds cross short gaps; long ones break the poses."""

    def process(self, poses: Poses) -> list[Hold | HoldProgress | Movement]:
        """Take the next poses, give what they decided."""
        events: list[Hold | HoldProgress | Movement] = []
        if poses.broken:
            events.extend(self._break_off(float(poses.arrival_s[0])))
        row = poses.fresh
        while row < len(poses.up):
            if self._rest is None:
                row = self._find_rest(poses, row)
            elif self._left >= 0:
                row = self._move(poses, row, events)
            elif self._hold is not None:
                row = self._stay(poses, row, self._hold, events)
            else:
                row = self._wait(poses, row)
        self._newest_s = poses.time_s(len(poses.up) - 1)
        return events

    def _break_off(self, decided_s: float) -> list[Hold]:
        """Forget everything at a long gap; a hold that was going on ended with the last sample before it."""
        hold, self._rest, self._left, self._hold = self._hold, None, -1, None
        if hold is None or hold.released >= 0 or self._newest_s - hold.start_s < self._exercise["min_hold_s"]:
            return []
        return [self._event(hold, self._newest_s, decided_s)]

    def _find_rest(self, poses: Poses, row: int) -> int:
        row += first(poses.calm[row:])
        if row == len(poses.up):
            return row
        self._rest, self._since = poses.pose[row], poses.origin + row
        return row + 1

    def _found_rest(self) -> FloatArray:
        """Give the rest pose; there is no way to a state that asks for it without one."""
        if self._rest is None:
            raise RuntimeError("no rest pose has been found yet")
        return self._rest

    def _wait(self, poses: Poses, row: int) -> int:
        """Rest: follow the calm pose until it is left."""
        since = self._since - poses.origin
        calm = poses.last_calm[row : row + _WINDOW]
        rest = poses.pose.take(calm, axis=0)
        if calm[0] < since:
            rest = np.where((calm >= since)[:, None], rest, self._found_rest())
        far = first(norm(poses.up[row : row + _WINDOW] - rest) > self._depart)
        last = min(far, len(calm) - 1)
        self._rest = rest[last]
        if far < len(calm):
            self._left = poses.origin + row + far
        return row + last + 1

    def _move(self, poses: Poses, row: int, events: list[Hold | HoldProgress | Movement]) -> int:
        """Between poses: until the thigh settles."""
        stop = min(row + _WINDOW, len(poses.up))
        calm_since = np.maximum(poses.last_move[row:stop], self._left - poses.origin)
        row += first(np.arange(row, stop) - calm_since >= _SETTLE)
        if row == stop:
            return stop
        self._settle(poses, row, events)
        self._left, self._since = -1, poses.origin + row
        return row + 1

    def _settle(self, poses: Poses, row: int, events: list[Hold | HoldProgress | Movement]) -> None:
        """Decide what the pose is that the thigh has settled in: a hold, the same hold again, or a rest pose."""
        pose, rest, hold = unit(poses.pose[row]), self._found_rest(), self._hold
        self._rest, self._hold = pose, None
        recent = hold if hold is not None and poses.origin + row - hold.released <= RESUME_S * GRID_HZ else None
        if recent is not None and self._resumes(poses, row, recent, angle_deg(recent.from_pose, pose)):
            self._hold = replace(recent, released=-1, event=None)
            if recent.event is not None:
                events.append(replace(recent.event, cancelled=True, decided_s=float(poses.arrival_s[row])))
            return
        if hold is not None and self._is_released(hold, pose):
            self._upright.come_back(hold.poses[0])
        events.extend(self._learn_upright(poses, row))
        vertical = unit(rest) if self._upright.pose is None else self._upright.pose
        lean_deg = angle_deg(vertical, pose)
        if lean_deg < LEAST_LEAN_DEG:
            self._unsure = []  # come back to, it was upright
        moved_deg = angle_deg(unit(rest), pose)
        way = direction(vertical, pose)
        if lean_deg > LEAST_LEAN_DEG:
            self._sagittal.meet(way, vertical)
        if lean_deg > DEEPEST_DEG:
            self._sagittal.learn(way, lean_deg, -1.0, float(poses.arrival_s[row]))
        straight = self._went_straight(poses, row, rest, moved_deg) and angle_deg(vertical, unit(rest)) < LEAST_LEAN_DEG
        least_deg = self._exercise["min_rom_deg"] if straight else LEAST_LEAN_DEG
        if not least_deg <= lean_deg <= DEEPEST_DEG or moved_deg < self._exercise["min_rom_deg"]:
            return
        outvotes = lean_deg <= USUAL_DEG and _weight(lean_deg) > abs(self._sagittal.votes)
        if recent is not None and self._only_fell(poses, row, recent, angle_deg(recent.from_pose, pose)):
            return  # released to where it rests between stretches
        if self._sagittal.side(way) != self._sagittal.sign and not outvotes:
            return  # flexion, as far as is known; is a lean held that would outvote that, it was not
        if self._upright.pose is None:
            self._upright.assume(vertical)
        start, fraction = self._lead_in_end(poses, row, vertical, pose)
        start_s = poses.time_s(start, fraction)
        kept = list(poses.up[start : row + 1 : _KEEP_EVERY])
        self._hold = _Hold(next(self._ids), start_s, poses.origin + start, vertical, lean_deg, way, kept)

    def _is_released(self, hold: _Hold, pose: FloatArray) -> bool:
        """Whether a lean as far as a stretch was left for the upright pose; a front leg leans by less."""
        near_deg = max(LEAST_LEAN_DEG, 0.5 * hold.level_deg)
        return hold.level_deg > STRETCH_DEG and angle_deg(hold.from_pose, pose) < near_deg

    def _learn_upright(self, poses: Poses, row: int) -> list[Hold]:
        """Look for the upright pose; where it is another one, begin anew, and take back what a passing one led to."""
        was_sure = self._upright.is_sure
        if not self._upright.follow(poses, row):
            self._unsure = [] if was_sure else self._unsure
            return []
        self._sagittal.forget()
        wrong = [each for each, _ in self._told] if self._upright.returned else [] if was_sure else self._unsure
        self._unsure = []
        self._told.clear()
        return [replace(each, cancelled=True, decided_s=float(poses.arrival_s[row])) for each in wrong]

    def _learn_sign(self, way: Direction, lean_deg: float, weight: float, decided_s: float) -> list[Hold]:
        """Let a lean vote for its direction; take back what turns out to have been flexion."""
        before = self._sagittal.sign
        self._sagittal.learn(way, lean_deg, weight, decided_s)
        if self._sagittal.sign == before:
            return []
        wrong = [each for each in self._told if self._sagittal.side(each[1]) != self._sagittal.sign]
        for each in wrong:
            self._told.remove(each)
        return [replace(each, cancelled=True, decided_s=decided_s) for each, _ in wrong]

    def _went_straight(self, poses: Poses, row: int, rest: FloatArray, moved_deg: float) -> bool:
        """Whether the thigh was never much farther from the rest pose than where it settled: no step, no kneeling."""
        apart = norm(poses.up[max(0, self._left - poses.origin) : row + 1] - rest)
        return float(apart.max()) < chord_of(STRAIGHT_SHARE * moved_deg)

    def _resumes(self, poses: Poses, row: int, hold: _Hold, lean_deg: float) -> bool:
        if not RESUME_SHARE * hold.level_deg <= lean_deg <= hold.level_deg / RESUME_SHARE:
            return False
        return self._lowest_since(poses, row, hold) > chord_of(LOWEST_SHARE * hold.level_deg)

    def _only_fell(self, poses: Poses, row: int, hold: _Hold, lean_deg: float) -> bool:
        """Whether a lean is what is left of the last hold: since that was released, the thigh has not been lower."""
        lowest = self._lowest_since(poses, row, hold)
        return lean_deg < hold.level_deg and lowest > chord_of(FELL_SHARE * lean_deg)

    def _lowest_since(self, poses: Poses, row: int, hold: _Hold) -> float:
        """How near the thigh has been to where a hold began since that was released, as a chord."""
        return float(norm(poses.up[hold.released - poses.origin : row + 1] - hold.from_pose).min())

    def _lead_in_end(self, poses: Poses, row: int, vertical: FloatArray, pose: FloatArray) -> tuple[int, float]:
        """Row and fraction where the lead-in's rate first falls below 10 % of its fastest.

        The lead-in is the last way through the middle: people rock in and out before, or come up from the heels.
        """
        begin = max(0, self._left - poses.origin - _BEFORE)
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

    def _stay(self, poses: Poses, row: int, hold: _Hold, events: list[Hold | HoldProgress | Movement]) -> int:
        """Held: keep poses for the angle, and watch for the release."""
        begin, end = max(row - _LOOK_BACK, 0), min(row + _WINDOW, len(poses.up))
        lean = hold.lean_deg(poses.up[begin:end])
        held = hold.lean_deg(poses.pose[begin:end])
        rows = np.arange(row, end)
        before = np.maximum(rows - _LOOK_BACK, max(0, hold.start - poses.origin)) - begin
        fallen = held[before] - lean[row - begin :]
        rate = (lean[row - begin :] - lean[np.maximum(rows - 2 * _HALF, 0) - begin]) * (GRID_HZ / (2 * _HALF))
        at = first((fallen > FALL_DEG) | ((fallen > QUICK_FALL_DEG) & (rate < -QUICK_FALL_DEG_S)))
        deep = first(lean[row - begin :] > TOO_DEEP_DEG)
        if deep < at:
            return self._take_back(poses, row + deep, hold, events)
        stop = row + at
        self._keep_poses(poses, row, stop, hold)
        self._announce(poses, row, stop, hold, events)
        if stop == end:
            return stop
        hold.released, hold.level_deg = poses.origin + stop, float(held[before[at]])
        # where the rate was what it is found to be
        fallen_deg = hold.level_deg - float(lean[max(stop - _HALF, 0) - begin])
        ago_s = _fallen_for_s(max(fallen_deg, 0.0), max(hold.level_deg, 5.0), float(-rate[at]))
        end_s = max(poses.time_s(stop - _HALF) - ago_s, float(poses.arrival_s[stop]) - LONGEST_AGO_S)
        if end_s - hold.start_s >= self._exercise["min_hold_s"]:
            hold.event = self._event(hold, end_s, float(poses.arrival_s[stop]))
            events.append(hold.event)
            self._unsure.append(hold.event)
            self._told.append((hold.event, hold.way))
        self._left = poses.origin + stop
        return stop + 1

    def _take_back(self, poses: Poses, row: int, hold: _Hold, events: list[Hold | HoldProgress | Movement]) -> int:
        """Forget a hold that was none; the direction of its lean is that of flexion."""
        decided_s = float(poses.arrival_s[row])
        if hold.announced:
            events.append(replace(self._event(hold, poses.time_s(row), decided_s), cancelled=True))
        self._sagittal.learn(hold.way, TOO_DEEP_DEG, -1.0, decided_s)
        self._hold, self._left = None, poses.origin + row
        return row + 1

    def _keep_poses(self, poses: Poses, row: int, stop: int, hold: _Hold) -> None:
        first = row + (hold.start - poses.origin - row) % _KEEP_EVERY
        hold.poses.extend(poses.up[first:stop:_KEEP_EVERY])

    def _announce(
        self, poses: Poses, row: int, stop: int, hold: _Hold, events: list[Hold | HoldProgress | Movement]
    ) -> None:
        """Tell once that the hold is long enough to count."""
        due = int(np.ceil((hold.start_s + self._exercise["min_hold_s"] + poses.delay_s) * GRID_HZ)) - poses.origin
        if not hold.announced and due < stop:
            hold.announced = True
            at = min(max(due, row), stop - 1, len(poses.up) - 1)
            decided_s = float(poses.arrival_s[at])
            events.extend(self._learn_sign(hold.way, hold.level_deg, _weight(hold.level_deg), decided_s))
            events.append(HoldProgress(hold.id, hold.start_s, decided_s))

    def _event(self, hold: _Hold, end_s: float, decided_s: float) -> Hold:
        poses = np.array(hold.poses)
        middle = unit(poses.sum(axis=0))
        forward = unit(middle - hold.from_pose * dot(middle, hold.from_pose))
        lean = np.degrees(np.arctan2(dot(poses, forward), dot(poses, hold.from_pose)))
        in_target = end_s - hold.start_s >= self._exercise["target_hold_s"]
        return Hold(hold.id, hold.start_s, end_s, float(np.median(lean)), decided_s, in_target)


def _weight(lean_deg: float) -> float:
    """How much a held lean speaks for its direction being extension.

    People squat and bend with the thigh flexed, but only a stretch is held; small leans may be to any side.
    """
    return 0.5 * (lean_deg / 25.0) ** 2


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
