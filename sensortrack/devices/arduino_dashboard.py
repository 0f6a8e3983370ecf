"""Arduino boards with the "BLESense dashboard" sketch (Nano 33 BLE Sense, Nicla Sense ME; protocols.md section 7.2).

Wire table (little-endian):

====  ==================================
5001  acc 3 x f32, g
6001  gyro 3 x f32, °/s
====  ==================================

The sketch sends in the units of Arduino's libraries; the one for the Nicla may send others, which is unverified: then
`sensortrack doctor` finds gravity of another size. It sends as fast as its loop goes; the rate cannot be set, and the
100 Hz that its sensors run at is only where the clock begins.
"""

from __future__ import annotations

import struct

import numpy as np

from sensortrack.devices.device import (
    STANDARD_GRAVITY,
    Characteristic,
    Conversation,
    Device,
    FrameError,
    Notification,
    Service,
    Settings,
    Subscribe,
    checked,
)
from sensortrack.model.samples import Clock, Frame, Packet, RawBlock


def _uuid(short: int) -> str:
    return f"19b10000-{short:04x}-537e-4f6c-d104768a1214"


SERVICE, ACC, GYR = _uuid(0x0000), _uuid(0x5001), _uuid(0x6001)
RATES_HZ = (100.0,)
ACC_G, GYR_DPS = 4.0, 2000.0  # Arduino_LSM9DS1 and Arduino_BMI270 set these
_VECTOR = struct.Struct("<3f")


def start(_settings: Settings) -> Conversation:
    """Subscribe; nothing can be set."""
    yield Subscribe(ACC)
    yield Subscribe(GYR)
    return Settings(RATES_HZ[0], ACC_G, GYR_DPS)


def stop(settings: Settings) -> Conversation:
    """Nothing to say: it streams while somebody listens."""
    yield from ()
    return settings


class DashboardDecoder:
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
        if packet.channel == ACC:
            return [checked(packet.payload, packet.received_s, vector * STANDARD_GRAVITY, None)]
        return [checked(packet.payload, packet.received_s, None, np.radians(vector))]


class DashboardEncoder:
    """A board with the sketch."""

    def __init__(self) -> None:
        self.settings: Settings | None = Settings(RATES_HZ[0], ACC_G, GYR_DPS)

    def read(self, _channel: str) -> bytes:
        """Nothing needs to be read."""
        return b""

    def write(self, _channel: str, _payload: bytes) -> list[Notification]:
        """Nothing can be written."""
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put each vector into a notification."""
        sent = []
        for row in range(len(block)):
            sent.append(Notification(ACC, _VECTOR.pack(*block.acc[row] / STANDARD_GRAVITY)))
            if block.gyr is not None:
                sent.append(Notification(GYR, _VECTOR.pack(*np.degrees(block.gyr[row]))))
        return sent


DEVICE = Device(
    name="arduino",
    title="Arduino with the BLESense dashboard sketch",
    advertised_names=("BLESense", "NiclaSenseME"),
    advertised_uuids=(SERVICE,),
    services=(Service(SERVICE, (Characteristic(ACC, ("read", "notify")), Characteristic(GYR, ("read", "notify")))),),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(),
    start=start,
    stop=stop,
    decoder=DashboardDecoder,
    encoder=DashboardEncoder,
)
