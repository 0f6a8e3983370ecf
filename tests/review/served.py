"""A store with known sessions, and the review pages over it, served from a thread."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue

import numpy as np

from sensortrack.cli.thomas import CAVEAT
from sensortrack.cli.wording import FORM, REASONS
from sensortrack.model.events import AngleTrace, Gap, Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.exercises import load_exercise
from sensortrack.review.site import site
from sensortrack.store.store import Store
from sensortrack.web.server import Pace, application, new_token, serving
from tests.store.test_store import beginning

KICKS_S = [5.0, 10.0, 15.0, 20.0, 45.0, 50.0]
KICK_S = 4.0
DURATION_S = 60.0


def kick(number: int, at_s: float, verdict=Verdict.COUNTED, set_id: int | None = 0, reasons=(), form=()) -> Movement:
    return Movement(
        number, at_s, at_s + 1, at_s + 2.5, at_s + KICK_S, 70.0, at_s + KICK_S + 0.2, verdict, reasons, form, set_id
    )


KICKS = [
    kick(0, 5.0), kick(1, 10.0, form=("short-hold", "fast-lift")), kick(2, 15.0),
    kick(3, 20.0, Verdict.DOUBTFUL, reasons=("gap",)),
    kick(4, 30.0, Verdict.REJECTED, None, ("flexion",)),
    kick(5, 45.0, set_id=1), kick(6, 50.0, set_id=1), Gap(0, 21.0, 21.6, 21.6),
]  # fmt: skip
HOLDS = [Hold(0, 10.0, 35.0, 22.0, 35.5, True), Hold(1, 40.0, 52.0, 20.0, 52.5, False)]
TRIALS = [ThomasAngle(0, 20.0, 24.0, -4.0, 0.3, 25.0), ThomasAngle(1, 40.0, 44.0, -6.0, 0.3, 45.0)]


def trace(duration_s: float = DURATION_S) -> AngleTrace:
    """Kicks of 70 degrees at their times."""
    time_s = np.arange(0, duration_s, 0.01)
    angle_deg = np.zeros_like(time_s)
    for at_s in KICKS_S:
        inside = (time_s >= at_s) & (time_s < at_s + KICK_S)
        angle_deg[inside] = 70 * np.sin(np.pi * (time_s[inside] - at_s) / KICK_S)
    return AngleTrace(time_s, angle_deg)


def keep(store: Store, day: int, events, exercise: str = "donkey-kick", **more) -> int:
    """Record a session on a day of March 2026."""
    begin = beginning(
        exercise=more.pop("own", None) or load_exercise(exercise),
        started_at=datetime(2026, 3, day, 6, 30, tzinfo=UTC),
        **{"zone": "Europe/Berlin", "side": "left"} | more,
    )
    recorder = store.record(begin)
    recorder.add_events(events)
    recorder.add_angle(trace())
    recorder.finish(rate_hz=100.0, duration_s=DURATION_S)
    return recorder.session_id


def fill(path: Path) -> None:
    """Keep three sessions: kicks (1), a stretch (2), a Thomas test (3)."""
    with Store(path) as store:
        keep(store, 3, KICKS, note="Stiff today")
        keep(store, 5, HOLDS, "hip-flexor-stretch", side="right")
        keep(store, 5, TRIALS, "thomas-test")


@contextmanager
def served(path: Path) -> Iterator[str]:
    """Serve the pages while the block runs; gives their address."""
    begun: Queue = Queue()

    async def serve() -> None:
        ends, token = asyncio.Event(), new_token()
        routes = site(path, {**FORM, **REASONS, "thomas": CAVEAT})
        app = application(routes, token=token, hosts={"127.0.0.1"}, pace=Pace(burst=1e6))
        async with serving(app, "127.0.0.1") as port:
            begun.put((f"http://127.0.0.1:{port}/{token}/", asyncio.get_running_loop(), ends))
            await ends.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    address, loop, ends = begun.get(timeout=20)
    try:
        yield address
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join()
