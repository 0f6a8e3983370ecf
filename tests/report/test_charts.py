"""Scales, ticks and parts of drawings, by properties."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.review.charts import around, grouped, ticks
from sensortrack.review.markup import element, text_of

NUMBERS = st.floats(-1e4, 1e4)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (-48, 96, 5, [0, 50]),
        (0.4, 3.2, 4, [1, 2, 3]),
        (-15, 2, 4, [-15, -10, -5, 0]),
    ],
)
def test_ticks_are_round(low, high, most, expected):
    assert ticks(low, high, most) == expected


@given(NUMBERS, st.floats(0.01, 1e4), st.integers(2, 12))
def test_ticks_lie_inside_evenly_and_are_few(low, width, most):
    found = ticks(low, low + width, most)
    assert len(found) <= most + 1
    assert all(low - 1e-5 <= tick <= low + width + 1e-5 for tick in found)
    steps = {round(after - before, 5) for before, after in pairwise(found)}
    assert len(steps) <= 1


@given(st.lists(NUMBERS), st.floats(0.1, 100))
def test_all_values_have_room(values, least):
    low, high = around([*values, float("nan")], least)
    assert high - low >= least * (1 - 1e-9)
    assert all(low <= value <= high for value in values)


@given(st.lists(st.integers()), st.integers(1, 50))
def test_parts_are_the_whole(values, most):
    parts = grouped(values, most)
    assert [value for part in parts for value in part] == values
    assert len(parts) <= most
    if len(values) <= most:
        assert all(len(part) == 1 for part in parts)


def test_text_is_escaped_and_children_keep_their_order():
    made = element("p", "<b>", element("b", "&"), ["c", None, ["d"]], "e", title='"<', data_x=1.25, class_=None)
    assert text_of(made) == '<p title="&quot;<" data-x="1.2">&lt;b&gt;<b>&amp;</b>cde</p>'
