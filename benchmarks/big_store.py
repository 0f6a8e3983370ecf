"""A store of 10,000 sessions with 1,000,000 repetitions, and how long commands take on it, as processes.

Only what these commands read is made: sessions with their results, no packets and no event logs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensortrack.model.exercises import load_exercise
from sensortrack.store.results import insert_analysis
from sensortrack.store.store import Store, instant

BAR_S = 0.5
KINDS = ("donkey-kick",) * 8 + ("hip-flexor-stretch", "thomas-test")
REPS = 125  # of a kick session, so that ten sessions have 1000
SESSIONS_A_DAY = 4
COMMANDS = (
    ["sessions"],
    ["sessions", "--exercise", "thomas-test"],
    ["show", "last"],
    ["show", "5003"],
    ["today"],
    ["progress"],
    ["progress", "--json"],
    ["program"],
    ["--help"],
)


def main() -> None:
    """Build, time, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--keep", metavar="FILE", help="Build it there and leave it.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(asked.keep or f"{folder}/big.db")
        if not path.exists():
            build(path, asked.sessions)
        print(f"{path.stat().st_size / 1e6:.0f} MB")
        for command in COMMANDS:
            wall_s, used_s = _seconds(command, path)
            print(f"{' '.join(command):33} {wall_s:.2f} s, processor {used_s:.2f} s   (bar: {BAR_S} s)")


def build(path: Path, sessions: int) -> None:
    """Fill a new store: `SESSIONS_A_DAY` up to yesterday, in Berlin, legs by turns."""
    with Store(path) as store:
        db = store.db
        db.execute("PRAGMA synchronous = OFF")
        with db.atomic():
            db.execute("INSERT INTO sensor (identity, name, family) VALUES ('AA:BB', 'thigh', 'sensortrack')")
            newest = datetime.now(UTC) - timedelta(days=1)
            for number in range(1, sessions + 1):
                began = newest - timedelta(days=(sessions - number) / SESSIONS_A_DAY)
                _session(store, number, KINDS[(number * 7) % len(KINDS)], began)


def _session(store: Store, number: int, name: str, began: datetime) -> None:
    db, side = store.db, ("left", "right")[number // len(KINDS) % 2]
    db.execute(
        "INSERT INTO session (id, uid, person_id, sensor_id, exercise, side, started_at, zone, duration_s, state,"
        " origin, settings, rate_hz)"
        " VALUES (?, ?, 1, 1, ?, ?, ?, 'Europe/Berlin', 600, 'complete', 'bluetooth', '{}', 100)",
        [number, f"{number:032x}", name, side, instant(began)],
    )
    analysis = insert_analysis(db.conn, number, load_exercise(name), "0", is_live=True)
    db.execute("UPDATE session SET analysis_id = ? WHERE id = ?", [analysis, number])
    if name == "donkey-kick":
        db.conn.executemany(f"INSERT INTO movement VALUES ({', '.join('?' * 16)})", _kicks(number))
    elif name == "hip-flexor-stretch":
        rows = [(number, n, 40.0 * n, 40.0 * n + 25, 25.0 + n / 7, 22.0, 40.0 * n + 25, 1) for n in range(1, 4)]
        db.conn.executemany("INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    else:
        rows = [(number, n, 20.0 * n, 20.0 * n + 5, -4.0 + n / 3, 0.4, 20.0 * n + 5) for n in range(1, 4)]
        db.conn.executemany("INSERT INTO thomas_trial VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _kicks(session: int) -> list[tuple[object, ...]]:
    rom_deg = 60.0 + session / 1000.0
    return [
        (session, n, 1 + n // 25, 4.0 * n, 4.0 * n + 1, 4.0 * n + 2, 4.0 * n + 3, 1.0, 1.0 + n / 1000, 1.0,
         rom_deg + n % 5, 4.0 * n + 3.2, "counted", "", "", None)
        for n in range(1, REPS + 1)
    ]  # fmt: skip


def _seconds(command: list[str], path: Path) -> tuple[float, float]:
    """Give the quickest of five whole processes: by the wall's clock, and the processor time that it took."""
    times = []
    for _ in range(5):
        begin, used = time.perf_counter(), _used_s()
        db = [] if command in (["--help"], ["program"]) else ["--db", str(path)]
        subprocess.run([sys.executable, "-m", "sensortrack", *command, *db], capture_output=True, check=True)
        times.append((time.perf_counter() - begin, _used_s() - used))
    return min(times)


def _used_s() -> float:
    """Processor time of all processes that were waited for."""
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    main()
