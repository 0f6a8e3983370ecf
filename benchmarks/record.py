"""Recording for two hours at speed, with the live view: memory, processor, and how soon an event is told.

python benchmarks/record.py [--hours 2]
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console

from benchmarks.days import busy_tile, day, hours_asked
from sensortrack.cli import record_view
from sensortrack.cli.announcer import Targets
from sensortrack.cli.coach import Pace
from sensortrack.cli.owed import tempo_of
from sensortrack.cli.record_view import Listening
from sensortrack.cli.session import Session
from sensortrack.cli.sound import Voice
from sensortrack.cli.streaming import Stream
from sensortrack.devices.device import Settings, performed
from sensortrack.devices.own_profile import DEVICE, ProfileEncoder
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import LINK, Packet
from sensortrack.store.session import Begin
from sensortrack.store.store import Store

KICK = load_exercise("donkey-kick")
EARLY_S = 600.0
SHORT_H = 0.1
PIECE = 4


class LongSensor:
    """The busy quarter of an hour again and again, over the own profile; notes memory and what a packet costs."""

    battery_percent: int | None = 100
    trouble: Exception | None = None

    def __init__(self, hours: float) -> None:
        self.settings: Settings | None = None
        self.costs_ms: list[float] = []
        self.early_mb = self.now_s = 0.0
        self._hours = hours

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """Give every packet as soon as the one before has been worked on."""
        encoder = ProfileEncoder()
        self.settings, heard = performed(DEVICE.start(Settings()), encoder)
        yield Packet(0.0, b"up", LINK)
        for each in heard:
            yield Packet(0.0, each.payload, each.channel)
        for tile in day(busy_tile(), self._hours):
            for first in range(0, len(tile), PIECE):
                piece = tile[first : first + PIECE]
                self.now_s = now_s = float(piece.time_s[-1]) + 0.03
                for each in encoder.encode(piece):
                    begin = time.perf_counter()
                    yield Packet(now_s, each.payload, each.channel)
                    self.costs_ms.append(1e3 * (time.perf_counter() - begin))
                if not self.early_mb and now_s > EARLY_S:
                    self.early_mb = peak_mb()
            await asyncio.sleep(0)

    def stop(self) -> None:
        """Nothing stops it."""


def peak_mb() -> float:
    """Peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def recorded(hours: float, *, is_drawn: bool) -> tuple[LongSensor, float]:
    """Record; the sensor with its notes, and the processor's seconds."""
    sensor = LongSensor(hours)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        told = lambda settings: store.record(Begin(KICK, "0", "AA", "s", DEVICE.name, settings, "simulated"))  # noqa: E731
        stream = Stream(sensor, DEVICE, Session(KICK, with_angle=True), told)
        pace, tempo = Pace.GENTLE, tempo_of(KICK, None)
        listening = Listening([stream], Targets.of(KICK), Voice(is_quiet=True), pace, tempo, is_plain=False)
        if is_drawn:  # as often as in real time
            record_view.time = SimpleNamespace(monotonic=lambda: stream._now_s)
        with Path(os.devnull).open("w") as nowhere:  # a terminal that nobody sees
            listening._console, listening._is_plain = Console(file=nowhere, force_terminal=True, width=100), False
            began = time.process_time()
            with listening:
                asyncio.run(stream.run(listening))
        return sensor, time.process_time() - began


def main() -> None:
    """Print what it took."""
    hours = hours_asked(2.0)
    sensor, took_s = recorded(SHORT_H, is_drawn=True)
    p50, p99 = np.percentile(sensor.costs_ms, [50, 99])
    most = max(sensor.costs_ms)
    print(f"processor {100 * took_s / sensor.now_s:.1f} % of one core, drawing and writing with it; bar: < 10 %")
    print(f"a packet is worked on, told and drawn in {p50:.2f} ms (p99 {p99:.2f}, most {most:.1f}); bar: 150 ms")
    sensor, took_s = recorded(hours, is_drawn=False)
    print(f"{sensor.now_s / 3600:.1f} h at 100 Hz in {took_s:.0f} s")
    print(f"peak memory {sensor.early_mb:.1f} MB after ten minutes, {peak_mb():.1f} MB at the end; bar: < 20 MB growth")


if __name__ == "__main__":
    main()
