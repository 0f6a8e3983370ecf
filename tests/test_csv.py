"""Recordings as text: what is recognised, what is refused, and what is lost on the way (nothing)."""

from __future__ import annotations

import io
import math
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensortrack.formats.csv_table import decode, open_table, write_table
from sensortrack.formats.recording import open_recording
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock
from tests.bad_input import BAD_FILES, HEADER, table

NATIVE_GYR = ",gyr_x_rad_s,gyr_y_rad_s,gyr_z_rad_s"


def read(content: bytes | str) -> RawBlock:
    blocks = list(decode(*open_table(io.BytesIO(content.encode() if isinstance(content, str) else content))))
    gyrs = [block.gyr for block in blocks if block.gyr is not None]
    return RawBlock(
        np.concatenate([block.time_s for block in blocks]),
        np.vstack([block.acc for block in blocks]),
        np.vstack(gyrs) if gyrs else None,
    )


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file(name: str) -> None:
    content, problem, _ = BAD_FILES[name]
    with pytest.raises(RecordingError) as caught:
        read(content)
    assert caught.value.problem is problem


def test_fault_names_row_and_column() -> None:
    with pytest.raises(RecordingError) as caught:
        read(BAD_FILES["text_in_row"][0])
    assert (caught.value.row, caught.value.column, caught.value.found) == (57, "acc_y_m_s2", "what")


def test_missing_and_directory(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "none.csv", Problem.MISSING), (tmp_path, Problem.NO_FILES)):
        with pytest.raises(RecordingError) as caught:
            open_recording(path)
        assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (HEADER, "1.5,1,2,3", [1.5, 1, 2, 3]),
        ("acc_z_m_s2,acc_x_m_s2,time_s,acc_y_m_s2", "3,1,1.5,2", [1.5, 1, 2, 3]),
        ("time_ms,acc_x_g,acc_y_g,acc_z_g", "1500,1,2,3", [1.5, 9.80665, 19.6133, 29.41995]),
        ("timestamp (us),ax [mg],ay [mg],az [mg]", "1500000,1000,2000,3000", [1.5, 9.80665, 19.6133, 29.41995]),
        ("time_ns,acc_x,acc_y,acc_z", "1500000000,1,2,3", [1.5, 1, 2, 3]),
        ("Time (s);Acceleration x (m/s^2);Acceleration y (m/s²);ACC-Z (m/s2)", "1,5;1,0;2;3", [1.5, 1, 2, 3]),
        ("time_s\tacc_x_m_s2\tacc_y_m_s2\tacc_z_m_s2", "1.5\t1\t2\t3", [1.5, 1, 2, 3]),
        ('"time_s","acc_x_m_s2","acc_y_m_s2","acc_z_m_s2","note"', '1.5,1,2,3,"a, b"', [1.5, 1, 2, 3]),
        (HEADER + ",heart_rate,note", "1.5,1,2,3,,?", [1.5, 1, 2, 3]),
        (HEADER + ",linear_acceleration_x", "1.5,1,2,3,0", [1.5, 1, 2, 3]),
        (HEADER + ",gyr_x_deg_s,gyr_y_dps,gyr_z(°/s)", "1.5,1,2,3,180,90,0", [1.5, 1, 2, 3, math.pi, math.pi / 2, 0]),
        ("acc_x_g,acc_y_g,acc_z_g," + HEADER, "9,9,9,1.5,1,2,3", [1.5, 1, 2, 3]),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_recognised_header(header: str, row: str, expected: list[float], line_end: str, mark: str) -> None:
    block = read(mark + header + line_end + row + line_end)
    values = np.hstack([block.time_s[:, None], block.acc, *([] if block.gyr is None else [block.gyr])])
    np.testing.assert_allclose(values, [expected], rtol=1e-12)


@pytest.mark.parametrize(("tail", "rows"), [("8.0,0,9.8,0", 801), ("8.0,0,9.8", 800), ("8.0,0,9.8,-", 800), ("8", 800)])
def test_last_line_of_a_recorder_that_was_stopped(tail: str, rows: int) -> None:
    assert len(read(table() + tail)) == rows


def test_blank_lines_are_no_samples() -> None:
    assert len(read(table(rows=5).replace("\n", "\n\n \n"))) == 5


samples = st.lists(
    st.tuples(*[st.floats(-200, 200).map(lambda x: round(x, 4) + 0.0) for _ in range(7)]), min_size=1, max_size=20
)


@given(samples, st.booleans())
def test_written_is_read(values: list[tuple[float, ...]], has_gyr: bool) -> None:
    array = np.array(values)
    block = RawBlock(array[:, 0], array[:, 1:4], array[:, 4:] if has_gyr else None)
    text = io.StringIO()
    write_table(text, [block[:1], block[1:]])
    again = read(text.getvalue())
    assert np.array_equal(again.time_s, block.time_s)
    assert np.array_equal(again.acc, block.acc)
    if block.gyr is None or again.gyr is None:
        assert again.gyr is block.gyr
    else:
        assert np.array_equal(again.gyr, block.gyr)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for whole in (content, (HEADER + "\n").encode() + content, table(HEADER + NATIVE_GYR, rows=3).encode() + content):
        with suppress(RecordingError):
            read(whole)
