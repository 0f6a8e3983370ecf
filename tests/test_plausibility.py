"""Gravity of 9.81 m/s² or a refusal, whatever the partition of the stream."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.signal.plausibility import PlausibilityCheck

RATE_HZ = 100


def recording(size: FloatArray) -> RawBlock:
    return RawBlock(np.arange(len(size)) / RATE_HZ, np.outer(size, [0.6, 0.0, -0.8]))


def noise(scale: float, seconds: float = 12.0) -> FloatArray:
    return np.random.default_rng(3).normal(0.0, scale, int(seconds * RATE_HZ))


def verdict(block: RawBlock, cuts: list[int]) -> tuple[Problem, str] | None:
    check = PlausibilityCheck()
    edges = [0, *sorted(cuts), len(block)]
    try:
        for start, stop in pairwise(edges):
            check.process(block[start:stop])
        check.finish()
    except RecordingError as error:
        return error.problem, error.found
    return None


CASES = {
    "rest": (9.81 + noise(0.05), None),
    "scale error": (10.4 + noise(0.05), None),
    "walk": (9.81 + noise(3.0), None),
    "g": (1.0 + noise(0.02), Problem.UNITS),
    "mg": (1000.0 + noise(20.0), Problem.UNITS),
    "linear, at rest": (noise(0.05), Problem.GRAVITY_REMOVED),
    "linear, moving": (noise(1.5), Problem.GRAVITY_REMOVED),
    "dead": (np.zeros(1200), Problem.GRAVITY_REMOVED),
    "dropped first": (np.concatenate([np.full(500, 4.0), 9.81 + noise(0.1)]), None),
    "two seconds": (9.81 + noise(0.05, 2.0), None),
    "two seconds in g": (1.0 + noise(0.02, 2.0), Problem.UNITS),
    "too few to tell": (noise(0.02, 0.1), None),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str) -> None:
    size, problem = CASES[name]
    found = verdict(recording(size), [])
    assert (found[0] if found else None) is problem


@given(st.sampled_from(sorted(CASES)), st.lists(st.integers(0, 1200), max_size=30))
def test_cutting_changes_nothing(name: str, cuts: list[int]) -> None:
    block = recording(CASES[name][0])
    assert verdict(block, [min(cut, len(block)) for cut in cuts]) == verdict(block, [])
