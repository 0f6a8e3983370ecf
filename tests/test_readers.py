"""Exports of apps and sensors: the samples come back, wrong ones are refused, nothing breaks a reader."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.cli.wording import doubt_sentence, recording_sentence
from sensortrack.formats.csv_table import Told
from sensortrack.formats.grouping import grouped
from sensortrack.formats.reading import Doubt, Reading
from sensortrack.formats.recording import open_recording
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import FloatArray, RawBlock
from tests import foreign
from tests.test_real import DATA

G = foreign.G
SHARED = DATA / "exports"


def read(path: Path, told: Told | None = None) -> tuple[RawBlock, Reading]:
    with open_recording(path, told) as recording:
        blocks = list(recording.blocks)
        assert 0.9 < recording.share_read() <= 1
    gyrs = [block.gyr for block in blocks if block.gyr is not None]
    whole = RawBlock(
        np.concatenate([block.time_s for block in blocks]),
        np.concatenate([block.acc for block in blocks]),
        np.concatenate(gyrs) if gyrs else None,
    )
    return whole, recording.reading


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def same(found: RawBlock, expected: RawBlock, tolerance: float = 1e-9) -> None:
    assert len(found) == len(expected)
    np.testing.assert_allclose(found.time_s - found.time_s[0], expected.time_s - expected.time_s[0], atol=1e-6)
    np.testing.assert_allclose(found.acc, expected.acc, atol=tolerance)
    if expected.gyr is None:
        assert found.gyr is None
    else:
        assert found.gyr is not None
        np.testing.assert_allclose(found.gyr, expected.gyr, atol=tolerance)


def refused(path: Path, problem: Problem, *words: str, told: Told | None = None) -> RecordingError:
    with pytest.raises(RecordingError) as caught, open_recording(path, told) as recording:
        list(recording.blocks)
    assert caught.value.problem is problem, caught.value.found
    sentence = recording_sentence(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    for word in words:
        assert word in sentence
    return caught.value


@pytest.fixture(scope="module")
def block() -> RawBlock:
    return foreign.still()


# Sensor Logger


@pytest.mark.parametrize(("platform", "standardised"), [("android", False), ("ios", False), ("ios", True)])
def test_sensor_logger(tmp_path: Path, block: RawBlock, platform: str, standardised: bool) -> None:
    members = foreign.sensor_logger(block, platform, standardised=standardised)
    found, reading = read(foreign.zipped(tmp_path / "any.bin", members))
    same(found, block)
    assert reading.began_at(float(found.time_s[0])) == foreign.BEGAN
    assert (reading.app, reading.sensor, reading.zone) == ("Sensor Logger 1.30", "A Phone", "Europe/Berlin")
    assert reading.doubts == []


def test_sensor_logger_unpacked_and_packed_anew(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.sensor_logger(block)
    inner = tmp_path / "folder" / "2026-03-01"
    inner.mkdir(parents=True)
    for name, content in members.items():
        written(inner / name, content)
    same(read(tmp_path / "folder")[0], block)
    anew = {f"Export/{name}": content for name, content in members.items()}
    anew |= {f"__MACOSX/Export/._{name}": b"\0\5\x16\7" for name in members}
    same(read(foreign.zipped(tmp_path / "anew.zip", anew, method=zipfile.ZIP_STORED))[0], block)


def test_two_recordings_in_one_archive_or_folder_are_not_mixed(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.sensor_logger(block)
    twice = {f"{folder}/{name}": content for folder in ("monday", "tuesday") for name, content in members.items()}
    refused(foreign.zipped(tmp_path / "twice.zip", twice), Problem.SEVERAL, "several")
    mixed = {**members, **foreign.phyphox(block)}
    refused(foreign.zipped(tmp_path / "mixed.zip", mixed), Problem.SEVERAL)


def test_sensor_logger_json(tmp_path: Path, block: RawBlock) -> None:
    found, reading = read(written(tmp_path / "a.json", foreign.sensor_logger_json(block)))
    same(found, block)
    assert reading.began_at(0.0) == foreign.BEGAN


def test_sensor_logger_json_of_an_iphone_in_g(tmp_path: Path, block: RawBlock) -> None:
    turned = RawBlock(block.time_s, -block.acc / G, block.gyr)
    text = foreign.sensor_logger_json(turned).replace("TotalAcceleration", "AccelerometerUncalibrated")
    same(read(written(tmp_path / "a.json", text.replace("android", "ios")))[0], block)


def test_one_file_of_sensor_logger(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.sensor_logger(block)
    acc = RawBlock(block.time_s, block.acc)
    found, reading = read(written(tmp_path / "TotalAcceleration.csv", members["TotalAcceleration.csv"]))
    same(found, acc)
    assert reading.began_at(0.0) == foreign.BEGAN
    found, reading = read(written(tmp_path / "renamed.txt", members["TotalAcceleration.csv"]))
    same(found, acc)
    assert reading.doubts == [(Doubt.SIGN, "")]
    same(read(written(tmp_path / "my accelerometer test.csv", members["TotalAcceleration.csv"]))[0], acc)
    refused(written(tmp_path / "Accelerometer.csv", members["Accelerometer.csv"]), Problem.GRAVITY_REMOVED, "Total")
    refused(written(tmp_path / "b.csv", members["Accelerometer.csv"]), Problem.GRAVITY_REMOVED, "with gravity")
    refused(written(tmp_path / "Gyroscope.csv", members["Gyroscope.csv"]), Problem.NO_ACCELERATION, "accelerometer")


def test_uncalibrated_acceleration_of_an_iphone_is_in_g_with_its_sign(tmp_path: Path, block: RawBlock) -> None:
    rows = foreign.sensor_logger_rows(block.time_s, -block.acc / G)
    found, _ = read(written(tmp_path / "AccelerometerUncalibrated.csv", rows))
    same(found, RawBlock(block.time_s, block.acc))


def test_acceleration_without_gravity_is_refused_with_the_export_to_choose(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.sensor_logger(block)
    del members["TotalAcceleration.csv"]
    refused(foreign.zipped(tmp_path / "a.zip", members), Problem.GRAVITY_REMOVED, "Total Acceleration", "with g")


# phyphox


@pytest.mark.parametrize("form", [",.", ";.", "\t.", ";,", "\t,"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_phyphox(tmp_path: Path, block: RawBlock, language: str, form: str) -> None:
    found, reading = read(foreign.zipped(tmp_path / "a.zip", foreign.phyphox(block, language, form)))
    same(found, block)
    assert reading.began_at(0.0) == foreign.BEGAN
    assert reading.zone == "Etc/GMT-1"
    assert reading.app == "phyphox 1.1.16"


def test_phyphox_with_the_size_of_acceleration_as_a_fourth_column(tmp_path: Path, block: RawBlock) -> None:
    header = '"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)","Acceleration z (m/s^2)",'
    header += '"Absolute acceleration (m/s^2)"'
    rows = ((t, *v, np.linalg.norm(v)) for t, v in zip(block.time_s, block.acc, strict=True))
    path = foreign.zipped(tmp_path / "a.zip", {"Raw Data.csv": foreign.lines(header, rows), "meta/device.csv": "a\n"})
    same(read(path)[0], RawBlock(block.time_s, block.acc))


def test_phyphox_writes_nan_for_what_is_missing(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.phyphox(block)
    acc = str(members["Accelerometer.csv"]) + "8.5,NaN,NaN,NaN\n" * 7000
    same(read(foreign.zipped(tmp_path / "a.zip", {**members, "Accelerometer.csv": acc}))[0], block)


def test_a_phone_without_a_gyroscope(tmp_path: Path, block: RawBlock) -> None:
    acc = RawBlock(block.time_s, block.acc)
    for number, members in enumerate((foreign.phyphox(block), foreign.sensor_logger(block))):
        name = next(each for each in members if each.startswith("Gyro"))
        for content in ("", str(members[name]).partition("\n")[0] + "\n"):
            same(read(foreign.zipped(tmp_path / f"{number}.zip", {**members, name: content}))[0], acc)


def test_two_streams_that_do_not_meet(tmp_path: Path, block: RawBlock) -> None:
    later = RawBlock(block.time_s + 60, block.acc, block.gyr)
    members = {**foreign.phyphox(block), "Gyroscope.csv": foreign.phyphox(later)["Gyroscope.csv"]}
    refused(foreign.zipped(tmp_path / "a.zip", members), Problem.APART, "same time")


def test_two_streams_whose_clock_was_set_back(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.sensor_logger(block)
    table = str(members["Gyroscope.csv"])
    late = table + table.splitlines()[-3] + "\n"  # one late sample is left out
    same(read(foreign.zipped(tmp_path / "late.zip", {**members, "Gyroscope.csv": late}))[0], block)
    back = {**members, "Gyroscope.csv": table + table.partition("\n")[2]}
    refused(foreign.zipped(tmp_path / "back.zip", back), Problem.TIME_REVERSED, "backwards", "7.980 s to 0.000 s")


def test_phyphox_tells_linear_and_gravity_apart(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.phyphox(block)
    gravity = RawBlock(block.time_s, np.broadcast_to([0.0, 0.0, 9.81], block.acc.shape), block.gyr)
    linear = RawBlock(block.time_s, block.acc - gravity.acc, block.gyr)
    tables = {name: foreign.phyphox(each)["Accelerometer.csv"] for name, each in (("g", gravity), ("l", linear))}
    whole = {**members, "Gravity.csv": tables["g"], "Linear Accelerometer.csv": tables["l"]}
    same(read(foreign.zipped(tmp_path / "all.zip", whole))[0], block)
    in_finnish = {**members, "Painovoima.csv": tables["g"]}  # gravity, which no list of ours knows
    same(read(foreign.zipped(tmp_path / "fi.zip", in_finnish))[0], block)
    del whole["Accelerometer.csv"]
    same(read(foreign.zipped(tmp_path / "sum.zip", whole))[0], block)
    del whole["Gravity.csv"]
    named = written(tmp_path / "nonlinear gravity.csv", members["Accelerometer.csv"])
    same(read(named)[0], RawBlock(block.time_s, block.acc))
    refused(foreign.zipped(tmp_path / "l.zip", whole), Problem.GRAVITY_REMOVED, "Acceleration (with g)")
    refused(written(tmp_path / "Linear Accelerometer.csv", tables["l"]), Problem.GRAVITY_REMOVED, "(with g)")


@pytest.mark.parametrize("form", [foreign.phyphox, foreign.sensor_logger, foreign.metabase])
def test_a_gyroscope_that_ends_early_is_told(tmp_path: Path, block: RawBlock, form) -> None:
    whole, part = form(block), form(block[: len(block) // 2])
    members = {name: part[name] if "gyro" in name.lower() else content for name, content in whole.items()}
    found, reading = read(foreign.zipped(tmp_path / "a.zip", members))
    left_out_s = block.time_s[-1] - block.time_s[len(block) // 2 - 1]
    assert len(found) == pytest.approx(len(block) / 2, abs=2)
    ((doubt, words),) = [each for each in reading.doubts if each[0] is Doubt.UNPAIRED]
    assert float(words) == pytest.approx(left_out_s, abs=0.2)
    assert "without the gyroscope" in doubt_sentence(doubt, words)
    _, reading = read(foreign.zipped(tmp_path / "b.zip", whole))
    assert Doubt.UNPAIRED not in dict(reading.doubts)


# MetaBase, Movella, Movesense, Axivity


def test_metabase(tmp_path: Path) -> None:
    block = foreign.still()
    (acc, gyr), folder = foreign.metabase(block).items(), tmp_path / "metabase"
    folder.mkdir()
    for name, content in (acc, gyr):
        written(folder / name, content)
    found, reading = read(folder)
    assert len(found) == len(block) - 1  # the first acceleration was before the first angular rate
    np.testing.assert_allclose(found.acc, block.acc[1:], atol=2e-5)
    assert found.gyr is not None
    np.testing.assert_allclose(
        found.gyr[:, 0], np.interp(block.time_s[1:], block.time_s + 0.003, np.asarray(block.gyr)[:, 0]), atol=1e-6
    )
    assert (reading.sensor, reading.zone) == ("MetaMotion C42732BE255C", "Etc/GMT+7")
    assert reading.began_at(float(found.time_s[0])) is not None
    same(read(folder / acc[0])[0], RawBlock(block.time_s, block.acc), 2e-5)
    refused(folder / gyr[0], Problem.NO_ACCELERATION)
    written(folder / ("b" + acc[0]), acc[1])
    refused(folder, Problem.SEVERAL, "several")


def test_dot_over_the_wrap_of_its_clock(tmp_path: Path, block: RawBlock) -> None:
    found, reading = read(written(tmp_path / "a.csv", foreign.dot(block)))
    same(found, block)
    assert reading.began_at(float(found.time_s[0])) == foreign.BEGAN
    assert (reading.app, reading.sensor, reading.zone) == ("Movella DOT 2021.0", "DOT-1", "Etc/GMT-8")
    server = "Timestamp,Address,Acc_x,Acc_y,Acc_z,Gyr_x,Gyr_y,Gyr_z"
    rows = [(round(t * 1e6), "d4:22:cd:00:04:3a", *v, 0, 0, 0) for t, v in zip(block.time_s, block.acc, strict=True)]
    found, _ = read(written(tmp_path / "s.csv", foreign.lines(server, rows)))
    np.testing.assert_allclose(found.acc, block.acc)
    rows[5] = (*rows[5][:1], "d4:22:cd:00:04:3b", *rows[5][2:])
    refused(written(tmp_path / "s.csv", foreign.lines(server, rows)), Problem.SEVERAL, "04:3a, d4:22:cd:00:04:3b")
    fused = written(tmp_path / "b.csv", foreign.dot(block, is_fused=True))
    refused(fused, Problem.FUSED, "Rate quantities", "fusion")


@pytest.mark.parametrize("apart", [False, True])
def test_movesense(tmp_path: Path, block: RawBlock, apart: bool) -> None:
    found, reading = read(written(tmp_path / "a.json", foreign.movesense(block, apart=apart)))
    same(found, block)
    assert reading.began_at(0.0) == foreign.BEGAN


def test_movesense_with_a_gap(tmp_path: Path) -> None:
    block = foreign.still(52.0)
    keep = np.r_[0:80, 240 : len(block)]
    holed = RawBlock(block.time_s[keep], block.acc[keep], np.asarray(block.gyr)[keep])
    same(read(written(tmp_path / "a.json", foreign.movesense(holed)))[0], holed)


@pytest.mark.parametrize("kind", ["ax6", "ax3", "packed"])
def test_axivity(tmp_path: Path, kind: str) -> None:
    content, expected = foreign.cwa(foreign.still(100.0, 30.0), kind)
    found, reading = read(written(tmp_path / "a.bin", content))
    assert len(found) == len(expected)
    np.testing.assert_allclose(found.time_s, expected.time_s, atol=1e-3)  # the clock's steps are 1/32768 s
    same(RawBlock(expected.time_s, found.acc, found.gyr), expected)
    assert reading.is_local
    assert reading.sensor == ("AX6 4711" if kind == "ax6" else "AX3 4711")
    assert reading.began_at(float(found.time_s[0])) == pytest.approx(foreign.BEGAN, abs=foreign.BEGAN.resolution * 1000)


def test_axivity_leaves_out_damaged_sectors(tmp_path: Path) -> None:
    content, expected = foreign.cwa(foreign.still(100.0, 30.0))
    damaged = bytearray(content)
    damaged[1024 + 512 * 10 + 100] ^= 1
    found, reading = read(written(tmp_path / "a.cwa", bytes(damaged[:-100])))  # and the last one is cut
    assert reading.doubts == [(Doubt.CUT, "")]
    assert len(found) == len(expected) - 80
    steps_s = np.diff(found.time_s)
    assert float(steps_s.max()) == pytest.approx(0.41, abs=1e-3)
    np.testing.assert_allclose(np.delete(steps_s, steps_s.argmax()), 0.01, atol=1e-4)
    refused(written(tmp_path / "b.cwa", content[:600]), Problem.DAMAGED, "header")
    refused(written(tmp_path / "c.cwa", content[:1024]), Problem.NO_ROWS)
    refused(written(tmp_path / "d.cwa", content[:1024] + bytes(2**20)), Problem.NO_ROWS)


def test_axivity_packed_exponents(tmp_path: Path) -> None:
    content, _ = foreign.cwa(foreign.still(100.0, 3.0), "packed")
    sector = bytearray(content[1024 : 1024 + 512])
    word = 2 << 30 | (1023 & -3 & 1023) << 20 | 100 << 10 | 200  # z -3, y 100, x 200, each times 4
    struct.pack_into("<I", sector, 30, word & 0xFFFFFFFF)
    struct.pack_into("<H", sector, 510, 0)
    found, _ = read(written(tmp_path / "a.cwa", content[:1024] + bytes(sector)))
    np.testing.assert_allclose(found.acc[0] * 256 / G, [800, 400, -12])


# tables of others


def table_of(block: RawBlock, header: str, *scales: float, time: float = 1.0, decimals: int = 6) -> str:
    columns = [block.time_s * time, *(block.acc / scales[0]).T]
    if len(scales) > 1 and block.gyr is not None:
        columns += [*(block.gyr / scales[1]).T]
    return foreign.lines(header, (tuple(f"{x:.{decimals}f}" for x in row) for row in np.array(columns).T))


@pytest.mark.parametrize(
    ("header", "scales", "time"),
    [
        ("millis,aX,aY,aZ", (G,), 1000.0),
        ("timestamp,AcX,AcY,AcZ", (G / 16384,), 1e6),
        ("t,accel_x,accel_y,accel_z", (G / 1000,), 1.0),
        ("time,gFx,gFy,gFz,TgF", (G,), 1.0),
        ("Time (s),X,Y,Z", (1.0,), 1.0),
        ("ms,ax,ay,az,gx_dps,gy_dps,gz_dps", (G, np.pi / 180), 1000.0),
        (
            "time_s,acc_x_g/4096,acc_y_g/4096,acc_z_g/4096,gx dps/131,gy dps/131,gz dps/131",
            (G / 4096, np.pi / 180 / 131),
            1.0,
        ),
    ],
)
def test_tables_of_makers(tmp_path: Path, block: RawBlock, header: str, scales: tuple[float, ...], time: float) -> None:
    text = table_of(block, header, *scales, time=time)
    text = text.replace("\n", ",0\n")[:-1].replace(header + ",0", header) if "TgF" in header else text
    found, reading = read(written(tmp_path / "a.csv", text))
    same(found, block if len(scales) > 1 else RawBlock(block.time_s, block.acc), 2e-3)
    assert all(doubt is Doubt.UNIT for doubt, _ in reading.doubts)


def test_a_counter_is_no_time(tmp_path: Path, block: RawBlock) -> None:
    rows = ((i, *v) for i, v in enumerate(block.acc.tolist()))
    found, _ = read(written(tmp_path / "a.csv", foreign.lines("t,ax,ay,az", rows)))
    assert found.time_s[:3].tolist() == [0, 1, 2]  # as it says; the timeline then refuses 1 Hz


def test_physics_toolbox_has_gravity_only_in_its_g_force(tmp_path: Path, block: RawBlock) -> None:
    assert block.gyr is not None
    rows = np.hstack((block.acc / G, block.acc * 0, block.gyr))
    clock = [f"23:59:{58 + t:06.3f}" if t < 2 else f"00:00:{t - 2:06.3f}" for t in block.time_s]
    table = foreign.lines(
        "time;gFx;gFy;gFz;ax;ay;az;wx;wy;wz;",
        (
            (c.replace(".", ":"), *(f"{x:.7f}".replace(".", ",") for x in row), "")
            for c, row in zip(clock, rows, strict=True)
        ),
        ";",
    )
    found, _ = read(written(tmp_path / "a.csv", table))
    same(found, block, 1e-5)


def test_dates_tell_when_it_began(tmp_path: Path, block: RawBlock) -> None:
    stamps = [f"2026-03-01 09:30:{12 + int(t):02}.{round(t % 1 * 1000):03}" for t in block.time_s]
    rows = ((stamp, *v) for stamp, v in zip(stamps, block.acc.tolist(), strict=True))
    found, reading = read(written(tmp_path / "a.csv", foreign.lines("timestamp,ax,ay,az", rows)))
    same(found, RawBlock(block.time_s, block.acc), 1e-6)
    assert reading.is_local
    assert reading.began_at(float(found.time_s[0])) == foreign.BEGAN


def test_what_a_person_tells_of_a_table(tmp_path: Path, block: RawBlock) -> None:
    plain = table_of(block, "a,b,c,d,e,f,g", G, np.pi / 180, time=1000.0)
    header = "time_ms,acc_x_g,acc_y_g,acc_z_g,gyr_x_dps,gyr_y_dps,gyr_z_dps"
    same(read(written(tmp_path / "a.csv", plain), Told(header))[0], block, 2e-5)
    same(read(written(tmp_path / "b.csv", plain.partition("\n")[2]), Told(header))[0], block, 2e-5)
    no_time = foreign.lines("ax,ay,az", block.acc.tolist())
    told = Told(rate_hz=50.0)
    same(read(written(tmp_path / "c.csv", no_time), told)[0], RawBlock(block.time_s, block.acc))
    refused(tmp_path / "c.csv", Problem.NO_TIME, "--rate")
    refused(tmp_path / "b.csv", Problem.NO_HEADER, "--header")
    refused(tmp_path / "a.csv", Problem.COLUMN_UNIT if "gx" in plain else Problem.COLUMNS, "--header")
    refused(tmp_path / "a.csv", Problem.ROW_LENGTH, "7", "4", told=Told("time_s,ax,ay,az"))


@pytest.mark.parametrize("name", ["table", "dot", "cwa", "json", "phyphox", "results"])
def test_what_gzip_packed_is_read_as_what_it_was(tmp_path: Path, block: RawBlock, name: str) -> None:
    contents: dict[str, str | bytes] = {
        "table": foreign.native(block), "dot": foreign.dot(block), "cwa": foreign.cwa(foreign.still(100.0, 10.0))[0],
        "json": foreign.sensor_logger_json(block), "phyphox": foreign.phyphox(block)["Accelerometer.csv"],
    }  # fmt: skip
    if name == "results":
        refused(written(tmp_path / "a.csv", gzip.compress(b"session,kind,start_s,verdict\n")), Problem.NO_ROWS)
        return
    plain = written(tmp_path / "a", contents[name])
    packed = written(tmp_path / "b", gzip.compress(plain.read_bytes()))  # told by its content, not by its name
    same(read(packed)[0], read(plain)[0])


def test_archives_of_other_kinds_are_named(tmp_path: Path, block: RawBlock) -> None:
    content = foreign.native(block).encode()
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        archive.add(written(tmp_path / "a.csv", content), "a.csv")
    packed = {"tar": tar.getvalue(), "bzip2": bz2.compress(content), "xz": lzma.compress(content)}
    for name, data in packed.items():
        refused(written(tmp_path / name, data), Problem.BAD_ARCHIVE, f"packed as {name}", "zip and gzip")


def test_what_a_person_tells_of_a_packed_table(tmp_path: Path, block: RawBlock) -> None:
    whole = foreign.phyphox(block)["Accelerometer.csv"]
    packed = gzip.compress(whole.encode() if isinstance(whole, str) else whole)
    told = Told("time_s,acc_x_g,acc_y_g,acc_z_g")
    found, _ = read(written(tmp_path / "a.csv.gz", packed), told)
    plain, _ = read(written(tmp_path / "a.csv", gzip.decompress(packed)), told)
    same(found, plain)
    np.testing.assert_allclose(found.acc, block.acc * G, rtol=1e-3, atol=1e-2)


def test_files_of_one_recording_may_each_be_packed(tmp_path: Path, block: RawBlock) -> None:
    members = foreign.sensor_logger(block)
    for name, content in members.items():
        written(tmp_path / f"{name}.gz", gzip.compress(content.encode() if isinstance(content, str) else content))
    same(read(tmp_path)[0], block, 1e-6)
    assert len(grouped([tmp_path])) == 1


def test_a_packed_file_that_is_a_bomb_or_cut_off_is_refused(tmp_path: Path, block: RawBlock) -> None:
    rows = (foreign.native(block).partition("\n")[0] + "\n" + "0,0,0,9.81,0,0,0\n" * 10**7).encode()
    bomb = written(tmp_path / "bomb.csv.gz", gzip.compress(rows))
    tracemalloc.start()
    refused(bomb, Problem.BAD_ARCHIVE, "unpacks to more than")
    assert tracemalloc.get_traced_memory()[1] < 60e6
    tracemalloc.stop()
    zeros = written(tmp_path / "zeros.gz", gzip.compress(bytes(10**8)))
    refused(zeros, Problem.BINARY)
    packed = gzip.compress(foreign.native(block).encode())
    refused(written(tmp_path / "cut.csv.gz", packed[:-100]), Problem.BAD_ARCHIVE)
    refused(written(tmp_path / "head.csv.gz", packed[:5]), Problem.BAD_ARCHIVE)
    refused(written(tmp_path / "old.xls.gz", gzip.compress(b"\xd0\xcf\x11\xe0" + bytes(4000))), Problem.EXCEL, "CSV")


def test_preambles_are_passed_over_and_rows_still_named(tmp_path: Path, block: RawBlock) -> None:
    text = "# made by a logger\nversion: 3\n\n" + foreign.native(block)
    same(read(written(tmp_path / "a.csv", text))[0], block)
    bad = text.splitlines()
    bad[9] = "0.1,0,what,0,0,0,0"
    assert refused(written(tmp_path / "b.csv", "\n".join(bad)), Problem.NOT_A_NUMBER, "'what'").row == 10


def test_one_recording_in_a_zip_or_a_folder(tmp_path: Path, block: RawBlock) -> None:
    content, expected = foreign.cwa(foreign.still(100.0, 10.0))
    same(read(foreign.zipped(tmp_path / "a.zip", {"x/a.csv": foreign.native(block)}))[0], block)
    found, _ = read(foreign.zipped(tmp_path / "b.zip", {"a.cwa": content}))
    assert len(found) == len(expected)
    folder = tmp_path / "folder"
    folder.mkdir()
    foreign.zipped(folder / "a.zip", {"a.csv": foreign.native(block)})
    same(read(folder)[0], block)


# bad files


def test_bad_archives(tmp_path: Path, block: RawBlock) -> None:
    good = foreign.in_memory(foreign.sensor_logger(block))
    refused(written(tmp_path / "cut.zip", good[: len(good) // 2]), Problem.BAD_ARCHIVE, "archive")
    refused(
        written(tmp_path / "other.zip", foreign.in_memory({"a.txt": "hi", "b.txt": "ho"})), Problem.NO_FILES, "a.txt"
    )
    refused(written(tmp_path / "none.zip", foreign.in_memory({})), Problem.NO_FILES)
    bomb = {"TotalAcceleration.csv": b"time,seconds_elapsed,z,y,x\n" + b"0,0,0,0,0\n" * 10**7, "Gyroscope.csv": ""}
    refused(foreign.zipped(tmp_path / "bomb.zip", bomb), Problem.BAD_ARCHIVE, "unpacks to 100 MB")
    for name in ("../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a/../../evil.csv"):
        path = foreign.zipped(tmp_path / "path.zip", {name: foreign.native(block)})
        refused(path, Problem.BAD_ARCHIVE, "evil")
    damaged = bytearray(good)
    at = good.index(b"TotalAcceleration.csv") + 400
    damaged[at : at + 40] = bytes(40)
    refused(written(tmp_path / "damaged.zip", bytes(damaged)), Problem.BAD_ARCHIVE)
    encrypted = bytearray(good)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := good.find(signature, at + 1)) >= 0:
            encrypted[at + flags] |= 1
    refused(written(tmp_path / "locked.zip", bytes(encrypted)), Problem.BAD_ARCHIVE, "encrypted")
    assert [each.suffix for each in tmp_path.iterdir()] == [".zip"] * 7


def test_a_member_that_lies_about_its_size(tmp_path: Path) -> None:
    rows = b"time,seconds_elapsed,z,y,x\n" + b"".join(b"%d,%.2f,9.8,0,0\n" % (i, i / 50) for i in range(10**5))
    data = bytearray(foreign.in_memory({"TotalAcceleration.csv": rows}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 1000)
    path = written(tmp_path / "a.zip", bytes(data))
    assert zipfile.is_zipfile(path)
    refused(path, Problem.BAD_ARCHIVE)


BAD_JSON = {
    "deep": b'{"Samples": ' + b"[" * 200_000,
    "deep_and_closed": b'{"seconds_elapsed": ' + b"[" * 9000 + b"]" * 9000 + b"}",
    "nan": b'{"Samples": [{"MeasAcc": {"Timestamp": 1, "ArrayAcc": [{"x": NaN, "y": 1, "z": 1}]}}]}',
    "infinity": b'[{"sensor": "TotalAcceleration", "seconds_elapsed": "0", "x": "Infinity", "y": "0", "z": "0"}]',
    "huge": b'[{"sensor": "TotalAcceleration", "seconds_elapsed": "0", "x": "1e300", "y": "0", "z": "0"}]',
    "long_number": b'{"Samples": [' + b"1" * 10**6 + b"]}",
    "cut": b'{"Samples": [{"MeasAcc": {"Timestamp": 1, "ArrayAcc": [{"x": 0.1',
    "other": b'{"name": "Eve"}',
    "text": b'{"Samples": [{"MeasAcc": {"Timestamp": "soon", "ArrayAcc": [{"x": 1, "y": 1, "z": 1}]}}]}',
    "list": b'{"Samples": [{"MeasAcc": [1, 2]}]}',
    "ours_without": b'{"schema": "sensortrack.summary/1", "sets": 3, "session": 4}',
    "ours_ragged": b'{"schema": "sensortrack.summary/1", "samples": {"time_s": [0, 1], "acc_m_s2": [[1, 2, 3]]}}',
    "ours_text": b'{"schema": "sensortrack.summary/1", "samples": {"time_s": ["a"], "acc_m_s2": [[1, 2, 3]]}}',
    "ours_other": b'{"schema": "sensortrack.summary/9"}',
    "ours_uid": b'{"schema": "sensortrack.summary/1", "samples": {}, "session": {"uid": "../x"}}',
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_bad_json(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordingError) as caught, open_recording(written(tmp_path / "a.json", BAD_JSON[name])) as found:
        list(found.blocks)
    sentence = recording_sentence(caught.value)
    assert sentence.count("\n") == 0
    assert len(sentence) < 300


def test_other_files(tmp_path: Path, block: RawBlock) -> None:
    refused(written(tmp_path / "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), Problem.EXCEL, "choose CSV")
    excel = foreign.in_memory({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})
    refused(written(tmp_path / "a.xlsx", excel), Problem.EXCEL)
    refused(written(tmp_path / "a.parquet", b"PAR1" + bytes(600) + b"PAR1"), Problem.DAMAGED)
    refused(written(tmp_path / "b.parquet", b"PAR1"), Problem.DAMAGED)
    members = foreign.sensor_logger(block)
    members["TotalAcceleration.csv"] = ""
    refused(foreign.zipped(tmp_path / "a.zip", members), Problem.GRAVITY_REMOVED)
    text = str(foreign.sensor_logger(block)["TotalAcceleration.csv"])
    refused(written(tmp_path / "c.csv", text.encode("utf-16")), Problem.BINARY, "UTF-8")
    nan = text.replace(text.splitlines()[5].split(",")[2], "NaN")
    refused(written(tmp_path / "TotalAcceleration.csv", nan), Problem.NOT_A_NUMBER, "row 6", "NaN")


def test_two_gigabytes_of_nothing_are_refused_at_once(tmp_path: Path) -> None:
    for name, head in (
        ("a.csv", b"time_s,acc_x_m_s2,acc_y_m_s2,acc_z_m_s2\n"),
        ("b.zip", b"PK\x03\x04"),
        ("c.json", b"["),
    ):
        path = written(tmp_path / name, head)
        with path.open("r+b") as stream:
            stream.truncate(2**31)
            if name == "b.zip":  # whose end claims a directory of a gigabyte
                stream.seek(0, 2)
                stream.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 9, 9, 2**30, 2**30, 0))
        with pytest.raises(RecordingError), open_recording(path) as recording:
            list(recording.blocks)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A good file of some kind with bytes changed, cut out, put in, or the end cut off."""
    content = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        end = at + draw(st.sampled_from([0, 1, 2, 8, 64]))
        content[at:end] = draw(st.binary(max_size=8))
    return bytes(content[: draw(st.sampled_from([len(content), len(content) - 1, len(content) // 2, 30]))])


def _good() -> list[bytes]:
    short = foreign.still(50.0, 0.8)
    tables = [foreign.dot(short), foreign.native(short), *foreign.metabase(short).values(), foreign.movesense(short)]
    tables += [foreign.sensor_logger_json(short), *foreign.phyphox(short).values()]
    tables += [
        '{"schema": "sensortrack.summary/1", "samples": {"time_s": [0, 0.01], "acc_m_s2": [[1, 2, 3], [1, 2, 3]]}}'
    ]
    archives = [foreign.in_memory(foreign.sensor_logger(short)), foreign.in_memory(foreign.phyphox(short, "de", ";,"))]
    sectors = [foreign.cwa(foreign.still(100.0, 3.0), kind)[0] for kind in ("ax6", "ax3", "packed")]
    return [*(text.encode() if isinstance(text, str) else text for text in tables), *archives, *sectors]


GOOD = _good()


@given(st.one_of(mangled(), st.binary(max_size=200)))
@settings(max_examples=250, deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.getbasetemp() / "any.bin", content)
    with suppress(RecordingError), open_recording(path) as recording:
        for block in recording.blocks:
            assert np.isfinite(block.time_s).all()
            assert np.isfinite(block.acc).all()


def test_files_of_strangers() -> None:
    """Genuine exports, where they are: they are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(f"no genuine exports at {SHARED}")

    def norm(values: FloatArray) -> float:
        return float(np.median(np.linalg.norm(values, axis=1)))

    found, reading = read(SHARED / "sensorlogger_android_v1.26")
    assert (len(found), reading.sensor, reading.zone) == (399, "SM-N986B", "Africa/Nairobi")
    assert norm(found.acc) == pytest.approx(9.81, abs=0.3)
    found, _ = read(SHARED / "phyphox_multi_sensor")
    assert len(found) == 2387
    assert found.gyr is not None
    assert norm(found.acc) == pytest.approx(9.9, abs=0.2)
    ax3, reading = read(SHARED / "axivity" / "ax3_sample_head.cwa")
    np.testing.assert_allclose(ax3.acc[0] / G, [-0.09375, -0.203125, 0.953125])
    assert (len(ax3), reading.sensor) == (2400, "AX3 51888")
    ax6, _ = read(SHARED / "axivity" / "ax6_sample_head.cwa")
    np.testing.assert_allclose(ax6.acc[0] / G * 2048, [-1062, -49, -158])
    assert ax6.gyr is not None
    np.testing.assert_allclose(np.degrees(ax6.gyr[0]) / 2000 * 32768, [-1085, -446, 1716])
    assert reading.zero_at is not None
    for name, problem in (
        ("phyphox_ios_v1.1.16", Problem.GRAVITY_REMOVED),
        ("sensorlogger_still", Problem.GRAVITY_REMOVED),
        ("xsens_dot_realtime_2021", Problem.FUSED),
        ("axivity", Problem.NO_FILES),
    ):
        refused(SHARED / name, problem)
