"""Drawn Thomas tests: the settled thigh against the horizontal, referred to the pose of standing still."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest

from sensortrack.model.events import ThomasAngle
from sensortrack.model.samples import RawBlock
from tests.chain import events, log_of
from tests.signals import Drawing, drawing, orientations, tilted

THOMAS = "thomas-test"
CHEST_DEG = -135.0  # of the thigh's flexion: 45 degrees above the horizontal


def lying(standing_deg: float = 0.0, *, stand_s: float = 4.0) -> Drawing:
    """Stand still, sit down, lie back with the knees at the chest."""
    drawn = drawing(standing_deg).wait(stand_s)
    return drawn.to(standing_deg - 90.0, 1.5, rise_m=-0.3).wait(2.0).to(standing_deg + CHEST_DEG, 2.0).wait(2.0)


def trial(drawn: Drawing, above_deg: float, *, hang_s: float = 7.0, standing_deg: float = 0.0) -> Drawing:
    """Let the leg hang, take it back to the chest."""
    drawn.to(standing_deg - 90.0 - above_deg, 2.0).wait(hang_s)
    return drawn.to(standing_deg + CHEST_DEG, 2.0).wait(2.0)


def trials(block: RawBlock, **worn: str) -> list[ThomasAngle]:
    return log_of(block, THOMAS, **worn).trials


@pytest.mark.parametrize("above_deg", [-25.0, -12.0, 0.0, 10.0, 18.0])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_three_trials(above_deg: float, gyroscope: bool) -> None:
    drawn = lying()
    for more_deg in (-1.0, 0.0, 1.0):
        trial(drawn, above_deg + more_deg)
    found = trials(drawn.record(gyroscope=gyroscope))
    assert [each.thigh_angle_deg for each in found] == pytest.approx([above_deg + d for d in (-1, 0, 1)], abs=0.7)


@pytest.mark.parametrize("seed", [2, 3])
def test_a_poor_sensor(seed: int) -> None:
    """So much noise at so low a rate that the thigh never seems to be calm for long."""
    found = trials(trial(trial(lying(stand_s=6.0), -8.0), -8.0).record(25.0, noise=16.0, seed=seed))
    assert [each.thigh_angle_deg for each in found] == pytest.approx([-8.0, -8.0], abs=1.5)


@pytest.mark.parametrize("chest_deg", [-122.0, -150.0, -178.0, -195.0, -212.0])
@pytest.mark.parametrize("above_deg", [-15.0, 10.0])
def test_knees_drawn_to_the_belly_or_only_half(chest_deg: float, above_deg: float) -> None:
    """Lying on the back with the knees hugged, the thigh is upright or beyond."""
    drawn = drawing().wait(4.0).to(-90.0, 1.5, rise_m=-0.3).wait(2.0)
    for _ in range(2):
        drawn.to(chest_deg, 2.0).wait(3.0).to(-90.0 - above_deg, 2.0).wait(7.0)
    found = trials(drawn.to(-70.0, 2.0).wait(2.0).record())
    assert [each.thigh_angle_deg for each in found] == pytest.approx([above_deg, above_deg], abs=0.7)


@pytest.mark.parametrize("number", range(24))
def test_any_mounting(number: int) -> None:
    drawn = trial(trial(lying(), -8.0), -9.0)
    worn = tilted(orientations()[number], 25.0 * (number % 5) / 4.0, np.array([1.0, 0.3 * number, -0.7]))
    found = trials(drawn.record(axes=worn, left=number % 2 == 0))
    assert [each.thigh_angle_deg for each in found] == pytest.approx([-8.0, -9.0], abs=0.7)


@pytest.mark.parametrize("standing_deg", [-4.0, 5.0])
def test_it_is_referred_to_standing(standing_deg: float) -> None:
    """Whoever stands with the thigh aslant, or straps the sensor on aslant: the difference counts."""
    drawn = trial(lying(standing_deg), -10.0, standing_deg=standing_deg)
    assert [each.thigh_angle_deg for each in trials(drawn.record())] == pytest.approx([-10.0], abs=0.7)


def test_without_standing_there_is_no_angle() -> None:
    """A recording that begins on the back has nothing to refer to: no number rather than a wrong one."""
    drawn = trial(trial(drawing(CHEST_DEG).wait(4.0), -10.0), -10.0)
    assert not trials(drawn.record())


def test_standing_without_stillness_is_no_reference() -> None:
    drawn = drawing()
    for _ in range(5):
        drawn.to(-25.0, 0.6).to(10.0, 0.6)
    drawn.to(-90.0, 1.2, rise_m=-0.3).to(CHEST_DEG, 2.0).wait(2.0)
    assert not trials(trial(drawn, -10.0).record())


def test_never_settled_is_no_trial() -> None:
    """The leg swings all the time, or hangs for two seconds only."""
    drawn = lying()
    begin_s = drawn.now_s
    trial(drawn, -10.0, hang_s=8.0).tremble(0.8, 6.0, begin_s + 1.0, begin_s + 12.0)
    assert not trials(drawn.record())
    assert not trials(trial(lying(), -10.0, hang_s=1.5).record())


def test_sinking_while_it_hangs_gives_the_settled_angle() -> None:
    """So slow a turn (under 3 degrees per second) an orientation filter takes for the gyroscope's bias."""
    drawn = lying().to(-90.0, 2.0).to(-84.0, 8.0).wait(6.0).to(CHEST_DEG, 2.0).wait(2.0)
    found = trials(drawn.record())
    assert len(found) == 1
    assert found[0].thigh_angle_deg == pytest.approx(-6.0, abs=1.2)


def test_spread_is_the_unrest_of_the_trial() -> None:
    drawn = lying()
    begin_s = drawn.now_s
    trial(drawn, -10.0, hang_s=9.0).tremble(0.25, 0.7, begin_s + 2.0, begin_s + 11.0)
    found = trials(drawn.record())
    assert median(each.spread_deg for each in found) == pytest.approx(0.7 / np.sqrt(2.0), abs=0.25)


def test_a_still_leg_has_no_spread() -> None:
    found = trials(trial(trial(lying(), -25.0), -25.0).record())
    assert max(each.spread_deg for each in found) < 0.15


def test_sitting_and_standing_are_no_trials() -> None:
    drawn = drawing().wait(4.0)
    for _ in range(3):
        drawn.to(-88.0, 1.5, rise_m=-0.3).wait(6.0).to(0.0, 1.5, rise_m=0.3).wait(4.0)
    assert not trials(drawn.record())


@pytest.mark.parametrize("by_way_of_deg", [-120.0, -138.0])
def test_coming_up_past_the_chest_is_no_trial(by_way_of_deg: float) -> None:
    """The knee comes up for a moment before the person sits on the edge; the leg was drawn up to there before."""
    drawn = lying().to(-88.0, 2.0).wait(8.0)
    drawn.to(by_way_of_deg, 0.9).to(-92.0, 1.0).wait(6.0).to(0.0, 1.5, rise_m=0.3).wait(3.0)
    assert [each.thigh_angle_deg for each in trials(drawn.record())] == pytest.approx([-2.0], abs=0.7)


@pytest.mark.parametrize("sitting_deg", [-93.0, -84.0])
def test_sitting_on_the_edge_is_taken_back_when_the_person_stands_up(sitting_deg: float) -> None:
    """From the knees at the chest it looks like a trial; its angle may be another one, or much the same."""
    drawn = trial(trial(lying(), -8.0), -9.0).to(sitting_deg, 2.0).wait(6.0).to(0.0, 1.5, rise_m=0.3).wait(3.0)
    block = drawn.record()
    assert [each.thigh_angle_deg for each in trials(block)] == pytest.approx([-8.0, -9.0], abs=0.7)
    told = {each.id for each in events(block, THOMAS) if isinstance(each, ThomasAngle)}
    assert len(told) == 3
    assert events(block, THOMAS, range(0, len(block), 7)) == events(block, THOMAS)


def test_sitting_for_a_moment_between_two_trials_is_not_told() -> None:
    drawn = trial(lying(), -8.0).to(-95.0, 1.5).wait(5.5).to(CHEST_DEG, 2.0).wait(2.0)
    block = trial(drawn, -9.0).to(-95.0, 1.5).wait(5.5).record()
    told = [each for each in events(block, THOMAS) if isinstance(each, ThomasAngle)]
    assert sorted({round(each.thigh_angle_deg) for each in told}) == [-9, -8]


def test_a_trial_far_from_the_others_is_told_later() -> None:
    block = trial(trial(lying(), -8.0), 4.0, hang_s=9.0).record()
    assert [each.thigh_angle_deg for each in trials(block)] == pytest.approx([-8.0, 4.0], abs=0.7)


@pytest.mark.parametrize("chest_deg", [-116.0, -118.0])
def test_a_stiff_hip_hangs_little_lower_than_it_is_held(chest_deg: float) -> None:
    drawn = drawing().wait(4.0).to(-90.0, 1.5, rise_m=-0.3).wait(2.0).to(chest_deg, 2.0).wait(3.0)
    block = drawn.to(-105.0, 2.0).wait(10.0).to(chest_deg, 2.0).wait(2.0).record()
    assert [each.thigh_angle_deg for each in trials(block)] == pytest.approx([15.0], abs=0.7)


@pytest.mark.parametrize("bias_deg_s", [(1.5, -2.0, 1.0), (-2.0, 0.5, 2.5)])
def test_a_gyroscope_without_calibration_does_not_turn_the_reference(bias_deg_s: tuple[float, float, float]) -> None:
    """Three seconds of standing are too few to learn the bias; the specific force says where up is."""
    drawn = trial(trial(lying(stand_s=3.0), -10.0), -10.0)
    found = trials(drawn.record(bias_deg_s=bias_deg_s))
    assert [each.thigh_angle_deg for each in found] == pytest.approx([-10.0, -10.0], abs=0.7)


def test_a_looser_grip_at_the_chest_is_no_trial() -> None:
    """The other leg hangs first: this one is held at the chest, and a little less tightly after a while."""
    drawn = lying().to(-150.0, 1.0).wait(4.0).to(-128.0, 1.5).wait(9.0)
    found = trials(trial(trial(drawn, -10.0), -8.0).record())
    assert [each.thigh_angle_deg for each in found] == pytest.approx([-10.0, -8.0], abs=0.7)


def test_the_standing_pose_outlasts_many_others() -> None:
    """Sit, shuffle, lie back, try how far the knee comes: five still poses and more before the first trial."""
    drawn = drawing().wait(4.0).to(-75.0, 1.5, rise_m=-0.3).wait(3.0)
    for angle_deg in (-95.0, -112.0, -128.0, -144.0, -128.0):
        drawn.to(angle_deg, 1.5).wait(3.0)
    found = trials(trial(trial(drawn, -10.0), -8.0).record())
    assert [each.thigh_angle_deg for each in found] == pytest.approx([-10.0, -8.0], abs=0.7)


@pytest.mark.parametrize(("spread_deg", "count"), [(0.0, 2), (14.0, 2), (30.0, 0)])
def test_at_the_chest_the_plane_is_not_known_well(spread_deg: float, count: int) -> None:
    """Nearly upside down there, a thigh that is spread a little is far out of the plane in which it hangs."""
    drawn = lying()
    for _ in range(2):
        drawn.to(-169.0, 2.0).wait(3.0).to(-95.0, 2.0).wait(7.0)
    block = drawn.to(-169.0, 2.0).wait(2.0).record(50.0, gyroscope=False)
    x, y, z = block.acc.T
    cosine, sine = np.cos(np.radians(spread_deg)), np.sin(np.radians(spread_deg))
    spread = np.stack((x, cosine * y - sine * z, sine * y + cosine * z), axis=1)
    at_chest = (y < -0.9 * 9.81)[:, None]
    assert len(trials(RawBlock(block.time_s, np.where(at_chest, spread, block.acc)))) == count


def test_a_trial_against_another_pose_is_taken_back() -> None:
    """The sensor lay on a table and was handled before it was worn; what is like a trial there is none."""
    drawn = drawing(-20.0).wait(6.0).to(-155.0, 1.0).wait(2.0).to(-108.0, 1.0).wait(8.0)
    drawn.to(0.0, 1.5).wait(6.0).to(-90.0, 1.5).wait(2.0).to(CHEST_DEG, 2.0).wait(2.0)
    for _ in range(2):
        trial(drawn, 4.0)
    block = drawn.wait(2.0).record(50.0)
    found = trials(block)
    assert [each.thigh_angle_deg for each in found] == pytest.approx([4.0, 4.0], abs=1.0)
    assert any(each.cancelled for each in events(block, THOMAS) if isinstance(each, ThomasAngle))
