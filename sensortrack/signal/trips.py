"""Trips: the thigh leaves a still pose and comes back to it. Every repetition is one; not every trip is a repetition.

A small stack of poses: from the pose that was left, the thigh may settle in another (the top of a kick, or the position
for the exercise), leave that too and come back to either. The innermost pose that is reached again closes the trip.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TypeAlias

from sensortrack.model.samples import FloatArray
from sensortrack.signal.ahead import SETTLE, Ahead
from sensortrack.signal.level import (
    PASSING_SHARE,
    RESTED,
    RETURN_SHARE,
    WINDOW,
    Level,
    beyond,
    comes_to_rest,
    goes_over,
    inside,
    is_forgotten,
    lands,
    still_returning,
)
from sensortrack.signal.passed import trips_before
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import Trip, measure
from sensortrack.signal.upside import GROUND_NEAR_DEG, GROUND_S, Restart, Rested, Upside, leaves
from sensortrack.signal.vectors import chord_of, distance, first, norm, unit

SWINGS = 2
"""So many times without ever stopping, and a pose is none that people rest in."""

THROUGH_SHARE = 0.6
"""A pose that is swung through, by so much of the way to the one that was left for it, and higher, lies between rest
and top, however short the other was rested in: hands and knees a little behind where people kneel upright (drawn kicks
of 25 to 70 degrees from 5 to 35 degrees behind that, with a gyroscope: of 108 recordings 6 are wrong instead of 18)."""

HOME_DEG = 10.0
"""So near to the pose that the newest trip started from, the thigh rests as soon as it is calm: people come back from a
rest and go on at once."""

BASE_WEIGHT = 3.0
"""Weight of the pose that was left against the pose that was come back to, for the next trip, until the thigh is calm
(benchmark: without a gyroscope a quick return seems to end beside the rest pose)."""

LONGEST_S = 30.0
"""A pose that is not reached again after this has been left."""

_HOME = chord_of(HOME_DEG)
_LONGEST = round(LONGEST_S * GRID_HZ)
_GROUND = round(GROUND_S * GRID_HZ)
_DEPTH = 3  # poses remembered
_BEFORE = round(1.5 * GRID_HZ)  # looked at before a pose was left, for the beginning of a slow lift


@dataclass(frozen=True, slots=True)
class Overturned:
    """Trips that began at `since_s` or later were seen from the top; those that follow are told instead."""

    since_s: float
    decided_s: float


@dataclass(frozen=True, slots=True)
class Change:
    """The thigh has left its rest pose (`away`), or rests again without a trip; at `decided_s`."""

    away: bool
    decided_s: float


Item: TypeAlias = Trip | Change | Overturned


class TripDetector:
    """Find trips.

    Works on arrays: from departure to departure while resting, in windows of a few seconds while away.

    Parameters
    ----------
    depart_deg
        The least that is followed.
    beside_share
        A pose that people have come to rest in, so near to the one they left against the way that they went, has taken
        its place.
    """

    def __init__(self, depart_deg: float, beside_share: float) -> None:
        self._depart, self._least = chord_of(depart_deg), chord_of(2.0 * depart_deg)
        self._beside = beside_share
        self._levels: list[Level] = []
        self._lost: int | None = None  # grid index since which no pose was known, while none is
        self._home: tuple[Level, FloatArray] | None = None  # of the newest trip, and the pose that it started from
        self._upside = Upside(depart_deg)
        self._again = False  # looking again: what was decided once is not undone

    def process(self, poses: Poses) -> list[Item]:
        """Take the next poses, give the trips that they close and when the thigh left its rest pose."""
        if poses.broken:
            self._levels, self._lost = [], poses.begun
        trips: list[Item] = []
        ahead = Ahead.of(poses, self._depart)
        row = poses.fresh
        while row < len(poses.up):
            if not self._levels:
                row = self._find_pose(poses, row, trips)
            elif self._levels[-1].left < 0 and len(self._levels) == 1:
                row = self._wait(poses, row, ahead, trips)
            else:
                row = self._watch(poses, row, ahead, trips)
        return trips

    def _find_pose(self, poses: Poses, row: int, trips: list[Item]) -> int:
        row += first(poses.calm[row:])
        if row == len(poses.up):
            return row
        self._levels.append(Level(poses.pose[row], poses.origin + row))
        if self._lost is not None:
            self._look_back(poses, self._lost - poses.origin, row, trips)
        return row + 1

    def _look_back(self, poses: Poses, since: int, row: int, trips: list[Item]) -> None:
        """Give the trips that led to the pose that is found at last, since none was known; it may be their top.

        Not where a recording begins: the sensor may be in the hand, and any angle come back to.
        """
        found = trips_before(poses, self._levels[-1].pose, (since, row, row))
        self._upside.begin(poses.time_s(since))
        begins, self._lost = self._lost == poses.begun, None
        for each in () if begins else found:
            if self._look_again(poses, row, self._upside.close(poses, each, None, older=False), trips):
                return
        trips.extend(found)

    def _wait(self, poses: Poses, row: int, ahead: Ahead, trips: list[Item]) -> int:
        """Rest: follow the calm pose until it is left."""
        level = self._levels[-1]
        known = poses.last_calm[row] >= level.since - poses.origin
        stop = len(poses.up) if known else min(row + WINDOW, len(poses.up))
        row = self._departure(poses, row, stop, ahead)
        if row == stop:
            return stop
        if still_returning(level, poses, row):
            level.pose = poses.up[row]
            return row + 1
        _follow_rest(level, poses, row)
        level.left = poses.origin + row
        trips.append(Change(True, float(poses.arrival_s[row])))
        return row

    def _watch(self, poses: Poses, row: int, ahead: Ahead, trips: list[Item]) -> int:
        """Away: until a pose is reached again, left, settled in or given up, or the window ends."""
        inner = self._levels[-1]
        tracks = [(each, each.track_at(poses, row, self._depart)) for each in self._levels if each.left >= 0]
        stop = min([track.stop for _, track in tracks]) - poses.origin
        if inner.left < 0:
            happens, what = self._departure(poses, row, stop, ahead), "left"
            if happens < stop and still_returning(inner, poses, happens):
                what = "returning"
            if not inner.grounded and inner.since + _GROUND - poses.origin < happens:
                happens, what = max(row, inner.since + _GROUND - poses.origin), "grounded"
        else:
            happens, what = self._stops(poses, row, stop, ahead)
        oldest = tracks[0][0].left
        if oldest + _LONGEST - poses.origin < happens:
            happens, what = max(row, oldest + _LONGEST - poses.origin), "given up"
        for _, track in tracks:
            if track.back - poses.origin <= happens:
                happens, what = track.back - poses.origin, "back"
        for level, track in tracks:
            track.keep(level, poses, min(happens, stop - 1))
        if happens >= stop:
            return stop
        self._happen(what, poses, happens, trips)
        return happens + 1

    def _stops(self, poses: Poses, row: int, stop: int, ahead: Ahead) -> tuple[int, str]:
        """Row where the thigh settles, is at home or has landed, away from the innermost pose, and which of these."""
        since = max(row, self._levels[-1].left - poses.origin + SETTLE)
        settled = self._at_home(poses, since, ahead.first(ahead.settled, since, stop))
        landed = lands(self._levels[-1], poses, row, settled)
        return (landed, "landed") if landed < settled else (settled, "settled")

    def _at_home(self, poses: Poses, row: int, stop: int) -> int:
        """Row where the thigh is calm in the pose that the newest trip started from, once forgotten; else `stop`."""
        if self._home is None or self._home[0] in self._levels:
            return stop
        pose = self._home[1]
        if any(distance(each.pose, pose) < 2.0 * _HOME for each in self._levels):
            return stop
        near = norm(poses.pose[row:stop] - pose) < _HOME
        return min(row + first(near & poses.calm[row:stop]), stop)

    def _departure(self, poses: Poses, row: int, stop: int, ahead: Ahead) -> int:
        """Row where the innermost pose, rested in, is left; `stop` if it is not."""
        level = self._levels[-1]
        since = level.since - poses.origin
        if poses.last_calm[row] < since:  # not calm yet since the last trip: the pose it ended in
            calm = ahead.first(ahead.calm, row, stop)
            row += first(norm(poses.up[row:calm] - level.pose) > self._depart)
            if row < calm or row == stop:
                return row
        return ahead.first(ahead.left, row, stop)

    def _happen(self, what: str, poses: Poses, row: int, trips: list[Item]) -> None:
        index = poses.origin + row
        _follow_rest(self._levels[-1], poses, row)
        if what == "left":
            self._levels[-1].left = index
            self._levels[-1].last = distance(poses.up[row], self._levels[-1].pose)
        elif what == "returning":
            self._levels[-1].pose = poses.up[row]
        elif what == "landed":
            self._levels[-1].move(poses.pose[row])
            trips.append(Change(False, float(poses.arrival_s[row])))
        elif what == "settled":
            self._settle(poses, row, trips)
        elif what == "grounded":
            ground = self._levels[-1]
            ground.grounded = True
            if self._stays(poses, row, ground, trips):
                return
            near = chord_of(GROUND_NEAR_DEG)
            self._levels = [each for each in self._levels if each is ground or distance(each.pose, ground.pose) > near]
            trips.append(Change(False, float(poses.arrival_s[row])))
        elif what == "given up":
            oldest = min(number for number, each in enumerate(self._levels) if index - each.left >= _LONGEST)
            if oldest + 1 == len(self._levels):
                self._lost = self._levels[oldest].left
            del self._levels[: oldest + 1]
            trips.append(Change(False, float(poses.arrival_s[row])))
        else:
            self._close(poses, row, trips)

    def _settle(self, poses: Poses, row: int, trips: list[Item]) -> None:
        """Take a pose that the thigh has settled in, away from the innermost one."""
        left = self._levels[-1]
        if left.peak < self._depart:  # it turned at that pose and stayed there
            self._levels.pop()
        elif self._leaves(poses, row, trips):
            return
        since = min(row, max(int(poses.last_move[row]) + 1, row - SETTLE))
        settled = Level(poses.pose[row], poses.origin + since)
        self._levels = [*self._levels, settled][-_DEPTH:]
        if settled.since - left.left > 2 * SETTLE:  # else the way there was no more than that
            trips.extend(trips_before(poses, settled.pose, (left.left - poses.origin, since, row)))

    def _close(self, poses: Poses, row: int, trips: list[Item]) -> None:
        """Close the trip whose pose is nearest for its size; forget what it went over and what is as good as back."""
        near = [each for each in self._levels if each.left >= 0 and each.low < RETURN_SHARE * each.peak]
        level = min(near, key=lambda each: each.low / each.peak)
        going_on = not comes_to_rest(level, poses, row)  # turned at the pose, or swung through it
        passed = going_on and level.low_speed >= PASSING_SHARE * level.drop and beyond(poses, level, row)
        later = self._levels[-1]
        if level is not later and self._gives_way(level, later, poses.origin + row, passed=passed):
            self._levels.remove(level)
            return
        outside = [each for each in self._levels[: self._levels.index(level)] if each not in near]
        end = level.low_at - poses.origin if going_on else row
        if end <= level.left - poses.origin:  # near since before it was left: nothing to measure
            self._levels = [each for each in self._levels if each is not level]
            return
        begin = max(level.left - _BEFORE, level.since) - poses.origin
        rows = begin, end, row
        trip = measure(
            poses,
            level.pose,
            rows,
            passed=passed,
            slow=not going_on,
            inside=inside(outside, level),
            rested_s=level.stayed / GRID_HZ,
        )
        calm = int(poses.last_calm[row])
        rested = Rested(poses.pose[calm], poses.time_s(calm)) if calm >= 0 else None
        if self._look_again(poses, row, self._upside.close(poses, trip, rested, older=level is not later), trips):
            return
        index = poses.origin + end
        pose = level.pose if passed else unit(BASE_WEIGHT * level.pose + poses.up[end])
        rest = level.after(trip, pose, index, index if going_on else -1)
        if passed and rest.inner is None and level is not later:
            rest.inner = later, trip
        if not passed and rest.top is not None:
            self._home = (rest, level.pose)
        trips.append(trip)
        if rest.swings < SWINGS:
            self._levels = [*outside, rest]
        elif not self._starts_inside(poses, row, rest, trip, trips):
            self._levels = outside  # never stopped at, it lies between two poses that are not remembered

    def _gives_way(self, level: Level, later: Level, index: int, *, passed: bool) -> bool:
        """Whether no trip ends in a pose any more, though the thigh is back in it, because of a later one."""
        return (
            # people rest in the later pose by now, beside this one
            ((passed or later.left >= 0) and distance(later.pose, level.pose) < self._beside * level.peak)
            # the thigh has just come back to the later pose: it is that one, not this one
            or (later.left < 0 and later.swings < 0)
            # nobody ever rested here: the turning point of a stride, on the way to the top
            or (passed and later.rested >= RESTED and level.rested < SETTLE)
            # the thigh leaves the later pose, and only goes over this one
            or goes_over(level, later, self._least)
            # in the hand the sensor was as in a kick, say
            or is_forgotten(level, later, index)
        )

    def _starts_inside(self, poses: Poses, row: int, passed: Level, trip: Trip, trips: list[Item]) -> bool:
        """Whether a pose that is only swung through lies on the way from one that was rested in; then look again."""
        if passed.inner is None:
            return False
        rest, first_trip = passed.inner
        if rest.stayed < (SETTLE if _is_between(passed, trip) else RESTED):
            return False
        stands_s, begin_s = (poses.time_s(each - poses.origin) for each in (rest.since, rest.left))
        return self._look_again(poses, row, Restart(rest.pose, stands_s, begin_s, first_trip.start_s), trips)

    def _leaves(self, poses: Poses, row: int, trips: list[Item]) -> bool:
        """Whether the pose that was left for another position shows to be one of rest; then look again."""
        if len(self._levels) < 2 or not leaves(poses.pose[row], self._levels[-2].pose, self._levels[-1].pose):
            return False
        return self._stays(poses, row, self._levels[-1], trips)

    def _stays(self, poses: Poses, row: int, rest: Level, trips: list[Item]) -> bool:
        """Whether a pose that proves to be one of rest was taken for the top of trips; then look again."""
        if self._again:
            return False
        reached = Rested(rest.pose, poses.time_s(rest.since - poses.origin))
        return self._look_again(poses, row, self._upside.stay(reached), trips)

    def _look_again(self, poses: Poses, row: int, restart: Restart | None, trips: list[Item]) -> bool:
        """Look again at what was seen from the top; tell whether that was asked for."""
        if restart is None or self._again:
            return False
        oldest = poses.oldest(row)
        stands, begin, since = (max(_row_at(poses, each), oldest) for each in restart[1:4])
        kept = self._levels, self._home, copy(self._upside)
        self._levels = [Level(restart.rest, poses.origin + stands)]
        decided_s = float(poses.arrival_s[row])
        before: list[Trip] = []
        if since < begin:  # at the top then: the lift to there has not been seen either
            before = trips_before(poses, restart.rest, (max(oldest, poses.begun - poses.origin), since, row))
        self._again = True
        again = self.process(poses.until(row + 1, begin))
        self._again = False
        if restart.is_worse([each for each in again if isinstance(each, Trip)]):
            self._levels, self._home, self._upside = kept
            return False
        trips.append(Overturned(restart.since_s, decided_s))
        trips.extend(before)
        trips.extend(each._replace(decided_s=decided_s) for each in again if isinstance(each, Trip))
        return True


def _row_at(poses: Poses, time_s: float) -> int:
    return round((time_s + poses.delay_s) * GRID_HZ) - poses.origin


def _is_between(passed: Level, trip: Trip) -> bool:
    """Whether a pose that is swung through lies between one that was left and one farther up, as the newest trip."""
    if passed.inner is None or not trip.with_gyroscope:
        return False
    before = passed.inner[1]
    return trip.rom_deg > THROUGH_SHARE * before.rom_deg and trip.top_risen_m > before.top_risen_m


def _follow_rest(level: Level, poses: Poses, row: int) -> None:
    """Let the pose that is rested in follow the last calm one; before the first since a trip it is where that ended."""
    if level.left < 0 and poses.last_calm[row] >= level.since - poses.origin:
        level.pose = poses.pose[poses.last_calm[row]]
