"""Three-vectors, row by row, written out: `@` and `einsum` change the last bits with the length of a block.

And one search, quicker than asking first whether there is anything to find.
"""

from __future__ import annotations

import math

import numpy as np

from sensortrack.model.samples import BoolArray, FloatArray


def dot(rows: FloatArray, other: FloatArray) -> FloatArray:
    """Inner product of each row (N, 3) with the row of `other` (N, 3), or with one vector (3,)."""
    return rows[..., 0] * other[..., 0] + rows[..., 1] * other[..., 1] + rows[..., 2] * other[..., 2]


def norm(rows: FloatArray) -> FloatArray:
    """Length of each row."""
    squares = rows * rows
    length: FloatArray = squares[..., 0] + squares[..., 1]
    length += squares[..., 2]
    return np.sqrt(length, out=length)


def first(flags: BoolArray) -> int:
    """Place of the first True; the length where there is none."""
    place = flags.tobytes().find(1)
    return place if place >= 0 else len(flags)


def unit(vector: FloatArray) -> FloatArray:
    """Give a vector (3,) the length 1."""
    x, y, z = vector.tolist()  # arithmetic on three plain numbers is quicker than on a small array
    length = math.sqrt(x * x + y * y + z * z)
    return np.array((x / length, y / length, z / length))


def chord_of(angle_deg: float) -> float:
    """Length of the chord of an angle on the unit sphere."""
    return 2.0 * math.sin(math.radians(angle_deg) / 2.0)


def degrees_of(chord: float) -> float:
    """Angle of a chord on the unit sphere."""
    return math.degrees(2.0 * math.asin(min(1.0, chord / 2.0)))


def distance(one: FloatArray, other: FloatArray) -> float:
    """Distance of two points (3,)."""
    x, y, z = (one - other).tolist()
    return math.sqrt(x * x + y * y + z * z)


def angle_deg(one: FloatArray, other: FloatArray) -> float:
    """Angle between two unit vectors."""
    return degrees_of(distance(one, other))


def direction(rest: FloatArray, top: FloatArray) -> tuple[float, float, float]:
    """Direction from one pose towards another, at right angles to the first."""
    rx, ry, rz = rest.tolist()
    tx, ty, tz = top.tolist()
    along = rx * tx + ry * ty + rz * tz
    x, y, z = tx - along * rx, ty - along * ry, tz - along * rz
    length = math.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length)
