"""Ask a phone over HTTP: briefly, without believing how much it answers or where it sends us.

Plain HTTP only, because that is all that apps on phones speak; no proxy, no redirection, no cookie.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
from yarl import URL

from sensortrack.model.network import NetworkError, NetworkProblem

CONNECT_S, SILENT_S, WHOLE_S = 3.0, 5.0, 60.0
"""How long to wait for a connection, for the next bytes, and for a whole answer. Phones in a home's network connect in
milliseconds and wake from saving power within 1 s; ten minutes of samples (27 MB) take half a minute at 1 MB/s."""

_PIECE = 2**16


class Client:
    """One host that is asked; made by `connected`."""

    def __init__(self, session: aiohttp.ClientSession, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._session = session

    async def get(self, path: str, most_bytes: int) -> bytes:
        """Give what stands under a path, which is sent as it is, with its query.

        Raises
        ------
        NetworkError
            It is not reached, does not answer in time, or its answer is none.
        """
        url = URL(f"http://{self.where}{path}", encoded=True)
        with _network_errors(self.where):
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise NetworkError(NetworkProblem.STATUS, self.where, str(answer.status))
                body = bytearray()
                async for piece in answer.content.iter_chunked(_PIECE):
                    body += piece
                    if len(body) > most_bytes:
                        raise NetworkError(NetworkProblem.TOO_LONG, self.where)
                return bytes(body)


@asynccontextmanager
async def connected(host: str, port: int) -> AsyncIterator[Client]:
    """Ask a host while the block runs."""
    timeout = aiohttp.ClientTimeout(total=WHOLE_S, sock_connect=CONNECT_S, sock_read=SILENT_S)
    jar = aiohttp.DummyCookieJar()
    # one connection, and a name that is looked up anew when it is made: a phone's address may change
    connector = aiohttp.TCPConnector(limit=1, use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=jar,
        headers={"Accept-Encoding": "identity", "User-Agent": "sensortrack"},
        auto_decompress=False,  # a few bytes could become gigabytes
    ) as session:
        yield Client(session, host, port)


@contextmanager
def _network_errors(where: str) -> Iterator[None]:
    """Tell what the library raises in our words."""
    try:
        yield
    except aiohttp.ClientConnectorDNSError as error:
        raise NetworkError(NetworkProblem.NO_SUCH_HOST, where) from error
    except aiohttp.ClientConnectorError as error:
        refused = isinstance(error.os_error, ConnectionRefusedError)
        problem = NetworkProblem.NOTHING_LISTENS if refused else NetworkProblem.NO_ANSWER
        raise NetworkError(problem, where, "" if refused else error.strerror or "") from error
    except TimeoutError as error:
        raise NetworkError(NetworkProblem.NO_ANSWER, where) from error
    except (aiohttp.ClientError, asyncio.IncompleteReadError, OSError, ValueError) as error:
        raise NetworkError(NetworkProblem.BROKEN, where, type(error).__name__) from error
