"""Nordic Thingy:52: raw motion without clock or counter (protocols.md section 5).

Wire table (little-endian):

======  ======  ========================================================================================================
Config  9 B     u16 step interval ms, u16 temperature compensation ms, u16 magnetometer compensation ms, u16 motion
                frequency Hz (5-200), u8 wake on motion
Raw     18 B    acc 3 x i16 (g / 1024), gyro 3 x i16 (°/s / 32), compass 3 x i16 (µT / 16)
======  ======  ========================================================================================================

The gyroscope's numbers end at 1024 °/s. Release notes of the firmware tell of odd motion data in the first 10 s. The
direction of the axes on the case is unverified; it does not matter here.
"""

from __future__ import annotations

import struct

import numpy as np

from sensortrack.devices.device import (
    STANDARD_GRAVITY,
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
    nearest,
)
from sensortrack.model.samples import Clock, Frame, Packet, RawBlock


def _uuid(short: int) -> str:
    return f"ef68{short:04x}-9b35-4933-9b10-52ffa9740042"


ADVERTISED, SERVICE, CONFIG, RAW = (_uuid(short) for short in (0x0100, 0x0400, 0x0401, 0x0406))
RATES_HZ = (10.0, 25.0, 50.0, 100.0, 200.0)
ACC_G, GYR_DPS = 16.0, 1000.0
_CONFIG = struct.Struct("<HHHHB")
_DEFAULTS = (1000, 500, 500)
_ACC, _GYR = STANDARD_GRAVITY / 1024, float(np.radians(1 / 32))
_LENGTH = 18


def start(settings: Settings) -> Conversation:
    """Set the motion frequency, read what holds, subscribe."""
    rate_hz = nearest(RATES_HZ, settings.rate_hz)
    yield Write(CONFIG, _CONFIG.pack(*_DEFAULTS, round(rate_hz), 1))
    config = yield Read(CONFIG)
    if len(config) != _CONFIG.size:
        raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=config.hex(" "))
    yield Subscribe(RAW)
    return Settings(float(_CONFIG.unpack(config)[3]), ACC_G, GYR_DPS)


def stop(settings: Settings) -> Conversation:
    """Slow down to the frequency it had: a Thingy that nobody listens to goes on measuring."""
    yield Write(CONFIG, _CONFIG.pack(*_DEFAULTS, 10, 1))
    return settings


class ThingyDecoder:
    """Raw motion; the compass is left out."""

    def __init__(self, _settings: Settings) -> None:
        pass

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the sample of a raw packet."""
        if packet.channel != RAW:
            return []
        if len(packet.payload) != _LENGTH:
            raise FrameError("not 18 bytes", packet.payload)
        counts = np.frombuffer(packet.payload, "<i2", 6).astype(float)[None]
        saturated = bool((np.abs(counts) >= 32767).any())
        return [Frame(packet.received_s, counts[:, :3] * _ACC, counts[:, 3:] * _GYR, saturated=saturated)]


class ThingyEncoder:
    """A sensor that speaks as a Thingy:52 does; like it, it streams from the first subscription on."""

    def __init__(self) -> None:
        self.settings: Settings | None = Settings(10.0, ACC_G, GYR_DPS)
        self._config = _CONFIG.pack(*_DEFAULTS, 10, 1)

    def read(self, channel: str) -> bytes:
        """Give the configuration."""
        return self._config if channel == CONFIG else b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take a configuration."""
        if channel == CONFIG and len(payload) == _CONFIG.size and 5 <= _CONFIG.unpack(payload)[3] <= 200:
            self._config = payload
            self.settings = Settings(float(_CONFIG.unpack(payload)[3]), ACC_G, GYR_DPS)
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put each sample into a notification."""
        gyr = np.zeros((len(block), 3)) if block.gyr is None else block.gyr
        counts = np.concatenate((np.rint(block.acc / _ACC), np.rint(gyr / _GYR), np.zeros((len(block), 3))), axis=1)
        rows = np.clip(counts, -32768, 32767).astype("<i2")
        return [Notification(RAW, row.tobytes()) for row in rows]


DEVICE = Device(
    name="thingy52",
    title="Nordic Thingy:52",
    advertised_names=("Thingy",),
    advertised_uuids=(ADVERTISED,),
    services=(Service(SERVICE, (Characteristic(CONFIG, ("read", "write")), Characteristic(RAW, ("notify",)))),),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(),
    start=start,
    stop=stop,
    decoder=ThingyDecoder,
    encoder=ThingyEncoder,
)
