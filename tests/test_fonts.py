"""Fonts: what is found, what is missing, and what the user is told."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from sim.errors import InputError
from sim.report.plots import fonts
from sim.words.catalogue import problem_line


def test_without_any_chinese_font_the_user_learns_how_to_get_one() -> None:
    with pytest.raises(InputError) as caught:
        fonts.chinese_family(["No Such Font"], package="no_such_package")
    for lang in ("zh", "en"):
        assert 'pip install "sim-parks[fonts]"' in problem_line(lang, caught.value.problems[0])


def test_the_system_comes_before_the_wheel_and_the_wheel_suffices() -> None:
    assert fonts.chinese_family(["No Such Font", "DejaVu Sans"]) == "DejaVu Sans"
    packaged = fonts.packaged_family()
    if packaged is None:
        pytest.skip("the font wheel is an optional extra")
    assert fonts.chinese_family(["No Such Font"]) == packaged
    assert not fonts.missing_in("内蒙古自治区开发区亿元万元/亩≥–SO2km²", [packaged])


@pytest.mark.parametrize(
    ("content", "missing"), [("SO2 −5 km²", set()), ("开发区", set("开发区")), ("a\tb\n", set())]
)
def test_missing_glyphs_come_from_the_font(content: str, missing: set[str]) -> None:
    figure = Figure()
    figure.text(0, 0, content, family=["DejaVu Sans"])
    assert fonts.missing_glyphs(figure) == missing


def test_a_figure_with_empty_boxes_is_refused() -> None:
    figure = Figure()
    figure.text(0, 0, "开发区", family=["DejaVu Sans"])
    with pytest.raises(InputError, match="font_missing"):
        fonts.require_glyphs(figure)


def test_english_is_drawn_in_the_font_that_comes_with_the_library() -> None:
    assert fonts.font_families("en")[0] == fonts.LATIN
    assert fonts.font_families("zh")[-1] == fonts.LATIN
