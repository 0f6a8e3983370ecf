"""What could not be written into the store, put aside in a file beside it, and taken in when the store opens next."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sqlite_utils import Database

Chunk = tuple[int, float, float, bytes]
"""Number, first and last receive time, packets."""


def put_aside(store: Path, uid: str, chunks: Sequence[Chunk]) -> Path | None:
    """Write chunks into a file beside the store, or, where none can be written, in the folder for temporary files.

    Returns
    -------
    The file, which is whole; None when it could be written nowhere.
    """
    lines = [
        json.dumps([number, first_s, last_s, base64.b64encode(packets).decode()])
        for number, first_s, last_s, packets in chunks
    ]
    text = "\n".join(lines) + "\n"
    for path in _places(store, uid):
        part = path.with_suffix(".part")
        try:
            part.write_text(text, encoding="ascii")
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            continue
        return path
    return None


def take_in(db: Database, store: Path, session_id: int, uid: str) -> None:
    """Put what was set aside for a session into the store; the file goes when it is there."""
    for path in filter(Path.exists, _places(store, uid)):
        with db.atomic():
            for line in path.read_text(encoding="ascii").splitlines():
                number, first_s, last_s, packets = json.loads(line)
                db.execute(
                    "INSERT INTO packet_chunk VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    [session_id, number, first_s, last_s, base64.b64decode(packets)],
                )
        path.unlink()


def _places(store: Path, uid: str) -> list[Path]:
    return [folder / f"{store.name}.{uid}.rescue" for folder in (store.parent, Path(tempfile.gettempdir()))]
