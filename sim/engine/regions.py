"""Parts of one flat memory, for kernels that run as plain Python.

A generated kernel reads ``r7[index]`` and writes ``r7[index] = value``. As plain Python ``r7`` is a slice of a numpy
array; compiled, it is a bare pointer whose loads and stores carry a tag of their own region
(:mod:`sim.engine.lower`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def region(memory: npt.NDArray[np.float64], offset: int, number: int) -> npt.NDArray[np.float64]:
    """The part of ``memory`` that begins at ``offset``; ``number`` tells the compiler which one it is.

    >>> float(region(np.arange(3.0), 1, 7)[0])
    1.0
    """
    return memory[offset:]
