"""A user's own exercise: a TOML file wherever an exercise's name may stand."""

from __future__ import annotations

from pathlib import Path

from sensortrack.model.errors import ExerciseError
from sensortrack.model.exercises import Exercise, load_exercise, parse_exercise


def find_exercise(name_or_path: str) -> Exercise:
    """Load a shipped exercise by its name, or a user's by the path of its file.

    Raises
    ------
    ExerciseError
        No such exercise, or its file is not a valid description.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        return load_exercise(name_or_path)
    try:
        return parse_exercise(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise ExerciseError(name_or_path, "unreadable", expected=error.strerror or "") from error
    except UnicodeDecodeError as error:
        raise ExerciseError(name_or_path, "not TOML", expected="UTF-8 text") from error
