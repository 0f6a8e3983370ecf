"""Which way is extension? Learned from the trips of the thigh, or known from where the sensor is worn.

Gravity alone cannot tell front from back: a kick and its mirror image, a deep flexion, look the same to the sensor. What tells
is what people do: repetitions go one way, come back to where they began and stop there; the way into the position and out
of it goes deep into flexion. Each trip votes; the sum decides.
"""

from __future__ import annotations

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.vectors import across, dot, unit

OUTWARD = np.array([0.0, 0.0, 1.0])
"""Sensors and phones are worn with their z axis out of the skin (screen, lid or battery side outwards)."""

CERTAIN = 1e6
SURE = 3.0


class Sagittal:
    """The direction in which "up" moves, seen from the sensor, when the hip extends.

    Parameters
    ----------
    placement, side
        ``front``, ``outside`` or ``back`` of the ``left`` or ``right`` thigh, where the person told.
    """

    def __init__(self, placement: str | None = None, side: str | None = None) -> None:
        self.votes = 0.0
        self._axis: FloatArray | None = None
        self._placement = placement
        self._side = side
        self._changes: list[tuple[float, FloatArray]] = []

    @property
    def sure(self) -> bool:
        """Whether the direction rests on more than a trip or two."""
        return abs(self.votes) >= SURE

    @property
    def sign(self) -> int:
        """Which way along the axis is extension: +1 or -1."""
        return 1 if self.votes >= 0 else -1

    def side(self, rest: FloatArray, top: FloatArray) -> int:
        """Tell which way along the axis a movement from `rest` to `top` went: +1 or -1."""
        if self._axis is None:
            return 1
        return 1 if float(dot(across(rest, top), self._axis)) >= 0 else -1

    def direction(self, rest: FloatArray, top: FloatArray) -> int:
        """Tell whether a movement from `rest` to `top` went into extension (+1) or flexion (-1), as far as is known now."""
        return self.side(rest, top) * self.sign

    def turned_deg(self, rest: FloatArray, top: FloatArray) -> float:
        """Angle between the plane of a movement and the plane of the movements so far."""
        if self._axis is None:
            return 0.0
        along = abs(float(dot(across(rest, top), unit(self._axis))))
        return float(np.degrees(np.arccos(min(along, 1.0))))

    def learn(self, rest: FloatArray, top: FloatArray, rom_deg: float, weight: float, decided_s: float) -> None:
        """Let a movement vote for its direction (against it with a negative weight)."""
        if self._axis is None:
            self._axis = rom_deg * across(rest, top)
            known = self._known(rest)
            if known is not None:
                self.votes = CERTAIN if float(dot(self._axis, known)) >= 0 else -CERTAIN
        along = float(dot(across(rest, top), unit(self._axis)))
        self.votes += weight * along
        self._axis = self._axis + (1.0 if along >= 0 else -1.0) * rom_deg * across(rest, top)
        self._changes.append((decided_s, self._axis if self.votes >= 0 else -self._axis))

    def changes(self) -> list[tuple[float, FloatArray]]:
        """Give, once, the directions of extension that were learned since the last call, and when they were."""
        changes, self._changes = self._changes, []
        return changes

    def _known(self, vertical: FloatArray) -> FloatArray | None:
        """Direction of extension from the placement: the front of the thigh turns down when the hip extends."""
        if self._placement == "front":
            return -OUTWARD
        if self._placement == "back":
            return OUTWARD
        if self._placement == "outside" and self._side is not None:
            forward = np.cross(vertical, OUTWARD)
            return -forward if self._side == "right" else forward
        return None
