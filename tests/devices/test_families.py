"""What holds for every family of the registry: options, noise, silence, and the vendors' own bytes."""

import itertools
import struct
from dataclasses import replace

import numpy as np
import pytest

from sensortrack.devices import (
    adafruit,
    arduino_dashboard,
    espruino,
    metamotion,
    movella_dot,
    movesense,
    polar,
    thingy52,
    witmotion,
)  # fmt: skip
from sensortrack.devices.device import DeviceError, DeviceProblem, FrameError, Notification, Settings, performed
from sensortrack.devices.metamotion import BMI160, BMI270, MetaMotionEncoder
from sensortrack.devices.polar_delta import DeltaError, pack, unpack
from sensortrack.devices.registry import DEVICES, named, recognise
from sensortrack.model.samples import Packet, RawBlock
from tests.devices.harness import check_any_bytes, check_round_trip, decode, samples, stacked, streamed

G = 9.80665
every_family = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)


def one(device, channel, payload, settings=None):
    """Decode a single packet."""
    return device.decoder(settings or Settings()).decode(Packet(1.5, bytes(payload), channel))


def still(settings, n=240, start_s=5.0):
    """A thigh at rest that trembles."""
    rng = np.random.default_rng(2)
    acc = np.array([0.3, -9.6, 1.9]) + rng.normal(0, 0.2, (n, 3))
    gyr = rng.normal(0, 0.2, (n, 3)) if settings.gyroscope else None
    return RawBlock(start_s + np.arange(n) / settings.rate_hz, acc, gyr)


STEPS = {
    "witmotion": (16 * G / 32768, np.radians(2000) / 32768),
    "witmotion-sig": (16 * G / 32768, np.radians(2000) / 32768),
    "witmotion-dual": (16 * G / 32768, np.radians(2000) / 32768),
    "movesense": (1e-5, 1e-5),
    "polar-h10": (G / 1000, 0.0),
    "polar-oh1": (G / 1000, 0.0),
    "polar-verity": (8 * G / 32768, np.radians(2000) / 32768),
    "movella-dot": (1e-5, 1e-5),
    "thingy52": (G / 1024, np.radians(1 / 32)),
    "adafruit": (1e-5, 1e-5),
    "adafruit-acc": (1e-5, 1e-5),
    "arduino": (1e-5, 1e-5),
}
RATED = [(device, rate_hz) for device in DEVICES if device.name in STEPS for rate_hz in device.rates_hz]


@pytest.mark.parametrize(("device", "rate_hz"), RATED, ids=lambda value: getattr(value, "name", value))
def test_round_trip(device, rate_hz):
    acc_step, gyr_step = STEPS[device.name]
    check_round_trip(device, Settings(rate_hz), acc_step=acc_step, gyr_step=gyr_step)
    settings, _ = performed(device.start(Settings(rate_hz)), device.encoder())
    assert settings.rate_hz == pytest.approx(rate_hz)
    assert settings.gyroscope == device.gyroscope


OPTIONS = list(itertools.product(metamotion.RATES_HZ, (2.0, 4.0, 8.0, 16.0), (125.0, 2000.0), (BMI160, BMI270), (0, 1)))


@pytest.mark.parametrize(("rate_hz", "acc_g", "gyr_dps", "chip", "revision"), OPTIONS)
def test_metamotion_round_trip(rate_hz, acc_g, gyr_dps, chip, revision):
    device = replace(metamotion.DEVICE, encoder=lambda: MetaMotionEncoder(chip, revision))
    wanted = Settings(rate_hz, acc_g, gyr_dps)
    check_round_trip(device, wanted, acc_step=acc_g * G / 32768, gyr_step=np.radians(gyr_dps / 32800))
    assert performed(device.start(wanted), device.encoder())[0] == wanted


@pytest.mark.parametrize("rate_hz", espruino.RATES_HZ)
def test_espruino_round_trip(rate_hz):
    wanted = Settings(rate_hz)
    encoder = espruino.DEVICE.encoder()
    settings, heard = performed(espruino.start(wanted), encoder)
    block = still(settings)
    frames = decode(espruino.DEVICE.decoder(settings), [*heard, *encoder.encode(block)])
    np.testing.assert_allclose(stacked(frames, "acc"), block.acc[16:], atol=0.51 * G / 8192)
    np.testing.assert_allclose(stacked(frames, "gyr"), block.gyr[16:], atol=0.51 * np.radians(245) / 32768)
    assert [frame.stamp_s for frame in frames] == pytest.approx(block.time_s[16:], abs=1e-3)


def test_espruino_scale_of_the_other_sources():
    encoder = espruino.DEVICE.encoder()
    settings, heard = performed(espruino.start(Settings(52.0)), encoder)
    block = still(settings)
    twice = RawBlock(block.time_s, 2 * block.acc, block.gyr)  # 16384 per g
    frames = decode(espruino.DEVICE.decoder(settings), [*heard, *encoder.encode(twice)])
    np.testing.assert_allclose(stacked(frames, "acc"), block.acc[16:], atol=0.51 * G / 16384)


def test_espruino_passes_over_what_the_interpreter_says():
    decoder = espruino.DEVICE.decoder(Settings())
    text = b">echo\r\nsensortrack\r\n" + b"".join(b"%d,0,0,8192,1,2,3\r\n" % (i * 20) for i in range(20)) + b"20,0,"
    frames = decoder.decode(Packet(0.0, text, espruino.TX))
    assert len(frames) == 4
    with pytest.raises(FrameError) as error:
        decoder.decode(Packet(0.1, b"x,1\r\n400,0,0,8192,1,2,3\r\n", espruino.TX))
    assert [frame.stamp_s for frame in error.value.frames] == [0.4]
    with pytest.raises(FrameError):
        decoder.decode(Packet(0.2, b"9" * 500, espruino.TX))
    assert len(decoder.decode(Packet(0.3, b"500,0,0,8192,1,2,3\n", espruino.TX))) == 1


@every_family
def test_stamps_are_those_of_the_samples(device):
    _, block, frames = streamed(device, Settings(), still(Settings(device.nearest_rate(100.0))))
    if device.clock.stamps is None:
        assert all(frame.stamp_s is None for frame in frames)
        return
    rows = np.cumsum([0, *(len(frame) for frame in frames if frame.acc is not None)])
    at = rows[:-1] if device.clock.stamps == "first" else rows[1:] - 1
    skipped = 16 if device.name == "espruino" else 0
    stamps = [frame.stamp_s for frame in frames if frame.acc is not None]
    assert stamps == pytest.approx(block.time_s[at + skipped], abs=1.1e-3)


@every_family
def test_any_bytes(device):
    channels = [each.uuid for service in device.services for each in service.characteristics]
    check_any_bytes(device, channels)


@every_family
def test_stop_can_be_held(device):
    encoder = device.encoder()
    settings, _ = performed(device.start(Settings()), encoder)
    assert encoder.settings is not None
    assert encoder.settings.rate_hz == pytest.approx(settings.rate_hz)
    assert performed(device.stop(settings), encoder)[0] == settings


class Mute:
    """A sensor that takes everything and says nothing."""

    settings = None

    def read(self, channel):
        return b""

    def write(self, channel, payload):
        return []


ANSWERING = [device for device in DEVICES if device.name not in ("arduino", *(d.name for d in witmotion.DEVICES))]


@pytest.mark.parametrize("device", ANSWERING, ids=lambda device: device.name)
def test_a_sensor_that_does_not_answer_is_an_error(device):
    with pytest.raises(DeviceError):
        performed(device.start(Settings()), Mute())


def test_a_witmotion_that_does_not_answer_is_believed():
    assert performed(witmotion.DEVICE.start(Settings(50.0)), Mute())[0].rate_hz == 50.0


@every_family
def test_names_and_services_lead_to_the_family(device):
    assert named(device.name) is device
    for name in device.advertised_names:
        assert recognise(name.upper() + " 0123", []) is device
    for uuid in device.advertised_uuids:
        assert recognise(None, [uuid.upper()]) is device


def test_families_are_told_apart():
    assert len({device.name for device in DEVICES}) == len(DEVICES)
    uuids = [uuid for device in DEVICES for uuid in device.advertised_uuids]
    assert len(set(uuids)) == len(uuids)
    names = [name.lower() for device in DEVICES for name in device.advertised_names]
    assert not [(a, b) for a, b in itertools.permutations(names, 2) if a.startswith(b)]


# --- bytes of vendors ------------------------------------------------------------------------------------------------


def test_witmotion_capture():
    payload = bytes.fromhex("5561 7702 a8fe 92fe 0602 30fe cdff f8f0 53fc abc4")
    (frame,) = one(witmotion.DEVICE, witmotion.NOTIFY, payload)
    np.testing.assert_allclose(frame.acc / G, [[0.3081, -0.1680, -0.1787]], atol=1e-4)
    np.testing.assert_allclose(np.degrees(frame.gyr), [[31.62, -28.32, -3.11]], atol=0.01)


def wit(n, seed=0):
    encoder = witmotion.DEVICE.encoder()
    return [each.payload for each in encoder.encode(samples(Settings(), n, seed=seed))]


def lenient(decoder, payload):
    try:
        return decoder.decode(Packet(0.0, payload, witmotion.NOTIFY))
    except FrameError as error:
        return error.frames


@pytest.mark.parametrize("size", [1, 7, 19, 20, 33, 244])
def test_witmotion_frames_cut_anywhere(size):
    stream = b"".join(wit(50))
    decoder = witmotion.DEVICE.decoder(Settings())
    frames = [
        f
        for i in range(0, len(stream), size)
        for f in decoder.decode(Packet(0.0, stream[i : i + size], witmotion.NOTIFY))
    ]
    (whole,) = one(witmotion.DEVICE, witmotion.NOTIFY, stream)
    np.testing.assert_array_equal(stacked(frames, "acc"), whole.acc)


@pytest.mark.parametrize("lost", [1, 5, 13, 20])
def test_witmotion_lost_bytes_cost_one_frame(lost):
    good = wit(20)
    stream = b"".join(good[:9]) + good[9][lost:] + b"".join(good[10:])
    acc = stacked(lenient(witmotion.DEVICE.decoder(Settings()), stream), "acc")
    (whole,) = one(witmotion.DEVICE, witmotion.NOTIFY, b"".join(good))
    np.testing.assert_array_equal(acc, np.delete(whole.acc, 9, axis=0))


def test_witmotion_a_frame_cut_short_is_none():
    good = wit(20)
    stream = b"".join(good[:9]) + good[9][:11] + b"".join(good[10:])
    acc = stacked(lenient(witmotion.DEVICE.decoder(Settings()), stream), "acc")
    (whole,) = one(witmotion.DEVICE, witmotion.NOTIFY, b"".join(good))
    np.testing.assert_array_equal(acc, np.delete(whole.acc, 9, axis=0))


def test_witmotion_commands_of_the_manual():
    written = []

    class Spy(witmotion.WitmotionEncoder):
        def write(self, channel, payload):
            written.append(payload.hex(" "))
            return super().write(channel, payload)

    performed(witmotion.DEVICE.start(Settings(50.0)), Spy(witmotion.NOTIFY, witmotion.WRITE))
    assert written[:2] == ["ff aa 69 88 b5", "ff aa 03 08 00"]


def test_movesense_bytes():
    payload = bytes.fromhex("0263 40e20100 00000000 00000000 0ae81c41 0000c03f 000000c0 00000000")
    (frame,) = one(movesense.DEVICE, movesense.DATA, payload)
    np.testing.assert_allclose(frame.acc, [[0, 0, G]], atol=1e-5)
    np.testing.assert_allclose(np.degrees(frame.gyr), [[1.5, -2, 0]])
    assert frame.stamp_s == 123.456


def test_movesense_two_parts_and_a_lost_one():
    whole = struct.pack("<BBI48f", 2, 99, 5, *range(48))
    first, second = whole[:158], b"\x03\x63" + whole[158:]
    decoder = movesense.DEVICE.decoder(Settings())

    def give(payload):
        return decoder.decode(Packet(0.0, payload, movesense.DATA))

    assert give(first) == []
    (frame,) = give(second)
    np.testing.assert_array_equal(frame.acc[7], [21, 22, 23])
    np.testing.assert_allclose(np.degrees(frame.gyr[7]), [45, 46, 47])
    with pytest.raises(FrameError):
        give(second)
    give(first)
    with pytest.raises(FrameError):  # the second part was lost; what begins now is whole
        give(first)
    assert len(give(second)[0]) == 8


@pytest.mark.parametrize(("status", "problem"), [(b"\x01\xfb", "refused"), (b"\x94\x01", "refused"), (b"", "refused")])
def test_movesense_refusals(status, problem):
    class Refusing(movesense.MovesenseEncoder):
        def write(self, channel, payload):
            return [Notification(movesense.DATA, b"\x01" + payload[1:2] + (b"Hello" if payload[0] == 0 else status))]

    with pytest.raises(DeviceError, match=problem):
        performed(movesense.start(Settings()), Refusing())


def test_movesense_data_before_the_acknowledgement_and_a_subscription_that_is_left():
    class Hasty(movesense.MovesenseEncoder):
        def write(self, channel, payload):
            replies = super().write(channel, payload)
            return [*self.encode(still(Settings(104.0), 8)), *replies] if payload[0] == 1 else replies

    settings, heard = performed(movesense.start(Settings()), Hasty())
    assert settings.rate_hz == 104.0
    assert sum(map(len, decode(movesense.DEVICE.decoder(settings), heard))) == 8
    encoder = movesense.MovesenseEncoder()
    encoder.settings = Settings(13.0)
    assert performed(movesense.start(Settings()), encoder)[0].rate_hz == 104.0


def test_dot_bytes():
    payload = bytes.fromhex("40420f00 00000000 00000000 0ae81c41 00002841 0000a0c1 00000000")
    for padded in (payload, payload.ljust(40, b"\0")):
        (frame,) = one(movella_dot.DEVICE, movella_dot.PAYLOAD, padded)
        assert frame.stamp_s == 1.0
        np.testing.assert_allclose(frame.acc, [[0, 0, G]], atol=1e-5)
        np.testing.assert_allclose(np.degrees(frame.gyr), [[10.5, -20, 0]])


def test_dot_rate_is_kept_when_it_holds_already():
    written = []

    class Spy(movella_dot.DotEncoder):
        def write(self, channel, payload):
            written.append((channel, payload[:3]))
            return super().write(channel, payload)

    performed(movella_dot.start(Settings(60.0)), Spy())
    assert written == [(movella_dot.CONTROL, b"\x01\x00\x15"), (movella_dot.CONTROL, b"\x01\x01\x15")]


def test_thingy_bytes():
    payload = bytes.fromhex("0000 0000 0004 400b e0ff 0000 4001 0000 0000")
    (frame,) = one(thingy52.DEVICE, thingy52.RAW, payload)
    np.testing.assert_allclose(frame.acc / G, [[0, 0, 1]])
    np.testing.assert_allclose(np.degrees(frame.gyr), [[90, -1, 0]])


MM = metamotion.NOTIFY


@pytest.mark.parametrize(
    ("payload", "settings", "acc", "gyr"),
    [
        ("03 04 16c4 94a2 2ad0", Settings(acc_range_g=4), [[-1.872, -2.919, -1.495]], None),
        ("03 1c 62b7 530d e9fd 16d0 4d0e 5702 8aff a105 0a01", Settings(acc_range_g=8),
         [[-4.539, 0.833, -0.131], [-2.995, 0.894, 0.146], [-0.029, 0.352, 0.065]], None),
        ("03 05 62b7 530d e9fd 16d0 4d0e 5702 8aff a105 0a01", Settings(acc_range_g=8),
         [[-4.539, 0.833, -0.131], [-2.995, 0.894, 0.146], [-0.029, 0.352, 0.065]], None),
        ("13 05 3e43 ff7f 0080", Settings(gyr_range_dps=500), None, [[262.409, 499.497, -499.512]]),
        ("13 07 0915 ad26 08de 8a1a 0d26 65e4 8d20 ac27 73ec", Settings(gyr_range_dps=1000), None,
         [[164.177, 301.860, -265.122], [207.134, 296.982, -215.457], [254.055, 309.634, -152.591]]),
    ],
)  # fmt: skip
def test_metamotion_bytes(payload, settings, acc, gyr):
    (frame,) = one(metamotion.DEVICE, MM, bytes.fromhex(payload), settings)
    if acc is not None:
        np.testing.assert_allclose(frame.acc / G, acc, atol=1e-3)
    if gyr is not None:
        np.testing.assert_allclose(np.degrees(frame.gyr), gyr, atol=1e-2)


def test_metamotion_commands_of_the_vendor():
    written = []

    class Spy(MetaMotionEncoder):
        def write(self, channel, payload):
            written.append(payload.hex(" "))
            return super().write(channel, payload)

    performed(metamotion.start(Settings(50.0, 8.0, 2000.0)), Spy(BMI160))
    assert written == [
        "03 80", "13 80", "03 03 27 08", "13 03 27 00", "03 1c 01", "03 02 01 00", "03 01 01", "13 07 01",
        "13 02 01 00", "13 01 01",
    ]  # fmt: skip
    written.clear()
    performed(metamotion.start(Settings(50.0, 8.0, 2000.0)), Spy(BMI270))
    assert written[2:5] == ["03 03 a7 02", "13 03 27 00", "03 05 01"]


def test_metamotion_without_gyroscope_and_of_an_unknown_chip():
    settings, _ = performed(metamotion.start(Settings()), MetaMotionEncoder(gyroscope=False))
    assert not settings.gyroscope

    class Bma255(MetaMotionEncoder):
        def _info(self, module):
            return bytes([3, 1])

    with pytest.raises(DeviceError) as error:
        performed(metamotion.start(Settings()), Bma255())
    assert error.value.problem is DeviceProblem.WRONG_FIRMWARE


def test_polar_h10_bytes():
    (frame,) = one(polar.H10, polar.DATA, bytes.fromhex("02EA54A2428B455208 01 45FFE4FFB503"))
    np.testing.assert_allclose(frame.acc / G * 1000, [[-187, -28, 949]])
    assert frame.stamp_s == 599618164814402794 * 1e-9


VERITY_START = bytes.fromhex("F0 02 02 00 00 05 01 40DA7F39")


def verity(payload, start=VERITY_START):
    decoder = polar.VERITY.decoder(Settings())
    decoder.decode(Packet(0.0, start, polar.CONTROL))
    return decoder.decode(Packet(0.0, payload, polar.DATA))[0]


def test_polar_verity_bytes():
    differences = bytes.fromhex("FC07FF0C13F2") + bytes(81)
    frame = verity(bytes.fromhex("02646C76C43CC67F0780 D0FF6501E40F 081D") + differences)
    expected = [(-48, 357, 4068), (-52, 364, 4067), (-40, 383, 4053)]
    np.testing.assert_allclose(frame.acc[:3] / G, np.array(expected) * 0.000244, rtol=1e-3)
    assert len(frame) == 30


def head(kind, form):
    return bytes([kind]) + bytes(8) + bytes([form])


def test_polar_other_frame_types():
    frame = verity(head(2, 0x81) + bytes.fromhex("F1FF1400F003 0601 7B0F08"), bytes.fromhex("F002020000"))
    np.testing.assert_allclose(frame.acc / G * 1000, [[-15, 20, 1008], [-20, 17, 1008]])
    start = bytes.fromhex("F0 02 05 00 00 05 01 0000003f")
    frame = verity(head(5, 0x80) + bytes.fromhex("EAFF08000D00 0301 DF00"), start)
    np.testing.assert_allclose(np.degrees(frame.gyr), [[-11, 4, 6.5], [-11.5, 5.5, 8]])
    frame = verity(
        head(5, 0x81) + bytes.fromhex("0000803F000020410000A041 1C01 0000A00100000 8CDCCEC0D".replace(" ", ""))
    )
    np.testing.assert_allclose(np.degrees(frame.gyr), [[1, 10, 20], [10, 20, 1.1]], rtol=1e-6)
    frame = verity(head(2, 2) + bytes.fromhex("ffffff 000000 e80300"))
    np.testing.assert_allclose(frame.acc / G * 1000, [[-1, 0, 1000]])


def test_polar_differences_of_the_vendors_test():
    data = bytes.fromhex(
        "7107F06A9E8D0A38BE5CBEBA2F96B3EE4BE5ADFB42B9EBBE4CFEBA2F92BFEE4BE4B1FB12B9ECBD3C3EBB2F8FD3DE4BE3B5F7D2B8EDBD307E7B2F"
        "8BE3CE8BE2BAF7A2B8EEBC20BE7B2F88F3CECBE1BDEF52F8EFBC18FE3B2F8403BFCBE0C2EF32B8F0BB044EBC2E8113AF0BE0C6EFF2F7F1B9FC7D"
        "BC2E7D279F4BDFCAEBC2F7F2B8ECCD7C2E7B378F4BDECEE392F7F3B8E00DFD2D774B7FCBDDD2DF6237F5B7D44DBD2D745B6FCBDCD7D73237F6B5"
        "C88D7D2D716B4F4BDCDCD3F236F7B4BCDDFD2C6F7B3F4BDBE0CFD236F8B2B02DBE2C6C8F1FCBDAE3C7A276F9"
    )
    found = unpack(data, 2)
    assert len(found) == 57
    assert found[0].tolist() == [1905, 27376, -29282]
    assert (found[1] - found[0]).tolist() == [190, -105, -85]


@pytest.mark.parametrize("spread", [0, 1, 3, 100, 20000])
def test_polar_differences_round_trip(spread):
    values = np.random.default_rng(1).integers(-spread, spread + 1, (40, 3))
    np.testing.assert_array_equal(unpack(pack(values, 2), 2), values)
    with pytest.raises(DeltaError):
        unpack(pack(values, 2)[:-1], 2)


@pytest.mark.parametrize(("error", "problem"), [(13, "charging"), (8, "refused")])
def test_polar_refusals(error, problem):
    class Refusing:
        settings = None

        def read(self, channel):
            return b""

        def write(self, channel, payload):
            return [Notification(polar.CONTROL, bytes([0xF0, *payload[:2], error, 0]))]

    with pytest.raises(DeviceError, match=problem):
        performed(polar.H10.start(Settings()), Refusing())


def test_polar_stream_that_is_left_is_begun_anew():
    encoder = polar.VERITY.encoder()
    performed(polar.VERITY.start(Settings()), encoder)
    settings, heard = performed(polar.VERITY.start(Settings()), encoder)
    assert settings.rate_hz == 52.0
    assert decode(polar.VERITY.decoder(settings), [*heard, *encoder.encode(still(settings))])


def test_polar_start_bytes():
    written = []

    class Spy:
        def __init__(self):
            self.encoder = polar.VERITY.encoder()

        def __getattr__(self, name):
            return getattr(self.encoder, name)

        def write(self, channel, payload):
            written.append(payload.hex())
            return self.encoder.write(channel, payload)

    performed(polar.VERITY.start(Settings()), Spy())
    assert written == [
        "0102", "0202" "00013400" "01011000" "02010800" "040103", "0105",
        "0205" "00013400" "01011000" "0201d007" "040103",
    ]  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
@pytest.mark.parametrize(
    ("device", "channel"),
    [
        (adafruit.DEVICE, adafruit.ACC),
        (adafruit.DEVICE, adafruit.GYR),
        (arduino_dashboard.DEVICE, arduino_dashboard.GYR),
    ],
)
def test_floats_that_cannot_be(device, channel, value):
    with pytest.raises(FrameError):
        one(device, channel, struct.pack("<3f", 0.0, value, 1.0))


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 1e30])
def test_floats_that_cannot_be_among_others(value):
    with pytest.raises(FrameError):
        one(movella_dot.DEVICE, movella_dot.PAYLOAD, struct.pack("<I6f", 0, 1, value, 1, 1, 1, 1))
    with pytest.raises(FrameError):
        one(movesense.DEVICE, movesense.DATA, struct.pack("<BBI6f", 2, 99, 0, 1, 1, 1, 1, value, 1))


def test_adafruit_writes_both_periods():
    encoder = adafruit.AdafruitEncoder()
    settings, _ = performed(adafruit.start(Settings(50.0)), encoder)
    assert settings.rate_hz == 50.0
    assert [encoder.read(channel).hex() for channel in adafruit.PERIODS] == ["14000000"] * 2
