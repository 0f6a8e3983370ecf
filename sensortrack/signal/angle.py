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
from sensortrack.signal.sagittal import Sagittal
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import across, dot, unit

CALM_S = 1.0
"""Calm for this long, the first pose is the one that angles refer to."""


class AngleFollower:
    """Follow poses, give the angle of each sample; NaN while there is nothing to refer it to."""

    def __init__(self, sagittal: Sagittal, signed: bool) -> None:
        self._sagittal = sagittal
        self._signed = signed
        self._vertical: FloatArray | None = None
        self._extension: FloatArray | None = None
        self._signed_from_s = 0.0  # of the grid

    def process(self, poses: Poses) -> Iterator[AngleTrace]:
        """Give the angle of the fresh rows, in a piece of its own from where extension turned round."""
        begin = self._find_vertical(poses)
        angle_deg = np.full(len(poses.up) - poses.fresh, np.nan)
        time_s = (poses.origin + np.arange(poses.fresh, len(poses.up))) / GRID_HZ - poses.delay_s
        told, mirrored_from_s = 0, None
        for decided_s, direction in [*self._sagittal.changes(), (np.inf, None)]:
            end = int(np.searchsorted(poses.arrival_s, decided_s, side="right"))
            if end > begin:
                angle_deg[begin - poses.fresh : end - poses.fresh] = self._angle_deg(poses.up[begin:end])
                begin = end
            if direction is not None and self._signed and self._turns(direction, (poses.origin + begin) / GRID_HZ):
                row = begin - poses.fresh
                yield AngleTrace(time_s[told:row], angle_deg[told:row], mirrored_from_s)
                told, mirrored_from_s = row, self._signed_from_s - poses.delay_s
        yield AngleTrace(time_s[told:], angle_deg[told:], mirrored_from_s)

    def _turns(self, direction: FloatArray, now_s: float) -> bool:
        """Take the direction of extension; tell whether it is the opposite of what was taken for it."""
        before, self._extension = self._extension, direction
        if before is None:
            self._signed_from_s = now_s
            return False
        return bool(dot(before, direction) < 0)

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

    def _angle_deg(self, up: FloatArray) -> FloatArray:
        vertical = self._vertical
        if vertical is None:
            return np.full(len(up), np.nan)
        upright = dot(up, vertical)
        if self._extension is None:
            return np.degrees(np.arccos(np.clip(upright, -1.0, 1.0)))
        return np.degrees(np.arctan2(dot(up, across(vertical, self._extension)), upright))
