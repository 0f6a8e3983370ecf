"""Exercises are data: a TOML file each, shipped beside this module or written by the user.

Every number is a table ``{value, unit, source}``; a number without a source is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from typing import Any

from sensortrack.model.errors import ExerciseError


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of an exercise, with its unit (may be empty), what it means and where it comes from."""

    value: float
    unit: str
    meaning: str
    source: str

    @property
    def is_goal(self) -> bool:
        """Whether a programme or a person set it: it stays with the session, whatever this version's number is."""
        return self.source == TOLD or self.source.startswith(BY_PROGRAMME)


@dataclass(frozen=True, slots=True)
class Exercise:
    """What the chain must know of an exercise.

    Parameters
    ----------
    name
        Short name, as typed on the command line.
    title, description
        For people.
    detector
        ``repetitions``, ``stretch`` or ``thomas``.
    signed
        True where the thigh's sagittal angle counts with its sign (extension positive); False where any rotation of
        gravity away from the rest pose counts.
    parameters
        Name -> number with its source.
    """

    name: str
    title: str
    description: str
    detector: str
    signed: bool
    parameters: Mapping[str, Parameter]

    def __getitem__(self, parameter: str) -> float:
        """Give a parameter's value."""
        return self.parameters[parameter].value

    def prescribed(self, **goals: float) -> Exercise:
        """Give it with goals that a person told: ``sets`` (holds, trials), ``repetitions``, ``target_hold_s``.

        Raises
        ------
        KeyError
            It has no such goal.
        """
        return self.with_goals({self._goal(name): (value, TOLD) for name, value in goals.items()})

    def with_goals(self, goals: Mapping[str, tuple[float, str]]) -> Exercise:
        """Give it with other values, and where they come from, of some parameters; a KeyError if one is none of it."""
        mine = {
            name: replace(self.parameters[name], value=float(value), source=source)
            for name, (value, source) in goals.items()
        }
        return replace(self, parameters={**self.parameters, **mine})

    def with_goals_of(self, other: Exercise) -> Exercise:
        """Give it with what a programme or a person set in `other`."""
        goals = {name: each for name, each in other.parameters.items() if each.is_goal}
        return replace(self, parameters={**self.parameters, **goals})

    def _goal(self, name: str) -> str:
        return next((each for each in SETS if each in self.parameters), name) if name == "sets" else name

    def document(self) -> dict[str, Any]:
        """Give everything as plain tables, as `from_document` reads them."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Exercise:
        """Rebuild an exercise."""
        parameters = {name: Parameter(**each) for name, each in document["parameters"].items()}
        return cls(**{**document, "parameters": parameters})

    def values(self) -> dict[str, float]:
        """Give all values by name, as an analysis records them."""
        return {name: parameter.value for name, parameter in self.parameters.items()}


TOLD = "told by the person who does it"
"""Source of a goal that is a person's own."""

BY_PROGRAMME = "the programme: "
"""So begins the source of a goal that a programme set; the number's own source follows."""

SETS = ("sets", "holds", "trials")
"""How an exercise calls its sets, by its detector."""


def shipped_names() -> list[str]:
    """List the exercises that come with the package."""
    return sorted(entry.name.removesuffix(".toml") for entry in _shipped())


def load_exercise(name: str) -> Exercise:
    """Load a shipped exercise by name.

    Raises
    ------
    ExerciseError
        No such exercise, or its file is not a valid description.
    """
    return parse_exercise(shipped_text(name), f"{name}.toml")


def shipped_text(name: str) -> str:
    """Give a shipped exercise's TOML text, for users to start their own from."""
    for entry in _shipped():
        if entry.name == f"{name}.toml":
            return str(entry.read_text(encoding="utf-8"))
    raise ExerciseError(name, "unknown", expected=", ".join(shipped_names()))


def parse_exercise(text: str, origin: str) -> Exercise:
    """Read one TOML description; `origin` names it in errors."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExerciseError(origin, "not TOML", expected=str(error)) from error
    try:
        exercise = Exercise(
            name=str(document["name"]),
            title=str(document["title"]),
            description=str(document["description"]),
            detector=str(document["detector"]),
            signed=bool(document["signed"]),
            parameters={name: _parameter(name, table, origin) for name, table in document["parameters"].items()},
        )
    except KeyError as error:
        raise ExerciseError(origin, "missing", expected=str(error.args[0])) from error
    _check_complete(exercise, origin)
    return exercise


def _parameter(name: str, table: Any, origin: str) -> Parameter:
    if not isinstance(table, dict) or not isinstance(table.get("value"), int | float):
        raise ExerciseError(origin, "not a number", expected=name)
    if not str(table.get("source", "")).strip():
        raise ExerciseError(origin, "without source", expected=name)
    return Parameter(
        float(table["value"]), str(table.get("unit", "")), str(table.get("meaning", "")), str(table["source"])
    )


def _check_complete(exercise: Exercise, origin: str) -> None:
    shipped = next((e for e in _shipped() if e.name == f"{TEMPLATES.get(exercise.detector)}.toml"), None)
    if shipped is None:
        raise ExerciseError(origin, "detector", expected=", ".join(TEMPLATES))
    needed = tomllib.loads(shipped.read_text(encoding="utf-8"))["parameters"].keys()
    missing = sorted(needed - exercise.parameters.keys())
    if missing:
        raise ExerciseError(origin, "missing", expected=", ".join(missing))


# The shipped exercise whose parameters are the complete list for a detector.
TEMPLATES = {"repetitions": "repetitions", "stretch": "hip-flexor-stretch", "thomas": "thomas-test"}


def _shipped() -> Iterator[Any]:
    folder = resources.files("sensortrack.model") / "exercise_files"
    return (entry for entry in folder.iterdir() if entry.name.endswith(".toml"))
