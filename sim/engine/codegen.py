"""Phases and places written out as one readable Python source, which LLVM compiles.

The text holds numbers and names of its own only (``r12``, ``v3``): names of the model stand in comments, stripped of
everything but letters, digits and spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sim.engine.expressions import Writer, axis_name, index_text
from sim.engine.kernel import CLOCK_COLUMNS, Method
from sim.engine.layout import BASE, TOTAL, Layout, Place
from sim.engine.phases import Nest, Phase
from sim.engine.tasks import Section, Task
from sim.model.ir import Index

IDENTITY = {"sum": "0.0", "product": "1.0", "minimum": "inf", "maximum": "-inf"}
TAB = "    "
PARK = "park"
LONGEST_PART = 40
DRIVER = "w, out, clock, courses, past, start, stop, dt, saveper, steps, runs"
PART = f"w, out, clock, courses, past, start, stop, dt, saveper, t, c, k, o, save, runs, {PARK}"
STAGE = ", first, last, weight, reach"

HEADER = '''# Written by sim from the equations of a model; see docs/notes/engine.md.
# {cells} elements per step in {nests} nests of loops; {lanes} runs side by side.
'''


@dataclass(frozen=True)
class Source:
    """A generated text with what it needs besides the functions of :mod:`sim.engine.builtins`.

    Parameters
    ----------
    tables
        Positions by name, for indices that follow no straight line.
    """

    text: str
    tables: dict[str, tuple[int, ...]] = field(default_factory=dict)


def generate(layout: Layout, method: Method = "euler") -> Source:
    """The source of a kernel: functions ``shared`` and ``run``."""
    return _Generator(layout, method).generate()


class _Generator:
    def __init__(self, layout: Layout, method: Method) -> None:
        self.layout, self.method = layout, method
        self.lines: list[str] = []
        self.parts: list[str] = []
        self.count = 0
        self.tables: dict[tuple[int, ...], str] = {}
        self.stored = {
            f"r{place.region}": (number, value, place)
            for number, (value, place) in enumerate(layout.places.items())
            if place.region >= 0
        }
        self.kept = list(layout.outputs.items())
        self.number = {variable: number for number, (variable, _) in enumerate(self.kept)}

    def generate(self) -> Source:
        tasks = [t for phases in self.layout.phases.values() for p in phases for t in p.tasks]
        nests = sum(len(p.nests) for phases in self.layout.phases.values() for p in phases)
        cells = sum(self._cells(t) for t in tasks if t.section == "step")
        head = HEADER.format(cells=cells, nests=nests, lanes=self.layout.lanes).splitlines()
        shared = self._driver("shared", ("shared",))
        run = self._driver("run", ("start", "step"))
        text = "\n".join([*head, *self.parts, *shared, *run]) + "\n"
        return Source(text, {name: values for values, name in self.tables.items()})

    def _cells(self, task: Task) -> int:
        count = 1
        for _, over in task.loops:
            count *= len(self.layout.load.ranges[over])
        return count

    # --- functions

    def _driver(self, name: str, sections: tuple[Section, ...]) -> list[str]:
        """The function that calls the parts of some sections in order."""
        self.lines = []
        for section in sections:
            if section == "step":
                self._steps()
                continue
            self._put(1, "k = 0")
            self._put(1, "save = 0")
            if self._rk4:
                self._stage(1, "0")
            self._clock(1, "0")
            for phase in self.layout.phases[section]:
                self._phase(phase, 1)
        return ["", "", f"def {name}({DRIVER}):", *self.lines]

    def _steps(self) -> None:
        self._put(1, "for k in range(steps + 1):")
        depth = 2
        if self._rk4:
            self._put(2, "for stage in range(4):")
            depth = 3
            self._stage(3, "stage")
            self._clock(3, "2 * k + (stage + 1) // 2")
            self._put(3, "save = int(clock[c + 1]) * first")
        else:
            self._clock(2, "k")
            self._put(2, "save = int(clock[c + 1])")
        for phase in self.layout.phases["step"]:
            self._phase(phase, depth)

    def _stage(self, depth: int, stage: str) -> None:
        """Which of the four evaluations of a step this is, its weight, and how far the next one reaches."""
        self._put(depth, f"first = int({stage} == 0)")
        self._put(depth, f"last = int({stage} == 3)")
        self._put(depth, f"weight = select(({stage} == 1) | ({stage} == 2), 2.0, 1.0)")
        self._put(depth, f"reach = select({stage} == 3, dt / 6.0, select({stage} == 2, dt, 0.5 * dt))")

    def _clock(self, depth: int, row: str) -> None:
        """Time, and where in the results a row that is kept begins."""
        self._put(depth, f"c = ({row}) * {CLOCK_COLUMNS + 3 * len(self.layout.courses)}")
        self._put(depth, "t = clock[c]")
        self._put(depth, f"o = int(clock[c + 2]) * {self.layout.width} * runs")

    # --- phases and nests

    def _phase(self, phase: Phase, depth: int) -> None:
        """Calls of the parts of a phase, cut where a part grows long: compiling takes more than in proportion."""
        outer = self.layout.outer if phase.outer else None
        calls, self.lines = self.lines, []
        whole = [t for nest in phase.nests for t in nest.tasks if t.operator and not self._at_home(t)]
        for nest in phase.nests:
            self._begin([t for t in nest.tasks if t in whole], nest, 1)
        if self.lines:
            calls.append(TAB * depth + self._part())
        if outer is not None:
            calls.append(f"{TAB * depth}for {PARK} in range({self._size(outer)}):")
            depth += 1
        for number, nest in enumerate(phase.nests):
            self._nest(nest, 1, [t for t in nest.tasks if t.operator and t not in whole])
            if len(self.lines) > LONGEST_PART or number == len(phase.nests) - 1:
                calls.append(TAB * depth + self._part(outer))
        self.lines = calls

    def _part(self, outer: str | None = None) -> str:
        """The lines so far as a function of their own; gives its call."""
        name, self.count = f"part{self.count}", self.count + 1
        text = "\n".join(line.partition("#")[0] for line in self.lines)  # a variable may be called r7
        head = ["", "", f"def {name}({PART}{STAGE if self._rk4 else ''}):"]
        if outer is not None:
            head.append(f"{TAB}{axis_name(self.layout, outer)} = {PARK}")
        used = self.stored.keys() & set(re.findall(r"\br\d+\b", text))
        for _, value, place in sorted(self.stored[name] for name in used):
            head.append(f"{TAB}r{place.region} = region(w, {place.offset}, {place.region})  # {_plain(value)}")
        # each kept variable is a region of its own: how far apart two of them lie is known only when they run
        for number in sorted({int(found) for found in re.findall(r"\bkept(\d+)\b", text)}):
            variable, cell = self.kept[number]
            own = len(self.layout.places) + number
            head.append(f"{TAB}kept{number} = region(out, o + {cell} * runs, {own})  # {_plain(variable)}")
        for number in sorted({int(found) for found in re.findall(r"\bshare(\d+)\b", text)}):
            at = CLOCK_COLUMNS + 3 * number
            head.append(f"{TAB}low{number} = int(clock[c + {at}])")
            head.append(f"{TAB}high{number} = int(clock[c + {at + 1}])")
            head.append(f"{TAB}share{number} = clock[c + {at + 2}]")
        self.parts += head + self.lines
        self.lines = []
        arguments = PART.replace(PARK, PARK if outer is not None else "0") + (STAGE if self._rk4 else "")
        return f"{name}({arguments})"

    def _at_home(self, task: Task) -> bool:
        """Whether a reduction ends within one turn of the outer loop."""
        return self.layout.outer is None or self.layout.outer not in {axis for axis, _ in task.loops} or any(
            index == Index(self.layout.outer) for index in task.index
        )

    def _begin(self, gathered: list[Task], nest: Nest, depth: int) -> None:
        """Set what will be gathered to its first value."""
        if gathered and nest.guarded:
            self._put(depth, "if save:")
            depth += 1
        for task in gathered:
            loops = tuple(x for x in task.loops if x[0] in {i.axis for i in task.index} and x[0] != self.layout.outer)
            first = Nest(nest.guarded, nest.lanes, loops, None, [task])
            at = self._loops(first, depth)
            writer = Writer(self.layout, self.tables)
            text = IDENTITY[task.operator or "sum"] if task.initial is None else writer.text(task.initial)
            self._put_lanes(at, nest.lanes, [*writer.body, self._store(task.target, task.index, text)], writer.before)

    def _nest(self, nest: Nest, depth: int, gathered: list[Task]) -> None:
        self._begin(gathered, nest, depth)
        if nest.guarded:
            self._put(depth, "if save:")
            depth += 1
        at = self._loops(nest, depth)
        writer = Writer(self.layout, self.tables)
        writer.count(task.body for task in nest.tasks)
        zero = ""
        if nest.zero is not None:
            zero = writer.scalar(nest.zero)
        for task in nest.tasks:
            self._task(task, writer)
        before = list(writer.before)
        if zero:
            self.lines += [TAB * at + line for line in before if line.startswith(f"{zero} = ")]
            before = [line for line in before if not line.startswith(f"{zero} = ")]
            self._put(at, f"if {zero} != 0.0:")
            at += 1
        self._put_lanes(at, nest.lanes, writer.body, before)

    def _loops(self, nest: Nest, depth: int) -> int:
        for axis, over in nest.loops:
            self._put(depth, f"for {self._axis(axis)} in range({self._size(over)}):")
            depth += 1
        return depth

    def _put_lanes(self, depth: int, lanes: bool, body: Iterable[str], before: Iterable[str]) -> None:
        for line in before:
            self._put(depth, line)
        if lanes:
            self._put(depth, f"for lane in range({self.layout.lanes}):")
            depth += 1
        for line in body:
            self._put(depth, line)

    # --- tasks

    def _task(self, task: Task, writer: Writer) -> None:
        """The lines of one task, added to those of its nest."""
        if task.role == "record":
            number = self.number[task.target]
            cell = self._flat(task.target, task.index, lanes=False)
            writer.body.append(f"kept{number}[({cell}) * runs + lane] = {writer.text(task.body)}")
        elif task.role == "history":
            first = self.layout.histories[task.target] * self.layout.lanes
            where = f"{first} + {self._flat(task.target, task.index, lanes=True)}"
            row = self.layout.history_width * self.layout.lanes
            here, text = f"past[k * {row} + {where}]", writer.text(task.body)
            writer.body.append(f"{here} = {f'select(first > 0, {text}, {here})' if self._rk4 else text}")
        elif task.role in ("update", "replace"):
            writer.body += list(self._advance(task, writer))
        elif task.operator is not None:
            writer.body.append(self._gather(task, writer))
        else:
            self._give(task, writer)

    def _give(self, task: Task, writer: Writer) -> None:
        text = writer.text(task.body)
        name = writer.name(f"{_plain(task.target)}")
        writer.body.append(f"{name[0]} = {text}{name[1]}")
        if self.layout.places[task.target].home != "register":
            writer.body.append(self._store(task.target, task.index, name[0]))
        writer.known(task.target, task.index, name[0])

    def _gather(self, task: Task, writer: Writer) -> str:
        here = self._where(task.target, task.index)
        if task.operator == "last":
            condition, value = writer.pair(task.body)
            return f"{here} = select({condition}, {value}, {here})"
        text = writer.text(task.body)
        match task.operator:
            case "sum":
                return f"{here} = {here} + {text}"
            case "product":
                return f"{here} = {here} * {text}"
            case other:
                return f"{here} = {other}({here}, {text})"

    def _advance(self, task: Task, writer: Writer) -> Iterator[str]:
        """A stock goes on to the next step, or the next stage of one."""
        here = self._where(task.target, task.index)
        text = writer.text(task.body)
        if task.role == "replace":
            if self._rk4:  # decided at the beginning of the step, done at its end
                base = self._where(task.target + BASE, task.index)
                yield f"{base} = select(first > 0, {text}, {base})"
                text = f"select(last > 0, {base}, {here})"
            yield f"{here} = {text}"
            return
        old = writer.text_of(task.target, task.index)
        if not self._rk4:
            yield f"{here} = {old} + dt * {text}"
            return
        flow, _ = writer.name()
        base, total = (self._where(task.target + suffix, task.index) for suffix in (BASE, TOTAL))
        yield f"{flow} = {text}"
        yield f"{base} = select(first > 0, {old}, {base})"
        yield f"{total} = select(first > 0, {flow}, {total} + weight * {flow})"
        yield f"{here} = {base} + reach * select(last > 0, {total}, {flow})"

    @property
    def _rk4(self) -> bool:
        return self.method == "rk4"

    # --- text

    def _store(self, name: str, index: tuple[Index, ...], text: str) -> str:
        return f"{self._where(name, index)} = {text}"

    def _where(self, name: str, index: tuple[Index, ...]) -> str:
        place = self.layout.places[name]
        return f"r{place.region}[{index_text(self.layout, name, index, place, self.tables)}]"

    def _flat(self, name: str, index: tuple[Index, ...], *, lanes: bool) -> str:
        """Index into what has a number, or one per lane, for each element of ``name``, one after the other."""
        axes = self.layout.load.values[name].axes
        place = Place("memory", -1, 0, axes, self.layout.shape(name), lanes)
        return index_text(self.layout, name, index, place, self.tables)

    def _axis(self, axis: str) -> str:
        return axis_name(self.layout, axis)

    def _size(self, over: str) -> int:
        return len(self.layout.load.ranges[over])

    def _put(self, depth: int, line: str) -> None:
        self.lines.append(TAB * depth + line)


def _plain(name: str) -> str:
    """A name that can stand in a comment."""
    return re.sub(r"[^\w @]", "", name)[:60]
