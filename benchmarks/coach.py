"""What the gentle coach says to simulated people, against what they truly did."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

import numpy as np

from sensortrack.cli.announcer import Kind
from sensortrack.cli.coach import Gentle, Tempo
from sensortrack.cli.session import Session
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import RawBlock
from sensortrack.sources.simulator import simulate

HOLD_S = 1.0
BLOCK = 4  # samples of a radio packet
EARLY_S = 0.3  # beyond the hold that was asked for, so that "down" has a time to be said


@dataclass
class Score:
    """What was heard, all in all."""

    repetitions: int = 0
    silent: int = 0
    out_of_place: int = 0
    hold_late_s: list[float] = field(default_factory=list)
    down_late_s: list[float] = field(default_factory=list)

    def add(self, said: list[tuple[float, Kind]], true: list[dict[str, float]]) -> None:
        """Compare one session."""
        holds = [at_s for at_s, kind in said if kind is Kind.HOLD]
        matched = 0
        for rep in true:
            heard = [at_s for at_s in holds if rep["start_s"] < at_s < rep["end_s"] + 0.2]
            matched += len(heard)
            self.silent += not heard
            self.hold_late_s += [at_s - rep["top_start_s"] for at_s in heard]
            if rep["hold_s"] > HOLD_S + EARLY_S:
                downs = [at_s for at_s, kind in said if kind is Kind.DOWN and rep["start_s"] < at_s < rep["end_s"]]
                self.down_late_s += [at_s - rep["top_start_s"] - HOLD_S for at_s in downs]
        self.repetitions += len(true)
        self.out_of_place += len(holds) - matched


def main() -> None:
    """Score each difficulty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=24)
    sessions: int = parser.parse_args().sessions
    print("difficulty  repetitions  silent  out of place  hold late, median and 95 %  down late, median and 95 %")
    for difficulty in ("clean", "home", "hard"):
        score = Score()
        for seed in range(sessions):
            score.add(*_session(seed, difficulty))
        hold, down = (np.percentile(late, [50, 95]) for late in (score.hold_late_s, score.down_late_s))
        print(
            f"{difficulty:10}  {score.repetitions:11}  {score.silent:6}  {score.out_of_place:12}"
            f"  {hold[0]:20.2f} {hold[1]:.2f} s  {down[0]:20.2f} {down[1]:.2f} s"
        )


def _session(seed: int, difficulty: str) -> tuple[list[tuple[float, Kind]], list[dict[str, float]]]:
    """Give what was said, each with the time of the newest sample then, and the true repetitions."""
    kick = load_exercise("donkey-kick")
    made = simulate("donkey-kick", seed, rate_hz=50.0, gyroscope=True, difficulty=difficulty)
    block, session = RawBlock(made.time_s, made.acc, made.gyr), Session(kick)
    coach, said = Gentle(kick, Tempo(1.0, HOLD_S, 1.0, 0.8, 0.8)), []
    for first in range(0, len(block), BLOCK):
        part = block[first : first + BLOCK]
        said += [(float(part.time_s[-1]), each.kind) for each in coach.hear(session.process(part))]
    return said, [rep for one in made.truth["sets"] for rep in one["reps"]]


if __name__ == "__main__":
    main()
