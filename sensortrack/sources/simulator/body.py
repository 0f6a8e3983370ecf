"""From planned motion to what a perfect sensor on the thigh would feel, in the thigh's own axes.

Earth frame: x where the person faces, y up, z to the person's right; thigh frame (ISB): x forward, y up along
the bone, z to the right, equal to the earth frame when the thigh is vertical. Wu et al. 2002,
doi:10.1016/S0021-9290(01)00222-6. A left leg is the mirror image in z.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .handling import Carried
from .motion import Channel, FloatArray, Knock, band_noise
from .people import Person

GRAVITY_M_S2 = 9.81
_RAD = np.pi / 180.0
_ANGLES = slice(0, 3)


@dataclass(frozen=True, slots=True)
class Feel:
    """Ideal signals (N, 3), thigh frame: specific force [m/s2] and angular rate [rad/s]."""

    acc: FloatArray
    gyr: FloatArray


def _unrest(rng: np.random.Generator, person: Person, effort: FloatArray, step_s: float) -> FloatArray:
    """Tremor (8-12 Hz), unsteadiness (3-7 Hz) and sway (0.2-1 Hz) of the three thigh angles (N, 3) [deg].

    Tremor is set by the acceleration it makes 0.25 m from the hip: 0.05-0.35 m/s2 in real holds.
    """
    n = len(effort)
    per_m_s2 = 1.0 / (0.25 * _RAD * (2 * np.pi) ** 2)
    strength = 0.1 + 0.9 * np.clip(effort, 0.0, 1.0)
    columns = []
    for share in (1.0, 0.7, 0.5):
        fast = band_noise(rng, n, step_s, 8.0, 12.0) * person.tremor_m_s2 * per_m_s2 / 100.0
        middle = band_noise(rng, n, step_s, 3.0, 7.0) * person.tremor_m_s2 * per_m_s2 / 25.0
        slow = band_noise(rng, n, step_s, 0.2, 1.0) * person.sway_deg
        columns.append(share * (strength * (fast + 0.7 * middle) + (0.4 + 0.6 * strength) * slow))
    return np.stack(columns, axis=1)


def _ringing(rng: np.random.Generator, knocks: Sequence[Knock], n: int, step_s: float) -> tuple[FloatArray, ...]:
    """Shock (N, 3) [m/s2] of the bone, and ringing of the soft tissue: shift (N, 3) [m] and twist (N, 3) [deg]."""
    shock, shift, twist = (np.zeros((n, 3)) for _ in range(3))
    for knock in knocks:
        first = int(knock.time_s / step_s)
        width = min(n - first, int(1.0 / step_s))
        tau = np.arange(max(0, width))[:, None] * step_s
        direction = np.array([0.35, 1.0, 0.2]) * rng.uniform(0.5, 1.0, 3)
        hit = np.exp(-tau / rng.uniform(0.015, 0.03)) * np.sin(2 * np.pi * rng.uniform(14, 30) * tau)
        rate_hz, decay_s = rng.uniform(6, 15), rng.uniform(0.06, 0.18)
        ring = np.exp(-tau / decay_s) * (1 - np.exp(-tau / 0.01)) * np.sin(2 * np.pi * rate_hz * tau)
        peak_m_s2 = knock.strength_g * GRAVITY_M_S2
        shock[first : first + width] += 1.6 * peak_m_s2 * hit * direction
        shift[first : first + width] += 0.6 * peak_m_s2 / (2 * np.pi * rate_hz) ** 2 * ring * rng.normal(0, 1, 3)
        twist[first : first + width] += min(4.0, 1.2 * knock.strength_g) * ring * rng.normal(0, 1, 3)
    return shock, shift, twist


def _rotation_terms(angles: FloatArray) -> tuple[FloatArray, ...]:
    """Sines and cosines of extension (turned to ISB's flexion-positive), abduction and rotation [deg]."""
    rad = angles.T * np.array([-_RAD, -_RAD, _RAD])[:, None]
    return (*np.sin(rad), *np.cos(rad))


def to_earth(angles: FloatArray, vector: FloatArray) -> FloatArray:
    """Turn vectors (N, 3) or (3,) from the thigh to the earth frame by R = Rz(flexion) Rx(abduction) Ry(rotation)."""
    sf, sa, sr, cf, ca, cr = _rotation_terms(angles)
    x, y, z = vector.T
    x, z = cr * x + sr * z, cr * z - sr * x
    y, z = ca * y - sa * z, sa * y + ca * z
    return np.stack([cf * x - sf * y, sf * x + cf * y, z], axis=1)


def to_thigh(angles: FloatArray, vector: FloatArray) -> FloatArray:
    """Turn vectors (N, 3) from the earth to the thigh frame; the inverse of `to_earth`."""
    sf, sa, sr, cf, ca, cr = _rotation_terms(angles)
    x, y, z = vector.T
    x, y = cf * x + sf * y, cf * y - sf * x
    y, z = ca * y + sa * z, ca * z - sa * y
    return np.stack([cr * x - sr * z, y, sr * x + cr * z], axis=1)


def angular_rate(angles: FloatArray, step_s: float) -> FloatArray:
    """Angular rate (N, 3) [rad/s] in the thigh frame from the three angles over time."""
    rates = np.gradient(angles, step_s, axis=0).T * np.array([-_RAD, -_RAD, _RAD])[:, None]
    _, sa, sr, _, ca, cr = _rotation_terms(angles)
    flexion, abduction, rotation = rates
    y, z = sa * flexion + rotation, ca * flexion
    return np.stack([cr * abduction - sr * z, y, sr * abduction + cr * z], axis=1)


def feel(
    rng: np.random.Generator,
    person: Person,
    lines: FloatArray,
    knocks: Sequence[Knock],
    sensor_at_m: FloatArray,
    mirrored: bool,
    step_s: float,
    hand: Carried | None = None,
) -> Feel:
    """What a perfect sensor at `sensor_at_m` (thigh frame, from the hip) feels.

    Parameters
    ----------
    lines
        Channels (N, 9) on the fine grid.
    mirrored
        True for a left leg: outward is then to the left.
    hand
        How the sensor is carried, where it is not in its place all the time.
    """
    angles = lines[:, _ANGLES].copy()
    angles[:, 0] += lines[:, Channel.SAG] + lines[:, Channel.PULSE]
    angles += _unrest(rng, person, lines[:, Channel.EFFORT], step_s)
    shock, shift, twist = _ringing(rng, knocks, len(lines), step_s)
    hip = lines[:, [Channel.FORWARD, Channel.UP, Channel.OUTWARD]].copy()
    if mirrored:
        angles[:, 1:] *= -1.0
        hip[:, 2] *= -1.0
    position = hip + to_earth(angles, sensor_at_m) + shift
    if hand is not None:
        position += hand.moved_m
    force = np.gradient(np.gradient(position, step_s, axis=0), step_s, axis=0) + shock
    force[:, 1] += GRAVITY_M_S2
    seen = angles + twist
    acc, gyr = to_thigh(seen, force), angular_rate(seen, step_s)
    if hand is not None:
        acc, gyr = hand.seen(acc), hand.seen(gyr) + hand.rate
    return Feel(acc, gyr)
