"""A phone's page in a real Chromium, its sensor moved at 60 Hz: what is lost, and how late the count is spoken.

python benchmarks/phone.py [--seed 2] [--minutes 3] [--holes 0]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from sensortrack.cli.announcer import Announcer, Targets
from sensortrack.cli.session import Session
from sensortrack.cli.stored import StoredRecording
from sensortrack.devices.phone import SAMPLES, batches
from sensortrack.model.events import AngleTrace
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import simulate
from sensortrack.store.store import Store
from tests.conftest import Chromium
from tests.phone.handset import Handset, handset

LONGEST_S = (5.0, 15.0, 30.0, 60.0, 10.0)
"""Holes in the network, in turn."""

WAITED_S = 3.0
"""A count that was not said by then was not said: the page leaves stale ones out."""


async def played(chromium: Any, store: Path, block: RawBlock, holes: int) -> dict[str, Any]:
    """Record one session from the page; give what the browser saw and said."""
    environment = {**os.environ, "SENSORTRACK_DB": str(store), "XDG_DATA_HOME": str(store.parent)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sensortrack", "record", "donkey-kick", "--sensor", "phone:127.0.0.1", "--plain",
        env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    heard = ""
    while not (found := re.search(r"https://\S+", heard)):
        heard += (await process.stderr.readline()).decode()
    async with handset(chromium, found[0]) as phone:
        await phone.start()
        await phone.until("ready")
        await phone.hold(block.acc[0])
        await phone.page.click("#main")
        await phone.until("running")
        cutting = asyncio.create_task(cut(phone, holes, float(block.time_s[-1])))
        await phone.play(block)
        await cutting
        await phone.press("#stop")
        await phone.when("document.body.dataset.state === 'ended'")
        seen = {"stamps": await phone.stamps(), "spoken": await phone.spoken(), "put_s": phone.put_s}
    await process.communicate()
    return seen


async def cut(phone: Handset, holes: int, seconds: float) -> None:
    """Cut the network at even distances."""
    begun_s = time.monotonic()
    for i in range(holes):
        await asyncio.sleep(max(begun_s + (i + 0.5) * seconds / holes - time.monotonic(), 0.0))
        await phone.context.set_offline(True)
        await asyncio.sleep(LONGEST_S[i % len(LONGEST_S)])
        await phone.context.set_offline(False)


def judged(store: Path, seen: dict[str, Any], holes: int) -> None:
    """Print what was lost, and the lateness of each count where the network was whole."""
    with Store(store) as opened:
        stored = opened.session("last")
        packets = [each for each in opened.packets(stored.id) if each.channel == SAMPLES]
        came = [at for each in packets for batch in batches(each.payload) for at in batch.stamp_s.tolist()]
        session, announcer = Session(load_exercise("donkey-kick")), None
        announcer = Announcer(session.exercise, Targets.of(session.exercise))
        outputs = [o for part in StoredRecording(opened, stored).blocks for o in session.process(part)]
    due = [at for at in seen["stamps"] if came[0] - 1e-6 <= at <= came[-1] + 1e-6]
    missing = sum(np.abs(np.array(came) - at).min() > 2e-6 for at in due)
    print(f"samples: {len(due)} given by the browser, {len(came)} came, {missing} lost")
    gaps = [each for each in outputs if type(each).__name__ == "Gap"]
    print(f"the browser's own gaps: {int((np.diff(due) > 0.12).sum())}, the session's: {len(gaps)}")
    told = [(said.text, o.decided_s) for o in outputs if not isinstance(o, AngleTrace) for said in announcer.hear([o])]
    put_s, late, unsaid = np.array(seen["put_s"]), [], 0
    for text, decided_s in told:
        injected_s = put_s[np.searchsorted(put_s, came[0] + decided_s) - 1]
        fitting = [
            at_s - injected_s for words, at_s in seen["spoken"] if words == text and 0 < at_s - injected_s < WAITED_S
        ]
        if text[0].isdigit():
            late += [1000 * min(fitting)] if fitting else []
            unsaid += not fitting
    counts = [len(one["reps"]) for one in session.summary("x")["sets"]]
    print(f"counted: {counts}")
    if late and not holes:
        p50, p95 = np.percentile(late, [50, 95])
        print(f"deciding sample injected to the speech call, {len(late)} counts ({unsaid} unsaid): ", end="")
        print(f"median {p50:.0f} ms, p95 {p95:.0f} ms")


def main() -> None:
    """Play and judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--holes", type=int, default=0)
    asked = parser.parse_args()
    made = simulate("donkey-kick", asked.seed, difficulty="clean", rate_hz=60.0, gyroscope=True, lost_share=0.0)
    length_s = float(made.time_s[-1]) + 1 / 60
    times = max(1, round(60 * asked.minutes / length_s))  # the same session again and again
    time_s = np.concatenate([made.time_s + i * length_s for i in range(times)])
    gyr = None if made.gyr is None else np.tile(made.gyr, (times, 1))
    block = RawBlock(time_s, np.tile(made.acc, (times, 1)), gyr)
    print(f"{time_s[-1] / 60:.1f} min, {asked.holes} holes; load {os.getloadavg()[0]:.1f}; true: ", end="")
    print(times * [len(one["reps"]) for one in made.truth["sets"]])
    chromium = Chromium(shutil.which("chromium") or "chromium", patience_s=60 * asked.minutes + 300)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "a.db"
        judged(store, chromium.run(lambda browser: played(browser, store, block, asked.holes)), asked.holes)
    chromium.close()


if __name__ == "__main__":
    main()
