"""What really happened, in the shape of the summary that a replay prints (design section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .body import to_thigh
from .motion import Channel, FloatArray, Move, movement_edges

SET_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class PlannedReturn:
    """A movement out, a stay and a movement back: a repetition or a stretch hold.

    Parameters
    ----------
    out, back
        The planned moves of the angle.
    block
        Number of the stay in the position; leaving the position begins a new one.
    channel
        The channel that the exercise moves.
    notes
        Further facts for the truth, such as `low`.
    signed
        The range of motion is the change of the channel; else the unsigned rotation of gravity, seen from the
        thigh, away from the rest pose (design section 5, `repetitions`).
    """

    out: list[Move]
    back: list[Move]
    block: int
    channel: Channel = Channel.ANGLE
    notes: dict[str, Any] = field(default_factory=dict)
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Trial:
    """One settled pose of a Thomas test, script time."""

    start_s: float
    end_s: float


def _level(lines: FloatArray, step_s: float, channel: Channel, start_s: float, end_s: float) -> float:
    """Median of the planned angle with its sag over an interval of script time [deg]."""
    first = round(start_s / step_s)
    part = lines[first : max(first + 1, round(end_s / step_s))]
    sag = part[:, Channel.SAG] if channel is Channel.ANGLE else 0.0
    return float(np.median(part[:, channel] + sag))


def _gravity(lines: FloatArray, step_s: float, start_s: float, end_s: float) -> FloatArray:
    """Upward unit vector (3,) in the thigh frame at the median pose of an interval."""
    channels = (Channel.ANGLE, Channel.ABDUCTION, Channel.ROTATION)
    pose = [[_level(lines, step_s, channel, start_s, end_s) for channel in channels]]
    return np.asarray(to_thigh(np.array(pose), np.array([0.0, 1.0, 0.0]))[0])


def _rotated_deg(before: FloatArray, after: FloatArray) -> float:
    """Unsigned angle between two unit vectors [deg]."""
    return float(np.degrees(np.arccos(np.clip(np.dot(before, after), -1.0, 1.0))))


def repetition(plan: PlannedReturn, lines: FloatArray, step_s: float) -> dict[str, Any]:
    """One repetition in script time, phases by the 10 % rule."""
    start_s, top_start_s = movement_edges(plan.out)
    top_end_s, end_s = movement_edges(plan.back)
    leave_s = min(move.start_s for move in plan.out)
    rest = _level(lines, step_s, plan.channel, leave_s - step_s, leave_s)
    rom_deg = _level(lines, step_s, plan.channel, top_start_s, top_end_s) - rest
    if not plan.signed:
        before = _gravity(lines, step_s, leave_s - step_s, leave_s)
        rom_deg = _rotated_deg(before, _gravity(lines, step_s, top_start_s, top_end_s))
    return {
        "start_s": start_s,
        "top_start_s": top_start_s,
        "top_end_s": top_end_s,
        "end_s": end_s,
        "lift_s": top_start_s - start_s,
        "hold_s": top_end_s - top_start_s,
        "lower_s": end_s - top_end_s,
        "rom_deg": rom_deg,
        "rest_deg": rest,
        **plan.notes,
    }


def hold(plan: PlannedReturn, lines: FloatArray, step_s: float) -> dict[str, Any]:
    """One stretch hold in script time: from the end of the lead-in to the start of the release."""
    rep = repetition(plan, lines, step_s)
    start_s, end_s = rep["top_start_s"], rep["top_end_s"]
    angle_deg = _level(lines, step_s, plan.channel, start_s, end_s)
    return {
        "start_s": start_s,
        "end_s": end_s,
        "duration_s": end_s - start_s,
        "angle_deg": angle_deg,
        "lead_in_start_s": rep["start_s"],
        "release_end_s": rep["end_s"],
    }


def thomas(
    trials: list[Trial], lines: FloatArray, step_s: float, stood_s: tuple[float, float]
) -> dict[str, Any] | None:
    """Thigh against the horizontal, positive above it, referred to the pose of standing still [deg]."""
    if not trials:
        return None
    upright = _level(lines, step_s, Channel.ANGLE, *stood_s)
    angles = [-90.0 - (_level(lines, step_s, Channel.ANGLE, trial.start_s, trial.end_s) - upright) for trial in trials]
    rows = [{"start_s": t.start_s, "end_s": t.end_s, "thigh_angle_deg": a} for t, a in zip(trials, angles, strict=True)]
    return {"thigh_angle_deg": float(np.median(angles)), "trials": rows}


def into_sets(reps: list[dict[str, Any]], set_pause_s: float) -> list[dict[str, Any]]:
    """Group repetitions: a long pause or another block of the script begins a new set."""
    sets: list[dict[str, Any]] = []
    for rep in reps:
        last = sets[-1]["reps"][-1] if sets else None
        if last and rep["block"] == last["block"] and rep["start_s"] - last["end_s"] <= set_pause_s:
            sets[-1]["reps"].append(rep)
        else:
            sets.append({"start_s": rep["start_s"], "end_s": rep["end_s"], "reps": [rep]})
        sets[-1]["end_s"] = rep["end_s"]
    return sets


def shifted(rows: list[dict[str, Any]], by_s: float) -> list[dict[str, Any]]:
    """The same rows with every time moved by `by_s` (lengths stay)."""
    times = ("start_s", "end_s", "top_start_s", "top_end_s", "lead_in_start_s", "release_end_s")
    return [{key: value + by_s if key in times else value for key, value in row.items()} for row in rows]
