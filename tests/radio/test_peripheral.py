import asyncio
import socket
from contextlib import asynccontextmanager

import numpy as np
import pytest
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.devices.device import Settings
from sensortrack.devices.own_profile import DEVICE
from sensortrack.model.radio import RadioError, RadioProblem
from sensortrack.model.samples import RawBlock
from sensortrack.sources import peripheral
from sensortrack.sources.ble import BleSensor, scan
from sensortrack.sources.peripheral import play, resampled
from tests.radio.room import VirtualController, Wearer, acc_at, connections, frames, room, thigh


def block(time_s):
    time_s = np.asarray(time_s, dtype=float)
    return RawBlock(time_s, np.stack([time_s, -time_s, 0 * time_s], axis=1))


def test_resampled_on_straight_lines():
    got = resampled(None, block([1.0, 1.1, 1.3]), 10.0)
    np.testing.assert_allclose(got.time_s, [1.1, 1.2, 1.3])
    np.testing.assert_allclose(got.acc[:, 0], [1.1, 1.2, 1.3])
    assert got.gyr is None


def test_holes_stay_holes():
    got = resampled(block([0.9, 1.0]), block([2.0, 2.1]), 20.0)
    np.testing.assert_allclose(got.time_s, [2.05, 2.1])
    assert len(resampled(None, block([1.0]), 100.0)) == 0


@given(
    st.lists(st.floats(0.001, 0.2), min_size=2, max_size=40),
    st.integers(1, 39),
    st.sampled_from([12.5, 25.0, 52.0, 100.0, 400.0]),
)
def test_resampling_does_not_know_how_blocks_are_cut(steps_s, cut, rate_hz):
    whole = block(5.0 + np.cumsum(steps_s))
    cut = min(cut, len(whole) - 1)
    first, second = whole[:cut], whole[cut:]
    together = resampled(None, whole, rate_hz)
    parts = resampled(None, first, rate_hz), resampled(first, second, rate_hz)
    np.testing.assert_array_equal(np.concatenate([part.time_s for part in parts]), together.time_s)
    np.testing.assert_allclose(np.concatenate([part.acc for part in parts]), together.acc)
    np.testing.assert_allclose(together.acc[:, 0], together.time_s)


@asynccontextmanager
async def dongle(here):
    """A virtual controller on a TCP port, as a dongle is one on a USB port: where to open it, and how to pull it."""
    listening = socket.create_server(("127.0.0.1", 0))
    hci = await open_tcp_server_transport_with_socket(listening)
    VirtualController("dongle", hci.source, hci.sink, here.link, "C0:00:00:00:00:02")
    try:
        yield f"tcp-client:127.0.0.1:{listening.getsockname()[1]}", lambda: hci.sink.transport.abort()
    finally:
        hci.server.close()
        await asyncio.sleep(0.05)  # the connection closes when it has heard that the other end did


def test_play_over_an_hci_transport(run):
    async def wear():
        async with room() as here, dongle(here) as (transport, _):
            playing = asyncio.create_task(play(DEVICE, thigh(seconds=1.0), transport, "knee"))
            [found] = await scan(5.0, until=lambda found: found.device is DEVICE)
            wearer = Wearer(BleSensor(found, DEVICE, Settings()))
            await wearer.wait_for_data(0.5)
            packets = await wearer.leave()
            await playing
            return found, packets

    found, packets = run(wear(), in_real_time=True)
    assert found.name == "knee"
    got = frames(DEVICE, Settings(), connections(packets)[0])
    np.testing.assert_allclose(got[5].acc[0], acc_at(np.array([got[5].stamp_s]))[0], atol=0.01)


def test_same_name_is_the_same_sensor():
    assert (
        str(peripheral._address("knee")) == str(peripheral._address("knee")) != str(peripheral._address("other knee"))
    )
    assert peripheral._address("knee").is_static


def test_dongle_that_is_pulled(run):
    async def pull():
        async with room() as here, dongle(here) as (transport, pull):
            playing = asyncio.create_task(play(DEVICE, thigh(), transport, "knee"))
            await scan(5.0, until=lambda found: found.device is DEVICE)
            pull()
            await playing

    with pytest.raises(RadioError) as caught:
        run(pull(), in_real_time=True)
    assert caught.value.problem == RadioProblem.ADAPTER_GONE


@pytest.mark.parametrize("transport", ["tcp-client:127.0.0.1:9", "serial:/dev/nothing", "nonsense", "usb:99"])
def test_transport_that_does_not_open(run, transport):
    with pytest.raises(RadioError) as caught:
        run(play(DEVICE, thigh(), transport, "knee"), in_real_time=True)
    assert caught.value.problem == RadioProblem.NO_ADAPTER
    assert caught.value.detail
