"""Which sensors are near."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from sensortrack.devices.device import Device
from sensortrack.devices.registry import recognise
from sensortrack.model.radio import RadioError, RadioProblem

from .problems import radio_errors

_ANSWER_S = 30.0  # macOS asks the person for permission meanwhile; a service that hangs never answers
_in_use: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Found:
    """Something that advertises.

    Parameters
    ----------
    identity
        Its address, on macOS a UUID that this computer gave it; the same for every later connection from here.
    name
        As advertised; None without one.
    device
        Its family; None when it is not known.
    rssi
        Signal strength in dBm.
    handle
        What bleak connects to.
    """

    identity: str
    name: str | None
    device: Device | None
    rssi: int
    handle: BLEDevice = field(repr=False, compare=False)


def adapter_in_use() -> asyncio.Lock:
    """Give this loop's lock on the adapter: scanning and connecting at the same time fails on BlueZ."""
    return _in_use.setdefault(asyncio.get_running_loop(), asyncio.Lock())


async def scan(
    seconds: float, *, families: Sequence[Device] = (), until: Callable[[Found], bool] | None = None
) -> list[Found]:
    """List what advertises within some seconds, strongest first.

    Parameters
    ----------
    seconds
        How long to listen.
    families
        The user's own devices; they are tried before those of the registry.
    until
        Ends the scan early, when it says yes to what was just found.

    Raises
    ------
    RadioError
        The radio does not work.
    """
    async with adapter_in_use():
        return await listen(seconds, families, until)


async def listen(
    seconds: float, families: Sequence[Device] = (), until: Callable[[Found], bool] | None = None
) -> list[Found]:
    """Do what `scan` does, for who holds the adapter's lock already."""
    seen: dict[str, Found] = {}
    enough = asyncio.Event()

    def heard(handle: BLEDevice, said: AdvertisementData) -> None:
        found = seen[handle.address] = _merged(seen.get(handle.address), handle, said, families)
        if until is not None and until(found):
            enough.set()

    try:
        with radio_errors():
            async with asyncio.timeout(seconds + _ANSWER_S) as limit, BleakScanner(heard):
                with suppress(TimeoutError):
                    await asyncio.wait_for(enough.wait(), seconds)
    except RadioError as error:
        if limit.expired():
            raise RadioError(RadioProblem.NO_SERVICE, "no answer") from error
        raise
    return sorted(seen.values(), key=lambda found: -found.rssi)


def _merged(known: Found | None, handle: BLEDevice, said: AdvertisementData, families: Iterable[Device]) -> Found:
    """Join what was heard before: name and services may come in two packets."""
    name = said.local_name or handle.name or (known.name if known else None)
    device = _family(name, said.service_uuids, families) or (known.device if known else None)
    return Found(handle.address, name, device, said.rssi, handle)


def _family(name: str | None, uuids: Sequence[str], families: Iterable[Device]) -> Device | None:
    advertised = {uuid.lower() for uuid in uuids}
    for device in families:
        begins = name is not None and name.lower().startswith(tuple(n.lower() for n in device.advertised_names))
        if begins or advertised.intersection(device.advertised_uuids):
            return device
    return recognise(name, uuids)
