"""One sensor's stream while it is recorded: packets into the store and through the chain, at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol, TypeAlias, runtime_checkable

from sensortrack.cli.session import Session
from sensortrack.devices.device import Device, Settings
from sensortrack.model.errors import RecordingError
from sensortrack.model.events import AngleTrace, Event, Hold, Movement, ThomasAngle, Verdict
from sensortrack.model.samples import LINK, Packet
from sensortrack.model.summary import TAKEN_BACK
from sensortrack.sources.receiver import Receiver
from sensortrack.store.recorder import Recorder


class Sensor(Protocol):
    """What a source of packets offers."""

    settings: Settings | None
    battery_percent: int | None

    @property
    def trouble(self) -> Exception | None:
        """Why nothing comes just now; None while packets come."""

    def packets(self) -> AsyncGenerator[Packet, None]:
        """Give packets until it is stopped."""

    def stop(self) -> None:
        """End the stream."""


@runtime_checkable
class TwoWay(Sensor, Protocol):
    """A sensor that its wearer sees, hears and commands: a phone's page."""

    @property
    def state(self) -> str:
        """Where the session is: ``running``, ``paused``, ``ending`` ..."""

    def pause(self) -> None:
        """Take no samples for a while."""

    def resume(self) -> None:
        """Go on."""

    def say(self, kind: str, text: str) -> None:
        """Let it speak."""


class Listener(Protocol):
    """Who is told what happens: a screen, a voice."""

    def outputs(self, stream: Stream, outputs: Sequence[Event | AngleTrace]) -> None:
        """Take what the chain told."""

    def link(self, stream: Stream, *, is_up: bool) -> None:
        """Take that the sensor was lost, or is back."""


Found: TypeAlias = Movement | Hold | ThomasAngle
"""What a person can take back."""


class Stream:
    """A sensor being recorded.

    Parameters
    ----------
    sensor, device
        Where packets come from, and what they are.
    session
        The chain that follows.
    begin
        Opens the recorder once the stream's settings are known.
    side
        Which leg wears it, where there are two.

    Attributes
    ----------
    began
        Set when the sensor streams, or the stream is over.
    """

    def __init__(
        self,
        sensor: Sensor,
        device: Device,
        session: Session,
        begin: Callable[[Settings], Recorder],
        side: str | None = None,
    ) -> None:
        self.sensor = sensor
        self.session = session
        self.side = side
        self.recorder: Recorder | None = None
        self.receiver: Receiver | None = None
        self.fault: RecordingError | None = None  # the chain gave up; the recording goes on
        self.began = asyncio.Event()
        self.is_up = self._was_up = False
        self.taken_back = 0
        self._struck: set[tuple[type, int]] = set()
        self._device = device
        self._begin = begin
        self._held: list[Packet] = []
        self._now_s = 0.0

    async def run(self, listener: Listener) -> None:
        """Record until the stream ends."""
        try:
            async with aclosing(self.sensor.packets()) as packets:
                async for packet in packets:
                    self._take(packet, listener)
        finally:
            self.began.set()
            self._finish(listener)

    def mark(self) -> None:
        """Keep this moment."""
        if self.recorder is not None:
            self.recorder.mark(self._now_s)

    def take_back(self) -> Found | None:
        """Strike out the newest repetition, hold or trial, and give it; recording and analysis stay as they are."""
        log = self.session.log
        counted: list[Found] = [each for each in log.movements if each.verdict.counts]
        newest = max([*counted, *log.holds, *log.trials], key=lambda each: each.start_s, default=None)
        if self.recorder is None or newest is None:
            return None
        self.recorder.take_back(newest.start_s, newest.end_s)
        self._struck.add((type(newest), newest.id))
        self.taken_back += 1
        log.add(struck := _struck_out(newest))
        return struck

    def _as_judged(self, output: Event | AngleTrace) -> Event | AngleTrace:
        """Strike out what was taken back, also when it is told again: a trial that goes on is, each second."""
        if not isinstance(output, Movement | Hold | ThomasAngle) or (type(output), output.id) not in self._struck:
            return output
        self.session.log.add(struck := _struck_out(output))
        return struck

    def _take(self, packet: Packet, listener: Listener) -> None:
        if self.recorder is not None:
            self._pass(packet, self.recorder, listener)
            return
        self._held.append(packet)
        settings = self.sensor.settings
        if settings is None:  # the start conversation is still going on
            return
        self.recorder = self._begin(settings)
        self.receiver = Receiver(self._device, settings)
        self.began.set()
        held, self._held = self._held, []
        for each in held:
            self._pass(each, self.recorder, listener)

    def _pass(self, packet: Packet, recorder: Recorder, listener: Listener) -> None:
        recorder.add(packet)
        self._now_s = packet.received_s
        if packet.channel == LINK:
            self._note(is_up=packet.payload == b"up", listener=listener)
        if self.receiver is None:
            return
        for block in self.receiver.process(packet):
            if self.fault is None:
                try:
                    self._tell(self.session.process(block), recorder, listener)
                except RecordingError as error:
                    self.fault = error

    def _note(self, *, is_up: bool, listener: Listener) -> None:
        """Follow the link; the first connection is none to speak of."""
        if self.is_up != is_up and (self._was_up or not is_up):
            listener.link(self, is_up=is_up)
        self.is_up = is_up
        self._was_up |= is_up

    def _tell(self, outputs: list[Event | AngleTrace], recorder: Recorder, listener: Listener) -> None:
        recorder.add_events([each for each in outputs if not isinstance(each, AngleTrace)])
        for each in outputs:
            if isinstance(each, AngleTrace):
                recorder.add_angle(each)
        listener.outputs(self, [self._as_judged(each) for each in outputs])

    def _finish(self, listener: Listener) -> None:
        if self.recorder is None:
            return
        if self.fault is None:
            try:
                self._tell(self.session.finish(), self.recorder, listener)
            except RecordingError as error:
                self.fault = error
        quality = self.session.quality
        self.recorder.finish(rate_hz=quality.rate_hz, duration_s=quality.duration_s)


def _struck_out(found: Found) -> Found:
    if isinstance(found, Movement):
        return replace(found, verdict=Verdict.REJECTED, reasons=(TAKEN_BACK,), set_id=None)
    return replace(found, taken_back=True)
