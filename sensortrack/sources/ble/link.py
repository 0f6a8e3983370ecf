"""One connection to a sensor, and the conversations that are held over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode

from sensortrack.devices.device import (
    BATTERY_LEVEL,
    Action,
    Conversation,
    DeviceError,
    DeviceProblem,
    Expect,
    Read,
    Settings,
    Subscribe,
    Wait,
    Write,
)
from sensortrack.model.radio import RadioError, RadioProblem

from .problems import BLEAK_ERRORS, radio_errors

_CONNECT_S = 20.0
_STEP_S = 10.0  # one read, write, subscription or disconnection; BlueZ has the same limit for the last
_LONGEST = 512  # of an attribute's value (Bluetooth Core 5.4, volume 3, part F, section 3.2.9)
_PAIRING = {
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
}


class Link:
    """A connection; made by `connect`, and over when `close` has returned.

    Parameters
    ----------
    handle
        What bleak connects to.
    take
        Is given channel and payload of everything that is read or notified, in order, when it comes.

    Attributes
    ----------
    lost
        Set when the connection is gone.
    heard
        How many notifications came.
    """

    def __init__(self, handle: BLEDevice, take: Callable[[str, bytes], None]) -> None:
        self._client = BleakClient(handle, lambda _: self._gone(), timeout=_CONNECT_S)
        self._take = take
        self._subscribed: set[str] = set()
        self._since_write: list[tuple[str, bytes]] | None = None  # while a conversation is held
        self._news = asyncio.Event()
        self.lost = asyncio.Event()
        self.heard = 0

    async def connect(self) -> None:
        """Connect and learn the services.

        Raises
        ------
        RadioError
            It did not work; the next attempt needs a new link.
        """
        with radio_errors():
            async with asyncio.timeout(_CONNECT_S + _STEP_S):  # not every system limits the services' discovery
                await self._client.connect()

    async def close(self) -> None:
        """Disconnect, or forget a lost connection: without this BlueZ delivers the next one's packets twice."""
        with suppress(*BLEAK_ERRORS):
            async with asyncio.timeout(_STEP_S):
                await self._client.disconnect()

    async def hold(self, conversation: Conversation) -> Settings:
        """Perform a conversation's actions one by one.

        Raises
        ------
        DeviceError
            The sensor does not do what its family does.
        RadioError
            The connection is lost, or never could carry this conversation.
        """
        self._since_write = []
        try:
            action = next(conversation)
            while True:
                action = conversation.send(await self._perform(action))
        except StopIteration as end:
            settings: Settings = end.value
            return settings
        finally:
            self._since_write = None
            conversation.close()

    async def battery_percent(self) -> int | None:
        """Read the charge; None from a sensor that does not tell."""
        try:
            async with asyncio.timeout(_STEP_S):
                level = await self._client.read_gatt_char(self._characteristic(BATTERY_LEVEL))
        except (*BLEAK_ERRORS, DeviceError):
            return None
        return level[0] if level else None

    async def _perform(self, action: Action) -> bytes:
        gave = b""
        try:
            with radio_errors():
                match action:
                    case Expect():
                        gave = await self._expect(action)
                    case Wait(seconds):
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self.lost.wait(), seconds)
                    case _:
                        async with asyncio.timeout(_STEP_S):
                            gave = await self._ask(action)
        except RadioError as error:
            raise self._blamed(error) from error
        if self.lost.is_set():
            raise RadioError(RadioProblem.LINK_LOST)
        return gave

    def _blamed(self, error: RadioError) -> Exception:
        """Tell a lost link and a sensor that says no from a radio that does not work."""
        if self.lost.is_set():
            return RadioError(RadioProblem.LINK_LOST, error.detail)
        if not isinstance(error.__cause__, BleakGATTProtocolError):
            return error
        code = error.__cause__.code
        if code in _PAIRING:
            return RadioError(RadioProblem.PAIRING, error.detail)
        return DeviceError(DeviceProblem.REFUSED, found=f"GATT error 0x{code:02x}")

    async def _ask(self, action: Subscribe | Read | Write) -> bytes:
        characteristic = self._characteristic(action.channel)
        match action:
            case Subscribe(channel):
                if channel not in self._subscribed:
                    self._subscribed.add(channel)
                    await self._client.start_notify(characteristic, partial(self._notified, channel))
            case Read(channel):
                value = bytes(await self._client.read_gatt_char(characteristic))
                self._take(channel, value)
                return value
            case Write(_, payload, wanted):
                response = _response(characteristic, wanted)
                most = _LONGEST if response else characteristic.max_write_without_response_size
                if len(payload) > most:
                    raise RadioError(RadioProblem.TOO_LONG, f"{len(payload)} > {most}")
                self._since_write = []
                await self._client.write_gatt_char(characteristic, payload, response=response)
        return b""

    async def _expect(self, action: Expect) -> bytes:
        with suppress(TimeoutError):
            async with asyncio.timeout(action.timeout_s):
                while not self.lost.is_set():
                    for channel, payload in self._since_write or ():
                        if channel == action.channel and payload.startswith(action.prefix):
                            return payload
                    self._news.clear()
                    await self._news.wait()
        return b""

    def _characteristic(self, channel: str) -> BleakGATTCharacteristic:
        """Find a channel: a characteristic's UUID, after its service's and a slash where that alone is not enough."""
        service, _, uuid = channel.rpartition("/")
        fitting = [
            characteristic
            for characteristic in self._client.services.characteristics.values()
            if characteristic.uuid == uuid.lower() and (not service or characteristic.service_uuid == service.lower())
        ]
        if len(fitting) != 1:
            raise DeviceError(DeviceProblem.WRONG_FIRMWARE, found=f"{len(fitting)} x {channel}")
        return fitting[0]

    def _notified(self, channel: str, _characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        payload = bytes(data)
        self.heard += 1
        self._take(channel, payload)
        if self._since_write is not None:
            self._since_write.append((channel, payload))
            self._news.set()

    def _gone(self) -> None:
        self.lost.set()
        self._news.set()


def _response(characteristic: BleakGATTCharacteristic, wanted: bool) -> bool:
    """Whether to write with a response: as is wanted, unless this board offers the other way only."""
    ways = {True: "write", False: "write-without-response"}
    offered = {response for response, name in ways.items() if name in characteristic.properties}
    return not wanted if offered == {not wanted} else wanted
