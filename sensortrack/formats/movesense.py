"""Movesense's logbook as JSON, as `sbem2json` writes it (protocols.md section 10.6)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from sensortrack.formats.reading import Reading, from_epoch
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.signal.pairing import Pairing

_MOST, _MOST_MS = 1e6, 1e14  # m/s², °/s; ms
_LOOK = 200  # entries: by then each sensor has come
_GAP = 1.5  # of the usual distance of samples: the next frame does not follow this one


@dataclass(frozen=True, slots=True)
class _Measured:
    """One frame: time of its first sample, and what was measured; None for what it holds not."""

    time_s: float
    acc: FloatArray | None
    gyr: FloatArray | None

    def __len__(self) -> int:
        return len(self.acc) if self.acc is not None else len(self.gyr) if self.gyr is not None else 0

    @property
    def kind(self) -> str:
        return "both" if self.acc is not None and self.gyr is not None else "acc" if self.acc is not None else "gyr"


def read_entries(entries: Iterable[Any]) -> Reading:
    """Read the list ``Samples``."""
    reading = Reading(iter(()), "Movesense", "Movesense")
    reading.blocks = _read(_measured(entries, reading))
    return reading


def _measured(entries: Iterable[Any], reading: Reading) -> Iterator[_Measured]:
    for entry in entries:
        for key, body in entry.items() if isinstance(entry, Mapping) else ():
            low = str(key).lower()
            try:
                if low == "timedetailed":
                    relative = timedelta(milliseconds=float(body["relativeTime"]))
                    now = from_epoch(float(body["utcTime"]) / 1e6)
                    reading.zero_at = now - relative if now else None
                elif low.startswith(("measimu", "measacc", "measgyro")):
                    yield _frame(body)
            except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
                raise RecordingError(Problem.DAMAGED, found=str(entry)[:60]) from error


def _frame(body: Mapping[str, Any]) -> _Measured:
    time_ms = float(body["Timestamp"])
    acc, gyr = _triples(body.get("ArrayAcc")), _triples(body.get("ArrayGyro"))
    if not abs(time_ms) < _MOST_MS or (acc is not None and gyr is not None and len(acc) != len(gyr)):
        raise ValueError("expected as many of one as of the other")
    return _Measured(time_ms / 1000.0, acc, None if gyr is None else gyr * (math.pi / 180))


def _triples(rows: Any) -> FloatArray | None:
    if not rows:
        return None
    values: FloatArray = np.array([[float(row[axis]) for axis in "xyz"] for row in rows])
    if not (np.abs(values) < _MOST).all():
        raise ValueError("values that cannot be")
    return values


def _read(frames: Iterator[_Measured]) -> Iterator[RawBlock]:
    first = list(itertools.islice(frames, _LOOK))
    kinds = {frame.kind for frame in first if len(frame)}
    if not kinds & {"acc", "both"}:
        raise RecordingError(Problem.NO_ACCELERATION, found=", ".join(sorted(kinds)) or "no sensor")
    wanted = "both" if "both" in kinds else "acc"
    pairing: Pairing | None = None
    for frame, period_s in _spaced(itertools.chain(first, frames)):
        time_s = frame.time_s + np.arange(len(frame), dtype=np.float64) * period_s
        if frame.kind == wanted and frame.acc is not None and ("gyr" not in kinds or wanted == "both"):
            yield RawBlock(time_s, frame.acc, frame.gyr)
            continue
        if wanted == "both" or frame.kind == "both":
            continue
        pairing = pairing or Pairing(1.0 / max(period_s, 1e-4))
        block = pairing.add_acc(time_s, frame.acc) if frame.acc is not None else None
        block = pairing.add_gyr(time_s, frame.gyr) if frame.gyr is not None else block
        if block is not None:
            yield block


def _spaced(frames: Iterable[_Measured]) -> Iterator[tuple[_Measured, float]]:
    """Give each frame with the distance of its samples: to the next of its kind, if that follows."""
    waiting: dict[str, _Measured] = {}
    usual: dict[str, float] = {}
    for frame in frames:
        before = waiting.get(frame.kind)
        if not len(frame):
            continue
        waiting[frame.kind] = frame
        if before is None:
            continue
        found_s = (frame.time_s - before.time_s) / len(before)
        if 0 < found_s < _GAP * usual.get(frame.kind, math.inf):
            usual[frame.kind] = found_s
        yield before, usual.get(frame.kind, 0.0)
    for kind, frame in waiting.items():
        yield frame, usual.get(kind, 0.0)
