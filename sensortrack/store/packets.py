"""Packets as bytes: a chunk of a recording, exactly as it came.

Layout (little-endian): u8 version; u8 channels, each u8 length and UTF-8 text; then per packet f64 receive time, u8
channel, u16 length, payload.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from sensortrack.model.errors import SensortrackError
from sensortrack.model.samples import Packet

_VERSION = 1
_HEAD = struct.Struct("<dBH")


class ChunkError(SensortrackError):
    """A chunk of packets that cannot be read."""


def pack(packets: Sequence[Packet]) -> bytes:
    """Put packets into one chunk."""
    channels = list(dict.fromkeys(packet.channel for packet in packets))
    names = [channel.encode() for channel in channels]
    parts = [bytes([_VERSION, len(names)]), *(bytes([len(name)]) + name for name in names)]
    for packet in packets:
        parts += [_HEAD.pack(packet.received_s, channels.index(packet.channel), len(packet.payload)), packet.payload]
    return b"".join(parts)


def unpack(chunk: bytes) -> Iterator[Packet]:
    """Give a chunk's packets.

    Raises
    ------
    ChunkError
        It is cut off or was written by a newer version.
    """
    try:
        yield from _unpack(chunk)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ChunkError("cut off") from error


def _unpack(chunk: bytes) -> Iterator[Packet]:
    if chunk[0] != _VERSION:
        raise ChunkError(f"version {chunk[0]}")
    channels, at = [], 2
    for _ in range(chunk[1]):
        end = at + 1 + chunk[at]
        channels.append(chunk[at + 1 : end].decode())
        at = end
    while at < len(chunk):
        received_s, channel, length = _HEAD.unpack_from(chunk, at)
        at += _HEAD.size
        if at + length > len(chunk):
            raise ChunkError("cut off")
        yield Packet(received_s, chunk[at : at + length], channels[channel])
        at += length
