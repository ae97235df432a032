"""Room for text: how wide it is, where it breaks, how labels keep apart, and which texts collide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

POINT_MM = 25.4 / 72
LINE_MM = 7.5 * POINT_MM * 1.25
"""Height of a line of the smallest type."""

_OPENING, _CLOSING = "(\uff08\u201c\u300a", ",;:)%\u2019\u3001\u3002\uff0c\uff1b\uff1a\uff09\u201d\u300b"
_PIECES = re.compile(rf"[{_OPENING}]*(?:[+\-\u2212]?[A-Za-z0-9≥≤<>][A-Za-z0-9.%'/+\-]*|.)[{_CLOSING}]*\s*")
"""What a line break keeps together: a word, a number or a Chinese character, with its brackets and stops."""


@lru_cache(maxsize=4096)
def _width(content: str, size: float, families: tuple[str, ...]) -> float:
    properties = FontProperties(family=list(families), size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(content, properties, ismath=False)
    return float(width) * POINT_MM


def text_mm(content: str, size: float) -> float:
    """Width of one line of text in millimetres, in the font of the current style.

    >>> text_mm("wide", 9.0) > text_mm("w", 9.0) > 0
    True
    """
    return _width(content, size, tuple(mpl.rcParams["font.family"])) if content else 0.0


def wrap(content: str, room: float, size: float) -> list[str]:
    """Break ``content`` into lines of at most ``room`` millimetres; Chinese breaks between characters.

    >>> len(wrap("share of parks that have completed the circular retrofit", 30.0, 7.5))
    3
    """
    if text_mm(content.rstrip(), size) <= room:
        return [content.rstrip()]
    pieces, lines = _PIECES.findall(content), []
    while pieces:
        # Each measurement lays a text out: halving finds the break in a few of them.
        fit, most = 1, len(pieces)
        while fit < most:
            trial = (fit + most + 1) // 2
            if text_mm("".join(pieces[:trial]).rstrip(), size) <= room:
                fit = trial
            else:
                most = trial - 1
        lines.append("".join(pieces[:fit]).rstrip())
        pieces = pieces[fit:]
    return lines


NARROW_LEGEND = {"handlelength": 2.0, "columnspacing": 1.0}
"""How a legend over the whole width of a narrow figure is set, so that a column takes 10.1 mm beside its text."""


def narrow_columns(handles: Sequence[Artist], width: float) -> int:
    """Columns of a legend set by :data:`NARROW_LEGEND` in a figure of that width."""
    return legend_columns([str(handle.get_label()) for handle in handles], width - 2.0, beside=10.1)


def legend_columns(labels: Sequence[str], room: float, size: float = 7.5, beside: float = 9.5) -> int:
    """Columns of a legend (filled one column after another) that fit into ``room`` millimetres.

    ``beside`` is what a column takes besides its text.

    >>> legend_columns(["a", "b", "c", "d"], 60.0), legend_columns(["a rather long label"] * 4, 60.0)
    (4, 1)
    """
    for number in range(len(labels), 1, -1):
        columns = np.array_split(np.arange(len(labels)), number)
        if sum(beside + max(text_mm(labels[k], size) for k in column) for column in columns) <= room:
            return number
    return 1


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Centres nearest to ``wanted``, in the same order, so that labels of these ``sizes`` do not overlap.

    All lie within ``low … high``; where there is not room for them, their sizes shrink alike.

    >>> spread([1.0, 1.1, 5.0], [1.0, 1.0, 1.0], 0.0, 6.0)
    [0.55, 1.55, 5.0]
    """
    if not wanted:
        return []
    order = np.argsort(np.asarray(wanted), kind="stable")
    room = np.asarray(sizes, dtype=float)[order]
    room *= min(1.0, (high - low) / room.sum())
    offsets = np.cumsum(room) - room / 2
    free = float(high - low - room.sum())
    # With the labels' own sizes taken out, "in order and apart" is "non-decreasing": pool what violates it.
    pools: list[tuple[float, int]] = []
    for index, offset in zip(order, offsets, strict=True):
        mean, weight = float(wanted[index] - offset - low), 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, weight = (mean * weight + other * count) / (weight + count), weight + count
        pools.append((mean, weight))
    flat = [mean for mean, weight in pools for _ in range(weight)]
    placed = [0.0] * len(wanted)
    for index, mean, offset in zip(order, flat, offsets, strict=True):
        placed[int(index)] = round(low + min(max(mean, 0.0), free) + float(offset), 9)
    return placed


def drawn_texts(figure: Figure) -> list[Text]:
    """Texts that really show: not those of ticks outside the view or of hidden axes."""
    hidden: set[int] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axes.axison or not axis.get_visible():
                hidden |= {id(item) for item in axis.findobj(Text)}
                continue
            low, high = sorted(axis.get_view_interval())
            slack = (high - low) * 1e-9
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - slack <= tick.get_loc() <= high + slack:
                    hidden |= {id(item) for item in tick.findobj(Text)}
    return [
        item
        for item in figure.findobj(Text)
        if item.get_visible() and item.get_text().strip() and id(item) not in hidden
    ]


def _extents(figure: Figure) -> tuple[list[str], np.ndarray, list[float]]:
    """Texts, their boxes (x0, y0, x1, y1) in pixels, their sizes in points."""
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    renderer = canvas.get_renderer()
    texts = drawn_texts(figure)
    boxes = [item.get_window_extent(renderer).extents for item in texts]
    sizes = [float(item.get_fontsize()) for item in texts]
    return [item.get_text() for item in texts], np.array(boxes).reshape(-1, 4), sizes


@dataclass(frozen=True)
class TextReview:
    """The texts of a figure: pairs that overlap, those that the edge cuts, and the smallest size."""

    overlapping: list[tuple[str, str]]
    outside: list[str]
    smallest_pt: float


def review_texts(figure: Figure, slack: float = 1.0) -> TextReview:
    """Measure every text that shows; boxes may touch by ``slack`` pixels."""
    texts, boxes, sizes = _extents(figure)
    x0, y0, x1, y1 = boxes.T
    across = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
    up = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    first, second = np.nonzero(np.triu((across > slack) & (up > slack), k=1))
    right, top = figure.bbox.width + 0.5, figure.bbox.height + 0.5
    cut = np.flatnonzero((x0 < -0.5) | (y0 < -0.5) | (x1 > right) | (y1 > top))
    return TextReview(
        [(texts[i], texts[j]) for i, j in zip(first, second, strict=True)],
        [texts[i] for i in cut],
        min(sizes, default=np.inf),
    )


def overlapping_texts(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes overlap."""
    return review_texts(figure).overlapping


def texts_outside(figure: Figure) -> list[str]:
    """Texts that the edge of the figure cuts."""
    return review_texts(figure).outside
