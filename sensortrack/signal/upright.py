"""Upright: the pose that a thigh comes to rest in again and again, whatever the sensor went through before it was worn.

People stand before they kneel, kneel before and after a stretch, stand again. A sensor on a table or in a hand, a chair
and the heels are left for it. So of the newest rests, upright is the one that was come back to most often. A stretch is
rested in as often as upright is; once it is released to upright it is asked no more. Two things say more than visits:
the middle of a walk is upright, and so is the pose that a stretch was held from.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.lean import STRETCH_DEG, Lean
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import chord_of, distance, norm, unit
from sensortrack.signal.walk import walks

STANDING_S = 1.5
"""Calm for this long is a rest: standing for a moment, not a pause on the way."""

SAME_DEG = 15.0
"""Rests this near to each other are the same: a thigh that stands and one that kneels differ by less (simulated people:
-8 to +8 degrees), the smallest stretch is as far away."""

FAR_DEG = 50.0
"""Farther than any stretch: of two poses that were come to as often, the newer is upright then; else the older."""

PROVEN_DEG = 22.0
ANEW = 3
"""After a stretch of this was released to a pose (or several that are less), one far away must be come to so many times
since, before it takes its place: the sensor's leg is in front, again and again, while the other side is stretched
(design choice)."""

HELD_DEG = (STRETCH_DEG, 45.0)
"""A stretch like this that was held speaks for the pose that it began in (hips extend to 35 degrees, clinical.md
section 5, from a pose that may be some degrees off)."""

SLIGHT_DEG = 20.0
"""If no stretch from a pose was held as far, it may be the front leg's: a pose that was there before it, and is come to
once more than it, takes its place (people stand, stretch the other side first, and change sides)."""

WALKED_DEG = 25.0
"""So near to the middle of a walk is upright: thighs swing farther forth than back by some degrees (simulated
people)."""

LEFT_DEG = 30.0
"""Having turned by this in between, the thigh has come back; shifting the weight is less."""

NEWEST = 8
"""Rests that are looked at: what has not been come back to for so long is not worn that way any more."""

_STANDING = round(STANDING_S * GRID_HZ)
_SAME = chord_of(SAME_DEG)
_FAR = chord_of(FAR_DEG)
_LEFT = chord_of(LEFT_DEG)
_WALKED = chord_of(WALKED_DEG)


class Upright:
    """Follow rests; `pose` is the upright one, None before the first."""

    def __init__(self) -> None:
        self.pose: FloatArray | None = None
        self._proven_deg = 0.0  # sum of the stretches that were released to the upright pose
        self._held_deg = 0.0  # the farthest stretch from the upright pose that was held
        self._walked: FloatArray | None = None  # middle of the newest walk
        self._rests: deque[FloatArray] = deque(maxlen=NEWEST)
        self._looked = 0  # grid index up to which rests are known
        self._rested = 0  # grid index of the last one

    def follow(self, poses: Poses, stop: int, released: Lean | None = None) -> bool:
        """Look at the rows before `stop`; tell whether another pose is upright now.

        Parameters
        ----------
        released
            The lean that was left for the upright pose since the last time, if any: a rest in that, and none in the
            lean.
        """
        before = self.pose
        if released is not None:
            self._look(poses, released.start - poses.origin)
            self._looked = max(self._looked, released.released)
            if self.pose is released.from_pose:
                self._come_back(self.pose, released)
        self._look(poses, stop)
        return self.pose is not before

    def _look(self, poses: Poses, stop: int) -> None:
        oldest = max(poses.oldest(stop), poses.fresh if poses.broken else 0)
        begin = max(self._looked - poses.origin, oldest)
        if stop <= begin:
            return
        self._looked = poses.origin + stop
        rested = np.flatnonzero(np.arange(begin, stop) - poses.last_move[begin:stop] == _STANDING) + begin
        walked = dict(walks(poses, begin, stop))
        for row in sorted([*rested.tolist(), *walked]):
            if row in walked:
                self._walk(walked[row])
            else:
                self._rest(poses, row, oldest)

    def _come_back(self, upright: FloatArray, lean: Lean) -> None:
        """Count a lean that was left for the upright pose."""
        stays = [each for each in self._rests if each is upright or distance(each, lean.poses[0]) >= _SAME]
        self._rests = deque((*stays, upright), maxlen=NEWEST)
        self._proven_deg += lean.level_deg

    def hold(self, lean: Lean, angle_deg: float) -> None:
        """Note a stretch that was held; it speaks for the pose that it began in, wherever the thigh goes next."""
        if self.pose is lean.from_pose and HELD_DEG[0] < angle_deg < HELD_DEG[1]:
            self._held_deg = max(self._held_deg, angle_deg)

    def leave(self) -> None:
        """Note that the upright pose was left for a lean, however short the thigh was in it."""
        if self.pose is not None and self._rests and self._rests[-1] is not self.pose:
            self._rests.append(self.pose)

    def assume(self, pose: FloatArray) -> None:
        """Take the pose that the first lean began in, hardly rested in, until another is known."""
        self.pose = pose

    def _rest(self, poses: Poses, row: int, oldest: int) -> None:
        """Count a rest; people who have kept to the last one have not come back to it."""
        pose = unit(poses.pose[row])
        since = max(self._rested - poses.origin, oldest)
        self._rested = poses.origin + row
        last = self._rests[-1] if self._rests else pose
        stayed = distance(pose, last) < _SAME and float(norm(poses.up[since : row + 1] - last).max()) < _LEFT
        if stayed and self._rests:
            return
        if self.pose is self._walked and self.pose is not None and distance(pose, self.pose) < _SAME:
            self._rests = deque([each for each in self._rests if each is not self.pose], maxlen=NEWEST)
            self.pose = pose
        pose = next((each for each in self._rests if distance(each, pose) < _SAME), pose)
        self._rests.append(pose)
        if self.pose is None or self._replaces(pose, self.pose):
            self._proven_deg, self._held_deg, self.pose = 0.0, 0.0, pose

    def _walk(self, middle: FloatArray) -> None:
        """Take a rest near the middle of a walk for upright; the middle itself until there is one."""
        self._walked = middle
        if self.pose is not None and self._times(self.pose) and self._is_walked(self.pose):
            return
        self._proven_deg = self._held_deg = 0.0
        self.pose = next((each for each in reversed(self._rests) if self._is_walked(each)), middle)
        self._rests.append(self.pose)

    def _is_walked(self, pose: FloatArray) -> bool:
        """Whether people walk with the thigh about so."""
        return self._walked is not None and distance(pose, self._walked) < _WALKED

    def _replaces(self, pose: FloatArray, upright: FloatArray) -> bool:
        """Whether a pose that was come to takes the place of the upright one."""
        far = distance(pose, upright) > _FAR
        if far and self._first(pose) < self._first(upright) and self._held_deg < SLIGHT_DEG:
            return self._arrivals(pose) > self._arrivals(upright) and not self._is_walked(upright)
        if far and (self._proven_deg > PROVEN_DEG or self._is_walked(upright)):
            since = list(takewhile(lambda each: each is not upright, reversed(self._rests)))
            return sum(each is pose for each in since) >= ANEW
        more = not far or self._held_deg > 0.0
        return pose is not upright and self._times(pose, upright) >= self._times(upright) + more

    def _first(self, pose: FloatArray | None) -> int:
        """Place of a pose's first rest; 0 where it is none of the newest rests, so that nothing was before it."""
        return next((place for place, each in enumerate(self._rests) if each is pose), 0)

    def _arrivals(self, pose: FloatArray) -> int:
        """How often a pose was come to from far away."""
        arrivals, away = 0, True
        for each in self._rests:
            arrivals += away and each is pose
            away = each is not pose and (away or distance(each, pose) > _FAR)
        return arrivals

    @property
    def is_sure(self) -> bool:
        """Whether the upright pose was come back to."""
        return self._times(self.pose) > 1

    def _times(self, pose: FloatArray | None, since: FloatArray | None = None) -> int:
        """How often a pose was come to, or how often since another one, where that is among the newest rests."""
        rests = [*self._rests]
        first = next((place for place, each in enumerate(rests) if each is since), 0)
        return sum(each is pose for each in rests[first:])
