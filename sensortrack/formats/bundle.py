"""Several files that belong together: a zip that an app exported, or the files that somebody unpacked from it.

A file that was packed by gzip is read as what is in it. Nothing is ever unpacked to disk. Members are found by their
base name: archives made anew on another computer put them into folders of their own.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from sensortrack.model.errors import Problem, RecordingError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_BYTES = 2**32
"""Of one member, unpacked; a day at 400 Hz is 2.5 GB of text."""

MOST_RATIO = 200
"""Unpacked over packed: text of numbers has 3 to 10, zeros have 1000."""

GZIP = b"\x1f\x8b"
"""How a file that was packed by gzip begins."""

MOST_MEMBERS = 1000
_MOST_READ = 2**22  # bytes at once: a directory of a thousand members has 300 kB
_SMALL = 2**20  # what is smaller unpacked does no harm, whatever its ratio


class Bundle:
    """Files by base name in small letters.

    Attributes
    ----------
    names
        The base names.

    Raises
    ------
    RecordingError
        A zip that is damaged, encrypted, tries to get out of its folder, or would unpack to more than recordings have.
    """

    def __init__(self) -> None:
        self._archive: zipfile.ZipFile | None = None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._files: dict[str, Path] = {}
        self._folders: dict[str, set[str]] = {}
        self._size = self._read = 0
        self._opened = ExitStack()

    @classmethod
    def of_files(cls, files: Iterable[Path]) -> Bundle:
        """Take files as they lie."""
        bundle = cls()
        for file in files:
            name = plain_name(file)
            bundle._files.setdefault(name, file)
            bundle._folders.setdefault(name, set()).add(str(file.parent))
        return bundle

    @classmethod
    def of_folder(cls, folder: Path) -> Bundle:
        """Take a folder with those inside it; hidden ones are left out."""
        inside = (file for file in folder.rglob("*") if not is_hidden(file) and file.is_file())
        files = list(islice(inside, MOST_MEMBERS + 1))
        if len(files) > MOST_MEMBERS:
            raise RecordingError(Problem.SEVERAL, found=f"more than {MOST_MEMBERS} files")
        return cls.of_files(sorted(files))

    @classmethod
    def of_zip(cls, path: Path) -> Bundle:
        """Open an archive."""
        bundle = cls()
        with ExitStack() as stack:
            try:
                file = stack.enter_context(_Careful(io.FileIO(path)))
                archive = bundle._archive = stack.enter_context(zipfile.ZipFile(file))
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
                raise RecordingError(Problem.BAD_ARCHIVE, found=_words(error)) from error
            if len(archive.infolist()) > MOST_MEMBERS:
                raise RecordingError(Problem.BAD_ARCHIVE, found=f"{len(archive.infolist())} files in it")
            for info in archive.infolist():
                bundle._take(info)
            bundle._opened = stack.pop_all()
        return bundle

    def _take(self, info: zipfile.ZipInfo) -> None:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if info.is_dir() or is_hidden(name):
            return
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise RecordingError(Problem.BAD_ARCHIVE, found=f"a file in it is called {str(name)[:60]!r}")
        if info.flag_bits & 0x1:
            raise RecordingError(Problem.BAD_ARCHIVE, found="it is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others may ask for any memory
            raise RecordingError(Problem.BAD_ARCHIVE, found="it is packed in another way than apps do")
        self._infos.setdefault(name.name.lower(), info)
        self._folders.setdefault(name.name.lower(), set()).add(str(name.parent))

    @property
    def names(self) -> list[str]:
        """Base names in small letters."""
        return sorted(self._infos or self._files)

    def folders(self, names: Iterable[str]) -> set[str]:
        """Give the folders that members of these names lie in."""
        return set().union(*(self._folders[name] for name in names))

    @property
    def only_file(self) -> Path | None:
        """The file that lies alone in a folder; None for anything else."""
        return next(iter(self._files.values())) if len(self._files) == 1 else None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a member for reading; what is damaged inside is told while it is read."""
        self._size += self.size(name)
        with _told(), self._stream(name) as stream:
            yield io.BufferedReader(_Member(self, stream))

    def _stream(self, name: str) -> BinaryIO:
        if self._archive is None:
            return _opened(self._files[name])
        info = self._infos[name]
        if info.file_size > MOST_BYTES or info.file_size > max(MOST_RATIO * info.compress_size, _SMALL):
            raise RecordingError(Problem.BAD_ARCHIVE, found=f"{name} unpacks to {info.file_size / 1e6:.0f} MB")
        return cast(BinaryIO, self._archive.open(info))

    def size(self, name: str) -> int:
        """Give a member's size, unpacked; of a file packed by gzip, which does not tell it, as it lies."""
        return self._infos[name].file_size if self._archive else self._files[name].stat().st_size

    def head(self, name: str, size: int = 4096) -> bytes:
        """Read the beginning of a member."""
        with _told(), self._stream(name) as stream:
            return stream.read(size)

    def note_read(self, count: int) -> None:
        """Count what was read, as `size` counts."""
        self._read += count

    def share_read(self) -> float:
        """Tell how much of what was opened has been read."""
        return self._read / self._size if self._size else 0.0

    def close(self) -> None:
        """Close the archive."""
        self._opened.close()


class _Careful(io.BufferedReader):
    """A file of which an archive's directory, whatever it claims, is not read into memory beyond reason."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read some bytes; all of them only near the end."""
        if size is None or size < 0:
            at = self.tell()
            size = self.seek(0, os.SEEK_END) - at
            self.seek(at)
        if size > _MOST_READ:
            raise zipfile.BadZipFile("its directory is too large")
        return super().read(size)


class _Member(io.RawIOBase):
    """A member whose faults are the recording's."""

    def __init__(self, bundle: Bundle, stream: BinaryIO) -> None:
        self._bundle = bundle
        self._stream = stream

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into a buffer."""
        view = memoryview(buffer).cast("B")
        with _told():
            before = self._stream.tell()
            data = self._stream.read(len(view))
            self._bundle.note_read(self._stream.tell() - before)
        view[: len(data)] = data
        return len(data)


class _Unpacked(io.BufferedIOBase):
    """What is in a file that was packed by gzip: no more than recordings have; `tell` is of the file as it lies."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._stream = gzip.GzipFile(fileobj=self._file)
        self._given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read some bytes."""
        data = self._stream.read(size)
        self._given += len(data)
        most = min(MOST_BYTES, max(MOST_RATIO * self._file.tell(), _SMALL))
        if self._given > most:
            raise OSError(f"it unpacks to more than {most / 1e6:.0f} MB")
        return data

    def tell(self) -> int:
        """Give how far the file was read."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def _opened(file: Path) -> BinaryIO:
    """Open a file, unpacked if it is packed by gzip."""
    with file.open("rb") as stream:
        is_packed = stream.read(len(GZIP)) == GZIP
    return cast(BinaryIO, _Unpacked(file)) if is_packed else file.open("rb")


def plain_name(file: PurePath) -> str:
    """Give a file's name in small letters, as it was before gzip."""
    return file.name.lower().removesuffix(".gz")


@contextmanager
def _told() -> Iterator[None]:
    """Tell the faults of an archive as the recording's."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error) as error:
        raise RecordingError(Problem.BAD_ARCHIVE, found=_words(error)) from error


def _words(error: Exception) -> str:
    return str(error)[:80].rstrip(".") or "it is cut off"


def is_hidden(path: PurePath) -> bool:
    """Whether a file is none of the person's: the system put it there."""
    return path.name.startswith(".") or "__MACOSX" in path.parts
