"""Axivity's CWA files: AX3 and AX6, packed and not (protocols.md section 10.3).

Sectors of 512 bytes, little-endian; what is no sector, or a damaged one, is left out and shows as a gap. The sensor's
clock is that of the place where it was set up, without a zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from sensortrack.formats.csv_header import STANDARD_GRAVITY_M_S2
from sensortrack.formats.reading import EPOCH, Doubt, Reading
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock

_HEADER_BYTES = 1024
_SECTOR = np.dtype(
    [
        ("tag", "<u2"), ("length", "<u2"), ("fraction", "<u2"), ("session", "<u4"), ("sequence", "<u4"),
        ("time", "<u4"), ("scale", "<u2"), ("temperature", "<u2"), ("events", "u1"), ("battery", "u1"),
        ("rate", "u1"), ("format", "u1"), ("offset", "<i2"), ("samples", "<u2"), ("data", "u1", 480),
        ("checksum", "<u2"),
    ]
)  # fmt: skip
_TAG, _LENGTH = int.from_bytes(b"AX", "little"), 508
_BATCH = 512  # sectors: 256 kB
_AX6 = 0x64
_PACKED, _WORDS = 0, 2
_SPACING = (0.9, 1.1)  # of the nominal one: what a sensor's clock may differ, and more

Sectors = np.ndarray  # of _SECTOR


def is_cwa(head: bytes) -> bool:
    """Tell by the header's tag and length."""
    return head[:2] == b"MD" and len(head) > 4 and int.from_bytes(head[2:4], "little") in (508, 1020)


def read(stream: BinaryIO) -> Reading:
    """Read a file.

    Raises
    ------
    RecordingError
        It ends inside its header.
    """
    header = stream.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        raise RecordingError(Problem.DAMAGED, found="it ends inside its header")
    upper = int.from_bytes(header[11:13], "little")
    number = int.from_bytes(header[5:7], "little") | (0 if upper == 0xFFFF else upper << 16)
    sensor = f"{'AX6' if header[4] == _AX6 else 'AX3'} {number}"
    doubts: list[tuple[Doubt, str]] = []
    return Reading(_read(stream, doubts), "Axivity", sensor, EPOCH, is_local=True, doubts=doubts)


def _read(stream: BinaryIO, doubts: list[tuple[Doubt, str]]) -> Iterator[RawBlock]:
    waiting: Sectors | None = None  # the last sector: its spacing is known with the next
    kind: int | None = None
    empty, is_cut = True, False
    while data := stream.read(_BATCH * _SECTOR.itemsize):
        is_cut = len(data) % _SECTOR.itemsize != 0
        sectors = _good(np.frombuffer(data[: len(data) // 512 * 512], _SECTOR))
        if not len(sectors):
            continue
        kind = int(sectors["format"][0]) if kind is None else kind
        sectors = sectors[sectors["format"] == kind]
        sectors = sectors if waiting is None else np.concatenate((waiting, sectors))
        if len(sectors) > 1:
            empty = False
            yield _block(sectors, has_next=True)
        waiting = sectors[-1:]
    if waiting is not None and len(waiting):
        empty = False
        yield _block(waiting, has_next=False)
    if empty:
        raise RecordingError(Problem.NO_ROWS)
    if is_cut:
        doubts.append((Doubt.CUT, ""))


def _good(sectors: Sectors) -> Sectors:
    """Leave out what is no data, and what is damaged: the sum of all words is 0."""
    words = sectors.view("<u2").reshape(-1, 256)
    is_whole = (words.sum(axis=1, dtype=np.uint64) & 0xFFFF == 0) | (sectors["checksum"] == 0)
    axes, width = sectors["format"] >> 4, sectors["format"] & 15
    known = ((width == _WORDS) & np.isin(axes, (3, 6, 9))) | ((width == _PACKED) & (axes == 3))
    capacity = np.where(width == _PACKED, 120, 240 // np.maximum(axes, 1))
    fits = (sectors["samples"] > 0) & (sectors["samples"] <= capacity)
    right = (sectors["tag"] == _TAG) & (sectors["length"] == _LENGTH) & is_whole & known & fits
    kept: Sectors = sectors[right & _is_date(sectors["time"])]
    return kept


def _is_date(packed: NDArray[np.uint32]) -> NDArray[np.bool_]:
    month, day = packed >> 22 & 15, packed >> 17 & 31
    return (month >= 1) & (month <= 12) & (day >= 1)


def _block(sectors: Sectors, *, has_next: bool) -> RawBlock:
    """Decode all sectors, or all but the last, which then only tells when it begins."""
    begin_s, period_s = _times(sectors)
    if has_next:
        sectors, begin_s, period_s = sectors[:-1], begin_s[:-1], period_s[:-1]
    acc, gyr = _values(sectors)
    index = np.arange(acc.shape[1])
    inside = index < sectors["samples"][:, None]
    time_s = begin_s[:, None] + index * period_s[:, None]
    return RawBlock(time_s[inside], acc[inside], None if gyr is None else gyr[inside])


def _times(sectors: Sectors) -> tuple[FloatArray, FloatArray]:
    """Give the time of each sector's first sample, and the distance of its samples.

    The time stamp is of the sample `offset`; where it has a fraction, the offset was moved back for readers that do not
    know of it. Between sectors that follow each other times are interpolated.
    """
    rate_hz = 3200.0 / 2.0 ** (15 - (sectors["rate"] & 15).astype(float))
    has_fraction = sectors["fraction"] & 0x8000 != 0
    fraction = np.where(has_fraction, (sectors["fraction"] & 0x7FFF).astype(np.int64) << 1, 0)
    offset = sectors["offset"] + ((fraction * rate_hz.astype(np.int64)) >> 16)
    begin_s = _seconds(sectors["time"]) + fraction / 65536.0 - offset / rate_hz
    period_s = 1.0 / rate_hz
    samples = sectors["samples"].astype(float)
    found_s = np.diff(begin_s) / samples[:-1]
    follows = np.diff(sectors["sequence"].astype(np.int64)) == 1
    share = found_s / period_s[:-1]
    period_s[:-1] = np.where(follows & (share > _SPACING[0]) & (share < _SPACING[1]), found_s, period_s[:-1])
    return begin_s, period_s


def _seconds(packed: NDArray[np.uint32]) -> FloatArray:
    """Turn packed dates into seconds since 1970 on the sensor's clock."""
    packed = packed.astype(np.int64)
    months = ((packed >> 26) + 30) * 12 + (packed >> 22 & 15) - 1  # years count from 2000
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + (packed >> 17 & 31) - 1
    seconds = ((days * 24 + (packed >> 12 & 31)) * 60 + (packed >> 6 & 63)) * 60 + (packed & 63)
    return np.asarray(seconds, np.float64)


def _values(sectors: Sectors) -> tuple[FloatArray, FloatArray | None]:
    """Decode the samples of sectors of one format: (K, N, 3) acceleration and angular rate."""
    axes, width = int(sectors["format"][0]) >> 4, int(sectors["format"][0]) & 15
    unit = STANDARD_GRAVITY_M_S2 / 2.0 ** (8 + (sectors["scale"] >> 13).astype(float))[:, None, None]
    if width == _PACKED:
        words = np.ascontiguousarray(sectors["data"]).view("<u4").astype(np.int64)
        tens = np.stack([words >> shift & 1023 for shift in (0, 10, 20)], axis=2)
        acc = (tens - (tens >= 512) * 1024) << (words >> 30)[:, :, None]
        return acc * unit, None
    count = 240 // axes
    words = np.ascontiguousarray(sectors["data"]).view("<i2")[:, : count * axes].reshape(-1, count, axes)
    if axes == 3:
        return words * unit, None
    full_dps = 8000.0 / 2.0 ** (sectors["scale"] >> 10 & 7).astype(float)
    return words[:, :, 3:6] * unit, words[:, :, :3] * (np.radians(full_dps) / 32768.0)[:, None, None]
