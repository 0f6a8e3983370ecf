"""Apps on phones as their user meets them on the command line: what is wrong is one sentence that says what to do."""

import asyncio
import threading
from contextlib import aclosing, contextmanager, suppress

import aiohttp
import numpy as np
import pytest
from click.testing import CliRunner

from sensortrack.cli import main
from sensortrack.cli.live_words import network_sentence
from sensortrack.cli.phone_apps import app_sensor, refusal_words
from sensortrack.devices.phyphox_encoder import PhyphoxEncoder
from sensortrack.devices.sensor_logger_encoder import SensorLoggerEncoder
from sensortrack.model.network import NetworkError, NetworkProblem
from sensortrack.model.samples import RawBlock
from sensortrack.sources.receiver import Receiver
from sensortrack.sources.sensor_logger import Refusal
from tests import test_phone_apps


def run(tmp_path, *arguments):
    environment = {"SENSORTRACK_DB": str(tmp_path / "a.db")}
    return CliRunner().invoke(main, list(arguments), env=environment, catch_exceptions=False)


def lying(seconds):
    """A phone flat on the table."""
    time_s = np.arange(int(seconds * 100)) / 100.0
    acc = np.array([0.05, -0.03, 9.81]) + np.random.default_rng(1).normal(0, 0.02, (len(time_s), 3))
    return RawBlock(time_s, acc, np.zeros((len(time_s), 3)))


@contextmanager
def running(serving):
    """Serve in a thread of its own, while the command has the main one; gives the port."""
    ports, ready, done = [], threading.Event(), threading.Event()

    async def serve():
        async with serving() as port:
            ports.append(port)
            ready.set()
            while not done.is_set():  # noqa: ASYNC110  # set by another thread
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield ports[0]
    finally:
        done.set()
        thread.join()


@pytest.fixture
def phone(monkeypatch):
    """A phone whose clock runs as ours does."""
    monkeypatch.setattr(test_phone_apps, "SPEED", 1.0)
    return lambda encoder: test_phone_apps.Phone(encoder, lying(30.0))


@pytest.mark.parametrize("place", ["", ":8080", "host:x", "host:99999", "host:0", "a b"])
def test_a_place_that_is_none(tmp_path, place):
    result = run(tmp_path, "record", "--sensor", f"phyphox:{place}")
    assert result.exit_code == 2
    assert "phyphox:192.168.1.23:8080" in result.stderr


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "http://127.0.0.1:{}/", "localhost:{}"])
def test_an_experiment_without_gravity_is_refused_with_the_name_of_the_right_one(tmp_path, phone, form):
    encoder = PhyphoxEncoder("ios", ["linear_acceleration"], "Acceleration (without g)")
    with running(phone(encoder).serving) as port:
        result = run(tmp_path, "record", "--sensor", f"phyphox:{form.format(port)}", "--quiet")
    assert result.exit_code == 1
    assert "'Acceleration (without g)' has no acceleration with gravity" in result.stderr
    assert "'Acceleration (with g)'" in result.stderr
    assert result.stderr.count("plain HTTP") == 1


def test_nothing_listens_there(tmp_path):
    result = run(tmp_path, "record", "--sensor", "phyphox:127.0.0.1:9", "--quiet")
    assert result.exit_code == 1
    assert "nothing listens at 127.0.0.1, port 9" in result.stderr
    assert "Allow remote access" in result.stderr


def test_what_answers_is_something_else(tmp_path):
    with running(test_phone_apps.Other(b"<html>").serving) as port:
        result = run(tmp_path, "doctor", "--sensor", f"phyphox:127.0.0.1:{port}")
    assert result.exit_code == 1
    assert "it is not phyphox" in result.stdout.replace("\n", " ")


def test_doctor_judges_a_phone(tmp_path, phone, monkeypatch):
    monkeypatch.setattr("sensortrack.cli.doctor.LISTEN_S", 4.0)
    with running(phone(PhyphoxEncoder("android")).serving) as port:
        result = run(tmp_path, "doctor", "--sensor", f"phyphox:127.0.0.1:{port}")
    for line in ("network", "sensor", "rate", "loss", "gravity", "direction"):
        assert f"ok  {line}" in result.stdout
    assert "+z points up" in result.stdout


def test_an_address_that_is_not_ours(tmp_path):
    result = run(tmp_path, "record", "--sensor", "sensor-logger:192.0.2.1", "--quiet")
    assert result.exit_code == 1
    assert "192.0.2.1 cannot be listened on" in result.stderr


def test_a_computer_without_network(tmp_path, monkeypatch):
    monkeypatch.setattr("sensortrack.web.addresses.lan_addresses", list)
    result = run(tmp_path, "record", "--sensor", "sensor-logger", "--quiet")
    assert result.exit_code == 1
    assert "in no network" in result.stderr


@contextmanager
def pushing(monkeypatch, block):
    """A phone that pushes as soon as the address is shown."""
    shown, urls = threading.Event(), []
    monkeypatch.setattr(test_phone_apps, "SPEED", 1.0)

    def invite(url, _side, _others):
        urls.append(url)
        shown.set()

    def push():
        if shown.wait(20):
            with suppress(aiohttp.ClientError):  # the recording ends before the phone does
                asyncio.run(test_phone_apps.pushed(urls[0], block, SensorLoggerEncoder("ios")))

    monkeypatch.setattr("sensortrack.cli.phone_apps._invite", invite)
    thread = threading.Thread(target=push)
    thread.start()
    yield
    thread.join()


def test_doctor_listens_to_sensor_logger(tmp_path, monkeypatch):
    monkeypatch.setattr("sensortrack.cli.doctor.LISTEN_S", 3.0)
    with pushing(monkeypatch, lying(6.0)):
        result = run(tmp_path, "doctor", "--sensor", "sensor-logger:127.0.0.1")
    assert "The phone is there." in result.stderr
    for line in ("network", "sensor", "rate", "gravity", "direction"):
        assert f"ok  {line}" in result.stdout
    assert "+z points up" in result.stdout


def test_what_comes_while_the_phone_is_strapped_on_is_left_out(monkeypatch):
    """Only its sign is learned from it: an iPhone in a hand, then the same upright and at rest."""

    async def recorded():
        worn = lying(9.0)
        worn.acc[300:] = np.array([0.05, 9.81, -0.03])
        with pushing(monkeypatch, worn):
            sensor = await app_sensor("sensor-logger", "127.0.0.1", None, is_worn=True)
            asyncio.get_running_loop().call_later(2.0, sensor.stop)
            async with aclosing(sensor.packets()) as packets:
                heard = [packet async for packet in packets]
        receiver = Receiver(sensor.device, sensor.settings)
        return heard, [block for packet in heard for block in receiver.process(packet)]

    monkeypatch.setattr("sensortrack.cli.phone_apps.STRAP_S", 3.0)
    heard, blocks = asyncio.run(recorded())
    assert [packet.received_s for packet in heard] == sorted(packet.received_s for packet in heard)
    assert heard[-1].received_s < 2.5
    acc = np.concatenate([block.acc for block in blocks])
    assert len(acc) > 100
    np.testing.assert_allclose(acc, np.tile([0.05, 9.81, -0.03], (len(acc), 1)), atol=1e-6)
    assert np.diff(np.concatenate([block.time_s for block in blocks])).max() < 0.05


def test_every_problem_has_its_sentence():
    for problem in NetworkProblem:
        words = network_sentence(NetworkError(problem, "192.168.1.23:8080", "why"))
        assert words.endswith((".", "?"))
        assert ":" in words
    assert len({refusal_words(refusal) for refusal in Refusal}) == len(Refusal)
