"""Sessions as plain data, drawn: as large, as long-winded and as hostile as a test wants them."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import numpy as np

from sensortrack.formats.exports import Item
from sensortrack.model.events import Gap, Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.exercises import load_exercise
from sensortrack.model.summary import EventLog, summarize
from sensortrack.review.session_report import Trace

START = datetime(2026, 11, 2, 7, 30, tzinfo=UTC)


def kicks(sets: int, reps: int, draw: random.Random, rom_deg: float = 60.0):
    """Repetitions of 4 s each, every fifth hasty, and between sets what is not counted."""
    movements, at = [], 5.0
    for set_id in range(sets):
        for place in range(reps):
            hold = draw.uniform(0.6, 2.5)
            form = ("short-hold", "fast-lift", "fast-lower", "low", "turned-out") if place % 5 == 0 else ()
            verdict, reasons = (Verdict.DOUBTFUL, ("gap",)) if place % 7 == 6 else (Verdict.COUNTED, ())
            rom = rom_deg + draw.gauss(0, 4)
            movements.append(
                Movement(
                    len(movements),
                    at,
                    at + 1,
                    at + 1 + hold,
                    at + 2 + hold,
                    rom,
                    at + 4,
                    verdict,
                    reasons,
                    form,
                    set_id,
                )
            )
            at += 4.5
        for reason in ("flexion", "swing", "jolt", "position", "low"):
            movements.append(
                Movement(
                    len(movements), at, at + 0.5, at + 0.7, at + 1, -30.0, at + 1, Verdict.REJECTED, (reason, "pulse")
                )
            )
            at += 1.5
        at += 20.0
    return movements, at


def holds(many: int, draw: random.Random):
    found, at = [], 8.0
    for number in range(many):
        length = draw.uniform(8, 40)
        found.append(Hold(number, at, at + length, 22 + draw.gauss(0, 3), at + length, length >= 20))
        at += length + 12
    return found, at


def trials(angles):
    return [ThomasAngle(i, 20.0 * i + 10, 20.0 * i + 14, angle, 0.4, 20.0 * i + 14) for i, angle in enumerate(angles)]


def item(
    exercise="donkey-kick",
    *,
    sets=2,
    reps=10,
    many=3,
    angles=(-8.0, -7.0, -6.5),
    gaps=0,
    day=0,
    seed=1,
    rom_deg=60.0,
    **about,
) -> Item:
    """Draw a session; `about` replaces what is known of it."""
    draw = random.Random(seed)
    events, duration_s = [], 90.0
    loaded = about.pop("loaded", None) or load_exercise(exercise)
    if loaded.detector == "repetitions":
        events, duration_s = kicks(sets, reps, draw, rom_deg)
    elif loaded.detector == "stretch":
        events, duration_s = holds(many, draw)
    else:
        events = trials(angles)
        duration_s = 20.0 * len(angles) + 20
    gap_s = duration_s / (gaps + 1)
    events = [*events, *(Gap(i, gap_s * (i + 1), gap_s * (i + 1) + 0.4, 0.0) for i in range(gaps))]
    log = about.pop("log", EventLog(events))
    number, at = about.pop("number", 1), START + timedelta(days=day)
    known = {
        "uid": f"{number:032x}", "number": number, "started_at": at, "zone": "UTC", "person": "me", "exercise": loaded,
        "side": "left", "placement": "outside", "origin": "bluetooth", "sensor": "Movesense 2345", "note": "",
        "pain_before": None, "pain_after": None, "effort": None, "corrections": [], "blocks": lambda: iter(()),
    }  # fmt: skip
    known.update(about)
    summary = summarize(
        log, source=f"session {number}", exercise=loaded.name, duration_s=duration_s, rate_hz=104.0, version="0.1.0",
        parameters=loaded.values(), side=known["side"], started_at=known["started_at"].isoformat(),
    )  # fmt: skip
    return Item(log=log, summary=summary, **known)


def trace(drawn: Item, points: int = 1400) -> Trace:
    """Draw its angle."""
    step_s = drawn.summary["duration_s"] / points
    angle = [40 * (1 - math.cos(i * step_s * 1.4)) for i in range(points)]
    extremes = np.stack([np.array(angle) - 1, np.array(angle) + 1], axis=1).astype(np.float32)
    extremes[: points // 40] = np.nan
    return Trace(0.0, step_s, extremes)


NO_TRACE = Trace(0.0, 0.05, np.empty((0, 2), np.float32))
