"""The timeline: samples as the source stamped them -> an even grid on session time, and the gaps.

Session time starts at the first sample. The grid has one rate for every sensor, so that filters and detectors know only
one: a grid sample is the mean of the signal over the 40 ms before it, taken from the running integral of the samples
(trapezoid rule). The integral of the angular rate is thus kept whatever the sampling rate and the jitter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.events import Gap
from sensortrack.model.samples import FloatArray, IntArray, RawBlock
from sensortrack.signal.bursts import Bursts

GRID_HZ = 25.0
"""Rate of the even grid. What movements are cut from is below 6 Hz. On 6600 simulated recordings that nothing was tuned
on, in three simulators, as good as 33 Hz: as many are counted right, holds are off by as little, and it takes an eighth
less time."""

GAP_S = 0.12
"""A longer distance between two samples is a gap: three samples at 25 Hz, the lowest rate that is promised."""

RESTART_S = 0.3
"""After a longer gap the orientation starts anew: a straight line across 0.3 s of a quick lift (80 degrees in 1 s) is
wrong by 11 degrees at most (minimum-jerk movement), about what the first accelerometer samples after it are."""

BREAK_S = 1.0
"""A longer gap ends movements and holds (design section 5)."""

LOWEST_RATE_HZ = 19.5
"""Below 20 Hz (with 2 % for a sensor's clock) a quick lift is fewer than ten samples: refused (issue's bad input)."""

_RATE_INTERVALS = 64  # the rate is judged on this many intervals: 3 s at 20 Hz
_SET_BACK_S = (
    1.0  # samples stamped earlier than ones already seen by more than this, for as long: the clock was set back
)
_TINY_S = 1e-12  # instead of nothing, where a sample is the first
_BLOCK = 32768  # rows worked on at once: long enough for few steps in Python, short enough for the processor's cache

Integral: TypeAlias = NDArray[Any]  # (3, N) float64 of acc; with a gyroscope complex128, gyr the imaginary part


@dataclass(frozen=True, slots=True)
class GridBlock:
    """Samples on the even grid, without a break inside.

    Parameters
    ----------
    first
        Grid index of the first sample; sample ``i`` is at ``(first + i) / GRID_HZ`` seconds of session time.
    acc, gyr
        (N, 3) m/s² and rad/s, sensor frame; gyr None without a gyroscope.
    arrival_s
        (N,) session time of the source's sample that completed each grid sample.
    restart
        True where orientation must start anew: at the beginning and after a gap.
    broken
        True where the gap before was longer than `BREAK_S` (and at the beginning).
    bridged
        True where there were no samples: a shorter gap was crossed on a straight line.
    """

    first: int
    acc: FloatArray
    gyr: FloatArray | None
    arrival_s: FloatArray
    restart: bool
    broken: bool
    bridged: bool = False

    def held(self, seconds: float) -> GridBlock:
        """Give the samples after this block if its last one stays for some seconds, as known at its end."""
        rows = np.full(round(seconds * GRID_HZ), len(self.acc) - 1)
        gyr = None if self.gyr is None else np.zeros((len(rows), 3))
        first = self.first + len(self.acc)
        return GridBlock(first, self.acc[rows], gyr, self.arrival_s[rows], restart=False, broken=False)


class Timeline:
    """Put samples on session time, drop repeated and late ones, find gaps, and give the even grid.

    Identical for any partition of the stream: all state is carried per sample.

    Raises
    ------
    RecordingError
        When the clock is set back, or the rate is under 20 Hz.
    """

    def __init__(self) -> None:
        self.samples = 0
        self.repeated = 0
        self.late = 0
        self._start_s = 0.0
        self._bursts = Bursts()
        self._newest_s = -1.0  # newest stamp
        self._last: RawBlock | None = None
        self._integral: Integral = np.zeros(0)
        self._next = 0
        self._edge: Integral | None = None
        self._restart = self._broken = True
        self._late_since_s: float | None = None
        self._gaps_s = 0.0
        self._steady = 0
        self._intervals: list[float] = []
        self._gap_ids = count()

    @property
    def duration_s(self) -> float:
        """Session time of the newest sample."""
        return 0.0 if self._last is None else float(self._last.time_s[-1])

    @property
    def rate_hz(self) -> float:
        """True rate: samples over time, gaps left out."""
        steady_s = self.duration_s - self._gaps_s
        return self._steady / steady_s if self._steady else 0.0

    def process(self, block: RawBlock) -> Iterator[GridBlock | Gap]:
        """Take the next samples, yield grid blocks and gaps in their order."""
        begin = 0
        while begin < len(block):
            stop = begin + (self._bursts.undecided() or _BLOCK)
            ordered = self._in_order(block[begin:stop])
            if len(ordered):
                yield from self._cut_at_gaps(ordered)
            begin = stop

    def finish(self) -> None:
        """Judge the rate of a recording that was too short to have been judged."""
        self._judge_rate()

    def _in_order(self, block: RawBlock) -> RawBlock:
        """Give the samples whose time goes forward, on session time, spread where they come in bursts."""
        if self._last is None:
            self._start_s = float(block.time_s[0])
        block = RawBlock(block.time_s - self._start_s, block.acc, block.gyr)
        if block.time_s[0] > self._newest_s and bool((block.time_s[1:] > block.time_s[:-1]).all()):
            self._late_since_s = None
            in_order = block
        else:
            in_order = self._drop_late(block)
        if len(in_order):
            self._newest_s = float(in_order.time_s[-1])
        if not self._bursts.are_known:
            self._bursts.look(block)
            return in_order
        return RawBlock(self._bursts.spread(in_order.time_s), in_order.acc, in_order.gyr)

    def _drop_late(self, block: RawBlock) -> RawBlock:
        """Leave out late samples, and repeated ones where stamps are not those of packets."""
        newest = np.maximum.accumulate(np.concatenate(([self._newest_s], block.time_s)))[:-1]
        keep = block.time_s > newest
        repeated = block.time_s == newest
        if self._bursts.are_known:
            keep, repeated = keep | repeated, np.zeros_like(repeated)
        self._judge_repeated(np.cumsum(repeated), np.cumsum(keep))
        self.repeated += int(repeated.sum())
        self.late += int((~keep & ~repeated).sum())
        for time_s, newest_before_s, kept in zip(block.time_s, newest, keep, strict=True):
            if kept:
                self._late_since_s = None
            elif newest_before_s - time_s > _SET_BACK_S:
                if self._late_since_s is None:
                    self._late_since_s = float(time_s)
                if abs(time_s - self._late_since_s) > _SET_BACK_S:
                    raise RecordingError(Problem.TIME_REVERSED, found=f"{newest_before_s:.3f} s to {time_s:.3f} s")
        rows = np.flatnonzero(keep)
        return RawBlock(block.time_s[rows], block.acc[rows], None if block.gyr is None else block.gyr[rows])

    def _judge_repeated(self, repeated: IntArray, kept: IntArray) -> None:
        """Refuse stamps most of which are repeated, by the counts after each sample of a block."""
        most = np.flatnonzero(self.repeated + repeated > _RATE_INTERVALS + self.samples + kept)
        if len(most):
            found = self.repeated + int(repeated[most[0]])
            total = found + self.samples + int(kept[most[0]])
            raise RecordingError(Problem.TIME_REPEATED, found=f"{found} of {total}")

    def _cut_at_gaps(self, block: RawBlock) -> Iterator[GridBlock | Gap]:
        """Split at gaps; each part starts with the last sample before it, so that intervals are whole."""
        self.samples += len(block)
        if self._last is None:
            self._last = block[:1]
            self._integral = np.zeros(3, dtype=np.float64 if block.gyr is None else np.complex128)
        joined = self._last + block if self.samples > len(block) else block
        self._last = joined[-1:]
        step_s = np.diff(joined.time_s)
        self._watch_rate(step_s)
        begin = 0
        for hole in np.flatnonzero(step_s > GAP_S).tolist():
            yield from self._grid(joined[begin : hole + 1], step_s[begin:hole])
            before_s, after_s = float(joined.time_s[hole]), float(joined.time_s[hole + 1])
            self._gaps_s += after_s - before_s
            yield Gap(next(self._gap_ids), before_s, after_s, after_s)
            yield from self._cross(joined[hole : hole + 2], step_s[hole : hole + 1])
            begin = hole + 1
        yield from self._grid(joined[begin:], step_s[begin:])

    def _watch_rate(self, step_s: FloatArray) -> None:
        self._steady += int(np.count_nonzero(step_s <= GAP_S))
        if len(self._intervals) < _RATE_INTERVALS:
            self._intervals.extend(step_s[: _RATE_INTERVALS - len(self._intervals)].tolist())
            if len(self._intervals) == _RATE_INTERVALS:
                self._judge_rate()

    def _judge_rate(self) -> None:
        rate_hz = 1.0 / float(np.median(self._intervals)) if self._intervals else LOWEST_RATE_HZ
        if rate_hz < LOWEST_RATE_HZ:
            raise RecordingError(Problem.RATE_TOO_LOW, expected="20 Hz or more", found=f"{rate_hz:.1f} Hz")

    def _cross(self, pair: RawBlock, step_s: FloatArray) -> Iterator[GridBlock]:
        """Cross a gap: up to `BREAK_S` on a straight line, else the grid jumps."""
        gap_s = float(step_s[0])
        if gap_s <= BREAK_S:
            yield from (replace(each, bridged=True) for each in self._grid(pair, step_s))
            self._restart |= gap_s > RESTART_S
            return
        self._restart = True
        self._next = int(np.ceil(pair.time_s[1] * GRID_HZ))
        self._edge = None
        self._broken = True

    def _grid(self, part: RawBlock, step_s: FloatArray) -> Iterator[GridBlock]:
        """Give the grid samples that `part` completes; its first sample was the last of the part before."""
        if len(part) < 2:
            return
        integral = self._integrate(part, step_s)
        stop = int(np.floor(part.time_s[-1] * GRID_HZ)) + 1
        stop -= int(
            (stop - 1) / GRID_HZ > part.time_s[-1]
        )  # the product may round up to a grid time that is not reached
        at_s = np.arange(self._next, stop) / GRID_HZ
        if not len(at_s):
            return
        after = np.searchsorted(part.time_s, at_s)
        arrival_s = part.time_s[after]
        before = np.maximum(after - 1, 0)
        share = (arrival_s - at_s) / np.maximum(arrival_s - part.time_s[before], _TINY_S)
        edges = integral.take(after, axis=1)
        edges -= share * (edges - integral.take(before, axis=1))
        if self._edge is not None:
            edges = np.concatenate((self._edge, edges), axis=1)
        first = stop - edges.shape[1] + 1
        self._next, self._edge = stop, edges[:, -1:].copy()
        means = np.diff(edges) * GRID_HZ
        if means.size:
            gyr = None if part.gyr is None else means.imag.T
            yield self._emit(first, means.real.T, gyr, arrival_s[-means.shape[1] :])

    def _integrate(self, part: RawBlock, step_s: FloatArray) -> Integral:
        """Give the running integral at each sample of `part`, carried over from the part before.

        With a gyroscope in complex numbers, so that both signals are summed at once: the same bits in half the time.
        """
        integral = np.empty((3, len(part)), dtype=self._integral.dtype)
        integral[:, 0] = self._integral
        half_step_s = 0.5 * step_s
        for sums, signal in ((integral.real, part.acc), (integral.imag, part.gyr)):
            if signal is not None:
                np.multiply(signal.T[:, 1:] + signal.T[:, :-1], half_step_s, out=sums[:, 1:])
        np.cumsum(integral, axis=1, out=integral)
        self._integral = integral[:, -1].copy()
        return integral

    def _emit(self, first: int, acc: FloatArray, gyr: FloatArray | None, arrival_s: FloatArray) -> GridBlock:
        block = GridBlock(first, acc, gyr, arrival_s, self._restart, self._broken)
        self._restart = self._broken = False
        return block
