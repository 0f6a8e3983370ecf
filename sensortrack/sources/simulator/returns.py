"""The scripts of `repetitions`: five leg movements that leave a still pose and come back."""

from __future__ import annotations

from dataclasses import dataclass

from .donkey_kick import Session, at_the_top
from .motion import Channel, Script
from .people import Person
from .postures import KNEELING_M, LYING_M, SITTING_M, wobble
from .truth import PlannedReturn


@dataclass(frozen=True, slots=True)
class Form:
    """One variant: the still pose (thigh angle and abduction [deg]), which channel moves, and how far [deg].

    `hip_m` is the hip's height there against standing.
    """

    angle: float
    abduction: float
    channel: Channel
    towards: float
    rom_deg: tuple[float, float]
    hip_m: float = LYING_M


FORMS = {
    "prone-hip-extension": Form(88.0, 0.0, Channel.ANGLE, 1.0, (7.0, 25.0)),
    "supine-straight-leg-raise": Form(-88.0, 0.0, Channel.ANGLE, -1.0, (20.0, 70.0)),
    "side-lying-abduction": Form(0.0, 88.0, Channel.ABDUCTION, 1.0, (12.0, 40.0)),
    "seated-knee-extension": Form(-86.0, 4.0, Channel.ANGLE, -1.0, (6.0, 14.0), SITTING_M),
    "bird-dog": Form(0.0, 0.0, Channel.ANGLE, 1.0, (40.0, 80.0), KNEELING_M),
}
ALTERNATING_PAUSE_S = 15.0
"""Pause that ends a set where the other leg has its turn in between."""


def origin_of(variant: str, person: Person, script_origin: Script) -> None:
    """Put the person into the still pose before the script begins."""
    form = FORMS[variant]
    rest = person.rest_deg if variant == "bird-dog" else form.angle + script_origin.draw(-5, 5)
    script_origin.origin[Channel.ANGLE] = rest
    script_origin.origin[Channel.ABDUCTION] = form.abduction + script_origin.draw(-3, 3)
    script_origin.pose[:] = script_origin.origin


def _trip(script: Script, person: Person, form: Form, rom_deg: float, block: int) -> PlannedReturn:
    rest = float(script.pose[form.channel])
    lift_s, lower_s = (max(0.5, value * script.draw(0.85, 1.2)) / 0.83 for value in (person.lift_s, person.lower_s))
    hold_s = max(0.0, person.hold_s * script.draw(0.8, 1.3) - 0.085 * (lift_s + lower_s))
    name = form.channel.name.lower()
    first = len(script.moves)
    script.go(lift_s, **{name: rest + form.towards * rom_deg}, effort=1.0, rotation=script.draw(-5.0, 5.0))
    out = [move for move in script.moves[first:] if move.channel is form.channel]
    if form.channel is Channel.ANGLE and form.towards > 0 and rom_deg > 20:
        sag = at_the_top(script, person, hold_s, rom_deg)
    else:
        sag = 0.0
        script.wait(hold_s)
    if sag:
        script.add(Channel.SAG, sag, script.now_s, lower_s)
    first = len(script.moves)
    script.go(lower_s, **{name: rest + script.draw(-0.8, 0.8)}, effort=0.1, rotation=0.0)
    back = [move for move in script.moves[first:] if move.channel is form.channel]
    script.knock(0.4 * person.knock_g, -0.08 * lower_s)
    return PlannedReturn(out, back, block, form.channel, {"low": False, "block": block}, signed=False)


def repetitions(script: Script, person: Person, variant: str, sets: int | None, reps: int | None) -> Session:
    """Write one set or more of return trips of one variant."""
    form = FORMS[variant]
    session = Session(script, variant)
    if variant == "bird-dog":
        session.set_pause_s = ALTERNATING_PAUSE_S
    usual_rom = script.draw(*form.rom_deg)
    script.wait(script.draw(2.0, 5.0))
    for block in range(sets or int(script.rng.integers(1, 4))):
        if block:
            script.wait(script.draw(20.0, 35.0))
        for number in range(reps or int(script.rng.integers(4, 13))):
            if number:
                script.wait(min(2.5, max(0.3, person.pause_s * script.draw(0.7, 1.4))))
            if number and variant == "bird-dog":
                wobble(script, "other-leg")
                script.wait(script.draw(0.3, 1.5))
            rom_deg = max(6.0, usual_rom * script.draw(0.85, 1.1))
            session.returns.append(_trip(script, person, form, rom_deg, block))
    script.wait(script.draw(1.5, 4.0))
    session.end_s = script.now_s
    return session
