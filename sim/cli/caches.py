"""The command that looks after what the program keeps to be fast: cache, cache clear."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sim.cli.frame import ASKED, LANG, Frame, language_of, tell, word
from sim.errors import InputError, OutputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import Language, problem_line, text

if TYPE_CHECKING:
    from sim.cache import Cache, Stored

UNITS = ("B", "kB", "MB", "GB")


class _Inner(Frame):
    """A group within the group: the language of the whole line has been read, this one sees only a part of it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return click.Group.parse_args(self, ctx, args)


@click.group(cls=_Inner, invoke_without_command=True, help=word("help.cache"))
@click.option("--json", "as_json", is_flag=True, help=word("option.cache_json"))
@LANG
@click.pass_context
def cache(ctx: click.Context, as_json: bool, lang: str | None) -> None:
    """What the cache holds, by kind; what there is to say against it comes as a note."""
    if ctx.invoked_subcommand is not None:
        return
    from sim.cache import Cache

    store, language = Cache(), language_of(lang)
    entries = store.entries()
    if as_json:
        echo(_json(store, entries))
    else:
        for line in _table(store, entries, language):
            echo(line)
    for problem in _obstacles(store):
        tell(text(language, "cli.warning", line=problem_line(language, problem)))


@cache.command(help=word("help.cache_clear"))
@click.option("--kind", metavar="KIND", help=word("option.cache_kind"))
@LANG
@click.pass_context
def clear(ctx: click.Context, kind: str | None, lang: str | None) -> None:
    """Remove what the cache holds, all of it or one kind; without a question, for all of it is made again."""
    from sim.cache import KINDS, Cache
    from sim.nearest import nearest

    language = language_of(lang, ctx.meta.get(ASKED))
    if kind is not None and kind not in KINDS:
        values = {"kind": kind, "known": ", ".join(KINDS)}
        raise InputError([Problem(None, "cache_kind", values, nearest(kind, KINDS))])
    store = Cache()
    cleared = store.clear(kind)
    key = "cache.cleared" if cleared.entries else "cache.nothing"
    echo(text(language, key, count=cleared.entries, size=shown_size(cleared.size), folder=store.folder))
    if cleared.kept:
        raise OutputError([Problem(Place(store.folder), "cache_kept", {"count": cleared.kept})])
    if any(problem.code == "cache_foreign" for problem in _obstacles(store)):
        raise OutputError(_obstacles(store))


def shown_size(size: int) -> str:
    """A number of bytes for the eye, in decimal units.

    >>> shown_size(0), shown_size(12_345), shown_size(499_600_000)
    ('0 B', '12.3 kB', '500 MB')
    """
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 or value >= 99.95 else f"{value:.1f} {UNITS[unit]}"


def _obstacles(store: Cache) -> list[Problem]:
    code = store.obstacle()
    return [Problem(Place(store.folder), code)] if code else []


def _table(store: Cache, entries: Sequence[Stored], language: Language) -> list[str]:
    """The folder, a line for each kind, the sum, and how to clear."""
    from sim.cache import KINDS
    from sim.report.width import cells, pad

    rows = [tuple(text(language, f"cache.{name}") for name in ("content", "count", "size", "used"))]
    for kind in (*KINDS, None):
        found = [entry for entry in entries if kind in (entry.kind, None)]
        name = text(language, f"cache.{kind or 'total'}") + (f" ({kind})" if kind else "")
        used = max((entry.used for entry in found), default=None)
        day = "-" if used is None else time.strftime("%Y-%m-%d", time.localtime(used))
        rows.append((name, str(len(found)), shown_size(sum(entry.size for entry in found)), day))
    widths = [max(cells(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([pad(row[0], widths[0]), *(pad(row[i], widths[i], "right") for i in range(1, 4))]) for row in rows
    ]
    return [text(language, "cache.folder", folder=store.folder), "", *lines, "", text(language, "cache.hint")]


def _json(store: Cache, entries: Sequence[Stored]) -> str:
    from sim.cache import KINDS

    kinds = {
        kind: {
            "entries": sum(entry.kind == kind for entry in entries),
            "bytes": sum(entry.size for entry in entries if entry.kind == kind),
        }
        for kind in KINDS
    }
    listed = [
        {
            "kind": entry.kind,
            "key": entry.key,
            "bytes": entry.size,
            "used": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(entry.used)),
            "description": entry.description,
        }
        for entry in entries
    ]
    whole = {
        "folder": str(store.folder),
        "problem": store.obstacle() or None,
        "bytes": sum(entry.size for entry in entries),
        "kinds": kinds,
        "entries": listed,
    }
    return json.dumps(whole, ensure_ascii=True, indent=1)
