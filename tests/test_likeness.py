"""Is a trip like its neighbours? Edges that no drawn movement reaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sensortrack.signal import marks
from sensortrack.signal.judging import Judged, judge
from sensortrack.signal.likeness import is_uneven
from sensortrack.signal.sagittal import Sagittal
from sensortrack.signal.sets import Sets
from sensortrack.signal.trip import Trip
from sensortrack.signal.usual import usual_of


def judged(lift_s: float, hold_s: float, lower_s: float, start_s: float = 0.0) -> Judged:
    """A trip of 30 degrees without a gyroscope."""
    top_s, lower_begin_s = start_s + lift_s, start_s + lift_s + hold_s
    trip = Trip(
        start_s=start_s,
        top_start_s=top_s,
        top_end_s=lower_begin_s,
        end_s=lower_begin_s + lower_s,
        decided_s=lower_begin_s + lower_s + 0.2,
        rom_deg=30.0,
        rest=np.array([0.0, 1.0, 0.0]),
        top=np.array([0.5, 0.866, 0.0]),
        with_gyroscope=False,
        start_smear_s=0.13,
        top_smear_s=0.13,
        end_smear_s=0.13,
        passed=False,
        inside_deg=0.0,
        risen_m=0.0,
        top_risen_m=0.05,
    )
    return judge(0, trip, Sagittal(), [])


def test_a_phase_that_takes_no_time_is_compared_all_the_same() -> None:
    """A lowering that fell between two samples, or into a gap; among others, or of all of them."""
    measure = (30.0, 3.5, 1.5, 1.0, 1.0)
    usual = usual_of([measure] * 5)
    assert is_uneven(judged(1.0, 0.6, 0.0), usual)
    assert not is_uneven(judged(1.0, 1.5, 1.0), usual)
    nothing = usual_of([(30.0, 2.5, 1.5, 1.0, 0.0)] * 5)
    assert is_uneven(judged(1.0, 3.0, 1.5), nothing)


@pytest.mark.parametrize(("starts_s", "odd"), [([2.0], ()), ([2.0, 6.0], ("position",)), ([2.0, 9.0], ())])
def test_a_trip_around_two_repetitions_is_none(starts_s: list[float], odd: tuple[str, ...]) -> None:
    """Up from the heels, two kicks without settling, and beyond; one may be a pulse at the top."""
    sets = Sets(5.0, signed=True)
    for start_s in starts_s:
        inside = judged(1.0, 1.0, 1.0, start_s)
        inside.candidate, inside.event = True, replace(inside.event, set_id=0)
        sets.place(inside)
    around = judged(1.0, 8.0, 1.0, 1.0)
    marks.mark_around(sets, around)
    assert around.odd == odd


@pytest.mark.parametrize(("risen_m", "sinks"), [(-0.4, True), (0.4, True), (-0.1, False)])
def test_kneeling_down_and_standing_up_end_at_another_height(risen_m: float, sinks: bool) -> None:
    trip = judged(1.1, 0.2, 0.9).trip._replace(risen_m=risen_m, rom_deg=70.0)
    assert judge(0, trip, Sagittal(), []).sinks is sinks
