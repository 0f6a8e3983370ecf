"""Stillness: smoothed poses and when they are calm. Shared by every detector.

A pose is the mean direction of gravity over the last `POSE_S`. It is calm while consecutive poses hardly differ: a slow
turn, tremor and breathing stay calm, the slowest lift does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sensortrack.model.samples import BoolArray, FloatArray, IntArray
from sensortrack.signal.gravity import UpBlock
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import norm

POSE_S = 0.4
"""Length of the mean: three periods and more of tremor, and a pause of 0.5 s between repetitions is still seen."""

CALM_DEG_S = 3.0
"""A pose that turns slower is calm: 15 degrees in 3 s (the slowest low lift) is faster for three quarters of its way;
the sway of people on all fours (public bird-dog recordings, accelerometer) stays below for most of the time."""

HISTORY_S = 40.0
"""How far a detector may look back: a repetition with a hold of half a minute."""

_POSE = round(POSE_S * GRID_HZ)
_HISTORY = round(HISTORY_S * GRID_HZ)


@dataclass(frozen=True, slots=True)
class Poses:
    """The newest samples and as much history as detectors need; row ``k`` is grid index ``origin + k``.

    Parameters
    ----------
    origin
        Grid index of row 0.
    fresh
        First row that is new.
    up, pose
        (N, 3) direction of gravity, and its mean over the last `POSE_S`.
    calm
        (N,) whether the pose is calm.
    last_calm
        (N,) row of the last calm sample so far, -1 where there is none in the history.
    last_move
        (N,) row of the last sample so far that was not calm, -1 likewise.
    speed
        (N,) how far the direction moved since the sample before, as a chord.
    vertical
        (N,) vertical component of the specific force, m/s².
    arrival_s
        (N,) session time of the source's sample that completed each.
    delay_s
        The smoothing's delay: row ``k`` is the pose at ``(origin + k) / GRID_HZ - delay_s``.
    smear_s
        How much too early a movement seems to begin, and too late to end.
    begun
        Grid index of the first sample of the recording, or after the last break.
    broken
        True where the history starts anew with the fresh rows.
    """

    origin: int
    fresh: int
    up: FloatArray
    pose: FloatArray
    calm: BoolArray
    last_calm: IntArray
    last_move: IntArray
    speed: FloatArray
    vertical: FloatArray
    arrival_s: FloatArray
    delay_s: float
    smear_s: float
    begun: int
    broken: bool

    def until(self, stop: int, fresh: int) -> Poses:
        """Give the rows before `stop` as they were known then, as if those from `fresh` on were new."""
        return replace(
            self,
            fresh=fresh,
            up=self.up[:stop],
            pose=self.pose[:stop],
            calm=self.calm[:stop],
            last_calm=self.last_calm[:stop],
            last_move=self.last_move[:stop],
            speed=self.speed[:stop],
            vertical=self.vertical[:stop],
            arrival_s=self.arrival_s[:stop],
            broken=False,
        )

    def time_s(self, row: int, offset: float = 0.0) -> float:
        """Session time of a row, or of `offset` rows after it; the same bits whatever the history holds."""
        return ((self.origin + row) + offset) / GRID_HZ - self.delay_s

    def row_at(self, time_s: float) -> int:
        """First row at or after a session time."""
        return int(np.ceil((time_s + self.delay_s) * GRID_HZ)) - self.origin

    def risen_m(self, begin: int, end: int) -> float:
        """How much higher the sensor is at row `end` than at row `begin`, where it rests at both.

        The vertical acceleration is integrated twice; its mean is taken off, which is what resting at both ends means.
        So the accelerometer's bias and the local size of gravity drop out.
        """
        acceleration = self.vertical[begin : end + 1]
        velocity = np.cumsum(acceleration - acceleration.sum() / len(acceleration))
        return float(velocity.sum()) / GRID_HZ**2


class PoseHistory:
    """Carry the history from block to block."""

    def __init__(self) -> None:
        self._tail: Poses | None = None
        self._sums: FloatArray = np.zeros((0, 3))
        self._begun = 0

    def process(self, block: UpBlock) -> Poses:
        """Join a block to the history."""
        tail = self._start(block) if block.broken or self._tail is None else self._tail
        fresh = len(tail.up)
        sums = np.concatenate((self._sums, np.cumsum(np.concatenate((self._sums[-1:], block.up)), axis=0)[1:]))
        pose, calm = _calm(sums, len(block.up))
        calm &= np.arange(fresh, len(tail.up) + len(block.up)) + tail.origin >= self._begun + _POSE
        calm = np.concatenate((tail.calm, calm))
        rows = np.arange(len(calm))
        last_calm = np.maximum.accumulate(np.where(calm, rows, -1))
        joined = Poses(
            tail.origin,
            fresh,
            np.concatenate((tail.up, block.up)),
            np.concatenate((tail.pose, pose)),
            calm,
            np.where(rows - last_calm < _HISTORY, last_calm, -1),  # the same for any partition
            np.maximum.accumulate(np.where(calm, -1, rows)),
            np.concatenate((tail.speed, _speed(tail.up[-1:], block.up))),
            np.concatenate((tail.vertical, block.vertical)),
            np.concatenate((tail.arrival_s, block.arrival_s)),
            block.delay_s,
            block.smear_s,
            self._begun,
            block.broken,
        )
        self._keep(joined, sums)
        return joined

    def _start(self, block: UpBlock) -> Poses:
        nothing = np.zeros((0, 3))
        self._begun = block.first
        tail = Poses(
            block.first,
            0,
            nothing,
            nothing,
            np.zeros(0, dtype=np.bool_),
            np.zeros(0, dtype=np.int64),
            np.zeros(0, dtype=np.int64),
            np.zeros(0),
            np.zeros(0),
            np.zeros(0),
            block.delay_s,
            block.smear_s,
            block.first,
            True,
        )
        # the sums as if the first pose had been there before: a recording may begin with a short pause
        back = np.arange(-2 * _POSE, 1)[:, None]
        self._sums = back * block.up[0]
        return tail

    def _keep(self, joined: Poses, sums: FloatArray) -> None:
        cut = max(0, len(joined.up) - _HISTORY)
        self._tail = Poses(
            joined.origin + cut,
            0,
            joined.up[cut:],
            joined.pose[cut:],
            joined.calm[cut:],
            joined.last_calm[cut:],
            joined.last_move[cut:],
            joined.speed[cut:],
            joined.vertical[cut:],
            joined.arrival_s[cut:],
            joined.delay_s,
            joined.smear_s,
            self._begun,
            False,
        )
        self._sums = sums[-2 * _POSE - 1 :]


def _speed(before: FloatArray, up: FloatArray) -> FloatArray:
    speed = norm(np.diff(np.concatenate((before, up)), axis=0))
    return speed if len(before) else np.concatenate(([0.0], speed))


def _calm(sums: FloatArray, count: int) -> tuple[FloatArray, BoolArray]:
    """Means over the last `POSE_S` and whether they turn slowly, for the newest `count` rows of the running sums."""
    now, before, earlier = sums[-count:], sums[-count - _POSE : -_POSE], sums[-count - 2 * _POSE : -2 * _POSE]
    pose = (now - before) / _POSE
    turned_rad = norm(pose - (before - earlier) / _POSE)
    return pose, turned_rad < np.radians(CALM_DEG_S) * POSE_S
