"""Any family's encoder as a real Bluetooth peripheral: a sensor made of a dongle, or of a virtual radio, by bumble.

It advertises as the family does, offers its services beside battery and device information, takes one client at a
time and streams what its blocks hold, in real time. Tried on bumble's virtual radio; not on a dongle yet.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

import numpy as np
from bumble import data_types
from bumble.core import UUID, AdvertisingData, BaseBumbleError, DataType
from bumble.device import Connection
from bumble.device import Device as Radio
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.gatt_server import Server
from bumble.hci import Address
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService
from bumble.transport import open_transport
from bumble.transport.common import Transport

from sensortrack.devices.device import BATTERY_LEVEL, Device, Notification
from sensortrack.model.radio import RadioError, RadioProblem
from sensortrack.model.samples import FloatArray, RawBlock

BATTERY_PERCENT = 87
_PIECE_S = 0.04  # frames go out this often at least, as a sensor's do (protocols.md section 8.3)
_LONGEST_HOLE_S = 0.25  # what is interpolated over at most; a longer hole in the blocks stays one
_MOST_WAITING = 64  # notifications that wait for the radio; a sensor's memory is not endless either
_ADVERTISING_MS = 100.0
_SWITCH_OFF_S = 2.0
_ADVERTISING_BYTES = 31  # legacy advertising (Bluetooth Core 5.4, volume 6, part B, section 2.3.1)


async def play(device: Device, blocks: Iterable[RawBlock], transport: str, name: str) -> None:
    """Be a sensor of this family on an HCI transport, until the blocks end or it is cancelled.

    Parameters
    ----------
    device
        The family.
    blocks
        Samples on the sensor's clock, in rising time; taken from the moment a client has started the stream.
    transport
        As bumble names it, such as ``usb:0``.
    name
        As advertised; the address is made from it, so that the same name is the same sensor again.

    Raises
    ------
    RadioError
        The transport does not open, is no Bluetooth controller, or goes away.
    """
    async with await _opened(transport) as hci:
        radio = Radio.with_hci(name, _address(name), hci.source, hci.sink)
        playing = asyncio.create_task(Peripheral(radio, device).run(blocks))
        try:
            await asyncio.wait({playing, hci.source.terminated}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                raise RadioError(RadioProblem.ADAPTER_GONE, transport)
            playing.result()
        except BaseBumbleError as error:
            raise RadioError(RadioProblem.ADAPTER_GONE, str(error) or type(error).__name__) from error
        finally:
            playing.cancel()
            await asyncio.wait({playing}, timeout=_SWITCH_OFF_S)


async def _opened(transport: str) -> Transport:
    try:
        return await open_transport(transport)
    except Exception as error:  # every transport raises what its own library (usb, serial, …) does
        denied = isinstance(error, PermissionError) or "Access" in type(error).__name__
        problem = RadioProblem.PERMISSION if denied else RadioProblem.NO_ADAPTER
        raise RadioError(problem, str(error) or type(error).__name__) from error


def _address(name: str) -> Address:
    """Make a static random address (Bluetooth Core 5.4, volume 6, part B, section 1.3.2.1: the top two bits are 1)."""
    digest = bytearray(hashlib.sha256(name.encode()).digest()[:6])
    digest[5] |= 0xC0
    return Address(bytes(digest))


class Peripheral:
    """A sensor on a radio of its own.

    Parameters
    ----------
    radio
        A bumble device, not powered on yet; its name is what is advertised.
    device
        The family.
    """

    def __init__(self, radio: Radio, device: Device) -> None:
        self._radio, self._device, self._encoder = radio, device, device.encoder()
        self._connection: Connection | None = None
        self._sender: asyncio.Task[None] | None = None
        self._outgoing: asyncio.Queue[Notification] = asyncio.Queue()
        self._wanted = asyncio.Event()
        self._characteristics: dict[str, Characteristic[bytes]] = {}
        radio.add_services(self._services())
        radio.advertising_data, radio.scan_response_data = _advertised(radio.name, device)
        radio.on(Radio.EVENT_CONNECTION, self._connected)
        radio.gatt_server.on(Server.EVENT_CHARACTERISTIC_SUBSCRIPTION, self._look_whether_wanted)

    async def run(self, blocks: Iterable[RawBlock]) -> None:
        """Advertise, wait for the first client that starts the stream, then send in real time."""
        await self._radio.power_on()
        await self._radio.start_advertising(
            auto_restart=True, advertising_interval_min=_ADVERTISING_MS, advertising_interval_max=_ADVERTISING_MS
        )
        try:
            await self._wanted.wait()
            await self._stream(blocks)
        finally:
            self._disconnected()
            with suppress(BaseBumbleError):
                await self._radio.power_off()

    def _look_whether_wanted(self, *_subscription: object) -> None:
        subscribed = self._radio.gatt_server.subscribers.get(self._connection, {}) if self._connection else {}
        if self._encoder.settings is not None and any(any(value) for value in subscribed.values()):
            self._wanted.set()

    async def _stream(self, blocks: Iterable[RawBlock]) -> None:
        loop = asyncio.get_running_loop()
        begin_s: float | None = None
        last: RawBlock | None = None
        for piece in _pieces(blocks):
            begin_s = loop.time() - float(piece.time_s[0]) if begin_s is None else begin_s
            await asyncio.sleep(begin_s + float(piece.time_s[-1]) - loop.time())
            if (settings := self._encoder.settings) is not None:
                samples = resampled(last, piece, settings.rate_hz)
                self._send(self._encoder.encode(samples) if len(samples) else ())
            last = piece

    def _written(self, channel: str, payload: bytes) -> None:
        self._send(self._encoder.write(channel, payload))
        self._look_whether_wanted()

    def _send(self, notifications: Iterable[Notification]) -> None:
        for notification in notifications if self._connection else ():
            if self._outgoing.qsize() < _MOST_WAITING:  # what a slow radio cannot send is lost, as a sensor loses it
                self._outgoing.put_nowait(notification)

    async def _send_on(self, connection: Connection) -> None:
        """Put notifications on the air one after the other; one that nobody subscribed to is gone."""
        server = self._radio.gatt_server
        while True:
            notification = await self._outgoing.get()
            if (queue := connection.data_packet_queue) and queue.pending >= _MOST_WAITING:
                await connection.drain()
            characteristic = self._characteristics[notification.channel]
            if Characteristic.Properties.NOTIFY in characteristic.properties:
                await server.notify_subscriber(connection, characteristic, notification.payload)
            else:
                await server.indicate_subscriber(connection, characteristic, notification.payload)

    def _connected(self, connection: Connection) -> None:
        self._connection, self._outgoing = connection, asyncio.Queue()
        connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: self._disconnected())
        self._sender = asyncio.get_running_loop().create_task(self._send_on(connection))

    def _disconnected(self) -> None:
        self._connection = None
        if self._sender is not None:
            self._sender.cancel()

    def _services(self) -> list[Service]:
        uuids = [c.uuid for service in self._device.services for c in service.characteristics]
        services = []
        for service in self._device.services:
            characteristics = []
            for told in service.characteristics:
                channel = told.uuid if uuids.count(told.uuid) == 1 else f"{service.uuid}/{told.uuid}"
                self._characteristics[channel] = self._characteristic(channel, told.uuid, told.properties)
                characteristics.append(self._characteristics[channel])
            services.append(Service(service.uuid, characteristics))
        services.append(DeviceInformationService(manufacturer_name="sensortrack", model_number=self._device.name))
        return services if BATTERY_LEVEL in uuids else [*services, BatteryService(lambda _: BATTERY_PERCENT)]

    def _characteristic(self, channel: str, uuid: str, names: Iterable[str]) -> Characteristic[bytes]:
        properties = Characteristic.Properties(0)
        for name in names:
            properties |= Characteristic.Properties[name.replace("-", "_").upper()]
        value = CharacteristicValue[bytes](
            read=lambda _: self._encoder.read(channel),
            write=lambda _, payload: self._written(channel, bytes(payload)),
        )
        return Characteristic(uuid, properties, Characteristic.READABLE | Characteristic.WRITEABLE, value)


def _advertised(name: str, device: Device) -> tuple[bytes, bytes]:
    """Make advertisement and scan response: the service first, then as much of the name as fits."""
    flags = AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
    advertised: list[DataType] = [data_types.Flags(flags)]
    if device.advertised_uuids:
        advertised.append(data_types.IncompleteListOf128BitServiceUUIDs([UUID(device.advertised_uuids[0])]))
    room = _ADVERTISING_BYTES - len(bytes(AdvertisingData(advertised))) - 2
    fits = name.encode()[:room].decode(errors="ignore")
    whole = data_types.CompleteLocalName(name)
    advertised.append(whole if fits == name else data_types.ShortenedLocalName(fits))
    return bytes(AdvertisingData(advertised)), bytes(AdvertisingData([whole]))


def _pieces(blocks: Iterable[RawBlock]) -> Iterator[RawBlock]:
    """Cut blocks into pieces that are short enough to be sent in real time."""
    for block in blocks:
        span_s = float(block.time_s[-1] - block.time_s[0]) if len(block) else 0.0
        for rows in np.array_split(np.arange(len(block)), int(span_s / _PIECE_S) + 1):
            if len(rows):
                yield block[int(rows[0]) : int(rows[-1]) + 1]


def resampled(last: RawBlock | None, block: RawBlock, rate_hz: float) -> RawBlock:
    """Give the samples at the multiples of a period, by straight lines, from after `last` to the end of `block`.

    Where samples are further apart than a quarter of a second there is a hole and nothing is given.
    """
    both = block if last is None else last[-1:] + block
    first, end = (int(np.floor(time_s * rate_hz)) for time_s in (both.time_s[0], both.time_s[-1]))
    time_s = np.arange(first + 1, end + 1) / rate_hz
    after = np.clip(np.searchsorted(both.time_s, time_s), 1, max(1, len(both) - 1))
    if len(both) > 1:
        time_s = time_s[np.diff(both.time_s)[after - 1] <= _LONGEST_HOLE_S]

    def columns(values: FloatArray) -> FloatArray:
        return np.stack([np.interp(time_s, both.time_s, values[:, axis]) for axis in range(3)], axis=1)

    return RawBlock(time_s, columns(both.acc), None if both.gyr is None else columns(both.gyr))
