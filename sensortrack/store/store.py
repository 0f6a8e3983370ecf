"""Open the store, find sessions, finish what was interrupted."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_data_path
from sqlite_utils import Database

from sensortrack.model.events import Event
from sensortrack.model.samples import Packet
from sensortrack.store import rescue
from sensortrack.store.event_rows import from_row
from sensortrack.store.packets import unpack
from sensortrack.store.problems import StoreError, StoreProblem, store_error
from sensortrack.store.recorder import Recorder
from sensortrack.store.results import insert_analysis, refresh
from sensortrack.store.schema import MIGRATIONS, NAMES
from sensortrack.store.session import Begin, Session, session_of

BUSY_S = 5.0
"""How long a command waits for another program's lock before it says so."""


SHORTEST_UID = 6
"""Fewer of its letters name no session: a number that is none would name any that begins with it."""


def default_path() -> Path:
    """Where the store is, unless the user tells: the user's data directory."""
    return user_data_path("sensortrack", appauthor=False) / "sensortrack.db"


class Store:
    """One SQLite file with every session.

    Attributes
    ----------
    path, db
        The file, and the open database.

    Raises
    ------
    StoreError
        The file cannot be opened, is none of ours, or is of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_new = not path.exists()
            self.db = Database(connect(path))
            if is_new:
                path.chmod(0o600)
            self.migrate()
        except sqlite3.DatabaseError as error:
            raise store_error(path, error) from error
        except OSError as error:
            raise StoreError(StoreProblem.UNREADABLE, path=str(path), found=error.strerror or str(error)) from error

    def close(self) -> None:
        """Close the file."""
        self.db.conn.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def migrate(self) -> None:
        """Bring the file up to this version, in one transaction."""
        applied = {each.name for each in MIGRATIONS.applied(self.db)}
        if applied - NAMES:
            raise StoreError(StoreProblem.NEWER, path=str(self.path), found=", ".join(sorted(applied - NAMES)))
        strange = [name for name in self.db.table_names() if not name.startswith("_sqlite")]
        if not applied and strange:
            raise StoreError(StoreProblem.NOT_A_STORE, path=str(self.path), found=", ".join(strange[:3]))
        if MIGRATIONS.pending(self.db):
            self.db.execute("BEGIN IMMEDIATE")  # another program may be about to do the same
            with self.db.conn:
                self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        pending = {each.name for each in MIGRATIONS.pending(self.db)}
        MIGRATIONS.apply(self.db)
        which = ""
        if pending & {"0002_results", "0004_totals"}:  # which have new tables of results
            which = "SELECT id FROM session"
        elif "0005_taken_back" in pending:  # which gives corrections more to be about
            which = "SELECT DISTINCT session_id FROM correction WHERE kind != 'set' AND undone_at IS NULL"
        for (session_id,) in self.db.execute(which).fetchall() if which else ():
            refresh(self.db.conn, session_id)

    def record(self, begin: Begin) -> Recorder:
        """Begin a session.

        Raises
        ------
        StoreError
            Another recorder runs on this sensor, or the store cannot be written.
        """
        lock = self._locked(begin.identity, begin.sensor_name)
        try:
            with self.db.atomic():
                session_id, analysis_id = self.insert(begin)
        except BaseException as error:
            lock.release()
            if isinstance(error, sqlite3.DatabaseError):
                raise store_error(self.path, error) from error
            raise
        return Recorder(self.path, session_id, analysis_id, begin.uid, lock)

    def ensure_free(self, identity: str, name: str) -> None:
        """Make sure that no recorder runs on a sensor, before its connection is touched.

        Raises
        ------
        StoreError
            One does.
        """
        self._locked(identity, name).release()

    def insert(self, begin: Begin) -> tuple[int, int]:
        """Put in a session and its first analysis, inside the caller's transaction; give the numbers of both."""
        db = self.db
        now = instant(begin.started_at)
        db.execute("INSERT INTO person (name) VALUES (?) ON CONFLICT DO NOTHING", [begin.person])
        db.execute(
            "INSERT INTO sensor (identity, name, family, last_used_at) VALUES (?, ?, ?, ?) ON CONFLICT (identity)"
            " DO UPDATE SET name = excluded.name, family = excluded.family, last_used_at = excluded.last_used_at",
            [begin.identity, begin.sensor_name, begin.family, now],
        )
        session_id = db.execute(
            "INSERT INTO session (uid, person_id, sensor_id, exercise, side, placement, started_at, zone, state,"
            " origin, settings, group_uid, note, source, source_sha256,"
            " description) SELECT ?, person.id, sensor.id, ?, ?, ?, ?, ?, 'recording', ?, ?, ?, ?, ?, ?, ?"
            " FROM person, sensor WHERE person.name = ? AND sensor.identity = ? RETURNING id",
            [begin.uid, begin.exercise.name, begin.side, begin.placement, now, begin.zone, begin.origin,
             json.dumps(asdict(begin.settings)), begin.group_uid, begin.note, begin.source, begin.source_sha256,
             begin.description, begin.person, begin.identity],
        ).fetchone()[0]  # fmt: skip
        analysis_id = insert_analysis(db.conn, session_id, begin.exercise, begin.version, is_live=True)
        db.execute("UPDATE session SET analysis_id = ? WHERE id = ?", [analysis_id, session_id])
        return session_id, analysis_id

    def recover(self) -> list[Session]:
        """Finish the sessions whose recorder is gone, with what was put aside for them; give them.

        What cannot be written now, on a full disk say, stays as it is for the next time.
        """
        found = []
        for session in self._select("WHERE state = 'recording'"):
            lock = self._lock(session.identity)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            try:
                rescue.take_in(self.db, self.path, session.id, session.uid)
                self._interrupted(session.id)
            except sqlite3.DatabaseError:
                continue
            finally:
                lock.release()
            found += self._select("WHERE session.id = ?", [session.id])
        return found

    def _interrupted(self, session_id: int) -> None:
        with self.db.atomic():
            self.db.execute(
                "UPDATE session SET state = 'interrupted', duration_s ="
                " (SELECT coalesce(max(last_s), 0) FROM packet_chunk WHERE session_id = session.id) WHERE id = ?",
                [session_id],
            )
            refresh(self.db.conn, session_id)

    def sessions(self) -> list[Session]:
        """All sessions, oldest first."""
        return self._select("ORDER BY started_at, session.id")

    def session(self, key: str) -> Session:
        """Find a session by number, by the first letters of its uid (`SHORTEST_UID`), or the newest by ``last``.

        Raises
        ------
        StoreError
            There is none, or more than one.
        """
        found = []
        if key == "last":
            found = self._select("ORDER BY started_at DESC, session.id DESC LIMIT 1")
        elif key.isdecimal() and len(key) < 10:
            found = self._select("WHERE session.id = ?", [int(key)])
        if not found and len(key) >= SHORTEST_UID:  # which may be digits alone
            found = self._select("WHERE uid LIKE ? ESCAPE '!'", [key.replace("%", "!%").replace("_", "!_") + "%"])
        if len(found) != 1:
            problem = StoreProblem.AMBIGUOUS if found else StoreProblem.NO_SESSION
            raise StoreError(problem, path=str(self.path), found=key)
        return found[0]

    def packets(self, session_id: int) -> Iterator[Packet]:
        """Give a session's packets in their order."""
        query = "SELECT packets FROM packet_chunk WHERE session_id = ? ORDER BY number"
        for (chunk,) in self.db.execute(query, [session_id]):
            yield from unpack(chunk)

    def live_events(self, session_id: int) -> list[Event]:
        """Give the event log of the live analysis."""
        query = (
            "SELECT kind, body FROM event JOIN analysis ON analysis.id = analysis_id"
            " WHERE session_id = ? AND is_live ORDER BY number"
        )
        return [from_row(kind, body) for kind, body in self.db.execute(query, [session_id])]

    def last_sensor(self) -> tuple[str, str, str] | None:
        """Identity, name and family of the Bluetooth sensor that was used last."""
        query = (
            "SELECT identity, sensor.name, family FROM sensor JOIN session ON sensor_id = sensor.id"
            " WHERE origin = 'bluetooth' ORDER BY started_at DESC LIMIT 1"
        )
        row = self.db.execute(query).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def _locked(self, identity: str, name: str) -> FileLock:
        lock = self._lock(identity)
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise StoreError(StoreProblem.SENSOR_BUSY, path=str(self.path), found=name) from error
        return lock

    def _lock(self, identity: str) -> FileLock:
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
        return FileLock(self.path.parent / f".{self.path.name}.{digest}.lock")

    def _select(self, rest: str, values: list[object] | None = None) -> list[Session]:
        query = (
            "SELECT session.id, uid, person.name, exercise, side, placement, started_at, zone, duration_s, state,"
            " origin, family, sensor.name, identity, settings, group_uid, note, analysis_id, rate_hz, source,"
            " pain_before, pain_after, effort, description FROM session"
            " JOIN person ON person.id = person_id JOIN sensor ON sensor.id = sensor_id "
        )
        return [session_of(row) for row in self.db.execute(query + rest, values or [])]


def connect(path: Path) -> sqlite3.Connection:
    """Open the file so that what is committed survives a loss of power."""
    connection = sqlite3.connect(path, timeout=BUSY_S)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def instant(when: datetime) -> str:
    """Write an instant as the store keeps it: UTC, ISO 8601, milliseconds."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
