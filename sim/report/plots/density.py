"""How values spread, smoothed with a normal kernel of Silverman's width (Silverman 1986, equation 3.31)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def silverman(values: Numbers) -> float:
    """Silverman's rule for the width of a kernel; 0 where all values are the same.

    >>> round(silverman(np.arange(100.0)), 1), silverman(np.full(9, 3.0))
    (10.3, 0.0)
    """
    low, high = np.quantile(values, (0.25, 0.75))
    spread = min(float(values.std()), float(high - low) / 1.349) or float(values.std())
    return 0.9 * spread / float(len(values) ** 0.2)


def smoothed(counts: Numbers, wide: float) -> Numbers:
    """Counts of neighbouring cells, each spread over its neighbours; ``wide`` is the kernel's width in cells.

    >>> smoothed(np.array([0.0, 0.0, 1.0, 0.0]), 1.0).round(2).tolist()
    [0.05, 0.24, 0.4, 0.24]
    """
    reach = 4 * int(np.ceil(wide))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / wide) ** 2)
    return np.asarray(np.convolve(counts, kernel / kernel.sum())[reach : reach + len(counts)])


def density(values: Numbers, at: Numbers) -> Numbers:
    """A smooth density at neighbouring points of equal distance; values beyond them are left out.

    >>> points = np.linspace(-5.0, 5.0, 101)
    >>> found = density(np.array([-1.0, 0.0, 1.0]), points)
    >>> round(float(found.sum() * 0.1), 2), int(found.argmax())
    (1.0, 50)
    """
    step = float(at[1] - at[0])
    wide = max(silverman(values) / step, 1.0)
    edges = np.append(at - step / 2, at[-1] + step / 2)
    share = np.histogram(values, edges)[0] / len(values)
    return np.asarray(smoothed(share, wide) / step)
