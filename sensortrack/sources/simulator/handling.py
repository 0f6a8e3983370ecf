"""The sensor in the hand: lying about, picked up, looked at, strapped on, and taken off again.

In the hand it turns against the thigh and moves away from it; what it feels follows in `body`. The ranges are [C]
design choices, set beside how phones and straps are handled: quarter and half turns in about a second, some seconds of
tugging at a strap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .motion import FloatArray, Script, Turn, band_noise

HAND_SWAY_RAD = 0.02
"""Root mean square of a hand's slow sway, about a degree; its quicker unsteadiness is a tenth."""


def strap_on(script: Script) -> None:
    """Lie about, be picked up and turned about, be held to the thigh and strapped on; the person keeps still."""
    with script.distractor("strapping-on"):
        if script.chance(0.5):
            script.wait(script.draw(1.0, 6.0))
        _turn_about(script, int(script.rng.integers(2, 6)))
        _tug(script, int(script.rng.integers(3, 9)))
        script.worn_s = (script.now_s, np.inf)
    script.wait(script.draw(0.3, 3.0))


def take_off(script: Script) -> None:
    """Open the strap, turn it about in the hand, perhaps lay it down."""
    with script.distractor("taking-off"):
        script.worn_s = (script.worn_s[0], script.now_s)
        _tug(script, int(script.rng.integers(1, 5)))
        _turn_about(script, int(script.rng.integers(2, 6)))
        if script.chance(0.4):
            script.wait(script.draw(1.0, 4.0))


def _direction(script: Script) -> FloatArray:
    way = script.rng.normal(size=3)
    return np.asarray(way / np.linalg.norm(way))


def _turn_about(script: Script, turns: int) -> None:
    for _ in range(turns):
        duration_s = script.draw(0.5, 1.8)
        angle_rad = np.radians(script.draw(30.0, 180.0))
        script.turn(duration_s, angle_rad * _direction(script), script.draw(0.05, 0.5) * _direction(script))
        script.wait(script.draw(0.0, 0.4) if script.chance(0.5) else script.draw(0.4, 3.0))


def _tug(script: Script, tugs: int) -> None:
    """Pull the strap tight: small turns, there and back."""
    for _ in range(tugs):
        turned_rad = np.radians(script.draw(2.0, 15.0)) * _direction(script)
        moved_m = script.draw(0.0, 0.02) * _direction(script)
        script.turn(script.draw(0.2, 0.7), turned_rad, moved_m)
        script.wait(script.draw(0.0, 0.5))
        script.turn(script.draw(0.2, 0.7), -turned_rad, -moved_m)
        script.wait(script.draw(0.1, 1.0))


@dataclass(frozen=True, slots=True)
class Carried:
    """Where the sensor is against its place on the thigh.

    Parameters
    ----------
    turned
        (N, 3, 3) the sensor's axes as columns, against those that it has in its place.
    rate
        (N, 3) angular rate against the thigh [rad/s], turned sensor's axes.
    moved_m
        (N, 3) away from its place, earth frame.
    """

    turned: FloatArray
    rate: FloatArray
    moved_m: FloatArray

    def seen(self, vector: FloatArray) -> FloatArray:
        """Vectors (N, 3) of the thigh's axes in those of the turned sensor."""
        return np.asarray(np.einsum("nji,nj->ni", self.turned, vector))


def carried(
    rng: np.random.Generator, turns: Sequence[Turn], worn_s: tuple[float, float], n: int, step_s: float
) -> Carried:
    """Follow the turns of a hand.

    Parameters
    ----------
    worn_s
        From when to when the sensor is in its place.
    """
    time_s = step_s * np.arange(n, dtype=np.float64)
    turned, moved_m = np.empty((n, 3, 3)), np.zeros((n, 3))
    before = [each for each in turns if each.start_s < worn_s[0]]
    now = np.eye(3)
    for each in before:
        now = now @ _rotation(each.rotation_rad)
    now = now.T  # so that all turns before end in its place
    place_m = -np.sum([each.moved_m for each in before], axis=0) if before else np.zeros(3)
    row = 0
    for each in turns:
        first, last = (int(np.ceil(s / step_s)) for s in (each.start_s, each.end_s))
        share = each.share(time_s[first:last])[:, None]
        turned[row:first], moved_m[row:first] = now, place_m
        turned[first:last] = now @ _rotation(share * each.rotation_rad)
        moved_m[first:last] = place_m + share * each.moved_m
        now, place_m, row = now @ _rotation(each.rotation_rad), place_m + each.moved_m, last
    turned[row:], moved_m[row:] = now, place_m
    turned = turned @ _rotation(_unsteady(rng, turns, worn_s, time_s, step_s))
    rate = np.zeros((n, 3))
    between = np.swapaxes(turned[:-1], 1, 2) @ turned[1:]  # so small a rotation that its sine will do
    rate[1:] = (between[:, [2, 0, 1], [1, 2, 0]] - between[:, [1, 2, 0], [2, 0, 1]]) / (2.0 * step_s)
    return Carried(turned, rate, moved_m)


def _rotation(vector_rad: FloatArray) -> FloatArray:
    """Matrices (..., 3, 3) of rotation vectors (..., 3), by Rodrigues' formula."""
    angle = np.linalg.norm(vector_rad, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vector_rad, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    # sinc is sin(pi x) / (pi x), and so defined at zero
    half = 0.5 * np.sinc(angle / (2.0 * np.pi)) ** 2
    return np.asarray(np.eye(3) + np.sinc(angle / np.pi) * cross + half * (cross @ cross))


def _unsteady(
    rng: np.random.Generator, turns: Sequence[Turn], worn_s: tuple[float, float], time_s: FloatArray, step_s: float
) -> FloatArray:
    """Rotation (N, 3) of a hand that never keeps quite still, from the first turn to the last but not while worn."""
    held_s = (turns[0].start_s, worn_s[0]), (worn_s[1], turns[-1].end_s)
    to_edge_s = np.max([np.minimum(time_s - begin_s, end_s - time_s) for begin_s, end_s in held_s], axis=0)
    grip = np.clip(to_edge_s / 0.5, 0.0, 1.0)
    n = len(time_s)
    slow = [band_noise(rng, n, step_s, 0.2, 1.0) + 0.1 * band_noise(rng, n, step_s, 3.0, 7.0) for _ in range(3)]
    return np.asarray(HAND_SWAY_RAD * grip[:, None] * np.stack(slow, axis=1))
