"""Whether a change is one, or within measurement noise.

A difference of two measurements of the same unchanged leg exceeds ``1.96 * sqrt(2) * SEM`` once in twenty times
(Weir 2005, doi:10.1519/15184.1); SEM is the standard error of measurement. A person's own SEM is taken from the
differences of successive sessions (von Neumann 1941, doi:10.1214/aoms/1177731677): a slow true change barely enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import fmean, median

NOISE_OF_DIFFERENCE = 2.77
"""1.96 * sqrt(2), as in clinical.md section 5."""

NOISE = {"deg": 5.0, "s": 0.3}
"""No smaller change is told from noise, by unit. Degrees: clinical.md section 5 (2.4 to 4.2 degrees MDD of the knee in
the Thomas test, limits of agreement of up to 7 to 9 degrees with one sensor). Seconds: section 4a (limits of agreement
of single repetitions with video, Viecelli 2020)."""

FEWEST_DIFFERENCES = 3
"""A standard deviation from fewer is a guess (design choice): four sessions tell a person's own SEM."""

AVERAGED = 3
"""Beginning and end of a trend are medians of so many sessions, so that one odd day is no trend (design choice)."""

FEWEST_TRIALS = 2
"""Settled trials for a result of the Thomas test (clinical.md section 2, row 8)."""

COMPARABLE_DAYS = 7
"""Left and right are compared within a week: the programme has one Thomas test a week (clinical.md section 5)."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The change from the beginning of a series to its end.

    Parameters
    ----------
    first, last
        Medians of the first and of the last `averaged` values.
    sessions, averaged
        How many values there are, and how many of them each median is of.
    noise
        A change up to this may be measurement noise.
    """

    first: float
    last: float
    sessions: int
    averaged: int
    noise: float

    @property
    def change(self) -> float:
        """The end minus the beginning."""
        return self.last - self.first

    @property
    def is_beyond_noise(self) -> bool:
        """Whether the change is more than measurement noise."""
        return exceeds(self.change, self.noise)


def exceeds(change: float, noise: float) -> bool:
    """Tell whether a change is more than noise, as one who reads both with one decimal would."""
    return round(abs(change), 1) > round(noise, 1)


def trend(values: Sequence[float], unit: str) -> Trend | None:
    """Tell the change of one measure over sessions, oldest first; None of fewer than two.

    Parameters
    ----------
    values
        One per session.
    unit
        ``deg`` or ``s``.
    """
    if len(values) < 2:
        return None
    averaged = min(AVERAGED, len(values) // 2)
    first, last = median(values[:averaged]), median(values[-averaged:])
    return Trend(first, last, len(values), averaged, noise(values, unit))


def own_sem(values: Sequence[float]) -> float | None:
    """Give the standard error of measurement of a series, oldest first; None where too few values tell it."""
    differences = [after - before for before, after in pairwise(values)]
    if len(differences) < FEWEST_DIFFERENCES:
        return None
    return sqrt(fmean(each**2 for each in differences) / 2)


def noise(values: Sequence[float], unit: str) -> float:
    """Give up to what a change between two sessions may be measurement noise."""
    return max(NOISE[unit], NOISE_OF_DIFFERENCE * (own_sem(values) or 0.0))
