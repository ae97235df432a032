"""What stands beside every probability: whether its draws were held against anything, and the model against history."""

from __future__ import annotations

from pathlib import Path

from sim.scenario.types import Scenario
from sim.study import Prepared
from sim.tested import read_bar
from sim.words.catalogue import Language, text


def draws_file(scenario: Scenario) -> str:
    """The table of draws that a scenario takes in place of ranges, as it writes it; "" for none."""
    found = scenario.uncertainty.draws
    return "" if found is None else Path(found.text).as_posix()


def calibration_code(prepared: Prepared) -> str:
    """Whether the draws were calibrated, and how the model's test against history ended: for programs."""
    draws = "calibrated" if draws_file(prepared.scenario) else "uncalibrated"
    history = prepared.bundle.history
    return f"{draws}; {'not tested against history' if history == 'untested' else f'history test {history}'}"


def calibration_words(prepared: Prepared, lang: Language) -> str:
    """The same in a few words for people."""
    file = draws_file(prepared.scenario)
    draws = text(lang, f"calibration.stamp.{'calibrated' if file else 'uncalibrated'}", file=file)
    return draws + text(lang, "calibration.stamp.then") + text(lang, f"table.history.{prepared.bundle.history}")


def calibration_reason(prepared: Prepared, lang: Language) -> str:
    """Why probabilities are for orientation only: what failed against history; "" where nothing did."""
    bar = read_bar(prepared.bundle.path) if prepared.bundle.history == "failed" else None
    if bar is None:
        return ""
    return text(lang, "calibration.stamp.reason", first=bar.first, last=bar.last, needed=f"{100 * bar.least_inside:g}")


def calibration_lines(prepared: Prepared, lang: Language) -> list[str]:
    """What is printed below a table of probabilities."""
    first = text(lang, "calibration.stamp.line", words=calibration_words(prepared, lang))
    reason = calibration_reason(prepared, lang)
    return [first, reason] if reason else [first]


def calibration_fields(prepared: Prepared) -> dict[str, object]:
    """The same for the manifest."""
    return {
        "draws": draws_file(prepared.scenario) or None,
        "code": calibration_code(prepared),
        "words_en": calibration_words(prepared, "en"),
        "words_zh": calibration_words(prepared, "zh"),
        "reason_en": calibration_reason(prepared, "en"),
        "reason_zh": calibration_reason(prepared, "zh"),
    }
