"""Stillness: smoothed poses and when they are calm. Shared by every detector.

A pose is the mean direction of gravity over the last `POSE_S`. It is calm while consecutive poses hardly differ: a slow
turn, tremor and breathing stay calm, the slowest lift does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
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

HISTORY_S = 90.0
"""How far a detector may look back: over a set that was seen from its top (simulated kicks without a gyroscope: of 800
recordings 0.6 % more are right than with 40 s)."""

_POSE = round(POSE_S * GRID_HZ)
_HISTORY = round(HISTORY_S * GRID_HZ)
_REMEMBERED = round((HISTORY_S - 2.0) * GRID_HZ)
_ROOM = 4 * _HISTORY  # rows added before the history is moved


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
    with_gyroscope
        Whether a gyroscope helped.
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
    with_gyroscope: bool
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
        return math.ceil((time_s + self.delay_s) * GRID_HZ) - self.origin

    def oldest(self, row: int) -> int:
        """First row that may be looked at when a fresh row decides: the same in every partition of the stream.

        Two seconds before it are remembered too.
        """
        return max(row - _REMEMBERED, 0)

    def risen_m(self, begin: int, *ends: int) -> Iterator[float]:
        """How much higher the sensor is at rows `ends` than at row `begin`, where it rests at both.

        The vertical acceleration is integrated twice; its mean is taken off, which is what resting at both ends means.
        So the accelerometer's bias and the local size of gravity drop out.
        """
        velocity = np.add.accumulate(self.vertical[begin : max(ends) + 1])
        height = np.add.accumulate(velocity)
        for end in ends:
            last = end - begin
            yield float(height[last] - velocity[last] * (0.5 * (last + 2))) / GRID_HZ**2


@dataclass(slots=True)
class _Columns:
    """Room for the history: rows are only ever added, so that what was given out stays as it was."""

    up: FloatArray
    pose: FloatArray
    calm: BoolArray
    last_calm: IntArray
    last_move: IntArray
    speed: FloatArray
    vertical: FloatArray
    arrival_s: FloatArray

    @classmethod
    def of(cls, rows: int) -> _Columns:
        """Make room."""
        return cls(
            up=np.empty((rows, 3)),
            pose=np.empty((rows, 3)),
            calm=np.empty(rows, dtype=np.bool_),
            last_calm=np.empty(rows, dtype=np.int64),
            last_move=np.empty(rows, dtype=np.int64),
            speed=np.empty(rows),
            vertical=np.empty(rows),
            arrival_s=np.empty(rows),
        )


class PoseHistory:
    """Carry the history from block to block."""

    def __init__(self) -> None:
        self._columns = _Columns.of(0)
        self._origin = 0  # grid index of their first row
        self._size = 0  # rows in use
        self._sums: FloatArray = np.zeros((0, 3))
        self._begun = 0

    def process(self, block: UpBlock) -> Poses:
        """Join a block to the history."""
        if block.broken or not self._size:
            self._start(block)
        count = len(block.up)
        self._make_room(count)
        fresh = self._size
        self._size += count
        self._write(block, slice(fresh, self._size))
        columns, stop = self._columns, self._size
        return Poses(
            origin=self._origin,
            fresh=fresh,
            up=columns.up[:stop],
            pose=columns.pose[:stop],
            calm=columns.calm[:stop],
            last_calm=columns.last_calm[:stop],
            last_move=columns.last_move[:stop],
            speed=columns.speed[:stop],
            vertical=columns.vertical[:stop],
            arrival_s=columns.arrival_s[:stop],
            delay_s=block.delay_s,
            with_gyroscope=block.with_gyroscope,
            begun=self._begun,
            broken=block.broken,
        )

    def _start(self, block: UpBlock) -> None:
        self._begun = self._origin = block.first
        self._size = 0
        self._columns = _Columns.of(0)
        # the sums as if the first pose had been there before: a recording may begin with a short pause
        self._sums = np.arange(-2 * _POSE, 1)[:, None] * block.up[0]

    def _make_room(self, count: int) -> None:
        """Begin new columns with the newest history when the old ones are full."""
        if self._size + count <= len(self._columns.up):
            return
        kept = min(self._size, _HISTORY)
        cut = self._size - kept
        columns = _Columns.of(kept + max(count, _ROOM))
        for name in _Columns.__slots__:
            getattr(columns, name)[:kept] = getattr(self._columns, name)[cut : self._size]
        for rows in (columns.last_calm, columns.last_move):
            np.maximum(rows[:kept] - cut, -1, out=rows[:kept])
        self._columns, self._origin, self._size = columns, self._origin + cut, kept

    def _write(self, block: UpBlock, fresh: slice) -> None:
        columns, count = self._columns, len(block.up)
        sums = np.concatenate((self._sums, np.cumsum(np.concatenate((self._sums[-1:], block.up)), axis=0)[1:]))
        self._sums = sums[-2 * _POSE - 1 :]
        rows = np.arange(fresh.start, fresh.stop)
        columns.pose[fresh], calm = _calm(sums, count)
        calm &= rows + self._origin >= self._begun + _POSE
        before = fresh.start - 1
        columns.calm[fresh] = calm
        known = (columns.last_calm[before], columns.last_move[before]) if before >= 0 else (-1, -1)
        other = _last_other(calm, rows, *known)
        columns.last_calm[fresh] = np.where(calm, rows, other)
        columns.last_move[fresh] = np.where(calm, other, rows)
        columns.up[fresh] = block.up
        earlier = columns.up[max(before, 0) : fresh.stop - 1] if before >= 0 else block.up[[0, *range(count - 1)]]
        columns.speed[fresh] = norm(block.up - earlier)
        columns.vertical[fresh] = block.vertical
        columns.arrival_s[fresh] = block.arrival_s


def _last_other(flags: BoolArray, rows: IntArray, last_true: int, last_false: int) -> IntArray:
    """Row of the last flag so far that differs from a row's own; -1 where it is farther back than the history."""
    last = np.full(len(flags), last_false if flags[0] else last_true)
    turns = np.flatnonzero(flags[1:] != flags[:-1])
    last[turns + 1] = rows[turns]
    np.maximum.accumulate(last, out=last)
    last[rows - last >= _HISTORY] = -1
    return last


def _calm(sums: FloatArray, count: int) -> tuple[FloatArray, BoolArray]:
    """Means over the last `POSE_S` and whether they turn slowly, for the newest `count` rows of the running sums."""
    means = (sums[_POSE:] - sums[:-_POSE]) / _POSE
    pose = means[-count:]
    turned_rad = norm(pose - means[-count - _POSE : -_POSE])
    return pose, turned_rad < np.radians(CALM_DEG_S) * POSE_S
