import asyncio
import sys

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from sensortrack.model.radio import RadioError, RadioProblem
from sensortrack.sources.ble import scan, scanning
from sensortrack.sources.ble.problems import radio_error, radio_errors
from tests.radio.backend import BumbleScanner
from tests.radio.room import room

NOT_AVAILABLE = [
    ("NO_BLUETOOTH", RadioProblem.NO_ADAPTER),
    ("NO_BLE_CENTRAL_ROLE", RadioProblem.UNSUPPORTED),
    ("POWERED_OFF", RadioProblem.OFF),
    ("DENIED_BY_USER", RadioProblem.PERMISSION),
    ("DENIED_BY_SYSTEM", RadioProblem.PERMISSION),
    ("DENIED_BY_UNKNOWN", RadioProblem.PERMISSION),
    ("UNKNOWN", RadioProblem.ADAPTER_GONE),
]
OTHERS = [
    (BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]), RadioProblem.OFF),
    (BleakDBusError("org.bluez.Error.InProgress", []), RadioProblem.BUSY),
    (BleakDBusError("org.bluez.Error.AuthenticationFailed", []), RadioProblem.PAIRING),
    (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", []), RadioProblem.PERMISSION),
    (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", []), RadioProblem.NO_SERVICE),
    (BleakDBusError("org.freedesktop.DBus.Error.UnknownObject", []), RadioProblem.ADAPTER_GONE),
    (BleakDBusError("org.freedesktop.DBus.Error.TimedOut", []), RadioProblem.NO_SERVICE),
    (BleakDBusError("org.bluez.Error.NotPermitted", ["Not paired"]), RadioProblem.PAIRING),
    (KeyError("/org/bluez/hci0"), RadioProblem.CONNECT_FAILED),
    (BleakError("adapter 'hci0' not found"), RadioProblem.ADAPTER_GONE),
    (BleakError("failed to discover services, device disconnected"), RadioProblem.CONNECT_FAILED),
    (BleakDeviceNotFoundError("AA:BB", "gone"), RadioProblem.CONNECT_FAILED),
    (PermissionError("no"), RadioProblem.PERMISSION),
    (FileNotFoundError("/run/dbus/system_bus_socket"), RadioProblem.NO_SERVICE),
    (ConnectionRefusedError("no"), RadioProblem.NO_SERVICE),
    (TimeoutError(), RadioProblem.CONNECT_FAILED),
    (EOFError(), RadioProblem.CONNECT_FAILED),
]


def test_every_reason_of_bleak_is_told():
    assert {name for name, _ in NOT_AVAILABLE} == {reason.name for reason in BleakBluetoothNotAvailableReason}


@pytest.mark.parametrize(("name", "problem"), NOT_AVAILABLE)
def test_not_available(name, problem):
    assert radio_error(BleakBluetoothNotAvailableError("", BleakBluetoothNotAvailableReason[name])).problem == problem


@pytest.mark.parametrize(("error", "problem"), OTHERS, ids=repr)
def test_other_errors(error, problem):
    with pytest.raises(RadioError) as caught, radio_errors():
        raise error
    assert caught.value.problem == problem
    assert caught.value.detail
    assert caught.value.__cause__ is error


def test_own_errors_pass():
    with pytest.raises(RadioError) as caught, radio_errors():
        raise RadioError(RadioProblem.TOO_LONG)
    assert caught.value.problem == RadioProblem.TOO_LONG


@pytest.mark.skipif(sys.platform != "linux", reason="BlueZ is asked over D-Bus")
def test_a_system_without_bluetooth_service(run, monkeypatch, tmp_path):
    monkeypatch.undo()  # bleak's own backend
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")
    with pytest.raises(RadioError) as caught:
        run(scan(0.1))
    assert caught.value.problem == RadioProblem.NO_SERVICE


def test_a_service_that_never_answers(run, monkeypatch):
    async def hang(_):
        await asyncio.Event().wait()

    async def look():
        async with room():
            await scan(0.1)

    monkeypatch.setattr(BumbleScanner, "start", hang)
    monkeypatch.setattr(scanning, "_ANSWER_S", 0.1)
    with pytest.raises(RadioError) as caught:
        run(look())
    assert (caught.value.problem, caught.value.detail) == (RadioProblem.NO_SERVICE, "no answer")
