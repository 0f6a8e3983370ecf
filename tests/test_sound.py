"""What is said aloud: the announcer on drawn events, the voice with speech programs that log, fail and hang."""

import io
import os
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.cli import sound
from sensortrack.cli.announcer import PACE, Announcer, Kind, Targets, Utterance
from sensortrack.cli.sound import Voice
from sensortrack.cli.tones import NOTE_S, tone
from sensortrack.model.events import AngleTrace, Hold, HoldProgress, Movement, SetEnd, Verdict
from sensortrack.model.exercises import load_exercise

KICK = load_exercise("donkey-kick")
STRETCH = load_exercise("hip-flexor-stretch")


def rep(number: int, set_id: int | None = 0, verdict: Verdict = Verdict.COUNTED) -> Movement:
    start = 5.0 * number
    return Movement(number, start, start + 1, start + 2, start + 3, 60.0, start + 3.2, verdict, set_id=set_id)


def texts(said: list[Utterance]) -> list[str]:
    return [each.text for each in said]


def trace(until_s: float) -> AngleTrace:
    return AngleTrace(np.array([until_s]), np.array([20.0]))


def test_counts_and_the_end_of_a_set():
    announcer = Announcer(KICK, Targets(sets=2, repetitions=3, hold_s=1))
    said = texts(announcer.hear([rep(0), rep(1), rep(2), SetEnd(0, 0.0, 13.0, 3, 18.2)]))
    assert said == ["1", "2, one more", "3, done", "set done, 3. Rest"]
    assert not announcer.is_done
    said = texts(announcer.hear([rep(3, 1), rep(4, 1), rep(5, 1), SetEnd(1, 15.0, 28.0, 3, 33.0)]))
    assert said == ["1", "2, one more", "3, done", "set done, 3. All done"]
    assert announcer.is_done


def test_a_repetition_taken_back_is_corrected_once():
    announcer = Announcer(KICK, Targets(2, 10, 1))
    announcer.hear([rep(0), rep(1)])
    revised = rep(1, None, Verdict.REJECTED)
    assert texts(announcer.hear([revised])) == ["correction, 1"]
    assert announcer.hear([revised]) == []


def test_rejected_movements_are_not_spoken_of():
    assert Announcer(KICK, Targets(2, 10, 1)).hear([rep(0, None, Verdict.REJECTED)]) == []


def test_a_hold_ticks_and_counts_down():
    announcer = Announcer(STRETCH, Targets(3, 0, 20.0))
    said = texts(announcer.hear([HoldProgress(0, 10.0, 15.0)]))
    for tenth in range(150, 305):
        said += texts(announcer.hear([trace(tenth / 10)]))
    assert said == ["hold", "10", "15", "3", "2", "1", "done, release"]
    assert texts(announcer.hear([Hold(0, 10.0, 31.0, 20.0, 31.4, True)])) == ["21 seconds. Rest"]


def test_the_rest_is_as_long_as_meant():
    announcer = Announcer(KICK, Targets(2, 3, 1, rest_s=60.0))
    assert announcer.rest_left_s is None
    announcer.hear([rep(0), SetEnd(0, 0.0, 3.0, 1, 8.0), trace(28.0)])
    assert announcer.rest_left_s == 40.0
    assert announcer.hear([trace(67.9)]) == []
    assert texts(announcer.hear([trace(68.1)])) == ["next set"]
    assert announcer.rest_left_s is None


def test_rest_is_over_after_half_a_minute():
    announcer = Announcer(KICK, Targets(2, 3, 1))
    announcer.hear([rep(0), SetEnd(0, 0.0, 3.0, 1, 8.0)])
    assert announcer.hear([trace(37.9)]) == []
    assert texts(announcer.hear([trace(38.1)])) == ["next set"]
    assert announcer.hear([trace(60.0)]) == []


moves = st.builds(rep, st.integers(0, 12), st.sampled_from([None, 0, 1]), st.sampled_from(list(Verdict)))
ends = st.builds(SetEnd, st.integers(0, 2), st.just(0.0), st.just(1.0), st.integers(0, 9), st.floats(0, 100))
holds = st.builds(Hold, st.integers(0, 3), st.just(1.0), st.just(9.0), st.just(2.0), st.just(9.4), st.booleans(),
                  st.booleans())  # fmt: skip


@given(st.lists(st.one_of(moves, ends, holds, st.builds(trace, st.floats(0, 100))), max_size=30))
def test_any_order_of_events_is_said_without_repeating_a_count(outputs):
    announcer = Announcer(KICK, Targets(2, 10, 1))
    before = None
    for output in outputs:
        for said in announcer.hear([output]):
            if said.kind is Kind.COUNT:
                assert said.text != before or "correction" in said.text or said.text == "1"
                before = said.text


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def only(tmp_path, monkeypatch):
    """A PATH with nothing but a shell and what the test puts there."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    real = sound.shutil.which
    monkeypatch.setattr(sound.shutil, "which", lambda name: real(name, path=str(tmp_path)))
    return tmp_path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins for speech programs are shell scripts")
class TestVoice:
    def test_words_are_one_argument_and_never_reach_a_shell(self, only):
        log = only / "log"
        program(only, "espeak-ng", f'printf "%s|%s|" "$#" "$2" >> {log}')
        voice = Voice()
        assert voice.speaks == "espeak-ng"
        voice.say([Utterance(Kind.DONE, 'set done; touch x $(date) "')])
        voice.close()
        assert log.read_text() == '2|set done; touch x $(date) "|'

    def test_saying_returns_at_once_and_late_counts_are_left_out(self, only):
        log, go = only / "log", only / "go"
        program(only, "espeak-ng", f'echo "$2" >> {log}; while [ ! -e {go} ]; do sleep 0.02; done')
        voice = Voice()
        voice.say([Utterance(Kind.COUNT, "1")])
        while not log.exists():
            time.sleep(0.01)
        for number in range(2, 6):  # while the first is still being said
            voice.say([Utterance(Kind.COUNT, str(number))])
        go.touch()
        voice.close()
        assert log.read_text().split() == ["1", "5"]

    def test_a_program_that_starts_slowly_is_kept(self, only):
        log = only / "log"
        program(
            only, "powershell", f"echo started >> {log}; while read -r line; do echo $line >> {log}; echo said; done"
        )
        voice = Voice()
        assert voice.speaks == "powershell"
        voice.say([Utterance(Kind.WARNING, "sensor lost"), Utterance(Kind.COUNT, "3")])
        voice.close()
        assert log.read_text().splitlines() == ["started", "sensor lost", "3"]

    @pytest.mark.parametrize("body", ["exit 1", "exec sleep 9", "read -r line; exit 0"])
    def test_a_kept_program_that_fails_gives_way_to_the_bell(self, only, monkeypatch, body):
        monkeypatch.setattr(sound, "_SPOKEN_S", 0.3)
        program(only, "powershell", body)
        terminal = Terminal()
        voice = Voice(bell=terminal)
        voice.say([Utterance(Kind.DONE, "all")])
        voice.close()
        assert terminal.getvalue() == "\a\a"

    def test_what_matters_is_not_left_out(self, only):
        log = only / "log"
        program(only, "espeak-ng", f'echo "$2" >> {log}')
        voice = Voice()
        voice.say([Utterance(Kind.WARNING, "lost"), Utterance(Kind.COUNT, "3"), Utterance(Kind.DONE, "all")])
        voice.close()
        assert log.read_text().split() == ["lost", "3", "all"]

    def test_a_program_that_fails_gives_way_to_the_next(self, only):
        log = only / "log"
        program(only, "espeak-ng", "exit 1")
        program(only, "espeak", f'echo "$2" >> {log}')
        voice = Voice()
        voice.say([Utterance(Kind.DONE, "all")])
        voice.close()
        assert log.read_text() == "all\n"
        assert voice.speaks == "espeak"

    def test_a_program_that_hangs_gives_way_to_the_bell(self, only, monkeypatch):
        monkeypatch.setattr(sound, "_SPOKEN_S", 0.2)
        program(only, "espeak-ng", "exec sleep 9")
        terminal = Terminal()
        voice = Voice(bell=terminal)
        voice.say([Utterance(Kind.WARNING, "lost")])
        voice.close()
        assert terminal.getvalue() == "\a\a\a"

    def test_no_bell_into_a_file(self, only):
        voice = Voice(bell=(file := io.StringIO()))
        voice.say([Utterance(Kind.DONE, "all")])
        voice.close()
        assert file.getvalue() == ""

    def test_quiet(self, only):
        program(only, "espeak-ng", f"touch {only / 'log'}")
        voice = Voice(is_quiet=True)
        voice.say([Utterance(Kind.DONE, "all")])
        voice.close()
        assert voice.speaks == ""
        assert not (only / "log").exists()

    def test_the_pace_is_toned_if_asked_and_counts_are_spoken(self, only):
        log = only / "log"
        program(only, "espeak-ng", f'echo "$2" >> {log}')
        program(only, "aplay", f'basename "$2" >> {log}; cp "$2" {only}')
        voice = Voice(with_tones=True)
        for said in (Utterance(Kind.UP, "up"), Utterance(Kind.COUNT, "3"), Utterance(Kind.WARNING, "lost")):
            voice.say([said])
            time.sleep(0.15)
        voice.close()
        assert log.read_text().split() == ["up.wav", "3", "lost"]
        assert (only / "up.wav").read_bytes() == tone(Kind.UP)

    def test_without_speech_everything_is_toned(self, only):
        log = only / "log"
        program(only, "paplay", f"echo failed >> {log}; exit 1")
        program(only, "aplay", f'basename "$2" >> {log}; dirname "$2" > {only / "folder"}')
        voice = Voice()
        assert voice.speaks == "tones"
        voice.say([Utterance(Kind.DONE, "all"), Utterance(Kind.COUNT, "3")])
        voice.close()
        assert log.read_text().split() == ["failed", "done.wav", "count.wav"]
        assert not Path((only / "folder").read_text().strip()).exists()  # nothing is left behind

    def test_a_late_word_of_pace_is_left_out(self, only):
        log = only / "log"
        program(only, "espeak-ng", f'echo "$2" >> {log}; [ "$2" = "set done" ] && sleep 1; exit 0')
        voice = Voice()
        voice.say([Utterance(Kind.DONE, "set done")])
        time.sleep(0.1)
        voice.say([Utterance(Kind.HOLD, "hold"), Utterance(Kind.COUNT, "3")])
        voice.close()
        assert log.read_text().split("\n") == ["set done", "3", ""]


def notes_hz(kind: Kind) -> list[float]:
    """Read a tone as its listener hears it: the strongest pitch of each note."""
    with wave.open(io.BytesIO(tone(kind)), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        rate_hz = file.getframerate()
    notes = np.array_split(samples, round(len(samples) / rate_hz / NOTE_S))
    return [float(np.argmax(np.abs(np.fft.rfft(note, rate_hz)))) for note in notes]


def test_up_rises_down_falls_and_hold_is_level():
    up, down, hold = (notes_hz(kind) for kind in (Kind.UP, Kind.DOWN, Kind.HOLD))
    assert up[0] * 1.2 < up[-1]
    assert down[0] > down[-1] * 1.2
    assert len(hold) == 1
    assert len({tuple(notes_hz(kind)) for kind in PACE}) == len(PACE)
    for kind in Kind:
        peak = np.abs(np.frombuffer(tone(kind)[44:], "<i2").astype(int)).max()
        assert 10_000 < peak < 20_000


def test_the_count_goes_on_from_what_was_not_taken_back():
    announcer = Announcer(KICK, Targets(2, 10, 1))
    assert [each.text for i in range(3) for each in announcer.hear([rep(i, 0)])] == ["1", "2", "3"]
    announcer.take_back(rep(2, None, Verdict.REJECTED))
    assert [each.text for each in announcer.hear([rep(3, 0)])] == ["3"]
