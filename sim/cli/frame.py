"""What every command shares: language, exit codes, and how a mistake is told."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import click

from sim.errors import EngineError, InputError, Problem
from sim.nearest import nearest
from sim.report.safe_print import echo
from sim.words.catalogue import Language, problem_line, system_language, text

ASKED = "sim.lang"
"""Key of the language among what a command line leaves for later."""

DONE, INTERNAL, WRONG_INPUT, MISSED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
"""Exit codes: done, internal error, wrong usage or input, a required target missed, interrupted, nobody reads on."""

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
    """A line of progress or notice, beside the results: on standard error, if anybody reads that."""
    with suppress(BrokenPipeError):
        echo(line, sys.stderr)


def warn(lang: Language, problems: Iterable[Problem]) -> None:
    """Problems that do not stop a run."""
    for problem in problems:
        tell(text(lang, "cli.warning", line=problem_line(lang, problem)))


class Frame(click.Group):
    """The group of commands; turns every error of ours into a sentence and an exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the language that was asked for, which may not be read any more when something fails."""
        ctx.meta[ASKED] = _asked_language(args)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that isn't there gets the nearest that is."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = nearest(args[0], self.list_commands(ctx))
            raise InputError([Problem(None, "unknown_command", {"command": args[0]}, near)])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a user's mistake ends with exit code 2 and no traceback."""
        lang: Language = ctx.meta.get(ASKED, SYSTEM)
        try:
            return super().invoke(ctx)
        except InputError as error:
            for problem in error.problems:
                tell(problem_line(lang, problem))
            if len(error.problems) > 1:
                tell(text(lang, "cli.problems", count=len(error.problems)))
            ctx.exit(WRONG_INPUT)
        except click.UsageError as error:
            tell(problem_line(lang, _usage_problem(error)))
            tell(text(lang, "cli.see_help", command=(error.ctx or ctx).command_path))
            ctx.exit(WRONG_INPUT)
        except EngineError as error:
            told = [problem_line(lang, problem) for problem in error.problems] or [str(error)]
            tell(text(lang, "cli.engine_failed", reason="; ".join(told)))
            ctx.exit(WRONG_INPUT if error.problems else INTERNAL)  # what breaks a run is a number that somebody chose
        except KeyboardInterrupt:
            tell(text(lang, "cli.interrupted"))
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:  # as in "sim targets … | head -1"
            ctx.exit(PIPE_CLOSED)


def _asked_language(arguments: Sequence[str]) -> Language:
    """The language on the command line, else the system's."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if argument == "--lang":
            return language_of(following)
        if argument.startswith("--lang="):
            return language_of(argument.removeprefix("--lang="))
    return SYSTEM


def _usage_problem(error: click.UsageError) -> Problem:
    """What is wrong with a command line, in our words."""
    if isinstance(error, click.NoSuchOption):
        return Problem(None, "unknown_option", {"option": error.option_name}, next(iter(error.possibilities or ()), ""))
    parameter = getattr(error, "param", None)
    name = parameter.opts[0] if isinstance(parameter, click.Option) else getattr(parameter, "human_readable_name", "")
    if isinstance(error, click.MissingParameter):
        return Problem(None, "argument_missing", {"name": name})
    if isinstance(error, click.BadParameter) and name:
        return _value_problem(error, parameter, name)
    return Problem(None, "usage", {"reason": error.format_message()})


def _value_problem(error: click.BadParameter, parameter: object, name: str) -> Problem:
    """What is wrong with the value of an option or argument: click says it in English alone."""
    kind = getattr(parameter, "type", None)
    value = re.match(r"'([^']*)'|(-?[0-9.]+)", error.message)
    known: dict[str, object] = {"name": name, "value": (value[1] or value[2] or "") if value else ""}
    if isinstance(kind, click.Choice):
        return Problem(None, "argument_choice", known | {"known": ", ".join(map(str, kind.choices))})
    if isinstance(kind, click.IntRange | click.FloatRange) and value and value[2]:
        return Problem(None, "argument_range", known | {"low": _bound(kind.min), "high": _bound(kind.max)})
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType) and value:
        return Problem(None, "argument_number", known)
    return Problem(None, "argument_wrong", {"name": name, "reason": error.message})


def _bound(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:.10g}"


LANG = click.option("--lang", type=click.Choice(["zh", "en"]), help=word("option.lang"))
SCENARIO = click.Path(path_type=Path, readable=False)
