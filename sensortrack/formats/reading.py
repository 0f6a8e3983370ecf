"""What a reader of some format gives: samples to be read once, and what the file tells besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sensortrack.formats.own import Known
from sensortrack.model.samples import RawBlock

_EPOCH_S = (1e9, 4e9)  # 2001 to 2096: a clock that says this counts from 1970
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Doubt(StrEnum):
    """What a file does not tell, and was supposed; what of it was not read."""

    UNIT = "unit"
    SIGN = "sign"
    CUT = "cut"
    UNPAIRED = "unpaired"


@dataclass(slots=True)
class Reading:
    """One recording of a file.

    Parameters
    ----------
    blocks
        Its samples; faults of the file come up while they are read.
    app, sensor
        Who wrote it, and the phone or sensor that measured.
    zero_at
        The instant at which the clock of the samples says 0, where the file tells.
    is_local
        `zero_at` is not UTC but what the clock on the wall showed.
    zone
        IANA zone, where the file tells.
    known
        Of our own exports: what the session was.
    has_samples
        False for our own exports of results.
    doubts
        What was supposed, and what was seen; complete once the samples are read.
    share_read
        How much has been read, 0 to 1.
    """

    blocks: Iterator[RawBlock]
    app: str = ""
    sensor: str = ""
    zero_at: datetime | None = None
    is_local: bool = False
    zone: str | None = None
    known: Known | None = None
    has_samples: bool = True
    doubts: list[tuple[Doubt, str]] = field(default_factory=list)
    share_read: Callable[[], float] | None = None

    def began_at(self, first_s: float) -> datetime | None:
        """Give the instant of the first sample, from its time on the source's clock; None where nothing tells."""
        if self.known is not None:
            return self.known.started_at
        zero_at = self.zero_at or (EPOCH if _EPOCH_S[0] < first_s < _EPOCH_S[1] else None)
        return None if zero_at is None else zero_at + timedelta(seconds=first_s)


def fixed_zone(offset: timedelta) -> str | None:
    """Name the IANA zone of a whole number of hours; none has another."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest or not -12 <= hours <= 14:
        return None
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"  # these are named the other way round


def from_epoch(seconds: float) -> datetime | None:
    """Give the instant of seconds since 1970; None for what no clock says."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
