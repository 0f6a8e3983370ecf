"""Polar Measurement Data: H10 and OH1 (acceleration), Verity Sense (acceleration and angular rate).

Wire table (little-endian; protocols.md section 6):

=======  ==========================  =================================================================================
Control  01 type                     which settings: reply F0 01 type error more, then TLV
Control  02 type TLV...              start: reply F0 02 type error more, then TLV with the conversion factor
Control  03 type                     stop
Data     type, u64, u8, samples      2 acc, 5 gyro; ns since 2000 of the last sample; frame type, bit 7: compressed
=======  ==========================  =================================================================================

TLV: u8 type, u8 count, values: 0 rate u16, 1 resolution u16, 2 range u16, 4 channels u8, 5 factor f32. The three are
told apart by name: they advertise the same. Start bytes of the Verity Sense's gyroscope and the OH1's rates are by
analogy, unverified; both are asked for before they are used.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Generator
from functools import partial

import numpy as np

from sensortrack.devices.device import (
    STANDARD_GRAVITY,
    Action,
    Characteristic,
    Conversation,
    Device,
    DeviceError,
    DeviceProblem,
    Expect,
    FrameError,
    Service,
    Settings,
    Subscribe,
    Write,
    checked,
    nearest,
)
from sensortrack.devices.polar_delta import CHANNELS, DeltaError, signed, unpack
from sensortrack.devices.polar_encoder import PolarEncoder
from sensortrack.devices.polar_wire import (
    ACC,
    ALREADY,
    CHANNEL_COUNT,
    CHARGING,
    COMPRESSED,
    CONTROL,
    DATA,
    FACTOR,
    GYR,
    HEAD,
    RANGE,
    RATE,
    REPLY,
    RESOLUTION,
    SERVICE,
    SETTINGS,
    SIZES,
    START,
    STOP,
    tlv,
)
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet

_MILLI = STANDARD_GRAVITY / 1000
_DEGREE = math.pi / 180
_TYPES = 0x3F


def start(gyroscope: bool, settings: Settings) -> Conversation:
    """Start acceleration, and angular rate where there is one, with the nearest settings that are offered."""
    yield Subscribe(CONTROL)
    yield Subscribe(DATA)
    acc = yield from _start_one(ACC, settings.rate_hz, settings.acc_range_g)
    rate_hz, acc_range_g, gyr_range_dps = float(acc[RATE]), float(acc[RANGE]), settings.gyr_range_dps
    if gyroscope:
        gyr = yield from _start_one(GYR, rate_hz, settings.gyr_range_dps)
        gyr_range_dps = float(gyr[RANGE])
    return Settings(rate_hz, acc_range_g, gyr_range_dps, gyroscope=gyroscope)


def _start_one(kind: int, rate_hz: float, full_scale: float) -> Generator[Action, bytes, dict[int, int]]:
    """Ask what is offered, start with the nearest; give what was chosen."""
    reply = yield from _asked(bytes([SETTINGS, kind]))
    offered = {key: values for key, values in tlv(reply[5:]).items() if key in (RATE, RESOLUTION, RANGE, CHANNEL_COUNT)}
    if not {RATE, RANGE} <= offered.keys():
        raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=reply.hex(" "))
    wanted = {RATE: rate_hz, RANGE: full_scale}
    chosen = {key: int(nearest(sorted(values), wanted.get(key, max(values)))) for key, values in offered.items()}
    told = b"".join(bytes([key, 1]) + value.to_bytes(SIZES[key], "little") for key, value in chosen.items())
    yield from _asked(bytes([START, kind]) + told)
    return chosen


def _asked(request: bytes) -> Generator[Action, bytes, bytes]:
    """Send a request, give the reply; a stream that is left from before is stopped first."""
    for _ in range(2):
        yield Write(CONTROL, request)
        reply = yield Expect(CONTROL, bytes([REPLY, *request[:2]]))
        if len(reply) < 4:
            raise DeviceError(DeviceProblem.NO_REPLY)
        if reply[3] != ALREADY:
            break
        yield Write(CONTROL, bytes([STOP, request[1]]))
        yield Expect(CONTROL, bytes([REPLY, STOP, request[1]]))
    if reply[3] == CHARGING:
        raise DeviceError(DeviceProblem.CHARGING)
    if reply[3] != 0:
        raise DeviceError(DeviceProblem.REFUSED, found=reply.hex(" "))
    return reply


def stop(gyroscope: bool, settings: Settings) -> Conversation:
    """Stop the streams."""
    for kind in (ACC, GYR) if gyroscope else (ACC,):
        yield Write(CONTROL, bytes([STOP, kind]))
        yield Expect(CONTROL, bytes([REPLY, STOP, kind]))
    return settings


class PolarDecoder:
    """Data frames; conversion factors come with the replies to the start commands."""

    def __init__(self, _settings: Settings) -> None:
        self._factors: dict[int, float] = {}

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples of a data packet; remember the factor of a start reply."""
        if packet.channel == CONTROL:
            self._remember(packet.payload)
            return []
        return [self._frame(packet)] if packet.channel == DATA else []

    def _remember(self, payload: bytes) -> None:
        if len(payload) < 4 or payload[0] != REPLY or payload[1] != START or payload[3] != 0:
            return
        factor = tlv(payload[5:]).get(FACTOR)
        if factor is None:
            return
        (value,) = struct.unpack("<f", factor[0].to_bytes(4, "little"))
        if not 0 < value < 1e3:
            raise FrameError("a factor that cannot be", payload)
        self._factors[payload[2]] = float(value)

    def _frame(self, packet: Packet) -> Frame:
        payload = packet.payload
        if len(payload) < HEAD.size:
            raise FrameError("shorter than a header", payload)
        kind, stamp_ns, form = HEAD.unpack_from(payload)
        kind &= _TYPES
        if kind not in (ACC, GYR):
            raise FrameError("another measurement", payload)
        try:
            values = self._acc(form, payload) if kind == ACC else self._gyr(form, payload)
        except DeltaError as error:
            raise FrameError(str(error), payload) from error
        acc, gyr = (values, None) if kind == ACC else (None, values)
        return checked(payload, packet.received_s, acc, gyr, stamp_s=stamp_ns * 1e-9)

    def _acc(self, form: int, payload: bytes) -> FloatArray:
        """Give m/s²."""
        data = payload[HEAD.size :]
        if form == COMPRESSED:  # units of the factor, in g
            return _whole(data, 2) * (self._factor(ACC, payload) * STANDARD_GRAVITY)
        if form == COMPRESSED | 1:
            return _whole(data, 2) * (_MILLI * self._factors.get(ACC, 1.0))
        if form in (0, 1, 2):
            return _raw(data, form + 1, payload) * _MILLI
        raise FrameError("another frame type", payload)

    def _gyr(self, form: int, payload: bytes) -> FloatArray:
        """Give rad/s."""
        data = payload[HEAD.size :]
        if form == COMPRESSED:
            return _whole(data, 2) * (self._factor(GYR, payload) * _DEGREE)
        if form == COMPRESSED | 1:  # the bit patterns of floats, as whole numbers
            patterns = unpack(data, 4)
            return (patterns & 0xFFFFFFFF).astype(np.uint32).view(np.float32).astype(float) * _DEGREE
        raise FrameError("another frame type", payload)

    def _factor(self, kind: int, payload: bytes) -> float:
        factor = self._factors.get(kind)
        if factor is None:
            raise FrameError("a frame before its factor is known", payload)
        return factor


def _whole(data: bytes, width: int) -> FloatArray:
    return unpack(data, width).astype(float)


def _raw(data: bytes, width: int, payload: bytes) -> FloatArray:
    """Read whole numbers of 8, 16 or 24 bits."""
    size = CHANNELS * width
    if not data or len(data) % size:
        raise FrameError("not whole samples", payload)
    return signed(np.frombuffer(data, np.uint8).reshape(-1, CHANNELS, width)).astype(float)


def _device(name: str, title: str, names: tuple[str, ...], rates_hz: tuple[float, ...], *, gyroscope: bool) -> Device:
    return Device(
        name=name,
        title=title,
        advertised_names=names,
        advertised_uuids=(),
        services=(
            Service(
                SERVICE,
                (Characteristic(CONTROL, ("read", "write", "indicate")), Characteristic(DATA, ("notify",))),
            ),
        ),
        rates_hz=rates_hz,
        gyroscope=gyroscope,
        clock=Clock(stamps="last"),
        start=partial(start, gyroscope),
        stop=partial(stop, gyroscope),
        decoder=PolarDecoder,
        encoder=partial(PolarEncoder, rates_hz, gyroscope=gyroscope),
    )


H10 = _device("polar-h10", "Polar H10", ("Polar H10",), (25.0, 50.0, 100.0, 200.0), gyroscope=False)
VERITY = _device("polar-verity", "Polar Verity Sense", ("Polar Sense", "Polar Verity"), (52.0,), gyroscope=True)
OH1 = _device("polar-oh1", "Polar OH1", ("Polar OH1",), (50.0,), gyroscope=False)
DEVICES = (H10, VERITY, OH1)
