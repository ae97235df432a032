"""All models, and the folder that they are kept in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.conforming import algebra, arrays, clocks, data, delays, lookups, text, vectors, xmile
from tests.conforming.case import Case

FOLDER = Path(__file__).parents[1] / "conformance"
CASES: tuple[Case, ...] = tuple(
    case for module in (algebra, clocks, lookups, delays, arrays, vectors, data, text, xmile) for case in module.CASES
)


def written() -> Iterator[tuple[Path, bytes]]:
    """Every file of the folder."""
    for case in CASES:
        for name, content in case.written().items():
            yield FOLDER / case.name / name, content


if __name__ == "__main__":
    for path, content in written():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
