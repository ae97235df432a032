"""Parts of one flat memory as numba sees them: pointers that LLVM knows to be apart.

A generated kernel reads ``r7[index]`` and writes ``r7[index] = value``. With the compiler off ``r7`` is a slice of a
numpy array; compiled, it is a bare pointer whose loads and stores carry a tag of their own region (type-based alias
analysis). Regions never overlap, so the tags tell the truth, and the loop vectoriser needs no checks at run time.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir as llvm
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

NumbaType: Any = types.Type
MODEL: Any = models.PointerModel


class Region(NumbaType):  # type: ignore[misc]
    """Numba type of a part of memory; ``number`` keeps it apart from all others."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.dtype = types.float64
        super().__init__(name=f"Region({number})")


@register_model(Region)
class _RegionModel(MODEL):  # type: ignore[misc]
    """A pointer to float64."""


def region(memory: npt.NDArray[np.float64], offset: int, number: int) -> npt.NDArray[np.float64]:
    """The part of ``memory`` that begins at ``offset``; ``number`` tells the compiler which one it is.

    >>> float(region(np.arange(3.0), 1, 7)[0])
    1.0
    """
    return memory[offset:]


def compiled_region() -> Any:
    """What stands for :func:`region` in compiled code."""

    @intrinsic  # type: ignore[untyped-decorator]
    def part(typing: Any, memory: Any, offset: Any, number: Any) -> Any:
        if not isinstance(number, types.IntegerLiteral):
            return None

        def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
            return builder.gep(arguments[0], [arguments[1]], inbounds=True)

        return Region(number.literal_value)(memory, types.int64, number), generate

    return part


@infer_global(operator.getitem)
class _Read(AbstractTemplate):  # type: ignore[misc]
    def generic(self, arguments: Any, keywords: Any) -> Any:
        where, index = arguments
        if isinstance(where, Region) and isinstance(index, types.Integer):
            return signature(types.float64, where, types.int64)
        return None


@infer_global(operator.setitem)
class _Write(AbstractTemplate):  # type: ignore[misc]
    def generic(self, arguments: Any, keywords: Any) -> Any:
        where, index, _ = arguments
        if isinstance(where, Region) and isinstance(index, types.Integer):
            return signature(types.none, where, types.int64, types.float64)
        return None


def _tag(builder: Any, number: int) -> Any:
    """Access tag of a region: a type of its own below a common root."""
    module = builder.module
    root = module.add_metadata([llvm.MetaDataString(module, "regions")])
    own = module.add_metadata([llvm.MetaDataString(module, f"region {number}"), root, llvm.Constant(_I64, 0)])
    return module.add_metadata([own, own, llvm.Constant(_I64, 0)])


_I64 = llvm.IntType(64)


@lower_builtin(operator.getitem, Region, types.Integer)  # type: ignore[untyped-decorator]
def _lower_read(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
    where = builder.gep(arguments[0], [arguments[1]], inbounds=True)
    load = builder.load(where)
    load.set_metadata("tbaa", _tag(builder, sig.args[0].number))
    return load


@lower_builtin(operator.setitem, Region, types.Integer, types.Float)  # type: ignore[untyped-decorator]
def _lower_write(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
    where = builder.gep(arguments[0], [arguments[1]], inbounds=True)
    builder.store(arguments[2], where).set_metadata("tbaa", _tag(builder, sig.args[0].number))
    return context.get_dummy_value()
