"""`sensortrack import`: what `replay` sees is taken in, once, wholly or not at all; and exports come back."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from sensortrack.cli import main
from sensortrack.cli.stored import StoredRecording
from sensortrack.formats.grouping import grouped
from sensortrack.model.samples import RawBlock
from sensortrack.store.listing import local_time
from sensortrack.store.store import Store
from tests import foreign


@pytest.fixture(scope="module")
def block() -> RawBlock:
    return foreign.kicks()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "store" / "a.db"


def run(db: Path, *arguments: object, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(main, [*map(str, arguments), "--db", str(db)], catch_exceptions=False)
    assert done.exit_code == exit_code, done.output
    return done


def replayed(db: Path, source: object, *more: object) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(run(db, "replay", source, "--format", "json", *more).stdout)
    return {key: value for key, value in summary.items() if key not in ("source", "started_at")}


def samples(db: Path, key: str) -> list[np.ndarray]:
    with Store(db) as store:
        blocks = list(StoredRecording(store, store.session(key)).blocks)
    columns = [[b.time_s for b in blocks], [b.acc for b in blocks], [b.gyr for b in blocks if b.gyr is not None]]
    return [np.concatenate(parts) for parts in columns if parts]


def events(db: Path, key: str) -> list[Any]:
    with Store(db) as store:
        return store.live_events(store.session(key).id)


def count(db: Path) -> int:
    return len(json.loads(run(db, "sessions", "--all", "--format", "json").stdout))


def files(folder: Path, members: dict[str, str | bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in members.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [folder / name for name in members]


def cwa_of(block: RawBlock) -> bytes:
    time_s = np.arange(0, block.time_s[-1], 0.01)
    resampled = [
        np.stack([np.interp(time_s, block.time_s, axis) for axis in np.asarray(v).T], 1) for v in (block.acc, block.gyr)
    ]
    return foreign.cwa(RawBlock(time_s, *resampled))[0]


WRITERS: dict[str, Callable[[RawBlock], dict[str, str | bytes]]] = {
    "native": lambda block: {"a": foreign.native(block)},
    "sensor logger": lambda block: {"a": foreign.in_memory(foreign.sensor_logger(block))},
    "sensor logger ios": lambda block: {"a": foreign.in_memory(foreign.sensor_logger(block, "ios"))},
    "sensor logger json": lambda block: {"a": foreign.sensor_logger_json(block)},
    "phyphox": lambda block: {"a": foreign.in_memory(foreign.phyphox(block, "de", ";,"))},
    "metabase": foreign.metabase,
    "movella": lambda block: {"a": foreign.dot(block)},
    "movesense": lambda block: {"a": foreign.movesense(block)},
    "axivity": lambda block: {"a": cwa_of(block)},
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_counts_as_the_native_file_does(tmp_path: Path, db: Path, block: RawBlock, name: str) -> None:
    native = files(tmp_path / "native", {"a.csv": foreign.native(block)})[0]
    expected = replayed(db, native, "--exercise", "donkey-kick")
    paths = files(tmp_path / "x", WRITERS[name](block))
    told = run(db, "import", *paths, "--exercise", "donkey-kick", "--side", "left", "--note", "=first")
    assert "session 1" in told.stdout
    source = paths[0] if len(paths) == 1 else tmp_path / "x"
    direct = replayed(db, source, "--exercise", "donkey-kick", "--side", "left")
    assert replayed(db, 1) == direct
    found = [rep for one in direct["sets"] for rep in one["reps"]]
    wanted = [rep for one in expected["sets"] for rep in one["reps"]]
    assert len(wanted) > 5
    assert [rep["verdict"] for rep in found] == [rep["verdict"] for rep in wanted]
    np.testing.assert_allclose([r["rom_deg"] for r in found], [r["rom_deg"] for r in wanted], atol=1.5)
    again = run(db, "import", *paths, "--exercise", "donkey-kick")
    assert "is session 1 already" in again.stdout
    assert count(db) == 1
    row = json.loads(run(db, "sessions", "--format", "json").stdout)[0]
    assert (row["side"], row["note"], row["origin"], row["state"]) == ("left", "=first", "import", "complete")
    if name not in ("native", "axivity"):
        assert abs((datetime.fromisoformat(row["started_at"]) - foreign.BEGAN).total_seconds()) < 0.1


def test_the_same_recording_packed_otherwise_is_the_same(tmp_path: Path, db: Path) -> None:
    block = foreign.still()
    members = foreign.sensor_logger(block)
    folder = tmp_path / "unpacked"
    paths = files(folder, members)
    run(db, "import", foreign.zipped(tmp_path / "a.zip", members))
    assert "is session 1 already" in run(db, "import", folder).stdout
    assert "is session 1 already" in run(db, "import", *paths[:1], *paths[2:3], *paths[4:], paths[1]).stdout
    run(db, "export", 1, "--format", "json", "--raw", "-o", tmp_path / "a.json")
    run(db, "export", 1, "--format", "parquet", "--raw", "-o", tmp_path / "a.parquet")
    assert run(db, "import", tmp_path / "a.json", tmp_path / "a.parquet").stdout.count("is session 1 already") == 2
    assert count(db) == 1


def test_what_cannot_be_read_does_not_keep_the_others(tmp_path: Path, db: Path) -> None:
    good = foreign.native(foreign.still())
    bad = files(
        tmp_path,
        {
            "cut.zip": foreign.in_memory({"TotalAcceleration.csv": good})[:-40],
            "late.csv": good + "9,0,what,0,0,0,0\n",
            "linear.csv": good.replace("acc_x_m_s2", "linear_x")
            .replace("acc_y", "linear_y")
            .replace("acc_z", "linear_z"),
            "empty.csv": "",
            "fused.csv": foreign.dot(foreign.still(), is_fused=True),
            "set-back.csv": good + "\n".join(good.splitlines()[1:]),
        },
    )
    fine = files(tmp_path, {"good.csv": good})
    done = run(db, "import", bad[0], tmp_path / "none.csv", *fine, *bad[1:], exit_code=1)
    assert done.stderr.count("Error: ") == 7
    for path in (*bad, tmp_path / "none.csv"):
        (line,) = [each for each in done.stderr.splitlines() if each.startswith(f"Error: {path}: ")]
        assert line.endswith(".")
    assert count(db) == 1
    with Store(db) as store:
        assert store.db.execute("SELECT count(*) FROM analysis").fetchone() == (1,)
        assert store.db.execute("SELECT count(*) FROM sensor").fetchone() == (1,)


def test_when_it_began(tmp_path: Path, db: Path) -> None:
    plain = files(tmp_path, {"a.csv": foreign.native(foreign.still())})[0]
    done = run(db, "import", plain, "--zone", "Europe/Berlin", "--started-at", "2026-07-01 10:00", "--person", "Ada")
    assert "2026-07-01 10:00" in done.stdout
    local = files(tmp_path, {"a.cwa": foreign.cwa(foreign.still(100.0, 9.0))[0]})[0]
    run(db, "import", local, "--zone", "America/New_York")
    guessed = files(tmp_path, {"b.csv": foreign.native(foreign.still(40.0))})[0]
    assert "--started-at" in run(db, "import", guessed).stderr
    rows = {row["id"]: row for row in json.loads(run(db, "sessions", "--format", "json").stdout)}
    assert (rows[1]["started_local"], rows[1]["person"]) == ("2026-07-01T10:00:00+02:00", "Ada")
    assert rows[2]["started_local"] == "2026-03-01T09:30:12-05:00"
    assert abs(datetime.fromisoformat(rows[3]["started_at"]).timestamp() - time.time()) < 600
    assert "expected a time zone" in run(db, "import", plain, "--zone", "Mars/North", exit_code=2).stderr
    assert "expected a date" in run(db, "import", plain, "--started-at", "soon", exit_code=2).stderr
    assert "one recording" in run(db, "import", plain, local, "--started-at", "2026-07-01", exit_code=2).stderr
    assert "'squat'" in run(db, "import", plain, "--exercise", "squat", exit_code=2).stderr


def test_an_exercise_that_is_not_told(tmp_path: Path, db: Path, block: RawBlock) -> None:
    paths = files(tmp_path, {"a.csv": foreign.native(block), "b.csv": foreign.native(foreign.still())})
    done = run(db, "import", *paths)
    assert "session 1, donkey-kick" in done.stdout
    assert "session 2, repetitions" in done.stdout
    assert "nothing found" in done.stdout
    assert done.stderr.count("was recognised; if it was another: sensortrack reanalyze SESSION --exercise") == 1
    assert done.stderr.count("was not recognised, and any movement was counted") == 1


def test_any_name_of_a_file_can_be_shown_and_kept(tmp_path: Path, db: Path, block: RawBlock) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 \x1b[31m.csv")
    try:
        path.write_text(foreign.native(block))
    except OSError:
        pytest.skip("this file system takes no such name")
    done = run(db, "import", path)
    assert done.stdout.startswith("caf\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}[31m.csv: session 1")
    assert "From caf" in run(db, "show", 1).stdout
    refused = run(db, "edit", 1, "--note", os.fsdecode(b"\xff"), exit_code=1).stderr
    assert refused == "Error: '\\udcff' cannot be kept: type it as UTF-8.\n"


def test_a_folder_of_recordings(tmp_path: Path, db: Path, block: RawBlock) -> None:
    folder = tmp_path / "all"
    (folder / "sub").mkdir(parents=True)
    files(folder, {"a.csv": foreign.native(block), "notes.txt": b"nothing", ".hidden": b"nothing"})
    files(folder / "sub", {"a.csv": foreign.native(foreign.still())})
    done = run(db, "import", folder, exit_code=1)
    assert [line.partition(",")[0] for line in done.stdout.splitlines()] == ["a.csv: session 1", "a.csv: session 2"]
    assert done.stderr.count("Error: ") == 1
    assert "notes.txt: missing columns" in done.stderr


def test_files_that_belong_together(tmp_path: Path) -> None:
    first, second = foreign.metabase(foreign.still()), foreign.metabase(foreign.still(40.0))
    later = {f"late_{name}": str(text).replace("17", "18") for name, text in second.items()}
    acc, gyr, late_acc, late_gyr = files(tmp_path, {**first, **later})
    other = files(tmp_path, {"a.csv": foreign.native(foreign.still())})[0]
    assert grouped([late_gyr, acc, other, gyr, late_acc]) == [[acc, gyr], [late_acc, late_gyr], [other]]
    members = foreign.sensor_logger(foreign.still())
    together = files(tmp_path / "phone", members)
    assert [sorted(group) for group in grouped(together)] == [[p] for p in together if "Annot" in p.name] + [
        sorted(p for p in together if "Annot" not in p.name)
    ] or len(grouped(together)) == 2
    twice = files(
        tmp_path / "twice",
        {
            "1 TotalAcceleration.csv": members["TotalAcceleration.csv"],
            "2 TotalAcceleration.csv": members["TotalAcceleration.csv"],
        },
    )
    assert grouped(twice) == [[path] for path in twice]


# round trips


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recorded sessions with corrections."""
    path = tmp_path_factory.mktemp("recorded") / "a.db"
    simulated = ("--sensor", "simulated", "--plain", "--quiet", "--speed", 1000)
    told = ("--side", "left", "--note", '=HYPERLINK("http://x")\n"quoted", text')
    run(path, "record", "donkey-kick", *simulated, *told, "--hold", 1.5, "--reps", 8)
    run(path, "record", "hip-flexor-stretch", *simulated, "--hold", 25)
    run(path, "record", "thomas-test", *simulated, *told)
    run(path, "edit", 1, "--reject", "1.1", "--reject", "1.2", "--add", "0:01-0:03.5", "--pain-before", 3)
    run(path, "edit", 1, "--note", "better")
    run(path, "edit", 2, "--side", "right", "--effort", 7)
    return path


@pytest.mark.parametrize("form", ["json", "parquet"])
def test_raw_exports_come_back(recorded: Path, db: Path, tmp_path: Path, form: str) -> None:
    for number in (1, 2, 3):
        run(recorded, "export", number, "--format", form, "--raw", "-o", tmp_path / f"{number}.{form}")
    said = run(db, "import", *(tmp_path / f"{number}.{form}" for number in (1, 2, 3))).stdout
    done = json.loads(run(recorded, "sessions", "--format", "json").stdout)[0]["repetitions"]
    assert f"{done} repetitions in" in said.splitlines()[0]  # as they are now, with two rejected and one added
    for number in ("1", "2", "3"):
        for found, expected in zip(samples(db, number), samples(recorded, number), strict=True):
            assert np.array_equal(found, expected)
        assert events(db, number) == events(recorded, number)
        exported = [json.loads(run(path, "export", number, "--format", "json").stdout) for path in (db, recorded)]
        for document in exported:
            del document["session"]["origin"]
        assert exported[0] == exported[1]
        run(db, "export", number, "--format", form, "--raw", "-o", tmp_path / f"again-{number}.{form}")
        assert "already" in run(recorded, "import", tmp_path / f"again-{number}.{form}").stdout
    for _ in range(5):
        run(db, "edit", 1, "--undo")
    assert "nothing to undo" in run(db, "edit", 1, "--undo", exit_code=1).stderr


def test_several_sessions_in_one_file(recorded: Path, db: Path, tmp_path: Path) -> None:
    run(recorded, "export", 1, 2, 3, "--format", "json", "--raw", "-o", tmp_path / "all.json")
    assert run(db, "import", tmp_path / "all.json").stdout.count("session ") == 3
    assert [events(db, key) for key in "123"] == [events(recorded, key) for key in "123"]
    several = run(db, "replay", tmp_path / "all.json", "--exercise", "donkey-kick", exit_code=1)
    assert "several recordings" in several.stderr


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_results_come_back_without_samples(recorded: Path, db: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"results.{form}"
    run(recorded, "export", 1, 2, "--format", form, "-o", path)
    assert run(db, "import", path).stdout.count("session ") == 2
    tables = [run(each, "export", 1, 2).stdout for each in (db, recorded)]
    assert tables[0] == tables[1]
    assert len(list(csv.DictReader(io.StringIO(tables[0])))) > 10
    assert "already" in run(db, "import", path).stdout
    assert "results without samples" in run(db, "replay", 1, exit_code=1).stderr
    assert "results without samples" in run(db, "replay", path, exit_code=1).stderr
    assert "left as it is" in run(db, "reanalyze", "--all").stderr
    assert "results without samples" in run(db, "export", 1, "--format", "json", "--raw", exit_code=1).stderr
    assert "Set 1" in run(db, "show", 1).stdout


def test_results_keep_the_clock_of_their_place(db: Path, tmp_path: Path, block: RawBlock) -> None:
    (plain,) = files(tmp_path, {"a.csv": foreign.native(block)})
    told = ("--started-at", "2026-07-01 23:30", "--zone", "Asia/Tokyo")
    run(tmp_path / "there.db", "import", plain, *told)
    run(tmp_path / "there.db", "export", 1, "-o", tmp_path / "results.csv")
    run(db, "import", tmp_path / "results.csv")
    (row,) = json.loads(run(db, "sessions", "--format", "json").stdout)
    assert (row["started_local"], row["zone"]) == ("2026-07-01T23:30:00+09:00", "Etc/GMT-9")


def test_an_exercise_of_a_user_is_asked_for_or_kept_by_name(recorded: Path, db: Path, tmp_path: Path) -> None:
    text = run(recorded, "export", 1, "--format", "json", "--raw").stdout
    path = files(tmp_path, {"a.json": text.replace('"donkey-kick"', '"my-kick"')})[0]
    assert "'my-kick' is not known here" in run(db, "import", path, exit_code=1).stderr
    run(db, "import", path, "--exercise", "donkey-kick")
    table = files(tmp_path, {"a.csv": run(recorded, "export", 2).stdout.replace("hip-flexor-stretch", "my-stretch")})[0]
    assert "session 2, my-stretch" in run(db, "import", table).stdout


# faults


def _importing(db: Path, path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sensortrack", "import", str(path), "--exercise", "repetitions", "--db", str(db)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("times", [3, pytest.param(100, marks=pytest.mark.long)])
def test_killed_in_the_middle_leaves_nothing_half(tmp_path: Path, db: Path, times: int) -> None:
    one = foreign.still(100.0, 60.0)
    path = files(tmp_path, {"a.csv": foreign.native(one)})[0]
    other = files(tmp_path, {"b.csv": foreign.native(foreign.still())})[0]
    run(db, "import", other)
    begin = time.monotonic()
    whole = tmp_path / "whole.db"
    assert _importing(whole, path).wait() == 0
    lasts_s = time.monotonic() - begin
    chance = random.Random(1)
    for _ in range(times):
        process = _importing(db, path)
        time.sleep(chance.uniform(0.3, 1.0) * lasts_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with sqlite3.connect(db) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            states = connection.execute("SELECT state, duration_s FROM session ORDER BY id").fetchall()
            chunks = connection.execute("SELECT count(DISTINCT session_id) FROM packet_chunk").fetchone()[0]
        connection.close()
        assert [state for state, _ in states] == ["complete"] * len(states)
        assert len(states) in (1, 2)
        assert chunks == len(states)
        if len(states) == 2:
            assert samples(db, "2")[0].tolist() == one.time_s.tolist()
            run(db, "delete", 2, "--yes")


@pytest.mark.long
def test_memory_stays_small_on_a_large_file(tmp_path: Path, db: Path) -> None:
    """Six hours at 100 Hz in text: 150 MB."""
    one = foreign.native(foreign.still(100.0, 60.0)).splitlines()
    path = tmp_path / "large.csv"
    with path.open("w") as stream:
        stream.write(one[0] + "\n")
        for minute in range(360):
            stream.writelines(
                f"{minute * 60 + float(row.split(',', 1)[0]):.2f},{row.split(',', 1)[1]}\n" for row in one[1:]
            )
    code = (
        "import resource, sys; from sensortrack.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    command = [sys.executable, "-c", code, "import", str(path), "--exercise", "repetitions", "--db", str(db)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 400, done.stdout
    assert count(db) == 1


def test_two_imports_at_once_make_one_session(tmp_path: Path, db: Path) -> None:
    path = files(tmp_path, {"a.csv": foreign.native(foreign.still())})[0]
    run(db, "today")
    both = [_importing(db, path) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert count(db) == 1


def test_dst_and_sensor_are_kept(tmp_path: Path, db: Path) -> None:
    path = foreign.zipped(tmp_path / "a.zip", foreign.sensor_logger(foreign.still()))
    run(db, "import", path)
    with Store(db) as store:
        session = store.session("1")
        assert (session.sensor_name, session.zone, session.source) == ("A Phone", "Europe/Berlin", "a.zip")
        assert local_time(session.started_at, session.zone).isoformat() == "2026-03-01T10:30:12+01:00"
        assert asdict(session.settings)["gyroscope"] is True
