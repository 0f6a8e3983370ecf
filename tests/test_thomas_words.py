"""The Thomas test in words: what is a result, and what two legs may be said to differ by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from sensortrack.cli import main
from sensortrack.cli.announcer import Announcer, Targets
from sensortrack.cli.thomas import thomas_lines
from sensortrack.model.events import ThomasAngle
from sensortrack.model.exercises import load_exercise


def trial(number: int, angle_deg: float) -> ThomasAngle:
    return ThomasAngle(number, 10.0 * number, 10.0 * number + 4, angle_deg, 0.4, 10.0 * number + 5)


@pytest.mark.parametrize("angles", [[], [-8.0]])
def test_no_result_under_two_trials(angles):
    *_, result = thomas_lines([trial(i, angle) for i, angle in enumerate(angles)])
    assert result.startswith("No result")
    assert "8.0" not in result


def test_median_and_spread():
    lines = thomas_lines([trial(0, -8.0), trial(1, -2.0), trial(2, 3.0)])
    assert lines[2] == "Trial 3 at 0:20.0: 3.0° above the horizontal (scatter 0.4°)"
    assert lines[3] == "Thigh 2.0° below the horizontal: median of 3 trials, 11.0° from least to greatest"
    assert "do them again" in lines[4]


def test_trials_that_agree_need_no_repeat():
    assert len(thomas_lines([trial(0, -8.0), trial(1, -6.0)])) == 3


def test_a_simulated_test_has_as_many_trials_as_are_meant(tmp_path):
    assert "median of 3 trials" in record(tmp_path, "--seed", "4")
    assert "median of 2 trials" in record(tmp_path, "--seed", "4", "--sets", "2")


def test_each_trial_is_told_once_and_three_are_all():
    announcer = Announcer(load_exercise("thomas-test"), Targets(3, 0, 0))
    said = [u.text for i in range(3) for _ in range(4) for u in announcer.hear([trial(i, -5.0)])]
    again = ". Knee to the chest, and let it hang again"
    assert said == [f"trial 1 settled{again}", f"trial 2 settled{again}", "trial 3 settled. All done, sit up"]
    assert announcer.is_done


def test_a_trial_that_was_taken_back_is_done_again():
    announcer = Announcer(load_exercise("thomas-test"), Targets(2, 0, 0))
    announcer.hear([trial(0, -5.0), trial(1, -9.0)])
    assert announcer.is_done
    struck = replace(trial(1, -9.0), taken_back=True)
    announcer.take_back(struck)
    assert not announcer.is_done
    assert announcer.hear([struck]) == []  # told again, as long as the leg hangs
    assert [each.text for each in announcer.hear([trial(2, -5.0)])] == ["trial 2 settled. All done, sit up"]


def test_a_trial_that_was_none_is_not_counted_aloud():
    announcer = Announcer(load_exercise("thomas-test"), Targets(2, 0, 0))
    announcer.hear([trial(0, -5.0)])
    said = announcer.hear([replace(trial(0, -5.0), cancelled=True), trial(1, 4.0)])
    assert [each.text for each in said] == ["trial 1 settled. Knee to the chest, and let it hang again"]


def record(tmp_path, *more: str) -> str:
    command = ["record", "thomas-test", "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000"]
    done = CliRunner().invoke(main, [*command, "--db", str(tmp_path / "a.db"), *more], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "not a diagnosis" in done.output
    return done.output


def test_left_is_compared_with_right(tmp_path):
    assert "Tell which leg" in record(tmp_path, "--seed", "4")
    assert "The other leg has not been tested" in record(tmp_path, "--side", "left", "--seed", "4")
    assert "The other leg has not been tested" in record(tmp_path, "--side", "left", "--seed", "4")
    assert "0.0° apart, within measurement noise" in record(tmp_path, "--side", "right", "--seed", "4")
    assert "thigh hangs" in record(tmp_path, "--side", "left", "--seed", "5")


def test_a_trial_that_was_taken_back_is_not_compared(tmp_path):
    record(tmp_path, "--side", "left", "--seed", "4", "--sets", "2")
    command = ["edit", "last", "--reject", "1", "--db", str(tmp_path / "a.db")]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert "one of them has no result" in record(tmp_path, "--side", "right", "--seed", "4")
