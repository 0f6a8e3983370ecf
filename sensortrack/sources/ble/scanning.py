"""Which sensors are near."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bleak import BleakAdapter, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from sensortrack.devices.device import Device
from sensortrack.devices.registry import DEVICES, recognise
from sensortrack.model.radio import RadioError, RadioProblem

from .problems import BLEAK_ERRORS, radio_errors

_ANSWER_S = 30.0  # macOS asks the person for permission meanwhile; a service that hangs never answers
_in_use: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Found:
    """Something that advertises, or that this computer is connected to.

    Parameters
    ----------
    identity
        Its address, on macOS a UUID that this computer gave it; the same for every later connection from here.
    name
        As advertised; None without one.
    device
        Its family; None when it is not known.
    rssi
        Signal strength in dBm; None of what is connected, which does not advertise.
    handle
        What bleak connects to.
    """

    identity: str
    name: str | None
    device: Device | None
    rssi: int | None
    handle: BLEDevice = field(repr=False, compare=False)


def adapter_in_use() -> asyncio.Lock:
    """Give this loop's lock on the adapter: scanning and connecting at the same time fails on BlueZ."""
    return _in_use.setdefault(asyncio.get_running_loop(), asyncio.Lock())


async def scan(
    seconds: float, *, families: Sequence[Device] = (), until: Callable[[Found], bool] | None = None
) -> list[Found]:
    """List what advertises within some seconds, strongest first, and before it what is connected.

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

    def take(found: Found) -> None:
        seen[found.identity] = found
        if until is not None and until(found):
            enough.set()

    def heard(handle: BLEDevice, said: AdvertisementData) -> None:
        take(_merged(seen.get(handle.address), handle, said, families))

    try:
        with radio_errors():
            async with asyncio.timeout(seconds + _ANSWER_S) as limit:
                for found in await _connected(families):
                    take(found)
                async with BleakScanner(heard):
                    with suppress(TimeoutError):
                        await asyncio.wait_for(enough.wait(), seconds)
    except RadioError as error:
        if limit.expired():
            raise RadioError(RadioProblem.NO_SERVICE, "no answer") from error
        if error.problem is RadioProblem.CONNECT_FAILED:  # nothing was connected to
            raise RadioError(RadioProblem.BUSY, error.detail) from error
        raise
    return sorted(seen.values(), key=lambda found: -(found.rssi or 0))


async def _connected(families: Sequence[Device]) -> list[Found]:
    """List sensors that the system is connected to, and that do not advertise therefore.

    BlueZ keeps the connections of a program that was killed (bluez/bluez issue 89); whoever connects takes them over.
    """
    found: dict[str, Found] = {}
    with suppress(*BLEAK_ERRORS, NotImplementedError):  # what is wrong the scan will tell; Windows has no such list
        adapter = await BleakAdapter.get()
        for device in (*families, *DEVICES):
            for handle in await adapter.get_connected_devices([service.uuid for service in device.services]):
                family = _family(handle.name, (), families) or device
                found.setdefault(handle.address, Found(handle.address, handle.name, family, None, handle))
    return list(found.values())


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
