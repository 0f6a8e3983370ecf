"""The chain: raw blocks in, events out; the same object live and in replay."""

from __future__ import annotations

from dataclasses import dataclass

from sensortrack.model.events import AngleTrace, Event
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import RawBlock


@dataclass(frozen=True, slots=True)
class Quality:
    """What the timeline saw: duration, true rate, rows left out."""

    samples: int
    duration_s: float
    rate_hz: float
    repeated: int
    late: int


class Tracker:
    """Follow one thigh through one exercise."""

    def __init__(self, exercise: Exercise, *, placement: str | None = None, side: str | None = None) -> None:
        self.exercise = exercise

    def process(self, block: RawBlock) -> list[Event | AngleTrace]:
        """Take the next samples, give what they decided."""
        return []

    def finish(self) -> list[Event | AngleTrace]:
        """End the recording: close what is open."""
        return []

    @property
    def quality(self) -> Quality:
        """Tell how the samples came so far."""
        return Quality(0, 0.0, 0.0, 0, 0)
