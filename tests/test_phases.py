"""Phases by the 10 % rule on drawn angles: pulse, sag, no hold, a pause on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensortrack.signal.phases import Phases, cut_phases, rows_to_go
from sensortrack.signal.timeline import GRID_HZ
from tests.signals import EDGE, Drawing, drawing

TOLERANCE_S = 0.008  # a fifth of a grid step: the crossing is read off between two of them
_BEFORE_S = 0.5


def cut(drawn: Drawing) -> Phases:
    time_s = np.arange(round(drawn.now_s * GRID_HZ) + 1) / GRID_HZ
    return cut_phases(drawn.angle_at(time_s), round(0.5 * GRID_HZ))


def bounds_s(phases: Phases) -> list[float]:
    return [row / GRID_HZ for row in (phases.start, phases.top_start, phases.top_end, phases.end)]


def drawn_bounds_s(drawn: Drawing) -> list[float]:
    kick = drawn.kicks[0]
    return [kick.start_s, kick.top_start_s, kick.top_end_s, kick.end_s]


@given(
    rom_deg=st.floats(5, 95),
    lift_s=st.floats(0.5, 3.0),
    hold_s=st.floats(0.6, 5.0),
    lower_s=st.floats(0.5, 3.0),
)
def test_lift_hold_lower(rom_deg: float, lift_s: float, hold_s: float, lower_s: float) -> None:
    drawn = drawing().wait(_BEFORE_S).kick(rom_deg, lift_s, hold_s, lower_s, rest_s=0.2)
    phases = cut(drawn)
    assert bounds_s(phases) == pytest.approx(drawn_bounds_s(drawn), abs=TOLERANCE_S)
    assert phases.rest_deg == pytest.approx(0.0, abs=0.1)
    assert phases.top_deg == pytest.approx(rom_deg, rel=0.01)


def test_rest_angle_is_that_before_the_lift() -> None:
    drawn = drawing(-7.0).wait(_BEFORE_S).kick(40.0, rest_s=0.3)
    phases = cut(drawn)
    assert phases.rest_deg == pytest.approx(-7.0, abs=0.1)
    assert phases.top_deg - phases.rest_deg == pytest.approx(40.0, abs=0.2)


@pytest.mark.parametrize("pulse_deg", [-10.0, -6.0, 4.0, 10.0])
def test_a_pulse_at_the_top_is_inside_the_hold(pulse_deg: float) -> None:
    drawn = drawing().wait(_BEFORE_S).kick(60.0, hold_s=3.0, rest_s=0.2)
    meant = drawn_bounds_s(drawn)
    middle_s = (meant[1] + meant[2]) / 2
    drawn.drift(pulse_deg, middle_s - 0.4, 0.4).drift(-pulse_deg, middle_s, 0.4)
    phases = cut(drawn)
    assert bounds_s(phases) == pytest.approx(meant, abs=TOLERANCE_S)
    assert phases.top_deg == pytest.approx(60.0, abs=0.5)


@pytest.mark.parametrize("sag_deg", [2.0, 5.0])
def test_a_slow_sag_is_inside_the_hold(sag_deg: float) -> None:
    """The lowering takes the sag back, as the thigh comes to rest where it began."""
    drawn = drawing().wait(_BEFORE_S).kick(60.0, hold_s=4.0, rest_s=0.2)
    meant = drawn_bounds_s(drawn)
    lower_s = (meant[3] - meant[2]) / (1.0 - 2.0 * EDGE)
    drawn.drift(-sag_deg, meant[1], meant[2] - meant[1]).drift(sag_deg, meant[2] - EDGE * lower_s, lower_s)
    assert bounds_s(cut(drawn)) == pytest.approx(meant, abs=0.03)


def test_without_a_hold_the_turning_point_is_both() -> None:
    """A bell without a plateau: the rate crosses 10 % on both sides of the turning point, a moment apart."""
    drawn = drawing().wait(_BEFORE_S).to(50.0, 0.8).to(0.0, 0.8).wait(0.2)
    phases = cut(drawn)
    turning_s = _BEFORE_S + 0.8
    assert phases.top_start <= phases.top_end
    assert phases.top_start / GRID_HZ == pytest.approx(turning_s - EDGE * 0.8, abs=2 * TOLERANCE_S)
    assert phases.top_end / GRID_HZ == pytest.approx(turning_s + EDGE * 0.8, abs=2 * TOLERANCE_S)
    assert phases.top_deg == pytest.approx(50.0, abs=0.5)


def test_a_sharp_turn() -> None:
    """A triangle: there is no moment slower than 10 %."""
    drawn = np.concatenate((np.zeros(20), np.linspace(0, 40, 40), np.linspace(40, 0, 40)[1:], np.zeros(20)))
    phases = cut_phases(drawn, 25)
    assert phases.top_start == pytest.approx(59, abs=1.0)
    assert phases.top_end == pytest.approx(59, abs=1.0)
    assert phases.start < phases.top_start <= phases.top_end < phases.end


@pytest.mark.parametrize("share", [0.35, 0.5, 0.65])
@pytest.mark.parametrize("pause_s", [0.2, 0.5, 1.0])
def test_a_pause_on_the_way_up_is_part_of_the_lift(share: float, pause_s: float) -> None:
    drawn = drawing().wait(_BEFORE_S).to(60.0 * share, 0.8).wait(pause_s).to(60.0, 0.8).wait(1.5).to(0.0, 1.2).wait(0.2)
    start_s, top_start_s, top_end_s, _ = bounds_s(cut(drawn))
    begin_s = _BEFORE_S
    top_s = begin_s + 1.6 + pause_s
    assert start_s == pytest.approx(begin_s + EDGE * 0.8, abs=0.03)
    assert top_start_s == pytest.approx(top_s - EDGE * 0.8, abs=0.03)
    assert top_end_s == pytest.approx(top_s + 1.5 + EDGE * 1.2, abs=TOLERANCE_S)


@pytest.mark.parametrize("share", [0.35, 0.5, 0.65])
def test_a_pause_on_the_way_down_is_part_of_the_lowering(share: float) -> None:
    drawn = drawing().wait(_BEFORE_S).to(60.0, 1.0).wait(1.5).to(60.0 * share, 0.8).wait(0.4).to(0.0, 0.8).wait(0.2)
    _, top_start_s, top_end_s, end_s = bounds_s(cut(drawn))
    assert top_start_s == pytest.approx(_BEFORE_S + 1.0 - EDGE, abs=TOLERANCE_S)
    assert top_end_s == pytest.approx(_BEFORE_S + 2.5 + EDGE * 0.8, abs=0.03)
    assert end_s == pytest.approx(_BEFORE_S + 4.5 - EDGE * 0.8, abs=0.03)


@pytest.mark.parametrize("lower_s", [0.6, 1.2, 3.0])
@pytest.mark.parametrize("share", [0.12, 0.2, 0.3, 0.5])
def test_the_end_of_a_lowering_is_reckoned_from_its_beginning(lower_s: float, share: float) -> None:
    t = np.arange(0.0, lower_s, 1.0 / GRID_HZ) / lower_s
    speed = (t * (1.0 - t)) ** 2
    known = int(np.flatnonzero(speed >= share * speed.max())[-1]) + 1
    end = (1.0 - EDGE) * lower_s * GRID_HZ
    assert known + rows_to_go(speed[: known + 1]) == pytest.approx(end, abs=1.0)


def test_what_is_over_or_does_not_slow_down_has_no_rows_to_go() -> None:
    assert rows_to_go(np.array([0.1, 1.0, 0.4, 0.05])) == 0.0
    assert rows_to_go(np.array([0.1, 0.5, 1.0])) == 0.0
    assert rows_to_go(np.zeros(3)) == 0.0


@example([0.0, 0.0, 3.0, 86.0, 0.0])
@given(st.lists(st.floats(-90, 90), min_size=5, max_size=60))
def test_any_angle_gives_phases_in_their_order(angles: list[float]) -> None:
    angle = np.concatenate(([0.0] * 5, angles, [60.0], [0.0] * 5))
    phases = cut_phases(angle, 25)
    rows = [phases.start, phases.top_start, phases.top_end, phases.end]
    assert np.isfinite(rows).all()
    assert rows == sorted(rows)
    assert rows[0] >= 0
    assert rows[-1] <= len(angle) - 1
