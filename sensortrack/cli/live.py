"""The live view: how many, how long, how high, shared by demo and replay in real time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from statistics import median

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sensortrack.cli.announcer import Targets
from sensortrack.cli.session import Session
from sensortrack.cli.wording import clock_words, describe, form_words
from sensortrack.model.events import AngleTrace, Event, Gap, Hold, HoldProgress, Movement
from sensortrack.model.exercises import Exercise
from sensortrack.model.samples import RawBlock

_FRAMES_HZ = 12  # more is not seen, and costs the chain time
_GAUGE_DEG = (-90.0, 90.0)
_STRETCH_ZONE_DEG = (15.0, 35.0)  # design section 2: kneeling stretch
# five rows of three cells for each sign
_DIGITS = {
    "0": "███ █ █ █ █ █ █ ███", "1": " █  ██   █   █  ███", "2": "███   █ ███ █   ███", "3": "███   █ ███   █ ███",
    "4": "█ █ █ █ ███   █   █", "5": "███ █   ███   █ ███", "6": "███ █   ███ █ █ ███", "7": "███   █   █   █   █",
    "8": "███ █ █ ███ █ █ ███", "9": "███ █ █ ███   █ ███", "-": "        ███        ",
}  # fmt: skip


def big(number: str) -> str:
    """Write a number five lines high, every cell two characters wide."""
    rows = ("  ".join(_DIGITS[sign][4 * row : 4 * row + 3] for sign in number) for row in range(5))
    return "\n".join("".join(2 * cell for cell in row) for row in rows)


class LiveView:
    """What a person sees from the mat: kept up to date by what comes out of the chain.

    Parameters
    ----------
    session
        What is followed.
    targets
        What is meant to be done, if that is not the exercise's own.
    """

    def __init__(self, session: Session, targets: Targets | None = None) -> None:
        self._session = session
        self._targets = targets or Targets.of(session.exercise)
        self._now_s = 0.0
        self._angle_deg = float("nan")
        self._holding_since_s: float | None = None
        self._last = Text("")
        self._zone_deg = zone(session.exercise, [], 0.0)
        self._recent: list[AngleTrace] = []

    def update(self, outputs: Iterable[Event | AngleTrace]) -> None:
        """Take what the chain told."""
        for output in outputs:
            if isinstance(output, AngleTrace):
                self._take_angle(output)
            elif isinstance(output, HoldProgress):
                self._holding_since_s = output.start_s
            else:
                self._take_event(output)

    def _take_angle(self, trace: AngleTrace) -> None:
        if not len(trace.time_s):
            return
        self._now_s = float(trace.time_s[-1])
        self._angle_deg = float(trace.angle_deg[-1])
        self._recent = [part for part in self._recent if part.time_s[-1] > self._now_s - 60.0] + [trace]

    def _take_event(self, event: Event) -> None:
        words = "" if isinstance(event, Gap) else describe(event, self._session.log)
        if isinstance(event, Hold):
            self._holding_since_s = None
        if isinstance(event, Movement) and event.verdict.counts:
            roms_deg = [rep.rom_deg for rep in self._session.log.movements if rep.set_id == event.set_id]
            self._zone_deg = zone(self._session.exercise, roms_deg, self._angle_at(event.start_s))
        if words:
            is_good = isinstance(event, Movement | Hold) and not getattr(event, "form", ())
            self._last = Text(words, style="green" if is_good else "yellow")

    def _angle_at(self, time_s: float) -> float:
        for part in self._recent:
            if part.time_s[-1] >= time_s:
                angle_deg = float(part.angle_deg[int(np.searchsorted(part.time_s, time_s))])
                return angle_deg if np.isfinite(angle_deg) else 0.0
        return 0.0

    def __rich_console__(self, console: Console, _: object) -> Iterable[Group]:
        """Draw for the width there is."""
        exercise = self._session.exercise
        head = Text(f"{exercise.title}   {clock_words(self._now_s)}", style="bold")
        body = Table.grid(padding=(0, 4))
        body.add_row(Text(big(self._number()), style="bold cyan"), self._facts())
        yield Group(head, Text(""), body, Text(""), *self._gauge(console.width), self._last)

    def _number(self) -> str:
        """The number to be seen across the room: repetitions of the set, seconds of the hold, or the angle."""
        detector = self._session.exercise.detector
        if detector == "repetitions":
            sets = self._session.log.sets
            return str(len(sets[-1]) if sets else 0)
        if detector == "stretch":
            since_s = self._holding_since_s
            return str(int(self._now_s - since_s)) if since_s is not None else "0"
        return f"{self._angle_deg:.0f}" if np.isfinite(self._angle_deg) else "-"

    def _facts(self) -> Text:
        exercise, log, goals = self._session.exercise, self._session.log, self._targets
        if exercise.detector == "repetitions":
            lines = [
                f"of {goals.repetitions} repetitions",
                f"set {max(1, len(log.sets))} of {goals.sets}",
            ]
            if log.sets:
                last = log.sets[-1][-1]
                lines += [f"held {last.hold_s:.1f} s", f"motion {abs(last.rom_deg):.0f}°", form_words(last.form)]
        elif exercise.detector == "stretch":
            lines = [
                f"seconds of {goals.hold_s:g}",
                f"holds {len(log.holds)} of {goals.sets}",
            ]
            lines += [f"last {hold.duration_s:.1f} s" for hold in log.holds[-1:]]
        else:
            lines = ["degrees", f"trials {len(log.trials)} of {goals.sets}"]
        return Text("\n".join(lines))

    def _gauge(self, width: int) -> list[Text]:
        """The angle on a bar from -90° to +90°, the target zone in green."""
        cells = max(20, min(72, width - 2))
        low, high = _GAUGE_DEG

        def cell(angle_deg: float) -> int:
            return int(np.clip((angle_deg - low) / (high - low) * cells, 0, cells - 1))

        bar = Text("─" * cells, style="dim")
        if self._zone_deg is not None:
            first, last = map(cell, self._zone_deg)
            bar = Text("─" * first, style="dim")
            bar.append("━" * (last + 1 - first), style="bold green").append("─" * (cells - last - 1), style="dim")
        pointer = " " * cell(self._angle_deg) + f"▼ {self._angle_deg:+.0f}°" if np.isfinite(self._angle_deg) else ""
        return [Text(pointer, style="bold"), bar]


def zone(exercise: Exercise, roms_deg: list[float], rest_deg: float) -> tuple[float, float] | None:
    """Where the thigh should go: like the set's other repetitions, or where a kneeling stretch is felt."""
    if exercise.detector == "stretch":
        return _STRETCH_ZONE_DEG
    if exercise.detector != "repetitions":
        return None
    if not roms_deg:
        return (exercise["min_rom_deg"], _GAUGE_DEG[1])
    middle_deg = median(roms_deg)
    return (rest_deg + exercise["low_share"] * middle_deg, rest_deg + middle_deg / exercise["low_share"])


def watch(session: Session, blocks: Iterable[RawBlock], *, is_plain: bool = False) -> None:
    """Follow a session to its end, on a terminal with the live view, else a line per event; Ctrl-C ends it early."""
    console = Console(highlight=False)
    follow = _print_lines if is_plain or not console.is_terminal else _draw
    try:
        follow(session, blocks, console)
    except KeyboardInterrupt:
        session.finish()
        console.print("\nStopped.")


def _draw(session: Session, blocks: Iterable[RawBlock], console: Console) -> None:
    view = LiveView(session)
    with Live(view, console=console, auto_refresh=False, transient=True) as live:
        shown = time.monotonic()
        for block in blocks:
            view.update(session.process(block))
            if time.monotonic() - shown > 1 / _FRAMES_HZ:
                live.refresh()
                shown = time.monotonic()
        view.update(session.finish())


def _print_lines(session: Session, blocks: Iterable[RawBlock], console: Console) -> None:
    for block in blocks:
        _print_events(session.process(block), session, console)
    _print_events(session.finish(), session, console)


def _print_events(outputs: Iterable[Event | AngleTrace], session: Session, console: Console) -> None:
    for output in outputs:
        words = "" if isinstance(output, AngleTrace) else describe(output, session.log)
        if words:
            console.print(words, markup=False, soft_wrap=True)
            console.file.flush()
