"""How far sample times are from the truth, beyond the link's least delay: an hour at 100 Hz, drift, late packets.

python benchmarks/clock.py [--hours 1]
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.days import hours_asked
from sensortrack.model.samples import Clock, Frame
from sensortrack.signal.clock import StreamClock

RATE_HZ, SAMPLES = 100.0, 4
LEAST_S, MOST_S = 0.03, 0.2
DRIFT_PPM = 50.0


def errors_s(
    clock: Clock, hours: float, *, rate_error: float = 0.0, lost: float = 0.0, wrap_s: float = 0.0
) -> np.ndarray:
    """Errors of all samples after the first 30 s."""
    rng = np.random.default_rng(11)
    stream = StreamClock(clock, RATE_HZ)
    step_s = 1.0 / RATE_HZ / (1.0 + rate_error)  # true distance of samples
    errors = []
    newest_s = 0.0
    for number in range(round(hours * 3600.0 * RATE_HZ / SAMPLES)):
        true_s = 5.0 + (number * SAMPLES + np.arange(SAMPLES)) * step_s
        newest_s = max(newest_s, float(true_s[-1]) + rng.uniform(LEAST_S, MOST_S))  # packets stay in their order
        if rng.random() < lost:
            continue
        device_s = true_s * (1.0 + 1e-6 * DRIFT_PPM)
        stamp_s = None
        if clock.stamps:
            stamp_s = float(device_s[0] if clock.stamps == "first" else device_s[-1])
            stamp_s = round((stamp_s % wrap_s if wrap_s else stamp_s) * 1e6) * 1e-6
        time_s = stream.times_s(Frame(newest_s, np.zeros((SAMPLES, 3)), None, stamp_s))
        if time_s is not None and true_s[0] > 35.0:
            errors.append(time_s - true_s - LEAST_S)
    return np.concatenate(errors)


def main() -> None:
    """Print the table."""
    hours = hours_asked(1.0)
    print(f"{hours:g} h, {DRIFT_PPM:g} ppm, delay {LEAST_S:g}-{MOST_S:g} s; beyond the least, after 30 s; bar: 10 ms")
    print(f"{'':<40}median_ms   p95_ms   max_ms")
    first, last = Clock("first", 2**32 * 1e-6), Clock("last")
    for name, errors in (
        ("stamp of the first sample", errors_s(first, hours)),
        ("stamp of the last sample", errors_s(last, hours)),
        ("stamps that wrap every 60 s, 3 % lost", errors_s(Clock("first", 60.0), hours, wrap_s=60.0, lost=0.03)),
        ("no clock, rate 1.5 % fast", errors_s(Clock(), hours, rate_error=0.015)),
        ("no clock, rate 3 % slow", errors_s(Clock(), hours, rate_error=-0.03)),
    ):
        late = 1e3 * np.abs(errors)
        print(f"{name:<40}{np.median(late):9.2f} {np.percentile(late, 95):8.2f} {late.max():8.2f}")


if __name__ == "__main__":
    main()
