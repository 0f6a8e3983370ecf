"""`sensortrack review`: look at the sessions in a browser, and correct them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sensortrack.web.site import Route


@click.command(epilog="Example: sensortrack review")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to listen, else a free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this computer to listen on.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def review(no_browser: bool, port: int, host: str, db: str | None) -> None:
    """Look at the sessions in a browser: calendar, trends, every repetition with its trace; correct them there.

    The page is served by this program to this computer only, as long as it runs; Ctrl-C ends it.
    """
    import asyncio
    import gc

    from sensortrack.cli.stored import open_store
    from sensortrack.cli.thomas import CAVEAT
    from sensortrack.cli.wording import FORM, REASONS
    from sensortrack.review.site import site

    if host in ("0.0.0.0", "::"):
        raise click.UsageError(
            "expected one address of this computer, found all of them; name the one that you will open."
        )
    with open_store(
        db, must_exist=True
    ) as store:  # stays open: a database that nobody holds is tidied up after every answer
        routes = site(store.path, {**FORM, **REASONS, "thomas": CAVEAT})
        gc.freeze()  # a day's session is a hundred thousand objects: the collector need not count the modules each time
        try:
            asyncio.run(_serve(routes, host, port, opens=not no_browser))
        except KeyboardInterrupt:
            click.echo("Ended.", err=True)


async def _serve(routes: list[Route], host: str, port: int, *, opens: bool) -> None:
    """Serve the pages until Ctrl-C."""
    import asyncio
    import webbrowser

    from sensortrack.web.server import application, new_token, serving

    token = new_token()
    is_local = host == "localhost" or _is_loopback(host)
    app = application(routes, token=token, hosts={host, "localhost"} if is_local else {host})
    try:
        async with serving(app, host, port) as found:
            address = f"http://{f'[{host}]' if ':' in host else host}:{found}/{token}/"
            click.echo(address)
            click.echo("Ctrl-C ends it. Whoever has this address can see and correct your sessions.", err=True)
            if not is_local:
                click.echo("Others in this network can reach it, and nothing on the way is encrypted.", err=True)
            if opens and not await asyncio.to_thread(webbrowser.open, address):
                click.echo("No browser was found here; open the address yourself.", err=True)
            await asyncio.Event().wait()
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host} port {port} ({error.strerror or error});"
            " leave --port and --host away, or choose others."
        ) from error


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
