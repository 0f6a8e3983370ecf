"""Stamps of packets instead of samples: spread again, evenly, never earlier, the same in every partition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.events import Gap
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.signal.bursts import WINDOW, Bursts
from sensortrack.signal.timeline import GridBlock, Timeline
from tests.chain import events, log_of, repetitions
from tests.signals import kicks


def packets(count: int, size: int, rate_hz: float, late_s: float = 0.0, within_s: float = 0.0) -> FloatArray:
    """Stamps of samples whose packets come when the last of them was taken, or up to `late_s` later."""
    rng = np.random.default_rng(1)
    came_s = np.arange(1, count + 1) * size / rate_hz + rng.uniform(0.0, late_s, count)
    return (np.maximum.accumulate(came_s)[:, None] + within_s * np.arange(size)).ravel()


def spread(time_s: FloatArray, cuts: list[int] | None = None) -> FloatArray:
    """As the timeline does it: the first stamps are looked at and stay as they are."""
    bursts, parts, rng = Bursts(), [], np.random.default_rng(1)
    for part in np.split(time_s, cuts or []):
        begin = 0
        while begin < len(part):
            stop = begin + (bursts.undecided() or len(part))
            known = bursts.are_known
            if not known:
                bursts.look(RawBlock(part[begin:stop], rng.normal(size=(len(part[begin:stop]), 3))))
            parts.append(bursts.spread(part[begin:stop]) if known else part[begin:stop])
            begin = stop
    return np.concatenate(parts)


@pytest.mark.parametrize("within_s", [0.0, 0.0003])
@pytest.mark.parametrize("late_s", [0.0, 0.03])
@pytest.mark.parametrize(("size", "rate_hz"), [(2, 50.0), (3, 104.0), (5, 50.0), (10, 100.0), (8, 25.0)])
def test_the_samples_of_a_packet_are_spread(size: int, rate_hz: float, late_s: float, within_s: float) -> None:
    time_s = packets(2000 // size, size, rate_hz, late_s, within_s)
    even_s = spread(time_s)
    assert (even_s >= time_s - 1e-12).all()
    assert (even_s - time_s).max() < size / rate_hz + 2.5 * late_s
    step_s = np.diff(even_s[500:])
    assert step_s.min() > 0.9 / rate_hz
    assert step_s.max() < 1.5 / rate_hz + late_s


@pytest.mark.parametrize("jitter_s", [0.0, 0.002, 0.01])
def test_single_samples_stay_as_they_are(jitter_s: float) -> None:
    """At 60 Hz, up to half of the distance early or late."""
    time_s = np.arange(1000) / 60.0 + np.random.default_rng(1).uniform(0.0, jitter_s, 1000)
    assert (spread(time_s) == time_s).all()


def test_a_lost_packet_and_a_pause_are_caught_up_with() -> None:
    time_s = packets(600, 5, 50.0)
    time_s[1000:] += 0.1
    time_s[2000:] += 7.0
    even_s = spread(time_s)
    assert np.diff(even_s)[1999] > 6.8
    assert (even_s - time_s)[[900, 1500, 2800]] == pytest.approx(0.0, abs=0.1)


def test_another_rate_is_learned() -> None:
    """Twice as many samples from one packet on: at first they take longer than they have."""
    slow, fast = packets(200, 5, 25.0), packets(1000, 5, 50.0)
    time_s = np.concatenate((slow, slow[-1] + fast))
    late_s = spread(time_s) - time_s
    assert late_s.max() < 10.0
    assert late_s[-500:].max() < 0.5


@given(cuts=st.lists(st.integers(0, 1500), max_size=8), size=st.integers(1, 9), late_s=st.sampled_from([0.0, 0.03]))
def test_any_partition_gives_the_same(cuts: list[int], size: int, late_s: float) -> None:
    time_s = packets(1500 // size, size, 50.0, late_s)
    assert (spread(time_s, sorted(cuts)) == spread(time_s)).all()


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("size", [2, 5])
def test_kicks_stamped_by_packet(size: int, gyroscope: bool) -> None:
    drawn = kicks(8, before_s=5.0, rom_deg=30.0)
    block = drawn.record(50.0, gyroscope=gyroscope)
    count = len(block) // size
    stamped = RawBlock(
        packets(count, size, 50.0, 0.02), *(each[: count * size] for each in (block.acc, block.gyr) if each is not None)
    )
    found = repetitions(log_of(stamped, "donkey-kick"))
    assert [each.rom_deg for each in found] == pytest.approx([30.0] * 8, abs=3.0)
    assert [each.start_s for each in found] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.2)


def test_a_coarse_sensor_that_says_the_same_while_it_rests() -> None:
    """Nothing is left out then: else the rest would seem to be sampled slower than the movement."""
    drawn = kicks(8, before_s=5.0, rest_s=4.0)
    block = drawn.record(50.0, noise=2.0)
    count = len(block) // 5
    acc = np.round(block.acc[: 5 * count] / 0.1) * 0.1
    line = Timeline()
    out = [*line.process(RawBlock(packets(count, 5, 50.0), acc))]
    assert line.repeated < 65
    found = repetitions(log_of(RawBlock(packets(count, 5, 50.0), acc), "donkey-kick"))
    assert [each.start_s for each in found] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.25)
    assert out


def test_what_was_gaps_between_packets_is_none() -> None:
    block = kicks(4).record(25.0)
    assert block.gyr is not None
    count = len(block) // 5
    line = Timeline()
    out = [*line.process(RawBlock(packets(count, 5, 25.0), block.acc[: 5 * count], block.gyr[: 5 * count]))]
    assert not [each for each in out if isinstance(each, Gap)][WINDOW // 5 + 1 :]
    assert sum(len(each.acc) for each in out if isinstance(each, GridBlock)) > 0.9 * len(block)
    assert line.rate_hz == pytest.approx(25.0, rel=0.1)


def test_rows_that_say_the_same_again_are_no_burst() -> None:
    time_s = np.repeat(np.arange(240) / 10.0, 5)
    acc = np.repeat(kicks(6).record(10.0).acc[:240], 5, axis=0)
    with pytest.raises(RecordingError) as refusal:
        list(Timeline().process(RawBlock(time_s, acc)))
    assert refusal.value.problem in (Problem.TIME_REPEATED, Problem.RATE_TOO_LOW)


@pytest.mark.parametrize("step", [1, 7, 64, 65, 500])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_grid_is_the_same_in_any_partition(size: int, step: int) -> None:
    block = kicks(2).record(50.0)
    assert block.gyr is not None
    count = len(block) // size
    stamped = RawBlock(packets(count, size, 50.0, 0.03), block.acc[: count * size], block.gyr[: count * size])
    whole, line = list(Timeline().process(stamped)), Timeline()
    parts = [each for begin in range(0, len(stamped), step) for each in line.process(stamped[begin : begin + step])]

    def rows(out: list[GridBlock | Gap]) -> FloatArray:
        return np.concatenate(
            [np.c_[each.acc, each.gyr, each.arrival_s] for each in out if isinstance(each, GridBlock)]
        )

    assert (rows(parts) == rows(whole)).all()


def test_cut_where_it_was_decided_the_event_is_there() -> None:
    """Though the stamps of its packet's samples are before."""
    block = kicks(3, before_s=5.0).record(50.0)
    count = len(block) // 5
    assert block.gyr is not None
    stamped = RawBlock(packets(count, 5, 50.0, 0.03), block.acc[: count * 5], block.gyr[: count * 5])
    log = events(stamped, "donkey-kick", range(0, len(stamped), 997))
    assert len(log) >= 3
    for number, event in enumerate(log):
        if isinstance(event, Gap):
            continue  # among the first stamps, which stay as they are
        stop = int(np.searchsorted(stamped.time_s - stamped.time_s[0], event.decided_s, side="right"))
        assert events(stamped[:stop], "donkey-kick", range(0, stop, 997))[: number + 1] == log[: number + 1]
