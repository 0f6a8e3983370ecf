"""Several files that belong together: a zip that an app exported, or the files that somebody unpacked from it.

Nothing is ever unpacked to disk. Members are found by their base name: archives made anew on another computer put them
into folders of their own.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sensortrack.model.errors import Problem, RecordingError

MOST_BYTES = 2**32
"""Of one member, unpacked; a day at 400 Hz is 2.5 GB of text."""

MOST_RATIO = 200
"""Unpacked over packed: text of numbers has 3 to 10, zeros have 1000."""

MOST_MEMBERS = 1000
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
        self._size = self._read = 0

    @classmethod
    def of_files(cls, files: Iterable[Path]) -> Bundle:
        """Take files as they lie."""
        bundle = cls()
        bundle._files = {file.name.lower(): file for file in files}
        return bundle

    @classmethod
    def of_folder(cls, folder: Path) -> Bundle:
        """Take a folder with those inside it; hidden ones are left out."""
        inside = (file for file in sorted(folder.rglob("*")) if file.is_file() and not _is_hidden(file.name))
        files = [file for file, _ in zip(inside, range(MOST_MEMBERS), strict=False)]
        return cls.of_files(files)

    @classmethod
    def of_zip(cls, path: Path) -> Bundle:
        """Open an archive."""
        bundle = cls()
        try:
            bundle._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise RecordingError(Problem.BAD_ARCHIVE, found=_words(error)) from error
        infos = bundle._archive.infolist()
        if len(infos) > MOST_MEMBERS:
            bundle.close()
            raise RecordingError(Problem.BAD_ARCHIVE, found=f"{len(infos)} files in it")
        try:
            for info in infos:
                bundle._take(info)
        except BaseException:
            bundle.close()
            raise
        return bundle

    def _take(self, info: zipfile.ZipInfo) -> None:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if info.is_dir() or "__MACOSX" in name.parts or _is_hidden(name.name):
            return
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise RecordingError(Problem.BAD_ARCHIVE, found=f"a file in it is called {str(name)[:60]!r}")
        if info.flag_bits & 0x1:
            raise RecordingError(Problem.BAD_ARCHIVE, found="it is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others may ask for any memory
            raise RecordingError(Problem.BAD_ARCHIVE, found="it is packed in another way than apps do")
        self._infos.setdefault(name.name.lower(), info)

    @property
    def names(self) -> list[str]:
        """Base names in small letters."""
        return sorted(self._infos or self._files)

    @property
    def only_file(self) -> Path | None:
        """The file that lies alone in a folder; None for anything else."""
        return next(iter(self._files.values())) if len(self._files) == 1 else None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a member for reading; what is damaged inside is told while it is read."""
        self._size += self.size(name)
        with _told(), self._stream(name) as stream:
            yield cast(BinaryIO, _Member(self, stream))

    def _stream(self, name: str) -> BinaryIO:
        if self._archive is None:
            return self._files[name].open("rb")
        info = self._infos[name]
        if info.file_size > MOST_BYTES or info.file_size > max(MOST_RATIO * info.compress_size, _SMALL):
            raise RecordingError(Problem.BAD_ARCHIVE, found=f"{name} unpacks to {info.file_size / 1e6:.0f} MB")
        return cast(BinaryIO, self._archive.open(info))

    def size(self, name: str) -> int:
        """Give a member's size, unpacked."""
        return self._infos[name].file_size if self._archive else self._files[name].stat().st_size

    def head(self, name: str, size: int = 4096) -> bytes:
        """Read the beginning of a member."""
        with _told(), self._stream(name) as stream:
            return stream.read(size)

    def note_read(self, count: int) -> None:
        """Count what was read."""
        self._read += count

    def share_read(self) -> float:
        """Tell how much of what was opened has been read."""
        return self._read / self._size if self._size else 0.0

    def close(self) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()


class _Member:
    """A member whose faults are the recording's."""

    def __init__(self, bundle: Bundle, stream: BinaryIO) -> None:
        self._bundle = bundle
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        with _told():
            data = self._stream.read(size)
        self._bundle.note_read(len(data))
        return data


@contextmanager
def _told() -> Iterator[None]:
    """Tell the faults of an archive as the recording's."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error) as error:
        raise RecordingError(Problem.BAD_ARCHIVE, found=_words(error)) from error


def _words(error: Exception) -> str:
    return str(error)[:80].rstrip(".") or "it is cut off"


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
