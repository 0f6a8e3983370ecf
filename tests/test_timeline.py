"""The timeline: session time, the true rate, gaps, repeats, late rows, and an even grid whatever the cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.events import Gap
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.signal.timeline import BREAK_S, GRID_HZ, RESTART_S, GridBlock, Timeline
from tests.chain import parts

EPOCH_S = 1_760_000_000.0


def block_of(time_s: FloatArray, signal: Callable[[FloatArray], FloatArray] = np.zeros_like) -> RawBlock:
    """The signal on every axis, of the gyroscope a tenth."""
    values = np.repeat(signal(time_s)[:, None], 3, axis=1)
    return RawBlock(time_s, values, values / 10.0)


def run(block: RawBlock, cuts: Iterable[int] = ()) -> tuple[Timeline, list[GridBlock | Gap]]:
    line = Timeline()
    given_ = [out for part in parts(block, cuts) for out in line.process(part)]
    line.finish()
    return line, given_


def gaps(outputs: list[GridBlock | Gap]) -> list[tuple[float, float]]:
    return [(out.start_s, out.end_s) for out in outputs if isinstance(out, Gap)]


def grid(outputs: list[GridBlock | Gap]) -> FloatArray:
    """Rows of grid index, acc x, gyr x and arrival of everything that came."""
    blocks = [out for out in outputs if isinstance(out, GridBlock)]
    rows = []
    for out in blocks:
        assert out.gyr is not None
        rows.append(np.column_stack([out.first + np.arange(len(out.acc)), out.acc[:, 0], out.gyr[:, 0], out.arrival_s]))
    return np.vstack(rows)


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 50.0, 52.0, 100.0, 103.7, 200.0, 285.7, 400.0])
@pytest.mark.parametrize("begin_s", [0.0, 12.345, EPOCH_S])
def test_rate_and_duration(rate_hz: float, begin_s: float) -> None:
    time_s = begin_s + np.arange(round(20 * rate_hz)) / rate_hz
    line, out = run(block_of(time_s))
    assert line.rate_hz == pytest.approx(rate_hz, rel=1e-4)
    assert line.duration_s == pytest.approx(20 - 1 / rate_hz, abs=1e-5)
    assert line.samples == len(time_s)
    assert not gaps(out)


def test_rate_through_jitter_and_gaps() -> None:
    rng = np.random.default_rng(2)
    time_s = np.arange(6000) / 100.0
    time_s[1:] += rng.uniform(-0.004, 0.004, 5999)
    keep = ((time_s < 20) | (time_s > 30)) & (rng.random(6000) > 0.0)
    line, _ = run(block_of(time_s[keep]))
    assert line.rate_hz == pytest.approx(100.0, rel=0.002)


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0, 400.0])
@pytest.mark.parametrize("begin_s", [0.0, EPOCH_S])
def test_grid_is_the_mean_of_the_last_interval(rate_hz: float, begin_s: float) -> None:
    """Of a straight line the trapezoid rule gives the exact mean: the value half an interval earlier."""
    time_s = np.arange(round(10 * rate_hz)) / rate_hz
    block = block_of(time_s, lambda t: 3.0 * t - 7.0)
    _, out = run(RawBlock(begin_s + block.time_s, block.acc, block.gyr))
    rows = grid(out)
    at_s = rows[:, 0] / GRID_HZ
    tolerance = 1e-9 if begin_s == 0.0 else 1e-4  # stamps since 1970 have steps of 0.2 µs
    if round(rate_hz / GRID_HZ, 6) % 1.0:
        tolerance = 3.0 / (4.0 * rate_hz) + tolerance  # within a source's interval the mean is all that is known
    assert rows[:, 1] == pytest.approx(3.0 * (at_s - 0.5 / GRID_HZ) - 7.0, abs=tolerance)
    assert rows[:, 2] == pytest.approx(rows[:, 1] / 10.0)
    assert np.diff(rows[:, 0]) == pytest.approx(1.0)


def test_grid_keeps_the_integral_of_a_movement_at_any_rate() -> None:
    """What the gyroscope turned is the same through 25 and 400 Hz with jitter."""
    rng = np.random.default_rng(3)
    for rate_hz in (25.0, 60.0, 100.0, 400.0):
        time_s = np.arange(round(8 * rate_hz)) / rate_hz
        time_s[1:-1] += rng.uniform(-0.3, 0.3, len(time_s) - 2) / rate_hz
        _, out = run(block_of(time_s, lambda t: np.where(abs(t - 4.0) < 1.5, np.cos((t - 4.0) * np.pi / 3.0), 0.0)))
        turned = grid(out)[:, 1].sum() / GRID_HZ
        assert turned == pytest.approx(6.0 / np.pi, rel=3e-3)


def test_a_grid_sample_never_uses_what_comes_after_its_arrival() -> None:
    time_s = np.arange(2000) / 104.0
    rows = grid(run(block_of(time_s, np.sin))[1])
    assert (rows[:, 3] >= rows[:, 0] / GRID_HZ - 1e-9).all()
    assert (rows[:, 3] - rows[:, 0] / GRID_HZ <= 1 / 104.0 + 1e-9).all()


@pytest.mark.parametrize("gap_s", [0.13, 0.3, 0.7, 1.0, 1.01, 5.0, 4000.0])
def test_bounds_of_a_gap_are_the_samples_round_it(gap_s: float) -> None:
    time_s = np.arange(500) / 100.0
    time_s[250:] += gap_s - 0.01
    _, out = run(block_of(time_s))
    assert gaps(out) == [(time_s[249], time_s[250])]
    gap = next(each for each in out if isinstance(each, Gap))
    assert gap.decided_s == gap.end_s
    after = next(each for each in out[out.index(gap) :] if isinstance(each, GridBlock))
    real_s = float(time_s[250] - time_s[249])
    restarts = [each for each in out[1:] if isinstance(each, GridBlock) and each.restart]
    assert bool(restarts) is (real_s > RESTART_S)
    assert any(each.broken for each in restarts) is (real_s > BREAK_S)
    if real_s > BREAK_S:
        assert after.first / GRID_HZ >= time_s[250], "nothing is invented inside a long gap"


def test_jitter_and_a_lost_packet_are_no_gap() -> None:
    time_s = np.delete(np.arange(1000) / 25.0, [300, 301, 700])
    time_s[1:] += np.random.default_rng(1).uniform(-0.005, 0.0, len(time_s) - 1)
    found = gaps(run(block_of(time_s[np.r_[0:500, 501:700]]))[1])
    assert all(end_s - start_s > 0.1 for start_s, end_s in found)
    assert not gaps(run(block_of(np.delete(np.arange(1000) / 25.0, [400])))[1])


@cache
def untidy() -> RawBlock:
    """Jitter, repeats, late rows and gaps of all kinds."""
    rng = np.random.default_rng(4)
    time_s = np.arange(1500) / 104.0
    time_s += rng.uniform(-0.003, 0.003, 1500)
    time_s[400:] += 0.25
    time_s[600:] += 0.8
    time_s[900:] += 3.0
    order = np.sort(np.r_[np.arange(1500), 100, 101, 500, 1200])
    time_s = time_s[order]
    time_s[[700, 705]] = time_s[[690, 703]]  # late rows
    return block_of(time_s, lambda t: 9.81 + np.sin(3.0 * t))


@given(st.lists(st.integers(1, 1503), max_size=60))
def test_any_partition_gives_the_same(cuts: list[int]) -> None:
    whole_line, whole = run(untidy())
    line, out = run(untidy(), cuts)
    assert gaps(out) == gaps(whole)
    assert np.array_equal(grid(out), grid(whole))
    assert (line.samples, line.repeated, line.late) == (whole_line.samples, whole_line.repeated, whole_line.late)
    assert (line.rate_hz, line.duration_s) == (whole_line.rate_hz, whole_line.duration_s)
    firsts = [
        [(each.first, each.restart, each.broken) for each in one if isinstance(each, GridBlock) and each.restart]
        for one in (out, whole)
    ]
    assert firsts[0] == firsts[1]


def test_sample_by_sample_gives_the_same() -> None:
    assert np.array_equal(grid(run(untidy(), range(len(untidy())))[1]), grid(run(untidy())[1]))


def test_repeated_and_late_rows_are_dropped_and_counted() -> None:
    time_s = np.arange(400) / 50.0
    tidy = block_of(time_s, np.sin)
    order = np.r_[0:101, 100:201, 195:400]  # one stamp twice; then six rows again
    line, out = run(tidy_rows(tidy, order))
    assert (line.samples, line.repeated, line.late) == (400, 2, 5)
    assert np.array_equal(grid(out), grid(run(tidy)[1]))


def tidy_rows(block: RawBlock, order: np.ndarray) -> RawBlock:
    assert block.gyr is not None
    return RawBlock(block.time_s[order], block.acc[order], block.gyr[order])


@pytest.mark.parametrize("back_s", [2.5, 60.0, 3600.0])
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_clock_set_back_is_refused(back_s: float, step: int) -> None:
    time_s = EPOCH_S + np.arange(1000) / 50.0
    time_s[500:] -= back_s
    with pytest.raises(RecordingError) as refusal:
        run(block_of(time_s), range(0, 1000, step))
    assert refusal.value.problem is Problem.TIME_REVERSED


@pytest.mark.parametrize("step", [1, 64, 10_000])
def test_reversed_time_is_refused(step: int) -> None:
    with pytest.raises(RecordingError) as refusal:
        run(block_of(np.arange(1000)[::-1] / 50.0), range(0, 1000, step))
    assert refusal.value.problem is Problem.TIME_REVERSED


def test_repeated_stamps_all_along_are_refused() -> None:
    with pytest.raises(RecordingError) as refusal:
        run(block_of(np.repeat(np.arange(300) / 10.0, 5)))
    assert refusal.value.problem in (Problem.TIME_REPEATED, Problem.RATE_TOO_LOW)
    with pytest.raises(RecordingError) as refusal:
        run(block_of(np.full(1000, 7.0)))
    assert refusal.value.problem is Problem.TIME_REPEATED


@pytest.mark.parametrize("step", [1, 64, 10_000])
def test_some_repeated_stamps_are_not_most(step: int) -> None:
    time_s = np.arange(1000) / 50.0
    time_s[1::5] = time_s[::5]
    line, _ = run(block_of(time_s), range(0, 1000, step))
    assert (line.samples, line.repeated) == (800, 200)


@pytest.mark.parametrize("step", [1, 64, 10_000])
def test_most_repeated_stamps_are_refused_where_they_are_most(step: int) -> None:
    time_s = np.concatenate((np.arange(30) / 50.0, np.full(200, 0.6), 0.7 + np.arange(1000) / 50.0))
    with pytest.raises(RecordingError) as refusal:
        run(block_of(time_s), range(0, len(time_s), step))
    assert refusal.value.found == "96 of 127"


@pytest.mark.parametrize("rate_hz", [1.0, 5.0, 10.0, 12.5, 19.0])
@pytest.mark.parametrize("seconds", [2.0, 60.0])
def test_a_low_rate_is_refused(rate_hz: float, seconds: float) -> None:
    with pytest.raises(RecordingError) as refusal:
        run(block_of(np.arange(round(seconds * rate_hz) + 1) / rate_hz))
    assert refusal.value.problem is Problem.RATE_TOO_LOW


def test_nothing_and_next_to_nothing() -> None:
    line, out = run(block_of(np.zeros(0)))
    assert (line.samples, line.duration_s, line.rate_hz, out) == (0, 0.0, 0.0, [])
    line, out = run(block_of(np.array([5.0])))
    assert (line.samples, line.duration_s, line.rate_hz, out) == (1, 0.0, 0.0, [])
    line, _ = run(block_of(np.array([5.0, 5.02])))
    assert line.samples == 2
    assert line.rate_hz == pytest.approx(50.0)


def test_a_stamp_a_rounding_error_before_a_grid_time() -> None:
    """As any clock that does not begin at zero gives them: `0.58 - 2**-54` is no more than `29 / 50`."""
    time_s = np.arange(200) / 100.0
    time_s[2::2] = np.nextafter(time_s[2::2], 0.0)
    tidy, _ = run(block_of(np.arange(200) / 100.0))
    line, out = run(block_of(time_s), range(200))
    assert np.array_equal(grid(out), grid(run(block_of(time_s))[1]))
    assert line.samples == tidy.samples


def test_sample_by_sample_where_the_clock_does_not_begin_at_zero() -> None:
    time_s = 7.38 + np.arange(1000) / 100.0
    assert np.array_equal(grid(run(block_of(time_s), range(1000))[1]), grid(run(block_of(time_s))[1]))
