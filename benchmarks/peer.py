"""The naive peer: inclination from a 2 Hz low-passed accelerometer, and `scipy.signal.find_peaks` on it.

Not causal (it filters both ways and waits for the end), and told how the recording begins: still. It knows neither
flexion from extension nor a way into the position, as scripts of this kind do not.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, find_peaks, peak_widths, sosfiltfilt

from benchmarks.scoring import Found
from sensortrack.model.samples import FloatArray, RawBlock

LOWPASS_HZ = 2.0
STILL_S = 1.0
TOP_SHARE = 0.1  # of the height: below it the hold ends


def inclination_deg(block: RawBlock, still_s: float | None = None) -> tuple[FloatArray, float]:
    """Rotation of gravity (N,) on an even grid, and the grid's rate.

    Away from where it was in the first `still_s`, or else most of the time.
    """
    rate_hz = float(round((len(block) - 1) / (block.time_s[-1] - block.time_s[0])))
    at_s = np.arange(block.time_s[0], block.time_s[-1], 1.0 / rate_hz)
    even = np.stack([np.interp(at_s, block.time_s, column) for column in block.acc.T], axis=1)
    smooth = sosfiltfilt(butter(2, LOWPASS_HZ, fs=rate_hz, output="sos"), even, axis=0)
    up = smooth / np.linalg.norm(smooth, axis=1)[:, None]
    rest = np.median(up if still_s is None else up[: round(still_s * rate_hz)], axis=0)
    cosine = np.clip(up @ (rest / np.linalg.norm(rest)), -1.0, 1.0)
    return np.degrees(np.arccos(cosine)), rate_hz


def repetitions(block: RawBlock, least_deg: float) -> list[Found]:
    """Peaks of at least `least_deg`, a second apart; the hold is the width near the top."""
    angle, rate_hz = inclination_deg(block)
    peaks, found = find_peaks(angle, prominence=least_deg, distance=round(rate_hz))
    starts, ends = peak_widths(angle, peaks, rel_height=0.9)[2:]
    tops = peak_widths(angle, peaks, rel_height=TOP_SHARE)[0] / rate_hz
    return [
        Found(start / rate_hz, end / rate_hz, hold_s, rom_deg)
        for start, end, hold_s, rom_deg in zip(starts, ends, tops, found["prominences"], strict=True)
    ]


def holds(block: RawBlock, least_s: float) -> list[Found]:
    """Plateaus 12 to 45 degrees from standing for at least `least_s`."""
    angle, rate_hz = inclination_deg(block, STILL_S)
    above = np.concatenate(([False], (angle > 12.0) & (angle < 45.0), [False]))
    edges = np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2) / rate_hz
    return [Found(start_s, end_s) for start_s, end_s in edges if end_s - start_s >= least_s]


def thomas_deg(block: RawBlock) -> float:
    """Angle of the last quiet three seconds between 60 and 120 degrees from the first second's pose, less 90."""
    rate_hz = float(round((len(block) - 1) / (block.time_s[-1] - block.time_s[0])))
    smooth = sosfiltfilt(butter(2, LOWPASS_HZ, fs=rate_hz, output="sos"), block.acc, axis=0)
    up = smooth / np.linalg.norm(smooth, axis=1)[:, None]
    stood = up[: round(STILL_S * rate_hz)].mean(axis=0)
    lean = np.degrees(np.arccos(np.clip(up @ (stood / np.linalg.norm(stood)), -1.0, 1.0))) - 90.0
    window = round(3 * rate_hz)
    quiet = [
        float(np.median(part))
        for begin in range(0, len(lean) - window, window // 3)
        if np.ptp(part := lean[begin : begin + window]) < 2.0 and -30.0 < float(np.median(part)) < 30.0
    ]
    return float(np.median(quiet)) if quiet else float("nan")
