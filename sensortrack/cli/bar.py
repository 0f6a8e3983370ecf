"""A bar on a terminal's stderr, once something takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import click

_Thing = TypeVar("_Thing")

_LETTERS = 16
_PATIENCE_S = 1.0  # what is done by then needs no bar (design choice)


def with_bar(label: str, things: Iterable[_Thing], share_done: Callable[[int], float]) -> Iterator[_Thing]:
    """Pass things on; `share_done` tells from the number of those that are done which share of all it is, 0 to 1."""
    begin = time.monotonic()
    bar = None
    try:
        for done, thing in enumerate(things):
            if bar is None and time.monotonic() - begin > _PATIENCE_S and sys.stderr.isatty():
                bar = click.progressbar(length=1000, label=_short(label), file=sys.stderr, width=0)  # the terminal's
            if bar is not None:
                bar.update(int(1000 * share_done(done)) - bar.pos)
            yield thing
    finally:
        if bar is not None:
            bar.render_finish()


def _short(label: str) -> str:
    """Leave room for the bar on a narrow terminal."""
    return label if len(label) <= _LETTERS else label[: _LETTERS - 1] + "…"
