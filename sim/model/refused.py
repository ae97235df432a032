"""Functions of Vensim's language that no engine here runs, with the reason: each kind has a sentence of its own."""

from __future__ import annotations

from collections.abc import Mapping

_KINDS: Mapping[str, tuple[str, ...]] = {
    "model_function_empty": ("A FUNCTION OF",),
    "model_function_solves": ("FIND ZERO", "INTERNAL RATE OF RETURN", "SIMULTANEOUS"),
    "model_function_changes": ("REINITIAL", "SHIFT IF TRUE"),
    "model_function_lots": ("DELAY BATCH", "DELAY CONVEYOR", "DELAY PROFILE", "QUEUE AGE AVERAGE", "QUEUE FIFO"),
    "model_function_alone": ("CUMULATE", "CUMULATEF"),
    "model_function_allocates": ("ALLOC P", "MARKETP"),
    "model_function_statistics": (
        "GET DATA MAX", "GET DATA MEAN", "GET DATA MEDIAN", "GET DATA MIN", "GET DATA STDV", "GET DATA TOTAL POINTS",
    ),
    "model_function_open": ("DEPRECIATE BY SCHEDULE", "NET PRESENT VALUE", "PROBE IF TRUE", "SSHAPE"),
}  # fmt: skip

REFUSED: Mapping[str, str] = {name: code for code, names in _KINDS.items() for name in names}
"""By name of the function the code of the message, which says why and what to write instead.

CUMULATE and CUMULATEF run where they stand alone in an equation of data (:mod:`sim.model.definitions`); here is what is
said elsewhere.
"""
