"""What people see: sparkline, tables, live view, at every width and for every event."""

from __future__ import annotations

import io
import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from sensortrack.cli.live import LiveView, big
from sensortrack.cli.session import AngleSketch, Session, paced
from sensortrack.cli.sparkline import marks, sparkline
from sensortrack.cli.table import print_summary
from sensortrack.cli.wording import describe
from sensortrack.model.events import (
    AngleTrace,
    Event,
    Gap,
    Hold,
    HoldProgress,
    Movement,
    SetEnd,
    ThomasAngle,
    Verdict,
)
from sensortrack.model.exercises import load_exercise, shipped_names
from sensortrack.model.samples import RawBlock
from sensortrack.model.summary import EventLog
from sensortrack.sources.simulator import simulate
from sensortrack.store.pyramid import BUCKET_S, Pyramid

REPETITION = Movement(0, 12.1, 13.2, 15.1, 16.4, 78.2, 16.6, Verdict.COUNTED, form=("fast-lower",), set_id=0)
DOUBTFUL = replace(
    REPETITION,
    id=1,
    start_s=18.0,
    top_start_s=19.0,
    top_end_s=21.0,
    end_s=22.0,
    verdict=Verdict.DOUBTFUL,
    reasons=("gap",),
)
REJECTED = replace(
    REPETITION,
    id=2,
    start_s=30.0,
    top_start_s=31.0,
    top_end_s=33.0,
    verdict=Verdict.REJECTED,
    reasons=("flexion", "new"),
    set_id=None,
)
EVENTS: list[Event] = [
    REPETITION,
    DOUBTFUL,
    SetEnd(0, 12.1, 22.0, 2, 27.0),
    REJECTED,
    HoldProgress(0, 40.0, 45.0),
    Hold(0, 40.0, 62.0, 24.3, 62.4, True),
    Hold(1, 64.0, 70.0, 24.3, 70.4, False),
    Hold(2, 70.0, 76.0, 24.3, 76.4, False, cancelled=True),
    Gap(0, 50.0, 50.6, 50.6),
    ThomasAngle(0, 80.0, 84.0, -4.1, 0.4, 84.2),
    ThomasAngle(1, 90.0, 94.0, -4.1, 0.4, 94.2, cancelled=True),
]


def trace(seconds: float = 90.0) -> AngleTrace:
    time_s = np.arange(0.0, seconds, 0.02)
    return AngleTrace(time_s, np.where(time_s < 5, np.nan, 40 * np.sin(time_s / 3)))


def rendered(thing: object, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, no_color=True)
    console.print(thing)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_one_line(event: Event) -> None:
    words = describe(event, EventLog(EVENTS))
    assert words
    assert "\n" not in words


def test_a_repetition_is_counted_in_its_set() -> None:
    assert "repetition 2 of set 1" in describe(DOUBTFUL, EventLog(EVENTS))


@pytest.mark.parametrize("exercise", shipped_names())
@pytest.mark.parametrize("width", [30, 50, 80, 200])
def test_live_view_fits(exercise: str, width: int) -> None:
    session = Session(load_exercise(exercise))
    view = LiveView(session)
    shown = [rendered(view, width)]
    for event in EVENTS:
        session.log.add(event)
        view.update([trace(event.decided_s), event])
        shown.append(rendered(view, width))
    assert all(len(line) <= width for one in shown for line in one.splitlines())


def test_live_view_times_the_hold_that_lasts() -> None:
    session = Session(load_exercise("hip-flexor-stretch"))
    view = LiveView(session)
    view.update([HoldProgress(0, 40.0, 45.0), trace(57.5)])
    assert big("16") in "\n".join(line.rstrip() for line in rendered(view, 80).splitlines()) or "█" in rendered(
        view, 80
    )


def test_big_number() -> None:
    assert [row.rstrip() for row in big("17").splitlines()] == [
        "  ██      ██████",
        "████          ██",
        "  ██          ██",
        "  ██          ██",
        "██████        ██",
    ]


@pytest.mark.parametrize("exercise", shipped_names())
@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_table_fits(exercise: str, width: int) -> None:
    session = Session(load_exercise(exercise), with_angle=True)
    for event in EVENTS:
        session.log.add(event)
    assert session.sketch is not None
    session.sketch.add(trace())
    console = Console(file=io.StringIO(), width=width, no_color=True)
    print_summary(session, session.summary("a.csv"), console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    assert "Seen but not counted" in text
    assert "new" in text


def test_sparkline_shows_the_one_kick_of_an_hour() -> None:
    time_s = np.arange(0, 3600, 0.1)
    line = sparkline(AngleTrace(time_s, np.where(np.abs(time_s - 1810) < 1, 80.0, 0.0)), 3600.0, 60)
    assert line == "▁" * 30 + "█" + "▁" * 29


def test_sparkline_of_little() -> None:
    nothing = AngleTrace(np.empty(0), np.empty(0))
    assert sparkline(nothing, 0.0, 10) == " " * 10
    assert sparkline(trace(5.0), 5.0, 10) == " " * 10
    still = AngleTrace(np.arange(100.0), np.random.default_rng(1).normal(0, 0.1, 100))
    assert set(sparkline(still, 100.0, 10)) == {"▁"}


def test_marks() -> None:
    line = marks(EventLog(EVENTS), 90.0, 90)
    assert (line[14], line[20], line[32], line[40], line[50]) == ("▲", "△", "×", "━", "┄")


def test_sketch_stays_small_and_even() -> None:
    sketch = AngleSketch(most=1000)
    whole = trace(400.0)
    for start in range(0, len(whole.time_s), 37):
        sketch.add(AngleTrace(whole.time_s[start : start + 37], whole.angle_deg[start : start + 37]))
    kept = sketch.trace()
    assert 300 < len(kept.time_s) <= 1000
    assert np.ptp(np.diff(kept.time_s)) < 1e-9
    assert kept.time_s[-1] > 399


@pytest.mark.parametrize(("exercise", "shown"), [("thomas-test", "-8°"), ("donkey-kick", "+82°")])
def test_a_thomas_test_shows_the_angle_as_its_result_tells_it(exercise: str, shown: str) -> None:
    view = LiveView(Session(load_exercise(exercise)))
    view.update([AngleTrace(np.array([1.0]), np.array([82.0]))])
    assert f"▼ {shown}" in rendered(view, 80)


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_the_angle_is_drawn_the_right_way_round(seed: int) -> None:
    """Which way is extension is learned from the kicks; the picture of those before turns over with it."""
    made = simulate("donkey-kick", seed, rate_hz=50, gyroscope=True)
    session, pyramid = Session(load_exercise("donkey-kick"), with_angle=True), Pyramid()
    for output in (*session.process(RawBlock(made.time_s, made.acc, made.gyr)), *session.finish()):
        if isinstance(output, AngleTrace):
            pyramid.add(output)
    assert session.sketch is not None
    drawn = session.sketch.trace()
    extremes = np.concatenate([tile.extremes for tile in pyramid.tiles() if tile.level == 0])
    for kick in (each for each in session.log.movements if each.verdict.counts):
        top, rest = (int(at_s / BUCKET_S) for at_s in ((kick.top_start_s + kick.top_end_s) / 2, kick.start_s))
        assert extremes[top, 0] > extremes[rest, 1]
        angles = np.interp([(kick.top_start_s + kick.top_end_s) / 2, kick.start_s], drawn.time_s, drawn.angle_deg)
        assert angles[0] > angles[1] + 10.0


def test_sketch_turns_over_what_was_told_wrongly() -> None:
    sketch, pyramid = AngleSketch(), Pyramid()
    for piece in (AngleTrace(np.array([1.0, 2.0, 3.0]), np.array([5.0, 6.0, -7.0])),
                  AngleTrace(np.array([4.0]), np.array([8.0]), mirrored_from_s=2.0)):  # fmt: skip
        sketch.add(piece)
        pyramid.add(piece)
    assert sketch.trace().angle_deg.tolist() == [5.0, -6.0, 7.0, 8.0]
    known = next(pyramid.tiles()).extremes
    assert known[np.isfinite(known[:, 0])].tolist() == [[5.0, 5.0], [-6.0, -6.0], [7.0, 7.0], [8.0, 8.0]]


def test_sketch_holds_no_more_than_its_points() -> None:
    """A view would keep the whole array that it was taken from."""
    sketch, whole = AngleSketch(most=1000), trace(4000.0)
    tracemalloc.start()
    for start in range(0, len(whole.time_s), 1000):
        sketch.add(AngleTrace(whole.time_s[start : start + 1000], whole.angle_deg[start : start + 1000]))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 3 * 16 * 1000


def test_paced_is_due_in_time_and_loses_nothing() -> None:
    block = RawBlock(np.arange(100) / 100 + 7.0, np.zeros((100, 3)))
    begin = time.monotonic()
    parts = list(paced([block[:55], block[55:]], 5.0))
    assert time.monotonic() - begin > 0.15
    assert np.array_equal(np.concatenate([part.time_s for part in parts]), block.time_s)
    assert max(map(len, parts)) == 10


def test_paced_does_not_wait_for_a_time_that_ran_backwards() -> None:
    block = RawBlock(np.concatenate([np.arange(30) / 100, np.arange(30) / 100 - 900]), np.zeros((60, 3)))
    begin = time.monotonic()
    assert sum(map(len, paced([block], 1.0))) == 60
    assert time.monotonic() - begin < 60.0  # it would wait for 900
