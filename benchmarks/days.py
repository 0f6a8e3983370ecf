"""Long recordings, tile by tile: a simulated session at 100 Hz and a rest, over and over."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import simulate

RATE_HZ = 100.0


def hours_asked(default: float) -> float:
    """What the command line says of ``--hours``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=default)
    hours: float = parser.parse_args().hours
    return hours


def busy_tile(rest_s: float = 120.0) -> RawBlock:
    """A home donkey-kick session of some minutes and a rest in its last pose, on an even clock."""
    made = simulate(
        "donkey-kick", 12, difficulty="home", rate_hz=RATE_HZ, gyroscope=True, start="standing", end="whole"
    )
    assert made.gyr is not None
    still = _still(made.acc[-50:].mean(axis=0), rest_s)
    acc = np.concatenate((made.acc, still.acc))
    assert still.gyr is not None
    return RawBlock(np.arange(len(acc)) / RATE_HZ, acc, np.concatenate((made.gyr, still.gyr)))


def quiet_tile(seconds: float = 300.0) -> RawBlock:
    """A thigh that lies still."""
    return _still(np.array([0.3, 9.7, 1.2]), seconds)


def _still(acc: np.ndarray, seconds: float) -> RawBlock:
    rng = np.random.default_rng(6)
    n = round(seconds * RATE_HZ)
    return RawBlock(
        np.arange(n) / RATE_HZ, acc + rng.normal(0.0, 0.03, (n, 3)), np.radians(rng.normal(0.0, 0.1, (n, 3)))
    )


def day(tile: RawBlock, hours: float) -> Iterator[RawBlock]:
    """The tile over and over on one clock; only the time is made anew."""
    length_s = len(tile) / RATE_HZ
    for number in range(max(1, round(hours * 3600.0 / length_s))):
        yield RawBlock(tile.time_s + number * length_s, tile.acc, tile.gyr)


def joined(pieces: list[RawBlock]) -> RawBlock:
    """Put blocks with a gyroscope together."""
    time_s, acc = (np.concatenate([getattr(each, name) for each in pieces]) for name in ("time_s", "acc"))
    return RawBlock(time_s, acc, np.concatenate([each.gyr for each in pieces if each.gyr is not None]))
