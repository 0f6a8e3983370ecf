"""What every export starts from: a session as plain data, and how files are named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import RawBlock
from sensortrack.model.summary import TAKEN_BACK, EventLog, Summary, rows, rows_besides, taken_back_rows, trial_row

EDITED = {"accepted": "accepted", TAKEN_BACK: "rejected", "added": "added"}
"""Reason of a movement -> what the person did to it."""


@dataclass(frozen=True)
class Item:
    """A session to be exported.

    Parameters
    ----------
    uid
        Its identity everywhere: exported twice it is the same.
    started_at
        Instant, on the clock of the place.
    exercise, log, summary
        What was done, what was found, with the corrections; and the contract of `replay`.
    corrections
        What the person changed, as plain rows.
    blocks
        Its raw samples, read anew by each call.
    state
        ``complete`` or ``interrupted``.
    """

    uid: str
    number: int
    started_at: datetime
    zone: str
    person: str
    exercise: Exercise
    side: str | None
    placement: str | None
    origin: str
    sensor: str
    note: str
    pain_before: int | None
    pain_after: int | None
    effort: int | None
    log: EventLog
    summary: Summary
    corrections: list[dict[str, Any]]
    blocks: Callable[[], Iterator[RawBlock]]
    state: str = "complete"

    @property
    def file_stem(self) -> str:
        """A name that sorts by time and never changes."""
        exercise = re.sub(r"[^a-z0-9]+", "-", self.exercise.name.lower()).strip("-") or "session"
        return f"{self.started_at:%Y-%m-%dT%H%M%S}-{exercise}-{self.uid[:8]}"

    def about(self) -> dict[str, Any]:
        """What is known of the session besides the contract of `replay`."""
        return {
            "uid": self.uid,
            "zone": self.zone,
            "person": self.person,
            "placement": self.placement,
            "origin": self.origin,
            "sensor": self.sensor,
            "note": self.note,
            "pain_before": self.pain_before,
            "pain_after": self.pain_after,
            "effort": self.effort,
            "corrections": self.corrections,
            "trials": [trial_row(each) for each in self.log.trials],
            "taken_back": taken_back_rows(self.log),
        }

    def table(self) -> list[dict[str, Any]]:
        """A row per repetition, hold, trial or what was rejected, with the session before it, what was edited after."""
        told = {
            "session": self.uid,
            "started_at": self.summary["started_at"],
            "person": self.person,
            "exercise": self.exercise.name,
            "side": self.side,
        }
        found = [*rows(self.summary), *rows_besides(self.log)]
        return [{**told, **row, "edited": edited(row.get("reasons", []))} for row in found]


def edited(reasons: list[str] | tuple[str, ...]) -> str | None:
    """Tell what a person did to a movement: accepted, rejected, added, or nothing."""
    return next((EDITED[word] for word in reasons if word in EDITED), None)
