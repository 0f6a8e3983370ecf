"""A room without a radio: bumble's virtual controllers on one link, peripherals of the program, one adapter for bleak.

Three gaps of bumble 0.0.236 are filled: its controller does not cancel a connection attempt, its link gives data the
sender's present address instead of the connection's, and it carries no scan responses (so names are cut to what fits).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

import numpy as np
from bumble import core, hci
from bumble.controller import Controller
from bumble.device import Device as Radio
from bumble.device import DeviceConfiguration
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from sensortrack.devices.device import Decoder, Device, Encoder, FrameError, Notification, Settings
from sensortrack.model.samples import LINK, Frame, Packet, RawBlock
from sensortrack.sources.ble import BleSensor
from sensortrack.sources.peripheral import Peripheral
from tests.radio.backend import Adapter


class Link(LocalLink):
    """What the controllers talk over; with `hold_s` the data come in bursts, as over a bad radio."""

    hold_s = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.out_of_range: set[Controller] = set()
        self._held: deque[Callable[[], None]] = deque()

    def send_advertising_pdu(self, sender_controller, packet):
        if sender_controller not in self.out_of_range:
            super().send_advertising_pdu(sender_controller, packet)

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        connection = sender_controller.le_connections.get(destination_address)
        peer = self.find_le_controller(destination_address)
        if connection is None or peer is None:
            return
        self._held.append(partial(peer.on_link_acl_data, connection.self_address, core.PhysicalTransport.LE, data))
        loop = asyncio.get_running_loop()
        at_s = (loop.time() // self.hold_s + 1) * self.hold_s if self.hold_s else loop.time()
        loop.call_at(at_s, self._release)

    def _release(self) -> None:
        while self._held:
            self._held.popleft()()


class VirtualController(Controller):
    le_acl_data_packet_length = 251  # with data length extension

    def on_hci_le_create_connection_cancel_command(self, command):
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        cancelled = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=0,
            peer_address_type=pending.peer_address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, cancelled)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def go_out_of_range(self) -> None:
        """Both ends find that the other is silent; nobody says goodbye."""
        for connection in list(self.le_connections.values()):
            other = self.link.find_le_controller(connection.peer_address)
            for back in list(other.le_connections.values()):
                if back.peer_address == connection.self_address:
                    other.on_le_disconnected(back, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
            self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)


@dataclass
class Worn:
    """A peripheral that is switched on."""

    controller: VirtualController
    address: str
    running: asyncio.Task

    def lose_link(self, away_s: float = 0.0) -> None:
        """Break the connection; for so long nobody hears the sensor advertise."""
        link = self.controller.link
        link.out_of_range.add(self.controller)
        asyncio.get_running_loop().call_later(away_s, link.out_of_range.discard, self.controller)
        self.controller.go_out_of_range()

    async def switch_off(self) -> None:
        self.controller.go_out_of_range()
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running
        self.controller.link.remove_controller(self.controller)


@dataclass
class Room:
    link: Link = field(default_factory=Link)
    worn: list[Worn] = field(default_factory=list)

    def radio(self, name: str, address: str) -> tuple[Radio, VirtualController]:
        controller = VirtualController(name, link=self.link, public_address=address)
        told = DeviceConfiguration(name=name, address=hci.Address(address))
        return Radio.from_config_with_hci(told, controller, AsyncPipeSink(controller)), controller

    def switch_on(self, device: Device, blocks: Iterable[RawBlock], name: str = "", address: str = "") -> Worn:
        address = address or f"C0:00:00:00:01:{len(self.worn):02X}"
        name = name or next(iter(device.advertised_names), "sensor")
        radio, controller = self.radio(name, address)
        peripheral = Peripheral(radio, device)
        worn = Worn(controller, address, asyncio.get_running_loop().create_task(peripheral.run(blocks)))
        self.worn.append(worn)
        return worn


@asynccontextmanager
async def room() -> AsyncIterator[Room]:
    """A room with an adapter; everything in it is switched off at the end."""
    here = Room()
    adapter, _ = here.radio("host", "F0:00:00:00:00:01")
    Adapter.reset(adapter)
    try:
        yield here
        assert not adapter.connections, "left connected"
    finally:
        for worn in here.worn:
            if worn.controller in here.link.controllers:
                await worn.switch_off()
        Adapter.reset(None)


def thigh(
    rate_hz: float = 100.0, begin_s: float = 20.0, seconds: float = 1e9, gyroscope: bool = True
) -> Iterator[RawBlock]:
    """A thigh that swings, in blocks of 40 ms, within what every family can measure."""
    size = max(1, round(0.04 * rate_hz))
    for first in count(0, size):
        time_s = begin_s + np.arange(first, first + size) / rate_hz
        if time_s[-1] - begin_s > seconds:
            return
        yield RawBlock(time_s, acc_at(time_s), gyr_at(time_s) if gyroscope else None)


def acc_at(time_s: np.ndarray) -> np.ndarray:
    angle = np.sin(2 * np.pi * 0.5 * time_s)
    return 9.81 * np.stack([np.sin(angle), np.cos(angle), 0.1 * angle], axis=1)


def gyr_at(time_s: np.ndarray) -> np.ndarray:
    rate = np.pi * np.cos(2 * np.pi * 0.5 * time_s)
    return np.stack([0 * rate, 0.1 * rate, rate], axis=1)


class Wearer:
    """Who takes a sensor's packets: keeps them, and can wait for them."""

    def __init__(self, sensor: BleSensor) -> None:
        self.packets: list[Packet] = []
        self._sensor, self._more = sensor, asyncio.Event()
        self.taking = asyncio.get_running_loop().create_task(self._take())
        self.taking.add_done_callback(lambda _: self._more.set())

    async def _take(self) -> None:
        async for packet in self._sensor.packets():
            self.packets.append(packet)
            self._more.set()

    async def wait_for(self, enough: Callable[[list[Packet]], bool], limit_s: float = 15.0) -> None:
        async with asyncio.timeout(limit_s):
            while not self.taking.done() and not enough(self.packets):
                self._more.clear()
                await self._more.wait()
        if self.taking.done():
            self.taking.result()

    async def wait_for_data(self, seconds: float) -> None:
        """Wait for some seconds of packets, from the next that comes."""
        begin = len(self.packets)
        await self.wait_for(lambda p: len(p) > begin and p[-1].received_s > p[begin].received_s + seconds, seconds + 10)

    async def leave(self) -> list[Packet]:
        self._sensor.stop()
        async with asyncio.timeout(10):
            await self.taking
        return self.packets


class Spied:
    """An encoder that keeps what it sent and was told."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.sent: list[Notification] = []
        self.streamed: set[str] = set()  # the channels that samples go over
        self.written: list[tuple[str, bytes]] = []
        self.is_over = False  # nobody listens any more; some sensors go on sending

    @property
    def settings(self) -> Settings | None:
        return self.encoder.settings

    def read(self, channel: str) -> bytes:
        return self.encoder.read(channel)

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        self.written.append((channel, payload))
        return self._keep(self.encoder.write(channel, payload))

    def encode(self, block: RawBlock) -> list[Notification]:
        notifications = self._keep(self.encoder.encode(block))
        self.streamed.update(notification.channel for notification in notifications)
        return notifications

    def _keep(self, notifications: list[Notification]) -> list[Notification]:
        if not self.is_over:
            self.sent += notifications
        return notifications


def spied(device: Device) -> tuple[Device, Spied]:
    spy = Spied(device.encoder())
    return replace(device, encoder=lambda: spy), spy


def notes(packets: list[Packet]) -> list[bytes]:
    return [p.payload for p in packets if p.channel == LINK]


def connections(packets: list[Packet]) -> list[list[Packet]]:
    """Cut a stream at each b"up"; the notes are left out."""
    parts: list[list[Packet]] = []
    for packet in packets:
        if packet.channel != LINK:
            parts[-1].append(packet)
        elif packet.payload == b"up":
            parts.append([])
    return parts


def decoded(decoder: Decoder, packets: list[Packet]) -> list[Frame]:
    """Decode; only what came before the first good frame, while the start conversation was held, may be no frame."""
    good: list[Frame] = []
    for packet in packets:
        try:
            good += decoder.decode(packet)
        except FrameError:
            if good:
                raise
    return good


def frames(device: Device, settings: Settings, packets: list[Packet]) -> list[Frame]:
    """Decode one connection's packets."""
    return decoded(device.decoder(settings), packets)
