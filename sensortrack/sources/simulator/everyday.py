"""What people do beside the exercise, with the sensor on: stand about, turn, sit, pick something up, lie, roll over.

It leads from where the sensor is strapped on to the session's first pose, and from the last one to taking it off.
Heights are against the session's zero; `standing_m` is the hip's when standing. The ranges are [C] design choices.
"""

from __future__ import annotations

import numpy as np

from .handling import strap_on, take_off
from .motion import Channel, Script
from .people import Person
from .postures import KNEELING_M, LYING_M, SITTING_M, walk


def begin(script: Script, person: Person, rng: np.random.Generator, standing_m: float) -> None:
    """Write from strapping on to the session's first pose, which is the script's origin; draws come from `rng`."""
    script.rng, session_rng = rng, script.rng
    first = script.origin.copy()
    seated = script.chance(0.4)
    script.origin[:] = 0.0
    script.origin[Channel.ANGLE] = script.draw(-90.0, -78.0) if seated else script.draw(-3.0, 3.0)
    script.origin[Channel.UP] = standing_m + (SITTING_M if seated else 0.0)
    script.pose[:] = script.origin
    strap_on(script)
    if seated:
        _get_up(script, standing_m)
    for _ in range(int(script.rng.integers(1, 4))):
        _something(script, person, standing_m)
    _take_position(script, first, standing_m)
    script.rng = session_rng


def end(script: Script, rng: np.random.Generator, standing_m: float) -> None:
    """Write from the session's last pose to taking off."""
    script.rng, session_rng = rng, script.rng
    script.wait(script.draw(0.5, 3.0))
    _get_up(script, standing_m)
    if script.chance(0.5):
        _chat(script)
    if script.chance(0.4):
        _sit_down(script, standing_m)
    take_off(script)
    script.rng = session_rng


def _something(script: Script, person: Person, standing_m: float) -> None:
    kind = script.rng.choice(["chat", "turn", "sit", "pick-up", "walk", "lie"])
    if kind == "turn":
        _turn_round(script)
    elif kind == "sit":
        _sit_down(script, standing_m)
        _get_up(script, standing_m)
    elif kind == "pick-up":
        _pick_up(script, standing_m)
    elif kind == "walk":
        walk(script, person, int(script.rng.integers(2, 9)))
    elif kind == "lie":
        _lie_and_roll(script, standing_m)
    else:
        _chat(script)


def _chat(script: Script) -> None:
    """Stand about; the weight goes from one leg to the other."""
    with script.distractor("chatting"):
        for _ in range(int(script.rng.integers(1, 6))):
            script.go(
                script.draw(0.5, 1.5),
                angle=script.draw(-8.0, 5.0),
                abduction=script.draw(-5.0, 8.0),
                outward=script.draw(-0.06, 0.06),
            )
            script.wait(script.draw(0.5, 5.0))
        script.go(script.draw(0.5, 1.2), angle=script.draw(-2.0, 2.0), abduction=0.0, outward=0.0)


def _turn_round(script: Script) -> None:
    """Turn to somebody, and back."""
    way = 180.0 if script.chance(0.5) else -180.0
    with script.distractor("turning"):
        script.go(script.draw(1.2, 2.5), rotation=way)
    _chat(script)
    with script.distractor("turning"):
        script.go(script.draw(1.2, 2.5), rotation=0.0)


def _sit_down(script: Script, standing_m: float) -> None:
    with script.distractor("sitting-on-chair"):
        script.go(script.draw(1.0, 2.2), angle=script.draw(-92.0, -78.0), up=standing_m + SITTING_M, forward=-0.3)
        script.wait(script.draw(1.0, 12.0))


def _pick_up(script: Script, standing_m: float) -> None:
    with script.distractor("picking-up"):
        down_m = script.draw(-0.4, -0.15)
        script.go(script.draw(0.7, 1.5), angle=script.draw(-100.0, -40.0), up=standing_m + down_m, forward=-0.15)
        script.wait(script.draw(0.1, 1.2))
        script.go(script.draw(0.7, 1.5), angle=script.draw(-3.0, 3.0), up=standing_m, forward=0.0)
        script.wait(script.draw(0.3, 2.0))


def _lie_and_roll(script: Script, standing_m: float) -> None:
    """Lie down on the back, roll over to the front and get up by the knees, or roll back first."""
    with script.distractor("lying-down"):
        script.go(script.draw(1.5, 2.5), angle=script.draw(-100.0, -80.0), up=standing_m + LYING_M + 0.1)
        script.go(script.draw(1.0, 2.0), angle=script.draw(-95.0, -86.0), up=standing_m + LYING_M)
        script.wait(script.draw(1.0, 8.0))
    with script.distractor("rolling-over"):
        script.go(script.draw(1.2, 2.5), rotation=180.0 if script.chance(0.5) else -180.0)
        script.wait(script.draw(1.0, 8.0))
        back = script.chance(0.5)
        if back:
            script.go(script.draw(1.2, 2.5), rotation=0.0)
            script.wait(script.draw(0.5, 3.0))
    if not back:
        with script.distractor("kneeling"):
            script.go(script.draw(1.2, 2.5), angle=0.0, up=standing_m + KNEELING_M)
            script.go(script.draw(1.2, 2.5), rotation=0.0)
    _get_up(script, standing_m)


def _get_up(script: Script, standing_m: float) -> None:
    """Stand up from the floor or a chair; nothing happens to who stands."""
    if script.pose[Channel.UP] > standing_m - 0.1:
        return
    with script.distractor("getting-up"):
        if script.pose[Channel.UP] < standing_m + KNEELING_M + 0.02:
            if script.pose[Channel.ANGLE] > 20.0:  # prone: by the knees
                script.go(script.draw(1.0, 2.0), angle=0.0, up=standing_m + KNEELING_M)
            script.go(script.draw(0.8, 1.8), angle=script.draw(-95.0, -70.0), up=standing_m - 0.4, abduction=0.0)
        script.go(script.draw(0.8, 1.6), angle=script.draw(-3.0, 3.0), up=standing_m, forward=0.0, abduction=0.0)
        script.go(0.5, rotation=0.0)
    script.wait(script.draw(0.5, 2.0))


def _take_position(script: Script, first: np.ndarray, standing_m: float) -> None:
    """Go to the session's first pose: keep standing, or by the knees or the seat down to it."""
    targets = {channel.name.lower(): float(first[channel]) for channel in Channel if channel.name not in _SMALL}
    with script.distractor("taking-position"):
        if first[Channel.UP] < standing_m - 0.1:
            script.go(script.draw(1.0, 2.0), angle=script.draw(-90.0, -60.0), up=standing_m + SITTING_M)
            script.wait(script.draw(0.2, 1.5))
        script.go(script.draw(1.0, 2.5), **targets)
    script.wait(script.draw(0.5, 2.0))


_SMALL = ("EFFORT", "SAG", "PULSE")
