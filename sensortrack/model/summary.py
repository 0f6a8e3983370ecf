"""The fold of the event log: the object that `replay --format json` prints, and its contract.

Times are rounded to ms and durations are the differences of the rounded times, so that a reader's sums come out.
`decided_s` is rounded up: a recording cut there still holds the sample that decided.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, TypedDict

from sensortrack.model.events import Event, Gap, Hold, Movement, ThomasAngle, Verdict

SCHEMA = "sensortrack.summary/1"

TAKEN_BACK = "taken-back"
"""Reason of what a person does not count."""


class RepetitionRow(TypedDict):
    """One movement: a repetition of a set, or a rejected one."""

    start_s: float
    end_s: float
    top_start_s: float
    top_end_s: float
    lift_s: float
    hold_s: float
    lower_s: float
    rom_deg: float
    decided_s: float
    verdict: str
    reasons: list[str]
    form: list[str]


class HoldRow(TypedDict):
    """One held stretch."""

    start_s: float
    end_s: float
    duration_s: float
    angle_deg: float
    decided_s: float
    in_target: bool


class SetRow(TypedDict):
    """One set with its repetitions."""

    start_s: float
    end_s: float
    reps: list[RepetitionRow]


class ThomasRow(TypedDict):
    """The median of the trials."""

    thigh_angle_deg: float
    spread_deg: float


class TrialRow(TypedDict):
    """One settled trial of the Thomas test."""

    start_s: float
    end_s: float
    thigh_angle_deg: float
    spread_deg: float
    decided_s: float


class GapRow(TypedDict):
    """Missing samples."""

    start_s: float
    end_s: float


class Analysis(TypedDict):
    """What made these numbers."""

    version: str
    parameters: dict[str, float]


class Summary(TypedDict):
    """The whole."""

    schema: str
    source: str
    exercise: str
    side: str | None
    started_at: str | None
    duration_s: float
    rate_hz: float
    sets: list[SetRow]
    holds: list[HoldRow]
    rejected: list[RepetitionRow]
    thomas: ThomasRow | None
    gaps: list[GapRow]
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Quality:
    """What the timeline saw: duration, true rate, rows left out."""

    samples: int
    duration_s: float
    rate_hz: float
    repeated: int
    late: int


class EventLog:
    """What is known so far: the last event of every kind and id."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._latest: dict[tuple[type, int], Event] = {}
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Take an event; it replaces an earlier one of its kind and id."""
        self._latest[type(event), event.id] = event

    @property
    def movements(self) -> list[Movement]:
        """Movements by start."""
        return sorted((e for e in self._latest.values() if isinstance(e, Movement) and not e.cancelled), key=_start)

    @property
    def holds(self) -> list[Hold]:
        """Holds that count, by start."""
        return [each for each in self._holds if not each.taken_back]

    @property
    def gaps(self) -> list[Gap]:
        """Gaps by start."""
        return sorted((e for e in self._latest.values() if isinstance(e, Gap)), key=_start)

    @property
    def trials(self) -> list[ThomasAngle]:
        """Trials of the Thomas test that count, by start."""
        return [each for each in self._trials if not each.taken_back]

    @property
    def taken_back(self) -> list[Hold | ThomasAngle]:
        """Holds and trials that a person does not count, by start."""
        found: list[Hold | ThomasAngle] = [*self._holds, *self._trials]
        return sorted((each for each in found if each.taken_back), key=_start)

    @property
    def sets(self) -> list[list[Movement]]:
        """Repetitions of each set."""
        sets: dict[int, list[Movement]] = {}
        for movement in self.movements:
            if movement.verdict.counts and movement.set_id is not None:
                sets.setdefault(movement.set_id, []).append(movement)
        return list(sets.values())

    @property
    def _holds(self) -> list[Hold]:
        return sorted((e for e in self._latest.values() if isinstance(e, Hold) and not e.cancelled), key=_start)

    @property
    def _trials(self) -> list[ThomasAngle]:
        found = (e for e in self._latest.values() if isinstance(e, ThomasAngle) and not e.cancelled)
        return sorted(found, key=_start)


def summarize(
    log: EventLog,
    *,
    source: str,
    exercise: str,
    duration_s: float,
    rate_hz: float,
    version: str,
    parameters: Mapping[str, float],
    side: str | None = None,
    started_at: str | None = None,
) -> Summary:
    """Fold an event log into the contract of `replay`.

    Parameters
    ----------
    source
        Name of the file or session, without its folder.
    duration_s, rate_hz
        What the timeline saw.
    version, parameters
        What made the numbers.
    """
    return {
        "schema": SCHEMA,
        "source": source,
        "exercise": exercise,
        "side": side,
        "started_at": started_at,
        "duration_s": _time(duration_s),
        "rate_hz": round(rate_hz, 2),
        "sets": [_set_row(repetitions) for repetitions in log.sets],
        "holds": [hold_row(hold) for hold in log.holds],
        "rejected": [movement_row(m) for m in log.movements if not m.verdict.counts],
        "thomas": thomas_row(log.trials),
        "gaps": [{"start_s": _time(gap.start_s), "end_s": _time(gap.end_s)} for gap in log.gaps],
        "analysis": {"version": version, "parameters": dict(parameters)},
    }


def rows(summary: Summary) -> list[dict[str, Any]]:
    """Flatten to one row per repetition, hold, rejected movement or Thomas angle, with its kind and set (from 1)."""
    sets = enumerate(summary["sets"], start=1)
    thomas = [summary["thomas"]] if summary["thomas"] else []
    return [
        *({"kind": "repetition", "set": number, **row} for number, one in sets for row in one["reps"]),
        *({"kind": "hold", "set": None, **row} for row in summary["holds"]),
        *({"kind": "rejected", "set": None, **row} for row in summary["rejected"]),
        *({"kind": "thomas", "set": None, **row} for row in thomas),
    ]


def rows_besides(log: EventLog) -> list[dict[str, Any]]:
    """Give the rows that the contract has no place for: each trial, and the holds and trials that a person rejected."""
    by_hand = {"kind": "rejected", "set": None, "verdict": Verdict.REJECTED.value, "reasons": [TAKEN_BACK], "form": []}
    return [
        *({"kind": "trial", "set": None, **trial_row(trial)} for trial in log.trials),
        *({**by_hand, **row} for row in taken_back_rows(log)),
    ]


def taken_back_rows(log: EventLog) -> list[HoldRow | TrialRow]:
    """Write what a person does not count, as it would stand if it did."""
    return [hold_row(each) if isinstance(each, Hold) else trial_row(each) for each in log.taken_back]


def _set_row(repetitions: list[Movement]) -> SetRow:
    reps = [movement_row(repetition) for repetition in repetitions]
    return {"start_s": reps[0]["start_s"], "end_s": reps[-1]["end_s"], "reps": reps}


def movement_row(movement: Movement) -> RepetitionRow:
    """Write a movement in seconds and degrees."""
    start_s, top_start_s, top_end_s, end_s = map(
        _time, (movement.start_s, movement.top_start_s, movement.top_end_s, movement.end_s)
    )
    return {
        "start_s": start_s,
        "end_s": end_s,
        "top_start_s": top_start_s,
        "top_end_s": top_end_s,
        "lift_s": _time(top_start_s - start_s),
        "hold_s": _time(top_end_s - top_start_s),
        "lower_s": _time(end_s - top_end_s),
        "rom_deg": _angle(movement.rom_deg),
        "decided_s": _time_up(movement.decided_s),
        "verdict": movement.verdict.value,
        "reasons": list(movement.reasons),
        "form": list(movement.form),
    }


def hold_row(hold: Hold) -> HoldRow:
    """Write a hold in seconds and degrees."""
    start_s, end_s = _time(hold.start_s), _time(hold.end_s)
    return {
        "start_s": start_s,
        "end_s": end_s,
        "duration_s": _time(end_s - start_s),
        "angle_deg": _angle(hold.angle_deg),
        "decided_s": _time_up(hold.decided_s),
        "in_target": hold.in_target,
    }


def trial_row(trial: ThomasAngle) -> TrialRow:
    """Write a trial in seconds and degrees."""
    return {
        "start_s": _time(trial.start_s),
        "end_s": _time(trial.end_s),
        "thigh_angle_deg": _angle(trial.thigh_angle_deg),
        "spread_deg": _angle(trial.spread_deg),
        "decided_s": _time_up(trial.decided_s),
    }


def thomas_row(trials: list[ThomasAngle]) -> ThomasRow | None:
    """Write the median of the trials in degrees; None of none."""
    if not trials:
        return None
    return {
        "thigh_angle_deg": _angle(median(trial.thigh_angle_deg for trial in trials)),
        "spread_deg": _angle(median(trial.spread_deg for trial in trials)),
    }


def _start(event: Movement | Hold | Gap | ThomasAngle) -> float:
    return event.start_s


def _time(time_s: float) -> float:
    return round(time_s, 3)


def _time_up(time_s: float) -> float:
    """Round up to ms; a time that is a whole ms but for the last bits of a float stays."""
    return math.ceil(round(time_s * 1000, 6)) / 1000


def _angle(angle_deg: float) -> float:
    return round(angle_deg, 2) + 0.0  # no "-0.0"
