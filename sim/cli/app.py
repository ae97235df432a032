"""``sim``: the commands in the order of the road. Each is imported, with what it needs, when it is called."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress
from importlib import import_module

import click

from sim._version import __version__
from sim.cli.frame import INTERRUPTED, Frame, word
from sim.interrupts import note_interrupts

COMMANDS = {
    "new": "workplace", "parks": "workplace", "check": "inputs", "show": "inputs", "run": "outcomes",
    "compare": "outcomes", "targets": "outcomes", "plot": "figures", "whence": "figures", "report": "drafts",
    "explain": "explain", "verify": "verify", "ensemble": "ensembles", "sensitivity": "sensitivities",
    "calibrate": "calibrations", "backtest": "calibrations", "validate": "validation", "export": "exports",
    "simulate": "simulate", "conformance": "conformance", "docs": "docs", "cache": "caches",
}  # fmt: skip
"""By command its module, in which it has its own name."""


class Road(Frame):
    """The group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in self.commands and cmd_name in COMMANDS:
            self.add_command(getattr(import_module(f"sim.cli.{COMMANDS[cmd_name]}"), cmd_name))
        return super().get_command(ctx, cmd_name)


@click.group(cls=Road, help=word("help.sim"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sim")
def app() -> None:
    """The group of commands."""


def joined() -> click.Group:
    """The group with all its commands, for who goes through them."""
    context = click.Context(app)
    for name in COMMANDS:
        app.get_command(context, name)
    return app


def main() -> None:
    """Entry point of the console script and of ``python -m sim``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # help is written past our own echo
            stream.reconfigure(errors="replace")
    gc.set_threshold(100_000, 50, 100)  # a command makes much that stays: looking for rubbish again and again costs
    code: object = 0
    note_interrupts()
    try:
        app(prog_name="sim")
    except KeyboardInterrupt:  # before a command has begun, or a second one while the first is dealt with
        code = INTERRUPTED
    except SystemExit as ending:
        code = ending.code
    finally:
        _flush()
    _leave(code)


def _leave(code: object) -> None:
    """End the process: without taking apart thousands of objects of the libraries, which takes a tenth of a second."""
    if not isinstance(code, int | None):
        sys.exit(str(code))
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code or 0)


def _flush() -> None:
    """Write what is left; where nobody reads any more, Python would complain about it at its very end."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
