"""A phone as a sensor: its browser shows a page of ours, samples, sends, and speaks.

The page keeps what it has sampled until it was taken, so that a hole in the network of any length loses nothing while
the page lives. Here each batch is taken once, checked, and passed on as it came.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from sensortrack.devices import phone
from sensortrack.devices.device import Device, Settings
from sensortrack.model.samples import LINK, Packet
from sensortrack.sources.phone_intake import Intake
from sensortrack.web.phone import MOST_BODY_BYTES, Post, Refusal, Want, routes
from sensortrack.web.server import application, new_token, serving

PORT = 8443
"""Asked for first, so that a firewall may be told of it once; any other when it is taken."""

STRAP_S = 15.0
"""From the tap to the first sample, unless the person begins sooner: what a phone feels while it is strapped on would
be taken for poses and movements of the thigh (simulated: 9 s of handling before a session spoil 4 to 9 of 20)."""

QUIET_S = 4.0
"""A phone that is not heard for so long is told to be lost; it posts ten times a second."""

REST_S = 30.0
"""So long the end of a session waits for the samples that a phone still has."""

_MOST_SAID = 20
_PASSED_S = 0.25  # an answer waits so long at most for what its samples lead to
_TICK_S = 0.5
_PAGE = {
    "": ("text/html", "page.html"),
    "page.css": ("text/css", "page.css"),
    "page.js": ("text/javascript", "page.js"),
    "link.js": ("text/javascript", "link.js"),
    "motion.js": ("text/javascript", "motion.js"),
    "voice.js": ("text/javascript", "voice.js"),
}


class State(StrEnum):
    """Where a session with a phone is; the page is told in each answer."""

    WAITING = "waiting"  # for a phone
    READY = "ready"  # it is being strapped on
    RUNNING = "running"
    PAUSED = "paused"
    ENDING = "ending"  # the phone shall send what it still has
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class _Said:
    number: int
    kind: str
    text: str
    at_s: float


def sleepless_s() -> float:
    """Read a monotonic clock that runs on while this computer sleeps: the phone samples on meanwhile.

    `time.monotonic` stands still then on Linux and macOS. There CLOCK_BOOTTIME and CLOCK_MONOTONIC are the clocks.
    """
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class PhoneSensor:
    """A phone's page.

    Parameters
    ----------
    title
        What is done, for the page to show.
    is_quiet
        The page shall not speak, of its own accord neither.
    strap_s
        How long the phone may be strapped on before it begins.
    clock
        A monotonic clock, seconds.

    Attributes
    ----------
    identity
        The same for the same phone's browser, once it has joined.
    state
        Where the session is.
    settings
        What the stream is, told by its first half second; None before.
    battery_percent
        Charge, from browsers that tell (Chrome).
    """

    device: Device = phone.DEVICE

    def __init__(
        self,
        title: str,
        *,
        is_quiet: bool = False,
        strap_s: float = STRAP_S,
        clock: Callable[[], float] = sleepless_s,
    ) -> None:
        self.identity = "phone"
        self.state = State.WAITING
        self.settings: Settings | None = None
        self.battery_percent: int | None = None
        self.trouble: Exception | None = None
        self._title, self._is_quiet = title, is_quiet
        self._strap_s, self._begins_s = strap_s, 0.0
        self._clock, self._begin_s = clock, clock()
        self._phone: str | None = None
        self._joined, self._begun, self._arrived = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._open = AsyncExitStack()
        self._waiting: deque[tuple[Packet, asyncio.Event]] = deque()
        self._intake = Intake()
        self._heard_s = 0.0
        self._is_up = False
        self._said: list[_Said] = []
        self._numbers = 0

    async def listen(self, address: str, tls: ssl.SSLContext | None, port: int | None = None) -> str:
        """Serve the page; give its address with the token in it.

        Raises
        ------
        OSError
            The address or port cannot be had.
        """
        token = new_token()
        app = application(routes(self, page_files()), token=token, hosts={address}, most_body_bytes=MOST_BODY_BYTES)
        found: int | None = None
        if port is None:
            with suppress(OSError):  # another recorder has it
                found = await self._open.enter_async_context(serving(app, address, PORT, tls=tls))
        if found is None:
            found = await self._open.enter_async_context(serving(app, address, port or 0, tls=tls))
        return f"{'https' if tls else 'http'}://{address}:{found}/{token}/"

    async def joined(self) -> None:
        """Wait until a phone is there whose sensor works."""
        await self._joined.wait()

    async def close(self) -> None:
        """End listening."""
        self.state = State.ENDED
        await self._open.aclose()

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """Let the phone be strapped on, let it begin, and give every packet in the order it was sampled, until it ends.

        ``received_s`` counts from its beginning. On the channel `LINK` stands ``b"up"`` at the beginning, ``b"down"``
        when the phone was not heard for `QUIET_S`, and ``b"up"`` when it is back.
        """
        watching = asyncio.create_task(self._watch())
        try:
            await self._strapped()
            while self._waiting or self.state is not State.ENDED:
                if not self._waiting:
                    await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    packet, passed = self._waiting.popleft()
                    yield packet
                    passed.set()
        finally:
            watching.cancel()
            for _, passed in self._waiting:
                passed.set()
            await self.close()

    async def _strapped(self) -> None:
        """Wait until the phone is on the thigh, and begin."""
        self._begins_s = self._now_s() + self._strap_s
        with suppress(TimeoutError):
            await asyncio.wait_for(self._begun.wait(), self._strap_s)
        self._begin_s, self._heard_s = self._clock(), 0.0
        if self.state is State.READY:
            self.state = State.RUNNING
            self._note(is_up=True)

    def stop(self) -> None:
        """Ask the phone for what it still has, and end then; asked again, end at once."""
        if self.state in (State.RUNNING, State.PAUSED):
            self.state = State.ENDING
            asyncio.get_running_loop().call_later(REST_S, self._end)
        else:
            self._end()

    def pause(self) -> None:
        """Let the phone stop sampling for a while; what it does not sample is a gap."""
        if self.state is State.RUNNING:
            self.state = State.PAUSED

    def resume(self) -> None:
        """Let the phone go on."""
        if self.state is State.PAUSED:
            self.state = State.RUNNING

    def say(self, kind: str, text: str) -> None:
        """Let the phone say a few words, with its next answer; a count or tick that waits gives way to a newer one."""
        passing = ("count", "tick")
        self._said = [each for each in self._said if kind not in passing or each.kind not in passing][1 - _MOST_SAID :]
        self._numbers += 1
        self._said.append(_Said(self._numbers, kind, text, self._now_s()))

    async def take(self, post: Post) -> Mapping[str, object]:
        """Take a request of the page (`sensortrack.web.phone.Desk`)."""
        received_s = self._now_s()
        self._admit(post.phone)
        new = self._intake.new(post.body, received_s, is_open=self.state not in (State.READY, State.ENDED))
        self.settings = self._intake.settings
        self._heard_s, self.battery_percent = received_s, post.battery_percent
        await self._pass_on(new, received_s)
        self._follow(post.want)
        self._said = [each for each in self._said if each.number > post.heard]
        sent_s = self._now_s()
        return {
            "received_s": received_s,
            "sent_s": sent_s,
            "state": self.state,
            "title": self._title,
            "quiet": self._is_quiet,
            "begins_in_s": max(self._begins_s - sent_s, 0.0) if self.state is State.READY else 0.0,
            "say": [
                {"number": each.number, "kind": each.kind, "text": each.text, "age_s": round(sent_s - each.at_s, 3)}
                for each in self._said
            ],
        }

    def _now_s(self) -> float:
        return self._clock() - self._begin_s

    def _admit(self, name: str) -> None:
        """One phone: the first whose sensor works."""
        if self._phone is None:
            self._phone, self.state = name, State.READY
            self.identity = f"phone {hashlib.sha256(name.encode()).hexdigest()[:8]}"
            self._joined.set()
        if self._phone != name:
            raise Refusal("another", 409)

    async def _pass_on(self, body: bytes, received_s: float) -> None:
        """Give a packet to whoever records, and wait a moment for what it leads to: the answer can tell it then."""
        if not body:
            return
        self._note(is_up=True)
        passed = self._put(Packet(received_s, body, phone.SAMPLES))
        with suppress(TimeoutError):
            await asyncio.wait_for(passed.wait(), _PASSED_S)

    def _put(self, packet: Packet) -> asyncio.Event:
        passed = asyncio.Event()
        self._waiting.append((packet, passed))
        self._arrived.set()
        return passed

    def _follow(self, want: Want) -> None:
        match want:
            case Want.BEGIN:
                self._begun.set()
            case Want.PAUSE:
                self.pause()
            case Want.RESUME:
                self.resume()
            case Want.END:
                self._end()

    def _end(self) -> None:
        self.state = State.ENDED
        self._begun.set()
        self._arrived.set()

    async def _watch(self) -> None:
        """Notice when the phone is not heard any more."""
        while True:
            await asyncio.sleep(_TICK_S)
            if self.state is not State.READY:
                self._note(is_up=self._now_s() - self._heard_s < QUIET_S)

    def _note(self, *, is_up: bool) -> None:
        if is_up != self._is_up:
            self._is_up = is_up
            self._put(Packet(self._now_s(), b"up" if is_up else b"down", LINK))


def page_files() -> dict[str, tuple[str, bytes]]:
    """Read the page: content type and bytes by name."""
    folder = files("sensortrack.sources") / "phone_page"
    return {name: (kind, (folder / file).read_bytes()) for name, (kind, file) in _PAGE.items()}
