"""What was found against what was true: matched repetitions, errors, and the share of exact recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Found:
    """One repetition or hold that a detector found; NaN where it does not say."""

    start_s: float
    end_s: float
    hold_s: float = float("nan")
    rom_deg: float = float("nan")
    late_s: float = float("nan")  # decided after its end


@dataclass(slots=True)
class Score:
    """Numbers gathered over the recordings of one family."""

    exact: list[bool] = field(default_factory=list)
    sets_exact: list[bool] = field(default_factory=list)
    hits: int = 0
    extra: int = 0
    missed: int = 0
    hold_errors_s: list[float] = field(default_factory=list)
    rom_errors_deg: list[float] = field(default_factory=list)
    duration_errors_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        whole = 2 * self.hits + self.extra + self.missed
        return 2 * self.hits / whole if whole else 1.0

    def add(self, found: Sequence[Found], true: Sequence[dict[str, Any]], cut: Sequence[dict[str, Any]] = ()) -> None:
        """Match the detections of one recording with its truth, one to one, by greatest overlap.

        A detection of a movement that the recording's edge cuts is neither right nor wrong.
        """
        pairs = matched(found, true)
        hit = {i for i, _ in pairs}
        extra = [each for i, each in enumerate(found) if i not in hit and not any(_overlap(each, c) > 0 for c in cut)]
        self.hits += len(pairs)
        self.extra += len(extra)
        self.missed += len(true) - len(pairs)
        self.exact.append(not extra and len(pairs) == len(true))
        for i, j in pairs:
            one, other = found[i], true[j]
            if "hold_s" in other:
                self.hold_errors_s.append(abs(one.hold_s - other["hold_s"]))
                self.rom_errors_deg.append(abs(one.rom_deg - other["rom_deg"]))
            else:
                self.duration_errors_s.append(abs(one.end_s - one.start_s - (other["end_s"] - other["start_s"])))
            self.late_s.append(one.late_s)


def matched(found: Sequence[Found], true: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Pairs of indices; a pair shares at least half of the shorter of the two."""
    shares = [(_overlap(one, other), i, j) for i, one in enumerate(found) for j, other in enumerate(true)]
    pairs: list[tuple[int, int]] = []
    for share, i, j in sorted(shares, reverse=True):
        if share >= 0.5 and all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    return pairs


def _overlap(one: Found, other: dict[str, Any]) -> float:
    common = min(one.end_s, other["end_s"]) - max(one.start_s, other["start_s"])
    return float(common / max(min(one.end_s - one.start_s, other["end_s"] - other["start_s"]), 1e-9))


def mean(values: Sequence[float]) -> float:
    """Mean of what is known; NaN of nothing."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def percentile(values: Sequence[float], share: float) -> float:
    """Percentile of what is known; NaN of nothing."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.percentile(known, share)) if known else float("nan")
