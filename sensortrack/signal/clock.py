"""When was a sample taken? From the device's clock, or its mere count, to the host's monotonic clock; causally.

A notification can only be late, so the least difference between receive time and device time is nearest to the truth:
the lower envelope (protocols.md section 8.5). The difference drifts as the two clocks differ in rate. What is told once
never jumps: it slews towards the envelope, and steps only where samples must be missing.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

import numpy as np

from sensortrack.model.samples import Clock, FloatArray, Frame

WINDOW_S = 1.0
"""The least offset of each second is kept: 25 packets, one of which is hardly late."""

TRAIL = 60
FIT = 300
"""Windows that the envelope rests on (60 s: with 50 ppm unknown drift 3 ms), and windows that the drift is fitted to
(5 min: a few ppm with delays of 30 to 200 ms; benchmarks/clock.py)."""

STAMPED_DRIFT, STAMPED_FROM = 500e-6, 30
COUNTED_DRIFT, COUNTED_FROM = 0.5, 5
"""Largest drift believed, and from how many windows on. Crystals are within 50 ppm. Sampling rates of sensors without a
clock are 1 to 3 % off (protocols.md section 8.5); a slow link or an unknown sketch may give half of what was asked."""

SETTLE_S = 5.0
MOST_SLEW = 0.05
"""The offset in use goes to the envelope with this time constant, at most this fast: the first packet may be 0.2 s
late, and after 30 s nothing of that is left."""

STEP_S = 0.25
STAMPED_STEP_AFTER_S, COUNTED_STEP_AFTER_S = 10.0, 2.0
"""Every packet later than the envelope by this, for as long: without a clock samples are missing, with one it was set
(protocols.md section 8.5: step only if the error is over 250 ms). A burst ends with packets that are in time."""

EACH_STEP_AFTER_S = 60.0
"""The same for a clock that stamps every sample: a phone keeps what the network does not take, and may be late for long
while it catches up; that its clock is set within a session is rare."""

AHEAD_S = 2.0
"""A device clock that gained this much on the host's, beyond what it was late before, was restarted: it cannot run so
much faster. What was late comes in a burst, and there may be a hole inside it."""

PLAUSIBLE = (0.5, 1.5)
"""A step between samples outside of these shares of the nominal is none: frames are missing between two stamps."""


class Envelope:
    """Offset of the host's clock against a device's: lower envelope of what was received.

    Parameters
    ----------
    most_drift, fit_from
        Largest drift believed, and from how many windows on it is fitted.
    step_after_s
        Every packet late for so long: begin anew.
    """

    def __init__(self, most_drift: float, fit_from: int, step_after_s: float) -> None:
        self._most_drift = most_drift
        self._fit_from = fit_from
        self._step_after_s = step_after_s
        self.drift = 0.0
        self.is_fitted = False
        self.restart()

    def restart(self) -> None:
        """Begin anew, as after a reboot; the drift that was learned stays."""
        self._windows: deque[tuple[float, float]] = deque(maxlen=FIT)
        self._least: tuple[float, float] | None = None  # device time and offset of the running window's least
        self._window_until_s = -np.inf
        self._floor_s = np.inf  # least level of the closed windows
        self._used: tuple[float, float] | None = None  # device time and offset in use
        self._late_since_s: float | None = None

    def offset_s(self, device_s: float, received_s: float) -> tuple[float, float]:
        """Take a packet's newest sample; give the offset for its samples, and by how much it had to step forward."""
        offset_s = received_s - device_s
        stepped_s = self._step(offset_s - self._envelope_s(device_s), received_s)
        if device_s >= self._window_until_s:
            self._close_window(device_s)
        if self._least is None or self._level_s((device_s, offset_s)) < self._level_s(self._least):
            self._least = (device_s, offset_s)
        return self._slew(device_s, self._envelope_s(device_s)), stepped_s

    def _step(self, late_s: float, received_s: float) -> float:
        """Begin anew if every packet has been late for long; give by how much."""
        if late_s < STEP_S or not self.is_fitted:
            self._late_since_s = None
            return 0.0
        if self._late_since_s is None:
            self._late_since_s = received_s
        if received_s - self._late_since_s < self._step_after_s:
            return 0.0
        self.restart()
        return late_s

    def _close_window(self, device_s: float) -> None:
        if self._least is not None and self._late_since_s is None:
            self._windows.append(self._least)
            if len(self._windows) >= self._fit_from:
                self._fit()
            self._floor_s = min(map(self._level_s, islice(self._windows, max(len(self._windows) - TRAIL, 0), None)))
        self._least = None
        self._window_until_s = device_s + WINDOW_S

    def _fit(self) -> None:
        points = np.array(self._windows)
        apart = points - points.mean(axis=0)
        slope = float((apart[:, 0] * apart[:, 1]).sum() / (apart[:, 0] ** 2).sum())
        self.drift = min(max(slope, -self._most_drift), self._most_drift)
        self.is_fitted = True

    def _envelope_s(self, device_s: float) -> float:
        least = self._floor_s if self._least is None else min(self._floor_s, self._level_s(self._least))
        return least + self.drift * device_s

    def _level_s(self, point: tuple[float, float]) -> float:
        """Offset of a point with the drift since the device's zero taken off."""
        return point[1] - self.drift * point[0]

    def _slew(self, device_s: float, wanted_s: float) -> float:
        if self._used is None:
            self._used = (device_s, wanted_s)
            return wanted_s
        before_s, used_s = self._used
        passed_s = max(device_s - before_s, 0.0)
        used_s += self.drift * passed_s
        most_s = MOST_SLEW * passed_s
        used_s += min(max((wanted_s - used_s) * min(1.0, passed_s / SETTLE_S), -most_s), most_s)
        self._used = (device_s, used_s)
        return used_s


class StreamClock:
    """Give the samples of one stream of frames their times.

    Parameters
    ----------
    clock
        What the frames tell of time.
    rate_hz
        Nominal rate.
    """

    def __init__(self, clock: Clock, rate_hz: float) -> None:
        self._clock = clock
        self._nominal_s = 1.0 / rate_hz
        self._step_s = self._nominal_s
        step_after_s = EACH_STEP_AFTER_S if clock.stamps == "each" else STAMPED_STEP_AFTER_S
        self._envelope = (
            Envelope(STAMPED_DRIFT, STAMPED_FROM, step_after_s)
            if clock.stamps
            else Envelope(COUNTED_DRIFT, COUNTED_FROM, COUNTED_STEP_AFTER_S)
        )
        self._stamp: tuple[float, float, int] | None = None  # unwrapped stamp, receive time, samples of the last frame
        self._base_s = 0.0  # what is added to stamps since the last reboot or wrap
        self._count = 0
        self._told_s = -np.inf
        self._late_s = 0.0  # how long after its samples the last frame came
        self.lost = 0
        self.repeated = 0

    @property
    def drift_ppm(self) -> float:
        """How much faster than the device's the host's clock runs, by the newest fit."""
        return 1e6 * self._envelope.drift

    def link_up(self) -> None:
        """A new connection: what was counted before it says nothing about what comes."""
        if self._clock.stamps is None:
            self._envelope.restart()

    def times_s(self, frame: Frame, skipped: int = 0) -> FloatArray | None:
        """Give the (N,) times of a frame's samples on the host's clock, or None for a frame that came before.

        Parameters
        ----------
        skipped
            Samples known to be missing before it, by a frame counter; needed only without a device clock.
        """
        device_s = self._count_on(frame, skipped) if frame.stamp_s is None else self._spread(frame, frame.stamp_s)
        if device_s is None:
            return None
        offset_s, stepped_s = self._envelope.offset_s(float(device_s[-1]), frame.received_s)
        if frame.stamp_s is None:
            self.lost += round(stepped_s / self._nominal_s)
        times_s = device_s + offset_s
        if times_s[0] <= self._told_s:  # time never turns round
            times_s = np.maximum(times_s, self._told_s + 1e-6 * np.arange(1, len(times_s) + 1))
        self._told_s = float(times_s[-1])
        self._late_s = max(frame.received_s - self._told_s, 0.0)
        return times_s

    def _count_on(self, frame: Frame, skipped: int) -> FloatArray:
        self._count += skipped
        self.lost += skipped
        device_s = np.arange(self._count, self._count + len(frame), dtype=np.float64) * self._nominal_s
        self._count += len(frame)
        return device_s

    def _spread(self, frame: Frame, stamp_s: float) -> FloatArray | None:
        """Give device times of a stamped frame's samples."""
        count = len(frame)
        stamp_s = self._unwrap(stamp_s, frame.received_s, count)
        if self._stamp is not None and stamp_s <= self._stamp[0]:
            self.repeated += 1
            return None
        if frame.stamps_s is not None:
            return self._each(frame.stamps_s, stamp_s, frame.received_s)
        if self._stamp is not None:
            self._watch_step(stamp_s - self._stamp[0], count if self._clock.stamps == "last" else self._stamp[2])
        self._stamp = (stamp_s, frame.received_s, count)
        first = 0 if self._clock.stamps == "first" else 1 - count
        return stamp_s + np.arange(first, first + count, dtype=np.float64) * self._step_s

    def _each(self, stamps_s: FloatArray, stamp_s: float, received_s: float) -> FloatArray:
        """Give device times where every sample has its stamp: `stamp_s` is the last one's, unwrapped."""
        device_s = stamps_s + (stamp_s - float(stamps_s[-1]))
        steps = np.diff(device_s) if self._stamp is None else np.diff(device_s, prepend=self._stamp[0])
        holes = np.rint(steps[steps > PLAUSIBLE[1] * self._nominal_s] / self._nominal_s) - 1.0
        self.lost += int(holes.sum())
        self._stamp = (stamp_s, received_s, len(device_s))
        return device_s

    def _watch_step(self, between_s: float, spanned: int) -> None:
        """Learn the distance of two samples from two stamps, or that frames are missing between them."""
        share = between_s / spanned / self._nominal_s
        if PLAUSIBLE[0] < share < PLAUSIBLE[1]:
            self._step_s = between_s / spanned
        else:
            self.lost += max(round(between_s / self._step_s) - spanned, 0)

    def _unwrap(self, stamp_s: float, received_s: float, count: int) -> float:
        """Put the stamp on a line without wraps and restarts."""
        stamp_s += self._base_s
        if self._stamp is None:
            return stamp_s
        before_s, before_received_s, _ = self._stamp
        passed_s = received_s - before_received_s
        wrap_s = self._clock.wrap_s
        wrapped_s = wrap_s * round((before_s + passed_s - stamp_s) / wrap_s) if wrap_s else 0.0
        gained_s = stamp_s + wrapped_s - before_s
        if -AHEAD_S < gained_s < passed_s + self._late_s + count * self._nominal_s + AHEAD_S:
            self._base_s += wrapped_s
            return stamp_s + wrapped_s
        self._base_s += before_s + passed_s - stamp_s  # it was restarted: it goes on where the host's clock is
        self._envelope.restart()
        return before_s + passed_s
