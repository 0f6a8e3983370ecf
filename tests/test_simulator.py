"""The simulated sensor obeys physics, its settings and its own truth."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.sources.simulator import EXERCISES, Simulation, simulate
from sensortrack.sources.simulator.body import Feel, angular_rate, to_earth, to_thigh
from sensortrack.sources.simulator.motion import Channel, Move, movement_edges
from sensortrack.sources.simulator.people import DIFFICULTIES
from sensortrack.sources.simulator.sensor import AZIMUTH_DEG, draw_device, draw_mounting, measure

DEG = np.pi / 180.0


def axes_of(simulation: Simulation) -> np.ndarray:
    """Sensor axes in the thigh frame, from the truth alone."""
    mounting = dict(simulation.truth["mounting"])
    tilt = mounting.pop("tilt_deg")
    drawn = draw_mounting(np.random.default_rng(0), None, None, None, None)
    worn = replace(drawn, **mounting)
    assert worn.tilt_deg == pytest.approx(tilt)
    return worn.axes(simulation.truth["side"] == "left")


def still(simulation: Simulation) -> np.ndarray:
    """The first second, in which nobody moves."""
    return simulation.time_s < 1.0


def check_truth(simulation: Simulation) -> None:
    truth = simulation.truth
    json.dumps(truth)
    for one_set in truth["sets"]:
        reps = one_set["reps"]
        assert one_set["start_s"] == reps[0]["start_s"]
        assert one_set["end_s"] == reps[-1]["end_s"]
        assert all(a["end_s"] < b["start_s"] <= a["end_s"] + truth["set_pause_s"] for a, b in pairwise(reps))
        for rep in reps:
            assert 0 <= rep["start_s"] < rep["top_start_s"] < rep["top_end_s"] < rep["end_s"] <= truth["duration_s"]
            assert rep["hold_s"] == pytest.approx(rep["top_end_s"] - rep["top_start_s"])
            assert rep["lift_s"] == pytest.approx(rep["top_start_s"] - rep["start_s"])
            assert rep["lower_s"] == pytest.approx(rep["end_s"] - rep["top_end_s"])
            if truth["exercise"] == "donkey-kick":
                assert 15.0 <= rep["rom_deg"] < 110.0
                assert rep["rom_deg"] > 0.4 * np.median([each["rom_deg"] for each in reps])
            else:
                assert rep["rom_deg"] >= 5.0
    for hold in truth["holds"]:
        assert hold["duration_s"] == pytest.approx(hold["end_s"] - hold["start_s"])
        assert 5.0 < hold["duration_s"] < 45.0
        assert 12.0 < hold["angle_deg"] < 48.0
    if truth["exercise"] == "thomas-test":
        assert -26.0 < truth["thomas"]["thigh_angle_deg"] < 24.0


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_kind_gives_finite_samples_and_ordered_truth(exercise: str, difficulty: str) -> None:
    for seed in range(4):
        simulation = simulate(exercise, seed, difficulty=difficulty)
        n = len(simulation.time_s)
        assert simulation.time_s[0] == 0.0
        assert np.all(np.diff(simulation.time_s) > 0)
        assert simulation.acc.shape == (n, 3)
        assert simulation.thigh_angle_deg.shape == (n,)
        assert np.isfinite(simulation.acc).all()
        if simulation.gyr is not None:
            assert simulation.gyr.shape == (n, 3)
            assert np.isfinite(simulation.gyr).all()
        assert (simulation.gyr is not None) == simulation.truth["gyroscope"]
        check_truth(simulation)


@settings(max_examples=15, deadline=None)
@given(exercise=st.sampled_from(EXERCISES), seed=st.integers(0, 10_000), difficulty=st.sampled_from(["home", "hard"]))
def test_truth_holds_for_any_seed(exercise: str, seed: int, difficulty: str) -> None:
    check_truth(simulate(exercise, seed, difficulty=difficulty, rate_hz=25.0))


def test_same_arguments_same_recording() -> None:
    first, second = (simulate("donkey-kick", 5, difficulty="hard", gyroscope=True) for _ in range(2))
    assert first.truth == second.truth
    for name in ("time_s", "acc", "gyr", "thigh_angle_deg"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert not np.array_equal(first.acc[:50], simulate("donkey-kick", 6, difficulty="hard", gyroscope=True).acc[:50])


def test_one_session_through_different_devices() -> None:
    reps = [
        [rep["rom_deg"] for one_set in simulate("donkey-kick", 3, **wish).truth["sets"] for rep in one_set["reps"]]
        for wish in ({"rate_hz": 50.0}, {"rate_hz": 120.0, "side": "left", "placement": "back", "tilt_deg": 20.0})
    ]
    assert reps[0] == pytest.approx(reps[1], abs=0.01)


def test_at_rest_the_norm_is_gravity_within_the_errors() -> None:
    clean = simulate("thomas-test", 1, difficulty="clean")
    assert np.linalg.norm(clean.acc[still(clean)], axis=1) == pytest.approx(9.81, abs=0.05)
    home = simulate("thomas-test", 1, difficulty="home")
    assert np.median(np.linalg.norm(home.acc[still(home)], axis=1)) == pytest.approx(9.81, abs=0.3)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("exercise", ["donkey-kick", "hip-flexor-stretch", "thomas-test"])
def test_gravity_shows_the_true_angle_when_still(exercise: str, side: str) -> None:
    simulation = simulate(exercise, 2, difficulty="clean", side=side)
    up = simulation.acc @ axes_of(simulation).T
    # extension turns the front of the thigh downwards: gravity's reaction then has a backward (-x) share
    angle = np.degrees(np.arctan2(up[:, 0], up[:, 1]))
    quiet = np.abs(np.gradient(simulation.thigh_angle_deg, simulation.time_s)) < 0.5
    error = (angle - simulation.thigh_angle_deg * sign_of_x())[quiet]
    assert np.percentile(np.abs(error), 75) < 1.0


def sign_of_x() -> float:
    """Sign of x of the upward unit vector in the thigh frame at a small extension."""
    up = to_thigh(np.array([[10.0, 0.0, 0.0]]), np.array([0.0, 1.0, 0.0]))
    knee = to_earth(np.array([[10.0, 0.0, 0.0]]), np.array([0.0, -1.0, 0.0]))
    assert knee[0, 0] < 0.0, "extension brings the knee behind the hip"
    return float(np.sign(up[0, 0]))


def test_integrated_gyroscope_gives_the_range_of_motion() -> None:
    simulation = simulate("donkey-kick", 4, difficulty="clean", start="all-fours", rate_hz=200.0)
    assert simulation.gyr is not None
    turn = simulation.gyr @ axes_of(simulation).T
    for rep in [rep for one_set in simulation.truth["sets"] for rep in one_set["reps"]][:3]:
        before = simulation.time_s < rep["start_s"] - 0.3 * (rep["start_s"] > 0.3)
        part = (simulation.time_s >= simulation.time_s[before][-1]) & (simulation.time_s < rep["top_start_s"] + 0.1)
        rotation = np.eye(3)
        for rate, dt in zip(turn[part], np.diff(simulation.time_s)[0] * np.ones(part.sum()), strict=True):
            rotation = rotation @ rotation_by(rate * dt)
        expected = simulation.thigh_angle_deg[part][-1] - simulation.thigh_angle_deg[part][0]
        assert np.degrees(np.arctan2(-rotation[1, 0], rotation[0, 0])) == pytest.approx(expected, abs=1.0)
        assert expected == pytest.approx(rep["rom_deg"], abs=5.0)


def rotation_by(vector: np.ndarray) -> np.ndarray:
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / max(angle, 1e-12)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


@given(st.lists(st.floats(-170, 170), min_size=3, max_size=3))
def test_frames_turn_there_and_back(angles: list[float]) -> None:
    vector = np.array([1.0, -2.0, 3.0])
    turned = to_thigh(np.array([angles]), to_earth(np.array([angles]), vector))
    assert turned[0] == pytest.approx(vector)


def test_angular_rate_is_the_derivative_of_the_attitude() -> None:
    time_s = np.arange(0.0, 1.0, 0.001)
    angles = np.stack([60 * np.sin(3 * time_s), 30 * np.cos(2 * time_s), 25 * np.sin(5 * time_s)], axis=1)
    rate = angular_rate(angles, 0.001)
    for axis in np.eye(3):
        fixed = to_earth(angles, axis)
        turned = to_thigh(angles, np.gradient(fixed, 0.001, axis=0))
        assert turned[5:-5] == pytest.approx(np.cross(rate, axis)[5:-5], abs=1e-3)


def test_without_motion_the_gyroscope_shows_its_bias() -> None:
    rng = np.random.default_rng(1)
    device = draw_device(rng, DIFFICULTIES["home"], 100.0)
    quiet = replace(device, gyr_noise=0.0, gyr_walk_rad_s_sqrt_s=0.0, bits=0)
    motionless = Feel(np.tile([0.0, 9.81, 0.0], (2000, 1)), np.zeros((2000, 3)))
    _, gyr = measure(rng, quiet, np.eye(3), motionless, 0.002, np.arange(0.1, 3.0, 0.01))
    assert gyr == pytest.approx(np.tile(device.gyr_bias, (len(gyr), 1)))
    assert np.abs(np.degrees(device.gyr_bias)).max() <= DIFFICULTIES["home"].gyr_bias_deg_s


def test_saturation_and_resolution() -> None:
    rng = np.random.default_rng(2)
    device = replace(draw_device(rng, DIFFICULTIES["hard"], 100.0), acc_range_m_s2=40.0, gyr_range_rad_s=4.0, bits=12)
    wild = Feel(rng.normal(0, 200, (2000, 3)), rng.normal(0, 50, (2000, 3)))
    acc, gyr = measure(rng, device, np.eye(3), wild, 0.002, np.arange(0.1, 3.0, 0.01))
    assert np.abs(acc).max() == 40.0
    assert np.abs(gyr).max() == 4.0
    steps = acc / (80.0 / 2**12)
    assert steps == pytest.approx(np.round(steps))


@pytest.mark.parametrize("long_axis", ["x", "y"])
def test_upside_down_turns_the_long_axis_over(long_axis: str) -> None:
    column = "xyz".index(long_axis)
    for upside_down, sign in ((False, 1.0), (True, -1.0)):
        simulation = simulate(
            "thomas-test", 3, difficulty="clean", tilt_deg=0.0, upside_down=upside_down, long_axis=long_axis
        )
        acc = np.median(simulation.acc[still(simulation)], axis=0)
        assert abs(acc[column]) > 9.7
        assert np.sign(acc[column]) == sign


@given(seed=st.integers(0, 1000), tilt=st.floats(0.0, 25.0))
def test_tilt_is_what_was_asked_for_and_axes_are_right_handed(seed: int, tilt: float) -> None:
    mounting = draw_mounting(np.random.default_rng(seed), None, None, tilt, "y")
    assert mounting.tilt_deg == pytest.approx(tilt, abs=1e-4)
    for mirrored in (False, True):
        axes = mounting.axes(mirrored)
        assert np.linalg.det(axes) == pytest.approx(1.0)
        assert abs(axes[1, 1]) == pytest.approx(np.cos(tilt * DEG), abs=1e-6)


@given(seed=st.integers(0, 1000), placement=st.sampled_from(sorted(AZIMUTH_DEG)))
def test_drawn_tilt_stays_within_25_degrees_and_placement_near_its_place(seed: int, placement: str) -> None:
    mounting = draw_mounting(np.random.default_rng(seed), placement, None, None, None)
    assert mounting.tilt_deg <= 25.0 + 1e-6
    off = (mounting.azimuth_deg - AZIMUTH_DEG[placement] + 180.0) % 360.0 - 180.0
    assert abs(off) <= 15.0


def test_generic_repetitions_measure_the_unsigned_rotation_of_gravity() -> None:
    for variant in ("supine-straight-leg-raise", "side-lying-abduction", "bird-dog"):
        simulation = simulate("repetitions", 4, variant=variant, difficulty="clean", sets=1, reps=3)
        for rep in simulation.truth["sets"][0]["reps"]:
            up = [np.median(simulation.acc[part], axis=0) for part in rest_and_top(simulation, rep)]
            cosine = np.dot(*up) / np.prod(np.linalg.norm(up, axis=1))
            assert np.degrees(np.arccos(cosine)) == pytest.approx(rep["rom_deg"], abs=1.0)


def rest_and_top(simulation: Simulation, rep: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    t = simulation.time_s
    return (t > rep["start_s"] - 0.2) & (t < rep["start_s"] - 0.05), (t > rep["top_start_s"]) & (t < rep["top_end_s"])


def test_lost_packets_and_gaps_are_in_the_truth() -> None:
    simulation = simulate("donkey-kick", 1, lost_share=0.0, gap_s=1.5, rate_hz=100.0)
    (gap,) = simulation.truth["gaps"]
    assert gap["end_s"] - gap["start_s"] == pytest.approx(1.5, abs=0.05)
    lossy = simulate("donkey-kick", 1, lost_share=0.03, rate_hz=100.0)
    expected = lossy.truth["duration_s"] * lossy.truth["rate_hz"]
    assert 0.93 < len(lossy.time_s) / expected < 0.99


def test_recordings_may_begin_and_end_inside_a_kick() -> None:
    whole = simulate("donkey-kick", 7, start="all-fours", end="whole", sets=1, reps=6)
    assert len(whole.truth["sets"][0]["reps"]) == 6
    cut = simulate("donkey-kick", 7, start="inside", end="inside", sets=1, reps=6)
    assert len(cut.truth["sets"][0]["reps"]) == 4
    assert [row["kind"] for row in cut.truth["distractors"]].count("cut-repetition") == 2


def test_movement_edges_follow_the_ten_percent_rule() -> None:
    start_s, end_s = movement_edges([Move(2.0, 1.0, Channel.ANGLE, 60.0)])
    # minimum jerk: 30 u^2 (1-u)^2 is a tenth of its peak at u = 0.0866
    assert start_s == pytest.approx(2.0866, abs=0.001)
    assert end_s == pytest.approx(2.9134, abs=0.001)


@pytest.mark.parametrize("wish", [{"exercise": "squat"}, {"side": "both"}, {"placement": "ankle"}, {"start": "sofa"}])
def test_unknown_wishes_are_refused(wish: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is one of"):
        simulate(**{"exercise": "donkey-kick", "seed": 0, **wish})  # type: ignore[arg-type]  # wrong words on purpose
