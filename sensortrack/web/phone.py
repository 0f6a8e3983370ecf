"""What a phone's page asks for over HTTP: its own files, and one address to which it posts everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from aiohttp import web

from sensortrack.model.errors import SensortrackError

MOST_BODY_BYTES = 2**16 - 1
"""What a packet of a recording may be (`sensortrack.store.packets`): half a minute of samples."""

_PHONE = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Want(StrEnum):
    """What the person asked for on the phone."""

    NOTHING = ""
    BEGIN = "begin"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


class Refusal(SensortrackError):
    """What the page is told instead of an answer: one word that it has a sentence for, and an HTTP status."""

    def __init__(self, word: str, status: int) -> None:
        super().__init__(word)
        self.word = word
        self.status = status


@dataclass(frozen=True, slots=True)
class Post:
    """One request.

    Parameters
    ----------
    phone
        What the page calls its phone: random, and the same after a reload.
    body
        Batches; may be empty.
    heard
        Number of the newest utterance that it has got.
    want, battery_percent
        What the person asked for, and the phone's charge where it tells.
    """

    phone: str
    body: bytes = b""
    heard: int = 0
    want: Want = Want.NOTHING
    battery_percent: int | None = None


class Desk(Protocol):
    """Who answers."""

    async def take(self, post: Post) -> Mapping[str, object]:
        """Take a request and give the answer.

        Raises
        ------
        Refusal
            It is not taken.
        """


def routes(desk: Desk, files: Mapping[str, tuple[str, bytes]]) -> list[web.RouteDef]:
    """Give the routes.

    Parameters
    ----------
    files
        Content type and bytes of each file of the page; the one called ``""`` is the page.
    """

    async def take(request: web.Request) -> web.Response:
        try:
            return web.json_response(dict(await desk.take(_post(request.query, await request.read()))))
        except Refusal as refusal:
            return web.json_response({"refused": refusal.word}, status=refusal.status)

    def giving(name: str, content_type: str, content: bytes) -> web.RouteDef:
        async def give(_: web.Request) -> web.Response:
            return web.Response(body=content, content_type=content_type, charset="utf-8")

        return web.get(f"/{name}", give)

    given = [giving(name, *file) for name, file in files.items()]
    return [*given, web.post("/take", take)]


def _post(query: Mapping[str, str], body: bytes) -> Post:
    phone, want = query.get("phone", ""), query.get("want", "")
    if not _PHONE.fullmatch(phone) or want not in set(Want):
        raise Refusal("bad", 400)
    battery = _number(query.get("battery", ""), 100) if "battery" in query else None
    return Post(phone, body, _number(query.get("heard", "0"), 10**9), Want(want), battery)


def _number(text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > most:
        raise Refusal("bad", 400)
    return int(text)
