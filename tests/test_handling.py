"""A sensor that is strapped on, worn about and taken off while it records: what is simulated, and what is counted."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import EXERCISES, Simulation, simulate
from tests.chain import events, log_of, repetitions


def block_of(made: Simulation) -> RawBlock:
    return RawBlock(made.time_s, made.acc, made.gyr)


def times(made: Simulation, kind: str) -> tuple[float, float]:
    found = next(each for each in made.truth["distractors"] if each["kind"] == kind)
    return found["start_s"], found["end_s"]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_session_is_that_of_the_same_seed(exercise: str) -> None:
    handled, plain = (
        simulate(exercise, 3, handled=True, end="whole"),
        simulate(exercise, 3, start="standing", end="whole"),
    )
    for one, other in zip(handled.truth["sets"], plain.truth["sets"], strict=True):
        assert [rep["rom_deg"] for rep in one["reps"]] == pytest.approx(
            [rep["rom_deg"] for rep in other["reps"]], rel=1e-3
        )
    found, meant = ([each["duration_s"] for each in made.truth["holds"]] for made in (handled, plain))
    assert found == pytest.approx(meant)
    assert handled.truth["mounting"] == plain.truth["mounting"]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_what_the_hand_does_obeys_physics(exercise: str) -> None:
    """Turned by the angular rate, gravity is where the accelerometer feels it once the sensor is worn."""
    made = simulate(exercise, 4, difficulty="clean", rate_hz=200.0, gyroscope=True, handled=True)
    assert made.gyr is not None
    begin_s, end_s = times(made, "strapping-on")
    inside = (made.time_s >= begin_s) & (made.time_s < end_s)
    turned = Rotation.identity()
    for rate in made.gyr[inside]:
        turned = turned * Rotation.from_rotvec(rate / 200.0)
    before, after = made.acc[inside][:5].mean(axis=0), made.acc[~inside & (made.time_s >= end_s)][:10].mean(axis=0)
    seen = turned.inv().apply(before / np.linalg.norm(before))
    assert np.degrees(np.arccos(seen @ (after / np.linalg.norm(after)))) < 4.0
    assert np.abs(made.gyr[inside]).max() > 1.0


def test_it_is_taken_off_at_the_end() -> None:
    made = simulate("donkey-kick", 5, handled=True, end="whole")
    assert times(made, "taking-off")[1] == pytest.approx(made.truth["duration_s"], abs=0.3)


@pytest.mark.parametrize("seed", [1003, 1005, 1071, 1075])
def test_kicks_are_counted_as_without(seed: int) -> None:
    """The last two: what was taken off looked like a kick; lying prone had been taken for the rest pose."""
    made = simulate("donkey-kick", seed, handled=True)
    found = log_of(block_of(made), "donkey-kick").sets
    assert [len(each) for each in found] == [len(each["reps"]) for each in made.truth["sets"]]


@pytest.mark.parametrize("seed", [1003, 1008, 1018, 1032])
def test_holds_are_found_as_without(seed: int) -> None:
    """A table, a hand and a squat are not what a stretch is measured against."""
    made = simulate("hip-flexor-stretch", seed, handled=True)
    found = log_of(block_of(made), "hip-flexor-stretch").holds
    assert [each.start_s for each in found] == pytest.approx([each["start_s"] for each in made.truth["holds"]], abs=1.0)


@pytest.mark.parametrize("seed", [1001, 1006, 1020])
def test_small_first_repetitions_are_no_pulses(seed: int) -> None:
    made = simulate("repetitions", seed, handled=True)
    found = repetitions(log_of(block_of(made), "repetitions"))
    assert len(found) == sum(len(each["reps"]) for each in made.truth["sets"])


@pytest.mark.parametrize("seed", [1003, 1004, 1008])
def test_the_standing_pose_is_not_that_in_the_hand(seed: int) -> None:
    """Lying prone, before, may be taken for it; the pose of standing then takes its place."""
    made = simulate("thomas-test", seed, handled=True)
    found = log_of(block_of(made), "thomas-test").trials
    for each in made.truth["thomas"]["trials"]:
        inside = [one.thigh_angle_deg for one in found if each["start_s"] < one.end_s and one.start_s < each["end_s"]]
        assert inside == [pytest.approx(each["thigh_angle_deg"], abs=2.5)]


@pytest.mark.parametrize("seed", [1003, 1008])
def test_no_trial_of_the_hand_shifts_the_median(seed: int) -> None:
    made = simulate("thomas-test", seed, handled=True)
    found = median(each.thigh_angle_deg for each in log_of(block_of(made), "thomas-test").trials)
    assert found == pytest.approx(made.truth["thomas"]["thigh_angle_deg"], abs=2.5)


@pytest.mark.parametrize(
    ("exercise", "seed"),
    [("donkey-kick", 1075), ("hip-flexor-stretch", 1000), ("repetitions", 1006), ("thomas-test", 1004)],
)
def test_cutting_the_stream_changes_nothing(exercise: str, seed: int) -> None:
    block = block_of(simulate(exercise, seed, handled=True, rate_hz=50.0))
    whole = events(block, exercise)
    for cuts in (range(0, len(block), 7), range(0, len(block), 331), [1, 2, 1999, 2000, 4001]):
        assert events(block, exercise, cuts) == whole
