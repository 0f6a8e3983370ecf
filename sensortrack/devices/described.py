"""A sensor that its owner describes: where each number stands in a notification, and what it means.

One notification is a header and one or more samples; what is read of the header is a counter and a time, what is read
of a sample is acceleration and angular rate, three numbers each. Both parts are told as formats of Python's `struct`;
everything else in them is pad bytes. Acceleration and angular rate may come in two characteristics. Tried with the
encoder below, also over a virtual radio; not with a sensor yet.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from functools import partial

import numpy as np

from sensortrack.devices.device import (
    MOST_ACC,
    MOST_GYR,
    STANDARD_GRAVITY,
    Characteristic,
    Conversation,
    Device,
    FrameError,
    Notification,
    Service,
    Settings,
    Subscribe,
    Write,
    checked,
)
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet, RawBlock

FLOATS = "efd"
MOST_STAMP_S = 1e11
"""No clock says more, even one that counts since 1970 (2e9 s)."""

_UNSIGNED = str.maketrans("bhilq", "BHILQ")
_MOST_HALF = 65504  # the greatest half-precision number (IEEE 754)
_PAYLOAD = 244  # the largest notification that fits one 251-byte link packet (protocols.md section 8.3)
_FLUSH_S = 0.04  # a frame is sent after this long at most (protocols.md section 8.3)


def letters(form: str) -> str:
    """Give the letters of the numbers in a `struct` format: repeats written out, pad bytes left out."""
    return "".join(letter * int(times or 1) for times, letter in re.findall(r"(\d*)([a-zA-Z])", form) if letter != "x")


def ends(letter: str) -> tuple[float, float]:
    """Give the least and the greatest signed number that a letter of a `struct` format can say."""
    if letter in FLOATS:
        return (-_MOST_HALF, _MOST_HALF) if letter == "e" else (-math.inf, math.inf)
    half = 256 ** struct.calcsize("<" + letter) // 2
    return -half, half - 1


@dataclass(frozen=True, slots=True)
class Quantity:
    """How three numbers become acceleration or angular rate.

    Parameters
    ----------
    scale
        m/s² or rad/s that a count is.
    axes
        The sensor's axis that each of the three is, in their order: 1, 2, 3 for x, y, z, negative where it points the
        other way.
    """

    scale: float
    axes: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the notifications of one characteristic hold.

    Parameters
    ----------
    channel
        The characteristic's UUID in small letters.
    header, sample
        Formats of `struct`, each beginning with ``<`` or ``>``.
    header_fields
        What each number of the header is: ``counter``, ``time``.
    sample_fields
        What each three numbers of a sample are: ``acc``, ``gyr``.
    """

    channel: str
    header: str
    header_fields: tuple[str, ...]
    sample: str
    sample_fields: tuple[str, ...]

    @property
    def moduli(self) -> dict[str, int | None]:
        """Where each field of the header begins again at zero; None for a float."""
        types = zip(self.header_fields, letters(self.header), strict=True)
        return {field: None if kind in FLOATS else 256 ** struct.calcsize("<" + kind) for field, kind in types}

    def sample_letters(self, field: str) -> str:
        """Give the three letters of a field of the sample; empty without the field."""
        if field not in self.sample_fields:
            return ""
        begin = 3 * self.sample_fields.index(field)
        return letters(self.sample)[begin : begin + 3]


@dataclass(frozen=True, slots=True)
class Description:
    """A sensor as its owner describes it; `formats/device_file.py` checks that the parts fit each other.

    Parameters
    ----------
    name
        As typed and shown.
    service
        UUID of the service that holds the characteristics, in small letters.
    advertised_names
        Beginnings of the names it advertises; without any it is known by the service.
    rate_hz
        Samples per second.
    layouts
        One, or two where acceleration and angular rate come apart. All have the same header fields.
    acc, gyr
        What the numbers mean; `gyr` None without a gyroscope.
    tick_s
        Seconds that a count of the time is; None without a time.
    stamps
        The sample that the time belongs to, "first" or "last".
    start, stop
        What is written after the subscription, and at the end; None where nothing is.
    """

    name: str
    service: str
    advertised_names: tuple[str, ...]
    rate_hz: float
    layouts: tuple[Layout, ...]
    acc: Quantity
    gyr: Quantity | None = None
    tick_s: float | None = None
    stamps: str = "first"
    start: Write | None = None
    stop: Write | None = None

    def __post_init__(self) -> None:
        """Check once that the fields have meanings, and the meanings fields."""
        fields = {field for layout in self.layouts for field in layout.sample_fields}
        timed = {"time" in layout.header_fields for layout in self.layouts}
        if fields != self.quantities.keys() or timed != {self.tick_s is not None}:
            raise ValueError(f"expected fields that fit, found {self}")

    @property
    def quantities(self) -> dict[str, Quantity]:
        """What the numbers of each field mean."""
        return {"acc": self.acc} if self.gyr is None else {"acc": self.acc, "gyr": self.gyr}

    def full_scale(self, field: str) -> float | None:
        """Tell the greatest m/s² or rad/s that whole numbers can say; None for floats, or without the field."""
        types = "".join(layout.sample_letters(field) for layout in self.layouts)
        if not types or any(letter in FLOATS for letter in types):
            return None
        return min(-ends(letter)[0] for letter in types) * self.quantities[field].scale

    @property
    def clock(self) -> Clock:
        """What its frames tell of time."""
        moduli = self.layouts[0].moduli
        counter, time = moduli.get("counter"), moduli.get("time")
        if self.tick_s is None:
            return Clock(counter_modulus=counter)
        return Clock(self.stamps, time * self.tick_s if time else None, counter)

    @property
    def settings(self) -> Settings:
        """What it streams; the ranges are those of its numbers, which may be more than what the sensor chip has."""
        usual = Settings()
        acc, gyr = self.full_scale("acc"), self.full_scale("gyr")
        return Settings(
            self.rate_hz,
            usual.acc_range_g if acc is None else min(acc, MOST_ACC) / STANDARD_GRAVITY,
            usual.gyr_range_dps if gyr is None else math.degrees(min(gyr, MOST_GYR)),
            gyroscope=self.gyr is not None,
        )


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
