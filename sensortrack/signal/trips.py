"""Trips: the thigh leaves a still pose and comes back to it. Every repetition is one; not every trip is a repetition.

A small stack of poses: from the pose that was left, the thigh may settle in another (the top of a kick, or the position
for the exercise), leave that too and come back to either. The innermost pose that is reached again closes the trip.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sensortrack.model.samples import BoolArray, FloatArray, IntArray
from sensortrack.signal.phases import EDGE_SHARE
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import INVERTED_DEG, REST_ROWS, TOP_S, Trip, leads_down, measure, same_way_down
from sensortrack.signal.vectors import chord_of, dot, norm, unit

SETTLE_S = 1.0
"""Calm for this long in another pose, and trips may start from there. Pauses on the way to the top are shorter
(benchmark)."""

RETURN_SHARE = 0.4
"""Back is nearer than this share of the farthest: a pulse at the top stays above, a careless return below
(benchmark)."""

PASSING_SHARE = 0.35
"""Faster than this share of the return's fastest moment at the rest pose: the thigh swings through it (walking)."""

SWINGS = 2
"""So many times without ever stopping, and a pose is none that people rest in."""

TURN_SHARE = 0.1
"""Leaving again by this share of the farthest: the trip ended at the turning point (repetitions without a pause)."""

PULSE_S = 10.0
"""Trips from a pose that was reached this soon may be pulses at the top of a hold (holds last up to 8 s)."""

BASE_WEIGHT = 3.0
"""Weight of the pose that was left against the pose that was come back to, for the next trip, until the thigh is calm
(benchmark: without a gyroscope a quick return seems to end beside the rest pose)."""

GROUND_S = 12.0
GROUND_NEAR_DEG = 45.0
"""Resting this long in a pose, it cannot be the top of trips from one that was left nearby (holds are shorter): forget
that one. Farther ones stay: after a rest on the heels people come back to hands and knees."""

LONGEST_S = 30.0
"""A pose that is not reached again after this has been left."""

_SETTLE = round(SETTLE_S * GRID_HZ)
_LONGEST = round(LONGEST_S * GRID_HZ)
_GROUND = round(GROUND_S * GRID_HZ)
_PULSE = round(PULSE_S * GRID_HZ)
_WINDOW = 256  # rows looked at in one step while the thigh is away: longer than most repetitions
_SLOWEST = np.radians(1.5) / GRID_HZ  # sway is faster: a low, slow trip must not wait for less
_DEPTH = 3  # poses remembered
_BEFORE = round(1.5 * GRID_HZ)  # looked at before a pose was left, for the beginning of a slow lift


@dataclass(frozen=True, slots=True)
class Change:
    """The thigh has left its rest pose (`away`), or rests again without a trip; at `decided_s`."""

    away: bool
    decided_s: float


@dataclass(slots=True, eq=False)
class _Level:
    """One remembered pose and the trip from it that is open, if any."""

    pose: FloatArray
    since: int  # grid index from which the pose stands
    left: int = -1  # grid index where the pose was left; -1 while resting
    peak: float = 0.0  # farthest so far, as a chord
    drop: float = 0.0  # fastest return so far, chord per sample
    last: float = 0.0  # newest chord
    low: float = 2.0  # nearest since it came near again
    low_at: int = -1  # grid index of that
    low_speed: float = 0.0  # chord per sample there
    proven: bool = True  # False for the first pose, until a trip has come back to it
    grounded: bool = False  # rested in for long
    swings: int = 0  # times swung through without a stop; below 0, times stopped at


@dataclass(slots=True)
class TripDetector:
    """Find trips of at least `depart_deg`.

    Works on arrays: from departure to departure while resting, in windows of a few seconds while away.
    """

    depart_deg: float
    _levels: list[_Level] = field(default_factory=list)
    _downwards: Trip | None = None

    def process(self, poses: Poses) -> list[Trip | Change]:
        """Take the next poses, give the trips that they close and when the thigh left its rest pose."""
        if poses.broken:
            self._levels = []
        trips: list[Trip | Change] = []
        left_rows = self._left_rows(poses)
        row = poses.fresh
        while row < len(poses.up):
            if not self._levels:
                row = self._find_pose(poses, row, trips)
            elif self._levels[-1].left < 0 and len(self._levels) == 1:
                row = self._wait(poses, row, left_rows, trips)
            else:
                row = self._watch(poses, row, trips)
        return trips

    def _left_rows(self, poses: Poses) -> IntArray:
        """Rows that are farther than `depart_deg` from the last calm pose."""
        calm = poses.last_calm[poses.fresh :]
        apart = poses.up[poses.fresh :] - poses.pose[calm]
        far = norm(apart) > chord_of(self.depart_deg)
        return np.flatnonzero(far & (calm >= 0)) + poses.fresh

    def _find_pose(self, poses: Poses, row: int, trips: list[Trip | Change]) -> int:
        calm = np.flatnonzero(poses.calm[row:])
        if not len(calm):
            return len(poses.up)
        row += int(calm[0])
        self._levels.append(_Level(poses.pose[row], poses.origin + row, proven=False))
        trips.extend(self._first_trip(poses, row))
        return row + 1

    def _first_trip(self, poses: Poses, row: int) -> list[Trip]:
        """Give the trip that a recording begins with, if it began in the pose that is now found, and moved at once."""
        begin = poses.begun - poses.origin
        if begin < 0 or row - begin < _SETTLE:
            return []
        level = _Level(unit(poses.pose[row]), poses.begun, left=poses.begun)
        chord = norm(poses.up[begin : row + 1] - level.pose)
        level.peak = float(chord.max())
        if chord[0] > RETURN_SHARE * level.peak or level.peak < 2.0 * chord_of(self.depart_deg):
            return []
        return [measure(poses, level.pose, (begin, row, row))]

    def _wait(self, poses: Poses, row: int, left_rows: IntArray, trips: list[Trip | Change]) -> int:
        """Rest: follow the calm pose until it is left."""
        level = self._levels[-1]
        since = level.since - poses.origin
        if poses.last_calm[row] < since:  # not calm yet since the last trip: the pose it ended in
            apart = poses.up[row : row + _WINDOW] - level.pose
            far = norm(apart) > chord_of(self.depart_deg)
            stop = far | (poses.last_calm[row : row + _WINDOW] >= since)
            if not stop.any():
                return min(row + _WINDOW, len(poses.up))
            row += int(np.argmax(stop))
            if poses.last_calm[row] < since:
                level.left = poses.origin + row
                trips.append(Change(True, float(poses.arrival_s[row])))
                return row
        following = int(np.searchsorted(left_rows, row))
        if following == len(left_rows):
            level.pose = poses.pose[poses.last_calm[-1]]
            return len(poses.up)
        row = int(left_rows[following])
        level.pose = poses.pose[poses.last_calm[row]]
        level.left = poses.origin + row
        trips.append(Change(True, float(poses.arrival_s[row])))
        return row

    def _watch(self, poses: Poses, row: int, trips: list[Trip | Change]) -> int:
        """Away: until a pose is reached again, left, settled in or given up, or the window ends."""
        stop = min(row + _WINDOW, len(poses.up))
        inner = self._levels[-1]
        if inner.left < 0:
            happens, what = self._departure(poses, row, stop, inner), "left"
        else:
            happens, what = self._settling(poses, row, stop, inner), "settled"
        if inner.left < 0 and not inner.grounded and inner.since + _GROUND - poses.origin < happens:
            happens, what = max(row, inner.since + _GROUND - poses.origin), "grounded"
        oldest = min(each.left for each in self._levels if each.left >= 0)
        if oldest + _LONGEST - poses.origin < happens:
            happens, what = max(row, oldest + _LONGEST - poses.origin), "given up"
        tracks = [
            (each, _track(each, poses, row, stop, chord_of(self.depart_deg))) for each in self._levels if each.left >= 0
        ]
        for _, track in tracks:
            if track.back <= happens:
                happens, what = track.back, "back"
        for each, track in tracks:
            track.keep(each, poses, row, min(happens, stop - 1))
        if happens >= stop:
            return stop
        self._happen(what, poses, happens, trips)
        return happens + 1

    def _departure(self, poses: Poses, row: int, stop: int, inner: _Level) -> int:
        """Row where the innermost pose, rested in, is left; `stop` if it is not."""
        since = inner.since - poses.origin
        calm = poses.last_calm[row:stop]
        known = (calm >= since)[:, None]
        apart = poses.up[row:stop] - np.where(known, poses.pose[calm], inner.pose)
        far = np.flatnonzero(norm(apart) > chord_of(self.depart_deg))
        if not len(far):
            return stop
        if known[far[0]]:
            inner.pose = poses.pose[calm[far[0]]]
        return row + int(far[0])

    def _settling(self, poses: Poses, row: int, stop: int, inner: _Level) -> int:
        """Row where the thigh has been calm for `SETTLE_S` in another pose; `stop` if it has not."""
        rows = np.arange(row, stop)
        calm_since = np.maximum(poses.last_move[row:stop], inner.left - poses.origin)
        settled = np.flatnonzero(rows - calm_since >= _SETTLE)
        return row + int(settled[0]) if len(settled) else stop

    def _happen(self, what: str, poses: Poses, row: int, trips: list[Trip | Change]) -> None:
        index = poses.origin + row
        if what == "left":
            self._levels[-1].left = index
            self._levels[-1].last = float(norm(poses.up[row] - self._levels[-1].pose))
        elif what == "settled":
            proven = self._levels[-1].proven
            if self._levels[-1].peak < chord_of(self.depart_deg):  # it turned at a pose and stayed there
                self._levels.pop()
            self._levels.append(_Level(poses.pose[row], index - _SETTLE, proven=proven))
            del self._levels[:-_DEPTH]
        elif what == "grounded":
            ground = self._levels[-1]
            ground.grounded = True
            near = chord_of(GROUND_NEAR_DEG)
            self._levels = [each for each in self._levels if each is ground or norm(each.pose - ground.pose) > near]
            trips.append(Change(False, float(poses.arrival_s[row])))
        elif what == "given up":
            oldest = min(number for number, each in enumerate(self._levels) if index - each.left >= _LONGEST)
            del self._levels[: oldest + 1]
            trips.append(Change(False, float(poses.arrival_s[row])))
        else:
            trips.extend(self._close(poses, row))

    def _close(self, poses: Poses, row: int) -> list[Trip]:
        """Close the trip whose pose is nearest for its size; forget what it went over and what is as good as back."""
        near = [each for each in self._levels if each.left >= 0 and each.low < RETURN_SHARE * each.peak]
        level = min(near, key=lambda each: each.low / each.peak)
        slow = poses.speed[row] < max(EDGE_SHARE * level.drop, _SLOWEST)
        going_on = not (slow and level.last < RETURN_SHARE * level.peak)  # turned at the pose, or swung through it
        passed = going_on and level.low_speed >= PASSING_SHARE * level.drop and _beyond(poses, level, row)
        later = self._levels[-1]
        if passed and level is not later and norm(later.pose - level.pose) < 0.5 * level.peak:
            self._levels.remove(level)  # people rest in the later pose by now, beside this one
            return []
        outside = [each for each in self._levels[: self._levels.index(level)] if each not in near]
        end = level.low_at - poses.origin if going_on else row
        if end <= level.left - poses.origin:  # near since before it was left: nothing to measure
            self._levels = [each for each in self._levels if each is not level]
            return []
        begin = max(level.left - _BEFORE, level.since) - poses.origin
        trip = measure(poses, level.pose, (begin, end, row), passed=passed, inside=_inside(outside, level))
        if self._began_at_top(poses, level, trip):
            return self._invert(poses, trip, row)
        proven = level.proven or (trip.rom_deg > INVERTED_DEG and self._downwards is None)
        index = poses.origin + end
        pose = level.pose if passed else unit(BASE_WEIGHT * level.pose + poses.up[end])
        rest = _Level(pose, index, index if going_on else -1, last=level.last, proven=proven)
        rest.swings = level.swings + 1 if passed else min(level.swings, 0) - 1
        # swung through twice, never stopped at: it lies between two poses that are not remembered; look for one again
        self._levels = outside if rest.swings >= SWINGS else [*outside, rest]
        return [trip]

    def _began_at_top(self, poses: Poses, level: _Level, trip: Trip) -> bool:
        """Whether this is the second trip in a row that leads down from the first pose of a recording."""
        if trip.rom_deg <= INVERTED_DEG or level.proven:
            return False
        before = self._downwards
        if before is not None and same_way_down(before, trip):
            return True
        began_s = poses.time_s(level.since - poses.origin)
        self._downwards = trip if trip.start_s - began_s < TOP_S and leads_down(trip) else None
        return False

    def _invert(self, poses: Poses, trip: Trip, row: int) -> list[Trip]:
        """Two trips down from the first pose: it was the top. Give the trip between them, the right way up."""
        before, self._downwards = self._downwards, None
        lift, again = (self._row(poses, each.top_end_s) for each in (before or trip, trip))
        end = self._row(poses, trip.top_start_s)
        away = float(norm(poses.up[row] - trip.top))
        self._levels = [_Level(trip.top, poses.origin + again, poses.origin + again, away, last=away)]
        if not REST_ROWS < lift < end - REST_ROWS:  # too far back, or the two are not apart
            return []
        return [measure(poses, trip.top, (lift - REST_ROWS, end, row))]

    def _row(self, poses: Poses, time_s: float) -> int:
        return round((time_s + poses.delay_s) * GRID_HZ) - poses.origin


@dataclass(frozen=True, slots=True)
class _Track:
    """A window of an open trip: distance from its pose, farthest and fastest return so far, and where it is back."""

    chord: FloatArray
    peak: FloatArray
    fastest: FloatArray
    under: int  # row from which the pose is near; the window's end if it is not
    back: int  # row where the trip is over; the window's end if it is not

    def keep(self, level: _Level, poses: Poses, row: int, until: int) -> None:
        """Write what must be known in the next window into the level."""
        at = until - row
        level.last, level.peak, level.drop = float(self.chord[at]), float(self.peak[at]), float(self.fastest[at])
        if self.under <= until:
            lowest = self.under + int(np.argmin(self.chord[self.under - row : at + 1]))
            if self.chord[lowest - row] < level.low:
                level.low, level.low_at = float(self.chord[lowest - row]), poses.origin + lowest
                level.low_speed = float(poses.speed[lowest])


def _beyond(poses: Poses, level: _Level, row: int) -> bool:
    """Whether the thigh is on the other side of its pose from where it was farthest."""
    away = poses.up[max(0, level.left - poses.origin) : row + 1] - level.pose
    return float(dot(away[-1], away[int(np.argmax(norm(away)))])) < 0.0


def _inside(outside: list[_Level], level: _Level) -> float:
    """How far a pose is from the one that was left for it a short while ago, as a chord."""
    recent = [each for each in outside if level.since - each.left < _PULSE]
    return max((float(norm(each.pose - level.pose)) for each in recent), default=0.0)


def _track(level: _Level, poses: Poses, row: int, stop: int, least: float) -> _Track:
    apart = poses.up[row:stop] - level.pose
    chord = norm(apart)
    drop = np.concatenate(([level.last], chord[:-1])) - chord
    peak = np.maximum.accumulate(np.concatenate(([level.peak], chord)))[1:]
    fastest = np.maximum.accumulate(np.concatenate(([level.drop], drop)))[1:]
    near = (chord < RETURN_SHARE * peak) & (peak > least)
    under = row if level.low_at >= 0 else row + _first(near)
    if under >= stop:
        return _Track(chord, peak, fastest, stop, stop)
    slow = near & (poses.speed[row:stop] < np.maximum(EDGE_SHARE * fastest, _SLOWEST))
    back = min(row + _first(slow), _leaving_again(level, poses, under, chord[under - row :], peak, fastest))
    return _Track(chord, peak, fastest, under, back)


def _leaving_again(
    level: _Level, poses: Poses, under: int, chord: FloatArray, peak: FloatArray, fastest: FloatArray
) -> int:
    """Row where the thigh, near its pose since row `under`, has turned there or swung through."""
    peak, fastest = peak[-len(chord) :], fastest[-len(chord) :]
    speed = poses.speed[under : under + len(chord)]
    low = np.minimum.accumulate(np.concatenate(([level.low], chord)))[1:]
    lowest = np.maximum.accumulate(np.where(chord <= low, np.arange(len(chord)), -1))
    low_speed = np.where(lowest >= 0, speed[lowest], level.low_speed)
    turned = (chord > low + TURN_SHARE * peak) & (low_speed < PASSING_SHARE * fastest)
    return under + _first(turned | (chord > RETURN_SHARE * peak))


def _first(flags: BoolArray) -> int:
    """Place of the first True; the length where there is none."""
    return int(np.argmax(flags)) if flags.any() else len(flags)
