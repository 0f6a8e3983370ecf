"""Say utterances aloud with the system's own speech, without ever making the recording wait.

The system's speech programs are used as they are (`say`, `spd-say`, `espeak-ng`, PowerShell): a library around them
would need them all the same. Where there is none the terminal's bell rings.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import TextIO

from sensortrack.cli.announcer import PACE, Kind, Utterance

_SPOKEN_S = 6.0  # a speech program that takes longer hangs
_POWERSHELL = (
    "Add-Type -AssemblyName System.Speech; "
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())"
)
# the program, its arguments; the words come last, or on standard input where the flag says so
_PROGRAMS: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("say",), False),
    (("spd-say", "--wait", "--"), False),
    (("espeak-ng", "--"), False),
    (("espeak", "--"), False),
    (("powershell", "-NoProfile", "-Command", _POWERSHELL), True),
)
_BELLS = {
    Kind.COUNT: 1, Kind.TICK: 1, Kind.DONE: 2, Kind.WARNING: 3, Kind.UP: 1, Kind.HOLD: 1, Kind.DOWN: 1, Kind.SLOWER: 2,
}  # fmt: skip
_LATE = (frozenset({Kind.COUNT, Kind.TICK}), PACE)
"""Kinds that are left out when a newer one of the same group comes before they were said."""


class Voice:
    """Speak in a thread of its own. Counts and words of pace that wait when a newer one comes are left out.

    Parameters
    ----------
    is_quiet
        Say nothing at all.
    bell
        Where the bell rings when there is no speech; only a terminal is rung.
    """

    def __init__(self, *, is_quiet: bool = False, bell: TextIO | None = None) -> None:
        self._bell = bell if bell is not None else sys.stderr
        self._programs = [] if is_quiet else [each for each in _PROGRAMS if shutil.which(each[0][0])]
        self._is_quiet = is_quiet
        self._waiting: list[Utterance] = []
        self._news = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._speak_on, name="voice", daemon=True)
        if not is_quiet:
            self._thread.start()

    @property
    def speaks(self) -> str:
        """Name of the speech program in use; "bell" without one, "" when quiet."""
        if self._is_quiet:
            return ""
        return self._programs[0][0][0] if self._programs else "bell"

    def say(self, utterances: Iterable[Utterance]) -> None:
        """Say these as soon as may be; returns at once."""
        if self._is_quiet:
            return
        with self._news:
            for utterance in utterances:
                older = next((group for group in _LATE if utterance.kind in group), frozenset())
                self._waiting = [each for each in self._waiting if each.kind not in older]
                self._waiting.append(utterance)
            self._news.notify()

    def close(self) -> None:
        """Say what is still waiting, then end."""
        if self._is_quiet:
            return
        with self._news:
            self._is_open = False
            self._news.notify()
        self._thread.join(timeout=2 * _SPOKEN_S)

    def _speak_on(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or not self._is_open)
                if not self._waiting:
                    return
                utterance = self._waiting.pop(0)
            self._speak(utterance)

    def _speak(self, utterance: Utterance) -> None:
        while self._programs:
            if self._run(*self._programs[0], utterance.text):
                return
            self._programs.pop(0)  # it fails or hangs: the next kind of sound from now on
        if self._bell.isatty():
            self._bell.write("\a" * _BELLS[utterance.kind])
            self._bell.flush()

    def _run(self, command: tuple[str, ...], on_input: bool, text: str) -> bool:
        """Whether a speech program said it."""
        arguments = [*command] if on_input else [*command, text]
        try:
            done = subprocess.run(
                arguments, input=text.encode() if on_input else b"", capture_output=True, timeout=_SPOKEN_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0
