"""The processor that kernels are made for, and how they are called."""

from __future__ import annotations

from typing import Any, Literal

DRIVER = "pppppddddll"
"""Arguments of the functions of a kernel: p a pointer to numbers, d a number, l a whole number."""

DRIVERS = ("shared", "run")
"""Functions of a kernel that others call."""

Vectors = Literal["widest", "avx2"]
"""``widest``: 512 bits where the processor has them; ``avx2``: what one without them would run."""


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
