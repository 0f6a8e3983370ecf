"""A sensor that its owner describes in a file: what the file means, and every mistake in it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensortrack.devices.device import Settings, Subscribe, Write, sig_uuid
from sensortrack.devices.registry import DEVICES
from sensortrack.formats.device_file import parse_device, read_device
from sensortrack.formats.toml_table import DeviceFileError, Mistake
from sensortrack.model.samples import Clock, Packet
from tests.devices.harness import check_any_bytes, check_round_trip, streamed

PAGE = Path(__file__).parent.parent / "docs" / "your-own-sensor.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
ONE, APART = EXAMPLES
DATA = "c4b50001-91d3-4f0a-8e27-6d0f3b9a5c18"
KEYS_OF_THE_PAGE = {
    key
    for cell in re.findall(r"^\| (.*?) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for key in re.findall(r"([a-z_]+)`", cell)
}
TABLES = ["", "notification[1].", "acc.", "gyr.", "clock.", "start.", "stop."]


def refused(text: str) -> DeviceFileError:
    with pytest.raises(DeviceFileError) as caught:
        parse_device(text, "mine.toml")
    assert caught.value.origin == "mine.toml"
    return caught.value


def told(text: str) -> DeviceFileError | None:
    """Give the mistake of a text; without one it must be a sensor whose samples come through."""
    try:
        device = parse_device(text, "any.toml")
    except DeviceFileError as error:
        return error
    _, block, frames = streamed(device, Settings())
    assert 0 < sum(len(frame) for frame in frames if frame.acc is not None) <= len(block)
    return None


def with_line(key: str, line: str, text: str = ONE, *, number: int = 0) -> str:
    """Put another line where a key stands; the first, or a later one of that name."""
    lines = text.splitlines()
    places = [i for i, each in enumerate(lines) if each.startswith(f"{key} =") or each.startswith(key + "]")]
    lines[places[number]] = line
    return "\n".join(lines)


def without_table(name: str, text: str = ONE) -> str:
    return re.sub(rf"\n\[{name}\].*?(?=\n\[|\Z)", "\n", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("text", "steps"), [(ONE, (0.488e-3 * 9.80665, np.radians(0.07))), (APART, (1e-5, 1e-5))], ids=["one", "apart"]
)
def test_examples_of_the_page(text: str, steps: tuple[float, float]) -> None:
    device = parse_device(text, "mine.toml")
    check_round_trip(device, Settings(), acc_step=steps[0], gyr_step=steps[1])
    check_any_bytes(device, [each.uuid for each in device.services[0].characteristics])


def test_first_example_word_for_word() -> None:
    device = parse_device(ONE, "mine.toml")
    command = DATA.replace("0001-", "0002-", 1)
    assert (device.name, device.advertised_names, device.rates_hz) == ("knee-board", ("KneeBoard",), (104.0,))
    assert device.clock == Clock("first", 2**32 * 1e-3, 2**16)
    assert list(device.start(Settings())) == [Subscribe(DATA), Write(command, bytes.fromhex("016800"))]
    assert list(device.stop(Settings())) == [Write(command, b"\x00")]
    payload = bytes.fromhex("0700 d0070000 0a00 1400 0108 6400 0000 9cff")
    [frame] = device.decoder(Settings()).decode(Packet(0.0, payload, DATA))
    assert (frame.sequence, frame.stamp_s) == (7, 2.0)
    np.testing.assert_allclose(frame.acc / 9.80665e-3 / 0.488, [[10, 2049, -20]])
    np.testing.assert_allclose(np.degrees(frame.gyr) / 0.07, [[100, -100, 0]], atol=1e-9)


def with_unknown_key(table: str) -> str:
    name = table.removesuffix("[1].").removesuffix(".")
    at = ONE.index("\n", ONE.index(f"[{name}]")) if name else 0
    return ONE[:at] + "\nwrong = 1\n" + ONE[at:]


@pytest.mark.parametrize("table", TABLES)
def test_unknown_key_is_refused(table: str) -> None:
    error = refused(with_unknown_key(table))
    assert (error.mistake, error.key) == (Mistake.UNKNOWN_KEY, table + "wrong")


def test_page_tells_every_key_and_no_other() -> None:
    lists = [refused(with_unknown_key(table)).expected.removeprefix("one of ").split(", ") for table in TABLES]
    assert {key for each in lists for key in each} == KEYS_OF_THE_PAGE | {
        "notification",
        "acc",
        "gyr",
        "clock",
        "start",
        "stop",
    }


def test_short_uuids_and_commands_without_response() -> None:
    text = with_line("service", 'service = "FFE0"')
    text = with_line("characteristic", 'characteristic = "0xffe1"', text)
    text = with_line("bytes", 'bytes = "0xFF"', text)
    assert refused(text).key == "start.bytes"
    text = with_line("bytes", 'bytes = "FFaa 69"\nresponse = false', text)
    device = parse_device(text, "mine.toml")
    assert device.services[0].uuid == sig_uuid(0xFFE0)
    assert list(device.start(Settings())) == [
        Subscribe(sig_uuid(0xFFE1)),
        Write(DATA.replace("0001-", "0002-", 1), b"\xff\xaa\x69", False),
    ]


@pytest.mark.parametrize(
    ("unit", "scale", "si"),
    [("m/s2", 1.0, 1.0), ("g", 0.5, 0.5 * 9.80665), ("mg", 0.061, 0.061e-3 * 9.80665)],
)
def test_units_of_acceleration(unit: str, scale: float, si: float) -> None:
    text = with_line("unit", f'unit = "{unit}"', ONE.replace("scale = 0.488 ", f"scale = {scale} "))
    device = parse_device(text, "mine.toml")
    [frame] = device.decoder(Settings()).decode(Packet(0.0, bytes.fromhex("0000 00000000 0400") + bytes(10), DATA))
    np.testing.assert_allclose(frame.acc, [[4 * si, 0, 0]])


@pytest.mark.parametrize(("unit", "si"), [("rad/s", 0.07), ("deg/s", np.radians(0.07))])
def test_units_of_angular_rate(unit: str, si: float) -> None:
    device = parse_device(with_line("unit", f'unit = "{unit}"', number=1), "mine.toml")
    payload = bytes.fromhex("0000 00000000 000000000000 0000 0000 0a00")
    [frame] = device.decoder(Settings()).decode(Packet(0.0, payload, DATA))
    np.testing.assert_allclose(frame.gyr, [[0, 10 * si, 0]])


@pytest.mark.parametrize(
    ("line", "tick_s"),
    [('unit = "s"', 1.0), ('unit = "ms"', 1e-3), ('unit = "us"', 1e-6), ("ticks_per_s = 32768", 1 / 32768)],
)
@pytest.mark.parametrize("stamps", ["first", "last"])
def test_units_of_time(line: str, tick_s: float, stamps: str) -> None:
    text = with_line("stamps", f'stamps = "{stamps}"', with_line("unit", line, number=2))
    assert parse_device(text, "mine.toml").clock == Clock(stamps, 2**32 * tick_s, 2**16)


UUID, WHAT, FIRST = "a UUID", "characteristic", "notification[1]."
# what is wrong -> (text, key, a part of what is expected, what is found)
WRONG: dict[str, tuple[str, str, str, str]] = {
    "name of a family": (with_line("name", f'name = "{DEVICES[0].name}"'), "name", "no family", f"'{DEVICES[0].name}'"),
    "name with blanks": (with_line("name", 'name = "My board"'), "name", "hyphens", "'My board'"),
    "names as text": (
        with_line("advertised_names", 'advertised_names = "Knee"'),
        "advertised_names",
        "a list",
        "'Knee'",
    ),
    "name that fits all": (
        with_line("advertised_names", 'advertised_names = ["Knee", ""]'),
        "advertised_names",
        "a list",
        "['Knee', '']",
    ),
    "no names": (with_line("advertised_names", "advertised_names = []"), "advertised_names", "a list", "[]"),
    "uuid cut": (with_line("service", 'service = "19b10000-e8f2"'), "service", UUID, "'19b10000-e8f2'"),
    "uuid as number": (with_line(WHAT, "characteristic = 2902"), FIRST + "characteristic", UUID, "2902"),
    "too slow": (with_line("rate_hz", "rate_hz = 12.5"), "rate_hz", "from 20 to 2000", "12.5"),
    "rate of no number": (with_line("rate_hz", "rate_hz = nan"), "rate_hz", "from 20", "nan"),
    "rate of yes": (with_line("rate_hz", "rate_hz = true"), "rate_hz", "from 20", "true"),
    "rate as text": (with_line("rate_hz", 'rate_hz = "100"'), "rate_hz", "from 20", "'100'"),
    "rate too long": (with_line("rate_hz", "rate_hz = 0x" + "f" * 5000), "rate_hz", "from 20", "a very long number"),
    "order of bytes": (with_line("sample", 'sample = "6h"'), FIRST + "sample", "< or >", "'6h'"),
    "native order": (with_line("header", 'header = "@HI"'), FIRST + "header", "< or >", "'@HI'"),
    "unsigned": (with_line("sample", 'sample = "<6H"'), FIRST + "sample", "signed", "'<6H'"),
    "text in a sample": (with_line("sample", 'sample = "<6s"'), FIRST + "sample", "signed", "'<6s'"),
    "repeat without letter": (with_line("sample", 'sample = "<6"'), FIRST + "sample", "signed", "'<6'"),
    "sample without an end": (with_line("sample", 'sample = "<999h"'), FIRST + "sample", "signed", "'<999h'"),
    "too long together": (with_line("header", 'header = "<HI500x"'), FIRST + "sample", "512 bytes", "518 bytes"),
    "five numbers": (
        with_line("sample", 'sample = "<5h"'),
        FIRST + "sample_fields",
        "every 3",
        "2 for 5 numbers in '<5h'",
    ),
    "no numbers": (with_line("sample", 'sample = "<x"'), FIRST + "sample_fields", "every 3", "2 for 0 numbers in '<x'"),
    "unnamed": (
        with_line("header", 'header = "<BHI"'),
        FIRST + "header_fields",
        "every number",
        "2 for 3 numbers in '<BHI'",
    ),
    "other fields": (
        with_line("header_fields", 'header_fields = ["counter", "battery"]'),
        FIRST + "header_fields",
        "counter, time",
        "['counter', 'battery']",
    ),
    "field twice": (
        with_line("header_fields", 'header_fields = ["time", "time"]'),
        FIRST + "header_fields",
        "counter, time",
        "['time', 'time']",
    ),
    "magnetometer": (
        with_line("sample_fields", 'sample_fields = ["acc", "mag"]'),
        FIRST + "sample_fields",
        "acc, gyr",
        "['acc', 'mag']",
    ),
    "float as counter": (with_line("header", 'header = "<fI"'), FIRST + "header", "whole number", "'<fI'"),
    "one table": (ONE.replace("[[notification]]", "[notification]"), "notification", "[[notification]]", "a table"),
    "no table in the list": (
        re.sub(r"\[\[notification.*?(?=\n\[acc)", "", f"notification = [1]\n{ONE}", flags=re.DOTALL),
        "notification[1]",
        "table",
        "1",
    ),
    "acceleration twice": (
        with_line("sample_fields", 'sample_fields = ["acc"]', APART, number=1),
        "notification",
        "acc once",
        "acc, acc",
    ),
    "no notification": (
        "notification = []\n" + re.sub(r"\n\[\[.*?(?=\n\[acc)", "", ONE, flags=re.DOTALL),
        "notification",
        "acc once",
        "none",
    ),
    "no acceleration": (
        with_line("sample_fields", 'sample_fields = ["gyr"]', with_line("sample", 'sample = "<3h"')),
        "notification",
        "acc once",
        "gyr",
    ),
    "one characteristic": (
        APART.replace("7a1c0002", "7a1c0001"),
        "notification[2].characteristic",
        "another",
        "7a1c0001-3b5e-4d2f-9c80-51e6a7f40b21",
    ),
    "one counter": (
        with_line("sample", 'sample = "<3f"\nheader = "<H"\nheader_fields = ["counter"]', APART, number=1),
        "notification[2].header",
        "as in the first",
        "'<H'",
    ),
    "no fields of a sample": (
        with_line("sample_fields", "sample_fields = []"),
        FIRST + "sample_fields",
        "acc, gyr",
        "[]",
    ),
    "no such unit": (with_line("unit", 'unit = "m/s"'), "acc.unit", "m/s2, g, mg", "'m/s'"),
    "unit of acceleration": (with_line("unit", 'unit = "g"', number=1), "gyr.unit", "rad/s, deg/s", "'g'"),
    "unit as a list": (with_line("unit", 'unit = ["g"]'), "acc.unit", "m/s2, g, mg", "['g']"),
    "negative scale": (with_line("scale", "scale = -0.488"), "acc.scale", "a number", "-0.488"),
    "no scale": (with_line("scale", "scale = 0"), "acc.scale", "a number", "0"),
    "endless scale": (with_line("scale", "scale = inf"), "acc.scale", "a number", "inf"),
    "scale of another unit": (with_line("scale", "scale = 0.000488"), "acc.scale", "1 g or more", "0.016 g"),
    "rate of another unit": (
        with_line("scale", "scale = 0.00122", number=1),
        "gyr.scale",
        "100 deg/s or more",
        "40 deg/s",
    ),
    "two axes": (with_line("axes", 'axes = "x,y"'), "acc.axes", "x, y and z", "'x,y'"),
    "axis twice": (with_line("axes", 'axes = "x,-x,y"', number=1), "gyr.axes", "x, y and z", "'x,-x,y'"),
    "axes as a list": (with_line("axes", 'axes = ["x", "y", "z"]'), "acc.axes", "x, y and z", "['x', 'y', 'z']"),
    "clock without time": (
        with_line("header_fields", 'header_fields = ["counter"]', with_line("header", 'header = "<H"')),
        "clock",
        "field",
        "none",
    ),
    "gyroscope without numbers": (
        with_line("sample_fields", 'sample_fields = ["acc"]', with_line("sample", 'sample = "<3h"')),
        "gyr",
        "field",
        "none",
    ),
    "unit and ticks": (ONE.replace('"ms"', '"ms"\nticks_per_s = 1000'), "clock.unit", "either", "both"),
    "neither unit nor ticks": (ONE.replace('unit = "ms"', ""), "clock.unit", "either", "neither"),
    "ticks of nothing": (ONE.replace('unit = "ms"', "ticks_per_s = 0"), "clock.ticks_per_s", "a number", "0"),
    "middle sample": (with_line("stamps", 'stamps = "middle"'), "clock.stamps", "first, last", "'middle'"),
    "short clock": (
        with_line("header", 'header = "<HH"', ONE.replace('unit = "ms"', "ticks_per_s = 32768")),
        "clock",
        "4 s or more",
        "2 s",
    ),
    "clock as text": ('clock = "ms"\n' + without_table("clock"), "clock", "[clock]", "'ms'"),
    "no command": (with_line("bytes", 'bytes = ""'), "start.bytes", "hexadecimal", "''"),
    "half a byte": (with_line("bytes", 'bytes = "01 6"', number=1), "stop.bytes", "hexadecimal", "'01 6'"),
    "command as a list": (with_line("bytes", "bytes = [1, 2]"), "start.bytes", "hexadecimal", "[1, 2]"),
    "command too long": (with_line("bytes", f'bytes = "{"00" * 513}"'), "start.bytes", "512", "'" + "0" * 40 + "'"),
    "response of 1": (with_line("bytes", 'bytes = "01"\nresponse = 1'), "start.response", "true or false", "1"),
    "start as text": ('start = "01"\n' + without_table("start"), "start", "[start]", "'01'"),
}


@pytest.mark.parametrize(("text", "key", "expected", "found"), WRONG.values(), ids=WRONG)
def test_wrong_value_is_told(text: str, key: str, expected: str, found: str) -> None:
    error = refused(text)
    assert (error.mistake, error.key, error.found) == (Mistake.WRONG, key, found)
    assert expected in error.expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "at end of document"),
        ('name = "a"\nname = "b"\nrate_hz = 50', "line 2"),
        ("rate_hz = " + "9" * 5000, "digits"),
        ("name = " + "[" * 100_000, ""),
    ],
    ids=["no value", "key twice", "number without an end", "nesting without an end"],
)
def test_what_is_not_toml(text: str, said: str) -> None:
    error = refused(text)
    assert (error.mistake, error.key, error.expected) == (Mistake.NOT_TOML, "", "")
    assert said in error.found


@pytest.mark.parametrize(
    ("key", "other", "path"), [("rate_hz", "rate", "rate"), ("sample", "samples", FIRST + "samples")]
)
def test_mistyped_key_is_told_rather_than_the_missing_one(key: str, other: str, path: str) -> None:
    error = refused(ONE.replace(f"{key} =", f"{other} ="))
    assert (error.mistake, error.key) == (Mistake.UNKNOWN_KEY, path)
    assert key in error.expected


@pytest.mark.parametrize("name", ["notification", "acc", "gyr", "clock"])
def test_missing_table_is_told(name: str) -> None:
    error = refused(
        without_table(name) if name != "notification" else re.sub(r"\n\[\[.*?(?=\n\[acc)", "", ONE, flags=re.DOTALL)
    )
    assert (error.mistake, error.key, error.found) == (Mistake.MISSING, name, "")
    assert f"[{name}]" in error.expected


NEEDED = [
    ("name", 0, "name"),
    ("service", 0, "service"),
    ("rate_hz", 0, "rate_hz"),
    ("characteristic", 0, "notification[1].characteristic"),
    ("sample", 0, "notification[1].sample"),
    ("sample_fields", 0, "notification[1].sample_fields"),
    ("unit", 0, "acc.unit"),
    ("unit", 1, "gyr.unit"),
    ("stamps", 0, "clock.stamps"),
    ("characteristic", 1, "start.characteristic"),
    ("bytes", 0, "start.bytes"),
    ("characteristic", 2, "stop.characteristic"),
    ("bytes", 1, "stop.bytes"),
]


@pytest.mark.parametrize(("key", "number", "path"), NEEDED, ids=[path for _, _, path in NEEDED])
def test_what_is_needed_is_missed(key: str, number: int, path: str) -> None:
    error = refused(with_line(key, "", number=number))
    assert (error.mistake, error.key, error.found) == (Mistake.MISSING, path, "")
    assert error.expected


def test_the_rest_may_be_left_out() -> None:
    text = ONE
    for key in ("advertised_names", "scale", "axes"):
        text = with_line(key, "", text)
    text = without_table("stop", without_table("start", text)).replace('"mg"', '"m/s2"')
    device = parse_device(text, "mine.toml")
    assert device.advertised_uuids == (device.services[0].uuid,)
    assert (list(device.stop(Settings())), device.encoder().settings is None) == ([], False)


LINES = [i for i, line in enumerate(ONE.splitlines()) if re.match("[a-z_]+ =", line)]
VALUES = ["true", "-1", "nan", "1979-05-27", '""', '" "', '"\\u0000"', "[]", "[[]]", "[1]", "{}", "{a = 1}", "1e400"]


@pytest.mark.parametrize("line", LINES, ids=lambda line: ONE.splitlines()[line].partition(" #")[0].strip())
@pytest.mark.parametrize("value", VALUES)
def test_values_of_another_kind_are_refused(line: int, value: str) -> None:
    lines = ONE.splitlines()
    key = lines[line].partition(" =")[0]
    lines[line] = f"{key} = {value}"
    error = refused("\n".join(lines))
    assert error.mistake is Mistake.WRONG
    assert error.key.rpartition(".")[2] == key
    assert error.expected
    assert error.found


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    told(text)


@given(st.data())
def test_any_part_of_an_example(data: st.DataObject) -> None:
    """Lines left out, swapped, or cut anywhere: a sensor, or an error with a key."""
    lines = ONE.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = lines[place]
        cut = data.draw(st.integers(0, len(line)))
        lines[place] = data.draw(st.sampled_from(["", line[:cut], line[cut:], lines[place - 1], line + line]))
    error = told("\n".join(lines))
    assert error is None or error.mistake is Mistake.NOT_TOML or error.key


@pytest.mark.parametrize("text", [ONE.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + ONE.encode()])
def test_files_of_other_editors(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(text)
    assert read_device(file).name == "knee-board"


@pytest.mark.parametrize("content", [b"\xff\xfe", ONE.encode("utf-16"), bytes(range(256))])
def test_files_that_are_no_text(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(DeviceFileError) as caught:
        read_device(file)
    assert (caught.value.mistake, caught.value.origin) == (Mistake.NOT_TOML, "mine.toml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none.toml", "No such file"), (tmp_path, "directory")):
        with pytest.raises(DeviceFileError) as caught:
            read_device(path)
        assert (caught.value.mistake, caught.value.origin, caught.value.key) == (Mistake.UNREADABLE, str(path), "")
        assert said in caught.value.found
