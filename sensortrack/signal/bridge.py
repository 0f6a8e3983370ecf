"""What is put across a gap, where the specific force itself says which way is up.

The timeline crosses a short gap on a straight line from the last sample before it to the first one after. A trembling
thigh pushes its sensor to and fro by so much that one sample may be off by 15 degrees, and a line that rests on two of
them is a movement that never was. So the line goes from the mean of the last samples to the mean of the next ones, and
what the gap was crossed with is given once those have come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.signal.timeline import GRID_HZ, GridBlock

SPAN_S = 0.2
"""Length of the means: a period of tremor (4 to 12 Hz) and more, shorter than a quick lift (simulated people who
tremble, 25 Hz, 3 % of the packets lost: of 300 recordings 21 more are right; with 0.12 and 0.32 s the same)."""

_SPAN = round(SPAN_S * GRID_HZ)


class Bridge:
    """Cross gaps again; identical for any partition of the stream. A block without a gap goes through at once."""

    def __init__(self) -> None:
        self._before: FloatArray = np.zeros((0, 3))  # newest samples that were given
        self._held: list[GridBlock] = []  # from a gap on

    def process(self, block: GridBlock) -> Iterator[GridBlock]:
        """Take a grid block, give those that are complete."""
        another = block.bridged and not all(each.bridged for each in self._held)
        if block.broken or another:
            yield from self._release()
        if block.broken:
            self._before = self._before[:0]
        self._held.append(block)
        if not self._held[0].bridged or sum(len(each.acc) for each in self._after()) >= _SPAN:
            yield from self._release()

    def _after(self) -> list[GridBlock]:
        return [each for each in self._held if not each.bridged]

    def _release(self) -> Iterator[GridBlock]:
        """Give what was held, its gap crossed from mean to mean where both are known."""
        held, after = self._held, self._after()
        self._held = []
        across = held[: len(held) - len(after)]
        if across and after and len(self._before):
            held = _crossed(across, after, self._before.mean(axis=0))
        for each in held:
            self._before = np.concatenate((self._before, each.acc[-_SPAN:]))[-_SPAN:]
            yield each


def _crossed(across: list[GridBlock], after: list[GridBlock], begin: FloatArray) -> list[GridBlock]:
    """Put a straight line from `begin` to the mean of the first samples after the gap across it.

    Nothing of it, nor of those samples, is known before the last of them has come.
    """
    end = np.concatenate([each.acc for each in after])[:_SPAN].mean(axis=0)
    known_s = np.concatenate([each.arrival_s for each in after])[:_SPAN][-1]
    count = sum(len(each.acc) for each in across)
    line = begin + np.arange(1, count + 1)[:, None] / (count + 1) * (end - begin)
    crossed = []
    for each in (*across, *after):
        acc, line = (line[: len(each.acc)], line[len(each.acc) :]) if each.bridged else (each.acc, line)
        crossed.append(replace(each, acc=acc, arrival_s=np.maximum(each.arrival_s, known_s)))
    return crossed
