"""What the server gives and takes, asked without a browser: by its own pages and by others."""

import http.client
import json
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.model.events import AngleTrace
from sensortrack.review.changes import judge_asked, set_asked
from sensortrack.review.overview import overview
from sensortrack.review.session import MOST_POINTS, angle_document, session_document
from sensortrack.store.edits import edits
from sensortrack.store.pyramid import TILE
from sensortrack.store.store import Store
from sensortrack.web.site import Refused
from tests.review.served import DURATION_S, KICKS, beginning, fill, keep


def asked(address, path, *, method="GET", body=None, headers=None):
    """Ask as anybody could; give status and text."""
    place = urlsplit(address)
    with closing(http.client.HTTPConnection(place.hostname, place.port, timeout=20)) as connection:
        url = path if path.startswith("//") else place.path + path
        told = headers or ({"Content-Type": "application/json"} if body is not None else {})
        connection.request(method, url.replace("//", "/", 1) if path.startswith("//") else url, body, told)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")


def posted(address, path, body):
    status, text = asked(address, path, method="POST", body=json.dumps(body))
    return status, json.loads(text)


def count(db):
    with Store(db) as store:
        return len(edits(store, 1))


# Who may ask


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_others_reach_nothing(address, db, headers):
    for path in ("", "session?id=1", "static/session.js", "api/sessions", "api/sessions/1"):
        assert asked(address, path, headers=headers) == (404, "")
    told = {**headers, "Content-Type": "application/json"}
    assert asked(address, "api/sessions/1/undo", method="POST", body="{}", headers=told) == (404, "")


@pytest.mark.parametrize(
    "path",
    ["//", "//api/sessions", "static/../../../pyproject.toml", "static/%2e%2e/site.py", "static/uplot/LICENSE",
     "static/", "static/index.html", "api", "api/sessions/1/packets", "api/sessions/-1",
     "api/sessions/1%00", "api/sessions/last", "api/sessions/9999999999"],
)  # fmt: skip
def test_there_is_no_way_out(address, path):
    status, text = asked(address, path)
    assert status == 404
    assert "sensortrack" not in text


def test_a_form_of_another_page_changes_nothing(address, db):
    """A form can send text and field=value, but not JSON that says so."""
    body = '{"kind": "add", "start_s": 1, "end_s": 2}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        status, _ = asked(address, "api/sessions/1/judge", method="POST", body=body, headers={"Content-Type": kind})
        assert status == 415
    assert asked(address, "api/sessions/1/judge")[0] == 405
    assert count(db) == 0


def test_pages_are_what_they_say(address):
    status, text = asked(address, "session")
    assert (status, text[:15]) == (200, "<!doctype html>")
    assert asked(address, "static/uplot/uPlot.iife.min.js")[0] == 200


# What it takes


@pytest.mark.parametrize("body", ["", "{", "\xff", "[" * 100_000, "NaN", "[]", "null", '"x"', "{}", "1e999"])
def test_what_is_no_change_is_refused(address, db, body):
    for what in ("judge", "set"):
        data = body.encode("latin-1")
        status, text = asked(address, f"api/sessions/1/{what}", method="POST", body=data,
                             headers={"Content-Type": "application/json"})  # fmt: skip
        assert status == 400
        assert json.loads(text)["error"] in ("not JSON", "no change")
    assert count(db) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "delete", "start_s": 1, "end_s": 2}, {"kind": "add"}, {"kind": "add", "start_s": "1", "end_s": 2},
        {"kind": "add", "start_s": 2, "end_s": 1}, {"kind": "add", "start_s": -1, "end_s": 2},
        {"kind": "add", "start_s": 1, "end_s": 1e9}, {"kind": "reject", "start_s": None, "end_s": 2},
        {"kind": "add", "start_s": float("nan"), "end_s": 2}, {"kind": "add", "start_s": 0, "end_s": float("inf")},
        {"kind": ["add"], "start_s": 1, "end_s": 2}, {"kind": "add", "start_s": [1], "end_s": {}},
    ],
    ids=str,
)  # fmt: skip
def test_bad_judgements_change_nothing(address, db, change):
    status, told = posted(address, "api/sessions/1/judge", change)
    assert status == 400
    assert told["error"] in ("no change", "no span")
    assert count(db) == 0


def test_only_a_repetition_can_be_added(address, db):
    added = {"kind": "add", "start_s": 1, "end_s": 4}
    for number in (2, 3):  # a stretch and a Thomas test
        assert posted(address, f"api/sessions/{number}/judge", added) == (
            400,
            {"error": "only a repetition can be added"},
        )
    assert count(db) == 0
    status, told = posted(address, "api/sessions/2/judge", {"kind": "reject", "start_s": 10.0, "end_s": 35.0})
    assert (status, len(told["holds"]), [each["start_s"] for each in told["taken_back"]]) == (200, 1, [10.0])


@pytest.mark.parametrize(
    "fields",
    [
        {"pain_before": 11}, {"pain_before": -1}, {"pain_before": 2.5}, {"pain_before": "3"}, {"pain_before": True},
        {"side": "both"}, {"side": ["left"]}, {"side": 1}, {"placement": "x"}, {"note": None}, {"note": 5},
        {"note": "x" * 4001}, {"id": 7}, {"started_at": "x"}, {"note": "kept?", "effort": 12},
        {"note = '' --": "x"},
    ],
    ids=lambda fields: str(fields)[:40],
)  # fmt: skip
def test_bad_fields_change_nothing(address, db, fields):
    status, told = posted(address, "api/sessions/1/set", fields)
    assert status == 400
    assert told["error"] in ("no change", "no value")
    assert count(db) == 0


def test_long_bodies_are_refused(address, db):
    body = json.dumps({"note": "x" * 2_000_000})
    try:
        status, _ = asked(address, "api/sessions/1/set", method="POST", body=body)
    except ConnectionError:  # it hung up before all was sent
        return
    assert status == 413


def test_undo_until_nothing_is_left(address):
    assert posted(address, "api/sessions/1/set", {"note": "a"})[0] == 200
    assert posted(address, "api/sessions/1/undo", {})[1]["note"] == "Stiff today"
    assert posted(address, "api/sessions/1/undo", {}) == (409, {"error": "nothing to undo"})


def test_a_writer_that_does_not_end_is_told(address, db, monkeypatch):
    monkeypatch.setattr("sensortrack.store.store.BUSY_S", 0.1)
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert posted(address, "api/sessions/1/undo", {}) == (409, {"error": "nothing to undo"})
        assert posted(address, "api/sessions/1/set", {"effort": 3}) == (503, {"error": "busy"})
        assert asked(address, "api/sessions/1")[0] == 200  # to look does not wait
        other.execute("ROLLBACK")
    assert posted(address, "api/sessions/1/set", {"effort": 3})[0] == 200


def test_what_steers_a_terminal_is_left_out(db):
    with Store(db) as store:
        set_asked(store, store.session("1"), {"note": "a\x1b[31m\x00b\ud800\nc\u202e \U0001f468‍\U0001f469"})
        assert store.session("1").note == "a[31mb\nc\u202e \U0001f468‍\U0001f469"


# What it gives


def test_all_sessions(db):
    with Store(db) as store:
        told = overview(store)
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    assert [row["local"] for row in rows] == ["2026-03-03T07:30", "2026-03-05T07:30", "2026-03-05T07:30"]
    assert [row["repetitions"] for row in rows] == [6, 0, 0]
    assert (rows[0]["rom_deg"], rows[0]["hold_s"]) == (70.0, 1.5)
    assert (rows[1]["held_s"], rows[1]["hold_angle_deg"], rows[2]["thigh_angle_deg"]) == (37.0, 21.0, -5.0)


def test_one_session(db):
    with Store(db) as store:
        told = session_document(store, store.session("1"), {"gap": "samples are missing"})
        assert (told["previous"], told["next"]) == (None, 2)
        judge_asked(store, store.session("1"), {"kind": "reject", "start_s": 5.0, "end_s": 9.0})
        after = session_document(store, store.session("1"), {})
    assert [each["set"] for each in told["movements"]] == [1, 1, 1, 1, 2, 2, None]
    assert told["movements"][3]["verdict"] == "doubtful"
    assert told["gaps"] == [{"start_s": 21.0, "end_s": 21.6}]
    assert [each["edited"] for each in after["movements"]].count("rejected") == 1
    assert json.dumps(after, allow_nan=False)


def test_the_angle_of_a_span(db):
    with Store(db) as store:
        session = store.session("1")
        whole = angle_document(store, session, 0.0, DURATION_S, 1000)
        assert 250 <= len(whole["low_deg"]) <= 1001
        assert max(whole["high_deg"]) == pytest.approx(70.0, abs=0.1)
        close = angle_document(store, session, 6.0, 8.0, 2000)
        assert close["step_s"] == 0.05
        assert min(close["low_deg"]) > 45.0
        for start_s, end_s, points in (
            (5, 5, 10),
            (6, 5, 10),
            (0, float("nan"), 10),
            (0, 1, 0),
            (0, 1, MOST_POINTS + 1),
        ):
            with pytest.raises(Refused):
                angle_document(store, session, start_s, end_s, points)


def test_a_query_that_is_none(address):
    for query in ("", "?start_s=0&end_s=1", "?start_s=0&end_s=x&points=10", "?start_s=0&end_s=inf&points=10"):
        assert asked(address, f"api/sessions/1/angle{query}")[0] == 400


@pytest.fixture(scope="module")
def day_store(tmp_path_factory):
    """A day at 10 Hz with one spike."""
    path = tmp_path_factory.mktemp("day") / "a.db"
    time_s = np.arange(0, 86_400, 0.1)
    angle_deg = np.where(np.arange(len(time_s)) == 500_000, 99.0, 0.0)
    with Store(path) as store:
        recorder = store.record(beginning())
        recorder.add_angle(AngleTrace(time_s, angle_deg))
        recorder.finish(rate_hz=10.0, duration_s=86_400.0)
        yield store


@given(st.floats(-10, 86_390), st.floats(1, 90_000), st.integers(1, MOST_POINTS))
def test_any_span_of_a_day_comes_in_few_points(day_store, start_s, span_s, points):
    told = angle_document(day_store, day_store.session("last"), start_s, start_s + span_s, points)
    assert len(told["low_deg"]) == len(told["high_deg"]) <= max(points, TILE) + 2
    inside = start_s + told["step_s"] < 50_000 < start_s + span_s - told["step_s"]
    if inside:
        assert max(value for value in told["high_deg"] if value is not None) == 99.0


def test_totals_are_made_with_the_rows(tmp_path):
    path = tmp_path / "a.db"
    fill(path)
    with Store(path) as store:
        judge_asked(store, store.session("1"), {"kind": "add", "start_s": 40.0, "end_s": 43.0})
        (row,) = store.db.query("SELECT * FROM session_total WHERE session_id = 1")
        assert (row["repetitions"], row["rom_deg"]) == (7, 70.0)  # what was added was not measured
        number = keep(store, 8, KICKS)
        store.db.execute("DELETE FROM session WHERE id = ?", [number])
        assert store.db.execute("SELECT count(*) FROM session_total").fetchone() == (3,)
