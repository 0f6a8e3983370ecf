"""MetaBase's exports: one CSV per sensor, on the host's clock (protocols.md section 10.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta

from sensortrack.formats.bundle import Bundle
from sensortrack.formats.csv_table import decoded
from sensortrack.formats.reading import EPOCH, Reading, fixed_zone
from sensortrack.formats.streams import METABASE, Part, joined, read_filled_part, read_triples
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock

_ZONE = re.compile(r"time(?:stamp)? \(([+-]?)(\d\d):?(\d\d)\)", re.IGNORECASE)
_ADDRESS = re.compile(r"_([0-9a-f]{12})_")
_LINEAR = ("linear acceleration", "linearacceleration")
_WITH_GRAVITY = "Accelerometer"


def read_bundle(bundle: Bundle) -> Reading:
    """Read the acceleration, and the angular rate where its file is there too.

    Raises
    ------
    RecordingError
        There is more than one recording.
    """
    parts = {
        name: part for name in bundle.names if (part := read_filled_part(bundle.head(name))) and part.app == METABASE
    }
    acc = [name for name, part in parts.items() if part.kind == "acc" and "gravity" not in name]
    linear = [name for name in acc if any(word in name for word in _LINEAR)]
    acc = [name for name in acc if name not in linear]
    gyr = [name for name, part in parts.items() if part.kind == "gyr"]
    if linear and not acc:
        raise RecordingError(Problem.GRAVITY_REMOVED, column=linear[0], expected=_WITH_GRAVITY)
    if not acc:
        raise RecordingError(Problem.NO_ACCELERATION, found=", ".join(parts) or "no sensor")
    if len(acc) > 1 or len(gyr) > 1:
        raise RecordingError(Problem.SEVERAL, found=", ".join(acc))
    address = _ADDRESS.search(acc[0])
    sensor = f"MetaMotion {address[1].upper()}" if address else "MetaMotion"
    zone = _zone(decoded(bundle.head(acc[0]).partition(b"\n")[0]))
    reading = Reading(iter(()), METABASE, sensor, EPOCH, zone=zone)
    reading.blocks = _read(bundle, acc, gyr, parts, reading)
    return reading


def _read(
    bundle: Bundle, acc: Sequence[str], gyr: Sequence[str], parts: dict[str, Part], reading: Reading
) -> Iterator[RawBlock]:
    with ExitStack() as stack:
        first, *second = (read_triples(stack.enter_context(bundle.open(name)), parts[name]) for name in (*acc, *gyr))
        yield from joined(first, second[0] if second else None, reading.doubts)


def _zone(header: str) -> str | None:
    match = _ZONE.search(header)
    if match is None:
        return None
    sign = -1 if match[1] == "-" else 1
    return fixed_zone(sign * timedelta(hours=int(match[2]), minutes=int(match[3])))
