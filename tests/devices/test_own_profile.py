import itertools

import numpy as np
import pytest

from sensortrack.devices import own_profile
from sensortrack.devices.device import DeviceError, FrameError, Notification, Settings, performed
from sensortrack.devices.own_profile import CONTROL, DATA, DEVICE, INFO
from sensortrack.model.samples import Packet, RawBlock
from tests.devices.harness import check_any_bytes, check_round_trip, samples, streamed

OPTIONS = list(itertools.product(own_profile.RATES_HZ, (2, 8, 16), (250, 2000)))


@pytest.mark.parametrize(("rate_hz", "acc_range_g", "gyr_range_dps"), OPTIONS)
def test_round_trip(rate_hz, acc_range_g, gyr_range_dps):
    wanted = Settings(rate_hz, acc_range_g, gyr_range_dps)
    steps = acc_range_g * 9.80665 / 32768, np.radians(gyr_range_dps) / 32768
    check_round_trip(DEVICE, wanted, acc_step=steps[0], gyr_step=steps[1])


def test_frame_of_known_bytes():
    decoder = DEVICE.decoder(Settings())
    info = bytes.fromhex("01 03 0000 0000003f 0000803e 6400 1000 d007")
    assert decoder.decode(Packet(0.0, info, INFO)) == []
    frame = decoder.decode(Packet(2.5, bytes.fromhex("91 01 0200 40420f00 0200 feff 0000 0400 0000 fcff"), DATA))[0]
    assert frame.stamp_s == 1.0
    assert (frame.received_s, frame.sequence, frame.saturated) == (2.5, 2, True)
    np.testing.assert_allclose(frame.acc, [[1.0, -1.0, 0.0]])
    np.testing.assert_allclose(np.degrees(frame.gyr), [[1.0, 0.0, -1.0]])


def test_stamps_and_sequence_wrap():
    encoder = DEVICE.encoder()
    settings, heard = performed(DEVICE.start(Settings()), encoder)
    block = samples(settings, n=400, start_s=2**32 * 1e-6 - 2.0)
    decoder = DEVICE.decoder(settings)
    frames = [f for n in [*heard, *encoder.encode(block)] for f in decoder.decode(Packet(0.0, n.payload, n.channel))]
    assert [f.sequence for f in frames] == list(range(100))
    assert frames[0].stamp_s == pytest.approx(2**32 * 1e-6 - 2.0, abs=1e-5)
    assert frames[-1].stamp_s < 2.0


def test_saturation_is_told():
    block = samples(Settings())
    block = RawBlock(block.time_s, block.acc * 2, block.gyr)
    assert any(frame.saturated for frame in streamed(DEVICE, Settings(), block)[2])


def test_without_gyroscope():
    encoder = own_profile.ProfileEncoder(gyroscope=False)
    settings, heard = performed(DEVICE.start(Settings()), encoder)
    decoder = DEVICE.decoder(settings)
    sent = encoder.encode(samples(settings))
    frames = [f for n in [*heard, *sent] for f in decoder.decode(Packet(0.0, n.payload, n.channel))]
    assert not settings.gyroscope
    assert frames
    assert all(frame.gyr is None for frame in frames)


@pytest.mark.parametrize(
    "payload", [b"", b"\x01", b"\x02\x01" + bytes(18), b"\x11\x00" + bytes(6), b"\x11\x05" + bytes(30)]
)
def test_bad_frame_costs_that_frame_only(payload):
    encoder = DEVICE.encoder()
    settings, heard = performed(DEVICE.start(Settings()), encoder)
    decoder = DEVICE.decoder(settings)
    for n in heard:
        decoder.decode(Packet(0.0, n.payload, n.channel))
    with pytest.raises(FrameError):
        decoder.decode(Packet(0.0, payload, DATA))
    assert decoder.decode(Packet(0.0, encoder.encode(samples(settings))[0].payload, DATA))


def test_any_bytes():
    check_any_bytes(DEVICE, [INFO, DATA, CONTROL])


def test_refusal_and_silence_are_errors():
    class Refusing(own_profile.ProfileEncoder):
        def write(self, channel, payload):
            return [Notification(CONTROL, b"\x01\x02")]

    class Silent(own_profile.ProfileEncoder):
        def write(self, channel, payload):
            return []

    with pytest.raises(DeviceError, match="refused"):
        performed(DEVICE.start(Settings()), Refusing())
    with pytest.raises(DeviceError, match="no reply"):
        performed(DEVICE.start(Settings()), Silent())
