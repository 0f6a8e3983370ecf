"""UUIDs, numbers and parameters of Polar Measurement Data; `polar` has the wire table (protocols.md section 6)."""

from __future__ import annotations

import struct


def _uuid(short: int) -> str:
    return f"fb005c{short:02x}-02e7-f387-1cad-8acd2d8df0c8"


SERVICE, CONTROL, DATA = (_uuid(short) for short in (0x80, 0x81, 0x82))
ACC, GYR = 2, 5
SETTINGS, START, STOP, REPLY = 1, 2, 3, 0xF0
RATE, RESOLUTION, RANGE, CHANNEL_COUNT, FACTOR = 0, 1, 2, 4, 5
SIZES = {RATE: 2, RESOLUTION: 2, RANGE: 2, 3: 4, CHANNEL_COUNT: 1, FACTOR: 4, 6: 16}
ALREADY, CHARGING = 6, 13
HEAD = struct.Struct("<BQB")
COMPRESSED = 0x80


def tlv(data: bytes) -> dict[int, list[int]]:
    """Read type, count, values, as whole numbers; what is cut off is left out."""
    found: dict[int, list[int]] = {}
    at = 0
    while at + 2 <= len(data) and data[at] in SIZES:
        size, count = SIZES[data[at]], data[at + 1]
        values = data[at + 2 : at + 2 + size * count]
        if not count or len(values) < size * count:
            break
        found[data[at]] = [int.from_bytes(values[i : i + size], "little") for i in range(0, len(values), size)]
        at += 2 + size * count
    return found
