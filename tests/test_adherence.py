"""Streaks and what is owed: over daylight saving, the date line, rest days and late logging."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.model.adherence import (
    DAY,
    Deed,
    Status,
    Streaks,
    by_period,
    days,
    lost_to_travel,
    owed,
    standings,
    streaks,
    week_of,
    weeks,
)
from sensortrack.model.programme import Task, parse_programme, shipped_programme_text

PROGRAMME = parse_programme(shipped_programme_text(), "shipped")
FIRST = date(2026, 3, 2)  # a Monday, four weeks before the clocks of Europe go forward
# daylight saving of an hour and of half an hour, none, both sides of the date line, odd offsets
ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Pacific/Auckland", "Pacific/Honolulu", "Asia/Kathmandu", "America/Santiago", "UTC",
]  # fmt: skip


def kicks(weekdays: set[int] | None = None) -> Task:
    """One set of one repetition on some days of the week: a day is done by a deed."""
    task = PROGRAMME.task("donkey-kick")
    assert task is not None
    one = {name: number for name, number in task.numbers.items() if name not in ("sets", "reps")}
    for name in ("sets", "reps"):
        number = task.numbers[name]
        one[name] = type(number)(1.0, 1.0, 1.0, "", "", number.source, number.grade)
    return Task(task.exercise, "any", "day", frozenset(range(7) if weekdays is None else weekdays), one)


def deed(day: date, at: datetime | None = None, *, measured: bool = True, side: str | None = None) -> Deed:
    return Deed("donkey-kick", side, day, 1, measured, at)


def done_on(done: list[date], today: date, weekdays: set[int] | None = None, first: date = FIRST) -> Streaks:
    return streaks(days([kicks(weekdays)], [deed(day) for day in done], first, today).values())


def counted_by_hand(done: set[date], first: date, today: date, weekdays: set[int]) -> Streaks:
    """The same from its words: walk over the scheduled days; today not yet done is left out."""
    marks = [day in done for day in (first + n * DAY for n in range((today - first).days + 1))
             if day.weekday() in weekdays and (day < today or day in done)]  # fmt: skip
    runs = "".join("x" if mark else " " for mark in marks).split(" ")
    return Streaks(len(runs[-1]), max(map(len, runs)))


offsets = st.sets(st.integers(0, 60), max_size=61)


@given(offsets, st.integers(0, 60), st.sets(st.integers(0, 6), min_size=1))
def test_streaks_are_those_counted_by_hand(done, length, weekdays):
    today = FIRST + length * DAY
    practised = {FIRST + n * DAY for n in done if n <= length}
    assert done_on(sorted(practised), today, weekdays) == counted_by_hand(practised, FIRST, today, weekdays)


@given(offsets, st.integers(1, 61))
def test_today_not_yet_breaks_nothing(done, length):
    today = FIRST + length * DAY
    practised = [FIRST + n * DAY for n in {*done, length - 1} if n < length]
    yesterday = done_on(practised, today - DAY)
    assert done_on(practised, today) == yesterday
    assert done_on([*practised, today], today).current == yesterday.current + 1
    assert done_on(practised, today + DAY).current == 0  # but when it is over, it was missed


@given(offsets, st.sets(st.integers(0, 6), min_size=1, max_size=6))
def test_what_is_done_on_rest_days_changes_no_streak(done, weekdays):
    today = FIRST + 60 * DAY
    practised = [FIRST + n * DAY for n in done]
    scheduled = [day for day in practised if day.weekday() in weekdays]
    assert done_on(practised, today, weekdays) == done_on(scheduled, today, weekdays)


@given(offsets, st.integers(0, 60), st.randoms(use_true_random=False))
def test_when_it_was_logged_does_not_matter(done, late, rng: random.Random):
    today = FIRST + 60 * DAY
    practised = [FIRST + n * DAY for n in done]
    before = done_on(practised, today)
    practised.append(FIRST + late * DAY)
    in_order = done_on(sorted(practised), today)
    rng.shuffle(practised)
    assert done_on(practised, today) == in_order
    assert in_order.longest >= before.longest
    assert in_order.current >= before.current


def test_a_day_logged_late_joins_what_it_broke():
    today = FIRST + 6 * DAY
    practised = [FIRST + n * DAY for n in (0, 1, 2, 4, 5, 6)]
    assert done_on(practised, today) == Streaks(3, 3)
    assert done_on([*practised, FIRST + 3 * DAY], today) == Streaks(7, 7)


@given(st.sampled_from(ZONES), st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=60))
def test_daylight_saving_neither_makes_nor_breaks_a_day(zone, minutes):
    """Once on every calendar day, at any time of it: from the Monday before any clock is changed until after."""
    place = ZoneInfo(zone)
    at = []
    for n, minute in enumerate(minutes):
        when = datetime.combine(FIRST + n * DAY, datetime.min.time(), place) + timedelta(minutes=minute)
        at.append(when.astimezone(UTC).astimezone(place))  # an hour that the clock leaves out becomes the next one
    deeds = [deed(each.date(), each) for each in at]
    lost = lost_to_travel(at)
    statuses = days([kicks()], deeds, FIRST, max(each.date() for each in at), lost)
    assert lost == set()
    assert streaks(statuses.values()) == Streaks(len(minutes), len(minutes))


@given(st.lists(st.tuples(st.sampled_from(ZONES), st.integers(1, 22)), min_size=1, max_size=40))
def test_no_journey_breaks_a_streak(steps):
    """Whoever practises every 22 hours or sooner, wherever that is, has missed nothing by anybody's clock."""
    now = datetime(2026, 3, 25, 12, tzinfo=UTC)
    at = []
    for zone, hours in steps:
        now += timedelta(hours=hours)
        at.append(now.astimezone(ZoneInfo(zone)))
    deeds = [deed(each.date(), each) for each in at]
    first, last = min(each.day for each in deeds), max(each.day for each in deeds)
    statuses = days([kicks()], deeds, first, at[-1].date(), lost_to_travel(at))
    assert set(statuses.values()) <= {Status.DONE, Status.REST}
    assert streaks(statuses.values()).current == len({each.day for each in deeds})
    assert list(statuses) == [first + n * DAY for n in range((last - first).days + 1)]


def at(day: str, zone: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))


def test_flying_west_over_the_date_line_skips_a_date():
    moments = [at("2026-11-10T07:00", "Pacific/Honolulu"), at("2026-11-12T20:00", "Pacific/Auckland")]
    assert lost_to_travel(moments) == {date(2026, 11, 11)}


def test_flying_east_over_the_date_line_gives_a_date_twice():
    moments = [at("2026-11-11T07:00", "Pacific/Auckland"), at("2026-11-10T20:00", "Pacific/Honolulu")]
    assert lost_to_travel(moments) == set()
    deeds = [deed(each.date(), each) for each in moments]
    statuses = days([kicks()], deeds, date(2026, 11, 10), date(2026, 11, 10))
    assert streaks(statuses.values()) == Streaks(2, 2)  # its tenth of November is not over, but it is done


def test_days_at_home_after_a_journey_are_not_forgiven():
    moments = [at("2026-11-10T07:00", "Pacific/Honolulu"), at("2026-11-15T20:00", "Pacific/Auckland")]
    assert lost_to_travel(moments) == {date(2026, 11, 14)}
    there = [at("2026-11-10T07:00", "Pacific/Auckland"), at("2026-11-12T07:00", "Pacific/Auckland")]
    assert lost_to_travel(there) == set()


def test_measured_alone_is_never_more():
    task, today = kicks(), FIRST + 5 * DAY
    deeds = [deed(FIRST + n * DAY, measured=n != 3) for n in range(6)]
    measured = [each for each in deeds if each.is_measured]
    assert streaks(days([task], deeds, FIRST, today).values()) == Streaks(6, 6)
    assert streaks(days([task], measured, FIRST, today).values()) == Streaks(2, 3)


# what is owed


STRETCH = PROGRAMME.task("hip-flexor-stretch")
KICKS = PROGRAMME.task("donkey-kick")


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ({}, {"left": 3, "right": 3}),
        ({"left": 3}, {"left": 0, "right": 3}),
        ({"left": 5, "right": 1}, {"left": 0, "right": 2}),
        ({None: 4}, {"left": 0, "right": 2}),
        ({"left": 2, None: 2}, {"left": 0, "right": 2}),
        ({"left": 2, "right": 2, None: 2}, {"left": 0, "right": 0}),
    ],
)
def test_each_leg_owes_its_own(done, left):
    assert owed(STRETCH, done) == left


@pytest.mark.parametrize(("repetitions", "left"), [(0, 2), (8, 2), (9, 1), (17, 1), (18, 0), (50, 0)])
def test_repetitions_make_sets(repetitions, left):
    assert owed(KICKS, {"left": repetitions // 2, None: repetitions - repetitions // 2}) == {None: left}


def test_a_weekly_task_is_owed_from_monday_to_sunday():
    thomas = PROGRAMME.task("thomas-test")
    sunday = date(2026, 11, 29)
    assert week_of(sunday) == date(2026, 11, 23)
    deeds = [Deed("thomas-test", side, date(2026, 11, 23), 2, True) for side in ("left", "right")]
    (standing,) = standings([thomas], deeds, sunday)
    assert standing.is_done
    (standing,) = standings([thomas], deeds, sunday + DAY)
    assert standing.owed == {"left": 2, "right": 2}
    found = weeks(thomas, deeds, date(2026, 11, 9), sunday + DAY)
    assert list(found.values()) == [Status.MISSED, Status.MISSED, Status.DONE, Status.OPEN]
    assert streaks(found.values()) == Streaks(1, 1)


def test_a_rest_day_owes_nothing():
    (standing,) = standings([kicks({0})], [], FIRST + DAY)
    assert not standing.is_due
    assert standing.is_done


def test_one_side_of_two_is_some_of_the_day():
    deeds = [Deed("hip-flexor-stretch", "left", FIRST, 3, True)]
    assert days([STRETCH], deeds, FIRST, FIRST + DAY) == {FIRST: Status.SOME, FIRST + DAY: Status.OPEN}


def test_deeds_of_other_exercises_are_left_alone():
    assert by_period([STRETCH], [deed(FIRST)]) == {}
