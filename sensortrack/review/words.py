"""Repetitions, times and numbers in words, for the terminal, the report and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensortrack.model.exercises import BY_PROGRAMME, SETS, TOLD

if TYPE_CHECKING:
    from sensortrack.model.exercises import Exercise
    from sensortrack.model.trend import Trend

SIGNS = {"deg": "°", "s": " s"}
"""Units as they are written behind a number."""

FORM = {
    "short-hold": "short hold",
    "fast-lift": "fast lift",
    "fast-lower": "fast lowering",
    "low": "lower than the others",
    "turned-out": "turned out",
}
REASONS = {
    "flexion": "the thigh went forwards instead of back",
    "position": "in another position",
    "swing": "the leg swung without a rest, as in walking",
    "jolt": "a jolt",
    "pulse": "a pulse inside a larger movement",
    "low": "too small a movement",
    "unlike": "much shorter or longer than the others",
    "gap": "samples are missing inside it",
    "taken-back": "taken back by hand",
    "accepted": "accepted by hand",
    "added": "added by hand",
}


def form_words(form: list[str] | tuple[str, ...]) -> str:
    """How a repetition was done, against the exercise's targets."""
    return ", ".join(FORM.get(word, word.replace("-", " ")) for word in form) or "as prescribed"


def reason_words(reasons: list[str] | tuple[str, ...]) -> str:
    """Why a movement was not counted, or is doubtful."""
    return "; ".join(REASONS.get(word, word.replace("-", " ")) for word in reasons)


def duration_words(seconds: float) -> str:
    """Write a duration as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def clock_words(seconds: float) -> str:
    """Write a time of the session as on a stopwatch."""
    minutes, rest = divmod(max(0.0, seconds), 60)
    return f"{int(minutes)}:{rest:04.1f}"


def count_words(count: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def signed_words(value: float, unit: str) -> str:
    """Write a change, with its sign."""
    tenths = round(value, 1)
    sign = "+" if tenths > 0 else "−" if tenths < 0 else "±"
    return f"{sign}{abs(tenths):.1f}{SIGNS[unit]}"


def limit_words(limit: float, unit: str) -> str:
    """Write how much may be noise."""
    return f"{limit:.1f}{SIGNS[unit]}"


def verdict_words(*, is_beyond_noise: bool) -> str:
    """Say whether a change or a difference is one."""
    return "more than measurement noise" if is_beyond_noise else "within measurement noise"


def change_words(told: Trend, unit: str) -> str:
    """Say a change over the sessions, and whether it is one."""
    verdict = verdict_words(is_beyond_noise=told.is_beyond_noise)
    return f"{signed_words(told.change, unit)}, {verdict} ({limit_words(told.noise, unit)})"


def trend_words(told: Trend | None, unit: str) -> str:
    """Say it with the sessions that it is between."""
    if told is None:
        return "One session is no trend."
    ends = f"first {told.averaged} to last {told.averaged}" if told.averaged > 1 else "first to last"
    return f"{change_words(told, unit)}, {ends} of {told.sessions} sessions."


def prescribed_words(exercise: Exercise) -> str:
    """Say how much was prescribed, and who changed what the exercise itself says."""
    goals = exercise.parameters
    number, noun = next((goals[name].value, name[:-1]) for name in SETS if name in goals)
    words = count_words(int(number), noun)
    if "repetitions" in goals:
        words += f" of {goals['repetitions'].value:g}"
    if "target_hold_s" in goals:
        words += f", held {goals['target_hold_s'].value:g} s or longer"
    return f"Prescribed{prescriber_words(exercise)}: {words}"


def prescriber_words(exercise: Exercise) -> str:
    """Name who set the goals of a session, with a blank before; nobody did if they are the exercise's own."""
    sources = [goal.source for goal in exercise.parameters.values() if goal.is_goal]
    by_programme = any(source.startswith(BY_PROGRAMME) for source in sources)
    if TOLD in sources:
        return " by the programme, and as told for this session" if by_programme else " as told for this session"
    return " by the programme" if by_programme else ""
