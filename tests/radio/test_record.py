"""Every family recorded over real GATT: what was told live is what the replay of the stored session tells, `==`."""

import asyncio
from asyncio import FIRST_COMPLETED
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from bleak.exc import BleakBluetoothNotAvailableReason
from click.testing import CliRunner

from sensortrack.cli import main
from sensortrack.cli.announcer import Targets
from sensortrack.cli.choose import bluetooth_sensor
from sensortrack.cli.coach import Pace
from sensortrack.cli.owed import tempo_of
from sensortrack.cli.record_view import Listening, status
from sensortrack.cli.session import Session
from sensortrack.cli.sound import Voice
from sensortrack.cli.stored import StoredRecording
from sensortrack.cli.streaming import Stream
from sensortrack.devices import movella_dot
from sensortrack.devices.device import Notification, Settings
from sensortrack.devices.own_profile import DEVICE, ProfileEncoder
from sensortrack.devices.registry import DEVICES
from sensortrack.formats.device_file import parse_device
from sensortrack.model.events import AngleTrace, Gap, Movement
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import LINK, RawBlock
from sensortrack.sources.ble import BleSensor, scan
from sensortrack.sources.simulator import simulate
from sensortrack.store.session import Begin
from sensortrack.store.store import Store
from tests.radio.backend import Adapter
from tests.radio.room import room

record_module = import_module("sensortrack.cli.record")
KICK = load_exercise("donkey-kick")
AWAY_S = 1.0  # a loss shorter than a frame (0.4 s with Polar's) may cost no sample, and shorter than 0.12 s is no gap


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self):
        self.told, self.links, self.more = [], [], asyncio.Event()

    def outputs(self, stream, outputs):
        self.told += outputs
        self.more.set()

    def link(self, stream, *, is_up):
        self.links.append(is_up)
        self.more.set()


def kicks(device, seconds):
    """A simulated session from just before its first kick, then the last pose for ever."""
    made = simulate("donkey-kick", 3, rate_hz=device.nearest_rate(100.0), gyroscope=device.gyroscope, sets=1)
    begin_s = made.truth["sets"][0]["reps"][0]["start_s"] - 4.0
    rows = slice(*(int((made.time_s < at_s).sum()) for at_s in (begin_s, begin_s + seconds)))
    block = RawBlock(made.time_s, made.acc, made.gyr)[rows]
    yield block
    for i in count():
        time_s = block.time_s[-1] + (1 + np.arange(4 * i, 4 * i + 4)) / 100.0
        gyr = None if block.gyr is None else np.zeros((4, 3))
        yield RawBlock(time_s, block.acc[[-1] * 4], gyr)


def listen(stream):
    """Follow a stream in lines, as `record --plain --quiet` does."""
    return Listening([stream], Targets.of(KICK), Voice(is_quiet=True), Pace.OFF, tempo_of(KICK, None), is_plain=True)


def begin(store, device, identity, settings):
    told = Begin(KICK, "0", identity, device.title, device.name, settings, "bluetooth")
    return store.record(told)


async def recorded(here, store, device, seconds, lost_at_s):
    """Record one sensor until its session is over; give the stream and what it told."""
    worn = here.switch_on(device, kicks(device, seconds))
    near = await scan(8.0, until=lambda f: f.identity == worn.address)
    [found] = [each for each in near if each.identity == worn.address]
    sensor = BleSensor(found, device, Settings(rate_hz=device.nearest_rate(100.0)), give_up_s=1.0)
    stream = Stream(
        sensor, device, Session(KICK), lambda settings: begin(store, device, worn.address, settings), side=None
    )
    heard = Heard()
    running = asyncio.create_task(stream.run(heard))
    for at_s in (*lost_at_s, seconds):
        while stream._now_s < at_s and not running.done():
            heard.more.clear()
            await asyncio.wait({running, asyncio.ensure_future(heard.more.wait())}, return_when=FIRST_COMPLETED)
        if at_s < seconds:
            worn.lose_link(AWAY_S)
    sensor.stop()
    await running
    return stream, heard


def replayed(store, number):
    session = store.session(str(number))
    recording = StoredRecording(store, session)
    again = Session(KICK)
    outputs = [output for block in recording.blocks for output in again.process(block)]
    return outputs + again.finish()


def events(outputs):
    return [each for each in outputs if not isinstance(each, AngleTrace)]


async def all_recorded(store, seconds, lost_at_s):
    async with room() as here:
        recording = (recorded(here, store, device, seconds, lost_at_s) for device in DEVICES)
        results = await asyncio.gather(*recording, return_exceptions=True)
    return dict(zip((device.name for device in DEVICES), results, strict=True))


def check(results, store, *, movements, losses):
    for device in DEVICES:
        if isinstance(results[device.name], BaseException):
            raise results[device.name]
        stream, heard = results[device.name]
        told = events(heard.told)
        number = stream.recorder.session_id
        assert told == store.live_events(number) == events(replayed(store, number)), device.name
        assert stream.fault is None
        counted = {each.id for each in told if isinstance(each, Movement)}
        assert len(counted) >= movements, device.name
        assert heard.links == [False, True] * losses, device.name
        gaps = {each.id: each for each in told if isinstance(each, Gap)}
        assert len(gaps) == losses, device.name
        # a Puck.js starts anew, which takes it more than a second
        assert all(AWAY_S - 0.1 < gap.end_s - gap.start_s < AWAY_S + 1.5 for gap in gaps.values()), device.name
        stored = [packet for packet in store.packets(number) if packet.channel == LINK]
        assert [packet.payload for packet in stored][:1] == [b"up"]


def test_live_events_equal_those_of_the_replay(run, tmp_path):
    with Store(tmp_path / "a.db") as store:
        results = run(all_recorded(store, 20.0, [13.0]), 60.0)
        check(results, store, movements=1, losses=1)


@pytest.mark.long
def test_a_whole_session(run, tmp_path):
    with Store(tmp_path / "a.db") as store:
        results = run(all_recorded(store, 90.0, []), 150.0)
        check(results, store, movements=8, losses=0)


def test_what_is_wrong_is_told_while_nothing_comes(run, tmp_path, capsys):
    """Lost, radio off, back: each once, in words, without a packet that would bring them."""

    async def play(store):
        async with room() as here:
            worn = here.switch_on(DEVICE, kicks(DEVICE, 30.0))
            sensor = BleSensor(worn.address, DEVICE, Settings(), give_up_s=None)
            stream = Stream(sensor, DEVICE, Session(KICK), lambda told: begin(store, DEVICE, worn.address, told))
            listening = listen(stream)
            running = [asyncio.create_task(stream.run(listening)), asyncio.create_task(listening.watch())]
            await stream.began.wait()
            await asyncio.sleep(1.0)
            worn.lose_link()
            Adapter.unavailable = BleakBluetoothNotAvailableReason.POWERED_OFF
            await asyncio.sleep(3.0)
            Adapter.unavailable = None
            await asyncio.sleep(7.0)
            assert "link ok" in str(status(stream))
            sensor.stop()
            await running[0]
            running[1].cancel()

    with Store(tmp_path / "a.db") as store:
        run(play(store))
    lines = [line for line in capsys.readouterr().out.splitlines() if ":" not in line[:3]]
    assert [line for line in lines if "sensor" in line or "Bluetooth" in line] == [
        "sensor lost", next(line for line in lines if line.startswith("Bluetooth is switched off: ")), "sensor back",
    ]  # fmt: skip


def test_a_sensor_that_is_too_slow_is_recorded_and_that_is_told(run, tmp_path, capsys):
    dot = movella_dot.DEVICE

    async def play(store):
        async with room() as here:
            worn = here.switch_on(dot, kicks(dot, 60.0))
            sensor = BleSensor(worn.address, dot, Settings(rate_hz=12.0))
            stream = Stream(sensor, dot, Session(KICK), lambda told: begin(store, dot, worn.address, told))
            listening = listen(stream)
            running = [asyncio.create_task(stream.run(listening)), asyncio.create_task(listening.watch())]
            await asyncio.sleep(20.0)
            sensor.stop()
            await running[0]
            running[1].cancel()
            return stream

    with Store(tmp_path / "a.db") as store:
        stream = run(play(store))
        assert len(list(store.packets(stream.recorder.session_id))) > 20
    assert stream.fault is not None
    assert capsys.readouterr().out.count("recorded, but it cannot be counted") == 1


def test_a_sensor_that_refuses_after_a_loss_ends_it_with_the_session_kept(run, tmp_path, monkeypatch):
    class Moody(ProfileEncoder):
        starts = 0

        def write(self, channel, payload):
            self.starts += payload[0] == 1
            return super().write(channel, payload) if self.starts < 2 else [Notification(channel, b"\x01\x02")]

    moody = replace(DEVICE, encoder=Moody)

    async def sensor(name, store, settings, own):
        here = await rooms.enter_async_context(room())
        worn = here.switch_on(moody, kicks(DEVICE, 30.0))
        asyncio.get_running_loop().call_later(3.0, worn.lose_link)
        return BleSensor(worn.address, DEVICE, settings), DEVICE, "moody"

    async def record(*arguments):
        async with rooms:
            await original(*arguments)

    rooms, original = AsyncExitStack(), record_module._record
    monkeypatch.setattr(record_module, "_record", record)
    monkeypatch.setattr("sensortrack.cli.choose.bluetooth_sensor", sensor)
    monkeypatch.setattr(asyncio, "run", lambda coroutine: run(coroutine))
    done = CliRunner().invoke(main, ["record", "donkey-kick", "--plain", "--quiet", "--db", str(tmp_path / "a.db")])
    assert done.exit_code == 1
    assert "session 1: Donkey kick" in done.stdout
    assert "Kept in" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: the sensor refuses to stream (it said 01 02)")


def frames_of(device, settings, packets):
    """First sample time and number of samples of every frame, by the device's own clock."""
    decoder = device.decoder(settings)
    decoder = device.decoder(settings)
    return [frame for packet in packets for frame in decoder.decode(packet)]


@pytest.mark.parametrize(
    ("seconds", "drops"), [(14.0, 2), pytest.param(600.0, 20, marks=pytest.mark.long)], ids=["short", "ten minutes"]
)
def test_nothing_is_lost_but_in_the_drops_and_the_gaps_are_exact(run, tmp_path, capsys, seconds, drops):
    """Sequence numbers tell what was lost; the gaps that were told are those, to the packet."""
    lost_at_s = [(i + 1) * seconds / (drops + 1) for i in range(drops)]

    async def play(store):
        async with room() as here:
            return await recorded(here, store, DEVICE, seconds, lost_at_s)

    with Store(tmp_path / "a.db") as store:
        stream, heard = run(play(store), seconds + 60.0)
        packets = list(store.packets(stream.recorder.session_id))
    frames = frames_of(DEVICE, stream.sensor.settings, packets)
    assert stream.sensor.dropped == 0
    assert heard.links == [False, True] * drops
    jumps = np.diff([frame.sequence for frame in frames]) % 2**16
    holes = np.flatnonzero(jumps != 1)
    assert len(holes) == drops, "every packet came but those of the drops"
    period_s = 1 / stream.sensor.settings.rate_hz
    missing_s = [(jumps[hole] - 1) * len(frames[hole]) * period_s for hole in holes]
    gaps = {each.id: each for each in events(heard.told) if isinstance(each, Gap)}
    told_s = [gap.end_s - gap.start_s - period_s for gap in gaps.values()]
    np.testing.assert_allclose(told_s, missing_s, atol=len(frames[0]) * period_s)
    record_module._conclude(stream, tmp_path / "a.db")
    lost = stream.receiver.health.lost
    assert abs(lost - sum(told_s) / period_s) < 1 + drops
    assert f"\n{lost} samples never came: " in capsys.readouterr().out


def test_a_sensor_that_its_owner_described(run, tmp_path):
    """It is found, recorded, and replayed from the store alone: the file may be gone."""
    page = (Path(__file__).parents[2] / "docs" / "your-own-sensor.md").read_text(encoding="utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    own = parse_device(text, "page")

    async def play(store):
        async with room() as here:
            worn = here.switch_on(own, kicks(own, 3.0))
            sensor, device, name = await bluetooth_sensor(None, store, Settings(), own)
            assert (device, name) == (own, "KneeBoard")
            described = lambda settings: store.record(  # noqa: E731  # as short as the others
                Begin(KICK, "0", worn.address, name, own.name, settings, "bluetooth", description=text)
            )
            stream = Stream(sensor, own, Session(KICK), described)
            running = asyncio.create_task(stream.run(Heard()))
            await asyncio.wait({running}, timeout=3.0)
            sensor.stop()
            await running

    with Store(tmp_path / "a.db") as store:
        run(play(store))
        samples = sum(map(len, StoredRecording(store, store.session("last")).blocks))
    assert samples > 150


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 3", "is missing"),
        ("name =", "is not TOML"),
        ('names = "x"', "there is no key 'names'"),
        ("", "is missing"),
    ],
)
def test_a_mistake_in_the_description_is_one_sentence(tmp_path, text, words):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    for command in (["record"], ["scan"], ["doctor"]):
        done = CliRunner().invoke(
            main, [*command, "--device", str(path)], env={"SENSORTRACK_DB": str(tmp_path / "a.db")}
        )
        assert done.exit_code == 1
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
