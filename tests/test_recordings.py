"""The recordings that come with the project: right against their truth, and unchanged unless it was meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.snapshots import RECORDINGS, ROOT, UPDATE_COMMAND, replayed, snapshot_of, truth_of

TOLERANCE = 0.02  # s and degrees: another processor's last bits, through a threshold between two samples


def differences(found: Any, meant: Any, where: str = "") -> list[str]:
    if isinstance(found, dict) and isinstance(meant, dict) and found.keys() == meant.keys():
        return [text for key in found for text in differences(found[key], meant[key], f"{where}.{key}")]
    if isinstance(found, list) and isinstance(meant, list) and len(found) == len(meant):
        return [text for i in range(len(found)) for text in differences(found[i], meant[i], f"{where}[{i}]")]
    if isinstance(found, float) and isinstance(meant, float) and abs(found - meant) <= TOLERANCE:
        return []
    return [] if found == meant else [f"{where.lstrip('.')}: {meant} -> {found}"]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_replay_is_what_was_last_meant(recording: Path) -> None:
    snapshot = snapshot_of(recording)
    assert snapshot.exists(), f"no snapshot of {recording.name}; make it on purpose with: {UPDATE_COMMAND}"
    found = differences(replayed(recording), json.loads(snapshot.read_text(encoding="utf-8")))
    assert not found, (
        f"the replay of {recording} is not that of {snapshot}:\n"
        + "\n".join(found[:20])
        + f"\nif that is meant: {UPDATE_COMMAND}, and say so in CHANGELOG.md under Results"
    )


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_replay_is_right(recording: Path) -> None:
    truth, found = truth_of(recording), replayed(recording)
    assert [len(one["reps"]) for one in found["sets"]] == [len(one["reps"]) for one in truth["sets"]]
    for one, true_one in zip(found["sets"], truth["sets"], strict=True):
        for rep, true_rep in zip(one["reps"], true_one["reps"], strict=True):
            assert rep["start_s"] == pytest.approx(true_rep["start_s"], abs=0.4)
            assert rep["hold_s"] == pytest.approx(true_rep["hold_s"], abs=0.3)
    assert [hold["duration_s"] for hold in found["holds"]] == pytest.approx(
        [hold["duration_s"] for hold in truth["holds"]], abs=0.6
    )
    if truth["thomas"] is None:
        assert found["thomas"] is None
    else:
        assert found["thomas"]["thigh_angle_deg"] == pytest.approx(truth["thomas"]["thigh_angle_deg"], abs=2.0)


def test_every_recording_is_in_the_readme() -> None:
    page = (ROOT / "recordings" / "README.md").read_text(encoding="utf-8")
    for recording in RECORDINGS:
        assert f"-o {recording.name} " in page
        assert f"`{recording.name}`" in page
