"""Figures on paper: sizes in millimetres and points, and what a greyscale print leaves of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import Patch

from sim.report.plots import comparison, grid, layout, style
from sim.report.plots.looks import LOOKS
from sim.report.plots.numbers import NOTHING
from sim.report.plots.registry import draw_all
from tests.plausible import plausible_results, plausible_rows
from tests.test_plots import context

APART = 12.0
"""Steps of lightness (L* from 0 to 100) that the eye tells apart beside each other on paper."""


def luminance(colour: object) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))  # type: ignore[arg-type]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def lightness(colour: object) -> float:
    """CIE L* of a colour, which is all that greyscale keeps."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    drawn = draw_all(context("zh"))
    drawn |= {f"{code} at half width": one for code, one in draw_all(context("zh", width_mm=style.HALF_MM)).items()}
    runs = {name: plausible_results(policy=policy) for name, policy in (("基准", 0.0), ("规划", 1.0), ("下行", -3.0))}
    drawn["compare-gdp"] = comparison.indicator_figure(runs, comparison.INDICATORS[0], "zh", plausible_rows())
    drawn["compare-targets"] = grid.verdict_grid(dict.fromkeys(runs, plausible_rows()), "zh")
    return drawn


def fills(figure: Figure) -> set[tuple[str, str]]:
    """Fill and hatch of everything that a legend of the figure explains."""
    return {
        (str(to_rgba(handle.get_facecolor())), handle.get_hatch() or "")
        for legend in figure.findobj(Legend)
        for handle in legend.legend_handles
        if isinstance(handle, Patch)
    }


def test_type_and_lines_have_the_sizes_of_print(figures: dict[str, Figure]) -> None:
    for code, figure in figures.items():
        sizes = {float(item.get_fontsize()) for item in layout.drawn_texts(figure)}
        assert sizes <= {style.SMALL_PT, 8.0, style.TEXT_PT}, code
        for axes in figure.axes:
            if axes.axison and axes.get_ylabel():
                assert axes.yaxis.label.get_fontsize() == style.TEXT_PT
            assert all(line.get_linewidth() >= 0.3 for line in axes.lines if line.get_linestyle() != "None"), code


def test_panels_stand_where_millimetres_say() -> None:
    figure = style.blank((150.0, 80.0))
    axes = style.panel(figure, 13.0, 8.0, 100.0, 50.0)
    box = axes.get_position()
    assert (box.x0 * 150, (1 - box.y1) * 80) == pytest.approx((13.0, 8.0))
    assert (style.width_mm(axes), style.height_mm(axes)) == pytest.approx((100.0, 50.0))


def test_fills_are_told_apart_in_grey(figures: dict[str, Figure]) -> None:
    compared = 0
    for code, figure in figures.items():
        for (one, hatch), (other, another) in combinations(fills(figure), 2):
            compared += 1
            apart = abs(lightness(rgb_of(one)) - lightness(rgb_of(other)))
            assert hatch != another or apart >= APART, (code, one, other)
    assert compared > 20
    marks = [(look.hatch, look.fill) for look in LOOKS.values()]
    for (hatch, one), (another, other) in combinations(marks, 2):
        assert hatch != another or abs(lightness(one) - lightness(other)) >= APART
    shapes = [(look.marker, look.fillstyle) for look in LOOKS.values()]
    assert len(set(shapes)) == len(shapes)


def rgb_of(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.strip("()").split(","))[:3]


def _looks_of_lines(axes: Axes) -> set[tuple[str, str, str, str]]:
    """Style, marker and colour of every series (not of rules, ticks of labels and brackets)."""
    found = set()
    for line in axes.lines:
        if len(np.atleast_1d(line.get_xdata())) >= 6:
            face = str(line.get_markerfacecolor()) if line.get_marker() != "None" else ""
            found.add((str(line._dash_pattern), str(line.get_marker()), face, str(line.get_color())))  # type: ignore[attr-defined]
    return found


def test_lines_are_told_apart_without_colour(figures: dict[str, Figure]) -> None:
    for code, figure in figures.items():
        for axes in figure.axes:
            for one, other in combinations(_looks_of_lines(axes), 2):
                same = one[:3] == other[:3]
                assert not same or abs(lightness(one[3]) - lightness(other[3])) >= APART, (code, one, other)


def test_text_and_lines_stand_out_from_the_paper(figures: dict[str, Figure]) -> None:
    paper = luminance(style.PALE)  # the darkest ground that text stands on
    for code, figure in figures.items():
        for item in layout.drawn_texts(figure):
            if item.get_text() != NOTHING:
                contrast = (paper + 0.05) / (luminance(item.get_color()) + 0.05)
                assert contrast >= 4.5, (code, item.get_text())
        for axes in figure.axes:
            for line in axes.lines:
                if axes.axison and len(np.atleast_1d(line.get_xdata())) >= 6 and line.get_linestyle() != "None":
                    assert lightness(style.PALE) - lightness(line.get_color()) >= 30.0, code


def test_areas_are_closed_by_an_edge_or_a_hatch(figures: dict[str, Figure]) -> None:
    areas = [area for axes in figures["5-land"].axes for area in axes.findobj(PolyCollection)]
    assert len(areas) == 4
    assert all(area.get_edgecolor().size and area.get_linewidth()[0] > 0 for area in areas)
