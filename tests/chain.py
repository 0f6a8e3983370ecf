"""Run samples through the whole chain, cut as asked, and give what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from sensortrack.model.events import AngleTrace, Event, Movement, Verdict
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import RawBlock
from sensortrack.model.summary import EventLog
from sensortrack.signal.tracker import Tracker


def parts(block: RawBlock, cuts: Iterable[int]) -> Iterator[RawBlock]:
    """The same samples cut at these places; empty parts are left out."""
    edges = sorted({0, len(block), *(cut for cut in cuts if 0 < cut < len(block))})
    return (block[start:stop] for start, stop in pairwise(edges))


def outputs(block: RawBlock, exercise: str, cuts: Iterable[int] = (), **worn: str) -> list[Event | AngleTrace]:
    """Everything the chain gives, in its order."""
    tracker = Tracker(load_exercise(exercise), **worn)
    given = [output for part in parts(block, cuts) for output in tracker.process(part)]
    return given + tracker.finish()


def events(block: RawBlock, exercise: str, cuts: Iterable[int] = (), **worn: str) -> list[Event]:
    """The events alone."""
    return [output for output in outputs(block, exercise, cuts, **worn) if not isinstance(output, AngleTrace)]


def log_of(block: RawBlock, exercise: str, **worn: str) -> EventLog:
    """What is known at the end."""
    return EventLog(events(block, exercise, live_cuts(block), **worn))


def live_cuts(block: RawBlock) -> range:
    """Blocks of a quarter of a minute, so that tests run what runs live and not one single block."""
    return range(0, len(block), 1500)


def repetitions(log: EventLog) -> list[Movement]:
    """What counts, of all sets."""
    return [movement for one in log.sets for movement in one]


def refused(log: EventLog) -> list[Movement]:
    """What does not count."""
    return [movement for movement in log.movements if not movement.verdict.counts]


def counted(log: EventLog) -> list[Movement]:
    """What counts without doubt."""
    return [movement for movement in log.movements if movement.verdict is Verdict.COUNTED]


def angle_trace(given: list[Event | AngleTrace]) -> tuple[np.ndarray, np.ndarray]:
    """The angle's pieces as one."""
    pieces = [each for each in given if isinstance(each, AngleTrace)]
    times = [each.time_s for each in pieces] or [np.zeros(0)]
    angles = [each.angle_deg for each in pieces] or [np.zeros(0)]
    return np.concatenate(times), np.concatenate(angles)
