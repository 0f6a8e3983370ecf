"""The angle in one line of text, with marks below it."""

from __future__ import annotations

import numpy as np

from sensortrack.model.events import AngleTrace, Verdict
from sensortrack.model.summary import EventLog

_LEVELS = "▁▂▃▄▅▆▇█"
_LEAST_SPAN_DEG = 10.0  # a still leg is a flat line, not its noise blown up
MARKS = {"▲": "repetition", "△": "doubtful", "×": "not counted", "━": "hold", "┄": "gap"}


def sparkline(trace: AngleTrace, duration_s: float, width: int) -> str:
    """Draw the angle: in each column the one farthest from the middle; blank where it is not known."""
    column = np.clip((trace.time_s / max(duration_s, 1e-9) * width).astype(int), 0, width - 1)
    is_known = np.isfinite(trace.angle_deg)
    if not is_known.any():
        return " " * width
    column, angle_deg = column[is_known], trace.angle_deg[is_known]
    low, middle = float(angle_deg.min()), float(np.median(angle_deg))
    span = max(_LEAST_SPAN_DEG, float(angle_deg.max()) - low)
    line = [" "] * width
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    for part, place in zip(np.split(angle_deg, starts[1:]), column[starts], strict=True):
        extreme = part[np.abs(part - middle).argmax()]
        line[place] = _LEVELS[min(len(_LEVELS) - 1, int((extreme - low) / span * len(_LEVELS)))]
    return "".join(line)


def marks(log: EventLog, duration_s: float, width: int) -> str:
    """Mark what was found below the line; see `MARKS`."""
    line = [" "] * width

    def place(time_s: float) -> int:
        return min(width - 1, max(0, int(time_s / max(duration_s, 1e-9) * width)))

    for hold in log.holds:
        line[place(hold.start_s) : place(hold.end_s) + 1] = "━" * (place(hold.end_s) - place(hold.start_s) + 1)
    for gap in log.gaps:
        line[place(gap.start_s)] = "┄"
    for movement in sorted(log.movements, key=lambda one: one.verdict.counts):
        sign = {Verdict.COUNTED: "▲", Verdict.DOUBTFUL: "△"}.get(movement.verdict, "×")
        line[place((movement.top_start_s + movement.top_end_s) / 2)] = sign
    return "".join(line)
