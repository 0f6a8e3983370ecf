"""Open any recording: what it is, is told by its content, not by its name."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sensortrack.formats import axivity, metabase, movella_dot, movesense, own_exports, phyphox, sensor_logger
from sensortrack.formats.bundle import GZIP, Bundle
from sensortrack.formats.csv_table import Told, decode, open_table
from sensortrack.formats.json_stream import MOST_BYTES, json_items, too_large
from sensortrack.formats.own import printable
from sensortrack.formats.reading import Doubt, Reading
from sensortrack.formats.streams import METABASE, PHYPHOX, SENSOR_LOGGER, read_part
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock

_HEAD = 65536
_EXCEL = (b"\xd0\xcf\x11\xe0", "[content_types].xml")  # the old form, and a member of the new one
_OTHER_ARCHIVES = {  # sign -> where it stands, name
    b"ustar": (257, "tar"), b"7z\xbc\xaf\x27\x1c": (0, "7z"), b"Rar!\x1a\x07": (0, "rar"), b"BZh": (0, "bzip2"),
    b"\xfd7zXZ\x00": (0, "xz"), b"\x28\xb5\x2f\xfd": (0, "zstd"),
}  # fmt: skip
_JSON = {  # words at the beginning -> reader
    b'"schema"': "own",
    b'"Samples"': "movesense",
    b'"seconds_elapsed"': "sensor logger",
}


class Recording:
    """An open recording.

    Attributes
    ----------
    name
        Of the file or folder.
    reading
        Its samples, and what is told of it.
    """

    def __init__(self, name: str, reading: Reading, others: Generator[Reading, None, None] | None = None) -> None:
        self.name = printable(name)
        self.reading = reading
        self.first_s: float | None = None
        self._others = others

    @property
    def blocks(self) -> Iterator[RawBlock]:
        """Samples block by block, to be read once; faults inside the file come up here.

        Raises
        ------
        RecordingError
            The file holds results without samples, or several recordings where one was meant.
        """
        if not self.reading.has_samples:
            raise RecordingError(Problem.RESULTS_ONLY)
        for block in self.reading.blocks:
            if self.first_s is None and len(block):
                self.first_s = float(block.time_s[0])
            yield block
        if self._others is not None and next(self._others, None) is not None:
            raise RecordingError(Problem.SEVERAL, found="sessions of an export, which 'sensortrack import' takes in")

    @property
    def started_at(self) -> str | None:
        """When the first sample was measured, where the file tells; known once it is read."""
        began = None if self.first_s is None else self.reading.began_at(self.first_s)
        if began is None:
            return None
        if self.reading.is_local:  # on a clock whose zone is not told
            return began.replace(tzinfo=None).isoformat(timespec="seconds")
        with suppress(OSError, ValueError, KeyError):  # a zone that is not known here
            began = began.astimezone(ZoneInfo(self.reading.zone)) if self.reading.zone else began
        return began.isoformat(timespec="seconds")

    def share_read(self) -> float:
        """Tell how much has been read, 0 to 1."""
        return self.reading.share_read() if self.reading.share_read else 0.0

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        if self._others is not None:
            self._others.close()


def open_recording(path: str | Path, told: Told | None = None) -> Recording:
    """Open a recording for reading.

    Raises
    ------
    RecordingError
        What is wrong with the file, or it holds several recordings; faults inside it come up while its blocks are read.
    """
    readings = open_readings([Path(path)], told)
    try:
        first = next(readings)
    except BaseException:
        readings.close()
        raise
    return Recording(Path(path).name or str(path), first, readings)


def open_readings(paths: Sequence[Path], told: Told | None = None) -> Generator[Reading, None, None]:
    """Give the recordings of a file, a folder, or files that belong together; each to be read before the next."""
    with ExitStack() as stack:
        if len(paths) > 1 or paths[0].is_dir():
            bundle = Bundle.of_files(paths) if len(paths) > 1 else Bundle.of_folder(paths[0])
            if bundle.only_file is not None:
                yield from open_readings([bundle.only_file], told)
            else:
                yield from _of_bundle(bundle, told, stack)
            return
        path = paths[0]
        stream = stack.enter_context(_open(path))
        head = stream.read(_HEAD)
        if head.startswith(b"PK"):
            bundle = Bundle.of_zip(path)
            stack.callback(bundle.close)
            yield from _of_bundle(bundle, told, stack)
        elif head.startswith(b"PAR1"):
            if find_spec("pyarrow") is None:
                raise RecordingError(Problem.NEEDS_LIBRARY, found="pyarrow", expected="parquet")
            from sensortrack.formats.parquet import read_parquet

            yield from read_parquet(path)
        elif head.startswith(GZIP) or (told is None and read_part(head) is not None):
            yield from _of_bundle(Bundle.of_files([path]), told, stack)
        else:
            stream.seek(0)
            size = os.fstat(stream.fileno()).st_size
            for reading in _of_stream(stream, head, size, told):
                reading.share_read = lambda: 1.0 if stream.closed or not size else stream.tell() / size
                yield reading


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise RecordingError(Problem.MISSING) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        raise RecordingError(Problem.UNREADABLE, found=getattr(error, "strerror", None) or str(error)) from error


def _of_stream(stream: BinaryIO, head: bytes, size: int, told: Told | None) -> Iterator[Reading]:
    if head.startswith(_EXCEL[0]):
        raise RecordingError(Problem.EXCEL)
    packed = next((name for sign, (at, name) in _OTHER_ARCHIVES.items() if head.startswith(sign, at)), None)
    if packed is not None:
        raise RecordingError(Problem.BAD_ARCHIVE, found=f"it is packed as {packed}, and only zip and gzip are read")
    if axivity.is_cwa(head):
        yield axivity.read(stream)
    elif head.lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        yield from _of_json(stream, head, size)
    elif own_exports.is_results(head):
        yield from own_exports.read_results(stream)
    elif told is None and movella_dot.is_dot(head):
        yield movella_dot.read(stream)
    else:
        yield _table(stream, told)


def _table(stream: BinaryIO, told: Told | None) -> Reading:
    decoder, packets = open_table(stream, told)
    reading = Reading(iter(()))

    def blocks() -> Iterator[RawBlock]:
        yield from decode(decoder, packets)
        reading.is_local = decoder.is_local
        if decoder.unit:
            reading.doubts.append((Doubt.UNIT, decoder.unit))

    reading.blocks = blocks()
    return reading


def _of_json(stream: BinaryIO, head: bytes, size: int) -> Iterator[Reading]:
    if size > MOST_BYTES:
        raise too_large(size)
    kind = next((kind for words, kind in _JSON.items() if words in head), "")
    if kind == "own":
        yield from own_exports.read_json(stream)
    elif kind == "movesense":
        yield movesense.read_entries(json_items(stream, "Samples.item"))
    elif kind == "sensor logger":
        yield sensor_logger.read_entries(json_items(stream, "item"))
    else:
        raise RecordingError(Problem.UNKNOWN_FORMAT, found="JSON of another kind")


def _of_bundle(bundle: Bundle, told: Told | None, stack: ExitStack) -> Iterator[Reading]:
    """Tell whose export it is by the headers inside."""
    if _EXCEL[1] in bundle.names:
        raise RecordingError(Problem.EXCEL)
    is_told = told is not None and len(bundle.names) == 1  # what a person tells of a table goes before its own words
    heads = {} if is_told else {name: bundle.head(name) for name in bundle.names}
    parts = {name: part for name, head in heads.items() if (part := read_part(head)) is not None}
    apps = {part.app or PHYPHOX for part in parts.values()}
    if not apps and len(bundle.names) == 1:  # an archive of one recording
        (name,) = bundle.names
        stream = stack.enter_context(bundle.open(name))
        for reading in _of_stream(stream, bundle.head(name, _HEAD), bundle.size(name), told):
            reading.share_read = bundle.share_read
            yield reading
        return
    if not apps:
        raise RecordingError(Problem.NO_FILES, found=", ".join(bundle.names[:6]) or "nothing")
    if len(apps) > 1 or len(bundle.folders(parts)) > 1:
        raise RecordingError(Problem.SEVERAL, found=", ".join(sorted(parts))[:80])
    if SENSOR_LOGGER in apps:
        reading = sensor_logger.read_bundle(bundle)
    else:
        reading = metabase.read_bundle(bundle) if METABASE in apps else phyphox.read_bundle(bundle)
    reading.share_read = bundle.share_read
    yield reading
