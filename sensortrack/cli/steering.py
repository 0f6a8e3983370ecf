"""A recording while it runs: what is said before it begins, what its keys do, and what ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from sensortrack.cli.announcer import Kind
from sensortrack.cli.owed import Plan
from sensortrack.cli.record_view import Listening
from sensortrack.cli.streaming import Stream, TwoWay
from sensortrack.cli.thomas import STEPS

COUNTDOWN_S = 5


def stop_on_signals(stop: Callable[[], None]) -> None:
    """End the session cleanly at Ctrl-C, at a request to end, and when the terminal is closed."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # on Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def key_pressed(key: str, streams: list[Stream], listening: Listening, stop: Callable[[], None]) -> None:
    """Do what a key asks for."""
    if key in ("q", "Q", "\x03"):
        stop()
    elif key in ("m", "M"):
        for stream in streams:
            stream.mark()
        listening.speak("marked")
    elif key in ("p", "P"):
        _pause(streams)
    elif key in ("u", "U"):
        taken = [(stream, found) for stream in streams if (found := stream.take_back()) is not None]
        for stream, found in taken:
            listening.taken_back(stream, found)
        listening.speak("taken back" if taken else "nothing to take back")


def _pause(streams: list[Stream]) -> None:
    """Pause what can pause, or go on."""
    able = [stream.sensor for stream in streams if isinstance(stream.sensor, TwoWay)]
    pausing = any(sensor.state == "running" for sensor in able)
    for sensor in able:
        if pausing:
            sensor.pause()
        else:
            sensor.resume()


async def guide(listening: Listening, plan: Plan, streams: list[Stream], speed: float, *, is_phone: bool) -> None:
    """Say what to do before it begins; the recording runs already, from the moment that the sensors stream."""
    for stream in streams:
        await stream.began.wait()
    if speed > 1:  # a simulated person waits for nobody
        return
    if is_phone:
        listening.speak("Strap the phone to your thigh")
        while listening.is_being_strapped:  # noqa: ASYNC110  # a phone tells its state; nobody waits for the fifth of a second
            await asyncio.sleep(0.2)
    if plan.exercise.detector == "thomas":
        for step, seconds in STEPS:
            listening.speak(step)
            await asyncio.sleep(seconds)
        return
    listening.speak(f"Get ready: {plan.title}")
    await asyncio.sleep(1.0)
    for left in range(COUNTDOWN_S, 0, -1):
        listening.speak(str(left), kind=Kind.COUNT)
        await asyncio.sleep(1.0)
    listening.speak("Go")
