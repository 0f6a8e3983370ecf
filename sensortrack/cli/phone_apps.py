"""Apps on a phone as the sensor, on the command line: phyphox is asked, Sensor Logger is listened to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, assert_never

import click

if TYPE_CHECKING:
    from sensortrack.sources.phyphox import PhyphoxSensor
    from sensortrack.sources.sensor_logger import Refusal, SensorLoggerSensor


STRAP_S = 15
"""From the tap on the phone's button until it is on the thigh; what it feels until then is no exercise."""


async def app_sensor(kind: str, place: str, side: str | None, *, is_worn: bool) -> PhyphoxSensor | SensorLoggerSensor:
    """Find the app that --sensor names, and see that it can be recorded.

    Parameters
    ----------
    kind, place
        ``phyphox`` and the phone's ``HOST[:PORT]``, or ``sensor-logger`` and an address of this computer, empty for the
        likeliest.
    is_worn
        Whether it is to be strapped on before it begins.

    Raises
    ------
    click.ClickException
        It cannot.
    """
    from sensortrack.cli.live_words import network_sentence
    from sensortrack.model.network import NetworkError

    try:
        if kind == "phyphox":
            return await _phyphox(place)
        return await _sensor_logger(place, side, is_worn=is_worn)
    except NetworkError as error:
        raise click.ClickException(network_sentence(error)) from error


async def _phyphox(place: str) -> PhyphoxSensor:
    from sensortrack.cli.live_words import device_sentence
    from sensortrack.devices.device import DeviceError, Settings
    from sensortrack.sources.phyphox import PhyphoxSensor

    host, port = _phone(place)
    click.echo(f"Asking phyphox at {host} (plain HTTP: others in this network could read along) ...", err=True)
    sensor = PhyphoxSensor(host, port, Settings())
    try:
        await sensor.reach()
    except DeviceError as error:
        raise click.ClickException(device_sentence(error, place)) from error
    return sensor


def _phone(place: str) -> tuple[str, int | None]:
    """Read HOST[:PORT], or the address as the app shows it."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(f"//{place.removeprefix('http://')}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port == 0 or any(each.isspace() for each in host):
        raise click.UsageError(
            "expected --sensor phyphox:HOST[:PORT] with the address that the app shows under 'Allow remote access', "
            f"such as phyphox:192.168.1.23:8080, found 'phyphox:{place}'.",
            click.get_current_context(silent=True),
        )
    return host, port


async def _sensor_logger(place: str, side: str | None, *, is_worn: bool) -> SensorLoggerSensor:
    import asyncio

    from sensortrack.devices.device import Settings
    from sensortrack.model.network import NetworkError, NetworkProblem
    from sensortrack.sources.sensor_logger import SensorLoggerSensor
    from sensortrack.web.addresses import lan_addresses

    addresses = [place] if place else lan_addresses()
    if not addresses:
        raise NetworkError(NetworkProblem.NO_NETWORK, "")
    sensor = SensorLoggerSensor(Settings(), refusal_words, HELP)
    try:
        _invite(await sensor.listen(addresses[0]), side, addresses[1:])
        while (refusal := await sensor.waiting()) is not None:
            click.echo(f"The phone is there, but: {refusal_words(refusal)}", err=True)
        click.echo("The phone is there.", err=True)
        if is_worn:
            click.echo(f"Strap it to your thigh: the recording begins in {STRAP_S} s.\a", err=True)
            await asyncio.sleep(STRAP_S)
    except BaseException:
        await sensor.close()
        raise
    return sensor


HELP = (
    "This is an address for the app Sensor Logger. Copy it from the browser's address bar into the app: tap the gear "
    "on the Logger page, switch HTTP Push on, paste it as Push URL. Switch Accelerometer, Gravity and Gyroscope on, "
    "and record."
)


def refusal_words(refusal: Refusal) -> str:
    """Say why a message is not taken; the app shows it too."""
    from sensortrack.sources.sensor_logger import Refusal

    match refusal:
        case Refusal.NO_GRAVITY:
            return "Please switch on Accelerometer, Gravity and Gyroscope in Sensor Logger, and record again."
        case Refusal.OTHER_PHONE:
            return "Another phone is being recorded already: one address is for one phone."
        case _:
            assert_never(refusal)


def _invite(url: str, side: str | None, others: list[str]) -> None:
    """Show the address as a code to scan, and in words what to do with it."""
    from sensortrack.cli.phone import code

    leg = f" of the {side} leg" if side else ""
    if sys.stderr.isatty():
        click.echo(f"\n{code(url)}", err=True)
    click.echo(
        f"\n  {url}\n\n"
        f"Put this address into Sensor Logger on the phone{leg}: the gear on the Logger page, HTTP Push on, Push URL "
        "(scan the code with the phone's camera, and copy the address from the browser). Switch Accelerometer, Gravity "
        "and Gyroscope on, then record. It is plain HTTP: others in this network could read along.",
        err=True,
    )
    if others:
        click.echo(f"If the phone reaches nothing there, try --sensor sensor-logger:{others[0]}.", err=True)
    click.echo("Waiting for the phone; Ctrl-C ends.", err=True)
