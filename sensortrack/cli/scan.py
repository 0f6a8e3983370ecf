"""`sensortrack scan`: which sensors are near."""

from __future__ import annotations

import click


@click.command(epilog="Example: sensortrack scan --all")
@click.option("--seconds", type=click.FloatRange(1, 120), default=8.0, show_default=True, help="How long to listen.")
@click.option("--all", "everything", is_flag=True, help="Also what is of no known family.")
@click.option("--device", metavar="FILE.toml", help="A sensor that you described in a file.")
def scan(seconds: float, everything: bool, device: str | None) -> None:
    """List the sensors that are near, strongest first."""
    import asyncio

    from rich.console import Console
    from rich.table import Table

    from sensortrack.cli.live_words import radio_sentence
    from sensortrack.cli.stored import own_device
    from sensortrack.model.radio import RadioError
    from sensortrack.sources.ble import scan as listen

    own, _ = own_device(device)
    click.echo(f"Listening for {seconds:g} s ...", err=True)
    try:
        near = asyncio.run(listen(seconds, families=[own] if own else []))
    except RadioError as error:
        raise click.ClickException(radio_sentence(error)) from error
    shown = [each for each in near if everything or each.device is not None]
    if not shown:
        others = f" ({len(near)} other devices are near; --all lists them)" if near else ""
        raise click.ClickException(
            f"no sensor found{others}: wake it (move it or press its button), close other apps that use it."
        )
    table = Table(box=None, pad_edge=False)
    for title in ("name", "address", "family", "signal"):
        table.add_column(title, justify="right" if title == "signal" else "left")
    for each in shown:
        signal = "connected" if each.rssi is None else f"{each.rssi} dBm"
        table.add_row(each.name or "", each.identity, each.device.name if each.device else "", signal)
    Console(highlight=False).print(table)
    first = next((each for each in shown if each.device is not None), None)
    if first is not None:
        click.echo(f"Record with: sensortrack record donkey-kick --sensor '{first.name or first.identity}'", err=True)
