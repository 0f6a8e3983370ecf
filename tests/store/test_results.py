"""What people read: rows, corrections over them, undo, the angle of a day, and stores of earlier versions."""

import json
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from sensortrack.model.events import AngleTrace, Gap, Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.summary import EventLog
from sensortrack.store import schema
from sensortrack.store.corrections import Correction, corrected, edited
from sensortrack.store.edits import edits, judge, set_field, undo
from sensortrack.store.pyramid import BUCKET_S, FACTOR, TILE, Pyramid, bucket_s, level_for
from sensortrack.store.results import read, read_angle
from sensortrack.store.store import Store
from tests.store.test_store import beginning, packets, record


def rep(number: int, start_s: float, verdict=Verdict.COUNTED, set_id: int | None = 0, reasons=()) -> Movement:
    return Movement(
        number, start_s, start_s + 1, start_s + 2, start_s + 3, 60.0, start_s + 3.2, verdict, reasons, ("low",), set_id
    )


LOG = [
    rep(0, 10.0), rep(1, 14.0), rep(2, 18.0, Verdict.PARTIAL, None, ("low",)), rep(3, 22.0),
    rep(4, 60.0, set_id=1), Hold(0, 1.0, 25.0, 20.0, 25.4, True), Gap(0, 5.0, 5.5, 5.5),
    ThomasAngle(0, 1.0, 4.0, -4.0, 0.3, 4.5),
]  # fmt: skip


def counts(log: EventLog) -> list[int]:
    return [len(each) for each in log.sets]


def test_rows_are_the_events(tmp_path):
    with Store(tmp_path / "a.db") as store:
        number = record(store, packets(), LOG).session_id
        log, read_back = EventLog(LOG), read(store.db.conn, number)
        assert counts(read_back) == counts(log) == [3, 1]
        assert read_back.movements == log.movements
        assert (read_back.holds, read_back.gaps, read_back.trials) == (log.holds, log.gaps, log.trials)
        (summary,) = store.db.query("SELECT * FROM session_summary")
        assert (summary["repetitions"], summary["sets"], summary["holds"], summary["trials"]) == (4, 2, 1, 1)
        assert summary["is_edited"] == 0
        (day,) = store.db.query("SELECT * FROM daily")
        assert (day["sessions"], day["repetitions"], day["held_s"]) == (1, 4, 24.0)
        assert (summary["rom_deg"], summary["hold_s"], summary["thigh_angle_deg"]) == (60.0, 1.0, -4.0)


def test_edits_and_undo(tmp_path):
    with Store(tmp_path / "a.db") as store:
        number = record(store, packets(), LOG, side="left").session_id
        untouched = read(store.db.conn, number)
        judge(store, number, "accept", 18.0, 21.0)
        assert counts(read(store.db.conn, number)) == [4, 1]
        judge(store, number, "reject", 10.1, 13.0)
        judge(store, number, "add", 100.0, 103.0)
        set_field(store, number, "side", "right")
        set_field(store, number, "pain_before", 3)
        log = read(store.db.conn, number)
        assert counts(log) == [3, 1, 1]
        assert [edited(each) for each in log.movements] == ["rejected", None, "accepted", None, None, "added"]
        assert store.session("last").side == "right"
        assert [edit.kind for edit in edits(store, number)] == ["accept", "reject", "add", "set", "set"]
        assert [undo(store, number).field for _ in range(2)] == ["pain_before", "side"]
        assert store.session("last").side == "left"
        while undo(store, number):
            pass
        assert read(store.db.conn, number).movements == untouched.movements
        assert store.live_events(number) == LOG


def test_the_newest_word_on_a_movement_holds():
    corrections = [Correction("reject", 10.0, 13.0), Correction("accept", 10.0, 13.0)]
    log = corrected(EventLog(LOG), corrections, 5.0)
    assert counts(log) == [3, 1]


def test_corrections_find_their_movement_after_another_analysis():
    moved = EventLog([rep(7, 10.4), rep(8, 30.0)])
    log = corrected(moved, [Correction("reject", 10.0, 13.0), Correction("accept", 18.0, 21.0)], 5.0)
    assert [(each.start_s, edited(each)) for each in log.movements] == [
        (10.4, "rejected"), (18.0, "added"), (30.0, None),
    ]  # fmt: skip


def test_holds_and_trials_can_be_taken_back_and_accepted_again():
    held = [Hold(0, 1.0, 25.0, 20.0, 25.4, True), Hold(1, 30.0, 50.0, 10.0, 50.4, False)]
    trials = [ThomasAngle(0, 60.0, 64.0, -4.0, 0.3, 64.5)]
    away = [Correction("reject", 29.0, 49.0), Correction("reject", 60.0, 64.0)]
    log = corrected(EventLog([*held, *trials]), away, 5.0)
    assert (log.holds, log.trials, len(log.taken_back)) == (held[:1], [], 2)
    moved = corrected(EventLog([replace(held[1], id=0, start_s=31.0, end_s=51.0)]), away, 5.0)  # analysed again
    assert (moved.holds, len(moved.taken_back), moved.movements) == ([], 1, [])
    back = corrected(EventLog([*held, *trials]), [*away, Correction("accept", 30.0, 50.0)], 5.0)
    assert (back.holds, back.trials) == (held, [])
    none = corrected(EventLog(held), [Correction("reject", 200.0, 230.0)], 5.0)
    assert (none.holds, none.taken_back) == (held, [])


def test_what_was_taken_back_is_in_no_table_of_what_counts(tmp_path):
    with Store(tmp_path / "a.db") as store:
        trial = ThomasAngle(0, 60.0, 64.0, -4.0, 0.3, 64.5)
        number = record(store, packets(), [Hold(0, 1.0, 25.0, 20.0, 25.4, True), trial]).session_id
        untouched = read(store.db.conn, number)
        judge(store, number, "reject", 1.0, 25.0)
        judge(store, number, "reject", 60.5, 64.0)
        log = read(store.db.conn, number)
        assert (log.holds, log.trials) == ([], [])
        assert [type(each) for each in log.taken_back] == [Hold, ThomasAngle]
        (total,) = store.db.query("SELECT * FROM session_summary")
        assert (total["holds"], total["held_s"], total["hold_angle_deg"], total["trials"]) == (0, None, None, 0)
        assert store.db["hold"].count == store.db["thomas_trial"].count == 0
        while undo(store, number):
            pass
        log = read(store.db.conn, number)
        assert (log.holds, log.trials, log.taken_back) == (untouched.holds, untouched.trials, [])


starts = st.lists(st.integers(0, 60), unique=True, max_size=8).map(lambda found: [4.0 * each for each in sorted(found)])


@given(starts, st.lists(st.tuples(st.sampled_from(["accept", "reject", "add"]), st.floats(0, 250)), max_size=6))
def test_any_corrections_give_sets_in_order(found, changes):
    movements = [rep(i, start_s, set_id=0) for i, start_s in enumerate(found)]
    corrections = [Correction(kind, at_s, at_s + 3.0) for kind, at_s in changes]
    log = corrected(EventLog(movements), corrections, 5.0)
    ids = [each.set_id for each in log.movements if each.verdict.counts]
    assert ids == sorted(ids)
    assert set(ids) == set(range(len(set(ids))))
    assert corrected(EventLog(movements), [], 5.0).movements == movements


def test_angle_pyramid_keeps_every_extreme(tmp_path):
    time_s = np.arange(0, 1000, 0.01)
    angle = np.sin(time_s) * 40 + np.where(np.arange(len(time_s)) == 54_321, 100.0, 0.0)
    angle[20_000:30_000] = np.nan
    with Store(tmp_path / "a.db") as store:
        recorder = store.record(beginning())
        for first in range(0, len(time_s), 777):
            rows = slice(first, first + 777)
            recorder.add_angle(AngleTrace(time_s[rows], angle[rows]))
        recorder.finish()
        (analysis,) = store.db.execute("SELECT id FROM analysis").fetchone()
        for level in range(3):
            begin_s, _, extremes = read_angle(store.db.conn, analysis, level, 0.0, 1000.0)
            assert begin_s == 0.0
            assert abs(len(extremes) - 1000 / bucket_s(level)) <= 2
            assert np.nanmax(extremes) == pytest.approx(angle[54_321], abs=1e-3)
            assert np.isnan(extremes[int(250 / bucket_s(level))]).all()
        begin_s, _, extremes = read_angle(store.db.conn, analysis, 0, 600.0, 610.0)
        assert begin_s == pytest.approx(600.0, abs=BUCKET_S)
        part = angle[(time_s >= begin_s) & (time_s < begin_s + len(extremes) * BUCKET_S)]
        assert np.nanmin(extremes) == pytest.approx(part.min(), abs=1e-3)
        assert len(read_angle(store.db.conn, analysis, 0, 5000.0, 6000.0)[2]) == 0


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(-180, 180)), max_size=50))
def test_every_level_has_the_same_extremes(points):
    pyramid = Pyramid()
    for time_s, angle_deg in points:
        pyramid.add(AngleTrace(np.array([time_s]), np.array([angle_deg])))
    levels: dict[int, list] = {}
    for tile in pyramid.tiles():
        assert len(tile.extremes) <= TILE
        levels.setdefault(tile.level, []).append(tile.extremes)
    for tiles in levels.values():
        found = np.concatenate(tiles)
        assert np.nanmax(found) == np.float32(max(angle for _, angle in points))
        assert np.nanmin(found) == np.float32(min(angle for _, angle in points))
    assert bool(levels) == bool(points)


def test_the_level_for_a_screen():
    assert level_for(50.0, 1000) == 0
    assert level_for(50.1, 1000) == 1
    assert 86400 / bucket_s(level_for(86400.0, 2000)) <= 2000 < 86400 / bucket_s(level_for(86400.0, 2000)) * FACTOR


def test_bringing_up_to_date_is_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    old = Database(path)
    schema.MIGRATIONS.apply(old, stop_before="0002_results")
    old.execute("INSERT INTO sensor (identity, name, family) VALUES ('a', 'a', 'sensortrack')")
    old.execute(
        "INSERT INTO session (uid, person_id, sensor_id, exercise, started_at, zone, state, origin, settings)"
        " VALUES ('u', 1, 1, 'donkey-kick', '2026-01-01T00:00:00.000Z', 'UTC', 'complete', 'simulated', '{}')"
    )
    old.conn.commit()
    before = old.schema
    old.close()

    def fail(connection, session_id):
        raise ZeroDivisionError

    monkeypatch.setattr("sensortrack.store.store.refresh", fail)
    with pytest.raises(ZeroDivisionError):
        Store(path)
    again = Database(path)
    assert again.schema == before
    again.close()


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "old.db"
    old = Database(path)
    old.execute("PRAGMA journal_mode = WAL")
    schema.MIGRATIONS.apply(old, stop_before="0002_results")
    assert "movement" not in old.table_names()
    move = rep(3, 10.0)
    body = {"id": 3, "start_s": 10.0, "top_start_s": 11.0, "top_end_s": 12.0, "end_s": 13.0, "rom_deg": 60.0,
            "decided_s": 13.2, "verdict": "counted", "reasons": [], "form": ["low"], "set_id": 0}  # fmt: skip
    with old.atomic():
        old.execute("INSERT INTO sensor (identity, name, family) VALUES ('a', 'a', 'sensortrack')")
        old.execute(
            "INSERT INTO session (uid, person_id, sensor_id, exercise, started_at, zone, state, origin, settings)"
            " VALUES ('u', 1, 1, 'donkey-kick', '2026-01-01T00:00:00.000Z', 'UTC', 'complete', 'simulated', '{}')"
        )
        old.execute(
            "INSERT INTO analysis (session_id, version, exercise, parameters, made_at, is_live)"
            " VALUES (1, '0', 'donkey-kick', '{}', '2026-01-01T00:00:00.000Z', 1)"
        )
        old.execute("INSERT INTO event VALUES (1, 0, 'Movement', 3, 13.2, ?)", [json.dumps(body)])
        old.execute(
            "INSERT INTO event VALUES (1, 1, 'Movement', 4, 17.2, ?)",
            [json.dumps(body | {"id": 4, "start_s": 14.0, "end_s": 17.0})],
        )
        old.execute("INSERT INTO mark VALUES (1, 14.0, 'take-back')")
    old.close()
    with Store(path) as store:
        movements = read(store.db.conn, 1).movements
        assert [(each.start_s, each.verdict) for each in movements] == [(10.0, "counted"), (14.0, "rejected")]
        assert movements[0].rom_deg == move.rom_deg
        (total,) = store.db.query("SELECT * FROM session_total")
        assert (total["repetitions"], total["rom_deg"]) == (1, move.rom_deg)
    assert sqlite3.connect(path).execute("PRAGMA foreign_key_check").fetchall() == []


def test_corrections_of_a_store_of_before_are_about_holds_too(tmp_path):
    path = tmp_path / "old.db"
    with Store(path) as store:
        number = record(store, packets(), [Hold(0, 1.0, 25.0, 20.0, 25.4, True)]).session_id
        judge(store, number, "reject", 1.0, 25.0)
    with sqlite3.connect(path) as old:  # as 0004 left it: the hold counts, and its event tells less
        old.execute("DROP TABLE taken_back")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = '0005_taken_back'")
        old.execute("INSERT INTO hold VALUES (?, 1, 1.0, 25.0, 24.0, 20.0, 25.4, 1)", [number])
        old.execute("UPDATE event SET body = json_remove(body, '$.taken_back')")
    old.close()
    with Store(path) as store:
        log = read(store.db.conn, number)
        assert (log.holds, [each.start_s for each in log.taken_back]) == ([], [1.0])
        undo(store, number)
        assert len(read(store.db.conn, number).holds) == 1
