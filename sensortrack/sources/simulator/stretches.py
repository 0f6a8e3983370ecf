"""The scripts of the held exercises: half-kneeling hip-flexor stretch and Thomas test."""

from __future__ import annotations

from .donkey_kick import Session
from .motion import Channel, Script
from .people import Person
from .postures import KNEELING_M, kneel_down, stand_still, stand_up, walk
from .truth import PlannedReturn, Trial


def _lean(person: Person, angle: float) -> dict[str, float]:
    """Targets that tilt the thigh about the knee on the floor: the hip goes along."""
    rad = angle * 3.141592653589793 / 180.0
    return {"angle": angle, "forward": 0.2 + person.thigh_m * rad, "up": KNEELING_M - person.thigh_m * rad * rad / 2}


def _sinking(script: Script, hold_s: float) -> float:
    """Sink deeper during a hold, slowly or in small steps; return how far [deg]."""
    kind = script.rng.choice(["none", "slow", "steps"], p=[0.2, 0.5, 0.3])
    if kind == "none" or (kind == "steps" and hold_s < 10.0):
        return 0.0
    if kind == "slow":
        sunk = min(script.draw(1.0, 6.0), 0.4 * hold_s)
        script.add(Channel.SAG, sunk, script.now_s, hold_s)
        return sunk
    total = 0.0
    for _ in range(int(script.rng.integers(1, 3))):
        step = script.draw(2.0, 5.0)
        script.add(Channel.SAG, step, script.now_s + script.draw(0.25, 0.7) * hold_s, script.draw(0.8, 2.0))
        total += step
    return total


def _stretch(script: Script, person: Person, top: float, hold_s: float, block: int) -> PlannedReturn:
    rest = float(script.pose[Channel.ANGLE])
    lead_s, release_s = script.draw(1.0, 3.0), script.draw(0.9, 2.5)
    out = script.go(lead_s, **_lean(person, top), effort=0.7, rotation=script.draw(-6, 6))
    inner_s = hold_s - 0.085 * (lead_s + release_s)
    sunk = _sinking(script, inner_s)
    script.wait(inner_s)
    if sunk:
        script.add(Channel.SAG, -sunk, script.now_s, release_s)
    landing = rest + script.draw(-2.0, 2.0)
    back = script.go(release_s, **_lean(person, landing), effort=0.2, rotation=0.0)
    return PlannedReturn(out, back, block, notes={"block": block})


def _pause(script: Script, person: Person) -> None:
    """Between two holds: 3-20 s, with a drift of the pose, a try, or a rest on the heels."""
    script.wait(script.draw(2.0, 5.0))
    kind = script.rng.choice(["none", "drift", "try", "sit-back"], p=[0.4, 0.2, 0.25, 0.15])
    if kind == "drift":
        slow_s = script.draw(6.0, 12.0)
        with script.distractor("drift"):
            script.go(slow_s, angle=script.draw(-3.0, 8.0))
    elif kind == "try":
        with script.distractor("try"):
            _stretch(script, person, script.draw(14.0, 28.0), script.draw(1.5, 3.6), -1)
    elif kind == "sit-back":
        with script.distractor("sitting-back"):
            script.go(script.draw(1.0, 2.0), angle=script.draw(-70, -45), up=KNEELING_M - 0.2, forward=-0.1)
            script.wait(script.draw(3.0, 9.0))
            script.go(script.draw(1.0, 2.0), angle=script.draw(-1, 6), up=KNEELING_M, forward=0.2)
    script.wait(script.draw(1.5, 5.0))


def hip_flexor_stretch(script: Script, person: Person, start: str, holds: int | None) -> Session:
    """Write a session of 1-4 holds in half-kneeling with the instrumented leg behind."""
    session = Session(script, "half-kneeling")
    if start == "standing":
        stand_still(script, script.draw(2.0, 6.0))
        if script.chance(0.3):
            walk(script, person, int(script.rng.integers(2, 5)))
        kneel_down(script, person)
        with script.distractor("foot-forward"):
            script.bump(Channel.ABDUCTION, script.draw(-5, 5), script.now_s, 1.2)
            script.go(1.2, angle=script.draw(-8, 8))
    with script.distractor("settling"):
        script.go(1.0, angle=script.draw(0.0, 8.0))
    script.wait(script.draw(2.0, 6.0))
    usual_top = script.draw(17.0, 34.0)
    for number in range(holds or int(script.rng.integers(1, 5))):
        if number:
            _pause(script, person)
        top = max(15.0, min(36.0, usual_top + script.draw(-3.0, 3.0)), float(script.pose[Channel.ANGLE]) + 10.0)
        hold_s = script.draw(18.0, 31.0) if script.chance(0.7) else script.draw(6.5, 40.0)
        session.holds.append(_stretch(script, person, top, hold_s, 0))
    script.wait(script.draw(1.5, 4.0))
    if script.chance(0.7):
        stand_up(script, person)
    session.end_s = script.now_s
    return session


def _sit_and_lie(script: Script) -> None:
    with script.distractor("sitting-down"):
        script.go(script.draw(1.2, 2.2), angle=script.draw(-90, -80), up=-0.42, forward=-0.3)
        script.wait(script.draw(0.8, 3.0))
    with script.distractor("lying-back"):
        script.go(script.draw(1.5, 3.0), angle=script.draw(-100, -85), up=-0.4)
        script.wait(script.draw(0.5, 2.0))


def _thomas_trial(script: Script) -> Trial:
    with script.distractor("knees-to-chest"):
        script.go(script.draw(1.0, 2.0), angle=script.draw(-210, -120), effort=0.6)
        script.wait(script.draw(1.5, 5.0))
    above_deg = script.draw(-20.0, 18.0)
    settle_deg = script.draw(0.0, 4.0)
    script.go(
        script.draw(1.2, 3.0),
        angle=-90.0 - above_deg - settle_deg,
        effort=0.0,
        abduction=script.draw(-4.0, 8.0),
        rotation=script.draw(-6.0, 6.0),
    )
    slow_s = script.draw(2.0, 6.0)
    script.go(slow_s, angle=-90.0 - above_deg)
    start_s = script.now_s
    script.wait(script.draw(5.0, 12.0))
    return Trial(start_s, script.now_s)


def thomas_test(script: Script, person: Person, trials: int | None) -> Session:
    """Write a Thomas test: standing still, sitting down at the edge, lying back, 1-3 trials, up again."""
    session = Session(script, "edge-of-table")
    session.stand_start_s = script.now_s
    stand_still(script, script.draw(3.0, 5.0))
    session.stand_end_s = script.now_s
    if script.chance(0.5):
        walk(script, person, int(script.rng.integers(1, 4)))
    _sit_and_lie(script)
    usual = int(script.rng.choice([1, 2, 3], p=[0.5, 0.2, 0.3]))
    session.trials += [_thomas_trial(script) for _ in range(trials or usual)]
    with script.distractor("getting-up"):
        script.go(script.draw(1.0, 2.0), angle=-95.0)
        script.go(script.draw(1.0, 2.0), angle=-85.0, abduction=0.0, rotation=0.0)
        if script.chance(0.7):
            script.wait(script.draw(0.5, 2.0))
            script.go(script.draw(1.2, 2.0), angle=script.draw(-3, 3), up=0.0, forward=0.0)
            script.wait(script.draw(0.5, 2.0))
    session.end_s = script.now_s
    return session
