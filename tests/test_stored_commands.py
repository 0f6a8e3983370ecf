"""The store from the command line: list, show, correct, delete, analyse again, back up and restore."""

import csv
import io
import json
import shutil
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.cli import main
from sensortrack.cli.angle_plot import angle_plot
from sensortrack.formats.safe_csv import csv_text
from sensortrack.store.store import Store


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """A store with a donkey-kick session and a stretch, recorded from the simulated sensor."""
    path = tmp_path_factory.mktemp("store") / "a.db"
    for exercise, side in (("donkey-kick", "left"), ("hip-flexor-stretch", "right")):
        command = ["record", exercise, "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000", "--side", side]
        done = CliRunner().invoke(main, [*command, "--db", str(path)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    return path


@pytest.fixture
def db(recorded, tmp_path):
    path = tmp_path / "a.db"
    with sqlite3.connect(recorded) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
    return path


def run(db, *arguments, exit_code=0, **more):
    done = CliRunner().invoke(main, [*map(str, arguments), "--db", str(db)], catch_exceptions=False, **more)
    assert done.exit_code == exit_code, done.output
    return done


def shown(db, number=1):
    return json.loads(run(db, "show", number, "--format", "json").stdout)


def reps(summary):
    return [len(each["reps"]) for each in summary["sets"]]


def test_show_is_what_replay_gives(db):
    for number in (1, 2):
        stored = shown(db, number)
        replayed = json.loads(run(db, "replay", number, "--format", "json").stdout)
        assert stored == replayed


def test_sessions_are_listed_and_filtered(db):
    assert "donkey-kick" in run(db, "sessions").stdout
    rows = json.loads(run(db, "sessions", "--format", "json").stdout)
    assert [row["exercise"] for row in rows] == ["donkey-kick", "hip-flexor-stretch"]
    assert rows[0]["repetitions"] == sum(reps(shown(db)))
    only = json.loads(run(db, "sessions", "--format", "json", "--exercise", "donkey-kick").stdout)
    assert [row["id"] for row in only] == [1]
    today = rows[0]["started_local"][:10]
    assert len(json.loads(run(db, "sessions", "--since", today, "--format", "json").stdout)) == 2
    assert json.loads(run(db, "sessions", "--until", "2020-01-01", "--format", "json").stdout) == []
    assert len(json.loads(run(db, "sessions", "--since", "yesterday", "--format", "json").stdout)) == 2
    assert json.loads(run(db, "sessions", "--until", "yesterday", "--format", "json").stdout) == []
    assert "expected a day" in run(db, "sessions", "--since", "soon", exit_code=2).stderr
    assert run(db, "sessions", "--person", "nobody").stderr == "No such session.\n"
    header, first, *_ = run(db, "sessions", "--format", "csv").stdout.splitlines()
    assert header.startswith("id,started_local")
    assert run(db, "sessions", "--format", "csv", "--person", "nobody").stdout.splitlines() == [header]
    assert first.startswith("1,")


def test_sessions_on_a_narrow_terminal(db):
    lines = run(db, "sessions", env={"COLUMNS": "40"}).stdout.splitlines()
    assert max(map(len, lines)) <= 40
    assert [line[:3] for line in lines if not line.startswith(" ")] == ["1  ", "2  "]
    assert "hip-flexor-stretch" in " ".join(lines)


def test_days_are_those_of_the_session_s_place(db):
    with sqlite3.connect(db) as store:
        store.execute(
            "UPDATE session SET started_at = '2026-03-29T23:30:00.000Z', zone = 'Pacific/Auckland' WHERE id = 1"
        )
    rows = json.loads(run(db, "sessions", "--since", "2026-03-30", "--until", "2026-03-30", "--format", "json").stdout)
    assert [row["started_local"] for row in rows] == ["2026-03-30T12:30:00+13:00"]


def test_a_hold_can_be_taken_back_and_is_told_everywhere(db, tmp_path):
    before = shown(db, 2)
    run(db, "edit", 2, "--reject", "1")
    after = shown(db, 2)
    assert after["holds"] == before["holds"][1:]
    assert after["taken_back"] == before["holds"][:1]
    assert "Taken back by hand: 1 hold: " in run(db, "show", 2, env={"COLUMNS": "100"}).stdout
    rows = list(csv.DictReader(io.StringIO(run(db, "export", 2).stdout)))
    assert [(row["kind"], row["edited"]) for row in rows].count(("rejected", "rejected")) == 1
    told = json.loads(run(db, "export", 2, "--format", "json").stdout)
    assert told["session"]["taken_back"] == before["holds"][:1]
    page = tmp_path / "a.html"
    run(db, "report", 2, "-o", page)
    assert "1 × taken back by hand" in page.read_text(encoding="utf-8")
    run(db, "reanalyze", 2)
    assert shown(db, 2)["taken_back"] == before["holds"][:1]
    for form in ("csv", "json"):  # and goes with the results to another machine
        path, other = tmp_path / f"a.{form}", tmp_path / f"{form}.db"
        run(db, "export", 2, "--format", form, "-o", path)
        run(other, "import", path)
        there = shown(other, 1)
        assert (there["holds"], there["taken_back"]) == (after["holds"], after["taken_back"])
    run(db, "edit", 2, "--accept", str(before["holds"][0]["start_s"]))
    assert shown(db, 2) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--reject", "99"], "there is no hold 99"),
        (["--accept", "55:00"], "no hold begins at 55:00; 'sensortrack show' lists them."),
        (["--add", "0:01-0:09"], "only a repetition can be added"),
    ],
)
def test_what_cannot_be_edited_of_a_stretch(db, arguments, words):
    assert words in " ".join(run(db, "edit", 2, *arguments, exit_code=2).stderr.split())
    assert "taken_back" not in shown(db, 2)


def test_edits_count_everywhere_and_can_be_undone(db):
    before = shown(db)
    run(db, "edit", 1, "--reject", "1.2", "--pain-before", 4, "--note", "=SUM(A1)")
    after = shown(db)
    assert reps(after)[0] == reps(before)[0] - 1
    assert [
        row["reasons"] for row in after["rejected"] if row["start_s"] == before["sets"][0]["reps"][1]["start_s"]
    ] == [["taken-back"]]
    assert "(edited)" in run(db, "sessions").stdout
    assert "'=SUM(A1)" in run(db, "sessions", "--format", "csv").stdout
    assert "pain before = 4" in run(db, "edit", 1, "--list").stdout
    for _ in range(3):
        run(db, "edit", 1, "--undo")
    assert shown(db) == before
    assert "nothing to undo" in run(db, "edit", 1, "--undo", exit_code=1).stderr


def test_an_edit_says_how_to_go_on(db):
    told = run(db, "edit", 1, "--placement", "outside", "--effort", 3).stderr.splitlines()
    assert told == [
        "Session 1: placement = outside; effort = 3. Take the newest back with: sensortrack edit 1 --undo",
        "Counting again, as it was worn:",
        "Session 1: the same.",
    ]
    assert "sensortrack edit 1 --undo" in run(db, "edit", 1, "--note", "calm").stderr
    assert "reanalyze" not in run(db, "edit", 1, "--note", "").stderr


def test_a_placement_is_counted_by_at_once_and_undone_too(db):
    before = shown(db)
    told = run(db, "edit", 1, "--placement", "front").stderr  # it was at the back: kicks go forwards
    assert "Counting again" in told
    assert f"repetitions {sum(reps(before))} -> " in told
    assert sum(reps(shown(db))) < sum(reps(before))
    assert "Counting again" in run(db, "edit", 1, "--undo").stderr
    assert shown(db) == before
    assert "Counting again" not in run(db, "edit", 1, "--side", "left").stderr
    with sqlite3.connect(db) as store:
        assert store.execute("SELECT count(*) FROM analysis WHERE session_id = 1").fetchone() == (3,)


def test_accept_by_start_and_add(db):
    before = shown(db)
    rejected = before["rejected"][0]
    minutes, seconds = divmod(rejected["start_s"], 60)
    run(db, "edit", 1, "--accept", f"{minutes:.0f}:{seconds:04.1f}", "--add", "1:19.6-1:21.8")
    after = shown(db)
    assert sum(reps(after)) == sum(reps(before)) + 2
    added = after["sets"][-1]["reps"][-1]
    assert (added["start_s"], added["end_s"], added["reasons"]) == (79.6, 81.8, ["added"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--reject", "9.9"], "there is no repetition 9.9"),
        (["--reject", "soon"], "expected a time"),
        (["--accept", "55:00"], "no movement begins at 55:00"),
        (["--add", "10"], "expected START-END"),
        (["--add", "9:00-9:10"], "expected START-END inside the session"),
        (["--effort", "11"], "range 0<=x<=10"),
        ([], "tell what to change"),
    ],
)
def test_bad_edits_change_nothing(db, arguments, words):
    before = db.read_bytes()
    done = (
        run(db, "edit", 1, "--pain-after", 1, *arguments, exit_code=2) if arguments else run(db, "edit", 1, exit_code=2)
    )
    assert words in " ".join(done.stderr.split())
    with Store(db) as store:
        assert store.db.execute("SELECT count(*) FROM correction").fetchone() == (0,)
    assert len(before) > 0


def test_delete_asks_and_removes_wholly(db):
    run(db, "delete", 1, exit_code=1, input="n\n")
    assert len(json.loads(run(db, "sessions", "--format", "json").stdout)) == 2
    run(db, "edit", 1, "--note", "a secret note")
    run(db, "delete", 1, "--yes")
    with sqlite3.connect(db) as store:
        for table in ("movement", "packet_chunk", "analysis", "event", "angle_tile", "correction"):
            key = "analysis_id" if table in ("event", "angle_tile") else "session_id"
            assert store.execute(f"SELECT count(*) FROM {table} WHERE {key} = 1").fetchone() == (0,), table
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
    assert b"a secret note" not in db.read_bytes()
    assert "there is no session" in run(db, "delete", 1, exit_code=1).stderr


def test_reanalysis_keeps_corrections_and_the_old_one(db):
    assert "the same" in run(db, "reanalyze", 1).stdout
    run(db, "edit", 1, "--reject", "1.2")
    before = shown(db)
    done = run(db, "reanalyze", 1, "--exercise", "repetitions")
    assert "session 1" in done.stdout.lower()
    after = shown(db)
    assert after["exercise"] == "repetitions"
    assert ["taken-back"] in [row["reasons"] for row in after["rejected"]]
    with Store(db) as store:
        assert store.db.execute("SELECT count(*) FROM analysis WHERE session_id = 1").fetchone() == (2,)
    run(db, "reanalyze", 1, "--exercise", "donkey-kick")
    assert shown(db) == before


def test_reanalysis_asks(db):
    run(db, "reanalyze", 1, "--exercise", "repetitions", "--diff", input="n\n")
    assert shown(db)["exercise"] == "donkey-kick"
    assert "tell which sessions" in run(db, "reanalyze", exit_code=2).stderr


def test_backup_and_restore(db, tmp_path):
    copy = tmp_path / "copy.db"
    run(db, "backup", copy)
    assert "exists already" in run(db, "backup", copy, exit_code=1).stderr
    nowhere = tmp_path / "no" / "copy.db"
    assert "cannot be written (No such file" in run(db, "backup", nowhere, exit_code=1).stderr
    assert "is the database itself" in run(db, "backup", db, "--force", exit_code=1).stderr
    before = shown(db)
    run(db, "edit", 1, "--reject", "1.1")
    run(db, "delete", 2, "--yes")
    run(db, "restore", copy, "--yes")
    assert shown(db) == before
    assert len(json.loads(run(db, "sessions", "--format", "json").stdout)) == 2
    (aside,) = tmp_path.glob("a-before-restore-*.db")
    assert len(json.loads(run(aside, "sessions", "--format", "json").stdout)) == 1


def test_a_damaged_backup_is_not_restored(db, tmp_path):
    copy = tmp_path / "copy.db"
    run(db, "backup", copy)
    data = bytearray(copy.read_bytes())
    for at in range(len(data) // 2, len(data) - 4096, 4096):
        data[at : at + 512] = b"\xff" * 512
    copy.write_bytes(data)
    before = shown(db)
    refused = run(db, "restore", copy, "--yes", exit_code=1).stderr
    assert "is damaged" in refused
    assert refused.count("\n") == 1
    copy.write_bytes(bytes(data[: len(data) // 3]))
    assert "is damaged" in run(db, "restore", copy, "--yes", exit_code=1).stderr
    other = tmp_path / "other.txt"
    other.write_text("nothing")
    assert "no sensortrack database" in run(db, "restore", other, "--yes", exit_code=1).stderr
    assert shown(db) == before


def test_a_backup_of_a_newer_version_is_not_restored(db, tmp_path):
    copy = tmp_path / "copy.db"
    run(db, "backup", copy)
    with sqlite3.connect(copy) as other:
        other.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('sensortrack', '9999_later')")
    assert "newer" in run(db, "restore", copy, "--yes", exit_code=1).stderr
    assert shown(db)["exercise"] == "donkey-kick"


@pytest.mark.parametrize(
    "command", ["sessions", "show", "edit last --list", "export 1", "delete 1", "replay last", "review --no-browser"]
)
def test_a_slip_in_the_path_makes_no_database(tmp_path, command):
    path = tmp_path / "nothing.db"
    assert "there is no database" in run(path, *command.split(), exit_code=1).stderr
    assert not path.exists()


def test_what_is_stored_is_shown_without_the_signal_chain():
    """Half a second of a command's time that looking needs not."""
    code = (
        "import sys; from importlib import import_module;"
        "[import_module(f'sensortrack.cli.{name}') for name in 'sessions show edit export stored table'.split()];"
        "sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_backup_while_recording(db, tmp_path):
    from tests.store.test_store import beginning, packets

    with Store(db) as store:
        recorder = store.record(beginning())
        for packet in packets():
            recorder.add(packet)
        run(db, "backup", tmp_path / "copy.db")
        assert "is being recorded just now" in run(db, "restore", tmp_path / "copy.db", "--yes", exit_code=1).stderr
        assert "is being recorded just now" in run(db, "delete", 3, "--yes", exit_code=1).stderr
        recorder.finish()
    shutil.copy(tmp_path / "copy.db", tmp_path / "again.db")
    assert "interrupted" in run(tmp_path / "again.db", "sessions").output


def test_an_exercise_of_the_user_is_kept_with_the_session(db, tmp_path):
    mine = tmp_path / "mine.toml"
    text = CliRunner().invoke(main, ["exercises", "donkey-kick", "--toml"]).stdout
    mine.write_text(text.replace('name = "donkey-kick"', 'name = "my-kick"').replace("Donkey kick", "My kick"))
    run(db, "reanalyze", 1, "--exercise", mine)
    mine.unlink()
    assert "My kick" in run(db, "show", 1).stdout
    assert "the same" in run(db, "reanalyze", 1).stdout


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(0, 50)), max_size=300), st.integers(1, 90))
def test_the_picture_has_its_size(points, width):
    extremes = np.array([(low, low + more) for low, more in points], np.float32).reshape(-1, 2)
    lines = angle_plot(extremes, width)
    assert len(lines) == (8 if points else 0)
    assert all(len(line) == width + 7 for line in lines)


@given(st.text(max_size=12))
def test_no_cell_is_a_formula(text):
    cell = csv_text([{"a": text}]).split("\r\n", 1)[1].strip('"')
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t"))


def test_numbers_stay_numbers_in_csv():
    assert csv_text([{"a": -1.5, "b": None, "c": ["x", "y"]}]) == "a,b,c\r\n-1.5,,x y\r\n"
