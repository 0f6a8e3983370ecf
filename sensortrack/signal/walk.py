"""Walking: the thigh swings to and fro, and the middle of that is upright, whatever was rested in before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import unit

WALK_S = 4.0
HALF_STRIDES = 5
SWING_DEG = (5.0, 30.0)
ONE_WAY_SHARE = 0.6
UNEVEN = 0.4
"""So long, with so many swings from one side to the other (a stride takes 0.9 to 1.3 s), so far around the middle
(rms), so much of it in one plane, and not so uneven (standard deviation of their times over the mean). In 360
recordings of three simulators, two of them written independently, 344 of 453 walks of 3 s and more are found, and what
is none is taken for one in 3 recordings."""

SIDE_SHARE = 0.35
"""Beyond this share of the swing's rms it is on the other side: tremor at the middle is no swing (design choice)."""

STILL_S = 0.5
"""Calm for this long is standing, no turn from one swing to the next."""

_WALK = round(WALK_S * GRID_HZ)
_STILL = round(STILL_S * GRID_HZ)
_EVERY = round(GRID_HZ)  # rows between two looks


def walks(poses: Poses, begin: int, stop: int) -> Iterator[tuple[int, FloatArray]]:
    """Give the rows in ``[begin, stop)`` up to which people have walked, one a second, and the middle (3,) of that."""
    since = max(begin - _WALK, 0)
    rows = np.arange(since, stop)
    settled = np.maximum.accumulate(np.where(rows - poses.last_move[since:stop] >= _STILL, rows, -1))
    ends = np.arange(begin + (-poses.origin - begin) % _EVERY, stop, _EVERY)
    ends = ends[(ends >= _WALK) & (settled[ends - since] < ends - _WALK)]  # nobody stands still in a walk
    for row in ends.tolist():
        middle = _middle(poses.up[row - _WALK : row])
        if middle is not None:
            yield row, middle


def _middle(up: FloatArray) -> FloatArray | None:
    """Give the middle (3,) of directions (N, 3) that swing as in walking; None if they do not."""
    mean = up.mean(axis=0)
    apart = up - mean
    spread, axes = np.linalg.eigh(apart.T @ apart)
    rms = float(np.sqrt(spread[2] / len(up)))
    if not np.radians(SWING_DEG[0]) < rms < np.radians(SWING_DEG[1]) or spread[2] < ONE_WAY_SHARE * spread.sum():
        return None
    swing = apart @ axes[:, 2]
    aside = np.flatnonzero(np.abs(swing) > SIDE_SHARE * rms)
    turns = aside[1:][np.diff(np.sign(swing[aside])) != 0]
    if len(turns) < HALF_STRIDES:
        return None
    times = np.diff(turns)
    return unit(mean) if times.std() < UNEVEN * times.mean() else None
