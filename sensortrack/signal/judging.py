"""What a trip is, seen by itself. Its neighbours are asked in `likeness`."""

from __future__ import annotations

from dataclasses import dataclass

from sensortrack.model.events import Gap, Movement, Verdict
from sensortrack.signal.sagittal import Direction, Sagittal
from sensortrack.signal.timeline import RESTART_S
from sensortrack.signal.trip import QUICKEST_S, Trip
from sensortrack.signal.vectors import direction

SEEN_DEG = 5.0
"""Smaller trips are not even listed (design section 5: the least trip that counts in any exercise)."""

SAME_START_S = 0.2
"""Trips that begin so near to each other are the same movement."""

VOTE_S = (0.9, 1.5)
"""A quicker trip does not vote on the direction of extension, a slower one with its whole weight: without a gyroscope
the end of a quick lowering may look like a small swing the other way, and strides like short kicks (the quickest
simulated kicks take 1.3 s)."""

HELD_S = 0.4
UNHELD = 0.4
"""Held for less, a trip votes with this share of its weight: kicks are held, and some people draw the knee to the chest
before each, farther than they kick (3670 simulated recordings of five authors: a quarter less is missed and told in
excess; with 0.2 s a fifth)."""

DOUBTED = 0.3
"""Share of its vote that is left to a trip that may be a stride, or whose height speaks against it (design choice)."""

STRIDE_S = 1.4
STRIDE_HOLD_S = 0.12
STRIDE_PAUSE_S = {True: 0.4, False: 0.35}
"""Trips this short, without a hold, one after the other without a pause (with a gyroscope, and without one), are
strides: walking takes 0.9 to 1.3 s each, and a leg that stands may rest upright for a moment (2170 recordings of four
simulators: with 0.25 s 31 more have strides for repetitions, and one fewer lost a quick one)."""

BRISK_S = {True: 1.0, False: 0.8}
BRISK_PAUSE_S = 0.6
"""Two that are each over in less than this (with a gyroscope, and without one), and follow each other within that, are
strides however the thigh turned: forwards and back in each step, say (fast repetitions of real people take 1.6 s and
more, with pauses of 0.7 s; without a gyroscope quick kicks of 1.3 s may seem to take less than 1.0 s)."""

PULSE_SHARE = 0.3
"""A trip from a pose that was just reached, this small against the way there, is a pulse at the top."""

DEEP_DEG = 30.0
SUNK_M = 0.08
"""A kick lifts the sensor; on the way into a deep flexion the hip goes down with it (simulated home sessions with a
gyroscope: kicks +0.01 m and higher in 98 %; kneeling down -0.13 m and sitting back on the heels -0.07 m in the
median)."""

FELL_M = 0.2
FELL_S = 2.0
"""So much lower at the top, after a lift no longer than this, the hip went down, however small the turn (simulated
sessions without a gyroscope: kicks below -0.06 m in 1 %; kneeling down -0.25 to -0.5 m)."""

LONGEST_HOLD_S = 8.0
"""Longer at the top is a rest on the heels rather than a hold (public bird-dogs: up to 6 s)."""

STOOD_UP_M = 0.25
STAND_S = 4.0
"""Ending so much higher, so soon, is standing up (the same: kicks below 0.05 m in 99 %; standing up 0.37 m and more in
95 %). """

DOWN_CLIMB = 1.0
"""Ending so much lower is kneeling down if it is also more than an error may be (`Trip.climb`; simulated people: above
1.3 in three of four)."""

TURNED_FROM_DEG = 15.0
"""Of smaller trips the direction is not known well enough to say that they were turned out."""


@dataclass(slots=True, eq=False)
class Judged:
    """A trip with what is known about it and the newest event.

    Parameters
    ----------
    trip
        The trip.
    event
        What was last told about it.
    gap
        Whether samples are missing inside.
    across
        Direction from the rest pose towards the top.
    rest
        Its rest pose.
    side
        +1 or -1: which way it went along the axis of all movements.
    odd
        Reasons, other than its direction, why it is not the kind of movement that is counted.
    sinks
        Whether the hip went down or up with a wide turn: kneeling down, sitting back on the heels, standing up.
    fell
        Whether the sensor went down so far that it was no kick, however small the turn.
    pulse
        Whether it is a pulse at the top of another.
    blind
        Whether so many samples are missing inside that its heights tell nothing.
    duration_s, hold_s
        From the beginning of the lift to the end of the lowering, and at the top.
    climb
        `Trip.climb`, nothing where it is blind.
    swings
        Whether it may be a stride: short, without a hold.
    stays
        Whether the thigh stayed there for longer than people hold, and did so once only.
    elsewhere
        Whether it started from another pose than most.
    repeated
        Whether another one soon before or after was alike, and heights are known badly: they tell nothing of it.
    unseen
        Whether it passed its rest pose at first, and no other like it has been seen.
    candidate
        Whether it may be a repetition, all this considered; its neighbours decide.
    begins
        Whether a set is known to begin with it.
    """

    trip: Trip
    event: Movement
    gap: bool
    across: Direction
    rest: Direction
    side: int
    odd: tuple[str, ...]
    sinks: bool
    fell: bool
    pulse: bool
    blind: bool
    duration_s: float
    hold_s: float
    climb: float
    swings: bool
    stays: bool
    unseen: bool
    repeated: bool = False
    elsewhere: bool = False
    candidate: bool = False
    begins: bool = False

    @property
    def counts(self) -> bool:
        """Whether it was last told to be a repetition."""
        return self.event.set_id is not None

    def is_plain(self, full_deg: float) -> bool:
        """Whether it counts and is so much a full repetition that its neighbours cannot change that."""
        return self.event.set_id is not None and self.trip.rom_deg >= full_deg and self.hold_s < LONGEST_HOLD_S

    @property
    def is_stride(self) -> bool:
        """Whether it is one of several strides, or swung through its rest pose."""
        return self.swings and "swing" in self.odd

    @property
    def is_brisk(self) -> bool:
        """Whether it is over sooner than repetitions are, what the smoothing added taken off."""
        return self.event.end_s - self.event.start_s < BRISK_S[self.trip.with_gyroscope]

    def mark_stride(self) -> None:
        """Note that it is one of several strides."""
        self.swings = True
        if "swing" not in self.odd:
            self.odd = ("swing", *self.odd)


def judge(number: int, trip: Trip, sagittal: Sagittal, gaps: list[Gap]) -> Judged:
    """Look at a trip by itself; `gaps` are those inside it."""
    odd = []
    if trip.passed and trip.with_gyroscope and trip.top_end_s - trip.top_start_s < STRIDE_HOLD_S:
        odd.append("swing")
    if trip.end_s - trip.start_s < QUICKEST_S:
        odd.append("jolt")
    pulse = trip.rom_deg < PULSE_SHARE * trip.inside_deg
    way = direction(trip.rest, trip.top)
    sagittal.meet(way, trip.rest)
    blind = any(each.end_s - each.start_s > RESTART_S for each in gaps)
    x, y, z = trip.rest.tolist()
    event = movement(number, trip)
    return Judged(
        trip,
        event,
        gap=bool(gaps),
        across=way,
        rest=(x, y, z),
        side=sagittal.side(way),
        odd=tuple(odd),
        sinks=not blind and _sinks(trip),
        fell=not blind and _fell(trip),
        pulse=pulse,
        blind=blind,
        duration_s=trip.end_s - trip.start_s,
        hold_s=event.hold_s,
        climb=0.0 if blind else trip.climb,
        swings=_swings(trip),
        stays=trip.top_end_s - trip.top_start_s > LONGEST_HOLD_S,
        unseen=trip.unseen,
    )


def vote(judged: Judged) -> float:
    """How much a trip speaks for its own direction being extension; negative speaks for flexion.

    In repetitions: a plain one is 1, one that the sensor's height does not support a third; getting down or up
    outweighs two, a long rest one; jolts and small turns while the hip goes down tell nothing. What may be a stride,
    but stopped at its rest pose, says a third with a gyroscope, nothing without one. What is hardly held says less, and
    what is small, as without a gyroscope a quick lowering may seem to swing beyond the rest pose. Design choices.
    """
    trip = judged.trip
    if (
        (judged.swings and (trip.passed or not trip.with_gyroscope))
        or trip.rom_deg < SEEN_DEG
        or trip.end_s - trip.start_s < VOTE_S[0]
    ):
        return 0.0
    if judged.sinks:
        return -2.0
    if judged.fell:
        return 0.0
    if judged.stays:
        return -1.0
    weight = min(1.0, (trip.end_s - trip.start_s - VOTE_S[0]) / (VOTE_S[1] - VOTE_S[0]))
    weight *= min(1.0, trip.rom_deg / DEEP_DEG)
    if trip.top_end_s - trip.top_start_s < HELD_S:
        weight *= DOUBTED if judged.swings else UNHELD
    return weight if trip.top_risen_m > 0 or trip.rom_deg < DEEP_DEG else DOUBTED * weight


def movement(number: int, trip: Trip) -> Movement:
    """Put a trip's phases into an event, what the smoothing added (at most a quarter of each movement) taken off."""
    most_lift_s, most_lower_s = 0.25 * (trip.top_start_s - trip.start_s), 0.25 * (trip.end_s - trip.top_end_s)
    return Movement(
        number,
        trip.start_s + min(trip.start_smear_s, most_lift_s),
        trip.top_start_s - min(trip.top_smear_s, most_lift_s),
        trip.top_end_s + min(trip.top_smear_s, most_lower_s),
        trip.end_s - min(trip.end_smear_s, most_lower_s),
        trip.rom_deg,
        trip.decided_s,
        Verdict.REJECTED,
    )


def _sinks(trip: Trip) -> bool:
    if trip.rom_deg < DEEP_DEG or not trip.height_known:
        return False
    far = trip.risen_m > STOOD_UP_M or (trip.risen_m < -STOOD_UP_M and trip.climb > DOWN_CLIMB)
    return (far and trip.end_s - trip.start_s < STAND_S) or trip.top_risen_m < -SUNK_M


def _fell(trip: Trip) -> bool:
    return trip.top_start_s - trip.start_s < FELL_S and trip.top_risen_m < -FELL_M


def _swings(trip: Trip) -> bool:
    short = trip.top_end_s - trip.top_start_s < STRIDE_HOLD_S and trip.end_s - trip.start_s < STRIDE_S
    return (trip.passed and trip.with_gyroscope) or short
