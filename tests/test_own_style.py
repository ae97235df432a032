"""Style files: what they may set, and that nothing in them does anything else."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex

from sim.errors import InputError
from sim.report.plots import style
from sim.report.plots.own_style import KEYS, read_style
from sim.report.plots.registry import draw_all
from sim.report.plots.variable import draw_variable
from tests.test_plot_variables import subject
from tests.test_plots import assert_readable, context

GOOD = """\ufeff# my look
axes.prop_cycle : cycler('color', ['b35900', "k", '#7a1f4e'])   # lines
axes.grid: True
grid.color: "#cccccc"
axes.linewidth : 1.2
xtick.direction: in
axes.spines.right: True
font.family: sans-serif
font.sans-serif: No Such Font, DejaVu Sans
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_style_file_changes_the_look_and_nothing_stays(tmp_path: Path) -> None:
    own = read_style(write(tmp_path / "own.mplstyle", GOOD))
    assert own.colours == ("#b35900", "k", "#7a1f4e")
    assert own.families == ("DejaVu Sans",)
    before = dict(mpl.rcParams)
    with style.own_style(own):
        figure = draw_variable(subject("gdp", league="ordos baotou hohhot"), "zh")
    axes = figure.axes[0]
    assert [to_hex(line.get_color()) for line in axes.lines[:3]] == ["#b35900", "#000000", "#7a1f4e"]
    assert axes.spines["left"].get_linewidth() == 1.2
    assert axes.spines["right"].get_visible()
    assert_readable(figure)  # Chinese stands in another font behind the one asked for
    plain = draw_variable(subject("gdp", league="ordos baotou hohhot"), "zh")
    assert plain.axes[0].spines["left"].get_linewidth() == 0.6
    assert dict(mpl.rcParams) == before
    with style.own_style(own):
        for one in draw_all(context("en"), only=["2", "8"]).values():
            assert_readable(one)


@pytest.mark.parametrize(
    "line",
    [
        "backend: module://evil",
        "toolbar: none",
        "savefig.directory: /etc",
        "text.usetex: True",
        "text.latex.preamble: \\input{/etc/passwd}",
        "pgf.preamble: \\write18{touch EVIL}",
        "pgf.texsystem: sh",
        "animation.ffmpeg_path: ./evil",
        "animation.convert_args: x",
        "datapath: /etc",
        "svg.hashsalt: x",
        "webagg.address: 0.0.0.0",
        "keymap.save: s",
        "date.converter: concise",
        "path.effects: []",
        "axes.formatter.use_locale: True",
        "figure.figsize: 1000, 1000",
        "figure.dpi: 100000",
        "font.size: 4",
        "_internal.classic_mode: True",
        "agg.path.chunksize: 1",
    ],
)
def test_what_could_do_more_than_look_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError) as caught:
        read_style(write(tmp_path / "evil.mplstyle", f"axes.grid: True\n{line}\n"))
    assert [(one.code, one.place.line) for one in caught.value.problems if one.place] == [("style_key", 2)]


@pytest.mark.parametrize(
    "cycle",
    [
        "__import__('os').mkdir('EVIL')",
        "cycler('color', [__import__('os').mkdir('EVIL')])",
        "cycler('color', __import__('os').listdir('.'))",
        "cycler('color', [c for c in ().__class__.__base__.__subclasses__()])",
        "(cycler).__init__.__globals__",
        "cycler('color', ['r']) + cycler('linestyle', ['-'])",
        "cycler('linestyle', ['-'])",
        "cycler('color', [])",
        "cycler('color', ['no colour'])",
        "cycler(color=['r'], lw=[1])",
        "(" * 5000,
    ],
)
def test_colours_are_read_and_never_evaluated(tmp_path: Path, cycle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="style_cycle"):
        read_style(write(tmp_path / "evil.mplstyle", f"axes.prop_cycle: {cycle}"))
    assert not (tmp_path / "EVIL").exists()


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    text = "axes.gird: True\nno colon\naxes.linewidth: wide\nfont.family: No Such Font\ntext.color: no colour\n"
    with pytest.raises(InputError) as caught:
        read_style(write(tmp_path / "a.mplstyle", text))
    found = sorted((p.place.line, p.code, p.suggestion) for p in caught.value.problems if p.place)
    assert found == [
        (1, "style_key", "axes.grid"), (2, "style_line", ""), (3, "style_value", ""), (4, "style_font", ""),
        (5, "style_value", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"\x00\x01", b"\xff\xfe", b"axes.grid: True\n" * 20_000])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mplstyle").write_bytes(content)
    with pytest.raises(InputError, match="style_text"):
        read_style(tmp_path / "a.mplstyle")


def test_every_key_is_one_of_the_librarys_and_checks_its_value() -> None:
    assert set(mpl.rcParams) >= KEYS
    assert not [key for key in KEYS if "path" in key or "dir" in key.split(".") or "preamble" in key]
