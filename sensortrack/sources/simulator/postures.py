"""Getting about: standing, walking, kneeling, crawling, sitting back, lying; what exercises are embedded in."""

from __future__ import annotations

from .motion import Channel, Script
from .people import Person

KNEELING_M = -0.45
SITTING_M = -0.42
LYING_M = -0.8
"""Hip height on the knees, on a chair and on the floor, against standing."""


def stand_still(script: Script, duration_s: float) -> None:
    """Stand; the pen moves on."""
    with script.distractor("standing"):
        script.wait(duration_s)


def walk(script: Script, person: Person, strides: int) -> None:
    """Walk some strides of the instrumented leg; thigh -25 to +12 deg, hip bounce, heel strikes."""
    stride_s = script.draw(1.0, 1.35)
    with script.distractor("walking"):
        for _ in range(strides):
            script.bump(Channel.UP, script.draw(0.02, 0.04), script.now_s, stride_s / 2)
            script.bump(Channel.UP, script.draw(0.02, 0.04), script.now_s + stride_s / 2, stride_s / 2)
            script.go(0.42 * stride_s, angle=script.draw(-30, -20), abduction=script.draw(-3, 3))
            script.knock(0.5 * person.knock_g)
            script.go(0.58 * stride_s, angle=script.draw(5, 14))
        script.go(0.6, angle=script.draw(-2, 2), abduction=script.draw(-2, 3))


def kneel_down(script: Script, person: Person, leg_in_front: bool | None = None) -> None:
    """From standing through a lunge to tall kneeling; either leg may go first."""
    in_front = script.chance(0.5) if leg_in_front is None else leg_in_front
    pace = script.draw(0.8, 1.3)
    with script.distractor("kneeling-down"):
        if in_front:
            script.go(1.2 * pace, angle=script.draw(-95, -70), up=-0.38, forward=0.15)
            script.wait(script.draw(0.1, 0.8))
            script.go(0.9 * pace, angle=script.draw(-6, 6), up=KNEELING_M, forward=0.2)
        else:
            script.go(1.3 * pace, angle=script.draw(8, 24), up=-0.43, forward=0.15)
            script.knock(person.knock_g, -0.05)
            script.wait(script.draw(0.1, 0.6))
            script.go(0.7 * pace, angle=script.draw(-6, 8), up=KNEELING_M, forward=0.2)
        script.knock(person.knock_g * script.draw(0.5, 1.5), -0.05)
    script.wait(script.draw(0.4, 3.0))


def hands_to_floor(script: Script, person: Person) -> None:
    """From tall kneeling to all fours, over a little flexion; the rest angle follows."""
    with script.distractor("hands-down"):
        script.go(script.draw(0.6, 1.2), angle=script.draw(-35, -12), up=KNEELING_M - 0.08)
        script.go(script.draw(0.5, 1.2), angle=person.rest_deg, up=KNEELING_M, abduction=script.draw(-4, 6))


def crawl(script: Script, person: Person, steps: int) -> None:
    """Crawl some steps; the thigh swings from about -30 to +10 deg."""
    with script.distractor("crawling"):
        for _ in range(steps):
            script.go(script.draw(0.4, 0.7), angle=person.rest_deg + script.draw(-32, -15))
            script.knock(person.knock_g * script.draw(0.2, 0.7), -0.03)
            script.go(script.draw(0.5, 0.9), angle=person.rest_deg + script.draw(2, 10))
        script.go(script.draw(0.4, 0.8), angle=person.rest_deg + script.draw(-2, 2))


def sit_back(script: Script, person: Person, duration_s: float) -> None:
    """Sit back on the heels and return to the pose of before."""
    rest = float(script.pose[Channel.ANGLE])
    with script.distractor("sitting-back"):
        script.go(script.draw(1.0, 2.2), angle=script.draw(-75, -50), up=KNEELING_M - 0.2, forward=-0.15)
        script.wait(duration_s)
        script.go(script.draw(1.0, 2.2), angle=rest + script.draw(-2, 2), up=KNEELING_M, forward=0.2)


def stand_up(script: Script, person: Person) -> None:
    """From the knees to standing; either leg may go first."""
    with script.distractor("standing-up"):
        script.go(script.draw(0.6, 1.2), angle=script.draw(-20, 5), up=KNEELING_M)
        if script.chance(0.5):
            script.go(script.draw(0.8, 1.4), angle=script.draw(-95, -70), up=-0.4)
            script.knock(0.5 * person.knock_g)
            script.go(script.draw(0.8, 1.5), angle=script.draw(-4, 4), up=0.0, forward=0.0)
        else:
            script.go(script.draw(0.6, 1.1), angle=script.draw(2, 14), up=-0.4)
            script.go(script.draw(0.8, 1.5), angle=script.draw(-30, -10), up=-0.05)
            script.go(script.draw(0.4, 0.8), angle=script.draw(-4, 4), up=0.0, abduction=0.0)
        script.wait(script.draw(0.5, 2.0))


def false_start(script: Script, largest_deg: float = 9.0) -> None:
    """Lift the thigh a little and put it back: no repetition."""
    rest = float(script.pose[Channel.ANGLE])
    size = script.draw(3.0, largest_deg)
    with script.distractor("false-start"):
        script.go(script.draw(0.3, 0.8), angle=rest + size)
        script.wait(script.draw(0.0, 0.4))
        script.go(script.draw(0.3, 0.8), angle=rest)


def wobble(script: Script, kind: str) -> None:
    """Weight goes over while an arm or the other leg moves: the thigh tilts 2-4 deg and comes back."""
    duration_s = script.draw(1.0, 3.0)
    with script.distractor(kind):
        sign = 1.0 if script.chance(0.5) else -1.0
        script.bump(Channel.PULSE, sign * script.draw(0.5, 3.0), script.now_s, duration_s)
        script.bump(Channel.ABDUCTION, script.draw(-4.0, -1.0), script.now_s, duration_s)
        script.bump(Channel.OUTWARD, script.draw(-0.03, 0.03), script.now_s, duration_s)
        script.wait(duration_s)
