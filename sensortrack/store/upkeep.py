"""Delete, back up, restore: safe while another program records, verified, wholly or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from sensortrack.store.problems import StoreError, StoreProblem, store_error
from sensortrack.store.schema import MIGRATIONS, NAMES
from sensortrack.store.store import Store

_PAGES = 2048  # copied at a time, so that a recorder gets its turn
_WAIT_S = 0.05


def delete(store: Store, session_ids: Sequence[int]) -> None:
    """Remove sessions with everything that belongs to them, all or none; their bytes are overwritten.

    Raises
    ------
    StoreError
        One is being recorded just now.
    """
    store.db.execute("PRAGMA secure_delete = ON")
    with store.db.atomic():
        for session_id in session_ids:
            _refuse_running(store, "id = ?", [session_id])
            store.db.execute("UPDATE session SET analysis_id = NULL WHERE id = ?", [session_id])
            store.db.execute("DELETE FROM session WHERE id = ?", [session_id])
        store.db.execute("DELETE FROM sensor WHERE id NOT IN (SELECT sensor_id FROM session)")
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def backup(store: Store, path: Path, progress: Callable[[float], None] | None = None) -> None:
    """Copy the whole store into a new file, and check the copy before it gets its name.

    Raises
    ------
    StoreError
        The file cannot be written, or the copy is not sound.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with closing(sqlite3.connect(part)) as copy:
            _copy(store.db.conn, copy, progress)
            copy.execute("PRAGMA journal_mode = DELETE")
        check(part)
        _flush(part)
        part.replace(path)
    except (OSError, sqlite3.DatabaseError) as error:
        raise StoreError(
            StoreProblem.UNWRITABLE, path=str(path), found=getattr(error, "strerror", None) or str(error)
        ) from error
    finally:
        part.unlink(missing_ok=True)


def restore(path: Path, store: Store, aside: Path, progress: Callable[[float], None] | None = None) -> None:
    """Put a backup in the store's place, in one transaction; what is there now is backed up to `aside` first.

    Raises
    ------
    StoreError
        The file is no sound store, or a session is being recorded.
    """
    check(path)
    _refuse_running(store)
    backup(store, aside)
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
        _copy(source, store.db.conn, progress)
    store.migrate()


def check(path: Path) -> None:
    """Check that a file is a sound store.

    Raises
    ------
    StoreError
        It is not.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            newer = {each.name for each in MIGRATIONS.applied(Database(database))} - NAMES
            sound = database.execute("PRAGMA integrity_check").fetchone()[0]
            broken = database.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise store_error(path, error) from error
    if not {"session", "packet_chunk", "analysis", "event"} <= tables:
        raise StoreError(StoreProblem.NOT_A_STORE, path=str(path), found=", ".join(sorted(tables)[:3]) or "nothing")
    if newer:
        raise StoreError(StoreProblem.NEWER, path=str(path), found=", ".join(sorted(newer)))
    if sound != "ok" or broken is not None:
        raise StoreError(StoreProblem.DAMAGED, path=str(path), found=str(sound if sound != "ok" else broken))


def _refuse_running(store: Store, where: str = "1", values: Sequence[int] = ()) -> None:
    running = store.db.execute(f"SELECT id FROM session WHERE state = 'recording' AND {where}", values).fetchone()
    if running is not None:
        raise StoreError(StoreProblem.RECORDING, path=str(store.path), found=str(running[0]))


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, progress: Callable[[float], None] | None) -> None:
    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None and total:
            progress(1.0 - remaining / total)

    source.backup(target, pages=_PAGES, progress=told, sleep=_WAIT_S)


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
