"""Cut one movement into lift, hold and lowering, by the one rule of design section 5.

A movement begins where the angular rate last rises above 10 % of its fastest moment's, and ends where it first falls
below 10 % of it again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensortrack.model.samples import BoolArray, FloatArray
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import dot, unit

EDGE_SHARE = 0.1
"""Share of the fastest moment's rate at which a movement begins and ends (design section 5)."""

NEAR_TOP = 0.7
NEAR_REST = 0.3
"""A movement that pauses between these shares of the way to the top goes on after the pause: it is one movement."""


@dataclass(frozen=True, slots=True)
class Phases:
    """A trip cut into phases, in rows of the angle (fractions between rows), and its levels in degrees."""

    start: float
    top_start: float
    top_end: float
    end: float
    rest_deg: float
    top_deg: float
    fastest_lift_deg_s: float
    fastest_lower_deg_s: float


def plane_angle_deg(up: FloatArray, rest: FloatArray, top: FloatArray) -> FloatArray:
    """Turn directions (N, 3) into the angle (N,) from `rest` towards `top`, in the plane of the two."""
    across = unit(top - rest * dot(top, rest))
    return np.degrees(np.arctan2(dot(up, across), dot(up, rest)))


def rate_deg_s(angle_deg: FloatArray) -> FloatArray:
    """Central difference."""
    rate = np.empty_like(angle_deg)
    rate[1:-1] = (angle_deg[2:] - angle_deg[:-2]) * (0.5 * GRID_HZ)
    rate[0], rate[-1] = rate[1], rate[-2]
    return rate


def cut_phases(angle_deg: FloatArray, rest_rows: int) -> Phases:
    """Cut a trip away from rest and back.

    Parameters
    ----------
    angle_deg
        (N,) N >= 5; angle from the rest pose towards the top, from before the lift to the deciding sample.
    rest_rows
        How many rows before the lift the rest angle is the median of, at most.
    """
    rate = rate_deg_s(angle_deg)
    peak = float(angle_deg.max())
    high = np.flatnonzero(angle_deg > NEAR_TOP * peak)
    start, top_start, fastest_lift = _rise(angle_deg, rate, int(high[0]), peak)
    back, backward = angle_deg[::-1], -rate[::-1]
    end, top_end, fastest_lower = _rise(back, backward, len(back) - 1 - int(high[-1]), peak)
    last = len(angle_deg) - 1.0
    end, top_end = last - end, last - top_end
    if top_end < top_start:  # no hold: the turning point is both
        top_start = top_end = 0.5 * (top_start + top_end)
    top_start, top_end = (
        max(start, top_start),
        min(top_end, end),
    )  # of two humps, the one may begin where the other ends
    top_end, end = max(top_start, top_end), max(end, top_start)
    first = int(start)
    rest_deg = _median(angle_deg[max(0, first - rest_rows) : first + 1])
    top = angle_deg[round(top_start) : round(top_end) + 1]
    return Phases(start, top_start, top_end, end, rest_deg, _median(top), fastest_lift, fastest_lower)


def _median(values: FloatArray) -> float:
    """Median; quicker than numpy's for some dozens of values."""
    ordered = np.sort(values)
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else 0.5 * float(ordered[middle - 1] + ordered[middle])


def _rise(angle_deg: FloatArray, rate: FloatArray, reached: int, peak: float) -> tuple[float, float, float]:
    """Begin and end of the rise that first reaches `NEAR_TOP` of the peak at row `reached`, and its fastest rate."""
    low = np.flatnonzero(angle_deg[: reached + 1] < 0.5 * NEAR_REST * peak)
    begin = int(low[-1]) if len(low) else 0
    above = np.flatnonzero(angle_deg[reached:] > 0.9 * peak)
    stop = reached + int(above[0]) + 1 if len(above) else reached + 1
    fastest = begin + int(np.argmax(rate[begin:stop]))
    edge = EDGE_SHARE * float(rate[fastest])
    slow = rate < edge
    before = _last_slow(slow, fastest, angle_deg, NEAR_REST * peak)
    after = _first_slow(slow, fastest, angle_deg, NEAR_TOP * peak)
    return _crossing(rate, before, edge), _crossing(rate, after - 1, edge), float(rate[fastest])


def _last_slow(slow: BoolArray, row: int, angle: FloatArray, below: float) -> int:
    """Last slow row before `row` where the angle is below the given one: pauses on the way are passed."""
    rows = np.flatnonzero(slow[: row + 1] & (angle[: row + 1] < below))
    return int(rows[-1]) if len(rows) else 0


def _first_slow(slow: BoolArray, row: int, angle: FloatArray, above: float) -> int:
    rows = np.flatnonzero(slow[row:] & (angle[row:] > above))
    return row + int(rows[0]) if len(rows) else len(slow) - 1


def _crossing(rate: FloatArray, row: int, level: float) -> float:
    """Where between `row` and the next the rate crosses the level."""
    if row < 0 or row + 1 >= len(rate):
        return float(max(row, 0))
    here, there = float(rate[row]), float(rate[row + 1])
    return row + (min(max((level - here) / (there - here), 0.0), 1.0) if there != here else 0.0)
