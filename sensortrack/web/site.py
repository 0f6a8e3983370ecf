"""Pages and answers of a local site: files as they are, and functions that take and give plain values as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from aiohttp import web

from sensortrack.model.errors import SensortrackError

Route: TypeAlias = web.RouteDef
"""One address of a site, for `sensortrack.web.server.application`."""

_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Ask:
    """What was asked: the named parts of the path, the query, and the body of a POST read as JSON."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: object = None


class Refused(SensortrackError):
    """An answer that is none: an HTTP status, and a short word that the page puts into a sentence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


Answer: TypeAlias = Callable[[Ask], object]
"""Gives what JSON can hold; runs in a thread of its own.

Raises
------
Refused
    It cannot be had.
"""


def page(path: str, file: Path) -> Route:
    """Give a file at an address; it is read once."""
    body, content_type = file.read_bytes(), _TYPES[file.suffix]

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=content_type, charset="utf-8")

    return web.get(path, handler)


def files(path: str, folder: Path) -> list[Route]:
    """Give every script, style and picture of a folder, each at its own address: there is no way out of it."""
    return [
        page(f"{path}/{file.relative_to(folder).as_posix()}", file)
        for file in sorted(folder.rglob("*"))
        if file.suffix in _TYPES and file.suffix != ".html"
    ]


def reads(path: str, answer: Answer) -> Route:
    """Answer a GET."""

    async def handler(request: web.Request) -> web.Response:
        return await _answered(answer, Ask(request.match_info, request.query))

    return web.get(path, handler)


def takes(path: str, answer: Answer) -> Route:
    """Answer a POST whose body is JSON and says so, which no form of another page can."""

    async def handler(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return _told(415, {"error": "not JSON"})
        try:
            body = json.loads(await request.read())
        except (ValueError, RecursionError):
            return _told(400, {"error": "not JSON"})
        return await _answered(answer, Ask(request.match_info, request.query, body))

    return web.post(path, handler)


async def _answered(answer: Answer, ask: Ask) -> web.Response:
    try:
        return _told(200, await asyncio.to_thread(answer, ask))
    except Refused as refused:
        return _told(refused.status, {"error": refused.reason})


def _told(status: int, value: object) -> web.Response:
    return web.Response(status=status, text=json.dumps(value, allow_nan=False), content_type="application/json")
