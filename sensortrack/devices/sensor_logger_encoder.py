"""A phone with Sensor Logger on it, as far as a server can tell: what the tests push instead of one."""

from __future__ import annotations

import json

import numpy as np

from sensortrack.devices.device import STANDARD_GRAVITY, Notification, Settings
from sensortrack.devices.sensor_logger_messages import CHANNEL
from sensortrack.model.samples import FloatArray, RawBlock

EPOCH_NS = 1_700_000_000_000_000_000
"""The phone's clock where its sensors' time is zero."""

_BATCH = 20  # samples in a message


class SensorLoggerEncoder:
    """A phone that pushes.

    Parameters
    ----------
    platform
        "ios" (accelerations with the other sign), "ios-standard" (with the app's "Standardise Units & Frames"),
        "android" (sensors on clocks of their own), "android-total" (total acceleration only).
    session, phone
        What it says of itself.
    """

    settings: Settings | None = Settings()

    def __init__(self, platform: str = "ios", session: str = "first", phone: str = "a phone") -> None:
        self._platform, self._session, self._phone = platform, session, phone
        self._sent = 0

    def read(self, _channel: str) -> bytes:
        """Nothing can be read."""
        return b""

    def write(self, _channel: str, _payload: bytes) -> list[Notification]:
        """Take nothing."""
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into messages."""
        return [
            Notification(CHANNEL, self._message(block[first : first + _BATCH]))
            for first in range(0, len(block), _BATCH)
        ]

    def _message(self, block: RawBlock) -> bytes:
        payload = [each for rows in self._sensors(block) for each in rows]
        told = {"messageId": self._sent, "sessionId": self._session, "deviceId": self._phone, "payload": payload}
        self._sent += 1
        return json.dumps(told).encode()

    def _sensors(self, block: RawBlock) -> list[list[dict[str, object]]]:
        is_android = self._platform.startswith("android")
        sign = -1.0 if self._platform == "ios" else 1.0
        later_s = 0.0013 if is_android else 0.0
        norm = np.maximum(np.linalg.norm(block.acc, axis=1, keepdims=True), 1e-3)
        gravity = block.acc / norm * STANDARD_GRAVITY
        sensors = [
            self._rows("accelerometer", block.time_s, sign * (block.acc - gravity)),
            self._rows("gravity", block.time_s, sign * gravity),
        ]
        if self._platform == "android-total":
            sensors = [self._rows("totalacceleration", block.time_s, block.acc)]
        if block.gyr is not None:
            sensors.append(self._rows("gyroscope", block.time_s + later_s, block.gyr))
        return sensors

    def _rows(self, name: str, time_s: FloatArray, values: FloatArray) -> list[dict[str, object]]:
        more = {"accuracy": 3} if self._platform.startswith("android") else {}
        return [
            {"name": name, "time": EPOCH_NS + round(at_s * 1e9), "values": {"z": z, "y": y, "x": x}, **more}
            for at_s, (x, y, z) in zip(time_s.tolist(), values.tolist(), strict=True)
        ]
