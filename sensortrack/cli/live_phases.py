"""Where in a repetition the thigh is, as it happens: what the detectors cut in hindsight, a moment after it began.

Only for what is said while a person moves; counting and measuring do not depend on it.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from math import inf, isfinite


class Phase(StrEnum):
    """Where in a repetition the thigh is, as far as is known at once."""

    REST = "rest"
    LIFT = "lift"
    TOP = "top"
    LOWER = "lower"


CALM_DEG, CALM_S = 3.0, 0.5
"""The thigh rests when its angle stays within this for so long (design choice: breathing and tremor move it less)."""

STOP_SHARE = 0.2
"""A lift has come to its top when it is slower than this share of its fastest moment. The contract's share is 10 %, cut
in hindsight; live, a lift that is nearly over is called a moment earlier, and the word needs its time (simulated kicks:
see docs/programme.md)."""

BACK_SHARE = 0.25
"""Down by this share of the lift, and it is being lowered; within this share of the rest angle, and it is back."""

BEYOND_S = 4.0
"""Calm at the top for so much longer than meant, and it is no top but another pose to rest in: people sat back on their
heels, or came up from there."""

READY_S = 2.0
"""A lift begins from a rest, or from the end of another repetition, not longer ago than this: walking has neither."""

_RATE_S = 0.12  # over which the angle's rate is taken: four samples of the grid


class Phases:
    """Follow the live angle through a repetition.

    Parameters
    ----------
    least_deg
        A lift of less is none.
    hold_s
        How long the top is meant to be held.

    Attributes
    ----------
    phase, since_s
        Where the thigh is, and since when.
    is_calm
        Whether it rests, here or at the top.
    rest_deg
        Angle of the rest that the newest lift began from.
    """

    def __init__(self, least_deg: float, hold_s: float) -> None:
        self.phase = Phase.REST
        self.since_s = 0.0
        self.is_calm = False
        self.least_deg = least_deg
        self.rest_deg = 0.0
        self._longest_s = hold_s + BEYOND_S
        self._recent: deque[tuple[float, float]] = deque()
        self._ready_s = -inf  # last time that a lift may begin from
        self._top_deg = 0.0
        self._fastest_deg_s = 0.0

    def follow(self, time_s: float, angle_deg: float) -> Phase | None:
        """Take the next angle; give the phase that begins with it, if one does."""
        if not isfinite(angle_deg):
            self._recent.clear()
            return self._begin(Phase.REST, time_s) if self.phase is not Phase.REST else None
        self._recent.append((time_s, angle_deg))
        while time_s - self._recent[0][0] > CALM_S:
            self._recent.popleft()
        angles = [angle for _, angle in self._recent]
        is_full = time_s - self._recent[0][0] > 0.8 * CALM_S
        self.is_calm = is_full and max(angles) - min(angles) < CALM_DEG
        found = self._next(time_s, angle_deg)
        return None if found is None else self._begin(found, time_s)

    def _begin(self, phase: Phase, time_s: float) -> Phase:
        self.phase, self.since_s = phase, time_s
        return phase

    def _next(self, time_s: float, angle_deg: float) -> Phase | None:
        if self.phase is Phase.REST:
            return self._from_rest(time_s, angle_deg)
        is_new_rest = self.phase is Phase.LOWER or time_s - self.since_s > self._longest_s
        if self.is_calm and is_new_rest:
            self.rest_deg, self._ready_s = angle_deg, time_s
            return Phase.REST
        self._top_deg = max(self._top_deg, angle_deg)
        lift_deg = self._top_deg - self.rest_deg
        if angle_deg - self.rest_deg < BACK_SHARE * lift_deg:
            self._ready_s = time_s if self.phase is not Phase.LIFT else self._ready_s
            return Phase.REST
        if self.phase is Phase.LIFT:
            return self._from_lift(lift_deg)
        is_lowered = self.phase is Phase.TOP and self._top_deg - angle_deg > BACK_SHARE * lift_deg
        return Phase.LOWER if is_lowered else None

    def _from_rest(self, time_s: float, angle_deg: float) -> Phase | None:
        if self.is_calm:
            self.rest_deg, self._ready_s = angle_deg, time_s
        is_ready = time_s - self._ready_s < READY_S
        if not is_ready or angle_deg - self.rest_deg < 0.5 * self.least_deg or self._rate_deg_s() <= 0:
            return None
        self._top_deg, self._fastest_deg_s = angle_deg, 0.0
        return Phase.LIFT

    def _from_lift(self, lift_deg: float) -> Phase | None:
        rate_deg_s = self._rate_deg_s()
        self._fastest_deg_s = max(self._fastest_deg_s, rate_deg_s)
        is_slow = rate_deg_s < STOP_SHARE * self._fastest_deg_s
        return Phase.TOP if is_slow and lift_deg >= self.least_deg else None

    def _rate_deg_s(self) -> float:
        time_s, angle_deg = self._recent[-1]
        then_s, then_deg = next(each for each in self._recent if time_s - each[0] <= _RATE_S)
        return (angle_deg - then_deg) / (time_s - then_s) if time_s > then_s else 0.0
