"""Apps on phones as families: what they send comes out once, in order, in our units and signs, whatever else comes."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.devices import phyphox, sensor_logger
from sensortrack.devices.device import DeviceError, DeviceProblem, FrameError, Settings, performed
from sensortrack.devices.messages import PIECE, Joined, Stamped, numbers, pieces
from sensortrack.devices.phyphox import News, Poll, find_buffers
from sensortrack.devices.phyphox_encoder import EPOCH_S, PhyphoxEncoder
from sensortrack.devices.registry import DEVICES, named, recognise
from sensortrack.devices.sensor_logger_encoder import CHANNEL, SensorLoggerEncoder
from sensortrack.model.events import Movement
from sensortrack.model.samples import Packet, RawBlock
from sensortrack.signal.clock import StreamClock
from sensortrack.sources.measured import Measuring
from sensortrack.sources.receiver import Receiver
from sensortrack.sources.simulator import simulate
from tests.chain import events
from tests.devices.harness import check_any_bytes, decode, samples, stacked

APPS = (phyphox.DEVICE, sensor_logger.DEVICE)
every_app = pytest.mark.parametrize("device", APPS, ids=lambda device: device.name)


def moving(n=300, rate_hz=100.0, start_s=5.0):
    return samples(Settings(rate_hz, 4.0, 500.0), n, start_s)


def in_hand(n=300, rate_hz=100.0, start_s=5.0, z=7.0):
    """A phone that somebody looks at."""
    rng = np.random.default_rng(3)
    acc = np.array([0.4, 6.8, z]) + rng.normal(0, 0.3, (n, 3))
    return RawBlock(start_s + np.arange(n) / rate_hz, acc, rng.normal(0, 0.3, (n, 3)))


@every_app
def test_registry_knows_them_and_no_scan_finds_them(device):
    assert named(device.name.upper()) is device
    assert device not in DEVICES
    assert recognise(device.title, []) is not device


@every_app
def test_any_bytes(device):
    check_any_bytes(
        device, {"phyphox": ["/config", "/get", "/get+", "/time"], "sensor-logger": ["message"]}[device.name]
    )


# phyphox


@pytest.mark.parametrize("platform", ["android", "ios"])
def test_phyphox_round_trip(platform):
    encoder = PhyphoxEncoder(platform)
    now, heard = performed(phyphox.start(Settings()), encoder)
    assert now.gyroscope
    assert encoder.settings is not None
    block = moving()
    for first in range(0, len(block), 30):
        heard += encoder.encode(block[first : first + 30])
    frames = decode(phyphox.DEVICE.decoder(now), heard)
    np.testing.assert_allclose(stacked(frames, "acc"), block.acc, rtol=1e-6)
    np.testing.assert_allclose(stacked(frames, "gyr"), block.gyr, rtol=1e-6)
    stamps_s = np.concatenate([frame.stamps_s for frame in frames if frame.gyr is not None])
    np.testing.assert_allclose(stamps_s - EPOCH_S, block.time_s, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "problem", "found"),
    [
        (b"<html>", DeviceProblem.OTHER_APP, "phyphox"),
        (b"[]", DeviceProblem.OTHER_APP, "phyphox"),
        (b"{}", DeviceProblem.OTHER_APP, "phyphox"),
        (b'{"inputs":[3,{"source":"audio"},{"source":["x"]}]}', DeviceProblem.NO_GRAVITY, ""),
        (b'{"inputs":[],"title":7}', DeviceProblem.NO_GRAVITY, ""),
        (b'{"inputs":[{"source":"accelerometer","outputs":[{"x":"a"},{"y":"b"}]}],"title":"T"}', "no gravity", "T"),
    ],
)
def test_what_is_no_experiment_for_us(config, problem, found):
    with pytest.raises(DeviceError) as error:
        find_buffers(config)
    assert (error.value.problem, error.value.found) == (problem, found)


def test_acceleration_without_gravity_is_refused_though_its_buffers_have_the_same_names():
    encoder = PhyphoxEncoder("android", ["linear_acceleration"], "Acceleration (without g)")
    with pytest.raises(DeviceError) as error:
        performed(phyphox.start(Settings()), encoder)
    assert error.value.problem is DeviceProblem.NO_GRAVITY
    assert error.value.found == "Acceleration (without g)"
    assert encoder.settings is None, "what is refused is not begun"


def test_an_experiment_without_gyroscope():
    now, _ = performed(phyphox.start(Settings()), PhyphoxEncoder("ios", ["accelerometer"]))
    assert not now.gyroscope


class Polled:
    """A client that asks as the source does, and keeps what it heard."""

    def __init__(self, encoder):
        self.encoder = encoder
        now, heard = performed(phyphox.start(Settings()), encoder)
        self.decoder = phyphox.DEVICE.decoder(now)
        decode(self.decoder, heard)
        self.poll = Poll(heard[0].payload)
        self.poll.take(heard[1].payload)
        self.frames = []

    def ask(self):
        reply = self.encoder.read(self.poll.query)
        news = self.poll.take(reply)
        if news in (News.RESUMED, News.CLEARED):
            self.decoder.decode(Packet(0.0, self.encoder.read("/time"), "/time"))
        new = self.decoder.decode(Packet(0.0, reply, "/get"))
        self.frames += new
        return news, sum(len(frame) for frame in new if frame.acc is not None)


@pytest.mark.parametrize("platform", ["android", "ios"])
def test_increments_bring_each_sample_once(platform):
    encoder = PhyphoxEncoder(platform)
    phone = Polled(encoder)
    block = moving(900, 100.0, 4321.0)
    came = [phone.ask()[1]]
    for first in range(0, len(block), 15):
        encoder.encode(block[first : first + 15])
        came.append(phone.ask()[1])
    assert sum(came) == len(block)
    np.testing.assert_allclose(stacked(phone.frames, "acc"), block.acc, rtol=1e-6)


def test_what_was_measured_before_is_not_fetched():
    encoder = PhyphoxEncoder()
    encoder.read("/control?cmd=start")
    encoder.encode(moving(500))
    phone = Polled(encoder)
    assert phone.ask()[1] == 0
    encoder.encode(moving(20, start_s=10.0))
    assert sum(phone.ask()[1] for _ in range(2)) == 20


def test_a_pause_is_a_gap_and_not_nothing():
    encoder = PhyphoxEncoder()
    phone = Polled(encoder)
    phone.ask()
    encoder.encode(moving(100))
    phone.ask()
    encoder.read("/control?cmd=stop")
    assert phone.ask()[0] is News.PAUSED
    encoder.now_s += 30.0
    encoder.read("/control?cmd=start")
    encoder.encode(moving(100, start_s=encoder.now_s + 0.01))
    phone.ask()
    assert phone.ask()[0] in (News.RESUMED, News.NOTHING)
    stamps_s = np.concatenate([frame.stamps_s for frame in phone.frames if frame.acc is not None])
    assert len(stamps_s) == 200
    steps = np.diff(stamps_s)
    assert steps.max() == pytest.approx(30.01, abs=0.001)
    assert np.sort(steps)[-2] == pytest.approx(0.01, abs=0.001)


def test_cleared_data_and_a_reloaded_experiment_are_noticed():
    encoder = PhyphoxEncoder()
    phone = Polled(encoder)
    phone.ask()
    encoder.encode(moving(300))
    assert phone.ask()[1] == 300
    encoder.read("/control?cmd=clear")
    encoder.now_s += 1.0
    encoder.read("/control?cmd=start")
    encoder.encode(moving(50, start_s=encoder.now_s + 0.01))
    told = [phone.ask() for _ in range(4)]
    assert News.CLEARED in [news for news, _ in told]
    assert sum(count for _, count in told) == 50
    encoder.reload()
    assert phone.ask()[0] is News.RELOADED


def test_rows_with_nothing_in_them_and_columns_of_unequal_length():
    encoder = PhyphoxEncoder()
    now, heard = performed(phyphox.start(Settings()), encoder)
    decoder = phyphox.DEVICE.decoder(now)
    decode(decoder, heard)
    buffers = {
        "acc_time": [1, 2, None, 4, 5],
        "accX": [1, None, 3, 4, 5],
        "accY": [1, 2, 3, 4],
        "accZ": ["NaN", 1, 1, 9],
    }
    reply = {"buffer": {name: {"buffer": column} for name, column in buffers.items()}, "status": {}}
    [frame] = decoder.decode(Packet(0.0, json.dumps(reply).encode(), "/get"))
    assert frame.acc.tolist() == [[4, 4, 9]]


@pytest.mark.parametrize("values", [None, 7, "x", {}, [[1], [2]], ["x"], [None], [True, 10**400, {}]])
def test_numbers_of_anything(values):
    found = numbers(values)
    assert found.ndim == 1
    assert not isinstance(values, list) or len(found) == len(values)


# Sensor Logger


def pushed(encoder, block):
    return [each.payload for each in encoder.encode(block)]


def followed(messages, received_s=None):
    decoder = sensor_logger.DEVICE.decoder(Settings())
    frames = []
    for i, message in enumerate(messages):
        at_s = 0.2 * i if received_s is None else received_s[i]
        try:
            frames += decoder.decode(Packet(at_s, message, CHANNEL))
        except FrameError as error:
            frames += error.frames
    return frames


@pytest.mark.parametrize("platform", ["ios", "ios-standard", "android", "android-total"])
def test_sensor_logger_round_trip(platform):
    block = in_hand()
    frames = followed(pushed(SensorLoggerEncoder(platform), block))
    np.testing.assert_allclose(stacked(frames, "acc"), block.acc, atol=1e-9)
    np.testing.assert_allclose(stacked(frames, "gyr"), block.gyr, atol=1e-9)


@pytest.mark.parametrize(("platform", "z", "sign"), [("android", -7.0, 1), ("ios", -7.0, 1), ("ios", 1.0, 1)])
def test_the_sign_when_nobody_looks_at_the_screen(platform, z, sign):
    encoder = SensorLoggerEncoder(platform)
    encoder._sent = 40  # it was recording before we listened, and is strapped on already
    block = in_hand(z=z)
    np.testing.assert_allclose(stacked(followed(pushed(encoder, block)), "acc"), sign * block.acc, atol=1e-9)


def test_a_wrong_sign_counts_what_the_right_one_counts():
    """Acceleration of the other sign is the movement seen in a mirror, strapped on another way round."""
    made = simulate("donkey-kick", 3, sets=1)
    right = events(RawBlock(made.time_s, made.acc, made.gyr), "donkey-kick", range(0, len(made.time_s), 1500))
    wrong = events(RawBlock(made.time_s, -made.acc, made.gyr), "donkey-kick", range(0, len(made.time_s), 1500))
    roms = [[each.rom_deg for each in one if isinstance(each, Movement)] for one in (right, wrong)]
    assert len(roms[0]) > 5
    np.testing.assert_allclose(roms[1], roms[0], atol=0.2)


def shuffled(messages, seed):
    """Messages as a network may bring them: some change places with neighbours, some come twice."""
    rng = np.random.default_rng(seed)
    order = np.argsort(np.arange(len(messages)) + rng.uniform(0, 3.0, len(messages)))
    return [messages[i] for i in order for _ in range(1 + int(rng.random() < 0.3))]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_order_and_repetition_change_nothing(seed):
    messages = pushed(SensorLoggerEncoder("android"), in_hand(200))
    inorder, mixed = followed(messages), followed(shuffled(messages, seed), np.zeros(99))
    for what in ("acc", "gyr", "stamps_s"):
        assert np.array_equal(stacked(inorder, what), stacked(mixed, what))


def test_a_message_that_never_comes_holds_nothing_up_for_long():
    messages = pushed(SensorLoggerEncoder("ios"), in_hand(600))
    late = messages.pop(10)
    frames = followed(messages)
    assert len(stacked(frames, "acc")) == 580
    assert len(stacked(followed([*messages, late]), "acc")) == 580, "what comes too late has no place any more"


def test_a_second_recording_of_the_app_goes_on():
    first = pushed(SensorLoggerEncoder("ios", "one"), in_hand(200))
    second = pushed(SensorLoggerEncoder("ios", "two"), in_hand(200, start_s=60.0))
    assert len(stacked(followed([*first, *second, first[3], second[3]]), "acc")) == 400


def test_text_numbers_nulls_and_nonsense_are_passed_over():
    [message, *rest] = pushed(SensorLoggerEncoder("ios"), in_hand(200))
    told = json.loads(message)
    told["payload"] += [7, None, {}, {"name": "gravity"}, {"name": "gyroscope", "time": None, "values": {"x": 1}}]
    told["payload"] += [{"name": "gravity", "time": 10**30, "values": {"x": 0, "y": 0, "z": True}}]
    told["payload"][0]["values"]["x"] = None
    assert len(stacked(followed([json.dumps(told).encode(), *rest]), "acc")) == 199


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[" * 100_000, b"9" * 5000, b"\xff\xfe", b'"\\ud800"'])
def test_what_is_no_message(body):
    with pytest.raises(FrameError):
        sensor_logger.DEVICE.decoder(Settings()).decode(Packet(0.0, body, CHANNEL))


# what both rest on


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 4 * PIECE + 1))
def test_pieces_fit_a_recording_and_join_again(size):
    message = bytes(i % 251 for i in range(size))
    joined = Joined()
    found = [joined.whole(Packet(0.0, each.payload, each.channel)) for each in pieces("/get", message)]
    assert found[-1] == ("/get", message)
    assert not any(found[:-1])
    assert all(len(each.payload) < 2**16 for each in pieces("/get", message))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.integers(0, 9), max_size=8), max_size=8))
def test_stamps_rise_whatever_comes(batches):
    stream = Stamped(100.0)
    last_s = -np.inf
    for batch in batches:
        given_s, _ = stream.rows(np.array(batch, float), np.zeros((len(batch), 3)), may_go_back=False)
        assert (np.diff(given_s, prepend=last_s) > 0).all() or not len(given_s)
        last_s = given_s[-1] if len(given_s) else last_s


def test_minutes_that_come_at_once_after_a_hole_keep_their_times():
    """A burst with a hole inside it, and the angular rate behind all of the acceleration."""
    device = sensor_logger.DEVICE
    block = in_hand(6000)
    messages = pushed(SensorLoggerEncoder("ios"), block)
    del messages[150:200]  # ten seconds that are lost for good
    received_s = [0.2 * i if i < 50 else 57.8 + 5e-4 * i if i < 240 else 10.0 + 0.2 * i for i in range(len(messages))]
    receiver = Receiver(device, Settings(100.0))
    blocks = [
        b for at_s, m in zip(received_s, messages, strict=True) for b in receiver.process(Packet(at_s, m, CHANNEL))
    ]
    time_s = np.concatenate([each.time_s for each in blocks])
    acc = np.concatenate([each.acc for each in blocks])
    kept = np.concatenate((block.acc[:3000], block.acc[4000:]))
    np.testing.assert_allclose(acc, kept[: len(acc)], atol=1e-9)
    assert len(acc) > 4990
    steps = np.diff(time_s)
    assert steps.max() == pytest.approx(10.01, abs=0.6)
    assert np.sort(steps)[-2] < 0.012
    assert steps.min() > 0.009


def test_measuring_tells_rate_and_gyroscope():
    block = in_hand(300, 52.0)
    messages = pushed(SensorLoggerEncoder("android-total"), block)
    measuring = Measuring(sensor_logger.DEVICE, Settings())
    told = [measuring.take(Packet(0.0, m, CHANNEL)) for m in messages]
    assert told[0] is None
    assert told[-1] == Settings(52.0)
    without = pushed(SensorLoggerEncoder("android"), RawBlock(block.time_s, block.acc))
    told = [Measuring(sensor_logger.DEVICE, Settings()).take(Packet(0.0, m, CHANNEL)) for m in without]
    measuring = Measuring(sensor_logger.DEVICE, Settings())
    assert [measuring.take(Packet(0.0, m, CHANNEL)) for m in without][-1] == Settings(52.0, gyroscope=False)


def test_a_clock_that_stamps_each_sample_counts_what_is_missing():
    encoder = PhyphoxEncoder()
    phone = Polled(encoder)
    phone.ask()
    block = moving(100)
    encoder.encode(block[:40] + block[43:])
    phone.ask()
    clock = StreamClock(phyphox.DEVICE.clock, 100.0)
    [frame] = [frame for frame in phone.frames if frame.acc is not None]
    time_s = clock.times_s(frame)
    assert np.diff(time_s) == pytest.approx(np.diff(frame.stamps_s))
    assert clock.lost == 3
