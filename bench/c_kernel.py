"""The generated kernel written once more in C and built by the system's compiler: the limit to approach.

The equations, their order, the fusion and the layout are those of our kernel, line by line; the compiler gets every
freedom that ours doesn't take (``-ffast-math``, the vector functions of the C library), so that what remains between
the two is the price of exact, equal bits.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

FLAGS = ("-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fopenmp-simd", "-fno-math-errno")

HEAD = """#include <math.h>
#include <stdint.h>
#define select(c, a, b) ((c) ? (a) : (b))
#define power(a, b) pow(a, b)
#define absolute(a) fabs(a)
#define square_root(a) sqrt(a)
#define minimum(a, b) ((a) < (b) ? (a) : (b))
#define maximum(a, b) ((a) > (b) ? (a) : (b))
#define xidz(n, d, x) (fabs(d) < 1e-6 ? (x) : (n) / (d))
#define zidz(n, d) (fabs(d) < 1e-6 ? 0.0 : (n) / (d))
#define integer(a) trunc(a)
#define inf INFINITY
"""

_LOOP = re.compile(r"for (\w+) in range\((.+)\):")
_REGION = re.compile(r"(\w+) = region\((w|out), (.+), \d+\)")
_ASSIGN = re.compile(r"([a-z]\w*) = (.+)")


def translate(text: str) -> str:
    """C of a generated source (which uses a handful of forms only)."""
    lines = [HEAD]
    depth: list[int] = []
    declared: list[set[str]] = [set()]
    for line in text.splitlines():
        code = line.split("  #")[0].rstrip()
        if not code or code.startswith("#"):
            continue
        indent = len(code) - len(code.lstrip())
        code = code.strip()
        while depth and indent <= depth[-1]:
            depth.pop()
            declared.pop()
            lines.append("}")
        lines += _statement(code, declared[-1])
        if code.endswith(":"):
            depth.append(indent)
            declared.append(set())
    lines += ["}"] * len(depth)
    return "\n".join(lines) + "\n"


def _statement(code: str, declared: set[str]) -> Iterator[str]:
    if code.startswith("def "):
        name, arguments = code[4:-2].split("(")
        kinds = dict.fromkeys(("steps", "runs", "c", "k", "o", "save", "park"), "int64_t")
        kinds |= dict.fromkeys(("start", "stop", "dt", "saveper", "t"), "double")
        told = ", ".join(f"{kinds.get(a, 'double *restrict')} {a}" for a in arguments.split(", "))
        yield f"{'' if name == 'run' else 'static '}void {name}({told}) {{"
    elif loop := _LOOP.fullmatch(code):
        if loop[1] == "lane":
            yield "#pragma omp simd"
        yield f"for (int64_t {loop[1]} = 0; {loop[1]} < {loop[2]}; {loop[1]}++) {{"
    elif region := _REGION.fullmatch(code):
        yield f"double *restrict {region[1]} = {region[2]} + {region[3]};"
    elif code.startswith("if "):
        yield f"if ({code[3:-1]}) {{"
    elif code == "pass":
        return
    elif re.fullmatch(r"part\d+\(.*\)", code):
        yield code + ";"
    elif "[" in code.split("=")[0]:
        yield _expression(code) + ";"
    elif assign := _ASSIGN.fullmatch(code):
        whole = re.match(r"(low|high|save|i|c|k|o)\d*$", assign[1])
        kind = "" if assign[1] in declared else "int64_t " if whole else "double "
        declared.add(assign[1])
        yield f"{kind}{assign[1]} = {_expression(assign[2])};"
    else:
        raise ValueError(f"no C for: {code}")


def _expression(text: str) -> str:
    text = text.replace("//", "/").replace("(not ", "(!").replace("int(", "(int64_t)(")
    return re.sub(r"(?<![\w.])(\d+)\.0(?!\d)", r"\1.0", text)


def build(text: str, folder: Path) -> Callable[..., None] | None:
    """The function ``run`` of a generated source built by the system's compiler; ``None`` if there is none."""
    source, library = folder / "kernel.c", folder / "kernel.so"
    source.write_text(translate(text), encoding="utf-8")
    try:
        done = subprocess.run(["cc", *FLAGS, "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=False,
                              capture_output=True, text=True)  # fmt: skip
    except FileNotFoundError:
        return None
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    function = ctypes.CDLL(str(library)).run
    pointer, number, whole = ctypes.c_void_p, ctypes.c_double, ctypes.c_int64
    function.argtypes = [pointer] * 5 + [number] * 4 + [whole] * 2
    function.restype = None
    return function
