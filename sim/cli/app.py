"""``sim``: the commands in the order of the road. Each imports what it needs when it is called."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress

import click

from sim._version import __version__
from sim.cli.frame import INTERRUPTED, Frame, word
from sim.interrupts import note_interrupts


@click.group(cls=Frame, help=word("help.sim"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sim")
def app() -> None:
    """The group that the commands join."""


def joined() -> click.Group:
    """The group with its commands."""
    from sim.cli import (
        caches,
        calibrations,
        conformance,
        docs,
        drafts,
        ensembles,
        explain,
        exports,
        figures,
        inputs,
        outcomes,
        sensitivities,
        simulate,
        validation,
        verify,
        workplace,
    )

    for command in (
        workplace.new, workplace.parks, inputs.check, inputs.show, outcomes.run, outcomes.compare, outcomes.targets,
        figures.plot, figures.whence, drafts.report, explain.explain, verify.verify, ensembles.ensemble,
        sensitivities.sensitivity, calibrations.calibrate, calibrations.backtest, validation.validate, exports.export,
        simulate.simulate, conformance.conformance, docs.docs, caches.cache,
    ):  # fmt: skip
        app.add_command(command)
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
        joined()(prog_name="sim")
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
