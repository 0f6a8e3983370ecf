"""Draw a thigh that moves as told, and give what a sensor strapped to it anywhere would say; the answers are known.

Thigh frame: x forward, y up along the bone, z to the right; angle 0 is vertical, extension positive. The hip is at rest
unless it is told to rise, the sensor 0.25 m below it. Movements are minimum-jerk; their phases follow from the rule of
design section 5 in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations, product
from math import sqrt

import numpy as np

from sensortrack.model.samples import FloatArray, RawBlock

GRAVITY_M_S2 = 9.81
EDGE = (1.0 - sqrt(1.0 - 4.0 * sqrt(0.1) / 4.0)) / 2.0
"""Share of a minimum-jerk movement that is gone when its rate is 10 % of the fastest: t (1 - t) = sqrt(0.1) / 4."""

_H = 1e-3  # s; step of the differences that give rates and accelerations


@dataclass(frozen=True, slots=True)
class Kick:
    """What was drawn, by the 10 % rule; the keys of a repetition in the summary."""

    start_s: float
    top_start_s: float
    top_end_s: float
    end_s: float
    rom_deg: float

    @property
    def hold_s(self) -> float:
        return self.top_end_s - self.top_start_s


def minimum_jerk(share: FloatArray) -> FloatArray:
    t = np.clip(share, 0.0, 1.0)
    return np.asarray(t**3 * (10.0 + t * (6.0 * t - 15.0)))


@dataclass(slots=True)
class Drawing:
    """A movement written from left to right; `now_s` is where the pen stands."""

    now_s: float = 0.0
    angle_deg: float = 0.0
    first_deg: float = 0.0
    aside_deg: float = 0.0
    moves: list[tuple[float, float, float]] = field(default_factory=list)  # start, duration, amount of the angle
    rises: list[tuple[float, float, float]] = field(default_factory=list)  # the same of the hip's height in m
    turns: list[tuple[float, float]] = field(default_factory=list)  # from when on the leg moves in which plane
    waves: list[tuple[float, float, float, float]] = field(default_factory=list)  # start, end, Hz, degrees
    kicks: list[Kick] = field(default_factory=list)

    def wait(self, seconds: float) -> Drawing:
        self.now_s += seconds
        return self

    def to(self, angle_deg: float, seconds: float, rise_m: float = 0.0) -> Drawing:
        """One minimum-jerk movement to an angle, the hip rising meanwhile."""
        self.moves.append((self.now_s, seconds, angle_deg - self.angle_deg))
        self.rises.append((self.now_s, seconds, rise_m))
        self.angle_deg = angle_deg
        return self.wait(seconds)

    def drift(self, degrees: float, start_s: float, seconds: float) -> Drawing:
        """A slow change on top of everything, without moving the pen."""
        self.moves.append((start_s, seconds, degrees))
        return self

    def tremble(self, hz: float, degrees: float, start_s: float, end_s: float) -> Drawing:
        self.waves.append((start_s, end_s, hz, degrees))
        return self

    def turn(self, degrees: float) -> Drawing:
        """From now on the leg moves in a plane turned outwards by this; told while the thigh is vertical."""
        self.turns.append((self.now_s, degrees))
        return self

    def kick(
        self, rom_deg: float = 60.0, lift_s: float = 1.2, hold_s: float = 1.5, lower_s: float = 1.2, rest_s: float = 1.5
    ) -> Drawing:
        """One repetition with these phases by the 10 % rule, and a pause after it."""
        up_s, down_s = lift_s / (1.0 - 2.0 * EDGE), lower_s / (1.0 - 2.0 * EDGE)
        level = max(0.0, hold_s - EDGE * (up_s + down_s))
        rest_deg, begin_s = self.angle_deg, self.now_s
        self.to(rest_deg + rom_deg, up_s).wait(level).to(rest_deg, down_s)
        lower_begin_s = begin_s + up_s + level
        self.kicks.append(
            Kick(
                begin_s + EDGE * up_s,
                begin_s + (1.0 - EDGE) * up_s,
                lower_begin_s + EDGE * down_s,
                lower_begin_s + (1.0 - EDGE) * down_s,
                rom_deg,
            )
        )
        return self.wait(rest_s)

    def angle_at(self, time_s: FloatArray) -> FloatArray:
        """Angle (N,) in degrees."""
        angle = np.full(len(time_s), self.first_deg)
        for start_s, seconds, amount in self.moves:
            angle += amount * minimum_jerk((time_s - start_s) / seconds)
        for start_s, end_s, hz, degrees in self.waves:
            inside = np.clip(np.minimum(time_s - start_s, end_s - time_s) / 0.3, 0.0, 1.0)
            angle += inside * degrees * np.sin(2.0 * np.pi * hz * time_s)
        return angle

    def _height_at(self, time_s: FloatArray) -> FloatArray:
        rises = (amount * minimum_jerk((time_s - start_s) / seconds) for start_s, seconds, amount in self.rises)
        return np.asarray(sum(rises, start=np.zeros(len(time_s))))

    def _place_at(self, time_s: FloatArray, lever_m: float) -> FloatArray:
        """Sensor (N, 2) in metres, forward and up."""
        angle = np.radians(self.angle_at(time_s))
        return np.stack((-lever_m * np.sin(angle), self._height_at(time_s) - lever_m * np.cos(angle)), axis=1)

    def record(
        self,
        rate_hz: float = 100.0,
        *,
        axes: FloatArray | None = None,
        gyroscope: bool = True,
        left: bool = False,
        lever_m: float = 0.25,
        noise: float = 1.0,
        bias_deg_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
        seed: int = 1,
        time_s: FloatArray | None = None,
    ) -> RawBlock:
        """What a sensor says whose axes in the thigh frame are the columns of `axes`."""
        if time_s is None:
            time_s = np.arange(round(self.now_s * rate_hz) + 1) / rate_hz
        acc, gyr = self._in_thigh(time_s, lever_m)
        turned = np.zeros(len(time_s))
        for from_s, degrees in self.turns:
            turned[time_s >= from_s] = np.radians(-degrees if left else degrees)
        axes = np.eye(3) if axes is None else axes
        acc, gyr = (_about_bone(each, turned) @ axes for each in (acc, gyr))
        rng = np.random.default_rng(seed)
        acc = acc + noise * rng.normal(0.0, 0.02, acc.shape)
        gyr = gyr + noise * rng.normal(0.0, 0.002, gyr.shape) + np.radians(bias_deg_s)
        return RawBlock(time_s, acc, gyr if gyroscope else None)

    def _in_thigh(self, time_s: FloatArray, lever_m: float) -> tuple[FloatArray, FloatArray]:
        angle = np.radians(self.angle_at(time_s))
        before, here, after = (self._place_at(time_s + h, lever_m) for h in (-_H, 0.0, _H))
        forward, up = ((before - 2.0 * here + after) / _H**2).T
        up = up + GRAVITY_M_S2
        rate = np.radians(self.angle_at(time_s + _H) - self.angle_at(time_s - _H)) / (2.0 * _H)
        none = np.zeros(len(time_s))
        sine, cosine = np.sin(angle), np.cos(angle)
        acc = np.stack((forward * cosine - up * sine, forward * sine + up * cosine, none), axis=1)
        return acc, np.stack((none, none, -rate), axis=1)


def _about_bone(vectors: FloatArray, angle: FloatArray) -> FloatArray:
    sine, cosine = np.sin(angle), np.cos(angle)
    x, y, z = vectors.T
    return np.stack((cosine * x + sine * z, y, cosine * z - sine * x), axis=1)


def drawing(first_deg: float = 0.0) -> Drawing:
    """A still thigh at an angle."""
    return Drawing(angle_deg=first_deg, first_deg=first_deg)


def kicks(count: int, *, before_s: float = 3.0, rest_s: float = 1.5, **how: float) -> Drawing:
    """A still thigh, then `count` equal repetitions, then four quiet seconds."""
    drawn = drawing().wait(before_s)
    for _ in range(count):
        drawn.kick(rest_s=rest_s, **how)
    return drawn.wait(4.0)


def orientations() -> list[FloatArray]:
    """The 24 ways in which a box can be strapped on along the axes."""
    made = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        axes = np.zeros((3, 3))
        axes[list(order), range(3)] = signs
        if np.linalg.det(axes) > 0:
            made.append(axes)
    return made


def tilted(axes: FloatArray, degrees: float, about: FloatArray) -> FloatArray:
    """Axes turned on the skin: by an angle about a direction of the thigh frame (Rodrigues)."""
    x, y, z = about / np.linalg.norm(about)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.radians(degrees)
    turn = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return np.asarray(turn @ axes)


def without(block: RawBlock, start_s: float, end_s: float) -> RawBlock:
    """The same recording with a hole: no samples with `start_s` < time < `end_s`."""
    rows = np.flatnonzero((block.time_s <= start_s) | (block.time_s >= end_s))
    return RawBlock(block.time_s[rows], block.acc[rows], None if block.gyr is None else block.gyr[rows])
