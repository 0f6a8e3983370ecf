"""The pace coach: "up - hold - down". People rush at home; what they hear while they move slows them down.

Pure, as the announcer: angles, events and their times in, utterances out. Everything is known causally: the live angle
tells that the thigh has left its rest, that it has stopped at the top, that it comes down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite
from statistics import median

from sensortrack.cli.announcer import Kind, Targets, Utterance
from sensortrack.cli.live_phases import CALM_DEG, Phase, Phases
from sensortrack.model.events import AngleTrace, Event, Movement, SetEnd
from sensortrack.model.exercises import Exercise
from sensortrack.model.summary import EventLog


class Pace(StrEnum):
    """How the coach leads."""

    OFF = "off"
    GENTLE = "gentle"  # follows the person's own movement
    STRICT = "strict"  # a metronome that leads


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long the parts of a repetition are meant to be, and which lift or lowering is too fast."""

    lift_s: float
    hold_s: float
    lower_s: float
    least_lift_s: float
    least_lower_s: float

    def is_too_fast(self, movement: Movement) -> bool:
        """Whether a repetition was rushed."""
        return movement.lift_s < self.least_lift_s or movement.lower_s < self.least_lower_s


USUAL_DEG = 25.0
"""A lift that begins farther than this from where the counted ones began is none: people come back from their heels
(simulated sessions; hands and knees vary by less)."""

WAIT_S = 6.0
STILL_S = 2.0
"""The metronome begins when the thigh has been still for two seconds, and no sooner than the countdown ends."""

BOTTOM_S = 1.0
"""Between two repetitions of the metronome: time to come to rest, and for the count to be said (design choice)."""

SPARE_REPS = 3
"""So many more than prescribed the metronome leads where some were not counted, then it rests too (design choice)."""


class Gentle:
    """Say "hold" when the top is reached, "down" when it was held long enough, "slower" after a rushed repetition.

    The first repetition of a session passes in silence: from it are learned the plane, the pose and the size.
    """

    def __init__(self, exercise: Exercise, tempo: Tempo) -> None:
        self._exercise = exercise
        self._tempo = tempo
        self._log = EventLog()
        self._phases = Phases(exercise["min_rom_deg"], tempo.hold_s)
        self._usual_rest_deg: float | None = None
        self._was_fast = False
        self._is_held = False

    def hear(self, outputs: Iterable[Event | AngleTrace]) -> list[Utterance]:
        """Take what the chain told; give what is to be said of it."""
        said: list[Utterance] = []
        for output in outputs:
            if isinstance(output, AngleTrace):
                for time_s, angle_deg in zip(output.time_s.tolist(), output.angle_deg.tolist(), strict=True):
                    said += self._follow(time_s, angle_deg)
            elif isinstance(output, Movement):
                self._learn(output)
        return said

    def _learn(self, movement: Movement) -> None:
        """Take from a repetition how large it is, where it began, and whether it was rushed."""
        is_new = all(each.id != movement.id for each in self._log.movements)
        self._log.add(movement)
        counted = [abs(each.rom_deg) for each in self._log.movements if each.verdict.counts]
        if not counted:
            self._usual_rest_deg = None
            return
        least_deg = self._exercise["min_share_of_set"] * median(counted)
        self._phases.least_deg = max(self._exercise["min_rom_deg"], least_deg)
        if is_new and movement.verdict.counts:
            self._usual_rest_deg = self._phases.rest_deg
            self._was_fast = self._tempo.is_too_fast(movement)

    def _follow(self, time_s: float, angle_deg: float) -> Iterator[Utterance]:
        begins = self._phases.follow(time_s, angle_deg)
        if self._usual_rest_deg is None or abs(self._phases.rest_deg - self._usual_rest_deg) > USUAL_DEG:
            return
        if begins is Phase.LIFT and self._was_fast:
            self._was_fast = False
            yield Utterance(Kind.SLOWER, "slower")
        elif begins is Phase.TOP:
            self._is_held = False
            yield Utterance(Kind.HOLD, "hold")
        elif self._phases.phase is Phase.TOP and not self._is_held and self._is_long_enough(time_s):
            self._is_held = True
            yield Utterance(Kind.DOWN, "down")

    def _is_long_enough(self, time_s: float) -> bool:
        return time_s - self._phases.since_s >= self._tempo.hold_s


class Strict:
    """Lead by the clock: "up", "hold", "down", set after set; "up, slower" after a rushed repetition.

    A set begins when the thigh has been still for a while, and lasts until as many repetitions are counted as are
    meant.
    """

    def __init__(self, targets: Targets, tempo: Tempo) -> None:
        self._targets = targets
        self._tempo = tempo
        self._log = EventLog()
        self._still_since_s: float | None = None
        self._extremes = (inf, -inf)
        self._next: tuple[float, Kind] | None = None  # what is said next, and when
        self._not_before_s = WAIT_S
        self._sets = 0
        self._led = 0  # repetitions of this set
        self._counted_before = 0
        self._was_fast = False

    def hear(self, outputs: Iterable[Event | AngleTrace]) -> list[Utterance]:
        """Take what the chain told; give what is to be said of it."""
        said: list[Utterance] = []
        for output in outputs:
            if isinstance(output, AngleTrace):
                for time_s, angle_deg in zip(output.time_s.tolist(), output.angle_deg.tolist(), strict=True):
                    said += self._tick(time_s, angle_deg)
            elif isinstance(output, Movement):
                self._was_fast |= output.verdict.counts and self._tempo.is_too_fast(output)
                self._log.add(output)
            elif isinstance(output, SetEnd) and self._next is None:
                self._not_before_s = output.decided_s + self._targets.rest_s  # when the announcer calls the next set
        return said

    def _tick(self, time_s: float, angle_deg: float) -> Iterator[Utterance]:
        if self._next is None:
            if self._is_still(time_s, angle_deg) and not self._is_done():
                self._next = (time_s, Kind.UP)
                self._led, self._counted_before = 0, self._count()
            return
        due_s, kind = self._next
        if time_s < due_s:
            return
        if kind is Kind.UP and self._is_set_over():
            self._rest(time_s)
            return
        yield self._cue(kind)
        self._led += kind is Kind.UP
        lasts_s = {Kind.UP: self._tempo.lift_s, Kind.HOLD: self._tempo.hold_s}.get(kind, self._tempo.lower_s + BOTTOM_S)
        self._next = (due_s + lasts_s, {Kind.UP: Kind.HOLD, Kind.HOLD: Kind.DOWN}.get(kind, Kind.UP))

    def _cue(self, kind: Kind) -> Utterance:
        if kind is not Kind.UP or not self._was_fast:
            return Utterance(kind, kind.value)
        self._was_fast = False
        return Utterance(Kind.UP, "up, slower")

    def _rest(self, time_s: float) -> None:
        self._next = None
        self._sets += 1
        self._not_before_s = time_s + self._targets.rest_s
        self._still_since_s = None

    def _is_done(self) -> bool:
        return 0 < self._targets.sets <= self._sets

    def _is_set_over(self) -> bool:
        meant = self._targets.repetitions
        counted = self._count() - self._counted_before
        return self._led > 0 and (counted >= meant or self._led >= meant + SPARE_REPS)

    def _count(self) -> int:
        return sum(each.verdict.counts for each in self._log.movements)

    def _is_still(self, time_s: float, angle_deg: float) -> bool:
        """Whether the thigh has been still long enough for a set to begin."""
        low, high = min(self._extremes[0], angle_deg), max(self._extremes[1], angle_deg)
        if time_s < self._not_before_s or not isfinite(angle_deg) or high - low > CALM_DEG:
            self._still_since_s, self._extremes = time_s, (angle_deg, angle_deg)
            return False
        self._extremes = (low, high)
        if self._still_since_s is None:
            self._still_since_s = time_s
        return time_s - self._still_since_s >= STILL_S


def coach_of(pace: Pace, exercise: Exercise, targets: Targets, tempo: Tempo) -> Gentle | Strict | None:
    """Give the coach that was asked for; None where there is nothing to lead: no repetitions."""
    if pace is Pace.OFF or exercise.detector != "repetitions":
        return None
    return Gentle(exercise, tempo) if pace is Pace.GENTLE else Strict(targets, tempo)
