"""A phone with phyphox: found, started, asked several times a second, and asked again when it was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress

from sensortrack.devices import phyphox
from sensortrack.devices.device import Conversation, Device, DeviceError, DeviceProblem, Read, Settings
from sensortrack.devices.messages import MOST_BYTES, pieces
from sensortrack.devices.phyphox import News, Poll, find_buffers
from sensortrack.model.network import NetworkError, NetworkProblem
from sensortrack.model.samples import LINK, Packet
from sensortrack.sources.measured import Measuring
from sensortrack.sources.phone import sleepless_s
from sensortrack.web.client import Client, connected

PORTS = (8080, 80)
"""Where the app listens on Android and on the iPhone, unless its settings say otherwise (protocols.md section 9a)."""

POLL_S = 0.15
"""How often it is asked (protocols.md section 9a: every 100 to 250 ms)."""

LOST_S = 3.0
"""Nothing new for so long: the phone is lost, or paused."""

FIRST_S = 10.0
"""A phone that measures gives samples by then."""

_RETRY_S = 1.0
_STOP_S = 3.0


class PhyphoxSensor:
    """A phone in the network on which phyphox allows remote access.

    Parameters
    ----------
    host, port
        Where; without a port those that the app has by itself are tried.
    wanted
        What the stream is asked for; rate and gyroscope are what the phone gives.
    clock
        A monotonic clock, seconds.

    Attributes
    ----------
    identity
        Its host.
    settings
        What the stream is; None until its first seconds came.
    trouble
        Why nothing comes just now; None while samples come.
    """

    device: Device = phyphox.DEVICE
    battery_percent: int | None = None
    trouble: Exception | None = None

    def __init__(
        self, host: str, port: int | None, wanted: Settings, *, clock: Callable[[], float] = sleepless_s
    ) -> None:
        self.identity = f"phyphox {host}"
        self.settings: Settings | None = None
        self.trouble: NetworkError | DeviceError | None = None
        self._host, self._ports = host, PORTS if port is None else (port,)
        self._wanted = wanted
        self._clock, self._begin_s, self._heard_s = clock, 0.0, 0.0
        self._measuring = Measuring(self.device, wanted)
        self._poll: Poll | None = None
        self._is_up = self._has_begun = self._needs_time = False
        self._kept: list[bytes] = []  # what was answered, but waits for what explains it
        self._stopping = asyncio.Event()

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """Give every reply in the order it came, over every loss, until `stop`.

        ``received_s`` counts from here; channels are paths without query, and `LINK` tells when the phone is there.
        Leave it with `contextlib.aclosing`, so that the measurement is stopped at once.

        Raises
        ------
        NetworkError, DeviceError
            It never streamed.
        """
        self._begin_s = self._heard_s = self._clock()
        if len(self._ports) > 1:
            await self.reach()
        async with connected(self._host, self._ports[0]) as client:
            try:
                while not self._stopping.is_set():
                    asked_s = self._clock()
                    pause_s = POLL_S
                    try:
                        packets = await self._unless_stopped(self._step(client))
                    except (NetworkError, DeviceError) as error:
                        packets, pause_s = self._failed(error), _RETRY_S
                    for packet in packets:
                        self._measure(packet)
                        yield packet
                    await self._pause(pause_s - (self._clock() - asked_s))
                for packet in await self._rest(client):
                    yield packet
            finally:
                await self._rest(client)

    async def reach(self) -> None:
        """Find the port where it answers, and see whether what is open there can be recorded.

        Raises
        ------
        NetworkError, DeviceError
            Nothing answers, or nothing that can be recorded.
        """
        errors: list[NetworkError] = []
        for port in self._ports:
            try:
                async with connected(self._host, port) as client:
                    find_buffers(await client.get(phyphox.CONFIG, MOST_BYTES))
            except NetworkError as error:
                errors.append(error)
            else:
                self._ports = (port,)
                return
        ports = " and ".join(map(str, self._ports))
        raise NetworkError(errors[0].problem, f"{self._host}, port {ports}", errors[0].found)

    def stop(self) -> None:
        """Stop the measurement; `packets` gives what is left and ends."""
        self._stopping.set()

    async def _step(self, client: Client) -> list[Packet]:
        """Ask once; give what came, with what explains it before it."""
        if self._poll is None:
            return await self._start(client)
        reply = await client.get(self._poll.query, MOST_BYTES)
        received_s = self._now_s()
        news = self._poll.take(reply)
        if news is News.RELOADED:
            self._poll = None
            return []
        self._kept.append(reply)
        if self._poll.came or news in (News.RESUMED, News.CLEARED):
            self._needs_time |= not self._is_up or news is not News.NOTHING  # there may have been a pause
        before: list[Packet] = []
        if self._needs_time:
            before = _packets(phyphox.TIME, await self._get(client, phyphox.TIME), received_s)
            self._needs_time = False
        if self._poll.came or before:
            self._heard_s, self.trouble = self._clock(), None
            before = [*self._link(received_s, is_up=True), *before]
        kept, self._kept = self._kept, []
        packets = [packet for each in kept for packet in _packets(phyphox.GET, each, received_s)]
        return [*before, *packets, *self._silence()]

    async def _get(self, client: Client, path: str) -> bytes:
        """Ask; an app that is too old to know the times of its pauses has none."""
        try:
            return await client.get(path, MOST_BYTES)
        except NetworkError as error:
            if path != phyphox.TIME or error.problem is not NetworkProblem.STATUS:
                raise
            return b"[]"

    async def _start(self, client: Client) -> list[Packet]:
        packets, replies = await self._hold(client, phyphox.start(self._wanted))
        self._poll = Poll(replies[0])
        self._poll.take(replies[1])
        if self._has_begun:  # what was measured since then is part of the session
            self._poll.from_the_beginning()
        self._has_begun = True
        self._heard_s = self._clock()
        return [*self._link(packets[0].received_s, is_up=True), *packets]

    async def _hold(self, client: Client, conversation: Conversation) -> tuple[list[Packet], list[bytes]]:
        """Perform a conversation, which only reads; give what was read as packets, and as it came."""
        packets: list[Packet] = []
        replies: list[bytes] = []
        try:
            action = next(conversation)
            while True:
                gave = b""
                if isinstance(action, Read):
                    gave = await self._get(client, action.channel)
                    replies.append(gave)
                    packets += _packets(action.channel, gave, self._now_s())
                action = conversation.send(gave)
        except StopIteration:
            return packets, replies

    def _failed(self, error: NetworkError | DeviceError) -> list[Packet]:
        """Go on without an answer; one that never came is an error."""
        if not self._has_begun:
            raise error
        self.trouble = error
        match error:
            case NetworkError(problem=NetworkProblem.TOO_LONG) if self._poll is not None:
                self._poll.from_now()  # more than anybody can catch up with
            case DeviceError() | NetworkError(problem=NetworkProblem.STATUS):  # something else is open there now
                self._poll = None
        return self._silence()

    def _silence(self) -> list[Packet]:
        """Notice that nothing has come for long."""
        silent_s = self._clock() - self._heard_s
        if self.settings is None and silent_s > FIRST_S:
            raise DeviceError(DeviceProblem.NOT_MEASURING)
        return self._link(self._now_s(), is_up=False) if silent_s > LOST_S else []

    def _link(self, now_s: float, *, is_up: bool) -> list[Packet]:
        """Tell that the phone is there, or not, if that is new."""
        is_new, self._is_up = is_up != self._is_up, is_up
        return [Packet(now_s, b"up" if is_up else b"down", LINK)] if is_new else []

    def _measure(self, packet: Packet) -> None:
        if self.settings is None and packet.channel != LINK:
            self.settings = self._measuring.take(packet)

    async def _rest(self, client: Client) -> list[Packet]:
        """Stop the measurement, and give what was measured since the last question."""
        poll, self._poll = self._poll, None
        if poll is None:
            return []
        with suppress(NetworkError, DeviceError, TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await self._hold(client, phyphox.stop(self._wanted))
                reply = await client.get(poll.query, MOST_BYTES)
                self._kept.append(reply)
        return [packet for each in self._kept for packet in _packets(phyphox.GET, each, self._now_s())]

    def _now_s(self) -> float:
        return self._clock() - self._begin_s

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), max(seconds, 0.0))

    async def _unless_stopped(self, work: Coroutine[None, None, list[Packet]]) -> list[Packet]:
        """Do something until it ends or the stream is stopped."""
        doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else []
        finally:
            doing.cancel()
            stopping.cancel()
            await asyncio.gather(doing, stopping, return_exceptions=True)


def _packets(channel: str, message: bytes, received_s: float) -> list[Packet]:
    found = pieces(channel.partition("?")[0], message)
    return [Packet(received_s, each.payload, each.channel) for each in found]
