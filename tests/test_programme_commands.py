"""today, progress, log and record without an exercise, as a person and a program use them."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from sensortrack.cli import main, plan
from sensortrack.cli.announcer import Targets
from sensortrack.cli.owed import plan_for, tempo_of
from sensortrack.formats import program_file
from sensortrack.model.events import Hold, ThomasAngle
from sensortrack.model.exercises import TOLD, load_exercise
from sensortrack.model.programme import shipped_programme_text
from sensortrack.store.analyses import accepted_exercise
from sensortrack.store.store import Store
from tests.store.test_store import packets, record
from tests.test_sound import rep

TODAY = date(2026, 11, 26)  # a Thursday
ZONE = "Europe/Berlin"


@pytest.fixture(autouse=True)
def place_and_day(tmp_path, monkeypatch):
    """It is a known day in a known place, and nobody has a programme of their own."""
    monkeypatch.setattr(plan, "here", lambda: (TODAY, ZONE))
    for name in ("owed", "stored"):
        monkeypatch.setattr(f"sensortrack.cli.{name}.here", lambda: (TODAY, ZONE))
    monkeypatch.setattr(program_file, "own_path", lambda: tmp_path / "none" / "program.toml")


def run(tmp_path, *arguments: str, code: int = 0):
    environment = {"SENSORTRACK_DB": str(tmp_path / "a.db"), "SENSORTRACK_PROGRAM": None}
    result = CliRunner().invoke(main, list(arguments), env=environment, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def at(days_ago: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, 26, hour, tzinfo=UTC) - timedelta(days=days_ago)


def measured(store: Store, name: str, events, days_ago: int = 0, **more) -> None:
    fields = {"origin": "bluetooth", "zone": ZONE, "started_at": at(days_ago)} | more
    record(store, packets(), events, exercise=load_exercise(name), **fields)


def kicks(count: int, rom_deg: float = 60.0):
    from dataclasses import replace

    return [replace(rep(n), rom_deg=rom_deg) for n in range(count)]


def holds(count: int, length_s: float = 25.0):
    return [Hold(n, 60.0 * n, 60.0 * n + length_s, 22.0, 60.0 * n + length_s, True) for n in range(count)]


def trials(*angles: float):
    return [ThomasAngle(n, 9.0 * n, 9.0 * n + 4, angle, 0.3, 9.0 * n + 4) for n, angle in enumerate(angles)]


def everything(store: Store, days_ago: int, **more) -> None:
    """A whole day of the shipped programme."""
    for side in ("left", "right"):
        measured(store, "hip-flexor-stretch", holds(3), days_ago, side=side, **more)
    measured(store, "donkey-kick", kicks(20), days_ago, side="left", **more)


def test_everything_is_owed_in_an_empty_store(tmp_path):
    shown = run(tmp_path, "today").stdout
    assert "Thursday, 26 November 2026" in shown
    assert shown.count("[ ]") == 5
    assert "Half-kneeling hip-flexor stretch, right leg: 0 of 3 holds of 20-30 s" in shown
    assert "Donkey kick: 0 of 2 sets of 10 repetitions, held 1-2 s" in shown
    assert "Thomas test, left leg: 0 of 2 trials this week" in shown
    assert "Next: Thomas test, left leg" in shown


def test_today_keeps_measured_and_told_apart(tmp_path):
    with Store(tmp_path / "a.db") as store:
        measured(store, "hip-flexor-stretch", holds(2), side="left")
        measured(store, "donkey-kick", kicks(12))
        measured(store, "thomas-test", trials(-5.0, -4.0, -6.0), days_ago=3, side="left")
    run(tmp_path, "log", "hip-flexor-stretch", "--sets", "1", "--side", "left")
    run(tmp_path, "log", "donkey-kick", "--sets", "1", "--reps", "8")
    shown = run(tmp_path, "today").stdout
    assert "[x] Half-kneeling hip-flexor stretch, left leg: 3 of 3 holds of 20-30 s" in shown
    assert "(2 holds measured, 1 hold by your own account)" in shown
    assert "[x] Donkey kick: 2 of 2 sets" in shown
    assert "(12 repetitions measured, 8 repetitions by your own account)" in shown
    assert "[x] Thomas test, left leg" in shown
    document = json.loads(run(tmp_path, "today", "--json").stdout)
    by_name = {task["exercise"]: task for task in document["tasks"]}
    assert (
        by_name["donkey-kick"] | {"measured": {"any": 12}, "reported": {"any": 8}, "owed": {"any": 0}}
        == (by_name["donkey-kick"])
    )
    assert by_name["hip-flexor-stretch"]["owed"] == {"left": 0, "right": 3}
    assert document["is_done"] is False


def test_a_leg_that_was_not_told_is_said(tmp_path):
    with Store(tmp_path / "a.db") as store:
        measured(store, "hip-flexor-stretch", holds(4))
    shown = run(tmp_path, "today").stdout
    assert "left leg: 3 of 3 holds" in shown
    assert "right leg: 1 of 3 holds" in shown
    assert "4 holds without a leg told" in shown


def test_simulated_sessions_do_not_count_and_that_is_said(tmp_path):
    with Store(tmp_path / "a.db") as store:
        measured(store, "donkey-kick", kicks(20), origin="simulated")
    result = run(tmp_path, "today")
    assert "[ ] Donkey kick: 0 of 2" in result.stdout
    assert "1 simulated session of today does not count" in result.stderr
    result = run(tmp_path, "today", "--simulated")
    assert "[x] Donkey kick: 2 of 2" in result.stdout
    assert result.stderr == ""


def test_the_day_is_that_of_the_session_s_place(tmp_path):
    with Store(tmp_path / "a.db") as store:
        measured(store, "donkey-kick", kicks(20), started_at=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))
    assert "[x] Donkey kick" in run(tmp_path, "today").stdout


# log


def test_log_is_as_prescribed_unless_told(tmp_path):
    assert "2026-11-26  donkey-kick, 2 × 10" in run(tmp_path, "log", "donkey-kick").stderr
    told = run(
        tmp_path, "log", "hip-flexor-stretch", "--on", "yesterday", "--hold", "25", "--note", "in the park"
    ).stderr
    for side in ("left", "right"):
        assert f"2026-11-25  hip-flexor-stretch {side}, 3 times, held 25 s, in the park" in told
    listed = run(tmp_path, "log", "--list").stdout.splitlines()
    assert len(listed) == 3
    assert run(tmp_path, "log", "--undo").stderr.count("Taken back") == 2
    listed = run(tmp_path, "log", "--list").stdout.splitlines()
    assert [line.endswith("(taken back)") for line in listed] == [False, True, True]
    run(tmp_path, "log", "--undo")
    assert "nothing to take back" in run(tmp_path, "log", "--undo", code=1).stderr


def test_an_exercise_outside_the_programme_can_be_logged(tmp_path):
    assert "repetitions, 2 × 10" in run(tmp_path, "log", "repetitions").stderr
    assert run(tmp_path, "today").stdout.count("[ ]") == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "tell which EXERCISE"),
        (["squat"], "there is no exercise 'squat'"),
        (["donkey-kick", "--undo"], "without an EXERCISE"),
        (["donkey-kick", "--on", "tomorrow"], "expected a day such as"),
        (["donkey-kick", "--on", "2026-11-31"], "expected a day such as"),
        (["donkey-kick", "--on", "2026-11-27"], "up to today (2026-11-26)"),
        (["donkey-kick", "--on", "0226-11-01"], "of the last 10 years"),
        (["donkey-kick", "--sets", "0"], "--sets"),
        (["hip-flexor-stretch", "--reps", "3"], "no repetitions"),
    ],
)
def test_what_cannot_be_logged_is_one_sentence(tmp_path, arguments, words):
    result = run(tmp_path, "log", *arguments, code=2)
    assert words in result.stderr
    assert run(tmp_path, "log", "--list").stdout == ""


# progress


def test_progress_of_an_empty_store(tmp_path):
    shown = run(tmp_path, "progress").stdout
    assert "0 now, 0 at most" in shown
    assert "nothing was measured" in shown
    document = json.loads(run(tmp_path, "progress", "--json").stdout)
    assert document["days_in_a_row"]["current"] == 0
    assert document["trends"] == []


def test_streaks_and_late_logging(tmp_path):
    with Store(tmp_path / "a.db") as store:
        for days_ago in (1, 2, 4, 5, 6):
            everything(store, days_ago)
    shown = run(tmp_path, "progress").stdout
    assert "Days in a row: 2 now, 3 at most\n" in shown
    assert "Followed on 5 of 6 days (83 %)" in shown
    run(tmp_path, "log", "donkey-kick", "--on", "2026-11-23")
    run(tmp_path, "log", "hip-flexor-stretch", "--on", "2026-11-23")
    shown = run(tmp_path, "progress").stdout
    assert "Days in a row: 6 now, 6 at most; measured alone: 2 now, 3 at most" in shown
    document = json.loads(run(tmp_path, "progress", "--json").stdout)
    assert document["days_in_a_row"] == {"current": 6, "longest": 6, "measured": {"current": 2, "longest": 3}}
    days = {each["day"]: each for each in document["calendar"]}
    assert days["2026-11-23"] == {"day": "2026-11-23", "status": "done", "measured": "missed"}
    assert days["2026-11-26"]["status"] == "open"
    run(tmp_path, "log", "--undo")
    assert "Days in a row: 2 now, 3 at most" in run(tmp_path, "progress").stdout


def test_the_calendar_shows_what_was_done_and_how(tmp_path):
    with Store(tmp_path / "a.db") as store:
        everything(store, 9)
        measured(store, "donkey-kick", kicks(3), 8)
    run(tmp_path, "log", "donkey-kick", "--on", "2026-11-19")
    run(tmp_path, "log", "hip-flexor-stretch", "--on", "2026-11-19")
    rows = {line[:3]: line[4:].split() for line in run(tmp_path, "progress", "--weeks", "2").stdout.splitlines()}
    assert [rows[day] for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sun")] == [
        ["·"], ["■", "·"], ["□", "·"], ["◧", "○"], ["·"], ["·"],
    ]  # fmt: skip


def test_the_calendar_on_a_terminal_without_these_signs(tmp_path):
    import os
    import subprocess
    import sys

    with Store(tmp_path / "a.db") as store:
        record(store, packets(), kicks(3), origin="bluetooth")
    done = subprocess.run(
        [sys.executable, "-m", "sensortrack", "progress", "--db", str(tmp_path / "a.db")],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert b"# all done, measured  + all done, some by your own account  o some of it" in done.stdout
    assert done.stderr == b""


def test_trends_are_told_with_measurement_noise(tmp_path):
    with Store(tmp_path / "a.db") as store:
        for days_ago, rom_deg, angle_deg in ((14, 60.0, -4.0), (7, 66.0, -5.0), (0, 74.0, -6.0)):
            measured(store, "donkey-kick", kicks(5, rom_deg), days_ago, side="left")
            measured(store, "thomas-test", trials(angle_deg, angle_deg - 1), days_ago, side="right")
    shown = run(tmp_path, "progress").stdout
    assert "range of motion 60.0° to 74.0°: +14.0°, more than measurement noise (5.0°)" in shown
    assert "thigh angle -4.5° to -6.5°: -2.0°, within measurement noise (5.0°)" in shown
    assert max(map(len, shown.splitlines())) <= 100
    document = json.loads(run(tmp_path, "progress", "--json", "--weeks", "1").stdout)
    assert {(each["exercise"], each["quantity"]) for each in document["trends"]} == {
        ("donkey-kick", "rom_deg"), ("donkey-kick", "hold_s"), ("thomas-test", "thigh_angle_deg"),
    }  # fmt: skip
    assert all(each["first"] is None for each in document["trends"])  # one session of this week is no trend


# record without an exercise


def planned(tmp_path, *sides, named=None, program=None, with_simulated=False):
    with Store(tmp_path / "a.db") as store:
        return plan_for(store, named, sides or (None,), program, "me", with_simulated=with_simulated)


def test_the_next_one_owed_is_recorded_with_its_goals(tmp_path, capsys):
    found = planned(tmp_path)
    assert (found.exercise.name, found.side, found.targets.sets) == ("thomas-test", "left", 3)
    assert (
        "Next in the programme: Thomas test, left leg, 2 trials. Wear it on the left thigh" in capsys.readouterr().err
    )
    with Store(tmp_path / "a.db") as store:
        for side in ("left", "right"):
            measured(store, "thomas-test", trials(-5.0, -4.0), side=side)
        measured(store, "hip-flexor-stretch", holds(1), side="left")
    found = planned(tmp_path)
    assert (found.exercise.name, found.side) == ("hip-flexor-stretch", "left")
    assert found.targets == Targets(2, 0, 30.0, 30.0)
    found = planned(tmp_path, "right")
    assert (found.exercise.name, found.side, found.targets.sets) == ("hip-flexor-stretch", None, 3)
    with Store(tmp_path / "a.db") as store:
        everything(store, 0)
        measured(store, "donkey-kick", kicks(20), 1)
    found = planned(tmp_path)
    assert found.exercise.name == "donkey-kick"
    assert found.targets == Targets(2, 10, 2.0, 30.0)
    assert "Nothing is owed now: recording Donkey kick as an extra" in capsys.readouterr().err


def test_two_sensors_take_what_either_leg_owes(tmp_path):
    with Store(tmp_path / "a.db") as store:
        measured(store, "thomas-test", trials(-5.0, -4.0), side="left")
    assert planned(tmp_path, "left", "right").exercise.name == "thomas-test"


def test_a_named_exercise_has_the_programme_s_goals(tmp_path):
    with Store(tmp_path / "a.db") as store:
        measured(store, "donkey-kick", kicks(10))
    found = planned(tmp_path, named="donkey-kick")
    assert found.targets == Targets(1, 10, 2.0, 30.0)
    assert (found.tempo.hold_s, found.tempo.least_lift_s) == (2.0, 1.0)
    assert found.told(4, 6, 1.5)[0] == Targets(4, 6, 1.5, 30.0)
    assert found.told(None, None, 1.5)[1].hold_s == 1.5
    other = planned(tmp_path, named="repetitions")
    assert other.targets == Targets.of(load_exercise("repetitions"))
    assert other.tempo == tempo_of(load_exercise("repetitions"), None)


def test_a_broken_programme_keeps_nobody_from_what_was_named(tmp_path, capsys):
    broken = tmp_path / "broken.toml"
    broken.write_text("title = 1\n", encoding="utf-8")
    found = planned(tmp_path, named="donkey-kick", program=str(broken))
    assert found.targets == Targets.of(load_exercise("donkey-kick"))
    assert "Recording without the programme: broken.toml" in capsys.readouterr().err
    result = run(tmp_path, "record", "--program", str(broken), "--sensor", "simulated", code=1)
    assert "broken.toml" in result.stderr


def test_recording_goes_through_the_programme(tmp_path):
    """With a simulated sensor, whose sessions count for what it is to do next."""
    arguments = ("record", "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000")
    result = run(tmp_path, *arguments)
    assert "Next in the programme: Thomas test, left leg" in result.stderr
    with Store(tmp_path / "a.db") as store:
        session = store.session("last")
        assert (session.exercise, session.side) == ("thomas-test", "left")
    assert result.stderr.splitlines()[-1].startswith("Next: Thomas test, ")
    assert "Nothing" not in run(tmp_path, *arguments).stderr


@pytest.mark.parametrize("pace", ["off", "gentle", "strict"])
def test_the_pace_is_told_while_recording(tmp_path, pace):
    result = run(
        tmp_path, "record", "donkey-kick", "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000",
        "--pace", pace,
    )  # fmt: skip
    said = {line for line in result.stdout.splitlines() if line in ("up", "up, slower", "hold", "down", "slower")}
    assert bool(said) == (pace != "off")
    assert bool(said & {"up", "up, slower"}) == (pace == "strict")


def test_a_metronome_for_two_legs_is_refused(tmp_path):
    sensors = ("--sensor", "left=simulated", "--sensor", "right=simulated")
    assert "leads one leg" in run(tmp_path, "record", *sensors, "--pace", "strict", code=2).stderr


def test_the_programme_s_numbers_stay_with_the_session(tmp_path):
    """Whatever this version or the programme says later: what was prescribed, and by whom, is kept."""
    own = tmp_path / "own.toml"
    text = shipped_programme_text().replace("range = [20, 30]", "range = [26, 30]")
    own.write_text(text.replace("value = 2\nrange = [2, 3]", "value = 3\nrange = [2, 3]"), encoding="utf-8")
    arguments = ("--program", str(own), "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000")
    run(tmp_path, "record", "hip-flexor-stretch", *arguments)
    run(tmp_path, "record", "donkey-kick", "--hold", "1.5", *arguments)
    stretch, kick = (json.loads(run(tmp_path, "export", number, "--format", "json").stdout) for number in "12")
    assert stretch["analysis"]["parameters"]["target_hold_s"] == 26
    assert stretch["holds"]
    assert all(hold["in_target"] == (hold["duration_s"] >= 26) for hold in stretch["holds"])
    parameters = kick["analysis"]["parameters"]
    assert [parameters[name] for name in ("sets", "repetitions", "target_hold_s", "target_lift_s")] == [3, 10, 1.5, 1.0]
    with Store(tmp_path / "a.db") as store:
        exercise, _ = accepted_exercise(store, store.session("2"))
    sources = [exercise.parameters[name].source for name in ("sets", "target_hold_s")]
    assert sources == ["the programme: the physiotherapist's page: 2-3 sets a day", TOLD]
    for number, exported in (("1", stretch), ("2", kick)):
        again = json.loads(run(tmp_path, "replay", number, "--format", "json").stdout)
        assert again == {name: value for name, value in exported.items() if name != "session"}
        for named in ((), ("--exercise", exported["exercise"])):
            assert run(tmp_path, "reanalyze", number, *named).stdout == f"Session {number}: the same.\n"


def test_what_the_programme_prescribed_comes_back_from_an_export(tmp_path):
    run(tmp_path, "record", "hip-flexor-stretch", "--hold", "26", "--sensor", "simulated", "--plain", "--quiet",
        "--speed", "1000")  # fmt: skip
    run(tmp_path, "record", "donkey-kick", "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000")
    other = tmp_path / "other"
    other.mkdir()
    for number in "12":
        path = tmp_path / f"{number}.json"
        run(tmp_path, "export", number, "--format", "json", "--raw", "-o", str(path))
        run(other, "import", str(path))
        told = json.loads(path.read_text(encoding="utf-8"))
        back = json.loads(run(other, "export", number, "--format", "json").stdout)
        assert back["analysis"]["parameters"] == told["analysis"]["parameters"]
        assert (back["holds"], back["sets"]) == (told["holds"], told["sets"])
