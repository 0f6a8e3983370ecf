"""Motion-BIDS: a data set of raw motion with events, as the official validator wants it (BIDS 1.9 and newer).

A person is a subject, a session of ours a BIDS session, an exercise a task. Time stamps of sensors are uneven, so a
LATENCY channel carries them; the header of `motion.tsv` is in `channels.tsv`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sensortrack.formats.exports import Item
from sensortrack.model.samples import RawBlock

BIDS_VERSION = "1.10.0"
_SYSTEM = "thigh"
_AXES = ("x", "y", "z")


def export_bids(items: Iterable[Item], folder: Path, version: str) -> None:
    """Write a data set into a folder that is empty or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    people: dict[str, str] = {}
    _json(folder / "dataset_description.json", _description(version))
    (folder / "README").write_text(_README, encoding="utf-8")
    for item in items:
        _session(item, folder, people.setdefault(item.person, f"{len(people) + 1:02d}"))
    lines = ["participant_id", *(f"sub-{label}" for label in people.values())]
    (folder / "participants.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _session(item: Item, folder: Path, subject: str) -> None:
    session = re.sub(r"[^0-9A-Za-z]", "", f"{item.started_at:%Y%m%dT%H%M%S}{item.uid[:8]}")
    task = re.sub(r"[^0-9A-Za-z]", "", item.exercise.name.title()) or "Exercise"
    above = folder / f"sub-{subject}" / f"ses-{session}"
    motion = above / "motion"
    motion.mkdir(parents=True)
    stem = f"sub-{subject}_ses-{session}_task-{task}"
    tracked = f"{stem}_tracksys-{_SYSTEM}"
    has_gyr, samples = _write_motion(item.blocks(), motion / f"{tracked}_motion.tsv")
    _write_channels(motion / f"{tracked}_channels.tsv", has_gyr=has_gyr)
    _json(motion / f"{tracked}_motion.json", _sidecar(item, task, has_gyr=has_gyr, samples=samples))
    _write_events(item, motion / f"{stem}_events.tsv")
    _json(motion / f"{stem}_events.json", _EVENTS)
    when = item.started_at.replace(tzinfo=None).isoformat(timespec="milliseconds")
    scans = f"filename\tacq_time\nmotion/{tracked}_motion.tsv\t{when}\n"
    (above / f"sub-{subject}_ses-{session}_scans.tsv").write_text(scans, encoding="utf-8")


def _write_motion(blocks: Iterable[RawBlock], path: Path) -> tuple[bool, int]:
    """Write rows of time, acceleration, angular rate; tell whether there is the last, and how many rows."""
    has_gyr, samples = False, 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for block in blocks:
            has_gyr = block.gyr is not None
            columns = [block.time_s[:, None], block.acc] + ([] if block.gyr is None else [block.gyr])
            np.savetxt(stream, np.hstack(columns), fmt="%.9g", delimiter="\t")
            samples += len(block)
    return has_gyr, samples


def _write_channels(path: Path, *, has_gyr: bool) -> None:
    rows = [("latency", "n/a", "LATENCY", "n/a", "s")]
    rows += [(f"acc_{axis}", axis, "ACCEL", "thigh", "m/s^2") for axis in _AXES]
    rows += [(f"gyr_{axis}", axis, "GYRO", "thigh", "rad/s") for axis in _AXES] if has_gyr else []
    lines = ["\t".join(row) for row in [("name", "component", "type", "tracked_point", "units"), *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_events(item: Item, path: Path) -> None:
    lines = ["\t".join(_COLUMNS)]
    timed = (row for row in item.table() if row["kind"] != "thomas")  # a median is no event
    for row in sorted(timed, key=lambda row: float(row["start_s"])):
        values = [row["start_s"], round(row["end_s"] - row["start_s"], 3), row["kind"]]
        values += [row.get(name) for name in _COLUMNS[3:]]
        lines.append("\t".join("n/a" if value in (None, "") else str(value) for value in values))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _sidecar(item: Item, task: str, *, has_gyr: bool, samples: int) -> dict[str, Any]:
    duration_s = item.summary["duration_s"]
    rate_hz = item.summary["rate_hz"] or 1.0
    return {
        "TaskName": task,
        "TaskDescription": item.exercise.description,
        "SamplingFrequency": rate_hz,
        "SamplingFrequencyEffective": round((samples - 1) / duration_s, 3) if duration_s > 0 else rate_hz,
        "TrackingSystemName": _SYSTEM,
        "Manufacturer": item.sensor or "unknown",
        "MotionChannelCount": 7 if has_gyr else 4,
        "ACCELChannelCount": 3,
        "GYROChannelCount": 3 if has_gyr else 0,
        "LATENCYChannelCount": 1,
        "TrackedPointsCount": 1,
        "RecordingDuration": duration_s,
        "RecordingType": "continuous",
        "MissingValues": "n/a",
        "SensorPlacement": item.placement or "thigh",
        "SensorSide": item.side or "n/a",
    }


def _description(version: str) -> dict[str, Any]:
    return {
        "Name": "Home exercises with a motion sensor on the thigh",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "License": "n/a",
        "Authors": ["n/a"],
        "GeneratedBy": [{"Name": "sensortrack", "Version": version}],
    }


def _json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


_COLUMNS = ("onset", "duration", "trial_type", "set", "hold_s", "rom_deg", "angle_deg", "verdict", "edited",
            "thigh_angle_deg", "spread_deg")  # fmt: skip
_EVENTS = {
    "trial_type": {
        "Description": "What happened",
        "Levels": {
            "repetition": "a counted repetition",
            "hold": "a stretch that was held",
            "trial": "a settled trial of the Thomas test",
            "rejected": "a movement, hold or trial that was not counted",
        },
    },
    "set": {"Description": "Number of the set, from 1"},
    "hold_s": {"Description": "Time held at the top", "Units": "s"},
    "rom_deg": {"Description": "Range of motion, negative is flexion", "Units": "deg"},
    "angle_deg": {"Description": "Thigh against the vertical, extension positive", "Units": "deg"},
    "verdict": {"Description": "What became of the movement: counted, doubtful, partial, rejected"},
    "edited": {"Description": "What the person changed: accepted, rejected, added"},
    "thigh_angle_deg": {"Description": "Thigh against the horizontal, above it positive", "Units": "deg"},
    "spread_deg": {"Description": "Standard deviation within the trial", "Units": "deg"},
}
_README = """Home exercises with a motion sensor on the thigh

Recorded with sensortrack. One inertial sensor on the thigh; acceleration is specific force with gravity, both in the
sensor's own frame. Angles in the events are of the thigh against gravity: the pelvis is not seen.
"""
