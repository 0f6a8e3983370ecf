"""One remembered pose and the trip from it that is open: how far away the thigh is, and when it is back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.judging import SEEN_DEG, STRIDE_S
from sensortrack.signal.phases import EDGE_SHARE
from sensortrack.signal.poses import Poses
from sensortrack.signal.timeline import GRID_HZ
from sensortrack.signal.trip import QUICKEST_S, Trip
from sensortrack.signal.vectors import chord_of, distance, dot, first, norm

RETURN_SHARE = 0.4
"""Back is nearer than this share of the farthest: a pulse at the top stays above, a careless return below
(benchmark)."""

PASSING_SHARE = 0.35
"""Faster than this share of the return's fastest moment at the rest pose: the thigh swings through it (walking)."""

TURN_SHARE = 0.1
"""Leaving again by this share of the farthest: the trip ended at the turning point (repetitions without a pause)."""

PULSE_S = 10.0
"""Trips from a pose that was reached this soon may be pulses at the top of a hold (holds last up to 8 s)."""

RETURNING_S = 0.8
RETURNING_SHARE = 0.5
"""Without a gyroscope a lowering may seem to stop on its way: the sensor's own acceleration hides the last part. Going
on the same way this soon after, by less than this share of the trip, is the rest of the return (benchmark: 2 to 3 %
more recordings right)."""

EARLY_SHARE = 0.3
EARLY_NEAR = 0.15
"""Without a gyroscope smoothing costs 0.35 s. Slower than the one share of the fastest return and nearer than the other
of the farthest, the thigh is as good as back; the rest of its way is reckoned (simulated sessions: told 0.24 s after
the end instead of 0.39 s, counts as good; with 0.4 two of 100 recordings fewer are right)."""

RESTED_S = 3.0
"""A pose that was rested in so long is one to start from, even if the way from there leads through another (a top is
held for 1 to 2 s; simulated people who lay down before leg raises: 3.9 s and more; others 2.7 s at most)."""

LANDS_S = 1.6
LARGE_DEG = 15.0
"""People shift on hands and knees. With a gyroscope a thigh that never stopped where its last trip seemed to end, and
is calm beyond that this soon, by less than half of that trip, rests there now (4370 simulated recordings: 7 more are
right, 5 fewer; of 10 251 kicks of a simulator whose people shift often, 94 instead of 894 begin too late, and their
range of motion is off by 1.1 instead of 1.7 degrees). After smaller trips it is sway (else one of 40 recordings of
repetitions at home is lost, of eight degrees)."""

HARDLY_S = 1.5
LONG_AGO_S = 15.0
"""A pose that was kept for less, so long ago, and that no trip has ended in, is not one to come back to once another
was rested in and a trip has ended in that (design choice)."""

OVER_S = 2.5
OVER_TIMES = 2.0
"""Rested in for longer than this, and for so many times as long as in an older pose nearby, a pose is left over the
older one, not for it: no trip that counts ends there (5890 recordings of seven simulators: 27 more are right, 3 fewer;
without a gyroscope whole sets were seen from half of the way up)."""

_SWAY = chord_of(SEEN_DEG)  # less is swaying, not swinging through a pose
_OVER = round(OVER_S * GRID_HZ)
_LANDS = round(LANDS_S * GRID_HZ)
_LARGE = chord_of(LARGE_DEG)
_AT_ONCE = 2  # rows: left before it was rested in
_PULSE = round(PULSE_S * GRID_HZ)
RESTED = round(RESTED_S * GRID_HZ)
_HARDLY = round(HARDLY_S * GRID_HZ)
_LONG_AGO = round(LONG_AGO_S * GRID_HZ)
_RETURNING = round(RETURNING_S * GRID_HZ)
WINDOW = 160  # rows followed in one step, 6.4 s: longer than most repetitions, and not much is followed in vain
SLOWEST = np.radians(1.5) / GRID_HZ  # sway is faster: a low, slow trip must not wait for less


@dataclass(slots=True, eq=False)
class Level:
    """One remembered pose and the trip from it that is open, if any; distances are chords on the unit sphere."""

    pose: FloatArray
    since: int  # grid index from which the pose stands
    left: int = -1  # grid index where the pose was left; -1 while resting
    before: int = 0  # rows of the longest rest in it before the newest trip from it
    peak: float = 0.0  # farthest so far, as a chord
    drop: float = 0.0  # fastest return so far, chord per sample
    last: float = 0.0  # newest chord
    low: float = 2.0  # nearest since it came near again
    low_at: int = -1  # grid index of that
    low_speed: float = 0.0  # chord per sample there
    grounded: bool = False  # rested in for long
    top: FloatArray | None = None  # top of the trip that came back to it
    landed: FloatArray | None = None  # where that seemed to end
    reach: float = 0.0  # how far that was
    lasted_s: float = 0.0  # how long that took
    swings: int = 0  # times swung through without a stop; below 0, times stopped at
    inner: tuple[Level, Trip] | None = None  # rested in when it was first swung through, and that trip
    track: Track | None = None  # newest window of the trip

    @property
    def stayed(self) -> int:
        """Rows of the newest rest in a pose that was left; it may have been landed in without a stop."""
        return self.left - self.since

    @property
    def rested(self) -> int:
        """Rows of the longest rest in a pose that was left."""
        return max(self.before, self.stayed)

    def after(self, trip: Trip, pose: FloatArray, since: int, left: int) -> Level:
        """Give the pose as it stands once a trip has come back to it, left again already or not (-1)."""
        rest = Level(pose, since, left, self.rested, last=self.last)
        if trip.passed:
            rest.swings, rest.inner = self.swings + (self.peak >= _SWAY), self.inner
        else:
            rest.swings = min(self.swings, 0) - 1
        if trip.end_s - trip.start_s >= QUICKEST_S:
            rest.top, rest.landed, rest.reach, rest.lasted_s = trip.top, pose, self.peak, trip.end_s - trip.start_s
        return rest

    def move(self, pose: FloatArray) -> None:
        """Rest again, beside where the pose seemed to be: no trip from it is open."""
        self.pose, self.left, self.track = pose, -1, None
        self.peak = self.drop = self.last = self.low_speed = 0.0
        self.low, self.low_at = 2.0, -1

    def track_at(self, poses: Poses, row: int, least: float) -> Track:
        """Give the window of the open trip that holds a row; nearer than the chord `least` is no trip."""
        index = poses.origin + row
        if self.track is None or index > self.track.back or index >= self.track.stop:
            self.track = _follow(self, poses, row, min(row + WINDOW, len(poses.up)), least)
        return self.track


@dataclass(slots=True)
class Track:
    """A window of an open trip: distance from its pose, farthest and fastest return so far, and where it is back."""

    first: int  # grid index
    stop: int  # grid index behind the last
    chord: FloatArray
    peak: FloatArray
    fastest: FloatArray
    under: int  # grid index from which the pose is near; `stop` if it is not
    back: int  # grid index where the trip is over; `stop` if it is not

    def keep(self, level: Level, poses: Poses, row: int) -> None:
        """Write what must be known after a row into the level."""
        at, under = poses.origin + row - self.first, self.under - self.first
        level.last, level.peak, level.drop = float(self.chord[at]), float(self.peak[at]), float(self.fastest[at])
        if under <= at:
            lowest = under + int(self.chord[under : at + 1].argmin())
            low = float(self.chord[lowest])
            if low < level.low:
                level.low, level.low_at = low, self.first + lowest
                level.low_speed = float(poses.speed[level.low_at - poses.origin])


def comes_to_rest(level: Level, poses: Poses, row: int) -> bool:
    """Whether the thigh is slow near its pose, as `keep` has written it, rather than turning or swinging through."""
    return _slow(level.last, level.peak, level.drop, float(poses.speed[row]), _slow_share(poses))


def _slow_share(poses: Poses) -> float:
    """Slower than this share of the fastest return, the thigh may come to rest."""
    return EDGE_SHARE if poses.with_gyroscope else EARLY_SHARE


def _slow(chord: float, peak: float, fastest: float, speed: float, share: float) -> bool:
    """Whether the thigh is slow near its pose; faster than `EDGE_SHARE` it must be nearer."""
    if speed < EDGE_SHARE * fastest or speed < SLOWEST:
        return chord < RETURN_SHARE * peak
    return speed < share * fastest and chord < EARLY_NEAR * peak


def beyond(poses: Poses, level: Level, row: int) -> bool:
    """Whether the thigh is on the other side of its pose from where it was farthest."""
    away = poses.up[max(0, level.left - poses.origin) : row + 1] - level.pose
    return float(dot(away[-1], away[int(np.argmax(norm(away)))])) < 0.0


def still_returning(level: Level, poses: Poses, row: int) -> bool:
    """Whether the thigh goes on the way back from the last trip, which seemed to be over beside the rest pose."""
    since = level.since - poses.origin
    if poses.with_gyroscope or row - since > _RETURNING or poses.last_calm[row] >= since:
        return False
    if level.top is None or level.landed is None:
        return False
    apart = poses.up[row] - level.pose
    near = distance(poses.up[row], level.landed) < RETURNING_SHARE * level.reach
    return near and float(dot(apart, level.top - level.pose)) < 0.0


def lands(level: Level, poses: Poses, row: int, stop: int) -> int:
    """First row from `row` on where the thigh has come to rest beyond the end of its last trip; `stop` if none is."""
    until = min(level.since - poses.origin + _LANDS, stop)
    if not poses.with_gyroscope or level.top is None or level.landed is None or until <= row:
        return stop
    if level.stayed > _AT_ONCE or level.lasted_s < STRIDE_S or level.reach < _LARGE:
        return stop
    pose = poses.pose[row:until]
    beyond = dot(pose - level.pose, level.top - level.pose) < 0.0
    near = norm(pose - level.landed) < RETURNING_SHARE * level.reach
    found = row + first(beyond & near & poses.calm[row:until])
    return found if found < until else stop


def is_forgotten(level: Level, later: Level, index: int) -> bool:
    """Whether a pose that was hardly kept long ago lies behind a later one, in which trips have ended since."""
    hardly = level.top is None and level.rested < _HARDLY and index - level.left > _LONG_AGO
    return hardly and later.top is not None and later.rested >= RESTED


def goes_over(level: Level, later: Level, least: float) -> bool:
    """Whether the thigh leaves a later pose over this one, not so far from it as anything that counts."""
    return later.left >= 0 and level.peak < least and later.rested >= max(_OVER, OVER_TIMES * level.stayed)


def inside(outside: list[Level], level: Level) -> float:
    """How far a pose is from the one that was left for it a short while ago, as a chord."""
    recent = [each for each in outside if level.since - each.left < _PULSE]
    return max((distance(each.pose, level.pose) for each in recent), default=0.0)


def _follow(level: Level, poses: Poses, row: int, stop: int, least: float) -> Track:
    """Follow the open trip of a level through rows ``row`` to ``stop``."""
    chord = norm(poses.up[row:stop] - level.pose)
    drop = np.empty_like(chord)
    drop[0] = max(level.last - float(chord[0]), level.drop)
    np.subtract(chord[:-1], chord[1:], out=drop[1:])
    peak = np.maximum.accumulate(chord)
    if level.peak > peak[0]:
        np.maximum(peak, level.peak, out=peak)
    fastest = np.maximum.accumulate(drop)
    under = back = 0
    if level.low_at < 0:
        near = chord < RETURN_SHARE * peak
        under = back = first(near if peak[0] > least else near & (peak > least))
    if under < len(chord):
        speed = poses.speed[row:stop]
        rows = zip(chord[under:].data, peak[under:].data, fastest[under:].data, speed[under:].data, strict=True)
        back += _back(level, rows, least, _slow_share(poses))
    begin = poses.origin + row
    return Track(begin, poses.origin + stop, chord, peak, fastest, begin + under, begin + back)


def _back(level: Level, rows: Iterable[tuple[float, float, float, float]], least: float, share: float) -> int:
    """Place where the thigh, near its pose since the first row, is slow there, has turned there or swung through.

    A row is the chord, farthest and fastest return so far, and the speed. Row by row: mostly the search stops soon.
    """
    low, low_speed = level.low, level.low_speed
    place = -1
    for place, (chord, peak, fastest, speed) in enumerate(rows):
        if chord <= low:
            low, low_speed = chord, speed
        if chord > RETURN_SHARE * peak or (chord > low + TURN_SHARE * peak and low_speed < PASSING_SHARE * fastest):
            return place
        if peak > least and _slow(chord, peak, fastest, speed, share):
            return place
    return place + 1
