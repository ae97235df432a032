"""The inputs behind a value, on the page: value, range, effect, origin, source, and the line to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sim.document.blocks import Block, Grid, Heading, Items, Paragraph
from sim.errors import Place
from sim.explain.effects import Effect
from sim.explain.explain import Explanation
from sim.explain.figures import digits_for, fixed, number, setting
from sim.explain.inputs import Coverage, Input
from sim.explain.totals import REST, Total, totals_of
from sim.explain.words import Words
from sim.parameters import Parameter
from sim.parks.columns import Column
from sim.targets.target import Constant
from sim.words.catalogue import text
from sim.words.sources import source_text, unit_text

SHOWN = 12
"""Parameters on a screen; a page on paper has more."""

SHOWN_WIDE = 20


def input_blocks(found: Explanation, words: Words, wide: bool) -> Iterator[Block]:
    """The section on inputs."""
    yield Heading(words.say("inputs.title"))
    if not found.inputs:
        yield Paragraph(words.say("inputs.none"))
        return
    told = ["inputs.about"]
    if found.effects is not None:
        told.append("inputs.effects")
    yield Paragraph(" ".join(words.say(key, value=number(found.row.value_2020)) for key in told))
    writer = _Writer(found, words, wide)
    yield from writer.levers()
    yield from writer.drivers()
    yield from writer.parameters()
    yield from writer.columns()
    yield from writer.constants()


def near(place: Place) -> str:
    """A place by the name of its file: the folder stands elsewhere on the page."""
    return f"{place.file.name}:{place.line}" if place.line else place.file.name


class _Writer:
    def __init__(self, found: Explanation, words: Words, wide: bool) -> None:
        self.found, self.words, self.wide, self.say = found, words, wide, words.say
        self.value = found.row.value_2020
        values = [one.value for told in (found.effects or {}).values() for one in told]
        self.digits = digits_for([self.value, *values])

    def of(self, kind: str) -> list[Input]:
        """Inputs of a kind, those with the largest effect first, then the nearest."""
        found = (one for one in self.found.inputs if one.kind == kind)
        return sorted(found, key=lambda one: (-self.size(one), one.steps))

    @property
    def tried(self) -> bool:
        """Whether there are effects."""
        return self.found.effects is not None

    def name(self, one: Input) -> str:
        """What an input is called."""
        spec, zh = one.spec, self.words.lang == "zh"
        if isinstance(spec, Parameter):
            return spec.meaning(self.words.lang)
        if isinstance(spec, Constant):
            return spec.meaning_zh if zh else spec.meaning_en
        return spec.name(self.words.lang)

    def unit(self, one: Input) -> str:
        """The unit of an input; a dash where it has none."""
        spec = one.spec
        if isinstance(spec, Constant | Parameter):
            return unit_text(spec.unit if isinstance(spec, Constant) else spec.units, self.words.lang)
        return (spec.units if self.words.lang == "en" else spec.units_zh) or "-"

    def source(self, source: str) -> str:
        """A source in the language of the page, as far as it can be."""
        return source_text(source, self.words.lang)

    def effects(self, one: Input) -> tuple[Effect, ...]:
        return (self.found.effects or {}).get((one.kind, one.key), ())

    def size(self, one: Input) -> float:
        """How far the value moves at most."""
        moved = [abs(told.value - self.value) for told in self.effects(one)
                 if told.value is not None and self.value is not None]  # fmt: skip
        return max(moved, default=0.0)

    def effect(self, one: Input, case: str) -> str:
        """The value in a case, marked where the target holds then."""
        told = next((told for told in self.effects(one) if told.case == case), None)
        if told is None:
            return "-"
        return fixed(told.value, self.digits) + (" *" if told.holds else "")

    @property
    def star(self) -> list[str]:
        told = [one for effects in (self.found.effects or {}).values() for one in effects]
        return [self.say("inputs.star")] if any(one.holds for one in told) else []

    def levers(self) -> Iterator[Block]:
        found = self.of("lever")
        if not found:
            yield Paragraph(self.say("levers.none"))
            return
        heads = [self.say("levers.lever"), self.say("inputs.value")]
        heads += [self.say("levers.without")] if self.tried else []
        heads += [self.say("inputs.steps"), self.say("inputs.place")]
        lines = []
        for one in found:
            name = f"{self.name(one)} ({one.key}, {self.unit(one)})" if self.wide else one.key
            without = [self.effect(one, "without")] if self.tried else []
            lines.append([name, setting(one.value), *without, str(one.steps), near(one.place)])
        last = len(heads) - 1
        numbers, widths = frozenset(range(2, last)), (4, 2.4, *([1] * (last - 2)), 2.4)
        yield Grid(self.say("levers.table"), heads, lines, notes=self.star, small=True, numbers=numbers,
                   whole=frozenset((last,)), widths=widths)  # fmt: skip
        if not self.wide:
            yield Items([self._lever(one) for one in found])

    def _lever(self, one: Input) -> str:
        return self.say("levers.told", key=one.key, name=self.name(one), unit=self.unit(one))

    def drivers(self) -> Iterator[Block]:
        found = self.of("driver")
        if not found:
            return
        heads = [self.say("drivers.driver"), self.say("drivers.path"), self.say("inputs.origin")]
        heads += [self.say("inputs.steps"), self.say("inputs.place")]
        lines = []
        for one in found:
            origin = text(self.words.lang, f"origin.{one.path.origin}") if one.path else "-"
            name = f"{self.name(one)} ({one.key})" if self.wide else one.key
            shown = one.path.key if one.path else setting(one.value)
            lines.append([name, shown, origin, str(one.steps), near(one.place)])
        yield Grid(self.say("drivers.table"), heads, lines, small=True, numbers=frozenset((3,)), whole=frozenset((4,)),
                   widths=(4, 2, 1, 0.8, 2.4))  # fmt: skip
        yield Items([self._driver(one) for one in found])

    def _driver(self, one: Input) -> str:
        """What the path is, its source, where the bundle has it, and the value on other paths."""
        if one.path is None:
            told = self.say("drivers.own", name=self.name(one), place=near(one.place))
        else:
            note = one.path.note_zh if self.words.lang == "zh" else one.path.note_en
            values = setting({"": one.path.values})  # the span over years and elements
            told = self.say("drivers.told", name=self.name(one), path=one.path.key, note=note, values=values,
                            unit=self.unit(one), source=self.source(one.path.source),
                            place=near(one.usual or one.place))  # fmt: skip
        others = [f"{effect.case} {self.effect(one, effect.case)}" for effect in self.effects(one)]
        return told + (self.say("drivers.others", others=self.say("drivers.comma").join(others)) if others else "")

    def parameters(self) -> Iterator[Block]:
        found = self.of("parameter")
        if not found:
            return
        shown = found[: SHOWN_WIDE if self.wide else SHOWN]
        keys = ["parameters.parameter", "inputs.value", "parameters.range"]
        keys += ["parameters.low", "parameters.high"] if self.tried else []
        keys += ["inputs.origin", "inputs.place", *(["inputs.source"] if self.wide else [])]
        heads = [self.say(key) for key in keys]
        numbers = frozenset((3, 4)) if self.tried else frozenset[int]()
        widths = (3.2, 1.7, 1.9, *([1.3, 1.3] if self.tried else []), 1.3, 2.5, *([5] if self.wide else []))
        whole = frozenset((keys.index("inputs.place"), keys.index("inputs.origin")))
        notes = [*self.star, self.say("parameters.same_line"), *self._rest(found[len(shown) :])]
        title = self.say("parameters.table" if self.tried else "parameters.table_near")
        yield Grid(title, heads, [self._parameter(one) for one in shown], notes=notes,
                   widths=widths, small=True, numbers=numbers, whole=whole)  # fmt: skip
        if not self.wide:
            yield Items([self._meaning(one) for one in shown])

    def _rest(self, others: Sequence[Input]) -> list[str]:
        """How many parameters are not shown, and how far they move the value at most."""
        if not others:
            return []
        most = max(map(self.size, others))
        key = "parameters.rest_far" if not self.tried else "parameters.rest" if most else "parameters.rest_none"
        return [self.say(key, count=len(others), most=fixed(most, self.digits))]

    def _parameter(self, one: Input) -> list[str]:
        spec = one.spec
        assert isinstance(spec, Parameter)
        name = f"{self.name(one)} ({one.key}, {self.unit(one)})" if self.wide else one.key
        between = " … ".join(_end(numbers, largest) for numbers, largest in ((spec.low, False), (spec.high, True)))
        cells = [name, setting(one.value), between if spec.distribution != "fixed" else "-"]
        cells += [self.effect(one, "low"), self.effect(one, "high")] if self.tried else []
        cells += [text(self.words.lang, f"origin.{spec.origin}"), near(one.place)]
        return [*cells, spec.source_in(self.words.lang)] if self.wide else cells

    def _meaning(self, one: Input) -> str:
        spec = one.spec
        assert isinstance(spec, Parameter)
        return self.say("parameters.told", key=one.key, unit=self.unit(one), meaning=self.name(one),
                        source=spec.source_in(self.words.lang), steps=one.steps, also=near(one.usual or one.place),
                        reliability=spec.reliability_in(self.words.lang))  # fmt: skip

    def columns(self) -> Iterator[Block]:
        found = self.of("column")
        if not found:
            return
        lines = [self._column(one) for one in found]
        heads = [self.say("columns.column"), self.say("columns.header"), self.say("columns.total"),
                 text(self.words.lang, "table.unit"), self.say("columns.estimated"), self.say("columns.origins"),
                 self.say("inputs.steps")]  # fmt: skip
        notes = [self.say("columns.note", place=near(found[0].place), parks=len(self.found.bundle.parks))]
        yield Grid(self.say("columns.table"), heads, lines, notes=notes, small=True, numbers=frozenset((2, 4, 6)),
                   whole=frozenset((1, 3)), widths=(2.6, 2.4, 1.2, 1, 1.2, 4, 0.8))  # fmt: skip
        known = totals_of(self.found.bundle)
        sums = [self._total(one.spec, known[one.key], known) for one in found
                if isinstance(one.spec, Column) and one.key in known]  # fmt: skip
        if sums:
            yield Paragraph(self.say("totals.about"))
            yield Items(sums)

    def _total(self, column: Column, total: Total, known: Mapping[str, Total]) -> str:
        """A sum over all parks and where it is from: what is published of it is not so of its parts."""
        lang, columns = self.words.lang, self.found.bundle.columns
        told = {"name": column.name(lang), "value": number(total.value), "place": near(total.place),
                "unit": (column.units_zh if lang == "zh" else column.units) or ""}  # fmt: skip
        if total.origin == "rest":
            whole, part = (columns[key].name(lang) for key in REST[column.key])
            first = known[REST[column.key][0]]
            told |= {"whole": whole, "part": part, "whole_value": number(first.value)}
            return self.say("totals.rest", **told, source=first.source_in(lang), whole_place=near(first.place))
        source = total.source_in(lang)
        between = ""
        if total.low is not None and total.high is not None:
            between = self.say("totals.between", low=number(total.low), high=number(total.high))
        origin = text(lang, f"origin.{total.origin}")
        return self.say("totals.told", **told, origin=origin, source=source, between=between)

    def _column(self, one: Input) -> list[str]:
        assert isinstance(one.spec, Column)
        assert isinstance(one.value, Coverage)
        words = self.words
        origins = [f"{text(words.lang, f'sheet.origin.{origin}')} {count}" for origin, count in one.value.parks.items()]
        estimated = "-" if one.value.estimated is None else fixed(100 * one.value.estimated, 1)
        return [one.spec.name(words.lang), one.key, number(one.value.total), self.unit(one), estimated,
                ", ".join(origins) or "-", str(one.steps)]  # fmt: skip

    def constants(self) -> Iterator[Block]:
        found = self.of("constant")
        if not found:
            return
        yield Heading(self.say("constants.title"), 2)
        yield Items([self._constant(one) for one in found])

    def _constant(self, one: Input) -> str:
        assert isinstance(one.spec, Constant)
        origin = text(self.words.lang, f"origin.{one.spec.origin}")
        return self.say(
            "constants.told", key=one.key, value=setting(one.value), unit=self.unit(one), meaning=self.name(one),
            origin=origin, source=self.source(one.spec.source), place=near(one.place),
        )  # fmt: skip


def _end(numbers: object, largest: bool) -> str:
    """The end of a range; of one by element, the farthest."""
    told = setting(numbers).split(" … ")
    return told[-1] if largest else told[0]


def ordered(found: Explanation, words: Words) -> Sequence[Input]:
    """Inputs as the page orders them, all of them."""
    writer = _Writer(found, words, wide=True)
    kinds = ("lever", "driver", "parameter", "column", "constant")
    return [one for kind in kinds for one in writer.of(kind)]
