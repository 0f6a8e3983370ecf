"""Key and certificate: made once, private, renewed in time, and a browser's kind of handshake works with them."""

import asyncio
import os
import ssl
import stat
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509

from sensortrack.web.certificate import RENEW, VALID, tls_context
from sensortrack.web.server import application, new_token, serving

NOW = datetime.now(UTC)


def content(folder, address="127.0.0.1") -> bytes:
    return (folder / f"{address}.pem").read_bytes()


def made(folder, now=NOW) -> bytes:
    tls_context(folder, "127.0.0.1", now=now)
    return content(folder)


def test_it_is_made_once_and_serves_its_address(tmp_path):
    first = made(tmp_path / "new")
    assert made(tmp_path / "new") == first
    certificate = x509.load_pem_x509_certificate(first)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["127.0.0.1.pem"]


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_nobody_else_reads_the_key(tmp_path):
    first = made(tmp_path)
    path = tmp_path / "127.0.0.1.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)  # others could have read it: it is made anew
    assert made(tmp_path) != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_made_anew_before_it_ends_and_when_the_clock_was_set_back(tmp_path):
    first = made(tmp_path)
    assert made(tmp_path, NOW + VALID - RENEW - timedelta(days=2)) == first
    second = made(tmp_path, NOW + VALID - RENEW)
    assert second != first
    assert made(tmp_path, NOW) != second


@pytest.mark.parametrize(
    "rubbish", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_damaged_file_is_made_anew(tmp_path, rubbish):
    first = made(tmp_path)
    (tmp_path / "127.0.0.1.pem").write_bytes(rubbish)
    assert made(tmp_path) not in (first, rubbish)
    cut = content(tmp_path)
    (tmp_path / "127.0.0.1.pem").write_bytes(cut[len(cut) // 2 :])
    made(tmp_path)


def test_each_address_has_its_own(tmp_path):
    made(tmp_path)
    tls_context(tmp_path, "10.0.0.5")
    assert content(tmp_path) != content(tmp_path, "10.0.0.5")


def test_a_client_that_trusts_it_is_served(tmp_path):
    async def hello(_):
        return web.Response(text="hello")

    async def main():
        tls = tls_context(tmp_path, "127.0.0.1")
        begin = b"-----BEGIN CERTIFICATE"
        trusting = ssl.create_default_context(cadata=(begin + content(tmp_path).partition(begin)[2]).decode())
        token = new_token()
        app = application([web.get("/", hello)], token=token, hosts={"127.0.0.1"})
        async with serving(app, "127.0.0.1", tls=tls) as port, aiohttp.ClientSession() as client:
            url = f"https://127.0.0.1:{port}/{token}/"
            async with client.get(url, ssl=trusting) as answer:
                text = await answer.text()
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await client.get(url)
            return text

    assert asyncio.run(main()) == "hello"
