"""Xsens DOT and Movella DOT, streaming rate quantities (protocols.md section 2).

Wire table (little-endian):

=================  =========  =======================================================================================
Device control     32 B       u8 which fields are meant (bit 4: output rate), ..., u16 output rate Hz at 24
Control            3 B        01, 1 start or 0 stop, mode: 15 is rate quantities
Medium payload     28-40 B    u32 µs since boot, acc 3 x f32 m/s² with gravity, gyro 3 x f32 °/s; then padding
=================  =========  =======================================================================================

Modes of sensor fusion hold free acceleration in the frame of the earth; they are not used. 60 Hz is the most that it
streams, and the rate is kept in its flash memory.
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
    return f"1517{short:04x}-4947-11e9-8646-d663bd873d93"


CONFIGURATION, MEASUREMENT = _uuid(0x1000), _uuid(0x2000)
DEVICE_CONTROL, CONTROL, PAYLOAD = _uuid(0x1002), _uuid(0x2001), _uuid(0x2003)
RATES_HZ = (10.0, 12.0, 15.0, 20.0, 30.0, 60.0)
ACC_G, GYR_DPS = 16.0, 2000.0
_MODE = 0x15
_RATE_AT, _RATE_IS_MEANT = 24, 0x10
_SAMPLE = struct.Struct("<I6f")
_PADDED = 40


def start(settings: Settings) -> Conversation:
    """Stop what runs, set the rate, read what holds, subscribe, start."""
    yield Write(CONTROL, bytes([1, 0, _MODE]))
    control = yield Read(DEVICE_CONTROL)
    if len(control) < _RATE_AT + 2:
        raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=control.hex(" "))
    wanted = bytearray(control)
    wanted[0] = _RATE_IS_MEANT
    struct.pack_into("<H", wanted, _RATE_AT, round(nearest(RATES_HZ, settings.rate_hz)))
    if wanted[_RATE_AT:] != control[_RATE_AT:]:
        yield Write(DEVICE_CONTROL, bytes(wanted))
        control = yield Read(DEVICE_CONTROL)
    yield Subscribe(PAYLOAD)
    yield Write(CONTROL, bytes([1, 1, _MODE]))
    return Settings(float(struct.unpack_from("<H", control, _RATE_AT)[0]), ACC_G, GYR_DPS)


def stop(settings: Settings) -> Conversation:
    """Stop the measurement."""
    yield Write(CONTROL, bytes([1, 0, _MODE]))
    return settings


class DotDecoder:
    """Rate quantities, one sample each."""

    def __init__(self, _settings: Settings) -> None:
        pass

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the sample of a payload."""
        if packet.channel != PAYLOAD:
            return []
        if not _SAMPLE.size <= len(packet.payload) <= _PADDED:
            raise FrameError("not 28 to 40 bytes", packet.payload)
        stamp_us, *values = _SAMPLE.unpack_from(packet.payload)
        acc, gyr = np.array([values[:3]]), np.radians([values[3:]])
        return [checked(packet.payload, packet.received_s, acc, gyr, stamp_s=stamp_us * 1e-6)]


class DotEncoder:
    """A sensor that speaks as a DOT does."""

    def __init__(self) -> None:
        self.settings: Settings | None = None
        self._control = bytearray(32)
        struct.pack_into("<H", self._control, _RATE_AT, 60)

    def read(self, channel: str) -> bytes:
        """Give the device control."""
        return bytes(self._control) if channel == DEVICE_CONTROL else b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take the rate, while it does not measure, and start and stop."""
        if channel == DEVICE_CONTROL and len(payload) == 32 and payload[0] & _RATE_IS_MEANT and not self.settings:
            self._control[_RATE_AT : _RATE_AT + 2] = payload[_RATE_AT : _RATE_AT + 2]
        if channel == CONTROL and len(payload) == 3 and payload[0] == 1 and payload[2] == _MODE:
            rate_hz = float(struct.unpack_from("<H", self._control, _RATE_AT)[0])
            self.settings = Settings(rate_hz, ACC_G, GYR_DPS) if payload[1] else None
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put each sample into a payload, padded as some firmwares do."""
        if self.settings is None:
            return []
        gyr = np.zeros((len(block), 3)) if block.gyr is None else np.degrees(block.gyr)
        return [
            Notification(PAYLOAD, _SAMPLE.pack(round(at_s * 1e6) % 2**32, *acc, *rate).ljust(_PADDED, b"\0"))
            for at_s, acc, rate in zip(block.time_s, block.acc, gyr, strict=True)
        ]


DEVICE = Device(
    name="movella-dot",
    title="Movella DOT, Xsens DOT",
    advertised_names=("Movella DOT", "Xsens DOT"),
    advertised_uuids=(CONFIGURATION,),
    services=(
        Service(CONFIGURATION, (Characteristic(DEVICE_CONTROL, ("read", "write")),)),
        Service(MEASUREMENT, (Characteristic(CONTROL, ("read", "write")), Characteristic(PAYLOAD, ("notify",)))),
    ),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(stamps="first", wrap_s=2**32 * 1e-6),
    start=start,
    stop=stop,
    decoder=DotDecoder,
    encoder=DotEncoder,
)
