"""Results files: what is written comes back, whichever program reads or saves it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sim.errors import InputError
from sim.netcdf import from_bytes, to_bytes
from sim.results import FORMAT, TOLD, open_results
from tests.datasets import synthetic_results

RESULTS = synthetic_results(parks=4).assign_attrs(format=FORMAT, **dict.fromkeys(TOLD, "甲"))


def test_both_readers_see_the_same_file() -> None:
    raw = to_bytes(RESULTS)
    ours, theirs = from_bytes(raw), xr.load_dataset(io.BytesIO(raw), engine="h5netcdf")
    assert ours.identical(theirs)
    assert list(ours.variables) == list(theirs.variables)
    assert {name: one.dtype for name, one in ours.variables.items()} == {
        name: one.dtype for name, one in theirs.variables.items()
    }


def test_a_file_that_another_program_saved_again_is_read(tmp_path: Path) -> None:
    again = RESULTS.drop_vars(["host", "national"])
    (tmp_path / "results.nc").write_bytes(bytes(again.to_netcdf(engine="h5netcdf")))
    with pytest.raises(ValueError, match="another program"):
        from_bytes((tmp_path / "results.nc").read_bytes())
    np.testing.assert_array_equal(open_results(tmp_path)["gdp"], RESULTS["gdp"])


@pytest.mark.parametrize("spoil", [lambda raw: raw[:5000], lambda raw: b"", lambda raw: raw[::-1]])
def test_a_damaged_file_is_told(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "results.nc").write_bytes(spoil(to_bytes(RESULTS)))
    with pytest.raises(InputError, match="results_broken"):
        open_results(tmp_path)
