"""bleak as it is, on what BlueZ tells over D-Bus."""

import asyncio
from contextlib import aclosing

import pytest

from sensortrack.cli.choose import bluetooth_sensor
from sensortrack.devices.device import Settings
from sensortrack.devices.own_profile import CONTROL, DATA, DEVICE
from sensortrack.model.exercises import load_exercise
from sensortrack.model.radio import RadioError, RadioProblem
from sensortrack.sources.ble import BleSensor, scan
from sensortrack.sources.ble import sensor as sensor_module
from sensortrack.store.session import Begin
from sensortrack.store.store import Store
from tests.radio.bluez import ADDRESS, Refusal, bluez, needs_dbus
from tests.radio.room import Wearer, frames, notes, thigh

pytestmark = needs_dbus


@pytest.fixture
def here(run, monkeypatch, tmp_path):
    """Play a story in real time with a BlueZ of its own."""
    monkeypatch.undo()  # bleak's own backend
    monkeypatch.setattr(sensor_module, "_FIRST_PAUSE_S", 0.02)

    def played(story):
        async def within():
            async with bluez(tmp_path, monkeypatch, DEVICE, thigh()) as daemon:
                return await story(daemon)

        return run(within(), 60.0, in_real_time=True)

    return played


def data(packets):
    return [packet for packet in packets if packet.channel == DATA]


def test_found_streamed_and_left(here):
    async def story(daemon):
        [found] = await scan(5.0, until=lambda found: found.device is DEVICE)
        wearer = Wearer(sensor := BleSensor(found, DEVICE, Settings()))
        await wearer.wait_for_data(0.5)
        return found, await wearer.leave(), sensor, daemon

    found, packets, sensor, daemon = here(story)
    assert (found.identity, found.name) == (ADDRESS, DEVICE.advertised_names[0])
    assert notes(packets) == [b"up"]
    numbers = [frame.sequence for frame in frames(DEVICE, sensor.settings, packets[1:])]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert packets[-1].channel == CONTROL, "it was told to stop"
    assert not daemon.is_connected


def test_after_a_loss_every_packet_comes_once(here):
    async def story(daemon):
        wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
        for ups in (1, 2, 3):
            await wearer.wait_for(lambda p, ups=ups: notes(p).count(b"up") == ups and p[-1].channel == DATA)
            await wearer.wait_for_data(0.2)
            if ups < 3:
                daemon.lose_link()
        return await wearer.leave()

    packets = here(story)
    assert notes(packets) == [b"up", b"down", b"up", b"down", b"up"]
    payloads = [packet.payload for packet in data(packets)]
    assert len(set(payloads)) == len(payloads)


def test_a_sensor_that_bluez_forgot_meanwhile(here):
    async def story(daemon):
        [found] = await scan(5.0, until=lambda found: found.device is DEVICE)
        daemon.forget()
        wearer = Wearer(BleSensor(found, DEVICE, Settings()))
        await wearer.wait_for_data(0.2)
        return await wearer.leave()

    assert notes(here(story)) == [b"up"]


def test_an_adapter_that_is_pulled_and_plugged_in_again(here):
    async def story(daemon):
        wearer = Wearer(sensor := BleSensor(ADDRESS, DEVICE, Settings()))
        await wearer.wait_for_data(0.3)
        daemon.pull()
        await wearer.wait_for(lambda packets: b"down" in notes(packets))
        async with asyncio.timeout(10):
            while getattr(sensor.trouble, "problem", None) is not RadioProblem.NO_ADAPTER:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        daemon.plug_in()
        await wearer.wait_for(lambda p: notes(p).count(b"up") == 2 and p[-1].channel == DATA)
        return await wearer.leave()

    assert notes(here(story)) == [b"up", b"down", b"up"]


def test_a_connection_left_by_a_program_that_was_killed_is_taken_over(here):
    """Such a sensor does not advertise."""

    async def story(daemon):
        wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
        await wearer.wait_for_data(0.2)
        daemon.refusals["Disconnect"] = [Refusal("org.bluez.Error.Failed")]
        await wearer.leave()
        assert daemon.is_connected
        near = await scan(1.0)
        again = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
        await again.wait_for_data(0.2)
        return near, await again.leave(), daemon.is_connected

    near, packets, is_connected = here(story)
    assert [(found.identity, found.device, found.rssi) for found in near] == [(ADDRESS, DEVICE, None)]
    assert notes(packets) == [b"up"]
    assert not is_connected


async def refused(_):
    async with aclosing(BleSensor(ADDRESS, DEVICE, Settings()).packets()) as packets:
        async for _packet in packets:
            pass


@pytest.mark.parametrize(
    ("method", "name", "words", "problem"),
    [
        ("StartDiscovery", "org.bluez.Error.InProgress", "Operation already in progress", RadioProblem.BUSY),
        ("StartDiscovery", "org.bluez.Error.Failed", "", RadioProblem.BUSY),
        ("StartDiscovery", "org.bluez.Error.NotAuthorized", "", RadioProblem.PERMISSION),
        ("StartDiscovery", "org.freedesktop.DBus.Error.UnknownMethod", "", RadioProblem.ADAPTER_GONE),
        ("GetManagedObjects", "org.freedesktop.DBus.Error.AccessDenied", "", RadioProblem.PERMISSION),
        ("GetManagedObjects", "org.freedesktop.DBus.Error.Spawn.ChildExited", "", RadioProblem.NO_SERVICE),
        ("Connect", "org.bluez.Error.Failed", "le-connection-timeout", RadioProblem.CONNECT_FAILED),
        ("Connect", "org.bluez.Error.InProgress", "Operation already in progress", RadioProblem.BUSY),
        ("WriteValue", "org.bluez.Error.NotPermitted", "Not paired", RadioProblem.PAIRING),
        ("StartNotify", "org.bluez.Error.NotPermitted", "Notify acquired", RadioProblem.BUSY),
        ("StartNotify", "org.bluez.Error.NotConnected", "", RadioProblem.CONNECT_FAILED),
    ],
)
def test_what_bluez_refuses(here, method, name, words, problem):
    async def story(daemon):
        daemon.refusals[method] = [Refusal(name, words)] * 99
        await refused(daemon)

    with pytest.raises(RadioError) as caught:
        here(story)
    assert caught.value.problem == problem
    assert words in caught.value.detail


def test_bluetooth_that_is_switched_off(here):
    async def story(daemon):
        daemon.switch(on=False)
        await scan(1.0)

    with pytest.raises(RadioError) as caught:
        here(story)
    assert caught.value.problem == RadioProblem.OFF


def test_the_sensor_used_last_is_looked_for_by_itself(here, tmp_path, capsys):
    with Store(tmp_path / "a.db") as store:
        told = Begin(load_exercise("donkey-kick"), "0", ADDRESS, "knee", DEVICE.name, Settings(), "bluetooth")
        store.record(told).finish()
        for wanted in (None, "Knee", ADDRESS.lower()):
            sensor, device, name = asyncio.run(bluetooth_sensor(wanted, store, Settings()))
            assert (sensor.identity, device, name) == (ADDRESS, DEVICE, "knee")
            assert "Looking for knee" in capsys.readouterr().err

        async def story(_):
            return await bluetooth_sensor("sensor", store, Settings())

        assert here(story)[2] == DEVICE.advertised_names[0]
