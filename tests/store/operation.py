"""Run one command in a process of its own, to be killed: everything is imported before it says "go"."""

import sys
from importlib import import_module

import click

from sensortrack.cli import COMMANDS, main

if __name__ == "__main__":
    for name in COMMANDS:
        main.get_command(click.Context(main), name)
    for name in ("cli.analysis", "cli.stored", "cli.session", "store.upkeep", "store.analyses", "store.edits"):
        import_module(f"sensortrack.{name}")
    sys.stdout.write("go\n")
    sys.stdout.flush()
    main.main(sys.argv[1:], standalone_mode=False)
