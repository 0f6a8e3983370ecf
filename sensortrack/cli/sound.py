"""Say utterances aloud with the system's own speech, without ever making the recording wait.

The system's speech programs are used as they are (`say`, `spd-say`, `espeak-ng`, PowerShell): a library around them
would need them all the same. Where there is none, tones are played; where these cannot be, the terminal's bell rings.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from typing import TextIO

from sensortrack.cli.announcer import PACE, Kind, Utterance
from sensortrack.cli.tones import Tones

_SPOKEN_S = 6.0  # a speech program that takes longer hangs
_POWERSHELL = (
    "[Console]::InputEncoding = [Text.Encoding]::UTF8; Add-Type -AssemblyName System.Speech; "
    "$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer; "
    "while ($null -ne ($line = [Console]::In.ReadLine())) { $voice.Speak($line); 'said' }"
)
# the program, its arguments; the words come last. Where the flag says so it starts too slowly for a count (PowerShell
# takes a second): it is kept, reads a line for each utterance and answers with a line when it has said it
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

PACE_LATE_S = 0.7
"""A word of pace that has waited for longer is left out: by then the leg is elsewhere (design choice: the shortest lift
or lowering that is slow enough takes 0.8 s)."""


class Voice:
    """Speak in a thread of its own. Counts and words of pace that wait when a newer one comes are left out.

    Parameters
    ----------
    is_quiet
        Say nothing at all.
    with_tones
        Tones for the pace, even where there is speech.
    bell
        Where the bell rings when there is no speech; only a terminal is rung.
    """

    def __init__(self, *, is_quiet: bool = False, with_tones: bool = False, bell: TextIO | None = None) -> None:
        self._bell = bell if bell is not None else sys.stderr
        self._programs = [] if is_quiet else [each for each in _PROGRAMS if shutil.which(each[0][0])]
        self._kept: subprocess.Popen[str] | None = None
        self._is_quiet = is_quiet
        self._toned = PACE if with_tones else frozenset()
        self._tones = None if is_quiet else Tones()
        self._waiting: list[tuple[float, Utterance]] = []
        self._news = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._speak_on, name="voice", daemon=True)
        if not is_quiet:
            self._thread.start()

    @property
    def speaks(self) -> str:
        """Name of the speech program in use; without one "tones" or "bell"; "" when quiet."""
        if self._tones is None:
            return ""
        return self._programs[0][0][0] if self._programs else "tones" if self._tones.can_play else "bell"

    def say(self, utterances: Iterable[Utterance]) -> None:
        """Say these as soon as may be; returns at once."""
        if self._is_quiet:
            return
        with self._news:
            for utterance in utterances:
                older = next((group for group in _LATE if utterance.kind in group), frozenset())
                self._waiting = [each for each in self._waiting if each[1].kind not in older]
                self._waiting.append((time.monotonic(), utterance))
            self._news.notify()

    def close(self) -> None:
        """Say what is still waiting, then end."""
        if self._is_quiet:
            return
        with self._news:
            self._is_open = False
            self._news.notify()
        self._thread.join(timeout=2 * _SPOKEN_S)
        if self._kept is not None:
            self._kept.kill()
            self._kept.communicate()
        if self._tones is not None:
            self._tones.close()

    def _speak_on(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or not self._is_open)
                if not self._waiting:
                    return
                since_s, utterance = self._waiting.pop(0)
            if utterance.kind not in PACE or time.monotonic() - since_s < PACE_LATE_S:
                self._speak(utterance)

    def _speak(self, utterance: Utterance) -> None:
        if utterance.kind in self._toned and self._is_toned(utterance.kind):
            return
        while self._programs:
            command, is_kept = self._programs[0]
            if self._run(command, is_kept, utterance.text):
                return
            self._programs.pop(0)  # it fails or hangs: the next kind of sound from now on
        if not self._is_toned(utterance.kind) and self._bell.isatty():
            self._bell.write("\a" * _BELLS[utterance.kind])
            self._bell.flush()

    def _is_toned(self, kind: Kind) -> bool:
        """Whether a tone was heard."""
        return self._tones is not None and self._tones.play(kind)

    def _run(self, command: tuple[str, ...], is_kept: bool, text: str) -> bool:
        """Whether a speech program said it."""
        if is_kept:
            return self._tell(command, text)
        try:
            # in a session of its own, so that Ctrl-C does not make it fail
            done = subprocess.run(
                [*command, text], capture_output=True, timeout=_SPOKEN_S, check=False, start_new_session=True
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def _tell(self, command: tuple[str, ...], text: str) -> bool:
        """Whether a program that is kept said it."""
        try:
            if self._kept is None:
                self._kept = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    encoding="utf-8", start_new_session=True,
                )  # fmt: skip
        except OSError:
            return False
        hangs = threading.Timer(_SPOKEN_S, self._kept.kill)
        hangs.start()
        try:
            print(text, file=self._kept.stdin, flush=True)
            return self._kept.stdout is not None and self._kept.stdout.readline() != ""
        except OSError:
            return False
        finally:
            hangs.cancel()
