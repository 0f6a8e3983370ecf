"""Which way is extension? Learned from the trips of the thigh, or known from where the sensor is worn.

Gravity alone cannot tell front from back: a kick and its mirror image, a deep flexion, look the same to the sensor.
What tells is what people do: repetitions go one way, come back to where they began and stop there; the way into the
position and out of it goes deep into flexion. Each trip votes; the sum decides.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from sensortrack.model.samples import FloatArray

Direction: TypeAlias = tuple[float, float, float]

OUTWARD = np.array([0.0, 0.0, 1.0])
"""Sensors and phones are worn with their z axis out of the skin (screen, lid or battery side outwards)."""

CERTAIN = 1e6
"""Votes of a placement that the person told: more than any session's trips."""

SURE = 3.0
"""As many votes more for one side than for the other: three plain repetitions (design choice)."""


class Sagittal:
    """The direction in which "up" moves, seen from the sensor, when the hip extends.

    Parameters
    ----------
    placement, side
        ``front``, ``outside`` or ``back`` of the ``left`` or ``right`` thigh, where the person told.
    """

    def __init__(self, placement: str | None = None, side: str | None = None) -> None:
        self.votes = 0.0
        self._axis: Direction | None = None
        self._placement = placement
        self._side = side
        self._changes: list[tuple[float, Direction]] = []

    @property
    def sure(self) -> bool:
        """Whether the direction rests on more than a trip or two."""
        return abs(self.votes) >= SURE

    @property
    def sign(self) -> int:
        """Which way along the axis is extension: +1 or -1."""
        return 1 if self.votes >= 0 else -1

    def side(self, across: Direction) -> int:
        """Tell which way along the axis a movement went: +1 or -1."""
        return 1 if self._axis is None or along(across, self._axis) >= 0 else -1

    def turned_deg(self, across: Direction) -> float:
        """Angle between the plane of a movement and the plane of the movements so far."""
        if self._axis is None:
            return 0.0
        return math.degrees(math.acos(min(abs(along(across, self._axis)) / _length(self._axis), 1.0)))

    def meet(self, across: Direction, vertical: FloatArray) -> None:
        """Take the first movement's direction for the axis; if the placement was told, the sign is known with it."""
        if self._axis is not None:
            return
        self._axis = across
        known = self._known(vertical)
        if known is not None:
            self.votes = CERTAIN if along(across, known) >= 0 else -CERTAIN

    def learn(self, across: Direction, rom_deg: float, weight: float, decided_s: float) -> None:
        """Let a movement vote for its direction (against it with a negative weight), and turn the axis towards it."""
        axis = self._axis or across
        share = along(across, axis) / _length(axis)
        self.votes += weight * share
        pull = rom_deg if share >= 0 else -rom_deg
        x, y, z = self._axis = (axis[0] + pull * across[0], axis[1] + pull * across[1], axis[2] + pull * across[2])
        self._changes.append((decided_s, (x, y, z) if self.votes >= 0 else (-x, -y, -z)))

    def forget(self) -> None:
        """Learn anew: the sensor has moved on the thigh."""
        self.votes, self._axis = 0.0, None

    def changes(self) -> list[tuple[float, Direction]]:
        """Give, once, the directions of extension that were learned since the last call, and when they were."""
        changes, self._changes = self._changes, []
        return changes

    def _known(self, vertical: FloatArray) -> Direction | None:
        """Direction of extension from the placement: the front of the thigh turns down when the hip extends."""
        if self._placement == "front":
            return (0.0, 0.0, -1.0)
        if self._placement == "back":
            return (0.0, 0.0, 1.0)
        if self._placement == "outside" and self._side is not None:
            forward = np.cross(vertical, OUTWARD)
            x, y, z = -forward if self._side == "right" else forward
            return (float(x), float(y), float(z))
        return None


def along(one: Direction, other: Direction) -> float:
    """Inner product."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _length(direction: Direction) -> float:
    return math.sqrt(along(direction, direction))
