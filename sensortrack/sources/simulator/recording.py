"""The public door: seed and wishes in, recording and truth out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import everyday
from . import truth as facts
from .body import feel
from .donkey_kick import Session, donkey_kicks
from .handling import carried
from .motion import Channel, FloatArray, Script, trace
from .people import DIFFICULTIES, Person, draw_person
from .postures import KNEELING_M
from .returns import FORMS, origin_of, repetitions
from .sensor import AZIMUTH_DEG, Device, Mounting, draw_device, draw_mounting, kept, measure, stamps
from .stretches import hip_flexor_stretch, thomas_test

EXERCISES = ("donkey-kick", "hip-flexor-stretch", "thomas-test", "repetitions")
_STARTS = ("standing", "all-fours", "inside")


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulated recording and its truth.

    Parameters
    ----------
    time_s
        Time stamps (N,), the first is 0; the truth uses the same line.
    acc
        Specific force (N, 3) [m/s2], sensor frame.
    gyr
        Angular rate (N, 3) [rad/s], sensor frame; None without a gyroscope.
    truth
        What really happened, JSON-able; see `sensortrack.sources.simulator.truth`.
    thigh_angle_deg
        True sagittal angle (N,) of the thigh at each sample, without tremor and sway; extension positive.
    """

    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray | None
    truth: dict[str, Any]
    thigh_angle_deg: FloatArray


def _checked(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise ValueError(f"{name} is one of {', '.join(known)}; got {value!r}")


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the caller asks of the session; None is drawn. With `handling`, how the sensor is put on and taken off."""

    variant: str | None
    start: str | None
    end: str | None
    sets: int | None
    reps: int | None
    handling: np.random.Generator | None = None


def _first_pose(script: Script, person: Person, exercise: str, start: str, variant: str) -> None:
    """Put the person where the recording begins."""
    if exercise == "repetitions":
        origin_of(variant, person, script)
    elif exercise != "thomas-test" and start != "standing":
        script.origin[Channel.UP] = KNEELING_M
        script.origin[Channel.FORWARD] = 0.2
        script.origin[Channel.ANGLE] = person.rest_deg if exercise == "donkey-kick" else 2.0
    else:
        script.origin[Channel.ANGLE] = script.draw(-2.0, 2.0)
    script.pose[:] = script.origin


def _session(rng: np.random.Generator, person: Person, exercise: str, wishes: _Wishes) -> Session:
    """Write the script of one session."""
    script = Script(rng)
    drawn_end = "inside" if script.chance(0.05) else "whole"
    drawn_start = str(rng.choice(_STARTS, p=[0.75, 0.2, 0.05]))
    drawn_variant = str(rng.choice(sorted(FORMS)))
    worn = wishes.start or ("standing" if wishes.handling else None)
    start, end = worn or drawn_start, wishes.end or drawn_end
    variant = wishes.variant or drawn_variant
    _first_pose(script, person, exercise, start, variant)
    if wishes.handling is None:
        return _exercised(script, person, exercise, start, end, variant, wishes)
    standing_m = -FORMS[variant].hip_m if exercise == "repetitions" else 0.0
    everyday.begin(script, person, wishes.handling, standing_m)
    session = _exercised(script, person, exercise, start, end, variant, wishes)
    if session.end_s == script.now_s:
        everyday.end(script, wishes.handling, standing_m)
        session.end_s = script.now_s
    return session


def _exercised(
    script: Script, person: Person, exercise: str, start: str, end: str, variant: str, wishes: _Wishes
) -> Session:
    if exercise == "donkey-kick":
        return donkey_kicks(script, person, start, end, wishes.sets, wishes.reps)
    if exercise == "hip-flexor-stretch":
        return hip_flexor_stretch(script, person, start, wishes.reps)
    if exercise == "thomas-test":
        return thomas_test(script, person, wishes.reps)
    return repetitions(script, person, variant, wishes.sets, wishes.reps)


def _events(session: Session, lines: FloatArray, step_s: float, zero_s: float, end_s: float) -> dict[str, Any]:
    """Truth of a session on the recording's time line; what its edges cut is listed as a distractor."""
    script = session.script
    reps = facts.shifted([facts.repetition(p, lines, step_s) for p in session.returns], -zero_s)
    holds = facts.shifted([facts.hold(p, lines, step_s) for p in session.holds], -zero_s)
    whole = [rep for rep in reps if rep["start_s"] >= 0.0 and rep["end_s"] <= end_s]
    cut = [
        {"kind": "cut-repetition", "start_s": rep["start_s"], "end_s": rep["end_s"]}
        for rep in reps
        if rep["start_s"] < 0.0 or rep["end_s"] > end_s
    ]
    others = [*facts.shifted(script.distractors, -zero_s), *cut]
    seen = [row for row in others if row["end_s"] > 0.0 and row["start_s"] < end_s]
    thomas = facts.thomas(session.trials, lines, step_s, (session.stand_start_s, session.stand_end_s))
    if thomas:
        thomas["trials"] = facts.shifted(thomas["trials"], -zero_s)
    return {
        "variant": session.variant,
        "set_pause_s": session.set_pause_s,
        "sets": facts.into_sets(whole, session.set_pause_s),
        "holds": holds,
        "distractors": sorted(seen, key=lambda row: float(row["start_s"])),
        "thomas": thomas,
    }


def _gaps(time_s: FloatArray, period_s: float) -> list[dict[str, float]]:
    """Stretches without samples: from the last before to the first after."""
    holes = np.flatnonzero(np.diff(time_s) > 1.95 * period_s)
    return [{"start_s": float(time_s[i]), "end_s": float(time_s[i + 1])} for i in holes]


@dataclass(frozen=True, slots=True)
class _Worn:
    """One device on one leg, and what gets lost on the way."""

    side: str
    mounting: Mounting
    device: Device
    gyroscope: bool
    lost_share: float
    gap_s: float | None
    hand: np.random.Generator


def _arriving(rng: np.random.Generator, worn: _Worn, true_s: FloatArray) -> NDArray[np.bool_]:
    """Which samples (N,) arrive: all but lost packets and the one long gap that was asked for."""
    keep = kept(rng, len(true_s), worn.lost_share)
    if worn.gap_s is not None:
        first_s = rng.uniform(true_s[0], max(true_s[0], true_s[-1] - worn.gap_s))
        keep[1:-1] &= ~((true_s > first_s) & (true_s < first_s + worn.gap_s))[1:-1]
    return keep


def _recorded(
    session: Session,
    person: Person,
    worn: _Worn,
    body: np.random.Generator,
    electric: np.random.Generator,
    header: dict[str, Any],
) -> Simulation:
    """Let the person do the session with the device on, and write down what arrives and what was true."""
    device, left = worn.device, worn.side == "left"
    step_s = 0.002 if device.rate_hz < 150.0 else 0.001
    lines = trace(session.script, int((session.script.now_s + 0.1) / step_s), step_s)
    script = session.script
    hand = carried(worn.hand, script.turns, script.worn_s, len(lines), step_s) if script.turns else None
    ideal = feel(body, person, lines, script.knocks, worn.mounting.position_m(left), left, step_s, hand)
    true_s = np.arange(session.begin_s + 0.05, session.end_s - 0.05, 1.0 / device.rate_hz)
    acc, gyr = measure(electric, device, worn.mounting.axes(left), ideal, step_s, true_s)
    stamped_s = stamps(electric, device, true_s)
    keep = _arriving(electric, worn, true_s)
    zero_s = float(stamped_s[0])
    time_s = np.round(stamped_s[keep] - zero_s, 6)
    truth = {
        **header,
        "side": worn.side,
        "rate_hz": device.rate_hz,
        "gyroscope": worn.gyroscope,
        "low_rom": person.low_rom,
        "duration_s": float(time_s[-1]),
        "mounting": {**asdict(worn.mounting), "tilt_deg": worn.mounting.tilt_deg},
        **_events(session, lines, step_s, zero_s, float(time_s[-1])),
        "gaps": _gaps(time_s, 1.0 / device.rate_hz),
    }
    angle = lines[:, [Channel.ANGLE, Channel.SAG, Channel.PULSE]].sum(axis=1)
    true_angle = np.interp(true_s[keep], np.arange(len(lines)) * step_s, angle)
    return Simulation(time_s, acc[keep], gyr[keep] if worn.gyroscope else None, truth, true_angle)


def simulate(
    exercise: str,
    seed: int,
    *,
    difficulty: str = "home",
    rate_hz: float | None = None,
    gyroscope: bool | None = None,
    side: str | None = None,
    placement: str | None = None,
    upside_down: bool | None = None,
    tilt_deg: float | None = None,
    long_axis: str | None = None,
    variant: str | None = None,
    start: str | None = None,
    end: str | None = None,
    sets: int | None = None,
    reps: int | None = None,
    low_rom: bool | None = None,
    lost_share: float | None = None,
    gap_s: float | None = None,
    handled: bool = False,
) -> Simulation:
    """Simulate one recording; the same arguments give the same arrays, None is drawn from the seed.

    The session depends on exercise, seed, difficulty and its own wishes alone, so that one session can be
    seen through different devices and mountings.

    Parameters
    ----------
    exercise, difficulty
        One of `EXERCISES`; `clean`, `home` or `hard`.
    rate_hz, gyroscope
        Nominal rate (25-400) and whether angular rates are recorded.
    side, placement, upside_down, tilt_deg, long_axis
        `left`/`right`; `front`/`outside`/`back`; sensor axis along the bone `x`/`y`.
    variant
        Form of `repetitions`, see `returns.FORMS`.
    start, end
        `standing`, `all-fours`, `inside` (the first kick already under way); `whole` or `inside` (the file
        ends in the last kick).
    sets, reps
        Number of sets; of repetitions in each, of stretch holds or of Thomas trials.
    low_rom
        All kicks low (20-38 deg), or none.
    lost_share, gap_s
        Share of samples lost in packets; length of one gap somewhere in the middle (none by default).
    handled
        It begins and ends with the sensor in the hand, and other things are done with it on than the exercise. The
        session is that of the same seed with `start` standing.
    """
    _checked("exercise", exercise, EXERCISES)
    _checked("difficulty", difficulty, tuple(DIFFICULTIES))
    _checked("side", side, ("left", "right"))
    _checked("placement", placement, tuple(AZIMUTH_DEG))
    _checked("long_axis", long_axis, ("x", "y"))
    _checked("start", start, _STARTS)
    _checked("end", end, ("whole", "inside"))
    _checked("variant", variant, tuple(FORMS))
    kind, preset = EXERCISES.index(exercise), DIFFICULTIES[difficulty]
    human, body, strap, electric = (np.random.default_rng([seed, kind, part]) for part in range(4))
    hand = np.random.default_rng([seed, kind, 4])
    person = draw_person(human, preset, low_rom)
    session = _session(human, person, exercise, _Wishes(variant, start, end, sets, reps, hand if handled else None))

    drawn_side = str(strap.choice(["left", "right"]))
    mounting = draw_mounting(strap, placement, upside_down, tilt_deg, long_axis)
    device = draw_device(electric, preset, rate_hz)
    drawn_gyroscope = bool(electric.random() < preset.gyroscope_share)
    drawn_share = float(electric.uniform(*preset.lost_share))
    worn = _Worn(
        side=side or drawn_side,
        mounting=mounting,
        device=device,
        gyroscope=drawn_gyroscope if gyroscope is None else gyroscope,
        lost_share=drawn_share if lost_share is None else lost_share,
        gap_s=gap_s,
        hand=hand,
    )
    header = {"exercise": exercise, "seed": seed, "difficulty": difficulty, "placement": placement}
    return _recorded(session, person, worn, body, electric, header)
