"""Every sensor family that the program knows."""

from __future__ import annotations

from collections.abc import Sequence

from sensortrack.devices import (
    adafruit,
    arduino_dashboard,
    espruino,
    metamotion,
    movella_dot,
    movesense,
    own_profile,
    phone,
    phyphox,
    polar,
    sensor_logger,
    thingy52,
    witmotion,
)
from sensortrack.devices.device import Device

DEVICES: tuple[Device, ...] = (  # those with Bluetooth
    own_profile.DEVICE,
    *witmotion.DEVICES,
    movesense.DEVICE,
    *polar.DEVICES,
    movella_dot.DEVICE,
    metamotion.DEVICE,
    thingy52.DEVICE,
    adafruit.DEVICE,
    adafruit.BLUEFRUIT,
    arduino_dashboard.DEVICE,
    espruino.DEVICE,
)

PHONES: tuple[Device, ...] = (phone.DEVICE, phyphox.DEVICE, sensor_logger.DEVICE)  # by HTTP, never scanned for


def named(name: str) -> Device | None:
    """Find a family by the name it is typed with."""
    return next((device for device in (*DEVICES, *PHONES) if device.name == name.lower()), None)


def recognise(name: str | None, uuids: Sequence[str]) -> Device | None:
    """Tell the family of what advertises: by its service first, then by the beginning of its name."""
    known = {uuid.lower() for uuid in uuids}
    by_uuid = next((device for device in DEVICES if known & set(device.advertised_uuids)), None)
    return by_uuid or next((device for device in DEVICES if _begins(name, device.advertised_names)), None)


def _begins(name: str | None, beginnings: Sequence[str]) -> bool:
    return name is not None and any(name.lower().startswith(beginning.lower()) for beginning in beginnings)
