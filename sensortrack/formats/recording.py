"""Open any recording: what it is, is told by its content, not by its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sensortrack.formats.csv_table import read_table
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock


@dataclass(frozen=True)
class Recording:
    """An open recording: its name, and its samples block by block, to be read once."""

    name: str
    blocks: Iterator[RawBlock]
    _stream: BinaryIO
    started_at: str | None = None

    def share_read(self) -> float:
        """Tell how much of the file has been read, 0 to 1."""
        size = os.fstat(self._stream.fileno()).st_size
        return self._stream.tell() / size if size else 0.0

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def open_recording(path: str | Path) -> Recording:
    """Open a recording for reading.

    Raises
    ------
    RecordingError
        What is wrong with the file; faults inside it come up while its blocks are read.
    """
    path = Path(path)
    if path.is_dir():
        raise RecordingError(Problem.DIRECTORY)
    try:
        stream = path.open("rb")
    except FileNotFoundError as error:
        raise RecordingError(Problem.MISSING) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        raise RecordingError(Problem.UNREADABLE, found=getattr(error, "strerror", None) or str(error)) from error
    try:
        return Recording(path.name, read_table(stream), stream)
    except BaseException:
        stream.close()
        raise
