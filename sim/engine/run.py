"""Runs in blocks of lanes on a pool of threads: packing numbers into the kernel's memory and taking results out.

A call of the kernel computes as many runs side by side as it has lanes, a block is a few calls; lanes that the last
runs leave over are filled up with copies of the last one. What a run gives depends on nothing but its own numbers.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.engine.inputs import Array, Course, RunInputs
from sim.engine.kernel import CLOCK_COLUMNS, KernelPlan, Slot, slopes
from sim.engine.native import Library

CACHE_LINE = 64

MOST_CALLS = 4
"""Calls of the kernel for a block: what comes after takes a larger block for little more than a small one."""


@dataclass(frozen=True)
class Block:
    """Results of neighbouring runs.

    Parameters
    ----------
    first
        Number of the first run.
    values
        Shape (kept times, elements of a row, runs).
    """

    first: int
    values: Array

    @property
    def runs(self) -> int:
        """Number of runs."""
        return int(self.values.shape[2])


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Runner:
    """A kernel made ready for one set of inputs.

    Parameters
    ----------
    plan, library
        The kernel.
    inputs
        Numbers of all runs; arrays have the shapes of their variables.
    """

    def __init__(self, plan: KernelPlan, library: Library, inputs: RunInputs) -> None:
        self.plan, self.library, self.inputs = plan, library, inputs
        self.clock = self._clock()
        self.courses, self.bases = self._courses()
        self.template = self._template()

    def blocks(self, threads: int | None = None) -> Iterator[Block]:
        """Results in the order of the runs, computed on a pool of threads.

        Closing the iterator (an exception, Ctrl-C) waits for the blocks that have begun and leaves out the others.
        """
        lanes = self.plan.lanes
        threads = threads or usable_cores()
        calls = min(MOST_CALLS, max(1, self.inputs.runs // (2 * threads * lanes)))
        firsts = range(0, self.inputs.runs, calls * lanes)
        threads = min(threads, len(firsts))
        if threads <= 1:
            worker = _Worker(self)
            for first in firsts:
                yield worker.run(first, calls)
            return
        idle: deque[_Worker] = deque(_Worker(self) for _ in range(threads))
        waiting: deque[Future[Block]] = deque()

        def work(first: int) -> Block:
            worker = idle.pop()  # as many workers as threads: there is always one
            try:
                return worker.run(first, calls)
            finally:
                idle.append(worker)

        pool = ThreadPoolExecutor(threads)
        try:
            for first in firsts:
                waiting.append(pool.submit(work, first))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    # --- memory that all blocks share

    def _clock(self) -> Array:
        """By evaluation its time and, by course, the places of two points and the weight of the second."""
        grid = self.inputs.grid
        half = 2 if self.plan.method == "rk4" else 1
        rows = half * (grid.steps + 1) + (half - 1)
        times = grid.at(np.arange(rows), half)
        table = np.zeros((rows, CLOCK_COLUMNS + 3 * len(self.plan.courses)))
        table[:, 0] = times
        table[:: half * grid.every, 1] = 1.0
        table[: len(times), 2] = np.arange(rows) // (half * grid.every)
        base = 0
        for slot in self.plan.courses:
            course = self._course(slot)
            low, weight = course.weights(times, self.plan.method)
            high = np.minimum(low + 1, len(course.times) - 1)
            cells = slot.cells * (self.plan.lanes if slot.lanes else 1)
            at = CLOCK_COLUMNS + 3 * slot.offset
            table[:, at], table[:, at + 1], table[:, at + 2] = base + low * cells, base + high * cells, weight
            base += cells * len(course.times)
        return np.ascontiguousarray(table)

    def _course(self, slot: Slot) -> Course:
        found = self.inputs.series.get(slot.name)
        if found is not None:
            return found
        values = self.inputs.constants.get(slot.name)
        varies = slot.name in self.inputs.varying
        if values is None:
            values, varies = np.asarray(slot.default), False
        shape = (-1, slot.cells, 1) if varies else (slot.cells, 1)
        return Course(np.zeros(1), np.asarray(values, dtype=float).reshape(shape), "steps")

    def _courses(self) -> tuple[Array, list[tuple[Slot, Course, int, int]]]:
        """All courses in one array; those that vary by run are filled in for each block."""
        places, base = [], 0
        for slot in self.plan.courses:
            course = self._course(slot)
            numbers = slot.cells * len(course.times) * (self.plan.lanes if slot.lanes else 1)
            places.append((slot, course, base, numbers))
            base += numbers
        memory = aligned(max(base, 1))
        for slot, course, start, numbers in places:
            if not self._varies(slot):
                values = course.values.reshape(slot.cells, len(course.times)).T
                wide = np.repeat(values[:, :, None], self.plan.lanes, axis=2) if slot.lanes else values
                memory[start : start + numbers] = wide.ravel()
        return memory, [place for place in places if self._varies(place[0])]

    def _varies(self, slot: Slot) -> bool:
        varies = slot.name in self.inputs.varying
        if varies and not slot.lanes and slot.part != "@x":
            raise ValueError(f"the kernel was not made for {slot.name} to vary")
        return varies and slot.part != "@x"

    def _template(self) -> Array:
        memory = aligned(self.plan.size)
        for slot in self.plan.inputs:
            if not self._varies(slot):
                place(memory, slot, self._numbers(slot, None)[:, None], self.plan.lanes)
        nothing = aligned(1)
        self.call("shared", memory, nothing, self.courses, nothing, self.plan.lanes)
        return memory

    def call(self, name: str, memory: Array, out: Array, courses: Array, past: Array, runs: int) -> None:
        """Call a function of the kernel, with rows of results for so many runs; other threads run meanwhile."""
        grid = self.inputs.grid
        self.library[name](
            _address(memory), _address(out), _address(self.clock), _address(courses), _address(past),
            grid.start, grid.end, grid.step, grid.every * grid.step, grid.steps, runs,
        )  # fmt: skip

    def _numbers(self, slot: Slot, runs: np.ndarray | None) -> Array:
        """Numbers of an input: shape (cells,), or (runs, cells) for some runs."""
        given = self.inputs.constants.get(slot.name)
        if given is None:
            return np.asarray(slot.default, dtype=float)
        array = np.asarray(given, dtype=float)
        if runs is not None:
            array = np.asarray(array[self.inputs.rows(slot.name, runs)].reshape(len(runs), -1), dtype=np.float64)
            if slot.part == "@slope":
                return np.array([slopes(self._points(slot.name), tuple(row)) for row in array])
            return array
        if slot.part == "@x":
            return np.asarray(slot.default, dtype=float)
        array = array.ravel()
        if slot.part == "@slope":
            return np.asarray(slopes(self._points(slot.name), tuple(array)))
        return np.asarray(np.full(slot.cells, array[0]) if array.size == 1 else array, dtype=np.float64)

    def _points(self, name: str) -> tuple[float, ...]:
        return next(slot.default for slot in self.plan.inputs if slot.name == name and slot.part == "@x")


class _Worker:
    """Memory of one thread."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        plan, grid = runner.plan, runner.inputs.grid
        self.memory = aligned(plan.size)
        self.memory[:] = runner.template
        self.courses = runner.courses.copy() if runner.bases else runner.courses
        self.past = aligned(max(1, (grid.steps + 1) * plan.history_width * plan.lanes))
        self.varying = [slot for slot in plan.inputs if runner._varies(slot)]

    def run(self, first: int, calls: int) -> Block:
        """Results of the runs from ``first`` on: of as many as so many calls of the kernel give."""
        plan, grid = self.runner.plan, self.runner.inputs.grid
        count = min(calls * plan.lanes, self.runner.inputs.runs - first)
        kept, side = grid.steps // grid.every + 1, -(-count // plan.lanes) * plan.lanes
        out = aligned(kept * plan.width * side)
        for begin in range(0, count, plan.lanes):
            self._call(np.minimum(np.arange(begin, begin + plan.lanes), count - 1) + first, out[begin:], side)
        return Block(first, out.reshape(kept, plan.width, side)[:, :, :count])

    def _call(self, runs: npt.NDArray[np.int64], out: Array, side: int) -> None:
        """Compute some runs; their results stand beside those of the runs before them in rows of ``side``."""
        runner, plan = self.runner, self.runner.plan
        for slot in self.varying:
            place(self.memory, slot, runner._numbers(slot, runs).T, plan.lanes)
        for slot, course, base, numbers_ in runner.bases:
            rows = runner.inputs.rows(slot.name, runs)
            values = course.values[rows].reshape(plan.lanes, slot.cells, len(course.times))
            self.courses[base : base + numbers_] = values.transpose(2, 1, 0).ravel()
        runner.call("run", self.memory, out, self.courses, self.past, side)


def place(memory: Array, slot: Slot, numbers: Array, lanes: int) -> None:
    """Put an input where the kernel reads it: ``numbers`` has shape (elements, 1 or lanes)."""
    wide = lanes if slot.lanes else 1
    values = np.broadcast_to(numbers, (slot.cells, wide))
    if slot.park_axis < 0:
        memory[slot.offset : slot.offset + slot.cells * wide] = values.ravel()
        return
    parks = slot.shape[slot.park_axis]
    by_park = np.moveaxis(values.reshape(*slot.shape, wide), slot.park_axis, 0).reshape(parks, -1)
    rows = np.lib.stride_tricks.as_strided(memory[slot.offset :], by_park.shape, (8 * slot.stride, 8))
    rows[:] = by_park


def aligned(numbers: int) -> Array:
    """Zeros that begin on a cache line."""
    raw = np.zeros(numbers + CACHE_LINE // 8)
    offset = (-raw.ctypes.data % CACHE_LINE) // 8
    return raw[offset : offset + numbers]


def _address(array: Array) -> int:
    return int(array.ctypes.data)
