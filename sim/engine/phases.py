"""The order of work: phases that alternate between what belongs to no park and what each park has, and nests of loops.

The largest range (parks) is the outer loop. A phase over parks computes everything that a park needs from itself and
from what earlier phases left; a reference to other parks (a sum over parks, a fixed park, a mapping) begins a new
one. Inside a phase, tasks with the same loops share a nest, so that what only they use never reaches memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sim.engine.tasks import Section, Task, Workload, is_large, nesting
from sim.model.ir import Expression, Index, Op, Ref, reads

Kind = Literal["same nest", "same park", "next phase"]
"""How near a task may stand to one that it needs: in the same loop body, in a later nest of the same park, or only
after a phase has ended for all parks."""

Key = tuple[bool, bool, tuple[tuple[str, str], ...], "Ref | None"]
"""What the tasks of a nest share: only where values are kept, in lanes, inner loops, factor that may be zero."""

LONGEST_NEST = 60
"""Tasks in one loop body at most: LLVM takes more than in proportion to its length. What a later nest needs of an
earlier one then goes through memory, which no bit of a result depends on."""


@dataclass
class Nest:
    """Tasks in one loop body.

    Parameters
    ----------
    loops
        Inner loops, outermost first; the loop over parks is that of the phase.
    lanes
        Whether the innermost loop runs over lanes (runs side by side).
    zero
        A factor of every number that the nest gathers: where it is zero, nothing has to be done.
    """

    guarded: bool
    lanes: bool
    loops: tuple[tuple[str, str], ...]
    zero: Ref | None
    tasks: list[Task] = field(default_factory=list)


@dataclass
class Phase:
    """Nests that run one after the other, for each park in turn if ``outer``."""

    outer: bool
    nests: list[Nest]

    @property
    def tasks(self) -> list[Task]:
        """All its tasks in the order of work."""
        return [task for nest in self.nests for task in nest.tasks]


@dataclass(frozen=True)
class Edge:
    """``taker`` needs what ``giver`` gives (or must not overwrite before ``giver`` has read)."""

    giver: int
    taker: int
    kind: Kind


class Planner:
    """Phases and nests for the tasks of one section.

    Parameters
    ----------
    outer
        Range of the outer loop, if there is one.
    """

    def __init__(self, load: Workload, section: Section, outer: str | None) -> None:
        self.load, self.section, self.outer = load, section, outer
        self.tasks = {task.number: task for task in load.tasks if task.section == section}
        self.needs_park = {number: self._is_outer(task) for number, task in self.tasks.items()}
        self.edges = list(self._edges())
        self.givers: dict[int, list[Edge]] = {number: [] for number in self.tasks}
        self.takers: dict[int, list[Edge]] = {number: [] for number in self.tasks}
        for edge in self.edges:
            self.givers[edge.taker].append(edge)
            self.takers[edge.giver].append(edge)
        self.order = self._topological()
        self.guarded = self._guarded()
        self.position = self._sunk(self._positions())

    def phases(self) -> list[Phase]:
        """The phases in order, empty ones left out."""
        found: dict[int, list[int]] = {}
        for number in self.order:
            found.setdefault(self.position[number], []).append(number)
        return [Phase(bool(place % 2), self._nests(found[place])) for place in sorted(found)]

    def _is_outer(self, task: Task) -> bool:
        return any(axis == self.outer for axis, _ in task.loops)

    # --- what depends on what

    def _edges(self) -> Iterable[Edge]:
        writers: dict[str, list[Task]] = {}
        readers: dict[str, list[tuple[Task, tuple[Index, ...]]]] = {}
        for task in self.tasks.values():
            if task.role == "value":
                writers.setdefault(task.target, []).append(task)
            for name, index in reads(task.body):
                readers.setdefault(name, []).append((task, index))
        for name, takers in readers.items():
            for task, index in takers:
                for writer in writers.get(name, ()):
                    if self._overlap(name, writer.index, index):
                        gathered = writer.operator is not None  # complete only when its loops have ended
                        yield Edge(writer.number, task.number, self._kind(writer.index, index, apart=gathered))
        if self.section == "step":
            yield from self._overwrites(readers)

    def _overwrites(self, readers: dict[str, list[tuple[Task, tuple[Index, ...]]]]) -> Iterable[Edge]:
        """A stock changes only after everybody has read it."""
        for update in self.tasks.values():
            if update.role in ("update", "replace"):
                for task, index in readers.get(update.target, ()):
                    if task.number != update.number:
                        yield Edge(task.number, update.number, self._kind(index, update.index))

    def _kind(self, given: tuple[Index, ...], taken: tuple[Index, ...], *, apart: bool = False) -> Kind:
        if given == taken and not apart:
            return "same nest"
        at_home = Index(self.outer) if self.outer else None
        if any(a == at_home and b == at_home for a, b in zip(given, taken, strict=True)):
            return "same park"
        return "next phase"

    def _overlap(self, name: str, one: tuple[Index, ...], other: tuple[Index, ...]) -> bool:
        axes = self.load.values[name].axes
        return all(
            self._places(a, over) & self._places(b, over) if a != b else True
            for a, b, over in zip(one, other, axes, strict=True)
        )

    def _places(self, index: Index, over: str) -> set[int]:
        return set(range(len(self.load.ranges[over])) if index.positions is None else index.positions)

    def _topological(self) -> list[int]:
        """Givers before takers, in the order of the tasks where that is free."""
        open_ = {number: len({e.giver for e in edges}) for number, edges in self.givers.items()}
        ready = deque(sorted(number for number, count in open_.items() if not count))
        order = []
        while ready:
            number = ready.popleft()
            order.append(number)
            for taker in sorted({e.taker for e in self.takers[number]}):
                open_[taker] -= 1
                if not open_[taker]:
                    ready.append(taker)
        assert len(order) == len(self.tasks), "equations were checked for circles before"
        return order

    def _guarded(self) -> set[int]:
        """Tasks that serve kept values only."""
        if self.section != "step":
            return set()
        needed = {n for n, task in self.tasks.items() if task.role in ("update", "replace", "history")}
        waiting = list(needed)
        while waiting:
            for edge in self.givers[waiting.pop()]:
                if edge.giver not in needed and self.tasks[edge.giver].role != "record":
                    needed.add(edge.giver)
                    waiting.append(edge.giver)
        return set(self.tasks) - needed

    # --- phases

    def _positions(self) -> dict[int, int]:
        """The earliest phase of each task: even without parks, odd over parks."""
        position: dict[int, int] = {}
        for number in self.order:
            least = 1 if self.needs_park[number] else 0
            for edge in self.givers[number]:
                least = max(least, self._after(edge, position[edge.giver]))
            position[number] = least
        return position

    def _after(self, edge: Edge, giver: int) -> int:
        """The earliest phase of the taker of an edge whose giver stands in phase ``giver``."""
        same = self.needs_park[edge.giver] == self.needs_park[edge.taker]
        if same:
            return giver + (2 if self.needs_park[edge.taker] and edge.kind == "next phase" else 0)
        return giver + 1

    def _sunk(self, position: dict[int, int]) -> dict[int, int]:
        """Later phases for what is needed only there, if nothing else has to be stored for that."""
        for number in reversed(self.order):
            takers = self.takers[number]
            if not self.needs_park[number] or not takers or self.tasks[number].role != "value":
                continue
            latest = min(self._before(edge, position[edge.taker]) for edge in takers)
            if latest > position[number] and all(self._is_free(e, position, latest) for e in self.givers[number]):
                position[number] = latest
        return position

    def _before(self, edge: Edge, taker: int) -> int:
        same = self.needs_park[edge.giver] == self.needs_park[edge.taker]
        if same:
            return taker - (2 if self.needs_park[edge.taker] and edge.kind == "next phase" else 0)
        return taker - 1

    def _is_free(self, edge: Edge, position: dict[int, int], latest: int) -> bool:
        """Whether a later taker costs no memory: its giver is small, stored anyway, or sinks with it."""
        giver = edge.giver
        if not self.needs_park[giver] or position[giver] >= latest:
            return True
        stored = any(position[e.taker] != position[giver] for e in self.takers[giver] if e.taker != edge.taker)
        alone = all(e.taker == edge.taker for e in self.takers[giver])
        return stored or alone

    # --- nests

    def _key(self, task: Task) -> Key:
        lanes = task.role in ("record", "history") or self.load.values[task.target].varies
        inner = tuple(x for x in task.loops if x[0] != self.outer)
        return task.number in self.guarded, lanes, inner, self._zero(task)

    def _zero(self, task: Task) -> Ref | None:
        """A factor of a sum that is the same for all runs and may be zero (which park lies in which league)."""
        factor: Expression = task.body
        if task.operator != "sum":
            return None
        while isinstance(factor, Op) and factor.name == "multiply":
            left, right = factor.arguments
            for part in (left, right):
                if isinstance(part, Ref) and self._may_be_zero(part):
                    return part
            factor = left
        return None

    def _may_be_zero(self, factor: Ref) -> bool:
        value = self.load.values[factor.variable]
        return not value.varies and len(value.axes) > 1

    def _nests(self, numbers: Sequence[int]) -> list[Nest]:
        """Tasks of a phase in nests; each time the nest that takes in most of what is left."""
        nests, done, inside = list[Nest](), set[int](), set(numbers)
        keys: dict[Key, int] = {}
        key_of = {number: keys.setdefault(self._key(self.tasks[number]), len(keys)) for number in numbers}
        left: dict[int, list[int]] = {}
        for number in numbers:
            left.setdefault(key_of[number], []).append(number)
        place = {number: at for at, number in enumerate(numbers)}
        fits: dict[int, list[int]] = {}
        changed = set(left)
        while left:
            fits |= {key: self._fitting(left[key], done, inside) for key in changed}
            best = max(left, key=lambda key: (len(fits[key]), -place[left[key][0]]))
            joined = fits[best]
            nests += self._cut(joined)
            done |= set(joined)
            left[best] = [number for number in left[best] if number not in done]
            takers = {e.taker for number in joined for e in self.takers[number] if e.taker in inside}
            left = {key: rest for key, rest in left.items() if rest}
            changed = {best, *(key_of[taker] for taker in takers)} & set(left)
        return nests

    def _cut(self, numbers: Sequence[int]) -> Iterable[Nest]:
        """Nests of tasks that share their key, none of them too long."""
        guarded, lanes, loops, zero = self._key(self.tasks[numbers[0]])
        for first in range(0, len(numbers), LONGEST_NEST):
            tasks = [self.tasks[number] for number in numbers[first : first + LONGEST_NEST]]
            yield Nest(guarded, lanes, loops, zero, tasks)

    def _fitting(self, numbers: Sequence[int], done: set[int], inside: set[int]) -> list[int]:
        """Which of some tasks with the same key can stand in one nest after what is done."""
        joined: dict[int, None] = {}
        for number in numbers:
            ready = all(
                e.giver not in inside or e.giver in done or (e.giver in joined and e.kind == "same nest")
                for e in self.givers[number]
            )
            if ready:
                joined[number] = None
        return list(joined)


def outer_range(load: Workload) -> str | None:
    """The range of the outer loop: the largest that tasks loop over, if it has enough labels."""
    used = {axis for task in load.tasks for axis, _ in task.loops}
    large = (name for name in nesting(load.ranges) if name in used and is_large(name, load.ranges))
    return next(large, None)
