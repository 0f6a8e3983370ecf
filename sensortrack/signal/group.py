"""One set: its trips, and what a trip is judged by: its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import log
from statistics import fmean, median

from sensortrack.signal.judging import TURNED_FROM_DEG, Judged
from sensortrack.signal.likeness import (
    BEGINS_S,
    BESIDE_S,
    CLIMB_ODD,
    LONGER_S,
    ODD_SHARE,
    SET_TRIPS,
    is_strange,
    is_uneven,
    is_unheld,
    leads_away,
    pause_s,
)
from sensortrack.signal.sagittal import Direction, along
from sensortrack.signal.usual import FULL_SHARE, LONE_TRIPS, NOTHING, Measure, Usual, usual_of

FEW = 5
"""Up to so many trips may have come together by chance: tugs at a strap, picking something up and sitting down."""

SLIGHT = 0.5
"""So few trips, as small and as quick as this against those of a larger set, are no set without a gyroscope: steps.
Low or fast alone they are (design choice)."""

UNEVEN = 0.25
"""Trips that begin elsewhere or lead another way than a larger set, and differ by more than this from each other, are
no set: the sensor is in the hand. It is the standard deviation of the logarithms of range of motion and duration
together, without the outermost fifths (of 2235 simulated sets 0.5 % differ by more, of 80 others 65 %)."""

OUTNUMBERED = 1.5
"""Where one way counts, a set that begins elsewhere or leads another way is none beside one of so many times its trips:
the knee out to the side a few times, between sets of kicks (design choice)."""

STEP_S = 1.75
STEPS_S = 1.9
STEPS = 0.5
"""Nor are those that take less than this, and less than this share of the time of another set's, if they follow each
other within this, or are a few without a gyroscope: strides, with the smear of a slow walk (fast repetitions of real
people take 2.1 s and more, and follow each other in 3.2 s; 2170 recordings of four simulators: 40 more are right)."""

STRAYS = 2
"""In a set of more than a few, no more trips than this that go back where the others go forth are none of its
repetitions: kneeling down before, or standing up after bird-dogs, turns the thigh as far the other way."""

LEAST_SHARE = 0.4
"""What is smaller than this against the usual does not count in a set (design section 5), nor does it make one."""

HASTY = 0.6
"""A trip before or after a set that takes less than this share of the quickest of its repetitions is none of them: a
foot put up, a step (of 17,000 simulated repetitions with a gyroscope none is so quick beside its set)."""


@dataclass(eq=False)  # one for each trip: freezing them shows in the time of a day
class Setting:
    """What a trip is judged by: what is usual among its neighbours, and the first and last candidate of its set."""

    usual: Usual
    rom_deg: float
    ends: Sequence[Judged]
    strange: Sequence[Judged] = ()
    lone: bool = False
    groups: Sequence[Group] = ()  # all sets, or its own
    sets: Sequence[Group] = ()  # those of them that are more than a few trips which came together by chance

    @cached_property
    def held(self) -> Usual:
        """What is usual among those."""
        return usual_of([each for one in self.sets for each in one.measures])

    def is_known_beside(self, judged: Judged) -> bool:
        """Whether so much is known beside a trip that any exercise may ask if it is of that kind.

        Real people vary more than simulated ones: without a gyroscope only what stands alone is asked (at the ends of
        sets one more of 150 public bird-dogs, changed at random, would be lost; with one 9 of 3240 simulated recordings
        more are right, and none fewer).
        """
        if self.lone:
            return len(self.ends) == 1 and any(each.usual.full > FEW for each in self.sets)
        return judged.trip.with_gyroscope and self.usual.full > FEW

    def is_odd(self, judged: Judged) -> bool:
        """Whether a trip is far from the usual; at either end of a set less is enough."""
        if self.lone or (judged.trip.with_gyroscope and judged.trip.rom_deg < ODD_SHARE * self.rom_deg):
            return True
        small = judged.trip.rom_deg < FULL_SHARE * self.rom_deg
        return judged in self.ends and (small or is_unheld(judged, self.usual))

    def is_beside(self, judged: Judged) -> bool:
        """Whether a lone trip, or one at an end of its set, is of another kind than the repetitions of sets."""
        if not self.lone:
            return judged in self.strange
        known = [each.usual for each in self.sets if each.usual.full > FEW] or [self.held]  # like one of them is enough
        return all(self._is_strange_to(judged, each) for each in known)

    def _is_strange_to(self, judged: Judged, usual: Usual) -> bool:
        if is_unheld(judged, usual) or is_uneven(judged, usual):
            return True
        if all(len(each.candidates) <= FEW for each in self.sets):  # people may pause after each
            return False
        return is_strange([judged], usual, BEGINS_S if judged in self.groups[-1].trips else LONGER_S)

    def is_among_strides(self, judged: Judged) -> bool:
        """Whether strides of a trip's own set are so near to it that it may be one."""
        return any(each.is_among_strides(judged) for each in self.groups if judged in each.trips)

    def is_apart(self, judged: Judged) -> bool:
        """Whether a lone trip, or one at an end of its set, leads another way than every set, or is much quicker."""
        asked = self.sets if self.lone or judged in self.ends else ()
        return bool(asked) and all(each.is_left_by(judged) or each.is_slower_than(judged) for each in asked)

    def is_aside(self, judged: Judged) -> bool:
        """Whether a trip anywhere in a set begins elsewhere than its others, or leads another way."""
        return bool(self.sets) and all(each.is_aside(judged) for each in self.sets)


@dataclass(slots=True)
class Group:
    """The trips of one set, and others between them and before the first."""

    trips: list[Judged] = field(default_factory=list)
    candidates: list[Judged] = field(default_factory=list)
    strides: list[Judged] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    rest: Direction = (0.0, 0.0, 0.0)  # sum over the candidates
    across: Direction = (0.0, 0.0, 0.0)  # the same, the farther the more; those that go the other way turned round
    turned: int = 0  # how many are so large that their direction is known
    back: int = 0  # how many of those go the other way
    looked_back: bool = False  # whether those before it have been asked if it begins with them
    _usual: Usual | None = NOTHING
    _lone: bool | None = True
    _uneven: bool | None = False

    def add(self, judged: Judged) -> None:
        """Add the newest trip."""
        self.trips.append(judged)
        if judged.is_stride:
            self.strides.append(judged)
        if judged.candidate:
            self.candidates.append(judged)
            event = judged.event
            self.measures.append((judged.trip.rom_deg, judged.duration_s, judged.hold_s, event.lift_s, event.lower_s))
            self.rest = _sum(self.rest, judged.rest)
            forth = 1.0 if along(self.across, judged.across) >= 0.0 else -1.0
            self.across = _sum(self.across, judged.across, forth * judged.trip.rom_deg)
            known = judged.trip.rom_deg >= TURNED_FROM_DEG
            self.turned += known
            self.back += known and forth < 0.0
            self._usual = self._lone = self._uneven = None

    @property
    def usual(self) -> Usual:
        """What is usual among the candidates."""
        if self._usual is None:
            self._usual = usual_of(self.measures)
        return self._usual

    def ends(self) -> tuple[list[Judged], list[Judged]]:
        """Give the first and last candidate, the ones next to them where those are strange, and the strange ones."""
        ends: list[Judged] = []
        strange: list[Judged] = []
        for line in (self.candidates, self.candidates[::-1]):
            for place, each in enumerate(line):
                ends.append(each)
                walks = is_unheld(each, self.usual) and self.is_among_strides(each, strange)
                if not (walks or is_strange(line[place:], self.usual)):
                    break
                strange.append(each)
            if line[0].trip.with_gyroscope:
                ends.extend(each for each in _outer(line) if each not in ends)
        return ends, strange

    def is_among_strides(self, judged: Judged, others: Sequence[Judged] = ()) -> bool:
        """Whether strides, or others that are taken for such, are so near to a trip that it may be one."""
        strides = (each for each in (*self.strides, *others) if each is not judged)
        return bool(self.strides) and any(pause_s(each.trip, judged.trip) < BESIDE_S for each in strides)

    def is_walked_from(self, newest: Judged) -> bool:
        """Whether the newest trip is a stride so near to the last candidate that this may be one."""
        if not (newest.is_stride and self.candidates):
            return False
        return pause_s(newest.trip, self.candidates[-1].trip) < BESIDE_S

    def is_left_by(self, judged: Judged) -> bool:
        """Whether a trip leads another way, or back where all but one or two of the set go forth."""
        if leads_away(judged, self.rest, self.across, self.usual.rom_deg):
            return True
        if judged.trip.rom_deg < TURNED_FROM_DEG:
            return False
        backwards = along(self.across, judged.across) < 0.0
        same = self.back if backwards else self.turned - self.back
        return same <= STRAYS and self.turned > FEW

    def is_aside(self, judged: Judged) -> bool:
        """Whether a trip begins elsewhere or leads another way, however far."""
        return leads_away(judged, self.rest, self.across, judged.trip.rom_deg)

    @property
    def counts(self) -> bool:
        """Whether any of its trips was last told to be a repetition."""
        return any(each.counts for each in self.candidates)

    @property
    def is_set(self) -> bool:
        """Whether it is more than a trip or two, and enough of them are alike."""
        return len(self.candidates) > SET_TRIPS and not self.is_lone

    @property
    def is_new(self) -> bool:
        """Whether it has just become a set that others are judged by, at first or in spite of strays."""
        return len(self.candidates) in (SET_TRIPS + 1, FEW + 1)

    def is_slower_than(self, judged: Judged) -> bool:
        """Whether every other full repetition of the set takes much longer than a trip; asked with a gyroscope."""
        if not judged.trip.with_gyroscope:
            return False
        least_deg, least_s = FULL_SHARE * self.usual.rom_deg, judged.duration_s / HASTY
        others = 0
        for each in self.candidates:
            if each is judged or each.trip.rom_deg < least_deg:
                continue
            if each.duration_s <= least_s:  # mostly the first
                return False
            others += 1
        return others >= SET_TRIPS

    def _is_usual(self, judged: Judged) -> bool:
        """Whether a trip leads the same way as the set, and far enough to count in it."""
        return judged.trip.rom_deg >= LEAST_SHARE * self.usual.rom_deg and not self.is_left_by(judged)

    @property
    def is_lone(self) -> bool:
        """Whether it is too few, or too few that are alike, to be judged by themselves."""
        if self._lone is None:
            few = len(self.candidates) <= FEW
            self._lone = few and sum(self._is_usual(each) for each in self.candidates) <= LONE_TRIPS
        return self._lone

    @property
    def is_quick(self) -> bool:
        """Whether its trips are as quick as strides, and follow each other as soon; a few are asked for less."""
        if self.usual.duration_s >= STEP_S:
            return False
        if self._is_few_without_gyroscope:
            return True
        starts_s = [each.trip.start_s for each in self.candidates]
        return median([after - before for before, after in pairwise(starts_s)]) < STEPS_S

    @property
    def _is_few_without_gyroscope(self) -> bool:
        return len(self.candidates) <= FEW and not self.candidates[0].trip.with_gyroscope

    def are_strides_beside(self, other: Group) -> bool:
        """Whether it is strides: quick against the repetitions of another set, and few, small or not from there."""
        own, usual = self.usual, other.usual
        if usual.full <= SET_TRIPS or own.duration_s >= STEPS * usual.duration_s:
            return False
        small = self._is_few_without_gyroscope or own.rom_deg < ODD_SHARE * usual.rom_deg
        return small or self._is_elsewhere_than(other)

    def is_outnumbered_elsewhere(self, other: Group) -> bool:
        """Whether it begins elsewhere, or leads another way, than a set of many more trips."""
        return OUTNUMBERED * len(self.candidates) <= other.usual.full and self._is_elsewhere_than(other)

    def _is_elsewhere_than(self, other: Group) -> bool:
        """Whether all of its trips begin elsewhere, lead another way or go much farther than those of another set."""
        return all(other.is_left_by(each) for each in self.candidates)

    @property
    def is_uneven(self) -> bool:
        """Whether its trips differ by more than repetitions do, in range of motion and duration."""
        if self._uneven is None:
            columns = [[each[column] for each in self.measures] for column in (0, 1)]
            # no variance is more than a quarter of the squared range: mostly enough
            widest = sum(0.25 * log(max(each) / min(each)) ** 2 for each in columns)
            self._uneven = widest > UNEVEN**2 and sum(map(_spread, columns)) > UNEVEN**2
        return self._uneven

    def is_uneven_elsewhere(self, other: Group) -> bool:
        """Whether it is uneven, and begins elsewhere or leads another way than an even set of more than a few."""
        even = other.usual.full > FEW and not other.is_uneven
        return even and self.is_uneven and self._is_elsewhere_than(other)

    def is_slight_beside(self, other: Group) -> bool:
        """Whether it is fewer trips than another set's, small and quick against those."""
        own, usual = self.usual, other.usual
        if len(self.candidates) >= usual.full or usual.full <= SET_TRIPS:
            return False
        return own.rom_deg < SLIGHT * usual.rom_deg and own.duration_s < SLIGHT * usual.duration_s

    def unsettled(self, setting: Setting, least_deg: float, newest: Judged) -> list[Judged]:
        """Candidates before the newest trip whose verdict may change with it."""
        older = [each for each in self.candidates if each is not newest]
        if setting.lone or len(self.candidates) == FEW + 1:  # by now strays are known
            return older
        full_deg = max(least_deg, FULL_SHARE * setting.rom_deg)
        changing = [each for each in older if not each.is_plain(full_deg) or each in setting.strange]
        return [each for each in older if each in changing or each in setting.ends] if changing else []


def _outer(line: Sequence[Judged]) -> list[Judged]:
    """Give the first of a row, and the ones up to the first that does not end higher or lower than it began."""
    if line[0].climb <= CLIMB_ODD:  # mostly
        return [line[0]]
    inner = next((place for place, each in enumerate(line) if each.climb <= CLIMB_ODD), len(line) - 1)
    return list(line[: inner + 1])


def _sum(one: Direction, other: Direction, weight: float = 1.0) -> Direction:
    return (one[0] + weight * other[0], one[1] + weight * other[1], one[2] + weight * other[2])


def _spread(values: Sequence[float]) -> float:
    """Variance of the logarithms, without the least fifth and the most."""
    strays = len(values) // 5
    logs = [log(each) for each in sorted(values)[strays : len(values) - strays]]
    middle = fmean(logs)  # `pvariance` takes twenty times as long
    return fmean([(each - middle) ** 2 for each in logs])
