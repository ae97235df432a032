"""A calibration or a backtest written into its output folder: tables, figure, the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from sim.calibration.backtest import Series, Tested
from sim.calibration.calibrate import Calibrated
from sim.calibration.chain import ENOUGH
from sim.calibration.posterior import FILE as POSTERIOR
from sim.calibration.posterior import posterior_csv
from sim.calibration.screens import learnt_words, shown_marginals, verdict_words
from sim.calibration.spec import FILE
from sim.folder import RESOLVED, manifest_bytes, output_folder
from sim.posterior import file_digest
from sim.provenance import keep_inputs, manifest
from sim.publish import FIGURES
from sim.report.csv_tables import csv_bytes
from sim.report.fits import Belief, Coverage, Range
from sim.scenario.show import resolved_toml
from sim.scenario.types import DrawsFile
from sim.study import Prepared
from sim.words.catalogue import Language

WEIGHTS, MARGINALS, FITS = "weights.csv", "marginals.csv", "figures.csv"
BACKTEST, SERIES = "backtest.csv", "backtest-series.csv"

_BELIEF = ("mean", "deviation", "p05", "p50", "p95")
_RANGE = ("p05", "p25", "p50", "p75", "p95")
MARGINAL_COLUMNS = (
    "column", "parameter", "parameter_zh", *(f"prior_{one}" for one in _BELIEF),
    *(f"posterior_{one}" for one in _BELIEF), "shift", "narrowing",
)  # fmt: skip
FIT_COLUMNS = (
    "figure", "figure_zh", "year", "against", "published", "error", "discrepancy",
    *(f"prior_{one}" for one in _BELIEF), *(f"posterior_{one}" for one in _BELIEF), "source", "source_zh",
)  # fmt: skip
BACKTEST_COLUMNS = (
    "series", "series_zh", "year", "published", "error", "verified", "vintage", "vintage_zh", "reliability", "model",
    *(f"prior_{one}" for one in _RANGE), "prior_inside50", "prior_inside90", *(f"posterior_{one}" for one in _RANGE),
    "posterior_inside50", "posterior_inside90",
)  # fmt: skip
SERIES_COLUMNS = (
    "series", "series_zh", "figures", *(f"{of}_{what}" for of in ("model", "prior", "posterior") for what in (
        "mean_error", "root_error", "bias", "variance", "covariance")), "trend", "skill_trend", "skill_no_change",
)  # fmt: skip


def write_calibration(found: Calibrated, target: Path, lang: Language, *, plots: bool = True) -> None:
    """Write everything into ``target``, which is replaced whole or not at all.

    Raises
    ------
    InputError
        ``font_missing``: no font for the figure.
    OutputError
        If the folder is not this program's, cannot be written, or a file in it is open elsewhere.
    """
    with output_folder(target) as folder:
        (folder / POSTERIOR).write_bytes(posterior_csv(found.plan, found.draws))
        (folder / MARGINALS).write_bytes(csv_bytes(MARGINAL_COLUMNS, _marginals(found)))
        (folder / FITS).write_bytes(csv_bytes(FIT_COLUMNS, _fits(found)))
        if found.weights is not None:
            lines = ([number, weight] for number, weight in enumerate(found.weights.tolist(), start=1))
            (folder / WEIGHTS).write_bytes(csv_bytes(("run", "weight"), lines))
        if plots:
            from sim.report.plots.fits import write_fits
            from sim.report.plots.save import stamp_of  # matplotlib, which --no-plots doesn't need

            (folder / FIGURES).mkdir()
            known, attrs = found.knowledge.spec.known_by, found.prepared.provenance
            asked = ["--method", found.method, "--runs", str(found.asked), "--seed", attrs["seed"], "--lang", lang]
            write_fits(found.fits, shown_marginals(found), known, stamp_of([attrs], "calibrate", asked),
                       folder / FIGURES, lang)  # fmt: skip
        _write_rest(found.prepared, folder, target, {"kind": "calibrate", "calibrate": _calibration(found)})


def write_backtest(found: Tested, target: Path, lang: Language, *, plots: bool = True) -> None:
    """Write everything into ``target``; raises what :func:`write_calibration` raises."""
    with output_folder(target) as folder:
        (folder / BACKTEST).write_bytes(csv_bytes(BACKTEST_COLUMNS, _judged(found)))
        (folder / SERIES).write_bytes(csv_bytes(SERIES_COLUMNS, [_series(one) for one in found.series]))
        if plots:
            from sim.report.plots.fits import write_judged
            from sim.report.plots.save import stamp_of

            (folder / FIGURES).mkdir()
            attrs = found.prepared.provenance
            draws = [] if found.draws is None else ["--draws", found.draws.as_posix()]
            asked = [*draws, "--runs", str(found.runs), "--seed", attrs["seed"], "--lang", lang]
            write_judged(found.judged, stamp_of([attrs], "backtest", asked), folder / FIGURES, lang)
        _write_rest(found.prepared, folder, target, {"kind": "backtest", "backtest": _backtest(found)},
                    _table(found.draws))  # fmt: skip


def _table(draws: Path | None) -> DrawsFile | None:
    return None if draws is None else DrawsFile(draws, draws.as_posix(), file_digest(draws))


def _write_rest(
    prepared: Prepared, folder: Path, target: Path, more: dict[str, object], table: DrawsFile | None = None
) -> None:
    (folder / RESOLVED).write_text(resolved_toml(prepared.scenario, target), encoding="utf-8", newline="\n")
    keep_inputs(prepared.bundle, folder, (FILE,), table)
    fields = manifest(prepared.bundle, prepared.scenario, prepared.chosen.engine) | more
    (folder / "manifest.json").write_bytes(manifest_bytes(fields))


def _of(one: Belief) -> list[float]:
    return [one.mean, one.deviation, one.p05, one.p50, one.p95]


def _marginals(found: Calibrated) -> list[list[object]]:
    return [[one.column, one.name_en, one.name_zh, *_of(one.prior), *_of(one.posterior), one.shift, one.narrowing]
            for one in found.marginals]  # fmt: skip


def _fits(found: Calibrated) -> list[list[object]]:
    return [
        [one.name_en, one.name_zh, one.year, one.against, one.published, one.error, one.discrepancy, *_of(one.prior),
         *_of(one.posterior), datum.figure.source_en, datum.figure.source_zh]
        for one, datum in zip(found.fits, found.knowledge.data, strict=True)
    ]  # fmt: skip


def _calibration(found: Calibrated) -> dict[str, object]:
    chain = found.chain
    fields: dict[str, object] = {
        "method": found.method, "runs_asked": found.asked, "runs": found.runs, "failed": found.failed,
        "seed": found.prepared.scenario.uncertainty.seed, "design": found.plan.points.design,
        "drawn": [one.name for one in found.plan.drawn], "held_by_scenario": list(found.plan.held),
        "left_to_their_ranges": list(found.apart),
        "known_by": found.knowledge.spec.known_by, "effective_sample_size": found.effective,
        "information_bits": found.bits, "posterior_rows": len(next(iter(found.draws.values()))),
        "posterior_distinct": found.distinct, "felt": {one.name_en: one.effect for one in found.felt},
        "strongest_not_felt": found.left, "words_en": learnt_words(found, "en"),
        "words_zh": learnt_words(found, "zh"),
    }  # fmt: skip
    if chain is not None:
        fields["chain"] = {
            "walkers": chain.walkers, "steps": chain.steps, "burnt": chain.burnt, "acceptance": chain.acceptance,
            "autocorrelation_times": [None if one != one else one for one in chain.times.tolist()],
            "converged": chain.converged, "rule": f"{ENOUGH} autocorrelation times", "runs_needed": chain.needed,
            "emcee": version("emcee"),
        }  # fmt: skip
    return fields


def _judged(found: Tested) -> list[list[object]]:
    lines = []
    for one in found.judged:
        cells: list[object] = [one.series_en, one.series_zh, one.year, one.published, one.error, one.verified,
                               one.vintage_en, one.vintage_zh, one.reliability, one.model]  # fmt: skip
        for part in (one.prior, one.posterior):
            cells += _inside(part, one.published)
        lines.append(cells)
    return lines


def _inside(one: Range | None, value: float) -> Sequence[object]:
    if one is None:
        return [None] * (len(_RANGE) + 2)
    return [one.p05, one.p25, one.p50, one.p75, one.p95, one.holds(value, 0.5), one.holds(value, 0.9)]


def _series(one: Series) -> list[object]:
    cells: list[object] = [one.name_en, one.name_zh, one.count]
    for errors in (one.own, one.prior, one.posterior):
        if errors is None:
            cells += [None] * 5
        else:
            cells += [errors.mean, errors.root, *(errors.parts or (None,) * 3)]
    return [*cells, one.trend, one.skill_trend, one.skill_still]


def _backtest(found: Tested) -> dict[str, object]:
    return {
        "first": found.history.first, "last": found.history.last, "runs": found.runs, "failed": found.failed,
        "seed": found.seed, "drawn": list(found.drawn), "from_draws": list(found.told),
        "posterior": None if found.draws is None else found.draws.as_posix(),
        "posterior_runs": found.posterior_runs, "prior": _counts(found.prior),
        "posterior_coverage": None if found.posterior is None else _counts(found.posterior), "needed": found.needed,
        "outcome": "passed" if found.passed else "failed", "words_en": verdict_words(found, "en"),
        "words_zh": verdict_words(found, "zh"),
    }  # fmt: skip


def _counts(one: Coverage) -> dict[str, object]:
    return {"figures": one.of, "inside_50": one.inside50, "inside_90": one.inside90, "with_source": one.verified,
            "with_source_inside_90": one.verified90, "widening_for_nine_in_ten": one.short}  # fmt: skip
