"""The script of a donkey-kick session: into the position, sets of kicks with all that happens between, out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .motion import Channel, Script
from .people import Person
from .postures import (
    KNEELING_M,
    crawl,
    false_start,
    hands_to_floor,
    kneel_down,
    sit_back,
    stand_still,
    stand_up,
    walk,
    wobble,
)
from .truth import SET_PAUSE_S, PlannedReturn, Trial


@dataclass(slots=True)
class Session:
    """A finished script and what was planned in it.

    Parameters
    ----------
    script
        All moves.
    variant
        Which of an exercise's forms.
    returns, holds, trials
        Planned repetitions, stretch holds and Thomas trials.
    begin_s, end_s
        Part of the script that is recorded.
    stand_start_s, stand_end_s
        Standing still, which a Thomas test refers to.
    set_pause_s
        A longer pause begins a new set.
    """

    script: Script
    variant: str
    returns: list[PlannedReturn] = field(default_factory=list)
    holds: list[PlannedReturn] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    begin_s: float = 0.0
    end_s: float = 0.0
    stand_start_s: float = 0.0
    stand_end_s: float = 0.0
    set_pause_s: float = SET_PAUSE_S


def _spread(script: Script, value: float, share: float = 0.15) -> float:
    """Scatter a duration from one time to the next."""
    return value * float(script.rng.lognormal(0.0, share))


def _tail_s(move_s: float) -> float:
    """Slow tail of a minimum-jerk move that the 10 % rule leaves to the hold (8.5 % of its length)."""
    return 0.085 * move_s


def at_the_top(script: Script, person: Person, hold_s: float, rom_deg: float) -> float:
    """Stay at the top, sagging and perhaps pulsing; return how far the thigh sank [deg]."""
    sag = 0.0
    if hold_s > 0.5 and script.chance(0.6):
        # People tire slowly: faster than 2.5 deg/s would be a lowering of its own.
        sag = min(script.draw(0.5, 6.0), 1.3 * hold_s, 0.12 * rom_deg)
        script.add(Channel.SAG, -sag, script.now_s, hold_s)
    if hold_s > 1.4 and rom_deg > 30 and script.chance(0.15):
        pulse_s = min(script.draw(0.5, 0.9), 0.4 * hold_s)  # the median of the hold stays outside it
        script.bump(
            Channel.PULSE,
            script.draw(4.0, 10.0) * script.rng.choice([-1.0, 1.0]),
            script.now_s + script.draw(0.3, hold_s - pulse_s - 0.2),
            pulse_s,
        )
    script.wait(hold_s)
    return sag


def kick(script: Script, person: Person, rom_deg: float, block: int, *, low: bool = False) -> PlannedReturn:
    """One kick from the present rest pose: lift, hold, lower, with the knee landing where it happens to."""
    rest = float(script.pose[Channel.ANGLE])
    lift_s = max(0.5, _spread(script, person.lift_s)) / 0.83
    lower_s = max(0.5, _spread(script, person.lower_s)) / 0.83
    hold_s = min(3.2, max(0.3, _spread(script, person.hold_s, 0.25))) - _tail_s(lift_s) - _tail_s(lower_s)
    out_deg = script.draw(25.0, 40.0) if person.turned_out else script.draw(-6.0, 8.0)
    out = script.go(
        lift_s,
        angle=rest + rom_deg,
        abduction=0.7 * out_deg,
        rotation=-script.draw(0.3, 1) * out_deg,
        up=KNEELING_M + script.draw(-0.01, 0.03),
        effort=1.0,
    )
    sag = at_the_top(script, person, max(0.0, hold_s), rom_deg)
    if sag:
        script.add(Channel.SAG, sag, script.now_s, lower_s)
    drift_deg = max(-12.0, min(10.0, rest + person.unrest * script.draw(-1.5, 1.5))) - rest
    back = script.go(
        lower_s,
        angle=rest + drift_deg,
        abduction=script.draw(-3.0, 5.0),
        rotation=script.draw(-4.0, 4.0),
        up=KNEELING_M,
        effort=0.2,
    )
    script.knock(_spread(script, person.knock_g, 0.4), -0.08 * lower_s)
    return PlannedReturn(out, back, block, notes={"low": low, "turned_out": person.turned_out, "block": block})


def kicks(script: Script, person: Person, count: int, block: int) -> list[PlannedReturn]:
    """One set; pauses and heights scatter, a kick may be low, tiredness lowers the last ones."""
    done: list[PlannedReturn] = []
    for number in range(count):
        low = count > 3 and number > 0 and script.chance(0.05)
        tired = 1.0 - 0.12 * number / count
        wanted = person.rom_deg * tired * script.draw(0.92, 1.08) * (script.draw(0.5, 0.6) if low else 1.0)
        done.append(kick(script, person, max(17.5, wanted), block, low=low))
        if number < count - 1:
            _between_kicks(script, person)
    return done


def _between_kicks(script: Script, person: Person) -> None:
    pause_s = min(2.5, max(0.15, _spread(script, person.pause_s, 0.3)))
    script.wait(pause_s)
    if script.chance(0.04 * person.unrest) and pause_s < 1.5:  # the set goes on within 5 s
        false_start(script, min(9.0, 0.35 * person.rom_deg))
        script.wait(script.draw(0.3, 0.8))


def _rest(script: Script, person: Person, rested: str) -> None:
    """Between two sets: 8-40 s on all fours, sitting on the heels, or up on the feet."""
    script.wait(script.draw(1.0, 3.0))
    if rested == "sit-back":
        sit_back(script, person, script.draw(4.0, 20.0))
        script.wait(script.draw(2.0, 4.0))
    elif rested == "stand-up":
        stand_up(script, person)
        stand_still(script, script.draw(2.0, 6.0))
        kneel_down(script, person)
        hands_to_floor(script, person)
        script.wait(script.draw(1.5, 4.0))
    else:
        _rest_on_all_fours(script, person)


def _rest_on_all_fours(script: Script, person: Person) -> None:
    script.wait(script.draw(2.0, 17.0))
    if script.chance(0.5):
        wobble(script, "arm-lift")
    if script.chance(0.4):
        with script.distractor("shifting"):
            script.go(script.draw(0.5, 1.5), angle=person.rest_deg + script.draw(-4, 4))
    if script.chance(0.3 * person.unrest):
        false_start(script)
    script.wait(script.draw(4.0, 17.0))


def _into_position(script: Script, person: Person) -> None:
    if script.chance(0.8):
        stand_still(script, script.draw(2.0, 6.0))
    if script.chance(0.5):
        walk(script, person, int(script.rng.integers(2, 7)))
        script.wait(script.draw(0.3, 1.5))
    kneel_down(script, person)
    hands_to_floor(script, person)
    if script.chance(0.3):
        script.wait(script.draw(0.5, 1.5))
        crawl(script, person, int(script.rng.integers(1, 5)))
    script.wait(script.draw(1.5, 5.0))


def _out_of_position(script: Script, person: Person) -> None:
    script.wait(script.draw(0.8, 4.0))
    ending = script.rng.choice(["file-ends", "sit-back", "stand-up", "walk-away"])
    if ending == "sit-back":
        sit_back(script, person, script.draw(2.0, 8.0))
    elif ending != "file-ends":
        stand_up(script, person)
        if ending == "walk-away":
            walk(script, person, int(script.rng.integers(2, 6)))


def _cut(session: Session, start: str, end: str) -> None:
    """Let the file begin in the first kick or end in the last one."""
    first, last = session.returns[0], session.returns[-1]
    if start == "inside":
        session.begin_s = session.script.draw(first.out[0].start_s + 0.3, first.back[-1].end_s - 0.3)
    if end == "inside":
        session.end_s = session.script.draw(last.out[0].start_s + 0.3, last.back[-1].end_s - 0.3)


def donkey_kicks(script: Script, person: Person, start: str, end: str, sets: int | None, reps: int | None) -> Session:
    """Write a whole session.

    Parameters
    ----------
    start
        `standing`, `all-fours` (the file begins in position) or `inside` (it begins in the first kick).
    end
        `whole` or `inside` (the file ends in the last kick).
    sets, reps
        Number of sets, and of kicks in each; None draws 1-3 and 4-12.
    """
    session = Session(script, "turned-out" if person.turned_out else "sagittal")
    if start == "standing":
        _into_position(script, person)
    else:
        script.pose[:] = script.origin
        script.wait(script.draw(1.0, 4.0))
    for block in range(sets or int(script.rng.integers(1, 4))):
        if block:
            _rest(script, person, str(script.rng.choice(["all-fours", "sit-back", "stand-up"], p=[0.6, 0.25, 0.15])))
        tired = replace(person, rom_deg=person.rom_deg * (1.0 - 0.05 * block))
        session.returns += kicks(script, tired, reps or int(script.rng.integers(4, 13)), block)
    _out_of_position(script, person)
    session.end_s = script.now_s
    _cut(session, start, end)
    return session
