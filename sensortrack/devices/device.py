"""What every sensor family tells about itself: names, commands, wire format; bytes in, samples out, no radio.

A device module holds a wire table, a decoder, an encoder (which is also the fake device of the tests) and the
conversations that start and stop the stream. Whoever owns a radio performs a conversation's actions one by one and
sends back what each gave (`performed` shows how); whoever has packets, live or stored, feeds them to a decoder.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

import numpy as np

from sensortrack.model.errors import SensortrackError
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet, RawBlock

STANDARD_GRAVITY = 9.80665
"""m/s² per g, the conventional value (ISO 80000-3)."""

_BLUETOOTH_BASE = "-0000-1000-8000-00805f9b34fb"


def sig_uuid(short: int) -> str:
    """Give the long form of a UUID that the Bluetooth SIG assigned."""
    return f"{short:08x}{_BLUETOOTH_BASE}"


BATTERY_LEVEL = sig_uuid(0x2A19)
"""One byte, percent (Battery Service 180F); read when a device has it, no device module needs to."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a stream is asked for, and what it then is.

    Parameters
    ----------
    rate_hz
        Samples per second; 100 is what the chain asks for (clinical.md section 5: 50 Hz or more).
    acc_range_g, gyr_range_dps
        Full scale; ±16 g and ±2000 °/s are what thigh-worn commercial sensors choose (protocols.md section 8.2).
    gyroscope
        Whether angular rate is streamed too.
    """

    rate_hz: float = 100.0
    acc_range_g: float = 16.0
    gyr_range_dps: float = 2000.0
    gyroscope: bool = True


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Ask for the notifications (or indications) of a characteristic."""

    channel: str


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic; what was read is a packet of the recording too, and is sent back."""

    channel: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write a command."""

    channel: str
    payload: bytes
    response: bool = True


@dataclass(frozen=True, slots=True)
class Expect:
    """Wait for a notification that begins with `prefix`, come since the last write; it is sent back.

    When none comes in time, ``b""`` is sent back.
    """

    channel: str
    prefix: bytes = b""
    timeout_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Give the device time."""

    seconds: float


Action: TypeAlias = Subscribe | Read | Write | Expect | Wait
Conversation: TypeAlias = Generator[Action, bytes, Settings]
"""Yields actions, is sent what each gave (``b""`` for those that give nothing), returns the settings that now hold."""


class DeviceProblem(StrEnum):
    """Why a device does not stream."""

    NO_REPLY = "no reply"
    WRONG_FIRMWARE = "wrong firmware"
    REFUSED = "refused"
    CHARGING = "charging"
    OTHER_APP = "other app"
    """It answers, but as something else than this family."""
    NO_GRAVITY = "no gravity"
    """What is open in the app has no acceleration with gravity in it."""
    NOT_MEASURING = "not measuring"
    """The app was asked to begin, and does not."""


class DeviceError(SensortrackError):
    """A device that does not do what its family does.

    Parameters
    ----------
    problem
        What is wrong.
    found
        What it said, in short words or hexadecimal.
    """

    def __init__(self, problem: DeviceProblem, *, found: str = "") -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.found = found


class FrameError(SensortrackError):
    """Bytes that are no frame of this device; whatever frames stood beside them are in `frames`.

    Parameters
    ----------
    problem
        What does not fit, in short words.
    payload
        The bytes at fault.
    frames
        The good frames of the same packet.
    """

    def __init__(self, problem: str, payload: bytes, frames: Sequence[Frame] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.payload = payload
        self.frames = list(frames)


MOST_ACC, MOST_GYR = 4000.0, 400.0
"""m/s² and rad/s that no sensor worn by a person gives: 400 g, and twenty thousand degrees a second."""


def checked(payload: bytes, received_s: float, acc: FloatArray | None, gyr: FloatArray | None, **more: Any) -> Frame:
    """Make a frame of numbers that may come from anything: floats off the wire, or text.

    Raises
    ------
    FrameError
        A number is none, or is of no sensor.
    """
    for values, most in ((acc, MOST_ACC), (gyr, MOST_GYR)):
        if values is not None and not (np.abs(values) <= most).all():
            raise FrameError("values that cannot be", payload)
    return Frame(received_s, acc, gyr, **more)


class Decoder(Protocol):
    """Packets in, frames out; keeps what a stream needs between packets, and nothing about time."""

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the frames of one packet; packets of other channels that say nothing of samples give none.

        Raises
        ------
        FrameError
            Bytes that are no frame; the decoder goes on with the next packet as if these had not come.
        """


@dataclass(frozen=True, slots=True)
class Notification:
    """What a device sends: characteristic and bytes."""

    channel: str
    payload: bytes


class Encoder(Protocol):
    """The device itself, as far as a client can tell: takes commands, gives notifications."""

    @property
    def settings(self) -> Settings | None:
        """What it streams now; None while it does not."""

    def read(self, channel: str) -> bytes:
        """Give the value of a characteristic."""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take a command, give the replies."""

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples on the wire; ``time_s`` is the device's clock. What does not fill a frame waits for the next."""


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One characteristic, as a peripheral has to offer it: UUID and GATT property names."""

    uuid: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One service with its characteristics."""

    uuid: str
    characteristics: tuple[Characteristic, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A sensor family.

    Parameters
    ----------
    name, title
        As typed, and as shown.
    advertised_names, advertised_uuids
        A sensor is of this family when its name begins with one of the former (case ignored) or it advertises one of
        the latter.
    services
        What it offers besides battery and device information.
    rates_hz
        Sampling rates it knows, slowest first.
    gyroscope
        Whether it has one.
    clock
        What its frames tell of time.
    start, stop
        Conversations. `stop` returns the settings it was given.
    decoder, encoder
        Made anew for each session; a decoder is told the settings that the conversation returned.
    resumes
        Whether its stream goes on after a lost link where it was, with the same decoder: messages over HTTP do.
    """

    name: str
    title: str
    advertised_names: tuple[str, ...]
    advertised_uuids: tuple[str, ...]
    services: tuple[Service, ...]
    rates_hz: tuple[float, ...]
    gyroscope: bool
    clock: Clock
    start: Callable[[Settings], Conversation]
    stop: Callable[[Settings], Conversation]
    decoder: Callable[[Settings], Decoder]
    encoder: Callable[[], Encoder]
    resumes: bool = False

    def nearest_rate(self, rate_hz: float) -> float:
        """Give the rate it knows that is nearest; of two equally near the faster."""
        return nearest(self.rates_hz, rate_hz)


def nearest(known: Sequence[float], wanted: float) -> float:
    """Give the nearest of some numbers, smallest first; of two equally near the greater."""
    return min(reversed(known), key=lambda number: abs(number - wanted))


def performed(conversation: Conversation, encoder: Encoder) -> tuple[Settings, list[Notification]]:
    """Hold a conversation with an encoder, without radio and without waiting.

    Returns
    -------
    settings, heard
        What the conversation returned, and everything that was read or notified, in its order, as a recording keeps it.
    """
    heard: list[Notification] = []
    unread: list[Notification] = []
    gave = b""
    try:
        action = next(conversation)
        while True:
            gave = b""
            match action:
                case Read(channel):
                    gave = encoder.read(channel)
                    heard.append(Notification(channel, gave))
                case Write(channel, payload):
                    unread = encoder.write(channel, payload)
                    heard += unread
                case Expect(channel, prefix):
                    fitting = [n.payload for n in unread if n.channel == channel and n.payload.startswith(prefix)]
                    gave = fitting[0] if fitting else b""
            action = conversation.send(gave)
    except StopIteration as stop:
        return stop.value, heard
