"""Key and certificate of this computer's own pages, made here on first use and never sent anywhere.

Browsers give a page the motion sensors only over HTTPS, and nobody certifies an address in a home. So the certificate
is signed by itself, and the browser warns once: docs/phone.md tells what that means.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=397)
"""Browsers refuse longer ones (CA/Browser Forum baseline requirements; Apple's limit for TLS certificates)."""

RENEW = timedelta(days=30)
"""So long before its end it is made anew."""

_EARLIER = timedelta(days=1)  # a phone's clock may be behind


def tls_context(folder: Path, address: str, *, now: datetime | None = None) -> ssl.SSLContext:
    """Give what a server at an address needs, from the file in a folder; made there when it is missing, or ends soon.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    path = folder / f"{address.replace(':', '_')}.pem"
    context = _loaded(path, now or datetime.now(UTC))
    if context is None:
        _write(path, _made(address, now or datetime.now(UTC)))
        context = _context(path)
    return context


def _context(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context


def _loaded(path: Path, now: datetime) -> ssl.SSLContext | None:
    """Take the file that is there, unless it is damaged, ends soon, or others could have read the key."""
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            return None
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEW:
            return None
        return _context(path)
    except (OSError, ValueError):
        return None


def _write(path: Path, pem: bytes) -> None:
    """Put it there whole, and readable by its owner alone from the first byte."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    new.replace(path)


def _made(address: str, now: datetime) -> bytes:
    """Make a key (P-256: every browser knows it) and its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sensortrack on this computer")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now - _EARLIER + VALID)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
