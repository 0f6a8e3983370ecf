"""Errors, verdicts and events in words. One sentence each: what was expected, what was found, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sensortrack.model.errors import ExerciseError, Problem, RecordingError
from sensortrack.review.words import FORM as FORM
from sensortrack.review.words import REASONS as REASONS
from sensortrack.review.words import clock_words as clock_words
from sensortrack.review.words import count_words as count_words
from sensortrack.review.words import duration_words as duration_words
from sensortrack.review.words import form_words as form_words
from sensortrack.review.words import reason_words as reason_words

if TYPE_CHECKING:
    from pathlib import Path

    from sensortrack.formats.reading import Doubt
    from sensortrack.model.events import Event, Movement
    from sensortrack.model.summary import EventLog

_COLUMNS = "time_s,acc_x_m_s2,acc_y_m_s2,acc_z_m_s2[,gyr_x_rad_s,gyr_y_rad_s,gyr_z_rad_s]"
_WITH_GRAVITY = (
    "choose the export with gravity (phyphox: 'Acceleration (with g)'; Sensor Logger: 'Total Acceleration'; "
    "Android: the plain 'Accelerometer' sensor)"
)

_SENTENCES: dict[Problem, Callable[[RecordingError], str]] = {
    Problem.MISSING: lambda _: "there is no such file; give the path of a recording",
    Problem.UNREADABLE: lambda e: f"the file cannot be read ({e.found}); check its name and permissions",
    Problem.EMPTY: lambda _: f"the file is empty; a recording has a header {_COLUMNS} and one row per sample",
    Problem.NO_ROWS: lambda _: "there is a header but there are no samples below it; record again, or export again",
    Problem.NO_ACCELERATION: lambda e: (
        f"there is no acceleration in it (found: {e.found}); export the accelerometer too, with gravity"
    ),
    Problem.NO_FILES: lambda e: (
        f"in this folder or archive there is no export that is known (found: {e.found}); give the recordings in it one"
        " by one"
    ),
    Problem.SEVERAL: lambda e: f"it holds several recordings ({e.found}); give the files of one",
    Problem.APART: lambda _: (
        "its acceleration and its angular rate were not measured at the same time; give the files of one recording, or"
        " the acceleration alone"
    ),
    Problem.BAD_ARCHIVE: lambda e: f"the archive cannot be used ({e.found}); export the recording again",
    Problem.DAMAGED: lambda e: f"the file is damaged or cut off ({e.found}); copy it again from where it was recorded",
    Problem.UNKNOWN_FORMAT: lambda e: (
        f"it holds no recording that is known (found: {e.found}); docs/formats.md lists what is understood"
    ),
    Problem.EXCEL: lambda _: "this is an Excel workbook; export the recording again and choose CSV",
    Problem.TOO_LARGE: lambda e: (
        f"it is too large ({e.found}, expected {e.expected} at most); export it in parts, or as CSV"
    ),
    Problem.NEEDS_LIBRARY: lambda e: f"it needs {e.found}; install it with: pip install 'sensortrack[{e.expected}]'",
    Problem.FUSED: lambda e: (
        f"it was recorded in a fusion mode ({e.found}), where acceleration has lost the direction of down; choose the"
        " measurement mode 'Rate quantities', or a custom mode with acceleration and angular velocity"
    ),
    Problem.RESULTS_ONLY: lambda _: (
        "it holds results without samples, which cannot be counted again; take them in with 'sensortrack import', then"
        " 'sensortrack show'"
    ),
    Problem.NO_TIME: lambda e: (
        f"no column tells the time (the file has: {e.found}); tell how many rows there are in a second, as --rate 100"
    ),
    Problem.BINARY: lambda _: "this is not a text table; export the recording as CSV, as plain UTF-8 text",
    Problem.NO_HEADER: lambda e: (
        f"there is no header: the first line is '{e.found}'; put a first line such as {e.expected} above it,"
        " or tell it with --header"
    ),
    Problem.COLUMNS: lambda e: (
        f"missing columns: {e.expected}; the file has: {e.found}; a recording's header is {_COLUMNS},"
        " in the file or told with --header"
    ),
    Problem.COLUMN_UNIT: lambda e: (
        f"column {e.found} does not tell its unit; name all of them like {e.expected}, in the file or with --header"
    ),
    Problem.ROW_LENGTH: lambda e: (
        f"row {e.row} has {e.found} fields where the header has {e.expected}; mend or delete this row"
        " (decimal commas need ';' between the columns)"
    ),
    Problem.NOT_A_NUMBER: lambda e: (
        f"row {e.row}{f', column {e.column}' if e.column else ''}: expected a number, found "
        + (f"'{e.found}'" if e.found else "nothing")
        + "; mend or delete this row"
    ),
    Problem.OUT_OF_RANGE: lambda e: (
        f"row {e.row}, column {e.column}: expected {e.expected}, found {e.found}; mend or delete this row"
    ),
    Problem.TIME_REVERSED: lambda e: (
        f"time runs backwards ({e.found}): the clock was set back; cut the file there into two recordings"
    ),
    Problem.TIME_REPEATED: lambda e: (
        f"most time stamps are repeated ({e.found}); export the recording with a time for every sample"
    ),
    Problem.RATE_TOO_LOW: lambda e: (
        f"the sampling rate is too low: expected {e.expected or '20 Hz or more'}, found {e.found}; "
        "record faster, and check that the time column is in the unit that its name says"
    ),
    Problem.TOO_SHORT: lambda e: f"the recording is too short: expected {e.expected}, found {e.found}; record longer",
    Problem.GRAVITY_REMOVED: lambda e: (
        (
            f"column {e.column} is linear acceleration, without gravity; "
            if e.column
            else f"gravity is missing: expected about 9.81 m/s² at rest, found {e.found}; "
        )
        + _WITH_GRAVITY
    ),
    Problem.UNITS: lambda e: (
        f"the acceleration is not in m/s²: expected about 9.81 at rest, found {e.found}, which looks like {e.expected};"
        f" name the columns acc_x_{e.expected}, acc_y_{e.expected}, acc_z_{e.expected}"
    ),
}


def recording_sentence(error: RecordingError) -> str:
    """What is wrong with a recording and what to do."""
    return _SENTENCES[error.problem](error) + "."


def doubt_sentence(doubt: Doubt, found: str) -> str:
    """Say what a file does not tell and what was supposed, or what of it was not read."""
    return {
        "unit": f"the header does not tell the unit of acceleration; by the size of gravity it was taken for {found}.",
        "sign": "whether it is of an iPhone is not told; the sign of Android was taken, which only matters where the"
        " placement is told.",
        "cut": "the file ends inside a sector: it was cut off, and is read up to there; copy it from the sensor again.",
        "unpaired": f"{found} s of acceleration have no angular rate beside them, and were left out; give the"
        " acceleration's file alone to have them, without the gyroscope.",
    }[doubt.value]


def exercise_sentence(error: ExerciseError) -> str:
    """What is wrong with an exercise and what to do."""
    ways = {
        "unknown": f"there is no exercise '{error.name}'; choose {error.expected}, or give the path of a TOML file",
        "unreadable": f"the exercise file {error.name} cannot be read ({error.expected}); check name and permissions",
        "not TOML": f"{error.name} is not TOML ({error.expected}); start from 'sensortrack exercises NAME --toml'",
        "missing": f"{error.name} lacks {error.expected}; compare it with 'sensortrack exercises NAME --toml'",
        "without source": f"{error.name}: parameter {error.expected} does not say where its value comes from; "
        'add source = "..."',
        "not a number": f"{error.name}: parameter {error.expected} needs a number as value = ...",
        "detector": f"{error.name}: detector must be one of {error.expected}",
    }
    return ways.get(error.problem, f"{error.name}: {error.problem}; expected {error.expected}") + "."


@contextmanager
def in_words(source: str | Path) -> Iterator[None]:
    """Turn errors about a recording, and about exercises, into what click shows: exit 1, a wrong name exit 2."""
    try:
        yield
    except RecordingError as error:
        raise click.ClickException(f"{source}: {recording_sentence(error)}") from error
    except ExerciseError as error:
        if error.problem == "unknown":
            raise click.UsageError(exercise_sentence(error), click.get_current_context(silent=True)) from error
        raise click.ClickException(exercise_sentence(error)) from error


def describe(event: Event, log: EventLog) -> str:
    """Say an event in one line; what it was about is looked up among all that happened. Empty for what goes unsaid."""
    from sensortrack.model import events

    clock = clock_words(event.decided_s)
    match event:
        case events.Movement(cancelled=True):
            return ""  # it is told again, as something else
        case events.Movement():
            return f"{clock}  {_movement_words(event, log)}"
        case events.HoldProgress():
            return f"{clock}  holding since {clock_words(event.start_s)}"
        case events.Hold(cancelled=True):
            return f"{clock}  the last hold was none"
        case events.Hold():
            end = "" if event.in_target else ", shorter than the target"
            return f"{clock}  hold of {event.duration_s:.1f} s at {event.angle_deg:+.0f}°{end}"
        case events.SetEnd():
            return f"{clock}  set {event.id + 1} over: {count_words(event.repetitions, 'repetition')}"
        case events.Gap():
            return f"{clock}  {event.end_s - event.start_s:.1f} s of data are missing"
        case events.ThomasAngle(cancelled=True):
            return f"{clock}  an earlier trial was none: the sensor was not worn as it is now"
        case events.ThomasAngle():
            number = sum(trial.id <= event.id for trial in log.trials)
            return f"{clock}  trial {number}: thigh {event.thigh_angle_deg:+.0f}° against the horizontal"


def _movement_words(movement: Movement, log: EventLog) -> str:
    if not movement.verdict.counts:
        words = reason_words(movement.reasons) or movement.verdict.value
        return f"not counted ({movement.rom_deg:+.0f}°): {words}"
    fellows = [other for other in log.movements if other.set_id == movement.set_id and other.verdict.counts]
    number = sum(other.start_s <= movement.start_s for other in fellows)
    doubt = f", doubtful: {reason_words(movement.reasons)}" if movement.reasons else ""
    return (
        f"repetition {number} of set {(movement.set_id or 0) + 1}: {abs(movement.rom_deg):.0f}°, "
        f"held {movement.hold_s:.1f} s, {form_words(movement.form)}{doubt}"
    )
