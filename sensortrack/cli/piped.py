"""Recordings that come through a pipe: what they are is told by their content, which needs going back to the start."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click


def seekable(source: str) -> str:
    """Give the path of a source that can be read twice.

    What comes through a pipe (``-`` is standard input) is copied to a file, which is there as long as the command runs.
    """
    if not source:
        raise click.UsageError("a file has no name.", click.get_current_context())
    if source != "-" and not Path(source).is_fifo():
        return source
    return click.get_current_context().with_resource(_copied(source))


@contextmanager
def _copied(source: str) -> Iterator[str]:
    with TemporaryDirectory(prefix="sensortrack-") as folder:
        copy = Path(folder) / "stdin"
        with copy.open("wb") as file:
            if source == "-":
                shutil.copyfileobj(sys.stdin.buffer, file)
            else:
                with Path(source).open("rb") as pipe:
                    shutil.copyfileobj(pipe, file)
        yield str(copy)
