"""Change against measurement noise: known answers, and what must hold for any series."""

import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.model.trend import NOISE, NOISE_OF_DIFFERENCE, noise, own_sem, trend

ANGLES = st.floats(-90, 90)


def test_two_degrees_are_noise_and_eight_are_not():
    assert not trend([20.0, 22.0], "deg").is_beyond_noise
    assert trend([20.0, 28.0], "deg").is_beyond_noise
    assert trend([28.0, 20.0], "deg").is_beyond_noise
    assert not trend([20.0, 25.0], "deg").is_beyond_noise  # exceeds, not reaches


def test_the_persons_own_scatter_raises_the_limit():
    scattered = [20.0, 30.0, 20.0, 30.0, 28.0]
    told = trend(scattered, "deg")
    differences = [10, -10, 10, -2]
    assert own_sem(scattered) == pytest.approx((sum(d * d for d in differences) / 4 / 2) ** 0.5)
    assert told.noise == pytest.approx(2.77 * own_sem(scattered))
    assert not told.is_beyond_noise


def test_one_odd_day_is_no_trend():
    told = trend([20.0, 20.0, 20.0, 20.0, 20.0, 45.0], "deg")
    assert (told.first, told.last, told.averaged) == (20.0, 20.0, 3)
    assert not told.is_beyond_noise


def test_few_sessions_tell_no_own_error():
    assert trend([], "deg") is None
    assert trend([3.0], "deg") is None
    assert own_sem([1.0, 9.0, 1.0]) is None
    assert trend([1.0, 9.0, 1.0], "deg").noise == NOISE["deg"]


def test_the_error_of_known_noise_is_found():
    draw = random.Random(5)
    slowly_better = [0.1 * number + draw.gauss(0, 2.0) for number in range(400)]
    assert own_sem(slowly_better) == pytest.approx(2.0, rel=0.1)


def test_without_change_it_is_rarely_beyond_noise():
    """Two single measurements exceed 2.77 SEM in 5 %; medians of three and the least change are stricter."""
    draw = random.Random(8)
    series = [[draw.gauss(0, 4.0) for _ in range(12)] for _ in range(400)]
    assert sum(trend(each, "deg").is_beyond_noise for each in series) <= 20


@given(st.lists(ANGLES, min_size=2, max_size=40))
def test_what_holds_for_any_series(values):
    told = trend(values, "deg")
    assert told.noise == noise(values, "deg") >= NOISE["deg"]
    assert told.noise >= NOISE_OF_DIFFERENCE * (own_sem(values) or 0.0)
    assert 1 <= told.averaged <= 3
    assert told.last == median(values[-told.averaged :])
    back = trend(values[::-1], "deg")
    assert back.change == -told.change
    assert back.is_beyond_noise == told.is_beyond_noise
