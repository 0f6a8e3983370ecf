"""A programme is data: which exercises, how much of each and how often, every number with its source and grade.

The shipped one is the physiotherapist's (`program.toml` beside this module); a person's own file has the same form.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from sensortrack.model.errors import ExerciseError, ProgrammeError
from sensortrack.model.exercises import BY_PROGRAMME, Exercise, load_exercise

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SIDES = ("left", "right")

GRADES = {
    "prescribed": "what the physiotherapist said; no study stands behind the exact number",
    "A": "the study or guideline itself was read",
    "B": "a page about it was read, not the study itself",
    "C": "a design choice or general knowledge, not checked: no evidence",
}
"""How sure a number is (clinical.md), and what the physiotherapist's page says."""

COUNTED = {"repetitions": "sets", "stretch": "holds", "thomas": "trials"}
"""What is counted of an exercise, by its detector: the name of the number that says how many of them are meant."""

_NEEDED = {"repetitions": ("sets", "reps", "hold_s"), "stretch": ("holds", "hold_s"), "thomas": ("trials",)}
_OPTIONAL = {"repetitions": ("lift_s", "lower_s", "rest_s"), "stretch": ("rest_s",), "thomas": ()}
_WHOLE = ("sets", "holds", "trials", "reps")
_GOALS = {
    "reps": "repetitions",
    "hold_s": "target_hold_s",
    "lift_s": "target_lift_s",
    "lower_s": "target_lower_s",
}  # as an exercise calls them, where that is different


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a programme.

    Parameters
    ----------
    value
        What is aimed at.
    least, most
        The range that is as prescribed: at `least` a day is done.
    unit, meaning, source
        As of an exercise's parameter.
    grade
        One of `GRADES`.
    """

    value: float
    least: float
    most: float
    unit: str
    meaning: str
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Task:
    """One exercise of a programme.

    Parameters
    ----------
    exercise
        What is done.
    sides
        ``each``: as much with either leg; ``any``: the leg does not matter.
    per
        ``day`` or ``week`` (Monday to Sunday): how often the numbers are owed.
    weekdays
        Days on which it is owed, Monday is 0; the others are rest days.
    numbers
        Name -> number; which there are depends on the exercise's detector.
    """

    exercise: Exercise
    sides: str
    per: str
    weekdays: frozenset[int]
    numbers: Mapping[str, Number]

    @property
    def counted(self) -> str:
        """What is counted: ``sets``, ``holds`` or ``trials``."""
        return COUNTED[self.exercise.detector]

    @property
    def prescribed(self) -> Exercise:
        """The exercise with the programme's numbers as its goals: how many are aimed at, and from when one will do."""
        return self.exercise.with_goals(
            {
                _GOALS.get(name, name): (
                    number.value if name in _WHOLE else number.least,
                    f"{BY_PROGRAMME}{number.source}",
                )
                for name, number in self.numbers.items()
                if _GOALS.get(name, name) in self.exercise.parameters
            }
        )

    @property
    def size(self) -> int:
        """How much makes one of what is counted: so many repetitions make a set; a hold or a trial is one."""
        return int(self.numbers["reps"].least) if "reps" in self.numbers else 1

    @property
    def needed(self) -> int:
        """How many sets, holds or trials are owed, with each leg where `sides` says so."""
        return int(self.numbers[self.counted].least)

    @property
    def slots(self) -> tuple[str | None, ...]:
        """The legs that owe it; (None,) where the leg does not matter."""
        return SIDES if self.sides == "each" else (None,)


@dataclass(frozen=True, slots=True)
class Programme:
    """What a person set out to do; tasks in the order in which they are to be done."""

    title: str
    description: str
    tasks: tuple[Task, ...]

    def task(self, exercise: str) -> Task | None:
        """Find the task of an exercise."""
        return next((task for task in self.tasks if task.exercise.name == exercise), None)


def shipped_programme_text() -> str:
    """Give the shipped programme's TOML, for users to start their own from."""
    return (resources.files("sensortrack.model") / "program.toml").read_text(encoding="utf-8")


def parse_programme(text: str, origin: str, find: Callable[[str], Exercise] = load_exercise) -> Programme:
    """Read a programme.

    Parameters
    ----------
    text, origin
        Its TOML, and what it is called in errors.
    find
        Gives an exercise by name.

    Raises
    ------
    ProgrammeError
        Something is missing, unknown, impossible or without a source.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProgrammeError(origin, "not TOML", found=str(error)) from error
    _check_keys(document, ("title", "description", "task"), ("title", "task"), origin, "the programme")
    tables = document["task"]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables) or not tables:
        raise ProgrammeError(origin, "wrong", where="task", expected="[[task]] tables")
    tasks = tuple(_task(table, origin, find) for table in tables)
    names = [task.exercise.name for task in tasks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ProgrammeError(origin, "twice", where=twice)
    return Programme(str(document["title"]), str(document.get("description", "")), tasks)


def _task(table: dict[str, Any], origin: str, find: Callable[[str], Exercise]) -> Task:
    name = table.get("exercise")
    if not isinstance(name, str):
        raise ProgrammeError(origin, "missing", where="a task", expected="exercise")
    try:
        exercise = find(name)
    except ExerciseError as error:
        raise ProgrammeError(origin, "exercise", where=name, expected=error.expected, found=error.problem) from error
    needed = _NEEDED[exercise.detector]
    known = (*needed, *_OPTIONAL[exercise.detector])
    _check_keys(table, ("exercise", "sides", "per", "days", *known), needed, origin, name)
    sides = _choice(table, "sides", ("any", "each"), origin, name)
    per = _choice(table, "per", ("day", "week"), origin, name)
    numbers = {key: _number(table[key], key, origin, name) for key in known if key in table}
    return Task(exercise, sides, per, _weekdays(table, per, origin, name), numbers)


def _check_keys(
    table: Mapping[str, Any], known: tuple[str, ...], needed: tuple[str, ...], origin: str, where: str
) -> None:
    missing = [key for key in needed if key not in table]
    if missing:
        raise ProgrammeError(origin, "missing", where=where, expected=", ".join(missing))
    unknown = next((key for key in table if key not in known), None)
    if unknown is not None:
        raise ProgrammeError(origin, "unknown key", where=where, expected=", ".join(known), found=unknown)


def _choice(table: Mapping[str, Any], key: str, choices: tuple[str, ...], origin: str, where: str) -> str:
    value = table.get(key, choices[0])
    if value not in choices:
        raise ProgrammeError(origin, "wrong", where=f"{where}: {key}", expected=" or ".join(choices), found=str(value))
    return str(value)


def _weekdays(table: Mapping[str, Any], per: str, origin: str, where: str) -> frozenset[int]:
    days = table.get("days", list(WEEKDAYS))
    is_list = isinstance(days, list) and bool(days) and all(day in WEEKDAYS for day in days)
    if not is_list or (per == "week" and "days" in table):
        expected = f"a list of {', '.join(WEEKDAYS)}" if per == "day" else 'no days with per = "week"'
        raise ProgrammeError(origin, "wrong", where=f"{where}: days", expected=expected, found=str(days))
    return frozenset(WEEKDAYS.index(day) for day in days)


def _number(table: Any, key: str, origin: str, where: str) -> Number:
    place = f"{where}: {key}"
    if not isinstance(table, dict):
        raise ProgrammeError(
            origin, "wrong", where=place, expected="a table with value, source and grade", found=str(table)
        )
    known = ("value", "range", "unit", "meaning", "source", "grade")
    _check_keys(table, known, ("value",), origin, place)
    for text in ("source", "grade"):
        if not str(table.get(text, "")).strip():
            raise ProgrammeError(origin, f"without {text}", where=place, expected=", ".join(GRADES))
    _choice(table, "grade", tuple(GRADES), origin, place)
    value, span = table["value"], table.get("range", [table["value"]] * 2)
    if not isinstance(span, list) or len(span) != 2:
        raise ProgrammeError(origin, "wrong", where=f"{place}: range", expected="[least, most]", found=str(span))
    least, most = (_positive(each, key, origin, place) for each in span)
    if not least <= _positive(value, key, origin, place) <= most:
        raise ProgrammeError(origin, "wrong", where=place, expected=f"a value within {least:g} to {most:g}",
                             found=str(value))  # fmt: skip
    unit = _choice(table, "unit", ("s",), origin, place) if key.endswith("_s") else str(table.get("unit", ""))
    words = (str(table.get(text, "")) for text in ("meaning", "source", "grade"))
    return Number(float(value), least, most, unit, *words)


def _positive(value: Any, key: str, origin: str, place: str) -> float:
    whole = key in _WHOLE
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value <= 0 or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise ProgrammeError(origin, "wrong", where=place, expected=f"{kind} above 0", found=str(value))
    return float(value)
