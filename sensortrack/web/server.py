"""A small web server that is careful by default: who may ask, how much, and what a browser may do with the answer.

Every address begins with a random token, so that a page of somebody else, which cannot know it, reaches nothing: it
needs no cookie, and there is nothing to forge a request with. Whoever has no token, or an old one, gets the same empty
"404" as for an address that does not exist.
"""

from __future__ import annotations

import hmac
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer: nothing from elsewhere is loaded, nothing inline runs, no other page may frame or read it."""

MOST_BODY_BYTES = 2**20
"""Of a request, unless a site says otherwise: a minute of a phone's samples is 200 kB."""


def new_token() -> str:
    """Make a token that nobody guesses: 128 bits (RFC 4648 base64, safe in an address)."""
    return secrets.token_urlsafe(16)


@dataclass(slots=True)
class Pace:
    """How many requests an address may make: a bucket that refills (token bucket).

    Parameters
    ----------
    burst, per_second
        Size of the bucket, and how fast it fills.
    """

    burst: float = 200.0
    per_second: float = 100.0
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def allows(self, remote: str, now_s: float) -> bool:
        """Take one request from the bucket of an address, if there is one in it."""
        left, since_s = self._buckets.pop(remote, (self.burst, now_s))
        left = min(self.burst, left + (now_s - since_s) * self.per_second)
        if len(self._buckets) >= _MOST_REMOTES:
            self._buckets.pop(next(iter(self._buckets)))
        self._buckets[remote] = (max(left - 1.0, 0.0), now_s)
        return left >= 1.0


_MOST_REMOTES = 1000


def application(
    routes: Iterable[web.RouteDef],
    *,
    token: str,
    hosts: Collection[str],
    most_body_bytes: int = MOST_BODY_BYTES,
    pace: Pace | None = None,
) -> web.Application:
    """Put routes behind the guard.

    Parameters
    ----------
    routes
        Their paths are below the token: ``/page`` is asked for as ``/TOKEN/page``.
    token
        The first part of every address.
    hosts
        Host names and addresses by which the server may be called, without port: a name that somebody pointed here
        (DNS rebinding) is none of them.
    most_body_bytes
        Longer bodies are refused unread.
    pace
        How many requests each address may make.
    """
    app = web.Application(client_max_size=most_body_bytes, middlewares=[_guard(token, hosts, pace or Pace())])
    for each in routes:
        app.add_routes([web.RouteDef(each.method, f"/{token}{each.path}", each.handler, each.kwargs)])
    app.on_response_prepare.append(_secure)
    return app


def _guard(token: str, hosts: Collection[str], pace: Pace) -> Middleware:
    expected = token.encode()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not pace.allows(request.remote or "", time.monotonic()):
            return web.Response(status=429, headers={"Retry-After": "1"})
        given = request.path.split("/")[1].encode("utf-8", "surrogatepass")
        known = hmac.compare_digest(given, expected)
        if not known or not _is_ours(request, hosts):
            return web.Response(status=404)
        try:
            return await handler(request)
        except web.HTTPException as answer:  # its default page names the program and its version
            return web.Response(status=answer.status, text=answer.text if answer.body and answer.status < 500 else None)

    return guard


def _is_ours(request: web.Request, hosts: Collection[str]) -> bool:
    """Whether a request means this server and comes from one of its own pages, or from none."""
    try:
        name = urlsplit(f"//{request.host}").hostname
    except ValueError:
        return False
    origin = request.headers.get("Origin")
    own = origin is None or origin == f"{request.scheme}://{request.host}"
    return name in hosts and own and request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)


@asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int = 0, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Listen while the block runs; gives the port, which the system chooses for 0.

    Raises
    ------
    OSError
        The address or port cannot be had.
    """
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
