"""Planned motion of one thigh: minimum-jerk moves on named channels, and the timing rule that cuts phases.

Thigh angle 0 is vertical (knee below the hip), extension is positive, flexion negative. A move adds its
amplitude to a channel; moves may overlap, and what a channel holds is the sum of all that went before.
The minimum-jerk profile is that of Flash and Hogan (1985), doi:10.1523/JNEUROSCI.05-07-01688.1985.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EDGE_SHARE = 0.1
"""A movement lasts while its rate is above this share of its fastest moment's (design section 5)."""


class Channel(IntEnum):
    """What a move acts on: angles in degrees, displacements of the hip in metres, effort from 0 to 1."""

    ANGLE = 0
    ABDUCTION = 1
    ROTATION = 2
    FORWARD = 3
    UP = 4
    OUTWARD = 5
    EFFORT = 6
    SAG = 7
    PULSE = 8


@dataclass(frozen=True, slots=True)
class Move:
    """One minimum-jerk change of one channel.

    Parameters
    ----------
    start_s, duration_s
        Script time and length of the move.
    channel
        What it acts on.
    amplitude
        How much the channel has changed afterwards, in the channel's unit.
    skew
        Exponent on the share of time gone; below 1 the fast part comes early, above 1 late.
    """

    start_s: float
    duration_s: float
    channel: Channel
    amplitude: float
    skew: float = 1.0

    @property
    def end_s(self) -> float:
        """Script time at which the move is over."""
        return self.start_s + self.duration_s

    def at(self, time_s: FloatArray) -> FloatArray:
        """Contribution (N,) of the move at the given script times."""
        share = np.clip((time_s - self.start_s) / self.duration_s, 0.0, 1.0) ** self.skew
        return np.asarray(self.amplitude * share**3 * (10.0 + share * (6.0 * share - 15.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One minimum-jerk move of a hand that carries the sensor.

    Parameters
    ----------
    start_s, duration_s
        Script time and length.
    rotation_rad
        (3,) rotation vector, in the sensor's axes of before.
    moved_m
        (3,) how far it is carried, earth frame.
    """

    start_s: float
    duration_s: float
    rotation_rad: FloatArray
    moved_m: FloatArray

    @property
    def end_s(self) -> float:
        """Script time at which the turn is over."""
        return self.start_s + self.duration_s

    def share(self, time_s: FloatArray) -> FloatArray:
        """Share (N,) of the turn that is done at the given script times."""
        return Move(self.start_s, self.duration_s, Channel.ANGLE, 1.0).at(time_s)


@dataclass(frozen=True, slots=True)
class Knock:
    """An impact at the knee, `strength_g` at its peak."""

    time_s: float
    strength_g: float


@dataclass(slots=True)
class Script:
    """What the person does, written from left to right; `now_s` is where the pen stands.

    Parameters
    ----------
    rng
        Source of all human variation in the script.
    origin
        Channel values (9,) at time zero.
    turns, worn_s
        What a hand does with the sensor before and after it is in its place on the thigh; from when to when it is.
    """

    rng: np.random.Generator
    origin: FloatArray = field(default_factory=lambda: np.zeros(len(Channel)))
    now_s: float = 0.0
    moves: list[Move] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    worn_s: tuple[float, float] = (0.0, np.inf)
    distractors: list[dict[str, object]] = field(default_factory=list)
    pose: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.pose = self.origin.copy()

    def draw(self, low: float, high: float) -> float:
        """A number between `low` and `high`, all equally likely."""
        return float(self.rng.uniform(low, high))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return bool(self.rng.random() < probability)

    def wait(self, duration_s: float) -> None:
        """Let time pass."""
        self.now_s += duration_s

    def add(self, channel: Channel, amplitude: float, start_s: float, duration_s: float) -> Move:
        """Write a move anywhere in time, without moving the pen."""
        move = Move(start_s, duration_s, channel, amplitude)
        self.moves.append(move)
        self.pose[channel] += amplitude
        return move

    def bump(self, channel: Channel, amplitude: float, start_s: float, duration_s: float) -> None:
        """There and back, half the time each, without moving the pen."""
        self.add(channel, amplitude, start_s, duration_s / 2)
        self.add(channel, -amplitude, start_s + duration_s / 2, duration_s / 2)

    def go(self, duration_s: float, **targets: float) -> list[Move]:
        """Move channels (by lower-case name) to absolute values together; return the moves of the angle."""
        skew = self.draw(0.88, 1.14)
        angle_moves: list[Move] = []
        for name, target in targets.items():
            channel = Channel[name.upper()]
            parts = self._parts(duration_s, channel, target - float(self.pose[channel]), skew)
            self.moves += parts
            self.pose[channel] = target
            angle_moves += parts if channel is Channel.ANGLE else []
        self.now_s += duration_s
        return angle_moves

    def _parts(self, duration_s: float, channel: Channel, amplitude: float, skew: float) -> list[Move]:
        if channel is not Channel.ANGLE or not self.chance(0.3):
            return [Move(self.now_s, duration_s, channel, amplitude, skew)]
        # People often correct on the way: a second, smaller submovement overlaps the first.
        share = self.draw(0.65, 0.85)
        return [
            Move(self.now_s, 0.75 * duration_s, channel, share * amplitude),
            Move(self.now_s + 0.45 * duration_s, 0.55 * duration_s, channel, (1 - share) * amplitude),
        ]

    def turn(self, duration_s: float, rotation_rad: FloatArray, moved_m: FloatArray) -> None:
        """Let a hand turn and move the sensor; the pen moves on."""
        self.turns.append(Turn(self.now_s, duration_s, rotation_rad, moved_m))
        self.now_s += duration_s

    def knock(self, strength_g: float, delay_s: float = 0.0) -> None:
        """The knee or foot meets the floor now, or a little later."""
        self.knocks.append(Knock(self.now_s + delay_s, strength_g))

    @contextmanager
    def distractor(self, kind: str) -> Iterator[None]:
        """Whatever is written inside is no repetition and no hold."""
        start_s = self.now_s
        yield
        self.distractors.append({"kind": kind, "start_s": start_s, "end_s": self.now_s})


def trace(script: Script, n: int, step_s: float) -> FloatArray:
    """All channels (n, 9) on an even grid that begins at script time zero."""
    inside = np.zeros((len(Channel), n))
    after = np.zeros((len(Channel), n + 1))
    for move in script.moves:
        first = min(n, max(0, int(np.ceil(move.start_s / step_s))))
        last = min(n, max(first, int(np.ceil(move.end_s / step_s))))
        inside[move.channel, first:last] += move.at(step_s * np.arange(first, last, dtype=np.float64))
        after[move.channel, last] += move.amplitude
    return np.asarray((inside + np.cumsum(after[:, :n], axis=1)).T + script.origin)


def movement_edges(moves: Sequence[Move]) -> tuple[float, float]:
    """Start and end [s] of a planned movement by the 10 % rule of design section 5."""
    start_s = min(move.start_s for move in moves)
    end_s = max(move.end_s for move in moves)
    time_s = start_s + (end_s - start_s) / 2000.0 * np.arange(2001.0)
    position = np.sum([move.at(time_s) for move in moves], axis=0)
    rate = np.abs(np.diff(position))
    middle_s = (time_s[1:] + time_s[:-1]) / 2
    peak = int(np.argmax(rate))
    slow = rate < EDGE_SHARE * rate[peak]
    before = np.flatnonzero(slow[:peak])
    behind = np.flatnonzero(slow[peak:])
    first = float(middle_s[before[-1] + 1]) if len(before) else start_s
    last = float(middle_s[peak + behind[0]]) if len(behind) else end_s
    return first, last


def band_noise(rng: np.random.Generator, n: int, step_s: float, low_hz: float, high_hz: float) -> FloatArray:
    """Gaussian noise (n,) of unit variance whose power lies between two frequencies."""
    size = 1 << max(4, (n - 1).bit_length())
    first = max(1, int(low_hz * size * step_s))
    last = max(first + 1, int(high_hz * size * step_s))
    spectrum = np.zeros(size // 2 + 1, dtype=np.complex128)
    spectrum[first:last] = rng.normal(size=last - first) + 1j * rng.normal(size=last - first)
    wave = np.fft.irfft(spectrum, size)[:n]
    return np.asarray(wave * size / (2.0 * np.sqrt(last - first)))
