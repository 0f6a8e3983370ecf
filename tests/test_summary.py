"""The fold of the event log keeps its contract."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sensortrack.formats.summary_csv import summary_csv
from sensortrack.model.events import Event, Gap, Hold, HoldProgress, Movement, SetEnd, ThomasAngle, Verdict
from sensortrack.model.summary import EventLog, Summary, rows, rows_besides, summarize

KEYS = {
    "schema", "source", "exercise", "side", "started_at", "duration_s", "rate_hz", "sets", "holds", "rejected",
    "thomas", "gaps", "analysis",
}  # fmt: skip
REPETITION_KEYS = {
    "start_s", "end_s", "top_start_s", "top_end_s", "lift_s", "hold_s", "lower_s", "rom_deg", "decided_s", "verdict",
    "reasons", "form",
}  # fmt: skip
HOLD_KEYS = {"start_s", "end_s", "duration_s", "angle_deg", "decided_s", "in_target"}

REPETITION = Movement(0, 12.1004, 13.2, 15.1, 16.4, 78.2, 16.60001, Verdict.COUNTED, form=("fast-lower",), set_id=0)
HOLD = Hold(0, 20.0, 45.1, 24.3, 45.5, True)


def fold(*events: Event) -> Summary:
    return summarize(
        EventLog(events),
        source="a.csv",
        exercise="donkey-kick",
        duration_s=60.0,
        rate_hz=100.0,
        version="0",
        parameters={"min_rom_deg": 12.0},
    )


def test_nothing_has_every_key() -> None:
    summary = fold()
    assert set(summary) == KEYS
    assert summary["schema"] == "sensortrack.summary/1"
    assert [summary[key] for key in ("sets", "holds", "rejected", "gaps")] == [[]] * 4
    assert summary["thomas"] is None


def test_shapes() -> None:
    partial = replace(REPETITION, id=1, verdict=Verdict.PARTIAL, reasons=("low",), set_id=None)
    summary = fold(REPETITION, partial, HOLD, Gap(0, 40.2, 40.9, 40.9), ThomasAngle(0, 1, 4, -4.1, 0.4, 4.5))
    assert set(summary["sets"][0]["reps"][0]) == REPETITION_KEYS
    assert set(summary["rejected"][0]) == REPETITION_KEYS
    assert set(summary["holds"][0]) == HOLD_KEYS
    assert summary["gaps"] == [{"start_s": 40.2, "end_s": 40.9}]
    assert summary["thomas"] == {"thigh_angle_deg": -4.1, "spread_deg": 0.4}


def test_a_later_event_replaces_the_earlier_one() -> None:
    rejected = replace(REPETITION, verdict=Verdict.REJECTED, reasons=("flexion",), set_id=None)
    summary = fold(REPETITION, HOLD, rejected, replace(HOLD, cancelled=True))
    assert (summary["sets"], summary["holds"]) == ([], [])
    assert [row["reasons"] for row in summary["rejected"]] == [["flexion"]]


def test_progress_and_set_end_do_not_replace_what_they_are_about() -> None:
    summary = fold(HOLD, HoldProgress(0, 20.0, 25.0), REPETITION, SetEnd(0, 12.1, 16.4, 1, 21.5))
    assert (len(summary["holds"]), len(summary["sets"])) == (1, 1)


def test_sets_and_doubtful() -> None:
    doubtful = replace(REPETITION, id=1, start_s=17.0, end_s=20.0, verdict=Verdict.DOUBTFUL, reasons=("gap",))
    second = replace(REPETITION, id=2, start_s=40.0, end_s=44.0, set_id=1)
    summary = fold(REPETITION, second, doubtful)
    assert [len(one["reps"]) for one in summary["sets"]] == [2, 1]
    assert (summary["sets"][0]["start_s"], summary["sets"][0]["end_s"]) == (12.1, 20.0)


def test_decided_is_rounded_up_and_only_then() -> None:
    assert fold(REPETITION)["sets"][0]["reps"][0]["decided_s"] == 16.601
    assert fold(replace(REPETITION, decided_s=16.6))["sets"][0]["reps"][0]["decided_s"] == 16.6


def test_thomas_is_the_median_trial() -> None:
    summary = fold(*(ThomasAngle(i, i, i + 1, angle, 0.1, i + 1) for i, angle in enumerate((3.0, -9.0, 4.0))))
    assert summary["thomas"] == {"thigh_angle_deg": 3.0, "spread_deg": 0.1}


@given(st.lists(st.floats(0, 90_000), min_size=5, max_size=5).map(sorted))
def test_phases_add_up_and_json_keeps_them(times: list[float]) -> None:
    start_s, top_start_s, top_end_s, end_s, decided_s = times
    repetition = replace(
        REPETITION, start_s=start_s, top_start_s=top_start_s, top_end_s=top_end_s, end_s=end_s, decided_s=decided_s
    )
    row: dict[str, Any] = json.loads(json.dumps(fold(repetition)["sets"][0]["reps"][0]))
    assert row["hold_s"] == round(row["top_end_s"] - row["top_start_s"], 3)
    assert row["lift_s"] == round(row["top_start_s"] - row["start_s"], 3)
    assert row["lower_s"] == round(row["end_s"] - row["top_end_s"], 3)
    assert row["decided_s"] >= decided_s - 1e-9


def test_rows_of_the_table() -> None:
    rejected = replace(REPETITION, id=1, verdict=Verdict.REJECTED, set_id=None)
    table = rows(fold(REPETITION, rejected, HOLD))
    assert [(row["kind"], row["set"]) for row in table] == [("repetition", 1), ("hold", None), ("rejected", None)]


def test_rows_of_a_thomas_test_and_of_what_was_taken_back() -> None:
    trials = [ThomasAngle(i, i, i + 1, angle, 0.1, i + 1) for i, angle in enumerate((3.0, -9.0, 4.0))]
    log = EventLog([*trials, replace(trials[1], id=3, taken_back=True), replace(HOLD, taken_back=True)])
    summary = fold(*trials, replace(trials[1], id=3, taken_back=True), replace(HOLD, taken_back=True))
    assert summary["holds"] == []
    assert rows(summary) == [{"kind": "thomas", "set": None, "thigh_angle_deg": 3.0, "spread_deg": 0.1}]
    besides = rows_besides(log)
    assert [row["kind"] for row in besides] == ["trial"] * 3 + ["rejected"] * 2
    assert [row.get("thigh_angle_deg", row.get("duration_s")) for row in besides] == [3.0, -9.0, 4.0, -9.0, 25.1]
    assert {tuple(row["reasons"]) for row in besides[3:]} == {("taken-back",)}
    text = summary_csv(summary, log)
    assert text.splitlines()[0].endswith(",duration_s,angle_deg,in_target,thigh_angle_deg,spread_deg")
    told = list(csv.DictReader(io.StringIO(text)))
    assert {key: value for key, value in told[0].items() if value} == {
        "kind": "thomas", "thigh_angle_deg": "3.0", "spread_deg": "0.1",
    }  # fmt: skip
