"""What apps on phones send: JSON of any length, of which nothing is believed before it is looked at.

A recording keeps packets of at most 64 kB, so a longer message is kept in pieces: channel ``NAME+`` for all but the
last, ``NAME`` for the last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from sensortrack.devices.device import MOST_ACC, MOST_GYR, FrameError, Notification
from sensortrack.model.samples import FloatArray, Frame, Packet

PIECE = 60_000
"""Bytes in one packet of a recording."""

MOST_BYTES = 2**25
"""Of one message: ten minutes at 400 Hz as JSON are about 27 MB."""

MOST_STAMP_S = 1e11
"""A stamp beyond is none: the year 5138 on a clock that counts from 1970."""

MOST_SPAN_S = 3600.0
"""A message does not reach further back than this: a stamp that does is none."""

SET_BACK_S = 2.0
"""Stamps that go back by more than this were set back; by less, they come late."""


def pieces(channel: str, message: bytes) -> Iterator[Notification]:
    """Cut a message so that a recording can keep it."""
    last = max(len(message) - 1, 0) // PIECE
    for number in range(last + 1):
        name = channel if number == last else f"{channel}+"
        yield Notification(name, message[number * PIECE : (number + 1) * PIECE])


class Joined:
    """Put the pieces of messages together again."""

    def __init__(self) -> None:
        self._begun: dict[str, bytearray] = {}

    def whole(self, packet: Packet) -> tuple[str, bytes] | None:
        """Take a packet; give channel and message that it completes.

        Raises
        ------
        FrameError
            A message without end.
        """
        name = packet.channel.removesuffix("+")
        if packet.channel == name:
            return name, bytes(self._begun.pop(name, b"")) + packet.payload
        begun = self._begun.setdefault(name, bytearray())
        begun += packet.payload
        if len(begun) > MOST_BYTES:
            del self._begun[name]
            raise FrameError("a message without end", packet.payload)
        return None


def parsed(message: bytes) -> Any:
    """Read JSON.

    Raises
    ------
    FrameError
        It is none, or nobody can read it: nested without end, a number of thousands of digits.
    """
    try:
        return json.loads(message)
    except (ValueError, RecursionError) as error:
        raise FrameError("no JSON", message[:100]) from error


def numbers(values: object) -> FloatArray:
    """Give an (N,) array of what should be a list of numbers; whatever is none becomes NaN."""
    if not isinstance(values, list):
        return np.zeros(0)
    try:
        found = np.array(values, dtype=np.float64)  # null becomes NaN
        if found.ndim == 1:
            return found
    except (ValueError, TypeError, OverflowError):
        pass
    return np.array([number(each) for each in values], dtype=np.float64)


def number(value: object) -> float:
    """Give a number, or NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.nan


class Stamped:
    """One sensor's samples, each with its stamp: in rising order, each once.

    Attributes
    ----------
    last_s
        Stamp of the newest sample so far.
    """

    def __init__(self, most: float) -> None:
        self.last_s = -np.inf
        self._most = most

    def rows(
        self, stamps_s: FloatArray, values: FloatArray, *, may_go_back: bool = True
    ) -> tuple[FloatArray, FloatArray]:
        """Take stamps (N,) and values (N, 3) as they came; give those that are new, in order.

        Parameters
        ----------
        may_go_back
            Whether samples that are all older than what is known mean that the clock was set back.
        """
        sound = (np.abs(stamps_s) < MOST_STAMP_S) & (np.abs(values) <= self._most).all(
            axis=1
        )  # a NaN is not less either
        stamps_s, values = stamps_s[sound], values[sound]
        if not len(stamps_s):
            return stamps_s, values
        order = np.argsort(stamps_s, kind="stable")
        stamps_s, values = stamps_s[order], values[order]
        newest_s = float(stamps_s[-1])
        if may_go_back and newest_s < self.last_s - SET_BACK_S:
            self.last_s = -np.inf
        new = np.diff(stamps_s, prepend=-np.inf) > 0
        new &= stamps_s > max(self.last_s, newest_s - MOST_SPAN_S)
        self.last_s = max(self.last_s, newest_s)
        return stamps_s[new], values[new]


def acc_frame(received_s: float, stamps_s: FloatArray, acc: FloatArray) -> list[Frame]:
    """Make a frame of accelerations, if there are any."""
    return [Frame(received_s, acc, None, float(stamps_s[-1]), stamps_s=stamps_s)] if len(stamps_s) else []


def gyr_frame(received_s: float, stamps_s: FloatArray, gyr: FloatArray) -> list[Frame]:
    """Make a frame of angular rates, if there are any."""
    return [Frame(received_s, None, gyr, float(stamps_s[-1]), stamps_s=stamps_s)] if len(stamps_s) else []


def acc_stream() -> Stamped:
    """Begin a stream of accelerations."""
    return Stamped(MOST_ACC)


def gyr_stream() -> Stamped:
    """Begin a stream of angular rates."""
    return Stamped(MOST_GYR)
