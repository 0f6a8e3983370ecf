"""The Bluetooth source on the project's own profile: what goes wrong in the air, in the sensor, and in the program."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakBluetoothNotAvailableReason, BleakError
from bumble.att import ATT_Error

from sensortrack.devices import own_profile
from sensortrack.devices.device import (
    BATTERY_LEVEL,
    Characteristic,
    DeviceError,
    DeviceProblem,
    Expect,
    FrameError,
    Notification,
    Read,
    Service,
    Settings,
    Subscribe,
    Write,
    sig_uuid,
)
from sensortrack.devices.own_profile import CONTROL, DATA, DEVICE, INFO, SERVICE, ProfileEncoder
from sensortrack.model.radio import RadioError, RadioProblem
from sensortrack.model.samples import LINK
from sensortrack.sources.ble import BleSensor, scan
from sensortrack.sources.ble import sensor as sensor_module
from tests.radio.backend import Adapter, BumbleScanner
from tests.radio.room import Wearer, acc_at, connections, decoded, frames, gyr_at, notes, room, spied, thigh

ADDRESS = "C0:00:00:00:01:00"
SERVICES = DEVICE.services


@pytest.fixture
def impatient(monkeypatch):
    """Shorter pauses between attempts."""
    monkeypatch.setattr(sensor_module, "_FIRST_PAUSE_S", 0.02)


def sequences(packets):
    """Sequence numbers by connection; one decoder for the session, as a sensor may stream before it is asked again."""
    decoder = DEVICE.decoder(Settings())
    return [[frame.sequence for frame in decoded(decoder, part)] for part in connections(packets)]


def assert_contiguous(numbers):
    assert numbers
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def again(ups):
    """Whether so many connections were made, and the last gave data."""
    return lambda packets: notes(packets).count(b"up") >= ups and packets[-1].channel == DATA


async def refused(device=DEVICE, **options):
    """Try to wear a sensor that does not work; what is raised goes on."""
    sensor = BleSensor(ADDRESS, device, Settings(), **options)
    async with aclosing(sensor.packets()) as packets:
        async for _ in packets:
            pass


# --- finding


def test_scan_tells_family_name_and_strength(run):
    stranger = replace(DEVICE, advertised_uuids=(sig_uuid(0x180D),), advertised_names=())

    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh(), name="knee")
            here.switch_on(stranger, thigh(), name="a strap")
            return await scan(0.5)

    own, other = sorted(run(play()), key=lambda found: found.identity)
    assert (own.identity, own.name, own.device, own.rssi) == (ADDRESS, "knee", DEVICE, -50)
    assert (other.name, other.device) == ("a strap", None)


def test_scan_knows_the_users_own_devices(run):
    mine = replace(DEVICE, name="mine", advertised_names=("A Strap",), advertised_uuids=())

    async def play():
        async with room() as here:
            here.switch_on(mine, thigh(), name="a strap 7")
            began_s = asyncio.get_running_loop().time()
            found = await scan(5.0, families=[mine], until=lambda found: found.device is mine)
            return found, asyncio.get_running_loop().time() - began_s

    [found], took_s = run(play())
    assert found.device is mine
    assert took_s < 2.0, "until ends it"


def test_name_and_services_may_come_in_two_packets(run, monkeypatch):
    async def start(scanner):
        for name, uuids in (("knee", []), (None, [SERVICE.upper()]), (None, [])):
            said = AdvertisementData(name, {}, {}, uuids, None, -60, ())
            scanner.call_detection_callbacks(BLEDevice(ADDRESS, name, None), said)

    async def stop(_):
        pass

    monkeypatch.setattr(BumbleScanner, "start", start)
    monkeypatch.setattr(BumbleScanner, "stop", stop)
    [found] = run(scan(0.01))
    assert (found.name, found.device) == ("knee", DEVICE)


def test_scan_of_an_empty_room_ends_in_time(run):
    async def play():
        async with room():
            return await scan(0.3)

    assert run(play()) == []


def test_sensor_that_is_not_there(run, monkeypatch):
    monkeypatch.setattr(sensor_module, "_FIND_S", 0.3)

    async def play():
        async with room():
            await refused()

    with pytest.raises(RadioError) as caught:
        run(play())
    assert (caught.value.problem, caught.value.detail) == (RadioProblem.NOT_FOUND, ADDRESS)


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        (BleakBluetoothNotAvailableReason.NO_BLUETOOTH, RadioProblem.NO_ADAPTER),
        (BleakBluetoothNotAvailableReason.POWERED_OFF, RadioProblem.OFF),
    ],
)
@pytest.mark.parametrize("use", [lambda: scan(0.3), refused], ids=["scan", "stream"])
def test_radio_that_does_not_work(run, reason, problem, use):
    async def play():
        async with room():
            Adapter.unavailable = reason
            await use()

    with pytest.raises(RadioError) as caught:
        run(play())
    assert caught.value.problem == problem


# --- streaming


def test_samples_are_those_of_the_thigh(run):
    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh(250.0))  # resampled to the 100 Hz that are asked for
            sensor = BleSensor(ADDRESS, DEVICE, Settings(rate_hz=104.0))
            wearer = Wearer(sensor)
            await wearer.wait_for_data(1.0)
            return sensor, await wearer.leave()

    sensor, packets = run(play())
    assert sensor.settings == Settings(rate_hz=100.0)
    assert sensor.battery_percent == 87
    assert sensor.trouble is None
    got = frames(DEVICE, sensor.settings, connections(packets)[0])
    time_s = np.concatenate([frame.stamp_s + np.arange(len(frame)) / 100 for frame in got])
    np.testing.assert_allclose(np.diff(time_s), 0.01, atol=2e-6)
    np.testing.assert_allclose(np.concatenate([frame.acc for frame in got]), acc_at(time_s), atol=0.01)
    np.testing.assert_allclose(np.concatenate([frame.gyr for frame in got]), gyr_at(time_s), atol=0.002)


def test_order_of_packets(run):
    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.3)
            return await wearer.leave()

    packets = run(play())
    assert (packets[0].channel, packets[0].payload) == (LINK, b"up")
    channels = [packet.channel for packet in packets]
    first, second = channels.index(CONTROL), channels.index(INFO)
    assert 0 < first < second
    assert channels[-1] == CONTROL, "the reply to the stop command is the last"
    received = [packet.received_s for packet in packets]
    assert received == sorted(received)
    assert 0.0 < received[0] < received[-1] < 5.0


def test_stop_and_cancel_stop_the_sensor_too(run):
    device, spy = spied(DEVICE)

    async def play():
        async with room() as here:
            here.switch_on(device, thigh())
            for end in (Wearer.leave, lambda wearer: wearer.taking.cancel()):
                wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
                await wearer.wait_for_data(0.2)
                assert spy.settings is not None
                if (ending := end(wearer)) is not True:
                    await ending
                await asyncio.wait({wearer.taking})
                assert spy.settings is None
                assert not Adapter.radio.connections

    run(play())
    assert [payload[0] for _, payload in spy.written] == [1, 0, 1, 0]


def test_two_sensors_at_once(run):
    async def play():
        async with room() as here:
            worn = [here.switch_on(DEVICE, thigh(begin_s=begin_s)) for begin_s in (10.0, 3000.0)]
            wearers = [Wearer(BleSensor(one.address, DEVICE, Settings())) for one in worn]
            await asyncio.gather(*(wearer.wait_for_data(1.0) for wearer in wearers))
            worn[0].lose_link()
            await asyncio.gather(wearers[0].wait_for(again(2)), wearers[1].wait_for_data(0.5))
            return [await wearer.leave() for wearer in wearers]

    first, second = run(play())
    assert (notes(first), notes(second)) == ([b"up", b"down", b"up"], [b"up"])
    for numbers in chain(sequences(first), sequences(second)):
        assert_contiguous(numbers)
    assert frames(DEVICE, Settings(), connections(first)[0])[0].stamp_s < 100
    assert frames(DEVICE, Settings(), connections(second)[0])[0].stamp_s > 2000


# --- what goes wrong in the air


def test_lost_link(run, monkeypatch):
    monkeypatch.setattr(sensor_module, "_FIRST_PAUSE_S", 5.0)  # what has streamed is connected again at once

    async def play():
        async with room() as here:
            worn = here.switch_on(DEVICE, thigh())
            wearer = Wearer(sensor := BleSensor(ADDRESS, DEVICE, Settings()))
            for ups in (1, 2, 3):
                await wearer.wait_for(again(ups))
                await wearer.wait_for_data(0.4)
                if ups < 3:
                    worn.lose_link()
            return await wearer.leave(), sensor.dropped

    packets, dropped = run(play())
    assert notes(packets) == [b"up", b"down", b"up", b"down", b"up"]
    up_s, down_s = ([p.received_s for p in packets if p.payload == note] for note in (b"up", b"down"))
    assert max(up - down for up, down in zip(up_s[1:], down_s, strict=True)) < 3.0
    parts = sequences(packets)
    for numbers in parts:
        assert_contiguous(numbers)
    every = [number for numbers in parts for number in numbers]
    assert len(set(every)) == len(every), "delivered twice"
    assert dropped == 0


def test_peripheral_reboots(run):
    async def play():
        async with room() as here:
            worn = here.switch_on(DEVICE, thigh(begin_s=500.0))
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.4)
            await worn.switch_off()
            await asyncio.sleep(0.3)
            here.switch_on(DEVICE, thigh(begin_s=0.0), address=ADDRESS)
            await wearer.wait_for(again(2))
            await wearer.wait_for_data(0.3)
            return await wearer.leave()

    before, after = connections(run(play()))
    assert frames(DEVICE, Settings(), before)[-1].stamp_s > 500
    assert frames(DEVICE, Settings(), after)[0].stamp_s < 1
    assert_contiguous([frame.sequence for frame in frames(DEVICE, Settings(), after)])


def test_silence_without_a_disconnect(run):
    def falls_silent():
        yield from thigh(seconds=0.6)
        yield from thigh(begin_s=23.4)

    async def play():
        async with room() as here:
            here.switch_on(DEVICE, falls_silent())
            wearer = Wearer(sensor := BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for(lambda packets: b"down" in notes(packets))
            trouble = sensor.trouble
            await wearer.wait_for(again(2))
            return await wearer.leave(), trouble

    packets, trouble = run(play())
    assert trouble.problem == RadioProblem.SILENT
    down = next(p for p in packets if p.payload == b"down")
    last = [p for p in packets if p.channel == DATA and p.received_s < down.received_s][-1]
    assert 1.9 < down.received_s - last.received_s < 4.0


def test_slow_radio_loses_nothing(run):
    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            wearer = Wearer(sensor := BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for(again(1))
            here.link.hold_s = 0.7
            await wearer.wait_for_data(1.5)
            here.link.hold_s = 0.0
            return await wearer.leave(), sensor

    packets, sensor = run(play())
    assert notes(packets) == [b"up"]
    [numbers] = sequences(packets)
    assert_contiguous(numbers)
    assert sensor.dropped == 0


@pytest.mark.parametrize("failures", [1, 3])
def test_connects_that_fail_are_tried_again(run, failures, impatient):
    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            Adapter.connect_failures = [BleakError("failed to discover services, device disconnected")] * failures
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for(again(1))
            return await wearer.leave(), Adapter.connects

    packets, connects = run(play())
    assert notes(packets) == [b"up"]
    assert connects == failures + 1


def test_connects_that_always_fail_are_given_up(run, impatient):
    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            Adapter.connect_failures = [BleakError("le-connection-abort-by-local")] * 99
            await refused()

    with pytest.raises(RadioError) as caught:
        run(play())
    assert caught.value.problem == RadioProblem.CONNECT_FAILED
    assert caught.value.detail == "le-connection-abort-by-local"


def test_sensor_that_the_system_has_forgotten_is_looked_for(run):
    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            [found] = await scan(5.0, until=lambda _: True)
            Adapter.forgotten.add(ADDRESS)
            wearer = Wearer(BleSensor(found, DEVICE, Settings()))
            await wearer.wait_for(again(1))
            return await wearer.leave()

    assert notes(run(play())) == [b"up"]


def test_a_lost_sensor_is_given_up_when_that_is_asked_for(run, monkeypatch):
    monkeypatch.setattr(sensor_module, "_FIND_S", 0.2)

    async def play():
        async with room() as here:
            worn = here.switch_on(DEVICE, thigh())
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings(), give_up_s=1.0))
            await wearer.wait_for_data(0.5)
            Adapter.forgotten.add(ADDRESS)
            await worn.switch_off()
            await asyncio.wait({wearer.taking})
            return wearer

    wearer = run(play())
    assert notes(wearer.packets) == [b"up", b"down"]
    assert wearer.taking.exception().problem == RadioProblem.NOT_FOUND


def test_bluetooth_switched_off_and_on_again(run, monkeypatch):
    monkeypatch.setattr(sensor_module, "_LONGEST_PAUSE_S", 0.2)

    async def play():
        async with room() as here:
            worn = here.switch_on(DEVICE, thigh())
            wearer = Wearer(sensor := BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.5)
            Adapter.unavailable = BleakBluetoothNotAvailableReason.POWERED_OFF
            worn.lose_link()
            await asyncio.sleep(0.5)
            trouble = sensor.trouble
            Adapter.unavailable = None
            await wearer.wait_for(again(2))
            await wearer.leave()
            return trouble

    assert run(play()).problem == RadioProblem.OFF


# --- what goes wrong in the sensor


class OldFirmware(ProfileEncoder):
    def read(self, channel):
        return b"\x07" + super().read(channel)[1:]


class Mute(ProfileEncoder):
    def write(self, channel, payload):
        super().write(channel, payload)
        return []


class SaysNo(ProfileEncoder):
    code = 0x80

    def write(self, channel, payload):
        raise ATT_Error(self.code)


class NeedsPairing(SaysNo):
    code = 0x05


class Silent(ProfileEncoder):
    def encode(self, block):
        return []


def hurried(settings):
    """Start as the family does, but wait for replies a moment only."""
    conversation, gave = DEVICE.start(settings), None
    while True:
        try:
            action = conversation.send(gave)
        except StopIteration as end:
            return end.value
        gave = yield replace(action, timeout_s=0.2) if isinstance(action, Expect) else action


@pytest.mark.parametrize(
    ("encoder", "error", "problem", "found"),
    [
        (OldFirmware, DeviceError, DeviceProblem.WRONG_FIRMWARE, "07 03"),
        (Mute, DeviceError, DeviceProblem.NO_REPLY, ""),
        (SaysNo, DeviceError, DeviceProblem.REFUSED, "GATT error 0x80"),
        (NeedsPairing, RadioError, RadioProblem.PAIRING, ""),
    ],
)
def test_sensor_that_does_not_start(run, encoder, error, problem, found):
    async def play():
        async with room() as here:
            here.switch_on(replace(DEVICE, encoder=encoder), thigh())
            await refused(replace(DEVICE, start=hurried))

    with pytest.raises(error) as caught:
        run(play())
    assert caught.value.problem == problem
    assert getattr(caught.value, "found", "").startswith(found)


def test_missing_characteristic_is_the_wrong_firmware(run):
    control_only = (Service(SERVICE, (Characteristic(CONTROL, ("write", "indicate")),)),)

    async def play():
        async with room() as here:
            here.switch_on(replace(DEVICE, services=control_only), thigh())
            await refused()

    with pytest.raises(DeviceError) as caught:
        run(play())
    assert (caught.value.problem, caught.value.found) == (DeviceProblem.WRONG_FIRMWARE, f"0 x {INFO}")


def test_sensor_that_starts_and_sends_nothing(run, monkeypatch, impatient):
    monkeypatch.setattr(sensor_module, "_TICK_S", 0.01)

    async def play():
        async with room() as here:
            here.switch_on(replace(DEVICE, encoder=Silent), thigh())
            await refused()

    with pytest.raises(RadioError) as caught:
        run(play())
    assert caught.value.problem == RadioProblem.SILENT


@pytest.mark.parametrize("refusals", [2, 99])
def test_after_a_loss_a_refusal_is_tried_again_a_few_times(run, refusals, impatient):
    class Moody(ProfileEncoder):
        starts = 0

        def write(self, channel, payload):
            self.starts += payload[0] == 1
            replies = super().write(channel, payload)
            return [Notification(CONTROL, b"\x01\x02")] if 1 < self.starts <= 1 + refusals else replies

    async def play():
        async with room() as here:
            worn = here.switch_on(replace(DEVICE, encoder=Moody), thigh())
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.5)
            worn.lose_link()
            await wearer.wait_for(again(2 + refusals) if refusals < 9 else lambda _: False)
            return await wearer.leave()

    if refusals < 9:
        assert notes(run(play())) == [b"up", *[b"down", b"up"] * 3]
    else:
        with pytest.raises(DeviceError, match="refused"):
            run(play())


def test_link_lost_in_the_start_conversation_is_no_fault_of_the_sensor(run):
    async def play():
        async with room() as here:
            worn = here.switch_on(replace(DEVICE, encoder=Mute), thigh())
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for(lambda packets: bool(packets))
            await asyncio.sleep(0.2)
            worn.lose_link()
            await wearer.wait_for(lambda packets: notes(packets).count(b"up") == 2)
            return await wearer.leave()

    assert notes(run(play())) == [b"up", b"down", b"up"]


def test_malformed_frames_cost_themselves_only(run):
    class Noisy(ProfileEncoder):
        def encode(self, block):
            good = super().encode(block)
            return [Notification(DATA, b"\x0f\xff"), *good, Notification(DATA, b"")] if good else []

    async def play():
        async with room() as here:
            here.switch_on(replace(DEVICE, encoder=Noisy), thigh())
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.6)
            return await wearer.leave()

    packets = run(play())
    assert notes(packets) == [b"up"]
    decoder, good, bad = DEVICE.decoder(Settings()), [], 0
    for packet in connections(packets)[0]:
        try:
            good += decoder.decode(packet)
        except FrameError:
            bad += 1
    assert_contiguous([frame.sequence for frame in good])
    assert bad >= 2 * len(good) - 2


def test_battery_that_is_not_told(run):
    told_empty = Service(sig_uuid(0x180F), (Characteristic(BATTERY_LEVEL, ("read",)),))

    async def play():
        async with room() as here:
            here.switch_on(replace(DEVICE, services=(*DEVICE.services, told_empty)), thigh())
            wearer = Wearer(sensor := BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.3)
            await wearer.leave()
            return sensor.battery_percent

    assert run(play()) is None


# --- commands and channels


def test_same_characteristic_in_two_services(run):
    period = sig_uuid(0x2A00 + 0x77)
    services = [Service(own_profile._uuid(n), (Characteristic(period, ("read", "write", "notify")),)) for n in (8, 9)]
    first, second = (f"{service.uuid}/{period}" for service in services)

    class Twice(ProfileEncoder):
        def read(self, channel):
            return channel.encode() if "/" in channel else super().read(channel)

        def write(self, channel, payload):
            return [Notification(channel, payload)] if "/" in channel else super().write(channel, payload)

    def start(settings):
        yield Subscribe(first)
        yield Subscribe(second)
        yield Write(second, b"2")
        yield Write(first, b"1")
        assert (yield Read(first.upper())) == first.encode()
        assert (yield Read(second)) == second.encode()
        return (yield from DEVICE.start(settings))

    device = replace(DEVICE, services=(*DEVICE.services, *services), encoder=Twice, start=start)

    async def play():
        async with room() as here:
            here.switch_on(device, thigh())
            wearer = Wearer(BleSensor(ADDRESS, device, Settings()))
            await wearer.wait_for_data(0.2)
            return await wearer.leave()

    packets = [(p.channel, p.payload) for p in run(play())]
    assert (first, b"1") in packets
    assert (second, b"2") in packets


def test_expected_is_what_came_since_the_last_write(run):
    class Once(ProfileEncoder):
        def write(self, channel, payload):
            replies = super().write(channel, payload)
            return [] if payload == b"\x07" else replies

    def start(settings):
        yield Subscribe(CONTROL)
        yield Write(CONTROL, b"\x05")
        given.append((yield Expect(CONTROL, b"\x05")))
        given.append((yield Expect(CONTROL, b"\x05")))
        yield Write(CONTROL, b"\x07")
        given.append((yield Expect(CONTROL, b"\x05", timeout_s=0.1)))
        return (yield from DEVICE.start(settings))

    given = []
    device = replace(DEVICE, encoder=Once, start=start)

    async def play():
        async with room() as here:
            here.switch_on(device, thigh())
            wearer = Wearer(BleSensor(ADDRESS, device, Settings()))
            await wearer.wait_for_data(0.1)
            await wearer.leave()

    run(play())
    assert given == [b"\x05\x01", b"\x05\x01", b""]


def test_ambiguous_channel_is_not_guessed(run):
    twice = replace(DEVICE, services=(*DEVICE.services, *DEVICE.services))

    async def play():
        async with room() as here:
            here.switch_on(twice, thigh())
            await refused()

    with pytest.raises(DeviceError) as caught:
        run(play())
    assert caught.value.found == f"2 x {CONTROL}"


@pytest.mark.parametrize(
    ("offered", "response"),
    [(("write",), True), (("write-without-response",), False), (("write", "write-without-response"), True)],
)
def test_commands_go_the_way_that_the_board_offers(run, offered, response):
    info, data, _ = SERVICES[0].characteristics
    services = (Service(SERVICE, (info, data, Characteristic(CONTROL, (*offered, "indicate")))),)

    async def play():
        async with room() as here:
            here.switch_on(replace(DEVICE, services=services), thigh())
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.1)
            await wearer.leave()
            return {asked for _, asked in Adapter.writes}

    assert run(play()) == {response}


@pytest.mark.parametrize(
    ("size", "response", "fits"), [(20, False, True), (21, False, False), (512, True, True), (513, True, False)]
)
def test_commands_are_never_cut(run, size, response, fits):
    info, data, _ = SERVICES[0].characteristics
    control = Characteristic(CONTROL, ("write", "write-without-response", "indicate"))
    services = (Service(SERVICE, (info, data, control)),)
    device, spy = spied(replace(DEVICE, start=lambda settings: longer(settings), services=services))
    command = bytes(size)

    def longer(settings):
        yield Write(CONTROL, command, response)
        return (yield from DEVICE.start(settings))

    async def play():
        async with room() as here:
            Adapter.mtu = 23
            here.switch_on(device, thigh())
            wearer = Wearer(BleSensor(ADDRESS, device, Settings()))
            await wearer.wait_for_data(0.1)
            await wearer.leave()
            return Adapter.writes[0]

    if fits:
        assert run(play()) == (command, response)
        assert spy.written[0] == (CONTROL, command)
    else:
        with pytest.raises(RadioError) as caught:
            run(play())
        assert caught.value.problem == RadioProblem.TOO_LONG
        assert spy.written == []


# --- what goes wrong in the program


def test_slow_consumer_loses_nothing(run):
    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            taken = []
            async with aclosing((sensor := BleSensor(ADDRESS, DEVICE, Settings())).packets()) as packets:
                async for packet in packets:
                    taken.append(packet)
                    if len(taken) == 10:
                        await asyncio.sleep(0.6)
                    if len(taken) == 30:
                        break
            return taken, sensor.dropped

    packets, dropped = run(play())
    [numbers] = sequences(packets)
    assert_contiguous(numbers)
    assert dropped == 0


def test_what_is_dropped_is_counted(run, monkeypatch):
    monkeypatch.setattr(sensor_module, "MOST_WAITING", 10)

    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            stream = (sensor := BleSensor(ADDRESS, DEVICE, Settings())).packets()
            async with aclosing(stream) as packets:
                await anext(packets)
                await asyncio.sleep(1.0)
                taken = [await anext(packets) for _ in range(40)]
            return [frame.sequence for frame in frames(DEVICE, Settings(), taken)], sensor.dropped

    numbers, dropped = run(play())
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    assert 5 < missing == dropped


def test_a_program_that_is_busy_itself_is_no_silence(run, monkeypatch):
    monkeypatch.setattr(sensor_module, "_TICK_S", 0.1)

    async def play():
        async with room() as here:
            here.switch_on(DEVICE, thigh())
            wearer = Wearer(BleSensor(ADDRESS, DEVICE, Settings()))
            await wearer.wait_for_data(0.3)
            asyncio.get_running_loop().pass_s(1.2)
            await wearer.wait_for_data(0.5)
            return await wearer.leave()

    assert notes(run(play())) == [b"up"]
