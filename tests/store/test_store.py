"""The store: real files, killed recorders, locks, full disks."""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.devices.device import Settings
from sensortrack.model.events import Gap, Hold, HoldProgress, Movement, SetEnd, ThomasAngle, Verdict
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import Packet
from sensortrack.store import recorder as recorder_module
from sensortrack.store.event_rows import from_row, to_row
from sensortrack.store.packets import ChunkError, pack, unpack
from sensortrack.store.problems import StoreError, StoreProblem
from sensortrack.store.recorder import Trouble
from sensortrack.store.session import Begin
from sensortrack.store.store import Store

ROOT = Path(__file__).resolve().parents[2]


def beginning(identity: str = "AA:BB", **more) -> Begin:
    fields = {
        "exercise": load_exercise("donkey-kick"), "version": "0", "identity": identity,
        "sensor_name": "s", "family": "sensortrack", "settings": Settings(50.0), "origin": "simulated",
    }  # fmt: skip
    return Begin(**(fields | more))


def packets(n: int = 100) -> list[Packet]:
    return [Packet(0.01 * i, bytes([i % 256]) * 20, "data" if i % 3 else "link") for i in range(n)]


def record(store: Store, sent: list[Packet], events=(), **more):
    recorder = store.record(beginning(**more))
    for packet in sent:
        recorder.add(packet)
    recorder.add_events(events)
    recorder.finish()
    return recorder


MOVE = Movement(3, 1.1, 2.2, 3.3, 4.4, 61.123456789012345, 4.6, Verdict.COUNTED, (), ("low",), 0)
EVENTS = [
    MOVE, Hold(0, 1.0, 2.0, 0.1 + 0.2, 2.5, True), HoldProgress(0, 1.0, 6.0), SetEnd(0, 1.0, 2.0, 3, 7.0),
    Gap(0, 1.0, 1.5, 1.5), ThomasAngle(1, 1.0, 2.0, -4.1, 0.3, 2.2),
]  # fmt: skip


def test_what_was_recorded_is_there(tmp_path):
    with Store(tmp_path / "new" / "a.db") as store:
        recorder = record(store, packets(), EVENTS, side="left", note="first")
        session = store.session("last")
        assert (session.id, session.state, session.side, session.note) == (
            recorder.session_id,
            "complete",
            "left",
            "first",
        )
        assert session.settings == Settings(50.0)
        assert session.duration_s == pytest.approx(0.99)
        assert list(store.packets(session.id)) == packets()
        assert store.live_events(session.id) == EVENTS
        assert store.session(session.uid[:6]) == session
        assert store.session(str(session.id)) == session
        assert store.last_sensor() is None  # a simulated one is none to remember
    if os.name != "nt":
        assert (tmp_path / "new" / "a.db").stat().st_mode & 0o077 == 0


def test_a_uid_of_digits_is_no_number(tmp_path):
    with Store(tmp_path / "a.db") as store:
        record(store, packets())
        store.db.execute("UPDATE session SET uid = '4474401234567890abcdef0123456789'")
        assert store.session("447440").id == store.session("1").id == 1
        for key in ("447441", "4", "44744", ""):
            with pytest.raises(StoreError):
                store.session(key)


def test_gaps_are_a_view(tmp_path):
    with Store(tmp_path / "a.db") as store:
        record(store, packets(), [Gap(0, 1.0, 1.5, 1.5), Gap(0, 1.0, 1.6, 1.6)])
    rows = sqlite3.connect(tmp_path / "a.db").execute("SELECT start_s, end_s FROM gap").fetchall()
    assert rows == [(1.0, 1.6)]


def test_the_instant_is_utc_whatever_the_zone(tmp_path):
    when = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    with Store(tmp_path / "a.db") as store:
        record(store, packets(), zone="Europe/Berlin", started_at=when)
        assert store.session("last").started_at == when
        assert store.session("last").zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("content", "problem"), [(b"not a database, but long enough to look at" * 30, StoreProblem.NOT_A_STORE)]
)
def test_another_file_is_left_alone(tmp_path, content, problem):
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(StoreError) as error:
        Store(path)
    assert error.value.problem is problem
    assert path.read_bytes() == content


def test_another_database_is_left_alone(tmp_path):
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (x)")
    with pytest.raises(StoreError) as error:
        Store(path)
    assert error.value.problem is StoreProblem.NOT_A_STORE


def test_a_newer_store_is_left_alone(tmp_path):
    path = tmp_path / "a.db"
    Store(path).close()
    with sqlite3.connect(path) as other:
        other.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('sensortrack', '9999_later')")
    with pytest.raises(StoreError) as error:
        Store(path)
    assert error.value.problem is StoreProblem.NEWER


def test_only_one_recorder_per_sensor(tmp_path):
    with Store(tmp_path / "a.db") as store, Store(tmp_path / "a.db") as second:
        recorder = store.record(beginning())
        with pytest.raises(StoreError) as error:
            second.record(beginning())
        assert error.value.problem is StoreProblem.SENSOR_BUSY
        with pytest.raises(StoreError, match="busy"):
            second.ensure_free("AA:BB", "s")
        second.ensure_free("CC:DD", "t")
        other = second.record(beginning("CC:DD"))
        other.finish()
        assert second.recover() == []  # the first one still runs
        recorder.finish()
        second.record(beginning()).finish()


def test_unknown_and_ambiguous_sessions(tmp_path):
    with Store(tmp_path / "a.db") as store:
        for key, problem in (("last", StoreProblem.NO_SESSION), ("7", StoreProblem.NO_SESSION)):
            with pytest.raises(StoreError) as error:
                store.session(key)
            assert error.value.problem is problem
        record(store, packets())
        record(store, packets())
        store.db.execute("UPDATE session SET uid = 'abcdef' || id")
        with pytest.raises(StoreError) as error:
            store.session("abcdef")
        assert error.value.problem is StoreProblem.AMBIGUOUS
        assert store.session("abcdef2").id == 2


def test_a_lock_held_by_another_program_costs_nothing(tmp_path):
    with Store(tmp_path / "a.db") as store:
        recorder = store.record(beginning())
        blocker = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        sent = packets(300)
        for packet in sent:
            recorder.add(packet)
        deadline = time.monotonic() + 5
        while recorder.trouble is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert recorder.trouble is Trouble.LOCKED
        blocker.execute("ROLLBACK")
        recorder.finish()
        assert recorder.trouble is None
        assert list(store.packets(recorder.session_id)) == sent


def test_a_full_disk_puts_the_rest_aside_and_it_is_taken_in(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "LAST_TRIES_S", 0.5)
    connect = recorder_module.Recorder._connect

    def full(self):
        connection = connect(self)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        return connection

    monkeypatch.setattr(recorder_module.Recorder, "_connect", full)
    sent = [Packet(0.01 * i, os.urandom(200), "data") for i in range(500)]
    with Store(tmp_path / "a.db") as store:
        recorder = record(store, sent)
        assert recorder.trouble is Trouble.FULL
        assert recorder.aside is not None
        assert recorder.aside.exists()
        store.db.execute("PRAGMA max_page_count = 1")  # still full
        assert store.recover() == []
        assert recorder.aside.exists()
        store.db.execute("PRAGMA max_page_count = 100000")
        found = store.recover()
        assert [session.state for session in found] == ["interrupted"]
        assert list(store.packets(recorder.session_id)) == sent
        assert not recorder.aside.exists()


def test_a_disk_that_takes_nothing_more_at_all(tmp_path, monkeypatch):
    """What cannot even be put aside is told, and no torn file is left that would break the next start."""
    monkeypatch.setattr(recorder_module, "LAST_TRIES_S", 0.2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "b"))
    (tmp_path / "b").mkdir()

    def torn(self, text, **_):
        self.write_bytes(text[: len(text) // 2].encode())
        raise OSError(28, "No space left on device")

    def full(_):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(recorder_module.Recorder, "_connect", full)
    monkeypatch.setattr(Path, "write_text", torn)
    with Store(tmp_path / "a.db") as store:
        recorder = record(store, packets())
    assert (recorder.trouble, recorder.aside, recorder.is_whole) == (Trouble.FULL, None, False)
    monkeypatch.undo()
    assert not [*tmp_path.rglob("*.rescue"), *tmp_path.rglob("*.part")]
    with Store(tmp_path / "a.db") as store:
        assert [session.state for session in store.recover()] == ["interrupted"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_an_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError):
        Store(tmp_path / "a.db")


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path):
    (tmp_path / "a.db").mkdir()
    with pytest.raises(StoreError):
        Store(tmp_path / "a.db")


class Machine:
    """How long this machine let a small write wait while something ran: no recorder can be quicker."""

    def __init__(self, folder: Path) -> None:
        self.stalled_s = 0.0
        self._file, self._stop = folder / "stall", threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            with self._file.open("wb") as file:
                file.write(b"x")
                os.fsync(file.fileno())
            time.sleep(0.02)
            self.stalled_s = max(self.stalled_s, time.monotonic() - began - 0.02)


def killed(path: Path, after_s: float) -> int:
    """Kill a recorder; the number of the newest packet that was a second old."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.store.writer", str(path)]
    with (
        Machine(path.parent) as machine,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process,
    ):
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first
        time.sleep(after_s)
        process.kill()
        killed_at = time.monotonic()
        lines = [line.split() for line in (first + process.stdout.read()).splitlines() if line.count(" ") == 1]
    old = [int(number) for number, at in lines if float(at) < killed_at - 1.0 - machine.stalled_s]
    return max(old, default=-1)


def check_kill(path: Path, after_s: float) -> None:
    newest_old = killed(path, after_s)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    with Store(path) as store:
        (session,) = store.recover()
        assert session.state == "interrupted"
        numbers = [int.from_bytes(packet.payload[:4], "little") for packet in store.packets(session.id)]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > newest_old
        assert store.recover() == []


def test_killed_at_any_moment(tmp_path):
    for number, after_s in enumerate((0.05, 1.3, 2.1)):
        check_kill(tmp_path / f"{number}.db", after_s)


@pytest.mark.long
def test_killed_fifty_times(tmp_path):
    chance = random.Random(4)
    for _ in range(50):
        check_kill(tmp_path / "a.db", chance.uniform(0.0, 3.0))


sent_packets = st.builds(
    Packet, st.floats(0, 1e6), st.binary(max_size=300), st.sampled_from(["", "link", "0000-ffe4", "grün"])
)


@given(st.lists(sent_packets, max_size=30))
def test_packets_come_back_as_they_were(sent):
    assert list(unpack(pack(sent))) == sent


@given(st.lists(sent_packets, min_size=1, max_size=5), st.data())
def test_a_cut_chunk_is_its_own_error(sent, data):
    chunk = pack(sent)
    cut = chunk[: data.draw(st.integers(0, len(chunk) - 1))]
    try:
        found = list(unpack(cut))
    except ChunkError:
        return
    assert found == sent[: len(found)]


@given(st.binary(max_size=200))
def test_any_bytes_are_packets_or_an_error(chunk):
    with suppress(ChunkError):
        list(unpack(chunk))


numbers = st.floats(allow_nan=False, allow_infinity=False)
moves = st.builds(
    Movement, st.integers(0, 9), *[numbers] * 6, st.sampled_from(Verdict),
    st.lists(st.text(max_size=5), max_size=2).map(tuple), st.lists(st.text(max_size=5), max_size=2).map(tuple),
    st.one_of(st.none(), st.integers(0, 5)),
)  # fmt: skip


@given(st.one_of(moves, st.sampled_from(EVENTS)))
def test_events_come_back_equal(event):
    kind, key, decided_s, body = to_row(event)
    assert (key, decided_s) == (event.id, event.decided_s)
    assert from_row(kind, body) == event
