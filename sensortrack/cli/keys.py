"""Single keys while something runs, without Enter; nothing where there is no keyboard."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?")
"""What arrows and other special keys send (ECMA-48, section 5.4): they mean nothing here."""


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

    def read() -> None:
        try:
            typed = os.read(descriptor, 64).decode("ascii", "replace")
        except OSError:
            typed = ""
        if not typed:  # the terminal is gone
            loop.remove_reader(descriptor)
        for key in _ESCAPES.sub("", typed):
            pressed(key)

    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, read)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _windows_keys(pressed: Callable[[str], None]) -> Iterator[None]:
    async def poll() -> None:
        import msvcrt

        while True:
            while msvcrt.kbhit():  # type: ignore[attr-defined]  # exists on Windows only
                pressed(msvcrt.getwch())  # type: ignore[attr-defined]  # the same
            await asyncio.sleep(0.05)

    task = asyncio.get_running_loop().create_task(poll())
    try:
        yield
    finally:
        task.cancel()
