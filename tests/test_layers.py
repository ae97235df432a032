"""The road is one-way: a module imports only from what lies before it, and few may import a heavy library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sim"

# What lies on the road, in order; a module belongs to the longest prefix that fits.
ROAD = (
    "sim._version",
    "sim.errors",
    "sim.nearest",
    "sim.interrupts",
    "sim.beside",
    "sim.dims",
    "sim.words",
    "sim.folder_lock",
    "sim.folder",
    "sim.cache_entry",
    "sim.cache_tally",
    "sim.cache",
    "sim.schedule",
    "sim.toml_places",
    "sim.toml_values",
    "sim.tested",
    "sim.levers",
    "sim.drivers",
    "sim.parameters",
    "sim.correlation",
    "sim.uncertainty",
    "sim.outputs_spec",
    "sim.parks",
    "sim.reconstruct",
    "sim.model",
    "sim.loops",
    "sim.bundle",
    "sim.posterior",
    "sim.audit",
    "sim.scenario",
    "sim.membership",
    "sim.selection",
    "sim.clusters",
    "sim.engine.interface",
    "sim.binding",
    "sim.engine",
    "sim.netcdf",
    "sim.results",
    "sim.targets",
    "sim.costs",
    "sim.growth",
    "sim.document",
    "sim.report",
    "sim.report.plots",
    "sim.provenance",
    "sim.study",
    "sim.publish",
    "sim.recall",
    "sim.redraw",
    "sim.whence",
    "sim.analysis",
    "sim.export",
    "sim.verify",
    "sim.explain",
    "sim.starter",
    "sim.simulate",
    "sim.conformance",
    "sim.handbook.picture",
    "sim.handbook.subject",
    "sim.handbook.feedback",
    "sim.handbook",
    "sim.confidence",
    "sim.calibration",
    "sim.cli",
    "sim.__main__",
)

# Libraries that only the owner of their border may import.
OWNERS = {
    "pysd": ("sim.model.translate", "sim.model.plain_syntax", "sim.engine.pysd_engine"),
    "h5netcdf": (),
    "h5py": ("sim.netcdf",),
    "tree_sitter": ("sim.toml_places",),
    "tree_sitter_toml": ("sim.toml_places",),
    "pydantic": ("sim.toml_values", "sim.levers", "sim.drivers", "sim.parameters", "sim.outputs_spec", "sim.loops",
                 "sim.uncertainty", "sim.parks.", "sim.reconstruct.", "sim.scenario.", "sim.targets.",
                 "sim.confidence.spec", "sim.calibration.spec"),
    "SALib": ("sim.analysis.indices",),
    "emcee": ("sim.calibration.chain",),
    "zarr": ("sim.analysis.store",),
    "dask": ("sim.analysis.cluster",),
    "distributed": ("sim.analysis.cluster",),
    "click": ("sim.cli.",),
    "rich": ("sim.cli.",),
    "matplotlib": ("sim.report.plots.",),
    "openpyxl": ("sim.report.workbook*", "sim.parks.", "sim.model.sheets"),
    "pandas": ("sim.parks.", "sim.membership", "sim.selection", "sim.binding", "sim.simulate.model"),
    "rapidfuzz": ("sim.nearest", "sim.toml_places", "sim.parks.", "sim.targets.", "sim.scenario."),
    "scipy": ("sim.parks.", "sim.report.plots.", "sim.analysis.draws", "sim.handbook.feedback",
              "sim.calibration.chain"),
    "pygraphviz": ("sim.handbook.layout",),
    "simlin": ("sim.confidence.units", "sim.confidence.elsewhere"),
    "docx": ("sim.document.word", "sim.document.page"),
    "jinja2": ("sim.document.web",),
    "platformdirs": ("sim.cache",),
    "llvmlite": ("sim.engine.build", "sim.engine.machine", "sim.engine.native", "sim.engine.compile"),
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place(module: str) -> int:
    fits = [p for p in ROAD if module == p or module.startswith(p + ".")]
    assert fits, f"{module} has no place on the road: add it to ROAD"
    return ROAD.index(max(fits, key=len))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module.startswith("sim")}
    return found


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")
KNOWN = {module_name(p) for p in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_point_one_way(path: Path) -> None:
    here = place(module_name(path))
    for name in imports(path) & KNOWN - {"sim"}:
        assert place(name) <= here, f"{module_name(path)} imports {name}, which lies after it on the road"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_libraries_have_owners(path: Path) -> None:
    module = module_name(path)
    for name in {n.split(".")[0] for n in imports(path)} & set(OWNERS):
        assert any(module == o or (o[-1] in ".*" and module.startswith(o.rstrip("*"))) for o in OWNERS[name]), (
            f"{module} imports {name}, which belongs to {OWNERS[name]}"
        )


def test_modules_are_short_and_init_files_have_no_logic() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400, f"{path} is too long"
        if path.name == "__init__.py":
            body = ast.parse(text).body
            assert all(isinstance(n, ast.Expr | ast.Import | ast.ImportFrom) for n in body), f"logic in {path}"


def test_no_module_is_called_utils() -> None:
    assert not [p for p in PACKAGE.rglob("*.py") if "util" in p.stem or "helper" in p.stem]
