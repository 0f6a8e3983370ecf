"""A session, as it begins and as it is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sensortrack.devices.device import Settings
from sensortrack.model.exercises import Exercise


@dataclass(frozen=True, slots=True)
class Begin:
    """What a session is, when it begins.

    Parameters
    ----------
    exercise, version
        What is looked for, and the program's version.
    identity, sensor_name, family, settings
        The sensor, and what its decoder must know.
    origin
        ``bluetooth``, ``simulated``, ``phone`` or ``import``.
    zone
        IANA zone of the place.
    group_uid
        The same for two sensors at once.
    source, source_sha256
        Of an imported file: its name, and the hash of its content.
    description
        Of a sensor that its owner described: the TOML.
    uid
        Its identity; new unless it comes from an export.
    """

    exercise: Exercise
    version: str
    identity: str
    sensor_name: str
    family: str
    settings: Settings
    origin: str
    zone: str = "UTC"
    side: str | None = None
    placement: str | None = None
    person: str = "me"
    note: str = ""
    group_uid: str | None = None
    source: str = ""
    source_sha256: str | None = None
    description: str = ""
    uid: str = field(default_factory=lambda: uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Session:
    """A stored session."""

    id: int
    uid: str
    person: str
    exercise: str
    side: str | None
    placement: str | None
    started_at: datetime
    zone: str
    duration_s: float
    state: str
    origin: str
    family: str
    sensor_name: str
    identity: str
    settings: Settings
    group_uid: str | None
    note: str
    analysis_id: int | None
    rate_hz: float
    source: str
    pain_before: int | None
    pain_after: int | None
    effort: int | None
    description: str


def session_of(row: tuple[object, ...]) -> Session:
    """Read a row of the columns above, in their order."""
    values = list(row)
    values[6] = datetime.fromisoformat(str(row[6]))
    values[14] = Settings(**json.loads(str(row[14])))
    return Session(*values)  # type: ignore[arg-type]  # the columns are of these types: the tables are STRICT
