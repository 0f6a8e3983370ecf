"""Repetitions before a set that were cut wrongly, because their rest pose was not known yet.

People get down and begin at once, or shift on hands and knees once they have begun. The first repetitions are then seen
from a pose beside their own, as halves that swing through it. A set of three tells what the pose is, how far its
repetitions go and how long they take: the samples before are looked through for more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from sensortrack.signal.group import FEW, Group
from sensortrack.signal.judging import Judged
from sensortrack.signal.likeness import ODD_SHARE, SET_TRIPS, are_like, pause_s
from sensortrack.signal.passed import LOOK_BACK_S, turns_before
from sensortrack.signal.poses import HISTORY_S, Poses
from sensortrack.signal.sets import Sets
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import Trip, measure
from sensortrack.signal.vectors import chord_of, norm, unit

LONGER_PAUSE = 1.5
SHORT_PAUSE_S = 1.0
"""The pause to the next one is no longer than so many times the longest in the set, or than a short one: crawling comes
before settling (design choice)."""

_LOOKS = (SET_TRIPS, FEW + 1)  # candidates of a set when it is known, and when strays no longer matter
_REWIND = round((HISTORY_S - 10.0) * GRID_HZ)  # every partition of the stream remembers so much


def find_missed(poses: Poses, sets: Sets, newest: Judged, judged_of: Callable[[Trip], Judged]) -> list[Judged]:
    """Look before the newest set, once it is known, for repetitions that were cut wrongly; the last one first.

    Parameters
    ----------
    newest
        The newest trip.
    judged_of
        Looks at a trip by itself.
    """
    group = sets.groups[-1]
    if not newest.candidate or len(group.candidates) not in _LOOKS:
        return []
    place = sets.trips.index(group.candidates[0])
    before = sets.trips[place - 1].trip if place else None
    found: list[Judged] = []
    for trip in _missed_before(poses, group, newest.trip, before):
        judged = judged_of(trip)
        known = any(each.candidate for each in sets.during(trip))
        if known or not judged.candidate or not _is_one_of(judged, group):
            break
        found.append(judged)
    return found


def _missed_before(poses: Poses, group: Group, newest: Trip, before: Trip | None) -> Iterator[Trip]:
    """Give the trips between the rest pose of a set and itself that lead up to its first one, the last first.

    Parameters
    ----------
    before
        The trip before the set. If it ended long before that, nothing is looked for.
    """
    begin = group.candidates[0].trip
    longest_s = _longest_pause_s(group)
    if before is None or begin.start_s - before.end_s > longest_s + group.usual.lower_s:  # its end may not be seen
        return
    oldest = max(poses.row_at(newest.end_s) - _REWIND, poses.begun - poses.origin, 0)
    since = max(poses.row_at(begin.start_s - LOOK_BACK_S), oldest)
    rest, stop = unit(begin.rest), max(poses.row_at(begin.start_s), since)
    longest = (group.usual.duration_s / ODD_SHARE + 2.0 * longest_s) * GRID_HZ
    chord = norm(poses.up[since:stop] - rest)
    least, most = (chord_of(share * group.usual.rom_deg) for share in (ODD_SHARE, 1.0 / ODD_SHARE))
    for here, there in pairwise(turns_before(chord, least)):
        if here - there > longest or chord[there:here].max() > most:
            return
        trip = measure(poses, rest, (since + there, since + here, stop))
        if begin.start_s - trip.end_s > longest_s:
            return
        begin = trip._replace(decided_s=newest.decided_s)
        yield begin


def _longest_pause_s(group: Group) -> float:
    pauses_s = [pause_s(one.trip, other.trip) for one, other in pairwise(group.candidates)]
    return max(LONGER_PAUSE * max(pauses_s), SHORT_PAUSE_S)


def _is_one_of(judged: Judged, group: Group) -> bool:
    """Whether a trip is as far and as long as those of a set, and like its first one."""
    as_far = ODD_SHARE < judged.trip.rom_deg / group.usual.rom_deg < 1.0 / ODD_SHARE
    as_long = ODD_SHARE < judged.duration_s / group.usual.duration_s < 1.0 / ODD_SHARE
    return as_far and as_long and are_like(judged, group.candidates[0])
