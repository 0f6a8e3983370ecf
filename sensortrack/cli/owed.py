"""What `record` is to record: the exercise that was named, or the next one owed; the programme's numbers are goals."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import click

from sensortrack.cli.announcer import REST_S, Targets
from sensortrack.cli.coach import Tempo
from sensortrack.cli.plan import (
    counted_words,
    each_words,
    first_owed,
    here,
    leg_words,
    load_programme,
    next_words,
    standing_today,
)
from sensortrack.cli.wording import in_words
from sensortrack.formats.exercise_file import find_exercise
from sensortrack.model.adherence import Standing
from sensortrack.model.exercises import Exercise
from sensortrack.model.programme import Task
from sensortrack.store.store import Store


@dataclass(frozen=True, slots=True)
class Plan:
    """What is recorded.

    Parameters
    ----------
    side
        The leg that the programme asks for, where it asks for one.
    """

    exercise: Exercise
    side: str | None
    targets: Targets
    tempo: Tempo

    @property
    def title(self) -> str:
        """Name the exercise, and the leg where the programme asks for one."""
        return self.exercise.title + (f", {self.side} leg" if self.side else "")

    def told(self, sets: int | None, repetitions: int | None, hold_s: float | None) -> tuple[Targets, Tempo]:
        """Give goals and tempo, with what the person told instead."""
        goals = self.targets
        targets = Targets(
            sets or goals.sets, repetitions or goals.repetitions, hold_s or goals.hold_s, rest_s=goals.rest_s
        )
        return targets, replace(self.tempo, hold_s=hold_s or self.tempo.hold_s)


def plan_for(
    store: Store,
    named: str | None,
    sides: Sequence[str | None],
    program: str | None,
    person: str,
    *,
    with_simulated: bool,
) -> Plan:
    """Choose; what was chosen, and why, is said on standard error.

    Parameters
    ----------
    named
        Exercise that the person asked for.
    sides
        Legs that wear a sensor, as far as they were told.
    """
    if named is None:
        standings = _standings(store, program, person, with_simulated)
        return _next(standings, sides)
    with in_words(named):
        exercise = find_exercise(named)
    try:
        standings = _standings(store, program, person, with_simulated)
    except click.ClickException as error:  # a slip in the programme keeps nobody from what they asked for
        click.echo(f"Recording without the programme: {error.message}", err=True)
        standings = []
    standing = next((each for each in standings if each.task.exercise == exercise), None)
    if standing is None:
        return Plan(exercise, None, Targets.of(exercise), tempo_of(exercise, None))
    return _plan(standing, None, _count(standing, sides))


def tell_next(store: Store, program: str | None, person: str, *, with_simulated: bool) -> None:
    """Say what is owed after this, where there is a programme that can be read."""
    with suppress(click.ClickException):  # it has been told before the recording
        click.echo(next_words(_standings(store, program, person, with_simulated)), err=True)


def _standings(store: Store, program: str | None, person: str, with_simulated: bool) -> list[Standing]:
    _, programme = load_programme(program)
    return standing_today(store, programme, here()[0], person, with_simulated=with_simulated)


def _next(standings: Sequence[Standing], sides: Sequence[str | None]) -> Plan:
    found = first_owed(standings, sides)
    if found is None:
        extra = next((each for each in standings if "reps" in each.task.numbers), standings[0])
        legs = "" if None in sides else f" with the {' and '.join(filter(None, sides))} leg"
        click.echo(
            f"Nothing is owed now{legs}: recording {extra.task.exercise.title} as an extra. "
            "Another: sensortrack record EXERCISE",
            err=True,
        )
        return _plan(extra, None, 0)
    standing, side = found
    task, count = standing.task, standing.owed[side]
    is_chosen = side is not None and None in sides
    where = f" Wear it on the {side} thigh, or tell --side." if is_chosen else ""
    amount = f"{counted_words(task, count)} {each_words(task)}".strip()
    click.echo(f"Next in the programme: {leg_words(task, side)}, {amount}.{where}", err=True)
    return _plan(standing, side if is_chosen else None, count)


def _count(standing: Standing, sides: Sequence[str | None]) -> int:
    """Tell how many are owed by the legs that wear a sensor, the most of them."""
    return max((count for side, count in standing.owed.items() if side in sides or None in (side, *sides)), default=0)


def _plan(standing: Standing, side: str | None, count: int) -> Plan:
    """Set the goals: what is owed and what is aimed at beyond it; all of it again where nothing is."""
    task = standing.task
    number = task.numbers[task.counted]
    sets = int(number.value if not count else count + number.value - number.least)
    goals = Targets.of(task.exercise)
    targets = Targets(
        sets,
        int(task.numbers["reps"].value) if "reps" in task.numbers else goals.repetitions,
        task.numbers["hold_s"].value if "hold_s" in task.numbers else goals.hold_s,
        task.numbers["rest_s"].value if "rest_s" in task.numbers else REST_S,
    )
    return Plan(task.prescribed, side, targets, tempo_of(task.exercise, task))


def tempo_of(exercise: Exercise, task: Task | None) -> Tempo:
    """Give the tempo that the programme prescribes, else the exercise's own targets."""
    numbers = task.numbers if task else {}

    def span(name: str) -> tuple[float, float]:
        if name in numbers:
            return numbers[name].value, numbers[name].least
        own = exercise.parameters.get(f"target_{name}")
        return (own.value, own.value) if own else (0.0, 0.0)

    (lift_s, least_lift_s), (lower_s, least_lower_s) = span("lift_s"), span("lower_s")
    return Tempo(lift_s, span("hold_s")[0], lower_s, least_lift_s, least_lower_s)
