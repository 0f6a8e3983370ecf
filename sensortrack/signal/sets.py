"""Trips in a row, cut into sets."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from sensortrack.signal.group import FEW, Group, Setting
from sensortrack.signal.judging import Judged
from sensortrack.signal.likeness import ODD_SHARE
from sensortrack.signal.trip import Trip
from sensortrack.signal.usual import LONE_TRIPS, NOTHING, Usual, usual_among, usual_of

BRIDGE = 2.0
"""So many times the pause after the last repetition a set is over, whatever else was seen in between: standing up and
kneeling down again. Of one pause, a kick that does not count for the moment would part a set (benchmark)."""

_KEEP = 64  # trips that can still be revised


class Sets:
    """The newest sets: as many as can still be revised.

    Parameters
    ----------
    pause_s
        A candidate that begins later than this after the last one begins a new set.
    """

    def __init__(self, pause_s: float, *, signed: bool) -> None:
        self._pause_s = pause_s
        self._signed = signed
        self.groups = [Group()]
        self.trips: list[Judged] = []
        self.first = 0  # number of the oldest
        self._among = NOTHING
        self._lone: dict[int, bool] = {}  # of each set, until the candidates of one change

    def place(self, judged: Judged) -> None:
        """Put a trip into the newest set, or into one of its own after a pause."""
        self.trips.append(judged)
        self._place(judged)

    def regroup(self, changed: Collection[Judged]) -> int:
        """Cut sets again after some trips have become of another kind; give the first that may be different now."""
        if not changed:
            return len(self.groups)
        touched = (place for place, group in enumerate(self.groups) if any(each in changed for each in group.trips))
        first = next(touched, len(self.groups))
        self._cut(self.groups[:first], [each for group in self.groups[first:] for each in group.trips])
        return max(first - 1, 0)

    def void(self, since_s: float) -> list[Judged]:
        """Forget the trips that began at `since_s` or later, and give them."""
        void = [each for each in self.trips if each.trip.start_s >= since_s]
        self.trips = [each for each in self.trips if each not in void]
        self._cut([], self.trips)
        return void

    def during(self, trip: Trip) -> list[Judged]:
        """Give the trips that take place during another one."""
        return [each for each in self.trips if each.trip.start_s < trip.end_s and trip.start_s < each.trip.end_s]

    def insert(self, judged: Judged) -> list[Judged]:
        """Put in a trip that was found late; forget, and give, what was seen instead."""
        void = self.during(judged.trip)
        since_s = judged.trip.start_s
        goes_on = (any(each.trip.end_s > since_s for each in group.trips) for group in self.groups)
        first = next((place for place, is_so in enumerate(goes_on) if is_so), len(self.groups) - 1)
        before = self.groups[:first]
        later = [each for group in self.groups[first:] for each in group.trips if each not in void]
        later = sorted([*later, judged], key=_start_s)
        self.trips = [*(each for group in before for each in group.trips), *later]
        self._cut(before, later)
        return void

    def finalise(self) -> None:
        """Make the oldest set final when there are many trips."""
        if len(self.groups) > 2 and len(self.trips) > _KEEP:
            del self.trips[: len(self.groups.pop(0).trips)]
            self._lone.clear()
            self.first += 1

    def _cut(self, before: list[Group], trips: list[Judged]) -> None:
        """Cut trips into sets behind those that stay."""
        self.groups = before or [Group()]
        self._lone.clear()
        for each in trips:
            self._place(each)

    def _place(self, judged: Judged) -> None:
        newest = self.groups[-1]
        if judged.candidate:
            self._lone.clear()
        if judged.candidate and newest.candidates:
            last = newest.candidates[-1]
            counted = next((each for each in reversed(newest.candidates) if each.counts), last)
            start_s = judged.trip.start_s
            paused = start_s - last.trip.end_s > self._pause_s or start_s - counted.trip.end_s > BRIDGE * self._pause_s
            if paused or judged.begins:
                newest = Group()
                self.groups.append(newest)
        newest.add(judged)

    def first_of_newest(self) -> Judged:
        """Find what the newest set begins with: trips of its like, before it without a pause, belong to it."""
        group = self.groups[-1]
        begin = group.candidates[0]
        least_deg = ODD_SHARE * group.usual.rom_deg
        for each in reversed(self.trips[: self.trips.index(begin)]):
            if not each.candidate or each.trip.rom_deg < least_deg:
                continue
            if group.is_left_by(each) or begin.trip.start_s - each.trip.end_s > self._pause_s:
                break
            begin = each
        return begin

    def is_lone(self, group: Group) -> bool:
        """Whether the trips of a set are not judged by themselves: a trip or two, or what another set shows to be none.

        Asked several times for each trip; sets do not change in between.
        """
        if id(group) not in self._lone:
            self._lone[id(group)] = group.is_lone or self._is_none_beside_others(group)
        return self._lone[id(group)]

    def _is_none_beside_others(self, group: Group) -> bool:
        """Whether a set is strides, fidgeting or a few slight trips, or, where one way counts, leads another."""
        if group.is_quick and any(map(group.are_strides_beside, self.groups)):
            return True
        if group.is_uneven and any(map(group.is_uneven_elsewhere, self.groups)):
            return True
        if self._signed and any(map(group.is_outnumbered_elsewhere, self.groups)):
            return True
        if len(group.candidates) > FEW or group.candidates[0].trip.with_gyroscope:  # that knows slight ones by more
            return False
        return any(map(group.is_slight_beside, self.groups))

    def setting(self, place: int) -> Setting:
        """Tell what the trips of a set are judged by: a set of its own, or, for lone ones, all of them."""
        group = self.groups[place]
        if not self.is_lone(group):
            own = (group,)
            return Setting(group.usual, group.usual.rom_deg, *group.ends(), groups=own, sets=own[: group.is_set])
        among = self._usual_among_all()
        near = self.groups[max(0, place - 1) : place + 2]
        rom_deg = usual_among(group.usual, [each.usual for each in near if each is not group])
        rom_deg = max(rom_deg, among.rom_deg if among.trips > LONE_TRIPS else 0.0)
        sets = [each for each in self.groups if each.is_set and not self.is_lone(each)]
        return Setting(among, rom_deg, group.candidates, lone=True, groups=self.groups, sets=sets)

    def _usual_among_all(self) -> Usual:
        """Tell what is usual among the trips of all sets; mostly asked for several in a row."""
        measures = tuple(chain.from_iterable([one.measures for one in self.groups]))
        if measures != self._among.measures:
            self._among = usual_of(measures)
        return self._among

    def counted(self) -> Iterator[Judged]:
        """Give the repetitions, the newest first."""
        return (each for each in reversed(self.trips) if each.counts)


def _start_s(judged: Judged) -> float:
    return judged.trip.start_s
