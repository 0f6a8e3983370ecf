"""Events as rows of the event log, and back, equal to the last bit."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sensortrack.model import events
from sensortrack.model.events import Event, Verdict

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (events.Movement, events.Hold, events.HoldProgress, events.SetEnd, events.Gap, events.ThomasAngle)
}


def to_row(event: Event) -> tuple[str, int, float, str]:
    """Give kind, id, time of decision and body."""
    return type(event).__name__, event.id, event.decided_s, json.dumps(asdict(event), allow_nan=False)


def from_row(kind: str, body: str) -> Event:
    """Rebuild an event."""
    fields = json.loads(body)
    if kind == "Movement":
        fields |= {"verdict": Verdict(fields["verdict"])}
        fields |= {name: tuple(fields[name]) for name in ("reasons", "form")}
    event: Event = _KINDS[kind](**fields)
    return event
