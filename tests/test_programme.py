"""The programme file: every number has a source and a grade; what is wrong with a file is one clear sentence."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.cli import main
from sensortrack.cli.plan import number_words, programme_sentence
from sensortrack.formats import program_file
from sensortrack.model.errors import ProgrammeError
from sensortrack.model.exercises import shipped_text
from sensortrack.model.programme import GRADES, parse_programme, shipped_programme_text

SHIPPED = shipped_programme_text()
MINE = """
title = "Mine"
[[task]]
exercise = "donkey-kick"
sides = "each"
days = ["mon", "wed", "fri"]
[task.sets]
value = 3
source = "my physiotherapist, 3 March"
grade = "prescribed"
[task.reps]
value = 8
source = "my physiotherapist, 3 March"
grade = "prescribed"
[task.hold_s]
value = 2.5
unit = "s"
source = "my physiotherapist, 3 March"
grade = "prescribed"
"""


@pytest.fixture(autouse=True)
def no_own_programme(tmp_path, monkeypatch):
    """Nobody's own file is looked at."""
    monkeypatch.setattr(program_file, "own_path", lambda: tmp_path / "config" / "program.toml")
    monkeypatch.delenv("SENSORTRACK_PROGRAM", raising=False)


def run(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def test_the_shipped_programme_is_the_physiotherapists():
    programme = parse_programme(SHIPPED, "shipped")
    assert [task.exercise.name for task in programme.tasks] == ["thomas-test", "hip-flexor-stretch", "donkey-kick"]
    thomas, stretch, kicks = programme.tasks
    assert (thomas.per, thomas.sides) == ("week", "each")
    assert (stretch.sides, stretch.needed) == ("each", 3)
    hold = stretch.numbers["hold_s"]
    assert (hold.least, hold.most) == (20.0, 30.0)
    assert (kicks.numbers["sets"].least, kicks.numbers["sets"].most, kicks.numbers["reps"].value) == (2, 3, 10)
    assert (kicks.numbers["hold_s"].least, kicks.numbers["hold_s"].most) == (1, 2)


def test_no_number_of_it_is_without_source_and_grade():
    numbers = [(name, table) for task in tomllib.loads(SHIPPED)["task"] for name, table in task.items()
               if isinstance(table, dict)]  # fmt: skip
    assert len(numbers) > 8
    for name, table in numbers:
        assert table["source"].strip(), name
        assert table["meaning"].strip(), name
        assert table["grade"] in GRADES, name


def test_seconds_are_seconds_told_or_not():
    (task,) = parse_programme(MINE.replace('unit = "s"\n', ""), "mine").tasks
    assert number_words(task.numbers["hold_s"]) == "2.5 s"
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(MINE.replace('unit = "s"', 'unit = "min"'), "mine")
    assert (caught.value.where, caught.value.expected, caught.value.found) == ("donkey-kick: hold_s: unit", "s", "min")


def test_explain_shows_every_number_with_source_and_grade():
    shown = run("program", "explain").stdout
    programme = parse_programme(SHIPPED, "shipped")
    numbers = [number for task in programme.tasks for number in task.numbers.values()]
    assert shown.count("source: ") == len(numbers)
    assert shown.count("grade: ") == len(numbers)
    words = " ".join(shown.split())
    for number in numbers:
        assert " ".join(number.source.split()) in words
    for meaning in GRADES.values():
        assert meaning in words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("title", "titel"), "lacks title"),
        (('exercise = "donkey-kick"', 'exercise = "squat"'), "'squat' cannot be used"),
        (('exercise = "donkey-kick"', ""), "lacks exercise"),
        (('sides = "each"', 'sides = "both"'), "expected any or each, found both"),
        (('sides = "each"', 'side = "each"'), "no key 'side'"),
        (('days = ["mon", "wed", "fri"]', 'days = ["monday"]'), "list of mon, tue"),
        (('days = ["mon", "wed", "fri"]', "days = []"), "list of mon, tue"),
        (('days = ["mon", "wed", "fri"]', 'days = ["mon"]\nper = "week"'), 'no days with per = "week"'),
        (("[task.reps]", "[task.repetitions]"), "lacks reps"),
        (("value = 8\n", ""), "reps lacks value"),
        (("value = 8", "value = 8.5"), "whole number above 0, found 8.5"),
        (("value = 8", 'value = "8"'), "whole number above 0, found 8"),
        (("value = 8", "value = true"), "whole number above 0, found True"),
        (("value = 8", "value = 0"), "whole number above 0, found 0"),
        (("value = 2.5", "value = nan"), "a number above 0, found nan"),
        (("value = 2.5", "value = inf"), "a number above 0, found inf"),
        (("value = 2.5", "value = 2.5\nrange = [1, 2]"), "a value within 1 to 2, found 2.5"),
        (("value = 2.5", "value = 2.5\nrange = [2]"), "[least, most]"),
        (("value = 2.5", "value = 2.5\nnote = 1"), "no key 'note'"),
        (('unit = "s"\nsource = "my physiotherapist, 3 March"', 'unit = "s"'), "hold_s does not say where"),
        (
            ('unit = "s"\nsource = "my physiotherapist, 3 March"', 'unit = "s"\nsource = " "'),
            "hold_s does not say where",
        ),
        (('grade = "prescribed"\n[task.reps]', "[task.reps]"), "sets does not say how sure"),
        (('grade = "prescribed"\n[task.reps]', 'grade = "D"\n[task.reps]'), "found D"),
        (("[task.reps]\nvalue = 8", "[task]\nreps = 8"), "not TOML"),
        (('title = "Mine"', 'title = "Mine'), "not TOML"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, change, words):
    assert change[0] in MINE
    file = tmp_path / "mine.toml"
    file.write_text(MINE.replace(*change), encoding="utf-8")
    for command in (["program"], ["program", "explain"], ["today", "--db", tmp_path / "a.db"]):
        result = run(*command, "--program", file)
        assert result.exit_code == 1
        sentence = result.stderr.partition("Error: ")[2]
        assert words in sentence
        assert "mine.toml" in sentence
        assert sentence.endswith(".\n")
        assert sentence.count("\n") == 1


def test_files_that_are_none(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    for name, words in (("none.toml", "cannot be read"), ("", "cannot be read"), ("bytes.toml", "not TOML")):
        result = run("program", "--program", tmp_path / name)
        assert result.exit_code == 1
        assert words in result.stderr


def test_no_task_and_a_task_twice():
    for text, problem in (('title = "x"\ntask = []', "wrong"), (MINE + MINE.replace('title = "Mine"', ""), "twice")):
        with pytest.raises(ProgrammeError) as error:
            parse_programme(text, "x")
        assert error.value.problem == problem
        assert programme_sentence(error.value).endswith(".")


@given(st.text(max_size=80))
def test_any_text_is_refused_in_words_or_read(text):
    sentence = "any.toml"
    try:
        parse_programme(text, "any.toml")
    except ProgrammeError as error:
        sentence = programme_sentence(error)
    assert sentence.startswith("any.toml")


def test_own_file_is_found_and_an_exercise_beside_it(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir()
    kick = shipped_text("donkey-kick").replace('name = "donkey-kick"', 'name = "my-kick"')
    (folder / "kick.toml").write_text(kick, encoding="utf-8")
    mine = MINE.replace('"donkey-kick"', '"kick.toml"')
    assert "shipped" in run("program").stdout
    (folder / "program.toml").write_text(mine, encoding="utf-8")
    shown = run("program").stdout
    assert f"File: {folder / 'program.toml'}" in shown
    assert "my-kick" in shown
    assert "3 sets of 8 repetitions, held 2.5 s with each leg on Mon, Wed, Fri" in shown
    assert run("program", "--toml").stdout == mine


def test_the_environment_names_a_file_and_an_option_another(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).write_text(MINE.replace("Mine", f"Mine {name}"), encoding="utf-8")
    monkeypatch.setenv("SENSORTRACK_PROGRAM", str(tmp_path / "a"))
    assert "Mine a" in run("program").stdout
    assert "Mine b" in run("program", "--program", tmp_path / "b").stdout


def test_what_program_prints_is_a_programme(tmp_path):
    file = tmp_path / "copy.toml"
    file.write_text(run("program", "--toml").stdout, encoding="utf-8")
    assert "Donkey kick" in run("program", "--program", file).stdout


def test_it_is_in_the_package():
    assert (Path(program_file.__file__).parents[1] / "model" / "program.toml").is_file()
