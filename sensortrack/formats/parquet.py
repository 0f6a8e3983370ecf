"""Parquet: raw samples of a session, or the repetitions and holds of many, out and in. Needs the extra `parquet`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sensortrack.formats.csv_header import Layout, layout_of
from sensortrack.formats.export_csv import COLUMNS
from sensortrack.formats.exports import Item
from sensortrack.formats.own import known
from sensortrack.formats.own_exports import APP, RESULTS, possible, sessions
from sensortrack.formats.reading import Reading
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock

AXES = ("acc_x_m_s2", "acc_y_m_s2", "acc_z_m_s2", "gyr_x_rad_s", "gyr_y_rad_s", "gyr_z_rad_s")
KEY = b"sensortrack"
"""Of the file's metadata: JSON, the contract of `replay` with the session."""

_BATCH = 65536  # rows
_WORDS = ("session", "started_at", "person", "exercise", "side", "kind", "verdict", "edited")
_TYPES = {
    **dict.fromkeys(_WORDS, pa.string()),
    **dict.fromkeys(("reasons", "form"), pa.list_(pa.string())),
    "set": pa.int64(),
    "in_target": pa.bool_(),
}
"""Of the columns that are no numbers."""


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
    """Write a row per repetition, hold, trial or what was rejected."""
    schema = pa.schema([(name, _TYPES.get(name, pa.float64())) for name in COLUMNS])
    rows = (row for item in items for row in item.table())
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(islice(rows, _BATCH)):
            writer.write_table(pa.Table.from_pylist(batch, schema))


def read_parquet(path: Path) -> Iterator[Reading]:
    """Give the session of a table of samples, or those of a table of results.

    Raises
    ------
    RecordingError
        It is damaged, or has no recognised columns.
    """
    with _told(), pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if set(names) >= RESULTS:
            yield from sessions(row for batch in file.iter_batches(1024) for row in batch.to_pylist())
            return
        about = (file.schema_arrow.metadata or {}).get(KEY)
        reading = Reading(iter(()), APP if about else "", known=known(json.loads(about), ()) if about else None)
        reading.blocks = _blocks(file, names, layout_of(names), reading)
        yield reading


def _blocks(file: Any, names: list[str], layout: Layout, reading: Reading) -> Iterator[RawBlock]:
    """Give the samples of a `ParquetFile`."""
    done = 0
    with _told():
        reading.share_read = lambda: done / max(file.metadata.num_rows, 1)
        wanted = [names[column.index] for column in layout.columns]
        for batch in file.iter_batches(_BATCH, columns=wanted):
            columns = [batch.column(name).to_numpy(zero_copy_only=False).astype(np.float64) for name in wanted]
            values = np.column_stack(columns) * [column.factor for column in layout.columns]
            done += len(values)
            if len(values):
                yield possible(RawBlock(values[:, 0], values[:, 1:4], values[:, 4:7] if layout.gyr else None))
    if not done:
        raise RecordingError(Problem.NO_ROWS)


@contextmanager
def _told() -> Iterator[None]:
    """Tell what pyarrow finds wrong as the recording's fault."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordingError(Problem.DAMAGED, found=str(error).partition("\n")[0][:80]) from error
