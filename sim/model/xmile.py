"""A model in XMILE 1.0 (``.xmile``, ``.stmx``, ``.itmx``) written as a text in Vensim's language, entry by entry.

Every entry stands at the line of its element, so that problems name the line of the file. Modules are written out: the
variable ``x`` of module ``m`` is called ``m.x``. What the language of the text doesn't have is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sim.errors import InputError, Place, Problem
from sim.model.converted import Converted, Method
from sim.model.mdl_text import MOST_LABELS
from sim.model.xmile_expression import Names, in_vensim
from sim.model.xmile_flows import Flows
from sim.model.xmile_model import Model, Variable, equation_of
from sim.model.xmile_stocks import may_not_be_negative
from sim.model.xmile_tokens import ExpressionError, plain_name
from sim.model.xml_tree import Node, XmlError, parse_xml

_BARE = re.compile(r"[^\W\d]\w*(?: \w+)*")
_SPECIAL = ("queue", "oven", "leak", "multiplier", "overflow")
_METHODS: dict[str, Method] = {"euler": "euler", "rk4": "rk4", "": "euler"}


def xmile_to_vensim(raw: bytes, path: Path) -> Converted:
    """The text for a file.

    Raises
    ------
    InputError
        With everything that is wrong with it or not translated, each with its line.

    >>> head = b"<xmile><sim_specs><start>0</start><stop>9</stop><dt>1</dt></sim_specs><model><variables>"
    >>> file = head + b"<aux name='a_b'><eqn>TIME * 2</eqn></aux></variables></model></xmile>"
    >>> xmile_to_vensim(file, Path("m.xmile")).text.splitlines()[-1].split(" | ")[-1]
    'a b = (Time * 2) ~  ~  |'
    """
    try:
        root = parse_xml(raw)
    except XmlError as error:
        raise InputError([Problem(Place(path, error.line), error.code, error.values)]) from None
    if root.tag != "xmile":
        raise InputError([Problem(Place(path, root.line), "xmile_root", {"name": root.tag})])
    writer = _Writer(path)
    text = writer.write(root)
    if writer.problems:
        raise InputError(writer.problems)
    return Converted(text, writer.method)


class _Writer:
    def __init__(self, path: Path) -> None:
        self.path, self.model = path, Model()
        self.method: Method = "euler"
        self.lines: list[tuple[int, str]] = []
        self.problems: list[Problem] = []
        self.models: dict[str, Node] = {}
        self.macros: dict[str, str] = {}
        self.flows = Flows(self.model, self._text_of, self.problem)
        self.behavior: Node | None = None

    def problem(self, line: int, code: str, **values: object) -> None:
        found = Problem(Place(self.path, line), code, values)
        self.problems += [] if found in self.problems else [found]

    def put(self, line: int, left: str, right: str, node: Node | None = None) -> None:
        """An entry at its line, with unit and documentation of its element."""
        units, told = (re.sub(r"[~|\s]+", " ", node.said(tag)).strip() if node else "" for tag in ("units", "doc"))
        self.lines.append((line, f"{left}{right} ~ {units} ~ {told} |"))

    def write(self, root: Node) -> str:
        models = list(root.all("model"))
        self.models = {plain_name(m.attributes.get("name", "")): m for m in models}
        for macro in root.all("macro"):
            self._macro(macro)
        self._clock(next(iter(root.all("sim_specs")), None), root.line)
        for dimensions in root.all("dimensions"):
            self._dimensions(dimensions)
        if not models:
            self.problem(root.line, "model_empty")
            return ""
        for data in root.all("data"):
            for read in data.all("import"):
                file = read.attributes.get("resource", "")
                self.problem(read.line, "xmile_construct", name=file, construct="<import>")
        self.behavior = root.first("behavior")
        self._collect(models[0], "", ())
        self.flows.prepare()
        for variable in self.model.variables.values():
            self._variable(variable)
        text, line = "{UTF-8}", 1
        for at, entry in sorted(self.lines, key=lambda one: one[0]):
            text += "\n" * max(0, at - line) + (" " if at <= line else "") + entry
            line = max(line, at)
        return text + "\n"

    def _macro(self, node: Node) -> None:
        """A macro of parameters and an equation; one with variables of its own is refused."""
        name = node.attributes.get("name", "")
        called = self._called("", name)
        if node.first("variables") is not None or not _BARE.fullmatch(called):
            self.problem(node.line, "xmile_construct", name=name, construct="<macro>")
            return
        inputs = {plain_name(parm.text): self._called("", parm.text.strip()) for parm in node.all("parm")}

        def known(written: str) -> tuple[str, tuple[str, ...]] | None:
            return (inputs[plain_name(written)], ()) if plain_name(written) in inputs else None

        names = Names(known, lambda axis, label: None, (), frozenset(), {}, self.macros)
        right = self._text(equation_of(node), called, names, node.line)
        self.macros[plain_name(name)] = called
        text = f":MACRO: {called}({', '.join(inputs.values())}) {called} = {right} ~ ~ | :END OF MACRO:"
        self.lines.append((node.line, text))

    # --- clock and dimensions

    def _clock(self, specs: Node | None, line: int) -> None:
        if specs is None:
            self.problem(line, "model_control", name="sim_specs")
            return
        method = specs.attributes.get("method", "").lower().split(",")[0].strip()
        if method not in _METHODS:
            self.problem(specs.line, "xmile_method", method=method)
        self.method = _METHODS.get(method, "euler")
        step = specs.first("dt")
        size = specs.said("dt") or "1"
        if step is not None and step.attributes.get("reciprocal", "").lower() == "true":
            size = f"1 / {size}"
        with suppress(ValueError, ZeroDivisionError):
            plain = float(specs.said("dt") or "1")
            self.flows.step = 1 / plain if size.startswith("1 / ") else plain
        every = specs.attributes.get("save_interval", "")
        for name, right in (
            ("INITIAL TIME", specs.said("start")), ("FINAL TIME", specs.said("stop")), ("TIME STEP", size),
            ("SAVEPER", every if every not in ("", "0") else "TIME STEP"),
        ):  # fmt: skip
            self.put(specs.line, name, f" = {right}")

    def _dimensions(self, node: Node) -> None:
        found = {dim.attributes.get("name", ""): dim for dim in node.all("dim")}
        elements = {name: [e.attributes.get("name", "") for e in dim.all("elem")] for name, dim in found.items()}
        for name, dim in found.items():
            if not elements[name]:
                size = dim.attributes.get("size", "")
                count = int(size) if size.isdigit() and len(size) <= 5 else 0
                elements[name] = [str(n + 1) for n in range(count if count < MOST_LABELS else 0)]
        counted = [plain_name(label) for several in elements.values() for label in several]
        taken = {plain_name(name) for name in elements}
        for name, several in elements.items():
            over = " ".join(name.replace("_", " ").split())
            labels = []
            for label in several:
                bare = " ".join(label.replace("_", " ").split())
                key = plain_name(label)
                own = _BARE.fullmatch(bare) and counted.count(key) == 1 and key not in taken
                text = bare if own else f"{over} {bare}".replace(" ", "_")
                labels.append(text)
                self.model.labels[plain_name(name), key] = text
            self.model.dimensions[plain_name(name)] = (over, tuple(labels))
            if labels:
                self.put(found[name].line, over, f": {', '.join(labels)}")
            else:
                self.problem(found[name].line, "xmile_construct", name=name, construct="<dim>")

    # --- variables

    def _collect(self, model: Node, prefix: str, above: tuple[Node, ...]) -> None:
        """Variables of a model and of the modules inside it."""
        for variables in model.all("variables"):
            for node in variables.children:
                name = node.attributes.get("name", "")
                key = prefix + plain_name(name)
                if node.tag == "module":
                    self._module(node, name, prefix, (*above, model))
                elif node.tag in ("stock", "flow", "aux", "gf"):
                    bounded = may_not_be_negative(node, model.first("behavior"), self.behavior)
                    called, axes = self._called(prefix, name), self._axes(node)
                    if key in self.model.variables:
                        self.problem(node.line, "xmile_twice", name=name, first=self.model.variables[key].node.line)
                    self.model.variables[key] = Variable(node, called, axes, prefix, bounded)
                    if node.tag == "gf" or (node.first("gf") and not equation_of(node)):
                        self.model.tables.add(self.model.variables[key].name)

    def _module(self, node: Node, name: str, prefix: str, above: tuple[Node, ...]) -> None:
        inner = self.models.get(plain_name(name))
        if inner is None or inner in above or len(above) > 20 or node.first("dimensions") is not None:
            self.problem(node.line, "xmile_construct", name=name, construct="<module>")
            return
        own = f"{prefix}{plain_name(name)}."
        targets: dict[str, Node] = {}
        for connect in node.all("connect", "connect2"):
            key = own + plain_name(connect.attributes.get("to", "").rpartition(".")[2])
            self.model.inputs[key] = (connect.attributes.get("from", ""), prefix)
            targets[key] = connect
        self._collect(inner, own, above)
        for key, connect in targets.items():
            if key not in self.model.variables:
                self.problem(connect.line, "model_reference", name=name, reference=connect.attributes.get("to", ""))

    @staticmethod
    def _called(prefix: str, name: str) -> str:
        bare = " ".join(re.sub(r"\\n|[_\s\u00a0]", " ", name.strip('"')).split())
        return bare if _BARE.fullmatch(bare) and not prefix else f'"{prefix}{bare}"'

    def _axes(self, node: Node) -> tuple[str, ...]:
        over = node.first("dimensions")
        found = []
        for dim in over.all("dim") if over else ():
            known = self.model.dimensions.get(plain_name(dim.attributes.get("name", "")))
            if known is None:
                self.problem(dim.line, "model_reference", name=node.attributes.get("name", ""),
                             reference=dim.attributes.get("name", ""))  # fmt: skip
                continue
            found.append(known[0])
        return tuple(found)

    def _names(self, variable: Variable) -> Names:
        def known(written: str) -> tuple[str, tuple[str, ...]] | None:
            key = self.model.find(written, variable.prefix)
            return (self.model.variables[key].name, self.model.variables[key].axes) if key else None

        def element(axis: str, written: str) -> str | None:
            last = written.strip('"').rpartition(".")[2]
            return self.model.labels.get((plain_name(axis), plain_name(last)))

        sizes = {name: len(labels) for name, (_, labels) in self.model.dimensions.items()}
        return Names(known, element, variable.axes, frozenset(self.model.tables), sizes, self.macros,
                     variable.node.attributes.get("name", ""))  # fmt: skip

    def _text_of(self, equation: str, variable: Variable, line: int) -> str:
        return self._text(equation, variable.name, self._names(variable), line)

    def _text(self, equation: str, name: str, names: Names, line: int) -> str:
        """An equation in Vensim's language; problems are noted."""
        if not equation or "???" in equation:
            self.problem(line, "xmile_unfinished", name=name)
            return "0"
        try:
            return in_vensim(equation, names)
        except ExpressionError as error:
            values = {"xmile_construct": "construct", "model_reference": "reference", "model_syntax": "text"}
            values |= {"model_function_unknown": "function", "xmile_arguments": "construct"}
            self.problem(line, error.code, name=name, **{values[error.code]: error.what})
            return "0"

    def _variable(self, variable: Variable) -> None:
        node = variable.node
        for special in node.all(*_SPECIAL):
            self.problem(special.line, "xmile_discrete", name=variable.name, construct=f"<{special.tag}>")
        conveyor = node.first("conveyor")
        if conveyor is not None:
            self.flows.check_conveyor(variable, conveyor)
        key = variable.prefix + plain_name(node.attributes.get("name", ""))
        source = self.model.inputs.get(key)
        if source is not None:
            outer = Variable(node, variable.name, variable.axes, source[1])
            if self.model.find(*source) is None:
                self.problem(node.line, "model_reference", name=variable.name, reference=source[0])
                return
            subscripts = f"[{', '.join(variable.axes)}]" if variable.axes else ""
            right = self._text(f'"{source[0]}"', variable.name, self._names(outer), node.line)
            self.put(node.line, variable.name + subscripts, f" = {right}", node)
            return
        for piece, places in self._pieces(variable):
            self._piece(variable, piece, places)

    def _pieces(self, variable: Variable) -> Iterator[tuple[Node, tuple[str, ...]]]:
        """Elements that have an equation of their own, or the variable as a whole."""
        elements = list(variable.node.all("element"))
        if not elements:
            yield variable.node, variable.axes
        for element in elements:
            written = [part.strip() for part in element.attributes.get("subscript", "").split(",")]
            labels = [
                self.model.labels.get((plain_name(axis), plain_name(label)))
                for axis, label in zip(variable.axes, written, strict=False)
            ]
            if len(written) != len(variable.axes) or None in labels:
                construct = f"[{', '.join(written)}]"
                self.problem(element.line, "xmile_construct", name=variable.name, construct=construct)
                continue
            yield element, tuple(str(label) for label in labels)

    def _piece(self, variable: Variable, piece: Node, subscripts: tuple[str, ...]) -> None:
        node = variable.node
        brackets = f"[{', '.join(subscripts)}]" if subscripts else ""
        left, line = variable.name + brackets, piece.line
        graph = piece.first("gf") or node.first("gf") or (node if node.tag == "gf" else None)
        equation = equation_of(piece) or equation_of(node)
        if graph is not None and variable.name in self.model.tables:
            self.put(line, left, self._points(graph, variable), node)
            return
        belt = self.flows.belt(variable)
        if belt is not None:
            right = self.flows.carried(belt, brackets)
        else:
            right = self._text_of(equation, variable, line)
        if graph is not None:
            right = self._read(graph, variable, brackets, right, line)
        if node.tag == "flow":
            right = self.flows.within(variable, brackets, f"MAX(0, {right})" if variable.bounded else right)
        if node.tag == "stock":
            right = self.flows.stock(variable, brackets, right)
        self.put(line, left, f" = {right}", node)

    # --- graphical functions

    def _read(self, graph: Node, variable: Variable, brackets: str, argument: str, line: int) -> str:
        """A graphical function read at an equation: the points are a lookup of their own."""
        table = f'"#{variable.name.strip(chr(34))}>gf#"'
        self.put(line, table + brackets, self._points(graph, variable))
        kind = graph.attributes.get("type", "continuous").lower()
        if kind == "extrapolate":
            return f"LOOKUP EXTRAPOLATE({table}{brackets}, {argument})"
        if kind == "discrete":
            return f"LOOKUP BACKWARD({table}{brackets}, {argument})"
        return f"{table}{brackets}({argument})"

    def _points(self, graph: Node, variable: Variable) -> str:
        def numbers(tag: str) -> list[float]:
            node = graph.first(tag)
            between = node.attributes.get("sep", ",") if node else ","
            return [float(part) for part in (node.text if node else "").split(between) if part.strip()]

        try:
            y, x = numbers("ypts"), numbers("xpts")
            scale = graph.first("xscale")
            if not x and scale is not None:
                low, high = float(scale.attributes.get("min", "")), float(scale.attributes.get("max", ""))
                x = [low + (high - low) * place / max(1, len(y) - 1) for place in range(len(y))]
        except ValueError:
            x, y = [], []
        if len(x) != len(y) or not y:
            self.problem(graph.line, "xmile_construct", name=variable.name, construct="<gf>")
            return "((0,0),(1,0))"
        if graph.attributes.get("type", "").lower() == "discrete" and len(y) > 1:
            y[-1] = y[-2]  # the last point only says where the last step ends
        return "(" + ", ".join(f"({a!r}, {b!r})" for a, b in zip(x, y, strict=True)) + ")"
