"""Which of two poses is the one of rest: what follows a trip that is like none of the next ones."""

from __future__ import annotations

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.gravity import Gravity
from sensortrack.signal.poses import PoseHistory, Poses
from sensortrack.signal.timeline import GridBlock, Timeline
from sensortrack.signal.trip import Trip
from sensortrack.signal.upside import Upside
from tests.signals import drawing
from tests.test_likeness import judged


def still() -> Poses:
    """Nothing is asked of them here."""
    timeline, gravity, history = Timeline(), Gravity(), PoseHistory()
    grids = (part for part in timeline.process(drawing().wait(4.0).record(50.0)) if isinstance(part, GridBlock))
    *_, poses = (history.process(up) for grid in grids for up in gravity.process(grid))
    return poses


def at(angle_deg: float) -> FloatArray:
    return np.array([np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg)), 0.0])


def trip(start_s: float, rest_deg: float, top_deg: float, risen_m: float) -> Trip:
    """Of five seconds, held for two, with a gyroscope."""
    return judged(1.5, 2.0, 1.5, start_s).trip._replace(
        rom_deg=abs(top_deg - rest_deg),
        rest=at(rest_deg),
        top=at(top_deg),
        with_gyroscope=True,
        top_risen_m=risen_m,
        rested_s=1.0,
    )


def test_two_trips_that_lead_down_were_seen_from_their_top() -> None:
    """The first one closed an older pose; or something else did, which is like neither."""
    poses = still()
    for other in (False, True):
        upside = Upside(6.0)
        if other:
            assert upside.close(poses, trip(0.0, -40.0, 55.0, 0.4), None, older=True) is None
        assert upside.close(poses, trip(6.0, 55.0, 0.0, -0.1), None, older=not other) is None
        restart = upside.close(poses, trip(12.0, 55.0, 0.0, -0.1), None, older=False)
        assert restart is not None
        assert restart.since_s == 6.0
        assert np.array_equal(restart.rest, at(0.0))
