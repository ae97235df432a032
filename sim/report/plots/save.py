"""Write a figure to files: the same figure gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sim.report.plots.captions import FigureFiles
from sim.report.plots.fonts import require_glyphs
from sim.report.plots.style import tall_mm, wide_mm

FORMATS = ("png", "svg")

_FILE_SETTINGS = {
    "svg.fonttype": "path",  # text as outlines: no reader needs the font
    "svg.hashsalt": "sim",  # else the ids in an SVG differ from run to run
    "pdf.fonttype": 3,
    "savefig.bbox": None,  # keep the physical size
    "savefig.transparent": False,
    "text.parse_math": False,
}


_COMPRESSION = 3
"""Of 1 (fast) to 9 (small): more makes a figure's file hardly smaller."""


def _metadata(kind: str, run_id: str) -> dict[str, str | None]:
    if kind == "svg":
        return {"Date": None, "Creator": None, "Identifier": run_id or None}
    return {"CreationDate": None, "Creator": None, "Producer": None, "Subject": run_id or None}


def _save_png(figure: Figure, path: Path, run_id: str) -> None:
    """Without matplotlib's alpha channel, which takes nearly half the time of writing and shows nothing."""
    pixels = io.BytesIO()
    figure.savefig(pixels, format="rgba", dpi=figure.dpi)
    width, height = (int(size) for size in figure.bbox.size)
    told = PngInfo()
    if run_id:
        told.add_text("Run", run_id)
    image = Image.frombuffer("RGBA", (width, height), pixels.getvalue(), "raw", "RGBA", 0, 1).convert("RGB")
    image.save(path, dpi=(figure.dpi, figure.dpi), pnginfo=told, compress_level=_COMPRESSION)


def save(figure: Figure, path_stem: Path, formats: Sequence[str] = FORMATS, run_id: str = "") -> tuple[Path, ...]:
    """Write ``figure`` at its physical size (PNG at 300 dpi) as ``path_stem`` with each format's ending.

    Parameters
    ----------
    figure
        What to write.
    path_stem
        File without its ending; the folder exists.
    formats
        Of ``"png"``, ``"svg"`` (text as paths) and ``"pdf"``.
    run_id
        Kept in the file's metadata.

    Returns
    -------
    tuple of pathlib.Path
        The files, in the order of ``formats``.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    written = []
    with mpl.rc_context(_FILE_SETTINGS):
        for kind in formats:
            path = path_stem.with_name(f"{path_stem.name}.{kind}")
            if kind == "png":
                _save_png(figure, path, run_id)
            else:
                figure.savefig(path, format=kind, dpi=figure.dpi, metadata=_metadata(kind, run_id))
            written.append(path)
    return tuple(written)


def save_pages(
    sheet: str, pages: Mapping[str, Figure], folder: Path, formats: Sequence[str], run_id: str, number: str = ""
) -> list[FigureFiles]:
    """Write the pages of a figure; every character of them has a glyph.

    Parameters
    ----------
    sheet
        Code of the figure.
    pages
        By the stem of their files.
    number
        Of the figure in reports.

    Raises
    ------
    InputError
        ``font_missing``: no font for the texts.
    OSError
        If a file cannot be written.
    """
    files = []
    for page, (code, figure) in enumerate(pages.items(), start=1):
        require_glyphs(figure)
        paths = save(figure, folder / code, formats, run_id)
        size = round(wide_mm(figure), 1), round(tall_mm(figure), 1)
        files.append(FigureFiles(code, sheet, paths, *size, number, page, len(pages)))
    return files
