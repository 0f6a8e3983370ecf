"""Whether a number that is measured again and again has changed, or only scatters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import fmean

NOISE = {"deg": 5.0, "s": 0.3}
"""Changes up to this much are measurement noise, by unit. Degrees: clinical.md section 5 (published smallest detectable
changes of 2.4 to 9 degrees; 5 is the choice there). Seconds: limits of agreement of a repetition's duration against
video, -0.3 to 0.3 s (Viecelli 2020, section 4a)."""

_DETECTABLE = 2.77
"""Smallest detectable change in standard errors of measurement: 1.96 * sqrt(2) (clinical.md section 5)."""

_ENDS = 3
"""Sessions averaged at either end, where there are enough: a single odd day makes no trend (design choice)."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How a number went.

    Parameters
    ----------
    first, last
        Means of the first and of the last sessions.
    noise
        A change up to this may be measurement noise: the unit's `NOISE`, or the smallest change that this person's own
        scatter lets us see, if that is more.
    """

    first: float
    last: float
    noise: float

    @property
    def change(self) -> float:
        """Last minus first."""
        return self.last - self.first

    @property
    def is_beyond_noise(self) -> bool:
        """Whether it changed by more than measurement noise."""
        return abs(self.change) > self.noise


def trend(values: Sequence[float], unit: str) -> Trend | None:
    """Compare the last sessions with the first ones; None where there are not two.

    Parameters
    ----------
    values
        One of each session, oldest first.
    unit
        ``deg`` or ``s``.
    """
    if len(values) < 2:
        return None
    ends = min(_ENDS, len(values) // 2)
    return Trend(fmean(values[:ends]), fmean(values[-ends:]), max(NOISE[unit], _DETECTABLE * _own_error(values)))


def _own_error(values: Sequence[float]) -> float:
    """Estimate the standard error of measurement from neighbours, so that a slow change does not count as scatter.

    Needs four sessions: the scatter of fewer says next to nothing.
    """
    if len(values) < 4:
        return 0.0
    steps = [after - before for before, after in pairwise(values)]
    return sqrt(fmean([step * step for step in steps]) / 2.0)
