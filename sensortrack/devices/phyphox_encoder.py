"""A phone with phyphox on it, as far as a client can tell: what the tests ask instead of one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

import numpy as np

from sensortrack.devices.device import Notification, Settings
from sensortrack.model.samples import FloatArray, RawBlock

EPOCH_S = 1_700_000_000.0
"""The phone's clock (Unix time) where its sensors' time is zero."""

_ACC = ("acc_time", "accX", "accY", "accZ")
NAMES = {
    "android": {"accelerometer": _ACC, "gyroscope": ("gyr_time", "gyrX", "gyrY", "gyrZ")},
    "ios": {"accelerometer": _ACC, "gyroscope": ("gyro_time", "gyroX", "gyroY", "gyroZ")},
}
"""Buffers of a simple experiment with both sensors: time, x, y, z."""


class PhyphoxEncoder:
    """A phone that answers ``/config``, ``/time``, ``/get`` and ``/control``.

    Parameters
    ----------
    platform
        "android" or "ios": names of buffers, numbers, name of the session.
    sources
        The sensors of the open experiment.
    title
        Its name.

    Attributes
    ----------
    now_s
        The time on the sensors' clock; `encode` sets it forward.
    """

    def __init__(
        self,
        platform: str = "android",
        sources: Sequence[str] = ("accelerometer", "gyroscope"),
        title: str = "My experiment",
    ) -> None:
        self.now_s = 0.0
        self._is_android = platform == "android"
        names = NAMES[platform]
        self._names = {source: names.get(source, names["accelerometer"]) for source in sources}
        self._title = title
        self._sessions = 0
        self.reload()

    @property
    def settings(self) -> Settings | None:
        """What it measures now; None while it does not."""
        return Settings(gyroscope="gyroscope" in self._names) if self._is_measuring else None

    def reload(self) -> None:
        """Open the experiment anew: another session, nothing measured."""
        self._sessions += 1
        self._session = f"{0x9F21C3 + self._sessions:x}" if self._is_android else str(814_000 + self._sessions)
        self._is_measuring = False
        self._clear()

    def read(self, channel: str) -> bytes:
        """Answer a request."""
        path, _, query = channel.partition("?")
        asked = dict(parse_qsl(query, keep_blank_values=True))
        match path:
            case "/config":
                return json.dumps(self._config()).encode()
            case "/time":
                return json.dumps(self._events).encode()
            case "/get":
                return self._get(asked).encode()
            case "/control":
                return json.dumps({"result": self._control(asked.get("cmd"))}).encode()
        return b""

    def write(self, _channel: str, _payload: bytes) -> list[Notification]:
        """Take nothing: there is nothing to write to."""
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Measure; give what somebody who asks now for what is new would get."""
        if not self._is_measuring:
            return []
        at_s = block.time_s - self._started_s + self._measured_s
        since_s = float(at_s[0]) - 1e-3
        for source in self._names:
            values = block.gyr if source == "gyroscope" else block.acc
            self.append(source, at_s, np.zeros_like(block.acc) if values is None else values)
        self.now_s = float(block.time_s[-1])
        query = "&".join(
            f"{names[0]}={since_s!r}&" + "&".join(f"{axis}={since_s!r}%7C{names[0]}" for axis in names[1:])
            for names in self._names.values()
        )
        return [Notification("/get", self.read(f"/get?{query}"))]

    def append(self, source: str, at_s: FloatArray, values: FloatArray) -> None:
        """Put samples of one sensor into its buffers, at their experiment time."""
        for name, column in zip(self._names[source], (at_s, *values.T), strict=True):
            self._columns[name] = np.concatenate((self._columns[name], column))

    def _config(self) -> dict[str, object]:
        buffers = [{"name": name, "size": 0} for names in self._names.values() for name in names]
        inputs = [
            {"source": source, "outputs": [{key: name} for key, name in zip("txyz", names, strict=True)]}
            for source, names in self._names.items()
        ]
        return {"title": self._title, "localTitle": self._title, "buffers": buffers, "inputs": inputs, "export": []}

    def _control(self, command: str | None) -> bool:
        if command == "start" and not self._is_measuring:
            self._is_measuring, self._started_s = True, self.now_s
            self._note("START")
        elif command == "stop" and self._is_measuring:
            self._measured_s += self.now_s - self._started_s
            self._is_measuring = False
            self._note("PAUSE")
        elif command == "clear":
            self._is_measuring = False
            self._clear()
        return command in ("start", "stop", "clear")

    def _clear(self) -> None:
        self._columns: dict[str, FloatArray] = {name: np.zeros(0) for names in self._names.values() for name in names}
        self._events: list[dict[str, object]] = []
        self._started_s = self._measured_s = 0.0

    def _note(self, event: str) -> None:
        told = {"event": event, "experimentTime": self._measured_s, "systemTime": EPOCH_S + self.now_s}
        self._events.append(told)

    def _get(self, asked: dict[str, str]) -> str:
        buffers = (self._buffer(name, how) for name, how in asked.items() if name in self._columns)
        status = {"session": self._session, "measuring": self._is_measuring, "timedRun": False, "countDown": 0}
        return f'{{"buffer":{{{",".join(buffers)}}},"status":{json.dumps(status)}}}'

    def _buffer(self, name: str, how: str) -> str:
        column = self._columns[name]
        mode = "full" if how == "full" else "partial" if how else "single"
        if mode == "single":
            column = column[-1:] if len(column) else np.array([np.nan])
        elif mode == "partial":
            least, _, reference = how.partition("|")
            by = self._columns[reference] if reference else column
            count = min(len(by), len(column))
            column = column[:count][by[:count] > _past(float(least))]
        return f'"{name}":{{"size":0,"updateMode":"{mode}","buffer":[{",".join(self._numbers(column))}]}}'

    def _numbers(self, column: FloatArray) -> Iterable[str]:
        for value in column:
            if not np.isfinite(value):
                yield "null"
            elif self._is_android:  # Java's DecimalFormat 0.#######E0
                digits, _, power = f"{value:.7E}".partition("E")
                yield f"{digits.rstrip('0').rstrip('.')}E{int(power)}"
            else:
                yield repr(float(value))


def _past(least: float) -> float:
    """Move a threshold by what eight digits leave open, as both apps do."""
    return least + 10.0 ** np.floor(np.log10(least / 1e7)) if least > 0 else least
