"""What flows into the chain: packets, raw blocks, even sample blocks.

Units and frames are those of `docs/frames.md`: specific force ``acc`` in m/s² (at rest +9.81 on the axis that points
up), angular rate ``gyr`` in rad/s, both in the sensor's own frame, time on axis 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.int64]

LINK = "link"
"""Channel of the host's own notes among the packets: ``b"up"`` before a connection's first packet, ``b"down"`` after
its last."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What came off the wire, or one batch of a file's rows, before any decoding.

    Parameters
    ----------
    received_s
        Host receive time on a monotonic clock; for a file 0.0.
    payload
        The bytes as they came.
    channel
        Where they came from: the characteristic's UUID in small letters; empty for a file.
    """

    received_s: float
    payload: bytes
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """Decoded samples of one frame, still without a place on any clock but the device's own.

    Parameters
    ----------
    received_s
        Host receive time of the packet that completed it.
    acc, gyr
        (N, 3) specific force in m/s² and angular rate in rad/s, sensor frame; None where the frame holds none. A device
        that sends them apart gives frames with one of the two.
    stamp_s
        Device time of its first or last sample as it came off the wire (it may wrap); None without a device clock.
    sequence
        Frame counter as it came off the wire; None without one.
    saturated
        The device says that a sample reached the end of its range.
    stamps_s
        (N,) device time of each sample, strictly rising, from a device that stamps them all; `stamp_s` is then the last
        one.
    """

    received_s: float
    acc: FloatArray | None
    gyr: FloatArray | None
    stamp_s: float | None = None
    sequence: int | None = None
    saturated: bool = False
    stamps_s: FloatArray | None = None

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.acc) if self.acc is not None else len(self.gyr) if self.gyr is not None else 0


@dataclass(frozen=True, slots=True)
class Clock:
    """What the frames of a device tell of time.

    Parameters
    ----------
    stamps
        Which sample of a frame its stamp belongs to, "first" or "last", or "each" where all are stamped; None without a
        device clock.
    wrap_s
        Where the stamp begins again at zero; None where it does not within years.
    counter_modulus
        Where the frames' sequence number begins again at zero; None without one.
    """

    stamps: str | None = None
    wrap_s: float | None = None
    counter_modulus: int | None = None


@dataclass(frozen=True, slots=True)
class RawBlock:
    """Decoded samples as the source stamped them: jitter, gaps, repeats and reversed times still inside.

    Parameters
    ----------
    time_s
        (N,) seconds on the source's clock.
    acc
        (N, 3) specific force, m/s², sensor frame.
    gyr
        (N, 3) angular rate, rad/s, sensor frame; None without a gyroscope.
    """

    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check the shapes once, at the border of the core."""
        n = len(self.time_s)
        if self.time_s.shape != (n,) or self.acc.shape != (n, 3):
            raise ValueError(f"expected time (N,) and acc (N, 3), found {self.time_s.shape} and {self.acc.shape}")
        if self.gyr is not None and self.gyr.shape != (n, 3):
            raise ValueError(f"expected gyr ({n}, 3), found {self.gyr.shape}")

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.time_s)

    def __getitem__(self, rows: slice) -> RawBlock:
        """Give some rows as a block of their own."""
        return RawBlock(self.time_s[rows], self.acc[rows], None if self.gyr is None else self.gyr[rows])

    def __add__(self, later: RawBlock) -> RawBlock:
        """Put the samples of another block behind these."""
        gyr = None if self.gyr is None or later.gyr is None else np.concatenate((self.gyr, later.gyr))
        return RawBlock(np.concatenate((self.time_s, later.time_s)), np.concatenate((self.acc, later.acc)), gyr)
