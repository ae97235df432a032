"""Where a figure comes from: the stamp in its file, and the results beside it."""

from __future__ import annotations

import hashlib
import io
import re
import shlex
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from sim.errors import InputError, Place, Problem
from sim.folder import read_manifest
from sim.report.facts import fact
from sim.report.stamp import APART, KEY, Stamp, parsed
from sim.report.width import cells, pad
from sim.words.catalogue import Language, text

MAX_BYTES = 100_000_000
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_KEYWORDS = re.compile(rb"/Keywords \(((?:\\.|[^\\)])*)\)", re.DOTALL)
_WORD = re.compile(r"[\w./:=+,-]+")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Whence:
    """What is known of a figure.

    Parameters
    ----------
    path, sha256, changed
        The file, its hash, and when it was last written.
    folder, created
        The results that it belongs to, where they lie beside it, and when they were made.
    altered
        Whether it differs from what this program wrote; ``None`` where that is not known.
    beside
        Ids of other runs whose results lie beside it: then it is out of date there.
    """

    path: Path
    sha256: str
    changed: str
    stamp: Stamp
    folder: Path | None = None
    created: str | None = None
    altered: bool | None = None
    beside: str = ""


def whence(path: Path) -> Whence:
    """Read a figure's stamp and look for its results.

    Raises
    ------
    InputError
        If there is no such file, it is no PNG, SVG or PDF, or it has no stamp that can be read.
    """
    content = _content(path)
    stamp = _stamp(path, content)
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    found = Whence(path, hashlib.sha256(content).hexdigest(), changed, stamp)
    for folder in dict.fromkeys((path.parent.parent, path.parent)):
        fields = read_manifest(folder)
        if fields is not None:
            return _beside(found, folder, fields)
    return found


def _beside(found: Whence, folder: Path, fields: dict[str, object]) -> Whence:
    """What the results beside a figure say of it."""
    compared = fields.get("runs")
    ids = " ".join(map(str, compared.values())) if isinstance(compared, dict) else str(fields.get("run_id", ""))
    if sorted(ids.split()) != sorted(found.stamp.run_ids.split()):  # a manifest holds its keys in order
        return replace(found, beside=_shown(ids))
    files = fields.get("files")
    name = found.path.relative_to(folder).as_posix()
    written = files.get(name) if isinstance(files, dict) else None
    altered = written.get("sha256") != found.sha256 if isinstance(written, dict) else None
    created = _shown(str(fields["created"])) if "created" in fields else None
    return replace(found, folder=folder, created=created, altered=altered)


def _shown(words: str) -> str:
    return words if words.isprintable() else "?"


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError([Problem(Place(path), "whence_folder")])
        if path.stat().st_size > MAX_BYTES:
            raise InputError([Problem(Place(path), "whence_no_figure")])
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Problem(Place(path), "whence_unreadable", {"reason": reason})]) from None


def _stamp(path: Path, content: bytes) -> Stamp:
    if content.startswith(b"\x89PNG"):
        reader = _of_png
    elif content.startswith(b"%PDF"):
        reader = _of_pdf
    elif b"<svg" in content[:2000]:
        reader = _of_svg
    else:
        raise InputError([Problem(Place(path), "whence_no_figure")])
    try:
        line = reader(content)
    except Exception:  # the readers raise whatever a damaged file makes of them
        raise InputError([Problem(Place(path), "whence_broken")]) from None
    if not line:
        raise InputError([Problem(Place(path), "whence_no_stamp")])
    try:
        return parsed(line)
    except ValueError:
        raise InputError([Problem(Place(path), "whence_stamp")]) from None


def _of_png(content: bytes) -> str:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a large picture is no reason to say so: only its texts are read
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            return str(image.info.get(KEY, ""))


def _of_svg(content: bytes) -> str:
    for _, element in ElementTree.iterparse(io.BytesIO(content)):
        if element.tag == _DESCRIPTION:
            return element.text or ""
    return ""


def _of_pdf(content: bytes) -> str:
    """The keywords of a PDF file as the library writes them: a plain string in an object that is not compressed."""
    found = _KEYWORDS.search(content)
    return _ESCAPED.sub(rb"\1", found[1]).decode("ascii") if found else ""


def told(found: Whence, lang: Language) -> list[str]:
    """What is known, for the screen: a label and its words in each line, then how to make the figure again."""
    stamp = found.stamp
    lines = [("figure", f"{stamp.figure} ({found.path.name})")]
    for run in stamp.runs:
        name = run.get("scenario_name_zh" if lang == "zh" else "scenario_name", "")
        lines.append(("scenario", f"{name} ({run.get('scenario', '?')})"))
        known = ("run_id", "information_until", "clock", "reported_base")
        lines += [(key, fact(key, run[key], lang)) for key in known if key in run]
    lines.append(("created", found.created or text(lang, "whence.unknown")))
    lines.append(("changed", found.changed))
    lines += [(key, fact(key, value, lang)) for key, value in _versions(stamp)]
    lines.append(("file_sha256", found.sha256))
    width = max(cells(text(lang, f"whence.{key}")) for key, _ in lines) + 2
    shown = [pad(text(lang, f"whence.{key}"), width) + value for key, value in lines]
    if found.beside:
        shown.append(text(lang, "whence.beside", run=found.beside))
    elif found.altered:
        shown.append(text(lang, "whence.altered"))
    return [*shown, "", text(lang, "whence.again"), *(f"  {line}" for line in again(found))]


def _versions(stamp: Stamp) -> Iterator[tuple[str, str]]:
    """Versions and hashes, each once."""
    for key in ("sim_version", "engine", "bundle", "bundle_sha256", "scenario_sha256", "seed"):
        values = dict.fromkeys(run[key] for run in stamp.runs if key in run)
        if values:
            yield key, "; ".join(values)
    yield "libraries", ", ".join(f"{name} {version}" for name, version in stamp.libraries.items())


def again(found: Whence) -> list[str]:
    """Command lines that make the figure again, given the same scenario files, bundle and version.

    They are those of a working folder as ``sim new`` makes it: scenarios in ``scenarios/``, results in ``outputs/``.
    """
    stamp = found.stamp
    stems = [run.get("scenario", "SCENARIO") for run in stamp.runs]
    if stamp.kind == "comparison":
        return [_line("sim", "compare", *(f"scenarios/{stem}.toml" for stem in stems), *stamp.arguments)]
    if stamp.kind == "ensembles":
        made = [_line("sim", "ensemble", f"scenarios/{stem}.toml", *_asked(run))
                for stem, run in zip(stems, stamp.runs, strict=True)]  # fmt: skip
        return [*made, _line("sim", "compare", *(f"outputs/{stem}-ensemble" for stem in stems), *stamp.arguments)]
    if stamp.kind in ("sensitivity", "calibrate", "backtest"):
        return [_line("sim", stamp.kind, f"scenarios/{stems[0]}.toml", *stamp.arguments)]
    ensemble = stamp.kind == "ensemble"
    usual = f"{stems[0]}-ensemble" if ensemble else stems[0]
    folder = found.folder.as_posix() if found.folder else f"outputs/{usual}"
    more = () if found.path.suffix.lower() in (".png", ".svg") else ("--format", found.path.suffix.lower()[1:])
    first = ("--output", folder) if found.folder and found.folder.name != usual else ()
    running, drawing = _parts(stamp.arguments) if ensemble else ((), stamp.arguments)
    return [
        _line("sim", stamp.kind, f"scenarios/{stems[0]}.toml", *running, *first),
        _line("sim", "plot", folder, *drawing, *more),
    ]


def _asked(run: Mapping[str, str]) -> list[str]:
    """Options of the command line that made an ensemble."""
    return [word for key in ("runs", "seed", "tables") if key in run for word in (f"--{key}", run[key])]


def _parts(arguments: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How an ensemble is run, and how its figure is drawn.

    >>> _parts(("--runs", "64", "--", "--lang", "zh"))
    (('--runs', '64'), ('--lang', 'zh'))
    """
    place = arguments.index(APART) if APART in arguments else 0
    return arguments[:place], arguments[place + (APART in arguments) :]


def _line(*words: str) -> str:
    """A command line; a stamp may come from anybody, and nothing in it must be more than a word."""
    return " ".join(word if _WORD.fullmatch(word) else shlex.quote(word) for word in words)


def record(found: Whence) -> dict[str, object]:
    """The same for programs."""
    stamp = found.stamp
    return {
        "file": found.path.name,
        "sha256": found.sha256,
        "changed": found.changed,
        "figure": stamp.figure,
        "kind": stamp.kind,
        "runs": [dict(run) for run in stamp.runs],
        "libraries": dict(stamp.libraries),
        "created": found.created,
        "results": found.folder.as_posix() if found.folder else None,
        "altered": found.altered,
        "other_results_beside": found.beside or None,
        "again": again(found),
    }
