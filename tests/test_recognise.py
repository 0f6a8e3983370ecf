"""An exercise is recognised when exactly one convinces."""

from __future__ import annotations

from dataclasses import replace

from sensortrack.model.events import Event, Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.summary import EventLog, Summary, summarize
from sensortrack.signal.recognise import recognise

KICK = Movement(0, 0.0, 1.0, 2.0, 3.0, 60.0, 3.2, Verdict.COUNTED, set_id=0)
STEP = replace(KICK, verdict=Verdict.REJECTED, set_id=None)


def summary(*events: Event) -> Summary:
    return summarize(EventLog(events), source="", exercise="", duration_s=60.0, rate_hz=50.0, version="", parameters={})


def kicks(*roms_deg: float) -> list[Movement]:
    return [replace(KICK, id=i, start_s=4.0 * i, rom_deg=rom_deg) for i, rom_deg in enumerate(roms_deg)]


NOTHING = {name: summary() for name in ("donkey-kick", "hip-flexor-stretch", "thomas-test")}
KICKS = summary(*kicks(60, 55, 70, 62))
STRETCH = summary(Hold(0, 10.0, 32.0, 25.0, 32.4, True))
THOMAS = summary(ThomasAngle(0, 10.0, 14.0, -5.0, 0.2, 14.2))


def test_nothing_is_nothing() -> None:
    assert recognise(NOTHING) is None


def test_one_convinces() -> None:
    assert recognise({**NOTHING, "donkey-kick": KICKS}) == "donkey-kick"
    assert recognise({**NOTHING, "hip-flexor-stretch": STRETCH}) == "hip-flexor-stretch"
    assert recognise({**NOTHING, "thomas-test": THOMAS}) == "thomas-test"


def test_two_do_not() -> None:
    after = summary(Hold(0, 40.0, 62.0, 25.0, 62.4, True))
    assert recognise({**NOTHING, "donkey-kick": KICKS, "hip-flexor-stretch": after}) is None
    assert recognise({**NOTHING, "hip-flexor-stretch": STRETCH, "thomas-test": THOMAS}) is None


def test_a_rest_between_sets_is_no_stretch() -> None:
    later = (replace(kick, id=10 + kick.id, set_id=1, start_s=50.0 + kick.start_s) for kick in kicks(58, 61))
    two_sets = summary(*kicks(60, 55, 70, 62), *(replace(kick, end_s=kick.start_s + 3.0) for kick in later))
    assert recognise({**NOTHING, "donkey-kick": two_sets, "hip-flexor-stretch": STRETCH}) == "donkey-kick"


def test_steps_to_the_mat_do_not_speak_against_kicks() -> None:
    steps = (replace(STEP, id=10 + i, start_s=20.0 + i, reasons=("swing",)) for i in range(12))
    assert recognise({**NOTHING, "donkey-kick": summary(*kicks(60, 55, 61), *steps)}) == "donkey-kick"


def test_what_does_not_convince() -> None:
    two = summary(*kicks(60, 55))
    scattered = summary(*(replace(kick, set_id=kick.id) for kick in kicks(60, 55, 61)))
    uneven = summary(*kicks(15, 80, 22, 60, 13, 70))
    lost = summary(*kicks(60, 55, 61), *(replace(STEP, id=10 + i, start_s=20.0 + i) for i in range(12)))
    short = summary(Hold(0, 10.0, 18.0, 25.0, 18.4, False))
    for name, found in (
        ("donkey-kick", two),
        ("donkey-kick", scattered),
        ("donkey-kick", uneven),
        ("donkey-kick", lost),
        ("hip-flexor-stretch", short),
    ):
        assert recognise({**NOTHING, name: found}) is None
