"""A sensor without a radio: the simulated thigh speaks the own profile, packet by packet, as a real one would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np

from sensortrack.devices import own_profile
from sensortrack.devices.device import Device, Settings, performed
from sensortrack.model.samples import LINK, Packet, RawBlock
from sensortrack.sources.simulator import simulate

DELAY_S = 0.03
"""From the last sample of a frame to its receive time; a connection interval (protocols.md section 8.3)."""

_PIECE = 4  # samples of a frame


class SimulatedSensor:
    """Stream one simulated session.

    Receive times are the simulation's own, so that the same seed gives the same packets at any speed.

    Parameters
    ----------
    exercise, seed
        What is done and by whom.
    wanted
        What the stream is asked for.
    speed
        Times real time.
    lead_s
        How long the person keeps still before, while a live session counts down.
    trials
        Of a Thomas test, how many; else it is drawn.
    """

    identity = "simulated"
    battery_percent: int | None = 100
    trouble: Exception | None = None
    device: Device = own_profile.DEVICE

    def __init__(
        self,
        exercise: str,
        seed: int,
        wanted: Settings,
        *,
        speed: float = 1.0,
        lead_s: float = 0.0,
        trials: int | None = None,
    ) -> None:
        made = simulate(exercise, seed, rate_hz=wanted.rate_hz, gyroscope=wanted.gyroscope, reps=trials)
        self._block = _still(RawBlock(made.time_s, made.acc, made.gyr), round(lead_s * wanted.rate_hz), wanted.rate_hz)
        self._encoder = own_profile.ProfileEncoder(gyroscope=wanted.gyroscope)
        self._wanted = wanted
        self._speed = speed
        self._stopping = asyncio.Event()
        self.settings: Settings | None = None

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """Give every packet when it is due."""
        self.settings, heard = performed(own_profile.start(self._wanted), self._encoder)
        yield Packet(0.0, b"up", LINK)
        for each in heard:
            yield Packet(0.0, each.payload, each.channel)
        begin_s = asyncio.get_running_loop().time()
        for first in range(0, len(self._block), _PIECE):
            piece = self._block[first : first + _PIECE]
            due_s = float(piece.time_s[-1]) + DELAY_S
            wait_s = begin_s + due_s / self._speed - asyncio.get_running_loop().time()
            if wait_s > 0 or first % 4096 == 0:
                await asyncio.sleep(max(wait_s, 0.0))
            if self._stopping.is_set():
                return
            for each in self._encoder.encode(piece):
                yield Packet(due_s, each.payload, each.channel)

    def stop(self) -> None:
        """End the stream."""
        self._stopping.set()


def _still(block: RawBlock, samples: int, rate_hz: float) -> RawBlock:
    """Put the first pose before it, for so many samples."""
    if not samples:
        return block
    time_s = block.time_s[0] + np.arange(samples) / rate_hz
    acc = np.repeat(block.acc[:1], samples, axis=0)
    gyr = None if block.gyr is None else np.zeros((samples, 3))
    return RawBlock(time_s, acc, gyr) + RawBlock(block.time_s + samples / rate_hz, block.acc, block.gyr)
