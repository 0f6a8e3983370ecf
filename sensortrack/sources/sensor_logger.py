"""A phone with Sensor Logger: an address is opened for it, and what it pushes there is taken."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from enum import StrEnum

from sensortrack.devices import sensor_logger
from sensortrack.devices.device import Device, FrameError, Settings
from sensortrack.devices.messages import pieces
from sensortrack.devices.sensor_logger_messages import CHANNEL, GRAVITY, IN_HAND, LINEAR, TOTAL, Message, read_message
from sensortrack.model.samples import LINK, Packet
from sensortrack.sources.measured import Measuring
from sensortrack.sources.phone import sleepless_s
from sensortrack.web.inbox import Answer, inbox
from sensortrack.web.server import new_token

PORTS = (8790, 0)
"""Where we listen: any port is good, but one that stays the same is typed once and allowed once by a firewall."""

PATH = "/data"

SHOWN = 499
"""The status whose text the app shows to the person, once per recording (protocols.md section 9b)."""

LOST_S = 5.0
"""No message for so long: the phone is lost. The app sends one every second or oftener unless told otherwise."""

BYTES_PER_S, BURST_BYTES = 2**19, 2**25
"""How fast messages may come: four sensors at 200 Hz are 90 kB/s, and what an app kept for minutes comes at once."""

MOST_WAITING_BYTES = 2**26
"""What waits for the recorder at most."""

_WITHOUT = 3  # messages of a recording without gravity, before that is told


class Refusal(StrEnum):
    """Why a message is not taken."""

    NO_GRAVITY = "no gravity"
    OTHER_PHONE = "other phone"


class SensorLoggerSensor:
    """A phone that pushes to an address of this computer.

    Parameters
    ----------
    wanted
        What the stream is asked for; rate and gyroscope are what the phone gives.
    words
        Puts a refusal into words, for the phone's screen.
    help_text
        For whoever opens the address in a browser.
    clock
        A monotonic clock, seconds.

    Attributes
    ----------
    settings
        What the stream is; None until its first seconds came.
    refusal
        Why the newest message was not taken; None when it was.
    """

    identity = "sensor-logger"
    device: Device = sensor_logger.DEVICE
    battery_percent: int | None = None
    trouble: Exception | None = None

    def __init__(
        self,
        wanted: Settings,
        words: Callable[[Refusal], str],
        help_text: str = "",
        *,
        clock: Callable[[], float] = sleepless_s,
    ) -> None:
        self.settings: Settings | None = None
        self.refusal: Refusal | None = None
        self._told: Refusal | None = None
        self._wanted, self._words, self._help_text = wanted, words, help_text
        self._clock, self._begin_s = clock, 0.0
        self._measuring = Measuring(self.device, wanted)
        self._waiting: deque[Packet] = deque()
        self._waiting_bytes = 0
        self._first = 0  # packets that told what the stream is
        self._room, self._room_at_s = float(BURST_BYTES), clock()
        self._phone: str | None = None
        self._session, self._seen = "", set[str]()
        self._is_up = False
        self._news, self._stopping = asyncio.Event(), asyncio.Event()
        self._open = AsyncExitStack()

    async def listen(self, address: str) -> str:
        """Open an address of this computer; give the one to type into the app, with a token in it.

        Raises
        ------
        NetworkError
            It cannot be had.
        """
        token = new_token()
        opened = inbox(self._take, token=token, path=PATH, host=address, ports=PORTS, help_text=self._help_text)
        port = await self._open.enter_async_context(opened)
        return f"http://{address}:{port}/{token}{PATH}"

    async def waiting(self) -> Refusal | None:
        """Wait until samples come, and give None; or until a message is refused for another reason than told before."""
        while self.settings is None and self.refusal in (None, self._told):
            self._news.clear()
            await self._news.wait()
        self._told = self.refusal
        return None if self.settings is not None else self.refusal

    async def close(self) -> None:
        """End listening."""
        await self._open.aclose()

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """Give every message in the order it came, over every silence, until `stop`.

        ``received_s`` counts from the first message; `LINK` tells when the phone is there. If it was waited for the
        phone to be strapped on, it counts from here: what came until then is left out, but for the first messages,
        which tell its sign. Leave it with `contextlib.aclosing`, so that the address is closed at once.
        """
        if len(self._waiting) > self._first:
            self._leave_out()
        try:
            while True:
                while self._waiting:
                    self._waiting_bytes -= len(self._waiting[0].payload)
                    yield self._waiting.popleft()
                if self._stopping.is_set():
                    return
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), LOST_S)
                except TimeoutError:
                    self._link(self._clock(), is_up=False)
        finally:
            await self.close()

    def stop(self) -> None:
        """End the stream."""
        self._stopping.set()
        self._news.set()

    def _take(self, body: bytes) -> Answer:
        """Take a message from the phone, or tell it why not."""
        now_s = self._clock()
        if not self._has_room(len(body), now_s):
            return Answer(429)
        try:
            message = read_message(body)
        except FrameError:
            return Answer(400)
        if not message.rows and not message.others:
            return Answer()  # the app's "Tap to Test Pushing", whatever is in it
        self.refusal = self._refusal(message)
        self._news.set()
        if self.refusal is not None:
            return Answer(SHOWN, self._words(self.refusal))
        if message.rows:
            self._keep(body, now_s)
        return Answer()

    def _refusal(self, message: Message) -> Refusal | None:
        if self._phone not in (None, message.phone):
            return Refusal.OTHER_PHONE
        if message.session != self._session:
            self._session, self._seen = message.session, set()
        self._seen |= message.rows.keys()
        has_gravity = TOTAL in self._seen or {LINEAR, GRAVITY} <= self._seen
        if has_gravity:
            self._phone = message.phone  # from now on it is this one's address
        return None if has_gravity or (message.number or 0) < _WITHOUT else Refusal.NO_GRAVITY

    def _keep(self, body: bytes, now_s: float) -> None:
        if self.settings is None and self._waiting_bytes > MOST_WAITING_BYTES / 2:  # it never becomes a stream
            self._waiting.clear()
            self._waiting_bytes, self._is_up = 0, False
            self._measuring = Measuring(self.device, self._wanted)
        if not self._begin_s:
            self._begin_s = now_s
        self._link(now_s, is_up=True)
        for each in pieces(CHANNEL, body):
            packet = Packet(now_s - self._begin_s, each.payload, each.channel)
            self._put(packet)
            if self.settings is None:
                self.settings, self._first = self._measuring.take(packet), len(self._waiting)

    def _leave_out(self) -> None:
        """Leave out what came before the phone was strapped on."""
        first, self._begin_s = list(self._waiting)[: self._first], self._clock()
        self._waiting.clear()
        self._waiting_bytes = 0
        for each in first:
            self._put(Packet(0.0, each.payload, each.channel.replace(CHANNEL, IN_HAND)))

    def _link(self, now_s: float, *, is_up: bool) -> None:
        """Tell that the phone is there, or not, if that is new."""
        if is_up != self._is_up:
            self._is_up = is_up
            self._put(Packet(now_s - self._begin_s, b"up" if is_up else b"down", LINK))

    def _put(self, packet: Packet) -> None:
        self._waiting.append(packet)
        self._waiting_bytes += len(packet.payload)

    def _has_room(self, size: int, now_s: float) -> bool:
        """Whether so many bytes may come now (token bucket)."""
        self._room = min(BURST_BYTES, self._room + (now_s - self._room_at_s) * BYTES_PER_S)
        self._room_at_s = now_s
        if size > self._room or self._waiting_bytes + size > MOST_WAITING_BYTES:
            return False
        self._room -= size
        return True
