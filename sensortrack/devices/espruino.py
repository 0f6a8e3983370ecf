"""Espruino's Puck.js v2 over the Nordic UART: a small program is sent, lines of text come (protocols.md section 7.4).

Wire table (text, lines end in LF or CR LF):

====  =================================================================================================
RX    JavaScript, in pieces of 20 bytes
TX    ``t,ax,ay,az,gx,gy,gz``: ms of the device's clock, raw integers of the LSM6DS3 (245 °/s / 32768)
====  =================================================================================================

Sources disagree on the accelerometer's scale (8192 or 16384 per g): it is taken from the first samples, of which half
or more should be near gravity's size. A line is about 40 bytes, so that 52 Hz is the most that is asked for. Nothing of
this was tried on a board.
"""

from __future__ import annotations

import re
from collections.abc import Generator

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
    Notification,
    Service,
    Settings,
    Subscribe,
    Wait,
    Write,
    checked,
    nearest,
)
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet, RawBlock

SERVICE, RX, TX = (f"6e40000{number}-b5a3-f393-e0a9-e50e24dcca9e" for number in (1, 2, 3))
RATES_HZ = (12.5, 26.0, 52.0)
ACC_G, GYR_DPS = 4.0, 245.0
READY = b"sensortrack"
_GYR = float(np.radians(GYR_DPS)) / 32768
_SCALES = (8192.0, 16384.0)  # per g
_BETWEEN = 11585.0  # their geometric mean
_FIRST = 16  # samples that tell the scale
_PIECE = 20  # bytes that every connection can carry
_LINE = 120  # a longer line is none
_RESET_S = 1.0
_PROGRAM = (
    "\x10Puck.on('accel',function(d){{var a=d.acc,g=d.gyro;"
    "Bluetooth.println([Math.round(getTime()*1000),a.x,a.y,a.z,g.x,g.y,g.z].join(','))}});\n"
    "\x10Puck.accelOn({rate:g});Bluetooth.println('{ready}');\n"
)


def start(settings: Settings) -> Conversation:
    """Clear what runs there, send the program, wait until it says that it is there."""
    rate_hz = nearest(RATES_HZ, settings.rate_hz)
    yield Subscribe(TX)
    yield from _typed("\x03\x10reset();\n")
    yield Wait(_RESET_S)
    yield from _typed(_PROGRAM.format(rate=rate_hz, ready=READY.decode()))
    if not (yield Expect(TX)):
        raise DeviceError(DeviceProblem.NO_REPLY)
    return Settings(rate_hz, ACC_G, GYR_DPS)


def stop(settings: Settings) -> Conversation:
    """End the program."""
    yield from _typed("\x03\x10reset();\n")
    return settings


def _typed(text: str) -> Generator[Action, bytes, None]:
    data = text.encode()
    for begin in range(0, len(data), _PIECE):
        yield Write(RX, data[begin : begin + _PIECE])


class EspruinoDecoder:
    """Lines of text, cut anywhere; words of the interpreter between them are passed over."""

    def __init__(self, _settings: Settings) -> None:
        self._rest = b""
        self._first: list[FloatArray] = []
        self._scale: float | None = None

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples of the lines that this packet ends."""
        if packet.channel != TX:
            return []
        *lines, self._rest = (self._rest + packet.payload).split(b"\n")
        frames: list[Frame] = []
        odd = b""
        if len(self._rest) > _LINE:
            odd, self._rest = self._rest, b""
        for line in lines:
            if _SAMPLE.fullmatch(line := line.strip()):
                try:
                    frames += self._sample(line, packet.received_s)
                except FrameError:
                    odd = line
            elif line[:1].isdigit() or line[:1] == b"-":
                odd = line
        if odd:
            raise FrameError("no line of a sample", odd, frames)
        return frames

    def _sample(self, line: bytes, received_s: float) -> list[Frame]:
        stamp_ms, *values = (float(each) for each in line.split(b","))
        acc, gyr = np.array([values[:3]]), np.array([values[3:]]) * _GYR
        if not stamp_ms < 1e14:
            raise FrameError("values that cannot be", line)
        if self._scale is None:
            checked(line, received_s, acc / _SCALES[0], gyr)
            self._first.append(acc)
            if len(self._first) == _FIRST:
                norm = float(np.median(np.linalg.norm(np.concatenate(self._first), axis=1)))
                self._scale = _SCALES[int(norm > _BETWEEN)]
            return []
        return [checked(line, received_s, acc * STANDARD_GRAVITY / self._scale, gyr, stamp_s=stamp_ms * 1e-3)]


_NUMBER = rb"-?\d{1,20}(?:\.\d{1,9})?"
_SAMPLE = re.compile(_NUMBER + rb"(?:," + _NUMBER + rb"){6}")


class EspruinoEncoder:
    """A Puck.js that takes the program and plays it."""

    def __init__(self) -> None:
        self.settings: Settings | None = None
        self._typed = b""

    def read(self, _channel: str) -> bytes:
        """Nothing can be read."""
        return b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take JavaScript; what it understands is accelOn and reset."""
        if channel != RX:
            return []
        self._typed += payload
        *lines, self._typed = self._typed.split(b"\n")
        sent: list[Notification] = []
        for line in lines:
            if b"reset()" in line:
                self.settings = None
                sent.append(Notification(TX, b"=undefined\r\n>"))
            if found := re.search(rb"accelOn\(([\d.]+)\)", line):
                self.settings = Settings(float(found[1]), ACC_G, GYR_DPS)
            if READY in line:
                sent.append(Notification(TX, READY + b"\r\n"))
        return sent

    def encode(self, block: RawBlock) -> list[Notification]:
        """Write each sample as a line, in pieces."""
        if self.settings is None:
            return []
        acc = np.rint(block.acc / STANDARD_GRAVITY * _SCALES[0])
        gyr = np.zeros((len(block), 3)) if block.gyr is None else np.rint(block.gyr / _GYR)
        counts = np.clip(np.concatenate((acc, gyr), axis=1), -32768, 32767).astype(int)
        sent = []
        for at_s, row in zip(block.time_s, counts, strict=True):
            line = f"{round(at_s * 1000)},{','.join(map(str, row))}\r\n".encode()
            sent += [Notification(TX, line[i : i + _PIECE]) for i in range(0, len(line), _PIECE)]
        return sent


DEVICE = Device(
    name="espruino",
    title="Espruino Puck.js",
    advertised_names=("Puck.js",),
    advertised_uuids=(),  # the Nordic UART is used by all sorts of things
    services=(
        Service(SERVICE, (Characteristic(RX, ("write", "write-without-response")), Characteristic(TX, ("notify",)))),
    ),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(stamps="first"),
    start=start,
    stop=stop,
    decoder=EspruinoDecoder,
    encoder=EspruinoEncoder,
)
