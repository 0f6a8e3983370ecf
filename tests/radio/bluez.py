"""BlueZ as bleak sees it: its D-Bus objects on a bus of the test's own, with a sensor of the program behind them.

What is played is what BlueZ 5.66 is known to do (doc/org.bluez.*.rst, src/gatt-client.c, src/device.c): a connection
outlives the program that made it, a connected sensor does not advertise, what was not connected is forgotten when it is
lost, a second `StartNotify` of the same client is `InProgress`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from sensortrack.devices.device import Device, Notification
from sensortrack.model.samples import RawBlock
from sensortrack.sources.peripheral import resampled

needs_dbus = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon here")
HCI, ADDRESS = "/org/bluez/hci0", "C0:00:00:00:01:00"
SENSOR = f"{HCI}/dev_{ADDRESS.replace(':', '_')}"
_OBJECTS, _PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"
_CHARACTERISTIC = "org.bluez.GattCharacteristic1"
_CONFIG = """<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""


class Refusal(Exception):
    """A D-Bus error."""

    def __init__(self, name: str, words: str = "") -> None:
        super().__init__(words)
        self.name, self.words = name, words


class Bluez:
    """The daemon, its one adapter, and one sensor in reach.

    Attributes
    ----------
    refusals
        By method: what it says instead, until there is none left.
    calls
        Methods that were called, in order.
    """

    def __init__(self, bus: MessageBus, device: Device, blocks: Iterable[RawBlock]) -> None:
        self.refusals: dict[str, list[Refusal]] = {}
        self.calls: list[str] = []
        self.objects: dict[str, dict[str, dict[str, Variant]]] = {}
        self._bus, self._device, self._encoder, self._blocks = bus, device, device.encoder(), blocks
        self._channels: dict[str, str] = {}
        self._notifying: dict[str, set[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        bus.add_message_handler(self._called)
        self.plug_in()

    # what the world does

    def plug_in(self) -> None:
        told = {"Address": Variant("s", "F0:00:00:00:00:01"), "Powered": Variant("b", True),
                "Roles": Variant("as", ["central", "peripheral"]), "Discovering": Variant("b", False)}  # fmt: skip
        self._add(HCI, "org.bluez.Adapter1", told)

    def pull(self) -> None:
        """Take the adapter out of its socket."""
        for path in sorted(self.objects, reverse=True):
            self._remove(path)
        self._notifying.clear()

    def switch(self, *, on: bool) -> None:
        self._change(HCI, "org.bluez.Adapter1", Powered=Variant("b", on))

    def lose_link(self) -> None:
        self._notifying.clear()
        self._change(SENSOR, "org.bluez.Device1", Connected=Variant("b", False), ServicesResolved=Variant("b", False))

    def forget(self) -> None:
        """Remove the sensor, as BlueZ does with what it has not heard for half a minute."""
        for path in sorted((each for each in self.objects if each.startswith(SENSOR)), reverse=True):
            self._remove(path)

    @property
    def is_connected(self) -> bool:
        return SENSOR in self.objects and self.objects[SENSOR]["org.bluez.Device1"]["Connected"].value

    async def play(self) -> None:
        """Stream in real time."""
        loop, last = asyncio.get_running_loop(), None
        begin_s = loop.time()
        for piece in self._blocks:
            first_s = float(piece.time_s[0]) if last is None else first_s  # noqa: F821  # set in the first round
            await asyncio.sleep(begin_s + float(piece.time_s[-1]) - first_s - loop.time())
            if self._encoder.settings is not None:
                self._notify(self._encoder.encode(resampled(last, piece, self._encoder.settings.rate_hz)))
            last = piece

    # what clients ask

    def _called(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        self.calls.append(message.member)
        try:
            if waiting := self.refusals.get(message.member):
                raise waiting.pop(0)
            signature, body = self._answer(message)
        except Refusal as refusal:
            return Message.new_error(message, refusal.name, refusal.words)
        return Message.new_method_return(message, signature, body)

    def _answer(self, message: Message) -> tuple[str, list[Any]]:
        path, member = message.path, message.member
        if member == "GetManagedObjects":
            return "a{oa{sa{sv}}}", [self.objects]
        if path not in self.objects:
            raise Refusal("org.freedesktop.DBus.Error.UnknownObject", f"no object {path}")
        if path in self._channels:
            return self._gatt(message, self._channels[path])
        if not self.objects[HCI]["org.bluez.Adapter1"]["Powered"].value:
            raise Refusal("org.bluez.Error.NotReady", "Resource Not Ready")
        match member:
            case "StartDiscovery":
                self._later(0.02, self._advertise)
            case "Connect":
                self._later(0.02, self._resolve)
                self._change(SENSOR, "org.bluez.Device1", Connected=Variant("b", True))
            case "Disconnect":
                self._later(0.01, self.lose_link)
        return "", []

    def _gatt(self, message: Message, channel: str) -> tuple[str, list[Any]]:
        if not self.is_connected:
            raise Refusal("org.bluez.Error.Failed", "Not connected")
        match message.member:
            case "ReadValue":
                return "ay", [self._encoder.read(channel)]
            case "WriteValue":
                replies = self._encoder.write(channel, bytes(message.body[0]))
                asyncio.get_running_loop().call_soon(self._notify, replies)
            case "StartNotify":
                senders = self._notifying.setdefault(channel, set())
                if message.sender in senders:
                    raise Refusal("org.bluez.Error.InProgress", "Already notifying")
                senders.add(message.sender)
        return "", []

    def _advertise(self) -> None:
        if self.is_connected or HCI not in self.objects:
            return
        if SENSOR in self.objects:
            self._change(SENSOR, "org.bluez.Device1", RSSI=Variant("n", -60))
            return
        name, uuids = self._device.advertised_names[0], list(self._device.advertised_uuids)
        told = {"Address": Variant("s", ADDRESS), "Name": Variant("s", name), "Alias": Variant("s", name),
                "Adapter": Variant("o", HCI), "RSSI": Variant("n", -55), "UUIDs": Variant("as", uuids),
                "Connected": Variant("b", False), "Paired": Variant("b", False),
                "ServicesResolved": Variant("b", False)}  # fmt: skip
        self._add(SENSOR, "org.bluez.Device1", told)

    def _resolve(self) -> None:
        """List what the sensor offers; BlueZ keeps it from the first connection on."""
        if not self.is_connected:
            return
        for number, service in enumerate(self._device.services, 1):
            under = f"{SENSOR}/service{16 * number:04x}"
            told = {"UUID": Variant("s", service.uuid), "Device": Variant("o", SENSOR), "Primary": Variant("b", True)}
            self._add(under, "org.bluez.GattService1", told)
            for offset, each in enumerate(service.characteristics, 1):
                path = f"{under}/char{16 * number + 2 * offset:04x}"
                self._channels[path] = each.uuid
                told = {"UUID": Variant("s", each.uuid), "Service": Variant("o", under), "MTU": Variant("q", 247),
                        "Flags": Variant("as", list(each.properties))}  # fmt: skip
                self._add(path, _CHARACTERISTIC, told)
        uuids = [service.uuid for service in self._device.services]
        self._change(SENSOR, "org.bluez.Device1", UUIDs=Variant("as", uuids), ServicesResolved=Variant("b", True))

    # what is told to everyone

    def _notify(self, notifications: Iterable[Notification]) -> None:
        for each in notifications:
            path = next(path for path, channel in self._channels.items() if channel == each.channel)
            if self._notifying.get(each.channel) and self.is_connected:
                self._change(path, _CHARACTERISTIC, Value=Variant("ay", each.payload))

    def _add(self, path: str, interface: str, told: dict[str, Variant]) -> None:
        self.objects[path] = {interface: told}
        self._signal("/", _OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, self.objects[path]])

    def _remove(self, path: str) -> None:
        self._signal("/", _OBJECTS, "InterfacesRemoved", "oas", [path, list(self.objects.pop(path))])

    def _change(self, path: str, interface: str, **told: Variant) -> None:
        self.objects[path][interface] |= told
        self._signal(path, _PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, told, []])

    def _signal(self, *told: Any) -> None:
        self._bus.send(Message.new_signal(*told))

    def _later(self, seconds: float, do: Any) -> None:
        asyncio.get_running_loop().call_later(seconds, do)


@asynccontextmanager
async def bus_of_its_own(folder: Path) -> AsyncIterator[str]:
    """Run a D-Bus daemon; give its address, to be told as DBUS_SYSTEM_BUS_ADDRESS."""
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(path=folder / "bus"))
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"]
    daemon = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield (await daemon.stdout.readline()).decode().strip().split(",")[0]
    finally:
        daemon.terminate()
        await daemon.wait()


@asynccontextmanager
async def bluez(folder: Path, monkeypatch: pytest.MonkeyPatch, device: Device, blocks: Any) -> AsyncIterator[Bluez]:
    """Run a bus with BlueZ on it."""
    async with bus_of_its_own(folder) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        bus = await MessageBus(bus_address=address).connect()
        daemon = Bluez(bus, device, blocks)
        await bus.request_name("org.bluez")
        playing = asyncio.create_task(daemon.play())
        try:
            yield daemon
        finally:
            playing.cancel()
            await asyncio.wait({playing})
            bus.disconnect()
            await bus.wait_for_disconnect()
