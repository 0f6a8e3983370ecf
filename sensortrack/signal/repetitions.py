"""Repetitions and sets: which trips count, which do not and why.

A trip is judged among its neighbours, so a verdict may be revised: by the first full repetitions (a small trip before
them was a false start) or when the direction of extension becomes known.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count, pairwise
from typing import ClassVar

import numpy as np

from sensortrack.model.events import Gap, Movement, SetEnd, Verdict
from sensortrack.model.exercises import Exercise
from sensortrack.signal.judging import (
    DEEP_DEG,
    LONGEST_HOLD_S,
    SAME_START_S,
    SEEN_DEG,
    STRIDE_PAUSE_S,
    TURNED_FROM_DEG,
    Judged,
    judge,
    vote,
)
from sensortrack.signal.likeness import (
    CLIMB_ODD,
    ODD_SHARE,
    SET_TRIPS,
    are_like,
    is_broken_off,
    is_elsewhere,
    is_unlike,
    middle_of,
    pause_s,
)
from sensortrack.signal.missed import is_one_of, missed_before
from sensortrack.signal.poses import Poses
from sensortrack.signal.sagittal import Sagittal
from sensortrack.signal.sets import FEW, Group, Sets, Setting
from sensortrack.signal.trip import Trip
from sensortrack.signal.trips import LONGEST_S, Change, Overturned, TripDetector
from sensortrack.signal.upside import are_alike
from sensortrack.signal.usual import LONE_TRIPS, NOTHING

_GAPS = 64  # gaps that a trip may lie across
BESIDE_SHARE = {True: 0.65, False: 0.5}
"""See `TripDetector`. Going down on hands and knees dips by more than the way from kneeling to there; of movements in
general less is known (simulated repetitions of many kinds: 0.65 loses 2 % of the recordings)."""

SEEN_SHARE = 0.8
"""Without a gyroscope the smoothing, and the sensor's own acceleration at the turning point, take a fifth and more off
a short kick (simulated kicks of 17.5 degrees in 1.4 s: 9 to 13), and off a false start too."""

VOUCHED_SHARE = 1.0 / 3.0
"""A trip vouches for one that takes a third to three times its time: strides take less (public bird-dogs, changed at
random: of 450 with a third one is lost, with 0.4 four)."""

_ALONE = Setting(NOTHING, 0.0, ())  # of what cannot be a repetition nothing is asked of others
_LOOKS = (SET_TRIPS, FEW + 1)  # candidates of a set when it is known, and when strays no longer matter
_RESTS = 8  # rest poses that tell where repetitions start
_ALIKE = 4  # so many of the newest trips are compared: without a gyroscope small ones lie between two (design choice)


class RepetitionDetector:
    """Follow poses, give movements, sets and what was seen but not counted."""

    follows_turns: ClassVar = True

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._exercise = exercise
        self._signed = exercise.signed
        self._min_rom_deg = exercise["min_rom_deg"]
        self._min_share = exercise["min_share_of_set"]
        self._pause_s = exercise["set_pause_s"]
        self._sagittal = sagittal
        self._known = (1, False)  # direction of extension along the axis, and whether it is sure
        self._trips = TripDetector(self._min_rom_deg / 2, BESIDE_SHARE[exercise.signed])
        self._sets = Sets(self._pause_s)
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
        newest = self._sets.groups[-1].trips[-_RESTS:]
        if trip.unseen:
            return any(_overlap(each.trip, trip) for each in newest)
        return any(each.counts for each in newest if abs(trip.start_s - each.trip.start_s) < SAME_START_S)

    def _end_set(self, poses: Poses, before_s: float) -> list[SetEnd]:
        """End the newest set if its pause is over before `before_s`; a trip that began in time is waited for."""
        last = self._latest
        if last is None or last is self._ended:
            return []
        over_s = last.end_s + self._pause_s
        due_s = over_s if self._away_s > over_s else max(over_s, self._away_s + LONGEST_HOLD_S)
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
        newest = self._sets.groups[-1].trips
        before = newest[-1] if newest else None
        changed = [*self._mark_repeated(judged), *self._mark_seen(judged)]
        if not judged.unseen:
            self._sagittal.learn(judged.across, trip.rom_deg, vote(judged), trip.decided_s)
        known = (self._sagittal.sign, self._sagittal.sure)
        changed += [*self._mark_stride(before, judged), *self._mark_elsewhere(judged), *self._mark_left(judged)]
        if known != self._known:
            changed = list(self._sets.trips)
            for each in changed:  # the axis has turned since
                each.side = self._sagittal.side(each.across)
        self._known = known
        judged.candidate = self._is_candidate(judged)
        self._sets.place(judged)
        self._sets.finalise()
        found = self._find_missed(poses, judged)
        for each in found:
            self._sagittal.learn(each.across, each.trip.rom_deg, vote(each), trip.decided_s)
        void = [each for one in found for each in self._sets.insert(one)]
        changed += [*found, *self._learn_from_set()]
        for each in changed:
            each.candidate = self._is_candidate(each)
        return [*self._cancel(void, trip.decided_s), *self._revise(judged, self._sets.regroup(changed))]

    def _judge(self, trip: Trip) -> Judged:
        """Look at a trip by itself."""
        inside = [each for each in self._gaps if trip.start_s < each.end_s and each.start_s < trip.end_s]
        return judge(next(self._ids), trip, self._sagittal, inside)

    def _find_missed(self, poses: Poses, newest: Judged) -> list[Judged]:
        """Look before a set, once it is known, for repetitions that were cut wrongly."""
        group = self._sets.groups[-1]
        if not newest.candidate or len(group.candidates) not in _LOOKS:
            return []
        place = self._sets.trips.index(group.candidates[0])
        before = self._sets.trips[place - 1].trip if place else None
        found: list[Judged] = []
        for trip in missed_before(poses, group, newest.trip, before):
            judged = self._judge(trip)
            judged.candidate = self._is_candidate(judged)
            known = any(each.candidate for each in self._sets.during(trip))
            if not known and judged.candidate and is_one_of(judged, group):
                found.append(judged)
            else:
                break
        return found

    def _mark_stride(self, before: Judged | None, judged: Judged) -> list[Judged]:
        """Mark two trips as strides where they are; give the first one if its kind changed."""
        if before is None or not (before.swings and judged.swings):
            return []
        if judged.trip.start_s - before.trip.end_s >= STRIDE_PAUSE_S:
            return []
        judged.mark_stride()
        changes = "swing" not in before.odd
        before.mark_stride()
        return [before] if changes else []

    def _mark_left(self, judged: Judged) -> list[Judged]:
        """Mark trips, and give them, that went on at once into another kind of movement: getting up, say."""
        newest = self._sets.trips[-1:]
        if not newest or judged.trip.start_s - newest[0].trip.end_s >= STRIDE_PAUSE_S:
            return []  # nothing that went on at once
        usual = next((each.usual for each in reversed(self._sets.groups) if each.usual.full > SET_TRIPS), NOTHING)
        left = []
        for other, one in pairwise((judged, *self._sets.trips[:-3:-1])):
            if one.candidate and self._wrong(other) and is_broken_off(one, other, usual):
                one.odd = ("position",)
                left.append(one)
        return left

    def _mark_elsewhere(self, judged: Judged) -> list[Judged]:
        """Mark trips whose rest pose is far from where most repetitions start; give older ones that changed."""
        if not self._signed:
            return []
        older = self._sets.trips
        rests = [each.rest for each in (*older[-_RESTS:], judged) if not self._wrong(each)]
        if len(rests) <= LONE_TRIPS:
            return []
        usual = middle_of(rests)
        judged.elsewhere = is_elsewhere(judged, usual)
        if len(rests) > _RESTS // 2:  # the older ones have been seen among as many
            return []
        changed = [each for each in older if each.elsewhere != is_elsewhere(each, usual)]
        for each in changed:
            each.elsewhere = not each.elsewhere
        return changed

    def _mark_repeated(self, judged: Judged) -> list[Judged]:
        """Forget the heights of trips that are alike: people get up or down once; give older ones that changed."""
        if judged.trip.with_gyroscope and not judged.sinks:
            return []
        like = [each for each in self._sets.groups[-1].trips[-_ALIKE:] if are_alike(each.trip, judged.trip)]
        judged.sinks &= not like
        if judged.trip.with_gyroscope or judged.swings or judged.trip.rom_deg < DEEP_DEG:
            return []
        changed = [each for each in like if each.fell or each.sinks]
        for each in (*like, judged) if like else ():
            each.fell = each.sinks = False
            each.repeated = True
        return changed

    def _mark_seen(self, judged: Judged) -> list[Judged]:
        """Believe a trip whose rest pose was only passed at first, once another one is like it."""
        newest = self._sets.trips[-_RESTS:]
        if judged.unseen:
            judged.unseen = not any(self._vouches(each, judged) for each in newest)
            return []
        seen = [each for each in newest if each.unseen and self._vouches(judged, each)]
        for each in seen:
            each.unseen = False
        return seen

    def _vouches(self, judged: Judged, other: Judged) -> bool:
        """Whether a trip is one of the exercise's, soon before or after another and like it."""
        soon = pause_s(judged.trip, other.trip) < LONGEST_S
        as_long = VOUCHED_SHARE < judged.duration_s / other.duration_s < 1.0 / VOUCHED_SHARE
        return soon and as_long and not self._wrong(judged) and are_like(judged, other)

    def _learn_from_set(self) -> list[Judged]:
        """Look back once a set of three is known; give the trips before that it changes.

        Small trips of its like are no pulses: the pose was reached to stay. And the set begins with the first of its
        like, not with the way into the position.
        """
        group = self._sets.groups[-1]
        if len(group.candidates) < SET_TRIPS or group.looked_back:
            return []
        group.looked_back = True
        least_deg = ODD_SHARE * group.usual.rom_deg
        before = [each for each in self._sets.trips if each.trip.end_s < group.candidates[0].trip.start_s]
        freed = [each for each in before if each.pulse and each.trip.rom_deg > least_deg and not group.is_left_by(each)]
        for each in freed:
            each.pulse = False
            each.candidate = self._is_candidate(each)
        begin = self._sets.first_of_newest()
        if begin is group.candidates[0]:
            return freed
        begin.begins = True
        return [*freed, begin]

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
            asked = anew or newest.is_stride or not self._wrong(newest)
            setting = sets.setting(place) if asked else _ALONE
            for judged in self._unsettled(group, setting, newest, anew):
                verdict, reasons = self._verdict(judged, setting)
                set_id = sets.first + place if verdict.counts else None
                if judged is newest or set_id != judged.event.set_id:
                    judged.event = self._event(judged, verdict, reasons, set_id, setting, newest.trip.decided_s)
                    changed.append(judged.event)
        self._latest = next((each.event for each in sets.counted()), None)
        return changed

    def _unsettled(self, group: Group, setting: Setting, newest: Judged, anew: bool) -> list[Judged]:
        """Give the trips of a set that must be judged: the newest, and those that may have changed with it."""
        if anew:
            return [each for each in group.trips if each is newest or each.candidate or each.counts]
        older = []
        if newest.candidate or newest.is_stride:  # else nothing is new for them
            older = group.unsettled(setting, self._min_rom_deg, newest)
        return [*older, newest] if newest in group.trips else older

    def _is_candidate(self, judged: Judged) -> bool:
        return not judged.pulse and judged.trip.rom_deg >= self._least_deg(judged) and not self._wrong(judged)

    def _least_deg(self, judged: Judged) -> float:
        """Least range of motion that counts, as it is seen."""
        return self._min_rom_deg if judged.trip.with_gyroscope else SEEN_SHARE * self._min_rom_deg

    def _wrong(self, judged: Judged) -> bool:
        """Whether it is another kind of movement than the exercise's."""
        sign, sure = self._known
        if judged.odd or judged.elsewhere or judged.unseen:
            return True
        return self._signed and (judged.side != sign or judged.fell or (judged.sinks and not sure))

    def _verdict(self, judged: Judged, setting: Setting) -> tuple[Verdict, tuple[str, ...]]:
        if self._wrong(judged) or self._gets_up_or_down(judged, setting):
            return Verdict.REJECTED, self._reasons(judged)
        if judged.pulse:
            return Verdict.PARTIAL, ("pulse",)
        if judged.trip.rom_deg < max(self._least_deg(judged), self._min_share * setting.rom_deg):
            return Verdict.PARTIAL, ("low",)
        beside = self._signed and setting.is_beside(judged)
        if beside or setting.is_apart(judged) or is_unlike(judged, setting.usual):
            return Verdict.PARTIAL, ("unlike",)
        return (Verdict.DOUBTFUL, ("gap",)) if judged.gap else (Verdict.COUNTED, ())

    def _reasons(self, judged: Judged) -> tuple[str, ...]:
        sign, sure = self._known
        flexion = ("flexion",) if self._signed and judged.side != sign else ()
        reasons = (*flexion, *judged.odd)
        position = judged.elsewhere or judged.unseen or (self._signed and (judged.fell or (judged.sinks and not sure)))
        return (*reasons, "position") if position or not reasons else reasons

    def _gets_up_or_down(self, judged: Judged, setting: Setting) -> bool:
        """Whether a trip that could be one of the exercise is part of getting into or out of the position."""
        asked = setting.lone or judged.trip.with_gyroscope  # else the height is weighed among the rest: `is_strange`
        climbs = asked and not judged.repeated and judged.climb > CLIMB_ODD and setting.is_odd(judged)
        return climbs or (self._signed and setting.lone and self._among_strides(judged))

    def _among_strides(self, judged: Judged) -> bool:
        return any(group.is_among_strides(judged) for group in self._sets.groups if judged in group.trips)

    def _event(
        self,
        judged: Judged,
        verdict: Verdict,
        reasons: tuple[str, ...],
        set_id: int | None,
        setting: Setting,
        decided_s: float,
    ) -> Movement:
        sign = -1.0 if self._signed and judged.side != self._known[0] else 1.0
        form = self._form(judged, setting.rom_deg) if verdict.counts else ()
        told, rom_deg = judged.event, sign * judged.trip.rom_deg
        phases_s = told.start_s, told.top_start_s, told.top_end_s, told.end_s
        # `replace` takes three times as long
        return Movement(told.id, *phases_s, rom_deg, decided_s, verdict, reasons, form, set_id)

    def _form(self, judged: Judged, usual_deg: float) -> tuple[str, ...]:
        """Measure a repetition by the exercise's targets."""
        exercise, event, trip = self._exercise, judged.event, judged.trip
        misses = {
            "short-hold": event.hold_s < exercise["target_hold_s"],
            "fast-lift": event.lift_s < exercise["target_lift_s"],
            "fast-lower": event.lower_s < exercise["target_lower_s"],
            "low": trip.rom_deg < exercise["low_share"] * usual_deg,
            "turned-out": trip.rom_deg >= TURNED_FROM_DEG
            and self._sagittal.turned_deg(judged.across) > exercise["turned_out_deg"],
        }
        return tuple(name for name, missed in misses.items() if missed)


def _overlap(one: Trip, other: Trip) -> bool:
    return one.start_s < other.end_s and other.start_s < one.end_s and one.rom_deg > 0.5 * other.rom_deg
