"""What a file tells of its recording besides the samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """Who wrote it, with what, when and where.

    Parameters
    ----------
    app
        The program, with its version where it tells.
    sensor
        The phone or sensor.
    started_at
        Instant of time 0, where the file tells.
    zone
        IANA zone, where the file tells.
    session
        Of our own exports: identity, side, corrections.
    """

    app: str = ""
    sensor: str = ""
    started_at: datetime | None = None
    zone: str | None = None
    session: dict[str, Any] = field(default_factory=dict)
