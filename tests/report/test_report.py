"""The report's numbers are those of `export --format json`; what it says of them; what is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from html.parser import HTMLParser
from statistics import median

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.cli import main
from sensortrack.model.events import AngleTrace
from sensortrack.model.exercises import load_exercise
from sensortrack.review.figures import MEASURES, Spread
from sensortrack.review.period_report import period, period_report
from sensortrack.review.report_words import range_words
from sensortrack.review.session_report import session_report
from sensortrack.store.edits import judge, set_field
from sensortrack.store.store import Store
from tests.report.drawn import NO_TRACE, START, holds, item, kicks, trace, trials
from tests.store.test_store import beginning, packets


class Read(HTMLParser):
    """A report as its reader has it: cells of tables, words of each section by heading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.sections: dict[str, str] = {}
        self._heading, self._path = "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self._path.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "h2":
            self._heading = ""

    def handle_endtag(self, tag):
        self._path.pop()

    def handle_data(self, data):
        if "style" in self._path or "svg" in self._path:
            return
        if self._path and self._path[-1] in ("td", "th", "strong") and "table" in self._path:
            self.rows[-1][-1] += data
        if "h2" in self._path:
            self._heading += data
        else:
            self.sections[self._heading] = self.sections.get(self._heading, "") + data + " "


def run(db, *arguments, exit_code=0):
    done = CliRunner().invoke(main, [*map(str, arguments), "--db", str(db)], catch_exceptions=False)
    assert done.exit_code == exit_code, done.output
    return done


def add(store, exercise, events, duration_s, **more):
    recorder = store.record(beginning(exercise=load_exercise(exercise), **more))
    for packet in packets(3):
        recorder.add(packet)
    recorder.add_events(events)
    time_s = np.arange(0, duration_s, 0.1)
    recorder.add_angle(AngleTrace(time_s, 30 * np.sin(time_s)))
    recorder.finish(rate_hz=104.0, duration_s=duration_s)
    return recorder.session_id


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    """Kicks of both legs over some days, one of them edited; stretches; tests with and without a result."""
    import random

    path = tmp_path_factory.mktemp("report") / "a.db"
    with Store(path) as store:
        for day in range(8):
            for side in ("left", "right"):
                at = START + timedelta(days=day, minutes=side == "right")
                events, duration_s = kicks(2, 9, random.Random(day), 50 + 2 * day * (side == "left"))
                add(store, "donkey-kick", events, duration_s, side=side, started_at=at)
        judge(store, 15, "reject", events[0].start_s, events[0].end_s)
        judge(store, 15, "add", duration_s - 9, duration_s - 6)
        set_field(store, 15, "pain_before", 6)
        set_field(store, 15, "note", "stiff at first")
        events, duration_s = holds(3, random.Random(3))
        add(store, "hip-flexor-stretch", events, duration_s, side="left", started_at=START)
        for angles in ((-8.0, -6.0, -7.5), (3.0,)):
            add(store, "thomas-test", trials(angles), 90.0, side="left", started_at=START, note="a < b & c")
        add(store, "repetitions", [], 20.0, person="Ada", started_at=START)
    return path


def exported(db, *arguments):
    return json.loads(run(db, "export", *arguments, "--format", "json").stdout)


def reported(db, tmp_path, *arguments) -> Read:
    path = tmp_path / "a.html"
    run(db, "report", *arguments, "-o", path, "--force")
    return Read(path.read_text(encoding="utf-8"))


def clock(seconds):
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def spread(values, form, unit):
    return f"{form % median(values)}{unit} ({form % min(values)} to {form % max(values)}{unit})"


@pytest.mark.parametrize("number", [1, 2, 15])
def test_sets_are_those_of_the_export(db, tmp_path, number):
    read, told = reported(db, tmp_path, number), exported(db, number)
    rows = [row for row in read.rows if row[0].isdigit()]
    assert len(rows) == len(told["sets"])
    for number, (row, one) in enumerate(zip(rows, told["sets"], strict=True), start=1):
        known = [rep for rep in one["reps"] if "added" not in rep["reasons"]]
        assert row[:3] == [str(number), clock(one["start_s"]), f"{len(one['reps'])} of 10"]
        if known:
            tops = [rep["hold_s"] for rep in known]
            assert row[3] == spread(tops, "%.1f", " s")
            assert row[4] == f"{sum(top >= 1 for top in tops)} of {len(tops)}"
            assert row[5] == spread([rep["rom_deg"] for rep in known], "%.0f", "°")
            assert row[6] == f"{median(rep['lift_s'] for rep in known):.1f} s"
    reps = [rep for one in told["sets"] for rep in one["reps"]]
    assert f"{len(reps)} in {len(told['sets'])} sets" in read.sections["Prescribed and done"]
    header = next(row for row in read.rows if row[0] == "Set")
    for words, key in (("short hold", "short-hold"), ("fast lowering", "fast-lower")):
        column = header.index(words)
        assert [int(row[column] or 0) for row in rows] == [
            sum(key in rep["form"] for rep in one["reps"]) for one in told["sets"]
        ]


def test_holds_are_those_of_the_export(db, tmp_path):
    read, told = reported(db, tmp_path, 17), exported(db, 17)
    assert [row[1:4] for row in read.rows if row[0].isdigit()] == [
        [clock(h["start_s"]), f"{h['duration_s']:.1f} s", f"{h['angle_deg']:+.0f}°"] for h in told["holds"]
    ]
    reached = sum(hold["in_target"] for hold in told["holds"])
    assert f"Long enough {reached} of 3" in read.sections["Prescribed and done"]


def test_a_thomas_test_has_a_result_from_two_trials_on(db, tmp_path):
    read, told = reported(db, tmp_path, 18), exported(db, 18)
    assert told["thomas"]["thigh_angle_deg"] == -7.5
    assert "7.5° below the horizontal" in read.sections["Prescribed and done"]
    assert "back stayed flat" in " ".join(read.sections.values())
    alone = reported(db, tmp_path, 19)
    assert "Result none it takes 2 settled trials" in alone.sections["Prescribed and done"]
    assert "3.0°" in next(row for row in alone.rows if row[0] == "1")


def test_what_was_edited_is_marked_and_not_measured(db, tmp_path):
    read, told = reported(db, tmp_path, 15), exported(db, 15)
    assert len(told["session"]["corrections"]) == 4
    words = read.sections["Edited by hand"]
    assert "not counted: 0:05.0" in words
    assert "added: " in words
    assert "pain before = 6" in words
    header = next(row for row in read.rows if row[0] == "Set")
    assert header[-1] == "edited*"
    assert next(row for row in read.rows if row[0] == "3")[3:6] == ["–", "0 of 0", "–"]  # only what was added


def test_told_and_measured_are_apart(db, tmp_path):
    sections = reported(db, tmp_path, 15).sections
    assert "pain before 6" in sections["Told by the person, not measured"]
    assert "stiff at first" in sections["Told by the person, not measured"]
    measured = [
        words
        for title, words in sections.items()
        if title not in ("Told by the person, not measured", "Edited by hand")
    ]
    assert not any("stiff" in words or "pain before" in words for words in measured)
    assert "Nothing was told." in reported(db, tmp_path, 1).sections["Told by the person, not measured"]


def test_change_within_and_beyond_noise(db, tmp_path):
    left = reported(db, tmp_path, 15).sections
    assert "more than measurement noise (" in left["This session, and the sessions before"]
    right = reported(db, tmp_path, 16).sections
    assert (
        "within measurement noise (5.0°), first 3 to last 3 of 8 sessions"
        in right["This session, and the sessions before"]
    )
    assert "left" in right["Left against right"]
    assert "more, more than measurement noise (" in right["Left against right"]
    assert "One session is no trend." in reported(db, tmp_path, 1).sections["This session, and the sessions before"]
    assert "within measurement noise" in reported(db, tmp_path, 1).sections["Left against right"]  # of the same day


def test_a_session_knows_nothing_of_later_ones(db, tmp_path):
    assert "of 4 sessions" in reported(db, tmp_path, 7).sections["This session, and the sessions before"]


def test_the_period_sums_the_export(db, tmp_path):
    options = ("--since", "2026-11-01", "--until", "2026-11-20", "--person", "me")
    read, told = reported(db, tmp_path, *options), exported(db, *options)
    done = read.sections["Done"]
    assert "8 of 20" in done
    assert f"Sessions {len(told)} " in done
    assert f"Repetitions {sum(len(one['reps']) for each in told for one in each['sets'])} " in done
    assert f"in {sum(len(each['holds']) for each in told)} holds" in done
    rows = {row[0]: row for row in read.rows}
    assert rows["Donkey kick, left"][1:3] == ["8", "8"]
    roms = [
        median(rep["rom_deg"] for one in each["sets"] for rep in one["reps"] if "added" not in rep["reasons"])
        for each in told
        if each["exercise"] == "donkey-kick" and each["side"] == "left"
    ]
    first, last = median(roms[:3]), median(roms[-3:])
    assert rows["Donkey kick, left"][3] == f"{first:.0f}° → {last:.0f}°"
    assert rows["Donkey kick, left"][4].startswith(f"+{last - first:.1f}°, more than measurement noise (")
    assert "1 of 19 sessions" in read.sections["Edited by hand"]
    only = reported(db, tmp_path, *options, "--exercise", "hip-flexor-stretch")
    assert [row[0] for row in only.rows[1:]] == ["Half-kneeling hip-flexor stretch, left"]


def days_of(items):
    return [each.started_at.date() for each in items]


def test_today_counts_only_once_something_was_done():
    items = [item(day=0), item(day=3)]
    day = START.date()
    assert period(days_of(items), None, None, day + timedelta(days=9)) == (day, day + timedelta(days=8))
    assert period(days_of(items), None, None, day + timedelta(days=3)) == (day, day + timedelta(days=3))
    assert period(days_of(items), day - timedelta(days=2), day + timedelta(days=99), day + timedelta(days=5)) == (
        day - timedelta(days=2),
        day + timedelta(days=4),
    )
    assert period(days_of(items), None, day + timedelta(days=4), day + timedelta(days=50))[1] == day + timedelta(days=4)


def test_a_session_without_angle_says_so():
    assert "No angle was kept" in session_report(item(), [], NO_TRACE)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        ([], 2, "tell which sessions"),
        (["1", "--since", "2026-11-01"], 2, "tell which sessions"),
        (["--since", "2020-01-01"], 2, "a report is of one person; choose one with --person: Ada, me."),
        (["--since", "soon"], 2, "expected a day"),
        (["--since", "2030-01-01"], 1, "no such session"),
        (["99"], 1, "there is no session '99'"),
    ],
)
def test_what_is_wrong_is_one_sentence(db, tmp_path, arguments, exit_code, words):
    path = tmp_path / "a.html"
    done = run(db, "report", *arguments, "-o", path, exit_code=exit_code)
    assert words in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


def test_files_are_not_overwritten_and_folders_must_be_there(db, tmp_path):
    path = tmp_path / "a.html"
    path.write_text("mine")
    assert "--force" in run(db, "report", 1, "-o", path, exit_code=1).stderr
    assert path.read_text() == "mine"
    assert "cannot be written" in run(db, "report", 1, "-o", tmp_path / "no" / "a.html", exit_code=1).stderr
    run(db, "report", 1, "-o", path, "--force")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    first = path.read_bytes()
    run(db, "report", 1, "-o", path, "--force")
    assert path.read_bytes() == first


SESSIONS = st.builds(
    item,
    st.sampled_from(["donkey-kick", "hip-flexor-stretch", "thomas-test", "repetitions"]),
    sets=st.integers(0, 4),
    reps=st.integers(1, 12),
    many=st.integers(0, 9),
    angles=st.lists(st.floats(-40, 40), max_size=5),
    gaps=st.integers(0, 3),
    day=st.integers(0, 700),
    side=st.sampled_from(["left", "right", None]),
    note=st.text("<&>\"' é\x00", max_size=40),
    pain_before=st.none() | st.integers(0, 10),
    pain_after=st.none() | st.integers(0, 10),
    effort=st.none() | st.integers(0, 10),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(SESSIONS, min_size=1, max_size=8))
def test_any_sessions_make_a_report(items):
    this = items[-1]
    others = [each for each in items[:-1] if each.exercise.name == this.exercise.name]
    day = date(2028, 12, 31)
    for text in (
        session_report(this, others, trace(this)),
        period_report(items, *period(days_of(items), None, None, day)),
    ):
        assert "nan" not in text
        assert text.count("<h1>") == 1
        assert len(text) < 1_000_000


def test_a_range_of_one_value_is_that_value():
    angle, duration = MEASURES["stretch"]
    assert range_words(duration, Spread.of([39.3])) == "39.3 s"
    assert range_words(angle, Spread.of([20.0, 24.0])) == "20 to 24°"
