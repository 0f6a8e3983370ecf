"""What was told, and what was done by the calendar: real stores, every earlier schema."""

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlite_utils import Database

from sensortrack.model.adherence import Deed
from sensortrack.model.events import Hold, ThomasAngle
from sensortrack.model.exercises import load_exercise
from sensortrack.model.programme import parse_programme, shipped_programme_text
from sensortrack.store import schema, self_reports
from sensortrack.store.deeds import deeds, measures, simulated_since
from sensortrack.store.edits import judge
from sensortrack.store.self_reports import SelfReport
from sensortrack.store.store import Store
from tests.store.test_store import packets, record
from tests.test_sound import rep

TASKS = parse_programme(shipped_programme_text(), "shipped").tasks
DAY = date(2026, 3, 29)
NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


def report(**more) -> SelfReport:
    return SelfReport(**({"exercise": "donkey-kick", "side": None, "day": DAY, "sets": 2, "repetitions": 10} | more))


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "a.db") as opened:
        yield opened


def test_what_was_told_is_there_and_can_be_taken_back(store):
    self_reports.add(store, [report(side="left"), report(side="right", note="park")], "Europe/Berlin", "me", NOW)
    self_reports.add(store, [report(sets=1)], "Europe/Berlin", "me", NOW + timedelta(hours=1))
    assert [told.report for told in self_reports.undo(store, "me")] == [report(sets=1)]
    assert {told.report.side for told in self_reports.undo(store, "me")} == {"left", "right"}  # one command, one step
    assert self_reports.undo(store, "me") == []
    told = self_reports.listed(store, "me")
    assert [each.is_undone for each in told] == [True] * 3
    assert told[1].report == report(side="right", note="park")
    assert (told[0].made_at, told[0].zone) == (NOW, "Europe/Berlin")


def test_people_are_kept_apart(store):
    self_reports.add(store, [report()], "UTC", "Ada", NOW)
    assert self_reports.listed(store, "me") == []
    assert self_reports.undo(store, "me") == []
    assert deeds(store, TASKS, "me") == []
    assert [deed.amount for deed in deeds(store, TASKS, "Ada")] == [20]


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        (report(), 20),
        (report(exercise="hip-flexor-stretch", sets=3, repetitions=None), 3),
        (report(exercise="hip-flexor-stretch", sets=3, repetitions=None, hold_s=25.0), 3),
        (report(exercise="hip-flexor-stretch", sets=3, repetitions=None, hold_s=15.0), 0),
        (report(exercise="thomas-test", sets=3, repetitions=None), 3),
    ],
)
def test_what_a_report_is_worth(store, told, amount):
    self_reports.add(store, [told], "UTC", "me", NOW)
    assert deeds(store, TASKS, "me") == [Deed(told.exercise, None, DAY, amount, False, NOW)]


def test_a_report_of_another_day_has_no_hour(store):
    self_reports.add(store, [report(day=DAY - timedelta(days=3))], "UTC", "me", NOW)
    assert deeds(store, TASKS, "me")[0].at is None


def test_measured_sessions_count_by_the_calendar_of_their_place(store):
    late = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30 in Berlin, on the eve of summer time
    moves = [rep(n) for n in range(9)]
    for origin, hours in (("bluetooth", 0), ("bluetooth", 1), ("simulated", 2)):
        record(
            store, packets(), moves, origin=origin, zone="Europe/Berlin", side="left",
            started_at=late + timedelta(hours=hours),
        )  # fmt: skip
    found = deeds(store, TASKS, "me")
    assert [(deed.day, deed.amount, deed.side, deed.is_measured) for deed in found] == [
        (date(2026, 3, 28), 9, "left", True),
        (date(2026, 3, 29), 9, "left", True),
    ]
    assert len(deeds(store, TASKS, "me", date(2026, 3, 29))) == 1
    assert len(deeds(store, TASKS, "me", with_simulated=True)) == 3
    assert simulated_since(store, date(2026, 3, 29)) == 1
    assert simulated_since(store, date(2026, 3, 30)) == 0


def test_holds_count_when_they_are_long_enough(store):
    holds = [Hold(n, 40.0 * n, 40.0 * n + length, 20.0, 40.0 * n + length, length >= 20) for n, length in
             enumerate((19.9, 20.0, 31.0))]  # fmt: skip
    record(store, packets(), holds, exercise=load_exercise("hip-flexor-stretch"), origin="bluetooth")
    assert [deed.amount for deed in deeds(store, TASKS, "me")] == [2]


def test_corrections_count(store):
    recorder = record(store, packets(), [rep(n) for n in range(3)], origin="bluetooth")
    judge(store, recorder.session_id, "reject", 5.0, 8.0)
    assert [deed.amount for deed in deeds(store, TASKS, "me")] == [2]
    judge(store, recorder.session_id, "add", 30.0, 33.0)
    assert [deed.amount for deed in deeds(store, TASKS, "me")] == [3]
    kicks = next(task for task in TASKS if task.exercise.name == "donkey-kick")
    (measure,) = measures(store, kicks, "me", date(2020, 1, 1))
    assert measure.values == {"rom_deg": pytest.approx(60.0), "hold_s": pytest.approx(1.0)}  # the added one has none


def test_the_median_of_the_trials_is_measured(store):
    thomas = next(task for task in TASKS if task.exercise.name == "thomas-test")
    for angles in ((-4.0, -9.0, -5.0), (-4.0, -6.0), (-4.0,)):
        trials = [ThomasAngle(n, 9.0 * n, 9.0 * n + 4, angle, 0.3, 9.0 * n + 4) for n, angle in enumerate(angles)]
        record(store, packets(), trials, exercise=load_exercise("thomas-test"), origin="bluetooth")
    found = measures(store, thomas, "me", date(2020, 1, 1))
    assert [each.values["thigh_angle_deg"] for each in found] == [-5.0, -5.0]  # a lone trial is no result


@pytest.mark.parametrize("before", sorted(schema.NAMES))
def test_a_store_of_every_earlier_version_is_brought_up_to_date(tmp_path, before):
    path = tmp_path / "old.db"
    old = Database(path)
    old.execute("PRAGMA journal_mode = WAL")
    schema.MIGRATIONS.apply(old, stop_before=before)
    is_empty = "session" not in old.table_names()
    if not is_empty:
        with old.atomic():
            old.execute("INSERT INTO sensor (identity, name, family) VALUES ('a', 'a', 'sensortrack')")
            old.execute(
                "INSERT INTO session (uid, person_id, sensor_id, exercise, started_at, zone, state, origin, settings)"
                " VALUES ('u', 1, 1, 'donkey-kick', '2026-01-01T00:00:00.000Z', 'UTC', 'complete', 'bluetooth', '{}')"
            )
    old.close()
    with Store(path) as store:
        self_reports.add(store, [report()], "UTC", "me", NOW)
        assert len(self_reports.listed(store, "me")) == 1
        assert len(store.sessions()) == (0 if is_empty else 1)
    assert sqlite3.connect(path).execute("PRAGMA foreign_key_check").fetchall() == []
