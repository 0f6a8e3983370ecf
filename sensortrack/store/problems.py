"""What can be wrong with a store."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from pathlib import Path

from sensortrack.model.errors import SensortrackError


class StoreProblem(StrEnum):
    """What can be wrong with a store."""

    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"
    FULL = "full"
    NOT_A_STORE = "not a store"
    NEWER = "newer"
    BUSY = "busy"
    SENSOR_BUSY = "sensor busy"
    NO_SESSION = "no session"
    AMBIGUOUS = "ambiguous"
    RECORDING = "recording"
    DAMAGED = "damaged"


class StoreError(SensortrackError):
    """A store, or what was asked of it, that cannot be had."""

    def __init__(self, problem: StoreProblem, *, path: str = "", found: str = "") -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.path = path
        self.found = found


_PROBLEMS = {
    sqlite3.SQLITE_BUSY: StoreProblem.BUSY,
    sqlite3.SQLITE_LOCKED: StoreProblem.BUSY,
    sqlite3.SQLITE_NOTADB: StoreProblem.NOT_A_STORE,
    sqlite3.SQLITE_FULL: StoreProblem.FULL,
    sqlite3.SQLITE_CORRUPT: StoreProblem.DAMAGED,
}


def store_error(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    """Tell what SQLite could not do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StoreError(_PROBLEMS.get(code, StoreProblem.UNREADABLE), path=str(path), found=str(error))
