"""A sensor that its owner describes (`devices/description.py`), as a family like any other.

Tried with the encoder below, also over a virtual radio; not with a sensor yet.
"""

from __future__ import annotations

import math
import struct
from functools import partial

import numpy as np

from sensortrack.devices.description import Description, Layout, ends, letters
from sensortrack.devices.device import (
    Characteristic,
    Conversation,
    Device,
    FrameError,
    Notification,
    Service,
    Settings,
    Subscribe,
    checked,
)
from sensortrack.model.samples import FloatArray, Frame, Packet, RawBlock

MOST_STAMP_S = 1e11
"""No clock says more, even one that counts since 1970 (2e9 s)."""

_UNSIGNED = str.maketrans("bhilq", "BHILQ")
_PAYLOAD = 244  # the largest notification that fits one 251-byte link packet (protocols.md section 8.3)
_FLUSH_S = 0.04  # a frame is sent after this long at most (protocols.md section 8.3)


def described(description: Description) -> Device:
    """Make the family of a description."""
    return Device(
        name=description.name,
        title=description.name,
        advertised_names=description.advertised_names,
        advertised_uuids=() if description.advertised_names else (description.service,),
        services=(Service(description.service, _characteristics(description)),),
        rates_hz=(description.rate_hz,),
        gyroscope=description.gyr is not None,
        clock=description.clock,
        start=partial(_start, description),
        stop=partial(_stop, description),
        decoder=lambda _settings: DescribedDecoder(description),
        encoder=lambda: DescribedEncoder(description),
    )


def _characteristics(description: Description) -> tuple[Characteristic, ...]:
    """List them; the same one may be written and notify."""
    properties = {layout.channel: ["notify"] for layout in description.layouts}
    for write in (description.start, description.stop):
        if write is not None:
            properties.setdefault(write.channel, []).append("write" if write.response else "write-without-response")
    return tuple(Characteristic(uuid, tuple(dict.fromkeys(names))) for uuid, names in properties.items())


def _start(description: Description, _wanted: Settings) -> Conversation:
    for layout in description.layouts:
        yield Subscribe(layout.channel)
    if description.start is not None:
        yield description.start
    return description.settings


def _stop(description: Description, settings: Settings) -> Conversation:
    if description.stop is not None:
        yield description.stop
    return settings


class _Wire:
    """The bytes of a layout, both ways."""

    def __init__(self, layout: Layout, description: Description) -> None:
        self.channel = layout.channel
        self.fields = {field: slice(3 * i, 3 * i + 3) for i, field in enumerate(layout.sample_fields)}
        self._moduli = layout.moduli
        self._header = struct.Struct(layout.header.translate(_UNSIGNED))  # a counter that is told as signed wraps too
        self._sample = struct.Struct(layout.sample)
        self.most = max(1, (_PAYLOAD - self._header.size) // self._sample.size)
        self._ends = [ends(letter) for letter in letters(layout.sample)]
        self._low, self._high = np.array(self._ends, dtype=np.float64).T
        quantities = [description.quantities[field] for field in layout.sample_fields]
        self._factors = np.array([math.copysign(each.scale, axis) for each in quantities for axis in each.axes])
        self._columns = np.array([3 * i + abs(axis) - 1 for i, each in enumerate(quantities) for axis in each.axes])
        self._places = np.argsort(self._columns)

    def unpack(self, payload: bytes) -> tuple[dict[str, float], FloatArray, bool]:
        """Read a notification.

        Returns
        -------
        header, values, saturated
            The numbers of the header by name; (N, 3 or 6) m/s² and rad/s, each field along x, y, z; whether a number is
            the least or the greatest that its type can say.

        Raises
        ------
        FrameError
            The length is not that of a header and whole samples, one at least.
        """
        count, rest = divmod(len(payload) - self._header.size, self._sample.size)
        if count < 1 or rest:
            raise FrameError("not a header and whole samples", payload)
        header = dict(zip(self._moduli, self._header.unpack_from(payload), strict=True))
        counts = np.array(list(self._sample.iter_unpack(payload[self._header.size :])), dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # floats of noise: `checked` refuses what comes of them
            values = (counts * self._factors)[:, self._places]
        return header, values, bool(((counts == self._low) | (counts == self._high)).any())

    def pack(self, header: dict[str, float], values: FloatArray) -> bytes:
        """Write a notification; what is more than a type can say is cut to its end."""
        start = [round(header[field]) % wrap if wrap else header[field] for field, wrap in self._moduli.items()]
        counts = values[:, self._columns] / self._factors
        rows = (self._sample.pack(*map(_fitted, row, self._ends)) for row in counts.tolist())
        return self._header.pack(*start) + b"".join(rows)


def _fitted(value: float, least_most: tuple[float, float]) -> float:
    least, most = least_most
    return min(max(round(value) if isinstance(most, int) else value, least), most)


class DescribedDecoder:
    """Notifications as they are described; each one stands for itself.

    Parameters
    ----------
    description
        Of the sensor.
    """

    def __init__(self, description: Description) -> None:
        self._tick_s = description.tick_s
        self._wires = {layout.channel: _Wire(layout, description) for layout in description.layouts}

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the frame of one notification."""
        wire = self._wires.get(packet.channel)
        return [] if wire is None else [self._frame(packet, wire)]

    def _frame(self, packet: Packet, wire: _Wire) -> Frame:
        header, values, saturated = wire.unpack(packet.payload)
        stamp_s = header["time"] * self._tick_s if self._tick_s is not None else None
        if stamp_s is not None and not abs(stamp_s) < MOST_STAMP_S:
            raise FrameError("a time that cannot be", packet.payload)
        sequence = int(header["counter"]) if "counter" in header else None
        acc, gyr = (values[:, wire.fields[field]] if field in wire.fields else None for field in ("acc", "gyr"))
        more = {"stamp_s": stamp_s, "sequence": sequence, "saturated": saturated}
        return checked(packet.payload, packet.received_s, acc, gyr, **more)


class DescribedEncoder:
    """A sensor that does what a description says; with no command to start it streams from the beginning.

    Parameters
    ----------
    description
        Of the sensor.
    """

    def __init__(self, description: Description) -> None:
        self.settings = None if description.start else description.settings
        self._description = description
        self._wires = [_Wire(layout, description) for layout in description.layouts]
        self._sequence = 0
        self._waiting: RawBlock | None = None

    def read(self, channel: str) -> bytes:
        """Give nothing: there is nothing to read."""
        return b""

    def write(self, channel: str, payload: bytes) -> list[Notification]:
        """Take the commands that start and stop it; it does not reply."""
        start, stop = self._description.start, self._description.stop
        if start and (channel, payload) == (start.channel, start.payload):
            self.settings, self._waiting = self._description.settings, None
        elif start and stop and (channel, payload) == (stop.channel, stop.payload):
            self.settings = None
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into notifications, one per characteristic at a time."""
        if self.settings is None:
            return []
        if self._waiting is not None:
            block = self._waiting + block
        most = min(max(1, round(_FLUSH_S * self.settings.rate_hz)), *(wire.most for wire in self._wires))
        whole = len(block) // most * most
        self._waiting = block[whole:] if whole < len(block) else None
        parts = (block[begin : begin + most] for begin in range(0, whole, most))
        return [notification for part in parts for notification in self._notifications(part)]

    def _notifications(self, part: RawBlock) -> list[Notification]:
        description = self._description
        stamp_s = float(part.time_s[0 if description.stamps == "first" else -1])
        header = {"counter": float(self._sequence), "time": stamp_s / (description.tick_s or 1.0)}
        self._sequence += 1
        values = {"acc": part.acc, "gyr": np.zeros_like(part.acc) if part.gyr is None else part.gyr}
        return [
            Notification(wire.channel, wire.pack(header, np.concatenate([values[field] for field in wire.fields], 1)))
            for wire in self._wires
        ]
