"""What comes next in a block, found for all of its rows at once: so that detectors go from one event to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import norm

SETTLE_S = 1.0
"""Calm for this long in another pose, and trips may start from there. Pauses on the way to the top are shorter
(benchmark)."""

SETTLE = round(SETTLE_S * GRID_HZ)


class Ahead(NamedTuple):
    """What comes next, found for all fresh rows at once; a byte for each, 1 where it is so.

    Parameters
    ----------
    fresh
        First row.
    calm, left, settled
        Calm; farther than what is followed from the last calm pose; calm for `SETTLE_S`.
    """

    fresh: int
    calm: bytes
    left: bytes
    settled: bytes

    @classmethod
    def of(cls, poses: Poses, depart: float) -> Ahead:
        """Look ahead; `depart` is a chord."""
        fresh = slice(poses.fresh, len(poses.up))
        calm = poses.last_calm[fresh]
        far = norm(poses.up[fresh] - poses.pose.take(calm, axis=0)) > depart
        settled = np.arange(fresh.start, fresh.stop) - poses.last_move[fresh] >= SETTLE
        return cls(fresh.start, *(each.tobytes() for each in (poses.calm[fresh], far & (calm >= 0), settled)))

    def first(self, flags: bytes, row: int, stop: int) -> int:
        """First row from `row` on where it is so; `stop` if it is not before."""
        place = flags.find(1, row - self.fresh, stop - self.fresh)
        return place + self.fresh if place >= 0 else stop
