"""Drawn repetitions are counted, measured and judged; what is none is said to be none."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest

from sensortrack.model.errors import RecordingError
from sensortrack.model.events import Gap, Movement, SetEnd, Verdict
from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import simulate
from tests.chain import events, live_cuts, log_of, refused, repetitions
from tests.signals import Drawing, Kick, drawing, kicks, orientations, tilted, without

KICK, ANY = "donkey-kick", "repetitions"


def phases(movement: Movement | Kick) -> list[float]:
    return [movement.start_s, movement.top_start_s, movement.top_end_s, movement.end_s]


def check(
    found: list[Movement], drawn: list[Kick], *, bounds_s: float = 0.06, rom_deg: float = 1.2, late_s: float = 0.3
) -> None:
    assert len(found) == len(drawn)
    for movement, kick in zip(found, drawn, strict=True):
        assert phases(movement) == pytest.approx(phases(kick), abs=bounds_s)
        assert movement.rom_deg == pytest.approx(kick.rom_deg, abs=rom_deg)
        assert movement.verdict is Verdict.COUNTED
        assert movement.decided_s >= movement.end_s - 0.02
        assert movement.decided_s - movement.end_s <= late_s


def set_sizes(block: RawBlock, exercise: str = KICK) -> list[int]:
    return [len(one) for one in log_of(block, exercise).sets]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 25])
@pytest.mark.parametrize("exercise", [KICK, ANY])
def test_every_repetition_and_none_extra(count: int, exercise: str) -> None:
    drawn = kicks(count)
    log = log_of(drawn.record(), exercise)
    check(repetitions(log), drawn.kicks)
    assert [len(one) for one in log.sets] == [count]
    assert not refused(log)


@pytest.mark.parametrize("rom_deg", [20.0, 45.0, 90.0])
@pytest.mark.parametrize("lift_s", [0.6, 1.2, 2.5])
@pytest.mark.parametrize("hold_s", [0.4, 1.0, 4.0])
def test_phases_and_range_of_motion(rom_deg: float, lift_s: float, hold_s: float) -> None:
    hold_s = max(hold_s, 0.25 * lift_s)
    drawn = kicks(4, rom_deg=rom_deg, lift_s=lift_s, hold_s=hold_s, lower_s=lift_s)
    found = repetitions(log_of(drawn.record(), KICK))
    check(found, drawn.kicks, bounds_s=0.08, rom_deg=1.5)
    assert [each.hold_s for each in found] == pytest.approx([hold_s] * 4, abs=0.09)


@pytest.mark.parametrize(
    ("first_deg", "rom_deg"), [(0.0, 20.0), (0.0, 45.0), (0.0, 85.0), (85.0, 20.0), (-90.0, -20.0)]
)
def test_a_hold_without_a_gyroscope_on_all_fours_and_lying(first_deg: float, rom_deg: float) -> None:
    """Where the thigh is vertical, speeding up looks like turning, and a movement longer than it is."""
    drawn = drawing(first_deg).wait(3.0)
    for _ in range(6):
        drawn.kick(rom_deg=rom_deg)
    found = repetitions(log_of(drawn.wait(4.0).record(gyroscope=False), ANY))
    assert [each.hold_s for each in found] == pytest.approx([1.5] * 6, abs=0.13)
    assert [each.start_s for each in found] == pytest.approx([each.start_s for each in drawn.kicks], abs=0.1)


@pytest.mark.parametrize("rest_s", [0.15, 0.4, 3.0, 4.5])
def test_any_pause_between(rest_s: float) -> None:
    assert set_sizes(kicks(6, rest_s=rest_s).record()) == [6]


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 104.0, 285.7, 400.0])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_any_rate_and_without_gyroscope(rate_hz: float, gyroscope: bool) -> None:
    drawn = kicks(6)
    log = log_of(drawn.record(rate_hz, gyroscope=gyroscope), KICK)
    check(repetitions(log), drawn.kicks, bounds_s=0.06 if gyroscope else 0.15, rom_deg=2.0, late_s=0.3)
    assert not refused(log)


@pytest.mark.parametrize("lower_s", [1.0, 1.5, 2.5])
@pytest.mark.parametrize("rom_deg", [30.0, 60.0])
def test_without_gyroscope_a_lowering_is_told_before_the_smoothing_has_seen_its_end(
    lower_s: float, rom_deg: float
) -> None:
    drawn = kicks(4, rom_deg=rom_deg, lower_s=lower_s)
    found = repetitions(log_of(drawn.record(50.0, gyroscope=False), KICK))
    check(found, drawn.kicks, bounds_s=0.15, rom_deg=2.0)


def test_without_gyroscope_a_pause_near_the_rest_pose_is_none_of_its_own() -> None:
    """The lowering was told at the pause; going on is no movement of its own, and the next kick begins after it."""
    drawn = drawing().wait(3.0)
    for _ in range(4):
        drawn.to(60.0, 1.2).wait(1.5).to(7.0, 1.2).wait(0.3).to(0.0, 0.6).wait(1.5)
    log = log_of(drawn.record(50.0, gyroscope=False), KICK)
    assert [len(one) for one in log.sets] == [4]
    assert not refused(log)
    assert [each.rom_deg for each in repetitions(log)] == pytest.approx([60.0] * 4, abs=2.0)


@pytest.mark.parametrize("rom_deg", [70.0, 85.0])
def test_without_gyroscope_quick_kicks_are_no_flexion(rom_deg: float) -> None:
    """Slowing down, the sensor feels more than gravity; that is no standing up, and no swing that outvotes a kick."""
    drawn = drawing().wait(3.0)
    for _ in range(6):
        drawn.kick(rom_deg, lift_s=0.6, hold_s=1.0, lower_s=0.5, rest_s=0.5)
    assert set_sizes(drawn.wait(2.0).record(50.0, gyroscope=False)) == [6]


@pytest.mark.parametrize("hold_s", [0.5, 1.5, 2.0])
@pytest.mark.parametrize("rom_deg", [50.0, 65.0])
def test_without_gyroscope_a_recording_may_begin_at_the_top(rom_deg: float, hold_s: float) -> None:
    """Once turned the right way up it stays so: what was taken back does not mirror what is told instead."""
    drawn = Drawing(angle_deg=rom_deg, first_deg=rom_deg).wait(1.0).to(0.0, 1.4).wait(1.0)
    for _ in range(6):
        drawn.kick(rom_deg, hold_s=hold_s, rest_s=0.9)
    log = log_of(drawn.record(50.0, gyroscope=False), KICK)
    assert [len(one) for one in log.sets] == [6]
    assert not refused(log)


@pytest.mark.parametrize("number", range(24))
@pytest.mark.parametrize("left", [True, False])
def test_any_mounting_gives_the_same(number: int, left: bool) -> None:
    """24 ways round (half of them upside down), each tilted by up to 25 degrees in its own direction."""
    drawn = drawing().wait(3.0).turn(4.0)
    for rom_deg in (60.0, 50.0, 70.0, 62.0):
        drawn.kick(rom_deg)
    drawn.wait(2.0).to(-80.0, 1.5, rise_m=-0.2).wait(1.0).to(0.0, 1.5, rise_m=0.2).wait(3.0)
    worn = tilted(orientations()[number], 25.0 * ((number % 5) / 4.0), np.array([1.0, 0.3 * number, -0.7]))
    log = log_of(drawn.record(axes=worn, left=left, seed=number), KICK)
    check(repetitions(log), drawn.kicks)
    (back,) = refused(log)
    assert back.rom_deg == pytest.approx(-80.0, abs=2.0)


@pytest.mark.parametrize("placement", ["front", "back"])
def test_a_told_placement_gives_the_sign_at_once(placement: str) -> None:
    """z is out of the skin: forwards at the front of the thigh, backwards at its back."""
    out = 1.0 if placement == "front" else -1.0
    axes = np.array([[0.0, 0.0, out], [0.0, 1.0, 0.0], [-out, 0.0, 0.0]])
    assert np.linalg.det(axes) == pytest.approx(1.0)
    drawn = drawing().wait(3.0).to(-40.0, 1.5).wait(1.0).to(0.0, 1.5).wait(2.0).kick().wait(3.0)
    log = log_of(drawn.record(axes=axes), KICK, placement=placement)
    assert len(repetitions(log)) == 1
    assert [each.reasons for each in refused(log)] == [("flexion",)]


@pytest.mark.parametrize("left", [True, False])
def test_told_outside_of_a_leg_gives_the_sign_at_once(left: bool) -> None:
    axes = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])  # right leg: z out of the skin, to the right
    if left:
        axes = np.diag([-1.0, 1.0, -1.0])
    drawn = drawing().wait(3.0).to(-40.0, 1.5).wait(1.0).to(0.0, 1.5).wait(2.0).kick().wait(3.0)
    log = log_of(drawn.record(axes=axes), KICK, placement="outside", side="left" if left else "right")
    assert len(repetitions(log)) == 1
    assert [each.reasons for each in refused(log)] == [("flexion",)]


def test_flexion_is_rejected() -> None:
    drawn = kicks(5)
    for _ in range(2):
        drawn.to(-50.0, 1.2).wait(1.0).to(0.0, 1.2).wait(2.0)
    log = log_of(drawn.wait(2.0).record(), KICK)
    check(repetitions(log), drawn.kicks)
    assert [each.verdict for each in refused(log)] == [Verdict.REJECTED] * 2
    assert all("flexion" in each.reasons for each in refused(log))
    assert [each.rom_deg for each in refused(log)] == pytest.approx([-50.0, -50.0], abs=1.5)


def test_kneeling_down_before_and_standing_up_after_are_none() -> None:
    drawn = drawing().wait(4.0).to(-85.0, 1.2, rise_m=-0.25).to(0.0, 1.2, rise_m=-0.15).wait(3.0)
    for _ in range(6):
        drawn.kick()
    drawn.wait(2.0).to(-85.0, 1.0, rise_m=0.15).to(0.0, 1.0, rise_m=0.25).wait(4.0)
    check(repetitions(log_of(drawn.record(), KICK)), drawn.kicks)


@pytest.mark.parametrize("false_deg", [4.0, 6.0, 8.0, 9.0])
def test_a_false_start_is_none(false_deg: float) -> None:
    drawn = kicks(3)
    drawn.now_s -= 4.0
    drawn.to(false_deg, 0.5).to(0.0, 0.5).wait(1.0)
    for _ in range(3):
        drawn.kick()
    log = log_of(drawn.wait(3.0).record(), KICK)
    check(repetitions(log), drawn.kicks)
    assert all(each.verdict is Verdict.PARTIAL and "low" in each.reasons for each in refused(log))


def test_false_starts_before_the_first_kick_are_none() -> None:
    drawn = drawing().wait(3.0).to(8.0, 0.5).to(0.0, 0.5).wait(1.5)
    for _ in range(4):
        drawn.kick()
    check(repetitions(log_of(drawn.wait(3.0).record(), KICK)), drawn.kicks)


def test_a_kick_of_15_degrees_in_a_set_of_small_ones_counts() -> None:
    drawn = drawing().wait(3.0)
    for rom_deg in (30.0, 28.0, 15.0, 32.0, 29.0):
        drawn.kick(rom_deg)
    check(repetitions(log_of(drawn.wait(3.0).record(), KICK)), drawn.kicks)


def test_a_kick_of_less_than_40_percent_of_the_set_is_partial() -> None:
    drawn = drawing().wait(3.0)
    for rom_deg in (80.0, 82.0, 20.0, 78.0, 81.0):
        drawn.kick(rom_deg)
    log = log_of(drawn.wait(3.0).record(), KICK)
    assert [round(each.rom_deg, -1) for each in repetitions(log)] == [80.0] * 4
    assert [(each.verdict, each.reasons) for each in refused(log)] == [(Verdict.PARTIAL, ("low",))]
    assert [len(one) for one in log.sets] == [4]


@pytest.mark.parametrize("pulse_deg", [-10.0, 8.0])
def test_a_pulse_at_the_top_is_inside_the_hold(pulse_deg: float) -> None:
    drawn = kicks(4, hold_s=3.0)
    middle_s = sum(phases(drawn.kicks[1])[1:3]) / 2
    drawn.drift(pulse_deg, middle_s - 0.4, 0.4).drift(-pulse_deg, middle_s, 0.4)
    log = log_of(drawn.record(), KICK)
    check(repetitions(log), drawn.kicks)
    assert not refused(log)


def test_tremor_and_sag_at_the_top_are_inside_the_hold() -> None:
    drawn = kicks(4, hold_s=3.0)
    for _, top_start_s, top_end_s, _ in map(phases, drawn.kicks):
        drawn.tremble(9.0, 0.06, top_start_s, top_end_s)
        drawn.drift(-4.0, top_start_s, top_end_s - top_start_s).drift(4.0, top_end_s - 0.1, 1.4)
    log = log_of(drawn.record(), KICK)
    check(repetitions(log), drawn.kicks, bounds_s=0.12, rom_deg=3.5)


@pytest.mark.parametrize("phase", [0, 1, 2])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_a_gap_of_seven_tenths_makes_doubtful(phase: int, gyroscope: bool) -> None:
    """In the lift, the hold, the lowering: the repetition counts, with a doubt; the others stay as they are."""
    drawn = kicks(5, hold_s=2.0)
    bounds = phases(drawn.kicks[2])
    middle_s = (bounds[phase] + bounds[phase + 1]) / 2
    block = without(drawn.record(gyroscope=gyroscope), middle_s - 0.35, middle_s + 0.35)
    log = log_of(block, KICK)
    assert len(log.gaps) == 1
    assert [each.verdict.value for each in repetitions(log)] == ["counted", "counted", "doubtful", "counted", "counted"]
    assert repetitions(log)[2].reasons == ("gap",)
    assert [len(one) for one in log.sets] == [5]


def test_a_gap_in_the_pause_harms_nothing() -> None:
    drawn = kicks(5, rest_s=2.5)
    end_s = drawn.kicks[2].end_s
    log = log_of(without(drawn.record(), end_s + 1.0, end_s + 1.8), KICK)
    check(repetitions(log), drawn.kicks)


def test_a_gap_of_a_second_and_a_half_ends_the_movement() -> None:
    drawn = kicks(5, hold_s=2.5, rest_s=1.8)
    top_s = drawn.kicks[2].top_start_s
    log = log_of(without(drawn.record(), top_s + 0.4, top_s + 1.9), KICK)
    found = [each.start_s for each in repetitions(log)]
    kept = [kick.start_s for kick in drawn.kicks if kick is not drawn.kicks[2]]
    assert found == pytest.approx(kept, abs=0.06)
    assert all(not (each.start_s < top_s + 0.5 < each.end_s) for each in log.movements)


def two_blocks(pause_s: float) -> Drawing:
    """Three kicks, a pause by the 10 % rule, three kicks, and quiet."""
    drawn = kicks(3, rest_s=1.5)
    drawn.now_s = drawn.kicks[-1].end_s + pause_s - 0.125
    for _ in range(3):
        drawn.kick()
    return drawn.wait(7.0)


PAUSES = pytest.mark.parametrize(("pause_s", "sizes"), [(4.6, [6]), (5.6, [3, 3]), (20.0, [3, 3])])


@PAUSES
def test_a_pause_of_more_than_five_seconds_ends_the_set(pause_s: float, sizes: list[int]) -> None:
    assert set_sizes(two_blocks(pause_s).record()) == sizes


@PAUSES
def test_the_end_of_a_set_is_told_once(pause_s: float, sizes: list[int]) -> None:
    block = two_blocks(pause_s).record()
    ends = [each for each in events(block, KICK, live_cuts(block)) if isinstance(each, SetEnd)]
    assert [each.repetitions for each in ends] == sizes
    for end in ends:
        assert 5.0 <= end.decided_s - end.end_s <= 5.5


@pytest.mark.parametrize("rom_deg", [5.5, 8.0, 30.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_unsigned_repetitions_count_from_five_degrees(rom_deg: float, sign: float) -> None:
    drawn = kicks(8, rom_deg=sign * rom_deg)
    found = repetitions(log_of(drawn.record(), ANY))
    assert [each.rom_deg for each in found] == pytest.approx([rom_deg] * 8, abs=1.0)


def test_three_degrees_are_sway() -> None:
    assert not log_of(kicks(8, rom_deg=3.0).record(), ANY).movements


def test_form() -> None:
    drawn = drawing().wait(3.0)
    for _ in range(3):
        drawn.kick(60.0, 1.3, 1.5, 1.3)
    drawn.kick(60.0, 1.3, 0.6, 1.3).kick(60.0, 0.7, 1.5, 1.3).kick(60.0, 1.3, 1.5, 0.7).kick(30.0, 1.3, 1.5, 1.3)
    drawn.turn(45.0).kick(60.0, 1.3, 1.5, 1.3)
    form = [each.form for each in repetitions(log_of(drawn.wait(3.0).record(), KICK))]
    assert form == [(), (), (), ("short-hold",), ("fast-lift",), ("fast-lower",), ("low",), ("turned-out",)]


def test_low_and_fast_alone_never_reject() -> None:
    drawn = drawing().wait(3.0)
    for number in range(8):
        drawn.kick(60.0 if number % 2 else 30.0, 0.6, 0.4, 0.6, rest_s=0.8)
    check(repetitions(log_of(drawn.wait(3.0).record(), KICK)), drawn.kicks, bounds_s=0.1, rom_deg=2.5)


@pytest.mark.parametrize(("rom_deg", "pace"), [(60.0, 0.45), (60.0, 2.0), (30.0, 1.0)])
@pytest.mark.parametrize("first", [True, False])
def test_without_gyroscope_neither_at_an_end_of_a_set(rom_deg: float, pace: float, first: bool) -> None:
    drawn = drawing().wait(3.0)
    how = [(60.0, 1.0)] * 6
    how.insert(0 if first else 6, (rom_deg, pace))
    for each_deg, each in how:
        drawn.kick(each_deg, 1.5 * each, 1.2 * each, 1.5 * each)
    assert set_sizes(drawn.wait(3.0).record(50.0, gyroscope=False)) == [7]


def test_without_gyroscope_another_rhythm_at_the_end_of_a_set_is_none() -> None:
    drawn = kicks(6, rom_deg=30.0, lift_s=0.8, hold_s=0.8, lower_s=0.8)
    drawn.now_s -= 1.5
    drawn.to(26.0, 3.5).wait(0.3).to(0.0, 0.7)
    log = log_of(drawn.wait(4.0).record(25.0, gyroscope=False), KICK)
    assert [len(one) for one in log.sets] == [6]
    assert [each.reasons for each in refused(log)] == [("unlike",)]


def test_standing_up_and_kneeling_down_again_do_not_join_two_sets() -> None:
    how = {"difficulty": "hard", "rate_hz": 25.0, "gyroscope": False, "lost_share": 0.03, "low_rom": True}
    made = simulate("donkey-kick", 2119, **how)  # the person gets up after the first set
    assert [len(one["reps"]) for one in made.truth["sets"]] == [7, 12, 7]
    assert set_sizes(RawBlock(made.time_s, made.acc, made.gyr)) == [7, 12, 7]


def test_a_recording_that_begins_inside_a_movement() -> None:
    """What was under way is not invented; the next ones are all there."""
    drawn = drawing(60.0)
    drawn.wait(0.6).to(0.0, 1.3).wait(1.5)
    for _ in range(5):
        drawn.kick()
    found = repetitions(log_of(drawn.wait(3.0).record(), KICK))
    assert [each.start_s for each in found] == pytest.approx([kick.start_s for kick in drawn.kicks], abs=0.1)
    check(found[2:], drawn.kicks[2:])  # the first one or two are known once it is clear that the top came first


def test_a_recording_that_ends_inside_a_movement() -> None:
    drawn = kicks(5)
    block = drawn.record()
    for bound_s in phases(drawn.kicks[-1])[1:3]:
        check(repetitions(log_of(block[: round(bound_s * 100)], KICK)), drawn.kicks[:-1])


def still(seconds: float, acc: tuple[float, float, float] = (0.0, 9.81, 0.0)) -> RawBlock:
    n = round(seconds * 100)
    return RawBlock(np.arange(n) / 100.0, np.tile(acc, (n, 1)), np.zeros((n, 3)))


@pytest.mark.parametrize("exercise", ["donkey-kick", "repetitions", "hip-flexor-stretch", "thomas-test"])
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.05, 0.5, 2.0, 60.0])
def test_nothing_happens(exercise: str, seconds: float) -> None:
    assert not events(still(seconds), exercise)
    assert not events(still(seconds), exercise, range(10**4))


@pytest.mark.parametrize("exercise", ["donkey-kick", "repetitions", "hip-flexor-stretch", "thomas-test"])
def test_saturated_and_dead_sensors_give_finite_numbers(exercise: str) -> None:
    drawn = kicks(4)
    block = drawn.record()
    assert block.gyr is not None
    clipped = RawBlock(block.time_s, np.clip(block.acc, -7.0, 7.0), np.clip(block.gyr, -0.5, 0.5))
    stuck = RawBlock(block.time_s, np.full_like(block.acc, 156.9), np.full_like(block.gyr, 34.9))
    dead_gyr = RawBlock(block.time_s, block.acc, np.zeros_like(block.gyr))
    dead = RawBlock(block.time_s, np.zeros_like(block.acc), np.zeros_like(block.gyr))
    for each in (clipped, stuck, dead_gyr, dead):
        with suppress(RecordingError):  # a dead sensor may be refused
            for event in log_of(each, exercise).movements:
                assert np.isfinite([*phases(event), event.rom_deg, event.decided_s]).all()


def test_a_clipped_accelerometer_still_counts() -> None:
    """The whole of gravity is beyond the range along the thigh: the angle is wrong, the number is not."""
    drawn = kicks(5)
    block = drawn.record()
    assert len(repetitions(log_of(RawBlock(block.time_s, np.clip(block.acc, -9.5, 9.5), block.gyr), KICK))) == 5


def test_movements_do_not_overlap_and_phases_are_in_order() -> None:
    drawn = drawing().wait(2.0)
    rng = np.random.default_rng(5)
    for _ in range(25):
        drawn.kick(
            rng.uniform(6, 90), rng.uniform(0.5, 2), rng.uniform(0.4, 3), rng.uniform(0.5, 2), rng.uniform(0.2, 4)
        )
    log = log_of(drawn.wait(2.0).record(), KICK)
    for movement in log.movements:
        assert phases(movement) == sorted(phases(movement))
    for before, after in pairwise(repetitions(log)):
        assert before.end_s <= after.start_s + 0.02


def test_gaps_are_told() -> None:
    block = without(without(kicks(3).record(), 5.0, 5.4), 9.0, 12.0)
    found = [each for each in events(block, KICK, live_cuts(block)) if isinstance(each, Gap)]
    assert [(round(each.start_s, 2), round(each.end_s, 2)) for each in found] == [(5.0, 5.4), (9.0, 12.0)]


@pytest.mark.parametrize("lift_s", [0.45, 0.5, 0.55])
def test_quick_kicks_without_a_hold_show_which_way_is_extension(lift_s: float) -> None:
    """As short as strides, but alike and with a stop after each; at first the thigh was drawn in."""
    drawn = drawing().wait(3.0).to(-25.0, 1.0).wait(0.6).to(0.0, 1.0).wait(3.0)
    for _ in range(12):
        drawn.kick(55.0, lift_s, 0.0, lift_s, rest_s=0.5)
    assert set_sizes(drawn.wait(4.0).record()) == [12]


@pytest.mark.parametrize("exercise", [KICK, ANY])
def test_steps_forwards_and_back_are_no_repetitions(exercise: str) -> None:
    """The thigh never swings past the vertical, and stops there for a moment: still nobody repeats so quickly."""
    drawn = drawing().wait(3.0)
    for _ in range(7):
        drawn.to(-24.0, 0.42).to(0.0, 0.42).wait(0.3)
    drawn.wait(4.0)
    for _ in range(4):
        drawn.kick(40.0)
    assert set_sizes(drawn.wait(4.0).record(), exercise) == [4]
