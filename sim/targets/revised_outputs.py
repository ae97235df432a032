"""Read what a revised base multiplies: the tables ``[[revision]]`` of ``targets.toml``."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import fuzz, process

from sim.targets.fields import Fields, Table
from sim.targets.revision import INDUSTRIES, Revision


def read_revisions(
    fields: Fields, root: Table, constants: Collection[str], outputs: Collection[str]
) -> tuple[Revision, ...]:
    """The revisions of a file; every mistake is noted in ``fields``.

    Parameters
    ----------
    constants
        Names that may be a factor.
    outputs
        Names that may be multiplied; each by one factor, or by one for each group of industries.
    """
    found: list[Revision] = []
    for table in fields.array(root, "revision"):
        fields.only(table, {"constant", "outputs", "industry"}, "revision")
        constant = fields.choice(table, "constant", constants, "", required=True)
        industry = fields.choice(table, "industry", [name for name in INDUSTRIES if name], "")
        named = _outputs(fields, table, outputs)
        meant = set(INDUSTRIES[industry])
        taken = {name for other in found if meant & set(INDUSTRIES[other.industry]) for name in other.outputs}
        for name in sorted(set(named) & taken):
            fields.complain(table, "outputs", "target_revised_twice", name=name)
        if constant in constants:
            found.append(Revision(constant, named, industry))
    return tuple(found)


def _outputs(fields: Fields, table: Table, known: Collection[str]) -> tuple[str, ...]:
    listed = table.data.get("outputs")
    if not isinstance(listed, list) or not listed:
        fields.complain(table, "outputs", "target_not_list", key="outputs")
        return ()
    for name in listed:
        if name not in known:
            best = process.extractOne(str(name), sorted(known), scorer=fuzz.ratio, score_cutoff=60)
            fields.complain(table, "outputs", "target_revised_output", best[0] if best else "", name=str(name)[:40])
    return tuple(name for name in listed if name in known)
