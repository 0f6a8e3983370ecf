"""Several files that belong together: a zip that an app exported, or the folder that somebody unpacked it into.

Nothing is ever unpacked to disk. Members are found by their base name: archives made anew on another computer put them
into folders of their own.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
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
    """Members of a zip or a folder, by base name in small letters.

    Raises
    ------
    RecordingError
        A zip that is damaged, encrypted, or would unpack to more than any recording has.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, str] = {}
        if path.is_dir():
            self._members = {file.name.lower(): file.name for file in sorted(path.rglob("*")) if file.is_file()}
            self._files = {file.name.lower(): file for file in sorted(path.rglob("*")) if file.is_file()}
            return
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise RecordingError(Problem.BAD_ARCHIVE, found=str(error)) from error
        infos = self._archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise RecordingError(Problem.BAD_ARCHIVE, found=f"{len(infos)} files")
        for info in infos:
            self._take(info)

    def _take(self, info: zipfile.ZipInfo) -> None:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if info.is_dir() or "__MACOSX" in name.parts or name.name.startswith("._"):
            return
        if info.flag_bits & 0x1:
            raise RecordingError(Problem.BAD_ARCHIVE, found="it is encrypted")
        if info.file_size > MOST_BYTES or info.file_size > max(MOST_RATIO * info.compress_size, _SMALL):
            raise RecordingError(Problem.BAD_ARCHIVE, found=f"{name.name} unpacks to {info.file_size / 1e6:.0f} MB")
        self._members.setdefault(name.name.lower(), info.filename)

    @property
    def names(self) -> list[str]:
        """Base names in small letters."""
        return sorted(self._members)

    def name(self, key: str) -> str:
        """Give a member's name as it is written."""
        return PurePosixPath(self._members[key].replace("\\", "/")).name

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Open a member for reading; what is damaged inside is told while it is read."""
        if self._archive is None:
            with self._files[key].open("rb") as stream:
                yield stream
            return
        try:
            with self._archive.open(self._members[key]) as member:
                yield cast(BinaryIO, _Checked(member))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise RecordingError(Problem.BAD_ARCHIVE, found=str(error)) from error

    def head(self, key: str, size: int = 4096) -> bytes:
        """Read the beginning of a member."""
        with self.open(key) as stream:
            return stream.read(size)

    def close(self) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()


class _Checked:
    """A member whose faults are the recording's."""

    def __init__(self, member: object) -> None:
        self._member = cast(BinaryIO, member)

    def read(self, size: int = -1) -> bytes:
        import zlib

        try:
            return self._member.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise RecordingError(Problem.BAD_ARCHIVE, found=str(error) or "it is cut off") from error
