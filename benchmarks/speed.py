"""Speed: a day at 100 Hz through the whole chain against `VQF.updateBatch` alone on the same samples.

python benchmarks/speed.py [--hours 24]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vqf import VQF

from benchmarks.days import RATE_HZ, busy_tile, day, hours_asked, quiet_tile
from sensortrack.model.events import AngleTrace
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import RawBlock
from sensortrack.signal.tracker import Tracker


def race(tile: RawBlock, hours: float, exercise: str) -> tuple[float, float, int]:
    """Seconds of the chain and of VQF, taking turns on each tile, and the number of events."""
    tracker, vqf = Tracker(load_exercise(exercise)), VQF(1.0 / RATE_HZ)
    chain_s = vqf_s = 0.0
    events = 0
    for block in day(tile, hours):
        begin = time.perf_counter()
        outputs = tracker.process(block)
        between = time.perf_counter()
        vqf.updateBatch(block.gyr, block.acc)
        vqf_s += time.perf_counter() - between
        chain_s += between - begin
        events += sum(not isinstance(each, AngleTrace) for each in outputs)
    return chain_s, vqf_s, events


def main() -> None:
    """Print the ratios."""
    hours = hours_asked(24.0)
    print(f"{hours:g} h at {RATE_HZ:g} Hz from arrays; bar: 1.6 x VQF alone")
    print(f"{'':<32}chain_s   vqf_s   ratio   events")
    for name, tile, exercise in (
        ("donkey-kick, sessions all day", busy_tile(), "donkey-kick"),
        ("donkey-kick, quiet day", quiet_tile(), "donkey-kick"),
        ("repetitions, sessions all day", busy_tile(), "repetitions"),
        ("stretch, sessions all day", busy_tile(), "hip-flexor-stretch"),
        ("thomas, sessions all day", busy_tile(), "thomas-test"),
    ):
        chain_s, vqf_s, events = race(tile, hours, exercise)
        print(f"{name:<32}{chain_s:7.2f} {vqf_s:7.2f} {chain_s / vqf_s:7.2f} {events:8d}")


if __name__ == "__main__":
    main()
