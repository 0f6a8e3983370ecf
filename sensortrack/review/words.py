"""Repetitions, times and numbers in words, for the terminal, the report and the pages."""

from __future__ import annotations

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
