"""What can go wrong while recording, in one sentence each: what it is, and what to do, for this system."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sensortrack.devices.device import DeviceError, DeviceProblem
from sensortrack.model.network import NetworkError, NetworkProblem
from sensortrack.model.radio import RadioError, RadioProblem

if TYPE_CHECKING:
    from pathlib import Path

    from sensortrack.formats.toml_table import DeviceFileError
    from sensortrack.store.problems import StoreError
    from sensortrack.store.recorder import Trouble

_ON = {
    "linux": "switch it on with 'bluetoothctl power on' (and 'rfkill unblock bluetooth')",
    "darwin": "switch Bluetooth on in the menu bar",
    "win32": "switch Bluetooth on in Settings > Bluetooth & devices",
}
_PERMIT = {
    "linux": "add yourself to the group 'bluetooth' (sudo usermod -aG bluetooth $USER) and log in again",
    "darwin": "allow the terminal under System Settings > Privacy & Security > Bluetooth",
    "win32": "allow desktop apps under Settings > Privacy & security > Radios",
}
_SERVICE = {
    "linux": "start it with 'sudo systemctl start bluetooth'",
    "darwin": "switch Bluetooth off and on again",
    "win32": "start the 'Bluetooth Support Service'",
}
_WITHOUT = "record --sensor phone, or --sensor simulated"
_RESCAN = "wake the sensor (move it or press its button), close other apps that use it, and try 'sensortrack scan'"


def radio_sentence(error: RadioError, system: str = sys.platform) -> str:
    """What is wrong with the radio and what to do."""
    detail = f" ({error.detail})" if error.detail else ""
    match error.problem:
        case RadioProblem.OFF:
            return f"Bluetooth is switched off: {_for(system, _ON)}."
        case RadioProblem.NO_ADAPTER:
            return f"there is no Bluetooth adapter{detail}: plug one in, or go without: {_WITHOUT}."
        case RadioProblem.NO_SERVICE:
            way = _for(system, _SERVICE)
            return f"the system's Bluetooth service does not answer{detail}: {way}; without it: {_WITHOUT}."
        case RadioProblem.PERMISSION:
            return f"this program may not use Bluetooth{detail}: {_for(system, _PERMIT)}."
        case RadioProblem.UNSUPPORTED:
            return f"this adapter cannot do Bluetooth Low Energy{detail}: plug in one that can (version 4.0 or newer)."
        case RadioProblem.ADAPTER_GONE:
            return f"the Bluetooth adapter is gone{detail}: plug it in again; what was recorded is kept."
        case RadioProblem.BUSY:
            return f"Bluetooth is busy{detail}: close other programs that use it, or switch Bluetooth off and on."
        case RadioProblem.NOT_FOUND:
            return f"no such sensor is near{detail}: {_RESCAN}; another is told with --sensor NAME."
        case RadioProblem.CONNECT_FAILED:
            return f"the sensor does not let us connect{detail}: {_RESCAN}."
        case RadioProblem.PAIRING:
            return f"the sensor wants to be paired{detail}: pair it once in the system's Bluetooth settings."
        case RadioProblem.LINK_LOST:
            return "the link to the sensor is lost: bring it nearer; trying again."
        case RadioProblem.SILENT:
            return "the sensor is connected but sends nothing: switch it off and on; trying again."
        case RadioProblem.TOO_LONG:
            return (
                f"a command does not fit this connection{detail}: update the system's Bluetooth (BlueZ 5.62 or newer)."
            )


def device_sentence(error: DeviceError, name: str) -> str:
    """What is wrong with the sensor and what to do."""
    said = f" (it said {error.found})" if error.found else ""
    match error.problem:
        case DeviceProblem.NO_REPLY:
            return f"{name} does not answer: switch it off and on, and close other apps that use it."
        case DeviceProblem.WRONG_FIRMWARE:
            return f"{name} has a firmware that speaks another language{said}: update it, see firmware_notes/devices."
        case DeviceProblem.REFUSED:
            return f"{name} refuses to stream{said}: switch it off and on; firmware_notes/devices tells its settings."
        case DeviceProblem.OTHER_APP:
            return (
                f"something answers at {name}, but it is not phyphox: open an experiment there, choose 'Allow remote "
                "access' in its menu, and give the address that it shows."
            )
        case DeviceProblem.NO_GRAVITY:
            what = f"the experiment '{error.found}'" if error.found else "what is open in phyphox"
            return (
                f"{what} has no acceleration with gravity, which tells how the thigh is turned: open 'Acceleration "
                "(with g)', or better add a simple experiment with accelerometer and gyroscope (docs/phone-apps.md)."
            )
        case DeviceProblem.NOT_MEASURING:
            return f"{name} does not begin to measure: press the triangle in the app, or open the experiment anew."
        case DeviceProblem.CHARGING:
            return f"{name} does not stream while it is charged: take it out of the charger."


def network_sentence(error: NetworkError) -> str:
    """What is wrong with the network and what to do."""
    where, found = error.where, f" ({error.found})" if error.found else ""
    match error.problem:
        case NetworkProblem.NO_SUCH_HOST:
            return f"no host is found as {where}: give the address that the app shows, such as 192.168.1.23."
        case NetworkProblem.NOTHING_LISTENS:
            return f"nothing listens at {where}: choose 'Allow remote access' in the app, and give the port it shows."
        case NetworkProblem.NO_ANSWER:
            return (
                f"nothing answers at {where}{found}: is the phone in the same Wi-Fi (no guest network), its screen on "
                "and the app in front?"
            )
        case NetworkProblem.BROKEN:
            return f"what answers at {where} does not speak HTTP{found}: check address and port in the app."
        case NetworkProblem.STATUS:
            return f"what answers at {where} is not the app{found}: check address and port in the app."
        case NetworkProblem.TOO_LONG:
            return f"{where} answers without end: open the experiment in the app anew."
        case NetworkProblem.CANNOT_LISTEN:
            return f"{where} cannot be listened on{found}: give an address of this computer."
        case NetworkProblem.NO_NETWORK:
            return "this computer is in no network that a phone could be in: switch its Wi-Fi on."


def device_file_sentence(error: DeviceFileError) -> str:
    """What is wrong with a person's description of a sensor and what to do."""
    from sensortrack.formats.toml_table import Mistake

    help_words = "docs/your-own-sensor.md has an example"
    match error.mistake:
        case Mistake.UNREADABLE:
            return f"{error.origin} cannot be read ({error.found}): check its name and permissions."
        case Mistake.NOT_TOML:
            return f"{error.origin} is not TOML ({error.found}): {help_words}."
        case Mistake.MISSING:
            what = f" ({error.expected})" if error.expected else ""
            return f"{error.origin}: '{error.key}' is missing{what}: {help_words}."
        case Mistake.UNKNOWN_KEY:
            return f"{error.origin}: there is no key '{error.key}'; expected one of {error.expected}."
        case Mistake.WRONG:
            found = f", found {error.found}" if error.found else ""
            return f"{error.origin}: '{error.key}': expected {error.expected}{found}: {help_words}."


def store_sentence(error: StoreError) -> str:
    """What is wrong with the store and what to do."""
    from sensortrack.store.problems import StoreProblem

    match error.problem:
        case StoreProblem.UNREADABLE:
            return f"{error.path} cannot be used ({error.found}): check its folder and permissions, or choose --db."
        case StoreProblem.UNWRITABLE:
            return f"{error.path} cannot be written ({error.found}): choose another place, or free some space."
        case StoreProblem.FULL:
            return f"the disk with {error.path} is full: free some space, or choose another with --db."
        case StoreProblem.NOT_A_STORE:
            return f"{error.path} is no sensortrack database (found: {error.found}): choose another file with --db."
        case StoreProblem.NEWER:
            return f"{error.path} was written by a newer sensortrack: update this one."
        case StoreProblem.BUSY:
            return f"{error.path} is locked by another program: close it and try again."
        case StoreProblem.SENSOR_BUSY:
            return f"{error.found} is being recorded already by another sensortrack: stop that one first."
        case StoreProblem.NO_SESSION if error.found == "last":
            return f"there are no sessions in {error.path} yet: record one, or import one."
        case StoreProblem.NO_SESSION:
            return f"there is no session '{error.found}' in {error.path}: give its number, or 'last'."
        case StoreProblem.RECORDING:
            return f"session {error.found} is being recorded just now: stop it first."
        case StoreProblem.DAMAGED:
            return f"{error.path} is damaged ({error.found}): restore a sound backup."
        case StoreProblem.AMBIGUOUS:
            return f"'{error.found}' fits several sessions in {error.path}: give more of it."


def trouble_words(trouble: Trouble) -> str:
    """Why nothing can be written just now."""
    from sensortrack.store.recorder import Trouble

    ways = {
        Trouble.LOCKED: "another program has locked the database; kept in memory, trying again",
        Trouble.FULL: "the disk is full; kept in memory: free some space",
        Trouble.READ_ONLY: "the database has become read-only; kept in memory: check its permissions",
        Trouble.IO: "the disk reports an error; kept in memory, trying again",
    }
    return ways[trouble]


def sensor_words(error: Exception, name: str) -> str:
    """Why nothing comes from a sensor just now."""
    if isinstance(error, RadioError):
        return radio_sentence(error)
    if isinstance(error, NetworkError):
        return network_sentence(error)
    return device_sentence(error, name) if isinstance(error, DeviceError) else str(error)


def aside_words(path: Path) -> str:
    """Where the rest of a recording is that the store did not take."""
    return f"the rest could not be written; it is safe in {path} and is taken in when the store opens next"


def _for(system: str, ways: dict[str, str]) -> str:
    return ways.get(system, ways["linux"])
