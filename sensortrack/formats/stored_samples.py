"""Imported samples as the store keeps them: packets of at most 1000, each number to its last bit.

Layout: u8 version, u8 columns (4, or 7 with angular rate), then deflated: the numbers' bytes, column by column, all
first bytes before all second ones (little-endian f64). Neighbours share most of their upper bytes: half the size.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import numpy as np

from sensortrack.model.errors import SensortrackError
from sensortrack.model.samples import Packet, RawBlock

CHANNEL = "samples"
_VERSION = 1
_MOST = 1000  # samples: packed they stay below the 64 kB that a packet of the store may have
_LEVEL = 1  # higher ones are 5 times slower for 3 % less


def to_packets(blocks: Iterable[RawBlock]) -> Iterator[Packet]:
    """Give packets; the receive time is that of their last sample, from the first of all."""
    first_s: float | None = None
    for block in blocks:
        for begin in range(0, len(block), _MOST):
            part = block[begin : begin + _MOST]
            first_s = float(part.time_s[0]) if first_s is None else first_s
            yield Packet(max(float(part.time_s[-1]) - first_s, 0.0), _pack(part), CHANNEL)


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


def _pack(block: RawBlock) -> bytes:
    columns = [block.time_s[:, None], block.acc, *([] if block.gyr is None else [block.gyr])]
    values = np.ascontiguousarray(np.hstack(columns).T, "<f8")
    data = zlib.compress(values.view(np.uint8).reshape(-1, 8).T.tobytes(), _LEVEL)
    return bytes([_VERSION, len(values)]) + data


def _unpack(payload: bytes) -> RawBlock:
    try:
        if payload[0] != _VERSION or payload[1] not in (4, 7):
            raise StoredSamplesError("version")
        data = np.frombuffer(zlib.decompress(payload[2:]), np.uint8).reshape(8, -1)
        values = np.ascontiguousarray(data.T).view("<f8").reshape(payload[1], -1).astype(np.float64)
    except (IndexError, ValueError, zlib.error) as error:
        raise StoredSamplesError("damaged") from error
    gyr = np.ascontiguousarray(values[4:7].T) if payload[1] == 7 else None
    return RawBlock(values[0], np.ascontiguousarray(values[1:4].T), gyr)
