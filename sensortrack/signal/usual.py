"""What is usual among trips: a trip is judged by its neighbours."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

LONE_TRIPS = 2
LONE_FACTOR = 1.5
"""So few trips far from the others' range of motion (60 % with the 40 % of a donkey kick) are no set of their own:
getting into and out of the position."""

FULL_SHARE = 0.75
"""Trips of this share of the usual range of motion are full ones; the duration and the hold of these are the usual."""


Measure: TypeAlias = tuple[float, float, float, float, float]
"""What is compared of a trip: range of motion in degrees; duration, hold, lift and lowering in seconds."""


@dataclass(eq=False)  # one for each trip: freezing them shows in the time of a day
class Usual:
    """What trips have in common: how many there are, how many of them full, and the medians of those.

    Few of the medians are ever asked for: each is looked for then.
    """

    measures: Sequence[Measure] = ()
    rom_deg: float = 0.0
    full: int = 0

    @property
    def trips(self) -> int:
        """How many there are."""
        return len(self.measures)

    @cached_property
    def duration_s(self) -> float:
        """Duration."""
        return self._middle(1)

    @cached_property
    def hold_s(self) -> float:
        """Hold at the top."""
        return self._middle(2)

    @cached_property
    def lift_s(self) -> float:
        """Duration of the lift."""
        return self._middle(3)

    @cached_property
    def lower_s(self) -> float:
        """Duration of the lowering."""
        return self._middle(4)

    def _middle(self, column: int) -> float:
        if not self.full:
            return 0.0
        least_deg = FULL_SHARE * self.rom_deg
        return sorted([each[column] for each in self.measures if each[0] >= least_deg])[self.full // 2]


NOTHING = Usual()


def usual_of(trips: Sequence[Measure]) -> Usual:
    """Tell what is usual among trips."""
    if not trips:
        return NOTHING
    roms = sorted([each[0] for each in trips])
    rom_deg = usual_rom_deg(roms)
    return Usual(tuple(trips), rom_deg, len(roms) - bisect_left(roms, FULL_SHARE * rom_deg))


def usual_among(own: Usual, near: Sequence[Usual]) -> float:
    """Usual range of motion that a lone trip or two are measured by: their own, or the largest neighbour's."""
    return max([own.rom_deg, *(LONE_FACTOR * each.rom_deg for each in near if each.trips > LONE_TRIPS)])


def usual_rom_deg(roms: Sequence[float]) -> float:
    """Median of those that reach half of the largest: wobbles between the repetitions do not pull it down.

    They come in rising order. One or two largest that stand alone among many are none: getting up, say, and taking the
    sensor off.
    """
    stop = len(roms)
    for few in range(LONE_TRIPS, 0, -1):
        while stop > (few + 1) * LONE_TRIPS and roms[stop - few - 1] < 0.5 * roms[stop - few]:
            stop -= few
    reaching = roms[bisect_left(roms, 0.5 * roms[stop - 1]) : stop]
    middle = len(reaching) // 2
    return reaching[middle] if len(reaching) % 2 else 0.5 * (reaching[middle - 1] + reaching[middle])
