"""Records a simulated stream until it is killed; prints what it has handed to the recorder, line by line."""

import sys
import time
from pathlib import Path

from sensortrack.model.samples import Packet
from sensortrack.store.store import Store
from tests.store.test_store import beginning

if __name__ == "__main__":
    recorder = Store(Path(sys.argv[1])).record(beginning())
    start = time.monotonic()
    for number in range(10**6):
        now = time.monotonic()
        recorder.add(Packet(now - start, number.to_bytes(4, "little") * 14, "data"))
        if number % 5 == 0:
            sys.stdout.write(f"{number} {now}\n")
            sys.stdout.flush()
        time.sleep(max(0.0, start + 0.01 * (number + 1) - time.monotonic()))
