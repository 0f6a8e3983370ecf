"""Acceleration and angular rate that come apart: one stream, at the times of the acceleration.

An acceleration waits until the angular rate around it is known; what has none near it is left out, never made up.
"""

from __future__ import annotations

import numpy as np

from sensortrack.model.samples import FloatArray, RawBlock

HOLE_PERIODS = 3.0
"""The angular rate is interpolated over this many of its periods at most (protocols.md section 0, rule 5)."""

LONGEST_WAIT = 2048
"""Accelerations that wait while no angular rate comes; the oldest then go, but for those that came last: minutes may
come at once, and the angular rate right behind them."""


class Pairing:
    """Join two streams of samples.

    Parameters
    ----------
    rate_hz
        Nominal rate of the angular rate.
    """

    def __init__(self, rate_hz: float) -> None:
        self._hole_s = HOLE_PERIODS / rate_hz
        self._acc = _Waiting()
        self._gyr = _Waiting()
        self.dropped = 0

    def add_acc(self, time_s: FloatArray, acc: FloatArray) -> RawBlock | None:
        """Take accelerations (N,), (N, 3); give what is complete now."""
        self.dropped += self._acc.forget_for(len(time_s))
        self._acc.add(time_s, acc)
        return self._complete()

    def add_gyr(self, time_s: FloatArray, gyr: FloatArray) -> RawBlock | None:
        """Take angular rates (N,), (N, 3); give what is complete now."""
        self._gyr.forget_for(len(time_s))
        self._gyr.add(time_s, gyr)
        return self._complete()

    def _complete(self) -> RawBlock | None:
        acc, gyr = self._acc, self._gyr
        if not len(gyr.time_s):
            return None
        ready = int(np.searchsorted(acc.time_s, gyr.time_s[-1], side="right"))
        if not ready:
            return None
        time_s, values = acc.time_s[:ready], acc.values[:ready]
        after = np.minimum(np.searchsorted(gyr.time_s, time_s), len(gyr.time_s) - 1)
        before = np.maximum(after - 1, 0)
        inside = (gyr.time_s[before] <= time_s) & (gyr.time_s[after] - gyr.time_s[before] <= self._hole_s)
        near = inside | (gyr.time_s[after] == time_s)
        rates = np.stack([np.interp(time_s, gyr.time_s, axis) for axis in gyr.values.T], axis=1)
        self.dropped += int((~near).sum())
        acc.forget(ready)
        gyr.forget(int(np.searchsorted(gyr.time_s, time_s[-1], side="right")) - 1)
        return RawBlock(time_s[near], values[near], rates[near]) if near.any() else None


class _Waiting:
    """Samples that wait for others."""

    def __init__(self) -> None:
        self.time_s: FloatArray = np.zeros(0)
        self.values: FloatArray = np.zeros((0, 3))

    def add(self, time_s: FloatArray, values: FloatArray) -> None:
        self.time_s = np.concatenate((self.time_s, time_s))
        self.values = np.concatenate((self.values, values))

    def forget_for(self, coming: int) -> int:
        """Make room for samples that come; give how many went."""
        return self.forget(min(len(self.time_s) + coming - LONGEST_WAIT, len(self.time_s)))

    def forget(self, count: int) -> int:
        """Let the oldest go; give how many went."""
        count = max(count, 0)
        self.time_s, self.values = self.time_s[count:], self.values[count:]
        return count
