"""Adafruit's Bluetooth services (Circuit Playground Bluefruit, CLUE): floats, no clock (protocols.md section 7.1).

Wire table (little-endian):

=================  ==================  ====================================================
service 0200       0201 notify         acc 3 x f32 m/s²
service 0400       0401 notify         gyro 3 x f32 rad/s
in each service    0001 read, write    i32 measurement period, ms
=================  ==================  ====================================================

Acceleration and angular rate come apart. Circuit Playground Bluefruit has no gyroscope. How fast the boards really go
is unverified; the period that is read back is believed.
"""

from __future__ import annotations

import struct

import numpy as np

from sensortrack.devices.device import (
    Characteristic,
    Conversation,
    Device,
    DeviceError,
    DeviceProblem,
    FrameError,
    Notification,
    Read,
    Service,
    Settings,
    Subscribe,
    Write,
    checked,
    nearest,
)
from sensortrack.model.samples import Clock, Frame, Packet, RawBlock


def _uuid(short: int) -> str:
    return f"adaf{short:04x}-c332-42a8-93bd-25e905756cb8"


ACC_SERVICE, GYR_SERVICE, ACC, GYR, PERIOD = (_uuid(short) for short in (0x0200, 0x0400, 0x0201, 0x0401, 0x0001))
PERIODS = f"{ACC_SERVICE}/{PERIOD}", f"{GYR_SERVICE}/{PERIOD}"
RATES_HZ = (10.0, 20.0, 25.0, 50.0, 100.0)
_PERIOD = struct.Struct("<i")
_VECTOR = struct.Struct("<3f")
_DEFAULT_MS = 1000


def _start(gyroscope: bool, settings: Settings) -> Conversation:
    """Set both periods, read what holds, subscribe."""
    wanted_ms = round(1000 / nearest(RATES_HZ, settings.rate_hz))
    period_ms = wanted_ms
    for channel in PERIODS if gyroscope else PERIODS[:1]:
        yield Write(channel, _PERIOD.pack(wanted_ms))
        period = yield Read(channel)
        if len(period) != _PERIOD.size or _PERIOD.unpack(period)[0] <= 0:
            raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=period.hex(" "))
        period_ms = max(period_ms, _PERIOD.unpack(period)[0])
    yield Subscribe(ACC)
    if gyroscope:
        yield Subscribe(GYR)
    return Settings(1000 / period_ms, settings.acc_range_g, settings.gyr_range_dps, gyroscope=gyroscope)


def start(settings: Settings) -> Conversation:
    """Start a board with a gyroscope."""
    return _start(True, settings)


def start_acc(settings: Settings) -> Conversation:
    """Start a board without."""
    return _start(False, settings)


def stop(settings: Settings) -> Conversation:
    """Go back to the period it had."""
    for channel in PERIODS if settings.gyroscope else PERIODS[:1]:
        yield Write(channel, _PERIOD.pack(_DEFAULT_MS))
    return settings


class AdafruitDecoder:
    """Vectors of three floats."""

    def __init__(self, _settings: Settings) -> None:
        pass

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the sample of a packet, of one sensor."""
        if packet.channel not in (ACC, GYR):
            return []
        if len(packet.payload) != _VECTOR.size:
            raise FrameError("not 12 bytes", packet.payload)
        vector = np.array([_VECTOR.unpack(packet.payload)])
        acc, gyr = (vector, None) if packet.channel == ACC else (None, vector)
        return [checked(packet.payload, packet.received_s, acc, gyr)]


class AdafruitEncoder:
    """A board with Adafruit's services; it streams once a second until told otherwise."""

    def __init__(self, *, gyroscope: bool = True) -> None:
        self._periods = dict.fromkeys(PERIODS if gyroscope else PERIODS[:1], _PERIOD.pack(_DEFAULT_MS))
        self._has_gyr = gyroscope

    @property
    def settings(self) -> Settings | None:
        """The acceleration's period as a rate."""
        return Settings(1000 / _PERIOD.unpack(self._periods[PERIODS[0]])[0], gyroscope=self._has_gyr)

    def read(self, channel: str) -> bytes:
        """Give a period."""
        return self._periods.get(_in_service(channel), b"")

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take a period."""
        channel = _in_service(channel)
        if channel in self._periods and len(payload) == _PERIOD.size and _PERIOD.unpack(payload)[0] > 0:
            self._periods[channel] = payload
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put each vector into a notification."""
        sent = []
        for row in range(len(block)):
            sent.append(Notification(ACC, _VECTOR.pack(*block.acc[row])))
            if self._has_gyr and block.gyr is not None:
                sent.append(Notification(GYR, _VECTOR.pack(*block.gyr[row])))
        return sent


def _in_service(channel: str) -> str:
    """Write a channel with its service; where there is only one period it comes without."""
    return channel if "/" in channel else f"{ACC_SERVICE}/{channel}"


def _service(uuid: str, vector: str) -> Service:
    return Service(uuid, (Characteristic(vector, ("read", "notify")), Characteristic(PERIOD, ("read", "write"))))


DEVICE = Device(
    name="adafruit",
    title="Adafruit CLUE, Feather Sense",
    advertised_names=("CLUE",),
    advertised_uuids=(GYR_SERVICE,),
    services=(_service(ACC_SERVICE, ACC), _service(GYR_SERVICE, GYR)),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(),
    start=start,
    stop=stop,
    decoder=AdafruitDecoder,
    encoder=AdafruitEncoder,
)


def _without_gyroscope() -> AdafruitEncoder:
    return AdafruitEncoder(gyroscope=False)


BLUEFRUIT = Device(
    name="adafruit-acc",
    title="Adafruit Circuit Playground Bluefruit",
    advertised_names=("CPlay", "Circuit Playground"),
    advertised_uuids=(ACC_SERVICE,),
    services=(_service(ACC_SERVICE, ACC),),
    rates_hz=RATES_HZ,
    gyroscope=False,
    clock=Clock(),
    start=start_acc,
    stop=stop,
    decoder=AdafruitDecoder,
    encoder=_without_gyroscope,
)
