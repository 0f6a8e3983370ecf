"""A phone as the sensor, on the command line: serve its page, show the code, wait for it."""

from __future__ import annotations

import ipaddress
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sensortrack.sources.phone import PhoneSensor


async def phone_sensor(
    place: str, side: str | None, title: str, *, is_quiet: bool, is_worn: bool = True
) -> PhoneSensor:
    """Serve the page, show where it is, and wait until a phone has it open and its sensor works.

    Parameters
    ----------
    place
        ``ADDRESS[:PORT]`` of this computer; empty for the likeliest.
    title
        What is shown on the page.
    is_worn
        Whether it is to be strapped on before it begins.

    Raises
    ------
    click.ClickException
        There is no network, or the address cannot be had.
    """
    from sensortrack.sources.phone import STRAP_S, PhoneSensor
    from sensortrack.store.store import default_path
    from sensortrack.web.certificate import tls_context

    address, port, others = _place(place)
    folder = default_path().parent / "certificates"
    sensor = PhoneSensor(title, is_quiet=is_quiet, strap_s=STRAP_S if is_worn else 0.0)
    try:
        tls = tls_context(folder, address)
    except OSError as error:
        raise click.ClickException(
            f"the certificate for the phone's page cannot be written to {folder} ({error.strerror}): check the "
            "folder's permissions."
        ) from error
    try:
        url = await sensor.listen(address, tls, port)
    except OSError as error:
        where = f"{address}:{port}" if port else address
        raise click.ClickException(
            f"{where} cannot be listened on ({error.strerror or error}): choose another with --sensor "
            "phone:ADDRESS[:PORT]."
        ) from error
    try:
        _invite(url, side, others)
        await sensor.joined()
    except BaseException:
        await sensor.close()
        raise
    click.echo("The phone is there.", err=True)
    return sensor


def _place(place: str) -> tuple[str, int | None, list[str]]:
    """Read ADDRESS[:PORT], or choose; give also the other addresses that there are."""
    from sensortrack.web.addresses import lan_addresses

    if place:
        address, colon, port = place.partition(":")
        try:
            ipaddress.IPv4Address(address)
        except ValueError as error:
            raise _wrong(place) from error
        if colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise _wrong(place)
        return address, int(port) if port else None, []
    addresses = lan_addresses()
    if not addresses:
        raise click.ClickException(
            "this computer is in no network that a phone could share: connect it to the phone's Wi-Fi, or to the "
            "phone's own hotspot."
        )
    return addresses[0], None, addresses[1:]


def _wrong(place: str) -> click.UsageError:
    return click.UsageError(
        f"expected --sensor phone:ADDRESS[:PORT] with an address of this computer such as phone:192.168.1.7, found "
        f"'phone:{place}'.",
        click.get_current_context(silent=True),
    )


def _invite(url: str, side: str | None, others: list[str]) -> None:
    """Show the code to scan, and in words what to do."""
    leg = f" of the {side} leg" if side else ""
    has_code = sys.stderr.isatty()
    what = "Scan this" if has_code else "Open this address"
    click.echo(f"\n{what} with the phone{leg}; it must be in the same Wi-Fi:\n", err=True)
    if has_code:
        click.echo(code(url), err=True)
    click.echo(f"  {url}\n", err=True)
    click.echo(
        "The browser warns of the certificate, because this computer made it itself: go on (docs/phone.md).", err=True
    )
    if others:
        click.echo(f"If the phone finds nothing there, try --sensor phone:{others[0]}.", err=True)
    click.echo("Waiting for the phone: tap Start on its page; Ctrl-C ends.", err=True)


def code(url: str) -> str:
    """Draw the QR code in half blocks, light on dark whatever the terminal's colours."""
    import io

    import segno

    drawn = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out=drawn, compact=True)
    lines = [line for line in drawn.getvalue().splitlines() if line]
    return "\n".join(click.style(line, fg="bright_white", bg="black") for line in lines)
