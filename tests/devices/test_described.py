import itertools
import math
import struct
from dataclasses import replace

import numpy as np
import pytest

from sensortrack.devices.described import described
from sensortrack.devices.description import Description, Layout, Quantity
from sensortrack.devices.device import FrameError, Settings, Subscribe, Write, performed
from sensortrack.model.samples import Packet, RawBlock
from sensortrack.sources.receiver import Receiver
from tests.devices.harness import check_any_bytes, check_round_trip, decode, samples, stacked, streamed

G = 9.80665
SERVICE, ACC, GYR, CONTROL = "service", "acc", "gyr", "control"
STRAIGHT, TURNED = (1, 2, 3), (1, -3, 2)


def description(header="<HI", fields=("counter", "time"), sample="<6h", what=("acc", "gyr"), **changes):
    """A sensor with 16-bit numbers of ±16 g and ±2000 °/s, milliseconds, one characteristic."""
    usual = Description(
        name="mine",
        service=SERVICE,
        advertised_names=("Mine",),
        rate_hz=100.0,
        layouts=(Layout(ACC, header, tuple(fields), sample, tuple(what)),),
        acc=Quantity(16 * G / 32768, STRAIGHT),
        gyr=Quantity(math.radians(2000) / 32768, STRAIGHT) if "gyr" in what else None,
        tick_s=1e-3 if "time" in fields else None,
    )
    return replace(usual, **changes)


def apart(header="<HI", fields=("counter", "time"), sample="<3h", **changes):
    """The same in two characteristics."""
    layouts = (
        Layout(ACC, header, tuple(fields), sample, ("acc",)),
        Layout(GYR, header, tuple(fields), sample, ("gyr",)),
    )
    gyr = Quantity(math.radians(2000) / 32768, STRAIGHT)
    return replace(description(header, fields, **changes), layouts=layouts, gyr=gyr)


def frame_of(described_as, payload, channel=ACC):
    [frame] = described(described_as).decoder(Settings()).decode(Packet(2.5, payload, channel))
    return frame


def test_frame_of_known_bytes():
    """Little-endian, counter and time, two samples; the second number is -z, the third y."""
    scaled = {"acc": Quantity(G / 16384, TURNED), "gyr": Quantity(math.radians(1) / 16, TURNED)}
    payload = bytes.fromhex("0201 e8030000  0040 00c0 0020 1000 2000 f0ff  0000 0000 0040 0000 0000 0000")
    frame = frame_of(description(**scaled), payload)
    assert (frame.received_s, frame.sequence, frame.stamp_s, frame.saturated) == (2.5, 0x102, 1.0, False)
    np.testing.assert_allclose(frame.acc, np.array([[1.0, 0.5, 1.0], [0.0, 1.0, 0.0]]) * G)
    np.testing.assert_allclose(np.degrees(frame.gyr), [[1.0, -1.0, -2.0], [0.0, 0.0, 0.0]], atol=1e-12)


def test_big_endian_with_bytes_to_skip_and_gyroscope_first():
    """Acceleration comes as y, z, -x."""
    one = description(">xIx", ("time",), ">3fx3bx", ("gyr", "acc"), acc=Quantity(0.5, (2, 3, -1)), tick_s=1 / 32768)
    payload = struct.pack(">BIB3fB3bB", 0x55, 49152, 7, 0.5, -0.25, 2.0, 9, 20, -3, 4, 9)
    frame = frame_of(replace(one, gyr=Quantity(1.0, (-2, 1, 3))), payload)
    assert (frame.sequence, frame.stamp_s) == (None, 1.5)
    np.testing.assert_allclose(frame.acc, [[-2.0, 10.0, -1.5]])
    np.testing.assert_allclose(frame.gyr, [[-0.25, -0.5, 2.0]])


def test_acceleration_and_angular_rate_apart():
    one = apart("<B", ("counter",), ">3h", acc=Quantity(0.01, STRAIGHT))
    acc, gyr = frame_of(one, bytes.fromhex("05 0064 0000 03d5")), frame_of(one, bytes.fromhex("06 8000 0000 4000"), GYR)
    np.testing.assert_allclose(acc.acc, [[1.0, 0.0, 9.81]])
    np.testing.assert_allclose(np.degrees(gyr.gyr), [[-2000.0, 0.0, 1000.0]])
    assert (acc.gyr, acc.sequence, acc.saturated) == (None, 5, False)
    assert (gyr.acc, gyr.sequence, gyr.saturated) == (None, 6, True)


def test_other_channels_say_nothing_of_samples():
    assert described(description()).decoder(Settings()).decode(Packet(0.0, bytes(30), CONTROL)) == []


HEADERS = [("<", ()), ("<H", ("counter",)), (">xI", ("time",)), ("<IxxB", ("time", "counter"))]
AXES = [STRAIGHT, TURNED, (2, -3, -1)]


@pytest.mark.parametrize(("header", "fields"), HEADERS)
@pytest.mark.parametrize(("order", "letter"), list(itertools.product("<>", "hiqfd")))
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("make", [description, apart])
def test_round_trip(make, header, fields, order, letter, axes):
    acc, gyr = Quantity(16 * G / 32768, axes), Quantity(math.radians(2000) / 32768, axes)
    sample = f"{order}{6 if make is description else 3}{letter}"
    one = replace(make(header, fields, sample), acc=acc, gyr=gyr)
    steps = (1e-5, 1e-5) if letter in "fd" else (acc.scale, gyr.scale)
    check_round_trip(described(one), Settings(), acc_step=steps[0], gyr_step=steps[1])


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 104.0, 400.0, 1600.0])
@pytest.mark.parametrize("what", [("acc",), ("gyr", "acc"), ("acc", "gyr")])
def test_round_trip_of_rates_with_and_without_gyroscope(rate_hz, what):
    one = description(sample=f"<{3 * len(what)}h", what=what, rate_hz=rate_hz)
    assert described(one).gyroscope == ("gyr" in what)
    check_round_trip(described(one), Settings(), acc_step=one.acc.scale, gyr_step=one.gyr.scale if one.gyr else 0.0)


@pytest.mark.parametrize(("letter", "full"), [("b", 2 * G), ("e", 8 * G)])
def test_round_trip_of_coarse_numbers(letter, full):
    one = description(sample=f"<3{letter}", what=("acc",), acc=Quantity(full / 128, STRAIGHT))
    check_round_trip(described(one), Settings(), acc_step=full / 128, gyr_step=0.0)


def test_ranges_are_those_of_whole_numbers():
    settings = performed(described(description()).start(Settings()), described(description()).encoder())[0]
    assert settings == Settings(100.0, pytest.approx(16.0), pytest.approx(2000.0))
    assert description(sample="<6f").settings == Settings()


@pytest.mark.parametrize("stamps", ["first", "last"])
@pytest.mark.parametrize(
    ("letter", "tick_s"), [("H", 1e-3), ("I", 1e-6), ("i", 1e-6), ("Q", 1e-6), ("I", 1 / 32768), ("d", 1.0), ("f", 1.0)]
)
def test_stamps(letter, tick_s, stamps):
    one = description(f"<B{letter}", stamps=stamps, tick_s=tick_s)
    bits = 8 * struct.calcsize("<" + letter)
    wrap_s = None if letter in "fd" else 2**bits * tick_s
    clock = described(one).clock
    assert (clock.stamps, clock.wrap_s, clock.counter_modulus) == (stamps, wrap_s, 256)
    begin_s = 5.0 if wrap_s is None else wrap_s - 2.0 if bits < 64 else 1e9
    block = samples(Settings(), n=1200, start_s=begin_s)
    frames = streamed(described(one), Settings(), block)[2]
    expected = block.time_s[0::4] if stamps == "first" else block.time_s[3::4]
    got = np.array([frame.stamp_s for frame in frames])
    np.testing.assert_allclose(got, expected % wrap_s if wrap_s else expected, atol=0.51 * max(tick_s % 1, 1e-6))
    assert [frame.sequence for frame in frames] == [n % 256 for n in range(300)]


@pytest.mark.parametrize("make", [description, apart])
@pytest.mark.parametrize(("header", "fields"), [("<BI", ("counter", "time")), ("<B", ("counter",)), ("<H", ("time",))])
def test_what_is_lost_is_counted_and_the_rest_keeps_its_place(make, header, fields):
    """Notifications 30 ms late, the twentieth to twenty-fourth of each characteristic lost; a 16-bit clock wraps."""
    device = described(make(header, fields, "<6h" if make is description else "<3h", stamps="last"))
    encoder, block = device.encoder(), samples(Settings(), n=1200, start_s=64.0)
    sent = encoder.encode(block)
    at_once = len(device.services[0].characteristics)
    receiver, got = Receiver(device, encoder.settings), []
    for number, notification in enumerate(sent):
        chunk = number // at_once
        if not 20 <= chunk < 25:
            received_s = float(block.time_s[4 * chunk + 3]) - 60.0 + 0.03
            got += receiver.process(Packet(received_s, notification.payload, notification.channel))
    acc, time_s = (np.concatenate([getattr(part, what) for part in got]) for what in ("acc", "time_s"))
    kept = np.r_[0:80, 100:1200][: len(acc)]
    assert len(acc) >= 1180 - 4  # the newest acceleration may wait for its angular rate
    assert receiver.health.lost == 20 * at_once
    np.testing.assert_allclose(acc, block.acc[kept], atol=0.01)
    np.testing.assert_allclose(time_s, block.time_s[kept] - 60.0 + 0.03, atol=0.002)


COMMANDS = {"start": Write(CONTROL, b"\x01\x64"), "stop": Write(CONTROL, b"\x00", response=False)}


def test_start_and_stop():
    device = described(description(**COMMANDS))
    assert list(device.start(Settings())) == [Subscribe(ACC), COMMANDS["start"]]
    assert list(device.stop(Settings())) == [COMMANDS["stop"]]
    encoder = device.encoder()
    assert encoder.settings is None
    assert encoder.encode(samples(Settings())) == []
    settings, heard = performed(device.start(Settings()), encoder)
    assert (encoder.settings, heard) == (settings, [])
    assert encoder.encode(samples(settings))
    assert performed(device.stop(settings), encoder)[0] == settings
    assert encoder.settings is None


def test_without_commands_it_streams_once_subscribed():
    device = described(apart())
    assert list(device.start(Settings())) == [Subscribe(ACC), Subscribe(GYR)]
    assert list(device.stop(Settings())) == []
    assert device.encoder().settings == apart().settings


def test_a_stop_without_a_start_is_for_the_sensor_only():
    device = described(description(stop=COMMANDS["stop"]))
    encoder = device.encoder()
    performed(device.stop(Settings()), encoder)
    assert encoder.encode(samples(Settings()))


@pytest.mark.parametrize(
    ("start", "stop", "offered"),
    [
        (Write(ACC, b"s"), COMMANDS["stop"], {ACC: ("notify", "write"), CONTROL: ("write-without-response",)}),
        (Write(ACC, b"s"), Write(ACC, b"h"), {ACC: ("notify", "write")}),
        (None, None, {ACC: ("notify",)}),
    ],
)
def test_characteristics_are_offered_once(start, stop, offered):
    [service] = described(description(start=start, stop=stop)).services
    assert service.uuid == SERVICE
    assert {each.uuid: each.properties for each in service.characteristics} == offered


@pytest.mark.parametrize("make", [description, apart])
def test_pieces_give_the_same_notifications(make):
    block, encoder = samples(Settings()), described(make()).encoder()
    pieces = [encoder.encode(block[begin : begin + 7]) for begin in range(0, 240, 7)]
    assert [each for piece in pieces for each in piece] == described(make()).encoder().encode(block)


@pytest.mark.parametrize(("number", "saturated"), [(-32768, True), (-32767, False), (32766, False), (32767, True)])
def test_numbers_at_the_end_of_their_type_are_told(number, saturated):
    payload = struct.pack("<HI6h", 1, 2, 0, number, 0, 0, 0, 0)
    assert frame_of(description(), payload).saturated is saturated


def test_known_by_its_name_else_by_its_service():
    assert described(description()).advertised_uuids == ()
    assert described(description(advertised_names=())).advertised_uuids == (SERVICE,)


def test_what_is_too_much_for_its_type_is_cut_and_told():
    block = samples(Settings())
    frames = streamed(described(description()), Settings(), RawBlock(block.time_s, block.acc * 2, block.gyr))[2]
    assert any(frame.saturated for frame in frames)
    assert np.abs(stacked(frames, "acc")).max() == pytest.approx(16 * G)
    assert not any(frame.saturated for frame in streamed(described(description()), Settings(), block)[2])


@pytest.mark.parametrize("size", [0, 1, 5, 6, 7, 17, 19, 29, 31])
def test_what_is_no_header_and_whole_samples_is_refused(size):
    decoder = described(description()).decoder(Settings())
    with pytest.raises(FrameError, match="whole samples") as caught:
        decoder.decode(Packet(0.0, bytes(size), ACC))
    assert caught.value.payload == bytes(size)
    assert len(decoder.decode(Packet(0.0, bytes(18), ACC))) == len(decoder.decode(Packet(0.0, bytes(30), ACC))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"gyr": None},
        {"tick_s": None},
        {"layouts": (Layout(ACC, "<H", ("counter",), "<6h", ("acc", "gyr")),)},
        {"layouts": (Layout(ACC, "<HI", ("counter", "time"), "<3h", ("acc",)),)},
        {"layouts": (description().layouts[0], Layout(GYR, "<H", ("counter",), "<3h", ("gyr",)))},
        {"layouts": ()},
    ],
)
def test_meanings_without_fields_and_fields_without_meanings(changes):
    with pytest.raises(ValueError, match="fields"):
        replace(description(), **changes)


BAD = [math.nan, math.inf, -math.inf, 4001.0, -1e30, 1e308, -1.7e308]


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("value", BAD)
def test_numbers_of_no_sensor_are_refused(place, value):
    one = replace(description("<", (), "<6d"), acc=Quantity(G, TURNED), gyr=Quantity(2.0, TURNED))
    numbers = [0.0] * 6
    assert len(frame_of(one, struct.pack("<6d", *numbers))) == 1
    numbers[place] = value
    with pytest.raises(FrameError, match="values"):
        frame_of(one, struct.pack("<12d", *[0.0] * 6, *numbers))


@pytest.mark.parametrize("form", ["<3f", ">3f", "<3d", ">3d", "<3e", ">3e"])
def test_signalling_nan_is_refused_without_a_warning(form):
    one = description("<", (), form, ("acc",))
    quiet = {"e": "7d01", "f": "7fa00001", "d": "7ff4000000000001"}[form[-1]]
    number = bytes.fromhex(quiet)[:: 1 if form[0] == ">" else -1]
    with pytest.raises(FrameError):
        frame_of(one, number * 3)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1e12, 1e300])
def test_times_of_no_clock_are_refused(value):
    one = description("<d", ("time",), tick_s=1.0)
    assert frame_of(one, struct.pack("<d6h", 1.7e9, *[0] * 6)).stamp_s == 1.7e9
    with pytest.raises(FrameError, match="time"):
        frame_of(one, struct.pack("<d6h", value, *[0] * 6))


@pytest.mark.parametrize(
    "one",
    [
        description(),
        description(">xB", ("counter",), "<6q"),
        description("<d", ("time",), ">6d"),
        description("<", (), "<6e"),
        apart("<f", ("time",), ">3f"),
        description(**COMMANDS),
    ],
)
def test_any_bytes(one):
    check_any_bytes(described(one), [ACC, GYR, CONTROL, ""])


def test_decoding_does_not_depend_on_what_came_before():
    device = described(description())
    heard = device.encoder().encode(samples(Settings()))
    whole = decode(device.decoder(Settings()), heard)
    alone = [decode(device.decoder(Settings()), [each])[0] for each in heard]
    assert [frame.stamp_s for frame in whole] == [frame.stamp_s for frame in alone]
    assert np.array_equal(stacked(whole, "acc"), stacked(alone, "acc"))
