"""The user's store on the command line: open it, tell what was interrupted, give sessions back as recordings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from sensortrack.cli.live_words import store_sentence
from sensortrack.cli.wording import clock_words
from sensortrack.devices.registry import named
from sensortrack.model.samples import RawBlock
from sensortrack.sources.receiver import Receiver
from sensortrack.store.store import Session, Store, StoreError, default_path


@contextmanager
def open_store(db: str | None) -> Iterator[Store]:
    """Open the store; sessions whose recorder died are finished, and told."""
    try:
        with Store(Path(db).expanduser() if db else default_path()) as store:
            for session in store.recover():
                click.echo(
                    f"Session {session.id} ({session.exercise}) was interrupted after "
                    f"{clock_words(session.duration_s)}; what was recorded is kept: sensortrack replay {session.id}",
                    err=True,
                )
            yield store
    except StoreError as error:
        raise click.ClickException(store_sentence(error)) from error


@contextmanager
def stored_recording(source: str, db: str | None) -> Iterator[StoredRecording]:
    """Open a stored session for reading."""
    with open_store(db) as store:
        yield StoredRecording(store, store.session(source))


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
    def started_at(self) -> str:
        """When it began, on the clock of the place where it was recorded."""
        try:
            zone: tzinfo = ZoneInfo(self.session.zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = UTC
        return self.session.started_at.astimezone(zone).isoformat(timespec="seconds")

    @property
    def blocks(self) -> Iterator[RawBlock]:
        """Samples, block by block."""
        device = named(self.session.family)
        if device is None:
            raise click.ClickException(f"{self.name} is of a sensor '{self.session.family}' that is not known here.")
        receiver = Receiver(device, self.session.settings)
        for packet in self._store.packets(self.session.id):
            self._now_s = packet.received_s
            yield from receiver.process(packet)

    def share_read(self) -> float:
        """Tell how much of the session has been read, 0 to 1."""
        return min(self._now_s / self.session.duration_s, 1.0) if self.session.duration_s else 0.0
