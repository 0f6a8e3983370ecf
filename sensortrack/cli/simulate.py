"""`sensortrack simulate`: recordings with known truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sensortrack.devices.device import Device

EXERCISES = ["donkey-kick", "hip-flexor-stretch", "repetitions", "thomas-test"]
DIFFICULTIES = ["clean", "home", "hard"]


@click.command(epilog="Example: sensortrack simulate donkey-kick -o kicks.csv --seed 1")
@click.argument("exercise", type=click.Choice(EXERCISES))
@click.option("-o", "--output", metavar="FILE.csv", help="Recording; FILE.truth.json goes beside it.")
@click.option("--ble", metavar="TRANSPORT", help="Be a Bluetooth sensor instead, on this HCI transport: usb:0.")
@click.option("--family", metavar="NAME", help="With --ble: the sensor's family; else our own profile.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same gives the same file.")
@click.option(
    "--difficulty", type=click.Choice(DIFFICULTIES), default="home", show_default=True, help="How untidy it is."
)
@click.option("--rate", "rate_hz", type=click.FloatRange(25, 400), metavar="HZ", help="Sampling rate, 25 to 400.")
@click.option("--gyro/--no-gyro", "gyroscope", default=None, help="With or without a gyroscope.")
@click.option("--side", type=click.Choice(["left", "right"]), help="Which leg wears it.")
@click.option("--placement", type=click.Choice(["front", "outside", "back"]), help="Where on the thigh.")
@click.option("--sets", type=click.IntRange(1, 10), help="How many sets.")
@click.option("--reps", type=click.IntRange(1, 50), help="Repetitions in a set, holds or trials.")
@click.option("--handled", is_flag=True, help="In the hand at first and last; strapped on and taken off meanwhile.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def simulate(
    exercise: str, output: str | None, ble: str | None, family: str | None, seed: int, force: bool, **wishes: Any
) -> None:
    """Write a simulated recording of EXERCISE, and beside it what really happened; or play it as a Bluetooth sensor.

    What is not asked for is drawn from the seed.
    """
    if (output is None) == (ble is None):
        raise click.UsageError("tell where it goes: --output FILE.csv or --ble TRANSPORT.", click.get_current_context())
    if ble is not None:
        _play(exercise, seed, wishes, ble, family)
    elif output is not None:
        _save(exercise, seed, wishes, output, force=force)


def _play(exercise: str, seed: int, wishes: dict[str, Any], transport: str, family: str | None) -> None:
    """Be a sensor until the session is over or Ctrl-C."""
    import asyncio
    from contextlib import suppress
    from importlib.util import find_spec

    if find_spec("bumble") is None:
        raise click.ClickException("--ble needs bumble; install it with: pip install 'sensortrack[radio]'.")
    from sensortrack.cli.live_words import radio_sentence
    from sensortrack.model.radio import RadioError
    from sensortrack.model.samples import RawBlock
    from sensortrack.sources.peripheral import play
    from sensortrack.sources.simulator import simulate as make

    device = _family(family)
    wishes["gyroscope"] = device.gyroscope if wishes["gyroscope"] is None else wishes["gyroscope"]
    made = make(exercise, seed, **wishes)
    name = next(iter(device.advertised_names), device.name)
    click.echo(
        f"Opening {transport}: '{name}' advertises there, begins when a client starts it, and lasts "
        f"{made.time_s[-1]:.0f} s.",
        err=True,
    )
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(play(device, [RawBlock(made.time_s, made.acc, made.gyr)], transport, name))
    except RadioError as error:
        raise click.ClickException(radio_sentence(error)) from error


def _family(name: str | None) -> Device:
    from sensortrack.devices.own_profile import DEVICE
    from sensortrack.devices.registry import DEVICES, named

    device = named(name) if name else DEVICE
    if device is None or device not in DEVICES:  # a phone has no radio that could be played here
        known = ", ".join(each.name for each in DEVICES)
        raise click.BadParameter(f"expected one of {known}, found '{name}'.", param_hint="--family")
    return device


def _save(exercise: str, seed: int, wishes: dict[str, Any], output: str, *, force: bool) -> None:
    import json
    from pathlib import Path

    from sensortrack.cli.whole import whole
    from sensortrack.formats.csv_table import write_table
    from sensortrack.model.samples import RawBlock
    from sensortrack.sources.simulator import simulate as make

    recording = Path(output)
    truth = recording.with_suffix(".truth.json")
    if recording.suffix == ".json" or not recording.name:
        raise click.BadParameter(f"expected a name that ends in .csv, found '{output}'.", param_hint="--output")
    made = make(exercise, seed, **wishes)
    with whole(recording, force=force) as path:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            write_table(stream, [RawBlock(made.time_s, made.acc, made.gyr)])
        with whole(truth, force=force) as beside:
            beside.write_text(json.dumps(_rounded(made.truth), indent=1) + "\n", encoding="utf-8")
    click.echo(f"{recording}: {len(made.time_s)} samples, {made.time_s[-1]:.1f} s; truth: {truth}", err=True)


def _rounded(value: Any) -> Any:
    """Truth to a tenth of a millisecond and of a millidegree: shorter files, nothing lost that is measured."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value
