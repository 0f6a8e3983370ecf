"""What is shown and said while recording: a screen, or a line per event, and a voice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from sensortrack.cli.announcer import Announcer, Kind, Targets, Utterance
from sensortrack.cli.coach import Pace, Tempo, coach_of
from sensortrack.cli.live import LiveView
from sensortrack.cli.live_words import sensor_words, trouble_words
from sensortrack.cli.sound import Voice
from sensortrack.cli.streaming import Stream, TwoWay
from sensortrack.cli.wording import clock_words, count_words, describe, recording_sentence
from sensortrack.model.events import AngleTrace, Event

REFRESH_S = 0.25
"""The screen is drawn this often besides at events: a timer of seconds needs no more, and drawing is what costs."""

WATCH_S = 0.5
"""Troubles are looked for this often."""

KEYS = "m mark a moment   u take the newest back   q stop"
PAUSE_KEY = "p pause, go on   "

_STATES = {
    "ready": "strap the phone to the thigh",
    "paused": "paused",
    "running": "goes on",
    "ending": "waiting for the phone's last samples; q again ends without them",
}


class Listening:
    """Say and show what comes out of one or two streams.

    Parameters
    ----------
    streams
        What is recorded.
    targets
        What is meant to be done.
    voice
        Who speaks.
    pace, tempo
        How the coach leads, and how fast.
    is_plain
        A line per event, for screen readers and logs, instead of the screen.
    """

    def __init__(
        self, streams: Sequence[Stream], targets: Targets, voice: Voice, pace: Pace, tempo: Tempo, *, is_plain: bool
    ) -> None:
        self._streams = streams
        self._voice = voice
        self._console = Console(highlight=False)
        self._is_plain = is_plain or not self._console.is_terminal
        self._announcers = {id(each): Announcer(each.session.exercise, targets) for each in streams}
        self._coaches = {id(each): coach_of(pace, each.session.exercise, targets, tempo) for each in streams}
        self._views = {id(each): LiveView(each.session, targets) for each in streams}
        self._message = Text("")
        self._pace = ""
        self._last: dict[int, str] = {}
        self._troubles: dict[int, str] = {}
        self._unsaved: set[int] = set()
        self._drawn_s = 0.0
        self._live: Live | None = None

    def __enter__(self) -> Listening:
        if not self._is_plain:
            self._live = Live(self, console=self._console, auto_refresh=False, transient=True)
            self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.__exit__(None, None, None)

    async def watch(self) -> None:
        """Tell what is wrong also while no packets come, until it is cancelled."""
        while True:
            await asyncio.sleep(WATCH_S)
            for stream in self._streams:
                self._watch(stream)
            self._draw(at_once=False)

    def _watch(self, stream: Stream) -> None:
        """Tell a trouble once, aloud too unless it is the link's; the screen shows it as long as it lasts."""
        words, before = trouble(stream), self._troubles.get(id(stream), "")
        if words == before:
            return
        self._troubles[id(stream)] = words
        unsaved = stream.recorder is not None and stream.recorder.trouble is not None
        if unsaved != (id(stream) in self._unsaved):
            self._unsaved ^= {id(stream)}
            self._say(stream, [Utterance(Kind.WARNING, "not saved" if unsaved else "saved again")])
            words = words or "saved again, nothing was lost"
        elif stream.fault is not None:
            self._say(stream, [Utterance(Kind.WARNING, "cannot count")])
        if self._is_plain:
            self._line(stream, words)

    def outputs(self, stream: Stream, outputs: Sequence[Event | AngleTrace]) -> None:
        """Take what the chain told."""
        said = self._announcers[id(stream)].hear(outputs)
        self._say(stream, said)
        told = [each.text for each in said if each.kind is Kind.DONE]  # what to do next is for the eyes too
        events = [each for each in outputs if not isinstance(each, AngleTrace)]
        if events:
            self._pace = ""
        coach = self._coaches[id(stream)]
        led = coach.hear(outputs) if coach is not None else []
        self._lead(stream, led)
        if self._is_plain:
            for event in events:
                self._event(stream, describe(event, stream.session.log))
            for words in told:
                self._line(stream, words)
            return
        if events or told:
            self._message = Text(told[-1] if told else "", style="yellow")
        self._views[id(stream)].update(outputs)
        self._draw(at_once=bool(events or told or led))

    def taken_back(self, stream: Stream, found: Event) -> None:
        """Count on from what is left."""
        self._announcers[id(stream)].take_back(found)

    def link(self, stream: Stream, *, is_up: bool) -> None:
        """Tell that the sensor was lost, or is back."""
        said = self._announcers[id(stream)].link(is_up=is_up)
        if isinstance(stream.sensor, TwoWay):  # out of reach, it cannot speak itself
            words = "phone back" if is_up else "no word from the phone; it keeps its samples while its page is open"
            said = [Utterance(Kind.WARNING, words)]
            self._voice.say(said)
        else:
            self._say(stream, said)
        self.message(stream, said[0].text)

    def message(self, stream: Stream | None, words: str) -> None:
        """Tell something that is no event."""
        if self._is_plain:
            self._line(stream, words)
        else:
            self._message = Text(words, style="yellow")
            self._draw(at_once=True)

    @property
    def is_being_strapped(self) -> bool:
        """Whether a phone has not begun yet."""
        return any(isinstance(each.sensor, TwoWay) and each.sensor.state == "ready" for each in self._streams)

    async def follow(self) -> None:
        """Show when a phone is paused, goes on, or ends: nothing else comes then that would draw."""
        before: dict[int, str] = {}
        while True:
            for stream in self._streams:
                if isinstance(stream.sensor, TwoWay):
                    state, was = stream.sensor.state, before.get(id(stream), "ready")
                    if state != was != "ready":
                        self.message(stream, _STATES.get(state, ""))
                    before[id(stream)] = state
            await asyncio.sleep(REFRESH_S)

    def speak(self, words: str, *, kind: Kind = Kind.DONE) -> None:
        """Say and show a few words."""
        for speaker in dict.fromkeys(self._speaker(stream) for stream in self._streams):
            self._tell(speaker, [Utterance(kind, words)])
        self.message(None, words)

    def _lead(self, stream: Stream, said: list[Utterance]) -> None:
        """Say the pace, and show it until something happens."""
        self._say(stream, said)
        for each in said:
            self._pace = each.text
            if self._is_plain:
                self._line(stream, each.text)

    def _say(self, stream: Stream, said: list[Utterance]) -> None:
        before = f"{stream.side}, " if len(self._streams) > 1 else ""
        self._tell(self._speaker(stream), [Utterance(each.kind, before + each.text) for each in said])

    def _speaker(self, stream: Stream) -> Voice | TwoWay:
        """Who speaks: the phone that is worn, else the computer, never both."""
        return stream.sensor if isinstance(stream.sensor, TwoWay) else self._voice

    def _tell(self, speaker: Voice | TwoWay, said: list[Utterance]) -> None:
        if not isinstance(speaker, TwoWay):
            speaker.say(said)
        elif self._voice.speaks:  # not --quiet
            for each in said:
                speaker.say(each.kind, each.text)

    def _event(self, stream: Stream, words: str) -> None:
        """Tell an event; one that is told again with nothing new (a trial that goes on) is left out."""
        what = words.partition("  ")[2]
        if what != self._last.get(id(stream)):
            self._line(stream, words)
        self._last[id(stream)] = what

    def _line(self, stream: Stream | None, words: str) -> None:
        if not words:
            return
        before = f"{stream.side}: " if stream is not None and len(self._streams) > 1 else ""
        self._console.print(before + words, markup=False, soft_wrap=True)
        self._console.file.flush()

    def _draw(self, *, at_once: bool) -> None:
        now_s = time.monotonic()
        if self._live is not None and (at_once or now_s - self._drawn_s >= REFRESH_S):
            self._drawn_s = now_s
            self._live.refresh()

    def __rich_console__(self, console: Console, _: object) -> Iterable[Group]:
        """Draw for the width there is."""
        for stream in self._streams:
            if len(self._streams) > 1:
                yield Group(Text(f"{stream.side}", style="bold underline"))
            yield from self._views[id(stream)].__rich_console__(console, _)
            rest_s = self._announcers[id(stream)].rest_left_s
            if rest_s is not None:
                yield Group(Text(f"rest: {rest_s:.0f} s", style="bold"))
            yield Group(status(stream))
        pausing = PAUSE_KEY if any(isinstance(stream.sensor, TwoWay) for stream in self._streams) else ""
        yield Group(Text(self._pace, style="bold"), self._message, Text(pausing + KEYS, style="dim"))


def status(stream: Stream) -> Text:
    """Battery, link, gaps and whatever is wrong."""
    wrong = trouble(stream)
    parts = ["link ok" if stream.is_up else wrong or "no link, trying again"]
    if isinstance(stream.sensor, TwoWay) and stream.sensor.state != "running":
        parts.append(_STATES.get(stream.sensor.state, ""))
    if stream.sensor.battery_percent is not None:
        parts.append(f"battery {stream.sensor.battery_percent} %")
    gaps = stream.session.log.gaps
    if gaps:
        parts.append(f"{count_words(len(gaps), 'gap')}, {clock_words(sum(g.end_s - g.start_s for g in gaps))} missing")
    if stream.receiver is not None and stream.receiver.health.bad:
        parts.append(count_words(stream.receiver.health.bad, "bad packet"))
    if stream.is_up and wrong:
        parts.append(wrong)
    good = stream.is_up and not gaps and not wrong
    return Text("   ".join(parts), style="dim" if good else "yellow")


def trouble(stream: Stream) -> str:
    """Why nothing can be saved, or counted, or nothing comes, just now; empty while all is well."""
    if stream.recorder is not None and stream.recorder.trouble is not None:
        return trouble_words(stream.recorder.trouble)
    if stream.fault is not None:
        return f"recorded, but it cannot be counted: {recording_sentence(stream.fault)}"
    error = stream.sensor.trouble
    return "" if stream.is_up or error is None else sensor_words(error, "the sensor")
