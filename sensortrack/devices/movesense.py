"""Movesense sensors with the GATT SensorData Protocol (protocols.md section 1).

Wire table (little-endian):

=======  =====================  ======================================================================================
Command  cmd, ref, payload      0 hello; 1 subscribe, a path such as /Meas/IMU6/104; 2 unsubscribe
Data     01 ref u16 status      the reply to a command, 200 is good; to hello: 01 ref version, or 01 ref "Hello"
Data     02 ref u32 f32...      ms since boot of the first sample, then N acc x y z m/s², then N gyro x y z °/s
Data     03 ref ...             the rest of the 02 before it, which did not fit
=======  =====================  ======================================================================================

Needs default firmware 2.3 or the sample `gatt_sensordata_app`: older firmware speaks another protocol. The ranges are
the firmware's own and cannot be set this way; which they are is unverified.
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
    Expect,
    FrameError,
    Notification,
    Service,
    Settings,
    Subscribe,
    Write,
    checked,
    nearest,
    sig_uuid,
)
from sensortrack.model.samples import Clock, Frame, Packet, RawBlock

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMAND, DATA = (f"3480000{number}-7185-4d5d-b431-630e7050e8f0" for number in (1, 2))
ADVERTISED = sig_uuid(0xFDF3)
RATES_HZ = (13.0, 26.0, 52.0, 104.0, 208.0)
_HELLO, _SUBSCRIBE, _UNSUBSCRIBE = 0, 1, 2
_REPLY, _DATA, _REST = 1, 2, 3
_HELLO_REF, _REF = 1, 99  # any numbers but 0
_OK, _CONFLICT = 200, 409  # as in HTTP
_HEAD = struct.Struct("<BBI")
_PAYLOAD = 158  # of the firmware's MTU of 161
_LONGEST = 6 + 24 * 128  # what the fastest rate would send ten times a second


def start(settings: Settings) -> Conversation:
    """Greet, then subscribe to acceleration and angular rate."""
    rate_hz = nearest(RATES_HZ, settings.rate_hz)
    yield Subscribe(DATA)
    yield Write(COMMAND, bytes([_HELLO, _HELLO_REF]))
    if not (yield Expect(DATA, bytes([_REPLY, _HELLO_REF]))):
        raise DeviceError(DeviceProblem.NO_REPLY)
    subscribe = bytes([_SUBSCRIBE, _REF]) + f"/Meas/IMU6/{rate_hz:.0f}".encode()
    reply = b""
    for _ in range(2):
        yield Write(COMMAND, subscribe)
        reply = yield Expect(DATA, bytes([_REPLY, _REF]))
        if _status(reply) != _CONFLICT:
            break
        yield Write(COMMAND, bytes([_UNSUBSCRIBE, _REF]))  # left from a connection that was lost
        yield Expect(DATA, bytes([_REPLY, _REF]))
    if not reply:
        raise DeviceError(DeviceProblem.NO_REPLY)
    if _status(reply) != _OK:
        raise DeviceError(DeviceProblem.REFUSED, found=reply.hex(" "))
    return Settings(rate_hz, settings.acc_range_g, settings.gyr_range_dps)


def _status(reply: bytes) -> int:
    return int.from_bytes(reply[2:4], "little")


def stop(settings: Settings) -> Conversation:
    """End the subscription."""
    yield Write(COMMAND, bytes([_UNSUBSCRIBE, _REF]))
    return settings


class MovesenseDecoder:
    """Data packets; one that came in two parts is put together first."""

    def __init__(self, _settings: Settings) -> None:
        self._begun = b""

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples that this packet completes."""
        payload = packet.payload
        if packet.channel != DATA or payload[:1] == bytes([_REPLY]):
            return []
        if payload[:2] not in (bytes([_DATA, _REF]), bytes([_REST, _REF])):
            raise FrameError("neither a reply nor data", payload)
        begun, self._begun = self._begun, b""
        if payload[0] == _DATA:
            data, lost = payload, begun
        else:
            data, lost = begun + payload[2:], b""
            if not begun:
                raise FrameError("a second part without its first", payload)
        frames = self._complete(data, packet.received_s)
        if lost:
            raise FrameError("a first part without its second", lost, frames)
        return frames

    def _complete(self, data: bytes, received_s: float) -> list[Frame]:
        values = len(data) - _HEAD.size
        if values <= 0 or len(data) > _LONGEST:
            raise FrameError("no samples", data)
        if values % 24:
            self._begun = data
            return []
        stamp_ms = _HEAD.unpack_from(data)[2]
        numbers = np.frombuffer(data, "<f4", offset=_HEAD.size).astype(float).reshape(2, -1, 3)
        return [checked(data, received_s, numbers[0], np.radians(numbers[1]), stamp_s=stamp_ms * 1e-3)]


class MovesenseEncoder:
    """A sensor that speaks as Movesense's default firmware does."""

    def __init__(self) -> None:
        self.settings: Settings | None = None
        self._waiting: RawBlock | None = None

    def read(self, _channel: str) -> bytes:
        """Nothing can be read."""
        return b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take hello, subscribe and unsubscribe."""
        if channel != COMMAND or len(payload) < 2:
            return []
        ref = payload[1]
        if payload[0] == _HELLO:
            return [_reply(ref, b"\x01" + b"174630000123\0Movesense\0\0default\x002.3.1\0")]
        if payload[0] == _UNSUBSCRIBE:
            self.settings = None
            return [_reply(ref, _OK.to_bytes(2, "little"))]
        path = payload[2:].decode(errors="replace")
        rates = {f"/Meas/IMU6/{rate_hz:.0f}": rate_hz for rate_hz in RATES_HZ}
        if payload[0] != _SUBSCRIBE or path not in rates:
            return [_reply(ref, (404).to_bytes(2, "little"))]
        if self.settings is not None:
            return [_reply(ref, _CONFLICT.to_bytes(2, "little"))]
        self.settings, self._waiting = Settings(rates[path]), None
        return [_reply(ref, _OK.to_bytes(2, "little"))]

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into packets, thirteen a second."""
        if self.settings is None:
            return []
        if self._waiting is not None:
            block = self._waiting + block
        size = round(self.settings.rate_hz / 13)
        whole = len(block) // size * size
        self._waiting = block[whole:] if whole < len(block) else None
        return [each for begin in range(0, whole, size) for each in _packed(block[begin : begin + size])]


def _reply(ref: int, body: bytes) -> Notification:
    return Notification(DATA, bytes([_REPLY, ref]) + body)


def _packed(part: RawBlock) -> list[Notification]:
    gyr = np.zeros((len(part), 3)) if part.gyr is None else np.degrees(part.gyr)
    head = _HEAD.pack(_DATA, _REF, round(float(part.time_s[0]) * 1e3) % 2**32)
    data = head + np.concatenate((part.acc, gyr)).astype("<f4").tobytes()
    parts = [data[:_PAYLOAD]]
    for begin in range(_PAYLOAD, len(data), _PAYLOAD - 2):
        parts.append(bytes([_REST, _REF]) + data[begin : begin + _PAYLOAD - 2])
    return [Notification(DATA, each) for each in parts]


DEVICE = Device(
    name="movesense",
    title="Movesense",
    advertised_names=("Movesense",),
    advertised_uuids=(ADVERTISED, SERVICE),
    services=(Service(SERVICE, (Characteristic(COMMAND, ("write",)), Characteristic(DATA, ("notify",)))),),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(stamps="first", wrap_s=2**32 * 1e-3),
    start=start,
    stop=stop,
    decoder=MovesenseDecoder,
    encoder=MovesenseEncoder,
)
