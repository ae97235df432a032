"""Write a figure to files: the same figure gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

FORMATS = ("png", "svg")

_FILE_SETTINGS = {
    "svg.fonttype": "path",  # text as outlines: no reader needs the font
    "svg.hashsalt": "sim",  # else the ids in an SVG differ from run to run
    "pdf.fonttype": 3,
    "savefig.bbox": None,  # keep the physical size
    "savefig.transparent": False,
    "text.parse_math": False,
}


def _metadata(kind: str, run_id: str) -> dict[str, str | None]:
    if kind == "svg":
        return {"Date": None, "Creator": None, "Identifier": run_id or None}
    if kind == "pdf":
        return {"CreationDate": None, "Creator": None, "Producer": None, "Subject": run_id or None}
    return {"Software": None} | ({"Run": run_id} if run_id else {})


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
            figure.savefig(path, format=kind, dpi=figure.dpi, metadata=_metadata(kind, run_id))
            written.append(path)
    return tuple(written)
