"""Repetitions and sets: which trips count, which do not and why.

A trip is judged among its neighbours, so a verdict may be revised: by the first full repetitions (a small trip before them
was a false start) or when the direction of extension becomes known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count, pairwise

import numpy as np

from sensortrack.model.events import Gap, Movement, SetEnd, Verdict
from sensortrack.model.exercises import Exercise
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Sagittal
from sensortrack.signal.trips import Trip, TripDetector
from sensortrack.signal.vectors import angle_deg, unit

SEEN_DEG = 5.0
"""Smaller trips are not even listed: postural sway (bird-dog recordings: up to 4 degrees)."""

QUICKEST_S = 0.6
"""A trip that is over sooner is a jolt: nobody lifts and lowers a leg in less (fastest simulated kicks: 0.8 s)."""

STRIDE_S = 1.4
STRIDE_HOLD_S = 0.12
STRIDE_PAUSE_S = 0.25
"""Trips this short, without a hold, one after the other without a pause are strides: walking takes 0.9 to 1.3 s each."""

PULSE_SHARE = 0.3
"""A trip from a pose that was just reached, this small against the way there, is a pulse at the top."""

DEEP_DEG = 30.0
SUNK_M = 0.08
"""A kick lifts the sensor; on the way into a deep flexion the hip goes down with it (simulated sessions: kicks -0.04 m and
higher in 98 %, kneeling down -0.15 to -0.28 m, sitting back on the heels -0.1 m in the median)."""

LONGEST_HOLD_S = 8.0
"""Longer at the top is a rest on the heels rather than a hold (public bird-dogs: up to 6 s)."""

STOOD_UP_M = 0.25
STAND_S = 4.0
"""Ending so much higher, so soon, is standing up (kicks: below 0.16 m in 99 %; standing up 0.32 m and more in three of four)."""

TURNED_FROM_DEG = 15.0
"""Of smaller trips the direction is not known well enough to say that they were turned out."""

ELSEWHERE_DEG = 35.0
"""A trip that starts so far from the usual rest pose is not from hands and knees: heels and chairs are 50 degrees away and more."""

BESIDE_S = 2.0
"""So near to strides, a lone trip is part of getting into or out of the position."""

ODD_SHARE = 0.6
"""A trip that is this much smaller than its neighbours is looked at more closely: did the hip go up or down with it?"""

LONE_TRIPS = 2
LONE_FACTOR = 1.5
"""So few trips far from the others' range of motion (60 % with the 40 % of a donkey kick) are no set of their own:
getting into and out of the position."""

_KEEP = 64  # trips that can still be revised


@dataclass(slots=True, eq=False)
class _Record:
    """A trip with the newest event about it."""

    trip: Trip
    event: Movement
    gap: bool
    stride: bool = False
    elsewhere: bool = False


class RepetitionDetector:
    """Follow poses, give movements, sets and what was seen but not counted."""

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._exercise = exercise
        self._sagittal = sagittal
        self._trips = TripDetector(exercise["min_rom_deg"] / 2)
        self._records: list[_Record] = []
        self._gaps: list[Gap] = []
        self._ended: Movement | None = None  # last repetition of the last set that was told to be over
        self._first_set = 0  # number of the oldest set that can still be revised
        self._ids = count()

    def gap(self, gap: Gap) -> None:
        """Remember a gap: a movement across it is doubtful."""
        self._gaps = [*self._gaps[-_KEEP:], gap]

    def process(self, poses: Poses) -> list[Movement | SetEnd]:
        """Take the next poses, give what they decided."""
        events: list[Movement | SetEnd] = []
        for trip in self._trips.process(poses):
            if trip.rom_deg >= SEEN_DEG:
                events.extend(self._end_set(poses, trip.decided_s))
                events.extend(self._judge(trip))
        events.extend(self._end_set(poses, float(poses.arrival_s[-1])))
        return events

    def _end_set(self, poses: Poses, now_s: float) -> list[SetEnd]:
        """End the newest set when its pause is over."""
        newest = [each.event for each in self._records if each.event.verdict.counts]
        if not newest or newest[-1] == self._ended:
            return []
        over_s = newest[-1].end_s + self._exercise["set_pause_s"]
        row = max(poses.row_at(over_s), 0)
        if row >= len(poses.up) or poses.arrival_s[row] >= now_s:
            return []
        self._ended = newest[-1]
        reps = [each for each in newest if each.set_id == self._ended.set_id]
        end = self._ended
        set_id = end.set_id if end.set_id is not None else 0
        return [SetEnd(set_id, reps[0].start_s, end.end_s, len(reps), float(poses.arrival_s[row]))]

    def _judge(self, trip: Trip) -> list[Movement]:
        gap = any(trip.start_s < each.end_s and each.start_s < trip.end_s for each in self._gaps)
        event = _movement(next(self._ids), trip)
        record = _Record(trip, event, gap)
        self._records.append(record)
        self._sagittal.learn(trip.rest, trip.top, trip.rom_deg, _vote(record), trip.decided_s)
        return self._revise(trip.decided_s)

    def _revise(self, decided_s: float) -> list[Movement]:
        """Judge the trips that may change; give the events that are new or different."""
        changed: list[Movement] = []
        newest = self._records[-1]
        self._mark_strides()
        self._mark_elsewhere()
        groups = self._still_open(self._groups())
        usual = [self._usual(group) for _, group in groups]
        for place, (set_id, group) in enumerate(groups):
            for record in group:
                event = self._event(record, _among(usual, place), set_id, usual[place][0] <= LONE_TRIPS)
                before = record.event
                if record is newest or (event.verdict.counts, event.set_id) != (before.verdict.counts, before.set_id):
                    record.event = replace(event, decided_s=decided_s)
                    changed.append(record.event)
        return changed

    def _mark_strides(self) -> None:
        """Mark the newest trip, and the one before, as strides where they are."""
        for before, after in pairwise(self._records[-2:]):
            if after.trip.start_s - before.trip.end_s < STRIDE_PAUSE_S and _swings(before.trip) and _swings(after.trip):
                before.stride = after.stride = True

    def _mark_elsewhere(self) -> None:
        """Mark trips whose rest pose is far from where most repetitions start: from the heels up and back, say."""
        if not self._exercise.signed:
            return
        rests = [each.trip.rest for each in self._records if not self._wrong_kind(each)]
        if len(rests) <= LONE_TRIPS:
            return
        usual = unit(np.sum(rests, axis=0))
        for record in self._records:
            record.elsewhere = angle_deg(usual, record.trip.rest) > ELSEWHERE_DEG

    def _still_open(self, groups: list[tuple[int, list[_Record]]]) -> list[tuple[int, list[_Record]]]:
        """Make the oldest set final when there are many trips."""
        if len(self._records) <= _KEEP or len(groups) == 1:
            return groups
        self._records = self._records[len(groups[0][1]) :]
        self._first_set += 1
        return groups[1:]

    def _usual(self, group: list[_Record]) -> tuple[int, float]:
        """Count the candidates of a set and give their usual range of motion."""
        roms = [each.trip.rom_deg for each in group if self._is_candidate(each)]
        return len(roms), _usual_rom(roms)

    def _groups(self) -> list[tuple[int, list[_Record]]]:
        """Cut the records into sets: a pause longer than the exercise's between candidates starts a new one."""
        groups: list[tuple[int, list[_Record]]] = []
        last_end_s = -np.inf
        for record in self._records:
            candidate = self._is_candidate(record)
            pause = record.trip.start_s - last_end_s
            if not groups:
                groups.append((self._first_set, []))
            elif candidate and pause > self._exercise["set_pause_s"] and last_end_s > -np.inf:
                groups.append((groups[-1][0] + 1, []))
            groups[-1][1].append(record)
            if candidate:
                last_end_s = record.trip.end_s
        return groups

    def _is_candidate(self, record: _Record) -> bool:
        trip = record.trip
        return (
            not self._wrong_kind(record)
            and trip.rom_deg >= self._exercise["min_rom_deg"]
            and not _is_pulse(trip)
        )

    def _wrong_kind(self, record: _Record) -> tuple[str, ...]:
        trip = record.trip
        reasons = []
        if self._exercise.signed and self._sagittal.direction(trip.rest, trip.top) < 0:
            reasons.append("flexion")
        if record.stride or (trip.passed and trip.top_end_s - trip.top_start_s < STRIDE_HOLD_S):
            reasons.append("swing")
        if trip.end_s - trip.start_s < QUICKEST_S:
            reasons.append("jolt")
        if record.elsewhere:
            reasons.append("position")
        if self._exercise.signed and not self._sagittal.sure and _changes_position(record):
            reasons.append("position")
        return tuple(reasons)

    def _event(self, record: _Record, median: float, set_id: int, lone: bool) -> Movement:
        trip = record.trip
        sign = self._sagittal.direction(trip.rest, trip.top) if self._exercise.signed else 1
        event = replace(record.event, rom_deg=sign * trip.rom_deg, set_id=None, form=())
        wrong = self._wrong_kind(record)
        odd = lone or trip.rom_deg < ODD_SHARE * median
        climbs = not record.gap and trip.climb > (1.0 if odd else 3.0)
        if self._exercise.signed and (climbs or (lone and self._among_strides(record))):
            wrong = (*wrong, "position")
        if wrong:
            return replace(event, verdict=Verdict.REJECTED, reasons=wrong)
        if _is_pulse(trip):
            return replace(event, verdict=Verdict.PARTIAL, reasons=("pulse",))
        if trip.rom_deg < max(self._exercise["min_rom_deg"], self._exercise["min_share_of_set"] * median):
            return replace(event, verdict=Verdict.PARTIAL, reasons=("low",))
        verdict, reasons = (Verdict.DOUBTFUL, ("gap",)) if record.gap else (Verdict.COUNTED, ())
        return replace(event, verdict=verdict, reasons=reasons, set_id=set_id, form=self._form(event, trip, median))

    def _among_strides(self, record: _Record) -> bool:
        """Whether a trip is next to strides: the way into and out of the position."""
        place = self._records.index(record)
        beside = [*self._records[max(0, place - 1) : place], *self._records[place + 1 : place + 2]]
        near = [each for each in beside if _pause_s(each.trip, record.trip) < BESIDE_S]
        return any(each.stride for each in near)

    def _form(self, event: Movement, trip: Trip, median: float) -> tuple[str, ...]:
        """Measure a repetition by the exercise's targets."""
        exercise = self._exercise
        turned_deg = self._sagittal.turned_deg(trip.rest, trip.top)
        misses = {
            "short-hold": event.hold_s < exercise["target_hold_s"],
            "fast-lift": event.lift_s < exercise["target_lift_s"],
            "fast-lower": event.lower_s < exercise["target_lower_s"],
            "low": trip.rom_deg < exercise["low_share"] * median,
            "turned-out": trip.rom_deg >= TURNED_FROM_DEG and turned_deg > exercise["turned_out_deg"],
        }
        return tuple(name for name, missed in misses.items() if missed)


def _movement(number: int, trip: Trip) -> Movement:
    """Put a trip's phases into an event, what the smoothing added to its movements (at most a quarter of each) taken off."""
    lift_s = min(trip.smear_s, 0.25 * (trip.top_start_s - trip.start_s))
    lower_s = min(trip.smear_s, 0.25 * (trip.end_s - trip.top_end_s))
    return Movement(
        number,
        trip.start_s + lift_s,
        trip.top_start_s - lift_s,
        trip.top_end_s + lower_s,
        trip.end_s - lower_s,
        trip.rom_deg,
        trip.decided_s,
        Verdict.REJECTED,
    )


def _vote(record: _Record) -> float:
    """How much a trip speaks for its own direction being extension; negative speaks for flexion."""
    trip = record.trip
    if _swings(trip) or trip.rom_deg < SEEN_DEG:
        return 0.0
    if _changes_position(record):
        return -2.0
    if trip.top_end_s - trip.top_start_s > LONGEST_HOLD_S:
        return -1.0
    return 1.0 if trip.top_risen_m > 0 or trip.rom_deg < DEEP_DEG else 0.3


def _changes_position(record: _Record) -> bool:
    """Whether the hip went down or up with the thigh: kneeling down, sitting back on the heels, standing up."""
    trip = record.trip
    if trip.rom_deg < DEEP_DEG or record.gap:
        return False
    stood_up = trip.risen_m > STOOD_UP_M and trip.end_s - trip.start_s < STAND_S
    return stood_up or trip.top_risen_m < -SUNK_M


def _is_pulse(trip: Trip) -> bool:
    return trip.rom_deg < PULSE_SHARE * trip.inside_deg


def _pause_s(one: Trip, other: Trip) -> float:
    return max(one.start_s - other.end_s, other.start_s - one.end_s)


def _swings(trip: Trip) -> bool:
    return trip.passed or (trip.top_end_s - trip.top_start_s < STRIDE_HOLD_S and trip.end_s - trip.start_s < STRIDE_S)


def _among(usual: list[tuple[int, float]], place: int) -> float:
    """Usual range of motion that a set is measured by: its own, or for a lone trip or two the largest neighbour's."""
    number, rom_deg = usual[place]
    if number > LONE_TRIPS:
        return rom_deg
    neighbours = [rom for count_, rom in usual[max(0, place - 1) : place + 2] if count_ > LONE_TRIPS]
    return max([rom_deg, *(LONE_FACTOR * rom for rom in neighbours)])


def _usual_rom(roms: list[float]) -> float:
    """Median of those that reach half of the largest: wobbles between the repetitions do not pull it down.

    A largest that stands alone among many is none: getting up, say.
    """
    roms = sorted(roms)
    while len(roms) > 2 * LONE_TRIPS and roms[-2] < 0.5 * roms[-1]:
        roms.pop()
    if not roms:
        return 0.0
    half = 0.5 * max(roms)
    return float(np.median([each for each in roms if each >= half]))
