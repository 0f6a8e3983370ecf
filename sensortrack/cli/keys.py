"""Single keys while something runs, without Enter; nothing where there is no keyboard."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keys(pressed: Callable[[str], None]) -> Iterator[None]:
    """Call `pressed` with each key, from the running event loop."""
    if not sys.stdin.isatty():
        yield
    elif sys.platform == "win32":
        with _windows_keys(pressed):
            yield
    else:
        with _posix_keys(pressed):
            yield


@contextmanager
def _posix_keys(pressed: Callable[[str], None]) -> Iterator[None]:
    import os
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()
    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, lambda: pressed(os.read(descriptor, 1).decode("ascii", "replace")))
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _windows_keys(pressed: Callable[[str], None]) -> Iterator[None]:
    async def poll() -> None:
        import msvcrt

        while True:
            while msvcrt.kbhit():  # type: ignore[attr-defined]  # exists on Windows only
                pressed(msvcrt.getwch())  # type: ignore[attr-defined]
            await asyncio.sleep(0.05)

    task = asyncio.get_running_loop().create_task(poll())
    try:
        yield
    finally:
        task.cancel()
