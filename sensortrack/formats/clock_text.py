"""Times as people read them, in tables: a date with a time of day, or a clock."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})(?:[:.](\d{1,9}))?")
_DAY_S = 86400.0


class ClockText:
    """Turn the texts of one column into seconds, in their order.

    ``2026-11-01 10:00:00.123`` counts from 1970, ``10:00:00:123`` and ``00:01.5`` from midnight or from zero; past
    midnight the clock goes on.
    """

    def __init__(self) -> None:
        self._last_s = -math.inf
        self._days = 0
        self.is_local = False  # a date without an offset: what the clock on the wall showed

    def seconds(self, text: str) -> float:
        """Give the seconds of one text.

        Raises
        ------
        ValueError
            It is no time.
        """
        match = _CLOCK.fullmatch(text.strip())
        if match is None:
            when = datetime.fromisoformat(text.strip())
            self.is_local |= when.tzinfo is None
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        hours, minutes, seconds, rest = match.groups()
        clock_s = int(hours or 0) * 3600 + int(minutes) * 60 + float(f"{seconds}.{rest or 0}")
        if hours and clock_s < self._last_s - _DAY_S / 2:
            self._days += 1
        self._last_s = clock_s
        return clock_s + self._days * _DAY_S


def is_clock_text(text: str) -> bool:
    """Whether a text is such a time, and no plain number."""
    try:
        ClockText().seconds(text)
    except ValueError:
        return False
    return not text.strip().isdigit()
