"""The generated text of a kernel written in LLVM's language: a small part of Python, typed as it is read.

The text holds straight lines of arithmetic, loops over ranges, ``if``, and calls of the functions of
:mod:`sim.engine.builtins`, whose own text is written the same way, once for each that is called. Three kinds of
numbers: doubles, 64-bit integers, and truth values. Nothing is rewritten, reassociated or fused, so the code gives the
bits that the text gives as plain Python. What lies in memory carries a tag of its region (type-based alias analysis):
regions never overlap, so the tags tell the truth, and the loop vectoriser needs no checks at run time.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import Any

from sim.engine import builtins
from sim.engine.arithmetic import Arithmetic, strange
from sim.engine.operands import TYPES, Kind, Operand, constant
from sim.engine.primitives import INSTRUCTIONS

POINTERS = ("w", "out", "clock", "courses", "past")
"""Arguments that are memory; no two of them overlap."""
_WHOLE = {"steps", "runs", "c", "k", "o", "save", "park", "first", "last"}
"""Arguments of drivers and parts that are integers; the others are doubles."""
_KIND_OF: Mapping[str, Kind] = {"float": "float", "int": "int", "bool": "truth"}


def lower(
    text: str,
    tables: Mapping[str, Sequence[int]],
    drivers: Iterable[str],
    library: Mapping[str, str],
    *,
    apart: bool = False,
) -> str:
    r"""A module of LLVM's language from the text of a kernel.

    Parameters
    ----------
    tables
        Whole numbers by name, which the text indexes.
    drivers
        Functions that others call; all others stay inside.
    library
        Functions of one number of the system's library, by their names in the text.
    apart
        Whether parts stay functions of their own, or LLVM may put them into what calls them.

    Raises
    ------
    SyntaxError
        If the text holds what isn't of the small language: a fault of ours, never of a model.

    >>> module = lower("def run(w, runs):\n    for lane in range(runs):\n        w[lane] = w[lane] * 2.0\n",
    ...                {}, ["run"], {})
    >>> "fmul double" in module
    True
    """
    module = _Module(tables, library)
    outside = set(drivers)
    for definition in ast.parse(text).body:
        if not isinstance(definition, ast.FunctionDef):
            raise strange(definition)
        inside = definition.name not in outside
        module.define(definition, "internal " if inside else "", "noinline " if inside and apart else "")
    return module.text()


@dataclass
class _Module:
    """Functions, tables and tags of one module."""

    tables: Mapping[str, Sequence[int]]
    library: Mapping[str, str]
    functions: list[str] = field(default_factory=list)
    signatures: dict[str, tuple[Kind, ...]] = field(default_factory=dict)
    results: dict[str, Kind] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    tags: dict[str, int] = field(default_factory=dict)

    def define(self, definition: ast.FunctionDef, linkage: str, attribute: str) -> None:
        """A function of the kernel."""
        names = [argument.arg for argument in definition.args.args]
        kinds: tuple[Kind, ...] = tuple(
            "memory" if name in POINTERS else "int" if name in _WHOLE else "float" for name in names
        )
        self.signatures[definition.name] = kinds
        body = _Function(self, {}, dict(zip(names, map(_argument, names, kinds), strict=True)))
        body.statements(definition.body)
        given = ", ".join(
            f"{TYPES[kind]}{' noalias' if kind == 'memory' else ''} %{name}"
            for name, kind in zip(names, kinds, strict=True)
        )
        head = f"define {linkage}void @{definition.name}({given}) {attribute}nounwind {{"
        self.functions.append("\n".join([head, "entry:", *body.lines, "  ret void", "}"]))

    def builtin(self, function: FunctionType) -> str:
        """The name of a function of ours, which is written when it is first called."""
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        if name not in self.results:
            definition = _definitions(function.__module__)[function.__name__]
            names = [argument.arg for argument in definition.args.args]
            kinds = tuple(_KIND_OF[ast.unparse(a.annotation)] for a in definition.args.args if a.annotation)
            assert definition.returns is not None, f"{name} lacks an annotation"
            assert len(kinds) == len(names), f"{name} lacks an annotation"
            self.signatures[name], self.results[name] = kinds, _KIND_OF[ast.unparse(definition.returns)]
            space = vars(sys.modules[function.__module__])
            body = _Function(self, space, dict(zip(names, map(_argument, names, kinds), strict=True)))
            result = body.statements(definition.body)
            assert result is not None, f"{name} gives nothing"
            given = ", ".join(f"{TYPES[kind]} %{name}" for name, kind in zip(names, kinds, strict=True))
            kind = self.results[name]
            head = f"define internal {TYPES[kind]} @{name}({given}) alwaysinline nounwind {{"
            tail = f"  ret {TYPES[kind]} {body.converted(result, kind)}"
            self.functions.append("\n".join([head, "entry:", *body.lines, tail, "}"]))
        return name

    def tag(self, region: str) -> int:
        """Number of the access tag of a region: 0 is the root of all, then two entries for each region."""
        return 2 * self.tags.setdefault(region, len(self.tags)) + 2

    def text(self) -> str:
        """The whole module."""
        tables = [
            f"@{name} = internal constant [{len(values)} x i64] [{', '.join(f'i64 {value}' for value in values)}]"
            for name, values in self.tables.items()
        ]
        tags = ['!0 = !{!"regions"}']
        for region, number in self.tags.items():
            own = 2 * number + 1
            tags += [f'!{own} = !{{!"{region}", !0, i64 0}}', f"!{own + 1} = !{{!{own}, !{own}, i64 0}}"]
        return "\n".join([*tables, *sorted(self.declared), *self.functions, *tags]) + "\n"


class _Function(Arithmetic):
    """Lines of one function; ``names`` holds what is known where the next line stands."""

    def __init__(self, module: _Module, space: Mapping[str, Any], names: dict[str, Operand]) -> None:
        super().__init__()
        self.module, self.space, self.names = module, space, names

    # --- statements

    def statements(self, body: Iterable[ast.stmt]) -> Operand | None:
        """Write statements; gives what is returned."""
        for statement in body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.names[name] = self.operand(value)
                case ast.Assign(targets=[ast.Subscript() as where], value=value):
                    self._store(where, value)
                case ast.For():
                    self._for(statement)
                case ast.If(orelse=[]):
                    self._if(statement)
                case ast.Expr(value=ast.Call() as call):
                    self._part(call)
                case ast.Pass() | ast.Expr(value=ast.Constant()):
                    pass  # nothing, or a docstring
                case ast.Return(value=ast.expr() as value):
                    return self.operand(value)
                case _:
                    raise strange(statement)
        return None

    def _for(self, loop: ast.For) -> None:
        """A loop that counts from zero, tested at its end; what is named inside is not known behind it."""
        if not (isinstance(loop.target, ast.Name) and isinstance(loop.iter, ast.Call) and len(loop.iter.args) == 1):
            raise strange(loop)
        stop = self.operand(loop.iter.args[0])
        before, body, behind = self.block, self.label(), self.label()
        if stop.known is not None and stop.known > 0:
            self.put(f"br label %{body}")
        else:
            some = self.new(f"icmp sgt i64 {stop.text}, 0")
            self.put(f"br i1 {some}, label %{body}, label %{behind}")
        self.open(body)
        turn, after = self.register(), self.register()
        at = len(self.lines)
        self.put("")
        self._scope(loop.body, {loop.target.id: Operand("int", turn)})
        self.lines[at] = f"  {turn} = phi i64 [ 0, %{before} ], [ {after}, %{self.block} ]"
        self.put(f"{after} = add nuw nsw i64 {turn}, 1")
        more = self.new(f"icmp slt i64 {after}, {stop.text}")
        self.put(f"br i1 {more}, label %{body}, label %{behind}")
        self.open(behind)

    def _if(self, choice: ast.If) -> None:
        truth = self.converted(self.operand(choice.test), "truth")
        body, behind = self.label(), self.label()
        self.put(f"br i1 {truth}, label %{body}, label %{behind}")
        self.open(body)
        self._scope(choice.body, {})
        self.put(f"br label %{behind}")
        self.open(behind)

    def _scope(self, body: Sequence[ast.stmt], made: Mapping[str, Operand]) -> None:
        """Statements whose names end with them: none goes from one turn of a loop to the next, or out of it."""
        named = {
            node.id
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        # who reads one of them before it is given, or behind the loop, must not get an older value
        outside = {name: operand for name, operand in self.names.items() if name not in named}
        self.names = {**outside, **made}
        self.statements(body)
        self.names = outside

    def _store(self, where: ast.Subscript, value: ast.expr) -> None:
        number = self.converted(self.operand(value), "float")
        place, tag = self._place(where)
        self.put(f"store double {number}, ptr {place}, !tbaa !{tag}")

    def _part(self, call: ast.Call) -> None:
        if not isinstance(call.func, ast.Name) or call.func.id not in self.module.signatures:
            raise strange(call)
        kinds = self.module.signatures[call.func.id]
        given = [
            f"{TYPES[kind]} {self.converted(self.operand(argument), kind)}"
            for argument, kind in zip(call.args, kinds, strict=True)
        ]
        self.put(f"call void @{call.func.id}({', '.join(given)})")

    # --- expressions

    def operand(self, node: ast.expr) -> Operand:
        """Write an expression; gives where its value stands."""
        match node:
            case ast.Name(id=name):
                return self._named(name)
            case ast.Constant(value=bool() | int() | float() as value):
                return constant(value)
            case ast.BinOp(left=left, op=operator, right=right):
                return self.binary(operator, self.operand(left), self.operand(right), node)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self.comparison(operator, self.operand(left), self.operand(right))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self.negative(self.operand(inner))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return Operand("truth", self.new(f"xor i1 {self.converted(self.operand(inner), 'truth')}, true"))
            case ast.Subscript():
                return self._load(node)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, [self.operand(argument) for argument in arguments], node)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                return constant(getattr(self.space[name], attribute))  # math.inf
        raise strange(node)

    def _named(self, name: str) -> Operand:
        if name in self.names:
            return self.names[name]
        if name in ("inf", "nan"):
            return constant(float(name))
        if name not in self.space:
            raise SyntaxError(f"{name} has no value where it is read")
        return constant(self.space[name])

    def _place(self, where: ast.Subscript) -> tuple[str, int]:
        """Where an element of memory lies, and the tag of its region."""
        memory, index = self.operand(where.value), self.operand(where.slice)
        if memory.kind != "memory" or index.kind != "int":
            raise strange(where)
        place = self.new(f"getelementptr inbounds double, ptr {memory.text}, i64 {index.text}")
        return place, self.module.tag(memory.region)

    def _load(self, node: ast.Subscript) -> Operand:
        if isinstance(node.value, ast.Name) and node.value.id in self.module.tables:
            index = self.operand(node.slice)
            place = self.new(f"getelementptr inbounds i64, ptr @{node.value.id}, i64 {index.text}")
            return Operand("int", self.new(f"load i64, ptr {place}"))
        place, tag = self._place(node)
        return Operand("float", self.new(f"load double, ptr {place}, !tbaa !{tag}"))

    # --- calls

    def _call(self, name: str, arguments: list[Operand], node: ast.expr) -> Operand:
        match name, arguments:
            case "int", [number]:
                return Operand("int", self.converted(number, "int"))
            case "max", [Operand(kind="int") as one, Operand(kind="int") as other]:
                more = self.new(f"icmp sgt i64 {one.text}, {other.text}")
                return Operand("int", self.new(f"select i1 {more}, i64 {one.text}, i64 {other.text}"))
            case "region", [memory, offset, number]:
                place = self.new(f"getelementptr inbounds double, ptr {memory.text}, i64 {offset.text}")
                return Operand("memory", place, region=f"region {number.known}")
            case "select", [condition, one, other]:
                return self.select(condition, one, other)
        if name in self.module.library:
            symbol = self.module.library[name]
            self.module.declared.add(f"declare double @{symbol}(double)")
            return Operand("float", self.new(f"call double @{symbol}(double {self.converted(arguments[0], 'float')})"))
        function = self.space.get(name) or getattr(builtins, name, None)
        if name in INSTRUCTIONS:
            return self._instruction(name, arguments)
        if not isinstance(function, FunctionType):
            raise strange(node)
        symbol = self.module.builtin(function)
        given = ", ".join(
            f"{TYPES[kind]} {self.converted(argument, kind)}"
            for argument, kind in zip(arguments, self.module.signatures[symbol], strict=True)
        )
        kind = self.module.results[symbol]
        return Operand(kind, self.new(f"call {TYPES[kind]} @{symbol}({given})"))

    def _instruction(self, name: str, arguments: list[Operand]) -> Operand:
        instruction = INSTRUCTIONS[name]
        texts = [self.converted(a, kind) for a, kind in zip(arguments, instruction.takes, strict=True)]
        if instruction.declared:
            self.module.declared.add(instruction.declared)
        return Operand(instruction.gives, self.new(instruction.text.format(*texts)))


def _argument(name: str, kind: Kind) -> Operand:
    return Operand(kind, f"%{name}", region=name if kind == "memory" else "")


@cache
def _definitions(module: str) -> dict[str, ast.FunctionDef]:
    """The functions of one of our modules, as they are written."""
    text = inspect.getsource(sys.modules[module])
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
