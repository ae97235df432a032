"""Figures: room for every text, glyphs, sizes, marks, and the cases in which data are few or missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from PIL import Image

from sim import dims
from sim.report.plots import comparison, fonts, grid, layout, series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.numbers import against
from sim.report.plots.registry import FIGURES, draw_all
from sim.report.plots.save import save, stamp_of
from sim.report.plots.sizes import named_zones, ranked
from sim.words.catalogue import Language, catalogue
from tests.plausible import plausible_results, plausible_rows

RESULTS, REFERENCE = plausible_results(), plausible_results(policy=0.0)
LANGUAGES: tuple[Language, ...] = ("zh", "en")
SCENARIOS = {
    "zh": [
        "基准情景(不新增政策)",
        "规划情景",
        "循环化改造情景",
        "土地准入情景",
        "需求下行情景",
        "实际外部环境情景",
    ],
    "en": [
        "Baseline",
        "Plan in full",
        "Circular retrofit",
        "Land thresholds",
        "Slump",
        "Hindsight: as it was",
    ],
}


def context(lang: Language, **changes: object) -> FigureContext:
    whole = FigureContext(
        RESULTS,
        plausible_rows(),
        lang,
        REFERENCE,
        base_origins={"gdp": "published", "revenue": "published", "iva": "derived"},
        base_ranges={"iva": (5200.0, 6147.0)},
    )
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]


def assert_readable(figure: Figure) -> None:
    review = layout.review_texts(figure)
    assert review.overlapping == []
    assert review.outside == []
    legends = [legend.get_window_extent() for legend in figure.findobj(Legend)]
    assert all(figure.bbox.containsx(x) for box in legends for x in (box.x0 + 1, box.x1 - 1))
    assert not any(one.overlaps(other) for one, other in combinations(legends, 2))
    assert review.smallest_pt >= style.SMALL_PT
    assert fonts.missing_glyphs(figure) == set()
    # matplotlib forgets the language of a text of several lines: a pan-CJK font then draws it in traditional forms
    assert [text for text in texts(figure, sep="\0").split("\0") if "\n" in text and not text.isascii()] == []


def texts(figure: Figure, sep: str = "\n") -> str:
    return sep.join(item.get_text() for item in layout.drawn_texts(figure))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_default_figures_are_readable_and_150_mm_wide(lang: Language) -> None:
    figures = draw_all(context(lang))
    assert list(figures) == [spec.code for spec in FIGURES]
    for figure in figures.values():
        assert figure.get_size_inches()[0] * 25.4 == pytest.approx(150.0)
        assert_readable(figure)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [style.HALF_MM, 77.0, 100.0, 149.0])
def test_all_figures_are_readable_where_narrow(lang: Language, width: float) -> None:
    figures = draw_all(context(lang, width_mm=width))
    assert {code[:1] for code in figures} == {str(spec.number) for spec in FIGURES}
    for figure in (*figures.values(), *draw_all(context(lang, width_mm=width, **zones_leave()), only=["5"]).values()):
        assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width)
        assert figure.get_size_inches()[1] * 25.4 < 240
        assert_readable(figure)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_half_figures_show_what_whole_ones_do(lang: Language) -> None:
    """No row, series, name or panel is left out; a scale that all panels share may be named once."""
    for spec in FIGURES:
        whole, half = (
            list(draw_all(context(lang, width_mm=width), only=[spec.code]).values())
            for width in (style.WIDTH_MM, style.HALF_MM)
        )
        assert sum(_series(figure) for figure in half) == sum(_series(figure) for figure in whole)
        assert _legends(whole) <= _legends(half)
    shown = "\n".join(map(texts, draw_all(context(lang, width_mm=style.HALF_MM), only=["1"]).values()))
    for row in plausible_rows():
        assert (row.id in shown) == (row.basis != "outside")


def _legends(figures: Iterable[Figure]) -> set[str]:
    handles = [one for figure in figures for legend in figure.findobj(Legend) for one in legend.legend_handles]
    return {str(handle.get_label()) for handle in handles if handle}


def _series(figure: Figure) -> int:
    return sum(axes.axison * len(axes.lines) for axes in figure.axes)


def _few() -> dict[str, object]:
    return {"results": plausible_results(parks=5), "reference": plausible_results(parks=5, policy=0.0)}


def _short() -> dict[str, object]:
    return {"results": plausible_results(end=2021), "reference": plausible_results(end=2021, policy=0.0)}


def _gaps() -> dict[str, object]:
    results = RESULTS.copy(deep=True)
    for name in ("gdp", "revenue", "value_added", "emissions", "land_idle", "new_project_intensity", "retrofit_done"):
        results[name][{dims.TIME: 4}] = np.nan
    results["iva"][:] = np.nan
    results["land_requests"][:] = 0.0
    return {"results": results}


def zones_leave() -> dict[str, object]:
    results = RESULTS.copy(deep=True)
    host = results["host"].astype(object).copy()
    host[{dims.PARK: slice(0, 6), dims.TIME: slice(4, None)}] = ""  # six parks, from 2019 on
    return {"results": results.assign_coords(host=host)}


def _named() -> dict[str, object]:
    return {"name_parks": True, "reference": None}


def _bare() -> dict[str, object]:
    rows = [row for row in plausible_rows() if row.basis == "outside"]
    results = RESULTS.drop_vars(["host", "revenue_origin", "name_zh", "name_en"])
    return {"rows": rows, "reference": None, "results": results, "base_ranges": {}}


CASES = {
    "five parks": _few, "clock to 2021": _short, "gaps": _gaps, "zones leave": zones_leave, "names": _named,
    "no targets": _bare,
}  # fmt: skip


@pytest.mark.parametrize(("lang", "said"), [("zh", "自2019年起有开发区退出名单"), ("en", "from 2019 on")])
def test_the_figure_of_land_says_why_the_planned_area_falls_only_where_zones_leave(lang: Language, said: str) -> None:
    figure = draw_all(context(lang, **zones_leave()), ["5"])["5-land"]
    assert said in texts(figure)
    assert_readable(figure)
    stays = texts(draw_all(context(lang), ["5"])["5-land"])
    assert "退出" not in stays
    assert "leave" not in stays


def test_what_is_wrong_with_texts_is_found() -> None:
    figure = style.blank((60.0, 40.0))
    for across, content in ((0.1, "overlap"), (0.12, "overlaps"), (0.95, "cut by the edge")):
        figure.text(across, 0.5, content, fontsize=6.0)
    assert layout.overlapping_texts(figure) == [("overlap", "overlaps")]
    assert layout.texts_outside(figure) == ["cut by the edge"]
    assert layout.review_texts(figure).smallest_pt == 6.0


@pytest.mark.parametrize("case", CASES)
def test_figures_stay_readable_when_data_are_few_missing_or_named(case: str) -> None:
    for figure in draw_all(context("zh", **CASES[case]())).values():
        assert_readable(figure)


def test_only_picks_by_number_or_code_and_leaves_settings_alone() -> None:
    before = dict(mpl.rcParams)
    assert list(draw_all(context("zh"), only=["5", "1-target-board"])) == ["1-target-board", "5-land"]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("lang", LANGUAGES)
def test_board_lists_what_is_modelled(lang: Language) -> None:
    shown = texts(draw_all(context(lang), only=["1"])["1-target-board"])
    for row in plausible_rows():
        assert (row.id in shown) == (row.basis != "outside")
    assert "13229" in shown


def test_a_long_board_goes_on_another_page_and_loses_no_row() -> None:
    rows = [dataclasses.replace(row, id=f"T{place}{row.id[1:]}") for place in range(3) for row in plausible_rows()]
    pages = [figure for code, figure in draw_all(context("zh", rows=rows), only=["1"]).items()]
    assert len(pages) > 1
    shown = "\n".join(texts(page) for page in pages).split("\n")
    assert all(row.id in shown for row in rows if row.basis != "outside")
    for page in pages:
        assert_readable(page)
        assert page.get_size_inches()[1] * 25.4 < 240


def test_names_stand_only_where_the_value_is_published() -> None:
    labels, _ = ranked(series.zone_revenue(series.one_run(RESULTS), 2015))
    assert set(named_zones(context("zh"), labels).values()) == {"第1开发区", "第2开发区"}
    assert len(named_zones(context("zh", name_parks=True), labels)) > 2


def test_zones_are_hosts_with_their_members() -> None:
    run = series.one_run(RESULTS)
    before, after = series.zone_revenue(run, 2015), series.zone_revenue(run, 2020)
    assert before.size == run.sizes[dims.PARK]
    assert after.size == before.size - 1
    assert float(after.sum()) == pytest.approx(float(run["revenue"].sel(time=2020).sum()))


def test_retrofit_shares_make_up_the_whole() -> None:
    shares = series.retrofit_shares(series.one_run(RESULTS))
    assert shares.sum(axis=0) == pytest.approx(np.ones(shares.shape[1]))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_comparisons_are_readable(lang: Language) -> None:
    runs: dict[str, xr.Dataset] = dict(
        zip(SCENARIOS[lang], (plausible_results(policy=p) for p in (0, 1, 0.98, 0.9, -3, -6)), strict=True)
    )
    figures = comparison.indicator_figures(
        runs, lang, plausible_rows(), comparison.INDICATORS if lang == "zh" else comparison.INDICATORS[::3]
    )
    assert "compare-gdp" in figures
    rows = {name: plausible_rows(0.003 * place) for place, name in enumerate(SCENARIOS[lang])}
    grids = grid.verdict_grids(rows, lang)
    assert list(grids) == ["compare-targets", "compare-targets-2"]
    for figure in (*figures.values(), *grids.values()):
        assert_readable(figure)


@pytest.mark.parametrize("count", [1, 2, 14])
def test_end_labels_keep_apart_whatever_the_number_of_scenarios(count: int) -> None:
    runs = {f"情景{place}": RESULTS for place in range(count)}
    assert_readable(comparison.indicator_figure(runs, comparison.INDICATORS[0], "zh"))


def test_files_have_physical_size_run_id_and_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second = (
        save(
            draw_all(context("zh"), only=["7"])["7-retrofit-clusters"],
            tmp_path / name,
            ("png", "svg", "pdf"),
            stamp_of([{"run_id": "run-1"}], "run", ()),
        )
        for name in ("图一", "图二")
    )
    assert [path.suffix for path in first] == [".png", ".svg", ".pdf"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    with Image.open(first[0]) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width == pytest.approx(150 / 25.4 * 300, abs=1)
        assert image.info["Run"] == "run-1"
    drawing = first[1].read_text(encoding="utf-8")
    assert "<text" not in drawing
    assert "run-1" in drawing
    assert "dc:date" not in drawing


def test_indicators_and_figures_have_words_in_both_languages() -> None:
    for lang in LANGUAGES:
        words = catalogue(lang)
        for spec in FIGURES:
            assert {spec.title_key, spec.note_key} <= set(words)
        for indicator in comparison.INDICATORS:
            assert f"figure.indicator.{indicator.code}" in words
    assert {key for key in catalogue("zh") if key.startswith("figure.")} == {
        key for key in catalogue("en") if key.startswith("figure.")
    }


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(1, 8)), min_size=1, max_size=12),
    st.sampled_from([100.0, 40.0]),
)
def test_spread_labels_do_not_overlap_and_stay_inside(labels: list[tuple[float, float]], high: float) -> None:
    wanted, sizes = zip(*labels, strict=True)
    placed = layout.spread(wanted, sizes, 0.0, high)
    shrink = min(1.0, high / sum(sizes))
    spans = sorted(
        (place - size * shrink / 2, place + size * shrink / 2) for place, size in zip(placed, sizes, strict=True)
    )
    assert spans[0][0] >= -1e-6
    assert spans[-1][1] <= high + 1e-6
    assert all(left[1] <= right[0] + 1e-6 for left, right in pairwise(spans))
    if len(placed) > 1:
        pairs = sorted(zip(wanted, placed, strict=True))
        assert all(a[1] <= b[1] + 1e-9 for a, b in pairwise(pairs) if a[0] < b[0])


@given(st.floats(0.1, 1e5), st.floats(0.1, 1e5))
def test_rounding_never_crosses_the_target_unless_they_are_the_same_to_the_eye(value: float, bound: float) -> None:
    shown = float(against(value, bound, "zh"))
    if abs(value - bound) > 1e-3 * bound and bound >= 1:
        assert (shown < bound, shown > bound) == (value < bound, value > bound)


@given(st.text(alphabet="开发区工业 abc(),。、12", max_size=40), st.floats(8, 60))
def test_wrapping_loses_nothing_but_spaces(content: str, room: float) -> None:
    with style.styled("zh"):
        lines = layout.wrap(content, room, style.SMALL_PT)
    assert "".join(lines).replace(" ", "") == content.replace(" ", "")
