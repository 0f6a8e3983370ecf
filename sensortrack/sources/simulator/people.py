"""Who does the exercise and how hard the recording is: ranges by difficulty, one person drawn from them.

The ranges are [C] design choices of this simulator, set beside what real thigh recordings show (tremor and
wobble of people on all fours; lifts of 0.6-2 s) and the phone and IMU data sheets that users have at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Ranges that differ between easy and hard recordings.

    Parameters
    ----------
    rates_hz
        Nominal sampling rates to choose from.
    gyroscope_share, low_rom_share, quick_share
        Probability that there is a gyroscope; that all kicks are low; that the pace is quick.
    acc_bias_m_s2, gyr_bias_deg_s, scale_error
        Largest sensor errors (per axis).
    acc_noise_m_s2_sqrt_hz, gyr_noise_deg_s_sqrt_hz
        Largest noise density.
    jitter_share
        Largest standard deviation of the time stamps, as a share of the sampling period.
    rate_error
        Largest deviation of the true from the nominal rate, as a share.
    lost_share
        Least and greatest share of samples lost in packets.
    knock_g
        Typical impact of a knee on the mat, at the sensor.
    unrest
        Factor on tremor, sway, drift and distractors.
    """

    rates_hz: tuple[float, ...]
    gyroscope_share: float
    low_rom_share: float
    quick_share: float
    acc_bias_m_s2: float
    gyr_bias_deg_s: float
    scale_error: float
    acc_noise_m_s2_sqrt_hz: float
    gyr_noise_deg_s_sqrt_hz: float
    jitter_share: float
    rate_error: float
    lost_share: tuple[float, float]
    knock_g: float
    unrest: float


_NO_LOSS = (0.0, 0.0)
DIFFICULTIES = {
    "clean": Difficulty((100.0,), 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, _NO_LOSS, 0.05, 0.05),
    "home": Difficulty(
        (50.0, 52.0, 60.0, 100.0, 100.0, 104.0, 120.0, 200.0),
        1.0,
        0.0,
        0.1,
        0.1,
        1.0,
        0.01,
        0.003,
        0.02,
        0.1,
        0.02,
        (0.0, 0.003),
        0.6,
        1.0,
    ),
    "hard": Difficulty(
        (25.0, 25.0, 25.0, 50.0, 100.0),
        0.4,
        0.6,
        0.5,
        0.3,
        3.0,
        0.02,
        0.006,
        0.05,
        0.25,
        0.02,
        (0.005, 0.03),
        1.6,
        1.6,
    ),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One person on one day.

    Parameters
    ----------
    thigh_m
        Length of the thigh.
    rest_deg
        Thigh angle on all fours.
    rom_deg, lift_s, hold_s, lower_s, pause_s
        Typical kick; each repetition scatters around it.
    turned_out
        The kicks are done with the leg turned and lifted outwards.
    knock_g
        Typical impact of the knee.
    tremor_m_s2, sway_deg
        Root mean square of tremor at full effort and of slow sway.
    unrest
        Factor on drift and distractors.
    """

    thigh_m: float
    rest_deg: float
    rom_deg: float
    low_rom: bool
    lift_s: float
    hold_s: float
    lower_s: float
    pause_s: float
    turned_out: bool
    knock_g: float
    tremor_m_s2: float
    sway_deg: float
    unrest: float


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """A duration, short ones as likely as long ones in proportion (log-uniform)."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_person(rng: np.random.Generator, difficulty: Difficulty, low_rom: bool | None) -> Person:
    """Draw one person; `low_rom` None leaves the range of motion to chance."""
    drawn_low = bool(rng.random() < difficulty.low_rom_share)
    low = drawn_low if low_rom is None else low_rom
    quick = bool(rng.random() < difficulty.quick_share)
    pace = float(rng.uniform(0.5, 0.75)) if quick else 1.0
    return Person(
        thigh_m=float(rng.uniform(0.36, 0.47)),
        rest_deg=float(rng.uniform(-12.0, 10.0)),
        rom_deg=float(rng.uniform(20.0, 38.0) if low else rng.uniform(38.0, 92.0)),
        low_rom=low,
        lift_s=max(0.5, pace * _between(rng, 0.6, 1.8)),
        hold_s=max(0.3, pace * _between(rng, 0.4, 2.6)),
        lower_s=max(0.5, pace * _between(rng, 0.6, 2.2)),
        pause_s=pace * _between(rng, 0.2, 2.2),
        turned_out=bool(rng.random() < 0.12),
        knock_g=difficulty.knock_g * _between(rng, 0.3, 1.6),
        tremor_m_s2=difficulty.unrest * _between(rng, 0.05, 0.45),
        sway_deg=difficulty.unrest * _between(rng, 0.1, 0.8),
        unrest=difficulty.unrest,
    )
