"""`sensortrack demo`: the very chain of a real sensor, on a simulated one."""

from __future__ import annotations

import click

from sensortrack.cli.simulate import EXERCISES
from sensortrack.cli.wording import in_words


@click.command(epilog="Example: sensortrack demo donkey-kick --speed 10")
@click.argument("exercise", type=click.Choice(EXERCISES), default="donkey-kick", required=False)
@click.option("--speed", type=click.FloatRange(0.1, 1000), default=1.0, show_default=True, help="Times real time.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=8, show_default=True, help="Another person, another session."
)
@click.option("--plain", is_flag=True, help="One line per event instead of the live view.")
def demo(exercise: str, speed: float, seed: int, plain: bool) -> None:
    """Watch a simulated session of EXERCISE being counted as it happens; no sensor needed.

    The simulated sensor's samples go through the same code as those of a real one. Ctrl-C ends it early, with the
    summary of what was done until then.
    """
    from sensortrack.cli.live import watch
    from sensortrack.cli.session import Session, paced
    from sensortrack.cli.table import print_summary
    from sensortrack.model.exercises import load_exercise
    from sensortrack.model.samples import RawBlock
    from sensortrack.sources.simulator import simulate

    made = simulate(exercise, seed)
    session = Session(load_exercise(exercise), with_angle=True)
    with in_words("simulated sensor"):
        watch(session, paced([RawBlock(made.time_s, made.acc, made.gyr)], speed), is_plain=plain)
    print_summary(session, session.summary("simulated sensor"))
