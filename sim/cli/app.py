"""``sim``: the commands in the order of the road. Each imports what it needs when it is called."""

from __future__ import annotations

import signal

import click

from sim._version import __version__
from sim.cli.frame import Frame, word


@click.group(cls=Frame, help=word("help.sim"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sim")
def app() -> None:
    """The group that the commands join."""


def _join() -> None:
    from sim.cli import inputs, outcomes, workplace

    for command in (
        workplace.new, workplace.parks, inputs.check, inputs.show, outcomes.run, outcomes.compare, outcomes.targets,
        outcomes.plot,
    ):  # fmt: skip
        app.add_command(command)


def main() -> None:
    """Entry point of the console script and of ``python -m sim``."""
    # A closed pipe (| head) ends the program quietly where the system knows the signal.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    _join()
    app(prog_name="sim")
