"""The review pages over a full store: ten thousand sessions, a million repetitions, one session of a day at 100 Hz."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from sensortrack.devices.device import Settings
from sensortrack.model.events import AngleTrace, Event, Gap, Movement, Verdict
from sensortrack.model.exercises import load_exercise
from sensortrack.store.session import Begin
from sensortrack.store.store import Store

RATE_HZ = 100.0
DAY_S = 86_400.0
PERIOD_S = 6.0
"""A kick every six seconds, all day: more than any real session holds."""


def main() -> None:
    """Build the store, or take one that was kept, and visit the pages three times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--repetitions", type=int, default=100, help="in each session")
    parser.add_argument("--db", type=Path, help="keep the store here, and use it again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.db or Path(folder) / "full.db"
        if not path.exists():
            _build(path, asked.sessions, asked.repetitions)
        with Store(path) as store:
            day = store.session("last").id
            counts = [
                store.db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("session", "movement")
            ]
        print(f"{counts[0]} sessions, {counts[1]} repetitions, {path.stat().st_size / 1e6:.0f} MB")
        _measure(path, day)


def _build(path: Path, sessions: int, repetitions: int) -> None:
    """Record one session, copy its rows, and record a day."""
    began = time.perf_counter()
    with Store(path) as store:
        _record(store, sessions, _kicks(repetitions, 0.0), start=datetime(2021, 1, 1, 6, tzinfo=UTC))
        db = store.db
        with db.atomic():
            for number in range(2, sessions + 1):
                db.execute(
                    "INSERT INTO session (uid, person_id, sensor_id, exercise, side, started_at, zone, duration_s,"
                    " state, origin, settings, rate_hz) SELECT uid || ?, person_id, sensor_id, exercise,"
                    " CASE ? % 2 WHEN 0 THEN 'left' ELSE 'right' END, ?, 'Europe/Berlin', duration_s, state, origin,"
                    " settings, rate_hz FROM session WHERE id = 1",
                    [str(number), number, (datetime(2021, 1, 1, 6, tzinfo=UTC) + timedelta(hours=5 * number))
                     .isoformat(timespec="milliseconds").replace("+00:00", "Z")],
                )  # fmt: skip
            for table in ("movement", "session_total"):
                names = [column.name for column in db[table].columns if column.name != "session_id"]
                columns = ", ".join(f"{table}.{name}" for name in names)
                db.execute(
                    f"INSERT INTO {table} (session_id, {', '.join(names)}) SELECT session.id, {columns}"
                    f" FROM session, {table} WHERE session.id > 1 AND session_id = 1"
                )
            db.execute(
                "UPDATE session_total SET rom_deg = rom_deg + session_id % 23, hold_s = hold_s + session_id % 7 / 5.0"
            )
        events = [
            *_kicks(int(DAY_S / PERIOD_S) - 1, 5.0),
            *(Gap(i, 900.0 * i + 7, 900.0 * i + 9, 900.0 * i + 9) for i in range(95)),
        ]
        _record(store, 0, events, start=datetime(2030, 1, 1, 0, tzinfo=UTC), angle_s=DAY_S)
    print(f"built in {time.perf_counter() - began:.0f} s")


def _kicks(count: int, first_s: float) -> list[Event]:
    return [
        Movement(i, at_s, at_s + 1, at_s + 2.5, at_s + 4, 60.0 + i % 20, at_s + 4.2, Verdict.COUNTED, (), (), i // 10)
        for i, at_s in ((i, first_s + PERIOD_S * i) for i in range(count))
    ]


def _record(store: Store, seed: int, events: list[Event], *, start: datetime, angle_s: float = 0.0) -> None:
    exercise = load_exercise("donkey-kick")
    begin = Begin(
        exercise, "0", "AA", "sensor", "sensortrack", Settings(RATE_HZ), "simulated", started_at=start, side="left"
    )
    recorder = store.record(begin)
    recorder.add_events(events)
    rng = np.random.default_rng(seed)
    for minute in range(int(angle_s / 60)):
        time_s = minute * 60 + np.arange(60 * int(RATE_HZ)) / RATE_HZ
        bump = np.clip(np.sin(2 * np.pi * (time_s - 5.0) / PERIOD_S), 0, 1)
        recorder.add_angle(AngleTrace(time_s, 70 * bump + rng.normal(0, 0.5, len(time_s))))
    recorder.finish(rate_hz=RATE_HZ, duration_s=angle_s or _count_s(events))


def _count_s(events: list[Event]) -> float:
    return max(event.decided_s for event in events) + 1


def _measure(path: Path, day: int) -> None:
    command = [sys.executable, "-m", "sensortrack", "review", "--no-browser", "--db", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
                for _ in range(3):
                    _visit(browser, address, day)
                browser.close()
        finally:
            server.terminate()


def _visit(browser: Browser, address: str, day: int) -> None:
    page = browser.new_page()
    told = [f"calendar page {_opened(page, address, '#sessions li'):.2f} s"]
    told.append(f"month before {_clicked(page, '#before'):.2f} s")
    told.append(f"a day at 100 Hz opens {_opened(page, f'{address}session?id={day}', '#trace canvas'):.2f} s")
    told += [f"zooms {_fetched(page, '#closer'):.2f} s" for _ in range(3)]
    print(", ".join(told), "(bars: 1 s)")
    page.close()


def _opened(page: Page, address: str, shown: str) -> float:
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(shown)
    _painted(page)
    return time.perf_counter() - began


def _clicked(page: Page, button: str) -> float:
    began = time.perf_counter()
    page.click(button)
    _painted(page)
    return time.perf_counter() - began


def _fetched(page: Page, button: str) -> float:
    began = time.perf_counter()
    with page.expect_response("**/angle?*"):
        page.click(button)
    _painted(page)
    return time.perf_counter() - began


def _painted(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


if __name__ == "__main__":
    main()
