"""What becomes of the models, once for all tests of a process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sim.conformance.compare import Tolerance
from sim.conformance.examine import Finding
from sim.conformance.folder import examine_folder
from tests.conforming.folder import FOLDER

STRICT = Tolerance(1e-9, 1e-12)


@cache
def examined() -> Mapping[str, Finding]:
    """By name what becomes of each model, without a compiler."""
    return {finding.case.name: finding for finding in examine_folder(FOLDER, STRICT, "plain").findings}
