"""What is taken of the batches that a phone's page posts: each once, checked, and no more than a phone can measure."""

from __future__ import annotations

import numpy as np

from sensortrack.devices import phone
from sensortrack.devices.device import FrameError, Settings
from sensortrack.model.samples import Packet
from sensortrack.web.phone import Refusal

_FIRST = 30  # samples that the rate is taken from: half a second
_MOST_HZ, _BURST = 250.0, 1000  # samples accepted: no browser gives more than 60 to 100 a second
_AHEAD_S = 2.0  # a sample from the future: the page's idea of our clock is at most half a round trip wrong
_MOST_RUNS = 1000


class Intake:
    """The batches of one phone.

    Attributes
    ----------
    settings
        What the stream is, told by its first half second; None before.
    """

    def __init__(self) -> None:
        self.settings: Settings | None = None
        self._next: dict[int, int] = {}  # run -> number of the batch that comes next
        self._first: list[float] = []
        self._samples = 0

    def new(self, body: bytes, received_s: float, *, is_open: bool) -> bytes:
        """Give the batches that have not come before; all of them are good, or none is taken.

        Parameters
        ----------
        received_s
            When they came, seconds from the session's beginning.
        is_open
            Whether it is the time for samples: the session has begun and not ended.

        Raises
        ------
        Refusal
            A batch that cannot be, too many samples, or it is not the time.
        """
        try:
            found = list(phone.batches(body))
            phone.PhoneDecoder(self.settings or Settings(gyroscope=False)).decode(Packet(0.0, body, phone.SAMPLES))
        except FrameError as error:
            raise Refusal("gyroscope" if error.problem == "no angular rate" else "bad", 400) from error
        new = [each for each in found if each.number >= self._next.get(each.run, 0) and len(each.stamp_s)]
        if new and not is_open:
            raise Refusal("not now", 409)
        samples = self._samples + sum(len(each.stamp_s) for each in new)
        if samples > _BURST + _MOST_HZ * received_s:
            raise Refusal("too many", 429)
        for each in new:
            ahead_s = np.concatenate((each.taken_s, each.stamp_s + each.offset_at_start_s)) - received_s
            if ahead_s.max() > _AHEAD_S or ahead_s.min() < -_AHEAD_S - received_s:
                raise Refusal("bad", 400)
        self._samples = samples
        for each in new:
            self._next[each.run] = each.number + 1
            if len(self._next) > _MOST_RUNS:
                self._next.pop(next(iter(self._next)))
            self._learn(each)
        return b"".join(each.payload for each in new)

    def _learn(self, batch: phone.Batch) -> None:
        """Take rate and gyroscope from the first half second."""
        if self.settings is None:
            self._first += batch.stamp_s.tolist()
            if len(self._first) >= _FIRST:
                step_s = float(np.median(np.diff(self._first)))
                rate_hz = round(min(max(1.0 / max(step_s, 1e-3), 1.0), _MOST_HZ), 1)
                self.settings = Settings(rate_hz, gyroscope=batch.gyr is not None)
