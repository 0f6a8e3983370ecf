"""Every command that writes to the store, killed with SIGKILL at any moment: wholly done or not at all."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensortrack.cli import main
from sensortrack.store.store import Store
from sensortrack.store.upkeep import check

ROOT = Path(__file__).resolve().parents[2]

OPERATIONS = {
    "edit": [
        "edit",
        "1",
        "--reject",
        "1.1",
        "--add",
        "0:01-0:02",
        "--side",
        "right",
        "--note",
        "n",
        "--pain-after",
        "3",
    ],
    "undo": ["edit", "2", "--undo"],
    "delete": ["delete", "1", "--yes"],
    "reanalyze": ["reanalyze", "1", "--exercise", "repetitions"],
    "backup": ["backup", "BACKUP", "--force"],
    "restore": ["restore", "RESTORE", "--yes"],
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A store with two sessions, the second one corrected, and a backup of it with a third."""
    path = tmp_path_factory.mktemp("store") / "a.db"
    for exercise in ("donkey-kick", "hip-flexor-stretch"):
        command = ["record", exercise, "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000"]
        assert CliRunner().invoke(main, [*command, "--db", str(path)]).exit_code == 0
    for command in (["edit", "2", "--note", "before"], ["backup", str(path.with_name("other.db"))]):
        assert CliRunner().invoke(main, [*command, "--db", str(path)]).exit_code == 0
    other = ["edit", "1", "--note", "of the backup", "--db", str(path.with_name("other.db"))]
    assert CliRunner().invoke(main, other).exit_code == 0
    return path


def copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def contents(path: Path) -> list[tuple[object, ...]]:
    """All that a person would miss, by table."""
    tables = ("session", "packet_chunk", "analysis", "event", "movement", "hold", "correction", "angle_tile")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        found = [
            (table, *row) for table in tables for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        ]
    return [tuple("now" if isinstance(cell, str) and cell[:2] == "20" else cell for cell in row) for row in found]


def run(folder: Path, recorded: Path, name: str, kill_after_s: float | None) -> tuple[Path, float]:
    """Do an operation on a fresh copy; give the store, and how long it took until it ended or was killed."""
    path = folder / "a.db"
    for each in folder.iterdir():
        each.unlink()
    copy(recorded, path)
    words = {"BACKUP": str(folder / "backup.db"), "RESTORE": str(recorded.with_name("other.db"))}
    command = [words.get(word, word) for word in OPERATIONS[name]]
    if name == "backup":
        copy(recorded, folder / "backup.db")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.operation", *command, "--db", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        begin = time.monotonic()
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            process.kill()
        process.wait()
        took_s = time.monotonic() - begin
    assert kill_after_s is not None or process.returncode == 0
    return path, took_s


def check_kills(folder: Path, recorded: Path, name: str, times: int, chance: random.Random) -> None:
    before = contents(recorded)
    path, took_s = run(folder, recorded, name, None)
    after = contents(path)
    assert (before == after) == (name == "backup")
    for _ in range(times):
        path, _ = run(folder, recorded, name, chance.uniform(0.0, took_s))
        found = contents(path)
        assert found in (before, after)
        with Store(path):  # the next start finds nothing odd
            pass
        if name == "backup":
            check(folder / "backup.db")
            assert contents(folder / "backup.db") == before


@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_in_the_middle(name, recorded, tmp_path):
    check_kills(tmp_path, recorded, name, 1, random.Random(name))


@pytest.mark.long
@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_many_times(name, recorded, tmp_path):
    check_kills(tmp_path, recorded, name, 100 // len(OPERATIONS) + 1, random.Random(name))
