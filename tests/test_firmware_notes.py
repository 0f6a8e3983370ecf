"""The notes for firmware authors: the C reference against the Python decoder bit by bit, and the page's examples."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sensortrack.devices import own_profile
from sensortrack.devices.device import Settings
from sensortrack.devices.own_profile import CONTROL, DATA, DEVICE, INFO, ProfileEncoder
from sensortrack.devices.registry import DEVICES
from sensortrack.model.samples import Packet, RawBlock

NOTES = Path(__file__).parent.parent / "firmware_notes"
PAGE = (NOTES / "profile.md").read_text(encoding="utf-8")
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler here")

PROGRAM = r"""
#include <stdio.h>
#include "sensortrack_profile.h"

/* reads: 'c' length bytes (a write to Control), 'i' (Info), 's' u32 time, 6 x i16 (a sample), 'm' u16 (largest),
   'g' u8 (gyroscope, anew); answers each with u16 length and bytes */
static void answer(const uint8_t *data, size_t length) {
    uint8_t head[2];
    stk_put_u16(head, (uint16_t)length);
    fwrite(head, 1, 2, stdout);
    fwrite(data, 1, length, stdout);
}

int main(void) {
    static stk_sensor sensor;
    uint8_t data[256], out[STK_FRAME_BYTES];
    int what;
    stk_init(&sensor, 1);
    while ((what = getchar()) != EOF) {
        if (what == 'c') {
            size_t length = (size_t)getchar();
            if (fread(data, 1, length, stdin) != length) return 1;
            answer(out, stk_control(&sensor, data, length, out));
        } else if (what == 'i') {
            stk_info(&sensor, out);
            answer(out, STK_INFO_BYTES);
        } else if (what == 's') {
            int16_t counts[6];
            uint32_t time_us;
            int axis;
            if (fread(data, 1, 16, stdin) != 16) return 1;
            time_us = (uint32_t)stk_get_u16(data) | ((uint32_t)stk_get_u16(data + 2) << 16);
            for (axis = 0; axis < 6; axis++) counts[axis] = (int16_t)stk_get_u16(data + 4 + 2 * axis);
            answer(out, stk_sample(&sensor, time_us, counts, out));
        } else if (what == 'm') {
            if (fread(data, 1, 2, stdin) != 2) return 1;
            sensor.largest = stk_get_u16(data);
        } else if (what == 'g') {
            stk_init(&sensor, (uint8_t)getchar());
        }
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("c")
    (folder / "main.c").write_text(PROGRAM)
    strict = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-fsanitize=undefined,address"]
    command = ["gcc", *strict, f"-I{NOTES}", str(folder / "main.c"), "-o", str(folder / "main")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "main"


def play(program, messages: list[bytes]) -> list[bytes]:
    done = subprocess.run([program], input=b"".join(messages), capture_output=True, check=True)
    answers, at = [], 0
    while at < len(done.stdout):
        (length,) = struct.unpack_from("<H", done.stdout, at)
        answers.append(done.stdout[at + 2 : at + 2 + length])
        at += 2 + length
    return answers


def started(rate_hz=100, acc_range_g=16, gyr_range_dps=2000) -> bytes:
    return b"\x01" + struct.pack("<HHH", rate_hz, acc_range_g, gyr_range_dps)


def control(payload: bytes) -> bytes:
    return b"c" + bytes([len(payload)]) + payload


def block_of(counts: np.ndarray, time_us: np.ndarray, encoder: ProfileEncoder) -> RawBlock:
    """Make the samples that the Python encoder turns into these counts."""
    acc, gyr = encoder._scales()
    return RawBlock(time_us * 1e-6, counts[:, :3] * acc, np.radians(counts[:, 3:] * gyr))


def sample(at_us: int, row: np.ndarray) -> bytes:
    return b"s" + struct.pack("<I6h", at_us, *row)


@needs_gcc
@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize(
    ("rate_hz", "acc_g", "gyr_dps"), [(25, 2, 250), (100, 16, 2000), (104, 8, 1000), (400, 4, 500)]
)
def test_the_reference_in_c_gives_the_same_bytes(program, rate_hz, acc_g, gyr_dps, gyroscope):
    rng = np.random.default_rng(rate_hz)
    counts = rng.integers(-32768, 32768, (240, 6))
    counts[50:100] = rng.integers(-3000, 3000, (50, 6))
    if not gyroscope:
        counts[:, 3:] = 0
    encoder = ProfileEncoder(gyroscope=gyroscope)
    start = started(rate_hz, acc_g, gyr_dps)
    (reply,) = encoder.write(CONTROL, start)
    time_us = 2**32 - 500_000 + np.arange(240) * 1_000_000 // round(encoder.settings.rate_hz)
    sent = [each.payload for each in encoder.encode(block_of(counts, time_us, encoder))]
    messages = [b"g" + bytes([gyroscope]), control(start), b"i"]
    answers = play(
        program, [*messages, *(sample(at % 2**32, row) for at, row in zip(time_us.tolist(), counts, strict=True))]
    )
    assert answers[0] == reply.payload
    assert answers[1] == encoder.read(INFO)
    assert [each for each in answers[2:] if each] == sent


@needs_gcc
@pytest.mark.parametrize("largest", [20, 32, 56, 182, 244])
def test_frames_of_any_mtu_are_read(program, largest):
    counts = np.random.default_rng(1).integers(-32767, 32767, (100, 6))
    messages = [b"m" + struct.pack("<H", largest), control(started()), b"i"]
    reply, info, *frames = play(program, [*messages, *(sample(10_000 * i, row) for i, row in enumerate(counts))])
    assert reply == bytes.fromhex("0100 6400 1000 d007")
    decoder = DEVICE.decoder(Settings())
    decoder.decode(Packet(0.0, info, INFO))
    assert max(map(len, frames)) <= largest
    read = [decoder.decode(Packet(0.0, each, DATA))[0] for each in frames if each]
    acc = np.concatenate([each.acc for each in read])
    np.testing.assert_allclose(acc, counts[: len(acc), :3] * 16 * 9.80665 / 32768, rtol=1e-6)
    assert len(acc) > 95
    assert [each.sequence for each in read] == list(range(len(read)))


@needs_gcc
def test_commands_of_any_kind_are_answered_alike(program):
    rng = np.random.default_rng(3)
    writes = [started(100), b"\x00", b"\x05", b"\x01\x64", b"\x01" * 9, *(rng.bytes(n) for n in range(1, 20))]
    encoder = ProfileEncoder()
    expected = [encoder.write(CONTROL, each)[0].payload for each in writes]
    assert play(program, [control(each) for each in writes]) == expected


@needs_gcc
def test_nothing_is_sent_after_stop(program):
    row = np.zeros(6, int)
    many = [sample(i, row) for i in range(10)]
    answers = play(program, [control(started()), *many, control(b"\0"), *many])
    assert any(answers[1:11])
    assert not any(answers[12:])


def quoted(beginning: str) -> bytes:
    """Find hexadecimal on the page by its beginning."""
    found = next(text for text in re.findall(r"`([0-9a-f ]+)`", PAGE) if text.startswith(beginning))
    return bytes.fromhex(found)


def test_examples_of_the_page():
    encoder = ProfileEncoder()
    (reply,) = encoder.write(CONTROL, quoted("01 64"))
    assert reply.payload == quoted("01 00 64")
    assert encoder.write(CONTROL, quoted("05"))[0].payload == quoted("05 01")
    assert encoder.read(INFO) == quoted("01 03")
    decoder = DEVICE.decoder(Settings())
    decoder.decode(Packet(0.0, quoted("01 03"), INFO))
    (frame,) = decoder.decode(Packet(0.0, quoted("11 02"), DATA))
    assert (frame.sequence, frame.stamp_s, len(frame), frame.saturated) == (7, 1.0, 2, False)
    np.testing.assert_allclose(frame.acc[0], [0, 0, 9.80665], rtol=1e-6)
    np.testing.assert_allclose(np.degrees(frame.gyr[1]), [0.9766, -0.9766, 0], atol=1e-4)


def test_numbers_of_the_page_are_those_of_the_program():
    header = (NOTES / "sensortrack_profile.h").read_text(encoding="utf-8")
    for uuid in (own_profile.SERVICE, INFO, DATA, CONTROL):
        assert f"`{uuid}`" in PAGE
        assert f'"{uuid}"' in header
    assert ", ".join(f"{rate:g}" for rate in own_profile.RATES_HZ[:-1]) in PAGE


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_every_family_has_its_page(device):
    pages = {path.name: path.read_text(encoding="utf-8") for path in (NOTES / "devices").glob("*.md")}
    about = [name for name, text in pages.items() if f"`{device.name}`" in text]
    assert len(about) == 1, device.name
    text = pages[about[0]]
    assert all(f"## {title}" in text for title in ("Wear it", "Set it up", "Clock", "Rates", "Quirks", "Unverified"))
    assert f"](devices/{about[0]})" in (NOTES / "README.md").read_text(encoding="utf-8")


def test_sketches_say_that_they_were_not_run():
    sketches = list(NOTES.glob("*/*.ino"))
    assert len(sketches) == 2
    for sketch in sketches:
        assert "not run on hardware" in sketch.read_text(encoding="utf-8")[:600]
        assert sketch.stem == sketch.parent.name
