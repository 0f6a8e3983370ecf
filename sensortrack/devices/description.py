"""What the owner of a sensor tells of it: where each number stands in a notification, and what it means.

One notification is a header and one or more samples; what is read of the header is a counter and a time, what is read
of a sample is acceleration and angular rate, three numbers each. Both parts are told as formats of Python's `struct`;
everything else in them is pad bytes. Acceleration and angular rate may come in two characteristics.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass

from sensortrack.devices.device import MOST_ACC, MOST_GYR, STANDARD_GRAVITY, Settings, Write
from sensortrack.model.samples import Clock

FLOATS = "efd"
_MOST_HALF = 65504  # the greatest half-precision number (IEEE 754)


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
