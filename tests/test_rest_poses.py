"""Where repetitions start: which of the poses that people come through is the one of rest, and which is the top."""

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


@pytest.mark.parametrize("gyroscope", [True, False])
def test_hands_and_knees_take_the_place_of_the_kneeling_pose(gyroscope: bool) -> None:
    """Kicks pass the kneeling pose: it is not the one that they come back to."""
    drawn = drawing(13.0).wait(4.0).to(-19.0, 0.9).to(-2.0, 0.9).wait(3.0)
    for _ in range(6):
        drawn.kick(24.0, 0.6, 0.8, 0.7, rest_s=0.7)
    assert set_sizes(drawn.wait(3.0).record(25.0, gyroscope=gyroscope)) == [6]


@pytest.mark.parametrize("strides", [1, 4])
@pytest.mark.parametrize("turn_deg", [15.0, 20.0, 25.0])
def test_where_a_stride_turns_is_no_rest_pose(turn_deg: float, strides: int) -> None:
    """Though every repetition passes there, on its way from where the person stood for long."""
    drawn = drawing(turn_deg).wait(0.6)
    for _ in range(strides):
        drawn.to(-12.0, 0.5).to(turn_deg, 0.5).wait(0.1)
    drawn.to(0.0, 0.6).wait(4.5)
    for _ in range(4):
        drawn.to(-4.0, 0.3).to(45.0, 1.0).wait(1.5).to(0.0, 1.0).wait(0.6)
    found = repetitions(log_of(drawn.wait(4.0).record(), ANY))
    assert [each.rom_deg for each in found] == pytest.approx([46.0] * 4, abs=2.0)


@pytest.mark.parametrize(
    ("rest_deg", "back_deg", "top_deg"), [(22.0, 22.0, 56.0), (24.0, 23.0, 59.0), (26.0, 23.0, 59.0)]
)
def test_a_rest_pose_near_the_one_before_is_not_that(rest_deg: float, back_deg: float, top_deg: float) -> None:
    """Kneeling, on hands and knees, kicks: from kneeling the top is so far that coming back to the rest is near it."""
    drawn = drawing().wait(3.0).to(-60.0, 1.2, rise_m=-0.3).to(0.0, 1.2, rise_m=-0.1).wait(1.0)
    drawn.to(rest_deg + 5.0, 1.0).to(rest_deg, 0.8).wait(4.0)
    for _ in range(4):
        drawn.to(top_deg, 1.2).wait(1.2).to(back_deg, 1.2).wait(1.2)
    assert set_sizes(drawn.wait(4.0).record(gyroscope=False)) == [4]


@pytest.mark.parametrize(
    ("landed_deg", "wait_s", "rest_deg", "rom_deg", "lift_s"),
    [(0.0, 0.0, -9.4, 18.7, 0.46), (6.0, 0.0, -4.3, 17.7, 0.56), (3.0, 0.4, -6.7, 18.1, 0.51)],
)
def test_where_the_thigh_landed_is_left_behind(
    landed_deg: float, wait_s: float, rest_deg: float, rom_deg: float, lift_s: float
) -> None:
    """Kneeling down ends half of a small kick above where it is rested in then; a quick lift seems to pause there."""
    drawn = drawing().wait(4.0).to(-60.0, 1.1).to(landed_deg, 1.1).wait(wait_s).to(rest_deg, 1.5).wait(4.0)
    for _ in range(5):
        drawn.kick(rom_deg, lift_s=lift_s, lower_s=lift_s, rest_s=1.0)
    assert set_sizes(drawn.wait(4.0).record(gyroscope=False)) == [5]


@pytest.mark.parametrize(("rom_deg", "shift_deg"), [(45.0, -14.0), (45.0, -20.0), (60.0, -18.0), (60.0, -22.0)])
@pytest.mark.parametrize("rest_s", [1.4, 1.9])
def test_a_rest_pose_that_moves_on_is_where_the_next_one_starts(
    rom_deg: float, shift_deg: float, rest_s: float
) -> None:
    """People shift on hands and knees: the knee lands before where it was."""
    drawn = drawing().wait(4.0)
    for _ in range(3):
        drawn.kick(rom_deg)
    drawn.to(rom_deg, 1.6).wait(1.0).to(shift_deg, 1.6).wait(rest_s)
    for _ in range(3):
        drawn.kick(rom_deg - shift_deg)
    found = repetitions(log_of(drawn.wait(2.0).record(50.0), KICK))
    assert len(found) == 7
    check(found[4:], drawn.kicks[3:], rom_deg=2.0)


def test_a_pose_in_the_hand_is_forgotten() -> None:
    """It was as the top of a kick, for a moment, before the sensor was strapped on: no kick ends there."""
    drawn = drawing(60.0).wait(1.6).to(0.0, 1.0).wait(14.0).to(12.0, 0.9).to(0.0, 0.9).wait(1.5)
    for _ in range(5):
        drawn.kick(60.0)
    found = repetitions(log_of(drawn.wait(4.0).record(lever_m=0.0), ANY))
    assert [each.start_s for each in found][-5:] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.2)


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


def test_what_a_recording_begins_with_is_told_once() -> None:
    """It begins walking: a rest pose is looked for again and again, and each time there was a movement before it."""
    made = simulate("donkey-kick", 2046, difficulty="home")
    log = log_of(RawBlock(made.time_s, made.acc, made.gyr), KICK)
    assert [len(one) for one in log.sets] == [len(one["reps"]) for one in made.truth["sets"]]
    starts = [round(each.start_s, 1) for each in log.movements]
    assert len(set(starts)) == len(starts)


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


def test_kneeling_up_to_near_the_top_does_not_turn_over_what_began_with_a_long_rest() -> None:
    """Small kicks end about where the thigh is while kneeling, and people leave for another position from there."""
    drawn = drawing().wait(9.5)
    for _ in range(6):
        drawn.kick(rom_deg=20.0, lift_s=1.0, hold_s=1.8, lower_s=1.0, rest_s=2.0)
    drawn.to(13.0, 2.5).wait(4.0).to(60.0, 1.5, rise_m=0.1).wait(6.0)
    found = repetitions(log_of(drawn.record(), KICK))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in drawn.kicks], abs=0.1)


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


def test_strides_do_not_hide_what_is_known() -> None:
    """Ten repetitions tell rest from top; a walk and a drink later the next set is the same."""
    drawn = sinking(drawing().wait(9.0), 10).wait(2.0)
    drawn.tremble(1.0, 15.0, drawn.now_s, drawn.now_s + 14.0).wait(14.0 + 6.0)
    drawn.tremble(1.0, 15.0, drawn.now_s, drawn.now_s + 8.0).wait(8.0).to(-40.0, 1.0).to(0.0, 1.0).wait(3.0)
    block = sinking(drawn, 5).wait(4.0).record()
    assert set_sizes(block) == [10, 5]
