"""Sensor Logger, an app that pushes what a phone's sensors say, as JSON over HTTP (protocols.md section 9b).

Wire table: one message per batch, ``{"messageId": 17, "sessionId": "…", "deviceId": "…", "payload": […]}``; each of the
payload is ``{"name": …, "time": ns since 1970, "values": {"x": …, "y": …, "z": …}}``.

=====================  =================================================================================================
``accelerometer``      m/s² without gravity
``gravity``            m/s²; the sum of both is what the chain wants
``totalacceleration``  m/s² with gravity, on some Android phones; taken instead when it comes
``gyroscope``          rad/s
=====================  =================================================================================================

Messages come out of order, twice, in bursts or not at all: they wait for those before them, for `LATE_S` at most. The
iPhone's three accelerations have the other sign, and no message says so (`_told_sign`). Nothing of this was tried on a
phone.
"""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

import numpy as np

from sensortrack.devices.device import Conversation, Device, Settings
from sensortrack.devices.messages import Joined, Stamped, acc_frame, acc_stream, gyr_frame, gyr_stream
from sensortrack.devices.sensor_logger_encoder import SensorLoggerEncoder
from sensortrack.devices.sensor_logger_messages import (
    CHANNEL,
    GRAVITY,
    GYROSCOPE,
    IN_HAND,
    JUST_BEGUN,
    LINEAR,
    TOTAL,
    Order,
    Turn,
    read_message,
)
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet

_SETTLE_S = 1.0  # of acceleration, before its sign is told
_TILTED = 3.0  # m/s²: 18 degrees from upright
_MOST_EARLY = 64  # messages
_HOLE_S = 0.5  # gravity turns slowly; over a longer hole it is not known
_LONGEST_WAIT = 4096  # samples that wait for gravity


class _Sum:
    """Add gravity to acceleration without gravity, at the times of the latter."""

    def __init__(self) -> None:
        self._linear = _Rows()
        self._gravity = _Rows()

    def add(self, linear: tuple[FloatArray, ...], gravity: tuple[FloatArray, ...]) -> tuple[FloatArray, FloatArray]:
        """Take new samples of both; give the sums that are known now."""
        self._linear.add(*linear)
        self._gravity.add(*gravity)
        known, due = self._gravity, self._linear
        if not len(known.stamps_s):
            due.cut(len(due.stamps_s) - _LONGEST_WAIT)
            return _NONE
        ready = int(np.searchsorted(due.stamps_s, known.stamps_s[-1], side="right"))
        stamps_s, values = due.cut(ready)
        due.cut(len(due.stamps_s) - _LONGEST_WAIT)
        if not len(stamps_s):
            known.cut(len(known.stamps_s) - _LONGEST_WAIT)
            return _NONE
        after = np.minimum(np.searchsorted(known.stamps_s, stamps_s), len(known.stamps_s) - 1)
        before = np.maximum(after - 1, 0)
        near = (known.stamps_s[before] <= stamps_s) & (known.stamps_s[after] - known.stamps_s[before] <= _HOLE_S)
        near |= known.stamps_s[after] == stamps_s
        gravity_there = np.stack([np.interp(stamps_s, known.stamps_s, axis) for axis in known.values.T], axis=1)
        known.cut(int(np.searchsorted(known.stamps_s, stamps_s[-1], side="right")) - 1)
        return stamps_s[near], (values + gravity_there)[near]


class _Rows:
    """Samples that wait."""

    def __init__(self) -> None:
        self.stamps_s, self.values = _NONE

    def add(self, stamps_s: FloatArray, values: FloatArray) -> None:
        if len(stamps_s) and len(self.stamps_s) and stamps_s[0] <= self.stamps_s[-1]:  # the clock was set back
            self.stamps_s, self.values = _NONE
        self.stamps_s = np.concatenate((self.stamps_s, stamps_s))
        self.values = np.concatenate((self.values, values))

    def cut(self, count: int) -> tuple[FloatArray, FloatArray]:
        """Take the oldest out."""
        count = max(count, 0)
        taken = self.stamps_s[:count], self.values[:count]
        self.stamps_s, self.values = self.stamps_s[count:], self.values[count:]
        return taken


_NONE: tuple[FloatArray, FloatArray] = (np.zeros(0), np.zeros((0, 3)))


_New: TypeAlias = dict[str, tuple[FloatArray, FloatArray]]


class SensorLoggerDecoder:
    """Messages in, samples out, each once and in order; the first second waits until the sign is known."""

    def __init__(self, _settings: Settings) -> None:
        self._joined = Joined()
        self._order = Order()
        self._streams: dict[str, Stamped] = {name: acc_stream() for name in (LINEAR, GRAVITY, TOTAL)}
        self._streams[GYROSCOPE] = gyr_stream()
        self._sum = _Sum()
        self._sign: float | None = None
        self._has_total = self._is_android = False
        self._first: int | None = None
        self._early: deque[tuple[float, _New]] = deque(maxlen=_MOST_EARLY)

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples that a message completes."""
        joined = self._joined.whole(packet)
        if joined is None or joined[0] not in (CHANNEL, IN_HAND):
            return []
        turns = self._order.take(read_message(joined[1]), packet.received_s)
        frames = [frame for turn in turns for frame in self._take(turn)]
        return frames if joined[0] == CHANNEL else []

    def _take(self, turn: Turn) -> list[Frame]:
        message = turn.message
        new: _New = {
            name: self._streams[name].rows(*rows, may_go_back=not turn.is_late) for name, rows in message.rows.items()
        }
        if self._sign is not None:
            return self._frames(turn.received_s, new)
        self._is_android |= message.is_android
        if not self._early:
            self._first = message.number
        self._early.append((turn.received_s, new))
        return self._settle()

    def _frames(self, received_s: float, new: _New) -> list[Frame]:
        acc = self._sum.add(new.get(LINEAR, _NONE), new.get(GRAVITY, _NONE))
        stamps_s, values = new.get(TOTAL, _NONE) if self._has_total else acc
        frames = gyr_frame(received_s, *new.get(GYROSCOPE, _NONE))
        return [*frames, *acc_frame(received_s, stamps_s, values * (self._sign or 1.0))]

    def _settle(self) -> list[Frame]:
        """Once there is a second of gravity, tell its sign, and give what waited."""
        self._has_total = any(TOTAL in new for _, new in self._early)
        name = TOTAL if self._has_total else GRAVITY
        rows = [new[name] for _, new in self._early if name in new and len(new[name][0])]
        if not rows or rows[-1][0][-1] - rows[0][0][0] < _SETTLE_S:
            return []
        self._sign = self._told_sign(float(np.concatenate([values for _, values in rows])[:, 2].mean()))
        early, self._early = list(self._early), deque()
        return [frame for received_s, new in early for frame in self._frames(received_s, new)]

    def _told_sign(self, z: float) -> float:
        """Tell whether accelerations come with the sign of the chain (1) or the other one (-1).

        No message says so. Only Android tells an accuracy or a total acceleration, and has our sign. An iPhone has the
        other one unless its "Standardise Units & Frames" is on: whoever has just pressed the app's button looks at the
        screen, so that its axis z points up rather than down; else the switch is taken to be off, as it comes.
        A wrong sign is no wrong count: it is the movement in a mirror (tests/devices/test_sensor_logger.py).
        """
        if self._is_android:
            return 1.0
        if self._first is not None and self._first <= JUST_BEGUN and abs(z) > _TILTED:
            return 1.0 if z > 0 else -1.0
        return -1.0


def start(settings: Settings) -> Conversation:
    """Nothing is asked for: the person begins in the app."""
    yield from ()
    return settings


DEVICE = Device(
    name="sensor-logger",
    title="Sensor Logger on a phone",
    advertised_names=(),
    advertised_uuids=(),
    services=(),
    rates_hz=(100.0,),  # what a phone gives, 50 to 200 Hz, is measured
    gyroscope=True,
    clock=Clock(stamps="each"),
    start=start,
    stop=start,
    decoder=SensorLoggerDecoder,
    encoder=SensorLoggerEncoder,
    resumes=True,
)
