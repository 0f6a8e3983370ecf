"""phyphox, an app that shows what a phone's sensors say, asked over HTTP (protocols.md section 9a).

Wire table (all replies are JSON; times in seconds since the experiment's start, pauses left out):

====================================  ================================================================================
``/config``                           what is open: ``inputs`` names the buffers of each sensor, whatever their names
``/time``                             ``START`` and ``PAUSE``: experiment time and the phone's clock
``/get?T=t&X=t%7CT&…``                what is newer than ``t`` in buffers ``T`` and ``X``; ``T=full`` all, ``T=`` the
                                      newest
``/control?cmd=start``, ``cmd=stop``  ``{"result": true}``
====================================  ================================================================================

Acceleration is m/s² with the sign of the chain on Android and on the iPhone, angular rate rad/s. Android writes numbers
as ``1.2345678E1``, the iPhone as ``12.345678``; ``null`` is none. A sample's stamp is the phone's clock at the last
start plus what passed since, so that a pause is a gap. Nothing of this was tried on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any
from urllib.parse import quote

import numpy as np

from sensortrack.devices.device import (
    Conversation,
    Device,
    DeviceError,
    DeviceProblem,
    FrameError,
    Read,
    Settings,
)
from sensortrack.devices.messages import (
    MOST_STAMP_S,
    Joined,
    acc_frame,
    acc_stream,
    gyr_frame,
    gyr_stream,
    number,
    numbers,
    parsed,
)
from sensortrack.devices.phyphox_encoder import PhyphoxEncoder
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet

CONFIG, TIME, GET, CONTROL = "/config", "/time", "/get", "/control"
START, STOP = f"{CONTROL}?cmd=start", f"{CONTROL}?cmd=stop"
ACC, GYR = "accelerometer", "gyroscope"
_MOST_NAME = 60
_MOST_STARTS = 1000


@dataclass(frozen=True, slots=True)
class Buffers:
    """Where the samples of one sensor are: names of the buffers of time, x, y and z."""

    t: str
    x: str
    y: str
    z: str

    def query(self, since_s: float | None) -> str:
        """Ask for what is newer, or for all."""
        if since_s is None:
            return "&".join(f"{quote(name, safe='')}=full" for name in (self.t, self.x, self.y, self.z))
        time = quote(self.t, safe="")
        axes = (f"{quote(name, safe='')}={since_s!r}%7C{time}" for name in (self.x, self.y, self.z))
        return "&".join((f"{time}={since_s!r}", *axes))

    @property
    def newest(self) -> str:
        """Ask for the newest time alone."""
        return f"{quote(self.t, safe='')}="


def find_buffers(config: bytes) -> dict[str, Buffers]:
    """Find the buffers of acceleration with gravity, and of angular rate if it is there.

    Raises
    ------
    DeviceError
        It is no reply of phyphox, or what is open there has no acceleration with gravity.
    """
    try:
        told = parsed(config)
    except FrameError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("inputs"), list):
        raise DeviceError(DeviceProblem.OTHER_APP, found="phyphox")
    found: dict[str, Buffers] = {}
    for each in told["inputs"]:
        source, outputs = (each.get("source"), each.get("outputs")) if isinstance(each, dict) else (None, None)
        if source in (ACC, GYR) and isinstance(outputs, list):
            names = {key: name for one in outputs if isinstance(one, dict) for key, name in one.items()}
            wanted = [names.get(key) for key in "txyz"]
            if all(isinstance(name, str) and 0 < len(name) <= _MOST_NAME for name in wanted):
                found.setdefault(source, Buffers(*map(str, wanted)))
    if ACC not in found:
        title = told.get("localTitle") or told.get("title")
        raise DeviceError(DeviceProblem.NO_GRAVITY, found=title[:_MOST_NAME] if isinstance(title, str) else "")
    return found


def start(settings: Settings) -> Conversation:
    """Look what is open, begin to measure unless it does already, and learn what its times mean."""
    config = yield Read(CONFIG)
    buffers = find_buffers(config)
    reply = _reply((yield Read(Poll(config).query)))
    if reply["status"].get("measuring") is not True:
        result = yield Read(START)
        try:
            is_begun = parsed(result) == {"result": True}
        except FrameError:
            is_begun = False
        if not is_begun:
            raise DeviceError(DeviceProblem.NOT_MEASURING)
    yield Read(TIME)
    return replace(settings, gyroscope=GYR in buffers)


def stop(settings: Settings) -> Conversation:
    """End the measurement; its data stay on the phone."""
    yield Read(STOP)
    return settings


def _reply(reply: bytes) -> dict[str, Any]:
    """Read a reply to ``/get``; it has a status.

    Raises
    ------
    DeviceError
        It is none.
    """
    try:
        told = parsed(reply)
    except FrameError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("status"), dict):
        raise DeviceError(DeviceProblem.OTHER_APP, found="phyphox")
    return told


class News(Enum):
    """What a reply tells besides samples."""

    NOTHING = 0
    PAUSED = 1
    RESUMED = 2
    CLEARED = 3
    RELOADED = 4


class Poll:
    """What to ask next, from what was answered.

    It begins with what is measured from now on: the newest time is asked for first, which is what `start` does. The
    same is asked when nothing comes, to notice that the data were cleared.

    Attributes
    ----------
    came
        Whether the last answer held samples.
    """

    def __init__(self, config: bytes) -> None:
        self._buffers = find_buffers(config)
        self._since_s: dict[str, float | None] = {}
        self._asks_newest = True
        self.came = False
        self._session: object = None
        self._is_measuring = True

    @property
    def query(self) -> str:
        """The next question."""
        if self._asks_newest:
            return f"{GET}?" + "&".join(buffers.newest for buffers in self._buffers.values())
        asked = (buffers.query(self._since_s.get(source)) for source, buffers in self._buffers.items())
        return f"{GET}?" + "&".join(asked)

    def take(self, reply: bytes) -> News:
        """Learn from an answer.

        Raises
        ------
        DeviceError
            It is none of phyphox.
        """
        told = _reply(reply)
        status = told["status"]
        session, before = status.get("session"), self._session
        self._session = session
        if before not in (None, session):
            return News.RELOADED
        is_measuring, was_measuring = status.get("measuring") is True, self._is_measuring
        self._is_measuring = is_measuring
        news = self._learn_times(told)
        if is_measuring != was_measuring:
            return News.RESUMED if is_measuring else News.PAUSED
        return news

    def from_the_beginning(self) -> None:
        """Ask for all there is."""
        self._since_s, self._asks_newest = {}, False

    def from_now(self) -> None:
        """Ask for what comes from now on."""
        self._since_s, self._asks_newest = {}, True

    def _learn_times(self, told: dict[str, Any]) -> News:
        asked_newest, news = self._asks_newest, News.NOTHING
        self.came = False
        for source, buffers in self._buffers.items():
            column = _column(told, buffers.t)
            times = column[np.isfinite(column)]
            if not len(times):
                continue
            newest_s, since_s = float(times[-1]), self._since_s.get(source)
            is_older = since_s is not None and newest_s < since_s
            news = News.CLEARED if is_older else news
            self.came |= not asked_newest
            if since_s is None or not asked_newest:
                self._since_s[source] = newest_s if newest_s > 0 else None  # phyphox takes no negative threshold
        knows = any(since_s is not None for since_s in self._since_s.values())
        self._asks_newest = knows and not self.came and not asked_newest
        if news is News.CLEARED and asked_newest:
            self.from_the_beginning()
        return news


def _column(told: Any, name: str) -> FloatArray:
    """Give the numbers of one buffer in a reply."""
    buffers = told.get("buffer") if isinstance(told, dict) else None
    buffer = buffers.get(name) if isinstance(buffers, dict) else None
    return numbers(buffer.get("buffer")) if isinstance(buffer, dict) else np.zeros(0)


class PhyphoxDecoder:
    """Replies in, samples out: each once, with its stamp on the phone's clock."""

    def __init__(self, _settings: Settings) -> None:
        self._joined = Joined()
        self._buffers: dict[str, Buffers] = {}
        self._starts: FloatArray = np.zeros((0, 2))  # experiment time and the phone's clock at each start
        self._streams = {ACC: acc_stream(), GYR: gyr_stream()}

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples of a reply to ``/get``."""
        joined = self._joined.whole(packet)
        if joined is None:
            return []
        channel, message = joined
        match channel.partition("?")[0]:
            case "/config":
                try:
                    self._buffers = find_buffers(message)
                except DeviceError as error:
                    raise FrameError("no experiment with gravity", message[:100]) from error
            case "/time":
                self._starts = _starts(parsed(message))
            case "/get":
                return self._samples(parsed(message), packet.received_s)
        return []

    def _samples(self, told: Any, received_s: float) -> list[Frame]:
        frames = []
        for source, buffers in self._buffers.items():
            columns = [_column(told, name) for name in (buffers.t, buffers.x, buffers.y, buffers.z)]
            count = min(map(len, columns))
            time_s, values = columns[0][:count], np.stack([each[:count] for each in columns[1:]], axis=1)
            stamps_s, values = self._streams[source].rows(self._on_clock(time_s), values)
            frames += (acc_frame if source == ACC else gyr_frame)(received_s, stamps_s, values)
        return frames

    def _on_clock(self, time_s: FloatArray) -> FloatArray:
        """Put experiment time on the phone's clock, so that pauses count."""
        time_s = np.where(np.abs(time_s) < MOST_STAMP_S, time_s, np.nan)
        if not len(self._starts):
            return time_s
        at = np.maximum(np.searchsorted(self._starts[:, 0], time_s, side="right") - 1, 0)
        clock_s: FloatArray = time_s - self._starts[at, 0] + self._starts[at, 1]
        return clock_s


def _starts(told: Any) -> FloatArray:
    """Give the starts of the running experiment, those since its time last began at zero."""
    starts: list[tuple[float, float]] = []
    for each in told[-_MOST_STARTS:] if isinstance(told, list) else []:
        if isinstance(each, dict) and each.get("event") == "START":
            experiment_s, clock_s = number(each.get("experimentTime")), number(each.get("systemTime"))
            if starts and experiment_s < starts[-1][0]:
                starts = []
            if abs(experiment_s) < MOST_STAMP_S and abs(clock_s) < MOST_STAMP_S:
                starts.append((experiment_s, clock_s))
    return np.array(starts, dtype=np.float64).reshape(-1, 2)


DEVICE = Device(
    name="phyphox",
    title="phyphox on a phone",
    advertised_names=(),
    advertised_uuids=(),
    services=(),
    rates_hz=(100.0,),  # what a phone gives, 50 to 500 Hz, is measured
    gyroscope=True,
    clock=Clock(stamps="each"),
    start=start,
    stop=stop,
    decoder=PhyphoxDecoder,
    encoder=PhyphoxEncoder,
    resumes=True,
)
