"""How many times faster than real time each family's packets become samples: decode, place in time, join.

python benchmarks/devices.py [--hours 0.05]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.days import hours_asked
from sensortrack.devices.device import Device, Settings, performed
from sensortrack.devices.registry import DEVICES
from sensortrack.model.samples import Packet, RawBlock
from sensortrack.sources.receiver import Receiver

BLOCK = 8


def packets(device: Device, hours: float) -> tuple[Settings, list[Packet]]:
    """A session of a family, as its own encoder sends it."""
    encoder = device.encoder()
    settings, heard = performed(device.start(Settings(rate_hz=device.nearest_rate(100.0))), encoder)
    made = [Packet(0.0, each.payload, each.channel) for each in heard]
    rng = np.random.default_rng(3)
    for first in range(0, round(hours * 3600 * settings.rate_hz), BLOCK):
        time_s = (first + np.arange(BLOCK)) / settings.rate_hz
        acc = np.array([0.0, 9.81, 0.0]) + rng.normal(0, 0.5, (BLOCK, 3))
        block = RawBlock(time_s, acc, rng.normal(0, 1.0, (BLOCK, 3)) if settings.gyroscope else None)
        made += [Packet(float(time_s[-1]) + 0.03, each.payload, each.channel) for each in encoder.encode(block)]
    return settings, made


def main() -> None:
    """Print the ratios."""
    hours = hours_asked(0.05)
    print(f"{hours:g} h of each family; bar: > 200 x real time")
    print(f"{'':<16}rate_hz  packets/s  x_real_time")
    for device in DEVICES:
        settings, made = packets(device, hours)
        receiver = Receiver(device, settings)
        begin = time.process_time()
        samples = sum(len(block) for packet in made for block in receiver.process(packet))
        took_s = time.process_time() - begin
        assert samples > 0.95 * hours * 3600 * settings.rate_hz - 200, device.name
        rate = len(made) / (hours * 3600)
        print(f"{device.name:<16}{settings.rate_hz:7.1f} {rate:10.1f} {hours * 3600 / took_s:12.0f}")


if __name__ == "__main__":
    main()
