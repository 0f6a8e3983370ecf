"""A summary for people: on a terminal of any width, in a pipe, with or without colours."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sensortrack.cli.sparkline import MARKS, marks, sparkline
from sensortrack.cli.thomas import CAVEAT, thomas_lines
from sensortrack.cli.wording import clock_words, count_words, duration_words, form_words, reason_words
from sensortrack.model.events import ThomasAngle
from sensortrack.model.exercises import Exercise
from sensortrack.model.summary import EventLog, Quality, RepetitionRow, SetRow, Summary

if TYPE_CHECKING:  # it would load scipy, half a second that a stored session need not cost
    from sensortrack.cli.session import AngleSketch

_NARROW = 72  # columns below which the phases are left out
_COLOURS = {"counted": "green", "doubtful": "yellow", "partial": "yellow", "rejected": "red"}
_SHOWN_REJECTED = 6  # of a kind; --format csv lists all


class Shown(Protocol):
    """What a summary is printed from: a session that just ran, or a stored one."""

    @property
    def exercise(self) -> Exercise:
        """What was done."""

    @property
    def log(self) -> EventLog:
        """What was found."""

    @property
    def sketch(self) -> AngleSketch | None:
        """The angle; None where it is shown otherwise."""

    @property
    def quality(self) -> Quality:
        """How the samples came."""


def print_summary(session: Shown, summary: Summary, console: Console | None = None) -> None:
    """Print the whole."""
    console = console or Console(highlight=False)
    exercise = session.exercise
    console.print(Text(f"{summary['source']}: {exercise.title}", style="bold"))
    console.print(f"{duration_words(summary['duration_s'])} at {summary['rate_hz']:.0f} Hz")
    _print_sparkline(console, session, summary)
    for number, one in enumerate(summary["sets"], start=1):
        _print_set(console, number, one)
    _print_holds(console, summary)
    _print_thomas(console, session)
    console.print()
    for line in totals(summary, exercise):
        console.print(Text(line, style="bold"))
    _print_rejected(console, summary)
    _print_taken_back(console, session)
    for line in quality_lines(session, summary):
        console.print(line, markup=False)


def totals(summary: Summary, exercise: Exercise) -> list[str]:
    """What was done, in one line for each kind."""
    if exercise.detector == "thomas":
        return []
    if exercise.detector == "stretch":
        holds = summary["holds"]
        held_s = sum(hold["duration_s"] for hold in holds)
        in_target = sum(hold["in_target"] for hold in holds)
        target_s = exercise["target_hold_s"]
        return [
            f"{count_words(len(holds), 'hold')}, {duration_words(held_s)} in all"
            + (f"; {in_target} of {len(holds)} reached {target_s:g} s" if holds else "")
        ]
    reps = [rep for one in summary["sets"] for rep in one["reps"]]
    line = f"{count_words(len(reps), 'repetition')} in {count_words(len(summary['sets']), 'set')}"
    doubtful = sum(rep["verdict"] == "doubtful" for rep in reps)
    if reps:
        line += f", range of motion {median(rep['rom_deg'] for rep in reps):.0f}° (median)"
    return [line + (f"; {doubtful} of them doubtful" if doubtful else "")]


def quality_lines(session: Shown, summary: Summary) -> list[str]:
    """Say what was missing in the data."""
    quality = session.quality
    lines = []
    if summary["gaps"]:
        missing_s = sum(gap["end_s"] - gap["start_s"] for gap in summary["gaps"])
        longest_s = max(gap["end_s"] - gap["start_s"] for gap in summary["gaps"])
        lines.append(
            f"Data: {count_words(len(summary['gaps']), 'gap')}, {missing_s:.1f} s missing in all, "
            f"the longest {longest_s:.1f} s."
        )
    left_out = [
        f"{count} {words}" for count, words in ((quality.repeated, "repeated"), (quality.late, "late")) if count
    ]
    if left_out:
        lines.append(f"Data: samples left out: {' and '.join(left_out)}.")
    return lines or ["Data: complete."]


def _print_sparkline(console: Console, session: Shown, summary: Summary) -> None:
    if session.sketch is None:
        return
    width = max(10, console.width - 1)
    below = marks(session.log, summary["duration_s"], width)
    console.print(sparkline(session.sketch.trace(), summary["duration_s"], width), markup=False, no_wrap=True)
    if below.strip():
        console.print(below.rstrip(), markup=False, no_wrap=True)
        legend = "  ".join(f"{sign} {words}" for sign, words in MARKS.items() if sign in below)
        console.print(legend, markup=False, style="dim")


def _print_set(console: Console, number: int, one: SetRow) -> None:
    is_wide = console.width >= _NARROW
    table = Table(
        title=f"Set {number}: {count_words(len(one['reps']), 'repetition')}, "
        f"{clock_words(one['start_s'])} to {clock_words(one['end_s'])}",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    table.add_column("#", justify="right")
    for name in ("start", "lift", "hold", "lower") if is_wide else ("hold",):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("motion", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("form", overflow="fold")
    for index, rep in enumerate(one["reps"], start=1):
        table.add_row(str(index), *_times(rep, is_wide), f"{rep['rom_deg']:.0f}°", _verdict(rep), _form(rep))
    console.print()
    console.print(table)


def _times(rep: RepetitionRow, is_wide: bool) -> list[str]:
    if not is_wide:
        return [f"{rep['hold_s']:.1f} s"]
    return [clock_words(rep["start_s"]), *(f"{s:.1f} s" for s in (rep["lift_s"], rep["hold_s"], rep["lower_s"]))]


def _verdict(rep: RepetitionRow) -> Text:
    return Text(rep["verdict"], style=_COLOURS[rep["verdict"]])


def _form(rep: RepetitionRow) -> str:
    words = form_words(rep["form"])
    return f"{words} ({reason_words(rep['reasons'])})" if rep["reasons"] else words


def _print_holds(console: Console, summary: Summary) -> None:
    if not summary["holds"]:
        return
    table = Table(title="Holds", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in ("#", "start", "held", "thigh"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("target", overflow="fold")
    for index, hold in enumerate(summary["holds"], start=1):
        words = Text("reached", style="green") if hold["in_target"] else Text("not reached", style="yellow")
        table.add_row(
            str(index), clock_words(hold["start_s"]), f"{hold['duration_s']:.1f} s", f"{hold['angle_deg']:+.0f}°", words
        )
    console.print()
    console.print(table)


def _print_thomas(console: Console, session: Shown) -> None:
    if session.exercise.detector != "thomas":
        return
    *trials, result = thomas_lines(session.log.trials)
    console.print()
    for line in trials:
        console.print(line, markup=False)
    console.print(Text(result, style="bold"))
    console.print(CAVEAT)


def _print_rejected(console: Console, summary: Summary) -> None:
    """Say what was seen but not counted, movements with the same reasons together."""
    alike: dict[str, list[RepetitionRow]] = {}
    for row in summary["rejected"]:
        alike.setdefault(reason_words(row["reasons"]) or row["verdict"], []).append(row)
    if alike:
        console.print("Seen but not counted:")
    for words, found in alike.items():
        places = [f"{clock_words(row['start_s'])} ({row['rom_deg']:+.0f}°)" for row in found[:_SHOWN_REJECTED]]
        rest = f" and {len(found) - len(places)} more" if len(found) > len(places) else ""
        line = Text(f"{len(found)} × {words}: {', '.join(places)}{rest}")
        console.print(Padding(line, (0, 0, 0, 2)))


def _print_taken_back(console: Console, session: Shown) -> None:
    """Say which holds and trials a person does not count; the times are what `edit --accept` takes."""
    found = session.log.taken_back
    if found:
        noun = "trial" if isinstance(found[0], ThomasAngle) else "hold"
        places = ", ".join(clock_words(each.start_s) for each in found)
        console.print(Text(f"Taken back by hand: {count_words(len(found), noun)}: {places}"))
