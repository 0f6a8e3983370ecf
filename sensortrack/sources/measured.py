"""How fast does it come, and is there a gyroscope? Of an app on a phone nobody knows before the first seconds came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sensortrack.devices.device import Device, FrameError, Settings
from sensortrack.model.samples import Frame, Packet

MEASURE_S = 2.0
"""Of samples; sensors of a phone start up to half a second apart (protocols.md section 10.1)."""

LOWEST_HZ, HIGHEST_HZ = 1.0, 1000.0
"""No phone is slower or faster; whatever says so is none."""


class Measuring:
    """Look at the first packets of a stream until it is known what it is.

    Parameters
    ----------
    device, wanted
        What sends, and what is kept of its settings: everything but rate and gyroscope.
    """

    def __init__(self, device: Device, wanted: Settings) -> None:
        self._decoder = device.decoder(wanted)
        self._wanted = wanted
        self._stamps: dict[str, list[float]] = {"acc": [], "gyr": []}

    def take(self, packet: Packet) -> Settings | None:
        """Take a packet; give the settings once they are known.

        The rate is that of the slower sensor, since it decides over which holes may be interpolated.
        """
        for frame in self._frames(packet):
            if frame.stamps_s is not None:
                self._stamps["gyr" if frame.acc is None else "acc"].extend(frame.stamps_s.tolist())
        acc = self._stamps["acc"]
        if len(acc) < 3 or abs(acc[-1] - acc[0]) < MEASURE_S:
            return None
        rates_hz = [1.0 / float(np.median(np.diff(each))) for each in self._stamps.values() if len(each) > 2]
        rate_hz = min(max(min(rates_hz), LOWEST_HZ), HIGHEST_HZ)
        return replace(self._wanted, rate_hz=round(rate_hz, 1), gyroscope=len(self._stamps["gyr"]) > 2)

    def _frames(self, packet: Packet) -> list[Frame]:
        try:
            return self._decoder.decode(packet)
        except FrameError as error:
            return error.frames
