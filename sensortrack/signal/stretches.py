"""Stretch holds: the thigh leans back into a stretch, stays, and is released.

The thigh rests in a pose, moves, and settles in another. Settled in extension, it is a `Lean`: a hold runs from the
end of that movement until the angle begins to fall.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import count
from typing import ClassVar

import numpy as np

from sensortrack.model.events import Gap, Hold, HoldProgress, Movement
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import FloatArray
from sensortrack.signal.lean import LEAST_LEAN_DEG, STRETCH_DEG, TOO_DEEP_DEG, Lean
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Direction, Sagittal
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.told import Told
from sensortrack.signal.upright import NEWEST, Upright
from sensortrack.signal.vectors import angle_deg, chord_of, direction, first, norm, unit

DEEPEST_DEG = 55.0
"""Hips extend 10 to 35 degrees (clinical.md section 5), a thigh some more with the trunk leant back, and people kneel
with it up to 12 degrees before the vertical; one settled farther away is flexed: sitting, kneeling on the heels, the
front leg of a lunge."""

USUAL_DEG = 35.0
GUESSED = 0.5
"""As far as hips extend: a lean beyond may be a stretch against a vertical that is some degrees off, or sitting back on
the heels, and does not outvote what is known, if that is more than half of what sitting down once tells."""

STRAIGHT_SHARE = 1.3
"""A lean goes this far beyond where it settles at most. Whoever kneels 8 degrees behind the vertical leans by no more
than the least lead-in; straight from upright that is enough."""

FLEXED_LEAN_DEG = 5.0
"""Nor need it lean by so much where it moved as far as a stretch: people rest between stretches with the thigh flexed
by 10 degrees (design choice)."""

DEPART_SHARE = 0.5
"""A movement is followed from this share of the smallest lead-in."""

SETTLE_S = 0.5
"""Calm for this long is settled."""

PAUSE_S = 4.0
"""A shorter stop is a pause on the way into a stretch: people lean in in stages (design choice)."""

_WINDOW = 1024  # rows looked at in one step: a movement begins or ends in most of them
_SETTLE = round(SETTLE_S * GRID_HZ)
_PAUSE = round(PAUSE_S * GRID_HZ)


class StretchDetector:
    """Follow poses, give holds and what was too short for one."""

    follows_turns: ClassVar = True

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._exercise = exercise
        self._sagittal = sagittal
        self._depart = chord_of(DEPART_SHARE * exercise["min_rom_deg"])
        self._ids = count()
        self._upright = Upright()
        self._told = Told()
        self._rest: FloatArray | None = None
        self._left = -1  # grid index where the rest pose was left; -1 while resting
        self._since = 0  # grid index from which the rest pose stands
        self._settled = False  # whether the thigh has settled in it, or was only calm for a moment
        # poses of the newest rest, and of pauses on the way from it
        self._before: deque[FloatArray] = deque(maxlen=2 * NEWEST)
        self._lean: Lean | None = None
        self._newest_s = 0.0
        self._again_s: float | None = None  # when it was found that all must be looked at again, while that is done

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
            elif self._lean is not None:
                row = self._stay(poses, row, self._lean, events)
            else:
                row = self._wait(poses, row)
        self._newest_s = poses.time_s(len(poses.up) - 1)
        return events

    def _break_off(self, decided_s: float) -> list[Hold]:
        """Forget everything at a long gap; a hold that was going on ended with the last sample before it."""
        lean, self._rest, self._left, self._lean = self._lean, None, -1, None
        self._before.clear()
        if lean is None or lean.released >= 0 or self._newest_s - lean.start_s < self._exercise["min_hold_s"]:
            return []
        return [self._told_as(lean, self._newest_s, decided_s)]

    def _find_rest(self, poses: Poses, row: int) -> int:
        row += first(poses.calm[row:])
        if row == len(poses.up):
            return row
        self._rest, self._since, self._settled = poses.pose[row], poses.origin + row, False
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
        if self._settle(poses, row, events):
            return row + 1
        self._before.append(self._found_rest())
        self._left, self._since, self._settled = -1, poses.origin + row, True
        return row + 1

    def _settle(self, poses: Poses, row: int, events: list[Hold | HoldProgress | Movement]) -> bool:
        """Decide what the pose is that the thigh has settled in: a hold, the same hold again, or a rest pose.

        Tell whether all was looked at again, up to here: then there is nothing left to do.
        """
        pose, rest, last = unit(poses.pose[row]), unit(self._found_rest()), self._lean
        decided_s = self._known_s(poses, row)
        if self._left - self._since >= _PAUSE:
            self._before = deque([*self._before][-1:], maxlen=2 * NEWEST)
        self._before.append(rest)
        self._rest, self._lean = pose, None
        recent = last if last is not None and last.may_go_on(poses, row) else None
        if recent is not None and recent.goes_on(poses, row, pose):
            self._lean = replace(recent, released=-1, event=None)
            if recent.event is not None:
                events.extend(self._told.goes_on(recent.event, decided_s))
            return False
        if self._learn_upright(poses, row, last if last is not None and last.is_left_for(pose) else None, events):
            return True
        if self._upright.pose is None and not self._settled and self._left - self._since < _SETTLE:
            return False  # walking, say
        vertical = rest if self._upright.pose is None else self._upright.pose
        way, lean_deg = direction(vertical, pose), angle_deg(vertical, pose)
        self._learn_from(way, lean_deg, vertical, decided_s)
        if not self._is_far_enough(poses, row, vertical, rest, last):
            return False
        if recent is not None and recent.only_fell(poses, row, pose):
            return False  # released to where it rests between stretches
        if self._is_flexion(way) and lean_deg > USUAL_DEG and abs(self._sagittal.votes) > GUESSED:
            return False
        if lean_deg < self._told.least_deg(self._upright.pose):
            return False
        if self._upright.pose is None:
            self._upright.assume(vertical)
        rows = self._left_at(poses, row), row
        self._lean = Lean.settled(next(self._ids), poses, rows, vertical, angle_deg(vertical, rest))
        if self._lean.begun_deg < LEAST_LEAN_DEG:
            self._upright.leave()
        return False

    def _learn_upright(
        self, poses: Poses, row: int, released: Lean | None, events: list[Hold | HoldProgress | Movement]
    ) -> bool:
        """Look for the upright pose; where it is another one, begin anew; tell whether all was looked at again."""
        if self._again_s is not None:
            return False
        was_sure, was_known = self._upright.is_sure, self._upright.pose is not None
        changed = self._upright.follow(poses, row, released)
        if was_sure and not changed:
            self._told.confirm()
        if not changed:
            return False
        self._sagittal.forget()
        if not was_sure:
            events.extend(self._told.not_sure(float(poses.arrival_s[row])))
        self._told.confirm()
        return was_known and self._look_again(poses, row, events)

    def _look_again(self, poses: Poses, row: int, events: list[Hold | HoldProgress | Movement]) -> bool:
        """Look at what has been seen since upright was first rested in, now that it is known."""
        begin = max(self._upright.since - poses.origin, poses.oldest(row))
        if self._upright.since < 0 or row - begin < self._exercise["min_hold_s"] * GRID_HZ:
            return False
        self._rest, self._left, self._settled = None, -1, False
        self._before.clear()
        self._again_s = decided_s = float(poses.arrival_s[row])
        seen = [each for each in self.process(poses.until(row + 1, begin)) if isinstance(each, Hold)]
        self._again_s = None
        told = {each.id for each in seen if not each.cancelled}
        for hold in {each.id: each for each in seen}.values():
            if not hold.cancelled:
                events.extend(self._told.during(hold, decided_s))
            elif hold.id in told:
                continue  # and taken back meanwhile
            events.append(hold)
        if self._lean is not None and self._lean.announced:
            events.append(HoldProgress(self._lean.id, self._lean.start_s, decided_s))
        return True

    def _known_s(self, poses: Poses, row: int) -> float:
        """When a row is known: now, while all is looked at again."""
        return float(poses.arrival_s[row]) if self._again_s is None else self._again_s

    def _is_flexion(self, way: Direction) -> bool:
        """Whether a lean is to the front, as far as is known; if it is held long enough, that was wrong."""
        return self._sagittal.side(way) != self._sagittal.sign

    def _learn_from(self, way: Direction, lean_deg: float, vertical: FloatArray, decided_s: float) -> None:
        """Learn from a pose that the thigh has settled in: upright, a lean, or so far that it is flexed."""
        if lean_deg < LEAST_LEAN_DEG:
            self._told.confirm()  # come back to, it was upright
        if lean_deg > LEAST_LEAN_DEG:
            self._sagittal.meet(way, vertical)
        if lean_deg > DEEPEST_DEG:
            self._sagittal.learn(way, lean_deg, -1.0, decided_s)

    def _is_far_enough(self, poses: Poses, row: int, vertical: FloatArray, rest: FloatArray, last: Lean | None) -> bool:
        """Whether the thigh has moved, and leans, as far as in a stretch."""
        pose, least_deg = unit(poses.pose[row]), self._exercise["min_rom_deg"]
        moved_deg, lean_deg = angle_deg(rest, pose), angle_deg(vertical, pose)
        upright = angle_deg(vertical, rest) < LEAST_LEAN_DEG
        if upright and moved_deg >= least_deg and self._went_straight(poses, row, rest, moved_deg):
            return (FLEXED_LEAN_DEG if moved_deg >= STRETCH_DEG else least_deg) <= lean_deg <= DEEPEST_DEG
        # the rest pose may be a pause on the way, or slowly drifted to
        low_deg = [angle_deg(vertical, each) for each in self._before]
        if last is not None:  # come out for a breath, and in again without a rest
            low_deg.append(last.lowest_deg(poses, row))
        grown_deg = lean_deg - min(low_deg)
        return LEAST_LEAN_DEG <= lean_deg <= DEEPEST_DEG and max(moved_deg, grown_deg) >= least_deg

    def _learn_sign(self, lean: Lean, held_s: float, decided_s: float) -> list[Hold]:
        """Let a lean vote for its direction, by how long it was held; take back what shows to be flexion."""
        before, voted = self._sagittal.sign, lean.voted
        lean.voted = lean.weight(held_s)
        self._sagittal.learn(lean.way, lean.level_deg if not voted else 0.0, lean.voted - voted, decided_s)
        if self._sagittal.sign == before:
            return []
        return self._told.flexed(self._upright.pose, self._is_flexion, decided_s)

    def _went_straight(self, poses: Poses, row: int, rest: FloatArray, moved_deg: float) -> bool:
        """Whether the thigh was never much farther from the rest pose than where it settled: no step, no kneeling."""
        apart = norm(poses.up[self._left_at(poses, row) : row + 1] - rest)
        return float(apart.max()) < chord_of(STRAIGHT_SHARE * moved_deg)

    def _left_at(self, poses: Poses, row: int) -> int:
        """Row where the rest pose was left, or the oldest that may be looked at."""
        return max(self._left - poses.origin, poses.oldest(row))

    def _stay(self, poses: Poses, row: int, lean: Lean, events: list[Hold | HoldProgress | Movement]) -> int:
        """Held: keep poses for the angle, and watch for the release."""
        stop = min(row + _WINDOW, len(poses.up))
        end = lean.end(poses, row, stop)
        lean.keep(poses, row, end.row)
        self._announce(poses, row, end.row, lean, events)
        if end.too_deep:
            return self._take_back(poses, end.row, lean, events)
        if end.row == stop:
            return stop
        self._left = lean.released = poses.origin + end.row
        lean.level_deg = end.level_deg
        held_s, decided_s = end.end_s - lean.start_s, self._known_s(poses, end.row)
        if held_s < self._exercise["min_hold_s"]:
            return end.row + 1
        events.extend(self._learn_sign(lean, held_s, decided_s))
        if lean.announced:
            lean.event = self._told_as(lean, end.end_s, decided_s)
            events.append(lean.event)
            events.extend(self._told.beside(lean.event, lean.from_pose, decided_s))
            self._told.add(lean.event, lean)
            self._upright.hold(lean, lean.event.angle_deg)
        return end.row + 1

    def _told_as(self, lean: Lean, end_s: float, decided_s: float) -> Hold:
        return lean.hold(end_s, decided_s, self._exercise["target_hold_s"])

    def _take_back(self, poses: Poses, row: int, lean: Lean, events: list[Hold | HoldProgress | Movement]) -> int:
        """Forget a hold that was none; the direction of its lean is that of flexion."""
        decided_s = self._known_s(poses, row)
        if lean.announced:
            events.append(replace(self._told_as(lean, poses.time_s(row), decided_s), cancelled=True))
        self._sagittal.learn(lean.way, TOO_DEEP_DEG, -1.0, decided_s)
        self._lean, self._left = None, poses.origin + row
        return row + 1

    def _announce(
        self, poses: Poses, row: int, stop: int, lean: Lean, events: list[Hold | HoldProgress | Movement]
    ) -> None:
        """Tell once that the lean is long enough to count, and to outvote what speaks for its being flexion."""
        due_s = lean.start_s + self._exercise["min_hold_s"]
        if self._is_flexion(lean.way):
            due_s = max(due_s, lean.start_s + lean.outvotes_s(abs(self._sagittal.votes) + lean.voted))
        if due_s == np.inf:
            return
        due = int(np.ceil((due_s + poses.delay_s) * GRID_HZ)) - poses.origin
        if not lean.announced and due < stop:
            lean.announced = True
            at = min(max(due, row), stop - 1, len(poses.up) - 1)
            decided_s = self._known_s(poses, at)
            events.extend(self._learn_sign(lean, due_s - lean.start_s, decided_s))
            events.append(HoldProgress(lean.id, lean.start_s, decided_s))
