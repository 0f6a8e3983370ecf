"""The user's store on the command line: open it, tell what was interrupted, give sessions back as recordings."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click

from sensortrack.cli.live_words import device_file_sentence, store_sentence
from sensortrack.cli.plan import here
from sensortrack.cli.wording import clock_words
from sensortrack.devices.device import Device
from sensortrack.devices.registry import named
from sensortrack.formats.device_file import parse_device, read_device
from sensortrack.formats.stored_samples import from_packets
from sensortrack.formats.toml_table import DeviceFileError
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.exercises import Exercise, load_exercise, shipped_names
from sensortrack.model.samples import Packet, RawBlock
from sensortrack.model.summary import EventLog, Quality
from sensortrack.sources.receiver import Receiver
from sensortrack.store.analyses import accepted_exercise, results
from sensortrack.store.listing import local_time
from sensortrack.store.problems import StoreError, store_error
from sensortrack.store.session import Session
from sensortrack.store.store import Store, default_path


@contextmanager
def open_store(db: str | None, *, must_exist: bool = False) -> Iterator[Store]:
    """Open the store; sessions whose recorder died are finished, and told.

    Parameters
    ----------
    db
        The path that the user told, if any.
    must_exist
        A path that was told is there: a slip of the keyboard makes no empty database.
    """
    path = Path(db).expanduser() if db else default_path()
    if must_exist and db and not path.exists():
        raise click.ClickException(f"there is no database {path} yet: record or import a session, or check the path.")
    try:
        with Store(path) as store:
            for session in store.recover():
                click.echo(
                    f"Session {session.id} ({session.exercise}) was interrupted after "
                    f"{clock_words(session.duration_s)}; what was recorded is kept: sensortrack replay {session.id}",
                    err=True,
                )
            yield store
    except StoreError as error:
        raise click.ClickException(store_sentence(error)) from error
    except UnicodeEncodeError as error:  # a terminal that speaks another encoding
        raise click.ClickException(f"{error.object!r} cannot be kept: type it as UTF-8.") from error
    except sqlite3.DatabaseError as error:
        raise click.ClickException(store_sentence(store_error(path, error))) from error


@contextmanager
def stored_recording(source: str, db: str | None) -> Iterator[StoredRecording]:
    """Open a stored session for reading."""
    with open_store(db, must_exist=True) as store:
        yield StoredRecording(store, store.session(source))


def day_given(text: str | None, option: str) -> date | None:
    """Read a day as a person types it: a date, ``today`` or ``yesterday``."""
    if text is None:
        return None
    if text in ("today", "yesterday"):
        return here()[0] - timedelta(days=text == "yesterday")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"expected a day such as 2026-11-01 or yesterday, found '{text}'.", param_hint=option
        ) from error


def own_device(path: str | None) -> tuple[Device | None, str]:
    """Read the sensor that a person described: its family, and the text to keep with sessions."""
    if path is None:
        return None, ""
    try:
        return read_device(path), Path(path).read_text(encoding="utf-8")
    except DeviceFileError as error:
        raise click.ClickException(device_file_sentence(error)) from error


@contextmanager
def copying(label: str) -> Iterator[Callable[[float], None]]:
    """Show a bar on a terminal while pages are copied."""
    with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=not sys.stderr.isatty(), width=0) as bar:
        yield lambda share: bar.update(int(1000 * share) - bar.pos)


def started_at(session: Session) -> str:
    """When a session began, on the clock of the place where it was recorded."""
    return local_time(session.started_at, session.zone).isoformat(timespec="seconds")


@dataclass(frozen=True)
class StoredResult:
    """A stored session as a summary is printed from: exercise, events with corrections, how the samples came."""

    exercise: Exercise
    log: EventLog
    quality: Quality
    sketch: None = None

    @classmethod
    def of(cls, store: Store, session: Session) -> StoredResult:
        """Read it from the store."""
        quality = Quality(0, session.duration_s, session.rate_hz, 0, 0)
        return cls(accepted_exercise(store, session)[0], results(store, session), quality)


def newest_exercise(store: Store, session: Session) -> Exercise:
    """Take the exercise with this version's numbers and the person's goals; a user's own as it was stored."""
    then = accepted_exercise(store, session)[0]
    return load_exercise(session.exercise).with_goals_of(then) if session.exercise in shipped_names() else then


class StoredRecording:
    """A stored session, packet by packet through the same path as live.

    Parameters
    ----------
    store, session
        Where it is.
    """

    def __init__(self, store: Store, session: Session) -> None:
        self.name = f"session {session.id}"
        self.session = session
        self._store = store
        self._now_s = 0.0

    @property
    def exercise(self) -> Exercise:
        """What was done, as it would be judged today."""
        return newest_exercise(self._store, self.session)

    @property
    def started_at(self) -> str:
        """When it began, on the clock of the place where it was recorded."""
        return started_at(self.session)

    @property
    def blocks(self) -> Iterator[RawBlock]:
        """Samples, block by block.

        Raises
        ------
        RecordingError
            There are none: results were imported without them.
        """
        if self.session.origin == "import":
            return self._imported()
        return self._received()

    def _imported(self) -> Iterator[RawBlock]:
        empty = True
        for block in from_packets(self._packets()):
            empty = False
            yield block
        if empty:
            raise RecordingError(Problem.RESULTS_ONLY)

    def _packets(self) -> Iterator[Packet]:
        for packet in self._store.packets(self.session.id):
            self._now_s = packet.received_s
            yield packet

    def _received(self) -> Iterator[RawBlock]:
        device = self._device()
        if device is None:
            raise click.ClickException(f"{self.name} is of a sensor '{self.session.family}' that is not known here.")
        receiver = Receiver(device, self.session.settings)
        for packet in self._packets():
            yield from receiver.process(packet)

    def _device(self) -> Device | None:
        """Find the family; one that its owner described is kept with the session."""
        if not self.session.description:
            return named(self.session.family)
        try:
            return parse_device(self.session.description, self.name)
        except DeviceFileError as error:
            raise click.ClickException(device_file_sentence(error)) from error

    def share_read(self) -> float:
        """Tell how much of the session has been read, 0 to 1."""
        return min(self._now_s / self.session.duration_s, 1.0) if self.session.duration_s else 0.0
