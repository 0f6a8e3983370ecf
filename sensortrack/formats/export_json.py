"""JSON: the contract of `replay` for each session, with what is known of it, and raw samples if they are asked for.

A file with samples can be imported again: numbers are written so that they come back to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from sensortrack.formats.exports import Item


def export_json(items: Iterable[Item], *, raw: bool, many: bool) -> Iterator[str]:
    """Give the text in parts: one object for one session, a list for many."""
    for number, item in enumerate(items):
        yield ("" if not many else "[\n" if number == 0 else ",\n") + _text(item, raw=raw)
    yield "\n]\n" if many else "\n"


def _text(item: Item, *, raw: bool) -> str:
    document: dict[str, Any] = {**item.summary, "session": item.about()}
    if raw:
        document["samples"] = samples(item)
    return json.dumps(document, ensure_ascii=False, indent=None if raw else 2)


def samples(item: Item) -> dict[str, Any]:
    """Give the raw samples: seconds, m/s² and rad/s (null without a gyroscope), in the order they came."""
    blocks = list(item.blocks())
    has_gyr = all(block.gyr is not None for block in blocks)
    return {
        "time_s": _column([block.time_s for block in blocks]),
        "acc_m_s2": _column([block.acc for block in blocks]),
        "gyr_rad_s": _column([block.gyr for block in blocks if block.gyr is not None]) if has_gyr and blocks else None,
    }


def _column(parts: list[np.ndarray]) -> list[Any]:
    values: list[Any] = np.concatenate(parts).tolist() if parts else []
    return values
