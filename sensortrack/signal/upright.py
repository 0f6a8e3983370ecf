"""Upright: the pose that a thigh comes to rest in again and again, whatever the sensor went through before it was worn.

People stand before they kneel, kneel before and after a stretch, stand again. A sensor on a table or in a hand, a chair
and the heels are left for it. So of the newest rests, upright is the one that was come back to most often. A stretch is
rested in as often as upright is; once it is released to upright it is asked no more. Some things say more than visits:
the middle of a walk is upright, and so is the pose that a stretch was held from; it lies between stretch and heels, and
no thigh turns farther from it than to a lunge.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.lean import STRETCH_DEG, Lean
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import chord_of, distance, dot, norm, unit
from sensortrack.signal.walk import walks

STANDING_S = 1.5
"""Calm for this long is a rest: standing for a moment, not a pause on the way."""

SAME_DEG = 15.0
"""Rests this near to each other are the same: a thigh that stands and one that kneels differ by less (simulated people:
-8 to +8 degrees), the smallest stretch is as far away."""

FAR_DEG = 50.0
"""Farther than most stretches: of two poses that were come to as often, the newer is upright then; else the older."""

REACH_DEG = 112.0
"""A thigh that stands turns no farther, not into a squat, a chair or a lunge: of two poses farther apart the sensor was
not worn in one, and not in the older one if that was come to only once (design choice)."""

PROVEN_DEG = 22.0
ANEW = 3
"""After a stretch of this was released to a pose (or several that are less), one far away must be come to so many times
since, before it takes its place: the sensor's leg is in front, again and again, while the other side is stretched
(design choice)."""

HELD_DEG = (STRETCH_DEG, 45.0)
"""A stretch like this that was held speaks for the upright pose against far ones, and against near ones if it began in
it (hips extend to 35 degrees, clinical.md section 5, from a pose that may be some degrees off)."""

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
_LEAN = chord_of(HELD_DEG[1])
_FAR = chord_of(FAR_DEG)
_REACH = chord_of(REACH_DEG)
_LEFT = chord_of(LEFT_DEG)
_WALKED = chord_of(WALKED_DEG)


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """A pose (3,) that was rested in, and the grid index from which it first was; -1 where it never was for long."""

    pose: FloatArray
    since: int = -1


class Upright:
    """Follow rests; `pose` is the upright one, None before the first."""

    def __init__(self) -> None:
        self._upright: Rest | None = None
        self._proven_deg = 0.0  # sum of the stretches that were released to the upright pose
        # stretches from the upright pose that were held, by their number: how far, and whether they began in it
        self._held: dict[int, tuple[float, bool]] = {}
        self._walked: FloatArray | None = None  # middle of the newest walk
        self._rests: deque[Rest] = deque(maxlen=NEWEST)  # the same object each time that it was come to
        self._looked = 0  # grid index up to which rests are known
        self._rested = 0  # grid index of the last one

    @property
    def pose(self) -> FloatArray | None:
        """Direction of gravity (3,) while the thigh is upright."""
        return None if self._upright is None else self._upright.pose

    @property
    def since(self) -> int:
        """Grid index from which it was first rested in; -1 if it never was."""
        return -1 if self._upright is None else self._upright.since

    @property
    def is_sure(self) -> bool:
        """Whether the upright pose was come back to."""
        return self._times(self._upright) > 1

    def follow(self, poses: Poses, stop: int, released: Lean | None = None) -> bool:
        """Look at the rows before `stop`; tell whether another pose is upright now.

        Parameters
        ----------
        released
            The lean that was left for the upright pose since the last time, if any: a rest in that, and none in the
            lean.
        """
        before = self._upright
        if released is not None:
            self._look(poses, released.start - poses.origin)
            self._looked = max(self._looked, released.released)
            if before is not None and self.pose is released.from_pose:
                self._come_back(before, released)
        self._look(poses, stop)
        return self._upright is not before

    def hold(self, lean: Lean, angle_deg: float) -> None:
        """Note a stretch that was held; it speaks for the upright pose, wherever the thigh goes next."""
        if self.pose is lean.from_pose and HELD_DEG[0] < angle_deg < HELD_DEG[1]:
            self._held[lean.id] = angle_deg, lean.begun_deg < SAME_DEG

    def leave(self) -> None:
        """Note that the upright pose was left for a lean, however short the thigh was in it."""
        if self._upright is not None and self._rests and self._rests[-1] is not self._upright:
            self._rests.append(self._upright)

    def assume(self, pose: FloatArray) -> None:
        """Take the pose that the first lean began in, hardly rested in, until another is known."""
        self._upright = Rest(pose)

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

    def _come_back(self, upright: Rest, lean: Lean) -> None:
        """Count a lean that was left for the upright pose."""
        stays = [each for each in self._rests if each is upright or distance(each.pose, lean.poses[0]) >= _SAME]
        self._rests = deque((*stays, upright), maxlen=NEWEST)
        self._proven_deg += lean.level_deg

    def _rest(self, poses: Poses, row: int, oldest: int) -> None:
        """Count a rest; people who have kept to the last one have not come back to it."""
        rest = Rest(unit(poses.pose[row]), poses.origin + row - _STANDING)
        since = max(self._rested - poses.origin, oldest)
        self._rested = poses.origin + row
        if self._rests:
            last = self._rests[-1].pose
            near = distance(rest.pose, last) < _SAME
            if near and float(norm(poses.up[since : row + 1] - last).max()) < _LEFT:
                return
        if self.pose is not None and self.pose is self._walked and distance(rest.pose, self.pose) < _SAME:
            self._rests = deque([each for each in self._rests if each is not self._upright], maxlen=NEWEST)
            self._upright = rest
        rest = next((each for each in self._rests if distance(each.pose, rest.pose) < _SAME), rest)
        self._rests.append(rest)
        if self._upright is None or self._replaces(rest, self._upright):
            self._proven_deg, self._held, self._upright = 0.0, {}, self._worn_first(rest)

    def _worn_first(self, rest: Rest) -> Rest:
        """Give the first rest near a pose that another position was left for: from the hand people kneel, then lean."""
        if self._upright is None or _apart(rest, self._upright) <= _REACH:
            return rest
        return next(each for each in self._rests if each is rest or _is_lean(each, rest))

    def _walk(self, middle: FloatArray) -> None:
        """Take a rest near the middle of a walk for upright; the middle itself until there is one."""
        self._walked = middle
        if self._upright is not None and self._times(self._upright) and self._is_walked(self._upright):
            return
        self._proven_deg, self._held = 0.0, {}
        self._upright = next((each for each in reversed(self._rests) if self._is_walked(each)), Rest(middle))
        self._rests.append(self._upright)

    def _is_walked(self, rest: Rest) -> bool:
        """Whether people walk with the thigh about so."""
        return self._walked is not None and distance(rest.pose, self._walked) < _WALKED

    def _replaces(self, rest: Rest, upright: Rest) -> bool:
        """Whether a pose that was come to takes the place of the upright one."""
        if rest is upright:
            return False
        times, before = self._times(rest, upright), self._times(upright)
        apart, held = distance(rest.pose, upright.pose), len(self._held)
        if apart > _REACH and before == 1 and not self._proven_deg:
            return True  # in the hand, say
        if apart <= _FAR and before and held and self._lies_between(upright, rest, sure=before > 1 or times < ANEW):
            return False  # rested in while it was stretched
        slight = all(held_deg < SLIGHT_DEG for held_deg, _ in self._held.values())
        before_it = rest.since < upright.since and self._first(rest) < self._first(upright)
        if apart > _FAR and slight and before_it:
            return self._arrivals(rest) > self._arrivals(upright) and not self._is_walked(upright)
        if apart > _FAR and (self._proven_deg > PROVEN_DEG or self._is_walked(upright)):
            since = list(takewhile(lambda each: each is not upright, reversed(self._rests)))
            return sum(each is rest for each in since) >= ANEW
        begun = sum(is_begun for _, is_begun in self._held.values())
        return times >= before + (held if apart > _FAR else max(begun, 1))

    def _lies_between(self, upright: Rest, rest: Rest, *, sure: bool) -> bool:
        """Whether all other poses (or most) lie on the other side of upright than a pose: hips flex farther."""
        others = [each.pose for each in self._rests if min(_apart(each, rest), _apart(each, upright)) > _SAME]
        sides = [float(dot(each - upright.pose, rest.pose - upright.pose)) < 0.0 for each in others]
        return any(sides) and (all(sides) or (sure and 2 * sum(sides) > len(sides)))

    def _first(self, rest: Rest) -> int:
        """Place of a pose's first rest; 0 where it is none of the newest rests, so that nothing was before it."""
        return next((place for place, each in enumerate(self._rests) if each is rest), 0)

    def _arrivals(self, rest: Rest) -> int:
        """How often a pose was come to from far away."""
        arrivals, away = 0, True
        for each in self._rests:
            arrivals += away and each is rest
            away = each is not rest and (away or _apart(each, rest) > _FAR)
        return arrivals

    def _times(self, rest: Rest | None, since: Rest | None = None) -> int:
        """How often a pose was come to, or how often since another one, where that is among the newest rests."""
        rests = [*self._rests]
        first = next((place for place, each in enumerate(rests) if each is since), 0)
        return sum(each is rest for each in rests[first:])


def _is_lean(one: Rest, other: Rest) -> bool:
    return _SAME < _apart(one, other) <= _LEAN


def _apart(one: Rest, other: Rest) -> float:
    return distance(one.pose, other.pose)
