"""The angle of a whole session as least and greatest values of ever longer stretches: a day opens at once.

Level 0 has buckets of `BUCKET_S`, each level above of `FACTOR` buckets of the one below. Levels are cut into tiles of
`TILE` buckets, so that a part of a day is read without the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensortrack.model.events import AngleTrace

Extremes: TypeAlias = NDArray[np.float32]
"""(N, 2) least and greatest angle of each bucket, degrees; NaN where nothing is known."""

BUCKET_S = 0.05
"""A screen shows 2000 points at most: at this bucket 100 s of them, and a kick lasts 3 s."""

FACTOR = 4
TILE = 1024


@dataclass(frozen=True, slots=True)
class Tile:
    """`TILE` buckets of a level, or fewer at its end."""

    level: int
    number: int
    extremes: Extremes


class Pyramid:
    """Take an angle as it comes, keep its extremes."""

    def __init__(self) -> None:
        self._extremes = np.full((TILE, 2), np.nan, np.float32)
        self._buckets = 0

    def add(self, trace: AngleTrace) -> None:
        """Take points (their times may repeat and stand still), and turn over what was told with the wrong sign."""
        if trace.mirrored_from_s is not None:
            rows = slice(max(0, int(trace.mirrored_from_s / BUCKET_S)), self._buckets)
            self._extremes[rows] = -self._extremes[rows, ::-1]
        known = np.isfinite(trace.angle_deg) & (trace.time_s >= 0)
        if not known.any():
            return
        buckets = (trace.time_s[known] / BUCKET_S).astype(np.int64)
        self._make_room(int(buckets.max()) + 1)
        angle_deg = trace.angle_deg[known].astype(np.float32)
        np.fmin.at(self._extremes[:, 0], buckets, angle_deg)
        np.fmax.at(self._extremes[:, 1], buckets, angle_deg)

    def tiles(self) -> Iterator[Tile]:
        """Give all levels, the finest first; the last is a single tile."""
        extremes, level = self._extremes[: self._buckets], 0
        while len(extremes):
            for number in range(-(-len(extremes) // TILE)):
                yield Tile(level, number, extremes[number * TILE : (number + 1) * TILE])
            if len(extremes) <= TILE:
                return
            extremes, level = _coarser(extremes), level + 1

    def _make_room(self, buckets: int) -> None:
        self._buckets = max(self._buckets, buckets)
        if buckets > len(self._extremes):
            larger = np.full((max(buckets, 2 * len(self._extremes)), 2), np.nan, np.float32)
            larger[: len(self._extremes)] = self._extremes
            self._extremes = larger


def _coarser(extremes: Extremes) -> Extremes:
    missing = -len(extremes) % FACTOR
    padded = np.pad(extremes, ((0, missing), (0, 0)), constant_values=np.nan).reshape(-1, FACTOR, 2)
    return np.stack([np.fmin.reduce(padded[:, :, 0], axis=1), np.fmax.reduce(padded[:, :, 1], axis=1)], axis=1)


def level_for(span_s: float, points: int) -> int:
    """Give the finest level that needs no more than so many buckets for a span."""
    level = 0
    while span_s / bucket_s(level) > points:
        level += 1
    return level


def bucket_s(level: int) -> float:
    """Duration of a bucket."""
    return float(BUCKET_S * FACTOR**level)
