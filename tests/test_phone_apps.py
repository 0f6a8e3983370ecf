"""Apps on phones over real sockets: counted exactly, live equal to replay, over holes, restarts and hostile replies."""

import asyncio
import io
import time
from contextlib import aclosing, asynccontextmanager, suppress

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from sensortrack.cli.session import Session
from sensortrack.cli.stored import StoredRecording
from sensortrack.cli.streaming import Stream
from sensortrack.devices.device import DeviceError, DeviceProblem, Settings
from sensortrack.devices.phyphox_encoder import PhyphoxEncoder
from sensortrack.devices.sensor_logger_encoder import SensorLoggerEncoder
from sensortrack.model.events import AngleTrace, Gap
from sensortrack.model.exercises import load_exercise
from sensortrack.model.network import NetworkError, NetworkProblem
from sensortrack.model.samples import RawBlock
from sensortrack.sources.phyphox import PhyphoxSensor
from sensortrack.sources.sensor_logger import Refusal, SensorLoggerSensor
from sensortrack.sources.simulator import simulate
from sensortrack.store.session import Begin
from sensortrack.store.store import Store

KICK = load_exercise("donkey-kick")
SPEED = 16.0
"""The phone and our clock both go this much faster than the test."""


def clock():
    return SPEED * time.monotonic()


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    for name, seconds in (
        ("POLL_S", 0.01), ("_RETRY_S", 0.05), ("_STOP_S", 1.0), ("LOST_S", 6.0), ("FIRST_S", 100.0),
    ):  # fmt: skip
        monkeypatch.setattr(f"sensortrack.sources.phyphox.{name}", seconds)
    monkeypatch.setattr("sensortrack.sources.sensor_logger.LOST_S", 8.0 / SPEED)  # the event loop's clock is as it is
    monkeypatch.setattr("sensortrack.devices.sensor_logger_messages.LATE_S", 1.0 * SPEED)  # and posts take their time


def kicks(gyroscope=True, rate_hz=100.0):
    """A simulated session from before its first kick to the top of its sixth, and how many of them are whole."""
    made = simulate("donkey-kick", 3, rate_hz=rate_hz, gyroscope=gyroscope, sets=1)
    reps = made.truth["sets"][0]["reps"][:5]
    begin_s, end_s = reps[0]["start_s"] - 6.0, reps[-1]["end_s"] + 3.0
    rows = slice(*(int(np.searchsorted(made.time_s, at_s)) for at_s in (begin_s, end_s)))
    return RawBlock(made.time_s, made.acc, made.gyr)[rows], len(reps)


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self):
        self.told, self.links = [], []

    def outputs(self, stream, outputs):
        self.told += outputs

    def link(self, stream, *, is_up):
        self.links.append(is_up)


def begin(store, sensor, settings):
    device = sensor.device
    return store.record(Begin(KICK, "0", sensor.identity, device.title, device.name, settings, "phone"))


class Recorded:
    """A recording through stream and store, as the command line makes it."""

    def __init__(self, store, sensor):
        self.store = store
        self.heard = Heard()
        self.stream = Stream(
            sensor, sensor.device, Session(KICK), lambda settings: begin(store, sensor, settings), side=None
        )

    @property
    def live(self):
        return [each for each in self.heard.told if not isinstance(each, AngleTrace)]

    @property
    def replayed(self):
        session = Session(KICK)
        recording = StoredRecording(self.store, self.store.session("last"))
        outputs = [o for block in recording.blocks for o in session.process(block)] + session.finish()
        return [each for each in outputs if not isinstance(each, AngleTrace)]

    @property
    def counted(self):
        return sum(1 for each in self.stream.session.log.movements if each.verdict.counts)

    @property
    def gaps(self):
        return [each.end_s - each.start_s for each in self.live if isinstance(each, Gap)]


# phyphox


class Phone:
    """A phone with phyphox on a real socket: it measures while it measures, and answers while it is not away."""

    def __init__(self, encoder, block):
        self.encoder, self.block = encoder, block
        self.is_away = self.forgets_time = False
        self.begun_s = None
        self._given = 0

    async def answer(self, request):
        if self.is_away:
            request.transport.abort()
        if self.forgets_time and request.path == "/time":
            self.forgets_time = False
            request.transport.abort()
        self.measure()
        body = self.encoder.read(request.path_qs)
        return web.Response(body=body, content_type="application/json", status=200 if body else 404)

    def measure(self):
        """Catch up with the time that passed."""
        if self.encoder.settings is None:
            return
        self.begun_s = clock() - self.block.time_s[self._given] if self.begun_s is None else self.begun_s
        until = int(np.searchsorted(self.block.time_s, clock() - self.begun_s))
        if until > self._given:
            self.encoder.encode(self.block[self._given : until])
            self._given = until

    @property
    def is_done(self):
        return self._given == len(self.block)

    @asynccontextmanager
    async def serving(self):
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


async def until(true, timeout_s=30.0):
    async with asyncio.timeout(timeout_s):
        # what is waited for happens inside the program, which has no event for it
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def phyphox_recorded(store, phone, faults=()):
    async with phone.serving() as port:
        sensor = PhyphoxSensor("127.0.0.1", port, Settings(), clock=clock)
        recorded = Recorded(store, sensor)
        running = asyncio.create_task(recorded.stream.run(recorded.heard))
        for fault in faults:
            await fault(phone, recorded)
        await until(lambda: phone.is_done or running.done())
        await asyncio.sleep(0.1)
        sensor.stop()
        await running
    return recorded


@pytest.mark.parametrize("platform", ["android", "ios"])
def test_phyphox_counts_exactly_and_replays_equal(tmp_path, platform):
    block, count = kicks()
    with Store(tmp_path / "a.db") as store:
        phone = Phone(PhyphoxEncoder(platform), block)
        recorded = asyncio.run(phyphox_recorded(store, phone))
        assert recorded.counted == count
        assert recorded.live == recorded.replayed
        assert recorded.stream.receiver.health.samples > len(block) - 5
        assert max(recorded.gaps, default=0.0) < 0.3
        assert recorded.heard.links == []
        assert store.session("last").rate_hz == pytest.approx(100.0, rel=0.04)
    assert phone.encoder.settings is None, "it was stopped"


def test_phyphox_without_gyroscope(tmp_path):
    block, count = kicks(gyroscope=False)
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(phyphox_recorded(store, Phone(PhyphoxEncoder("ios", ["accelerometer"]), block)))
        assert recorded.counted == count
        assert not store.session("last").settings.gyroscope


async def away(phone, recorded):
    """Out of the network for twelve seconds; the phone goes on measuring."""
    await until(lambda: recorded.stream._now_s > 8.0)
    phone.is_away = True
    await asyncio.sleep(12.0 / SPEED)
    phone.is_away, phone.forgets_time = False, True
    await until(lambda: recorded.stream.is_up)


def test_a_hole_in_the_network_loses_nothing(tmp_path):
    block, count = kicks()
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(phyphox_recorded(store, Phone(PhyphoxEncoder(), block), [away]))
        assert recorded.counted == count
        assert recorded.live == recorded.replayed
        assert recorded.heard.links == [False, True]
        assert recorded.stream.receiver.health.samples > len(block) - 5
        assert max(recorded.gaps, default=0.0) < 0.3
        received_s = [packet.received_s for packet in store.packets(store.session("last").id)]
        assert received_s == sorted(received_s)


def test_an_app_that_is_too_old_to_tell_its_pauses(tmp_path):
    block, count = kicks()

    class Old(PhyphoxEncoder):
        def read(self, channel):
            return b"" if channel == "/time" else super().read(channel)

    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(phyphox_recorded(store, Phone(Old(), block)))
        assert recorded.counted == count
        assert recorded.live == recorded.replayed


def test_more_than_anybody_can_catch_up_with_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("sensortrack.sources.phyphox.MOST_BYTES", 2**16)  # ten seconds are 100 kB
    block, _ = kicks()
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(phyphox_recorded(store, Phone(PhyphoxEncoder(), block), [away]))
        assert recorded.live == recorded.replayed
        assert recorded.heard.links == [False, True]
        assert max(recorded.gaps) == pytest.approx(13.0, abs=3.0)
        assert store.session("last").duration_s == pytest.approx(block.time_s[-1] - block.time_s[0], abs=2.0)


async def reloaded(phone, recorded):
    """The app was closed and opened again: another session, whose times begin at zero."""
    await until(lambda: recorded.stream._now_s > 8.0)
    phone.encoder.reload()


async def cleared(phone, recorded):
    await until(lambda: recorded.stream._now_s > 8.0)
    phone.encoder.read("/control?cmd=clear")
    phone.encoder.now_s = float(phone.block.time_s[phone._given])
    phone.encoder.read("/control?cmd=start")


async def paused(phone, recorded):
    """By the person, in the app, for ten seconds."""
    await until(lambda: recorded.stream._now_s > 8.0)
    phone.encoder.read("/control?cmd=stop")
    await asyncio.sleep(10.0 / SPEED)
    now_s = clock() - phone.begun_s
    phone._given = int(np.searchsorted(phone.block.time_s, now_s))
    phone.encoder.now_s = now_s
    phone.encoder.read("/control?cmd=start")
    await until(lambda: recorded.stream.is_up)


@pytest.mark.parametrize(("fault", "gap_s"), [(reloaded, 0.0), (cleared, 0.0), (paused, 10.0)])
def test_what_happens_in_the_app_is_followed(tmp_path, fault, gap_s):
    block, _ = kicks()
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(phyphox_recorded(store, Phone(PhyphoxEncoder(), block), [fault]))
        assert recorded.live == recorded.replayed
        assert recorded.counted > 1
        assert sum(recorded.gaps) == pytest.approx(gap_s, abs=3.0)
        assert recorded.stream.session.quality.duration_s == pytest.approx(block.time_s[-1] - block.time_s[0], abs=2.0)
        assert recorded.stream.receiver.health.samples > len(block) - 300 - 100 * gap_s


async def first_error(host, port, seconds=5.0):
    """What a recording ends with that never began."""
    async with asyncio.timeout(seconds), aclosing(PhyphoxSensor(host, port, Settings()).packets()) as packets:
        async for _ in packets:
            raise AssertionError("there is nothing to record")


def problem(error):
    return error.value.problem


def test_wrong_addresses_are_told_apart(monkeypatch):
    monkeypatch.setattr("sensortrack.web.client.SILENT_S", 0.3)

    async def mute(reader, writer):
        await reader.read()  # until the other side has had enough
        writer.close()

    async def babbling(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async def dripping(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    async def asked(answer):
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        try:
            await first_error("127.0.0.1", server.sockets[0].getsockname()[1])
        finally:
            server.close()
            await asyncio.sleep(0.1)  # the other side notices that nobody reads

    with pytest.raises(NetworkError) as error:
        asyncio.run(first_error("no-such-host.invalid", 8080))
    assert problem(error) is NetworkProblem.NO_SUCH_HOST
    with pytest.raises(NetworkError) as error:
        asyncio.run(first_error("127.0.0.1", 9))
    assert problem(error) is NetworkProblem.NOTHING_LISTENS
    with pytest.raises(NetworkError) as error:
        asyncio.run(asked(mute))
    assert problem(error) is NetworkProblem.NO_ANSWER
    monkeypatch.setattr("sensortrack.web.client.WHOLE_S", 0.5)
    with pytest.raises(NetworkError) as error:
        asyncio.run(asked(dripping))
    assert problem(error) is NetworkProblem.NO_ANSWER
    with pytest.raises(NetworkError) as error:
        asyncio.run(asked(babbling))
    assert problem(error) is NetworkProblem.BROKEN


class Other:
    """Something else that answers, whatever it is asked."""

    def __init__(self, body, status=200):
        self.body, self.status = body, status

    async def answer(self, _request):
        return web.Response(body=self.body, status=self.status, headers={"Location": "http://127.0.0.1:9/"})

    serving = Phone.serving


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (Other(b"<html>router</html>"), DeviceProblem.OTHER_APP),
        (Other(b"", 404), NetworkProblem.STATUS),
        (Other(b"", 302), NetworkProblem.STATUS),
        (Other(b"x" * 2**21), NetworkProblem.TOO_LONG),
        (Other(b"[" * 2**19), DeviceProblem.OTHER_APP),
    ],
    ids=["a page", "nothing there", "another address", "without end", "nested"],
)
def test_what_is_not_phyphox(monkeypatch, other, kind):
    monkeypatch.setattr("sensortrack.sources.phyphox.MOST_BYTES", 2**20)

    async def asked():
        async with other.serving() as port:
            await first_error("127.0.0.1", port)

    with pytest.raises((NetworkError, DeviceError)) as error:
        asyncio.run(asked())
    assert problem(error) is kind


# Sensor Logger


def asked_words(refusal):
    return f"please: {refusal}"


async def pushed(url, block, encoder, mixed=None, faults=None):
    """Push a session as its time goes by; `mixed` gives the messages that go out now, `faults` what happens before."""
    begin_s = clock() - block.time_s[0]
    statuses = []
    async with aiohttp.ClientSession() as client:
        for first in range(0, len(block), 20):
            piece = block[first : first + 20]
            await asyncio.sleep((begin_s + piece.time_s[-1] - clock()) / SPEED)
            if faults is not None:
                await faults(first // 20, client, url)
            messages = [each.payload for each in encoder.encode(piece)]
            for message in messages if mixed is None else mixed(messages):
                async with client.post(url, data=message) as answer:
                    statuses.append(answer.status)
        for message in [] if mixed is None else mixed(None):
            async with client.post(url, data=message) as answer:
                statuses.append(answer.status)
    return statuses


async def sensor_logger_recorded(store, block, encoder, **how):
    sensor = SensorLoggerSensor(Settings(), asked_words, "help", clock=clock)
    url = await sensor.listen("127.0.0.1")
    recorded = Recorded(store, sensor)
    async with asyncio.timeout(40), asyncio.TaskGroup() as tasks:
        pushing = tasks.create_task(pushed(url, block, encoder, **how))
        assert await sensor.waiting() is None
        tasks.create_task(recorded.stream.run(recorded.heard))
        statuses = await pushing
        sensor.stop()
    assert set(statuses) == {200}
    return recorded


@pytest.mark.parametrize("platform", ["ios", "android-total"])
def test_sensor_logger_counts_exactly_and_replays_equal(tmp_path, platform):
    block, count = kicks()
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(sensor_logger_recorded(store, block, SensorLoggerEncoder(platform)))
        assert recorded.counted == count
        assert recorded.live == recorded.replayed
        assert recorded.stream.receiver.health.samples > len(block) - 5
        assert max(recorded.gaps, default=0.0) < 0.2, "that of the simulated session"
        assert store.session("last").family == "sensor-logger"


class Mixed:
    """A network that delays, repeats and swaps messages, and delivers some seconds of them at once."""

    def __init__(self):
        self.rng = np.random.default_rng(5)
        self.kept = []
        self.sent = 0

    def __call__(self, messages):
        self.kept += messages or []
        self.sent += 1
        if messages and (40 < self.sent < 60 or self.rng.random() < 0.4):
            return []
        out, self.kept = self.kept, []
        repeated = [each for each in out for _ in range(1 + int(self.rng.random() < 0.2))]
        return [repeated[i] for i in self.rng.permutation(len(repeated))]


def test_messages_in_any_order_and_in_bursts_change_nothing(tmp_path):
    block, count = kicks()
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(sensor_logger_recorded(store, block, SensorLoggerEncoder("android"), mixed=Mixed()))
        assert recorded.counted == count
        assert recorded.live == recorded.replayed
        assert recorded.stream.receiver.health.samples > len(block) - 5
        assert max(recorded.gaps, default=0.0) < 0.2


async def disturbed(number, client, url):
    """What others send in the middle of a session: no token, another phone, the app's test, nonsense."""
    if number != 60:
        return
    other = SensorLoggerEncoder("ios", "theirs", "their phone").encode(kicks()[0][:40])
    wrong = url.replace(url.split("/")[3], "x" * 22)
    for address, body, status in [
        (wrong, other[0].payload, 404),
        (url, other[0].payload, 499),
        (url, b"{}", 200),
        (url, b'{"msg": "test"}', 200),
        (url, b"no JSON", 400),
        (url, io.BytesIO(b"x" * (2**20 + 1)), 413),
    ]:
        async with client.post(address, data=body) as answer:
            assert answer.status == status
            assert (await answer.text() == "please: other phone") == (status == 499)


def test_what_others_send_touches_nothing(tmp_path):
    block, count = kicks()
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(sensor_logger_recorded(store, block, SensorLoggerEncoder("ios"), faults=disturbed))
        assert recorded.counted == count
        assert recorded.live == recorded.replayed
        assert recorded.stream.receiver.health.bad == 0
        assert recorded.stream.receiver.health.samples > len(block) - 5


async def silent(number, _client, _url):
    """No message for twelve seconds, and what was sampled then is gone."""
    if number == 60:
        await asyncio.sleep(12.0 / SPEED)


def test_a_silent_phone_is_lost_and_back(tmp_path):
    block, _ = kicks()
    hole = RawBlock(block.time_s + 12.0 * (block.time_s >= block.time_s[1200]), block.acc, block.gyr)
    with Store(tmp_path / "a.db") as store:
        recorded = asyncio.run(sensor_logger_recorded(store, hole, SensorLoggerEncoder("ios"), faults=silent))
        assert recorded.heard.links == [False, True]
        assert [each for each in recorded.gaps if each > 0.2] == [pytest.approx(12.0, abs=1.0)]
        assert recorded.live == recorded.replayed


def test_a_phone_without_gravity_is_told_so_until_it_has_it():
    async def run():
        sensor = SensorLoggerSensor(Settings(), asked_words, "what this is for")
        url = await sensor.listen("127.0.0.1")
        block = kicks()[0][:400]
        without, complete = SensorLoggerEncoder("ios", "one"), SensorLoggerEncoder("ios", "two")
        answers = []
        async with aiohttp.ClientSession() as client:
            async with client.get(url) as answer:
                assert await answer.text() == "what this is for"
            for each in without.encode(block):
                body = each.payload.replace(b'"gravity"', b'"barometer"')
                async with client.post(url, data=body) as answer:
                    answers.append((answer.status, await answer.text()))
            assert await sensor.waiting() is Refusal.NO_GRAVITY
            for each in complete.encode(block):
                async with client.post(url, data=each.payload) as answer:
                    assert answer.status == 200
            assert await sensor.waiting() is None
        await sensor.close()
        return answers

    answers = asyncio.run(run())
    assert answers[0] == (200, "")
    assert set(answers[3:]) == {(499, "please: no gravity")}


def test_two_phones_have_addresses_of_their_own():
    async def run():
        first, second = (SensorLoggerSensor(Settings(), asked_words) for _ in range(2))
        urls = await first.listen("127.0.0.1"), await second.listen("127.0.0.1")
        await first.close()
        await second.close()
        with pytest.raises(NetworkError) as error:
            await first.listen("192.0.2.1")
        assert error.value.problem is NetworkProblem.CANNOT_LISTEN
        return urls

    one, two = asyncio.run(run())
    assert one.split("/")[2] != two.split("/")[2]
    assert one.split("/")[3] != two.split("/")[3]
