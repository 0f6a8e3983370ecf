"""Peak memory of `sensortrack replay` on a long CSV, and on one four times as long.

python benchmarks/memory.py [--hours 1]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.days import busy_tile, day  # noqa: E402
from sensortrack.formats.csv_table import write_table  # noqa: E402


def replay(path: Path, form: str) -> tuple[float, float]:
    """Peak memory in MB and seconds of a replay in a process of its own."""
    command = [sys.executable, "-m", "sensortrack", "replay", str(path), "--exercise", "donkey-kick", "--format", form]
    begin = time.perf_counter()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - not a path of ours
        actions = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        child = os.posix_spawn(sys.executable, command, environment, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"replay of {path} failed with status {status}")
    scale = 1024**2 if sys.platform == "darwin" else 1024  # bytes there, kB here
    return usage.ru_maxrss / scale, time.perf_counter() - begin


def main() -> None:
    """Print peak memory for both lengths and forms."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=1.0)
    hours = parser.parse_args().hours
    tile = busy_tile()
    print("Peak memory of a replay; bar: < 250 MB, does not grow with the length")
    print(f"{'':<24}rows      file_MB  peak_MB  seconds")
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, 4):
            path = Path(folder) / f"{times}.csv"
            with path.open("w", encoding="utf-8") as stream:
                write_table(stream, day(tile, times * hours))
            rows = sum(len(each) for each in day(tile, times * hours))
            for form in ("json", "table"):
                peak, seconds = replay(path, form)
                size = path.stat().st_size / 1e6
                print(f"{times * hours:g} h, {form:<18}{rows:9d} {size:8.1f} {peak:8.1f} {seconds:8.1f}")


if __name__ == "__main__":
    main()
