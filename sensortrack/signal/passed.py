"""Trips from a pose that was only passed when they began, and is known only now.

A recording may begin with a movement, and people may begin at once when they have come into the position: the first
repetition is over before its rest pose has ever been calm. Once it is, the samples before are looked through for where
the thigh turned there. Such a trip is `unseen`: others like it must vouch for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.level import RETURN_SHARE
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import Trip, measure
from sensortrack.signal.vectors import chord_of, first, norm, unit

LEAST_DEG = 15.0
"""Smaller trips are not looked for: of those that are handled before a session, too many are alike."""

LEAST_S = 1.0
"""Nor quicker ones: strides (design choice; the quickest simulated kicks take 1.3 s)."""

LOOK_BACK_S = 30.0
"""So long before the pose was reached, at most: as long as a pose that is left is waited for."""

UNDER_WAY_SHARE = 0.25
"""A recording that begins farther from the rest pose than this share of its first trip begins inside that (simulated
recordings that were cut on: 0.34 and more; a public bird-dog recording that begins with a repetition: below 0.2)."""


def trips_before(poses: Poses, pose: FloatArray, rows: tuple[int, int, int]) -> list[Trip]:
    """Give the trips to a pose (3,) that was only passed when they began.

    Parameters
    ----------
    rows
        Where to look from, where the pose is reached, and where that is known.
    """
    since, end, row = rows
    since, rest = max(since, end - round(LOOK_BACK_S * GRID_HZ), 0), unit(pose)
    chord = norm(poses.up[since:end] - rest)
    turns = [*turns_before(chord, chord_of(LEAST_DEG))][::-1]
    at_start = len(turns) > 1 and since + turns[0] == poses.begun - poses.origin
    if at_start and chord[turns[0]] > UNDER_WAY_SHARE * chord[turns[0] : turns[1]].max():
        del turns[0]
    return [
        measure(poses, rest, (since + begin, since + stop, row))._replace(unseen=True)
        for begin, stop in pairwise(turns)
        if stop - begin >= LEAST_S * GRID_HZ
    ]


def turns_before(chord: FloatArray, least: float) -> Iterator[int]:
    """Give the length, then the rows where the thigh turned at a pose, between trips, before it came to rest there.

    The last one first.

    Parameters
    ----------
    chord
        (N,) distances from the pose, up to when it was reached.
    least
        Nearer than this is no trip.
    """
    turn = len(chord)
    while True:
        yield turn
        before = chord[:turn][::-1]
        peak = np.maximum.accumulate(before)
        near = (before < RETURN_SHARE * peak) & (peak > least)
        start = first(near)
        if start == len(before):
            return
        stop = start + first(~near[start:])
        turn = len(before) - 1 - start - int(before[start:stop].argmin())
