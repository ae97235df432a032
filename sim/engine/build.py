"""A generated source compiled to native code: numba types it, LLVM optimises it, in a process of its own.

A process of its own keeps numba and LLVM's settings out of the user's program, and lets parts be built side by side.
Nothing of numba is needed to run the result. Called as ``python -m sim.engine.build``: one JSON object comes in,
and one line of JSON and the object code go out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

DRIVER = "pppppddddll"
PART = "pppppdddddllllll"
STAGE = "lldd"
"""Arguments of the functions of a kernel: p a pointer to numbers, d a number, l a whole number."""

DRIVERS = ("shared", "run")


OWN = (
    *("exp", "log", "power", "sin", "cos", "tanh", "minimum", "maximum", "zidz", "xidz"),
    *("integer", "modulo", "quantum", "select", "absolute", "square_root"),
    *("erfc", "log_gamma", "quantile", "uniform"),
)
"""Functions of :mod:`sim.engine.builtins` that a source may call."""

LIBRARY = ("tan", "arcsin", "arccos", "arctan", "sinh", "cosh")
"""Functions of the system's library, rare in models: loops that call them stay scalar."""


_OF_THE_SYSTEM = frozenset(
    {"tan", "asin", "acos", "atan", "sinh", "cosh", "memset", "memcpy", "memmove"}
)
"""Functions that the system's library gives to object code."""

Vectors = Literal["widest", "avx2"]


@dataclass(frozen=True)
class Built:
    """Object code and the names of its functions by those in the source."""

    code: bytes
    symbols: Mapping[str, str]


def namespace(tables: Mapping[str, Sequence[int]], *, compiled: bool) -> dict[str, Any]:
    """What a generated source may call: the builtins, regions, and tables of positions.

    Parameters
    ----------
    compiled
        For numba; otherwise for plain Python, which gives the same bits.
    """
    import numpy as np

    from sim.engine import builtins, regions

    found: dict[str, Any] = {name: getattr(builtins, name) for name in OWN}
    found |= {name: getattr(np, name) for name in LIBRARY}
    found["region"] = regions.compiled_region() if compiled else regions.region
    found |= {"inf": float("inf"), "nan": float("nan")}
    return found | {name: np.array(positions, dtype=np.int64) for name, positions in tables.items()}


def build(text: str, tables: Mapping[str, Sequence[int]], *, vectors: Vectors = "widest") -> Built:
    """Compile a generated source.

    Parameters
    ----------
    vectors
        ``widest``: 512 bits where the processor has them, which LLVM by itself avoids on some; ``avx2``: what a
        processor without them would run, for comparison.
    """
    import llvmlite.binding as llvm
    from numba import cfunc, njit, types

    kinds = {"p": types.CPointer(types.float64), "d": types.float64, "l": types.int64}
    space = namespace(tables, compiled=True)
    exec(compile(text, "<kernel>", "exec"), space)  # our own text: names of the model are comments in it
    for name in [name for name in space if name.startswith("part")]:
        kind = PART + (STAGE if space[name].__code__.co_argcount > len(PART) else "")
        part = njit(types.void(*(kinds[k] for k in kind)), error_model="numpy", no_cpython_wrapper=True,
                    no_cfunc_wrapper=True)  # fmt: skip
        space[name] = part(space[name])
    modules, symbols = [], {}
    for name in DRIVERS:
        made = cfunc(types.void(*(kinds[k] for k in DRIVER)), error_model="numpy")(space[name])
        modules.append(llvm.parse_assembly(made.inspect_llvm()))
        symbols[name] = made.native_name
    whole = modules[0]
    for module in modules[1:]:
        whole.link_in(module)
    for function in whole.functions:
        # nobody else calls these: LLVM may see that they never fail, and drop what numba would do then
        if not function.is_declaration and function.name not in symbols.values():
            function.linkage = "internal"
    machine = host_machine(vectors)
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = True
    tuning.slp_vectorization = False
    # A short loop over lanes that is unrolled first isn't found by the vectoriser any more.
    tuning.loop_unrolling = False
    tuning.loop_interleaving = False
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(whole, passes)
    _without_numba(whole, passes)
    return Built(machine.emit_object(whole), symbols)


def _without_numba(whole: Any, passes: Any) -> None:
    """Drop what would be done if a function failed, which none does, and see that nothing of numba is left.

    In a large kernel all parts are put into one function so late that LLVM doesn't look once more whether it can fail;
    what calls it then still asks for functions of numba, which a process that runs kernels doesn't have.
    """
    import llvmlite.binding as llvm

    again = llvm.create_new_module_pass_manager()
    again.add_ipsccp_pass()
    again.add_simplify_cfg_pass()
    again.add_global_dead_code_eliminate_pass()
    again.run(whole, passes)
    asked = {function.name for function in whole.functions if function.is_declaration}
    strange = sorted(name for name in asked if not name.startswith("llvm.") and name not in _OF_THE_SYSTEM)
    if strange:
        raise RuntimeError(f"a kernel must stand by itself, but asks for {', '.join(strange)}")


def host_machine(vectors: Vectors = "widest") -> Any:
    """LLVM's target machine for this processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    if vectors == "avx2":
        name, features = "haswell", "+avx2,+fma,+bmi,+bmi2,+f16c"
    elif "+avx512f" in features:
        features += ",-prefer-256-bit"
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=name, features=features, opt=3, reloc="default", codemodel="jitdefault", jit=True
    )


def main() -> None:
    """Build what comes in on standard input."""
    os.environ["NUMBA_OPT"] = "0"  # only types are wanted of numba: LLVM's work follows, with other settings
    for name in ("NUMBA_DISABLE_JIT", "NUMBA_ENABLE_PROFILING", "NUMBA_DEBUGINFO"):
        os.environ.pop(name, None)
    order = json.loads(sys.stdin.buffer.read())
    if order.get("remarks"):
        import llvmlite.binding as llvm

        for option in ("-pass-remarks", "-pass-remarks-missed", "-pass-remarks-analysis"):
            llvm.set_option("", f"{option}=loop-vectorize")
        llvm.set_option("", "-disable-loop-idiom-all")  # loops that only fill or copy would become calls
    built = build(order["text"], order["tables"], vectors=order["vectors"])
    sys.stdout.buffer.write(json.dumps(dict(built.symbols)).encode() + b"\n" + built.code)


if __name__ == "__main__":
    main()
