"""Every family of the registry on real GATT: found, started, streamed without loss, lost and found again."""

import asyncio
from collections import defaultdict

import pytest

from sensortrack.devices.device import Settings
from sensortrack.devices.registry import DEVICES
from sensortrack.model.samples import LINK
from sensortrack.sources.ble import BleSensor, scan
from tests.radio.room import Wearer, connections, decoded, notes, room, spied, thigh

every_family = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)


async def worn(here, device, seconds, loses_link):
    """Wear a sensor of a family: the sensor itself, what came, and the sensor as the program knows it."""
    rate_hz = device.nearest_rate(100.0)
    played, spy = spied(device)
    peripheral = here.switch_on(played, thigh(rate_hz, gyroscope=device.gyroscope))
    found = await scan(5.0, until=lambda found: found.identity == peripheral.address)
    [found] = [one for one in found if one.identity == peripheral.address]
    assert found.device is device
    wearer = Wearer(sensor := BleSensor(found, device, Settings(rate_hz=rate_hz)))
    await wearer.wait_for(lambda packets: len(data(spy, packets)) > 3)
    await wearer.wait_for_data(seconds)
    if loses_link:
        peripheral.lose_link()
        await wearer.wait_for(lambda packets: notes(packets).count(b"up") == 2)
        await wearer.wait_for(lambda packets: len(data(spy, connections(packets)[1])) > 9)
    packets = await wearer.leave()
    spy.is_over = True
    return spy, packets, sensor


def data(spy, packets):
    return [packet for packet in packets if packet.channel in spy.streamed]


async def all_worn(seconds, loses_link=False):
    """Wear all families at the same time."""
    async with room() as here:
        wearing = (worn(here, device, seconds, loses_link) for device in DEVICES)
        results = await asyncio.gather(*wearing, return_exceptions=True)
    return dict(zip((device.name for device in DEVICES), results, strict=True))


@pytest.fixture(scope="module")
def once():
    """Keep what a coroutine gave, so that it runs for all families together."""
    results = {}

    def of(device, run, kind, *arguments, limit_s=30.0):
        if kind not in results:
            results[kind] = run(all_worn(*arguments), limit_s)
        if isinstance(result := results[kind][device.name], BaseException):
            raise result
        return result

    return of


def by_channel(messages):
    channels = defaultdict(list)
    for message in messages:
        channels[message.channel].append(message.payload)
    return channels


def assert_nothing_lost(spy, packets):
    """From the first that came, all came, once and in order; the last few may still have been on their way."""
    sent, came = by_channel(spy.sent), by_channel(packets)
    assert spy.streamed
    for channel in spy.streamed:
        first = sent[channel].index(came[channel][0])
        assert came[channel] == sent[channel][first : first + len(came[channel])]
        assert len(sent[channel]) - first - len(came[channel]) <= 5


def samples(device, sensor, packets):
    good = decoded(device.decoder(sensor.settings), packets)
    return sum(len(frame) for frame in good if frame.acc is not None)


@every_family
def test_streams_without_loss(run, once, device):
    spy, packets, sensor = once(device, run, "stream", 2.0)
    [came] = connections(packets)
    assert_nothing_lost(spy, came)
    assert sensor.dropped == 0
    assert samples(device, sensor, came) > 1.8 * sensor.settings.rate_hz - 16  # the scale of a Puck.js


@every_family
def test_streams_again_after_a_loss(run, once, device):
    spy, packets, sensor = once(device, run, "loss", 0.3, True)
    assert notes(packets) == [b"up", b"down", b"up"]
    before, after = connections(packets)
    again = [(packet.channel, packet.payload) for packet in data(spy, after)]
    assert len(set(again)) > 0.8 * len(again), "delivered twice"
    everything = [packet for packet in packets if packet.channel != LINK]
    assert samples(device, sensor, everything) > samples(device, sensor, before) > 0
    assert sensor.dropped == 0


@pytest.mark.long
@every_family
def test_a_minute_without_loss(run, once, device):
    spy, packets, sensor = once(device, run, "minute", 60.0, limit_s=120.0)
    [came] = connections(packets)
    assert_nothing_lost(spy, came)
    assert sensor.dropped == 0
