"""Repetitions before a set that were cut wrongly, because their rest pose was not known yet.

People get down and begin at once, or shift on hands and knees once they have begun. The first repetitions are then seen
from a pose beside their own, as halves that swing through it. A set of three tells what the pose is, how far its
repetitions go and how long they take: the samples before are looked through for more of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sensortrack.signal.judging import Judged
from sensortrack.signal.likeness import ODD_SHARE, are_like, pause_s
from sensortrack.signal.passed import trips_before
from sensortrack.signal.poses import HISTORY_S, Poses
from sensortrack.signal.sets import Group
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import Trip

LONGER_PAUSE = 1.5
SHORT_PAUSE_S = 1.0
"""The pause to the next one is no longer than so many times the longest in the set, or than a short one: crawling comes
before settling (design choice)."""

_REWIND = round(
    (HISTORY_S - 10.0) * GRID_HZ
)  # every partition of the stream remembers it, and what is looked at before


def missed_before(poses: Poses, group: Group, newest: Trip) -> Iterator[Trip]:
    """Give the trips between the rest pose of a set and itself that lead up to its first one, the last first."""
    begin = group.candidates[0].trip
    pauses_s = [pause_s(one.trip, other.trip) for one, other in pairwise(group.candidates)]
    longest_s = max(LONGER_PAUSE * max(pauses_s), SHORT_PAUSE_S)
    since = max(poses.row_at(newest.end_s) - _REWIND, poses.begun - poses.origin, 0)
    stop = max(poses.row_at(begin.start_s), since)
    for trip in reversed(trips_before(poses, begin.rest, (since, stop, stop), ODD_SHARE * group.usual.rom_deg)):
        if begin.start_s - trip.end_s > longest_s:
            return
        begin = trip._replace(unseen=False, decided_s=newest.decided_s)
        yield begin


def is_one_of(judged: Judged, group: Group) -> bool:
    """Whether a trip is as far and as long as those of a set, and like its first one."""
    as_far = ODD_SHARE < judged.trip.rom_deg / group.usual.rom_deg < 1.0 / ODD_SHARE
    as_long = ODD_SHARE < judged.duration_s / group.usual.duration_s < 1.0 / ODD_SHARE
    return as_far and as_long and are_like(judged, group.candidates[0])
