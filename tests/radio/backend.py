"""A backend for bleak on bumble's Bluetooth stack: all that the program calls, over any HCI transport, real GATT.

`Adapter` is the system's one radio. It can do what real ones do wrong: see its attributes.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bumble import att, core
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement, Connection, Device, Peer

MTU = 517  # what BlueZ asks for
NAMES = (AdvertisingData.COMPLETE_LOCAL_NAME, AdvertisingData.SHORTENED_LOCAL_NAME)
UUID_LISTS = {
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
}


class Adapter:
    """The radio of this process, and how it misbehaves."""

    radio: ClassVar[Device | None] = None
    unavailable: ClassVar[BleakBluetoothNotAvailableReason | None] = None
    connect_failures: ClassVar[list[Exception]] = []
    forgotten: ClassVar[set[str]] = set()  # addresses that BlueZ has removed; a scan finds them again
    mtu: ClassVar[int] = MTU
    connects: ClassVar[int] = 0
    writes: ClassVar[list[tuple[bytes, bool]]] = []  # payload, and whether a response was asked for
    # who BlueZ still delivers to: clients that did not call disconnect() after a loss stay in here
    listeners: ClassVar[defaultdict[tuple[str, int], list[Callable[[bytearray], Any]]]] = defaultdict(list)

    @classmethod
    def reset(cls, radio: Device | None) -> None:
        cls.radio, cls.unavailable, cls.connect_failures, cls.forgotten = radio, None, [], set()
        cls.mtu, cls.connects, cls.writes, cls.listeners = MTU, 0, [], defaultdict(list)

    @classmethod
    async def powered(cls) -> Device:
        reason = cls.unavailable or (None if cls.radio else BleakBluetoothNotAvailableReason.NO_BLUETOOTH)
        if reason is not None or cls.radio is None:
            raise BleakBluetoothNotAvailableError("not available", reason)
        if not cls.radio.powered_on:
            await cls.radio.power_on()
        return cls.radio


def text(bumble_uuid: UUID) -> str:
    return str(uuid.UUID(bytes=bumble_uuid.to_bytes(force_128=True)[::-1]))


class BumbleScanner(BaseBleakScanner):
    def __init__(self, detection_callback: Any, service_uuids: Any, scanning_mode: str, **_: Any) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        radio = await Adapter.powered()
        if radio.is_scanning:
            raise BleakError("org.bluez.Error.InProgress")
        radio.on(Device.EVENT_ADVERTISEMENT, self._advertised)
        await radio.start_scanning(filter_duplicates=False)

    async def stop(self) -> None:
        radio = await Adapter.powered()
        radio.remove_listener(Device.EVENT_ADVERTISEMENT, self._advertised)
        await radio.stop_scanning()

    def _advertised(self, heard: Advertisement) -> None:
        name, uuids = None, []
        for kind, value in heard.data.ad_structures:
            if kind in NAMES:
                name = value.decode(errors="replace")
            if size := UUID_LISTS.get(kind):
                uuids += [text(UUID.from_bytes(value[i : i + size])) for i in range(0, len(value), size)]
        address = heard.address.to_string(False)
        Adapter.forgotten.discard(address)
        said = AdvertisementData(name, {}, {}, uuids, None, heard.rssi, ())
        self.call_detection_callbacks(self.create_or_update_device(address, address, name, heard.address, said), said)


class BumbleClient(BaseBleakClient):
    def __init__(self, address_or_ble_device: BLEDevice, *, services: Any, **told: Any) -> None:
        super().__init__(address_or_ble_device, **told)
        self._handle = address_or_ble_device
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._listening: dict[tuple[str, int], Callable[[bytearray], Any]] = {}

    @property
    def mtu_size(self) -> int:
        return 23  # what BlueZ always says

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **_: Any) -> None:
        radio = await Adapter.powered()
        Adapter.connects += 1
        if self.address in Adapter.forgotten:
            raise BleakDeviceNotFoundError(self.address, "removed")
        if radio.is_le_connecting or radio.is_scanning:
            raise BleakError("org.bluez.Error.InProgress")
        try:
            self._connection = await radio.connect(self._handle.details, timeout=self._timeout)
        except core.BaseBumbleError as error:
            raise TimeoutError from error
        self._connection.once(Connection.EVENT_DISCONNECTION, self._gone)
        if Adapter.connect_failures:
            await self.disconnect()
            raise Adapter.connect_failures.pop(0)
        try:
            self._peer = Peer(self._connection)
            await self._procedure(self._peer.request_mtu(Adapter.mtu))
            await self._procedure(self._peer.discover_all())
        except BaseException:
            await self.disconnect()
            raise
        self.services = self._collected(self._peer)

    def _collected(self, peer: Peer) -> BleakGATTServiceCollection:
        services = BleakGATTServiceCollection()
        for of_peer in peer.services:
            service = BleakGATTService(of_peer, of_peer.handle, text(of_peer.uuid))
            services.add_service(service)
            for c in of_peer.characteristics:
                properties = list(gatt_char_props_to_strs(int(c.properties)))
                mtu = peer.connection.att_mtu
                services.add_characteristic(
                    BleakGATTCharacteristic(c, c.handle, text(c.uuid), properties, lambda mtu=mtu: mtu - 3, service)
                )
        return services

    def _gone(self, _reason: int) -> None:
        self._connection = self._peer = self.services = None
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        for key, listener in self._listening.items():
            Adapter.listeners[key].remove(listener)
        self._listening.clear()
        if self._connection is not None:
            await self._connection.disconnect()

    async def _procedure(self, awaitable: Awaitable[Any]) -> Any:
        if self._connection is None:
            raise BleakError("Not connected")
        # bumble breaks when a response comes to one who waits no more, so nobody stops waiting before the link ends
        asked = asyncio.ensure_future(self._connection.cancel_on_disconnection(awaitable))
        try:
            return await asyncio.shield(asked)
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except core.BaseBumbleError as error:
            raise BleakError(str(error)) from error
        except asyncio.CancelledError:
            if self._connection is None:
                raise BleakError("disconnected") from None
            raise

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        return bytearray(await self._procedure(self._peer.gatt_client.read_value(characteristic.handle)))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: bytes, response: bool) -> None:
        Adapter.writes.append((bytes(data), response))
        write = self._peer.gatt_client.write_value(characteristic.handle, bytes(data), with_response=response)
        await self._procedure(write)

    async def start_notify(self, characteristic: BleakGATTCharacteristic, callback: Any, **_: Any) -> None:
        key = self.address, characteristic.handle
        Adapter.listeners[key].append(callback)
        self._listening[key] = callback

        def deliver(value: bytes) -> None:
            for listener in list(Adapter.listeners[key]):
                listener(bytearray(value))

        await self._procedure(self._peer.gatt_client.subscribe(characteristic.obj, deliver))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        raise NotImplementedError("the program does not")

    async def read_gatt_descriptor(self, *_: Any, **__: Any) -> bytearray:
        raise NotImplementedError("the program does not")

    async def write_gatt_descriptor(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("the program does not")

    async def pair(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("the program does not")

    async def unpair(self) -> None:
        raise NotImplementedError("the program does not")
