"""The tables that people read: what the accepted analysis of a session found, with the corrections laid over it.

They hold nothing of their own: they are made anew from the event log and the corrections whenever one of these changes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from sensortrack.model.events import Event, Gap, Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.exercises import Exercise
from sensortrack.model.summary import EventLog, hold_row, movement_row, thomas_row
from sensortrack.store.corrections import ADDED, Correction, corrected, edited
from sensortrack.store.event_rows import from_row, to_row
from sensortrack.store.pyramid import TILE, Extremes, Pyramid, bucket_s

_TABLES = ("movement", "hold", "thomas_trial", "taken_back", "gap", "session_total")
_MOVEMENT = (
    "number - 1, start_s, top_start_s, top_end_s, end_s, rom_deg, decided_s, verdict, reasons, form, set_number - 1"
)
_HOLD = "number - 1, start_s, end_s, angle_deg, decided_s, in_target"
_TRIAL = "number - 1, start_s, end_s, thigh_angle_deg, spread_deg, decided_s"
_GAP = "number - 1, start_s, end_s, decided_s"
_SET_PAUSE_S = 5.0  # of exercises that have none (design section 5)


def refresh(connection: sqlite3.Connection, session_id: int) -> None:
    """Make the rows of a session anew, inside the caller's transaction."""
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE session_id = ?", [session_id])
    log = effective(connection, session_id)
    _insert(connection, "movement", [_movement(session_id, i, each) for i, each in enumerate(log.movements, start=1)])
    _insert(connection, "hold", [_hold(session_id, i, each) for i, each in enumerate(log.holds, start=1)])
    _insert(connection, "thomas_trial", [_trial(session_id, i, each) for i, each in enumerate(log.trials, start=1)])
    taken_back = [replace(each, id=-i) for i, each in enumerate(log.taken_back, start=1)]
    _insert(connection, "taken_back", [_taken_back(session_id, i, each) for i, each in enumerate(taken_back, start=1)])
    _insert(
        connection, "gap", [(session_id, i, g.start_s, g.end_s, g.decided_s) for i, g in enumerate(log.gaps, start=1)]
    )
    _insert(connection, "session_total", [_total(session_id, log)])


def effective(connection: sqlite3.Connection, session_id: int) -> EventLog:
    """Fold the accepted analysis and lay the corrections over it."""
    row = connection.execute(
        "SELECT analysis.id, parameters FROM session JOIN analysis ON analysis.id = analysis_id WHERE session.id = ?",
        [session_id],
    ).fetchone()
    if row is None:
        return EventLog()
    corrections = connection.execute(
        "SELECT kind, start_s, end_s FROM correction WHERE session_id = ? AND kind != 'set' AND undone_at IS NULL"
        " ORDER BY id",
        [session_id],
    )
    pause_s = float(json.loads(row[1]).get("set_pause_s", _SET_PAUSE_S))
    return corrected(analysis_log(connection, row[0]), [Correction(*each) for each in corrections], pause_s)


def analysis_log(connection: sqlite3.Connection, analysis_id: int) -> EventLog:
    """Fold the event log of one analysis."""
    query = "SELECT kind, body FROM event WHERE analysis_id = ? ORDER BY number"
    return EventLog(from_row(kind, body) for kind, body in connection.execute(query, [analysis_id]))


def read(connection: sqlite3.Connection, session_id: int) -> EventLog:
    """Give what the tables hold as events."""

    def rows(columns: str, table: str) -> Iterable[Any]:
        query = f"SELECT {columns} FROM {table} WHERE session_id = ? ORDER BY number"
        return connection.execute(query, [session_id])

    events: list[Event] = [_movement_event(*row) for row in rows(_MOVEMENT, "movement")]
    events += [_hold_event(*row) for row in rows(_HOLD, "hold")]
    events += [ThomasAngle(*row) for row in rows(_TRIAL, "thomas_trial")]
    events += [from_row(*row) for row in rows("kind, body", "taken_back")]
    events += [Gap(*row) for row in rows(_GAP, "gap")]
    return EventLog(events)


def insert_analysis(
    connection: sqlite3.Connection, session_id: int, exercise: Exercise, version: str, *, is_live: bool = False
) -> int:
    """Begin an analysis; give its number."""
    row = connection.execute(
        "INSERT INTO analysis (session_id, version, exercise, parameters, definition, made_at, is_live)"
        " VALUES (?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?) RETURNING id",
        [session_id, version, exercise.name, json.dumps(exercise.values()), json.dumps(exercise.document()), is_live],
    ).fetchone()
    return int(row[0])


def insert_events(connection: sqlite3.Connection, analysis_id: int, first: int, events: Iterable[Event]) -> None:
    """Add to the event log of an analysis, from a number on."""
    connection.executemany(
        "INSERT INTO event (analysis_id, number, kind, key, decided_s, body) VALUES (?, ?, ?, ?, ?, ?)",
        [(analysis_id, number, *to_row(event)) for number, event in enumerate(events, start=first)],
    )


def write_pyramid(connection: sqlite3.Connection, analysis_id: int, pyramid: Pyramid) -> None:
    """Keep the angle of an analysis."""
    connection.executemany(
        "INSERT INTO angle_tile (analysis_id, level, tile, extremes) VALUES (?, ?, ?, ?)",
        [(analysis_id, each.level, each.number, each.extremes.astype("<f4").tobytes()) for each in pyramid.tiles()],
    )


def read_angle(
    connection: sqlite3.Connection, analysis_id: int, level: int, start_s: float, end_s: float
) -> tuple[float, float, Extremes]:
    """Give time of the first bucket, duration of each, and the extremes of those that touch a span, if any are kept."""
    first, last = (int(at_s // (TILE * bucket_s(level))) for at_s in (max(start_s, 0.0), max(end_s, 0.0)))
    tiles = connection.execute(
        "SELECT tile, extremes FROM angle_tile WHERE analysis_id = ? AND level = ? AND tile BETWEEN ? AND ?"
        " ORDER BY tile",
        [analysis_id, level, first, last],
    ).fetchall()
    if not tiles:
        return start_s, bucket_s(level), np.empty((0, 2), np.float32)
    extremes = np.concatenate([np.frombuffer(blob, "<f4").reshape(-1, 2) for _, blob in tiles])
    begin_s = tiles[0][0] * TILE * bucket_s(level)
    rows = slice(max(0, int((start_s - begin_s) / bucket_s(level))), int((end_s - begin_s) / bucket_s(level)) + 1)
    return begin_s + rows.start * bucket_s(level), bucket_s(level), extremes[rows]


def _insert(connection: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _movement(session_id: int, number: int, event: Movement) -> tuple[object, ...]:
    set_number = None if event.set_id is None or not event.verdict.counts else event.set_id + 1
    return (
        session_id, number, set_number, event.start_s, event.top_start_s, event.top_end_s, event.end_s,
        event.lift_s, event.hold_s, event.lower_s, event.rom_deg, event.decided_s, event.verdict.value,
        " ".join(event.reasons), " ".join(event.form), edited(event),
    )  # fmt: skip


def _hold(session_id: int, number: int, event: Hold) -> tuple[object, ...]:
    return (
        session_id, number, event.start_s, event.end_s, event.duration_s, event.angle_deg, event.decided_s,
        int(event.in_target),
    )  # fmt: skip


def _total(session_id: int, log: EventLog) -> tuple[object, ...]:
    """Give the session in numbers, those of its summary; what a person added counts, but was not measured."""
    repetitions = [each for one in log.sets for each in one]
    measured = [movement_row(each) for each in repetitions if ADDED not in each.reasons]
    holds, thomas = [hold_row(each) for each in log.holds], thomas_row(log.trials)
    return (
        session_id, len(repetitions), len(log.sets),
        _median(each["rom_deg"] for each in measured), _median(each["hold_s"] for each in measured),
        len(holds), sum(each["duration_s"] for each in holds) if holds else None,
        _median(each["angle_deg"] for each in holds),
        len(log.trials), thomas["thigh_angle_deg"] if thomas else None,
    )  # fmt: skip


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None


def _movement_event(*row: Any) -> Movement:
    number, start_s, top_start_s, top_end_s, end_s, rom_deg, decided_s, verdict, reasons, form, set_id = row
    return Movement(
        number, start_s, top_start_s, top_end_s, end_s, rom_deg, decided_s, Verdict(verdict), tuple(reasons.split()),
        tuple(form.split()), set_id,
    )  # fmt: skip


def _hold_event(number: int, start_s: float, end_s: float, angle_deg: float, decided_s: float, in_target: int) -> Hold:
    return Hold(number, start_s, end_s, angle_deg, decided_s, bool(in_target))


def _trial(session_id: int, number: int, event: ThomasAngle) -> tuple[object, ...]:
    return (
        session_id, number, event.start_s, event.end_s, event.thigh_angle_deg, event.spread_deg, event.decided_s,
    )  # fmt: skip


def _taken_back(session_id: int, number: int, event: Hold | ThomasAngle) -> tuple[object, ...]:
    kind, _, _, body = to_row(event)
    return session_id, number, kind, event.start_s, event.end_s, body
