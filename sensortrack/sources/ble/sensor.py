"""A sensor that is kept streaming: connected, started, watched, and connected again when it was lost."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from itertools import count

from sensortrack.devices.device import Device, DeviceError, Settings
from sensortrack.model.radio import RadioError, RadioProblem
from sensortrack.model.samples import LINK, Packet

from .link import Link
from .scanning import Found, adapter_in_use, listen

MOST_WAITING = 2**16
"""Packets kept for a slow consumer: ten minutes at 100 a second; what comes on top is dropped and counted."""

_FIND_S = 10.0
_TRIES = 4  # about 4 % of connects fail once on BlueZ 5.66 ("failed to discover services"), measured
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
_TICK_S = 0.25
_SILENT_TICKS = 8  # 2 s; the slowest frames known are Polar's, 1.4 s apart (36 samples at 25 Hz)
_FIRST_TICKS = 20  # a sensor may take a few seconds from the start command to its first frame
_BATTERY_TICKS = 1200  # five minutes
_STOP_S = 5.0
_PASSING = {RadioProblem.CONNECT_FAILED, RadioProblem.BUSY, RadioProblem.LINK_LOST, RadioProblem.SILENT}


class BleSensor:
    """A sensor over Bluetooth Low Energy.

    Parameters
    ----------
    sensor
        What a scan found, or only the identity; then it is looked for first.
    device
        Its family.
    wanted
        What the stream is asked for.
    give_up_s
        Ends the stream when a lost sensor has sent nothing for so long; None tries for ever.

    Attributes
    ----------
    identity
        Its address, on macOS a UUID.
    settings
        What the stream is; None before the first start.
    battery_percent
        Charge, read at each start and every five minutes; None from a sensor that does not tell.
    trouble
        Why nothing comes just now; None while packets come.
    dropped
        How many packets were dropped because nobody took them.
    """

    def __init__(
        self,
        sensor: str | Found,
        device: Device,
        wanted: Settings,
        *,
        give_up_s: float | None = None,
    ) -> None:
        self.identity = sensor if isinstance(sensor, str) else sensor.identity
        self.settings: Settings | None = None
        self.battery_percent: int | None = None
        self.trouble: RadioError | DeviceError | None = None
        self.dropped = 0
        self._handle = None if isinstance(sensor, str) else sensor.handle
        self._device, self._wanted = device, wanted
        self._begin_s = 0.0
        self._give_up_s, self._heard_s = give_up_s, 0.0
        self._has_streamed = False
        self._link: Link | None = None
        self._is_up = False
        self._waiting: deque[Packet] = deque()
        self._arrived, self._stopping = asyncio.Event(), asyncio.Event()

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """Connect and give every packet in the order it came, over every loss, until `stop`.

        ``received_s`` counts from here. What was read and notified in conversations is among the packets, and on the
        channel `LINK` ``b"up"`` before a connection's first packet and ``b"down"`` after its last. Leave it with
        `contextlib.aclosing`, so that the sensor is stopped and disconnected at once.

        Raises
        ------
        RadioError, DeviceError
            It never streamed, or was given up.
        """
        self._begin_s = self._heard_s = _now_s()
        work = asyncio.create_task(self._keep_streaming())
        work.add_done_callback(lambda _: self._arrived.set())
        try:
            while not work.done() or self._waiting:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    yield self._waiting.popleft()
            work.result()
        finally:
            self.stop()
            await asyncio.wait({work})

    def stop(self) -> None:
        """Stop the sensor and disconnect; `packets` gives what is left and ends."""
        self._stopping.set()

    async def _keep_streaming(self) -> None:
        failures = refusals = 0
        while not self._stopping.is_set():
            last_heard_s = self._heard_s
            try:
                await self._unless_stopped(self._stream())
            except (RadioError, DeviceError) as error:
                self.trouble = error
                failures = 0 if self._heard_s > last_heard_s else failures + 1
                refusals = refusals + 1 if isinstance(error, DeviceError) else 0
                if not self._goes_on(error, failures, refusals):
                    raise
            finally:
                await self._let_go()
            if failures:
                await self._pause(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (failures - 1)))

    def _goes_on(self, error: RadioError | DeviceError, failures: int, refusals: int) -> bool:
        """Whether to try again: for ever what has streamed before, a few times what may pass."""
        if not self._has_streamed:
            return isinstance(error, RadioError) and error.problem in _PASSING and failures < _TRIES
        if self._give_up_s is not None and _now_s() - self._heard_s > self._give_up_s:
            return False
        return refusals < _TRIES

    async def _stream(self) -> None:
        """Connect, start, and watch until it is over; ends with an error only."""
        async with adapter_in_use():
            # a handle that does not work is forgotten: BlueZ removes what it has not heard for 30 s
            handle, self._handle = self._handle or (await self._found()).handle, None
            self._link = Link(handle, self._take)
            await self._link.connect()
            self._handle = handle
        self._is_up = True
        self._take(LINK, b"up")
        self.settings = await self._link.hold(self._device.start(self._wanted))
        await self._watch(self._link)

    async def _found(self) -> Found:
        found = await listen(_FIND_S, until=lambda found: found.identity == self.identity)
        for sensor in found:
            if sensor.identity == self.identity:
                return sensor
        raise RadioError(RadioProblem.NOT_FOUND, self.identity)

    async def _watch(self, link: Link) -> None:
        """Watch the data, not only the link; in ticks, so that a program that was busy itself finds no silence."""
        quiet, most = 0, _FIRST_TICKS
        for tick in count():
            if tick % _BATTERY_TICKS == 0:
                await self._read_battery(link)
            heard = link.heard
            with suppress(TimeoutError):
                await asyncio.wait_for(link.lost.wait(), _TICK_S)
                raise RadioError(RadioProblem.LINK_LOST)
            quiet += 1
            if link.heard > heard:
                quiet, most = 0, _SILENT_TICKS
                self._heard_s, self._has_streamed, self.trouble = _now_s(), True, None
            if quiet == most:
                raise RadioError(RadioProblem.SILENT)

    async def _read_battery(self, link: Link) -> None:
        percent = await link.battery_percent()
        self.battery_percent = self.battery_percent if percent is None else percent

    async def _let_go(self) -> None:
        """Stop the sensor when that is asked for, and disconnect in any case."""
        link, self._link = self._link, None
        if link is None:
            return
        if self._is_up and self._stopping.is_set() and not link.lost.is_set():
            with suppress(RadioError, DeviceError, TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await link.hold(self._device.stop(self.settings or self._wanted))
        await link.close()
        if self._is_up and not self._stopping.is_set():
            self._take(LINK, b"down")
        self._is_up = False

    def _take(self, channel: str, payload: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append(Packet(_now_s() - self._begin_s, payload, channel))
        self._arrived.set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _unless_stopped(self, work: Coroutine[None, None, None]) -> None:
        """Do something until it ends or the stream is stopped."""
        doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()
        finally:
            doing.cancel()
            stopping.cancel()
            await asyncio.gather(doing, stopping, return_exceptions=True)


def _now_s() -> float:
    """Give the loop's monotonic clock."""
    return asyncio.get_running_loop().time()
