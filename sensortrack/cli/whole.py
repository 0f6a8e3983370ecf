"""Files that are written wholly or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@contextmanager
def whole(output: str | Path, *, force: bool) -> Iterator[Path]:
    """Give a path to write to, beside the wanted one; what was written gets its name when it is whole."""
    path = Path(output)
    if path.exists() and not (force and path.is_file()):
        hint = "or overwrite it with --force" if path.is_file() else "folders are not overwritten"
        raise click.ClickException(f"{path} exists already; choose another name, {hint}.")
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written ({error.strerror or error}).") from error
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        elif part.exists():  # a folder that cannot be written to has none, and would complain
            part.unlink()
