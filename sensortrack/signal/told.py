"""Holds that were told, and what takes them back: what is learned later of upright, of extension, of other holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from sensortrack.model.events import Hold
from sensortrack.model.samples import FloatArray
from sensortrack.signal.lean import STRETCH_DEG, Lean
from sensortrack.signal.sagittal import Direction

SLIGHT_SHARE = 0.5
"""Less than a stretch, and than this share of the farthest, is none beside that: who kneels with the thigh some degrees
to the front stands again (of 1346 simulated sessions the smallest stretch is 51 % of the farthest and more; with 0.6
two of 840 recordings are lost)."""

_NEWEST = 8  # holds that may be taken back


@dataclass(slots=True, eq=False)
class _Told:
    hold: Hold
    way: Direction
    upright: FloatArray  # the pose that it was measured from
    sure: bool = False  # whether that has proved to be upright


class Told:
    """The newest holds that were told and stand; what is taken back is given as cancelled."""

    def __init__(self) -> None:
        self._holds: deque[_Told] = deque(maxlen=_NEWEST)

    def add(self, hold: Hold, lean: Lean) -> None:
        """Note a hold that is told."""
        self._holds.append(_Told(hold, lean.way, lean.from_pose))

    def confirm(self) -> None:
        """Note that the upright pose was come back to."""
        for each in self._holds:
            each.sure = True

    def least_deg(self, upright: FloatArray | None) -> float:
        """How far a lean must go to be a stretch, by those that were told against the upright pose."""
        farthest = max((each.hold.angle_deg for each in self._holds if each.upright is upright), default=0.0)
        return min(SLIGHT_SHARE * farthest, STRETCH_DEG)

    def goes_on(self, hold: Hold, decided_s: float) -> list[Hold]:
        """Take back a hold that goes on; it will be told again."""
        self._take(lambda each: each.hold is hold, decided_s)
        return [replace(hold, cancelled=True, decided_s=decided_s)]

    def not_sure(self, decided_s: float) -> list[Hold]:
        """Take back what was told against a pose that nobody came back to."""
        return self._take(lambda each: not each.sure, decided_s)

    def flexed(
        self, upright: FloatArray | None, is_flexion: Callable[[Direction], bool], decided_s: float
    ) -> list[Hold]:
        """Take back what shows to be leans to the front."""
        return self._take(lambda each: each.upright is upright and is_flexion(each.way), decided_s)

    def beside(self, hold: Hold, upright: FloatArray, decided_s: float) -> list[Hold]:
        """Take back what a new hold shows to be none.

        Those that are slight against it; and, once it goes farther than all of them, those that were told against
        another pose than the one that is upright now: the other side's stretches.
        """
        least_deg = min(SLIGHT_SHARE * hold.angle_deg, STRETCH_DEG)
        slight = self._take(lambda each: each.upright is upright and each.hold.angle_deg < least_deg, decided_s)
        others = [each for each in self._holds if each.upright is not upright]
        if not others or hold.angle_deg < max(each.hold.angle_deg for each in others):
            return slight
        return [*slight, *self._take(lambda each: each in others, decided_s)]

    def during(self, hold: Hold, decided_s: float) -> list[Hold]:
        """Take back what else was told of the time of a hold, before all was looked at again."""
        end_s, start_s = hold.end_s, hold.start_s
        return self._take(
            lambda each: each.hold.id < hold.id and each.hold.start_s < end_s and start_s < each.hold.end_s, decided_s
        )

    def _take(self, is_wrong: Callable[[_Told], bool], decided_s: float) -> list[Hold]:
        wrong = [each for each in self._holds if is_wrong(each)]
        self._holds = deque([each for each in self._holds if each not in wrong], maxlen=_NEWEST)
        return [replace(each.hold, cancelled=True, decided_s=decided_s) for each in wrong]
