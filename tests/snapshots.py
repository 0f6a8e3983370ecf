"""The replay of every recording in `recordings/`, to be compared with the one that was last meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sensortrack.cli.session import Session
from sensortrack.formats.recording import open_recording
from sensortrack.model.exercises import load_exercise

ROOT = Path(__file__).parent.parent
RECORDINGS = sorted((ROOT / "recordings").glob("*.csv"))
UPDATE_COMMAND = "python -m tests.update_snapshots"


def truth_of(recording: Path) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(recording.with_suffix(".truth.json").read_text(encoding="utf-8"))
    return truth


def snapshot_of(recording: Path) -> Path:
    return Path(__file__).parent / "snapshots" / f"{recording.stem}.json"


def replayed(recording: Path) -> dict[str, Any]:
    """Replay as the command does, without the parts that change with each release."""
    session = Session(load_exercise(truth_of(recording)["exercise"]))
    with open_recording(recording) as opened:
        for block in opened.blocks:
            session.process(block)
    session.finish()
    summary: dict[str, Any] = json.loads(json.dumps(session.summary(recording.name)))
    del summary["analysis"]
    return summary
