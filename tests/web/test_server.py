"""The guard, asked by a real client over a real socket."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from sensortrack.web.server import SECURITY_HEADERS, Pace, application, new_token, serving


async def page(request):
    return web.Response(text="page")


async def take(request):
    return web.Response(text=str(len(await request.read())))


async def fail(request):
    raise ValueError("a secret of the inside")


def asked(*, path="/TOKEN/page", method="GET", headers=None, body=None, times=1, pace=None):
    """Ask a fresh server; give status, text and headers of the last answer."""

    async def run():
        token = new_token()
        routes = [web.get("/page", page), web.post("/take", take), web.get("/fail", fail)]
        app = application(routes, token=token, hosts={"127.0.0.1"}, most_body_bytes=1000, pace=pace)
        async with serving(app, "127.0.0.1") as port, aiohttp.ClientSession() as client:
            for _ in range(times):
                url = f"http://127.0.0.1:{port}{path.replace('TOKEN', token)}"
                told = {name: value.replace("PORT", str(port)) for name, value in (headers or {}).items()}
                async with client.request(method, url, headers=told, data=body) as answer:
                    found = answer.status, await answer.text(), answer.headers
        return found

    return asyncio.run(run())


def test_who_has_the_token_gets_the_page_and_the_headers() -> None:
    status, text, headers = asked()
    assert (status, text) == (200, "page")
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "Server" not in headers


@pytest.mark.parametrize(
    "path", ["/", "/page", "/x/page", "/TOKENx/page", "/TOKEN/nothing", "//TOKEN/page", "/%ff/page"]
)
def test_who_has_none_learns_nothing(path) -> None:
    status, text, headers = asked(path=path)
    assert status == 404
    assert "page" not in text
    assert headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:PORT"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_other_hosts_and_origins_are_refused(headers) -> None:
    status, text, _ = asked(headers=headers)
    assert (status, text) in [(404, ""), (400, text)]
    assert "page" not in text


def test_own_pages_may_ask() -> None:
    headers = {"Origin": "http://127.0.0.1:PORT", "Sec-Fetch-Site": "same-origin"}
    assert asked(headers=headers, method="POST", path="/TOKEN/take", body=b"1234")[:2] == (200, "4")


def test_long_bodies_are_refused() -> None:
    assert asked(method="POST", path="/TOKEN/take", body=b"x" * 1001)[0] == 413


def test_the_inside_stays_inside(caplog) -> None:
    status, text, headers = asked(path="/TOKEN/fail")
    assert status == 500
    assert "secret" not in text
    assert headers["Content-Security-Policy"]


def test_a_flood_is_slowed_down() -> None:
    assert asked(times=20, pace=Pace(burst=10, per_second=0.1))[0] == 429
    assert asked(times=9, pace=Pace(burst=10, per_second=0.1))[0] == 200


def test_a_bucket_refills_and_addresses_are_forgotten() -> None:
    pace = Pace(burst=2, per_second=1.0)
    assert [pace.allows("a", 0.0) for _ in range(3)] == [True, True, False]
    assert pace.allows("b", 0.0)
    assert pace.allows("a", 1.5)
    for number in range(5000):
        pace.allows(str(number), 2.0)
    assert len(pace._buckets) <= 1000
