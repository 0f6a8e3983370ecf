"""One session through the chain: what replay, demo and later the live sensors share."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from sensortrack import __version__
from sensortrack.model.events import AngleTrace, Event
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import RawBlock
from sensortrack.model.summary import EventLog, Quality, Summary, summarize
from sensortrack.signal.tracker import Tracker

_LIVE_SAMPLES = 10  # about a radio packet's


class Source(Protocol):
    """Where samples come from: a file, or a stored session."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def started_at(self) -> str | None:
        """When it began, ISO 8601 with the offset of its zone; None where that is not known."""

    @property
    def blocks(self) -> Iterator[RawBlock]:
        """Its samples, to be read once."""

    def share_read(self) -> float:
        """How much of it has been read, 0 to 1."""


class AngleSketch:
    """The angle of the whole session in bounded memory: when full, every second point goes."""

    def __init__(self, most: int = 60_000) -> None:  # half an hour whole; of a day a point every 1.9 s
        self._most = most
        self._step = 1
        self._seen = 0
        self._points = np.empty((1024, 2))  # one array: live, two points come at a time, for hours
        self._size = 0

    def add(self, trace: AngleTrace) -> None:
        """Take the next points; turn over what was told with the wrong sign."""
        if trace.mirrored_from_s is not None:
            points = self._points[: self._size]
            points[points[:, 0] >= trace.mirrored_from_s, 1] *= -1.0
        kept = slice(-self._seen % self._step, None, self._step)
        time_s, angle_deg = trace.time_s[kept], trace.angle_deg[kept]
        self._seen += len(trace.time_s)
        end = self._size + len(time_s)
        if end > len(self._points):
            self._points = np.concatenate((self._points[: self._size], np.empty((end, 2))))
        self._points[self._size : end, 0], self._points[self._size : end, 1] = time_s, angle_deg
        self._size = end
        if self._size > self._most:
            halved = self._points[: self._size : 2].copy()
            self._points, self._size = halved, len(halved)
            self._step *= 2

    def trace(self) -> AngleTrace:
        """Everything so far."""
        points = self._points[: self._size]
        return AngleTrace(points[:, 0], points[:, 1])


class Session:
    """A tracker with what has come out of it.

    Parameters
    ----------
    exercise
        What is done.
    placement, side
        What the user tells of the sensor, if anything.
    with_angle
        Keep the angle, for a table or a picture.
    """

    def __init__(
        self, exercise: Exercise, *, placement: str | None = None, side: str | None = None, with_angle: bool = False
    ) -> None:
        self.exercise = exercise
        self.log = EventLog()
        self.sketch = AngleSketch() if with_angle else None
        self._side = side
        self._tracker = Tracker(exercise, placement=placement, side=side)

    def process(self, block: RawBlock) -> list[Event | AngleTrace]:
        """Pass samples through the chain and give what it tells."""
        return self._keep(self._tracker.process(block))

    def finish(self) -> list[Event | AngleTrace]:
        """End the recording."""
        return self._keep(self._tracker.finish())

    @property
    def quality(self) -> Quality:
        """How the samples came."""
        return self._tracker.quality

    def summary(self, source: str, started_at: str | None = None) -> Summary:
        """Fold the events into the contract."""
        summary = summarize(
            self.log,
            source=source,
            exercise=self.exercise.name,
            side=self._side,
            duration_s=self.quality.duration_s,
            rate_hz=self.quality.rate_hz,
            version=__version__,
            parameters=self.exercise.values(),
        )
        summary["started_at"] = started_at
        return summary

    def _keep(self, outputs: list[Event | AngleTrace]) -> list[Event | AngleTrace]:
        for output in outputs:
            if not isinstance(output, AngleTrace):
                self.log.add(output)
            elif self.sketch is not None:
                self.sketch.add(output)
        return outputs


def paced(blocks: Iterable[RawBlock], speed: float) -> Iterator[RawBlock]:
    """Give samples in small blocks when they are due: as it happened, `speed` times as fast."""
    samples = _LIVE_SAMPLES * max(1, round(speed / 10))
    begin = time.monotonic()
    first_s = due_s = None
    for block in blocks:
        for start in range(0, len(block), samples):
            part = block[start : start + samples]
            newest_s = float(part.time_s.max())
            first_s = float(part.time_s[0]) if first_s is None else first_s
            due_s = max(newest_s - first_s, due_s or 0.0)
            time.sleep(max(0.0, begin + due_s / speed - time.monotonic()))
            yield part
