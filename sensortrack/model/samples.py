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


@dataclass(frozen=True, slots=True)
class Packet:
    """What came off the wire, or one batch of a file's rows, before any decoding.

    Parameters
    ----------
    received_s
        Host receive time on a monotonic clock; for a file 0.0.
    payload
        The bytes as they came.
    """

    received_s: float
    payload: bytes


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
