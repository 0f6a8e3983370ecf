"""Sensor Logger's messages: read, and put in their order again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from sensortrack.devices.device import FrameError
from sensortrack.devices.messages import number, parsed
from sensortrack.model.samples import FloatArray

CHANNEL = "message"
"""Of the messages among a recording's packets."""

IN_HAND = "message-in-hand"
"""Of those from before the phone was strapped on: they tell its sign, and are no movement of the thigh."""

LINEAR, GRAVITY, TOTAL, GYROSCOPE = "accelerometer", "gravity", "totalacceleration", "gyroscope"
MOTION = (LINEAR, GRAVITY, TOTAL, GYROSCOPE)

LATE_S = 1.0
"""How long a message that is missing holds up those behind it; a count may come that much later, once."""

MOST_WAITING = 32
"""Messages that wait for one that is missing."""

JUST_BEGUN = 5
"""A recording whose first message has such a number began while we listened."""

_MOST_IDS, _MOST_SESSIONS = 256, 64  # remembered
_MOST_ID = 2**53
_MOST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as far as it concerns motion.

    Parameters
    ----------
    number
        ``messageId``; None without one.
    session, phone
        ``sessionId`` and ``deviceId``; empty without.
    rows
        By sensor: stamps (N,) in s since 1970 and values (N, 3), as they came.
    is_android
        It says something that only Android says.
    others
        Whether it holds anything else than motion.
    """

    number: int | None
    session: str
    phone: str
    rows: dict[str, tuple[FloatArray, FloatArray]]
    is_android: bool
    others: bool


def read_message(body: bytes) -> Message:
    """Read a message; what is not of motion is passed over.

    Raises
    ------
    FrameError
        It is no JSON object.
    """
    told = parsed(body)
    if not isinstance(told, dict):
        raise FrameError("no message", body[:100])
    found: dict[str, list[tuple[float, ...]]] = {}
    is_android = False
    payload = told.get("payload")
    payload = payload if isinstance(payload, list) else []
    for each in payload:
        name = each.get("name") if isinstance(each, dict) else None
        if isinstance(name, str) and (name := name.lower()) in MOTION:
            found.setdefault(name, []).append(_row(each))
            is_android |= "accuracy" in each or name == TOTAL
    rows = {name: np.array(each) for name, each in found.items()}
    return Message(
        number=_identity(told.get("messageId")),
        session=_text(told.get("sessionId")),
        phone=_text(told.get("deviceId")),
        rows={name: (each[:, 0], each[:, 1:]) for name, each in rows.items()},
        is_android=is_android,
        others=len(payload) > sum(map(len, found.values())),
    )


def _row(told: dict[str, Any]) -> tuple[float, ...]:
    """Give stamp and axes of one sample; what is no number is NaN."""
    values = told.get("values")
    axes = values if isinstance(values, dict) else told
    return (number(told.get("time")) * 1e-9, *(number(axes.get(axis)) for axis in "xyz"))


def _identity(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_ID else None


def _text(value: object) -> str:
    return value[:_MOST_TEXT] if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A message whose turn it is: when it came, and whether its turn was over already."""

    received_s: float
    message: Message
    is_late: bool = False


class Order:
    """Put messages in their order again."""

    def __init__(self) -> None:
        self._session = ""
        self._sessions: deque[str] = deque(maxlen=_MOST_SESSIONS)  # those before
        self._next: int | None = None
        self._waiting: dict[int, Turn] = {}
        self._given: deque[int] = deque(maxlen=_MOST_IDS)

    def take(self, message: Message, received_s: float) -> list[Turn]:
        """Take a message; give those whose turn it is."""
        number = message.number
        if number is None or message.session in self._sessions:
            return [Turn(received_s, message, is_late=True)]
        before = self._begin(message.session) if message.session != self._session else []
        if self._next is None:
            self._next = 0 if number <= JUST_BEGUN else number
        if number in self._waiting or number in self._given:
            return before
        if number < self._next:
            self._given.append(number)
            return [*before, Turn(received_s, message, is_late=True)]
        self._waiting[number] = Turn(received_s, message)
        return [*before, *self._ready(received_s)]

    def _ready(self, received_s: float) -> list[Turn]:
        ready = []
        while self._waiting:
            first = min(self._waiting)
            waited_s = received_s - min(each.received_s for each in self._waiting.values())
            if first != self._next and waited_s < LATE_S and len(self._waiting) <= MOST_WAITING:
                break
            ready.append(self._waiting.pop(first))
            self._given.append(first)
            self._next = first + 1
        return ready

    def _begin(self, session: str) -> list[Turn]:
        """Begin another recording of the app; what waits of the one before is given."""
        waiting = [each for _, each in sorted(self._waiting.items())]
        self._sessions.append(self._session)
        self._session, self._next = session, None
        self._waiting, self._given = {}, deque(maxlen=_MOST_IDS)
        return waiting
