"""Samples and results as Parquet: our own exports, and any table with columns that are recognised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from sensortrack.formats.csv_header import Layout, layout_of
from sensortrack.formats.own import known
from sensortrack.formats.own_exports import APP, RESULTS, possible, sessions
from sensortrack.formats.reading import Reading
from sensortrack.model.errors import Problem, RecordingError
from sensortrack.model.samples import RawBlock

_BATCH = 65536  # rows


def read_parquet(path: Path) -> Iterator[Reading]:
    """Give the session of a table of samples, or those of a table of results.

    Raises
    ------
    RecordingError
        It is damaged, has no recognised columns, or pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise RecordingError(Problem.NEEDS_LIBRARY, found="pyarrow", expected="parquet")
    import pyarrow.parquet as pq

    with _told(), pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if set(names) >= RESULTS:
            yield from sessions(row for batch in file.iter_batches(1024) for row in batch.to_pylist())
            return
        about = (file.schema_arrow.metadata or {}).get(b"sensortrack")
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
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordingError(Problem.DAMAGED, found=str(error).partition("\n")[0][:80]) from error
