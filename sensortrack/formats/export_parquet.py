"""Parquet: raw samples of a session, or the repetitions and holds of many. Needs the extra `parquet`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sensortrack.formats.exports import Item

AXES = ("acc_x_m_s2", "acc_y_m_s2", "acc_z_m_s2", "gyr_x_rad_s", "gyr_y_rad_s", "gyr_z_rad_s")
KEY = b"sensortrack"
"""Of the file's metadata: JSON, the contract of `replay` with the session."""


def export_samples(item: Item, path: Path) -> None:
    """Write one session's samples, block by block; what is known of it goes into the metadata."""
    about = json.dumps({**item.summary, "session": item.about()}, ensure_ascii=False)
    writer: pq.ParquetWriter | None = None
    try:
        for block in item.blocks():
            names = ("time_s", *(AXES if block.gyr is not None else AXES[:3]))
            values = [block.time_s[:, None], block.acc] + ([] if block.gyr is None else [block.gyr])
            table = pa.table(dict(zip(names, np.hstack(values).T.copy(), strict=True)))
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema.with_metadata({KEY: about.encode()}))
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def export_rows(items: Iterable[Item], path: Path) -> None:
    """Write a row per repetition, hold or rejected movement."""
    rows = [row for item in items for row in item.table()]
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pa.array([row.get(name) for row in rows]) for name in names}
    pq.write_table(pa.table(columns), path)
