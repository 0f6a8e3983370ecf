"""MbientLab MetaMotion, with a BMI160 (R, RL, C) or a BMI270 (S): no clock, no counter (protocols.md section 4).

Wire table (little-endian); a command is module, register, data, and reading is register | 80:

==================  ==========================  ==========================
what                BMI160                      BMI270
==================  ==========================  ==========================
which chip          03 80 -> 03 80 01, 13 80 -> 13 80 00   03 80 04, 13 80 01
acc config          03 03 odr range             03 03 odr range
acc data            03 04 xyz, 03 1C 3 x xyz    03 04 xyz, 03 05 3 x xyz
gyro config         13 03 odr range             13 03 odr range
gyro data           13 05 xyz, 13 07 3 x xyz    13 04 xyz, 13 05 3 x xyz
==================  ==========================  ==========================

Acceleration and angular rate come apart. Packets of three samples exist from module revision 1 on. The gyroscope of the
BMI270 rests on the vendor's source only: no test vector of it is known.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

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
    Write,
    nearest,
)
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet, RawBlock


def _uuid(short: int) -> str:
    return f"326a{short:04x}-85cb-9195-d9dd-464cfbbae75a"


SERVICE, COMMAND, NOTIFY = _uuid(0x9000), _uuid(0x9001), _uuid(0x9006)
RATES_HZ = (25.0, 50.0, 100.0, 200.0)
ACC_RANGES_G = (2.0, 4.0, 8.0, 16.0)
GYR_RANGES_DPS = (125.0, 250.0, 500.0, 1000.0, 2000.0)
_ACC, _GYR = 0x03, 0x13
_POWER, _ENABLE, _CONFIG, _INFO = 1, 2, 3, 0x80
_ONE, _THREE = 8, 20  # lengths of packets of one and of three samples


@dataclass(frozen=True, slots=True)
class Chip:
    """Register numbers and codes of one chip's accelerometer and gyroscope."""

    acc_single: int
    acc_packed: int
    gyr_single: int
    gyr_packed: int
    acc_odr: int  # of 25 Hz; the next rates follow
    acc_ranges: tuple[int, ...]


BMI160 = Chip(0x04, 0x1C, 0x05, 0x07, 0x26, (0x03, 0x05, 0x08, 0x0C))
BMI270 = Chip(0x04, 0x05, 0x04, 0x05, 0xA6, (0x00, 0x01, 0x02, 0x03))
CHIPS = {1: BMI160, 4: BMI270}
"""By the implementation byte of the accelerometer module."""

_GYR_ODR = 0x26  # of 25 Hz, both chips


def start(settings: Settings) -> Conversation:
    """Ask which chip it is, configure, subscribe, switch on."""
    yield Subscribe(NOTIFY)
    acc_info = yield from _module(_ACC)
    gyr_info = yield from _module(_GYR)
    chip = CHIPS.get(acc_info[2]) if len(acc_info) > 2 else None
    if chip is None:
        raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=acc_info.hex(" "))
    holds = Settings(
        nearest(RATES_HZ, settings.rate_hz),
        nearest(ACC_RANGES_G, settings.acc_range_g),
        nearest(GYR_RANGES_DPS, settings.gyr_range_dps),
        gyroscope=settings.gyroscope and len(gyr_info) > 2,
    )
    step = RATES_HZ.index(holds.rate_hz)
    acc_range = chip.acc_ranges[ACC_RANGES_G.index(holds.acc_range_g)]
    yield _command(_ACC, _CONFIG, chip.acc_odr + step, acc_range)
    if holds.gyroscope:
        gyr_range = len(GYR_RANGES_DPS) - 1 - GYR_RANGES_DPS.index(holds.gyr_range_dps)
        yield _command(_GYR, _CONFIG, _GYR_ODR + step, gyr_range)
    # as in the vendor's programs: subscribe, enable sampling, power on
    for module, info, single, packed in (
        (_ACC, acc_info, chip.acc_single, chip.acc_packed),
        (_GYR, gyr_info, chip.gyr_single, chip.gyr_packed),
    ):
        if module == _ACC or holds.gyroscope:
            yield _command(module, packed if len(info) > 3 and info[3] >= 1 else single, 1)
            yield _command(module, _ENABLE, 1, 0)
            yield _command(module, _POWER, 1)
    return holds


def stop(settings: Settings) -> Conversation:
    """Switch off; the subscriptions end with the connection."""
    for module in (_ACC, _GYR):
        yield _command(module, _POWER, 0)
        yield _command(module, _ENABLE, 0, 1)
    return settings


def _module(module: int) -> Generator[Action, bytes, bytes]:
    """Ask for a module's implementation and revision; a module that is not there answers with neither."""
    yield _command(module, _INFO)
    info = yield Expect(NOTIFY, bytes([module, _INFO]))
    if not info:
        raise DeviceError(DeviceProblem.NO_REPLY)
    return info


def _command(module: int, register: int, *data: int) -> Write:
    return Write(COMMAND, bytes([module, register, *data]), response=False)


class MetaMotionDecoder:
    """Samples of one or three; which sensor and how many is told by module and length, whatever the chip."""

    def __init__(self, settings: Settings) -> None:
        self._acc = settings.acc_range_g * STANDARD_GRAVITY / 32768
        self._gyr = float(np.radians(settings.gyr_range_dps / 2000 / 16.4))

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples of a data packet; replies give none."""
        payload = packet.payload
        if packet.channel != NOTIFY or payload[1:2] == bytes([_INFO]):
            return []
        if len(payload) not in (_ONE, _THREE) or payload[:2] not in _DATA:
            raise FrameError("not of an accelerometer or gyroscope", payload)
        counts = np.frombuffer(payload, "<i2", offset=2).astype(float).reshape(-1, 3)
        saturated = bool((np.abs(counts) >= 32767).any())
        if payload[0] == _ACC:
            return [Frame(packet.received_s, counts * self._acc, None, saturated=saturated)]
        return [Frame(packet.received_s, None, counts * self._gyr, saturated=saturated)]


_DATA = {bytes([_ACC, register]) for chip in CHIPS.values() for register in (chip.acc_single, chip.acc_packed)} | {
    bytes([_GYR, register]) for chip in CHIPS.values() for register in (chip.gyr_single, chip.gyr_packed)
}


class MetaMotionEncoder:
    """A sensor that speaks as a MetaMotion does.

    Parameters
    ----------
    chip
        Which one it has.
    revision
        Of its modules; 0 has no packets of three.
    gyroscope
        Whether it has one.
    """

    def __init__(self, chip: Chip = BMI160, revision: int = 1, *, gyroscope: bool = True) -> None:
        self.settings: Settings | None = None
        self._chip, self._revision, self._has_gyr = chip, revision, gyroscope
        self._state: dict[tuple[int, int], bytes] = {}
        self._waiting: RawBlock | None = None

    def read(self, _channel: str) -> bytes:
        """Nothing can be read."""
        return b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take commands; tell which modules there are."""
        if channel != COMMAND or len(payload) < 2:
            return []
        module, register = payload[0], payload[1]
        if register == _INFO:
            return [Notification(NOTIFY, bytes([module, _INFO]) + self._info(module))]
        self._state[module, register] = payload[2:]
        self.settings = self._streams()
        return []

    def _info(self, module: int) -> bytes:
        implementation = next(number for number, chip in CHIPS.items() if chip is self._chip)
        if module == _ACC:
            return bytes([implementation, self._revision])
        if module == _GYR and self._has_gyr:
            return bytes([int(self._chip is BMI270), self._revision])
        return b""

    def _streams(self) -> Settings | None:
        if not self._is_on(_ACC) or len(config := self._state.get((_ACC, _CONFIG), b"")) != 2:
            return None
        gyr = self._state.get((_GYR, _CONFIG), b"")
        return Settings(
            RATES_HZ[config[0] - self._chip.acc_odr],
            ACC_RANGES_G[self._chip.acc_ranges.index(config[1])],
            GYR_RANGES_DPS[-1 - gyr[1]] if len(gyr) == 2 else 2000.0,
            gyroscope=self._is_on(_GYR) and self._has_gyr,
        )

    def _is_on(self, module: int) -> bool:
        return self._state.get((module, _POWER)) == b"\x01" and self._state.get((module, _ENABLE)) == b"\x01\x00"

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into packets of three, or of one."""
        if self.settings is None:
            return []
        if self._waiting is not None:
            block = self._waiting + block
        size = 3 if self._revision else 1
        whole = len(block) // size * size
        self._waiting = block[whole:] if whole < len(block) else None
        return [each for begin in range(0, whole, size) for each in self._packed(block[begin : begin + size])]

    def _packed(self, part: RawBlock) -> list[Notification]:
        settings, chip, three = self.settings or Settings(), self._chip, len(part) == 3
        acc = part.acc / (settings.acc_range_g * STANDARD_GRAVITY / 32768)
        sent = [_notification(_ACC, chip.acc_packed if three else chip.acc_single, acc)]
        if settings.gyroscope and part.gyr is not None:
            gyr = np.degrees(part.gyr) / settings.gyr_range_dps * 2000 * 16.4
            sent.append(_notification(_GYR, chip.gyr_packed if three else chip.gyr_single, gyr))
        return sent


def _notification(module: int, register: int, counts: FloatArray) -> Notification:
    values = np.clip(np.rint(counts), -32768, 32767).astype("<i2").tobytes()
    return Notification(NOTIFY, bytes([module, register]) + values)


DEVICE = Device(
    name="metamotion",
    title="MbientLab MetaMotion",
    advertised_names=("MetaWear", "MetaMotion"),
    advertised_uuids=(SERVICE,),
    services=(
        Service(
            SERVICE, (Characteristic(COMMAND, ("write-without-response", "write")), Characteristic(NOTIFY, ("notify",)))
        ),
    ),
    rates_hz=RATES_HZ,
    gyroscope=True,
    clock=Clock(),
    start=start,
    stop=stop,
    decoder=MetaMotionDecoder,
    encoder=MetaMotionEncoder,
)
