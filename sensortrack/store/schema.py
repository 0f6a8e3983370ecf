"""The tables, as a list of migrations. What is released is never changed; what changes is a new migration."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("sensortrack")

_FIRST = """
CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE sensor (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,          -- Bluetooth address, or what the system gives instead
    name TEXT NOT NULL,
    family TEXT NOT NULL,                   -- device family, as in the registry
    last_used_at TEXT                       -- UTC
) STRICT;
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    person_id INTEGER NOT NULL REFERENCES person (id),
    sensor_id INTEGER NOT NULL REFERENCES sensor (id),
    exercise TEXT NOT NULL,
    side TEXT CHECK (side IN ('left', 'right')),
    placement TEXT CHECK (placement IN ('front', 'outside', 'back')),
    started_at TEXT NOT NULL,               -- UTC instant of time 0 of its packets
    zone TEXT NOT NULL,                     -- IANA zone where it was recorded
    duration_s REAL NOT NULL DEFAULT 0 CHECK (duration_s >= 0),
    state TEXT NOT NULL CHECK (state IN ('recording', 'complete', 'interrupted')),
    origin TEXT NOT NULL CHECK (origin IN ('bluetooth', 'simulated', 'phone', 'import')),
    settings TEXT NOT NULL CHECK (json_valid(settings)),  -- what the decoder must know
    group_uid TEXT,                         -- the same for sessions of two sensors at once
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX session_by_start ON session (started_at);
CREATE TABLE packet_chunk (                 -- raw packets as they came, about half a second each
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    first_s REAL NOT NULL,                  -- receive times, seconds from the session's start, monotonic
    last_s REAL NOT NULL,
    packets BLOB NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT;
CREATE TABLE analysis (                     -- one run of the chain; never overwritten
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    version TEXT NOT NULL,                  -- of the program
    exercise TEXT NOT NULL,
    parameters TEXT NOT NULL CHECK (json_valid(parameters)),
    made_at TEXT NOT NULL,
    is_live INTEGER NOT NULL CHECK (is_live IN (0, 1))
) STRICT;
CREATE INDEX analysis_by_session ON analysis (session_id);
CREATE TABLE event (                        -- the event log; a later event of the same kind and key replaces an earlier
    analysis_id INTEGER NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key INTEGER NOT NULL,
    decided_s REAL NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (analysis_id, number)
) STRICT;
CREATE TABLE mark (                         -- what the person noted while it ran
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    at_s REAL NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('mark', 'take-back'))
) STRICT;
CREATE INDEX mark_by_session ON mark (session_id);
CREATE VIEW newest_event AS
    SELECT analysis_id, kind, key, decided_s, body, max(number) AS number
    FROM event GROUP BY analysis_id, kind, key;
CREATE VIEW gap AS
    SELECT analysis.session_id, json_extract(body, '$.start_s') AS start_s, json_extract(body, '$.end_s') AS end_s
    FROM newest_event JOIN analysis ON analysis.id = analysis_id WHERE kind = 'Gap' AND analysis.is_live;
INSERT INTO person (name) VALUES ('me');
"""


NAMES = {"0001_first"}
"""All migrations of this version."""


@MIGRATIONS(name="0001_first")
def _first(db: Database) -> None:
    for statement in _statements(_FIRST):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """Cut a script into statements: `executescript` would end the migration's transaction."""
    lines = (line.partition("--")[0] for line in script.splitlines())
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]
