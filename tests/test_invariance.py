"""Cutting the stream changes nothing, and nothing depends on the future: event logs are compared with ==."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensortrack.model.events import AngleTrace, Event, Gap, Hold, Movement
from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import EXERCISES, simulate
from tests.chain import angle_trace, events, outputs
from tests.signals import drawing

CASES = [
    ("donkey-kick", "home", 100.0, True, 0.7),
    ("donkey-kick", "hard", 25.0, False, None),
    ("donkey-kick", "home", 52.0, True, 2.5),
    ("repetitions", "home", 104.0, False, None),
    ("hip-flexor-stretch", "home", 50.0, True, 0.8),
    ("hip-flexor-stretch", "hard", 25.0, False, 0.6),
    ("thomas-test", "home", 50.0, True, None),
]
QUIET = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def recording(case: int, seed: int = 5) -> RawBlock:
    """About a minute and a half of a simulated session, its loss and gaps inside, with a shaken order of rows."""
    exercise, difficulty, rate_hz, gyroscope, gap_s = CASES[case]
    made = simulate(exercise, seed, difficulty=difficulty, rate_hz=rate_hz, gyroscope=gyroscope, gap_s=gap_s, sets=2)
    block = RawBlock(made.time_s, made.acc, made.gyr)[: round(90 * rate_hz)]
    order = np.sort(np.r_[np.arange(len(block)), 40, 500, 501])  # stamps that come twice
    order[[700, 701]] = order[[701, 700]]  # and two that come the wrong way round
    return RawBlock(block.time_s[order], block.acc[order], None if block.gyr is None else block.gyr[order])


@cache
def whole(case: int) -> list[Event | AngleTrace]:
    return outputs(recording(case), CASES[case][0])


def check(case: int, cuts: list[int]) -> None:
    found = outputs(recording(case), CASES[case][0], cuts)
    assert only_events(found) == only_events(whole(case))
    for one, other in zip(angle_trace(found), angle_trace(whole(case)), strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def only_events(given_: list[Event | AngleTrace]) -> list[Event]:
    return [each for each in given_ if not isinstance(each, AngleTrace)]


def test_the_cases_have_something_to_compare() -> None:
    for case, (exercise, *_) in enumerate(CASES):
        assert len(only_events(whole(case))) >= 2, exercise


@pytest.mark.parametrize("case", range(len(CASES)))
@given(sizes=st.lists(st.integers(1, 1000), min_size=1, max_size=30))
@QUIET
def test_any_sizes_of_blocks(case: int, sizes: list[int]) -> None:
    """The sizes over and over, to the end."""
    cuts = np.cumsum(np.resize(sizes, len(recording(case)) * len(sizes) // sum(sizes) + len(sizes)))
    check(case, cuts.tolist())


@pytest.mark.parametrize("case", range(len(CASES)))
@given(cuts=st.lists(st.integers(0, 10_000), max_size=40))
@QUIET
def test_any_cuts(case: int, cuts: list[int]) -> None:
    check(case, cuts)


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("size", [10, 997])
def test_even_blocks(case: int, size: int) -> None:
    check(case, list(range(0, len(recording(case)), size)))


@pytest.mark.parametrize("case", [1, 4])
def test_sample_by_sample(case: int) -> None:
    check(case, list(range(len(recording(case)))))


def test_a_pose_found_minutes_after_the_beginning() -> None:
    """It ends no trip that the recording began with, however much of it is still remembered."""
    made = simulate("hip-flexor-stretch", 7001, difficulty="home")
    block = RawBlock(made.time_s, made.acc, made.gyr)
    assert events(block, "repetitions", range(0, len(block), 4111)) == events(block, "repetitions")


def check_causality(exercise: str, block: RawBlock) -> tuple[int, int]:
    """Replay the file cut where each event was decided: it is there, as all before it.

    The whole log up to then must be the beginning of the whole file's; what is told besides, as a recording ends there,
    is told at its end. Gives how many and how many were revised later.
    """
    log = events(block, exercise, range(0, len(block), 997))
    newest = np.maximum.accumulate(block.time_s - block.time_s[0])
    final = {(type(each), each.id): each for each in log}
    for number, event in enumerate(log):
        stop = int(np.searchsorted(newest, event.decided_s, side="right"))
        told = events(block[:stop], exercise, range(0, stop, 997))
        assert told[: number + 1] == log[: number + 1]
        assert all(each.decided_s == event.decided_s for each in told[number + 1 :])
        if stop > 1:
            before = int(np.searchsorted(newest, event.decided_s, side="left"))
            assert event not in events(block[:before], exercise, range(0, before, 997)), (
                "decided_s is the deciding sample"
            )
    return len(log), sum(each is not final[type(each), each.id] for each in log)


@pytest.mark.parametrize("case", [0, 1, 4, 5, 6])
def test_cut_where_it_was_decided_the_event_is_there(case: int) -> None:
    count, _ = check_causality(CASES[case][0], recording(case))
    assert count


@pytest.mark.parametrize(
    ("exercise", "gyroscope", "share"),
    [
        ("donkey-kick", True, 0.15),
        ("donkey-kick", False, 0.3),
        ("repetitions", True, 0.15),
        ("repetitions", False, 0.3),
        ("hip-flexor-stretch", True, 0.15),
    ],
)
def test_final_events_come_in_time(exercise: str, gyroscope: bool, share: float) -> None:
    """Of most: an event that was revised is late by nature, and without gyroscope one after an uneven return."""
    late = []
    for seed in range(20, 26):
        made = simulate(exercise, seed, difficulty="home", gyroscope=gyroscope, start="standing", end="whole")
        log = events(RawBlock(made.time_s, made.acc, made.gyr), exercise)
        final = {(type(each), each.id): each for each in log if isinstance(each, Movement | Hold | Gap)}
        for event in final.values():
            bound_s = 0.5 if isinstance(event, Hold) else 0.3
            if isinstance(event, Hold) or (isinstance(event, Movement) and event.verdict.counts):
                late.append(event.decided_s - event.end_s > bound_s)
    assert len(late) >= 10
    assert np.mean(late) <= share


@pytest.mark.long
@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("difficulty", ["home", "hard"])
def test_many_sessions(exercise: str, seed: int, difficulty: str) -> None:
    made = simulate(exercise, 900 + seed, difficulty=difficulty, gap_s=(None, 0.7, 2.0)[seed % 3])
    block = RawBlock(made.time_s, made.acc, made.gyr)
    log = events(block, exercise)
    rng = np.random.default_rng(seed)
    for size in (1, 10, 100):
        cuts = np.cumsum(rng.integers(1, 2 * size + 1, len(block) // size + 1))
        assert events(block, exercise, cuts.tolist()) == log
    check_causality(exercise, block)


@pytest.mark.parametrize("seed", [0, 7, 10])
def test_holds_and_rests_longer_than_what_is_remembered(seed: int) -> None:
    """Stretches with the other side's in between, at random up to four minutes each: no partition remembers more."""
    rng = np.random.default_rng(seed)
    drawn = drawing().wait(4.0)
    for _ in range(4):
        drawn.wait(rng.choice([2.0, 5.0, 130.0, 220.0])).to(-65.0, 1.5, rise_m=-0.2).wait(rng.choice([2.5, 150.0]))
        drawn.to(-85.0, 1.5).wait(rng.choice([10.0, 180.0])).to(0.0, 1.5).wait(rng.choice([3.0, 140.0]))
        drawn.to(25.0, 2.0).wait(rng.choice([20.0, 150.0, 240.0])).to(3.0, 2.0).wait(4.0)
    block = drawn.record(50.0)
    whole = events(block, "hip-flexor-stretch")
    assert any(isinstance(each, Hold) for each in whole)
    for rows in (10, 501, 3001):
        assert events(block, "hip-flexor-stretch", range(0, len(block), rows)) == whole
