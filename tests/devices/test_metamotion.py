import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.devices import metamotion
from sensortrack.devices.device import DeviceError, DeviceProblem, FrameError, Notification, Settings, performed
from sensortrack.devices.metamotion import BMI160, BMI270, COMMAND, DEVICE, NOTIFY, MetaMotionEncoder
from sensortrack.model.samples import Packet, RawBlock
from sensortrack.sources.receiver import Receiver
from tests.devices.harness import check_any_bytes, check_round_trip, decode, samples, stacked

G = 9.80665
BOARDS = {"R of old": (BMI160, 0), "R": (BMI160, 1), "RL": (BMI160, 2), "S": (BMI270, 0)}
every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def of(board):
    return replace(DEVICE, encoder=lambda: MetaMotionEncoder(*board))


def one(payload, settings=None):
    return DEVICE.decoder(settings or Settings()).decode(Packet(1.5, bytes.fromhex(payload), NOTIFY))


class Spy(MetaMotionEncoder):
    """Keeps what is written."""

    def __init__(self, *board, **more):
        super().__init__(*board, **more)
        self.written = []

    def write(self, channel, payload):
        assert channel == COMMAND
        self.written.append(payload.hex(" "))
        return super().write(channel, payload)


# --- the wire --------------------------------------------------------------------------------------------------------

PACKED_G = [[-4.539, 0.833, -0.131], [-2.995, 0.894, 0.146], [-0.029, 0.352, 0.065]]
PACKED_DPS = [[164.177, 301.860, -265.122], [207.134, 296.982, -215.457], [254.055, 309.634, -152.591]]


@pytest.mark.parametrize(
    ("payload", "range_g", "acc_g"),
    [
        ("03 04 16c4 94a2 2ad0", 4, [[-1.872, -2.919, -1.495]]),
        ("03 1c 62b7 530d e9fd 16d0 4d0e 5702 8aff a105 0a01", 8, PACKED_G),
        ("03 05 62b7 530d e9fd 16d0 4d0e 5702 8aff a105 0a01", 8, PACKED_G),
    ],
)
def test_acceleration_of_the_vendors_tests(payload, range_g, acc_g):
    (frame,) = one(payload, Settings(acc_range_g=range_g))
    np.testing.assert_allclose(frame.acc / G, acc_g, atol=6e-4)
    assert (frame.received_s, frame.gyr, frame.stamp_s, frame.sequence) == (1.5, None, None, None)


@pytest.mark.parametrize(
    ("payload", "range_dps", "gyr_dps"),
    [
        ("13 05 3e43 ff7f 0080", 500, [[262.409, 499.497, -499.512]]),
        ("13 07 0915 ad26 08de 8a1a 0d26 65e4 8d20 ac27 73ec", 1000, PACKED_DPS),
        # the same numbers as a BMI270 sends them, by the vendor's source; no test of the vendor
        ("13 04 3e43 ff7f 0080", 500, [[262.409, 499.497, -499.512]]),
        ("13 05 0915 ad26 08de 8a1a 0d26 65e4 8d20 ac27 73ec", 1000, PACKED_DPS),
    ],
)
def test_angular_rate_of_the_vendors_tests(payload, range_dps, gyr_dps):
    (frame,) = one(payload, Settings(gyr_range_dps=range_dps))
    np.testing.assert_allclose(np.degrees(frame.gyr), gyr_dps, atol=6e-4)
    assert (frame.received_s, frame.acc, frame.stamp_s, frame.sequence) == (1.5, None, None, None)


@pytest.mark.parametrize(("range_g", "lsb"), [(2, 16384), (4, 8192), (8, 4096), (16, 2048)])
def test_one_g(range_g, lsb):
    (frame,) = one("03 04 0000 0000" + lsb.to_bytes(2, "little").hex(), Settings(acc_range_g=range_g))
    np.testing.assert_allclose(frame.acc, [[0, 0, G]])


@pytest.mark.parametrize(("range_dps", "lsb"), [(2000, 16.4), (1000, 32.8), (500, 65.6), (250, 131.2), (125, 262.4)])
def test_counts_of_a_degree_per_second(range_dps, lsb):
    (frame,) = one("13 05 0100 0000 ffff", Settings(gyr_range_dps=range_dps))
    np.testing.assert_allclose(np.degrees(frame.gyr), [[1 / lsb, 0, -1 / lsb]])


@pytest.mark.parametrize(("counts", "saturated"), [("ff7f", True), ("0080", True), ("fe7f", False), ("0180", True)])
@pytest.mark.parametrize("sensor", ["03 04 ", "13 05 "])
def test_saturation_is_told(sensor, counts, saturated):
    assert one(sensor + "0000 0000" + counts)[0].saturated is saturated


@given(st.lists(st.integers(-32768, 32767), min_size=9, max_size=9), st.sampled_from(["03 1c", "13 07"]))
def test_any_counts(counts, begin):
    payload = bytes.fromhex(begin) + np.array(counts, "<i2").tobytes()
    (frame,) = DEVICE.decoder(Settings()).decode(Packet(0.0, payload, NOTIFY))
    values = frame.acc / (G / 2048) if begin == "03 1c" else np.degrees(frame.gyr) * 16.4
    np.testing.assert_allclose(values, np.reshape(counts, (3, 3)), atol=1e-6)


BAD = {
    "nothing": "",
    "one byte": "03",
    "no samples": "03 04",
    "short": "03 04 0000 0000 00",
    "long": "03 04 0000 0000 0000 00",
    "three samples from the register of one": "03 04" + "00" * 18,
    "one sample from the register of three": "03 1c" + "00" * 6,
    "two samples": "03 1c" + "00" * 12,
    "cut": "13 07" + "00" * 17,
    "another register": "03 0b 01",
    "another module": "15 05 0000 0000 0000",
    "of an accounter": "09 03 00 a6330d00 c100 b124 19cd",
}


@pytest.mark.parametrize("payload", BAD.values(), ids=BAD)
def test_bad_frame_costs_that_frame_only(payload):
    decoder = DEVICE.decoder(Settings())
    with pytest.raises(FrameError) as error:
        decoder.decode(Packet(0.0, bytes.fromhex(payload), NOTIFY))
    assert error.value.payload == bytes.fromhex(payload)
    assert not error.value.frames
    assert len(decoder.decode(Packet(0.0, bytes.fromhex("13 07" + "00" * 18), NOTIFY))[0]) == 3


def test_replies_and_other_channels_hold_no_samples():
    decoder = DEVICE.decoder(Settings())
    for channel, payload in ((NOTIFY, "03 80 01 01"), (NOTIFY, "13 80"), (COMMAND, "03 04 0000 0000 0000")):
        assert decoder.decode(Packet(0.0, bytes.fromhex(payload), channel)) == []


@every_board
def test_any_bytes(board):
    check_any_bytes(of(board), [COMMAND, NOTIFY])


# --- conversations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("board", "codes"),
    [
        (BOARDS["R"], {"rates": (0x26, 0x27, 0x28, 0x29), "ranges": (0x03, 0x05, 0x08, 0x0C)}),
        (BOARDS["S"], {"rates": (0xA6, 0xA7, 0xA8, 0xA9), "ranges": (0x00, 0x01, 0x02, 0x03)}),
    ],
    ids=["R", "S"],
)
def test_codes_of_rates_and_ranges(board, codes):
    rates = zip((25, 50, 100, 200), codes["rates"], (0x26, 0x27, 0x28, 0x29), strict=True)
    acc_ranges = zip((2, 4, 8, 16, 16), (*codes["ranges"], codes["ranges"][-1]), strict=True)
    gyr_ranges = zip((2000, 1000, 500, 250, 125), range(5), strict=True)
    ranges = zip(acc_ranges, gyr_ranges, strict=True)
    for (rate_hz, acc_rate, gyr_rate), ((acc_g, acc_code), (gyr_dps, gyr_code)) in itertools.product(rates, ranges):
        settings, _ = performed(DEVICE.start(Settings(rate_hz, acc_g, gyr_dps)), spy := Spy(*board))
        assert spy.written[2:4] == [f"03 03 {acc_rate:02x} {acc_code:02x}", f"13 03 {gyr_rate:02x} {gyr_code:02x}"]
        assert settings == spy.settings == Settings(rate_hz, acc_g, gyr_dps)


@pytest.mark.parametrize(
    ("board", "acc", "gyr"),
    [("R of old", "04", "05"), ("R", "1c", "07"), ("RL", "1c", "07"), ("S", "05", "05")],
)
def test_commands_of_the_vendor(board, acc, gyr):
    settings, _ = performed(DEVICE.start(Settings()), spy := Spy(*BOARDS[board]))
    assert spy.written[:2] == ["03 80", "13 80"]
    assert spy.written[4:7] == [f"03 {acc} 01", "03 02 01 00", "03 01 01"]
    assert spy.written[7:] == [f"13 {gyr} 01", "13 02 01 00", "13 01 01"]
    spy.written.clear()
    performed(DEVICE.stop(settings), spy)
    off = ["03 01 00", "03 02 00 01", "13 01 00", "13 02 00 01"]
    assert spy.written == [*off, "03 80", "13 80", f"03 {acc} 00", f"13 {gyr} 00"]


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        (Settings(60.0, 6.0, 700.0), Settings(50.0, 8.0, 500.0)),
        (Settings(1.0, 1.0, 1.0), Settings(25.0, 2.0, 125.0)),
        (Settings(1000.0, 100.0, 9000.0), Settings(200.0, 16.0, 2000.0)),
        (Settings(75.0, 3.0, 750.0), Settings(100.0, 4.0, 1000.0)),
    ],
)
@every_board
def test_what_is_not_known_becomes_the_nearest(board, wanted, holds):
    settings, _ = performed(DEVICE.start(wanted), encoder := MetaMotionEncoder(*board))
    assert settings == encoder.settings == holds


@pytest.mark.parametrize("rate_hz", metamotion.RATES_HZ)
@pytest.mark.parametrize("acc_g", metamotion.ACC_RANGES_G)
@every_board
def test_round_trip(board, acc_g, rate_hz):
    wanted = Settings(rate_hz, acc_g, 2000.0)
    check_round_trip(of(board), wanted, acc_step=acc_g * G / 32768, gyr_step=np.radians(1 / 16.4))


@pytest.mark.parametrize("gyr_dps", metamotion.GYR_RANGES_DPS)
@every_board
def test_round_trip_of_angular_rate(board, gyr_dps):
    wanted = Settings(100.0, 16.0, gyr_dps)
    check_round_trip(of(board), wanted, acc_step=G / 2048, gyr_step=np.radians(gyr_dps / 32800))


@pytest.mark.parametrize(("board", "length"), [("R of old", 8), ("R", 20), ("RL", 20), ("S", 20)])
def test_packets_of_three_where_there_are_any(board, length):
    settings, _ = performed(DEVICE.start(Settings()), encoder := MetaMotionEncoder(*BOARDS[board]))
    assert {len(n.payload) for n in encoder.encode(samples(settings, 9))} == {length}


def test_without_gyroscope():
    settings, heard = performed(DEVICE.start(Settings()), spy := Spy(gyroscope=False))
    assert settings == spy.settings == Settings(gyroscope=False)
    assert all(command.startswith("03") or command == "13 80" for command in spy.written)
    sent = spy.encode(samples(settings))
    frames = decode(DEVICE.decoder(settings), [*heard, *sent])
    assert sum(map(len, frames)) == 240
    assert all(frame.gyr is None for frame in frames)
    performed(DEVICE.stop(settings), spy)
    assert all(command.startswith("03") or command == "13 80" for command in spy.written)


@every_board
def test_a_gyroscope_that_is_not_wanted_is_switched_off(board):
    performed(DEVICE.start(Settings()), encoder := MetaMotionEncoder(*board))
    settings, _ = performed(DEVICE.start(Settings(gyroscope=False)), encoder)
    assert settings == encoder.settings == Settings(gyroscope=False)
    assert {n.payload[0] for n in encoder.encode(samples(Settings()))} == {0x03}


@every_board
def test_a_stream_that_was_left_is_set_anew(board):
    performed(DEVICE.start(Settings(25.0, 2.0, 125.0)), encoder := MetaMotionEncoder(*board))
    encoder.encode(samples(Settings(25.0, 2.0, 125.0), 2))
    settings, heard = performed(DEVICE.start(Settings(200.0, 8.0, 1000.0)), encoder)
    block = samples(settings, 30)
    acc = stacked(decode(DEVICE.decoder(settings), [*heard, *encoder.encode(block)]), "acc")
    np.testing.assert_allclose(acc, block.acc, atol=G / 4096)


@every_board
def test_stop_ends_all(board):
    encoder = MetaMotionEncoder(*board)
    settings, _ = performed(DEVICE.start(Settings()), encoder)
    assert performed(DEVICE.stop(settings), encoder)[0] == settings
    assert encoder.settings is None
    assert encoder.encode(samples(settings)) == []
    for command in ("03 01 01", "03 02 01 00", "13 01 01", "13 02 01 00"):  # as the next program may
        encoder.write(COMMAND, bytes.fromhex(command))
    assert encoder.settings is None
    performed(DEVICE.start(Settings()), encoder)
    assert encoder.settings == settings


# --- refusals and silence --------------------------------------------------------------------------------------------


class Told(Spy):
    """Tells what it is told to tell of its modules; None for no reply."""

    def __init__(self, acc, gyr):
        super().__init__()
        self.told = {"03 80": acc, "13 80": gyr}

    def write(self, channel, payload):
        replies = super().write(channel, payload)
        if (command := payload.hex(" ")) not in self.told:
            return replies
        info = self.told[command]
        return [] if info is None else [Notification(NOTIFY, payload + bytes.fromhex(info))]


@pytest.mark.parametrize(
    ("acc", "gyr"),
    [
        ("03 01", ""),  # BMA255 of a MetaWear C
        ("00 01", ""),  # MMA8452Q of a MetaWear R
        ("", ""),
        ("", "00 01"),
        ("01", "00 01"),
        ("01 01", "01 00"),
        ("04 00", "00 01"),
        ("04 00", "02 00"),
    ],
)
def test_other_chips_are_refused(acc, gyr):
    with pytest.raises(DeviceError) as error:
        performed(DEVICE.start(Settings()), told := Told(acc, gyr))
    assert error.value.problem is DeviceProblem.WRONG_FIRMWARE
    assert error.value.found == f"{acc} / {gyr}"
    assert told.written == ["03 80", "13 80"]


@pytest.mark.parametrize(("acc", "gyr"), [(None, None), (None, "00 01"), ("01 01", None)])
def test_silence_is_an_error(acc, gyr):
    with pytest.raises(DeviceError) as error:
        performed(DEVICE.start(Settings()), Told(acc, gyr))
    assert error.value.problem is DeviceProblem.NO_REPLY


def test_more_than_is_known_of_a_module_is_passed_over():
    settings, _ = performed(DEVICE.start(Settings()), told := Told("01 02 03 00", "00 01 07"))
    assert settings == Settings()
    assert "03 1c 01" in told.written


def test_a_silent_sensor_is_switched_off_all_the_same():
    performed(DEVICE.start(Settings()), told := Told("01 01", "00 01"))
    told.told = {"03 80": None}
    with pytest.raises(DeviceError, match="no reply"):
        performed(DEVICE.stop(Settings()), told)
    assert told.settings is None


# --- the sensor of the tests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["03 1c 01", "03 02 01 00", "03 01 01", "03 03 28 0c"])
def test_the_encoder_sends_nothing_before_it_is_configured_subscribed_enabled_and_on(missing):
    commands = ["03 03 28 0c", "03 1c 01", "03 02 01 00", "03 01 01"]
    encoder = MetaMotionEncoder()
    for command in commands:
        if command != missing:
            encoder.write(COMMAND, bytes.fromhex(command))
    assert encoder.settings is None
    assert encoder.encode(samples(Settings())) == []
    encoder.write(COMMAND, bytes.fromhex(missing))
    assert encoder.settings == Settings(gyroscope=False)
    assert encoder.encode(samples(Settings()))


@pytest.mark.parametrize("missing", ["13 07 01", "13 02 01 00", "13 01 01", "13 03 28 00"])
def test_the_encoder_sends_no_angular_rate_before_that_is_either(missing):
    _, _ = performed(DEVICE.start(Settings(gyroscope=False)), encoder := MetaMotionEncoder())
    for command in ("13 03 28 00", "13 07 01", "13 02 01 00", "13 01 01"):
        if command != missing:
            encoder.write(COMMAND, bytes.fromhex(command))
    assert encoder.settings == Settings(gyroscope=False)
    assert {n.payload[0] for n in encoder.encode(samples(Settings()))} == {0x03}
    encoder.write(COMMAND, bytes.fromhex(missing))
    assert encoder.settings == Settings()
    assert {n.payload[0] for n in encoder.encode(samples(Settings()))} == {0x03, 0x13}


@pytest.mark.parametrize("config", ["03 03 25 0c", "03 03 2a 0c", "03 03 28 04", "03 03 28", "03 03 a8 03"])
def test_the_encoder_does_not_stream_at_what_is_not_in_its_tables(config):
    performed(DEVICE.start(Settings()), encoder := MetaMotionEncoder())
    encoder.write(COMMAND, bytes.fromhex(config))
    assert encoder.settings is None


@pytest.mark.parametrize("config", ["13 03 27 00", "13 03 28 05", "13 03 28"])
def test_the_encoder_sends_angular_rate_only_at_the_rate_of_the_acceleration(config):
    performed(DEVICE.start(Settings()), encoder := MetaMotionEncoder())
    encoder.write(COMMAND, bytes.fromhex(config))
    assert encoder.settings == Settings(gyroscope=False)


@pytest.mark.parametrize("payload", ["", "03", "fe 06"])
def test_the_encoder_passes_over_what_it_does_not_know(payload):
    encoder = MetaMotionEncoder()
    assert encoder.write(COMMAND, bytes.fromhex(payload)) == []
    assert encoder.write(NOTIFY, bytes.fromhex("03 80")) == []
    assert encoder.read(NOTIFY) == b""


def test_two_subscriptions_give_every_sample_twice():
    settings, _ = performed(DEVICE.start(Settings()), encoder := MetaMotionEncoder())
    encoder.write(COMMAND, bytes.fromhex("03 04 01"))
    sent = [n.payload for n in encoder.encode(samples(settings, 3))]
    assert [payload[:2].hex(" ") for payload in sent] == ["03 04", "03 04", "03 04", "03 1c", "13 07"]
    assert b"".join(payload[2:] for payload in sent[:3]) == sent[3][2:]


@every_board
@given(cuts=st.lists(st.integers(0, 60), max_size=6))
def test_cutting_the_samples_changes_nothing(board, cuts):
    def encoder():
        performed(DEVICE.start(Settings()), made := MetaMotionEncoder(*board))
        return made

    block = samples(Settings(), 60)
    edges = [0, *sorted(cuts), 60]
    piecewise = encoder()
    parts = [n for begin, end in itertools.pairwise(edges) for n in piecewise.encode(block[begin:end])]
    assert parts == encoder().encode(block)


# --- on the way to one stream ----------------------------------------------------------------------------------------


def received(board, block, lost=()):
    """What a receiver makes of a block whose packets come 10 ms after their last sample, but for some."""
    settings, heard = performed(DEVICE.start(Settings()), encoder := MetaMotionEncoder(*board))
    receiver = Receiver(DEVICE, settings)
    got = [got for n in heard for got in receiver.process(Packet(0.0, n.payload, n.channel))]
    sent = [(at_s, n) for row, at_s in enumerate(block.time_s) for n in encoder.encode(block[row : row + 1])]
    for i, (at_s, n) in enumerate(sent):
        if i not in lost:
            got += receiver.process(Packet(at_s + 0.01, n.payload, n.channel))
    return receiver, np.concatenate([part.acc for part in got]), np.concatenate([part.gyr for part in got])


@every_board
def test_both_sensors_become_one_stream(board):
    block = samples(Settings(), 1200)
    receiver, acc, gyr = received(board, block)
    assert len(acc) == 1200
    np.testing.assert_allclose(acc, block.acc, atol=G / 2048)
    np.testing.assert_allclose(gyr, block.gyr, atol=np.radians(1 / 16.4))
    assert (receiver.health.bad, receiver.health.lost) == (0, 0)


def test_a_lost_packet_costs_its_samples_only():
    block = samples(Settings(), 1200)
    _, acc, _ = received(BOARDS["S"], block, lost={400})  # acceleration 200: samples 600, 601, 602
    kept = np.delete(block.acc, slice(600, 603), axis=0)
    np.testing.assert_allclose(acc, kept[: len(acc)], atol=G / 2048)
    assert len(acc) >= 1194


def test_a_block_without_angular_rate_is_sent_without():
    settings, _ = performed(DEVICE.start(Settings()), encoder := MetaMotionEncoder())
    block = samples(settings, 6)
    assert {n.payload[0] for n in encoder.encode(RawBlock(block.time_s, block.acc))} == {0x03}
