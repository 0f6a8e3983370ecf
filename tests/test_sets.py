"""What comes before, between and after the repetitions of a set is none of it; what belongs to it is found."""

from __future__ import annotations

import pytest

from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import simulate
from tests.chain import log_of, refused, repetitions
from tests.signals import Drawing, drawing, kicks
from tests.test_repetitions import ANY, KICK, check, set_sizes


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


def test_what_stands_alone_and_is_smaller_and_quicker_is_none() -> None:
    """Kneeling down with the leg behind, long before a set, without a gyroscope: held as long as half of them."""
    drawn = drawing().wait(3.0).kick(17.0, lift_s=0.9, hold_s=0.9, lower_s=0.9).wait(7.0)
    for _ in range(8):
        drawn.kick(28.0)
    assert set_sizes(drawn.wait(7.0).record(50.0, gyroscope=False)) == [8]


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


def test_two_kicks_before_the_person_gets_up_and_walks_away() -> None:
    made = simulate("donkey-kick", 5, difficulty="clean", rate_hz=60.0, start="all-fours", end="whole", sets=1, reps=2)
    assert [each["kind"] for each in made.truth["distractors"]] == ["standing-up", "walking"]
    assert set_sizes(RawBlock(made.time_s, made.acc, made.gyr)) == [2]


@pytest.mark.parametrize("gyroscope", [True, False])
def test_a_recording_that_ends_with_the_last_repetition(gyroscope: bool) -> None:
    """What the smoothing still holds back is told at the end."""
    drawn = kicks(4)
    whole = drawn.record(gyroscope=gyroscope)
    block = whole[: round((drawn.kicks[-1].end_s + 0.12) * 100)]
    found = log_of(block, KICK)
    assert len(repetitions(found)) == 4
    assert max(each.decided_s for each in found.movements) <= block.time_s[-1]


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
