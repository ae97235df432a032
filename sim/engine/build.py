"""A generated source compiled to native code: written in LLVM's language, optimised by LLVM, in a process of its own.

A process of its own can be stopped at any time, keeps LLVM's settings out of the user's program, and gives its memory
back. Called as ``python -m sim.engine.build``: one JSON object comes in, and the object code goes out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sim.engine.lower import lower
from sim.engine.machine import DRIVERS, Vectors, host_machine

OWN = (
    *("exp", "log", "power", "sin", "cos", "tanh", "minimum", "maximum", "zidz", "xidz"),
    *("integer", "modulo", "quantum", "select", "absolute", "square_root"),
    *("erfc", "log_gamma", "quantile", "uniform"),
)
"""Functions of :mod:`sim.engine.builtins` that a source may call."""

LIBRARY = {"tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "sinh", "cosh": "cosh"}
"""Functions of the system's library by their names in a source, rare in models: loops that call them stay scalar."""

_OF_THE_SYSTEM = {*LIBRARY.values(), "fma", "memset", "memcpy", "memmove"}
"""Functions that the system's library gives to object code."""

LONGEST_WHOLE = 6000
"""Lines of a source that LLVM may put into one function, which is an eighth faster; its work then grows with the
square of the lines, so the parts of longer ones stay apart."""


def namespace(tables: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """What a generated source calls, to run it as plain Python: the builtins, regions, and tables of positions."""
    import numpy as np

    from sim.engine import builtins, regions

    found: dict[str, Any] = {name: getattr(builtins, name) for name in OWN}
    found |= {name: getattr(np, name) for name in LIBRARY}
    found |= {"region": regions.region, "inf": float("inf"), "nan": float("nan")}
    return found | {name: np.array(positions, dtype=np.int64) for name, positions in tables.items()}


def build(text: str, tables: Mapping[str, Sequence[int]], *, vectors: Vectors = "widest") -> bytes:
    """Object code of a generated source, with the functions ``DRIVERS``.

    Parameters
    ----------
    vectors
        ``widest``: 512 bits where the processor has them, which LLVM by itself avoids on some; ``avx2``: what a
        processor without them would run, for comparison.
    """
    apart = text.count("\n") > LONGEST_WHOLE
    return optimised(lower(text, tables, DRIVERS, LIBRARY, apart=apart), vectors)


def optimised(module: str, vectors: Vectors = "widest") -> bytes:
    """Object code from a text in LLVM's language."""
    import llvmlite.binding as llvm

    machine = host_machine(vectors)
    whole = llvm.parse_assembly(module)
    whole.triple, whole.data_layout = machine.triple, str(machine.target_data)
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = True
    tuning.slp_vectorization = False
    # A short loop over lanes that is unrolled first isn't found by the vectoriser any more.
    tuning.loop_unrolling = False
    tuning.loop_interleaving = False
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(whole, passes)
    asked = {function.name for function in whole.functions if function.is_declaration}
    strange = sorted(name for name in asked if not name.startswith("llvm.") and name not in _OF_THE_SYSTEM)
    if strange:
        raise RuntimeError(f"a kernel must stand by itself, but asks for {', '.join(strange)}")
    code: bytes = machine.emit_object(whole)
    return code


def main() -> None:
    """Build what comes in on standard input."""
    order = json.loads(sys.stdin.buffer.read())
    if order.get("remarks"):
        import llvmlite.binding as llvm

        for option in ("-pass-remarks", "-pass-remarks-missed", "-pass-remarks-analysis"):
            llvm.set_option("", f"{option}=loop-vectorize")
        llvm.set_option("", "-disable-loop-idiom-all")  # loops that only fill or copy would become calls
    sys.stdout.buffer.write(build(order["text"], order["tables"], vectors=order["vectors"]))


if __name__ == "__main__":
    main()
