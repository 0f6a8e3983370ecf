"""What our own exports tell of a session, read back; nothing in the file is believed without a look."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.events import Event, Gap, Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.exercises import SETS, Exercise, load_exercise

_LONGEST = 10_000  # letters of a note
_MOST_S = 1e9
_TIMES = ("start_s", "top_start_s", "top_end_s", "end_s")
_KINDS = ("accept", "reject", "add", "set")
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # what steers a terminal; what no UTF-8 can hold


@dataclass(frozen=True, slots=True)
class Known:
    """A session as an export tells it: names are those of the store."""

    uid: str = ""
    exercise: str = ""
    started_at: datetime | None = None
    zone: str | None = None
    person: str | None = None
    side: str | None = None
    placement: str | None = None
    note: str = ""
    sensor: str = ""
    pain_before: int | None = None
    pain_after: int | None = None
    effort: int | None = None
    duration_s: float = 0.0
    rate_hz: float = 0.0
    goals: dict[str, float] = field(default_factory=dict)
    corrections: list[dict[str, Any]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def judged_as(self) -> Exercise | None:
        """Give the exercise with the goals that it was judged by; None where none is named.

        Raises
        ------
        ExerciseError
            It is not known here.
        """
        if not self.exercise:
            return None
        exercise = load_exercise(self.exercise)
        shipped = exercise.values()
        return exercise.prescribed(
            **{name: goal for name, goal in self.goals.items() if shipped.get(name, goal) != goal}
        )


def known(document: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Known:
    """Read a session's summary with what is known of it, and its rows as `model.summary.rows` gives them.

    Raises
    ------
    RecordingError
        Something in it cannot be.
    """
    try:
        about = document.get("session")
        told: dict[str, Any] = {**document, **(about if isinstance(about, Mapping) else {})}
        events = [_event(number, row) for number, row in enumerate(rows) if row["kind"] != "thomas"]
        events += [Gap(i, _time(g["start_s"]), _time(g["end_s"]), _time(g["end_s"])) for i, g in _each(told, "gaps")]
        return Known(
            uid=_uid(told.get("uid")),
            exercise=_text(told.get("exercise")),
            started_at=_instant(told.get("started_at")),
            zone=_text(told.get("zone")) or None,
            person=_text(told.get("person")) or None,
            side=_choice(told.get("side"), ("left", "right")),
            placement=_choice(told.get("placement"), ("front", "outside", "back")),
            note=_text(told.get("note")),
            sensor=_text(told.get("sensor")),
            pain_before=_score(told.get("pain_before")),
            pain_after=_score(told.get("pain_after")),
            effort=_score(told.get("effort")),
            duration_s=_time(told.get("duration_s") or max((_end_s(each) for each in events), default=0.0)),
            rate_hz=_time(told.get("rate_hz") or 0.0),
            goals=_goals(told.get("analysis")),
            corrections=[_correction(each) for _, each in _each(told, "corrections")],
            events=events if any(isinstance(each, ThomasAngle) for each in events) else [*events, *_median_trial(told)],
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise RecordingError(Problem.DAMAGED, found=f"{type(error).__name__}: {error}"[:80]) from error


def _event(number: int, row: Mapping[str, Any]) -> Event:
    if row["kind"] == "trial" or _is_told(row, "thigh_angle_deg"):
        return _trial(number, row)
    if row["kind"] == "hold" or _is_told(row, "angle_deg"):
        return _hold(number, row)
    decided_s = _time(row["decided_s"])
    start_s, top_start_s, top_end_s, end_s = (_time(row[name]) for name in _TIMES)
    verdict = Verdict(row["verdict"])
    set_id = int(row["set"]) - 1 if verdict.counts else None
    return Movement(
        number, start_s, top_start_s, top_end_s, end_s, _time(row["rom_deg"]), decided_s, verdict,
        _words(row["reasons"]), _words(row["form"]), set_id,
    )  # fmt: skip


def _is_told(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) not in (None, "")


def _hold(number: int, row: Mapping[str, Any]) -> Hold:
    start_s, end_s, angle_deg, decided_s = (_time(row[name]) for name in ("start_s", "end_s", "angle_deg", "decided_s"))
    in_target = row["in_target"] in (True, "True", "true")
    return Hold(number, start_s, end_s, angle_deg, decided_s, in_target, taken_back=row["kind"] == "rejected")


def _trial(number: int, row: Mapping[str, Any]) -> ThomasAngle:
    names = ("start_s", "end_s", "thigh_angle_deg", "spread_deg", "decided_s")
    start_s, end_s, angle_deg, spread_deg, decided_s = (_time(row[name]) for name in names)
    taken_back = row["kind"] == "rejected"
    return ThomasAngle(number, start_s, end_s, angle_deg, spread_deg, decided_s, taken_back=taken_back)


def _median_trial(told: Mapping[str, Any]) -> list[Event]:
    """Give the median of the trials as the one that is known: older exports tell no more."""
    thomas = told.get("thomas")
    if not isinstance(thomas, Mapping):
        return []
    end_s = _time(told.get("duration_s") or 0.0)
    return [ThomasAngle(0, 0.0, end_s, _time(thomas["thigh_angle_deg"]), _time(thomas["spread_deg"]), end_s)]


def _goals(analysis: Any) -> dict[str, float]:
    values = analysis["parameters"] if analysis else {}
    return {
        name: _time(values[name])
        for name in (*SETS, "repetitions", "target_hold_s", "target_lift_s", "target_lower_s")
        if name in values
    }


def _correction(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["kind"] not in _KINDS:
        raise ValueError(row["kind"])
    if row["kind"] == "set":
        value = row.get("value")
        return {"kind": "set", "field": _text(row["field"]), "value": None if value is None else _text(value)}
    return {"kind": row["kind"], "start_s": _time(row["start_s"]), "end_s": _time(row["end_s"])}


def _each(told: Mapping[str, Any], name: str) -> list[tuple[int, Mapping[str, Any]]]:
    return list(enumerate(told.get(name) or []))


def _end_s(event: Event) -> float:
    return 0.0 if not isinstance(event, Hold | Movement) else event.end_s


def _time(value: Any) -> float:
    number = float(value)
    if not abs(number) < _MOST_S:
        raise ValueError(value)
    return number


def _text(value: Any) -> str:
    return "" if value is None else printable(str(value)[:_LONGEST])


def printable(text: str) -> str:
    """Give a text from outside, a file's name say, that can be shown and kept."""
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(value.split() if isinstance(value, str) else map(str, value or ()))


def _choice(value: Any, choices: Sequence[str]) -> str | None:
    if value in (None, ""):
        return None
    if value not in choices:
        raise ValueError(value)
    return str(value)


def _score(value: Any) -> int | None:
    if value in (None, ""):
        return None
    number = int(value)
    if not 0 <= number <= 10:
        raise ValueError(value)
    return number


def _uid(value: Any) -> str:
    text = _text(value)
    if text and not (len(text) == 32 and set(text) <= set("0123456789abcdef")):
        raise ValueError(text)
    return text


def _instant(value: Any) -> datetime | None:
    if value in (None, ""):
        return None
    when = datetime.fromisoformat(str(value))
    if when.tzinfo is None:
        raise ValueError(value)
    return when
