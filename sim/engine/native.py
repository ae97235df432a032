"""Object code brought to life: loaded by LLVM's linker, called through ctypes, which lets other threads run."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from sim.engine.machine import DRIVER, DRIVERS, host_machine

_KINDS = {"p": ctypes.c_void_p, "d": ctypes.c_double, "l": ctypes.c_int64}


class Library:
    """Functions of a kernel in memory.

    Parameters
    ----------
    code
        Object code for this processor.
    """

    def __init__(self, code: bytes) -> None:
        import llvmlite.binding as llvm

        machine = host_machine()
        empty = llvm.parse_assembly("")
        # the engine owns the code: it must live as long as its functions
        self._engine: Any = llvm.create_mcjit_compiler(empty, machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._functions = {name: self._function(name) for name in DRIVERS}

    def _function(self, symbol: str) -> Callable[..., None]:
        address = self._engine.get_function_address(symbol)
        if not address:
            raise ValueError(f"no function {symbol}")
        return ctypes.CFUNCTYPE(None, *(_KINDS[kind] for kind in DRIVER))(address)

    def __getitem__(self, name: str) -> Callable[..., None]:
        return self._functions[name]
