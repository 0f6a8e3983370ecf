"""Sessions that come whole, from files: one transaction each, so that there is never a half of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sensortrack.model.events import Event
from sensortrack.model.samples import Packet
from sensortrack.store.edits import FIELDS
from sensortrack.store.packets import pack
from sensortrack.store.problems import store_error
from sensortrack.store.pyramid import Pyramid
from sensortrack.store.results import insert_events, refresh, write_pyramid
from sensortrack.store.session import Begin, Session
from sensortrack.store.store import Store

_CHUNK = 50  # packets: a megabyte


def existing(store: Store, source_sha256: str | None, uid: str | None) -> Session | None:
    """Find the session of a content, or of an identity; None if there is none."""
    row = store.db.execute("SELECT id FROM session WHERE source_sha256 = ? OR uid = ?", [source_sha256, uid]).fetchone()
    return None if row is None else store.session(str(row[0]))


def keep(
    store: Store,
    begin: Begin,
    packets: Iterable[Packet],
    events: Sequence[Event],
    pyramid: Pyramid,
    *,
    rate_hz: float,
    duration_s: float,
    felt: Mapping[str, int | None],
    corrections: Iterable[Mapping[str, Any]] = (),
) -> int:
    """Keep a session with its analysis; give its number.

    Parameters
    ----------
    felt
        ``pain_before``, ``pain_after``, ``effort``.
    corrections
        That an export tells of, oldest first.

    Raises
    ------
    StoreError
        The store cannot be written.
    """
    try:
        with store.db.atomic():
            session_id, analysis_id = store.insert(begin)
            connection = store.db.conn
            connection.executemany(
                "INSERT INTO packet_chunk (session_id, number, first_s, last_s, packets) VALUES (?, ?, ?, ?, ?)",
                _chunks(session_id, packets),
            )
            insert_events(connection, analysis_id, 0, events)
            write_pyramid(connection, analysis_id, pyramid)
            connection.execute(
                "UPDATE session SET state = 'complete', duration_s = ?, rate_hz = ?, pain_before = ?, pain_after = ?,"
                " effort = ? WHERE id = ?",
                [duration_s, rate_hz, felt.get("pain_before"), felt.get("pain_after"), felt.get("effort"), session_id],
            )
            _correct(connection, session_id, corrections)
            refresh(connection, session_id)
    except sqlite3.DatabaseError as error:
        raise store_error(store.path, error) from error
    return session_id


def has_packets(store: Store, session_id: int) -> bool:
    """Whether there is anything to be analysed again: imported results have no samples."""
    query = "SELECT EXISTS (SELECT 1 FROM packet_chunk WHERE session_id = ?)"
    return bool(store.db.execute(query, [session_id]).fetchone()[0])


def _chunks(session_id: int, packets: Iterable[Packet]) -> Iterator[tuple[int, int, float, float, bytes]]:
    waiting: list[Packet] = []
    number = 0
    for packet in packets:
        waiting.append(packet)
        if len(waiting) == _CHUNK:
            yield session_id, number, waiting[0].received_s, waiting[-1].received_s, pack(waiting)
            waiting, number = [], number + 1
    if waiting:
        yield session_id, number, waiting[0].received_s, waiting[-1].received_s, pack(waiting)


def _correct(connection: sqlite3.Connection, session_id: int, corrections: Iterable[Mapping[str, Any]]) -> None:
    """Repeat what a person changed; what was set is in the session already, and only shown as changed."""
    connection.executemany(
        "INSERT INTO correction (session_id, made_at, kind, start_s, end_s, field, old_value, new_value)"
        " VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?, ?, ?, ?, ?, ?)",
        [
            (session_id, *map(each.get, ("kind", "start_s", "end_s", "field")), _before(each), each.get("value"))
            for each in corrections
            if each["kind"] != "set" or each["field"] in FIELDS
        ],
    )


def _before(correction: Mapping[str, Any]) -> str | None:
    """Give what undoing sets: exports do not tell what was there, so nothing."""
    return "" if correction.get("field") == "note" else None
