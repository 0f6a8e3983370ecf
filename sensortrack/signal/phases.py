"""Cut one movement into lift, hold and lowering, by the one rule of design section 5.

A movement begins where the angular rate last rises above 10 % of its fastest moment's, and ends where it first falls
below 10 % of it again.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.vectors import direction

EDGE_SHARE = 0.1
"""Share of the fastest moment's rate at which a movement begins and ends (design section 5)."""

NEAR_TOP = 0.7
NEAR_REST = 0.3
"""A movement that pauses between these shares of the way to the top goes on after the pause: it is one movement."""


class Phases(NamedTuple):
    """A trip cut into phases, in rows of the angle (fractions between rows), and its levels in degrees."""

    start: float
    top_start: float
    top_end: float
    end: float
    rest_deg: float
    top_deg: float


def plane_angle_deg(up: FloatArray, rest: FloatArray, top: FloatArray) -> FloatArray:
    """Turn directions (N, 3) into the angle (N,) from `rest` towards `top`, in the plane of the two.

    A trip is the same rows whatever the blocks, so that a matrix product may be used here: see `vectors`.
    """
    across: FloatArray = up @ np.array(direction(rest, top))
    return np.degrees(np.arctan2(across, up @ rest))


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
    degrees: list[float] = angle_deg.tolist()
    peak = float(angle_deg.max())
    near_top = (angle_deg >= NEAR_TOP * peak).tobytes()
    last = len(degrees) - 1
    start, top_start = _rise(degrees, rate.tolist(), near_top.find(1), peak)
    end, top_end = _rise(degrees[::-1], (-rate[::-1]).tolist(), last - near_top.rfind(1), peak)
    end, top_end = last - end, last - top_end
    if top_end < top_start:  # no hold: the turning point is both
        top_start = top_end = 0.5 * (top_start + top_end)
    # of two humps, the one may begin where the other ends
    top_start, top_end = max(start, top_start), min(top_end, end)
    top_end, end = max(top_start, top_end), max(end, top_start)
    row = int(start)
    rest_deg = _median(degrees[max(0, row - rest_rows) : row + 1])
    top_deg = _median(degrees[round(top_start) : round(top_end) + 1])
    return Phases(start, top_start, top_end, end, rest_deg, top_deg)


def rows_to_go(speed: FloatArray) -> float:
    """How many rows after the last one a movement that slows down will end, by the minimum-jerk shape.

    Its speed falls to a share s of the fastest at sqrt(1 - sqrt(s)) of the way in time from the fastest moment to the
    standstill (Flash and Hogan 1985, doi:10.1523/JNEUROSCI.05-07-01688.1985).
    """
    place = int(speed.argmax())
    fastest, newest = float(speed[place]), float(speed[-1])
    if not EDGE_SHARE * fastest < newest < fastest:  # over, or not slower yet, or nothing moved at all
        return 0.0
    gone, whole = (math.sqrt(1.0 - math.sqrt(share)) for share in (newest / fastest, EDGE_SHARE))
    return (whole / gone - 1.0) * (len(speed) - 1 - place)


def _median(values: list[float]) -> float:
    """Median; quicker than numpy's for some dozens of values."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else 0.5 * (ordered[middle - 1] + ordered[middle])


def _rise(degrees: list[float], rate: list[float], stop: int, peak: float) -> tuple[float, float]:
    """Begin and end of the rise that first reaches `NEAR_TOP` of the peak, in row `stop`.

    On plain lists: edges are some rows away, and a search that stops at the first hit is quicker than arrays.
    """
    rest, top, half_rest, summit = NEAR_REST * peak, NEAR_TOP * peak, 0.5 * (NEAR_REST * peak), 0.9 * peak
    low, last = stop, len(rate) - 1
    while low > 0 and degrees[low] >= half_rest:
        low -= 1
    while degrees[stop] <= summit:
        stop += 1
    fastest = max(rate[low : stop + 1])
    before = after = rate.index(fastest, low)
    edge = EDGE_SHARE * fastest
    # pauses on the way are passed
    while before > 0 and (rate[before] >= edge or degrees[before] >= rest):
        before -= 1
    while after < last and (rate[after] >= edge or degrees[after] <= top):
        after += 1
    return _crossing(rate, before, edge), _crossing(rate, after - 1, edge)


def _crossing(rate: list[float], row: int, level: float) -> float:
    """Where between `row` and the next the rate crosses the level."""
    if row < 0 or row + 1 >= len(rate):
        return float(max(row, 0))
    here, there = rate[row], rate[row + 1]
    return row + (min(max((level - here) / (there - here), 0.0), 1.0) if there != here else 0.0)
