"""Accuracy: simulated families by difficulty and the shared real data, against a naive peer and the bars.

python benchmarks/accuracy.py [--recordings 40] [--seed 5000] [--family NAME]
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks import peer  # noqa: E402
from benchmarks.scoring import Found, Score, mean, percentile  # noqa: E402
from sensortrack.formats.recording import open_recording  # noqa: E402
from sensortrack.model.events import AngleTrace  # noqa: E402
from sensortrack.model.exercises import load_exercise  # noqa: E402
from sensortrack.model.samples import RawBlock  # noqa: E402
from sensortrack.model.summary import EventLog  # noqa: E402
from sensortrack.signal.tracker import Tracker  # noqa: E402
from sensortrack.sources.simulator import simulate  # noqa: E402

FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "donkey-kick home": ("donkey-kick", {"difficulty": "home"}),
    "donkey-kick home, handled": ("donkey-kick", {"difficulty": "home", "handled": True}),
    "donkey-kick home, no gyroscope": ("donkey-kick", {"difficulty": "home", "gyroscope": False}),
    "donkey-kick hard": ("donkey-kick", {"difficulty": "hard"}),
    "donkey-kick hardest": (
        "donkey-kick",
        {"difficulty": "hard", "rate_hz": 25.0, "gyroscope": False, "lost_share": 0.03, "low_rom": True},
    ),
    "stretch home": ("hip-flexor-stretch", {"difficulty": "home"}),
    "stretch home, handled": ("hip-flexor-stretch", {"difficulty": "home", "handled": True}),
    "stretch hard": ("hip-flexor-stretch", {"difficulty": "hard"}),
    "repetitions home": ("repetitions", {"difficulty": "home"}),
    "repetitions home, handled": ("repetitions", {"difficulty": "home", "handled": True}),
    "repetitions hard": ("repetitions", {"difficulty": "hard"}),
    "thomas home": ("thomas-test", {"difficulty": "home"}),
    "thomas home, handled": ("thomas-test", {"difficulty": "home", "handled": True}),
    "thomas hard": ("thomas-test", {"difficulty": "hard"}),
}
BARS = {
    "donkey-kick home": "exact >= 95 %, F1 >= 0.995, sets >= 95 %, hold <= 0.08 s, rom <= 1.2 deg, p95 <= 0.5 s",
    "donkey-kick hardest": "exact >= 85 %, F1 >= 0.98",
    "stretch home": "exact >= 97 %, duration <= 0.3 s, p95 <= 0.5 s",
    "thomas home": "error <= 1.0 deg",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One recording: what was true, and what the chain and the peer found."""

    true: list[dict[str, Any]]
    cut: list[dict[str, Any]]
    found: list[Found]
    peer: list[Found]
    sets_exact: bool
    thomas_deg: tuple[float, float] = field(default=(float("nan"), float("nan")))
    revised: int = 0


def follow(block: RawBlock, exercise: str) -> tuple[EventLog, int]:
    """Run the chain; the log, and how many events were revised."""
    tracker = Tracker(load_exercise(exercise))
    log, seen, revised = EventLog(), set(), 0
    for output in (*tracker.process(block), *tracker.finish()):
        if not isinstance(output, AngleTrace):
            revised += (type(output), output.id) in seen
            seen.add((type(output), output.id))
            log.add(output)
    return log, revised


def outcome(family: str, seed: int) -> Outcome:
    """Simulate one recording, and let both look at it."""
    exercise, how = FAMILIES[family]
    made = simulate(exercise, seed, **how)
    block, truth = RawBlock(made.time_s, made.acc, made.gyr), made.truth
    log, revised = follow(block, exercise)
    cut = [each for each in truth["distractors"] if each["kind"] == "cut-repetition"]
    if exercise == "thomas-test":
        meant = truth["thomas"]["thigh_angle_deg"]
        angles = [each.thigh_angle_deg for each in log.trials]
        error = abs(median(angles) - meant) if angles else float("nan")
        return Outcome([], [], [], [], True, (error, abs(peer.thomas_deg(block) - meant)), revised)
    if exercise == "hip-flexor-stretch":
        holds = [Found(each.start_s, each.end_s, late_s=each.decided_s - each.end_s) for each in log.holds]
        return Outcome(truth["holds"], cut, holds, peer.holds(block, 5.0), True, revised=revised)
    true = [rep for one in truth["sets"] for rep in one["reps"]]
    reps = [
        Found(each.start_s, each.end_s, each.hold_s, each.rom_deg, each.decided_s - each.end_s)
        for one in log.sets
        for each in one
    ]
    sizes = [len(one) for one in log.sets] == [len(one["reps"]) for one in truth["sets"]]
    return Outcome(true, cut, reps, peer.repetitions(block, 12.0 if exercise == "donkey-kick" else 5.0), sizes)


def scores(outcomes: list[Outcome]) -> tuple[Score, Score]:
    """Fold the outcomes of a family: the chain's score and the peer's."""
    ours, naive = Score(), Score()
    for each in outcomes:
        ours.add(each.found, each.true, each.cut)
        ours.sets_exact.append(each.sets_exact)
        naive.add(each.peer, each.true, each.cut)
    return ours, naive


def row(name: str, score: Score) -> str:
    """One line of the table."""
    sets = f"{100 * mean(score.sets_exact):5.1f}" if score.sets_exact else "    -"
    cells = [
        f"{100 * mean(score.exact):5.1f}",
        f"{score.f1:6.4f}",
        sets,
        f"{mean(score.hold_errors_s):6.3f}",
        f"{mean(score.rom_errors_deg):6.2f}",
        f"{mean(score.duration_errors_s):6.2f}",
        f"{percentile(score.late_s, 50):6.2f}",
        f"{percentile(score.late_s, 95):6.2f}",
    ]
    return f"{name:<28}" + "  ".join(cells).replace("nan", "  -")


HEADER = f"{'':<28}exact%      F1  sets%  hold_s rom_deg   dur_s  p50_s  p95_s"


def simulated(recordings: int, seed: int, wanted: str | None) -> None:
    """Print the table of the simulated families."""
    print(f"Simulated, {recordings} recordings each, seeds from {seed}; below each the naive peer and the bar")
    print(HEADER)
    with ProcessPoolExecutor() as pool:
        for family, (exercise, _) in FAMILIES.items():
            if wanted is not None and wanted not in family:
                continue
            outcomes = list(pool.map(partial(outcome, family), range(seed, seed + recordings), chunksize=4))
            if exercise == "thomas-test":
                errors, naive_errors = zip(*(each.thomas_deg for each in outcomes), strict=True)
                print(
                    f"{family:<28}error mean {mean(errors):.2f} deg, p95 {percentile(errors, 95):.2f}, "
                    f"no angle in {sum(e != e for e in errors)}; naive mean {mean(naive_errors):.2f}"
                )
            else:
                ours, naive = scores(outcomes)
                print(row(family, ours))
                print(row("  naive peer", naive))
                wrong = [str(seed + i) for i, exact in enumerate(ours.exact) if not exact]
                not_sets = [str(seed + i) for i, exact in enumerate(ours.sets_exact) if not exact]
                print(f"  wrong: {' '.join(wrong) or 'none'}; sets wrong: {' '.join(not_sets) or 'none'}")
            if family in BARS:
                print(f"  bar: {BARS[family]}")


def _real(data: Path) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, true count, chain as repetitions, chain as donkey kicks, peer."""
    with (data / "mex_birddog" / "counts.csv").open(encoding="utf-8") as stream:
        counts = {f"mex_birddog/{line['recording']}": int(line["repetitions"]) for line in csv.DictReader(stream)}
    counts |= {f"pt_exercises/{path.stem}": 30 for path in sorted((data / "pt_exercises").glob("s1-*.csv"))}
    for name, true in counts.items():
        with open_recording(data / f"{name}.csv") as recording:
            blocks = list(recording.blocks)
        found = [sum(map(len, _log(blocks, exercise).sets)) for exercise in ("repetitions", "donkey-kick")]
        yield name, true, found[0], found[1], len(peer.repetitions(_joined(blocks), 5.0))


def _log(blocks: list[RawBlock], exercise: str) -> EventLog:
    tracker = Tracker(load_exercise(exercise))
    outputs = (output for block in blocks for output in tracker.process(block))
    return EventLog(output for output in outputs if not isinstance(output, AngleTrace))


def _joined(blocks: list[RawBlock]) -> RawBlock:
    return RawBlock(np.concatenate([b.time_s for b in blocks]), np.concatenate([b.acc for b in blocks]))


def real(data: Path) -> None:
    """Print the counts of the shared real recordings."""
    if not (data / "mex_birddog").is_dir():
        print(f"No real recordings at {data} (SENSORTRACK_DATA names their folder)")
        return
    rows = list(_real(data))
    print(f"\n{'Real recordings':<42}true  repetitions  donkey-kick  naive")
    for name, true, *found in rows:
        print(f"{name:<42}{true:4d}" + "".join(f"{n:13d}{' ' if n == true else '*'}" for n in found))
    dogs = [each for each in rows if each[0].startswith("mex")]
    exact = [sum(each[i] == each[1] for each in dogs) for i in (2, 3, 4)]
    print(f"bird-dogs exact: repetitions {exact[0]}, donkey-kick {exact[1]}, naive {exact[2]} of {len(dogs)} (bar: 14)")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--recordings", type=int, default=40, help="of each family")
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--family", help="only families whose name contains this")
    options = parser.parse_args()
    simulated(options.recordings, options.seed, options.family)
    if options.family is None:
        real(Path(os.environ.get("SENSORTRACK_DATA", ROOT.parent / "shared" / "data")))


if __name__ == "__main__":
    main()
