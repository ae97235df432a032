r"""Rewrite the sketch section of `park.mdl` from its equations: one Vensim view for each group of variables.

The equations are never touched: only what stands after the sketch marker is replaced.  The same equations give the
same bytes, so run this after every change of the equations; positions changed by hand in Vensim are lost.

    python models/inner-mongolia/sketch.py [FILE]

A view reads from left to right, causes before effects.  Stocks that plain flows fill and empty stand in a row at the
top with their pipes and valves; every other stock is a box with arrows.  A grey <name> is defined in another view,
a grey arrow acts on an initial value alone.  The form of the lines is that of Vensim's manual, "Sketch Information".
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sketch_layout import LEFT, Word, assign_columns, bend, place

from sim.model.mdl_text import Entry, entries

HERE = Path(__file__).resolve().parent
MARKER = r"\\\---/// Sketch information - do not modify anything except names"
CONTROL = "control"
CHINESE = {
    "Drivers": "外部驱动因素",
    "Table": "开发区数据表",
    "Production": "生产",
    "Market": "市场",
    "Investment": "投资",
    "Labour": "就业与企业",
    "Land": "土地",
    "Infrastructure": "基础设施",
    "Finance": "财政与债务",
    "Innovation": "创新",
    "Openness": "开放",
    "Clusters": "产业集群",
    "Retrofit": "循环化改造",
    "Costs": "政策成本",
    "Fund": "区域基金",
    "Emissions": "能源与排放",
    "Approvals": "准入约束",
    "Governance": "治理与整合",
}
# The shape and the flags of a word: bit 1 of the second number lets arrows in, so that an even one is a shadow.
SHAPES = {
    "auxiliary": "8,3,0,0,0,0,0,0",
    "stock": "3,3,0,0,0,0,0,0",
    "flow": "40,3,0,0,-1,0,0,0",
    "shadow": "8,2,0,3,-1,0,0,0,128-128-128,0-0-0,|10||128-128-128",
}
INTO, OUT_OF = 4, 100  # a pipe with an arrowhead and one without


@dataclass(frozen=True)
class Variable:
    """A variable of the equations and what stands on its right side, by names as they are defined."""

    name: str
    group: str
    causes: tuple[str, ...]
    initial_only: frozenset[str] = frozenset()
    is_stock: bool = False
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()

    @property
    def flows(self) -> tuple[str, ...]:
        """The flows that are drawn as pipes; none where the rate of a stock is an expression."""
        return self.inflows + self.outflows


@dataclass
class View:
    """What one view shows: its words, the arrows between them, and the stocks with pipes in the order of the row."""

    group: str
    words: list[Word]
    arrows: list[tuple[Word, Word]]
    row: list[Word]
    variables: Mapping[str, Variable]

    def ends(self, flow: Word) -> tuple[Word | None, Word | None]:
        """The stocks that a flow leaves and enters; nothing stands for a cloud."""
        stocks = [(word, self.variables[word.name]) for word in self.row if word.kind == "stock"]
        source = next((word for word, stock in stocks if flow.name in stock.outflows), None)
        return source, next((word for word, stock in stocks if flow.name in stock.inflows), None)


def variables_of(found: Sequence[Entry]) -> dict[str, Variable]:
    """The variables of a model by name, in the order of the file, the control section and ``Time`` included."""
    by_name: dict[str, list[Entry]] = {}
    for entry in found:
        if not entry.is_subscript:
            by_name.setdefault(entry.name, []).append(entry)
    known = {_key(name): name for name in (*by_name, "Time")}
    made: dict[str, Variable] = {}
    piped: set[tuple[str, str]] = set()
    for name, lines in by_name.items():
        made[name] = _variable(lines, known)
        flows = {("+", flow) for flow in made[name].inflows} | {("-", flow) for flow in made[name].outflows}
        elsewhere = any(by_name[flow][0].group != made[name].group for flow in made[name].flows)
        if elsewhere or flows & piped:  # a pipe has one source and one sink, and its valve is in the same view
            made[name] = _with_arrows(made[name])
        else:
            piped |= flows
    return made | {"Time": Variable("Time", "Control", ())}


def _variable(lines: Sequence[Entry], known: Mapping[str, str]) -> Variable:
    name, group = lines[0].name, lines[0].group
    integral = re.fullmatch(r"INTEG\s*\((.*)\)", lines[0].right.strip(), re.DOTALL | re.IGNORECASE)
    if len(lines) > 1 or not integral:
        text = " , ".join(line.right for line in lines)
        causes = [cause for cause in _references(text, known) if cause != name]
        return Variable(name, group, tuple(causes), is_stock=integral is not None)
    rate, initial = _arguments(integral.group(1))
    moving = [cause for cause in _references(rate, known) if cause != name]
    at_start = [cause for cause in _references(initial, known) if cause not in (name, *moving)]
    flows = _plain_flows(rate, known)
    inflows, outflows = (tuple(flow for sign, flow in flows if sign == side) for side in "+-")
    return Variable(name, group, (*moving, *at_start), frozenset(at_start), True, inflows, outflows)


def _with_arrows(stock: Variable) -> Variable:
    return Variable(stock.name, stock.group, stock.causes, stock.initial_only, True)


def _key(name: str) -> str:
    """A name as Vensim compares it."""
    return " ".join(name.strip('"').replace("_", " ").lower().split())


def _without_subscripts(text: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", text)


def _references(text: str, known: Mapping[str, str]) -> list[str]:
    words = re.findall(r'"[^"]*"|[^\W\d]\w*(?:\s+\w+)*', _without_subscripts(text))
    return list(dict.fromkeys(known[_key(word)] for word in words if _key(word) in known))


def _arguments(text: str) -> tuple[str, str]:
    """Rate and initial value: the text is cut at its first comma outside brackets."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            return text[:position], text[position + 1 :]
    return text, ""


def _plain_flows(rate: str, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """The terms of a rate with their signs, if each is the name of another variable; else nothing."""
    terms = re.findall(r"([+-]?)([^+-]+)", " ".join(_without_subscripts(rate).split()))
    if any(known.get(_key(term), "Time") == "Time" for _, term in terms):
        return []
    return [(sign or "+", known[_key(term)]) for sign, term in terms]


def views_of(variables: Mapping[str, Variable]) -> list[View]:
    """One view with every word in its place for each group, in the order of the file."""
    groups = dict.fromkeys(v.group for v in variables.values() if v.group.lower() != CONTROL)
    views = [_view(group, variables) for group in groups]
    for view in views:
        pipes = {(word, end) for word in view.row if word.kind == "flow" for end in view.ends(word) if end}
        place(view.words, view.arrows, view.row, pipes)
    return views


def _view(group: str, variables: Mapping[str, Variable]) -> View:
    own = {v.name: v for v in variables.values() if v.group == group}
    piped = {flow for v in own.values() for flow in v.flows}
    words = {
        name: Word(name, "stock" if v.is_stock else "flow" if name in piped else "auxiliary") for name, v in own.items()
    }
    row = [words[name] for name in _row(own)]
    arrows = [(words[c], words[v.name]) for v in own.values() for c in v.causes if c in words and c not in v.flows]
    assign_columns([word for word in words.values() if word not in row], arrows)
    shadows: dict[tuple[str, int], Word] = {}
    for v in own.values():
        effect = words[v.name]
        column = -1 if effect in row else effect.column
        for cause in v.causes:
            if cause not in words:
                # one shadow for each column that it acts on, and one for the row of stocks: short arrows
                shadow = shadows.setdefault((cause, column), Word(cause, "shadow", column=column - 1))
                arrows.append((shadow, effect))
    return View(group, [*words.values(), *shadows.values()], arrows, row, own)


def _row(own: Mapping[str, Variable]) -> list[str]:
    """Stocks with pipes and their flows, each stock between what fills and what empties it."""
    stocks = {name: v for name, v in own.items() if v.flows}
    filled = {flow: name for name, v in stocks.items() for flow in v.inflows}
    emptied = {flow for v in stocks.values() for flow in v.outflows}
    order: dict[str, None] = {}
    for first in (*(name for name, v in stocks.items() if not emptied & {*v.inflows}), *stocks):
        name: str | None = first
        while name and name not in order:
            order |= dict.fromkeys((*stocks[name].inflows, name, *stocks[name].outflows))
            name = next((filled[flow] for flow in stocks[name].outflows if flow in filled), None)
    return list(order)


def sketch_text(found: Sequence[Entry]) -> str:
    """Everything after the first marker: the views, and the settings that end a model file."""
    views = ["\n".join(_view_lines(view)) for view in views_of(variables_of(found))]
    return "\n" + f"\n{MARKER}\n".join(views) + "\n///---\\\\\\\n" + "\n".join(_settings(found)) + "\n"


def _view_lines(view: View) -> list[str]:
    numbers = iter(range(1, 1_000_000))
    chinese = CHINESE.get(view.group, "")
    identities: dict[Word, int] = {}
    return [
        "V300  Do not put anything below this section - it will be ignored",
        f"*{view.group} {chinese}".rstrip(),
        "$192-192-192,0,Times New Roman|10||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0",
        f"12,{next(numbers)},0,{LEFT + 170},45,170,16,8,4,0,24,-1,0,0,0,0-0-0,0-0-0,|16|B|0-0-0",
        f"{chinese} {view.group}".lstrip(),
        *_word_lines(view, identities, numbers),
        *_arrow_lines(view, identities, numbers),
    ]


def _word_lines(view: View, identities: dict[Word, int], numbers: Iterator[int]) -> Iterator[str]:
    for word in sorted(view.words, key=lambda word: word.kind == "flow"):  # a pipe needs the numbers of its stocks
        if word.kind == "flow":
            yield from _pipe_lines(view, word, identities, numbers)
        identities[word] = next(numbers)
        box = f"{word.x},{word.y},{word.half_width},{word.half_height}"
        yield f"10,{identities[word]},{word.name},{box},{SHAPES[word.kind]}"


def _pipe_lines(view: View, flow: Word, identities: Mapping[Word, int], numbers: Iterator[int]) -> Iterator[str]:
    """Clouds, the two halves of the pipe and the valve of a flow; its name must come next."""
    source, sink = view.ends(flow)
    height = flow.y - flow.half_height - 8
    halves: list[tuple[int, float, int]] = []
    for end, other, shape in ((sink, source, INTO), (source, sink, OUT_OF)):
        if end:
            edge = end.half_width if end.x < flow.x else -end.half_width
            halves.append((identities[end], end.x + edge, shape))
            continue
        away = 1 if other and other.x < flow.x else -1
        cloud, x = next(numbers), flow.x + away * (flow.half_width + 20)
        yield f"12,{cloud},48,{x},{height},10,8,0,3,0,0,-1,0,0,0"
        halves.append((cloud, x, shape))
    valve = next(numbers)
    for end_number, x, shape in halves:
        middle = round((flow.x + x) / 2)
        yield f"1,{next(numbers)},{valve},{end_number},{shape},0,0,22,0,0,0,-1--1--1,,1|({middle},{height})|"
    yield f"11,{valve},48,{flow.x},{height},6,8,34,3,0,0,1,0,0,0"


def _arrow_lines(view: View, identities: Mapping[Word, int], numbers: Iterator[int]) -> Iterator[str]:
    for cause, effect in view.arrows:
        bow, x, y = bend(cause, effect, view.words)
        initial = int(cause.name in view.variables[effect.name].initial_only)
        ends = f"{identities[cause]},{identities[effect]}"
        yield f"1,{next(numbers)},{ends},{int(bow != 0)},0,0,0,0,64,{initial},-1--1--1,,1|({x},{y})|"


def _settings(found: Sequence[Entry]) -> list[str]:
    control = {entry.name: entry.right for entry in found if entry.group.lower() == CONTROL}
    start, stop = control.get("INITIAL TIME", "0"), control.get("FINAL TIME", "100")
    return [
        ":L\x7f<%^E!@", "9:Current", "15:0,0,0,0,0,0", "19:100,0", "27:0,", "34:0,", "4:Time", "35:Date",
        "36:YYYY-MM-DD", "37:2000", "38:1", "39:1", "40:2", "41:0", "42:1", f"24:{start}", f"25:{stop}", f"26:{stop}",
    ]  # fmt: skip


def with_sketch(raw: bytes, path: Path) -> bytes:
    """The content of a model file with a new sketch section; every byte up to the marker stays.

    Raises
    ------
    ValueError
        If the file has no sketch marker.
    InputError
        If the equations cannot be read.
    """
    equations, marker, _ = raw.partition(MARKER.encode())
    if not marker:
        raise ValueError(f"{path} has no line '{MARKER}'")
    sketch = sketch_text(entries(raw.decode("utf-8-sig").replace("\r\n", "\n"), path))
    if b"\r\n" in equations:
        sketch = sketch.replace("\n", "\r\n")
    return equations + marker + sketch.encode()


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the sketch section of a model file in one step; a file that is up to date is left alone."""
    parser = argparse.ArgumentParser(description="Rewrite the sketch section of a Vensim model from its equations.")
    parser.add_argument("file", nargs="?", type=Path, default=HERE / "park.mdl")
    path: Path = parser.parse_args(arguments).file
    raw = path.read_bytes()
    new = with_sketch(raw, path)
    if new == raw:
        return
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(new)
    shutil.copymode(path, beside)
    beside.replace(path)


if __name__ == "__main__":
    main()
