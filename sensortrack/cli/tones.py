"""Short tones, for a pace that is heard sooner than a word, and for systems without speech.

Made here, played by what the system has: a library around `aplay`, `paplay`, `afplay` or winsound would need them too.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np

from sensortrack.cli.announcer import Kind

RATE_HZ = 22_050
NOTE_S = 0.11
"""Two notes are over in a quarter of a second: shorter than any word, long enough to tell up from down."""

_LOUDNESS = 0.5
_FADE_S = 0.01  # without it a note clicks
_PLAYED_S = 3.0  # a player that takes longer hangs

NOTES_HZ: dict[Kind, tuple[float, ...]] = {
    Kind.UP: (523.0, 784.0),
    Kind.HOLD: (659.0,),
    Kind.DOWN: (784.0, 523.0),
    Kind.SLOWER: (330.0, 330.0),
    Kind.COUNT: (880.0,),
    Kind.TICK: (880.0,),
    Kind.DONE: (659.0, 784.0, 1047.0),
    Kind.WARNING: (330.0, 330.0, 330.0),
}
"""Rising for up, falling for down: the direction is heard without knowing any pitch."""

_PLAYERS: tuple[tuple[str, ...], ...] = (("afplay",), ("pw-play",), ("paplay",), ("aplay", "-q"))


def tone(kind: Kind) -> bytes:
    """Give the notes of a kind as a WAV file."""
    time_s = np.arange(round(NOTE_S * RATE_HZ)) / RATE_HZ
    fade = np.minimum(1.0, np.minimum(time_s, time_s[-1] - time_s) / _FADE_S)
    notes = [fade * np.sin(2 * np.pi * pitch_hz * time_s) for pitch_hz in NOTES_HZ[kind]]
    samples = (_LOUDNESS * 32767 * np.concatenate(notes)).astype("<i2")
    with io.BytesIO() as stream:
        with wave.open(stream, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(samples.tobytes())
        return stream.getvalue()


class Tones:
    """Play tones; the files are gone when it is closed."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None  # made with the first tone
        self._players = [each for each in _PLAYERS if shutil.which(each[0])]

    @property
    def can_play(self) -> bool:
        """Whether there is a player that has not failed yet."""
        return sys.platform == "win32" or bool(self._players)

    def close(self) -> None:
        """Remove the files."""
        if self._folder is not None:
            self._folder.cleanup()

    def play(self, kind: Kind) -> bool:
        """Whether it was heard; returns when it is over."""
        if not self.can_play:
            return False
        path = self._file(kind)
        if sys.platform == "win32":
            return _played_by_windows(path)
        while self._players:
            if _played(self._players[0], path):
                return True
            self._players.pop(0)  # it fails or hangs: the next one from now on
        return False

    def _file(self, kind: Kind) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sensortrack-tones-")
        path = Path(self._folder.name) / f"{kind}.wav"
        if not path.exists():
            path.write_bytes(tone(kind))
        return path


def _played(player: tuple[str, ...], path: Path) -> bool:
    try:
        done = subprocess.run([*player, str(path)], capture_output=True, timeout=_PLAYED_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _played_by_windows(path: Path) -> bool:
    import winsound

    try:
        winsound.PlaySound(str(path), winsound.SND_FILENAME)  # type: ignore[attr-defined,unused-ignore]  # on Windows
    except RuntimeError:
        return False
    return True
