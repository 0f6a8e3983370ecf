"""Repetitions and sets: which trips count, which do not and why.

A trip is judged among its neighbours, so a verdict may be revised: by the first full repetitions (a small trip before
them was a false start) or when the direction of extension becomes known.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import ClassVar

import numpy as np

from sensortrack.model.events import Gap, Movement, SetEnd, Verdict
from sensortrack.model.exercises import Exercise
from sensortrack.signal import marks
from sensortrack.signal.group import Group, Setting
from sensortrack.signal.judging import LONGEST_HOLD_S, SAME_START_S, SEEN_DEG, Judged, judge, vote
from sensortrack.signal.missed import find_missed
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Sagittal
from sensortrack.signal.sets import Sets
from sensortrack.signal.trip import Trip
from sensortrack.signal.trips import Change, Overturned, TripDetector
from sensortrack.signal.usual import NOTHING
from sensortrack.signal.verdicts import Verdicts

_GAPS = 64  # gaps that a trip may lie across
BESIDE_SHARE = {True: 0.65, False: 0.5}
"""See `TripDetector`. Going down on hands and knees dips by more than the way from kneeling to there; of movements in
general less is known (simulated repetitions of many kinds: 0.65 loses 2 % of the recordings)."""

UNDER_WAY_S = 0.2
"""A set is told to be over so long after its pause: a repetition that began in time is seen when it has gone some
degrees (drawn kicks of 20 degrees in a second: 0.4 s)."""

_ALONE = Setting(NOTHING, 0.0, ())  # of what cannot be a repetition nothing is asked of others


class RepetitionDetector:
    """Follow poses, give movements, sets and what was seen but not counted."""

    follows_turns: ClassVar = True

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._signed = exercise.signed
        self._pause_s = exercise["set_pause_s"]
        self._sagittal = sagittal
        self._verdicts = Verdicts(exercise, sagittal)
        self._trips = TripDetector(exercise["min_rom_deg"] / 2, BESIDE_SHARE[exercise.signed])
        self._sets = Sets(self._pause_s, signed=exercise.signed)
        self._gaps: list[Gap] = []
        self._ids = count()
        self._away_s = np.inf  # since when the thigh is away from its rest pose
        self._changed_s = 0.0  # when something last changed
        self._latest: Movement | None = None  # newest repetition
        self._ended: Movement | None = None  # last repetition of the last set that was told to be over

    def gap(self, gap: Gap) -> None:
        """Remember a gap: a movement across it is doubtful."""
        self._gaps = [*self._gaps[-_GAPS:], gap]

    def process(self, poses: Poses) -> list[Movement | SetEnd]:
        """Take the next poses, give what they decided."""
        events: list[Movement | SetEnd] = []
        for item in self._trips.process(poses):
            events.extend(self._end_set(poses, item.decided_s))
            self._changed_s = item.decided_s
            if isinstance(item, Overturned):
                events.extend(self._take_back(item))
                continue
            if isinstance(item, Change):
                self._away_s = item.decided_s if item.away else np.inf
                continue
            self._away_s = np.inf
            if item.rom_deg >= SEEN_DEG and not self._is_known(item):
                events.extend(self._add(poses, item))
        events.extend(self._end_set(poses, np.inf))
        return events

    def _take_back(self, item: Overturned) -> list[Movement]:
        """Take back what was told since; it was seen from the top, and is told again."""
        void = self._cancel(self._sets.void(item.since_s), item.decided_s)
        self._latest = next((each.event for each in self._sets.counted()), None)
        return void

    def _cancel(self, void: list[Judged], decided_s: float) -> list[Movement]:
        """Take back trips that have been taken out of their sets."""
        for each in void:
            self._sagittal.learn(each.across, 0.0, -vote(each), decided_s)
        return [
            replace(
                each.event,
                decided_s=decided_s,
                verdict=Verdict.REJECTED,
                reasons=(),
                form=(),
                set_id=None,
                cancelled=True,
            )
            for each in void
        ]

    def _is_known(self, trip: Trip) -> bool:
        """Whether the same movement has been counted already, from another pose beside its own."""
        if trip.unseen:
            return any(_overlap(each.trip, trip) for each in self._sets.trips)
        newest = self._sets.groups[-1].trips[-marks.RESTS :]
        return any(each.counts for each in newest if abs(trip.start_s - each.trip.start_s) < SAME_START_S)

    def _end_set(self, poses: Poses, before_s: float) -> list[SetEnd]:
        """End the newest set if its pause is over before `before_s`; a trip that began in time is waited for."""
        last = self._latest
        if last is None or last is self._ended:
            return []
        over_s = last.end_s + self._pause_s
        seen_s = over_s + UNDER_WAY_S
        due_s = seen_s if self._away_s > seen_s else max(seen_s, self._away_s + LONGEST_HOLD_S)
        if due_s >= before_s:  # no sample arrives before its time
            return []
        row = max(poses.row_at(due_s), 0)
        if row >= len(poses.up) or poses.arrival_s[row] >= before_s:
            return []
        self._ended = last
        reps = [each.event for each in self._sets.trips if each.event.set_id == last.set_id]
        decided_s = max(float(poses.arrival_s[row]), self._changed_s)
        return [SetEnd(last.set_id or 0, reps[0].start_s, last.end_s, len(reps), decided_s)]

    def _add(self, poses: Poses, trip: Trip) -> list[Movement]:
        """Judge a new trip, and again those whose verdict it may change."""
        judged = self._judge(trip)
        changed = self._mark(judged)
        self._sets.place(judged)
        self._sets.finalise()
        void, found = self._find_missed(poses, judged)
        changed += [*found, *marks.mark_begin(self._sets, self._verdicts.is_candidate)]
        for each in changed:
            each.candidate = self._verdicts.is_candidate(each)
        return [*self._cancel(void, trip.decided_s), *self._revise(judged, self._sets.regroup(changed))]

    def _mark(self, judged: Judged) -> list[Judged]:
        """Learn from a new trip what it is and what others are; give those that may be of another kind now."""
        sets, is_wrong = self._sets, self._verdicts.is_wrong
        changed = [*marks.mark_repeated(sets, judged), *marks.mark_seen(sets, judged, is_wrong)]
        if not judged.unseen:
            self._sagittal.learn(judged.across, judged.trip.rom_deg, vote(judged), judged.trip.decided_s)
            self._learn_again(marks.held_again(sets, judged), judged.trip.decided_s)
        changed += marks.mark_stride(sets, judged)
        marks.mark_around(sets, judged)
        if self._signed:
            changed += marks.mark_elsewhere(sets, judged, is_wrong)
        changed += marks.mark_left(sets, judged, is_wrong)
        if self._verdicts.learn():
            changed = list(sets.trips)
            for each in changed:  # the axis has turned since
                each.side = self._sagittal.side(each.across)
        judged.candidate = self._verdicts.is_candidate(judged)
        return changed

    def _learn_again(self, held: list[Judged], decided_s: float) -> None:
        """Let trips that seemed to be rests vote as repetitions."""
        for each in held:
            before, each.stays = vote(each), False
            self._sagittal.learn(each.across, 0.0, vote(each) - before, decided_s)

    def _find_missed(self, poses: Poses, newest: Judged) -> tuple[list[Judged], list[Judged]]:
        """Give what was seen instead of repetitions that are found late, and those."""
        found = find_missed(poses, self._sets, newest, self._candidate)
        for each in found:
            self._sagittal.learn(each.across, each.trip.rom_deg, vote(each), newest.trip.decided_s)
        return [each for one in found for each in self._sets.insert(one)], found

    def _judge(self, trip: Trip) -> Judged:
        """Look at a trip by itself."""
        inside = [each for each in self._gaps if trip.start_s < each.end_s and each.start_s < trip.end_s]
        return judge(next(self._ids), trip, self._sagittal, inside)

    def _candidate(self, trip: Trip) -> Judged:
        """Look at a trip that was found late."""
        judged = self._judge(trip)
        judged.candidate = self._verdicts.is_candidate(judged)
        return judged

    def _revise(self, newest: Judged, anew_from: int) -> list[Movement]:
        """Judge the trips of some sets, all of those that were cut anew; give the events that are new or different."""
        sets = self._sets
        changed = []
        own = len(sets.groups) - 1
        nearest = max(own - newest.candidate, 0)  # nothing else is new for the set before
        is_new = newest.candidate and sets.groups[own].is_new  # by now lone trips long before it are judged by it
        for place in range(0 if anew_from <= own or is_new else nearest, own + 1):
            group, anew = sets.groups[place], place >= anew_from
            if not (anew or place == own or (sets.is_lone(group) and (place == nearest or group.counts))):
                continue  # it is judged by what it was judged by before
            asked = anew or not self._verdicts.is_wrong(newest) or group.is_walked_from(newest)
            setting = sets.setting(place) if asked else _ALONE
            for judged in self._unsettled(group, setting, newest, anew):
                verdict, reasons = self._verdicts.of(judged, setting)
                set_id = sets.first + place if verdict.counts else None
                if judged is newest or set_id != judged.event.set_id:
                    judged.event = self._verdicts.event(
                        judged, verdict, reasons, set_id, setting, newest.trip.decided_s
                    )
                    changed.append(judged.event)
        self._latest = next((each.event for each in sets.counted()), None)
        return changed

    def _unsettled(self, group: Group, setting: Setting, newest: Judged, anew: bool) -> list[Judged]:
        """Give the trips of a set that must be judged: the newest, and those that may have changed with it."""
        if anew:
            return [each for each in group.trips if each is newest or each.candidate or each.counts]
        older = []
        if newest.candidate or group.is_walked_from(newest):  # else nothing is new for them
            older = group.unsettled(setting, self._verdicts.min_rom_deg, newest)
        return [*older, newest] if newest in group.trips else older


def _overlap(one: Trip, other: Trip) -> bool:
    return one.start_s < other.end_s and other.start_s < one.end_s and one.rom_deg > 0.5 * other.rom_deg
