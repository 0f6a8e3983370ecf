"""JSON that may be larger than memory, or made to break readers: event by event, no deeper than recordings are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, TypeAlias

import ijson

from sensortrack.model.errors import Problem, RecordingError

_DEEPEST = 16
MOST_BYTES = 2**29
"""Numbers of an export of our own are held in memory; a whole hour at 400 Hz is 300 MB of text."""

JsonEvent: TypeAlias = tuple[str, str, Any]
"""Path such as ``item.samples``, kind, value."""


def json_events(stream: BinaryIO) -> Iterator[JsonEvent]:
    """Give what comes, with its path.

    Raises
    ------
    RecordingError
        It is no JSON, cut off, or too deep.
    """
    try:
        yield from ijson.parse(_shallow(stream))
    except ijson.JSONError as error:
        words = str(error.args[0] if error.args else "").partition("\n")[0][:60]
        raise RecordingError(Problem.DAMAGED, found=words or "no JSON") from error
    except (UnicodeError, ValueError, OverflowError) as error:
        raise RecordingError(Problem.DAMAGED, found="no JSON") from error


def json_items(stream: BinaryIO, path: str) -> Iterator[Any]:
    """Give the objects at a path one after the other; errors as in `json_events`."""
    yield from ijson.items(json_events(stream), path)


def _shallow(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    depth = 0
    for kind, value in ijson.basic_parse(stream, use_float=True):
        if kind in ("start_map", "start_array"):
            depth += 1
            if depth > _DEEPEST:
                raise RecordingError(Problem.DAMAGED, found=f"lists in lists, {depth} deep")
        elif kind in ("end_map", "end_array"):
            depth -= 1
        yield kind, value


ObjectBuilder = ijson.ObjectBuilder
