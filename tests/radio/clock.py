"""A loop that does not wait: when all that is left to do is due later, its clock jumps there.

Everything on the virtual radio lives in one loop, so a minute of streaming costs the work that is in it and no more,
and a busy machine changes nothing: time stands still while something is being done.
"""

from __future__ import annotations

import asyncio
import selectors


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop on a clock of its own."""

    def __init__(self) -> None:
        super().__init__(_Impatient(self))
        self._now_s = 1000.0

    def time(self) -> float:
        return self._now_s

    def pass_s(self, seconds: float) -> None:
        """Let time go by while the program is busy."""
        self._now_s += seconds


class _Impatient(selectors.DefaultSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if timeout and not ready:
            self._loop.pass_s(timeout)
        return ready
