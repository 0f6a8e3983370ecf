"""The chain: raw blocks in, events out; the same object live and in replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

from sensortrack.model.events import AngleTrace, Event, Gap
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import RawBlock
from sensortrack.model.summary import Quality
from sensortrack.signal.angle import AngleFollower
from sensortrack.signal.gravity import Gravity
from sensortrack.signal.plausibility import PlausibilityCheck
from sensortrack.signal.poses import PoseHistory, Poses
from sensortrack.signal.repetitions import RepetitionDetector
from sensortrack.signal.sagittal import Sagittal
from sensortrack.signal.stretches import StretchDetector
from sensortrack.signal.thomas import ThomasDetector
from sensortrack.signal.timeline import GridBlock, Timeline


class Detector(Protocol):
    """What the chain asks of a detector.

    ``follows_turns`` says whether it looks at movements; for one that looks at still poses alone the gyroscope is left
    out.
    """

    follows_turns: ClassVar[bool]

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None: ...

    def gap(self, gap: Gap) -> None:
        """Remember a gap."""

    def process(self, poses: Poses) -> Sequence[Event]:
        """Take the next poses, give what they decided."""


DETECTORS: dict[str, type[Detector]] = {
    "repetitions": RepetitionDetector,
    "stretch": StretchDetector,
    "thomas": ThomasDetector,
}


class Tracker:
    """Follow one thigh through one exercise.

    Parameters
    ----------
    exercise
        What to look for.
    placement, side
        Where the sensor is worn, if the person told; else it is learned.
    """

    def __init__(self, exercise: Exercise, *, placement: str | None = None, side: str | None = None) -> None:
        self.exercise = exercise
        self._timeline = Timeline()
        detector = DETECTORS[exercise.detector]
        self._gravity = Gravity(still=not detector.follows_turns)
        self._history = PoseHistory()
        sagittal = Sagittal(placement, side)
        self._angle = AngleFollower(sagittal, exercise.signed)
        self._plausibility = PlausibilityCheck()
        self._detector = detector(exercise, sagittal)
        self._newest: GridBlock | None = None

    def process(self, block: RawBlock) -> list[Event | AngleTrace]:
        """Take the next samples, give what they decided."""
        return list(self._follow(block))

    def _follow(self, block: RawBlock) -> Iterator[Event | AngleTrace]:
        self._plausibility.process(block)
        for part in self._timeline.process(block):
            if isinstance(part, Gap):
                self._detector.gap(part)
                self._newest = None
                yield part
                continue
            self._newest = part
            yield from self._detect(part)

    def _detect(self, part: GridBlock) -> Iterator[Event | AngleTrace]:
        for up in self._gravity.process(part):
            poses = self._history.process(up)
            yield from self._detector.process(poses)
            yield from self._angle.process(poses)

    def finish(self) -> list[Event | AngleTrace]:
        """End the recording: give what the smoothing still holds back, as if the last sample stayed."""
        self._plausibility.finish()
        self._timeline.finish()
        if self._newest is None:
            return []
        return list(self._detect(self._newest.held(self._gravity.delay_s)))

    @property
    def quality(self) -> Quality:
        """Tell how the samples came so far."""
        line = self._timeline
        return Quality(line.samples, line.duration_s, line.rate_hz, line.repeated, line.late)
