"""`sensortrack doctor`: is everything ready? One line for each thing, ok or what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from sensortrack.cli.streaming import Sensor
    from sensortrack.devices.device import Device
    from sensortrack.model.radio import RadioProblem
    from sensortrack.model.samples import Packet, RawBlock
    from sensortrack.sources.receiver import Receiver

LISTEN_S = 10.0
FREE_MB = 200
"""An hour of a sensor at 100 Hz is about 6 MB (16 bytes a sample); this is a month of daily use."""

LATE_JITTER_S = 0.25
"""Counts come late by as much; a hold is told within 0.5 s (design section 5)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is well, and what was found or what to do."""

    name: str
    is_ok: bool
    words: str


RADIO_OK = (Finding("radio", True, "on"), Finding("permission", True, "granted"))


@click.command(epilog="Example: sensortrack doctor --sensor simulated")
@click.option(
    "--sensor",
    metavar="NAME|ADDRESS|phone|phyphox:HOST|sensor-logger|simulated",
    help="Also listen to this sensor for ten seconds.",
)
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
@click.option("--device", metavar="FILE.toml", help="A sensor that you described in a file.")
def doctor(sensor: str | None, db: str | None, device: str | None) -> None:
    """Check the computer and, if one is near, the sensor: each line is ok or says what to do. Lay the sensor still."""
    import asyncio

    from rich.console import Console
    from rich.text import Text

    from sensortrack.cli.stored import own_device

    own, _ = own_device(device)
    console = Console(highlight=False)
    bad = 0
    for finding in (*_computer(db), *asyncio.run(_sensor(sensor, db, own))):
        bad += not finding.is_ok
        mark = Text("ok  ", style="green") if finding.is_ok else Text("do  ", style="bold yellow")
        console.print(mark + Text(f"{finding.name:<12}") + Text(finding.words), soft_wrap=True)
    if bad:
        click.get_current_context().exit(1)


def _computer(db: str | None) -> Iterator[Finding]:
    import shutil
    from pathlib import Path

    from sensortrack.cli.live_words import store_sentence
    from sensortrack.cli.sound import Voice
    from sensortrack.cli.wording import count_words
    from sensortrack.store.problems import StoreError
    from sensortrack.store.store import Store, default_path

    path = Path(db).expanduser() if db else default_path()
    try:
        with Store(path) as store:
            yield Finding("database", True, f"{path}, {count_words(len(store.sessions()), 'session')}")
    except StoreError as error:
        yield Finding("database", False, store_sentence(error))
    free_mb = shutil.disk_usage(_existing(path)).free / 1e6
    enough = free_mb > FREE_MB
    yield Finding("disk", enough, f"{free_mb / 1e3:.1f} GB free" + ("" if enough else ": free some space"))
    voice = Voice()
    voice.close()
    speaks = voice.speaks not in ("tones", "bell")
    words = f"{'spoken by' if speaks else 'only'} {voice.speaks}"
    words += "" if speaks else ": install espeak-ng or speech-dispatcher"
    yield Finding("sound", speaks, words)


def _existing(path: Path) -> Path:
    return next(each for each in (path.parent, *path.parent.parents) if each.exists())


async def _sensor(name: str | None, db: str | None, own: Device | None) -> list[Finding]:
    from sensortrack.cli.choose import bluetooth_sensor
    from sensortrack.cli.live_words import device_sentence, radio_sentence
    from sensortrack.cli.stored import open_store
    from sensortrack.devices.device import DeviceError, Settings
    from sensortrack.model.radio import RadioError

    try:
        if name == "simulated":
            from sensortrack.sources.simulated import SimulatedSensor

            made = SimulatedSensor("donkey-kick", 8, Settings())
            return await listen(made, made.device, name)
        if name is not None and name.partition(":")[0] in ("phone", "phyphox", "sensor-logger"):
            return await _phone(name)
        with open_store(db) as store:
            sensor, family, called = await bluetooth_sensor(name, store, Settings(), own)
        return [*RADIO_OK, *await listen(sensor, family, called)]
    except RadioError as error:
        return _radio(error.problem, radio_sentence(error))
    except DeviceError as error:
        return [*RADIO_OK, Finding("sensor", False, device_sentence(error, "it"))]
    except click.ClickException as error:
        return [*RADIO_OK, Finding("sensor", False, error.message)]


def _radio(problem: RadioProblem, words: str) -> list[Finding]:
    """Say whose fault it is: the radio's, the permission's, or the sensor's."""
    from sensortrack.model.radio import RadioProblem

    if problem is RadioProblem.PERMISSION:
        return [Finding("permission", False, words)]
    of_sensor = {
        RadioProblem.NOT_FOUND, RadioProblem.CONNECT_FAILED, RadioProblem.PAIRING, RadioProblem.LINK_LOST,
        RadioProblem.SILENT, RadioProblem.TOO_LONG,
    }  # fmt: skip
    return [*RADIO_OK, Finding("sensor", False, words)] if problem in of_sensor else [Finding("radio", False, words)]


async def _phone(name: str) -> list[Finding]:
    """Listen to a phone: its browser, or an app on it."""
    from sensortrack.cli.live_words import device_sentence, network_sentence
    from sensortrack.cli.phone import phone_sensor
    from sensortrack.cli.phone_apps import app_sensor
    from sensortrack.devices.device import DeviceError
    from sensortrack.model.network import NetworkError

    kind, _, place = name.partition(":")
    try:
        sensor: Sensor
        if kind == "phone":
            sensor = await phone_sensor(place, None, "Doctor", is_quiet=True, is_worn=False)
        else:
            sensor = await app_sensor(kind, place, None, is_worn=False)
        return [Finding("network", True, "the phone is there"), *await listen(sensor, sensor.device, kind)]
    except NetworkError as error:
        words = network_sentence(error)
    except DeviceError as error:
        words = device_sentence(error, kind)
    except click.UsageError:
        raise
    except click.ClickException as error:
        words = error.message
    return [Finding("network", False, words)]


async def listen(sensor: Sensor, device: Device, name: str) -> list[Finding]:
    """Record for ten seconds into nothing and judge what came."""
    import asyncio
    from contextlib import aclosing

    from sensortrack.devices.registry import PHONES
    from sensortrack.model.samples import LINK
    from sensortrack.sources.receiver import Receiver

    click.echo(f"Listening to {name} for {LISTEN_S:g} s ...", err=True)
    receiver: Receiver | None = None
    held: list[Packet] = []
    blocks: list[RawBlock] = []
    received_s: list[float] = []
    asyncio.get_running_loop().call_later(LISTEN_S, sensor.stop)
    async with aclosing(sensor.packets()) as packets:
        async for packet in packets:
            held.append(packet)
            if receiver is None and sensor.settings is not None:
                receiver = Receiver(device, sensor.settings)
            if receiver is not None:
                for each in held:
                    found = receiver.process(each)
                    blocks += found
                    received_s += [each.received_s] * bool(found and each.channel != LINK)
                held = []
    if receiver is None or not blocks:
        return [Finding("sensor", False, f"{name} ({device.title}) sends no samples: switch it off and on.")]
    battery = sensor.battery_percent
    lines = [Finding("sensor", True, f"{name}, {device.title}")]
    charged = battery is None or battery > 20
    words = "this sensor does not tell" if battery is None else f"{battery} %" + ("" if charged else ": charge it")
    lines.append(Finding("battery", charged, words))
    far = "bring the sensor nearer, switch other Bluetooth off"
    if device in PHONES:
        far = "go nearer to the Wi-Fi"
        far += "; in Sensor Logger choose a shorter batch period" if device.name == "sensor-logger" else ""
    return [*lines, *_stream(receiver, blocks, received_s, far)]


def _stream(receiver: Receiver, blocks: list[RawBlock], received_s: list[float], far: str) -> Iterator[Finding]:
    import numpy as np

    time_s = np.concatenate([each.time_s for each in blocks])
    acc = np.concatenate([each.acc for each in blocks])
    rate_hz = (len(time_s) - 1) / max(float(time_s[-1] - time_s[0]), 1e-9)
    fast = rate_hz >= 24.5
    yield Finding("rate", fast, f"{rate_hz:.1f} Hz" + ("" if fast else ": 25 Hz or more is needed; set its rate"))
    steps = np.diff(np.array(received_s))
    jitter_s = float(np.percentile(steps, 99)) if len(steps) else 0.0
    calm = jitter_s < LATE_JITTER_S
    yield Finding("jitter", calm, f"99 % of packets within {1e3 * jitter_s:.0f} ms" + ("" if calm else f": {far}"))
    health = receiver.health
    lost = health.lost / max(health.lost + health.samples, 1)
    yield Finding("loss", lost < 0.01, f"{100 * lost:.1f} % of samples" + ("" if lost < 0.01 else f": {far}"))
    size = float(np.median(np.linalg.norm(acc, axis=1)))
    sound = 9.3 < size < 10.3
    words = f"{size:.2f} m/s² at rest" + ("" if sound else ": 9.81 is expected; calibrate the sensor, lying still")
    yield Finding("gravity", sound, words)
    axis = int(np.argmax(np.abs(np.median(acc, axis=0))))
    sign = "+" if np.median(acc, axis=0)[axis] > 0 else "-"
    yield Finding("direction", True, f"{sign}{'xyz'[axis]} points up: turn the sensor over, and the sign must turn")
