"""The angle of a session as a small picture of text: eight dots to a letter, from least and greatest of each column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLANK = 0x2800  # Unicode's Braille patterns: one bit for each of 2 x 4 dots
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_LEAST_SPAN_DEG = 10.0  # a still leg is a flat line, not its noise blown up


def angle_plot(extremes: NDArray[np.float32], width: int, height: int = 8) -> list[str]:
    """Draw (N, 2) least and greatest angles, spread over the width; each line begins with its angle.

    Parameters
    ----------
    extremes
        Degrees; NaN where nothing is known.
    width, height
        In letters, without the scale.
    """
    known = np.isfinite(extremes).all(axis=1)
    if not known.any() or width < 1:
        return []
    low, high = float(np.nanmin(extremes)), float(np.nanmax(extremes))
    middle, span = (low + high) / 2, max(high - low, _LEAST_SPAN_DEG)
    top_deg = middle + span / 2
    rows = 4 * height
    dots = np.zeros((rows, 2 * width), bool)
    for index in np.flatnonzero(known):
        first = index * 2 * width // len(extremes)
        last = max(first + 1, (index + 1) * 2 * width // len(extremes))
        upper, lower = (
            min(rows - 1, int((top_deg - deg) / span * rows)) for deg in (extremes[index, 1], extremes[index, 0])
        )
        dots[max(upper, 0) : lower + 1, first:last] = True
    return [
        f"{top_deg - span * row / (height - 1):+5.0f}° {_line(dots[4 * row : 4 * row + 4])}" for row in range(height)
    ]


def _line(dots: NDArray[np.bool_]) -> str:
    bits = sum(dots[row, column::2] * _DOTS[row][column] for row in range(4) for column in range(2))
    return "".join(chr(_BLANK + int(each)) for each in np.atleast_1d(bits))
