"""The project's own GATT profile, for anyone who writes firmware: `firmware_notes/profile.md` is its specification.

Wire table (little-endian; protocols.md section 8.2 is the proposal it follows):

=======  ======  ===============================================================================================
Info     18 B    u8 version, u8 axes (1 acc, 2 gyr), u16 reserved, f32 m/s² per LSB, f32 °/s per LSB, u16 rate Hz,
                 u16 acc range g, u16 gyr range °/s
Data     frames  u8 version (bits 0-3), gyroscope (bit 4), saturated (bit 7); u8 samples; u16 sequence;
                 u32 time of the first sample µs; per sample i16 acc x y z [gyr x y z], oldest first
Control  write   00 stop; 01 start, u16 rate Hz, u16 acc range g, u16 gyr range °/s; indicated reply: op, status, then
                 for start the same three numbers as they now are
=======  ======  ===============================================================================================
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
    Read,
    Service,
    Settings,
    Subscribe,
    Write,
)
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet, RawBlock


def _uuid(short: int) -> str:
    return f"5e75{short:04x}-7d5c-4a0e-9f7b-3b1a8c46d2e1"


SERVICE, INFO, DATA, CONTROL = (_uuid(short) for short in range(4))

VERSION = 1
_GYROSCOPE, _SATURATED = 0x10, 0x80
_STOP, _START = 0, 1
_INFO = struct.Struct("<BBHffHHH")
_HEADER = struct.Struct("<BBHI")
_RANGES = struct.Struct("<HHH")
RATES_HZ = (25.0, 50.0, 100.0, 200.0, 400.0)
_PAYLOAD = 244  # the largest notification that fits one 251-byte link packet (protocols.md section 8.3)
_FLUSH_S = 0.04  # a frame is sent after this long at most (protocols.md section 8.3)


def start(settings: Settings) -> Conversation:
    """Start, read the scales that then hold, and subscribe."""
    yield Subscribe(CONTROL)
    ranges = round(settings.rate_hz), round(settings.acc_range_g), round(settings.gyr_range_dps)
    yield Write(CONTROL, bytes([_START]) + _RANGES.pack(*ranges))
    reply = yield Expect(CONTROL, bytes([_START]))
    if not reply:
        raise DeviceError(DeviceProblem.NO_REPLY)
    if len(reply) < 2 + _RANGES.size or reply[1] != 0:
        raise DeviceError(DeviceProblem.REFUSED, found=reply.hex(" "))
    rate_hz, acc_range_g, gyr_range_dps = _RANGES.unpack_from(reply, 2)
    info = yield Read(INFO)
    if len(info) < _INFO.size or info[0] != VERSION:
        raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=info.hex(" "))
    yield Subscribe(DATA)  # last: a frame cannot be decoded before the scales are known
    return Settings(rate_hz, acc_range_g, gyr_range_dps, gyroscope=bool(info[1] & 2))


def stop(settings: Settings) -> Conversation:
    """Stop the stream."""
    yield Write(CONTROL, bytes([_STOP]))
    return settings


class ProfileDecoder:
    """Frames of the own profile; the scales come from the Info characteristic, which is read at each start."""

    def __init__(self, _settings: Settings) -> None:
        self._scale: tuple[float, float] | None = None

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the frame of one data packet; remember the scales of an info packet."""
        if packet.channel == INFO:
            self._read_scales(packet.payload)
            return []
        return [self._frame(packet)] if packet.channel == DATA else []

    def _read_scales(self, payload: bytes) -> None:
        if len(payload) < _INFO.size or payload[0] != VERSION:
            raise FrameError("info of another version", payload)
        scales = _INFO.unpack_from(payload)[3:5]
        if not all(0 < scale < 1e3 for scale in scales):
            raise FrameError("scales that cannot be", payload)
        self._scale = scales[0], float(np.radians(scales[1]))

    def _frame(self, packet: Packet) -> Frame:
        payload = packet.payload
        if len(payload) < _HEADER.size:
            raise FrameError("shorter than a header", payload)
        flags, samples, sequence, stamp_us = _HEADER.unpack_from(payload)
        axes = 6 if flags & _GYROSCOPE else 3
        if flags & 0x0F != VERSION:
            raise FrameError("another version", payload)
        if samples == 0 or len(payload) < _HEADER.size + 2 * axes * samples:
            raise FrameError("shorter than its samples", payload)
        if self._scale is None:
            raise FrameError("a frame before the scales are known", payload)
        counts = np.frombuffer(payload, "<i2", axes * samples, _HEADER.size).reshape(samples, axes).astype(float)
        gyr = counts[:, 3:] * self._scale[1] if axes == 6 else None
        acc = counts[:, :3] * self._scale[0]
        return Frame(packet.received_s, acc, gyr, stamp_us * 1e-6, sequence, bool(flags & _SATURATED))


class ProfileEncoder:
    """A sensor that speaks the own profile: 16-bit samples over the whole range, frames of 40 ms.

    Parameters
    ----------
    gyroscope
        Whether it has one.
    """

    def __init__(self, *, gyroscope: bool = True) -> None:
        self.settings: Settings | None = None
        self._ranges = Settings(gyroscope=gyroscope)
        self._sequence = 0
        self._waiting: RawBlock | None = None

    def read(self, channel: str) -> bytes:
        """Give the Info characteristic; everything else is empty."""
        if channel != INFO:
            return b""
        ranges = self._ranges
        numbers = round(ranges.rate_hz), round(ranges.acc_range_g), round(ranges.gyr_range_dps)
        return _INFO.pack(VERSION, 3 if ranges.gyroscope else 1, 0, *self._scales(), *numbers)

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take start and stop; a rate that is not known gives the nearest."""
        if channel != CONTROL or not payload:
            return []
        if payload[0] == _START and len(payload) == 1 + _RANGES.size:
            rate_hz, acc_range_g, gyr_range_dps = _RANGES.unpack_from(payload, 1)
            rate_hz = min(RATES_HZ, key=lambda known: abs(known - rate_hz))
            self._ranges = Settings(rate_hz, acc_range_g, gyr_range_dps, gyroscope=self._ranges.gyroscope)
            self.settings, self._waiting = self._ranges, None
            reply = bytes([_START, 0]) + _RANGES.pack(round(rate_hz), acc_range_g, gyr_range_dps)
            return [Notification(CONTROL, reply)]
        if payload[0] == _STOP:
            self.settings = None
        return [Notification(CONTROL, bytes([payload[0], 0 if payload[0] == _STOP else 1]))]

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into frames."""
        if self.settings is None:
            return []
        if self._waiting is not None:
            block = self._waiting + block
        axes = 6 if self.settings.gyroscope else 3
        most = min((_PAYLOAD - _HEADER.size) // (2 * axes), max(1, round(_FLUSH_S * self.settings.rate_hz)))
        whole = len(block) // most * most
        self._waiting = block[whole:] if whole < len(block) else None
        return [self._pack(block[begin : begin + most]) for begin in range(0, whole, most)]

    def _scales(self) -> tuple[float, float]:
        scales = self._ranges.acc_range_g * 9.80665 / 32768, self._ranges.gyr_range_dps / 32768
        return tuple(np.float32(scale).item() for scale in scales)  # type: ignore[return-value]  # two in, two out

    def _pack(self, part: RawBlock) -> Notification:
        acc_scale, gyr_scale = self._scales()
        columns: list[FloatArray] = [part.acc / acc_scale]
        flags = VERSION
        if self.settings is not None and self.settings.gyroscope and part.gyr is not None:
            columns.append(np.degrees(part.gyr) / gyr_scale)
            flags |= _GYROSCOPE
        counts = np.rint(np.concatenate(columns, axis=1))
        flags |= _SATURATED if counts.max() >= 32767 or counts.min() <= -32768 else 0
        stamp_us = round(float(part.time_s[0]) * 1e6) % 2**32
        header = _HEADER.pack(flags, len(part), self._sequence, stamp_us)
        self._sequence = (self._sequence + 1) % 2**16
        return Notification(DATA, header + np.clip(counts, -32768, 32767).astype("<i2").tobytes())


DEVICE = Device(
    name="sensortrack",
    title="a sensor with the sensortrack profile",
    advertised_names=("sensortrack",),
    advertised_uuids=(SERVICE,),
    services=(
        Service(
            SERVICE,
            (
                Characteristic(INFO, ("read",)),
                Characteristic(DATA, ("notify",)),
                Characteristic(CONTROL, ("write", "indicate")),
            ),
        ),
    ),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(stamps="first", wrap_s=2**32 * 1e-6, counter_modulus=2**16),
    start=start,
    stop=stop,
    decoder=ProfileDecoder,
    encoder=ProfileEncoder,
)
