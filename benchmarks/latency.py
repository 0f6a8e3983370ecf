"""Cost of a live block: ten samples at 100 Hz through the whole chain, for each exercise.

python benchmarks/latency.py [--hours 0.5]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.days import busy_tile, day, hours_asked
from sensortrack.model.exercises import load_exercise, shipped_names
from sensortrack.signal.tracker import Tracker

SAMPLES = 10


def costs_ms(exercise: str, hours: float) -> np.ndarray:
    """Milliseconds of each block."""
    tracker = Tracker(load_exercise(exercise))
    costs = []
    for tile in day(busy_tile(), hours):
        for begin in range(0, len(tile), SAMPLES):
            block = tile[begin : begin + SAMPLES]
            start = time.perf_counter()
            tracker.process(block)
            costs.append(1e3 * (time.perf_counter() - start))
    return np.array(costs)


def main() -> None:
    """Print the percentiles."""
    hours = hours_asked(0.5)
    print(f"{SAMPLES}-sample blocks, {hours:g} h at 100 Hz; bar: p99 < 1 ms")
    print(f"{'':<24}p50_ms  p99_ms  max_ms")
    for exercise in shipped_names():
        costs = costs_ms(exercise, hours)
        p50, p99 = np.percentile(costs, [50, 99])
        print(f"{exercise:<24}{p50:6.3f}  {p99:6.3f}  {costs.max():6.2f}")


if __name__ == "__main__":
    main()
