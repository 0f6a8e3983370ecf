"""The command line: the only place that prints, asks and exits.

`--help` imports click alone: every command's module is loaded when it is named, and imports what it uses when it runs.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from sensortrack import __version__

# command -> its one line in the overview; the module of that name holds a function of that name
COMMANDS = {
    "backup": "Copy the database, checked.",
    "delete": "Remove stored sessions wholly.",
    "demo": "Watch a simulated session being counted, live, without a sensor.",
    "doctor": "Check radio, permission, disk, database and sensor, line by line.",
    "edit": "Correct a stored session; every change can be undone.",
    "export": "Take sessions elsewhere: CSV, JSON, Parquet, FIT, FHIR, BIDS.",
    "import": "Take recordings of apps and sensors, and our own exports, into the store.",
    "exercises": "Show the exercises: every number with its unit, meaning and source.",
    "reanalyze": "Count stored sessions again with this version.",
    "log": "Tell what was done without a sensor.",
    "program": "Show the programme, and where each of its numbers comes from.",
    "progress": "Calendar, streaks and trends by the programme.",
    "record": "Record a session live: found, counted aloud, kept.",
    "replay": "Count, time and measure what is in a recording.",
    "report": "One page of a session or a period, to look at and to print.",
    "restore": "Put a backup in the database's place.",
    "review": "Look at the sessions in a browser, and correct them there.",
    "scan": "List the sensors that are near.",
    "sessions": "List the sessions in the store.",
    "show": "Show a stored session with its corrections.",
    "simulate": "Write a simulated recording, and beside it what really happened.",
    "today": "Show what the programme still asks for.",
}


class LazyGroup(click.Group):
    """Commands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, without importing one."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"sensortrack.cli.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Read the command line, which may already write: the help."""
        with _refusals_told():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _refusals_told():
            return super().invoke(ctx)


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Say in one sentence what the system refuses, where a command has no words for it."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:  # a reader that left: click ends quietly
            raise
        with suppress(OSError, ValueError):
            sys.stdout.close()  # what it still holds cannot be written either
        where = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(f"{where}{error.strerror or error}; check disk and permissions.") from error


FIRST_STEPS = """\b
First steps:
  sensortrack demo                    a session without a sensor, live
  sensortrack replay recording.csv    what is in a recording
  sensortrack record                  record with a sensor, counted aloud"""


@click.group(cls=LazyGroup, epilog=FIRST_STEPS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sensortrack")
def main() -> None:
    """Count repetitions, time holds, measure angles: a motion sensor on the thigh."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without these signs shows a question mark, not a crash
