"""The addresses of the review pages. Each answer opens the store for itself, so that none waits for another."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sensortrack.review.changes import judge_asked, set_asked, undo_asked
from sensortrack.review.overview import overview, trends
from sensortrack.review.session import angle_document, session_document
from sensortrack.store.problems import StoreError, StoreProblem
from sensortrack.store.session import Session
from sensortrack.store.store import Store
from sensortrack.web.site import Answer, Ask, Refused, Route, files, page, reads, takes

_STATIC = Path(__file__).parent / "static"


def site(path: Path, words: Mapping[str, str]) -> list[Route]:
    """Give the routes of all pages over a store.

    Parameters
    ----------
    path
        The store.
    words
        What the short words of reasons and form mean, for people; the caveat of the ``thomas`` test.
    """

    def sessions(_: Ask) -> object:
        with _store(path) as store:
            return overview(store)

    def trend(ask: Ask) -> object:
        with _store(path) as store:
            return trends(store, ask.query.get("exercise", ""), ask.query.get("person", ""))

    def session(ask: Ask) -> object:
        with _store(path) as store:
            return session_document(store, _session(store, ask), words)

    def angle(ask: Ask) -> object:
        with _store(path) as store:
            return angle_document(store, _session(store, ask), *_span(ask.query))

    def changing(change: Callable[[Store, Session, object], None]) -> Answer:
        def answer(ask: Ask) -> object:
            with _store(path, writes=True) as store:
                change(store, _session(store, ask), ask.body)
                return session_document(store, _session(store, ask), words)

        return answer

    return [
        page("/", _STATIC / "index.html"),
        page("/session", _STATIC / "session.html"),
        *files("/static", _STATIC),
        reads("/api/sessions", sessions),
        reads("/api/trends", trend),
        reads(r"/api/sessions/{id:\d{1,9}}", session),
        reads(r"/api/sessions/{id:\d{1,9}}/angle", angle),
        takes(r"/api/sessions/{id:\d{1,9}}/judge", changing(judge_asked)),
        takes(r"/api/sessions/{id:\d{1,9}}/set", changing(set_asked)),
        takes(r"/api/sessions/{id:\d{1,9}}/undo", changing(lambda store, session, _: undo_asked(store, session))),
    ]


@contextmanager
def _store(path: Path, *, writes: bool = False) -> Iterator[Store]:
    """Open the store for one answer; to look at it takes no lock that a recorder could wait for."""
    try:
        with Store(path) as store:
            if not writes:
                store.db.execute("PRAGMA query_only = ON")
            yield store
    except StoreError as error:
        missing = error.problem is StoreProblem.NO_SESSION
        raise Refused(404 if missing else 503, error.problem.value) from error
    except sqlite3.DatabaseError as error:
        busy = (error.sqlite_errorcode or 0) & 0xFF == sqlite3.SQLITE_BUSY
        raise Refused(503, (StoreProblem.BUSY if busy else StoreProblem.UNREADABLE).value) from error


def _session(store: Store, ask: Ask) -> Session:
    return store.session(ask.path["id"])


def _span(query: Mapping[str, str]) -> tuple[float, float, int]:
    try:
        return float(query["start_s"]), float(query["end_s"]), int(query["points"])
    except (KeyError, ValueError) as error:
        raise Refused(400, "no span") from error
