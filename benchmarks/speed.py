"""Speed: a day at 100 Hz through the whole chain against `VQF.updateBatch` alone on the same samples.

python benchmarks/speed.py [--hours 24]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vqf import VQF

from benchmarks.days import RATE_HZ, busy_tile, day, hours_asked, joined, quiet_tile
from sensortrack.model.events import AngleTrace, Event
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import RawBlock
from sensortrack.signal.tracker import Tracker


def race(pieces: list[RawBlock], exercise: str) -> tuple[float, float, float, int]:
    """Seconds of the chain, of VQF in one call and of VQF piece by piece, and the number of events.

    Piece by piece VQF is quicker: the memory for what it gives back is used again. The chain takes as long either way,
    as it works in small pieces by itself.
    """
    whole = joined(pieces)
    tracker, vqf, vqf_by_piece = Tracker(load_exercise(exercise)), VQF(1.0 / RATE_HZ), VQF(1.0 / RATE_HZ)
    vqf_s = _seconds(lambda: vqf.updateBatch(whole.gyr, whole.acc))
    outputs: list[Event | AngleTrace] = []
    chain_s = _seconds(lambda: outputs.extend(tracker.process(whole)))
    pieces_s = sum(_seconds(partial(vqf_by_piece.updateBatch, each.gyr, each.acc)) for each in pieces)
    return chain_s, vqf_s, pieces_s, sum(not isinstance(each, AngleTrace) for each in outputs)


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main() -> None:
    """Print the ratios."""
    hours = hours_asked(24.0)
    print(f"{hours:g} h at {RATE_HZ:g} Hz from arrays; bar: 1.6 x VQF alone")
    print(f"{'':<32}chain_s   vqf_s   ratio   (piece by piece)   events")
    for name, tile, exercise in (
        ("donkey-kick, sessions all day", busy_tile(), "donkey-kick"),
        ("donkey-kick, quiet day", quiet_tile(), "donkey-kick"),
        ("repetitions, sessions all day", busy_tile(), "repetitions"),
        ("stretch, sessions all day", busy_tile(), "hip-flexor-stretch"),
        ("thomas, sessions all day", busy_tile(), "thomas-test"),
    ):
        chain_s, vqf_s, pieces_s, events = race(list(day(tile, hours)), exercise)
        ratio, by_piece = chain_s / vqf_s, chain_s / pieces_s
        print(f"{name:<32}{chain_s:7.2f} {vqf_s:7.2f} {ratio:7.2f} {pieces_s:9.2f} {by_piece:8.2f} {events:8d}")


if __name__ == "__main__":
    main()
