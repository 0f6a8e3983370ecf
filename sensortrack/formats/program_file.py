"""Where a person's programme is: a file that is named, their own `program.toml`, or the one that is shipped."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_path

from sensortrack.formats.exercise_file import find_exercise
from sensortrack.model.errors import ProgrammeError
from sensortrack.model.exercises import Exercise
from sensortrack.model.programme import Programme, parse_programme, shipped_programme_text


def own_path() -> Path:
    """Where a person's own programme is looked for."""
    return user_config_path("sensortrack", appauthor=False) / "program.toml"


def programme_text(named: str | None) -> tuple[Path | None, str]:
    """Give the path and the TOML of the programme in force; no path for the shipped one.

    Parameters
    ----------
    named
        File that the person asked for; else their own, else the shipped one.

    Raises
    ------
    ProgrammeError
        The file cannot be read.
    """
    path = Path(named).expanduser() if named else own_path()
    try:
        if not named and not path.exists():
            return None, shipped_programme_text()
        return path, path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProgrammeError(str(path), "unreadable", found=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise ProgrammeError(str(path), "not TOML", found="no UTF-8 text") from error


def read_programme(named: str | None) -> tuple[Path | None, Programme]:
    """Read the programme in force; an exercise may be the path of a TOML file beside it.

    Raises
    ------
    ProgrammeError
        The file cannot be read, or is not as it must be.
    """
    path, text = programme_text(named)

    def find(name: str) -> Exercise:
        is_beside = path is not None and name.endswith(".toml")
        return find_exercise(str(path.parent / name) if path is not None and is_beside else name)

    return path, parse_programme(text, path.name if path else "the shipped program.toml", find)
