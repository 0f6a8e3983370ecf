"""Drawn walking is seen, and its middle; what is none is not."""

from __future__ import annotations

import numpy as np
import pytest

from sensortrack.model.samples import FloatArray
from sensortrack.signal.gravity import Gravity
from sensortrack.signal.poses import PoseHistory
from sensortrack.signal.timeline import GridBlock, Timeline
from sensortrack.signal.vectors import angle_deg
from sensortrack.signal.walk import walks
from tests.signals import Drawing, drawing


def middles(drawn: Drawing) -> list[FloatArray]:
    timeline, gravity, history = Timeline(), Gravity(), PoseHistory()
    found = []
    for part in timeline.process(drawn.record(50.0)):
        assert isinstance(part, GridBlock)
        for up in gravity.process(part):
            poses = history.process(up)
            found.extend(middle for _, middle in walks(poses, poses.fresh, len(poses.up)))
    return found


def swinging(hz: float, degrees: float, seconds: float, about_deg: float = 0.0) -> Drawing:
    drawn = drawing(about_deg).wait(4.0)
    return drawn.tremble(hz, degrees, drawn.now_s, drawn.now_s + seconds).wait(seconds + 3.0)


@pytest.mark.parametrize("hz", [0.75, 0.95, 1.1])
@pytest.mark.parametrize("about_deg", [-5.0, 0.0, 40.0])
def test_the_middle_of_a_walk(about_deg: float, hz: float) -> None:
    found = middles(swinging(hz, 15.0, 8.0, about_deg))
    angle = np.radians(about_deg)
    assert 3 <= len(found) <= 7
    apart_deg = [angle_deg(each, np.array([-np.sin(angle), np.cos(angle), 0.0])) for each in found]
    assert max(apart_deg) < 9.0


@pytest.mark.parametrize(
    ("hz", "degrees", "seconds"),
    [(0.95, 15.0, 2.0), (0.4, 15.0, 12.0), (0.95, 3.0, 12.0), (0.95, 75.0, 8.0), (6.0, 6.0, 10.0)],
    ids=["three steps", "rocking", "swaying", "a pendulum", "tremor"],
)
def test_what_is_no_walk(hz: float, degrees: float, seconds: float) -> None:
    assert not middles(swinging(hz, degrees, seconds))


def test_movements_are_no_walk() -> None:
    drawn = drawing().wait(3.0).to(-70.0, 1.2).to(3.0, 1.2).to(25.0, 2.0).to(0.0, 1.0).to(20.0, 0.8).to(0.0, 2.0)
    assert not middles(drawn.wait(5.0))
