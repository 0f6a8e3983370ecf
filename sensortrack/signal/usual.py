"""What is usual among trips: a trip is judged by its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

LONE_TRIPS = 2
LONE_FACTOR = 1.5
"""So few trips far from the others' range of motion (60 % with the 40 % of a donkey kick) are no set of their own:
getting into and out of the position."""

FULL_SHARE = 0.75
"""Trips of this share of the usual range of motion are full ones; the duration and the hold of these are the usual."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What trips have in common: how many there are, how many of them full, and the medians of those."""

    trips: int = 0
    full: int = 0
    rom_deg: float = 0.0
    duration_s: float = 0.0
    hold_s: float = 0.0
    lift_s: float = 0.0
    lower_s: float = 0.0


NOTHING = Usual()

Measure: TypeAlias = tuple[float, float, float, float, float]
"""What is compared of a trip: range of motion in degrees; duration, hold, lift and lowering in seconds."""


def usual_of(trips: Sequence[Measure]) -> Usual:
    """Tell what is usual among trips."""
    if not trips:
        return NOTHING
    rom_deg = usual_rom_deg([each[0] for each in trips])
    full = [each for each in trips if each[0] >= FULL_SHARE * rom_deg]
    middle = len(full) // 2
    return Usual(
        len(trips), len(full), rom_deg, *(sorted(times)[middle] for times in list(zip(*full, strict=True))[1:])
    )


def usual_among(own: Usual, near: Sequence[Usual]) -> float:
    """Usual range of motion that a lone trip or two are measured by: their own, or the largest neighbour's."""
    return max([own.rom_deg, *(LONE_FACTOR * each.rom_deg for each in near if each.trips > LONE_TRIPS)])


def usual_rom_deg(roms: list[float]) -> float:
    """Median of those that reach half of the largest: wobbles between the repetitions do not pull it down.

    A largest that stands alone among many is none: getting up, say.
    """
    roms = sorted(roms)
    while len(roms) > 2 * LONE_TRIPS and roms[-2] < 0.5 * roms[-1]:
        roms.pop()
    reaching = [each for each in roms if each >= 0.5 * roms[-1]]
    middle = len(reaching) // 2
    return reaching[middle] if len(reaching) % 2 else 0.5 * (reaching[middle - 1] + reaching[middle])
