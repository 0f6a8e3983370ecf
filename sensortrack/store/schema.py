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

_RESULTS = """
ALTER TABLE session ADD COLUMN analysis_id INTEGER REFERENCES analysis (id);  -- the accepted one
ALTER TABLE analysis ADD COLUMN definition TEXT CHECK (definition IS NULL OR json_valid(definition));
ALTER TABLE session ADD COLUMN rate_hz REAL NOT NULL DEFAULT 0 CHECK (rate_hz >= 0);  -- true sampling rate
ALTER TABLE session ADD COLUMN description TEXT NOT NULL DEFAULT '';   -- TOML of a sensor that its owner described
ALTER TABLE session ADD COLUMN source TEXT NOT NULL DEFAULT '';        -- name of the imported file
ALTER TABLE session ADD COLUMN source_sha256 TEXT;                     -- of its content: imported once only
ALTER TABLE session ADD COLUMN pain_before INTEGER CHECK (pain_before IS NULL OR pain_before BETWEEN 0 AND 10);
ALTER TABLE session ADD COLUMN pain_after INTEGER CHECK (pain_after IS NULL OR pain_after BETWEEN 0 AND 10);
ALTER TABLE session ADD COLUMN effort INTEGER CHECK (effort IS NULL OR effort BETWEEN 0 AND 10);
CREATE UNIQUE INDEX session_by_source ON session (source_sha256) WHERE source_sha256 IS NOT NULL;
UPDATE session SET analysis_id = (SELECT max(id) FROM analysis WHERE session_id = session.id AND is_live);
CREATE TABLE correction (                   -- what the person changed, one after the other
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    made_at TEXT NOT NULL,                  -- UTC
    kind TEXT NOT NULL CHECK (kind IN ('accept', 'reject', 'add', 'set')),
    start_s REAL,                           -- of the movement
    end_s REAL,
    field TEXT,                             -- of a 'set': column of session
    old_value TEXT,
    new_value TEXT,
    undone_at TEXT                          -- UTC; NULL while it holds
) STRICT;
CREATE INDEX correction_by_session ON correction (session_id);
INSERT INTO correction (session_id, made_at, kind, start_s, end_s)
    SELECT mark.session_id, session.started_at, 'reject', at_s, json_extract(body, '$.end_s')
    FROM mark JOIN session ON session.id = mark.session_id
        JOIN newest_event ON newest_event.analysis_id = session.analysis_id
    WHERE mark.kind = 'take-back' AND newest_event.kind = 'Movement' AND json_extract(body, '$.start_s') = at_s;
CREATE TABLE movement (                     -- what the accepted analysis found, with the corrections laid over it
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,                -- from 1, by time
    set_number INTEGER,                     -- from 1; NULL for what is no repetition
    start_s REAL NOT NULL,
    top_start_s REAL NOT NULL,
    top_end_s REAL NOT NULL,
    end_s REAL NOT NULL,
    lift_s REAL NOT NULL,
    hold_s REAL NOT NULL,
    lower_s REAL NOT NULL,
    rom_deg REAL NOT NULL,                  -- range of motion; negative is flexion
    decided_s REAL NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('counted', 'doubtful', 'partial', 'rejected')),
    reasons TEXT NOT NULL DEFAULT '',       -- words with blanks between
    form TEXT NOT NULL DEFAULT '',
    edited TEXT CHECK (edited IN ('accepted', 'rejected', 'added')),
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE hold (
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    duration_s REAL NOT NULL,
    angle_deg REAL NOT NULL,
    decided_s REAL NOT NULL,
    in_target INTEGER NOT NULL CHECK (in_target IN (0, 1)),
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE thomas_trial (
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    thigh_angle_deg REAL NOT NULL,          -- against the horizontal, positive above it
    spread_deg REAL NOT NULL,
    decided_s REAL NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
DROP VIEW gap;
CREATE TABLE gap (                          -- missing samples
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    decided_s REAL NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE angle_tile (                   -- least and greatest angle of short stretches of time: a day at a glance
    analysis_id INTEGER NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    level INTEGER NOT NULL,                 -- a bucket of level n lasts 0.05 s * 4^n
    tile INTEGER NOT NULL,                  -- 1024 buckets each
    extremes BLOB NOT NULL,                 -- float32 pairs, least and greatest; NaN where nothing is known
    PRIMARY KEY (analysis_id, level, tile)
) STRICT, WITHOUT ROWID;
CREATE VIEW repetition AS
    SELECT * FROM movement WHERE verdict IN ('counted', 'doubtful');
CREATE VIEW session_summary AS
    SELECT session.id, started_at, zone, person.name AS person, exercise, side, placement, state, origin, duration_s,
        (SELECT count(*) FROM repetition WHERE session_id = session.id) AS repetitions,
        (SELECT count(DISTINCT set_number) FROM repetition WHERE session_id = session.id) AS sets,
        (SELECT count(*) FROM hold WHERE session_id = session.id) AS holds,
        (SELECT sum(duration_s) FROM hold WHERE session_id = session.id) AS held_s,
        (SELECT count(*) FROM thomas_trial WHERE session_id = session.id) AS trials,
        EXISTS (SELECT 1 FROM correction WHERE session_id = session.id AND undone_at IS NULL) AS is_edited,
        pain_before, pain_after, effort, note
    FROM session JOIN person ON person.id = person_id;
CREATE VIEW daily AS                        -- days are UTC
    SELECT substr(started_at, 1, 10) AS day, person, exercise, side, count(*) AS sessions,
        sum(repetitions) AS repetitions, sum(sets) AS sets, sum(holds) AS holds, sum(held_s) AS held_s
    FROM session_summary GROUP BY day, person, exercise, side;
"""

_SELF_REPORTS = """
CREATE TABLE self_report (                  -- what was done without a sensor, as the person told it
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    exercise TEXT NOT NULL,
    side TEXT CHECK (side IN ('left', 'right')),
    day TEXT NOT NULL,                      -- calendar day on which it was done, where the person was
    sets INTEGER NOT NULL CHECK (sets > 0), -- sets, holds or trials
    repetitions INTEGER CHECK (repetitions IS NULL OR repetitions > 0),  -- in each set
    hold_s REAL CHECK (hold_s IS NULL OR hold_s > 0),
    note TEXT NOT NULL DEFAULT '',
    made_at TEXT NOT NULL,                  -- UTC; the same for what was told with one command
    zone TEXT NOT NULL,                     -- IANA zone where it was told
    undone_at TEXT                          -- UTC; NULL while it holds
) STRICT;
CREATE INDEX self_report_by_day ON self_report (day);
CREATE INDEX session_by_exercise ON session (exercise, started_at);
CREATE INDEX movement_by_verdict ON movement (session_id, verdict, set_number);
"""

_TOTALS = """
CREATE TABLE session_total (                -- a session in numbers, made with its rows: years open at once
    session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    repetitions INTEGER NOT NULL,
    sets INTEGER NOT NULL,
    rom_deg REAL,                           -- medians of the repetitions that were measured
    hold_s REAL,
    holds INTEGER NOT NULL,
    held_s REAL,                            -- of all holds together
    hold_angle_deg REAL,                    -- median of the holds
    trials INTEGER NOT NULL,
    thigh_angle_deg REAL                    -- median of the trials
) STRICT;
DROP VIEW session_summary;
CREATE VIEW session_summary AS
    SELECT session.id, started_at, zone, person.name AS person, exercise, side, placement, state, origin, duration_s,
        coalesce(repetitions, 0) AS repetitions, coalesce(sets, 0) AS sets, rom_deg, hold_s,
        coalesce(holds, 0) AS holds, held_s, hold_angle_deg, coalesce(trials, 0) AS trials, thigh_angle_deg,
        EXISTS (SELECT 1 FROM correction WHERE session_id = session.id AND undone_at IS NULL) AS is_edited,
        pain_before, pain_after, effort, note
    FROM session JOIN person ON person.id = person_id LEFT JOIN session_total ON session_id = session.id;
"""

_TAKEN_BACK = """
CREATE TABLE taken_back (                   -- holds and trials that the person does not count: in no table of theirs
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('Hold', 'ThomasAngle')),
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),  -- as in the event log
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
"""


NAMES = {"0001_first", "0002_results", "0003_self_reports", "0004_totals", "0005_taken_back"}
"""All migrations of this version."""


@MIGRATIONS(name="0001_first")
def _first(db: Database) -> None:
    for statement in _statements(_FIRST):
        db.execute(statement)


@MIGRATIONS(name="0002_results")
def _results(db: Database) -> None:
    for statement in _statements(_RESULTS):
        db.execute(statement)


@MIGRATIONS(name="0003_self_reports")
def _self_reports(db: Database) -> None:
    for statement in _statements(_SELF_REPORTS):
        db.execute(statement)


@MIGRATIONS(name="0004_totals")
def _totals(db: Database) -> None:
    for statement in _statements(_TOTALS):
        db.execute(statement)


@MIGRATIONS(name="0005_taken_back")
def _taken_back(db: Database) -> None:
    for statement in _statements(_TAKEN_BACK):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """Cut a script into statements: `executescript` would end the migration's transaction."""
    lines = (line.partition("--")[0] for line in script.splitlines())
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]
