"""What a live session says aloud. A person on hands and knees cannot look at a screen.

Pure: events and times in, utterances out; `sound` speaks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sensortrack.model.events import AngleTrace, Event, Hold, HoldProgress, Movement, SetEnd, ThomasAngle
from sensortrack.model.exercises import SETS, Exercise
from sensortrack.model.summary import EventLog

TICK_S = 5.0
"""A running hold is told this often, and its last three seconds one by one (clinical.md section 3: people cannot see a
timer while they stretch)."""

REST_S = 30.0
"""Rest between sets before the next is called (clinical.md section 5: 30-60 s)."""


class Kind(StrEnum):
    """What an utterance is, so that a voice knows what may be left out, and tones what to play."""

    COUNT = "count"
    TICK = "tick"
    DONE = "done"
    WARNING = "warning"
    UP = "up"
    HOLD = "hold"
    DOWN = "down"
    SLOWER = "slower"


PACE = frozenset({Kind.UP, Kind.HOLD, Kind.DOWN, Kind.SLOWER})
"""What the pace coach says: of no use when it is late."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A few words to be said now."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Targets:
    """What the person set out to do: sets of repetitions, or holds of some seconds, with a rest between."""

    sets: int
    repetitions: int
    hold_s: float
    rest_s: float = REST_S

    @classmethod
    def of(cls, exercise: Exercise) -> Targets:
        """Take the exercise's goals; one that it does not have is 0."""
        goals = exercise.parameters

        def goal(*names: str) -> float:
            return next((goals[name].value for name in names if name in goals), 0.0)

        return cls(int(goal(*SETS)), int(goal("repetitions")), goal("target_hold_s"))


class Announcer:
    """Follow a session, say what happens, each thing once.

    Parameters
    ----------
    exercise, targets
        What is done, and how much of it is meant to be.
    """

    def __init__(self, exercise: Exercise, targets: Targets) -> None:
        self._targets = targets
        self._is_hold = exercise.detector == "stretch"
        self._log = EventLog()
        self._said = (-1, 0)  # id and count of the set that was said last
        self._ended = 0  # sets or holds that were told to be over
        self._rest_since_s: float | None = None
        self._hold_since_s: float | None = None
        self._ticked_s = 0.0
        self._now_s = 0.0

    def hear(self, outputs: Iterable[Event | AngleTrace]) -> list[Utterance]:
        """Take what the chain told; give what is to be said of it."""
        said: list[Utterance] = []
        for output in outputs:
            if isinstance(output, AngleTrace):
                if len(output.time_s):
                    said += self._tick(float(output.time_s[-1]))
            else:
                self._log.add(output)
                said += self._event(output)
        return said

    def take_back(self, found: Event) -> None:
        """Take what a person struck out; the next count goes on from what is left."""
        self._log.add(found)
        self._said = self._newest_set()
        self._ended = min(self._ended, len(self._log.sets) or len(self._log.holds) or len(self._log.trials))

    def link(self, *, is_up: bool) -> list[Utterance]:
        """Tell that the sensor was lost, or that it is back."""
        return [Utterance(Kind.WARNING, "sensor back" if is_up else "sensor lost")]

    @property
    def is_done(self) -> bool:
        """Whether everything that was meant to be done has been done."""
        return 0 < self._targets.sets <= self._ended

    @property
    def rest_left_s(self) -> float | None:
        """How long the rest still lasts; None outside of rests."""
        if self._rest_since_s is None or self.is_done:
            return None
        return max(0.0, self._targets.rest_s - (self._now_s - self._rest_since_s))

    def _event(self, event: Event) -> Iterator[Utterance]:
        match event:
            case Movement():
                yield from self._count()
            case HoldProgress():
                self._hold_since_s, self._ticked_s = event.start_s, event.decided_s - event.start_s
                yield Utterance(Kind.TICK, "hold")
            case Hold(cancelled=True):
                self._hold_since_s = None
            case Hold():
                self._hold_since_s = None
                yield from self._over(len(self._log.holds), f"{event.duration_s:.0f} seconds", event.end_s)
            case SetEnd():
                yield from self._over(len(self._log.sets), f"set done, {event.repetitions}", event.decided_s)
            case ThomasAngle(cancelled=True):
                self._ended = len(self._log.trials)
            case ThomasAngle():
                yield from self._trial(len(self._log.trials))

    def _count(self) -> Iterator[Utterance]:
        """Say the count of the newest set if it is another than was said."""
        now = self._newest_set()
        if now == self._said or now[0] < self._said[0]:
            return
        corrected = now[0] == self._said[0] and now[1] < self._said[1]
        self._said = now
        self._rest_since_s = None
        count = now[1]
        if corrected:
            yield Utterance(Kind.COUNT, f"correction, {count}")
        elif count == self._targets.repetitions - 1:
            yield Utterance(Kind.COUNT, f"{count}, one more")
        elif count == self._targets.repetitions:
            yield Utterance(Kind.DONE, f"{count}, done")
        else:
            yield Utterance(Kind.COUNT, str(count))

    def _newest_set(self) -> tuple[int, int]:
        """Give id and count of the newest set."""
        sets = self._log.sets
        return (sets[-1][0].set_id or 0, len(sets[-1])) if sets else (-1, 0)

    def _over(self, number: int, words: str, now_s: float) -> Iterator[Utterance]:
        """Say that a set, a hold or a trial is over, once."""
        if number <= self._ended:
            return
        self._ended = number
        if self.is_done:
            yield Utterance(Kind.DONE, f"{words}. All done")
        else:
            self._rest_since_s = now_s
            yield Utterance(Kind.DONE, f"{words}. Rest")

    def _trial(self, number: int) -> Iterator[Utterance]:
        """Say that a trial has settled, once; its angle goes on settling and is told at the end."""
        if number <= self._ended:
            return
        self._ended = number
        then = "All done, sit up" if self.is_done else "Knee to the chest, and let it hang again"
        yield Utterance(Kind.DONE, f"trial {number} settled. {then}")

    def _tick(self, now_s: float) -> Iterator[Utterance]:
        self._now_s = now_s
        if self._hold_since_s is not None:
            yield from self._tick_hold(now_s - self._hold_since_s)
        elif self._rest_since_s is not None and now_s - self._rest_since_s >= self._targets.rest_s and not self.is_done:
            self._rest_since_s = None
            yield Utterance(Kind.DONE, "next hold" if self._is_hold else "next set")

    def _tick_hold(self, held_s: float) -> Iterator[Utterance]:
        before_s, self._ticked_s = self._ticked_s, held_s
        target_s = self._targets.hold_s
        for left in (3, 2, 1):
            if before_s < target_s - left <= held_s < target_s - left + 1:
                yield Utterance(Kind.TICK, str(left))
        if before_s < target_s <= held_s:
            yield Utterance(Kind.DONE, "done, release")
        step = int(held_s // TICK_S)
        if step > int(before_s // TICK_S) and not target_s - 3.5 <= held_s < target_s + 1:
            yield Utterance(Kind.TICK, f"{step * TICK_S:.0f}")
