"""Repetitions and sets: which trips count, which do not and why.

A trip is judged among its neighbours, so a verdict may be revised: by the first full repetitions (a small trip before them
was a false start) or when the direction of extension becomes known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from sensortrack.model.events import Gap, Movement, SetEnd, Verdict
from sensortrack.model.exercises import Exercise
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Sagittal, across
from sensortrack.signal.trips import Trip, TripDetector
from sensortrack.signal.vectors import dot

SEEN_DEG = 5.0
"""Smaller trips are not even listed: postural sway (bird-dog recordings: up to 4 degrees)."""

_KEEP = 64  # trips that can still be revised


@dataclass(slots=True)
class _Record:
    """A trip with the newest event about it."""

    trip: Trip
    event: Movement
    gap: bool


class RepetitionDetector:
    """Follow poses, give movements, sets and what was seen but not counted."""

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._exercise = exercise
        self._sagittal = sagittal
        self._trips = TripDetector(exercise["min_rom_deg"] / 2)
        self._records: list[_Record] = []
        self._gaps: list[Gap] = []
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
                events.extend(self._judge(trip))
        return events

    def _judge(self, trip: Trip) -> list[Movement]:
        turned = False
        if self._exercise.signed:
            turned = self._sagittal.learn(trip, _vote(trip))
        gap = any(trip.start_s < each.end_s and each.start_s < trip.end_s for each in self._gaps)
        event = Movement(
            next(self._ids),
            trip.start_s,
            trip.top_start_s,
            trip.top_end_s,
            trip.end_s,
            trip.rom_deg,
            trip.decided_s,
            Verdict.REJECTED,
        )
        self._records.append(_Record(trip, event, gap))
        return self._revise(trip.decided_s)

    def _revise(self, decided_s: float) -> list[Movement]:
        """Judge the trips that may change; give the events that are new or different."""
        changed: list[Movement] = []
        newest = self._records[-1]
        groups = self._groups()
        if len(self._records) > _KEEP and len(groups) > 1:  # the oldest set is final
            self._records = self._records[len(groups[0][1]) :]
            self._first_set += 1
        for set_id, group in groups:
            median = _usual_rom([each.trip.rom_deg for each in group if self._is_candidate(each)])
            for record in group:
                event = self._event(record, median, set_id)
                before = record.event
                if record is newest or (event.verdict.counts, event.set_id) != (before.verdict.counts, before.set_id):
                    record.event = replace(event, decided_s=decided_s)
                    changed.append(record.event)
        return changed

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
            not self._wrong_kind(trip)
            and trip.rom_deg >= self._exercise["min_rom_deg"]
            and trip.inside_deg < 2 * trip.rom_deg
        )

    def _wrong_kind(self, trip: Trip) -> tuple[str, ...]:
        reasons = []
        if self._exercise.signed and self._sagittal.direction(trip) < 0:
            reasons.append("flexion")
        if trip.passed:
            reasons.append("swing")
        return tuple(reasons)

    def _event(self, record: _Record, median: float, set_id: int) -> Movement:
        trip = record.trip
        sign = self._sagittal.direction(trip) if self._exercise.signed else 1
        event = replace(record.event, rom_deg=sign * trip.rom_deg, set_id=None, form=())
        wrong = self._wrong_kind(trip)
        if wrong:
            return replace(event, verdict=Verdict.REJECTED, reasons=wrong)
        if trip.inside_deg >= 2 * trip.rom_deg:
            return replace(event, verdict=Verdict.PARTIAL, reasons=("pulse",))
        if trip.rom_deg < max(self._exercise["min_rom_deg"], self._exercise["min_share_of_set"] * median):
            return replace(event, verdict=Verdict.PARTIAL, reasons=("low",))
        verdict, reasons = (Verdict.DOUBTFUL, ("gap",)) if record.gap else (Verdict.COUNTED, ())
        return replace(event, verdict=verdict, reasons=reasons, set_id=set_id)


def _vote(trip: Trip) -> float:
    return 0.0 if trip.passed or trip.rom_deg < 12 else 1.0


def _usual_rom(roms: list[float]) -> float:
    """Median of those that reach half of the largest: wobbles between the repetitions do not pull it down."""
    if not roms:
        return 0.0
    half = 0.5 * max(roms)
    return float(np.median([each for each in roms if each >= half]))
