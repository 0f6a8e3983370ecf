"""The command line as a person and a program use it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensortrack import __version__
from sensortrack.cli import COMMANDS, main
from sensortrack.cli.session import Session
from sensortrack.cli.simulate import DIFFICULTIES, EXERCISES
from sensortrack.cli.wording import FORM, REASONS
from sensortrack.model.exercises import load_exercise, shipped_names, shipped_text
from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import simulate
from tests.bad_input import BAD_FILES, HEADER, IMPLAUSIBLE_FILES, table

Run = Callable[..., Result]


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def kicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An easy recording, and its truth beside it."""
    file = tmp_path_factory.mktemp("simulated") / "kicks.csv"
    made = invoke("simulate", "donkey-kick", "-o", file, "--seed", "2", "--difficulty", "clean", "--rate", "50")
    assert made.exit_code == 0, made.output
    return file


def assert_one_sentence(result: Result, exit_code: int, *words: str) -> None:
    assert result.exit_code == exit_code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    sentence = result.stderr.split("Error: ")[1]
    assert sentence.endswith(".\n")
    assert sentence.count("\n") == 1
    for word in words:
        assert word in sentence


# replay: bad input


@pytest.mark.parametrize("name", [*BAD_FILES, *IMPLAUSIBLE_FILES])
def test_bad_file_gets_one_sentence(name: str, tmp_path: Path) -> None:
    content, _, words = {**BAD_FILES, **IMPLAUSIBLE_FILES}[name]
    file = tmp_path / f"{name}.csv"
    file.write_bytes(content)
    for form in ("table", "json", "csv"):
        assert_one_sentence(invoke("replay", file, "--exercise", "donkey-kick", "--format", form), 1, str(file), *words)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert_one_sentence(invoke("replay", tmp_path / "none.csv"), 1, "no such file")
    assert_one_sentence(invoke("replay", tmp_path), 1, "folder")


@given(st.binary(max_size=400), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_never_give_a_traceback(tmp_path: Path, content: bytes, has_header: bool) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes((HEADER + "\n").encode() * has_header + content)
    result = invoke("replay", file, "--exercise", "repetitions", "--format", "json")
    assert result.exit_code in (0, 1)
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([f"{i / 10},0,9.81,0" for i in range(300)], "20 Hz"),
        ([f"{i / 100 if i < 500 else i / 100 - 300},0,9.81,0" for i in range(1500)], "backwards"),
        ([f"{i // 500},0,9.81,0" for i in range(1500)], "repeated"),
    ],
)
def test_impossible_time(tmp_path: Path, rows: list[str], problem: str) -> None:
    file = tmp_path / "time.csv"
    file.write_text(HEADER + "\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert_one_sentence(invoke("replay", file, "--exercise", "donkey-kick"), 1, problem)


def test_two_seconds_are_a_right_result(tmp_path: Path) -> None:
    file = tmp_path / "short.csv"
    file.write_text(table(rows=200), encoding="utf-8")
    result = invoke("replay", file, "--exercise", "donkey-kick", "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["sets"] == []


# replay: wrong use


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--exercise", "squat"], ("'squat'", "donkey-kick, hip-flexor-stretch")),
        (["--speed", "fast"], ("'fast'", "max")),
        (["--speed", "0"], ("'0'", "max")),
        (["--format", "xml"], ("xml", "json")),
        (["--side", "up"], ("up", "left")),
        (["--placement", "knee"], ("knee", "front")),
        (["--exercise", "donkey-kick", "--plot", "a.pdf"], ("a.pdf", ".svg")),
        (["--exercise", "donkey-kick", "--plot", "/no/where/a.svg"], ("/no/where", "create")),
    ],
)
def test_wrong_use_is_exit_2(kicks: Path, arguments: list[str], words: tuple[str, ...]) -> None:
    result = invoke("replay", kicks, *arguments)
    assert result.exit_code == 2
    for word in words:
        assert word in result.stderr
    assert result.stdout == ""


def test_unrecognised_exercise_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "still.csv"
    file.write_text(table(), encoding="utf-8")
    assert_one_sentence(invoke("replay", file), 2, "--exercise", *shipped_names())


# replay: results


def truth_of(file: Path) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(file.with_suffix(".truth.json").read_text(encoding="utf-8"))
    return truth


def counts(document: dict[str, Any]) -> list[int]:
    return [len(one["reps"]) for one in document["sets"]]


def test_json_is_one_object_that_counts_right(kicks: Path) -> None:
    result = invoke("replay", kicks, "--exercise", "donkey-kick", "--format", "json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    summary = json.loads(result.stdout)
    assert summary["source"] == "kicks.csv"
    assert summary["analysis"]["version"] == __version__
    assert counts(summary) == counts(truth_of(kicks))


def test_csv_has_a_row_for_each(kicks: Path) -> None:
    arguments = ("replay", kicks, "--exercise", "donkey-kick", "--format")
    summary = json.loads(invoke(*arguments, "json").stdout)
    rows = list(csv.DictReader(io.StringIO(invoke(*arguments, "csv").stdout)))
    assert [row["kind"] for row in rows] == ["repetition"] * sum(counts(summary)) + ["rejected"] * len(
        summary["rejected"]
    )
    first = summary["sets"][0]["reps"][0]
    assert (float(rows[0]["rom_deg"]), rows[0]["set"], rows[0]["verdict"]) == (first["rom_deg"], "1", first["verdict"])
    assert {key for key in first if key not in rows[0]} == set()


def test_table_names_what_was_done(kicks: Path) -> None:
    result = invoke("replay", kicks, "--exercise", "donkey-kick")
    assert result.exit_code == 0, result.output
    repetitions = sum(counts(truth_of(kicks)))
    assert f"{repetitions} repetitions in" in result.stdout
    assert {"▁", "█"} <= set(result.stdout)  # the angle
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_exercise_is_recognised(kicks: Path) -> None:
    result = invoke("replay", kicks, "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["exercise"] == "donkey-kick"
    assert "donkey-kick" in result.stderr


def test_users_own_exercise(kicks: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(shipped_text("donkey-kick").replace('name = "donkey-kick"', 'name = "mine"'), encoding="utf-8")
    result = invoke("replay", kicks, "--exercise", mine, "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["exercise"] == "mine"
    assert invoke("exercises", mine).exit_code == 0


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_plot(kicks: Path, tmp_path: Path, suffix: str) -> None:
    picture = tmp_path / f"picture.{suffix}"
    result = invoke("replay", kicks, "--exercise", "donkey-kick", "--format", "json", "--plot", picture)
    assert result.exit_code == 0, result.output
    assert picture.stat().st_size > 5000
    json.loads(result.stdout)


def test_real_time_gives_what_replay_gives(kicks: Path) -> None:
    arguments = ("replay", kicks, "--exercise", "donkey-kick", "--format", "json")
    assert invoke(*arguments, "--speed", "1000").stdout == invoke(*arguments).stdout


def test_replay_in_real_time_tells_each_repetition(kicks: Path) -> None:
    result = invoke("replay", kicks, "--exercise", "donkey-kick", "--speed", "1000")
    assert result.exit_code == 0, result.output
    assert "repetition 1 of set 1" in result.stdout


def test_every_reason_and_form_has_words() -> None:
    for seed in range(4):
        made = simulate("donkey-kick", seed, rate_hz=50.0)
        session = Session(load_exercise("donkey-kick"))
        session.process(RawBlock(made.time_s, made.acc, made.gyr))
        session.finish()
        assert {word for one in session.log.movements for word in one.reasons} <= set(REASONS)
        assert {word for one in session.log.movements for word in one.form} <= set(FORM)


# the other commands


@pytest.mark.parametrize("exercise", EXERCISES)
def test_demo(exercise: str) -> None:
    result = invoke("demo", exercise, "--speed", "1000", "--seed", "1")
    assert result.exit_code == 0, result.output
    assert "simulated sensor" in result.stdout


def test_simulate_writes_what_its_seed_says(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    for file in (first, second):
        assert invoke("simulate", "donkey-kick", "-o", file, "--rate", "25", "--no-gyro").exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text(encoding="utf-8").startswith(HEADER + "\n")
    assert truth_of(first)["exercise"] == "donkey-kick"


def test_simulate_does_not_overwrite(kicks: Path) -> None:
    before = kicks.read_bytes()
    result = invoke("simulate", "donkey-kick", "-o", kicks)
    assert_one_sentence(result, 1, "--force")
    assert kicks.read_bytes() == before


def test_simulate_cannot_write(tmp_path: Path) -> None:
    assert_one_sentence(invoke("simulate", "donkey-kick", "-o", tmp_path / "no" / "a.csv"), 1, "cannot be written")
    result = invoke("simulate", "donkey-kick", "-o", tmp_path / "a.json")
    assert result.exit_code == 2


def test_exercises_show_every_source() -> None:
    listed = invoke("exercises").stdout
    for name in shipped_names():
        assert name in listed
        shown = invoke("exercises", name).stdout
        assert shown.count("source: ") == shipped_text(name).count("source = ")
        assert invoke("exercises", name, "--toml").stdout == shipped_text(name)
    assert invoke("exercises", "squat").exit_code == 2
    assert invoke("exercises", "--toml").exit_code == 2


def test_choices_are_those_of_the_simulator() -> None:
    from sensortrack.sources.simulator import people, recording

    assert sorted(EXERCISES) == sorted(recording.EXERCISES) == shipped_names()
    assert sorted(DIFFICULTIES) == sorted(people.DIFFICULTIES)


def test_version() -> None:
    assert __version__ in invoke("--version").stdout


# the process


def test_help_imports_click_alone() -> None:
    code = (
        "import sys; from sensortrack.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    for command in (
        [],
        ["replay"],
        ["demo"],
        ["simulate"],
        ["exercises"],
        ["record"],
        ["today"],
        ["progress"],
        ["log"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *command, "--help"], capture_output=True, text=True, check=True
        )
        loaded = {name.partition(".")[0] for name in done.stderr.split()}
        assert "click" in loaded
        assert not loaded & {"numpy", "scipy", "rich", "vqf", "matplotlib", "json", "csv"}


@pytest.mark.parametrize("command", [["exercises"], ["exercises", "donkey-kick"], ["demo", "--speed", "1000"]])
def test_a_reader_that_leaves_is_no_error(command: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sensortrack", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("form", ["table", "json", "help"])
def test_a_full_disk_behind_the_output_is_one_sentence(kicks: Path, form: str) -> None:
    told = ["--help"] if form == "help" else ["replay", kicks, "--exercise", "donkey-kick", "--format", form]
    command = [sys.executable, "-m", "sensortrack", *told]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: No space left on device; check disk and permissions.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="limits are of POSIX")
@pytest.mark.parametrize(
    "arguments",
    [["simulate", "donkey-kick", "-o", "a.csv"], ["replay", "--exercise", "donkey-kick", "--plot", "a.svg"]],
)
def test_what_cannot_be_written_wholly_is_not_there(kicks: Path, tmp_path: Path, arguments: list[str]) -> None:
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192));"
        "sys.argv[0] = 'sensortrack'; runpy.run_module('sensortrack', run_name='__main__')"
    )
    told = [*arguments, kicks] if arguments[0] == "replay" else arguments
    command = [sys.executable, "-B", "-c", limited, *map(str, told)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("Error: " + arguments[-1] + " cannot be written (File too large).\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_pipe_is_read_as_a_file_is(kicks: Path, tmp_path: Path) -> None:
    told = ["--exercise", "donkey-kick", "--format", "json"]
    expected = {**json.loads(invoke("replay", kicks, *told).stdout), "source": "stdin"}
    piped = CliRunner().invoke(main, ["replay", "-", *told], input=kicks.read_bytes())
    assert json.loads(piped.stdout) == expected
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(kicks.read_bytes()))
    writer.start()
    through = invoke("replay", pipe, *told)
    writer.join()
    assert json.loads(through.stdout) == expected
    taken = CliRunner().invoke(main, ["import", "-", "--db", str(tmp_path / "a.db")], input=kicks.read_bytes())
    assert taken.stdout.startswith("stdin: session 1, donkey-kick"), taken.output
    broken = CliRunner().invoke(main, ["replay", "-", *told], input=b"what")
    assert_one_sentence(broken, 1, "-: missing columns")
    assert_one_sentence(invoke("replay", ""), 2, "no name")


def test_a_terminal_without_signs_gets_question_marks(kicks: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sensortrack", "replay", str(kicks), "--exercise", "donkey-kick"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_is_documented(command: str) -> None:
    shown = invoke(command, "--help")
    assert shown.exit_code == 0
    assert f"Example: sensortrack {command}" in shown.stdout
    root = Path(__file__).parent.parent
    assert f"sensortrack {command}" in (root / "README.md").read_text(encoding="utf-8")
    page = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    assert f"## sensortrack {command}" in page
    for option in set(_options(shown.stdout)) - {"--help"}:
        assert option in page, option


def _options(shown: str) -> list[str]:
    return [word.strip(",") for line in shown.splitlines() for word in line.split()[:2] if word.startswith("--")]


def test_outside_without_the_side_is_said_and_learned(kicks: Path) -> None:
    told = invoke("replay", kicks, "--exercise", "donkey-kick", "--placement", "outside", "--format", "json")
    assert told.exit_code == 0
    assert "--side" in told.stderr
    plain = invoke("replay", kicks, "--exercise", "donkey-kick", "--format", "json")
    assert json.loads(told.stdout)["sets"] == json.loads(plain.stdout)["sets"]
