"""What bleak and the systems below it raise, as `RadioError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from sensortrack.model.radio import RadioError, RadioProblem

BLEAK_ERRORS = (BleakError, OSError, EOFError, AssertionError, KeyError)
"""What bleak 3.1 lets through: its own errors; from D-Bus and WinRT OSError (TimeoutError is one) and EOFError; and
AssertionError and KeyError where a connection or an adapter goes away between two of its steps."""

_NOT_AVAILABLE = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: RadioProblem.NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: RadioProblem.UNSUPPORTED,
    BleakBluetoothNotAvailableReason.POWERED_OFF: RadioProblem.OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: RadioProblem.PERMISSION,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: RadioProblem.PERMISSION,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: RadioProblem.PERMISSION,
    BleakBluetoothNotAvailableReason.UNKNOWN: RadioProblem.ADAPTER_GONE,  # macOS while its service restarts
}
_DBUS = {
    "org.bluez.Error.NotReady": RadioProblem.OFF,
    "org.bluez.Error.InProgress": RadioProblem.BUSY,
    "org.bluez.Error.NotAuthorized": RadioProblem.PERMISSION,
    "org.bluez.Error.NotPermitted": RadioProblem.BUSY,  # "Notify acquired": another program reads the sensor
    "org.bluez.Error.AuthenticationFailed": RadioProblem.PAIRING,
    "org.bluez.Error.AuthenticationRejected": RadioProblem.PAIRING,
    "org.freedesktop.DBus.Error.AccessDenied": RadioProblem.PERMISSION,
    "org.freedesktop.DBus.Error.UnknownObject": RadioProblem.ADAPTER_GONE,
    "org.freedesktop.DBus.Error.UnknownMethod": RadioProblem.ADAPTER_GONE,
}
_NOT_PAIRED = "Not paired"  # what BlueZ says with NotPermitted (src/gatt-client.c, create_gatt_dbus_error)


def radio_error(error: BaseException) -> RadioError:
    """Tell what is wrong; what is not known by name is a connection that failed and may be tried again."""
    return RadioError(_problem(error), str(error) or type(error).__name__)


@contextmanager
def radio_errors() -> Iterator[None]:
    """Turn what bleak raises inside into `RadioError`."""
    try:
        yield
    except BLEAK_ERRORS as error:
        raise radio_error(error) from error


def _problem(error: BaseException) -> RadioProblem:
    match error:
        case BleakBluetoothNotAvailableError():
            return _NOT_AVAILABLE[error.reason]
        case BleakDBusError():
            return _dbus_problem(error)
        case PermissionError():
            return RadioProblem.PERMISSION
        case FileNotFoundError() | ConnectionRefusedError():  # no D-Bus to ask
            return RadioProblem.NO_SERVICE
    # bleak has no class of its own for this one (bluezdbus/manager.py, `_check_adapter`)
    gone = isinstance(error, BleakError) and str(error).startswith("adapter '")
    return RadioProblem.ADAPTER_GONE if gone else RadioProblem.CONNECT_FAILED


def _dbus_problem(error: BleakDBusError) -> RadioProblem:
    if error.dbus_error_details == _NOT_PAIRED:
        return RadioProblem.PAIRING
    is_of_bus = error.dbus_error.startswith("org.freedesktop.DBus.Error.")  # the daemon is not there, or not well
    return _DBUS.get(error.dbus_error, RadioProblem.NO_SERVICE if is_of_bus else RadioProblem.CONNECT_FAILED)
