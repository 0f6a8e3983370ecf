"""WitMotion WT901BLECL, BWT901BLE5.0, WT9011DCL: frames without checksum, counter or clock (protocols.md section 3).

Wire table (little-endian):

=======  ========  ============================================================================================
Notify   20 B      55 61, then nine i16: acc x y z (16 g / 32768), gyro x y z (2000 °/s / 32768), roll pitch yaw
Notify   20 B      55 71, register u16, eight i16: the reply to a register read
Write    5 B       FF AA 69 88 B5 unlock; FF AA 03 code 00 rate; FF AA 27 register 00 read a register
=======  ========  ============================================================================================

It streams from the moment somebody subscribes. A notification may hold several frames, or a part of one. The UUIDs end
in 9a34fb; boards that use the Bluetooth base (9b34fb) and the dual-mode variant are families of their own here.
Whether a computer's radio keeps up with 100 Hz and more is unverified.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from sensortrack.devices.device import (
    STANDARD_GRAVITY,
    Characteristic,
    Conversation,
    Device,
    Expect,
    FrameError,
    Notification,
    Service,
    Settings,
    Subscribe,
    Wait,
    Write,
    nearest,
)
from sensortrack.model.samples import Clock, Frame, Packet, RawBlock

CODES = {10.0: 0x06, 20.0: 0x07, 50.0: 0x08, 100.0: 0x09, 200.0: 0x0B}
"""Rate register's values; slower ones are of no use here."""

RATES_HZ = tuple(CODES)
ACC_G, GYR_DPS = 16.0, 2000.0
_ACC, _GYR = ACC_G * STANDARD_GRAVITY / 32768, float(np.radians(GYR_DPS)) / 32768
_LENGTH = 20
_DATA, _REPLY = b"\x55\x61", b"\x55\x71"
_UNLOCK = bytes.fromhex("ff aa 69 88 b5")
_RATE = 0x03
_PAUSE_S = 0.1  # between commands, as the vendor's program waits


def _uuid(short: str, tail: str = "9a34fb") -> str:
    return f"0000{short}-0000-1000-8000-00805f{tail}"


SERVICE, NOTIFY, WRITE = _uuid("ffe5"), _uuid("ffe4"), _uuid("ffe9")
_SIG_BASE = tuple(_uuid(short, "9b34fb") for short in ("ffe5", "ffe4", "ffe9"))
_DUAL = (
    "49535343-fe7d-4ae5-8fa9-9fafd205e455",
    "49535343-1e4d-4bd9-ba61-23c647249616",
    "49535343-8841-43f4-a8d4-ecbe34729bb3",
)


def _start(notify: str, write: str, settings: Settings) -> Conversation:
    """Subscribe, set the rate (not kept when it is switched off), and read back which one holds."""
    rate_hz = nearest(RATES_HZ, settings.rate_hz)
    yield Subscribe(notify)
    yield Write(write, _UNLOCK)
    yield Wait(_PAUSE_S)
    yield Write(write, bytes([0xFF, 0xAA, _RATE, CODES[rate_hz], 0x00]))
    yield Wait(_PAUSE_S)
    yield Write(write, bytes([0xFF, 0xAA, 0x27, _RATE, 0x00]))
    reply = yield Expect(notify, _REPLY + bytes([_RATE, 0x00]), timeout_s=1.0)
    codes = {code: rate for rate, code in CODES.items()}
    if len(reply) == _LENGTH:  # models that do not answer are believed
        rate_hz = codes.get(reply[4], rate_hz)
    return Settings(rate_hz, ACC_G, GYR_DPS)


def _stop(settings: Settings) -> Conversation:
    """Nothing to say: it streams while somebody listens."""
    yield from ()
    return settings


class WitmotionDecoder:
    """Cut the stream of bytes into frames; what is between them is an error of its own."""

    def __init__(self, notify: str, _settings: Settings) -> None:
        self._notify = notify
        self._rest = b""

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples that this packet completes, as one frame."""
        if packet.channel != self._notify:
            return []
        data, at, odd = self._rest + packet.payload, 0, b""
        samples: list[bytes] = []
        while at < len(data):
            head = data[at : at + 2]
            if head not in (_DATA, _REPLY) and head != b"\x55":
                odd += data[at : at + 1]
                at += 1
            elif len(data) - at < _LENGTH:
                break
            elif (cut := _cut_short(data, at)) is not None:
                odd += data[at:cut]
                at = cut
            else:
                if head == _DATA:
                    samples.append(data[at : at + _LENGTH])
                at += _LENGTH
        self._rest = data[at:]
        frames = [_frame(samples, packet.received_s)] if samples else []
        if odd:
            raise FrameError("bytes that are no frame", odd, frames)
        return frames


def _cut_short(data: bytes, at: int) -> int | None:
    """Tell where the next frame begins, if it begins inside this one: bytes of this one were lost.

    Samples may look like a header, so the next frame must be followed by one more, or by the end; and this one not.
    """

    def is_followed(begin: int) -> bool:
        return begin == len(data) or data[begin : begin + 2] in (_DATA, _REPLY, b"\x55")

    if is_followed(at + _LENGTH):
        return None
    for begin in range(at + 2, at + _LENGTH):
        if data[begin : begin + 2] in (_DATA, _REPLY) and is_followed(begin + _LENGTH):
            return begin
    return None


def _frame(samples: list[bytes], received_s: float) -> Frame:
    counts = np.frombuffer(b"".join(samples), "<i2").reshape(-1, _LENGTH // 2)[:, 1:7].astype(float)
    saturated = bool((np.abs(counts) >= 32767).any())
    return Frame(received_s, counts[:, :3] * _ACC, counts[:, 3:] * _GYR, saturated=saturated)


class WitmotionEncoder:
    """A sensor that speaks as a WT901BLE does."""

    def __init__(self, notify: str, write: str) -> None:
        self.settings: Settings | None = Settings(10.0, ACC_G, GYR_DPS)
        self._notify, self._write = notify, write
        self._is_unlocked = False

    def read(self, _channel: str) -> bytes:
        """Nothing can be read."""
        return b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take commands; a change needs the unlock before it."""
        if channel != self._write or payload[:2] != b"\xff\xaa" or len(payload) != 5:
            return []
        if payload == _UNLOCK:
            self._is_unlocked = True
        elif payload[2] == _RATE and self._is_unlocked:
            rate_hz = next((rate for rate, code in CODES.items() if code == payload[3]), 10.0)
            self.settings = Settings(rate_hz, ACC_G, GYR_DPS)
        elif payload[2] == 0x27 and payload[3] == _RATE and self.settings is not None:
            code = CODES[self.settings.rate_hz]
            return [Notification(self._notify, (_REPLY + bytes([_RATE, 0x00, code])).ljust(_LENGTH, b"\0"))]
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put each sample into a frame."""
        gyr = np.zeros((len(block), 3)) if block.gyr is None else block.gyr
        counts = np.concatenate((np.rint(block.acc / _ACC), np.rint(gyr / _GYR), np.zeros((len(block), 3))), axis=1)
        rows = np.clip(counts, -32768, 32767).astype("<i2")
        return [Notification(self._notify, _DATA + row.tobytes()) for row in rows]


def _device(name: str, uuids: tuple[str, str, str], names: tuple[str, ...]) -> Device:
    service, notify, write = uuids
    return Device(
        name=name,
        title="WitMotion WT901BLE, WT9011DCL",
        advertised_names=names,
        advertised_uuids=(service,),
        services=(
            Service(
                service,
                (
                    Characteristic(notify, ("notify",)),
                    Characteristic(write, ("write", "write-without-response")),
                ),
            ),
        ),
        rates_hz=RATES_HZ,
        gyroscope=True,
        clock=Clock(),
        start=partial(_start, notify, write),
        stop=_stop,
        decoder=partial(WitmotionDecoder, notify),
        encoder=partial(WitmotionEncoder, notify, write),
    )


DEVICE = _device("witmotion", (SERVICE, NOTIFY, WRITE), ("WT",))
DEVICES = (DEVICE, _device("witmotion-sig", _SIG_BASE, ()), _device("witmotion-dual", _DUAL, ()))  # type: ignore[arg-type]  # three UUIDs
