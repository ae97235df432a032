"""What a folder of results says of itself: its manifest, whether its files are whole, what can be replayed from it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from sim.errors import InputError, Place, Problem
from sim.folder import INPUTS, MANIFEST, PROGRAM, RESOLVED, read_manifest
from sim.nearest import nearest
from sim.verify.difference import Difference

TOLD = ("run_id", "scenario", "bundle_sha256", "scenario_sha256", "sim_version", "engine")
"""What a manifest must say."""


@dataclass(frozen=True)
class Stored:
    """A folder of results as its manifest describes it.

    Parameters
    ----------
    fields
        The manifest.
    damaged
        Files that are gone or other than the run wrote them, by their name in the folder.
    """

    folder: Path
    fields: Mapping[str, object]
    damaged: Mapping[str, Difference]

    def said(self, key: str) -> str:
        """A text of the manifest; "" if there is none."""
        return str(self.fields.get(key, ""))

    @property
    def is_ensemble(self) -> bool:
        """Whether these are the results of an ensemble."""
        return isinstance(self.fields.get("ensemble"), dict)

    @property
    def keeps_inputs(self) -> bool:
        """Whether the run kept the files that it read, and they are whole."""
        files = self.fields.get("files")
        kept = [name for name in files if str(name).startswith(f"{INPUTS}/")] if isinstance(files, dict) else []
        return bool(kept) and not self.damaged.keys() & {RESOLVED, *kept}


def open_stored(folder: Path) -> Stored:
    """Read the manifest of a folder of results and look at every file that it lists.

    Raises
    ------
    InputError
        If the folder holds no results of a run or an ensemble.
    """
    if not folder.is_dir():
        raise InputError([Problem(Place(folder), "verify_no_folder", {}, _near(folder))])
    fields = read_manifest(folder)
    if fields is None:
        raise InputError([Problem(Place(folder), _why_not(folder))])
    if fields.get("kind") == "comparison":
        runs = fields.get("runs")
        ids = [str(one) for one in runs.values()] if isinstance(runs, dict) else []
        raise InputError([Problem(Place(folder), "verify_comparison", {"ids": ", ".join(ids)})])
    if fields.get("kind") == "sensitivity":
        raise InputError([Problem(Place(folder), "verify_sensitivity")])
    if fields.get("kind") in ("calibrate", "backtest"):
        raise InputError([Problem(Place(folder), "verify_calibration", {"kind": fields["kind"]})])
    missing = [key for key in TOLD if not isinstance(fields.get(key), str)]
    name = str(fields.get("scenario", ""))
    if missing or Path(name).name != name:  # the name becomes that of a file: it must not lead anywhere
        values = {"keys": ", ".join(missing) or "scenario"}
        raise InputError([Problem(Place(folder / MANIFEST), "verify_manifest", values)])
    return Stored(folder, fields, _damaged(folder, fields))


def _near(folder: Path) -> str:
    if not folder.parent.is_dir():
        return ""
    names = [path.name for path in folder.parent.iterdir() if read_manifest(path) is not None]
    found = nearest(folder.name, names)
    return str(folder.with_name(found)) if found else ""


def _why_not(folder: Path) -> str:
    """Whether a folder has no manifest, one that cannot be read, or another program's."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        return "verify_no_manifest"
    except ValueError:
        return "verify_manifest_broken"
    foreign = not isinstance(manifest, dict) or manifest.get("program") != PROGRAM
    return "verify_foreign" if foreign else "verify_manifest_broken"


def _damaged(folder: Path, fields: Mapping[str, object]) -> dict[str, Difference]:
    files = fields.get("files")
    found: dict[str, Difference] = {}
    for name, told in files.items() if isinstance(files, dict) else ():
        file = folder / name
        expected = told.get("sha256") if isinstance(told, dict) else None
        try:
            with file.open("rb") as content:
                same = hashlib.file_digest(content, "sha256").hexdigest() == expected
        except OSError:
            found[name] = Difference("files", "file_missing", {"file": name}, Place(file))
            continue
        if not same:
            found[name] = Difference("files", "file_changed", {"file": name}, Place(file))
    return found


def dataset_of(stored: Stored, name: str) -> xr.Dataset | None:
    """A netCDF file of the folder, read into memory; ``None`` where it is gone, another one or broken."""
    if name in stored.damaged or not (stored.folder / name).is_file():
        return None
    try:
        return xr.load_dataset(io.BytesIO((stored.folder / name).read_bytes()), engine="h5netcdf")
    except Exception:  # the reader raises whatever a damaged file makes of it
        return None


def scenario_file(stored: Stored) -> Path | None:
    """The scenario file of a stored result, as it was typed: from here, else from a folder above the results."""
    listed = stored.fields.get("scenario_files")  # older results name no other
    names: list[str] = [stored.said("scenario_file"), *(map(str, listed) if isinstance(listed, list) else ())]
    names = [name for name in names if Path(name).stem == stored.said("scenario")]
    for base in (Path(), *stored.folder.resolve().parents):
        for name in names:
            file = base / name
            if file.is_file():
                return file
    return None
