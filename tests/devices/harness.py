"""What every device must do, whatever its wire format: tests of a family call these with their device."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.devices.device import Decoder, Device, FrameError, Notification, Settings, performed
from sensortrack.model.samples import Frame, Packet, RawBlock


def samples(settings: Settings, n: int = 240, start_s: float = 5.0, seed: int = 1) -> RawBlock:
    """A thigh that moves: within 70 % of both ranges, at the rate of the settings, on a device clock."""
    rng = np.random.default_rng(seed)
    acc = rng.uniform(-0.7, 0.7, (n, 3)) * settings.acc_range_g * 9.80665
    gyr = rng.uniform(-0.7, 0.7, (n, 3)) * np.radians(settings.gyr_range_dps) if settings.gyroscope else None
    return RawBlock(start_s + np.arange(n) / settings.rate_hz, acc, gyr)


def streamed(device: Device, wanted: Settings, block: RawBlock | None = None) -> tuple[Settings, RawBlock, list[Frame]]:
    """Start the encoder, send samples, decode all that was heard: what holds, what was sent, what came out."""
    encoder = device.encoder()
    settings, heard = performed(device.start(wanted), encoder)
    block = samples(settings) if block is None else block
    heard = [*heard, *encoder.encode(block)]
    return settings, block, decode(device.decoder(settings), heard)


def decode(decoder: Decoder, heard: list[Notification]) -> list[Frame]:
    return [frame for i, n in enumerate(heard) for frame in decoder.decode(Packet(i * 0.01, n.payload, n.channel))]


def stacked(frames: list[Frame], what: str) -> np.ndarray:
    return np.concatenate([getattr(frame, what) for frame in frames if getattr(frame, what) is not None])


def check_round_trip(device: Device, wanted: Settings, *, acc_step: float, gyr_step: float) -> None:
    """Samples sent are samples received, to half a step of the wire's resolution (m/s², rad/s)."""
    settings, block, frames = streamed(device, wanted)
    acc = stacked(frames, "acc")
    assert len(block) - 60 < len(acc) <= len(block)
    np.testing.assert_allclose(acc, block.acc[: len(acc)], atol=0.51 * acc_step, rtol=1e-6)
    if settings.gyroscope:
        gyr = stacked(frames, "gyr")
        assert len(block) - 60 < len(gyr) <= len(block)
        np.testing.assert_allclose(gyr, block.gyr[: len(gyr)], atol=0.51 * gyr_step, rtol=1e-6)


def check_any_bytes(device: Device, channels: list[str], settings: Settings | None = None) -> None:
    """Any bytes on any channel, then good frames: nothing but the decoder's own error, and the good frames decode."""
    _, heard = performed(device.start(settings or Settings()), encoder := device.encoder())
    now = encoder.settings
    assert now is not None
    good = encoder.encode(samples(now))
    clean = decode(device.decoder(now), [*heard, *good])

    @given(st.lists(st.tuples(st.sampled_from(channels), st.binary(max_size=260)), max_size=8))
    def run(noise: list[tuple[str, bytes]]) -> None:
        decoder = device.decoder(now)
        decode(decoder, heard)
        for channel, payload in noise:
            try:
                frames = decoder.decode(Packet(0.0, payload, channel))
            except FrameError as error:
                frames = error.frames
            for frame in frames:
                assert len(frame) > 0
                assert all(np.isfinite(a).all() and a.shape[1] == 3 for a in (frame.acc, frame.gyr) if a is not None)
        # what was set up may have been changed by noise on a control channel: it is set up again, as after a reconnect
        for n in heard:
            _lenient(decoder, Packet(0.0, n.payload, n.channel))
        after = [f for n in good for f in _lenient(decoder, Packet(0.0, n.payload, n.channel))]
        lost = sum(map(len, clean)) - sum(map(len, after))
        assert lost <= 2 * max(map(len, clean))

    run()


def _lenient(decoder: Decoder, packet: Packet) -> list[Frame]:
    try:
        return decoder.decode(packet)
    except FrameError as error:
        return error.frames
