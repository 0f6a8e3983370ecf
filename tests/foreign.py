"""Exports as apps and sensors write them, made from known samples."""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sensortrack.model.samples import FloatArray, RawBlock
from sensortrack.sources.simulator import simulate

G = 9.80665
BEGAN = datetime(2026, 3, 1, 9, 30, 12, tzinfo=UTC)
NS = int(BEGAN.timestamp()) * 10**9


def kicks(seed: int = 2, rate_hz: float = 50.0, exercise: str = "donkey-kick") -> RawBlock:
    """Simulate a session; times are even, as apps that log at a fixed rate have them."""
    made = simulate(exercise, seed, rate_hz=rate_hz)
    return RawBlock(made.time_s - made.time_s[0], made.acc, made.gyr)


def still(rate_hz: float = 50.0, seconds: float = 8.0) -> RawBlock:
    """A sensor at rest, tilted."""
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    noise = np.random.default_rng(1).normal(0, 0.02, (len(time_s), 3))
    return RawBlock(time_s, np.array([1.0, 4.4, 8.7]) + noise, noise / 10)


def zipped(path: Path, members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def lines(header: str, rows: Iterable[Iterable[object]], separator: str = ",") -> str:
    """Write a table."""
    return header + "\n" + "".join(separator.join(map(str, row)) + "\n" for row in rows)


def sensor_logger_rows(time_s: FloatArray, values: FloatArray) -> str:
    """Write one sensor's file: z, y, x."""
    rows = (
        (NS + round(t * 1e9), repr(t), *map(repr, v[::-1]))
        for t, v in zip(time_s.tolist(), values.tolist(), strict=True)
    )
    return lines("time,seconds_elapsed,z,y,x", rows)


def sensor_logger(block: RawBlock, platform: str = "android", *, standardised: bool = False) -> dict[str, str | bytes]:
    """Write what Sensor Logger exports: gravity apart on an iPhone, and with the other sign."""
    acc = block.acc
    assert block.gyr is not None
    sign = -1.0 if platform == "ios" and not standardised else 1.0
    gravity = np.broadcast_to(acc.mean(axis=0), acc.shape)
    told = (
        "version,device name,recording epoch time,recording time,recording timezone,platform,appVersion,standardisation"
    )
    members: dict[str, str | bytes] = {
        "Metadata.csv": f"{told}\n3,A Phone,{NS // 10**6},2026-03-01_10-30-12,Europe/Berlin,{platform},1.30,"
        f"{str(standardised).lower()}\n",
        "Accelerometer.csv": sensor_logger_rows(block.time_s, sign * (acc - gravity)),
        "Gyroscope.csv": sensor_logger_rows(block.time_s, block.gyr),
        "Annotation.csv": "",
    }
    if platform == "ios":
        members["Gravity.csv"] = sensor_logger_rows(block.time_s, sign * gravity)
    else:
        members["TotalAcceleration.csv"] = sensor_logger_rows(block.time_s, acc)
    return members


def sensor_logger_json(block: RawBlock) -> str:
    """Write Sensor Logger's JSON: all values are texts."""
    assert block.gyr is not None
    entries: list[dict[str, str]] = [
        {"sensor": "Metadata", "platform": "android", "recording epoch time": str(NS // 10**6)}
    ]
    for name, values in (("TotalAcceleration", block.acc), ("Gyroscope", block.gyr)):
        for t, (x, y, z) in zip(block.time_s.tolist(), values.tolist(), strict=True):
            entries.append(
                {
                    "sensor": name,
                    "time": str(NS + round(t * 1e9)),
                    "seconds_elapsed": repr(t),
                    "z": repr(z),
                    "y": repr(y),
                    "x": repr(x),
                }
            )
    return json.dumps(entries)


PHYPHOX_NAMES = {"en": ("Time (s)", "Acceleration", "Gyroscope"), "de": ("Zeit (s)", "Beschleunigung", "Gyroskop")}


def phyphox(block: RawBlock, language: str = "en", form: str = ",.") -> dict[str, str | bytes]:
    """Write what phyphox exports of a simple experiment; `form` is separator and decimal sign."""
    assert block.gyr is not None
    time, acc_name, gyr_name = PHYPHOX_NAMES[language]
    separator, point = form

    def table(name: str, unit: str, time_s: FloatArray, values: FloatArray) -> str:
        header = separator.join(f'"{each}"' for each in (time, *(f"{name} {axis} ({unit})" for axis in "xyz")))
        rows = ([f"{x:.17E}".replace(".", point) for x in (t, *v)] for t, v in zip(time_s, values, strict=True))
        return lines(header, rows, separator)

    system_s = repr(BEGAN.timestamp()).replace(".", point)
    start = separator.join(('"START"', f"0{point}0", system_s, '"2026-03-01 10:30:12.000 UTC+01:00"'))
    head = separator.join(('"event"', '"experiment time"', '"system time"', '"system time text"'))
    return {
        f"{acc_name if language == 'de' else 'Accelerometer'}.csv": table(acc_name, "m/s^2", block.time_s, block.acc),
        f"{gyr_name}.csv": table(gyr_name, "rad/s", block.time_s, block.gyr),
        "meta/device.csv": '"property","value"\n"version","1.1.16"\n"deviceModel","iPhone14,2"\n',
        "meta/time.csv": f"{head}\n{start}\n",
    }


def metabase(block: RawBlock, zone: str = "-0700") -> dict[str, str | bytes]:
    """Write MetaBase's two files: g and °/s with three decimals, at their own times."""
    assert block.gyr is not None

    def table(unit: str, values: FloatArray, later_ms: int) -> str:
        header = f"epoc (ms),timestamp ({zone}),elapsed (s),x-axis ({unit}),y-axis ({unit}),z-axis ({unit})"
        times = [round(NS / 1e6 + t * 1000) + later_ms for t in block.time_s.tolist()]
        return lines(header, ((t, "x", 0, *(f"{x:.6f}" for x in v)) for t, v in zip(times, values, strict=True)))

    stem = "kicks_MetaWear_2026-03-01T10.30.12.000_C42732BE255C_"
    return {
        f"{stem}Accelerometer_50.000Hz_1.4.4.csv": table("g", block.acc / G, 0),
        f"{stem}Gyroscope_50.000Hz_1.4.4.csv": table("deg/s", np.degrees(block.gyr), 3),
    }


def dot(block: RawBlock, *, first_us: int = 2**32 - 10**6, is_fused: bool = False) -> str:
    """Write Movella's table; its clock wraps inside."""
    assert block.gyr is not None
    preamble = (
        "sep=,\nDeviceTag:,DOT-1\nFirmwareVersion:,2.0.0\nAppVersion:,2021.0\nOutputRate:,60Hz\n"
        "Measurement Mode:,Rate quantities\nStartTime: ,2026-03-01_17:30:12_000 GMT+8\n© Xsens\n\n"
    )
    names = "FreeAcc_X,FreeAcc_Y,FreeAcc_Z" if is_fused else "Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z"
    ticks = [(first_us + round(t * 1e6)) % 2**32 for t in block.time_s.tolist()]
    values = block.acc if is_fused else np.hstack((block.acc, np.degrees(block.gyr)))
    rows = ((i, tick, *map(repr, v), 0) for i, (tick, v) in enumerate(zip(ticks, values.tolist(), strict=True)))
    return preamble + lines(f"PacketCounter,SampleTimeFine,{names},Status", rows)


def movesense(block: RawBlock, size: int = 8, *, apart: bool = False) -> str:
    """Write a logbook: frames of some samples."""
    assert block.gyr is not None
    samples: list[object] = [{"TimeDetailed": {"relativeTime": 5000, "utcTime": NS // 1000 + 5 * 10**6}}]
    gyr = np.degrees(block.gyr)
    for begin in range(0, len(block), size):
        rows = slice(begin, begin + size)
        stamp = block.time_s[begin] * 1000
        acc_rows = [dict(zip("xyz", v, strict=True)) for v in block.acc[rows].tolist()]
        gyr_rows = [dict(zip("xyz", v, strict=True)) for v in gyr[rows].tolist()]
        if apart:
            samples.append({"MeasAcc": {"Timestamp": stamp, "ArrayAcc": acc_rows}})
            samples.append({"MeasGyro": {"Timestamp": stamp, "ArrayGyro": gyr_rows}})
        else:
            samples.append({"MeasIMU6": {"Timestamp": stamp, "ArrayAcc": acc_rows, "ArrayGyro": gyr_rows}})
    return json.dumps({"Samples": samples})


_SECTOR = struct.Struct("<2sHHIIIHHBBBBhH480sH")


def packed_time(seconds: int) -> int:
    """Put seconds since 1970 into Axivity's packed form."""
    when = datetime.fromtimestamp(seconds, UTC)
    date = (when.year - 2000) << 26 | when.month << 22 | when.day << 17
    return date | when.hour << 12 | when.minute << 6 | when.second


def cwa(block: RawBlock, kind: str = "ax6", rate_code: int = 0x4A) -> tuple[bytes, RawBlock]:
    """Write a CWA file at 100 Hz; give it with the samples that its integers hold."""
    per_g, full_dps = {"ax6": (2048, 2000.0), "ax3": (256, 0.0), "packed": (256, 0.0)}[kind]
    assert block.gyr is not None
    counts = np.round(block.acc / G * per_g).astype(int)
    rates = np.round(np.degrees(block.gyr) * 32768 / (full_dps or 2000)).astype(int)
    size, axes = {"ax6": (40, 0x62), "ax3": (80, 0x32), "packed": (120, 0x30)}[kind]
    counts = np.clip(counts, -512, 511) if kind == "packed" else counts
    scale = {"ax6": 3 << 13 | 2 << 10, "ax3": 0, "packed": 0}[kind]
    header = bytearray(1024)
    header[0:4] = b"MD" + struct.pack("<H", 1020)
    header[4] = 0x64 if kind == "ax6" else 0x17
    struct.pack_into("<H", header, 5, 4711)
    struct.pack_into("<H", header, 11, 0xFFFF)
    parts = [bytes(header)]
    for number, begin in enumerate(range(0, len(block) // size * size, size)):
        acc, gyr = counts[begin : begin + size], rates[begin : begin + size]
        if kind == "ax6":
            data = np.hstack((gyr, acc)).astype("<i2").tobytes()
        elif kind == "ax3":
            data = acc.astype("<i2").tobytes()
        else:
            data = sum(((acc[:, i] & 1023) << 10 * i for i in range(3)), np.zeros(size, int)).astype("<u4").tobytes()
        second, share = divmod(begin / 100, 1.0)
        fraction = 0x8000 | math.floor(share * 32768)
        shift = ((math.floor(share * 32768) << 1) * 100) >> 16  # as the firmware writes for readers without fractions
        sector = _SECTOR.pack(
            b"AX", 508, fraction, 1, number, packed_time(NS // 10**9 + int(second)), scale, 0, 0, 0, rate_code, axes,
            -shift, size, data.ljust(480, b"\0"), 0,
        )  # fmt: skip
        total = int(np.frombuffer(sector, "<u2").sum(dtype=np.uint64))
        parts.append(sector[:-2] + struct.pack("<H", -total & 0xFFFF))
    kept = len(block) // size * size
    gyr_found = np.radians(rates[:kept] * full_dps / 32768) if full_dps else None
    return b"".join(parts), RawBlock(NS / 1e9 + np.arange(kept) / 100, counts[:kept] * G / per_g, gyr_found)


def native(block: RawBlock) -> str:
    """Write native CSV to the last bit."""
    from sensortrack.formats.csv_header import NATIVE

    columns = [block.time_s[:, None], block.acc, *([] if block.gyr is None else [block.gyr])]
    values = np.hstack(columns).tolist()
    return lines(",".join(NATIVE[: len(values[0])]), (map(repr, row) for row in values))


def in_memory(members: Mapping[str, str | bytes]) -> bytes:
    """Write an archive into memory."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()
