"""Across a short gap, without a gyroscope: a trembling thigh does not seem to move; nothing is lost or known early."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.model.samples import FloatArray
from sensortrack.signal.bridge import SPAN_S, Bridge
from sensortrack.signal.timeline import GRID_HZ, GridBlock, Timeline
from tests.chain import log_of, parts, repetitions
from tests.signals import kicks, without


def grids(acc: FloatArray, gaps: list[tuple[int, int]], cuts: list[int]) -> list[GridBlock]:
    """Rows in blocks that are cut at `cuts`; rows from `begin` up to `end` of a gap are bridged."""
    arrival_s = np.arange(1, len(acc) + 1) / GRID_HZ
    bounds = sorted({0, len(acc), *cuts, *(edge for gap in gaps for edge in gap)})
    return [
        GridBlock(
            begin,
            acc[begin:end],
            None,
            arrival_s[begin:end],
            restart=begin == 0,
            broken=begin == 0,
            bridged=any(gap[0] <= begin < gap[1] for gap in gaps),
        )
        for begin, end in pairwise(bounds)
    ]


def crossed(blocks: list[GridBlock]) -> tuple[FloatArray, FloatArray]:
    """Accelerations and when they are known of everything that a bridge gives."""
    bridge = Bridge()
    given_ = [each for block in blocks for each in bridge.process(block)]
    assert [each.first for each in given_] == [each.first for each in blocks[: len(given_)]]
    return np.concatenate([each.acc for each in given_]), np.concatenate([each.arrival_s for each in given_])


@pytest.mark.parametrize("gap_at_s", [0.3, 0.5, 0.7, 0.9, 1.1])
def test_a_trembling_hold_across_a_gap_is_one(gap_at_s: float) -> None:
    """A packet of ten samples is lost at 25 Hz; the last one before it may be off by 15 degrees."""
    drawn = kicks(3, rom_deg=20.0, hold_s=2.0)
    top_s = drawn.kicks[1].top_start_s
    drawn.tremble(8.3, 0.45, top_s - 0.2, drawn.kicks[1].top_end_s + 0.2)
    block = drawn.record(rate_hz=25.0, gyroscope=False)
    log = log_of(without(block, top_s + gap_at_s, top_s + gap_at_s + 0.44), "donkey-kick")
    found = repetitions(log)
    assert len(found) == 3
    assert found[1].end_s == pytest.approx(drawn.kicks[1].end_s, abs=0.2)


def test_from_mean_to_mean() -> None:
    """What lies on the line is known with the last sample of the mean after the gap; the rest at once."""
    acc = np.zeros((30, 3))
    acc[:10, 0], acc[14:, 0] = 1.0, 6.0
    acc[9, 0], acc[14, 0] = 3.0, 4.0  # one sample before it and one after it are off
    across, known_s = crossed(grids(acc, [(10, 14)], []))
    before, after = (4.0 * 1.0 + 3.0) / 5, (4.0 * 6.0 + 4.0) / 5
    assert across[10:14, 0] == pytest.approx([before + k / 5 * (after - before) for k in (1, 2, 3, 4)])
    assert np.array_equal(np.delete(across, np.s_[10:14], axis=0), np.delete(acc, np.s_[10:14], axis=0))
    span = round(SPAN_S * GRID_HZ)
    assert known_s[10:14].tolist() == [known_s[14 + span - 1]] * 4
    assert (np.diff(known_s) >= 0.0).all()


def test_nothing_before_the_gap() -> None:
    """Then the straight line of the timeline stays."""
    acc = np.random.default_rng(1).normal(0.0, 1.0, (20, 3))
    assert np.array_equal(crossed(grids(acc, [(0, 4)], []))[0], acc)


def test_a_gap_at_the_end_is_given_when_the_recording_ends() -> None:
    """The end is told as if the last sample stayed; nothing stays behind."""
    acc = np.random.default_rng(1).normal(0.0, 1.0, (20, 3))
    blocks = grids(acc, [(16, 20)], [])
    line, _ = crossed([*blocks, blocks[-1].held(0.22)])
    assert np.array_equal(line[:16], acc[:16])
    assert len(line) > 20


@given(
    edges=st.lists(st.integers(0, 60), max_size=6, unique=True).map(sorted),
    cuts=st.lists(st.integers(0, 60), max_size=20),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_any_cut_gives_the_same(edges: list[int], cuts: list[int], seed: int) -> None:
    """Gaps anywhere, also right after another; nothing is lost, repeated or turned round."""
    acc = np.random.default_rng(seed).normal(0.0, 1.0, (80, 3))
    gaps = list(zip(edges[::2], edges[1::2], strict=False))
    whole, cut = crossed(grids(acc, gaps, [])), crossed(grids(acc, gaps, cuts))
    assert len(whole[0]) == 80
    assert np.array_equal(whole[0], cut[0])
    assert np.array_equal(whole[1], cut[1])


@pytest.mark.parametrize("size", [1, 3, 10, 64])
def test_packets_of_any_size_give_the_same(size: int) -> None:
    """Through the timeline: which samples are bridged does not depend on the packets."""
    block = without(without(kicks(2).record(50.0, gyroscope=False), 5.0, 5.4), 7.0, 7.2)

    def acc_of(cuts: list[int]) -> FloatArray:
        line, bridge = Timeline(), Bridge()
        grid = (each for part in parts(block, cuts) for each in line.process(part) if isinstance(each, GridBlock))
        return np.concatenate([each.acc for one in grid for each in bridge.process(one)])

    assert np.array_equal(acc_of([]), acc_of(list(range(size, len(block), size))))
