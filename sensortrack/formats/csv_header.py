"""Which column of a table holds what, in which unit: recognised by the header's names.

A name is read without case, blanks and punctuation: ``acc_x_m_s2``, ``Acceleration x (m/s^2)`` and ``ACC-X [m/s²]`` are
the same. Units are scaled to those of the core, once, here.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sensortrack.model.errors import Problem, RecordingError

NATIVE_ACC = ("acc_x_m_s2", "acc_y_m_s2", "acc_z_m_s2")
NATIVE_GYR = ("gyr_x_rad_s", "gyr_y_rad_s", "gyr_z_rad_s")
NATIVE = ("time_s", *NATIVE_ACC, *NATIVE_GYR)

STANDARD_GRAVITY_M_S2 = 9.80665
_SEPARATORS = ("\t", ";", ",")
_AXES = "xyz"

# unit as it stands in a name -> factor to s, m/s², rad/s. "" is a name without a unit: seconds and m/s² are supposed,
# since the rate and the size of gravity tell a mistake; for an angular rate nothing would.
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
    "time": (re.compile(r"(?:timestamp|time|t)()(.*)"), _TIME_UNITS),
    "acc": (re.compile(r"(?:acceleration|accelerometer|accel|acc|a)([xyz])(.*)"), _ACC_UNITS),
    "gyr": (re.compile(r"(?:angularvelocity|angularrate|gyroscope|gyro|gyr|g|w)([xyz])(.*)"), _GYR_UNITS),
}
_SIGNS = str.maketrans({"²": "2", "µ": "u", "μ": "u", "°": "deg"})  # the micro sign and the Greek letter
_LINEAR = re.compile(r"(?:linear|linacc|useracc)")


@dataclass(frozen=True, slots=True)
class Column:
    """A recognised column: its place and name in the file, and the factor to the core's unit."""

    index: int
    name: str
    factor: float


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the rows: separator, decimal sign, number of fields, and the columns time, acc, [gyr]."""

    separator: str
    fields: int
    columns: tuple[Column, ...]

    @property
    def has_gyr(self) -> bool:
        """Whether the recording has a gyroscope."""
        return len(self.columns) == len(NATIVE)

    @property
    def may_have_decimal_comma(self) -> bool:
        """Whether a comma inside a field can only be a decimal sign."""
        return self.separator != ","


Given: TypeAlias = Mapping[str, tuple[str, float]]
"""Column name -> key and factor to the core's unit, as a person tells it; keys are time, accx, accy, accz, gyrx, ..."""


def given_column(text: str) -> tuple[str, tuple[str, float]]:
    """Read what a person tells of a column: ``NAME=acc_x:g``, or a number in place of the unit.

    Raises
    ------
    ValueError
        It is not of this form.
    """
    name, equals, rest = text.rpartition("=")
    role, _, unit = rest.partition(":")
    key = role.strip().lower().replace("_", "")
    kind = "time" if key == "time" else key[:3]
    plain = re.sub(r"[^a-z0-9]", "", unit.lower().translate(_SIGNS))
    if not equals or key not in _keys():
        raise ValueError(text)
    if plain in _KINDS[kind][1] and (plain or kind != "gyr"):
        return name.strip(), (key, _KINDS[kind][1][plain])
    return name.strip(), (key, float(unit))


def read_header(line: str, given: Given | None = None) -> Layout:
    """Recognise the columns of a header line; those that a person tells of are believed.

    Raises
    ------
    RecordingError
        No header, columns missing, a unit missing, or only linear acceleration; with the names found and expected.
    """
    separator = max(_SEPARATORS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line.replace("\r", " ")], delimiter=separator))]
    if all(_is_number(name) for name in names if name):
        raise RecordingError(Problem.NO_HEADER, expected=",".join(NATIVE[:4]), found=_short(line))
    found = _recognise(names) if given is None else _told(names, given)
    _check_gravity(found, names)
    _check_units(found, names)
    wanted = [key for key in _keys() if not key.startswith("gyr") or any(k.startswith("gyr") for k in found)]
    missing = [native for native, key in zip(NATIVE, _keys(), strict=True) if key in wanted and key not in found]
    if missing:
        raise RecordingError(Problem.COLUMNS, expected=", ".join(missing), found=_short(", ".join(names)))
    return Layout(separator, len(names), tuple(found[key] for key in wanted))


def _keys() -> list[str]:
    return ["time", *(f"acc{axis}" for axis in _AXES), *(f"gyr{axis}" for axis in _AXES)]


def _recognise(names: list[str]) -> dict[str, Column]:
    """Columns by key; of two candidates the one in the native unit, then the first, is taken."""
    found: dict[str, Column] = {}
    for index, name in enumerate(names):
        kind, axis, unit = _split(name)
        factor = _KINDS[kind][1].get(unit) if kind else None
        if factor is None:
            continue
        key = kind + axis
        if key not in found or (factor == 1.0 and found[key].factor != 1.0):
            found[key] = Column(index, name, factor)
    return found


def _told(names: list[str], given: Given) -> dict[str, Column]:
    unknown = [name for name in given if name not in names]
    if unknown:
        raise RecordingError(Problem.COLUMNS, expected=", ".join(unknown), found=_short(", ".join(names)))
    told = {key: Column(names.index(name), name, factor) for name, (key, factor) in given.items()}
    return {**_recognise([name if name not in given else "" for name in names]), **told}


def _split(name: str) -> tuple[str, str, str]:
    """Kind, axis and unit of a column name; the kind is empty for a name that says nothing."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower().translate(_SIGNS))
    for kind, (pattern, units) in _KINDS.items():
        match = pattern.fullmatch(plain)
        if match and (match[2] in units or match[2] == ""):
            return kind, match[1], match[2]
    return "", "", ""


def _check_gravity(found: dict[str, Column], names: list[str]) -> None:
    linear = [name for name in names if _LINEAR.match(re.sub(r"[^a-z]", "", name.lower()))]
    if linear and not any(key.startswith("acc") for key in found):
        raise RecordingError(Problem.GRAVITY_REMOVED, found=linear[0], column=linear[0])


def _check_units(found: dict[str, Column], names: list[str]) -> None:
    for name in names:
        kind, axis, unit = _split(name)
        if kind == "gyr" and not unit and f"gyr{axis}" not in found:
            raise RecordingError(Problem.COLUMN_UNIT, expected="gyr_x_rad_s or gyr_x_deg_s", found=name, column=name)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _short(text: str, length: int = 120) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable if len(printable) <= length else printable[: length - 1] + "…"
