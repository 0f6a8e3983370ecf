"""Exercises are data, and every default says where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensortrack.formats.exercise_file import find_exercise
from sensortrack.model.errors import ExerciseError
from sensortrack.model.exercises import load_exercise, parse_exercise, shipped_names, shipped_text

UNITS = {"", "s", "deg", "deg/s", "m/s2", "Hz"}


@pytest.mark.parametrize("name", shipped_names())
def test_every_default_has_meaning_unit_and_source(name: str) -> None:
    for key, parameter in load_exercise(name).parameters.items():
        assert len(parameter.source) > 10, key
        assert len(parameter.meaning) > 5, key
        assert parameter.unit in UNITS, key


@pytest.mark.parametrize("name", shipped_names())
def test_unit_is_in_the_parameters_name(name: str) -> None:
    suffix = {"s": "_s", "deg": "_deg", "deg/s": "_deg_s"}
    for key, parameter in load_exercise(name).parameters.items():
        assert key.endswith(suffix.get(parameter.unit, "")), key


def test_shipped_exercises() -> None:
    assert shipped_names() == ["donkey-kick", "hip-flexor-stretch", "repetitions", "thomas-test"]


def test_number_without_source_is_refused() -> None:
    text = shipped_text("repetitions").replace("source = ", "origin = ", 1)
    with pytest.raises(ExerciseError) as caught:
        parse_exercise(text, "mine.toml")
    assert (caught.value.problem, caught.value.expected) == ("without source", "repetitions")


def test_incomplete_exercise_names_what_is_missing() -> None:
    text = shipped_text("repetitions").replace("[parameters.min_rom_deg]", "[parameters.least_deg]")
    with pytest.raises(ExerciseError) as caught:
        parse_exercise(text, "mine.toml")
    assert (caught.value.problem, caught.value.expected) == ("missing", "min_rom_deg")


def test_users_own_file(tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text(shipped_text("repetitions").replace('name = "repetitions"', 'name = "bridge"'), encoding="utf-8")
    assert find_exercise(str(file)).name == "bridge"


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"name = ", "not TOML"), (b"\xff\xfe", "not TOML"), (b"name = 'x'", "missing"), (b"", "missing")],
)
def test_users_broken_file(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(ExerciseError) as caught:
        find_exercise(str(file))
    assert caught.value.problem == problem


def test_missing_file_and_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match="unreadable"):
        find_exercise(str(tmp_path / "none.toml"))
    with pytest.raises(ExerciseError, match="unknown"):
        find_exercise("squat")
