"""Bursts: samples stamped with the time at which their packet came, instead of each with its own.

Where a packet's samples all have its time, or nearly so, they are spread again: none follows the one before sooner than
nearly the usual distance. So a stamp is only ever moved later, by as much as packets are long and late, and nothing
waits for the next packet. Whether a stream is of that kind, its first samples tell.
"""

from __future__ import annotations

from collections import deque
from statistics import median

import numpy as np

from sensortrack.model.samples import FloatArray, RawBlock

WINDOW = 64
"""So many distances tell whether samples come in bursts, and from then on how far apart they are: as many as tell the
rate."""

NEAR_SHARE = 0.25
BURST_SHARE = 0.25
"""So many of the distances are this much shorter than usual: packets of two and more (half of the distances), or
samples that wait for the radio's turn (a third). Of single samples that come 10 ms early or late at 60 Hz it is one in
twenty (simulated recordings)."""

NEW_SHARE = 0.1
"""And in so many of these the values differ too: rows that were written twice are none (while a coarse sensor rests,
some are the same)."""

SPREAD_SHARE = 0.98
"""At least this share of the usual distance apart: all of it would never catch up with a packet that was late."""

USUAL_OF = 15
"""The median of the mean distances in so many windows is the usual one: some of them may hold a gap, and the packets at
their ends may be late."""

MOST_S = 1.0
CATCH_UP_SHARE = 0.5
"""Spread over more than this, the rate has changed: the newest distances hold, and so much less."""

_LEAST_S = 1e-6


class Bursts:
    """Spread the stamps of a stream, where it comes in bursts; identical for any partition of it."""

    def __init__(self) -> None:
        self.are_known = False  # whether the stream comes in bursts
        self._decided = False
        self._stamps: list[float] = []  # of the open window, and the one before them
        self._rows: list[list[float]] = []  # what the first ones said
        self._usual_s: deque[float] = deque(maxlen=USUAL_OF)
        self._burst = 0, 0.0  # how many samples before the open window the newest burst began, and when
        self._least_s = 0.0  # distance in the open window
        self._lead_s = -np.inf  # earliest time that its first sample may have, by those so far
        self._spread_s = -np.inf  # newest time that was given

    def undecided(self) -> int:
        """Tell how many more stamps are looked at before anything is spread."""
        return 0 if self._decided else WINDOW + 1 - len(self._stamps)

    def look(self, block: RawBlock) -> None:
        """Look at the next of the first samples."""
        if self._decided:
            return
        for one, row in zip(block.time_s.tolist(), block.acc.tolist(), strict=True):
            if not self._stamps or one >= self._stamps[-1]:  # else late
                self._stamps.append(one)
                self._rows.append(row)
        if self.undecided():
            return
        self._decided = True
        step_s = np.diff(self._stamps)
        mean_s = float(step_s.mean())
        near = step_s < NEAR_SHARE * mean_s
        is_new = near & np.diff(self._rows, axis=0).any(axis=1)
        self.are_known = bool(near.sum() >= BURST_SHARE * WINDOW and is_new.sum() >= NEW_SHARE * WINDOW)
        if self.are_known:
            begin = int(np.flatnonzero(~near)[0])  # not all can be nearer than their mean
            self._burst = -begin, self._stamps[begin + 1]
            self._spread_s = self._stamps[-1]
            self._begin(mean_s)

    def spread(self, time_s: FloatArray) -> FloatArray:
        """Give the times of the next samples, by their stamps in rising order."""
        spread_s = np.empty_like(time_s)
        begin = 0
        while begin < len(time_s):
            count = len(self._stamps) - 1
            stop = min(begin + WINDOW - count, len(time_s))
            after_s = self._least_s * np.arange(count, count + stop - begin)
            lead_s = np.maximum.accumulate(np.maximum(time_s[begin:stop] - after_s, self._lead_s))
            spread_s[begin:stop] = lead_s + after_s
            self._lead_s, self._spread_s = lead_s[-1], spread_s[stop - 1]
            self._stamps.extend(time_s[begin:stop].tolist())
            begin = stop
            if len(self._stamps) > WINDOW:
                self._begin(self._usual_s[-1])
        return spread_s

    def _begin(self, usual_s: float) -> None:
        """Begin a window, and learn from the one before how far apart samples are: from burst to burst."""
        last_s = self._stamps[-1]
        begins = np.flatnonzero(np.diff(self._stamps) >= NEAR_SHARE * usual_s)
        before, since_s = self._burst
        if len(begins) and int(begins[-1]) + before > 0:
            place = int(begins[-1])
            self._burst = WINDOW - place, self._stamps[place + 1]
            usual_s = (self._burst[1] - since_s) / (place + before)
        else:
            self._burst = before + WINDOW, since_s
        self._usual_s.append(usual_s)
        least_s = SPREAD_SHARE * median(self._usual_s)
        if self._spread_s - last_s > MOST_S:
            self._usual_s.clear()
            self._usual_s.append(usual_s)
            least_s = CATCH_UP_SHARE * usual_s
        self._stamps = [last_s]
        self._least_s = max(least_s, _LEAST_S)
        self._lead_s = self._spread_s + self._least_s
