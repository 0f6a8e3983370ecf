"""Which column of a table holds what, in which unit: recognised by the header's names.

A name is read without case, blanks and punctuation: ``acc_x_m_s2``, ``Acceleration x (m/s^2)`` and ``ACC-X [m/s²]`` are
the same. Units are scaled to those of the core once, here. A converter's counts are ``acc_x_g/16384``: as many as 1 g.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sensortrack.model.errors import Problem, RecordingError

NATIVE_ACC = ("acc_x_m_s2", "acc_y_m_s2", "acc_z_m_s2")
NATIVE_GYR = ("gyr_x_rad_s", "gyr_y_rad_s", "gyr_z_rad_s")
NATIVE = ("time_s", *NATIVE_ACC, *NATIVE_GYR)

STANDARD_GRAVITY_M_S2 = 9.80665
_SEPARATORS = ("\t", ";", ",")
_AXES = "xyz"

# unit as it stands in a name -> factor to s, m/s², rad/s. "" is a name without a unit: what it is, is told by the rate
# and by the size of gravity (`guess`); for an angular rate nothing would tell.
_TIME_UNITS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_ACC_UNITS = {
    **dict.fromkeys(("ms2", "mss", "mps2", "msec2", ""), 1.0),
    "g": STANDARD_GRAVITY_M_S2,
    "mg": STANDARD_GRAVITY_M_S2 / 1000,
}
_GYR_UNITS = {
    **dict.fromkeys(("rads", "radsec", "radps", "rps"), 1.0),
    **dict.fromkeys(("degs", "degsec", "degps", "dps"), math.pi / 180),
    **dict.fromkeys(("mdegs", "mdps"), math.pi / 180_000),
}
_KINDS = {
    "time": (re.compile(r"(?:timestamp|datetime|timeelapsed|elapsedtime|elapsed|time|t)()(.*)"), _TIME_UNITS),
    "acc": (re.compile(r"(?:acceleration|accelerometer|accel|acc|ac|a)([xyz])(.*)"), _ACC_UNITS),
    "gyr": (re.compile(r"(?:angularvelocity|angularrate|gyroscope|gyro|gyr|gy|g|w)([xyz])(.*)"), _GYR_UNITS),
}
_ALIASES = {"millis": "time_ms", "ms": "time_ms", "micros": "time_us", "us": "time_us"}  # Arduino's clocks
_BARE = {axis: f"acc_{axis}" for axis in _AXES}
_PHYSICS_TOOLBOX = {  # its other columns ax, ay, az are without gravity (protocols.md section 10.8)
    **{f"gf{axis}": f"acc_{axis}_g" for axis in _AXES},
    **{f"w{axis}": f"gyr_{axis}_rad_s" for axis in _AXES},
    **{f"a{axis}": f"linear_acceleration_{axis}" for axis in _AXES},
}
_COUNTS = re.compile(r"(.*)/\s*(\d+(?:\.\d+)?)\s*[\])]?")
_SIGNS = str.maketrans({"²": "2", "µ": "u", "μ": "u", "°": "deg"})  # the micro sign and the Greek letter
_LINEAR = re.compile(r"(?:linear|linacc|useracc|freeacc)")

_RATE_PERIOD_S = (2e-3, 6e-2)  # 500 to 17 Hz: of four units a thousand apart one fits at most, and no counter does
_GUESSES = (  # median size of gravity -> unit
    (0.8, 1.25, "g", STANDARD_GRAVITY_M_S2),
    (800.0, 1250.0, "mg", STANDARD_GRAVITY_M_S2 / 1000),
    *((0.85 * n, 1.15 * n, f"g/{n}", STANDARD_GRAVITY_M_S2 / n) for n in (2048, 4096, 8192, 16384)),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A recognised column: its place and name in the file, the factor to the core's unit, and whether it is told."""

    index: int
    name: str
    factor: float
    has_unit: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the rows.

    Parameters
    ----------
    separator, fields
        Between the fields, and how many there are.
    time
        The column of time; None where there is none and the rate is told.
    acc, gyr
        Three columns or none.
    row
        Line number of the header; 0 without one.
    """

    separator: str
    fields: int
    time: Column | None
    acc: tuple[Column, ...]
    gyr: tuple[Column, ...] = ()
    row: int = 1

    @property
    def columns(self) -> tuple[Column, ...]:
        """Time, where there is one, acceleration, angular rate."""
        return (*((self.time,) if self.time else ()), *self.acc, *self.gyr)

    @property
    def may_have_decimal_comma(self) -> bool:
        """Whether a comma inside a field can only be a decimal sign."""
        return self.separator != ","


def split_names(line: str) -> tuple[str, list[str]]:
    """Give separator and names of a header; empty ones at its end are none."""
    separator = max(_SEPARATORS, key=line.count)
    try:
        names = [name.strip() for name in next(csv.reader([line.replace("\r", " ")], delimiter=separator), [])]
    except csv.Error:  # a field of 128 kB
        names = []
    while names and not names[-1]:
        names.pop()
    return separator, names


def read_header(line: str, *, row: int = 1, has_time: bool = True) -> Layout:
    """Recognise the columns of a header line.

    Parameters
    ----------
    has_time
        False where the rate is told instead.

    Raises
    ------
    RecordingError
        No header, columns missing, a unit missing, or only linear acceleration; with the names found and expected.
    """
    separator, names = split_names(line)
    if not names or all(is_number(name) for name in names if name):
        raise RecordingError(Problem.NO_HEADER, expected=",".join(NATIVE[:4]), found=short(line))
    return layout_of(names, separator, row=row, has_time=has_time)


def layout_of(names: Sequence[str], separator: str = ",", *, row: int = 1, has_time: bool = True) -> Layout:
    """Recognise columns by their names; errors as in `read_header`."""
    meant = _meant(names)
    found = _recognise(names, meant)
    _check_gravity(found, meant)
    _check_units(found, names, meant)
    has_gyr = any(key.startswith("gyr") for key in found)
    wanted = [key for key in _keys() if (has_gyr or not key.startswith("gyr")) and (has_time or key != "time")]
    missing = [native for native, key in zip(NATIVE, _keys(), strict=True) if key in wanted and key not in found]
    if missing == ["time_s"]:
        raise RecordingError(Problem.NO_TIME, found=short(", ".join(names)))
    if missing:
        raise RecordingError(Problem.COLUMNS, expected=", ".join(missing), found=short(", ".join(names)))
    acc, gyr = (tuple(found[kind + axis] for axis in _AXES if kind + axis in found) for kind in ("acc", "gyr"))
    return Layout(separator, len(names), found["time"] if has_time else None, acc, gyr, row)


def guess(layout: Layout, period_s: float, gravity: float) -> tuple[Layout, str]:
    """Tell the units that the header does not, from the first rows.

    Parameters
    ----------
    period_s, gravity
        Median distance of the times and median size of the acceleration, as the layout has them scaled now.

    Returns
    -------
    layout, words
        The scaled layout, and the unit that the acceleration was taken for; empty where nothing was guessed.
    """
    if layout.time and not layout.time.has_unit:
        fits = (f for f in (1.0, 1e-3, 1e-6, 1e-9) if _RATE_PERIOD_S[0] <= period_s * f <= _RATE_PERIOD_S[1])
        layout = replace(layout, time=replace(layout.time, factor=next(fits, 1.0)))
    if any(column.has_unit for column in layout.acc):
        return layout, ""
    for low, high, unit, factor in _GUESSES:
        if low < gravity < high:
            return replace(layout, acc=tuple(replace(column, factor=factor) for column in layout.acc)), unit
    return layout, ""


def _keys() -> list[str]:
    return ["time", *(f"acc{axis}" for axis in _AXES), *(f"gyr{axis}" for axis in _AXES)]


def _meant(names: Sequence[str]) -> list[str]:
    """Give the names with those of particular programs put into ours."""
    plain = [_plain(name) for name in names]
    if {"gfx", "gfy", "gfz"} <= set(plain):
        return [_PHYSICS_TOOLBOX.get(short_name, name) for name, short_name in zip(names, plain, strict=True)]
    aliases = _ALIASES if any(_split(name)[0] == "acc" for name in names) else {**_ALIASES, **_BARE}
    return [aliases.get(short_name, name) for name, short_name in zip(names, plain, strict=True)]


def _recognise(names: Sequence[str], meant: Sequence[str]) -> dict[str, Column]:
    """Columns by key; of two candidates the one in the native unit, then the first, is taken."""
    found: dict[str, Column] = {}
    for index, name in enumerate(meant):
        kind, axis, unit, counts = _split(name)
        factor = _KINDS[kind][1].get(unit) if kind else None
        if factor is None:
            continue
        key, column = kind + axis, Column(index, names[index], factor / counts, bool(unit))
        before = found.get(key)
        if before is None or (unit and (not before.has_unit or (column.factor == 1.0 and before.factor != 1.0))):
            found[key] = column
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().translate(_SIGNS))


def _split(name: str) -> tuple[str, str, str, float]:
    """Kind, axis, unit and counts of a column name; the kind is empty for a name that says nothing."""
    for text, counts in _readings(name):
        plain = _plain(text)
        for kind, (pattern, units) in _KINDS.items():
            match = pattern.fullmatch(plain)
            if match and (match[2] in units or not match[2]):
                return kind, match[1], match[2], counts
    return "", "", "", 1.0


def _readings(name: str) -> list[tuple[str, float]]:
    counts = _COUNTS.fullmatch(name)
    return [(name, 1.0), *([(counts[1], float(counts[2]))] if counts and float(counts[2]) > 0 else [])]


def _check_gravity(found: dict[str, Column], names: Sequence[str]) -> None:
    linear = [name for name in names if _LINEAR.match(re.sub(r"[^a-z]", "", name.lower()))]
    if linear and not any(key.startswith("acc") for key in found):
        raise RecordingError(Problem.GRAVITY_REMOVED, found=linear[0], column=linear[0])


def _check_units(found: dict[str, Column], names: Sequence[str], meant: Sequence[str]) -> None:
    for name, text in zip(names, meant, strict=True):
        kind, axis, unit, _ = _split(text)
        if kind == "gyr" and not unit and f"gyr{axis}" not in found:
            raise RecordingError(Problem.COLUMN_UNIT, expected="gyr_x_rad_s or gyr_x_deg_s", found=name, column=name)


def is_number(text: str) -> bool:
    """Whether a field is a number, with a decimal point or comma."""
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def short(text: str, length: int = 120) -> str:
    """Give the beginning of a text of the file, fit to be printed."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable if len(printable) <= length else printable[: length - 1] + "…"
