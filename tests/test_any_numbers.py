"""Whatever numbers a recording holds, the chain gives a result or a refusal: no traceback, no warning."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensortrack.cli.session import Session
from sensortrack.model.errors import RecordingError
from sensortrack.model.exercises import load_exercise, shipped_names
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.sources.simulator import simulate

LIMIT = 9e5  # the reader refuses more (formats/csv_table.py)
numbers = st.one_of(st.floats(-20, 20), st.floats(-LIMIT, LIMIT), st.sampled_from([0.0, 1e-300, 9.81, -9.81]))
edits = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 200), st.integers(0, 6), numbers), max_size=6)


@cache
def samples(exercise: str) -> FloatArray:
    made = simulate(exercise, 3, rate_hz=50.0, gyroscope=True, difficulty="clean")
    assert made.gyr is not None
    return np.column_stack([made.time_s, made.acc, made.gyr])[:3000]


@pytest.mark.parametrize("exercise", shipped_names())
@given(edits=edits, has_gyr=st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_numbers(exercise: str, edits: list[tuple[int, int, int, float]], has_gyr: bool) -> None:
    rows = samples(exercise).copy()
    for first, count, column, value in edits:
        rows[first % len(rows) :, column][:count] = value
    session = Session(load_exercise(exercise))
    with suppress(RecordingError):
        session.process(RawBlock(rows[:, 0], rows[:, 1:4], rows[:, 4:] if has_gyr else None))
        session.finish()
        session.summary("any.csv")
