"""Is this an accelerometer with gravity in it, in m/s²? Told from the first seconds, or refused.

At rest the specific force has the size of gravity, and the median over some seconds keeps it while a thigh moves.
Values in g or mg under a header of m/s², and the linear acceleration of phones, give other sizes.
"""

from __future__ import annotations

import numpy as np

from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock

WINDOW_S = 5.0  # long enough for a median that one kick does not move
_LEAST_SAMPLES = 20  # fewer say nothing
_GRAVITY_M_S2 = (6.0, 15.0)  # median in a walk or a hop stays in here; a sensor's scale error is a few percent
_LINEAR_BELOW_M_S2 = 3.0  # median of what is left of a moving thigh's acceleration without gravity
_IN_G = (0.8, 1.25)
_IN_MG = (800.0, 1250.0)
_QUIET_SHARE = 0.3  # of the median between its quartiles: gravity in g is steady, linear acceleration near 1 is not


class PlausibilityCheck:
    """Look at the size of gravity in windows of five seconds until one of them is clear.

    Notes
    -----
    A window that is neither (someone drops the phone on the bed) leaves the question to the next one. The verdict falls
    at the first sample after a window, so cutting the stream elsewhere does not change it.
    """

    def __init__(self) -> None:
        self._parts: list[FloatArray] = []
        self._start_s: float | None = None
        self._is_clear = False

    def process(self, block: RawBlock) -> None:
        """Look at the next samples.

        Raises
        ------
        RecordingError
            Gravity is missing, or the unit is not m/s².
        """
        if self._is_clear:
            return
        time_s = block.time_s
        size = np.sqrt(block.acc[:, 0] ** 2 + block.acc[:, 1] ** 2 + block.acc[:, 2] ** 2)
        while not self._is_clear and len(time_s):
            if self._start_s is None:
                self._start_s = float(time_s[0])
            is_after = time_s - self._start_s >= WINDOW_S
            stop = int(is_after.argmax()) if is_after.any() else len(time_s)
            self._parts.append(size[:stop])
            if stop == len(time_s):
                return
            self._judge()
            time_s, size = time_s[stop:], size[stop:]

    def finish(self) -> None:
        """Judge a recording that ended inside a window.

        Raises
        ------
        RecordingError
            As in `process`.
        """
        if not self._is_clear:
            self._judge()

    def _judge(self) -> None:
        size = np.concatenate(self._parts) if self._parts else np.empty(0)
        self._parts, self._start_s = [], None
        if len(size) < _LEAST_SAMPLES:
            return
        low, median, high = np.percentile(size, [25, 50, 75])
        found = f"{median:.3g}"
        is_quiet = high - low < _QUIET_SHARE * median
        if is_quiet and _IN_G[0] < median < _IN_G[1]:
            raise RecordingError(Problem.UNITS, expected="g", found=found)
        if _IN_MG[0] < median < _IN_MG[1]:
            raise RecordingError(Problem.UNITS, expected="mg", found=found)
        if median < _LINEAR_BELOW_M_S2:
            raise RecordingError(Problem.GRAVITY_REMOVED, expected="9.81", found=found)
        self._is_clear = _GRAVITY_M_S2[0] < median < _GRAVITY_M_S2[1]
