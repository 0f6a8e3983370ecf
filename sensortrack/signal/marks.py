"""What a new trip tells about others, and they about it: strides, another position, repeated, seen after all.

Each function marks trips, and gives the older ones that may be of another kind now; `held_again` only gives them, as
what they said of the direction of extension is taken back before they are marked.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, takewhile
from typing import TypeAlias

from sensortrack.signal.judging import BRISK_PAUSE_S, DEEP_DEG, LONGEST_HOLD_S, STRIDE_PAUSE_S, Judged
from sensortrack.signal.likeness import (
    ODD_SHARE,
    SET_TRIPS,
    are_elsewhere,
    are_like,
    is_broken_off,
    middle_of,
    pause_s,
)
from sensortrack.signal.sets import Sets
from sensortrack.signal.trips import LONGEST_S
from sensortrack.signal.upside import are_alike
from sensortrack.signal.usual import LONE_TRIPS, NOTHING

VOUCHED_SHARE = 1.0 / 3.0
"""A trip vouches for one that takes a third to three times its time: strides take less (public bird-dogs, changed at
random: of 450 with a third one is lost, with 0.4 four)."""

EVEN = 1.33
"""Three trips whose rest pose was only passed vouch for each other if they take as long, and go as far, as the last but
for this (design choice; two simulated rows of tugs at a strap, alike otherwise: 1.4 and 1.6 times)."""

RESTS = 8
"""So many of the newest trips tell where repetitions start, and vouch for each other."""

HELD_AGAIN = 1.5
"""Two stays right after each other, neither so many times as long as the other, are kicks that are held for long
(design choice)."""

GOES_ON_S = 0.25
"""A movement that begins so soon after another may be its going on (design choice)."""

_ALIKE = 4  # so many of the newest trips are compared: without a gyroscope small ones lie between two (design choice)

Asked: TypeAlias = Callable[[Judged], bool]
"""What the exercise says of a trip: `Verdicts.is_wrong`, `Verdicts.is_candidate`."""


def mark_stride(sets: Sets, judged: Judged) -> list[Judged]:
    """Mark the new trip and the one before as strides where they are."""
    newest = sets.groups[-1].trips[-1:]
    if not newest:
        return []
    before = newest[0]
    apart_s = judged.trip.start_s - before.trip.end_s
    swing = judged.swings and before.swings and apart_s < STRIDE_PAUSE_S[judged.trip.with_gyroscope]
    if not swing and not (judged.is_brisk and before.is_brisk and apart_s < BRISK_PAUSE_S):
        return []
    judged.mark_stride()
    changes = "swing" not in before.odd
    before.mark_stride()
    return [before] if changes else []


def mark_around(sets: Sets, judged: Judged) -> None:
    """Mark the new trip where repetitions lie inside: it leads into their position and out of it."""
    trip = judged.trip
    meanwhile = takewhile(lambda each: each.trip.end_s > trip.start_s, reversed(sets.trips))
    inside = [each for each in meanwhile if each.trip.start_s >= trip.start_s and each.trip.end_s <= trip.end_s]
    if sum(each.counts for each in inside) > 1:  # one may be a pulse at the top
        judged.odd = ("position",)


def mark_left(sets: Sets, judged: Judged, is_wrong: Asked) -> list[Judged]:
    """Mark trips that went on at once into another kind of movement: getting up, say."""
    newest = sets.trips[-1:]
    if not newest or judged.trip.start_s - newest[0].trip.end_s >= GOES_ON_S:
        return []  # nothing that went on at once
    usual = next((each.usual for each in reversed(sets.groups) if each.usual.full > SET_TRIPS), NOTHING)
    left = []
    for other, one in pairwise((judged, *sets.trips[:-3:-1])):
        if one.candidate and is_wrong(other) and is_broken_off(one, other, usual):
            one.odd = ("position",)
            left.append(one)
    return left


def mark_elsewhere(sets: Sets, judged: Judged, is_wrong: Asked) -> list[Judged]:
    """Mark trips whose rest pose is far from where most repetitions start."""
    older = sets.trips
    rests = [each.rest for each in (*older[-RESTS:], judged) if not is_wrong(each)]
    if len(rests) <= LONE_TRIPS:
        return []
    usual = middle_of(rests)
    (judged.elsewhere,) = are_elsewhere([judged], usual)
    if len(rests) > RESTS // 2:  # the older ones have been seen among as many
        return []
    elsewhere = are_elsewhere(older, usual)
    changed = [each for each, now in zip(older, elsewhere, strict=True) if each.elsewhere != now]
    for each in changed:
        each.elsewhere = not each.elsewhere
    return changed


def mark_repeated(sets: Sets, judged: Judged) -> list[Judged]:
    """Forget the heights of trips that are alike: people get up or down once."""
    if judged.trip.with_gyroscope and not judged.sinks:
        return []
    like = [each for each in sets.groups[-1].trips[-_ALIKE:] if are_alike(each.trip, judged.trip)]
    judged.sinks &= not like
    if judged.trip.with_gyroscope or judged.swings or judged.trip.rom_deg < DEEP_DEG:
        return []
    changed = [each for each in like if each.fell or each.sinks]
    for each in (*like, judged) if like else ():
        each.fell = each.sinks = False
        each.repeated = True
    return changed


def held_again(sets: Sets, judged: Judged) -> list[Judged]:
    """Give the new trip and the one before where both are stays, alike and as long: nobody rests on the heels so."""
    newest = sets.trips[-1:]
    if not (judged.stays and newest) or newest[0].hold_s <= LONGEST_HOLD_S:
        return []
    before = newest[0]
    as_long = 1.0 / HELD_AGAIN < judged.duration_s / before.duration_s < HELD_AGAIN
    soon = pause_s(judged.trip, before.trip) < LONGEST_HOLD_S
    return [before, judged] if as_long and soon and are_alike(before.trip, judged.trip) else []


def mark_seen(sets: Sets, judged: Judged, is_wrong: Asked) -> list[Judged]:
    """Believe a trip whose rest pose was only passed at first, once another one is like it; or three that are none."""
    newest = sets.trips[-RESTS:]
    if not judged.unseen:
        seen = [each for each in newest if each.unseen and not is_wrong(judged) and _may_vouch(judged, each)]
    elif any(not is_wrong(each) and _may_vouch(each, judged) for each in newest):
        judged.unseen, seen = False, []
    else:  # strides pass a pose to both sides, and stop nowhere
        like = [each for each in (*newest, judged) if each.unseen and not each.swings and _is_even(judged, each)]
        seen = like if len(like) >= SET_TRIPS else []
    for each in seen:
        each.unseen = False
    return [each for each in seen if each is not judged]


def _may_vouch(judged: Judged, other: Judged) -> bool:
    """Whether a trip is soon before or after another and like it."""
    soon = pause_s(judged.trip, other.trip) < LONGEST_S
    as_long = VOUCHED_SHARE < judged.duration_s / other.duration_s < 1.0 / VOUCHED_SHARE
    return soon and as_long and are_like(judged, other)


def _is_even(judged: Judged, other: Judged) -> bool:
    """Whether a trip may vouch for another, takes about the same time, and goes about as far."""
    ratios = judged.duration_s / other.duration_s, judged.trip.rom_deg / other.trip.rom_deg
    return _may_vouch(judged, other) and all(1.0 / EVEN < each < EVEN for each in ratios)


def mark_begin(sets: Sets, is_candidate: Asked) -> list[Judged]:
    """Look back once a set of three is known.

    Small trips of its like are no pulses: the pose was reached to stay. And the set begins with the first of its
    like, not with the way into the position.
    """
    group = sets.groups[-1]
    if len(group.candidates) < SET_TRIPS or group.looked_back:
        return []
    group.looked_back = True
    least_deg = ODD_SHARE * group.usual.rom_deg
    large = [each for each in sets.trips if each.pulse and each.trip.rom_deg > least_deg]
    freed = [each for each in large if not group.is_left_by(each)]
    for each in freed:
        each.pulse = False
        each.candidate = is_candidate(each)
    begin = sets.first_of_newest()
    if begin is group.candidates[0]:
        return freed
    begin.begins = True
    return [*freed, begin]
