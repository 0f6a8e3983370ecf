"""MbientLab MetaMotion, with a BMI160 (R, RL, C) or a BMI270 (S): no clock, no counter (protocols.md section 4).

Wire table (little-endian); a command is module (03 acc, 13 gyr), register, data, and reading is register | 80:

============  =========================  ==================================================================
what          command                    numbers
============  =========================  ==================================================================
which chip    mm 80                      reply mm 80 u8 implementation, u8 revision; a module that is not there: mm 80
config        mm 03 u8 rate u8 range     rate 26 27 28 29: 25 50 100 200 Hz, of the BMI270's acc A6 A7 A8 A9;
                                         acc range 03 05 08 0C (BMI270 00 01 02 03): 2 4 8 16 g, full scale 32768;
                                         gyr range 00 01 02 03 04: 2000 1000 500 250 125 °/s, 16.4 LSB per °/s at 2000
subscribe     mm data 01                 end: mm data 00
enable        mm 02 01 00                end: mm 02 00 01
power         mm 01 01                   end: mm 01 00
data, 8 B     i16 x y z                  acc 04; gyr 05, of the BMI270 04
data, 20 B    three times i16 x y z      acc 1C, gyr 07, from revision 1 on; of the BMI270 acc 05, gyr 05, always
============  =========================  ==================================================================

Acceleration and angular rate come apart. Above 100 Hz the vendor asks for packets of three and for a connection
interval of 7.5 ms, which only the host can grant.

That a BMI270, whose revision is 0, has packets of three is from the vendor's source (MetaWear-SDK-Cpp,
accelerometer_bosch and gyro_bosch), as is all of its gyroscope: no test vector of that is known. By the vendor's API
specification subscriptions live on the board and outlast the connection, so `stop` ends them. If another program left
one to the other length of packets, every sample comes twice: `start` does not end that one.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
from sensortrack.model.samples import Clock, Frame, Packet, RawBlock


def _uuid(short: int) -> str:
    return f"326a{short:04x}-85cb-9195-d9dd-464cfbbae75a"


SERVICE, COMMAND, NOTIFY = _uuid(0x9000), _uuid(0x9001), _uuid(0x9006)
RATES_HZ = (25.0, 50.0, 100.0, 200.0)
ACC_RANGES_G = (2.0, 4.0, 8.0, 16.0)
GYR_RANGES_DPS = (125.0, 250.0, 500.0, 1000.0, 2000.0)
_ACC, _GYR = 0x03, 0x13
_POWER, _ENABLE, _CONFIG, _INFO = 1, 2, 3, 0x80
_SIZES = (1, 3)  # samples of a packet


@dataclass(frozen=True, slots=True)
class Chip:
    """Codes of one chip.

    Parameters
    ----------
    implementation
        By module, what its information tells.
    data
        By module, the registers of packets of one sample and of three.
    packed_from
        Revision of a module from which on it has packets of three.
    acc_rate
        Code of 25 Hz; those of the next rates follow.
    acc_ranges
        Codes of `ACC_RANGES_G`.
    """

    implementation: dict[int, int]
    data: dict[int, tuple[int, int]]
    packed_from: int
    acc_rate: int
    acc_ranges: tuple[int, ...]


BMI160 = Chip({_ACC: 1, _GYR: 0}, {_ACC: (0x04, 0x1C), _GYR: (0x05, 0x07)}, 1, 0x26, (0x03, 0x05, 0x08, 0x0C))
BMI270 = Chip({_ACC: 4, _GYR: 1}, {_ACC: (0x04, 0x05), _GYR: (0x04, 0x05)}, 0, 0xA6, (0x00, 0x01, 0x02, 0x03))
CHIPS = (BMI160, BMI270)
_GYR_RATE = 0x26  # code of 25 Hz, both chips
_DATA = {
    (bytes([module, register]), 2 + 6 * samples)
    for chip in CHIPS
    for module, registers in chip.data.items()
    for register, samples in zip(registers, _SIZES, strict=True)
}
"""Beginnings and lengths of all packets of samples."""


def start(settings: Settings) -> Conversation:
    """Ask which chip it is, configure, subscribe, switch on."""
    yield Subscribe(NOTIFY)
    chip, registers = yield from _discover()
    holds = Settings(
        nearest(RATES_HZ, settings.rate_hz),
        nearest(ACC_RANGES_G, settings.acc_range_g),
        nearest(GYR_RANGES_DPS, settings.gyr_range_dps),
        gyroscope=settings.gyroscope and _GYR in registers,
    )
    step = RATES_HZ.index(holds.rate_hz)
    yield _command(_ACC, _CONFIG, chip.acc_rate + step, chip.acc_ranges[ACC_RANGES_G.index(holds.acc_range_g)])
    if holds.gyroscope:
        gyr_range = len(GYR_RANGES_DPS) - 1 - GYR_RANGES_DPS.index(holds.gyr_range_dps)
        yield _command(_GYR, _CONFIG, _GYR_RATE + step, gyr_range)
    elif _GYR in registers:
        yield from _off(_GYR)  # it may still be on from before
    for module in (_ACC, _GYR) if holds.gyroscope else (_ACC,):
        yield _command(module, registers[module], 1)
        yield _command(module, _ENABLE, 1, 0)
        yield _command(module, _POWER, 1)
    return holds


def stop(settings: Settings) -> Conversation:
    """Switch off, then end the subscriptions: they would outlast the connection."""
    modules = (_ACC, _GYR) if settings.gyroscope else (_ACC,)
    for module in modules:
        yield from _off(module)
    _, registers = yield from _discover()
    for module in modules:
        if module in registers:
            yield _command(module, registers[module], 0)
    return settings


def _off(module: int) -> Generator[Action, bytes, None]:
    yield _command(module, _POWER, 0)
    yield _command(module, _ENABLE, 0, 1)


def _discover() -> Generator[Action, bytes, tuple[Chip, dict[int, int]]]:
    """Find out which chip it is, and by module which register its samples come from."""
    found = {_ACC: (yield from _info(_ACC)), _GYR: (yield from _info(_GYR))}
    there = {module: info for module, info in found.items() if len(info) >= 2}
    chip = next((chip for chip in CHIPS if _ACC in there and chip.implementation[_ACC] == there[_ACC][0]), None)
    if chip is None or any(info[0] != chip.implementation[module] for module, info in there.items()):
        raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=" / ".join(info.hex(" ") for info in found.values()))
    return chip, {module: chip.data[module][info[1] >= chip.packed_from] for module, info in there.items()}


def _info(module: int) -> Generator[Action, bytes, bytes]:
    """Ask for a module's implementation and revision; one that is not there has neither."""
    yield _command(module, _INFO)
    reply = yield Expect(NOTIFY, bytes([module, _INFO]))
    if not reply:
        raise DeviceError(DeviceProblem.NO_REPLY)
    return reply[2:]


def _command(module: int, register: int, *data: int) -> Write:
    return Write(COMMAND, bytes([module, register, *data]), response=False)


def _scales(settings: Settings) -> tuple[float, float]:
    """Give m/s² and rad/s of one count."""
    return settings.acc_range_g * STANDARD_GRAVITY / 32768, float(np.radians(settings.gyr_range_dps / 2000 / 16.4))


class MetaMotionDecoder:
    """Packets of one sample or three; module and length tell of what, whatever the chip."""

    def __init__(self, settings: Settings) -> None:
        self._acc, self._gyr = _scales(settings)

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples of a data packet; replies give none."""
        payload = packet.payload
        if packet.channel != NOTIFY or payload[1:2] == bytes([_INFO]):
            return []
        if (payload[:2], len(payload)) not in _DATA:
            raise FrameError("not of an accelerometer or gyroscope", payload)
        counts = np.frombuffer(payload, "<i2", offset=2).astype(float).reshape(-1, 3)
        saturated = bool((np.abs(counts) >= 32767).any())
        if payload[0] == _ACC:
            return [Frame(packet.received_s, counts * self._acc, None, saturated=saturated)]
        return [Frame(packet.received_s, None, counts * self._gyr, saturated=saturated)]


class MetaMotionEncoder:
    """A sensor that speaks as a MetaMotion does.

    Parameters
    ----------
    chip
        Which one it has.
    revision
        Of its modules.
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
        self.settings, self._waiting = self._streams(), None
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into packets of one or of three, as is subscribed to."""
        if self.settings is None:
            return []
        if self._waiting is not None:
            block = self._waiting + block
        counts = _counts(self.settings, block)
        sources = [source for module in counts for source in self._sources(module)]
        most = max(size for _, _, size in sources)
        whole = len(block) // most * most
        self._waiting = block[whole:] if whole < len(block) else None
        return [
            Notification(NOTIFY, bytes([module, register]) + counts[module][at : at + size].tobytes())
            for begin in range(0, whole, most)
            for module, register, size in sources
            for at in range(begin, begin + most, size)
        ]

    def _info(self, module: int) -> bytes:
        there = (_ACC, _GYR) if self._has_gyr else (_ACC,)
        return bytes([self._chip.implementation[module], self._revision]) if module in there else b""

    def _streams(self) -> Settings | None:
        acc, gyr = self._state.get((_ACC, _CONFIG), b""), self._state.get((_GYR, _CONFIG), b"")
        rates = [self._chip.acc_rate + step for step in range(len(RATES_HZ))]
        if len(acc) != 2 or acc[0] not in rates or acc[1] not in self._chip.acc_ranges or not self._sources(_ACC):
            return None
        step = rates.index(acc[0])
        is_configured = len(gyr) == 2 and gyr[0] == _GYR_RATE + step and gyr[1] < len(GYR_RANGES_DPS)
        return Settings(
            RATES_HZ[step],
            ACC_RANGES_G[self._chip.acc_ranges.index(acc[1])],
            GYR_RANGES_DPS[-1 - gyr[1]] if is_configured else GYR_RANGES_DPS[-1],
            gyroscope=self._has_gyr and is_configured and bool(self._sources(_GYR)),
        )

    def _sources(self, module: int) -> list[tuple[int, int, int]]:
        """Give module, register and samples of the packets that it sends: on, enabled and subscribed to."""
        if self._state.get((module, _POWER)) != b"\x01" or self._state.get((module, _ENABLE)) != b"\x01\x00":
            return []
        sizes = zip(self._chip.data[module], _SIZES, strict=True)
        has_packed = self._revision >= self._chip.packed_from
        return [
            (module, register, size)
            for register, size in sizes
            if self._state.get((module, register)) == b"\x01" and (size == 1 or has_packed)
        ]


def _counts(settings: Settings, block: RawBlock) -> dict[int, NDArray[np.int16]]:
    acc_scale, gyr_scale = _scales(settings)
    counts = {_ACC: block.acc / acc_scale}
    if settings.gyroscope and block.gyr is not None:
        counts[_GYR] = block.gyr / gyr_scale
    return {module: np.clip(np.rint(values), -32768, 32767).astype("<i2") for module, values in counts.items()}


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
