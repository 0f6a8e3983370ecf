"""The Thomas test: the angle at which a thigh hangs over the edge of a table, against the horizontal.

Stand still (the reference), lie back, pull both knees to the chest, let one leg hang. A trial begins with the thigh at
the chest and gives the angle at which it comes to rest. The inclination of the thigh's long axis needs neither the
mounting round the thigh nor the side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar

import numpy as np

from sensortrack.model.events import Gap, ThomasAngle
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import FloatArray
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Sagittal, along
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import angle_deg, chord_of, direction, dot, norm, unit

STANDING_S = 1.5
STANDING_DEG = 15.0
"""A pose that is calm for this long may be the standing one. Later calm seconds near it better it: the first may still
carry the swing of a step, or an orientation that has not settled. With a poor sensor none may be calm; then one that is
settled as a hanging thigh is may be it. Which one it was, a trial shows: the newest from
which the chest and the hanging thigh are where they must be. A sensor on a table or in a hand is past then."""

STOOD = 6
"""Poses that may have been the standing one: people stand, sit down at the edge, lie back, and may test the other leg
first, which this one waits for at the chest."""

CHEST_DEG = 105.0
BELOW_CHEST_DEG = 10.0
"""Against the vertical. Pulled to the chest the thigh is 25 degrees above the horizontal and more, upright, or beyond
that, over the belly; and falls by more than this when it is let go: hanging, it is at most some 20 above (Harvey 1998:
-12 in the mean of athletes)."""

RESTING_SHARE = 0.25
"""At the chest the thigh is held, calm for this share of a second: who only comes past on the way up to sitting begins
no further trial (simulated people: with 0.4 some true ones are lost, with 0.1 few of the others are left out)."""

STANDING_UP_S = 2.0
SAT_S = 7.0
"""A trial after another one, from which the thigh goes to standing within this, and over so soon, was sitting on the
edge (design choice: who lay sits up first, with the thigh as it hangs)."""

APART_DEG = 5.0
APART_S = 6.0
"""So far from all other trials it may be sitting, too, and is told once the thigh has kept still for longer than people
sit for a moment (design choice: in two simulators that were written independently trials of one person are 4 degrees
apart at most; with 8 s true ones are lost in another)."""

HIGHEST_DEG = 120.0
"""A thigh farther than this from the vertical, 30 above the horizontal, is still held at the chest, only less tightly:
people shift their grip, and let the other leg hang first."""

PLANE_DEG = 35.0
ASIDE_DEG = 15.0
"""From the standing pose the thigh goes to the chest and to where it hangs in one plane, but for how far it is spread
(recordings that were handled before: of 101 trials against another pose this leaves 73; 25 loses true ones). Nearly
upside down at the chest the direction there is not known well: so far beside the plane is in it too."""

LOWEST_DEG = 50.0
"""A thigh nearer to the vertical does not hang: the person sits up or stands."""

MOVED_DEG = 4.0
"""A settled thigh that is farther from its settled angle has left it; swaying and sinking is less."""

WINDOW_S = 4.0
"""The angle is the median over the newest seconds: a hanging leg goes on sinking for a while."""


@dataclass(slots=True, eq=False)
class _Stood:
    """A pose that may be the standing one, calm or only settled; how far the thigh went, where; whether it hangs."""

    pose: FloatArray
    calm: bool
    chest_deg: float = 0.0
    chest: FloatArray | None = None
    hangs: bool = False

    def follow(self, now_deg: float, now: FloatArray, calm_deg: float, calm: FloatArray) -> None:
        """Follow angle and pose against it: the thigh may hang after it was held at the chest, not only swung past."""
        if calm_deg > self.chest_deg:
            self.at_chest(calm_deg, calm)
        highest_deg = min(self.chest_deg - BELOW_CHEST_DEG, HIGHEST_DEG)
        self.hangs = LOWEST_DEG < now_deg < highest_deg and self.chest_deg > CHEST_DEG and self._is_in_plane(now)
        if now_deg < LOWEST_DEG:
            self.chest_deg, self.chest = 0.0, None  # the leg begins anew

    def at_chest(self, chest_deg: float, pose: FloatArray) -> None:
        """Note how far the thigh went."""
        self.chest_deg, self.chest = chest_deg, pose

    def has_at_chest(self, pose: FloatArray) -> bool:
        """Whether a pose is one at the chest from here, and none to stand in."""
        return angle_deg(self.pose, pose) > CHEST_DEG

    def _is_in_plane(self, pose: FloatArray) -> bool:
        if self.chest is None:
            return True
        # beyond upright the chest is on the other side
        towards = abs(along(direction(self.pose, pose), direction(self.pose, self.chest)))
        aside = math.sin(math.radians(self.chest_deg)) * math.sqrt(max(1.0 - towards**2, 0.0))
        return towards > math.cos(math.radians(PLANE_DEG)) or aside < math.sin(math.radians(ASIDE_DEG))


_SECOND = round(GRID_HZ)
_MARGIN = round(0.4 * GRID_HZ)
_APART = round(APART_S * GRID_HZ)


class ThomasDetector:
    """Follow poses, give the settled angle of each trial."""

    follows_turns: ClassVar = False

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._settle = round(exercise["settle_s"] * GRID_HZ)
        self._turn = chord_of(exercise["settle_rate_deg_s"])  # per second
        self._ids = count()
        self._stood: list[_Stood] = []  # the newest last; the first is that of the newest trial
        self._trial: ThomasAngle | None = None
        self._trials: list[tuple[_Stood, ThomasAngle]] = []  # that stand, and what they are referred to
        self._settled_s = 0.0  # when the newest trial was settled
        self._left: tuple[ThomasAngle, int] | None = None  # the newest trial, and the grid index where it was left

    def gap(self, gap: Gap) -> None:
        """Trials are settled poses: a short gap does not matter, a long one breaks the poses."""

    def process(self, poses: Poses) -> list[ThomasAngle]:
        """Take the next poses, give the trials that they settle; one that goes on is given again each second."""
        events: list[ThomasAngle] = []
        if poses.broken:
            self._trial = None
            for each in self._stood:
                each.at_chest(0.0, each.pose)
        # one second at a time, at the same grid indices for any partition
        first = poses.fresh + (-(poses.origin + poses.fresh)) % _SECOND
        for row in range(first, len(poses.up), _SECOND):
            events.extend(self._look(poses, row))
        return events

    def _look(self, poses: Poses, row: int) -> list[ThomasAngle]:
        """Look at the second that ends at a row."""
        self._learn_vertical(poses, row)
        row -= _MARGIN  # the newest samples may be the beginning of the next movement
        if row < 0:
            return []
        second = poses.up[max(0, row + 1 - _SECOND) : row + 1]
        if self._trial is not None:
            return self._go_on(poses, row, self._trial, _middle_deg(second, self._stood[:1])[0])
        calm = second[poses.calm[max(0, row + 1 - _SECOND) : row + 1]]
        now_deg = _middle_deg(second, self._stood)
        rests = len(calm) >= (RESTING_SHARE * len(second) if self._trials else 1)
        calm_deg = _middle_deg(calm, self._stood) if rests else [0.0] * len(now_deg)
        for each, one_deg, other_deg in zip(self._stood, now_deg, calm_deg, strict=True):
            each.follow(one_deg, second[-1], other_deg, calm[len(calm) // 2] if rests else second[-1])
        if self._left is not None and now_deg[0] < LOWEST_DEG:
            left, self._left = self._left, None
            if poses.origin + row - left[1] <= STANDING_UP_S * GRID_HZ:
                return self._sat(left[0], float(poses.arrival_s[row + _MARGIN]))
        hanging = [each for each in self._stood if each.hangs]
        if not hanging or not self._is_settled(poses, row, self._settle):
            return []
        stood = hanging[-1]
        trial = self._settled(poses, row, stood, self._settle)
        if self._is_apart(stood, trial) and not self._is_settled(poses, row, _APART):
            return []
        later = self._stood[self._stood.index(stood) + 1 :]
        self._stood = [stood, *[each for each in later if not stood.has_at_chest(each.pose)]]
        self._trial = trial = replace(trial, id=next(self._ids))
        self._settled_s = trial.start_s
        return [*self._replace(stood, trial), trial]

    def _replace(self, stood: _Stood, trial: ThomasAngle) -> list[ThomasAngle]:
        """Take back the trials of other standing poses once this one has as many: the sensor was not worn then."""
        own = [(stood, trial), *[each for each in self._trials if each[0] is stood]]
        others = [each for each in self._trials if each[0] is not stood]
        replaced = len(own) >= len(others)
        self._trials = own if replaced else [*own, *others]
        return [replace(each, cancelled=True, decided_s=trial.decided_s) for _, each in others if replaced]

    def _learn_vertical(self, poses: Poses, row: int) -> None:
        """Take a pose that may be the standing one; after a trial none that would be at the chest from its own."""
        calm = row - poses.last_move[row] >= round(STANDING_S * GRID_HZ)
        if not calm and not self._is_settled(poses, row, self._settle):
            return
        pose = unit(poses.pose[row])
        same = next((each for each in self._stood if angle_deg(each.pose, pose) < STANDING_DEG), None)
        if same is not None and calm >= same.calm:
            same.pose = unit(same.pose + pose) if calm == same.calm else pose
            same.calm = calm
        told = self._stood[: bool(self._trials)]
        if told and (same is told[0] or told[0].has_at_chest(pose)):
            return
        others = [each for each in self._stood if each not in (*told, same)]
        self._stood = [*told, *[*others, same or _Stood(pose, calm)][-STOOD:]]

    def _go_on(self, poses: Poses, row: int, trial: ThomasAngle, now_deg: float) -> list[ThomasAngle]:
        """Give the trial again while the thigh keeps still; forget it when the thigh has moved."""
        if abs(now_deg - 90.0 - trial.thigh_angle_deg) > MOVED_DEG:
            is_short = trial.end_s - self._settled_s < SAT_S
            self._trial, self._left = None, (trial, poses.origin + row) if is_short else None
            settled_deg = trial.thigh_angle_deg + 90.0  # it was perhaps held there, and is let go only now
            self._stood[0].at_chest(min(now_deg, settled_deg), poses.up[row])
            return []
        if not self._is_settled(poses, row, self._settle):
            return []
        self._trial = replace(self._settled(poses, row, self._stood[0], round(WINDOW_S * GRID_HZ) + 1), id=trial.id)
        return [self._trial]

    def _sat(self, left: ThomasAngle, decided_s: float) -> list[ThomasAngle]:
        """Take back a trial that was left straight for standing, if it is not the only one."""
        if len(self._trials) < 2:
            return []
        self._trials = [each for each in self._trials if each[1].id != left.id]
        return [replace(left, cancelled=True, decided_s=decided_s)]

    def _is_apart(self, stood: _Stood, trial: ThomasAngle) -> bool:
        """Whether a new trial is far from all others against its standing pose."""
        others = [each.thigh_angle_deg for pose, each in self._trials if pose is stood]
        return bool(others) and min(abs(each - trial.thigh_angle_deg) for each in others) > APART_DEG

    def _is_settled(self, poses: Poses, row: int, rows: int) -> bool:
        """Whether no second of the last rows saw more than the slowest turn."""
        begin = row - rows + _SECOND
        if begin < _SECOND:
            return False
        return bool(
            (norm(poses.pose[begin : row + 1] - poses.pose[begin - _SECOND : row + 1 - _SECOND]) < self._turn).all()
        )

    def _settled(self, poses: Poses, row: int, stood: _Stood, rows: int) -> ThomasAngle:
        """Give the angle over the newest rows; it has no number yet."""
        begin = max(0, row + 1 - rows)
        above_deg = _lean_deg(poses.up[begin : row + 1], stood.pose) - 90.0
        start_s, end_s = poses.time_s(begin), poses.time_s(row)
        spread_deg = float(np.std(above_deg))
        return ThomasAngle(
            -1, start_s, end_s, float(np.median(above_deg)), spread_deg, float(poses.arrival_s[row + _MARGIN])
        )


def _lean_deg(up: FloatArray, vertical: FloatArray) -> FloatArray:
    """Angle (N,) of directions (N, 3) against the vertical."""
    return np.degrees(np.arccos(np.clip(dot(up, vertical), -1.0, 1.0)))


def _middle_deg(up: FloatArray, stood: list[_Stood]) -> list[float]:
    """Median angle against each standing pose: that of the median cosine, one angle instead of many."""
    if not stood:
        return []
    cosines = np.sort(up @ np.array([each.pose for each in stood]).T, axis=0)
    middle = (cosines[(len(up) - 1) // 2] + cosines[len(up) // 2]).tolist()
    return [math.degrees(math.acos(min(max(0.5 * each, -1.0), 1.0))) for each in middle]
