"""A user's own sensor: a TOML file that says what its notifications hold (docs/your-own-sensor.md)."""

from __future__ import annotations

import math
import re
import struct
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sensortrack.devices.described import described
from sensortrack.devices.description import FLOATS, Description, Layout, Quantity, letters
from sensortrack.devices.device import STANDARD_GRAVITY, Device, Write, sig_uuid
from sensortrack.devices.registry import named
from sensortrack.formats.toml_table import DeviceFileError, Mistake, Table, is_text, shown

ACC_UNITS = {"m/s2": 1.0, "g": STANDARD_GRAVITY, "mg": STANDARD_GRAVITY / 1000}
GYR_UNITS = {"rad/s": 1.0, "deg/s": math.radians(1)}
TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}

LOWEST_HZ, HIGHEST_HZ = 20.0, 2000.0
"""The timeline refuses less; more does not fit one packet each 7.5 ms (protocols.md section 8.3: 1867 to 2533)."""

LEAST_WRAP_S = 4.0
"""If a clock wraps sooner, a packet that is two seconds late may be taken for an early one."""

LEAST_ACC_G, LEAST_GYR_DPS = 1.0, 100.0
"""What whole numbers must be able to say: gravity, and a quick lift (80° in 1 s reaches 150 °/s). The smallest ranges
of sensor chips are 2 g and 125 °/s."""

LONGEST = 512
"""Bytes of a characteristic's value (Bluetooth Core 5.4, volume 3, part F, section 3.2.9)."""

_SCALES = 1e-12, 1e12
_TICKS_PER_S = 1.0, 1e9
_SIGNED, _NUMBERS = "bhilq" + FLOATS, "bBhHiIlLqQ" + FLOATS
_UUID = re.compile(r"(?:0x)?([0-9a-f]{4})|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_AXES = {"x": 1, "y": 2, "z": 3, "+x": 1, "+y": 2, "+z": 3, "-x": -1, "-y": -2, "-z": -3}


def read_device(path: str | Path) -> Device:
    """Read the description of a sensor from its file.

    Raises
    ------
    DeviceFileError
        The file cannot be read, or is not a valid description.
    """
    path = Path(path)
    try:
        return parse_device(path.read_text(encoding="utf-8-sig"), path.name)
    except OSError as error:
        raise DeviceFileError(str(path), Mistake.UNREADABLE, found=error.strerror or "") from error
    except UnicodeDecodeError as error:
        raise DeviceFileError(path.name, Mistake.NOT_TOML, expected="UTF-8 text") from error


def parse_device(text: str, origin: str) -> Device:
    """Read one TOML description; `origin` names it in errors.

    Raises
    ------
    DeviceFileError
        It is not a valid description.
    """
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # besides its own error: numbers, and nesting, without an end
        raise DeviceFileError(origin, Mistake.NOT_TOML, found=str(error)) from error
    return described(_description(Table(content, "", origin)))


def _description(top: Table) -> Description:
    top.only("name", "service", "advertised_names", "rate_hz", "notification", "acc", "gyr", "clock", "start", "stop")
    layouts = tuple(_layout(table) for table in top.tables("notification"))
    _check_layouts(top, layouts)
    fields = [field for layout in layouts for field in layout.sample_fields]
    tick_s, stamps = _clock(top, layouts[0])
    description = Description(
        name=top.take("name", "small letters, digits and hyphens, and no family that the program knows", _name),
        service=_uuid_in(top, "service"),
        advertised_names=top.take("advertised_names", "a list of names", _names, ()),
        rate_hz=top.number("rate_hz", LOWEST_HZ, HIGHEST_HZ),
        layouts=layouts,
        acc=_quantity(top.needed("acc"), ACC_UNITS),
        gyr=_quantity(top.needed("gyr"), GYR_UNITS) if top.goes_with("gyr", "gyr" in fields) else None,
        tick_s=tick_s,
        stamps=stamps,
        start=_write(top, "start"),
        stop=_write(top, "stop"),
    )
    _check_scale(top, "acc", description.full_scale("acc"), LEAST_ACC_G, "g", ACC_UNITS["g"])
    _check_scale(top, "gyr", description.full_scale("gyr"), LEAST_GYR_DPS, "deg/s", GYR_UNITS["deg/s"])
    return description


def _layout(table: Table) -> Layout:
    table.only("characteristic", "header", "header_fields", "sample", "sample_fields")
    layout = Layout(
        channel=_uuid_in(table, "characteristic"),
        header=table.take("header", "< or > and letters of Python's struct, such as '<HI'", _format(_NUMBERS), "<"),
        header_fields=table.take("header_fields", "a list of counter, time", _fields(0, "counter", "time"), ()),
        sample=table.take("sample", "< or > and letters of signed numbers, such as '<6h'", _format(_SIGNED)),
        sample_fields=table.take("sample_fields", "a list of acc, gyr", _fields(1, "acc", "gyr")),
    )
    for key, form, each, fields in (
        ("header_fields", layout.header, 1, layout.header_fields),
        ("sample_fields", layout.sample, 3, layout.sample_fields),
    ):
        if len(letters(form)) != each * len(fields):
            found = f"{len(fields)} for {len(letters(form))} numbers in '{form}'"
            raise table.wrong(key, f"a name for every {each} numbers" if each > 1 else "a name for every number", found)
    if "counter" in layout.header_fields and layout.moduli["counter"] is None:
        raise table.wrong("header", "a whole number as counter", shown(layout.header))
    size = struct.calcsize(layout.header) + struct.calcsize(layout.sample)
    if size > LONGEST:
        raise table.wrong("sample", f"{LONGEST} bytes with the header at most", f"{size} bytes")
    return layout


def _check_layouts(top: Table, layouts: tuple[Layout, ...]) -> None:
    """Acceleration and angular rate once each, and the same clock and counter in both."""
    fields = [field for layout in layouts for field in layout.sample_fields]
    if "acc" not in fields or len(set(fields)) != len(fields):
        raise top.wrong("notification", "sample_fields with acc once, gyr once or never", ", ".join(fields) or "none")
    for number, layout in enumerate(layouts[1:], 2):
        key = f"notification[{number}]."
        if layout.channel == layouts[0].channel:
            raise top.wrong(key + "characteristic", "another than the first's", layout.channel)
        if layout.moduli != layouts[0].moduli:
            raise top.wrong(key + "header", "counter and time as in the first", shown(layout.header))


def _clock(top: Table, layout: Layout) -> tuple[float | None, str]:
    """Read seconds per tick, and which sample is stamped."""
    if not top.goes_with("clock", "time" in layout.header_fields):
        return None, "first"
    table = top.needed("clock")
    table.only("unit", "ticks_per_s", "stamps")
    stamps = table.choice("stamps", {"first": "first", "last": "last"})
    if len({"unit", "ticks_per_s"} & table.content.keys()) != 1:
        raise table.wrong("unit", "either unit or ticks_per_s", "both" if "unit" in table.content else "neither")
    in_ticks = "ticks_per_s" in table.content
    tick_s = 1 / table.number("ticks_per_s", *_TICKS_PER_S) if in_ticks else table.choice("unit", TIME_UNITS)
    modulus = layout.moduli["time"]
    if modulus is not None and modulus * tick_s < LEAST_WRAP_S:
        raise top.wrong("clock", f"a time that wraps after {LEAST_WRAP_S:g} s or more", f"{modulus * tick_s:g} s")
    return tick_s, stamps


def _quantity(table: Table, units: dict[str, float]) -> Quantity:
    table.only("unit", "scale", "axes")
    scale = table.number("scale", *_SCALES, 1.0) * table.choice("unit", units)
    return Quantity(
        scale, table.take("axes", "x, y and z in their order, with - in front, as 'x,-z,y'", _axes, (1, 2, 3))
    )


def _uuid_in(table: Table, key: str) -> str:
    return table.take(key, "a UUID of 36 characters, or the 4 of a short one", _uuid)


def _write(top: Table, key: str) -> Write | None:
    if key not in top.content:
        return None
    table = top.needed(key)
    table.only("characteristic", "bytes", "response")
    return Write(
        _uuid_in(table, "characteristic"),
        table.take("bytes", f"1 to {LONGEST} bytes in hexadecimal, such as '01 64'", _hexadecimal),
        table.take("response", "true or false", lambda value: value if isinstance(value, bool) else None, True),
    )


def _check_scale(top: Table, key: str, greatest: float | None, least: float, unit: str, unit_si: float) -> None:
    """Whole numbers that cannot say enough have a wrong scale, or a wrong unit."""
    if greatest is not None and greatest < least * unit_si:
        found = f"{greatest / unit_si:.3g} {unit}"
        raise top.wrong(f"{key}.scale", f"{least:g} {unit} or more as the greatest number", found)


def _name(value: Any) -> str | None:
    return value if is_text(value) and _NAME.fullmatch(value) and named(value) is None else None


def _names(value: Any) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) and value and all(map(is_text, value)) else None


def _fields(least: int, *known: str) -> Callable[[Any], tuple[str, ...] | None]:
    def read(value: Any) -> tuple[str, ...] | None:
        is_fitting = isinstance(value, list) and all(value.count(name) == 1 and name in known for name in value)
        return tuple(value) if is_fitting and len(value) >= least else None

    return read


def _format(allowed: str) -> Callable[[Any], str | None]:
    form = re.compile(rf"[<>](?:(?:[1-9][0-9]{{0,2}})?[{allowed}x])*")

    def read(value: Any) -> str | None:
        return value if is_text(value) and form.fullmatch(value) and struct.calcsize(value) <= LONGEST else None

    return read


def _axes(value: Any) -> tuple[int, int, int] | None:
    numbers = [_AXES.get(axis.strip(), 0) for axis in value.split(",")] if is_text(value) else []
    return (numbers[0], numbers[1], numbers[2]) if sorted(map(abs, numbers)) == [1, 2, 3] else None


def _hexadecimal(value: Any) -> bytes | None:
    try:
        written = bytes.fromhex(value) if is_text(value) else b""
    except ValueError:
        return None
    return written if 0 < len(written) <= LONGEST else None


def _uuid(value: Any) -> str | None:
    match = _UUID.fullmatch(value.lower()) if is_text(value) else None
    if match is None:
        return None
    return sig_uuid(int(match[1], 16)) if match[1] else match[0]
