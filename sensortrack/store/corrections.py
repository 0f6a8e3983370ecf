"""What a person changed, laid over what the analysis found; the analysis itself stays as it is.

A correction names a movement, a hold or a trial by its time, not by its number, so that it still fits after a new
analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sensortrack.model.events import Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.summary import TAKEN_BACK, EventLog

ACCEPTED, REJECTED, ADDED = "accepted", TAKEN_BACK, "added"
"""Reasons of movements that a person changed."""

_Found = TypeVar("_Found", bound=Movement | Hold | ThomasAngle)

_EDITED = {ACCEPTED: "accepted", REJECTED: "rejected", ADDED: "added"}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person accepted, rejected or added; times are of the movement, hold or trial as it then was."""

    kind: str
    start_s: float
    end_s: float


def corrected(log: EventLog, corrections: Iterable[Correction], set_pause_s: float) -> EventLog:
    """Give the events as the person sees them.

    Parameters
    ----------
    log
        What the analysis told.
    corrections
        Oldest first; the newest on a movement holds.
    set_pause_s
        What is accepted or added joins a set that is no farther away than this, else it makes its own.
    """
    movements = {movement.id: movement for movement in log.movements}
    others: list[Hold | ThomasAngle] = [*log.holds, *log.trials, *log.taken_back]
    for correction in corrections:
        found = _meant(movements.values(), correction)
        other = None if found is not None else _meant(others, correction)
        if other is not None:
            others[others.index(other)] = replace(other, taken_back=correction.kind == "reject")
        elif correction.kind == "reject":
            if found is not None:
                movements[found.id] = _rejected(found)
        elif found is None:
            number = max(movements, default=-1) + 1
            movements[number] = _drawn(number, correction)
        else:
            movements[found.id] = _accepted(found)
    result = EventLog([*others, *log.gaps])
    for movement in _in_sets(list(movements.values()), set_pause_s):
        result.add(movement)
    return result


def edited(movement: Movement) -> str | None:
    """Tell what a person did to it: accepted, rejected, added, or nothing."""
    return edit_of(movement.reasons)


def edit_of(reasons: Iterable[str]) -> str | None:
    """Tell it from the reasons of a movement."""
    return next((_EDITED[word] for word in reasons if word in _EDITED), None)


def _meant(found: Iterable[_Found], correction: Correction) -> _Found | None:
    """Find what shares most time with the correction: at least half of the shorter one."""

    def shared_s(one: _Found) -> float:
        return min(one.end_s, correction.end_s) - max(one.start_s, correction.start_s)

    best = max(found, key=shared_s, default=None)
    if best is None:
        return None
    shorter_s = min(best.end_s - best.start_s, correction.end_s - correction.start_s)
    return best if shared_s(best) >= 0.5 * shorter_s else None


def _rejected(movement: Movement) -> Movement:
    return replace(movement, verdict=Verdict.REJECTED, reasons=(REJECTED,), set_id=None)


def _accepted(movement: Movement) -> Movement:
    if movement.verdict is Verdict.COUNTED:
        return movement
    kept = tuple(word for word in movement.reasons if word not in _EDITED)
    return replace(movement, verdict=Verdict.COUNTED, reasons=(*kept, ACCEPTED))


def _drawn(number: int, correction: Correction) -> Movement:
    """Make a movement of which only start and end are known: the phases and the range of motion stay empty."""
    start_s, end_s = correction.start_s, correction.end_s
    middle_s = (start_s + end_s) / 2
    return Movement(number, start_s, middle_s, middle_s, end_s, 0.0, end_s, Verdict.COUNTED, (ADDED,))


def _in_sets(movements: Sequence[Movement], set_pause_s: float) -> list[Movement]:
    """Give those without a set one, then number the sets anew by time."""
    ordered = sorted(movements, key=lambda movement: movement.start_s)
    result: list[Movement] = []
    number, last = -1, None
    found_set: int | None = None
    for movement in ordered:
        if not movement.verdict.counts:
            result.append(movement)
            continue
        joins = last is not None and movement.start_s - last.end_s < set_pause_s
        same = movement.set_id is not None and movement.set_id == found_set
        apart = movement.set_id is not None and found_set is not None and not same
        if last is None or not (same or (joins and not apart)):
            number += 1
            found_set = None
        found_set = movement.set_id if movement.set_id is not None else found_set
        result.append(replace(movement, set_id=number))
        last = movement
    return result
