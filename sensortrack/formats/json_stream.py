"""JSON that may be larger than memory, or made to break readers: event by event, no deeper than recordings are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, TypeAlias

import ijson

from sensortrack.model.errors import Problem, RecordingError

_DEEPEST = 16
_MOST_EVENTS = 2_000_000  # the results of a day have 400 000, a frame of samples some hundred
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
    builder, inside = Builder(), path + "."
    for at, kind, value in json_events(stream):
        if at != path and not at.startswith(inside):
            continue
        builder.event(kind, value)
        if at == path and kind not in ("start_map", "map_key", "start_array"):
            yield builder.value
            builder = Builder()


class _Bounded:
    """A stream of which no more is read than memory is for: a packed one does not tell how long it is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    def read(self, size: int = -1) -> bytes:
        """Read some bytes."""
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise too_large(MOST_BYTES - self._left)
        return data


def too_large(size: int) -> RecordingError:
    """Give the error of JSON that is longer than is read."""
    return RecordingError(Problem.TOO_LARGE, found=f"{size / 1e6:.0f} MB", expected=f"{MOST_BYTES / 1e6:.0f} MB")


def _shallow(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    depth = 0
    for kind, value in ijson.basic_parse(_Bounded(stream), use_float=True):
        if kind in ("start_map", "start_array"):
            depth += 1
            if depth > _DEEPEST:
                raise RecordingError(Problem.DAMAGED, found=f"lists in lists, {depth} deep")
        elif kind in ("end_map", "end_array"):
            depth -= 1
        yield kind, value


class Builder:
    """Put events together into an object that is not larger than those of recordings.

    Attributes
    ----------
    value
        The object, once it is whole.
    """

    def __init__(self) -> None:
        self._builder = ijson.ObjectBuilder()
        self._events = 0

    @property
    def value(self) -> Any:
        """The object."""
        return self._builder.value

    def event(self, kind: str, value: Any) -> None:
        """Take the next event.

        Raises
        ------
        RecordingError
            There are too many.
        """
        self._events += 1
        if self._events > _MOST_EVENTS:
            raise RecordingError(Problem.DAMAGED, found=f"more than {_MOST_EVENTS} values in one object")
        self._builder.event(kind, value)
