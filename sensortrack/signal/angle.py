"""The thigh angle as a trace, for the live gauge and for plots. Events do not depend on it.

Against the first pose that was calm for a second (standing or kneeling: the vertical). Once a movement has shown the
plane, the angle is signed in it, extension positive where the exercise is signed; before, it is the rotation of
gravity. When more movements show that extension goes the other way, the trace says what of it is to be turned over.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sensortrack.model.events import AngleTrace
from sensortrack.model.samples import FloatArray
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Direction, Sagittal, along
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import direction, dot, unit

CALM_S = 1.0
"""Calm for this long, the first pose is the one that angles refer to."""


class AngleFollower:
    """Follow poses, give the angle of each sample; NaN while there is nothing to refer it to."""

    def __init__(self, sagittal: Sagittal, signed: bool) -> None:
        self._sagittal = sagittal
        self._signed = signed
        self._vertical: FloatArray | None = None
        self._extension: Direction | None = None
        self._signed_from_s = 0.0

    def process(self, poses: Poses) -> Iterator[AngleTrace]:
        """Give the angle of the fresh rows, in a piece of its own from where extension turned round."""
        changes = self._sagittal.changes()
        learned = changes if self._signed else []
        arrival_s = poses.arrival_s[poses.fresh :]
        rows = arrival_s.searchsorted([decided_s for decided_s, _ in learned], side="right").tolist()
        directions = [towards for _, towards in learned]
        begin = self._find_vertical(poses) - poses.fresh
        angle_deg = np.full(len(arrival_s), np.nan)
        if self._vertical is not None:
            since = [max(row - begin, 0) for row in rows]
            angle_deg[begin:] = self._angle_deg(poses.up[poses.fresh + begin :], self._vertical, since, directions)
        time_s = (poses.origin + np.arange(poses.fresh, len(poses.up))) / GRID_HZ - poses.delay_s
        told, mirrored_from_s = 0, None
        for row, towards in zip(rows, directions, strict=True):
            if self._turns(towards, poses.time_s(poses.fresh + row)):
                yield AngleTrace(time_s[told:row], angle_deg[told:row], mirrored_from_s)
                told, mirrored_from_s = row, self._signed_from_s
        yield AngleTrace(time_s[told:], angle_deg[told:], mirrored_from_s)

    def _turns(self, towards: Direction, now_s: float) -> bool:
        """Take the direction of extension; tell whether it is the opposite of what was taken for it."""
        before, self._extension = self._extension, towards
        if before is None:
            self._signed_from_s = now_s
            return False
        return along(before, towards) < 0

    def _find_vertical(self, poses: Poses) -> int:
        """Give the first fresh row whose angle can be told."""
        if self._vertical is not None:
            return poses.fresh
        rows = np.arange(poses.fresh, len(poses.up))
        calm = np.flatnonzero(rows - poses.last_move[poses.fresh :] >= round(CALM_S * GRID_HZ))
        if not len(calm):
            return len(poses.up)
        row = poses.fresh + int(calm[0])
        self._vertical = unit(poses.pose[row])
        return row

    def _angle_deg(
        self, up: FloatArray, vertical: FloatArray, since: list[int], directions: list[Direction]
    ) -> FloatArray:
        """Give the angle of poses; each direction of extension holds from its row until that of the next one."""
        upright = dot(up, vertical)
        if self._extension is not None:
            since, directions = [0, *since], [self._extension, *directions]
        if not directions:
            return np.degrees(np.arccos(np.clip(upright, -1.0, 1.0)))
        signed = slice(since[0], None)
        towards = np.array([direction(vertical, np.array(each)) for each in directions])
        beside = dot(up[signed], towards.T.repeat(np.diff(since, append=len(up)), axis=1).T)
        unsigned_deg = np.degrees(np.arccos(np.clip(upright[: signed.start], -1.0, 1.0)))
        return np.concatenate((unsigned_deg, np.degrees(np.arctan2(beside, upright[signed]))))
