"""The layers of the design: imports go downward only, and the core knows no clock, file, socket or log."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sensortrack

PACKAGE = Path(sensortrack.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

EDGES = ("web", "sources", "formats", "store", "review")
CORE = ("model", "signal", "devices")
# layer -> the other layers it may import
MAY_IMPORT = {
    "model": (),
    "signal": ("model",),
    "devices": ("model",),
    **dict.fromkeys(EDGES, CORE),
    "sources": (*CORE, "web"),
    "review": (*CORE, "web", "formats", "store"),
    "cli": (*CORE, *EDGES),
}
# third-party libraries by layer; numpy's types are words everywhere
LIBRARIES = {
    "model": {"numpy"},
    "signal": {"numpy", "scipy", "vqf"},
    "devices": {"numpy"},
    "sources": {"numpy", "bleak", "bumble"},
    "formats": {"numpy", "ijson", "matplotlib", "platformdirs", "pyarrow", "fit_tool"},
    "store": {"numpy", "filelock", "platformdirs", "sqlite_utils"},
    "web": {"aiohttp", "cryptography", "ifaddr"},
    "review": {"numpy"},
    "cli": {"numpy", "click", "rich", "segno", "tzlocal"},
}
THIRD_PARTY = {
    "aiohttp", "bleak", "bumble", "click", "cryptography", "filelock", "fit_tool", "ifaddr", "ijson",
    "matplotlib", "numpy", "pandas", "platformdirs", "pyarrow", "rich", "scipy", "segno",
    "sqlite_utils", "tzlocal", "vqf",
}  # fmt: skip
BANNED_BELOW_EDGES = {
    "asyncio", "bleak", "click", "logging", "pandas", "pathlib", "random", "socket", "sqlite3", "subprocess",
    "threading", "time",
}  # fmt: skip
BANNED_CALLS_BELOW_EDGES = {"open", "print", "input", "now", "today", "utcnow"}


def layer_of(module: Path) -> str:
    parts = module.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1, "imports are absolute or from the module's own folder"
            if node.level == 0:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_stays_in_its_layer(module: Path) -> None:
    layer = layer_of(module)
    if not layer:
        return  # sensortrack/__init__.py and __main__.py
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for name in imported_names(tree):
        top, *rest = name.split(".")
        if top == "sensortrack" and rest and rest[0] in MAY_IMPORT:
            assert rest[0] == layer or rest[0] in MAY_IMPORT[layer], f"{layer} may not import {name}"
        if top in THIRD_PARTY:
            assert top in LIBRARIES[layer], f"{layer} may not import {name}"
        if layer in CORE:
            assert top not in BANNED_BELOW_EDGES, f"{layer} may not import {name}"
    if layer in CORE:
        assert not BANNED_CALLS_BELOW_EDGES.intersection(called_names(tree))


def test_every_folder_has_a_layer() -> None:
    assert {layer_of(module) for module in MODULES} - {""} <= set(MAY_IMPORT)


def test_a_third_party_file_library_is_imported_by_one_module() -> None:
    importers = [
        module
        for module in MODULES
        if any(name.startswith("matplotlib") for name in imported_names(ast.parse(module.read_text(encoding="utf-8"))))
    ]
    assert len(importers) <= 1
