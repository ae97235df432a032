"""What a calibration and a backtest print; no line wider than 100 cells."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.calibration.backtest import Errors, Tested
from sim.calibration.calibrate import Calibrated
from sim.calibration.chain import ENOUGH
from sim.calibration.posterior import FILE
from sim.report.columns import WIDTH, Column, table
from sim.report.fits import Belief, Coverage, Judged, Marginal, Range, learnt_first
from sim.report.numbers import shown
from sim.report.width import pack, plain, wrap
from sim.words.catalogue import Language, text

MOVED, NARROWED = 0.25, 0.1
"""Shift in standard deviations of the prior, and share of narrowing, from which a parameter counts as changed."""

LITTLE = 0.1
"""Share of the parameters that changed below which little was learnt."""

LINES, LEAST = 12, 3
FEW = 100
"""Effective runs below which weights are called few."""


def changed(found: Calibrated) -> list[Marginal]:
    """Parameters that changed to speak of, the most first."""
    return [one for one in learnt_first(found.marginals) if abs(one.shift) >= MOVED or one.narrowing >= NARROWED]


def shown_marginals(found: Calibrated) -> list[Marginal]:
    """Those that figures feel or that changed, the most first; at least a few."""
    told = {one.name_en for one in found.felt} | {one.name_en for one in changed(found)}
    best = learnt_first(found.marginals)
    return [one for one in best if one.name_en in told][:LINES] or best[:LEAST]


def calibration_screen(found: Calibrated, lang: Language, seconds: float) -> str:
    """Heading, figures, what was learnt, and how far the numbers can be trusted.

    Parameters
    ----------
    seconds
        That the runs took, for a word on how long a longer chain would take.
    """
    lines = _heading(found, lang)
    head, body = table(_figure_columns(found, lang))
    known = text(lang, "calibration.known", known=found.knowledge.spec.known_by)
    lines += [*wrap(plain(known), WIDTH), *head, *body, head[-1]]
    head, body = table(_parameter_columns(shown_marginals(found), lang))
    lines += [*head, *body, head[-1]]
    for line in learnt_words(found, lang, seconds):
        lines += wrap(plain(line), WIDTH, "  ")
    return "\n".join(lines)


def _heading(found: Calibrated, lang: Language) -> list[str]:
    scenario, chain = found.prepared.scenario, found.chain
    values: dict[str, object] = {
        "name": scenario.title(lang), "runs": found.runs, "failed": found.failed, "seed": scenario.uncertainty.seed,
        "drawn": len(found.plan.drawn), "id": found.prepared.run_id,
        "history": text(lang, f"table.history.{found.prepared.bundle.history}"),
    }  # fmt: skip
    if chain is not None:
        values |= {"walkers": chain.walkers, "steps": chain.steps}
    line = text(lang, f"calibration.heading_{found.method}", **values)
    return pack(plain(line).split("  "), WIDTH)


def _figure_columns(found: Calibrated, lang: Language) -> list[Column]:
    fits = found.fits

    def word(key: str) -> str:
        return text(lang, f"calibration.{key}")

    return [
        Column(word("figure"), [plain(f"{one.name(lang)}, {one.year}") for one in fits], gives_way=True),
        Column(word("published"), [f"{points(one.published)}({points(one.error)})" for one in fits], "right"),
        Column(word("discrepancy"), [points(one.discrepancy) for one in fits], "right"),
        Column(word("prior"), [_mean(one.prior) for one in fits], "right"),
        Column(word("posterior"), [_mean(one.posterior) for one in fits], "right"),
    ]


def _mean(one: Belief) -> str:
    return f"{points(one.mean)}({points(one.deviation)})"


def points(share: float) -> str:
    """A share in percentage points with two decimals.

    >>> points(-0.0341), points(0.0)
    ('-3.41', '0.00')
    """
    return f"{100.0 * share:.2f}"


def _parameter_columns(marginals: Sequence[Marginal], lang: Language) -> list[Column]:
    def word(key: str) -> str:
        return text(lang, f"calibration.{key}")

    def span(one: Belief) -> str:
        return f"{shown(one.p05)}..{shown(one.p95)}"

    return [
        Column(word("parameter"), [plain(one.name(lang)) for one in marginals], gives_way=True),
        Column(word("prior_range"), [shown(one.prior.mean) for one in marginals], "right"),
        Column(word("range"), [span(one.prior) for one in marginals], "right"),
        Column(word("posterior_range"), [shown(one.posterior.mean) for one in marginals], "right"),
        Column(word("range"), [span(one.posterior) for one in marginals], "right"),
        Column(word("shift"), [f"{one.shift:+.2f}" for one in marginals], "right"),
        Column(word("narrower"), [f"{round(100 * one.narrowing)}%" for one in marginals], "right"),
    ]


def learnt_words(found: Calibrated, lang: Language, seconds: float | None = None) -> list[str]:
    """Trust in the numbers and what was learnt, sentence by sentence; without ``seconds`` no word on time."""
    between = text(lang, "calibration.and")
    parts = [text(lang, "calibration.felt_one", name=one.name(lang), effect=f"{one.effect:.2f}") for one in found.felt]
    felt = between.join(parts) or text(lang, "calibration.felt_none")
    drawn, some = len(found.plan.drawn), changed(found)
    lines = _trust(found, lang, seconds)
    lines.append(text(lang, "calibration.felt", drawn=drawn, felt=felt, left=f"{found.left:.2f}"))
    if found.chain is not None:
        lines.append(text(lang, "calibration.felt_mcmc"))
    if some:
        names = between.join(one.name(lang) for one in some)
        values = {"drawn": drawn, "count": len(some), "names": names, "rest": drawn - len(some)}
        key = "little" if len(some) < LITTLE * drawn else "learnt"
        lines.append(text(lang, f"calibration.{key}", **values))
    else:
        lines.append(text(lang, "calibration.learnt_none"))
    rows = next(iter(found.draws.values())).sizes["run"]
    lines.append(text(lang, "calibration.rows", file=FILE, rows=rows, distinct=found.distinct))
    lines.append(text(lang, "calibration.not_tested"))
    return lines


def _trust(found: Calibrated, lang: Language, seconds: float | None) -> list[str]:
    chain = found.chain
    if chain is None:
        share, bits = 100.0 * found.effective / found.runs, f"{found.bits or 0.0:.2f}"
        ess = f"{found.effective:.0f}"
        lines = [text(lang, "calibration.weights", ess=ess, runs=found.runs, share=f"{share:.0f}", bits=bits)]
        return [*lines, *([text(lang, "calibration.few", ess=ess)] if found.effective < FEW else [])]
    time = "-" if math.isinf(chain.time) else f"{chain.time:.1f}"
    lines = [text(lang, "calibration.chain", acceptance=f"{100 * chain.acceptance:.0f}", time=time, burnt=chain.burnt,
                  steps=chain.steps, ess=f"{chain.effective:.0f}")]  # fmt: skip
    if chain.converged:
        return [*lines, text(lang, "calibration.converged", enough=ENOUGH)]
    if chain.needed is None:
        return [*lines, text(lang, "calibration.not_known")]
    lines.append(text(lang, "calibration.not_converged", steps=chain.steps, enough=ENOUGH, needed=chain.needed))
    if seconds is not None:
        minutes = math.ceil(seconds / max(found.runs, 1) * chain.needed / 60.0)
        lines.append(text(lang, "calibration.minutes", minutes=minutes))
    return lines


def backtest_screen(found: Tested, lang: Language) -> str:
    """Heading, every figure, errors by series, coverage and the verdict."""
    scenario = found.prepared.scenario
    posterior = ""
    if found.draws is not None:
        posterior = text(lang, "backtest.heading_posterior", runs=found.posterior_runs, file=found.draws.name)
    first = text(
        lang, "backtest.heading", name=scenario.title(lang), first=found.history.first, last=found.history.last,
        runs=found.runs, posterior=posterior, failed=found.failed, seed=found.seed, id=found.prepared.run_id,
    )  # fmt: skip
    lines = pack(plain(first).split("  "), WIDTH)
    for columns, note in ((_judged_columns(found, lang), "marks"), (_series_columns(found, lang), "errors")):
        head, body = table(columns)
        lines += [*head, *body, head[-1], *wrap(plain(text(lang, f"backtest.{note}")), WIDTH, "  ")]
    for line in verdict_words(found, lang):
        lines += wrap(plain(line), WIDTH, "  ")
    return "\n".join(lines)


def _judged_columns(found: Tested, lang: Language) -> list[Column]:
    judged = found.judged

    def word(key: str) -> str:
        return text(lang, f"backtest.{key}")

    columns = [
        Column(word("figure"), [plain(one.series(lang)) for one in judged], gives_way=True),
        Column(word("year"), [str(one.year) for one in judged]),
        Column(word("published"), [_published(one) for one in judged], "right"),
        Column(word("model"), [points(one.model) for one in judged], "right"),
        Column(word("prior"), [_span(one.prior) for one in judged], "right"),
        Column(word("inside"), [_inside(one.prior, one.published, lang) for one in judged]),
    ]
    if found.posterior is not None:
        known = [(one.posterior, one.published) for one in judged if one.posterior is not None]
        columns.append(Column(word("posterior"), [_span(one) for one, _ in known], "right"))
        columns.append(Column(word("inside"), [_inside(one, value, lang) for one, value in known]))
    return columns


def _published(one: Judged) -> str:
    return points(one.published) + (" " if one.verified else "u")


def _span(one: Range) -> str:
    return f"{points(one.p05)}..{points(one.p95)}"


def _inside(one: Range, value: float, lang: Language) -> str:
    key = "no" if not one.holds(value, 0.9) else "half" if one.holds(value, 0.5) else "yes"
    return text(lang, f"backtest.{key}")


def _series_columns(found: Tested, lang: Language) -> list[Column]:
    series = found.series

    def word(key: str) -> str:
        return text(lang, f"backtest.{key}")

    return [
        Column(word("series"), [plain(one.name_zh if lang == "zh" else one.name_en) for one in series], gives_way=True),
        Column(word("count"), [str(one.count) for one in series], "right"),
        Column(word("error"), [points(one.own.mean) for one in series], "right"),
        Column(word("root"), [points(one.own.root) for one in series], "right"),
        Column(word("theil"), [theil_text(one.own) for one in series], "right"),
        Column(word("trend"), [skill_text(one.skill_trend) for one in series], "right"),
        Column(word("still"), [skill_text(one.skill_still) for one in series], "right"),
    ]


def theil_text(errors: Errors) -> str:
    """Theil's shares in per cent, or a dash.

    >>> theil_text(Errors(0.1, 0.1, (0.5, 0.25, 0.25))), theil_text(Errors(0.1, 0.1, None))
    ('50/25/25%', '-')
    """
    if errors.parts is None:
        return "-"
    return "/".join(f"{100 * part:.0f}" for part in errors.parts) + "%"


def skill_text(skill: float | None) -> str:
    """A skill, or a dash where there is nothing to compare with."""
    return "-" if skill is None else f"{skill:.2f}"


def verdict_words(found: Tested, lang: Language) -> list[str]:
    """Coverage, what the posterior changed, the verdict, and whether the bundle states the same."""
    lines = [_coverage(found.prior, "prior", lang)]
    if found.posterior is not None:
        before, after = found.prior.inside90, found.posterior.inside90
        key = "same" if after == before else "better" if after > before else "worse"
        values = {"before": before, "after": after, "known": found.knowledge.spec.known_by}
        lines += [_coverage(found.posterior, "posterior", lang), text(lang, f"backtest.posterior_{key}", **values)]
    decisive, outcome = found.decisive, "passed" if found.passed else "failed"
    share = _percent(decisive.inside90, decisive.of)
    lines.append(text(lang, f"backtest.{outcome}", inside=decisive.inside90, of=decisive.of, share=share,
                      needed=f"{100 * found.needed:g}"))  # fmt: skip
    stated = found.prepared.bundle.history
    if found.posterior is None and stated != "untested" and stated != outcome:
        words = {key: text(lang, f"confidence.status.{word}") for key, word in (("stated", stated), ("found", outcome))}
        lines.append(text(lang, "backtest.stated", **words))
    return lines


def _coverage(one: Coverage, which: str, lang: Language) -> str:
    return text(
        lang, "backtest.coverage", which=text(lang, f"backtest.which_{which}"), inside50=one.inside50, of=one.of,
        share50=_percent(one.inside50, one.of), inside90=one.inside90, share90=_percent(one.inside90, one.of),
        verified90=one.verified90, verified=one.verified, short=f"{100 * one.short:.1f}",
    )  # fmt: skip


def _percent(some: int, of: int) -> str:
    return f"{100 * some / of:.0f}"
