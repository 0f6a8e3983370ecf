"""Which sensor is meant: one by name or address, the one used last, or the only one that is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sensortrack.cli.streaming import Sensor
    from sensortrack.devices.device import Device, Settings
    from sensortrack.model.exercises import Exercise
    from sensortrack.sources.ble import BleSensor, Found
    from sensortrack.store.store import Store

SCAN_S = 8.0
"""Sensors advertise every second or two at the slowest, and radios miss some."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sensor that is to be recorded, and what the store keeps of it.

    Parameters
    ----------
    sensor, device
        Where packets come from, and what they are.
    name, identity
        As shown, and what tells it from every other.
    origin
        As in `sensortrack.store.session.Begin`.
    """

    sensor: Sensor
    device: Device
    name: str
    identity: str
    origin: str


async def chosen_sensor(
    wanted: str | None, side: str | None, store: Store, exercise: Exercise, options: dict[str, Any]
) -> Chosen:
    """Find what --sensor names: its first word tells the kind, everything else is a Bluetooth sensor."""
    from sensortrack.devices.device import Settings

    kind, _, place = (wanted or "").partition(":")
    match kind:
        case "simulated":
            return _simulated(side, exercise, options)
        case "phone":
            return await _phone(place, side, exercise, options)
        case "phyphox" | "sensor-logger":
            return await _app(kind, place, side)
    found, device, name = await bluetooth_sensor(wanted, store, Settings(), options["own"])
    return Chosen(found, device, name, found.identity, "bluetooth")


def _simulated(side: str | None, exercise: Exercise, options: dict[str, Any]) -> Chosen:
    from sensortrack.cli.simulate import EXERCISES
    from sensortrack.cli.steering import COUNTDOWN_S
    from sensortrack.devices.device import Settings
    from sensortrack.sources.simulated import SimulatedSensor

    known = exercise.name if exercise.name in EXERCISES else "repetitions"
    seed = options["seed"] + (options["group_uid"] is not None and side == "right")  # two legs do not move alike
    speed = options["speed"]
    if exercise.detector == "thomas":
        sensor = SimulatedSensor(known, seed, Settings(), speed=speed, trials=int(exercise["trials"]))
    else:
        lead_s = COUNTDOWN_S + 1.0 if speed == 1 else 0.0
        sensor = SimulatedSensor(known, seed, Settings(), speed=speed, lead_s=lead_s)
    return Chosen(sensor, sensor.device, "simulated", f"simulated {side or ''}".strip(), "simulated")


async def _phone(place: str, side: str | None, exercise: Exercise, options: dict[str, Any]) -> Chosen:
    from sensortrack.cli.phone import phone_sensor

    sensor = await phone_sensor(place, side, exercise.title, is_quiet=options["quiet"])
    return Chosen(sensor, sensor.device, "phone", sensor.identity, "phone")


async def _app(kind: str, place: str, side: str | None) -> Chosen:
    from sensortrack.cli.phone_apps import app_sensor

    sensor = await app_sensor(kind, place, side, is_worn=True)
    return Chosen(sensor, sensor.device, kind, f"{sensor.identity} {side or ''}".strip(), "phone")


async def bluetooth_sensor(
    wanted: str | None, store: Store, settings: Settings, own: Device | None = None
) -> tuple[BleSensor, Device, str]:
    """Find a sensor; give it with its family and name.

    Parameters
    ----------
    own
        The family that the person described; then only such a sensor will do.

    Raises
    ------
    RadioError
        The radio does not work.
    StoreError
        It is being recorded already.
    click.ClickException
        Nothing fits, or more than one does.
    """
    from sensortrack.devices.registry import named
    from sensortrack.sources.ble import BleSensor

    last = store.last_sensor()
    if own is None and last is not None and (wanted is None or wanted.lower() in (last[0].lower(), last[1].lower())):
        device = named(last[2])
        if device is not None:
            store.ensure_free(last[0], last[1])
            click.echo(f"Looking for {last[1]} ({last[0]}) ...", err=True)
            return BleSensor(last[0], device, settings), device, last[1]
    found = await _near(wanted, own)
    if found.device is None:
        raise click.ClickException(
            f"{found.name or found.identity} is of no family that sensortrack knows; describe it in a file "
            "(docs/your-own-sensor.md)."
        )
    store.ensure_free(found.identity, found.name or found.identity)
    return BleSensor(found, found.device, settings), found.device, found.name or found.identity


async def _near(wanted: str | None, own: Device | None) -> Found:
    from functools import partial

    from sensortrack.sources.ble import scan as listen

    scan = partial(listen, families=[own] if own else [])
    click.echo(f"Looking for {wanted or 'a sensor'} ({SCAN_S:g} s) ...", err=True)
    if wanted is not None:
        near = await scan(SCAN_S, until=lambda found: is_meant(found, wanted))
        fitting = [each for each in near if is_meant(each, wanted)]
    else:
        fitting = near = [each for each in await scan(SCAN_S) if each.device is not None and own in (None, each.device)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"{each.name or '?'} ({each.identity})" for each in (fitting or near))
    if fitting:
        raise click.ClickException(f"several sensors are near: {names}; choose one with --sensor NAME or ADDRESS.")
    seen = f" Near are: {names}." if names else ""
    raise click.ClickException(
        f"no sensor found{f' that is called {wanted}' if wanted else ''}.{seen} Wake it (move it or press its button), "
        "close other apps that use it, and try 'sensortrack scan'; without a sensor: --sensor simulated."
    )


def is_meant(found: Found, wanted: str) -> bool:
    """Whether a name or address typed by a person means this sensor."""
    wanted = wanted.lower()
    return found.identity.lower() == wanted or (found.name or "").lower().startswith(wanted)
