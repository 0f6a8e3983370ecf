"""From packets to sample times: known answers, wraps, restarts, losses, bursts, repeats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.devices import own_profile
from sensortrack.devices.device import Settings, performed
from sensortrack.model.samples import LINK, Clock, Frame, Packet, RawBlock
from sensortrack.signal.clock import StreamClock
from sensortrack.signal.pairing import Pairing
from sensortrack.sources.receiver import Receiver

STEP = 0.01
FIRST = Clock("first", wrap_s=2**32 * 1e-6)
COUNTED = Clock()


def frame(received_s: float, stamp_s: float | None, samples: int = 4) -> Frame:
    return Frame(received_s, np.zeros((samples, 3)), None, stamp_s)


def run(clock: Clock, packets, samples: int = 4) -> list:
    """Times of (receive time, stamp) pairs."""
    stream = StreamClock(clock, 100.0)
    return [stream.times_s(frame(received_s, stamp_s, samples)) for received_s, stamp_s in packets]


def test_without_jitter_times_are_exact():
    packets = [(7.0 + 0.04 * i, 100.0 + 0.04 * i) for i in range(200)]
    times = np.concatenate(run(FIRST, packets))
    np.testing.assert_allclose(times, 6.97 + STEP * np.arange(800), atol=1e-9)


def test_stamps_of_the_last_sample():
    packets = [(7.0 + 0.04 * i, 100.0 + 0.04 * i) for i in range(50)]
    times = np.concatenate(run(Clock("last"), packets))
    np.testing.assert_allclose(times, 6.97 + STEP * np.arange(200), atol=1e-9)


def test_without_a_clock_samples_are_counted():
    times = np.concatenate(run(COUNTED, [(7.0 + 0.04 * i, None) for i in range(200)]))
    np.testing.assert_allclose(times, 6.97 + STEP * np.arange(800), atol=1e-9)


def test_a_wrap_does_not_show():
    wrap = 2**32 * 1e-6
    packets = [(7.0 + 0.04 * i, (wrap - 1.0 + 0.04 * i) % wrap) for i in range(100)]
    np.testing.assert_allclose(np.diff(np.concatenate(run(FIRST, packets))), STEP, atol=1e-8)


def test_a_silence_of_several_wraps():
    clock = Clock("first", wrap_s=60.0)
    packets = [(0.04 * i, (50.0 + 0.04 * i) % 60.0) for i in [*range(50), *range(5000, 5050)]]
    times = np.concatenate(run(clock, packets))
    assert times[200] - times[0] == pytest.approx(5000 * 0.04, abs=1e-6)


def test_a_restart_goes_on_behind_what_was():
    packets = [(0.04 * i, 1000.0 + 0.04 * i) for i in range(100)]
    packets += [(9.0 + 0.04 * i, 0.5 + 0.04 * i) for i in range(100)]
    times = np.concatenate(run(FIRST, packets))
    assert (np.diff(times) > 0).all()
    assert times[400] == pytest.approx(9.0 - 0.03, abs=0.05)
    np.testing.assert_allclose(np.diff(times[400:]), STEP, atol=1e-6)


def test_a_repeated_frame_is_dropped():
    stream = StreamClock(FIRST, 100.0)
    assert stream.times_s(frame(0.0, 5.0)) is not None
    assert stream.times_s(frame(0.04, 5.04)) is not None
    assert stream.times_s(frame(0.05, 5.04)) is None
    assert stream.times_s(frame(0.06, 5.0)) is None
    assert stream.repeated == 2
    assert stream.times_s(frame(0.08, 5.08)) is not None


def test_missing_frames_leave_a_gap_and_are_counted():
    stream = StreamClock(FIRST, 100.0)
    times = [stream.times_s(frame(0.04 * i, 0.04 * i)) for i in [*range(50), *range(75, 100)]]
    assert stream.lost == 100
    assert times[50][0] - times[49][-1] == pytest.approx(1.01, abs=1e-6)


@pytest.mark.parametrize("stamped", [True, False])
def test_a_burst_is_no_gap(stamped):
    """One second comes late and all at once: nothing is missing."""
    received = [max(0.04 * i, 31.0) if 750 <= i < 775 else 0.04 * i for i in range(1000)]
    packets = [(at, 5.0 + 0.04 * i if stamped else None) for i, at in enumerate(received)]
    times = np.concatenate(run(FIRST if stamped else COUNTED, packets))
    np.testing.assert_allclose(np.diff(times), STEP, atol=2e-4)


def test_a_silence_of_an_uncounted_device_becomes_a_gap():
    """One second of samples never comes; nothing but the count tells."""
    stream = StreamClock(COUNTED, 100.0)
    times = [stream.times_s(frame(0.04 * i, None)) for i in [*range(750), *range(775, 1500)]]
    assert times[-1][-1] == pytest.approx(0.04 * 1499, abs=0.02)
    assert stream.lost == pytest.approx(100, abs=3)


def test_drift_and_delays():
    """50 ppm and 30 to 200 ms: within 10 ms of the least delay after half a minute (an hour: benchmarks/clock.py)."""
    rng = np.random.default_rng(3)
    true_s = 0.04 * np.arange(25 * 240)
    received = np.maximum.accumulate(true_s + 0.03 + rng.uniform(0.03, 0.2, len(true_s)))
    times = run(FIRST, zip(received, (true_s + 9.0) * (1 + 50e-6), strict=True))
    errors = np.array([each[0] for each in times]) - true_s - 0.03
    assert np.abs(errors[true_s > 30]).max() < 0.01


@given(st.lists(st.tuples(st.floats(0, 3), st.one_of(st.none(), st.floats(0, 4294))), max_size=60), st.booleans())
@settings(deadline=None)
def test_time_never_turns_round(steps, stamped):
    stream = StreamClock(FIRST if stamped else COUNTED, 100.0)
    now = newest = -1.0
    for passed, stamp in steps:
        now += passed
        times = stream.times_s(frame(now, (stamp or 0.0) if stamped else None))
        if times is not None:
            assert np.isfinite(times).all()
            assert times[0] > newest or newest == -1.0
            assert (np.diff(times) > 0).all()
            newest = times[-1]


class TestPairing:
    def test_rates_are_taken_at_the_times_of_the_acceleration(self):
        pairing = Pairing(100.0)
        acc_s, gyr_s = 1.003 + STEP * np.arange(100), 1.0 + STEP * np.arange(103)
        blocks = []
        for begin in range(0, 100, 10):
            blocks.append(pairing.add_acc(acc_s[begin : begin + 10], np.ones((10, 3))))
            rows = slice(begin, begin + 10)
            blocks.append(pairing.add_gyr(gyr_s[rows], np.stack([gyr_s[rows]] * 3, axis=1)))
        found = [block for block in blocks if block is not None]
        time_s = np.concatenate([block.time_s for block in found])
        gyr = np.concatenate([block.gyr for block in found])
        np.testing.assert_allclose(time_s, acc_s[: len(time_s)])
        np.testing.assert_allclose(gyr[:, 0], time_s, atol=1e-9)
        assert len(time_s) >= 98

    def test_a_hole_in_the_rates_stays_a_hole(self):
        pairing = Pairing(100.0)
        gyr_s = STEP * np.array([*range(50), *range(70, 100)])
        pairing.add_acc(STEP * np.arange(100), np.ones((100, 3)))
        block = pairing.add_gyr(gyr_s, np.ones((80, 3)))
        assert block is not None
        assert not ((block.time_s > 0.495) & (block.time_s < 0.695)).any()
        assert pairing.dropped == 20

    def test_what_waits_is_bounded(self):
        pairing = Pairing(100.0)
        for begin in range(0, 10000, 100):
            assert pairing.add_acc(STEP * np.arange(begin, begin + 100), np.ones((100, 3))) is None
        assert pairing.dropped > 7000


def stream_of(block: RawBlock, wanted: Settings) -> tuple[Settings, list[Packet]]:
    encoder = own_profile.DEVICE.encoder()
    held, heard = performed(own_profile.DEVICE.start(wanted), encoder)
    packets = [Packet(0.0, b"up", LINK), *(Packet(0.0, n.payload, n.channel) for n in heard)]
    for i, n in enumerate(encoder.encode(block)):
        packets.append(Packet(0.05 + 0.04 * i, n.payload, n.channel))
    return held, packets


def test_a_receiver_gives_what_was_sent():
    rng = np.random.default_rng(5)
    block = RawBlock(3.0 + STEP * np.arange(400), rng.uniform(-50, 50, (400, 3)), rng.uniform(-9, 9, (400, 3)))
    held, packets = stream_of(block, Settings())
    receiver = Receiver(own_profile.DEVICE, held)
    out = [part for packet in packets for part in receiver.process(packet)]
    np.testing.assert_allclose(np.concatenate([part.acc for part in out]), block.acc, atol=0.003)
    np.testing.assert_allclose(np.diff(np.concatenate([part.time_s for part in out])), STEP, atol=1e-6)
    assert (receiver.health.samples, receiver.health.lost, receiver.health.bad) == (400, 0, 0)


def test_a_receiver_counts_what_goes_wrong():
    block = RawBlock(3.0 + STEP * np.arange(400), np.ones((400, 3)), np.ones((400, 3)))
    held, packets = stream_of(block, Settings())
    receiver = Receiver(own_profile.DEVICE, held)
    data = [p for p in packets if p.channel == own_profile.DATA]
    rest = [p for p in packets if p.channel != own_profile.DATA]
    sent = [*rest, *data[:10], data[9], Packet(0.5, b"\x01", own_profile.DATA), *data[20:]]
    out = [part for packet in sent for part in receiver.process(packet)]
    assert receiver.health.repeated == 1
    assert receiver.health.bad == 1
    assert receiver.health.lost == 40
    assert sum(map(len, out)) == 360


def test_the_same_packets_give_the_same_samples():
    block = RawBlock(3.0 + STEP * np.arange(400), np.ones((400, 3)), np.ones((400, 3)))
    held, packets = stream_of(block, Settings())
    runs = [[b.time_s.tolist() for p in packets for b in Receiver.process(r, p)]
            for r in (Receiver(own_profile.DEVICE, held), Receiver(own_profile.DEVICE, held))]  # fmt: skip
    assert runs[0] == runs[1]
