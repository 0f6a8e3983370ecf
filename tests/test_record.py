"""Recording as its user does it: live events and replay are equal, whatever ends it is told, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from sensortrack.cli import main
from sensortrack.cli.live_words import device_sentence, radio_sentence, store_sentence, trouble_words
from sensortrack.cli.session import Session
from sensortrack.cli.stored import StoredRecording
from sensortrack.cli.streaming import Stream
from sensortrack.devices import own_profile
from sensortrack.devices.device import DeviceError, DeviceProblem
from sensortrack.model.events import AngleTrace, Hold, ThomasAngle
from sensortrack.model.exercises import load_exercise
from sensortrack.model.radio import RadioError, RadioProblem
from sensortrack.store.problems import StoreError, StoreProblem
from sensortrack.store.recorder import Trouble
from sensortrack.store.store import Store


def run(tmp_path, *arguments: str):
    environment = {"SENSORTRACK_DB": str(tmp_path / "a.db")}
    return CliRunner().invoke(main, list(arguments), env=environment, catch_exceptions=False)


def recorded(tmp_path, *more: str):
    result = run(tmp_path, "record", *more, "--plain", "--quiet", "--speed", "1000")
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.parametrize("exercise", ["donkey-kick", "hip-flexor-stretch", "repetitions", "thomas-test"])
def test_live_events_equal_those_of_the_replay(tmp_path, exercise):
    recorded(tmp_path, exercise, "--sensor", "simulated", "--seed", "3")
    with Store(tmp_path / "a.db") as store:
        session = store.session("last")
        again = Session(load_exercise(exercise))
        outputs = [o for block in StoredRecording(store, session).blocks for o in again.process(block)]
        outputs += again.finish()
        events = [each for each in outputs if not isinstance(each, AngleTrace)]
        assert events
        assert store.live_events(session.id) == events


@pytest.mark.parametrize(
    ("exercise", "found"),
    [
        ("hip-flexor-stretch", [Hold(0, 5.0, 30.0, 20.0, 30.5, True), Hold(1, 40.0, 70.0, 20.0, 70.5, True)]),
        ("thomas-test", [ThomasAngle(0, 5.0, 8.0, 3.0, 0.2, 8.5), ThomasAngle(1, 40.0, 44.0, 3.0, 0.2, 44.5)]),
    ],
)
def test_the_newest_hold_or_trial_is_taken_back(exercise, found):
    """The key `u`; what is told of it again, as a trial that goes on is, counts as little."""
    session = Session(load_exercise(exercise))
    stream = Stream(SimpleNamespace(), own_profile.DEVICE, session, lambda _: None)
    assert not stream.take_back()
    taken = []
    stream.recorder = SimpleNamespace(take_back=lambda *span: taken.append(span), add_events=lambda _: None)
    for each in found:
        session.log.add(each)
    assert stream.take_back()
    session.log.add(longer := replace(found[1], end_s=found[1].end_s + 1.0))
    stream._tell([longer], stream.recorder, SimpleNamespace(outputs=lambda *_: None))
    assert [*session.log.holds, *session.log.trials] == found[:1]
    assert stream.take_back()
    assert not stream.take_back()
    assert taken == [(each.start_s, each.end_s) for each in reversed(found)]


def test_what_was_counted_live_is_what_replay_counts(tmp_path):
    result = recorded(tmp_path, "donkey-kick", "--sensor", "simulated")
    replayed = run(tmp_path, "replay", "last", "--format", "json")
    summary = json.loads(replayed.stdout)
    assert summary["exercise"] == "donkey-kick"
    assert summary["started_at"] is not None
    assert summary["source"] == "session 1"
    reps = sum(len(one["reps"]) for one in summary["sets"])
    assert f"{reps} repetitions in" in result.stdout
    assert "sensortrack replay 1" in result.stderr


def test_a_household_has_several_people(tmp_path):
    db = ["--db", str(tmp_path / "a.db")]
    command = ["record", "hip-flexor-stretch", "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000"]
    for more in ([], ["--person", "Ada"]):
        assert CliRunner().invoke(main, [*command, *more, *db]).exit_code == 0
    for person in ("me", "Ada"):
        listed = CliRunner().invoke(main, ["sessions", "--person", person, "--format", "json", *db]).stdout
        assert [each["person"] for each in json.loads(listed)] == [person]


def test_two_sensors_make_two_linked_sessions(tmp_path):
    recorded(tmp_path, "donkey-kick", "--sensor", "left=simulated", "--sensor", "right=simulated")
    with Store(tmp_path / "a.db") as store:
        left, right = store.sessions()
    assert {left.side, right.side} == {"left", "right"}
    assert left.group_uid is not None
    assert left.group_uid == right.group_uid


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["record", "--sensor", "a", "--sensor", "b"], "--sensor left=NAME --sensor right=NAME"),
        (["record", "no-such-exercise", "--sensor", "simulated"], "there is no exercise"),
        (["replay", "last"], "there are no sessions"),
        (["replay", "77"], "there is no session '77'"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, arguments, words):
    Store(tmp_path / "a.db").close()
    result = run(tmp_path, *arguments)
    assert result.exit_code in (1, 2)
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_database_that_is_none(tmp_path):
    (tmp_path / "a.db").write_text("x" * 9000, encoding="ascii")
    result = run(tmp_path, "record", "--sensor", "simulated")
    assert result.exit_code == 1
    assert "no sensortrack database" in result.stderr


def started(tmp_path, *more: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "sensortrack", "record", "donkey-kick", "--sensor", "simulated", "--plain",
               "--quiet", *more]  # fmt: skip
    environment = {**os.environ, "SENSORTRACK_DB": str(tmp_path / "a.db")}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_packets(tmp_path) -> None:
    import sqlite3

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if (tmp_path / "a.db").exists():
            with sqlite3.connect(tmp_path / "a.db") as db:
                try:
                    if db.execute("SELECT count(*) FROM packet_chunk").fetchone()[0] > 1:
                        return
                except sqlite3.OperationalError:
                    continue
    raise AssertionError("nothing was recorded")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_it_cleanly(tmp_path):
    process = started(tmp_path)
    wait_for_packets(tmp_path)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Donkey kick" in out
    assert "Traceback" not in err
    with Store(tmp_path / "a.db") as store:
        assert store.session("last").state == "complete"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_database_that_another_program_locks_is_told_and_costs_nothing(tmp_path):
    import sqlite3

    process = started(tmp_path)
    wait_for_packets(tmp_path)
    with sqlite3.connect(tmp_path / "a.db", isolation_level=None) as blocker:
        blocker.execute("BEGIN EXCLUSIVE")
        lines = iter(process.stdout.readline, "")
        assert any("another program has locked the database" in line for line in lines)
        blocker.execute("ROLLBACK")
    assert any("nothing was lost" in line for line in lines)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    with Store(tmp_path / "a.db") as store:
        numbers = [
            int.from_bytes(each.payload[2:4], "little") for each in store.packets(1) if each.channel == own_profile.DATA
        ]
    assert numbers == list(range(len(numbers)))


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
def test_the_screen_and_its_keys(tmp_path):
    import pty

    here, there = pty.openpty()
    command = [sys.executable, "-m", "sensortrack", "record", "donkey-kick", "--sensor", "simulated", "--speed", "5",
               "--reps", "7"]  # fmt: skip
    environment = {**os.environ, "SENSORTRACK_DB": str(tmp_path / "a.db"), "TERM": "xterm", "COLUMNS": "70"}
    process = subprocess.Popen(command, env=environment, stdin=there, stdout=there, stderr=there)
    os.close(there)
    seen = ""

    def wait_for(words):
        nonlocal seen
        while words not in seen:
            seen += os.read(here, 65536).decode("utf-8", "replace")

    wait_for("repetition 2 of set 1")
    os.write(here, b"m")
    wait_for("marked")
    os.write(here, b"\x1b[A")  # an arrow that was hit on the way to the mat
    os.write(here, b"U")
    wait_for("taken back")
    os.write(here, b"q")
    wait_for("Kept in")
    assert process.wait(timeout=20) == 0
    os.close(here)
    for words in (
        "of 7 repetitions",
        "link ok",
        "battery 100 %",
        "\N{BLACK DOWN-POINTING TRIANGLE}",
        "taken back by you",
    ):
        assert words in seen
    assert sqlite_count(tmp_path, "mark") == 1
    with Store(tmp_path / "a.db") as store:
        assert store.session("last").state == "complete"


def sqlite_count(tmp_path, table):
    import sqlite3

    with sqlite3.connect(tmp_path / "a.db") as db:
        return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_goals_that_are_told_are_kept_and_judged_by(tmp_path):
    recorded(tmp_path, "donkey-kick", "--sensor", "simulated", "--hold", "0.5", "--reps", "3")
    for _ in range(2):  # by the analysis that was made live, and by a new one
        summary = json.loads(run(tmp_path, "replay", "last", "--format", "json").stdout)
        assert summary["analysis"]["parameters"]["target_hold_s"] == 0.5
        assert summary["analysis"]["parameters"]["repetitions"] == 3
        assert not any("short-hold" in rep["form"] for one in summary["sets"] for rep in one["reps"])
        run(tmp_path, "reanalyze", "last")


def test_a_goal_that_the_exercise_does_not_have(tmp_path):
    result = run(tmp_path, "record", "hip-flexor-stretch", "--reps", "3", "--sensor", "simulated")
    assert result.exit_code == 2
    assert "--reps is no goal of hip-flexor-stretch" in result.stderr


def test_a_session_of_an_exercise_of_ones_own_is_replayed(tmp_path):
    text = run(tmp_path, "exercises", "donkey-kick", "--toml").stdout.replace('"donkey-kick"', '"my-kick"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    recorded(tmp_path, str(tmp_path / "mine.toml"), "--sensor", "simulated")
    assert json.loads(run(tmp_path, "replay", "last", "--format", "json").stdout)["exercise"] == "my-kick"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_next_start_tells_what_was_interrupted(tmp_path):
    process = started(tmp_path)
    wait_for_packets(tmp_path)
    process.kill()
    process.communicate(timeout=20)
    result = run(tmp_path, "replay", "last", "--format", "json")
    assert result.exit_code == 0
    assert "Session 1 (donkey-kick) was interrupted" in result.stderr
    assert "interrupted" not in run(tmp_path, "replay", "last", "--format", "json").stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_second_recorder_of_the_same_sensor_is_refused(tmp_path):
    process = started(tmp_path)
    try:
        wait_for_packets(tmp_path)
        result = run(tmp_path, "record", "donkey-kick", "--sensor", "simulated", "--plain", "--quiet")
        assert result.exit_code == 1
        assert "being recorded already" in result.stderr
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_doctor_judges_a_simulated_sensor(tmp_path, monkeypatch):
    monkeypatch.setattr("sensortrack.cli.doctor.LISTEN_S", 1.0)
    result = run(tmp_path, "doctor", "--sensor", "simulated")
    for name in ("database", "disk", "sound", "sensor", "rate", "jitter", "loss", "gravity", "direction"):
        assert name in result.stdout
    assert "ok  rate" in result.stdout


@pytest.mark.parametrize(
    ("problem", "lines"),
    [
        (RadioProblem.OFF, ["do  radio"]),
        (RadioProblem.PERMISSION, ["do  permission"]),
        (RadioProblem.NOT_FOUND, ["ok  radio", "ok  permission", "do  sensor"]),
    ],
)
def test_doctor_says_whose_fault_it_is(tmp_path, monkeypatch, problem, lines):
    async def fails(*_):
        raise RadioError(problem)

    monkeypatch.setattr("sensortrack.cli.choose.bluetooth_sensor", fails)
    result = run(tmp_path, "doctor")
    assert result.exit_code == 1
    assert [line[: len(want)] for line, want in zip(result.stdout.splitlines()[3:], lines, strict=True)] == lines


@pytest.mark.parametrize("system", ["linux", "darwin", "win32", "haiku"])
def test_every_problem_has_its_sentence(system):
    for problem in RadioProblem:
        words = radio_sentence(RadioError(problem, "detail"), system)
        assert words.endswith(".")
        assert ":" in words
    for fault in DeviceProblem:
        assert device_sentence(DeviceError(fault, found="01"), "x").endswith(".")
    for wrong in StoreProblem:
        assert store_sentence(StoreError(wrong, path="a.db", found="x")).endswith(".")
    for trouble in Trouble:
        assert "memory" in trouble_words(trouble)
