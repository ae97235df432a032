"""What became of a stored result: lines for the screen, a record for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.verify.again import Again
from sim.verify.difference import KINDS, Difference
from sim.verify.numbers import Largest
from sim.verify.verify import Verification
from sim.words.catalogue import Language, text


def screen(found: Verification, lang: Language) -> Iterator[str]:
    """"same", or what differs under its headings, what may be the cause first; then notes."""
    known = {"id": found.stored.said("run_id"), "folder": found.stored.folder}
    kinds = [kind for kind in KINDS if any(one.kind == kind for one in found.differences)]
    if found.same:
        yield text(lang, "verify.same" if found.own else "verify.same_now", **known)
    else:
        words = text(lang, "verify.comma").join(text(lang, f"verify.kind.{kind}") for kind in kinds)
        yield text(lang, "verify.differs", **known, kinds=words)
    for kind in kinds:
        yield text(lang, f"verify.kind.{kind}")
        for one in found.differences:
            if one.kind == kind:
                yield "  " + one.line(lang)
    if found.replayed is not None:
        yield _told(found.replayed, found.own, lang)
    for key, values in found.notes:
        yield text(lang, "verify.note.note", line=text(lang, f"verify.note.{key}", **values))


def _told(again: Again, own: bool, lang: Language) -> str:
    """How many numbers of which files were compared, and how near they are."""
    files = text(lang, "verify.comma").join(again.files)
    worst = [one.largest.relative for one in again.files.values() if one.largest is not None]
    if all(one.identical for one in again.files.values()):
        near = text(lang, "verify.identical")
    else:
        near = text(lang, "verify.nearest", relative=f"{max(worst, default=0.0):.1e}")
    key = "verify.compared" if own else "verify.compared_now"
    return text(lang, key, count=f"{again.numbers:,}", files=files, near=near)


def record(found: Verification, lang: Language) -> dict[str, object]:
    """Everything, for a program; lines in a language, numbers unformatted, ``null`` where there is none."""
    return {
        "folder": str(found.stored.folder),
        "run_id": found.stored.said("run_id"),
        "same": found.same,
        "differences": [_difference(one, lang) for one in found.differences],
        "replayed": _again(found.replayed),
        "now": _again(found.now),
        "notes": [text(lang, f"verify.note.{key}", **values) for key, values in found.notes],
    }


def _difference(one: Difference, lang: Language) -> dict[str, object]:
    known = {key: _plain(value) for key, value in one.values.items()}
    place = {"file": str(one.place.file), "line": one.place.line} if one.place else None
    return {"kind": one.kind, "code": one.code, "place": place, **known, "text": one.line(lang)}


def _again(again: Again | None) -> dict[str, object] | None:
    if again is None:
        return None
    files = {
        name: {"numbers": one.numbers, "identical": one.identical, "largest": _largest(one.largest)}
        for name, one in again.files.items()
    }
    return {"run_id": again.run_id, "files": files}


def _largest(one: Largest | None) -> dict[str, object] | None:
    if one is None:
        return None
    return {key: _plain(getattr(one, key)) for key in Largest.__dataclass_fields__}


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int | str | None) else str(value)
