"""Polar's compression: a first sample, then blocks of bit-packed differences (protocols.md section 6.4).

Layout (little-endian): the reference, one whole number per channel; then per block u8 bits, u8 count, and count times
channels two's-complement differences of so many bits, least significant first, filled up to a whole byte.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensortrack.model.samples import IntArray

CHANNELS = 3
_MOST_BITS = 32


class DeltaError(ValueError):
    """Bytes that are no compressed samples."""


def unpack(payload: bytes, width: int) -> IntArray:
    """Give (N, 3) whole numbers.

    Parameters
    ----------
    payload
        Reference and blocks.
    width
        Bytes of each number of the reference.

    Raises
    ------
    DeltaError
        It is cut off, or a block says what cannot be.
    """
    at = CHANNELS * width
    if len(payload) < at:
        raise DeltaError("shorter than its reference")
    parts = [signed(np.frombuffer(payload, np.uint8, at).reshape(CHANNELS, width))[None]]
    while at < len(payload):
        if at + 2 > len(payload):
            raise DeltaError("cut off in a block's head")
        bits, count = payload[at], payload[at + 1]
        size = -(-bits * count * CHANNELS // 8)
        if not 0 < bits <= _MOST_BITS or not count or at + 2 + size > len(payload):
            raise DeltaError("a block that cannot be")
        parts.append(_differences(payload[at + 2 : at + 2 + size], bits, count))
        at += 2 + size
    return np.cumsum(np.concatenate(parts), axis=0)


def signed(columns: NDArray[np.uint8]) -> IntArray:
    """Put little-endian digits (..., width), whole bytes, together as signed numbers."""
    return _signed(columns, 8)


def _signed(digits: NDArray[np.uint8], digit_bits: int) -> IntArray:
    bits = digit_bits * digits.shape[-1]
    value: IntArray = (digits.astype(np.int64) << np.arange(0, bits, digit_bits)).sum(axis=-1)
    value -= (value >> (bits - 1)) << bits
    return value


def _differences(data: bytes, bits: int, count: int) -> IntArray:
    stream = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[: bits * count * CHANNELS]
    return _signed(stream.reshape(count, CHANNELS, bits), 1)


def pack(samples: IntArray, width: int) -> bytes:
    """Compress (N, 3) whole numbers, N up to 256, into a reference and one block."""
    reference = b"".join(int(value).to_bytes(width, "little", signed=True) for value in samples[0])
    if len(samples) == 1:
        return reference
    steps = np.diff(samples, axis=0).ravel()
    bits = max(1, *(int(value if value >= 0 else ~value).bit_length() + 1 for value in steps))
    packed = ((steps[:, None] >> np.arange(bits)) & 1).astype(np.uint8)
    return reference + bytes([bits, len(samples) - 1]) + np.packbits(packed.ravel(), bitorder="little").tobytes()
