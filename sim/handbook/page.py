"""The page: one HTML file with everything inside, in one language or with a switch between two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element, tostring

from sim._version import __version__
from sim.handbook import diagrams, gaps, legend, tables
from sim.handbook.diagrams import sector_name
from sim.handbook.equations import anchors
from sim.handbook.feedback import on_loops
from sim.handbook.html import Child, Speech, code, row, tag
from sim.handbook.layout import require
from sim.handbook.picture import Picture
from sim.handbook.ring import ring
from sim.handbook.style import css
from sim.handbook.subject import Subject, read_subject
from sim.handbook.svg import drawing
from sim.words.catalogue import Language, text

Drawer = Callable[[Language], Picture | None]
_INVISIBLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
"""Control characters, which a text of a bundle may hold and a page may not."""

BOTH: tuple[Language, ...] = ("zh", "en")


def model_page(folder: Path, lang: Language | None = None) -> bytes:
    """The documentation of a bundle; the same bundle gives the same bytes.

    Parameters
    ----------
    lang
        The language of the page; both, with a switch, if None.

    Raises
    ------
    InputError
        With every problem of the bundle, or if Graphviz is missing.
    """
    require()
    return page_of(read_subject(folder), (lang,) if lang else BOTH)


def page_of(subject: Subject, langs: tuple[Language, ...]) -> bytes:
    """The page about a bundle that has been read."""
    body: str = tostring(_Page(subject, Speech(langs)).document(), encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{body.translate(_INVISIBLE)}\n".encode()


@dataclass
class _Page:
    subject: Subject
    speech: Speech

    def __post_init__(self) -> None:
        self.places = anchors(self.subject)
        self.feedback = on_loops(self.subject.model)

    # --- frame

    def document(self) -> Element:
        langs = self.speech.langs
        title = " / ".join(text(lang, "handbook.title", name=self.subject.bundle.path.name) for lang in langs)
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", title),
            tag("style", css(langs)),
        )
        return tag("html", head, tag("body", self._switch(), tag("main", self._parts())), lang=langs[0])

    def _switch(self) -> Iterator[Element]:
        """Two buttons that hide one language: plain CSS, for a file that is opened from a disk or a mail."""
        if len(self.speech.langs) == 1:
            return
        for place, lang in enumerate(self.speech.langs):
            checked = {"checked": "checked"} if not place else {}
            yield tag("input", type="radio", name="lang", id=f"show-{lang}", **checked)
            yield tag("label", text(lang, "handbook.language"), for_=f"show-{lang}", lang=lang)

    def _parts(self) -> Iterator[Element]:
        say = self.speech.say
        yield tag("h1", say("title", name=self.subject.bundle.path.name))
        yield from self._head()
        sections = [*self._sections()]
        yield tag("nav", tag("h2", say("contents")), tag("ol", self._contents(sections)))
        for key, heading, content in sections:
            yield tag("section", tag("h2", heading), content, id=key)

    def _contents(self, sections: list[tuple[str, list[Child], list[Child]]]) -> Iterator[Element]:
        for key, heading, _ in sections:
            inner = None
            if key == "sectors":
                inner = tag("ul", [tag("li", tag("a", self._sector(group), href=f"#{_sector_id(place)}"))
                                   for place, group in enumerate(self.subject.groups)])  # fmt: skip
            yield tag("li", tag("a", _copy(heading), href=f"#{key}"), inner)

    def _sections(self) -> Iterator[tuple[str, list[Child], list[Child]]]:
        say, subject, speech, places = self.speech.say, self.subject, self.speech, self.places
        yield "reading", say("reading"), [*legend.legend(speech)]
        yield "overview", say("overview"), [tag("p", say("overview_note")), *self._figure(self._overview)]
        yield "sectors", say("sectors"), [*self._sectors()]
        yield "loops", say("loops"), [*self._loops()]
        yield "parameters", say("parameters"), [tag("p", say("parameters_note")),
                                                tables.parameters(subject, speech, places)]  # fmt: skip
        yield "levers", say("levers"), [tables.levers(subject, speech, places)]
        yield "drivers", say("drivers"), [tag("p", say("drivers_note")), tables.drivers(subject, speech, places)]
        named = tables.definitions(subject, speech)
        yield "targets", say("targets"), [tag("p", say("targets_note")), tables.targets(subject, speech),
                                          *([tag("h3", say("definitions")), *named] if named else [])]  # fmt: skip
        yield "gaps", say("gaps"), [*gaps.gaps(subject, speech, places)]

    def _head(self) -> Iterator[Element]:
        subject, say = self.subject, self.speech.say
        kinds = [variable.role for variable in subject.variables.values()]
        facts = [
            row(say("fact.model"), code(subject.bundle.path.name)),
            row(say("fact.fingerprint"), code(subject.bundle.fingerprint)),
            row(say("fact.version"), __version__),
            row(say("fact.size"), say("fact.counts", variables=len(kinds), stocks=kinds.count("stock"),
                                      parameters=len(subject.bundle.parameters), levers=len(subject.bundle.levers),
                                      targets=len(subject.targets))),
        ]  # fmt: skip
        yield tag("table", tag("tbody", facts), class_="facts")
        yield tag("p", say("made"))

    # --- sectors and loops

    def _sector(self, group: str) -> list[Child]:
        return self.speech.each(partial(sector_name, group))

    def _sectors(self) -> Iterator[Child]:
        say = self.speech.say
        for place, group in enumerate(self.subject.groups):
            codes = [code for code, loop in self.subject.loops.present.items() if self._passes(loop.variables, group)]
            yield tag("h3", self._sector(group), id=_sector_id(place))
            yield from self._sector_figures(group)
            if codes:
                yield tag("p", say("loops_here"), [tag("a", one + " ", href=f"#loop-{one}") for one in codes])
            yield tables.variables(self.subject, group, self.speech, self.places)

    def _passes(self, variables: tuple[str, ...], group: str) -> bool:
        return any(self.subject.variables[name].group == group for name in variables)

    def _sector_figures(self, group: str) -> Iterator[Child]:
        say = self.speech.say
        yield from self._figure(lambda lang: diagrams.stock_flow(self.subject, group, lang), "stock_flow")
        drawn = [*self._figure(lambda lang: diagrams.causal(self.subject, group, lang, self.feedback), "causal")]
        yield from drawn or [tag("p", say("no_feedback"))]

    def _figure(self, draw: Drawer, heading: str = "") -> Iterator[Child]:
        pictures = {lang: draw(lang) for lang in self.speech.langs}
        shown = {lang: picture for lang, picture in pictures.items() if picture}
        if shown:
            head = tag("h4", self.speech.say(heading)) if heading else None
            yield tag("figure", head, self.speech.blocks(lambda lang: drawing(shown[lang])))

    def _overview(self, lang: Language) -> Picture | None:
        return diagrams.overview(self.subject, lang)

    def _loops(self) -> Iterator[Child]:
        say, subject, speech = self.speech.say, self.subject, self.speech
        if not subject.loops.present:
            yield tag("p", say("no_loops"))
        else:
            yield tag("p", say("loops_note"))
        for loop in subject.loops.present.values():
            kind = "reinforcing" if loop.code[0] == "R" else "balancing"
            yield tag("h3", f"{loop.code} ", speech.each(loop.name), " – ", say(kind), id=f"loop-{loop.code}")
            yield from self._figure(partial(ring, subject, loop))
            if loop.note("en") or loop.note("zh"):
                yield tag("p", speech.each(loop.note))
            switches = ", ".join(f"{name} = {tables.number(value)}" for name, value in loop.off.items())
            yield tag("p", say("switch_off"), code(switches)) if switches else tag("p", say("no_switch"))
            yield tables.links(subject, loop, speech, self.places)


def _sector_id(place: int) -> str:
    return f"sector-{place + 1}"


def _copy(parts: list[Child]) -> list[Child]:
    """The same elements once more: an element has its place in one tree only."""
    from copy import deepcopy

    return [deepcopy(part) for part in parts]
