"""From a sensor's packets to samples: decode, place in time, join. The same live and for a stored session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensortrack.devices.device import Decoder, Device, FrameError, Settings
from sensortrack.model.samples import LINK, Frame, Packet, RawBlock
from sensortrack.signal.clock import StreamClock
from sensortrack.signal.pairing import Pairing

_STANDSTILL = 0.5  # a counter that is this share of its range ahead is behind


@dataclass(slots=True)
class Health:
    """How the packets came so far."""

    packets: int = 0
    samples: int = 0
    bad: int = 0
    repeated: int = 0
    saturated: int = 0
    lost: int = 0


class Receiver:
    """Turn packets into samples on the host's monotonic clock.

    Deterministic: the same packets give the same samples. The host's notes (channel `LINK`) are part of them.

    Parameters
    ----------
    device, settings
        What sends, and what its start conversation returned.
    """

    def __init__(self, device: Device, settings: Settings) -> None:
        self._device = device
        self._settings = settings
        self._decoder: Decoder = device.decoder(settings)
        self._clocks: dict[str, StreamClock] = {}
        self._sequences: dict[str, int] = {}
        self._pairing = Pairing(settings.rate_hz)
        self.health = Health()

    @property
    def drift_ppm(self) -> float:
        """By how much the host's clock runs faster than the device's."""
        return next((clock.drift_ppm for clock in self._clocks.values()), 0.0)

    def process(self, packet: Packet) -> list[RawBlock]:
        """Take a packet, give the samples that it completes."""
        if packet.channel == LINK:
            self._note(packet.payload)
            return []
        self.health.packets += 1
        blocks = _joined([block for frame in self._decode(packet) for block in self._place(frame)])
        self.health.samples += sum(map(len, blocks))
        return blocks

    def _note(self, payload: bytes) -> None:
        if payload == b"up":
            if not self._device.resumes:
                self._decoder = self._device.decoder(self._settings)
            if self._device.clock.stamps is None:
                self._sequences.clear()
            for clock in self._clocks.values():
                clock.link_up()

    def _decode(self, packet: Packet) -> list[Frame]:
        try:
            return self._decoder.decode(packet)
        except FrameError as error:
            self.health.bad += 1
            return error.frames

    def _place(self, frame: Frame) -> Iterator[RawBlock]:
        kind = "both" if frame.acc is not None and frame.gyr is not None else "acc" if frame.gyr is None else "gyr"
        skipped = self._skipped(kind, frame)
        if skipped is None or not len(frame):
            self.health.repeated += 1
            return
        clock = self._clocks.get(kind)
        if clock is None:
            clock = self._clocks[kind] = StreamClock(self._device.clock, self._settings.rate_hz)
        time_s = clock.times_s(frame, skipped * len(frame))
        self.health.lost = sum(each.lost for each in self._clocks.values())
        if time_s is None:
            self.health.repeated += 1
            return
        self.health.saturated += frame.saturated
        if frame.acc is not None and (frame.gyr is not None or not self._settings.gyroscope):
            yield RawBlock(time_s, frame.acc, frame.gyr)
            return
        block = None
        if frame.acc is not None:
            block = self._pairing.add_acc(time_s, frame.acc)
        elif frame.gyr is not None:
            block = self._pairing.add_gyr(time_s, frame.gyr)
        if block is not None:
            yield block

    def _skipped(self, kind: str, frame: Frame) -> int | None:
        """Frames missing before this one, by its counter; None for one that came before."""
        modulus = self._device.clock.counter_modulus
        if frame.sequence is None or modulus is None:
            return 0
        before = self._sequences.get(kind)
        ahead = 1 if before is None else (frame.sequence - before) % modulus
        if frame.stamp_s is None and (ahead == 0 or ahead > _STANDSTILL * modulus):
            return None
        if ahead == 0:
            return None
        self._sequences[kind] = frame.sequence
        return ahead - 1 if ahead <= _STANDSTILL * modulus else 0


def _joined(blocks: list[RawBlock]) -> list[RawBlock]:
    """Make one of the blocks of a packet: a frame may be a single sample, and a block costs the chain half a ms."""
    rates = [block.gyr for block in blocks if block.gyr is not None]
    if len(blocks) < 2 or len(rates) not in (0, len(blocks)):
        return blocks
    time_s = np.concatenate([block.time_s for block in blocks])
    acc = np.concatenate([block.acc for block in blocks])
    return [RawBlock(time_s, acc, np.concatenate(rates) if rates else None)]
