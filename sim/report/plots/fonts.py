"""Find a font for Chinese text, and the characters of a figure that its fonts cannot draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.errors import InputError, Problem
from sim.words.catalogue import Language

LATIN = "DejaVu Sans"
"""Comes with matplotlib, so English figures look the same on every machine."""

CHINESE = (
    "Microsoft YaHei",
    "SimHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "PingFang HK",
    "Noto Sans CJK JP",
)
"""Families with simplified Chinese, best first; the last is how some systems list Noto Sans CJK."""

PACKAGE = "cvttf_NotoSansCJK_Regular"
"""Import name of the wheel that the extra ``fonts`` installs."""


def installed_family(families: Sequence[str] = CHINESE) -> str | None:
    """The first of ``families`` that the system has, or ``None``.

    >>> installed_family(["No Such Font", "DejaVu Sans"])
    'DejaVu Sans'
    """
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in families if name in known), None)


def packaged_family(package: str = PACKAGE) -> str | None:
    """The family in the font wheel, made known to matplotlib; ``None`` where the wheel is not installed."""
    try:
        path = import_module(package).get_TTF_path()
    except (ImportError, FileNotFoundError):
        return None
    known = {entry.fname: entry.name for entry in font_manager.fontManager.ttflist}
    if path not in known:
        font_manager.fontManager.addfont(path)
        known = {entry.fname: entry.name for entry in font_manager.fontManager.ttflist}
    return str(known[path])


def chinese_family(families: Sequence[str] = CHINESE, package: str = PACKAGE) -> str:
    """The family that Chinese text is drawn in: the system's, else that of the font wheel.

    Raises
    ------
    InputError
        ``font_missing``: neither is there; the text says how to get one.
    """
    family = installed_family(families) or packaged_family(package)
    if family is None:
        raise InputError([Problem(None, "font_missing", {"command": 'pip install "sim-parks[fonts]"'})])
    return family


@cache
def font_families(lang: Language) -> tuple[str, ...]:
    """Families in the order in which a character is looked for; only Chinese needs a Chinese font.

    Raises
    ------
    InputError
        ``font_missing``, for ``zh`` only.

    >>> font_families("en")[0]
    'DejaVu Sans'
    """
    if lang == "zh":
        return (chinese_family(), LATIN)
    family = installed_family() or packaged_family()
    return (LATIN,) if family is None else (LATIN, family)


@cache
def covered(family: str) -> frozenset[int]:
    """The code points that ``family`` has a glyph for.

    >>> ord("A") in covered("DejaVu Sans")
    True
    """
    path = font_manager.findfont(font_manager.FontProperties(family=[family]), fallback_to_default=False)
    return frozenset(font_manager.get_font(path).get_charmap())


def missing_in(content: str, families: Iterable[str]) -> set[str]:
    """Characters of ``content`` that none of ``families`` can draw (white space aside).

    >>> missing_in("SO2 开", ["DejaVu Sans"])
    {'开'}
    """
    rest = {character for character in content if not character.isspace()}
    for family in families:
        if not rest:
            break
        rest -= {character for character in rest if ord(character) in covered(family)}
    return rest


def missing_glyphs(figure: Figure) -> set[str]:
    """Characters that would show as empty boxes in ``figure``, judged by the fonts' own tables."""
    missing: set[str] = set()
    for item in figure.findobj(Text):
        if item.get_visible():
            missing |= missing_in(item.get_text(), item.get_fontproperties().get_family())
    return missing


def require_glyphs(figure: Figure) -> None:
    """Refuse a figure with empty boxes.

    Raises
    ------
    InputError
        ``font_missing``: a text holds characters that no font here has (Chinese names in an English figure).
    """
    if missing_glyphs(figure):
        raise InputError([Problem(None, "font_missing", {"command": 'pip install "sim-parks[fonts]"'})])
