"""A phone for the tests: a page in a phone's size in a real Chromium, and a motion sensor that is moved from here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from sensortrack.devices.phone import SAMPLES, batches
from sensortrack.model.samples import RawBlock
from sensortrack.sources.phone import PhoneSensor
from sensortrack.web.certificate import tls_context

READING = (0.0, 6.0, 7.7)
"""m/s²: held so that its owner reads the screen."""

KINDS = ("accelerometer", "gyroscope", "linear-acceleration")

WATCH = """
window.spoken = []; window.stamps = []; window.tones = 0;
addEventListener("devicemotion", (event) => {
  if (event.accelerationIncludingGravity && event.accelerationIncludingGravity.x !== null)
    window.stamps.push((performance.timeOrigin + event.timeStamp) / 1000);
});
"""
SPEECH = """
speechSynthesis.speak = (words) => {
  window.spoken.push([words.text, (performance.timeOrigin + performance.now()) / 1000]);
  setTimeout(() => words.onstart && words.onstart(), 0);
};
"""
TONES = """
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };
speechSynthesis.speak = (words) => setTimeout(() => words.onerror({ error: "synthesis-unavailable" }), 0);
"""


class Handset:
    """A phone with its page open."""

    def __init__(self, context: Any, page: Any, devtools: Any, kinds: Sequence[str]) -> None:
        self.context, self.page, self._devtools, self._kinds = context, page, devtools, kinds
        self.errors: list[str] = []
        self.put_s: list[float] = []  # when each reading was put
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)

    async def hold(self, acc: Sequence[float] = READING, gyr: Sequence[float] = (0.0, 0.0, 0.0)) -> None:
        """Put a reading (m/s², rad/s)."""
        values = {"accelerometer": acc, "gyroscope": gyr, "linear-acceleration": (0.0, 0.0, 0.0)}
        kinds = self._kinds if not self.put_s else [each for each in self._kinds if each != "linear-acceleration"]
        await asyncio.gather(*(self._put(kind, values[kind]) for kind in reversed(kinds)))
        self.put_s.append(time.time())

    async def _put(self, kind: str, values: Sequence[float]) -> None:
        xyz = dict(zip("xyz", map(float, values), strict=True))
        await self._devtools.send("Emulation.setSensorOverrideReadings", {"type": kind, "reading": {"xyz": xyz}})

    async def play(self, block: RawBlock) -> None:
        """Move as recorded, in its time."""
        begun_s = time.monotonic() - float(block.time_s[0])
        for i, at_s in enumerate(block.time_s):
            late_s = time.monotonic() - begun_s - float(at_s)
            if late_s > 0.05 and i % 2:  # a busy computer: rather coarser than late
                continue
            await asyncio.sleep(max(-late_s, 0.0))
            await self.hold(block.acc[i], (0.0, 0.0, 0.0) if block.gyr is None else block.gyr[i])

    async def idle(self, seconds: float, acc: Sequence[float] = READING) -> None:
        """Hold it as still as a hand does."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            await self.hold(np.add(acc, 0.02 * np.sin(7 * time.monotonic())))
            await asyncio.sleep(1 / 40)

    async def start(self, acc: Sequence[float] = READING) -> None:
        """Tap the large button, while it is held."""
        moving = asyncio.create_task(self.idle(60.0, acc))
        try:
            await self.page.click("#main")
            await self.when("document.body.dataset.state !== 'start'")
        finally:
            moving.cancel()
            with suppress(asyncio.CancelledError):
                await moving

    async def press(self, button: str) -> None:
        """Hold a button until it acts."""
        box = await self.page.locator(button).bounding_box()
        assert box is not None, await self.words()
        await self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await self.page.mouse.down()
        await self.idle(1.1)
        await self.page.mouse.up()

    async def until(self, state: str) -> None:
        """Wait for a state of the page."""
        await self.when(f"document.body.dataset.state === '{state}'")

    async def when(self, true: str) -> None:
        """Wait until an expression is true; the page's policy forbids playwright's own way (`eval`)."""
        async with asyncio.timeout(20):
            while not await self.page.evaluate(true):  # noqa: ASYNC110  # another program's state
                await asyncio.sleep(0.05)

    async def words(self) -> str:
        """What stands on the screen."""
        return str(await self.page.inner_text("body"))

    async def spoken(self) -> list[tuple[str, float]]:
        """What was said, and when."""
        return [(text, at_s) for text, at_s in await self.page.evaluate("window.spoken")]

    async def stamps(self) -> list[float]:
        """When the browser gave samples."""
        return list(await self.page.evaluate("window.stamps"))

    async def picture(self, path: Path) -> None:
        """Take a screenshot."""
        await self.page.screenshot(path=str(path))


@asynccontextmanager
async def handset(browser: Any, url: str, *, kinds: Sequence[str] = KINDS, script: str = SPEECH):
    """Open a page on a phone."""
    context = await browser.new_context(
        ignore_https_errors=True, viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True,
        is_mobile=True,
    )  # fmt: skip
    try:
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        await page.add_init_script(WATCH + script)
        for kind in kinds:
            about = {"available": True, "minimumFrequency": 1, "maximumFrequency": 60}
            await devtools.send(
                "Emulation.setSensorOverrideEnabled", {"enabled": True, "type": kind, "metadata": about}
            )
        found = Handset(context, page, devtools, kinds)
        if kinds:
            await found.hold()
        await page.goto(url)
        yield found
    finally:
        await context.close()


class Desk:
    """A sensor that is recorded here, without a command line around it."""

    def __init__(self, sensor: PhoneSensor, url: str) -> None:
        self.sensor, self.url = sensor, url
        self.packets: list[Any] = []
        self.recording: asyncio.Task[None] | None = None

    async def record(self) -> None:
        """Begin as soon as the phone is there."""
        self.recording = asyncio.create_task(self._take())
        await asyncio.sleep(0)

    async def _take(self) -> None:
        await self.sensor.joined()
        async for packet in self.sensor.packets():
            self.packets.append(packet)

    @property
    def stamps(self) -> list[float]:
        """The phone's times of all samples that came."""
        found = [batch for each in self.packets if each.channel == SAMPLES for batch in batches(each.payload)]
        return [at_s for batch in found for at_s in batch.stamp_s.tolist()]


@asynccontextmanager
async def desk(folder: Path, port: int | None = None):
    """Serve a page over TLS."""
    sensor = PhoneSensor("Donkey kick", strap_s=0.3)
    here = Desk(sensor, await sensor.listen("127.0.0.1", tls_context(folder, "127.0.0.1"), port))
    try:
        yield here
    finally:
        sensor.stop()
        sensor.stop()
        if here.recording is not None:
            here.recording.cancel()
            with suppress(asyncio.CancelledError):
                await here.recording
        await sensor.close()
