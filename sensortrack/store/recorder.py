"""Write a session while it runs: whatever happens to the computer, what is older than a second is there.

A thread of its own writes, so that a slow disk does not hold up what a person hears. What cannot be written now stays
in memory and is tried again: a store that another program has locked, or a full disk, does not end a recording.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from filelock import BaseFileLock

from sensortrack.model.events import AngleTrace, Event
from sensortrack.model.samples import Packet
from sensortrack.store import rescue
from sensortrack.store.packets import pack
from sensortrack.store.pyramid import Pyramid
from sensortrack.store.results import insert_events, refresh, write_pyramid

COMMIT_S = 0.4
"""Between two commits: with the writing itself well under a second."""

LAST_TRIES_S = 10.0
"""So long the end of a session tries to write before it puts the rest aside in a file."""


class Trouble(StrEnum):
    """Why nothing can be written at the moment."""

    LOCKED = "locked"
    FULL = "full"
    READ_ONLY = "read-only"
    IO = "io"


_TROUBLES = {
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
}


class Recorder:
    """A session that is being recorded; made by `Store.record`.

    Attributes
    ----------
    trouble
        Why nothing can be written at the moment; None while all is well.
    aside
        The file that holds what could not be written in the end; None when all of it was, or even that failed.
    is_whole
        Whether everything was written, into the store or aside; told when it is finished.
    """

    def __init__(self, path: Path, session_id: int, analysis_id: int, uid: str, lock: BaseFileLock) -> None:
        self.session_id = session_id
        self.uid = uid
        self.trouble: Trouble | None = None
        self.aside: Path | None = None
        self.is_whole = True
        self._path = path
        self._analysis_id = analysis_id
        self._lock = lock
        self._news = threading.Condition()
        self._packets: list[Packet] = []
        self._events: list[Event] = []
        self._marks: list[float] = []
        self._rejected: list[tuple[float, float]] = []
        self._pyramid = Pyramid()
        self._rate_hz = 0.0
        self._duration_s: float | None = None
        self._chunks: list[rescue.Chunk] = []  # what waits to be written, in its order
        self._next_chunk = self._next_event = 0
        self._last_s = 0.0
        self._state: str | None = None
        self._thread = threading.Thread(target=self._write_on, name="recorder", daemon=True)
        self._thread.start()

    def add(self, packet: Packet) -> None:
        """Take a packet; returns at once."""
        with self._news:
            self._packets.append(packet)

    def add_events(self, events: Iterable[Event]) -> None:
        """Take what the live analysis told."""
        with self._news:
            self._events.extend(events)

    def mark(self, at_s: float) -> None:
        """Take a moment that the person marked."""
        with self._news:
            self._marks.append(at_s)

    def take_back(self, start_s: float, end_s: float) -> None:
        """Take a correction: the movement between these times is none that the person meant."""
        with self._news:
            self._rejected.append((start_s, end_s))

    def add_angle(self, trace: AngleTrace) -> None:
        """Take the angle, for whoever looks at the session later."""
        self._pyramid.add(trace)

    def finish(self, state: str = "complete", *, rate_hz: float = 0.0, duration_s: float | None = None) -> None:
        """Write the rest and end the session; what cannot be written is put aside (`aside`).

        Parameters
        ----------
        rate_hz, duration_s
            What the chain saw; without it the session lasts from the first packet to the last.
        """
        self._rate_hz, self._duration_s = rate_hz, duration_s
        with self._news:
            self._state = state
            self._news.notify()
        self._thread.join()
        self._lock.release()

    def _write_on(self) -> None:
        connection: sqlite3.Connection | None = None
        until_s: float | None = None
        while True:
            with self._news:
                self._news.wait_for(lambda: self._state is not None, timeout=COMMIT_S)
                ends = self._state is not None
            try:
                connection = connection or self._connect()
                self._write(connection, self._state if ends else None)
                self.trouble = None
            except sqlite3.DatabaseError as error:
                code = (error.sqlite_errorcode or 0) & 0xFF if hasattr(error, "sqlite_errorcode") else 0
                self.trouble = _TROUBLES.get(code, Trouble.IO)
                _close(connection)
                connection = None
            if not ends:
                continue
            until_s = until_s or time.monotonic() + LAST_TRIES_S
            if self.trouble is None or time.monotonic() > until_s:
                break
            time.sleep(COMMIT_S)
        _close(connection)
        if self.trouble is not None:
            self.aside = rescue.put_aside(self._path, self.uid, self._chunks)
            self.is_whole = self.aside is not None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=COMMIT_S, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _write(self, connection: sqlite3.Connection, state: str | None) -> None:
        """Commit everything that waits; on an error all of it goes on waiting."""
        self._cut_chunk()
        with self._news:
            events, marks, rejected = list(self._events), list(self._marks), list(self._rejected)
        chunks = list(self._chunks)
        if not (chunks or events or marks or rejected or state):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._insert(connection, chunks, events, marks, rejected)
            if state is not None:
                self._end(connection, state)
            connection.execute("COMMIT")
        except sqlite3.DatabaseError:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._next_event += len(events)
        del self._chunks[: len(chunks)]
        with self._news:
            del self._events[: len(events)]
            del self._marks[: len(marks)]
            del self._rejected[: len(rejected)]

    def _end(self, connection: sqlite3.Connection, state: str) -> None:
        duration_s = self._last_s if self._duration_s is None else self._duration_s
        connection.execute(
            "UPDATE session SET state = ?, duration_s = ?, rate_hz = ? WHERE id = ?",
            [state, duration_s, self._rate_hz, self.session_id],
        )
        write_pyramid(connection, self._analysis_id, self._pyramid)
        refresh(connection, self.session_id)

    def _cut_chunk(self) -> None:
        with self._news:
            packets, self._packets = self._packets, []
        if packets:
            first_s, self._last_s = packets[0].received_s, max(self._last_s, packets[-1].received_s)
            self._chunks.append((self._next_chunk, first_s, packets[-1].received_s, pack(packets)))
            self._next_chunk += 1

    def _insert(
        self,
        connection: sqlite3.Connection,
        chunks: list[rescue.Chunk],
        events: list[Event],
        marks: list[float],
        rejected: list[tuple[float, float]],
    ) -> None:
        connection.executemany(
            "INSERT INTO packet_chunk (session_id, number, first_s, last_s, packets) VALUES (?, ?, ?, ?, ?)",
            [(self.session_id, *chunk) for chunk in chunks],
        )
        insert_events(connection, self._analysis_id, self._next_event, events)
        connection.executemany(
            "INSERT INTO mark (session_id, at_s, kind) VALUES (?, ?, 'mark')",
            [(self.session_id, at_s) for at_s in marks],
        )
        connection.executemany(
            "INSERT INTO correction (session_id, made_at, kind, start_s, end_s)"
            " VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'reject', ?, ?)",
            [(self.session_id, *times) for times in rejected],
        )


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()
