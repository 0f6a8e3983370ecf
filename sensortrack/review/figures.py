"""What sessions come to, as numbers: from the same object that `export --format json` prints, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sensortrack.formats.exports import Item
from sensortrack.model.summary import RepetitionRow, Summary
from sensortrack.model.trend import (
    COMPARABLE_DAYS,
    FEWEST_TRIALS,
    NOISE,
    Trend,
    exceeds,
    noise,
    trend,
)
from sensortrack.review.charts import grouped
from sensortrack.review.words import SIGNS


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        """Tell it of some values; None of none."""
        known = list(values)
        return cls(median(known), min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that sessions are compared by.

    Parameters
    ----------
    title, digits
        For people.
    unit
        ``deg`` or ``s``.
    of
        The number of a session, or None.
    """

    title: str
    unit: str
    digits: int
    of: Callable[[Item], float | None]

    @property
    def sign(self) -> str:
        """The unit as it is written behind a number."""
        return SIGNS[self.unit]

    @property
    def least_change(self) -> float:
        """No smaller change is told from noise."""
        return NOISE[self.unit]

    def words(self, value: float) -> str:
        """Write a value."""
        return f"{value:.{self.digits}f}{self.sign}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Amount:
    """How much was done, against what the exercise prescribes."""

    done: int
    prescribed: int

    def __add__(self, other: Amount) -> Amount:
        """Add what was done; the same is prescribed."""
        return Amount(self.done + other.done, self.prescribed)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One leg against the other, within a week."""

    left: float
    right: float
    noise: float

    @property
    def difference(self) -> float:
        """Left minus right."""
        return self.left - self.right

    @property
    def is_beyond_noise(self) -> bool:
        """Whether it is more than measurement noise."""
        return exceeds(self.difference, self.noise)


def repetitions(summary: Summary) -> list[RepetitionRow]:
    """Give the repetitions of all sets."""
    return [rep for one in summary["sets"] for rep in one["reps"]]


def measured(rows: Iterable[RepetitionRow]) -> list[RepetitionRow]:
    """Leave out what a person added: the sensor did not measure it."""
    return [row for row in rows if "added" not in row["reasons"]]


def amount(item: Item) -> Amount:
    """Tell how much was done."""
    exercise, summary = item.exercise, item.summary
    if exercise.detector == "stretch":
        return Amount(sum(hold["in_target"] for hold in summary["holds"]), round(exercise["holds"]))
    if exercise.detector == "thomas":
        return Amount(len(item.log.trials), round(exercise["trials"]))
    return Amount(len(repetitions(summary)), round(exercise["sets"] * exercise["repetitions"]))


def _rom_deg(item: Item) -> float | None:
    return _median(rep["rom_deg"] for rep in measured(repetitions(item.summary)))


def _top_s(item: Item) -> float | None:
    return _median(rep["hold_s"] for rep in measured(repetitions(item.summary)))


def _stretch_deg(item: Item) -> float | None:
    return _median(hold["angle_deg"] for hold in item.summary["holds"])


def _stretch_s(item: Item) -> float | None:
    return _median(hold["duration_s"] for hold in item.summary["holds"])


def _thomas_deg(item: Item) -> float | None:
    thomas = item.summary["thomas"]
    return thomas["thigh_angle_deg"] if thomas is not None and len(item.log.trials) >= FEWEST_TRIALS else None


def _median(values: Iterable[float]) -> float | None:
    spread = Spread.of(values)
    return None if spread is None else spread.median


MEASURES = {
    "repetitions": (
        Measure("Range of motion", "deg", 0, _rom_deg),
        Measure("Hold at the top", "s", 1, _top_s),
    ),
    "stretch": (
        Measure("Thigh angle of the holds", "deg", 0, _stretch_deg),
        Measure("Duration of the holds", "s", 1, _stretch_s),
    ),
    "thomas": (Measure("Thigh against the horizontal", "deg", 1, _thomas_deg),),
}
"""By detector: what its sessions are compared by, the main one first. Each is the median of its session."""


@dataclass(frozen=True, slots=True)
class Series:
    """One measure of one leg over the sessions that tell it, oldest first."""

    side: str | None
    times: tuple[datetime, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, items: Iterable[Item], measure: Measure, side: str | None) -> Series:
        """Take it from sessions in any order."""
        told = [(item.started_at, measure.of(item)) for item in items if item.side == side]
        known = sorted((at, value) for at, value in told if value is not None)
        return cls(side, tuple(at for at, _ in known), tuple(value for _, value in known))

    def thinned(self, most: int) -> Series:
        """Make it no longer than so many values, for drawings: each the median of some sessions."""
        values = tuple(median(part) for part in grouped(self.values, most))
        return Series(self.side, tuple(part[0] for part in grouped(self.times, most)), values)

    def trend(self, measure: Measure) -> Trend | None:
        """Tell the change from its beginning to its end."""
        return trend(self.values, measure.unit)


def compared(left: Series, right: Series, measure: Measure) -> Comparison | None:
    """Compare the newest sessions of both legs, if they are of the same week."""
    if not left.values or not right.values:
        return None
    if abs(left.times[-1] - right.times[-1]) >= timedelta(days=COMPARABLE_DAYS):
        return None
    largest = max(noise(series.values, measure.unit) for series in (left, right))
    return Comparison(left.values[-1], right.values[-1], largest)


def sides(items: Sequence[Item]) -> list[str | None]:
    """Give the legs that occur: left, right, not told."""
    return [side for side in ("left", "right", None) if any(item.side == side for item in items)]
