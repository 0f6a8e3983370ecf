"""Errors carry data; only the command line puts them into words."""

from __future__ import annotations

from enum import StrEnum


class SensortrackError(Exception):
    """Anything that is wrong with what came from outside."""


class Problem(StrEnum):
    """What can be wrong with a recording."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    NO_ROWS = "no rows"
    BINARY = "binary"
    NO_HEADER = "no header"
    COLUMNS = "columns"
    COLUMN_UNIT = "column unit"
    NO_TIME = "no time"
    ROW_LENGTH = "row length"
    NOT_A_NUMBER = "not a number"
    OUT_OF_RANGE = "out of range"
    TIME_REVERSED = "time reversed"
    TIME_REPEATED = "time repeated"
    RATE_TOO_LOW = "rate too low"
    TOO_SHORT = "too short"
    GRAVITY_REMOVED = "gravity removed"
    NO_ACCELERATION = "no acceleration"
    BAD_ARCHIVE = "bad archive"
    DAMAGED = "damaged"
    UNKNOWN_FORMAT = "unknown format"
    TOO_LARGE = "too large"
    NEEDS_LIBRARY = "needs library"
    UNITS = "units"
    FUSED = "fused"
    SEVERAL = "several"
    APART = "apart"
    RESULTS_ONLY = "results only"
    NO_FILES = "no files"
    EXCEL = "excel"


class RecordingError(SensortrackError):
    """A recording that cannot be used.

    Parameters
    ----------
    problem
        What is wrong.
    expected, found
        What was expected and what was found, as short words or numbers.
    row
        Line number in the file (the header is line 1), where one is to blame.
    column
        Name of the column, where one is to blame.
    """

    def __init__(
        self, problem: Problem, *, expected: str = "", found: str = "", row: int | None = None, column: str = ""
    ) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.expected = expected
        self.found = found
        self.row = row
        self.column = column


class ExerciseError(SensortrackError):
    """An exercise that does not exist or a description that is not complete."""

    def __init__(self, name: str, problem: str, *, expected: str) -> None:
        super().__init__(problem)
        self.name = name
        self.problem = problem
        self.expected = expected


class ProgrammeError(SensortrackError):
    """A programme that cannot be followed as it is written.

    Parameters
    ----------
    origin
        Name of its file.
    problem
        What is wrong, in a word or two.
    where
        Which task, key or number it is about.
    expected, found
        What was expected and what was found.
    """

    def __init__(self, origin: str, problem: str, *, where: str = "", expected: str = "", found: str = "") -> None:
        super().__init__(problem)
        self.origin = origin
        self.problem = problem
        self.where = where
        self.expected = expected
        self.found = found
