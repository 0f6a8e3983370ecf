"""Whatever a phone, or who plays one, sends: nothing crashes or grows without end, good samples stay as they are."""

import asyncio
import json
import random
import sys

import aiohttp
import numpy as np
import pytest

from sensortrack.cli.session import Session
from sensortrack.devices import phyphox
from sensortrack.devices.device import DeviceError, Settings
from sensortrack.devices.messages import pieces
from sensortrack.devices.phyphox import Poll, find_buffers
from sensortrack.devices.phyphox_encoder import PhyphoxEncoder
from sensortrack.devices.sensor_logger_encoder import SensorLoggerEncoder
from sensortrack.model.errors import RecordingError
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import Packet, RawBlock
from sensortrack.sources.receiver import Receiver
from sensortrack.sources.sensor_logger import SensorLoggerSensor
from sensortrack.store.packets import pack, unpack

KICK = load_exercise("donkey-kick")
ODD = [
    None, True, -1, 0, 7, 10**30, -(10**400), 1e308, -1e-320, float("nan"), float("inf"), "", "x", "\u0000", "9" * 200,
    "é" * 99, [], {}, [[]], {"x": {}}, [None] * 50, 1_700_000_000_000_000_000, 9_007_199_254_740_993, "accelerometer",
    "gravity",
]  # fmt: skip


def in_hand(n, start_s=5.0):
    rng = np.random.default_rng(3)
    acc = np.array([0.4, 6.8, 7.0]) + rng.normal(0, 0.3, (n, 3))
    return RawBlock(start_s + np.arange(n) / 100.0, acc, rng.normal(0, 0.3, (n, 3)))


def spoiled(rng, told, depth=0):
    """A copy of some JSON in which one thing or the other is something else."""
    if rng.random() < 0.03 * (1 + depth):
        return rng.choice(ODD)
    if isinstance(told, dict):
        items = [(key, spoiled(rng, value, depth + 1)) for key, value in told.items() if rng.random() > 0.02]
        return dict(items)
    if isinstance(told, list):
        rows = [spoiled(rng, each, depth + 1) for each in told[: rng.randrange(len(told) + 1) or 1]]
        return rows * (1 + (rng.random() < 0.05))
    if isinstance(told, int | float) and rng.random() < 0.1:
        return told * rng.choice([-1, 2, 1e3, 1e-9, 1 + 1e-9])
    return told


def hostile(rng, good):
    """Bytes made of a good message."""
    kind = rng.randrange(8)
    if kind == 0:
        return rng.randbytes(rng.randrange(200))
    if kind == 1:
        return good[: rng.randrange(len(good))]
    if kind == 2:
        at = rng.randrange(len(good))
        return good[:at] + rng.randbytes(3) + good[at + 3 :]
    if kind == 3:
        return rng.choice([b"[" * 50_000, b"{" * 99, b'{"a":' * 20_000, b"9" * 6000, b"\xef\xbb\xbf{}", b"null", b'""'])
    return json.dumps(spoiled(rng, json.loads(good))).encode()


def follow(receiver, session, packets):
    """As a recording does: into the store's form and through the chain, which may give up but not fail."""
    assert list(unpack(pack(packets))) == packets
    for packet in packets:
        for block in receiver.process(packet):
            assert np.isfinite(block.time_s).all()
            assert np.isfinite(block.acc).all()
            try:
                session.process(block)
            except RecordingError:
                return False
    return True


def fuzz_sensor_logger(count, seed):
    """Every body is answered; what is taken goes through recorder and chain."""
    rng = random.Random(seed)
    now_s = 0.0

    def clock():
        return now_s

    def begin():
        sensor = SensorLoggerSensor(Settings(), str, clock=clock)
        return sensor, Receiver(sensor.device, Settings()), Session(KICK)

    good = [n.payload for p in ("ios", "android", "android-total") for n in SensorLoggerEncoder(p).encode(in_hand(900))]
    sensor, receiver, session = begin()
    statuses = set()
    for number in range(count):
        body = rng.choice(good) if rng.random() < 0.3 else hostile(rng, rng.choice(good))
        statuses.add(sensor._take(body).status)
        now_s += rng.choice([0.0, 0.01, 0.2, 3.0])
        packets = list(sensor._waiting)
        sensor._waiting.clear()
        sensor._waiting_bytes = 0
        if not follow(receiver, session, packets) or number % 500 == 499:
            sensor, receiver, session = begin()
    assert statuses <= {200, 400, 429, 499}
    assert {200, 400, 499} <= statuses


def test_sensor_logger_takes_any_body():
    fuzz_sensor_logger(1500, 1)


@pytest.mark.long
def test_sensor_logger_takes_a_hundred_thousand_bodies():
    for seed in range(100):
        fuzz_sensor_logger(1000, 100 + seed)


def fuzz_phyphox(count, seed):
    """Every reply is taken or refused in our words; what is taken goes through recorder and chain."""
    rng = random.Random(seed)
    encoder = PhyphoxEncoder(rng.choice(["android", "ios"]))
    config, status = encoder.read("/config"), encoder.read("/get?acc_time=")
    encoder.read("/control?cmd=start")
    encoder.encode(in_hand(200))
    times = encoder.read("/time")
    names = [name for each in find_buffers(config).values() for name in (each.t, each.x, each.y, each.z)]
    good = encoder.read("/get?" + "&".join(f"{name}=full" for name in names))
    sources = [(config, "/config"), (times, "/time"), (good, "/get"), (good, "/get"), (status, "/get")]
    refused = taken = 0
    receiver, session = Receiver(phyphox.DEVICE, Settings()), Session(KICK)
    poll = Poll(config)
    for number in range(count):
        source, channel = rng.choice(sources)
        body = source if rng.random() < 0.3 else hostile(rng, source)
        try:
            if channel == "/get":
                poll.take(body)
                assert len(poll.query) < 5000
            elif channel == "/config":
                poll = Poll(body)
            taken += 1
        except DeviceError:
            refused += 1
        packets = [Packet(0.15 * number, each.payload, each.channel) for each in pieces(channel, body)]
        if not follow(receiver, session, packets) or number % 500 == 499:
            receiver, session = Receiver(phyphox.DEVICE, Settings()), Session(KICK)
    assert taken > count / 10
    assert refused > count / 10


def test_phyphox_s_replies_may_be_anything():
    fuzz_phyphox(1500, 1)


@pytest.mark.long
def test_a_hundred_thousand_replies_of_phyphox():
    for seed in range(100):
        fuzz_phyphox(1000, 100 + seed)


def test_nonsense_between_good_messages_changes_no_sample():
    """What holds no sample costs none: a good session with rubbish in between gives what it gives alone."""
    rng = random.Random(7)
    messages = [n.payload for n in SensorLoggerEncoder("ios").encode(in_hand(1200))]
    device = SensorLoggerSensor.device
    clean, mixed = Receiver(device, Settings()), Receiver(device, Settings())
    wanted, found = [], []
    for number, message in enumerate(messages):
        packet = Packet(0.2 * number, message, "message")
        wanted += clean.process(packet)
        for _ in range(20):
            rubbish = message[: rng.randrange(len(message))] if rng.random() < 0.5 else rng.randbytes(99)
            found += mixed.process(Packet(0.2 * number, rubbish, "message"))
        found += mixed.process(packet)
    assert sum(map(len, wanted)) > 1100
    for one, other in zip(wanted, found, strict=True):
        assert np.array_equal(one.time_s, other.time_s)
        assert np.array_equal(one.acc, other.acc)
        assert np.array_equal(one.gyr, other.gyr)


def test_a_flood_is_bounded():
    """A phone, or who has its address, that sends as fast as it can fills neither memory nor disk at once."""
    sensor = SensorLoggerSensor(Settings(), str, clock=lambda: 0.0)
    message = SensorLoggerEncoder("android").encode(in_hand(20))[0].payload
    body = message[:-1] + b" " * (2**20 - len(message)) + b"}"
    statuses = [sensor._take(body).status for _ in range(100)]
    assert statuses.count(200) == 32
    assert statuses[-1] == 429
    assert sum(sys.getsizeof(packet.payload) for packet in sensor._waiting) < 2**25 + 2**17


def test_any_body_over_a_real_socket():
    async def run():
        rng = random.Random(11)
        sensor = SensorLoggerSensor(Settings(), str)
        url = await sensor.listen("127.0.0.1")
        good = SensorLoggerEncoder("ios").encode(in_hand(40))[0].payload
        statuses = set()
        async with aiohttp.ClientSession() as client:
            for _ in range(150):
                method = rng.choice(["POST", "POST", "POST", "PUT", "GET", "DELETE"])
                async with client.request(method, url, data=hostile(rng, good)) as answer:
                    statuses.add(answer.status)
                    assert len(await answer.read()) < 500
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.split(":")[2].split("/")[0]))
            writer.write(rng.randbytes(500) + b"\r\n\r\n")
            await reader.read()
            writer.close()
        await sensor.close()
        return statuses

    assert asyncio.run(run()) <= {200, 400, 405, 429, 499}
