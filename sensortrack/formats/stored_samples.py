"""Imported samples as the store keeps them: packets of at most 1000, each number to its last bit.

Layout: u8 version, u8 columns (4, or 7 with angular rate), then deflated: the numbers column by column, little-endian
f64. What a sensor gives are multiples of its step, so that the same eight bytes come again and again: 23 bytes a sample
of an AX6, 26 of a table with four decimals, instead of 56.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator

import numpy as np

from sensortrack.model.errors import SensortrackError
from sensortrack.model.samples import FloatArray, Packet, RawBlock

CHANNEL = "samples"
_HEAD = struct.Struct("<dI")
_VERSION = 1
_MOST = 1000  # samples: packed they stay below the 64 kB that a packet of the store may have
_LEVEL = 1  # the fastest: a day at 100 Hz takes 6 to 15 s


class Spool:
    """Samples on their way into the store: in a file without a name, so that memory stays small and nothing is left.

    Attributes
    ----------
    samples, first_s, has_gyr
        How many there are, time of the first on the source's clock, and whether there is angular rate.
    share_given
        How much of them `packets` has given, 0 to 1.
    """

    def __init__(self) -> None:
        self.samples = 0
        self.first_s = 0.0
        self.has_gyr = False
        self.share_given = 0.0
        self._digest = hashlib.sha256()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `__exit__`

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def sha256(self) -> str:
        """Hash of the samples: the same for the same recording, however it is packed or cut."""
        return self._digest.hexdigest()

    def add(self, block: RawBlock) -> None:
        """Take samples."""
        for begin in range(0, len(block), _MOST):
            part = block[begin : begin + _MOST]
            if not self.samples:
                self.first_s, self.has_gyr = float(part.time_s[0]), part.gyr is not None
            self.samples += len(part)
            values = _values(part)
            self._digest.update(values.tobytes())
            received_s = max(float(part.time_s[-1]) - self.first_s, 0.0)
            payload = _pack(values)
            self._file.write(_HEAD.pack(received_s, len(payload)) + payload)

    def packets(self) -> Iterator[Packet]:
        """Give them from the beginning; the receive time is that of a packet's last sample, from the first of all."""
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)
        while head := self._file.read(_HEAD.size):
            received_s, length = _HEAD.unpack(head)
            yield Packet(received_s, self._file.read(length), CHANNEL)
            self.share_given = self._file.tell() / size


def from_packets(packets: Iterable[Packet]) -> Iterator[RawBlock]:
    """Give the samples back.

    Raises
    ------
    StoredSamplesError
        A packet is damaged.
    """
    for packet in packets:
        if packet.channel == CHANNEL:
            yield _unpack(packet.payload)


class StoredSamplesError(SensortrackError):
    """Stored samples that cannot be read."""


def _values(block: RawBlock) -> FloatArray:
    columns = [block.time_s[:, None], block.acc, *([] if block.gyr is None else [block.gyr])]
    return np.ascontiguousarray(np.hstack(columns), "<f8")


def _pack(values: FloatArray) -> bytes:
    columns = np.ascontiguousarray(values.T)
    return bytes([_VERSION, len(columns)]) + zlib.compress(columns.tobytes(), _LEVEL)


def _unpack(payload: bytes) -> RawBlock:
    try:
        if payload[0] != _VERSION or payload[1] not in (4, 7):
            raise StoredSamplesError("version")
        values = np.frombuffer(zlib.decompress(payload[2:]), "<f8").reshape(payload[1], -1)
    except (IndexError, ValueError, zlib.error) as error:
        raise StoredSamplesError("damaged") from error
    gyr = np.ascontiguousarray(values[4:7].T) if payload[1] == 7 else None
    return RawBlock(values[0], np.ascontiguousarray(values[1:4].T), gyr)
