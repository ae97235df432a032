"""What every command shares: language, exit codes, and how a mistake is told."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from sim.errors import EngineError, InputError, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import Language, problem_line, system_language, text

DONE, INTERNAL, WRONG_INPUT, MISSED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done, internal error, wrong usage or input, a required target missed, interrupted."""

SYSTEM = system_language()


def word(key: str, /, **values: object) -> str:
    """A text of the command line in the system's language: help is written before ``--lang`` is read."""
    return text(SYSTEM, f"cli.{key}", **values)


def language_of(asked: str | None, scenario: str | None = None) -> Language:
    """``--lang``, else the scenario's language, else the system's.

    >>> language_of("en", "zh")
    'en'
    """
    chosen = asked or scenario
    return "zh" if chosen == "zh" else "en" if chosen == "en" else SYSTEM


def tell(line: str = "") -> None:
    """A line of progress or notice, beside the results: on standard error."""
    echo(line, sys.stderr)


def warn(lang: Language, problems: Iterable[Problem]) -> None:
    """Problems that do not stop a run."""
    for problem in problems:
        tell(text(lang, "cli.warning", line=problem_line(lang, problem)))


class Frame(click.Group):
    """The group of commands; turns every error of ours into a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a user's mistake ends with exit code 2 and no traceback."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            lang = _asked_language(ctx)
            for problem in error.problems:
                tell(problem_line(lang, problem))
            if len(error.problems) > 1:
                tell(text(lang, "cli.problems", count=len(error.problems)))
            ctx.exit(WRONG_INPUT)
        except EngineError as error:
            tell(text(_asked_language(ctx), "cli.engine_failed", reason=str(error)))
            ctx.exit(INTERNAL)
        except KeyboardInterrupt:
            tell(text(_asked_language(ctx), "cli.interrupted"))
            ctx.exit(INTERRUPTED)


def _asked_language(ctx: click.Context) -> Language:
    """The language on the command line, which may not have been read when it failed."""
    arguments = sys.argv
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            return language_of(arguments[place + 1])
        if argument.startswith("--lang="):
            return language_of(argument.removeprefix("--lang="))
    return SYSTEM


LANG = click.option("--lang", type=click.Choice(["zh", "en"]), help=word("option.lang"))
SCENARIO = click.Path(path_type=Path)
