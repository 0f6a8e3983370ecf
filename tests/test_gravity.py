"""Where is up: still in any pose, turned by a known angle, with and without a gyroscope, with its bias, after a gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.signal.gravity import Gravity, UpBlock
from sensortrack.signal.timeline import GRID_HZ, GridBlock, Timeline
from tests.signals import Drawing, drawing, orientations, tilted, without

directions = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: float(np.linalg.norm(v)) > 0.1)


def follow(block: RawBlock) -> tuple[FloatArray, FloatArray, list[UpBlock]]:
    """Times, with the delay taken off, and directions of everything."""
    line, gravity = Timeline(), Gravity()
    grids = [part for part in line.process(block) if isinstance(part, GridBlock)]
    ups = [up for grid in grids for up in gravity.process(grid)]
    times = [(up.first + np.arange(len(up.up))) / GRID_HZ - up.delay_s for up in ups]
    return np.concatenate(times), np.concatenate([up.up for up in ups]), ups


def angle_of(up: FloatArray) -> FloatArray:
    """Angle of the thigh (N,) in degrees, from up in the thigh frame."""
    return np.degrees(np.arctan2(-up[:, 0], up[:, 1]))


def error_deg(drawn: Drawing, block: RawBlock) -> FloatArray:
    """How far the angle is from the drawn one, row by row."""
    time_s, up, _ = follow(block)
    return angle_of(up) - drawn.angle_at(time_s)


@given(direction=directions, gyroscope=st.booleans(), rate_hz=st.sampled_from([25.0, 52.0, 100.0, 200.0]))
@settings(max_examples=40)
def test_still_in_any_pose(direction: tuple[float, float, float], gyroscope: bool, rate_hz: float) -> None:
    up = np.array(direction) / np.linalg.norm(direction)
    time_s = np.arange(round(4 * rate_hz)) / rate_hz
    acc = np.tile(9.81 * up, (len(time_s), 1))
    _, found, ups = follow(RawBlock(time_s, acc, np.zeros_like(acc) if gyroscope else None))
    assert found == pytest.approx(np.tile(up, (len(found), 1)), abs=5e-3)
    assert np.concatenate([each.vertical for each in ups]) == pytest.approx(9.81, abs=0.01)
    assert ups[0].broken


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("to_deg", [-90.0, -30.0, 15.0, 60.0, 90.0, 120.0])
def test_a_turn_of_known_angle(to_deg: float, gyroscope: bool) -> None:
    drawn = drawing().wait(3.0).to(to_deg, 1.5).wait(3.0).to(0.0, 1.5).wait(3.0)
    off = np.abs(error_deg(drawn, drawn.record(gyroscope=gyroscope)))
    # a mean of acc stands half a grid step before the orientation: while it turns that is 1 to 3 degrees
    assert off[-round(1.5 * GRID_HZ) :].max() < 0.8
    settled = off[round(6.5 * GRID_HZ) : round(7.3 * GRID_HZ)]
    assert settled.max() < (1.0 if gyroscope else 0.3)


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0, 400.0])
def test_with_a_gyroscope_the_angle_is_right_while_it_turns(rate_hz: float) -> None:
    """Through a quick kick of a sensor on a lever; the delay is taken off the time."""
    drawn = drawing().wait(3.0)
    for _ in range(4):
        drawn.kick(70.0, 0.8, 1.0, 0.8, rest_s=1.0)
    drawn.wait(2.0)
    off = error_deg(drawn, drawn.record(rate_hz))
    assert float(np.sqrt(np.mean(off**2))) < 1.2
    assert float(np.abs(off).max()) < 4.5  # the low-pass rounds the corners of a 0.8 s lift


def test_in_every_mounting_the_same() -> None:
    drawn = drawing().wait(2.0).kick().wait(1.0)
    plain = error_deg(drawn, drawn.record(noise=0.0))
    for number, axes in enumerate(orientations()):
        worn = tilted(axes, 25.0, np.array([1.0, 0.2 * number, -0.5]))
        time_s, up, _ = follow(drawn.record(axes=worn, noise=0.0))
        off = angle_of(up @ worn.T) - drawn.angle_at(time_s)
        assert off == pytest.approx(plain, abs=0.3), f"mounting {number}"


@pytest.mark.parametrize("bias_deg_s", [0.3, 1.0, 3.0])
def test_the_bias_of_the_gyroscope_is_learned(bias_deg_s: float) -> None:
    drawn = drawing().wait(10.0)
    for _ in range(5):
        drawn.kick()
    drawn.wait(3.0)
    bias = (bias_deg_s, -bias_deg_s, bias_deg_s)
    off = error_deg(drawn, drawn.record(bias_deg_s=bias))
    assert np.abs(off[round(8 * GRID_HZ) :]).max() < 2.5
    assert np.abs(off[-100:]).max() < 1.0


@pytest.mark.parametrize(
    ("gap_s", "gyroscope"), [(gap_s, gyroscope) for gyroscope in (False, True) for gap_s in (0.35, 0.5, 0.9, 2.0, 20.0)]
)
def test_after_a_gap(gap_s: float, gyroscope: bool) -> None:
    """The thigh was turned meanwhile; soon after the gap the angle is right again, and it is told where it broke."""
    drawn = drawing().wait(6.0).to(min(50.0, 40.0 * gap_s), gap_s).wait(4.0)
    block = without(drawn.record(gyroscope=gyroscope), 6.0, 6.0 + gap_s)
    time_s, up, ups = follow(block)
    off = np.abs(angle_of(up) - drawn.angle_at(time_s))
    assert off[time_s < 5.7].max() < 0.5
    assert off[time_s > 6.0 + gap_s + 1.0].max() < 2.0
    assert [each.broken for each in ups].count(True) == (2 if gap_s > 1.0 else 1)


@pytest.mark.parametrize("gyroscope", [True, False])
def test_the_bias_survives_a_gap(gyroscope: bool) -> None:
    drawn = drawing().wait(20.0).wait(5.0).kick().wait(2.0)
    block = without(drawn.record(gyroscope=gyroscope, bias_deg_s=(2.0, 2.0, -2.0)), 20.0, 24.0)
    time_s, up, _ = follow(block)
    off = np.abs(angle_of(up) - drawn.angle_at(time_s))
    assert off[(time_s > 24.5) & (time_s < 25.0)].max() < 0.7


@pytest.mark.parametrize("gyroscope", [True, False])
def test_tremor_and_shocks_hardly_move_it(gyroscope: bool) -> None:
    drawn = drawing(20.0).wait(8.0).tremble(9.0, 0.05, 2.0, 6.0)
    block = drawn.record(gyroscope=gyroscope)
    after_s = np.maximum(block.time_s - 7.0, 0.0)
    swing = 2 * np.pi * 18.0 * after_s
    # the thigh is at rest before and after: the ringing's velocity is a damped sine, its acceleration the derivative
    ringing = 15.0 * np.exp(-after_s / 0.04) * (np.cos(swing) - np.sin(swing) / (2 * np.pi * 18.0 * 0.04))
    acc = block.acc + (ringing * (after_s > 0.0))[:, None] * np.array([1.0, 0.5, 0.2])
    time_s, up, _ = follow(RawBlock(block.time_s, acc, block.gyr))
    assert np.abs(angle_of(up) - 20.0)[time_s < 6.8].max() < 1.0
    assert np.abs(angle_of(up) - 20.0)[time_s > 6.8].max() < 3.0
