"""Analyses of a stored session: none is overwritten, one of them is the accepted one."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sensortrack.model.events import Event
from sensortrack.model.exercises import Exercise, load_exercise
from sensortrack.model.summary import EventLog, Summary, summarize
from sensortrack.store.pyramid import Extremes, Pyramid, level_for
from sensortrack.store.results import (
    analysis_log,
    insert_analysis,
    insert_events,
    read,
    read_angle,
    refresh,
    write_pyramid,
)
from sensortrack.store.session import Session
from sensortrack.store.store import Store


def accepted_exercise(store: Store, session: Session) -> tuple[Exercise, str]:
    """Give the exercise of the accepted analysis, as it was then, and the version that made it."""
    row = store.db.execute("SELECT definition, version FROM analysis WHERE id = ?", [session.analysis_id]).fetchone()
    if row is None or row[0] is None:
        return load_exercise(session.exercise), "" if row is None else str(row[1])
    return Exercise.from_document(json.loads(row[0])), str(row[1])


def results(store: Store, session: Session) -> EventLog:
    """Give what the session's tables hold: the accepted analysis with the corrections."""
    return read(store.db.conn, session.id)


def found(store: Store, analysis_id: int) -> EventLog:
    """Give what an analysis found, without corrections."""
    return analysis_log(store.db.conn, analysis_id)


def summary(store: Store, session: Session, started_at: str | None, log: EventLog | None = None) -> Summary:
    """Fold a stored session, whose `results` may be at hand already, into the contract of `replay`."""
    exercise, version = accepted_exercise(store, session)
    return summarize(
        log or results(store, session),
        source=f"session {session.id}",
        exercise=exercise.name,
        side=session.side,
        duration_s=session.duration_s,
        rate_hz=session.rate_hz,
        version=version,
        parameters=exercise.values(),
        started_at=started_at,
    )


def add(
    store: Store, session_id: int, exercise: Exercise, version: str, events: Iterable[Event], pyramid: Pyramid
) -> int:
    """Keep a new analysis beside the others; give its number."""
    with store.db.atomic():
        connection = store.db.conn
        analysis_id = insert_analysis(connection, session_id, exercise, version)
        insert_events(connection, analysis_id, 0, events)
        write_pyramid(connection, analysis_id, pyramid)
    return analysis_id


def accept(store: Store, session_id: int, analysis_id: int, *, rate_hz: float, duration_s: float) -> None:
    """Make an analysis the one that counts; corrections stay where they are."""
    with store.db.atomic():
        store.db.execute(
            "UPDATE session SET analysis_id = ?, rate_hz = ?, duration_s = ?,"
            " exercise = (SELECT exercise FROM analysis WHERE id = ?) WHERE id = ?",
            [analysis_id, rate_hz, duration_s, analysis_id, session_id],
        )
        refresh(store.db.conn, session_id)


def angle(
    store: Store, session: Session, points: int, start_s: float = 0.0, end_s: float | None = None
) -> tuple[float, float, Extremes]:
    """Give the angle of a span in few points.

    Returns
    -------
    begin_s, step_s, extremes
        Time of the first bucket, duration of a bucket, and (N, 2) least and greatest angle in degrees.
    """
    end_s = session.duration_s if end_s is None else end_s
    level = level_for(max(end_s - start_s, 0.0), points)
    row = store.db.execute("SELECT max(level) FROM angle_tile WHERE analysis_id = ?", [session.analysis_id]).fetchone()
    level = min(level, row[0] or 0)
    begin_s, step_s, extremes = read_angle(store.db.conn, session.analysis_id or 0, level, start_s, end_s)
    return begin_s, step_s, extremes
