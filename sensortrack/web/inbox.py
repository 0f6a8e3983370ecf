"""One address that a phone's app posts to; whoever opens it in a browser is told what it is for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import web

from sensortrack.model.network import NetworkError, NetworkProblem
from sensortrack.web.server import application, serving


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app is told."""

    status: int = 200
    text: str = ""


@asynccontextmanager
async def inbox(
    take: Callable[[bytes], Answer],
    *,
    token: str,
    path: str,
    host: str,
    ports: Sequence[int],
    help_text: str,
) -> AsyncIterator[int]:
    """Listen for posts to ``/TOKEN/path`` while the block runs; gives the port.

    Parameters
    ----------
    take
        Is given each body, as it came, and answers at once.
    host
        The address to listen at, by which alone this computer may be called.
    ports
        Where to listen: the first that is free; 0 for any.
    help_text
        What is shown to whoever opens the address in a browser.

    Raises
    ------
    NetworkError
        It cannot listen there.
    """

    async def post(request: web.Request) -> web.Response:
        answer = take(await request.read())
        return web.Response(status=answer.status, text=answer.text)

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=help_text)

    app = application([web.post(path, post), web.get(path, show)], token=token, hosts={host})
    async with AsyncExitStack() as stack:
        yield await _first_free(stack, app, host, ports)


async def _first_free(stack: AsyncExitStack, app: web.Application, host: str, ports: Sequence[int]) -> int:
    for port in ports[:-1]:
        with suppress(OSError):  # another program has it
            return await stack.enter_async_context(serving(app, host, port))
    try:
        return await stack.enter_async_context(serving(app, host, ports[-1]))
    except OSError as error:
        found = os.strerror(error.errno) if error.errno else ""
        raise NetworkError(NetworkProblem.CANNOT_LISTEN, host, found) from error
