"""What the bundle itself shows to be missing, uncertain or not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from sim.handbook.equations import reference
from sim.handbook.html import Speech, row, table, tag
from sim.handbook.subject import Subject


def gaps(subject: Subject, speech: Speech, places: Mapping[str, str]) -> Iterator[Element]:
    """Loops that are absent, targets outside the model, what rests on assumption, and links without a sign."""
    say = speech.say
    yield tag("p", say("gaps_note"))
    if subject.loops.absent:
        yield tag("h3", say("gaps_loops"))
        rows = [row(one.code, speech.each(one.name), speech.each(one.reason)) for one in subject.loops.absent.values()]
        yield table([say("head.loop"), say("head.name"), say("head.reason")], rows)
    outside = [target for target in subject.targets if target.main.basis == "outside"]
    if outside:
        yield tag("h3", say("gaps_targets"))
        rows = [row(t.id, speech.pair(t.name_zh, t.name_en), speech.pair(t.reason_zh, t.reason_en)) for t in outside]
        yield table([say("head.id"), say("head.target"), say("head.reason")], rows)
    yield tag("h3", say("gaps_assumed"))
    origins = Counter(parameter.origin for parameter in subject.bundle.parameters.values())
    rows = [row(speech.origin(origin), str(count)) for origin, count in sorted(origins.items())]
    yield table([say("head.origin"), say("head.parameters")], rows)
    yield from _signs(subject, speech, places)


def _signs(subject: Subject, speech: Speech, places: Mapping[str, str]) -> Iterator[Element]:
    """Links between things that move and whose direction no trial has shown, or which goes both ways."""
    yield tag("h3", speech.say("gaps_signs"))
    if not subject.tried:
        yield tag("p", speech.say("gaps_not_tried"))
        return
    moving = {name for name, variable in subject.variables.items() if variable.moving}
    rows = [
        row(reference(cause, places), reference(effect, places), subject.directions.get((cause, effect), "?"))
        for cause, effect in subject.model.links()
        if {cause, effect} <= moving and subject.directions.get((cause, effect), "?") in "?±"
    ]
    yield table([speech.say(f"head.{key}") for key in ("cause", "effect", "sign_found")], rows)
