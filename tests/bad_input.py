"""Files that cannot be used, and what is wrong with each; for the reader's tests and the command line's."""

from __future__ import annotations

from sensortrack.model.errors import Problem

HEADER = "time_s,acc_x_m_s2,acc_y_m_s2,acc_z_m_s2"


def table(header: str = HEADER, *, rows: int = 800, y: str = "9.81", rate_hz: float = 100.0) -> str:
    """Write a sensor at rest: 8 s at 100 Hz unless told otherwise."""
    gyr = ",0,0,0" if "gyr" in header else ""
    return header + "\n" + "".join(f"{i / rate_hz:.4f},0.01,{y},0.02{gyr}\n" for i in range(rows))


def with_row(row: int, text: str) -> bytes:
    """Put another text into a row (the header is row 1) of a good table."""
    lines = table().splitlines()
    lines[row - 1] = text
    return ("\n".join(lines) + "\n").encode()


# name -> (content, problem, words of the sentence)
BAD_FILES: dict[str, tuple[bytes, Problem, tuple[str, ...]]] = {
    "empty": (b"", Problem.EMPTY, ("empty",)),
    "blank": (b" \n\n \n", Problem.EMPTY, ("empty",)),
    "header_only": (HEADER.encode(), Problem.NO_ROWS, ("no samples",)),
    "header_and_blanks": (HEADER.encode() + b"\n\n\n", Problem.NO_ROWS, ("no samples",)),
    "binary": (bytes(range(256)) * 40, Problem.BINARY, ("not a text",)),
    "utf16": (table().encode("utf-16"), Problem.BINARY, ("not a text", "UTF-8")),
    "one_long_line": (b"a" * 3_000_000, Problem.BINARY, ("not a text",)),
    "long_line_inside": ((HEADER + "\n").encode() + b"1" * 3_000_000, Problem.BINARY, ("not a text",)),
    "no_header": (table().partition("\n")[2].encode(), Problem.NO_HEADER, ("no header", HEADER)),
    "other_table": (b"name,age\nEve,3\n", Problem.COLUMNS, ("name, age", "time_s", "acc_z_m_s2")),
    "no_z": (b"time_s,acc_x_m_s2,acc_y_m_s2\n0,1,2\n", Problem.COLUMNS, ("acc_z_m_s2",)),
    "half_a_gyroscope": (table(HEADER + ",gyr_x_rad_s").encode(), Problem.COLUMNS, ("gyr_y_rad_s, gyr_z_rad_s",)),
    "gyr_without_unit": (table(HEADER + ",gyr_x,gyr_y,gyr_z").encode(), Problem.COLUMN_UNIT, ("gyr_x", "gyr_x_deg_s")),
    "linear": (
        table("time_s,linear_acceleration_x,linear_acceleration_y,linear_acceleration_z").encode(),
        Problem.GRAVITY_REMOVED,
        ("linear_acceleration_x", "with gravity"),
    ),
    "text_in_row": (with_row(57, "0.55,0.1,what,9.8"), Problem.NOT_A_NUMBER, ("row 57", "acc_y_m_s2", "'what'")),
    "nothing_in_row": (with_row(57, "0.55,0.1,,9.8"), Problem.NOT_A_NUMBER, ("row 57", "acc_y_m_s2", "nothing")),
    "nan": (with_row(9, "0.07,nan,9.8,0"), Problem.NOT_A_NUMBER, ("row 9", "acc_x_m_s2", "'nan'")),
    "infinite": (with_row(9, "0.07,0,9.8,-inf"), Problem.NOT_A_NUMBER, ("row 9", "acc_z_m_s2", "'-inf'")),
    "underscore": (with_row(9, "0.07,0,9.8,1_0"), Problem.NOT_A_NUMBER, ("row 9", "acc_z_m_s2", "'1_0'")),
    "enormous": (with_row(9, "0.07,0,1e300,0"), Problem.OUT_OF_RANGE, ("row 9", "acc_y_m_s2", "1e300", "1e+06")),
    "end_of_time": (with_row(9, "-1e200,0,9.8,0"), Problem.OUT_OF_RANGE, ("row 9", "time_s", "-1e200")),
    "short_row": (with_row(30, "0.28,0.1,9.8"), Problem.ROW_LENGTH, ("row 30", "3", "4")),
    "long_row": (with_row(30, "0.28,0.1,9.8,0,0"), Problem.ROW_LENGTH, ("row 30", "5", "4")),
    "decimal_comma_in_commas": (with_row(30, "0,28,0,1,9,8,0,0"), Problem.ROW_LENGTH, ("row 30", "8", "4")),
    "fault_far_inside": (
        table(rows=30_000).encode() + b"300.0,0,x,0\n",
        Problem.NOT_A_NUMBER,
        ("row 30002", "acc_y_m_s2"),
    ),
}
# readable, but not the specific force of a thigh: told by the chain
IMPLAUSIBLE_FILES: dict[str, tuple[bytes, Problem, tuple[str, ...]]] = {
    "in_g": (table(y="1.002").encode(), Problem.UNITS, ("acc_x_g", "1")),
    "in_mg": (table(y="1002").encode(), Problem.UNITS, ("acc_x_mg", "1e+03")),
    "gravity_removed": (table(y="0.03").encode(), Problem.GRAVITY_REMOVED, ("with gravity",)),
}
