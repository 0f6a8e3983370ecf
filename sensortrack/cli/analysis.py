"""A whole recording through the chain, with everything that the store keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sensortrack.model.events import AngleTrace, Event
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import RawBlock
from sensortrack.model.summary import EventLog, Quality
from sensortrack.signal.tracker import Tracker
from sensortrack.store.pyramid import Pyramid


@dataclass
class Analysed:
    """What came out: the event log as it was told, its fold, the angle, and how the samples came."""

    quality: Quality
    events: list[Event] = field(default_factory=list)
    log: EventLog = field(default_factory=EventLog)
    pyramid: Pyramid = field(default_factory=Pyramid)


def analyse(blocks: Iterable[RawBlock], exercise: Exercise, placement: str | None, side: str | None) -> Analysed:
    """Pass samples through the chain.

    Raises
    ------
    RecordingError
        The samples cannot be of a worn sensor.
    """
    tracker = Tracker(exercise, placement=placement, side=side)
    result = Analysed(tracker.quality)
    for block in blocks:
        _keep(result, tracker.process(block))
    _keep(result, tracker.finish())
    result.quality = tracker.quality
    return result


def _keep(result: Analysed, outputs: Iterable[Event | AngleTrace]) -> None:
    for output in outputs:
        if isinstance(output, AngleTrace):
            result.pyramid.add(output)
        else:
            result.events.append(output)
            result.log.add(output)
