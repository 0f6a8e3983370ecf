"""Report, review page and progress over the same store: the same days, the same changes, in the same words."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from sensortrack.cli import main, plan
from sensortrack.formats import program_file
from sensortrack.model.exercises import load_exercise
from sensortrack.review.overview import overview, trends
from sensortrack.store.store import Store
from tests.store.test_store import packets, record
from tests.test_programme_commands import holds, kicks, trials

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)  # a Thursday
ROMS = (50.03, 52.47, 61.21, 55.55, 66.67, 70.01, 71.49)


@pytest.fixture(autouse=True)
def place_and_day(tmp_path, monkeypatch):
    """It is a known day in a known place, and nobody has a programme of their own."""
    monkeypatch.setattr(plan, "here", lambda: (NOW.date(), "UTC"))
    monkeypatch.setattr(program_file, "own_path", lambda: tmp_path / "none" / "program.toml")


class Text(HTMLParser):
    """What a page says, without its drawings' points."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    path = tmp_path_factory.mktemp("joined") / "a.db"
    with Store(path) as store:
        for ago, rom_deg in enumerate(reversed(ROMS), start=1):
            keep(store, ago, "donkey-kick", kicks(20, rom_deg), "left")
            if ago != 3:  # and so a day on which only some of it was done
                for side in ("left", "right"):
                    keep(store, ago, "hip-flexor-stretch", holds(3, 22.0 + ago), side)
        for ago in (1, 6):
            for side in ("left", "right"):
                keep(store, ago, "thomas-test", trials(-3.0 - ago, 0.0 - ago), side)
    return path


def keep(store, ago, name, events, side):
    record(store, packets(), events, exercise=load_exercise(name), side=side, origin="bluetooth", zone="UTC",
           started_at=NOW - timedelta(days=ago))  # fmt: skip


def run(db, *arguments):
    environment = {"SENSORTRACK_DB": str(db), "SENSORTRACK_PROGRAM": None}
    result = CliRunner().invoke(main, list(arguments), env=environment, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def reported(db, tmp_path, *arguments):
    run(db, "report", "--person", "me", "-o", str(tmp_path / "r.html"), "--force", *arguments)
    text = Text()
    text.feed((tmp_path / "r.html").read_text(encoding="utf-8"))
    return " ".join(" ".join(text.words).split())


def changes(text):
    return sorted(set(re.findall(r"[+±-][0-9.]+(?:°| s), (?:more than|within) measurement noise \([^)]*\)", text)))


def test_the_same_change_everywhere(db, tmp_path):
    told = changes(run(db, "progress"))
    assert len(told) >= 4
    assert changes(reported(db, tmp_path).replace("−", "-")) == told
    with Store(db) as store:
        for exercise, name, side in (
            ("donkey-kick", "rom_deg", "left"),
            ("hip-flexor-stretch", "hold_angle_deg", "left"),
            ("thomas-test", "thigh_angle_deg", "right"),
        ):
            (words,) = [each["words"] for each in trends(store, exercise, "me")[name] if each["side"] == side]
            assert changes(words.replace("−", "-"))[0] in told
        assert trends(store, "donkey-kick", "somebody") == {}


def test_the_same_days_everywhere(db, tmp_path):
    progress = run(db, "progress")
    done, due = re.search(r"Followed on (\d+) of (\d+) days", progress).groups()
    now, most = re.search(r"Days in a row: (\d+) now, (\d+) at most", progress).groups()
    assert (done, due, now, most) == ("6", "7", "2", "4")
    assert f"Programme followed {done} of {due} days in a row: {now} now, {most} at most" in reported(db, tmp_path)
    assert "Programme followed" not in reported(db, tmp_path, "--exercise", "donkey-kick")


def test_what_was_told_stands_apart(db, tmp_path):
    """It mends a day, marked as told; in no trend; in an export of its own."""
    before = run(db, "progress", "--json")
    day = (NOW - timedelta(days=3)).date()
    hostile = "=1+1 <script>alert(1)</script>"
    run(db, "log", "hip-flexor-stretch", "--side", "both", "--on", str(day), "--note", hostile)
    try:
        text = reported(db, tmp_path)
        assert "Programme followed 7 of 7 days 6 by what was measured" in text
        assert "Done without a sensor: " in text
        assert "Dashed: by own account, not measured." in text
        assert "<script>" not in (tmp_path / "r.html").read_text(encoding="utf-8").partition("<body")[2]
        after = run(db, "progress", "--json")
        assert json.loads(after)["trends"] == json.loads(before)["trends"]
        with Store(db) as store:
            assert [each["amount"] for each in overview(store)["told"]] == ["3 times", "3 times"]
        document = json.loads(run(db, "export", "--self-reports", "--format", "json", "--since", str(day)))
        assert document["schema"] == "sensortrack.self-reports/1"
        assert [(each["side"], each["day"], each["sets"]) for each in document["self_reports"]] == [
            ("left", str(day), 3), ("right", str(day), 3),
        ]  # fmt: skip
        table = run(db, "export", "--self-reports").splitlines()
        assert table[0].startswith("kind,person,exercise,side,day,sets")
        assert f"'{hostile}" in table[1]
        assert run(db, "export", "--self-reports", "--person", "nobody").splitlines() == table[:1]
        assert "self-report" not in run(db, "export", "--person", "me")
    finally:
        run(db, "log", "--undo")
    assert len(run(db, "export", "--self-reports").splitlines()) == 1


def test_a_broken_programme_leaves_the_rest_of_the_report(db, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("title = 1\n", encoding="utf-8")
    assert "Programme followed" not in reported(db, tmp_path, "--program", str(broken))


def test_self_reports_are_exported_without_sessions(db):
    result = CliRunner().invoke(main, ["export", "1", "--self-reports", "--db", str(db)])
    assert result.exit_code == 2
    assert "--self-reports goes with csv and json" in result.stderr
