"""The device: how it is strapped on, and how far it is from perfect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .body import Feel
from .motion import FloatArray
from .people import Difficulty

AZIMUTH_DEG = {"front": 0.0, "outside": 90.0, "back": 180.0}
"""Where round the thigh, from the front over the outside to the back."""


@dataclass(frozen=True, slots=True)
class Mounting:
    """How the sensor sits on the thigh.

    Parameters
    ----------
    azimuth_deg
        Round the bone: 0 front, 90 outside, 180 back, 270 inside.
    upside_down
        Its long axis points to the knee instead of the hip.
    roll_deg, taper_deg
        Askew on the skin, and out of it; together the long axis is at most 25 deg off the bone.
    long_axis
        Sensor axis along the bone, `x` or `y`; `z` always points out of the skin.
    below_hip_m, radius_m
        Distance along the bone and from it.
    """

    azimuth_deg: float
    upside_down: bool
    roll_deg: float
    taper_deg: float
    long_axis: str
    below_hip_m: float
    radius_m: float

    def outward(self, mirrored: bool) -> FloatArray:
        """Unit vector (3,) out of the skin, thigh frame."""
        azimuth = np.radians(self.azimuth_deg)
        return np.array([np.cos(azimuth), 0.0, np.sin(azimuth) * (-1.0 if mirrored else 1.0)])

    def position_m(self, mirrored: bool) -> FloatArray:
        """Sensor (3,) from the hip, thigh frame."""
        below: FloatArray = np.array([0.0, -self.below_hip_m, 0.0])
        return self.radius_m * self.outward(mirrored) + below

    def axes(self, mirrored: bool) -> FloatArray:
        """Sensor axes as columns (3, 3) in the thigh frame."""
        out, bone = self.outward(mirrored), np.array([0.0, 1.0, 0.0])
        flat = np.stack([np.cross(bone, out), bone, out], axis=1)
        turn = self.roll_deg + (180.0 if self.upside_down else 0.0) + (90.0 if self.long_axis == "x" else 0.0)
        return np.asarray(flat @ _about_x(self.taper_deg) @ _about_z(turn))

    @property
    def tilt_deg(self) -> float:
        """Angle between the sensor's long axis and the bone."""
        cosine = np.cos(np.radians(self.taper_deg)) * np.cos(np.radians(self.roll_deg))
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _about_x(angle_deg: float) -> FloatArray:
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def _about_z(angle_deg: float) -> FloatArray:
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def draw_mounting(
    rng: np.random.Generator,
    placement: str | None,
    upside_down: bool | None,
    tilt_deg: float | None,
    long_axis: str | None,
) -> Mounting:
    """Draw how the sensor is strapped on; what is given stays as given."""
    anywhere = float(rng.uniform(0.0, 360.0))
    near = float(rng.uniform(-15.0, 15.0))
    taper = float(rng.uniform(-8.0, 8.0))
    wanted = float(rng.triangular(abs(taper), abs(taper), 25.0)) if tilt_deg is None else tilt_deg
    taper = taper if abs(taper) <= wanted else 0.0
    roll = np.degrees(np.arccos(min(1.0, np.cos(np.radians(wanted)) / np.cos(np.radians(taper)))))
    flipped, sideways, sign = rng.random() < 0.35, rng.random() < 0.3, rng.choice([-1.0, 1.0])
    return Mounting(
        azimuth_deg=anywhere if placement is None else (AZIMUTH_DEG[placement] + near) % 360.0,
        upside_down=bool(flipped) if upside_down is None else upside_down,
        roll_deg=float(sign * roll),
        taper_deg=taper,
        long_axis=("x" if sideways else "y") if long_axis is None else long_axis,
        below_hip_m=float(rng.uniform(0.15, 0.35)),
        radius_m=float(rng.uniform(0.06, 0.08)),
    )


@dataclass(frozen=True, slots=True)
class Device:
    """One device: range, resolution and errors. Accelerometer in m/s2, gyroscope in rad/s.

    Parameters
    ----------
    rate_hz
        True sampling rate.
    acc_range_m_s2, gyr_range_rad_s
        Full scale.
    bits
        Resolution over the full scale; 0 means exact.
    acc_bias, gyr_bias, acc_scale, gyr_scale
        Errors (3,) by axis; scales are factors near one.
    acc_noise, gyr_noise
        Standard deviation of one sample.
    gyr_walk_rad_s_sqrt_s
        Random walk of the gyroscope's bias.
    window_share
        The device averages over this share of a sampling period.
    jitter_s
        Standard deviation of the time stamps.
    """

    rate_hz: float
    acc_range_m_s2: float
    gyr_range_rad_s: float
    bits: int
    acc_bias: FloatArray
    gyr_bias: FloatArray
    acc_scale: FloatArray
    gyr_scale: FloatArray
    acc_noise: float
    gyr_noise: float
    gyr_walk_rad_s_sqrt_s: float
    window_share: float
    jitter_s: float


def draw_device(rng: np.random.Generator, difficulty: Difficulty, rate_hz: float | None) -> Device:
    """Draw one device of the given difficulty; `rate_hz` is the nominal rate."""
    drawn_hz = float(rng.choice(difficulty.rates_hz))
    nominal_hz = drawn_hz if rate_hz is None else rate_hz
    d, half_band = difficulty, np.sqrt(nominal_hz / 2.0)
    errors = [rng.uniform(-1.0, 1.0, 3) for _ in range(4)]
    ideal = difficulty.acc_noise_m_s2_sqrt_hz == 0.0
    return Device(
        rate_hz=nominal_hz * (1.0 + d.rate_error * rng.uniform(-1.0, 1.0)),
        acc_range_m_s2=np.inf if ideal else 9.81 * float(rng.choice([4.0, 8.0, 16.0])),
        gyr_range_rad_s=np.inf if ideal else np.radians(float(rng.choice([250.0, 500.0, 1000.0, 2000.0]))),
        bits=0 if ideal else int(rng.choice([12, 14, 16, 16])),
        acc_bias=d.acc_bias_m_s2 * errors[0],
        gyr_bias=np.radians(d.gyr_bias_deg_s) * errors[1],
        acc_scale=1.0 + d.scale_error * errors[2],
        gyr_scale=1.0 + d.scale_error * errors[3],
        acc_noise=half_band * d.acc_noise_m_s2_sqrt_hz * rng.uniform(0.3, 1.0),
        gyr_noise=half_band * np.radians(d.gyr_noise_deg_s_sqrt_hz) * rng.uniform(0.3, 1.0),
        gyr_walk_rad_s_sqrt_s=0.01 * np.radians(d.gyr_bias_deg_s) * rng.uniform(0.2, 1.0),
        window_share=float(rng.uniform(0.3, 1.0)),
        jitter_s=d.jitter_share * rng.uniform(0.0, 1.0) / nominal_hz,
    )


def _averaged(values: FloatArray, step_s: float, time_s: FloatArray, window_s: float) -> FloatArray:
    """Mean of a finely sampled signal (M, 3) over a window round each time: the device's low-pass."""
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values * step_s, axis=0, out=total[1:])
    edges = (np.arange(len(values) + 1) - 0.5) * step_s
    columns = [
        np.interp(time_s + window_s / 2, edges, column) - np.interp(time_s - window_s / 2, edges, column)
        for column in total.T
    ]
    return np.stack(columns, axis=1) / window_s


def _digital(values: FloatArray, full_scale: float, bits: int) -> FloatArray:
    """Clip to the full scale and round to the resolution."""
    if not bits:
        return values
    step = 2.0 * full_scale / 2**bits
    return np.asarray(np.clip(np.round(values / step), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) * step)


def measure(
    rng: np.random.Generator, device: Device, axes: FloatArray, ideal: Feel, step_s: float, time_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What the device reports at the given times: specific force and angular rate (N, 3), sensor frame."""
    window_s = max(step_s, device.window_share / device.rate_hz)
    n = len(time_s)
    acc = _averaged(ideal.acc, step_s, time_s, window_s) @ axes
    gyr = _averaged(ideal.gyr, step_s, time_s, window_s) @ axes
    walk = np.cumsum(rng.normal(0.0, device.gyr_walk_rad_s_sqrt_s / np.sqrt(device.rate_hz), (n, 3)), axis=0)
    acc = acc * device.acc_scale + device.acc_bias + rng.normal(0.0, device.acc_noise, (n, 3))
    gyr = gyr * device.gyr_scale + device.gyr_bias + walk + rng.normal(0.0, device.gyr_noise, (n, 3))
    return _digital(acc, device.acc_range_m_s2, device.bits), _digital(gyr, device.gyr_range_rad_s, device.bits)


def stamps(rng: np.random.Generator, device: Device, time_s: FloatArray) -> FloatArray:
    """Time stamps (N,) as a file would hold them: jittered, strictly rising, six decimals."""
    jitter = np.clip(rng.normal(0.0, device.jitter_s, len(time_s)), -0.45 / device.rate_hz, 0.45 / device.rate_hz)
    return np.asarray(np.round(time_s + jitter, 6))


def kept(rng: np.random.Generator, n: int, lost_share: float) -> NDArray[np.bool_]:
    """Which samples (n,) arrive when packets of 1-10 are lost as a whole; the first and last always do."""
    size = int(rng.integers(1, 11))
    lost = np.repeat(rng.random(n // size + 1) < lost_share, size)[:n]
    lost[[0, -1]] = False
    return ~lost
