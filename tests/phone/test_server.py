"""The desk that a phone's page posts to: one phone, every batch once, and nothing that a stranger can do."""

import asyncio
import os
import random
import struct
from contextlib import asynccontextmanager, suppress

import aiohttp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.devices.phone import SAMPLES, PhoneEncoder
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import LINK, RawBlock
from sensortrack.sources import phone
from sensortrack.sources.phone import PhoneSensor, State, page_files
from sensortrack.store.session import Begin
from sensortrack.store.store import Store
from sensortrack.web.phone import Post, Refusal, Want
from sensortrack.web.server import SECURITY_HEADERS, Pace

ME = "0123456789abcdef"
HEADER = struct.Struct("<BBHIIddd")


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def rest(n: int, start_s: float = 0.0) -> RawBlock:
    acc = np.tile([0.0, 0.0, 9.8], (n, 1))
    return RawBlock(start_s + np.arange(n) / 60, acc, np.zeros((n, 3)))


class Recording:
    """A sensor whose packets are taken as they come."""

    def __init__(self, sensor: PhoneSensor) -> None:
        self.sensor = sensor
        self.packets = []
        self.done = None

    async def _take(self) -> None:
        async for each in self.sensor.packets():
            self.packets.append(each)

    async def __aenter__(self):
        await self.sensor.take(Post(ME))
        self.done = asyncio.create_task(self._take())
        while not self.packets:  # noqa: ASYNC110  # it begins as soon as it is asked
            await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_):
        self.sensor.stop()
        self.sensor.stop()
        await self.done

    @property
    def bodies(self) -> list[bytes]:
        return [each.payload for each in self.packets if each.channel == SAMPLES]


def run(work, clock=None):
    async def main():
        hand = clock or Hand()
        async with Recording(PhoneSensor("Donkey kick", strap_s=0.0, clock=hand)) as recording:
            hand.now_s += 60.0
            return await work(recording, hand)

    return asyncio.run(main())


def test_batches_come_as_they_were_sent_and_once():
    encoder = PhoneEncoder()
    sent = [encoder.batch(rest(6, 0.1 * i)) for i in range(10)]

    async def work(recording, _):
        for i, each in enumerate(sent):
            await recording.sensor.take(Post(ME, each))
            await recording.sensor.take(Post(ME, b"".join(sent[: i + 1])))
        await recording.sensor.take(Post(ME, b"".join(sent)))
        return recording.bodies, recording.sensor.settings

    bodies, settings_ = run(work)
    assert bodies == sent
    assert settings_.rate_hz == pytest.approx(60.0, abs=0.1)
    assert settings_.gyroscope


def test_what_was_not_sent_before_is_cut_from_a_longer_body():
    encoder = PhoneEncoder()
    sent = [encoder.batch(rest(6, 0.1 * i)) for i in range(3)]

    async def work(recording, _):
        await recording.sensor.take(Post(ME, sent[0]))
        await recording.sensor.take(Post(ME, b"".join(sent)))
        return recording.bodies

    assert run(work) == [sent[0], sent[1] + sent[2]]


def test_a_second_phone_is_told_so():
    async def work(recording, _):
        with pytest.raises(Refusal, match="another") as caught:
            await recording.sensor.take(Post("another-phone-000", PhoneEncoder().batch(rest(6))))
        return caught.value.status, recording.bodies

    assert run(work) == (409, [])


def test_a_gyroscope_that_is_gone_is_told():
    async def work(recording, _):
        await recording.sensor.take(Post(ME, PhoneEncoder().batch(rest(60))))
        with pytest.raises(Refusal, match="gyroscope"):
            await recording.sensor.take(Post(ME, PhoneEncoder(gyroscope=False, run=2).batch(rest(6, 2.0))))

    run(work)


@pytest.mark.parametrize("start_s", [-70.0, 70.0, 1e9])
def test_samples_from_another_time_are_refused(start_s):
    async def work(recording, _):
        with pytest.raises(Refusal, match="bad"):
            await recording.sensor.take(Post(ME, PhoneEncoder().batch(rest(6, start_s))))
        return recording.bodies

    assert run(work) == []


def test_more_samples_than_a_phone_has_are_refused():
    async def work(recording, _):
        encoder, refused = PhoneEncoder(), []
        for i in range(100):
            block = RawBlock(0.5 * i + np.arange(600) / 6000, *[np.zeros((600, 3))] * 2)
            try:
                await recording.sensor.take(Post(ME, encoder.batch(block)))
            except Refusal as refusal:
                refused.append(refusal.word)
        return len(recording.bodies), set(refused)

    assert run(work) == ((1000 + 60 * 250) // 600, {"too many"})


def test_it_speaks_until_it_was_heard_and_late_counts_are_left_out():
    async def work(recording, _):
        sensor = recording.sensor
        sensor.say("count", "1")
        sensor.say("count", "2")
        sensor.say("done", "rest")
        first = await sensor.take(Post(ME))
        again = await sensor.take(Post(ME, heard=2))
        then = await sensor.take(Post(ME, heard=3))
        for _ in range(100):
            sensor.say("done", "x")
        many = await sensor.take(Post(ME, heard=3))
        return [[each["text"] for each in answer["say"]] for answer in (first, again, then)], len(many["say"])

    assert run(work) == ([["2", "rest"], ["rest"], []], 20)


def test_pause_and_stop_from_either_side():
    async def work(recording, _):
        sensor, states = recording.sensor, []
        for act in (
            lambda: sensor.take(Post(ME, want=Want.PAUSE)),
            lambda: sensor.take(Post(ME, want=Want.RESUME)),
            lambda: asyncio.sleep(0, sensor.pause()),
            lambda: asyncio.sleep(0, sensor.resume()),
            lambda: asyncio.sleep(0, sensor.stop()),
            lambda: sensor.take(Post(ME, PhoneEncoder().batch(rest(6)))),
            lambda: sensor.take(Post(ME, want=Want.END)),
        ):
            await act()
            states.append(str(sensor.state))
        return states, len(recording.bodies)

    states = ["paused", "running", "paused", "running", "ending", "ending", "ended"]
    assert run(work) == (states, 1)


def test_it_is_strapped_on_before_it_begins():
    async def taken(act):
        sensor = PhoneSensor("x", strap_s=60.0)
        recording, states = Recording(sensor), []
        await sensor.take(Post(ME))
        taking = asyncio.create_task(recording._take())
        await asyncio.sleep(0.01)
        answer = await sensor.take(Post(ME))
        assert 50 < answer["begins_in_s"] <= 60
        with pytest.raises(Refusal, match="not now"):
            await sensor.take(Post(ME, PhoneEncoder().batch(rest(6))))
        await act(sensor)
        await asyncio.sleep(0.01)
        states.append(str(sensor.state))
        sensor.stop()
        sensor.stop()
        await taking
        return states, [each.payload for each in recording.packets]

    async def stop(sensor):
        sensor.stop()

    assert asyncio.run(taken(lambda sensor: sensor.take(Post(ME, want=Want.BEGIN)))) == (["running"], [b"up"])
    assert asyncio.run(taken(stop)) == (["ended"], [])


def test_silence_is_noted_and_so_is_its_end(monkeypatch):
    monkeypatch.setattr(phone, "_TICK_S", 0.01)

    async def work(recording, hand):
        encoder = PhoneEncoder()
        await recording.sensor.take(Post(ME, encoder.batch(rest(6))))
        hand.now_s += 60.0
        await asyncio.sleep(0.1)
        await recording.sensor.take(Post(ME, encoder.batch(rest(6, 0.2))))
        return [each.payload if each.channel == LINK else b"samples" for each in recording.packets]

    assert run(work)[-3:] == [b"down", b"up", b"samples"]


@st.composite
def bodies(draw):
    good = PhoneEncoder().batch(rest(draw(st.integers(0, 4))))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.binary(max_size=200))
    if kind == 1:
        at = draw(st.integers(0, len(good) - 1))
        return good[:at] + draw(st.binary(min_size=1, max_size=8)) + good[at + 1 :]
    head = HEADER.pack(
        1, draw(st.integers(0, 3)), draw(st.integers(0, 3)), draw(st.integers(0, 2**32 - 1)),
        draw(st.integers(0, 2**32 - 1)), *(draw(st.floats(width=64)) for _ in range(3)),
    )  # fmt: skip
    return head + draw(st.binary(max_size=90))


@given(st.lists(st.tuples(bodies(), st.sampled_from(list(Want))), max_size=12))
@settings(deadline=None, max_examples=100)
def test_whatever_is_posted_is_taken_or_refused(posts):
    async def work(recording, hand):
        for body, want in posts:
            hand.now_s += 0.1
            with suppress(Refusal):
                await recording.sensor.take(Post(ME, body, want=want))
        return recording.bodies

    for body in run(work):
        list(phone.phone.batches(body))


@asynccontextmanager
async def served(sensor=None):
    sensor = sensor or PhoneSensor("Donkey kick")
    url = await sensor.listen("127.0.0.1", None)
    async with aiohttp.ClientSession() as client:
        yield sensor, url, client
    await sensor.close()


def test_the_page_is_whole_and_light():
    content = page_files()
    assert sum(len(body) for _, body in content.values()) < 60_000
    text = b"".join(body for _, body in content.values())
    assert b"://" not in text
    assert b"//" not in content[""][1]
    assert b"onclick" not in content[""][1]
    assert b"<style" not in content[""][1]


def test_over_http_with_the_guard():
    async def main():
        async with served() as (_, url, client):
            found = []
            for path in ("", "page.js", "link.js", "page.css"):
                async with client.get(url + path) as answer:
                    found.append((answer.status, answer.content_type))
                    assert answer.headers["Content-Security-Policy"] == SECURITY_HEADERS["Content-Security-Policy"]
            for bad in ("take", "take?phone=x", f"take?phone={ME}&want=fly", f"take?phone={ME}&heard=-1"):
                async with client.post(url + bad) as answer:
                    found.append(answer.status)
            async with client.post(url + f"take?phone={ME}&battery=50") as answer:
                found.append((await answer.json())["state"])
            async with client.post(url + f"take?phone={ME}", headers={"Origin": "https://evil.example"}) as answer:
                found.append((answer.status, await answer.read()))
            async with client.post(url + f"take?phone={ME}", data=b"x" * 65536) as answer:
                found.append(answer.status)
            async with client.post(url[:-3] + f"xx/take?phone={ME}") as answer:
                found.append((answer.status, await answer.read()))
            return found

    js = "text/javascript"
    pages = [(200, "text/html"), (200, js), (200, js), (200, "text/css")]
    assert asyncio.run(main()) == [*pages, 400, 400, 400, 400, "ready", (404, b""), 413, (404, b"")]


def test_a_server_that_was_started_again_does_not_know_the_old_token():
    async def main():
        async with served() as (_, url, _):
            pass
        async with served() as (_, new, client), client.post(new[:-23] + url[-23:] + f"take?phone={ME}") as answer:
            return answer.status, await answer.read()

    assert asyncio.run(main()) == (404, b"")


def hostile(tmp_path, count: int, capfd) -> None:
    """Post rubbish to every address of a running recording, beside a real phone; another session stays as it was."""
    rng = random.Random(5)
    good = PhoneEncoder(run=9).batch(rest(6))
    store = Store(tmp_path / "a.db")
    begin = Begin(load_exercise("donkey-kick"), "1", "other", "other", "phone", phone.Settings(), "phone")
    other = store.record(begin)
    other.add(phone.Packet(0.0, good, SAMPLES))
    other.finish()
    before = list(store.packets(other.session_id))

    def rubbish() -> bytes:
        kind = rng.random()
        if kind < 0.3:
            return rng.randbytes(rng.randrange(400))
        if kind < 0.7:
            body = bytearray(good * rng.randrange(1, 4))
            for _ in range(rng.randrange(1, 6)):
                body[rng.randrange(len(body))] = rng.randrange(256)
            return bytes(body[: rng.randrange(1, len(body) + 1)])
        return HEADER.pack(
            1, rng.randrange(4), rng.randrange(700), rng.getrandbits(32), rng.getrandbits(32),
            *struct.unpack("<3d", rng.randbytes(24)),
        ) + rng.randbytes(rng.randrange(200))  # fmt: skip

    async def main():
        hand = Hand()
        sensor = PhoneSensor("x", strap_s=0.0, clock=hand)
        async with served(sensor) as (_, url, client), Recording(sensor) as recording:
            statuses: dict[int, int] = {}
            encoder, begun_s = PhoneEncoder(), hand.now_s
            sent = []
            for i in range(count):
                hand.now_s += 0.1
                who = ME if i % 3 else "stranger-00000000"
                if i % 5 == 4:  # over the wire
                    path = rng.choice(["", "take", f"take?phone={who}", f"take?phone={who}&heard=1", "%00", "page.js"])
                    method = rng.choice(["POST", "GET", "PUT"])
                    async with client.request(method, url + path, data=rubbish()) as answer:
                        statuses[answer.status] = statuses.get(answer.status, 0) + 1
                        await answer.read()
                else:
                    with suppress(Refusal):
                        await sensor.take(Post(who, rubbish(), rng.randrange(10**9)))
                if i % 50 == 49:
                    sent.append(encoder.batch(rest(6, hand.now_s - begun_s - 0.1)))
                    await sensor.take(Post(ME, sent[-1]))
            assert set(statuses) <= {200, 400, 404, 405, 409, 429}, statuses
            assert not set(sent) - set(recording.bodies)
            for body in recording.bodies:
                list(phone.phone.batches(body))

    asyncio.run(main())
    assert list(store.packets(other.session_id)) == before
    store.close()
    assert capfd.readouterr().err == ""


@pytest.fixture
def _unhurried(monkeypatch):
    """Let everything through the guard's pace, so that it reaches the desk."""
    monkeypatch.setattr(Pace, "allows", lambda *_: True)


@pytest.mark.usefixtures("_unhurried")
def test_hostile_bodies(tmp_path, capfd):
    hostile(tmp_path, 2000, capfd)


@pytest.mark.long
@pytest.mark.usefixtures("_unhurried")
def test_a_hundred_thousand_hostile_bodies(tmp_path, capfd):
    hostile(tmp_path, 100_000, capfd)


def test_rubbish_on_the_socket_is_nobody_s_business(capfd):
    async def main():
        async with served() as (_, url, client):
            port = int(url.split(":")[2].partition("/")[0])
            for noise in (
                b"\x16\x03\x01\x02\x00\x01",
                b"GET / HTTP/9\r\n\r\n",
                os.urandom(300),
                b"POST /x HTTP/1.1\r\n\r\n",
            ):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(noise)
                writer.write_eof()
                with suppress(OSError):
                    assert b"Traceback" not in await asyncio.wait_for(reader.read(), 5)
                writer.close()
            async with client.get(url) as answer:
                return answer.status

    assert asyncio.run(main()) == 200
    assert capfd.readouterr().err == ""


def test_the_state_is_a_word_for_the_page():
    assert {str(state) for state in State} == {"waiting", "ready", "running", "paused", "ending", "ended"}
