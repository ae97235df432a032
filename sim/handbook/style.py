"""The style sheet of the page: one column, readable without colour, and fit to be printed on A4."""

from __future__ import annotations

from collections.abc import Sequence

from sim.handbook.diagrams import PAGE
from sim.handbook.svg import FONTS

_CSS = """
body { font-family: FONTS; font-size: 15px; line-height: 1.5; color: #111; background: #fff; margin: 1em; }
main { max-width: WIDTHpx; margin: 0 auto; }
h1 { font-size: 1.7em; } h2 { margin-top: 2.2em; border-bottom: 2px solid #111; }
h3 { margin-top: 1.8em; border-bottom: 1px solid #999; } h4 { margin: 1em 0 0.2em; }
a { color: inherit; text-decoration: underline; text-decoration-color: #999; }
code { font-family: Consolas, Menlo, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; font-size: 0.88em; }
figure { margin: 0.6em 0; } svg { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.84em; }
th, td { border: 1px solid #999; padding: 0.25em 0.45em; text-align: left; vertical-align: top; }
th { background: #eee; } td { overflow-wrap: anywhere; }
.facts { width: auto; } .small { font-size: 0.92em; color: #444; }
.equation code { display: block; padding-left: 1em; text-indent: -1em; }
.legend td:first-child { width: 230px; text-align: center; }
tr:target { outline: 2px solid #111; background: #f3f3f3; }
@media print {
  @page { size: A4 landscape; margin: 10mm; }
  input, label { display: none; } body { margin: 0; font-size: 11px; }
  figure { break-inside: avoid; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; }
  svg { max-height: 165mm; } a { text-decoration: none; }
}
"""

_WIDTHS = {
    "variables": (17, 7, 35, 11, 16, 14),
    "parameters": (18, 17, 9, 18, 6, 5, 20, 7),
    "drivers": (13, 7, 10, 18, 6, 6, 25, 15),
    "targets": (5, 13, 18, 24, 8, 10, 9, 13),
}
"""Columns of the tables whose cells differ too much to be left to the browser, in per cent."""

_SWITCH = """
input[name=lang] { margin-left: 1em; }
#show-zh:checked ~ main .l-en, #show-en:checked ~ main .l-zh { display: none; }
"""


def css(langs: Sequence[str]) -> str:
    """The style sheet; with the rules of the switch where there are two languages."""
    sheet = _CSS.replace("FONTS", FONTS).replace("WIDTH", f"{PAGE + 40:.0f}")
    for name, widths in _WIDTHS.items():
        sheet += f".{name} {{ table-layout: fixed; }}\n"
        sheet += "".join(f".{name} th:nth-child({at}) {{ width: {w}%; }}\n" for at, w in enumerate(widths, start=1))
    return sheet + (_SWITCH if len(langs) > 1 else "")
