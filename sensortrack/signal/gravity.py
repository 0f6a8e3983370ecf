"""Where is up? The direction of gravity in the sensor frame, from grid samples; with a gyroscope or without.

The direction is smoothed by one causal Bessel low-pass, whose group delay is flat: all of a movement is late by the
same time, which is taken off the time stamps. Muscle tremor (8-12 Hz) and the ringing of soft tissue are above its
band.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import bessel, sosfilt, sosfilt_zi
from vqf import VQF

from sensortrack.model.samples import FloatArray
from sensortrack.signal.bridge import Bridge
from sensortrack.signal.timeline import GRID_HZ, GridBlock
from sensortrack.signal.vectors import dot, norm

GYRO_LOWPASS_HZ = 3.0
"""With a gyroscope: tremor at 9 Hz is down to 2 %, and the edges of lifts of 0.3 to 0.6 s move by 0.02 s (simulated
sessions). """

ACC_LOWPASS_HZ = 1.65
"""Without: the sensor's own acceleration (lever arm, impacts) must go too (benchmark: 2.2 Hz counts
fewer quick kicks right, 1.8 Hz fewer of those at home; 1.6 Hz tells one in thirty more later than 0.3 s)."""

GRAVITY_M_S2 = 9.81
ACC_TRUST_M_S2 = 1.2
ACC_LEAST_WEIGHT = 0.02
"""Without a gyroscope a sample counts less the farther its size is from gravity's: half at 1.0 m/s², what a
quick lift has (benchmark: as good as 2 in one simulation, better in the other)."""

_ORDER = 4

VQF_PARAMETERS = {
    "motionBiasEstEnabled": False,  # the bias is learned between the movements; in motion a quarter of VQF's time buys
    # nothing measurable (simulated kicks and repetitions, as they are and with 3 and 6 degrees per second more of bias)
    "tauAcc": 2.0,  # s; VQF's 3 s is for free movement, here the thigh rests between movements (benchmark: 1.5 to 3 s)
    "biasSigmaInit": 1.0,  # degrees per second, as cheap sensors have (VQF: 0.5; 2 learns wrong biases while walking)
    "biasClip": 10.0,  # degrees per second: a bias beyond VQF's 2 is not rare in sensors without calibration
    "restThGyr": 3.0,  # degrees per second: a kneeling or standing person sways; VQF's 2 is for a sensor on a table
}


@dataclass(frozen=True, slots=True)
class UpBlock:
    """The direction of gravity's reaction ("up") in the sensor frame.

    Parameters
    ----------
    first
        Grid index of the first sample.
    delay_s
        Delay of the smoothing: sample ``i`` is the pose at ``(first + i) / GRID_HZ - delay_s`` seconds.
    with_gyroscope
        Whether a gyroscope helped.
    up
        (N, 3) unit vectors.
    vertical
        (N,) vertical component of the specific force, m/s²: 9.81 at rest, more while the sensor is pushed up.
    arrival_s
        (N,) session time of the source's sample that completed each.
    broken
        True at the beginning and where a gap ended what was going on.
    """

    first: int
    delay_s: float
    with_gyroscope: bool
    up: FloatArray
    vertical: FloatArray
    arrival_s: FloatArray
    broken: bool


class Gravity:
    """Follow the direction of gravity.

    With a gyroscope by VQF (Laidig and Seel 2023, doi:10.1016/j.inffus.2022.10.014), 6D, grid-rate samples; without
    one the specific force itself, low-passed. Causal; identical for any partition of the stream.

    Parameters
    ----------
    still
        Only poses that are held still are asked for: the gyroscope is left out. A thigh that rests has nothing but
        gravity to feel, while the orientation filter is off by twice the bias that it has not learned yet (seconds
        into a recording, 1 degree per second of it makes 2 to 4 degrees).
    """

    def __init__(self, *, still: bool = False) -> None:
        self._still = still
        self._bridge = Bridge()
        self.delay_s = 0.0  # of the newest block
        self._vqf: VQF | None = None
        self._bias: tuple[FloatArray, float] | None = None
        self._state: FloatArray | None = None

    def process(self, block: GridBlock) -> Iterator[UpBlock]:
        """Take a grid block, give the directions it completes."""
        if self._still:
            block = replace(block, gyr=None)
        for each in self._bridge.process(block) if block.gyr is None else (block,):
            yield self._smooth(each)

    def _smooth(self, block: GridBlock) -> UpBlock:
        if block.restart:
            self._restart(block)
        raw = self._directions(block)
        with_gyroscope = block.gyr is not None
        sos, self.delay_s = _FILTERS[with_gyroscope]
        if self._state is None:
            self._state = sosfilt_zi(sos)[:, :, None] * raw[0]
        smooth, self._state = sosfilt(sos, raw, axis=0, zi=self._state)
        up = smooth[:, :3] / norm(smooth)[:, None]
        return UpBlock(block.first, self.delay_s, with_gyroscope, up, smooth[:, 3], block.arrival_s, block.broken)

    def _directions(self, block: GridBlock) -> FloatArray:
        """Columns to be smoothed: a direction (its length is its weight) and the vertical specific force."""
        if block.gyr is not None:
            return self._fuse(block.gyr, block.acc)
        size = norm(block.acc)
        # where the specific force is far from gravity's size, its direction tells little: impacts, their ringing
        weight = np.exp(-(((size - GRAVITY_M_S2) / ACC_TRUST_M_S2) ** 2)) + ACC_LEAST_WEIGHT
        direction = block.acc * (weight / np.maximum(size, ACC_LEAST_WEIGHT))[:, None]
        # its size, in which sideways acceleration hardly shows, stands for the vertical component
        return np.concatenate((direction, size[:, None]), axis=1)

    def _restart(self, block: GridBlock) -> None:
        """Begin anew, with the bias that was learned; the filter's state stays over a short gap."""
        if block.gyr is not None:
            if self._vqf is not None:
                self._bias = self._vqf.getBiasEstimate()
            self._vqf = VQF(1.0 / GRID_HZ, **VQF_PARAMETERS)
            if self._bias is not None:
                self._vqf.setBiasEstimate(self._bias[0], self._bias[1])
        if block.broken:
            self._state = None

    def _fuse(self, gyr: FloatArray, acc: FloatArray) -> FloatArray:
        if self._vqf is None:
            raise ValueError("the first block must restart the orientation")
        quat = self._vqf.updateBatch(np.ascontiguousarray(gyr), np.ascontiguousarray(acc))["quat6D"]
        w, x, y, z = np.ascontiguousarray(quat.T)
        columns = np.empty((4, len(acc))).T  # each column in one piece: quicker here and to filter
        # the earth's vertical in sensor axes: third row of the rotation matrix sensor -> earth
        columns[:, 0] = 2.0 * (x * z - w * y)
        columns[:, 1] = 2.0 * (y * z + w * x)
        columns[:, 2] = 1.0 - 2.0 * (x * x + y * y)
        columns[:, 3] = dot(columns, acc)
        return columns


def _filter(cutoff_hz: float, extra_samples: float) -> tuple[FloatArray, float]:
    """Design the low-pass; its delay at zero frequency in seconds."""
    sos = bessel(_ORDER, cutoff_hz, fs=GRID_HZ, norm="mag", output="sos")
    delay = sum(_section_delay(section) for section in sos)
    return sos, (delay + extra_samples) / GRID_HZ


def _section_delay(section: FloatArray) -> float:
    """Group delay of one biquad at zero frequency, in samples: sum(k b) / sum(b) - sum(k a) / sum(a)."""
    k = np.arange(3.0)
    b, a = section[:3], section[3:]
    return float((k * b).sum() / b.sum() - (k * a).sum() / a.sum())


# a grid sample is a mean over its interval: VQF's orientation stands at the interval's end, a mean of acc at its middle
_FILTERS = {True: _filter(GYRO_LOWPASS_HZ, 0.0), False: _filter(ACC_LOWPASS_HZ, 0.5)}
