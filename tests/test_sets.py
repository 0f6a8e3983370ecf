"""What comes before, between and after the repetitions of a set is none of it; what belongs to it is found."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sensortrack.model.events import Movement
from sensortrack.model.samples import RawBlock
from sensortrack.signal.trip import LEVER_S
from sensortrack.sources.simulator import simulate
from tests.chain import events, log_of, refused, repetitions
from tests.signals import Drawing, drawing, kicks
from tests.test_repetitions import ANY, KICK, check, phases, set_sizes


def test_kneeling_down_and_standing_up_are_none_of_a_sets_repetitions() -> None:
    """Return trips as far as the bird-dogs', but the other way; a set that goes both ways keeps all of its own."""
    drawn = drawing().wait(3.0).to(-65.0, 1.3, rise_m=-0.3).wait(0.4).to(0.0, 1.3, rise_m=-0.1).wait(3.0)
    for _ in range(7):
        drawn.kick(rom_deg=65.0)
    drawn.wait(2.0).to(-70.0, 1.2, rise_m=0.1).wait(0.4).to(0.0, 1.2, rise_m=0.3).wait(4.0)
    assert [len(each) for each in log_of(drawn.record(), "repetitions").sets] == [7]
    swings = drawing().wait(3.0)
    for number in range(10):
        swings.kick(rom_deg=40.0 if number % 2 else -40.0)
    assert [len(each) for each in log_of(swings.wait(4.0).record(), "repetitions").sets] == [10]


def test_a_set_begins_with_the_first_of_its_like() -> None:
    """Sit down and lie down on the front: a wide trip, and the first small repetitions seem to be pulses at its top."""
    drawn = drawing(-2.0).wait(3.0).to(-90.0, 1.5, rise_m=-0.3).wait(0.3).to(90.0, 3.0, rise_m=-0.2).wait(3.0)
    for _ in range(5):
        drawn.kick(rom_deg=15.0, lift_s=0.8, hold_s=1.0, lower_s=0.8, rest_s=1.4)
    assert [len(each) for each in log_of(drawn.wait(4.0).record(), "repetitions").sets] == [5]


def test_two_wide_movements_behind_a_set_do_not_make_it_low() -> None:
    """Getting up, and picking something up, without a pause after five small repetitions."""
    drawn = drawing().wait(4.0)
    for _ in range(5):
        drawn.kick(rom_deg=9.0)
    drawn.wait(1.5).kick(rom_deg=85.0, hold_s=0.6).kick(rom_deg=95.0, hold_s=0.6)
    found = log_of(drawn.wait(6.0).record(), "repetitions").sets
    assert [[round(rep.rom_deg) for rep in each if rep.rom_deg < 20.0] for each in found] == [[9] * 5]


def begun_at_the_top() -> Drawing:
    """Six repetitions that are held longer than the pauses between; the recording begins in one more, at its top."""
    drawn = drawing(30.0).wait(2.0).to(0.0, 1.2).wait(0.7)
    for _ in range(6):
        drawn.kick(30.0, hold_s=2.0, rest_s=0.7)
    return drawn


@pytest.mark.parametrize("exercise", [KICK, ANY])
@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("goes_on", ["rests", "leaves"])
def test_a_set_that_was_seen_from_its_top(goes_on: str, gyroscope: bool, exercise: str) -> None:
    """No height tells (the sensor is at the hip): what is stayed in for long, or left for the heels, is the rest pose.

    What was told before is taken back, whatever the blocks. Without a gyroscope a start is told later by what a lever
    would do; there is none here.
    """
    drawn = begun_at_the_top()
    if goes_on == "rests":
        drawn.wait(16.0)
    else:
        drawn.wait(1.5).to(-70.0, 1.5).wait(4.0)
    block = drawn.record(50.0, gyroscope=gyroscope, lever_m=0.0)
    told = events(block, exercise)
    log = log_of(block, exercise)
    late_s = 0.0 if gyroscope else LEVER_S
    assert [each.start_s - late_s for each in repetitions(log)] == pytest.approx(
        [k.start_s for k in drawn.kicks], abs=0.15
    )
    assert [each.rom_deg for each in log.movements] == pytest.approx([30.0] * 6, abs=1.5)
    taken_back = {each.id for each in told if isinstance(each, Movement) and each.cancelled}
    assert taken_back
    assert not taken_back & {each.id for each in log.movements}
    assert events(block, exercise, range(0, len(block), 7)) == told


def test_what_stands_alone_and_is_smaller_and_quicker_is_none() -> None:
    """Kneeling down with the leg behind, long before a set, without a gyroscope: held as long as half of them."""
    drawn = drawing().wait(3.0).kick(17.0, lift_s=0.9, hold_s=0.9, lower_s=0.9).wait(7.0)
    for _ in range(8):
        drawn.kick(28.0)
    assert set_sizes(drawn.wait(7.0).record(50.0, gyroscope=False)) == [8]


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("wait_s", [0.8, 3.0])
def test_lying_on_the_front_between_sets(wait_s: float, gyroscope: bool) -> None:
    """The thigh is as in a kick then, for long; the set before tells which of the two poses is the one of rest."""
    drawn = kicks(6, rom_deg=40.0).wait(1.0).to(-60.0, 1.5).to(40.0, 1.5).wait(20.0).to(-60.0, 1.5).to(0.0, 1.8)
    drawn.wait(wait_s)
    for _ in range(5):
        drawn.kick(40.0, hold_s=2.5)
    assert set_sizes(drawn.wait(4.0).record(50.0, lever_m=0.0, gyroscope=gyroscope)) == [6, 5]


def sinking(drawn: Drawing, count: int) -> Drawing:
    """Kicks with which the hip sinks by more than the leg lifts the sensor."""
    for _ in range(count):
        drawn.to(40.0, 1.2, rise_m=-0.11).wait(1.8).to(0.0, 1.2, rise_m=0.11).wait(1.2)
    return drawn


def test_a_pose_that_was_rested_in_for_long_is_no_top() -> None:
    """Whatever the heights say: on hands and knees from the beginning, for longer than any hold."""
    log = log_of(sinking(drawing().wait(9.0), 6).wait(4.0).record(), ANY)
    assert [len(one) for one in log.sets] == [6]
    assert repetitions(log)[0].start_s == pytest.approx(9.1, abs=0.2)


def test_strides_do_not_hide_what_is_known() -> None:
    """Ten repetitions tell rest from top; a walk and a drink later the next set is the same."""
    drawn = sinking(drawing().wait(9.0), 10).wait(2.0)
    drawn.tremble(1.0, 15.0, drawn.now_s, drawn.now_s + 14.0).wait(14.0 + 6.0)
    drawn.tremble(1.0, 15.0, drawn.now_s, drawn.now_s + 8.0).wait(8.0).to(-40.0, 1.0).to(0.0, 1.0).wait(3.0)
    block = sinking(drawn, 5).wait(4.0).record()
    assert set_sizes(block) == [10, 5]


def test_a_small_repetition_inside_a_set_may_be_held_for_longer() -> None:
    """At an end of it, it would be part of the way into the position."""
    drawn = drawing().wait(3.0)
    for rom_deg, hold_s in [(56.0, 0.7)] * 5 + [(39.0, 2.4)] + [(56.0, 0.7)] * 3:
        drawn.kick(rom_deg, lift_s=0.6, hold_s=hold_s, lower_s=0.5, rest_s=0.3)
    assert set_sizes(drawn.wait(4.0).record()) == [9]


@pytest.mark.parametrize(
    ("lift_s", "hold_s", "lower_s", "rom_deg"), [(1.0, 0.6, 0.3, 19.0), (2.0, 0.8, 0.2, 20.0), (0.5, 0.0, 2.2, 16.0)]
)
def test_what_ends_a_set_in_another_rhythm_is_none_of_it(
    lift_s: float, hold_s: float, lower_s: float, rom_deg: float
) -> None:
    """Getting up after kicks, without a gyroscope: no height tells, but smaller, not held and after a longer pause."""
    drawn = drawing().wait(3.0)
    for _ in range(8):
        drawn.kick(28.0)
    drawn.wait(3.0).to(rom_deg, lift_s).wait(hold_s).to(0.0, lower_s).wait(4.0)
    log = log_of(drawn.record(50.0, gyroscope=False), KICK)
    assert [len(one) for one in log.sets] == [8]
    assert [each.reasons for each in refused(log)] == [("unlike",)]


def test_what_a_recording_begins_with_is_told_once() -> None:
    """It begins walking: a rest pose is looked for again and again, and each time there was a movement before it."""
    made = simulate("donkey-kick", 2046, difficulty="home")
    log = log_of(RawBlock(made.time_s, made.acc, made.gyr), KICK)
    assert [len(one) for one in log.sets] == [len(one["reps"]) for one in made.truth["sets"]]
    starts = [round(each.start_s, 1) for each in log.movements]
    assert len(set(starts)) == len(starts)


@pytest.mark.parametrize("first", [True, False])
def test_strides_beside_a_set_are_none_of_it(first: bool) -> None:
    """Crawling to the mat's end: two steps that swing through, and two on the spot that are as far as the kicks."""

    def crawl(drawn: Drawing) -> None:
        for angle_deg in (12.0, -12.0, 12.0, -12.0, 0.0) if first else ():
            drawn.to(angle_deg, 0.5)
        drawn.wait(0.4)
        for _ in range(2):
            drawn.to(26.0, 0.6).to(0.0, 0.6).wait(0.5)
        for angle_deg in () if first else (12.0, -12.0, 12.0, -12.0, 0.0):
            drawn.to(angle_deg, 0.5)

    drawn = drawing().wait(4.0)
    if first:
        crawl(drawn)
    drawn.wait(2.0)
    for _ in range(6):
        drawn.kick(30.0, hold_s=1.2)
    if not first:
        crawl(drawn.wait(1.0))
    block = drawn.wait(4.0).record()
    assert set_sizes(block) == [6]


@pytest.mark.parametrize("rom_deg", [20.0, 40.0])
@pytest.mark.parametrize(("gyroscope", "sizes"), [(False, [6]), (True, [4, 6])])
def test_a_few_steps_before_a_set_are_no_set(gyroscope: bool, sizes: list[int], rom_deg: float) -> None:
    """Without a gyroscope a step looks like a small or quick kick; with one, it swings, and these do not."""
    drawn = drawing().wait(4.0)
    for _ in range(4):
        drawn.kick(rom_deg, 0.4, 0.2, 0.4, rest_s=0.9)
    drawn.wait(7.0)
    for _ in range(6):
        drawn.kick()
    assert set_sizes(drawn.wait(3.0).record(50.0, gyroscope=gyroscope)) == sizes


def test_kneeling_up_slowly_after_a_set_is_none_of_it() -> None:
    """With a gyroscope too: what takes so long may seem to end as high by error, but nothing else of it is usual."""
    drawn = drawing().wait(4.0)
    for _ in range(8):
        drawn.kick(40.0, rest_s=1.0)
    drawn.wait(2.0).to(25.0, 4.0, rise_m=0.2).wait(0.2).to(0.0, 1.0, rise_m=0.2)
    log = log_of(drawn.wait(4.0).record(), KICK)
    assert [len(one) for one in log.sets] == [8]
    assert [each.rom_deg for each in log.movements if not each.verdict.counts] == pytest.approx([25.0], abs=2.0)


def test_a_hip_that_sinks_turns_nothing_over() -> None:
    """Each kick ends lower than it began, by more than it lifts the sensor; what was counted five times stays."""
    drawn = drawing().wait(4.0)
    for _ in range(5):
        drawn.kick(40.0, rest_s=1.0)
    drawn.wait(9.0)
    for _ in range(6):
        drawn.to(40.0, 1.2, rise_m=-0.15).wait(1.6).to(0.0, 1.2, rise_m=0.15).wait(1.2)
    log = log_of(drawn.wait(4.0).record(), KICK)
    assert [len(one) for one in log.sets] == [5, 6]
    assert all(each.rom_deg > 0.0 for each in log.movements)


def test_a_hip_that_sinks_a_little_from_the_first_kick_on() -> None:
    """The sensor is near the hip and comes down with it; a leg in the air is less calm than a knee on the floor."""
    drawn = drawing().wait(4.0)
    for _ in range(6):
        drawn.to(40.0, 1.2, rise_m=-0.065).tremble(2.0, 0.5, drawn.now_s, drawn.now_s + 1.6)
        drawn.wait(1.6).to(0.0, 1.2, rise_m=0.065).wait(1.2)
    log = log_of(drawn.wait(4.0).record(lever_m=0.1), KICK)
    assert [len(one) for one in log.sets] == [6]
    assert all(each.rom_deg > 0.0 for each in log.movements)


def test_two_kicks_before_the_person_gets_up_and_walks_away() -> None:
    made = simulate("donkey-kick", 5, difficulty="clean", rate_hz=60.0, start="all-fours", end="whole", sets=1, reps=2)
    assert [each["kind"] for each in made.truth["distractors"]] == ["standing-up", "walking"]
    assert set_sizes(RawBlock(made.time_s, made.acc, made.gyr)) == [2]


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("exercise", [KICK, ANY])
def test_a_first_repetition_without_a_pause_before_it(exercise: str, gyroscope: bool) -> None:
    """Into the position and up in one go: its rest pose is still for the first time when it is over."""
    drawn = drawing(-70.0).wait(3.0).to(0.0, 1.2)
    for _ in range(4):
        drawn.kick(rest_s=2.5)
    found = repetitions(log_of(drawn.wait(4.0).record(gyroscope=gyroscope), exercise))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in drawn.kicks], abs=0.2)


def test_a_lone_movement_from_a_pose_that_was_only_passed_is_none() -> None:
    """Nothing like it vouches for it."""
    drawn = drawing(-70.0).wait(3.0).to(0.0, 1.2).kick(rest_s=20.0)
    assert not repetitions(log_of(drawn.record(), ANY))


@pytest.mark.parametrize("gyroscope", [True, False])
def test_a_recording_that_ends_with_the_last_repetition(gyroscope: bool) -> None:
    """What the smoothing still holds back is told at the end."""
    drawn = kicks(4)
    whole = drawn.record(gyroscope=gyroscope)
    block = whole[: round((drawn.kicks[-1].end_s + 0.12) * 100)]
    found = log_of(block, KICK)
    assert len(repetitions(found)) == 4
    assert max(each.decided_s for each in found.movements) <= block.time_s[-1]


def test_kicks_at_once_after_a_rest_on_the_heels() -> None:
    """Nobody must hold still on hands and knees for a second before each set."""
    drawn = kicks(5, rest_s=0.2).to(-42.0, 1.5).wait(15.0).to(0.0, 1.2).wait(0.3)
    for _ in range(8):
        drawn.kick(rest_s=0.1)
    found = repetitions(log_of(drawn.wait(4.0).record(), KICK))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in drawn.kicks], abs=0.1)


@pytest.mark.parametrize("gyroscope", [True, False])
def test_a_straight_leg_raise_that_leads_through_the_seated_pose(gyroscope: bool) -> None:
    """Sitting with bent knees, lying back, and lifting the leg past where the thigh was while sitting."""
    drawn = drawing(-125.0).wait(3.0).to(-92.0, 2.0).wait(4.0)
    for _ in range(5):
        drawn.kick(rom_deg=-58.0, rest_s=2.0)
    found = repetitions(log_of(drawn.wait(4.0).record(gyroscope=gyroscope), ANY))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in drawn.kicks], abs=0.25)


def test_what_the_leg_does_while_the_other_one_is_lifted_is_no_set() -> None:
    """Bird-dogs, slowly: far apart, and between them small turns the other way that are more than they are."""
    drawn = drawing().wait(3.0)
    slow = []
    for rest_s in (1.0, 14.0, 1.0, 14.0):
        slow.append(drawn.kick(rom_deg=80.0, hold_s=3.0, rest_s=1.5).kicks[-1])
        drawn.kick(rom_deg=-8.0, hold_s=0.5, rest_s=1.0).kick(rom_deg=-10.0, hold_s=0.5, rest_s=rest_s)
    found = repetitions(log_of(drawn.wait(8.0).record(gyroscope=False), ANY))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in slow], abs=0.25)


@pytest.mark.parametrize("lean_deg", [13.0, 20.0])
@pytest.mark.parametrize("pause_s", [2.0, 5.5])
def test_coming_up_from_hands_and_knees_is_none(pause_s: float, lean_deg: float) -> None:
    """Up to kneeling, and on at once through where the thigh was before, to stand up: no rest as after each kick."""
    drawn = kicks(6, rom_deg=22.0, rest_s=2.0).wait(pause_s - 2.0)
    drawn.to(lean_deg, 1.5).wait(2.0).to(-75.0, 1.5, rise_m=0.1).to(8.0, 1.2, rise_m=0.4).wait(4.0)
    found = repetitions(log_of(drawn.record(), KICK))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in drawn.kicks], abs=0.1)


def test_kneeling_up_to_near_the_top_does_not_turn_over_what_began_with_a_long_rest() -> None:
    """Small kicks end about where the thigh is while kneeling, and people leave for another position from there."""
    drawn = drawing().wait(9.5)
    for _ in range(6):
        drawn.kick(rom_deg=20.0, lift_s=1.0, hold_s=1.8, lower_s=1.0, rest_s=2.0)
    drawn.to(13.0, 2.5).wait(4.0).to(60.0, 1.5, rise_m=0.1).wait(6.0)
    found = repetitions(log_of(drawn.record(), KICK))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in drawn.kicks], abs=0.1)


def test_what_was_seen_before_the_way_of_extension_was_known_is_judged_again() -> None:
    """A simulated session whose first movements lead another way than its kicks: their side is asked anew."""
    made = simulate("donkey-kick", 1177, difficulty="hard")
    true = [rep["start_s"] for each in made.truth["sets"] for rep in each["reps"]]
    found = repetitions(log_of(RawBlock(made.time_s, made.acc, made.gyr), KICK))
    assert [each.start_s for each in found] == pytest.approx(true, abs=0.8)


@pytest.mark.parametrize("wide_deg", [40.0, 85.0])
@pytest.mark.parametrize("count", [0, 6])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_kneeling_down_is_no_repetition_of_anything(wide_deg: float, count: int, gyroscope: bool) -> None:
    """It ends half a metre lower than it began; neither alone nor with what is small beside it it is a set."""
    drawn = drawing().wait(3.0).to(-wide_deg, 1.2, rise_m=-0.2).to(0.0, 1.4, rise_m=-0.25).wait(2.0)
    drawn.to(11.0, 1.0).to(0.0, 1.0).wait(1.0).to(18.0, 0.7).to(0.0, 0.7).wait(9.0)
    for _ in range(count):
        drawn.kick(rom_deg=70.0)
    log = log_of(drawn.record(gyroscope=gyroscope), ANY)
    assert any(each.rom_deg > 30.0 and each.reasons == ("position",) for each in refused(log))
    assert (
        [len(one) for one in log.sets] == [count]
        if count
        else not any(each.rom_deg > 30.0 for each in repetitions(log))
    )


def test_lone_movements_long_before_a_set_are_judged_by_it() -> None:
    drawn = drawing().wait(3.0).to(30.0, 1.5).to(0.0, 1.5).wait(13.0).to(-60.0, 1.5).to(0.0, 1.5).wait(13.0)
    for _ in range(6):
        drawn.kick(rom_deg=15.0)
    log = log_of(drawn.record(), ANY)
    check(repetitions(log), drawn.kicks, late_s=12.0)
    assert [each.reasons for each in refused(log)] == [("unlike",), ("unlike",)]


def test_a_movement_before_a_set_that_is_much_quicker_is_none_of_it() -> None:
    drawn = drawing().wait(3.0).to(35.0, 0.9).to(0.0, 0.9).wait(4.0)
    for _ in range(6):
        drawn.kick(rom_deg=37.0, lift_s=2.5, lower_s=2.5)
    log = log_of(drawn.record(), ANY)
    assert [len(one) for one in log.sets] == [6]
    assert [each.reasons for each in refused(log)] == [("unlike",)]


@pytest.mark.parametrize("exercise", [KICK, ANY])
@pytest.mark.parametrize("beside_deg", [8.0, 10.0, 12.0])
@pytest.mark.parametrize("rest_s", [0.4, 0.8])
def test_kicks_at_once_from_a_pose_beside_the_one_that_was_settled_in(
    exercise: str, beside_deg: float, rest_s: float
) -> None:
    """The first one is seen as two halves that swing through it; once the set is known they are taken back."""
    drawn = drawing(beside_deg).wait(6.0).to(0.0, 0.8)
    for _ in range(6):
        drawn.kick(rom_deg=20.0, rest_s=rest_s)
    block = drawn.wait(3.0).record()
    log = log_of(block, exercise)
    check(repetitions(log)[1:], drawn.kicks[1:], late_s=12.0)  # as soon as three are known
    assert phases(repetitions(log)[0]) == pytest.approx(phases(drawn.kicks[0]), abs=0.2)  # it goes on from the shift
    assert not refused(log)
    told = [each for each in events(block, exercise) if isinstance(each, Movement) and each.cancelled]
    assert {each.decided_s for each in told} == {repetitions(log)[0].decided_s}


@pytest.mark.parametrize("seed", [11065, 11112])
def test_what_is_looked_at_again_is_counted_once(seed: int) -> None:
    """Something after the set, seen from the top: what is found before it may have been counted long ago."""
    made = simulate(KICK, seed, difficulty="hard", rate_hz=25.0, gyroscope=False, lost_share=0.03, low_rom=True)
    found = repetitions(log_of(RawBlock(made.time_s, made.acc, made.gyr), KICK))
    found.sort(key=lambda each: each.start_s)
    assert all(one.end_s < later.start_s for one, later in pairwise(found))


def walking(drawn: Drawing, strides: int, pause_s: float, swing_s: float = 0.55) -> Drawing:
    """Short steps: the thigh swings forwards and comes back to upright, where it rests for a moment."""
    for _ in range(strides):
        drawn.to(-24.0, swing_s).to(0.0, swing_s).wait(pause_s)
    return drawn.wait(3.0)


@pytest.mark.parametrize("strides", [3, 7])
@pytest.mark.parametrize("pause_s", [0.3, 0.36])
def test_a_walk_with_short_steps_is_no_set(pause_s: float, strides: int) -> None:
    """Told at once: nothing else has been seen yet."""
    assert not repetitions(log_of(walking(drawing().wait(3.0), strides, pause_s).record(), ANY))


@pytest.mark.parametrize("strides", [4, 9])
@pytest.mark.parametrize("after", [True, False])
def test_what_is_as_quick_as_strides_beside_a_set_is_none(after: bool, strides: int) -> None:
    """Without a gyroscope the turning point of a step is smeared into a hold; a set of slow ones tells."""
    drawn = drawing().wait(3.0)
    if not after:
        walking(drawn, strides, 0.45)
    drawn.to(-90.0, 1.5, rise_m=-0.3).wait(3.0)
    for _ in range(6):
        drawn.kick(-35.0, 1.5, 1.0, 1.5)
    if after:
        walking(drawn.to(0.0, 1.5, rise_m=0.3).wait(3.0), strides, 0.45)
    found = repetitions(log_of(drawn.wait(4.0).record(50.0, gyroscope=False), ANY))
    assert [each.start_s for each in found] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.3)


def test_a_quick_set_beside_a_slow_one_stays() -> None:
    """As real people do: repetitions of two seconds, one in three."""
    drawn = drawing().wait(3.0)
    for lift_s in (2.2, 0.7):
        for _ in range(8):
            drawn.kick(18.0, lift_s, 1.4 * lift_s - 0.5, lift_s, rest_s=1.2)
        drawn.wait(8.0)
    assert [len(each) for each in log_of(drawn.record(), ANY).sets] == [8, 8]


@pytest.mark.parametrize("gyroscope", [True, False])
def test_turning_the_phone_in_the_hand_is_no_set(gyroscope: bool) -> None:
    """No two of its movements are alike, and it is held in another pose than that of the repetitions."""
    drawn = drawing(60.0).wait(2.0)
    for turn_deg, seconds in ((12.0, 0.6), (30.0, 1.1), (9.0, 0.5), (20.0, 1.6), (33.0, 0.7)):
        drawn.to(60.0 + turn_deg, seconds).wait(0.3).to(60.0, seconds).wait(1.2)
    drawn.to(140.0, 0.8).to(0.0, 1.0).wait(6.0)
    for _ in range(8):
        drawn.kick(40.0)
    found = repetitions(log_of(drawn.wait(4.0).record(50.0, gyroscope=gyroscope), ANY))
    assert [each.start_s for each in found] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.3)


def test_a_set_as_quick_as_strides_stays_where_it_is_as_the_slow_ones() -> None:
    """From the same pose, the same way and as far: people who are told to be fast."""
    drawn = drawing().wait(3.0)
    for lift_s, rest_s in ((1.6, 1.2), (0.55, 0.45)):
        for _ in range(8):
            drawn.kick(24.0, lift_s, lift_s - 0.3, lift_s, rest_s=rest_s)
        drawn.wait(8.0)
    assert [len(each) for each in log_of(drawn.record(), ANY).sets] == [8, 8]


def aside(drawn: Drawing, count: int) -> Drawing:
    """Lift the knee out to the side, as far as in a kick."""
    drawn.turn(90.0)
    for _ in range(count):
        drawn.to(32.0, 1.1).wait(0.8).to(0.0, 1.1).wait(1.2)
    return drawn.turn(0.0)


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_the_knee_out_to_the_side_is_no_kick(place: str, gyroscope: bool) -> None:
    """A set of its own, or in the middle of one; as `repetitions` they count."""
    drawn = drawing().wait(3.0)
    if place == "before":
        aside(drawn, 3).wait(7.0)
    for number in range(10):
        drawn.kick(40.0)
        if place == "inside" and number == 5:
            aside(drawn, 2)
    if place == "after":
        aside(drawn.wait(7.0), 4)
    block = drawn.wait(4.0).record(50.0, gyroscope=gyroscope)
    found = repetitions(log_of(block, KICK))
    assert [each.start_s for each in found] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.2)
    assert len(repetitions(log_of(block, ANY))) == 10 + {"before": 3, "inside": 2, "after": 4}[place]


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("chest_deg", [-30.0, -45.0, -60.0])
@pytest.mark.parametrize("rom_deg", [25.0, 40.0])
def test_the_knee_is_drawn_in_before_each_kick(rom_deg: float, chest_deg: float, gyroscope: bool) -> None:
    """Farther than the kick, and it lifts the sensor as well; but only the kick is held."""
    drawn = drawing().wait(4.0)
    for _ in range(8):
        drawn.to(chest_deg, 1.1).to(0.0, 1.1).wait(0.4).kick(rom_deg, rest_s=0.7)
    found = repetitions(log_of(drawn.wait(4.0).record(50.0, gyroscope=gyroscope), KICK))
    assert [each.start_s for each in found] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.3)


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("hold_s", [9.0, 11.0])
@pytest.mark.parametrize("count", [2, 5])
def test_kicks_that_are_held_for_long_are_no_rests(count: int, hold_s: float, gyroscope: bool) -> None:
    """One such stay alone is a rest on the heels; but not one after the other."""
    block = kicks(count, hold_s=hold_s).record(50.0, gyroscope=gyroscope)
    assert [len(one) for one in log_of(block, KICK).sets] == [count]
    assert not log_of(kicks(1, hold_s=hold_s).record(50.0, gyroscope=gyroscope), KICK).sets


@pytest.mark.parametrize("gyroscope", [True, False])
def test_sitting_up_after_a_set_is_no_repetition(gyroscope: bool) -> None:
    """It stands alone, and has another rhythm than a set that is well known, whatever way is extension."""
    drawn = drawing().wait(5.0)
    for _ in range(10):
        drawn.kick(40.0, lift_s=1.4, hold_s=1.5, lower_s=1.6)
    drawn.wait(8.0).kick(35.0, lift_s=1.0, hold_s=0.3, lower_s=1.4).wait(4.0).to(-70.0, 2.0).wait(3.0)
    assert set_sizes(drawn.to(0.0, 1.5).wait(3.0).record(50.0, gyroscope=gyroscope), ANY) == [10]


@pytest.mark.parametrize(("lift_s", "hold_s", "lower_s"), [(0.8, 0.5, 1.8), (1.4, 0.5, 0.8), (2.5, 0.1, 0.8)])
def test_sitting_up_right_after_a_set_is_none_of_it(lift_s: float, hold_s: float, lower_s: float) -> None:
    """With a gyroscope the ends of a set are asked too."""
    drawn = drawing().wait(5.0)
    for _ in range(10):
        drawn.kick(40.0, lift_s=1.4, hold_s=1.5, lower_s=1.6, rest_s=1.0)
    drawn.wait(3.0).kick(26.0, lift_s, hold_s, lower_s).wait(4.0).to(-70.0, 2.0).wait(3.0)
    assert set_sizes(drawn.to(0.0, 1.5).wait(3.0).record(50.0), ANY) == [10]


@pytest.mark.parametrize("gyroscope", [True, False])
def test_what_stands_alone_is_like_one_of_the_sets(gyroscope: bool) -> None:
    """A pause after the first of a slow set; two quick ones follow."""
    drawn = drawing().wait(5.0).kick(30.0, lift_s=1.8, hold_s=2.0, lower_s=1.8).wait(7.0)
    for _ in range(8):
        drawn.kick(30.0, lift_s=1.8, hold_s=2.0, lower_s=1.8)
    for _ in range(2):
        drawn.wait(8.0)
        for _ in range(10):
            drawn.kick(30.0, lift_s=0.5, hold_s=0.2, lower_s=0.5, rest_s=1.0)
    assert set_sizes(drawn.wait(5.0).record(50.0, gyroscope=gyroscope), ANY) == [1, 8, 10, 10]


@pytest.mark.parametrize("gyroscope", [True, False])
def test_a_smaller_repetition_soon_after_lying_down_is_no_pulse(gyroscope: bool) -> None:
    """The second of a set is as small against the way there as a pulse at the top is."""
    drawn = drawing().wait(4.0).to(-92.0, 1.5).wait(2.5)
    for rom_deg in (31.0, 24.0, 31.0, 31.0, 31.0):
        drawn.kick(rom_deg, lift_s=0.9, hold_s=0.8, lower_s=0.9, rest_s=0.8)
    assert set_sizes(drawn.wait(4.0).record(50.0, gyroscope=gyroscope), ANY) == [5]


@pytest.mark.parametrize("exercise", [KICK, ANY])
@pytest.mark.parametrize(("fours_deg", "rom_deg"), [(-12.0, 25.0), (-20.0, 45.0)])
def test_kicks_that_pass_where_people_kneel_upright(fours_deg: float, rom_deg: float, exercise: str) -> None:
    """Hands and knees, a little behind that, are left again after hardly longer than a top is held; heights tell."""
    drawn = drawing().wait(4.0).to(-70.0, 1.2, rise_m=-0.3).to(3.0, 1.0, rise_m=-0.1).wait(2.0)
    drawn.to(fours_deg, 1.5, rise_m=-0.1).wait(2.5)
    for _ in range(8):
        drawn.kick(rom_deg, rest_s=1.2, hold_s=1.2)
    assert set_sizes(drawn.wait(4.0).record(50.0), exercise) == [8]


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("exercise", [KICK, ANY])
@pytest.mark.parametrize("first_deg", [-88.0, 85.0])
@pytest.mark.parametrize("count", [3, 6, 15])
def test_a_quick_set_that_is_never_rested_in(count: int, first_deg: float, exercise: str, gyroscope: bool) -> None:
    """From a chair, or from lying on the front; no pose is still for a second before all is done, or given up."""
    drawn = drawing(first_deg).wait(4.0).to(5.0, 1.5, rise_m=-0.1).wait(1.0)
    for _ in range(count):
        drawn.kick(45.0, hold_s=0.8, rest_s=0.6)
    assert set_sizes(drawn.wait(4.0).record(50.0, gyroscope=gyroscope), exercise) == [count]


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("exercise", [KICK, ANY])
def test_what_is_found_once_a_pose_is_known_does_not_depend_on_the_packets(exercise: str, gyroscope: bool) -> None:
    drawn = drawing(-88.0).wait(4.0).to(5.0, 1.5, rise_m=-0.1).wait(1.0)
    for _ in range(15):  # longer than a pose is waited for
        drawn.kick(45.0, hold_s=0.8, rest_s=0.6)
    block = drawn.wait(4.0).record(50.0, gyroscope=gyroscope)
    assert events(block, exercise, range(7, len(block), 7)) == events(block, exercise)
