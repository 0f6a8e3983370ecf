"""What the chain tells: movements, holds, gaps, the Thomas angle, and the angle itself.

Every event but the angle has an ``id``: a later event of the same kind and id replaces the earlier one (it knows more),
and a summary is the fold of the event log. Times are seconds from the recording's first sample, intervals half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sensortrack.model.samples import FloatArray


class Verdict(StrEnum):
    """What became of a movement."""

    COUNTED = "counted"
    DOUBTFUL = "doubtful"  # counts, but a person should look: it crosses a gap, say
    PARTIAL = "partial"  # the right kind of movement, not enough of it
    REJECTED = "rejected"  # another kind of movement

    @property
    def counts(self) -> bool:
        """Whether the movement is a repetition of its set."""
        return self is Verdict.COUNTED or self is Verdict.DOUBTFUL


@dataclass(frozen=True, slots=True)
class Movement:
    """One trip of the thigh away from its rest pose and back.

    Parameters
    ----------
    id
        Number of the movement in the session, from 0.
    start_s, top_start_s, top_end_s, end_s
        The phases: lift ``[start, top_start)``, hold ``[top_start, top_end)``, lowering ``[top_end, end)``.
    rom_deg
        Median angle of the hold minus the rest angle before the lift; negative is flexion where the angle is signed.
    decided_s
        Session time of the sample that decided.
    verdict, reasons
        What became of it and why (short words such as ``flexion``, ``low``, ``gap``).
    form
        What the exercise's targets say: ``short-hold``, ``fast-lift``, ``fast-lower``, ``low``, ``turned-out``.
    set_id
        Number of its set in the session, from 0; None for what is not a repetition.
    cancelled
        Takes an earlier event of the same id back: it was something else, which is told as well.
    """

    id: int
    start_s: float
    top_start_s: float
    top_end_s: float
    end_s: float
    rom_deg: float
    decided_s: float
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    set_id: int | None = None
    cancelled: bool = False

    @property
    def lift_s(self) -> float:
        """Duration of the lift."""
        return self.top_start_s - self.start_s

    @property
    def hold_s(self) -> float:
        """Duration of the hold at the top."""
        return self.top_end_s - self.top_start_s

    @property
    def lower_s(self) -> float:
        """Duration of the lowering."""
        return self.end_s - self.top_end_s


@dataclass(frozen=True, slots=True)
class Hold:
    """A stretch that was held, from the end of the lead-in to the start of the release.

    ``angle_deg`` is the median thigh angle of the hold against the vertical, extension positive; ``in_target`` says
    whether the duration reached the exercise's target. ``cancelled`` takes an earlier event of the same id back;
    ``taken_back`` is a person's word that it does not count.
    """

    id: int
    start_s: float
    end_s: float
    angle_deg: float
    decided_s: float
    in_target: bool
    cancelled: bool = False
    taken_back: bool = False

    @property
    def duration_s(self) -> float:
        """Duration of the hold."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class HoldProgress:
    """A stretch is being held since ``start_s``; sent once the hold is long enough to count, for the live timer."""

    id: int
    start_s: float
    decided_s: float


@dataclass(frozen=True, slots=True)
class SetEnd:
    """A set is over: no repetition began in time, or the position was left."""

    id: int
    start_s: float
    end_s: float
    repetitions: int
    decided_s: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples are missing between ``start_s`` (the last one before) and ``end_s`` (the first one after)."""

    id: int
    start_s: float
    end_s: float
    decided_s: float


@dataclass(frozen=True, slots=True)
class ThomasAngle:
    """A settled thigh lying on the back: its angle against the horizontal, positive above it.

    ``id`` numbers the trials of the session. ``spread_deg`` is the standard deviation within the trial. ``cancelled``
    takes an earlier event of the same id back; ``taken_back`` is a person's word that it does not count.
    """

    id: int
    start_s: float
    end_s: float
    thigh_angle_deg: float
    spread_deg: float
    decided_s: float
    cancelled: bool = False
    taken_back: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class AngleTrace:
    """The thigh angle for gauges and plots: (N,) times and (N,) degrees, NaN while it is not known.

    Parameters
    ----------
    mirrored_from_s
        Where the session has just shown that extension goes the other way: what was told before this trace, from that
        time on, has the wrong sign. A plot turns it over.
    """

    time_s: FloatArray
    angle_deg: FloatArray
    mirrored_from_s: float | None = None


Event: TypeAlias = Movement | Hold | HoldProgress | SetEnd | Gap | ThomasAngle
