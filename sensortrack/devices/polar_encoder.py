"""A sensor that speaks as Polar's do, for tests and simulated peripherals."""

from __future__ import annotations

import struct

import numpy as np

from sensortrack.devices import polar_wire as polar
from sensortrack.devices.device import STANDARD_GRAVITY, Notification, Settings
from sensortrack.devices.polar_delta import pack
from sensortrack.model.samples import IntArray, RawBlock

_RAW_SAMPLES = 36  # in a frame of the H10, as its notifications of 232 bytes hold
_DELTA_SAMPLES = 30
_ACC_G, _GYR_DPS = 8, 2000


class PolarEncoder:
    """Raw acceleration in mg without a gyroscope, as the H10; compressed with factors with one, as the Verity Sense.

    Parameters
    ----------
    rates_hz
        Rates that it offers.
    gyroscope
        Whether it has one.
    """

    def __init__(self, rates_hz: tuple[float, ...], *, gyroscope: bool) -> None:
        self._rates_hz, self._has_gyr = rates_hz, gyroscope
        self._factors = {polar.ACC: _float32(_ACC_G / 32768), polar.GYR: _float32(_GYR_DPS / 32768)}
        self._running: dict[int, float] = {}
        self._waiting: RawBlock | None = None
        self._acc_range_g = float(_ACC_G)

    @property
    def settings(self) -> Settings | None:
        """What it streams, once all is started."""
        if len(self._running) < (2 if self._has_gyr else 1):
            return None
        return Settings(self._running[polar.ACC], self._acc_range_g, _GYR_DPS, gyroscope=self._has_gyr)

    def read(self, channel: str) -> bytes:
        """Give the features."""
        return bytes([0x0F, 0x04 | (0x20 if self._has_gyr else 0), 0]) if channel == polar.CONTROL else b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take requests."""
        if channel != polar.CONTROL or len(payload) < 2:
            return []
        op, kind = payload[0], payload[1]
        if kind != polar.ACC and not (kind == polar.GYR and self._has_gyr):
            return [_reply(op, kind, 3)]
        if op == polar.SETTINGS:
            return [_reply(op, kind, 0, self._offered(kind))]
        if op == polar.STOP:
            self._running.pop(kind, None)
            return [_reply(op, kind, 0)]
        return [self._start(op, kind, polar.tlv(payload[2:]))]

    def _offered(self, kind: int) -> bytes:
        rates = [round(rate_hz) for rate_hz in self._rates_hz]
        ranges = [_GYR_DPS] if kind == polar.GYR else [_ACC_G] if self._has_gyr else [2, 4, _ACC_G]
        told = {polar.RATE: rates, polar.RESOLUTION: [16], polar.RANGE: ranges}
        parts = [bytes([key, len(values)]) + struct.pack(f"<{len(values)}H", *values) for key, values in told.items()]
        return b"".join(parts) + (bytes([polar.CHANNEL_COUNT, 1, 3]) if self._has_gyr else b"")

    def _start(self, op: int, kind: int, wanted: dict[int, list[int]]) -> Notification:
        if kind in self._running:
            return _reply(op, kind, polar.ALREADY)
        rate_hz = float(wanted.get(polar.RATE, [0])[0])
        if op != polar.START or rate_hz not in self._rates_hz:
            return _reply(op, kind, 8)
        if kind == polar.ACC:
            self._acc_range_g = float(wanted.get(polar.RANGE, [_ACC_G])[0])
        self._running[kind], self._waiting = rate_hz, None
        factor = bytes([polar.FACTOR, 1]) + struct.pack("<f", self._factors[kind]) if self._has_gyr else b""
        return _reply(op, kind, 0, factor)

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into frames."""
        if self.settings is None:
            return []
        if self._waiting is not None:
            block = self._waiting + block
        size = _DELTA_SAMPLES if self._has_gyr else _RAW_SAMPLES
        whole = len(block) // size * size
        self._waiting = block[whole:] if whole < len(block) else None
        return [each for begin in range(0, whole, size) for each in self._packed(block[begin : begin + size])]

    def _packed(self, part: RawBlock) -> list[Notification]:
        acc_g = part.acc / STANDARD_GRAVITY
        if not self._has_gyr:
            return [_frame(polar.ACC, part, 1, _counts(acc_g * 1000).astype("<i2").tobytes())]
        sent = [_frame(polar.ACC, part, polar.COMPRESSED, pack(_counts(acc_g / self._factors[polar.ACC]), 2))]
        if part.gyr is not None:
            counts = _counts(np.degrees(part.gyr) / self._factors[polar.GYR])
            sent.append(_frame(polar.GYR, part, polar.COMPRESSED, pack(counts, 2)))
        return sent


def _counts(values: np.ndarray) -> IntArray:
    counts: IntArray = np.clip(np.rint(values), -32768, 32767).astype(np.int64)
    return counts


def _frame(kind: int, part: RawBlock, form: int, samples: bytes) -> Notification:
    stamp_ns = round(float(part.time_s[-1]) * 1e9)
    return Notification(polar.DATA, polar.HEAD.pack(kind, stamp_ns, form) + samples)


def _reply(op: int, kind: int, error: int, parameters: bytes = b"") -> Notification:
    return Notification(polar.CONTROL, bytes([polar.REPLY, op, kind, error, 0]) + parameters)


def _float32(value: float) -> float:
    return float(np.float32(value))
