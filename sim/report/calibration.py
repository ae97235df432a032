"""What stands beside every probability: whether its draws were held against anything, and the model against history.

One text for the screen, tables, figures, reports and manifests, whether the ensemble was just run or is read back.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.tested import Bar, History
from sim.words.catalogue import Language, text


@dataclass(frozen=True)
class Calibration:
    """What the probabilities of an ensemble rest on.

    Parameters
    ----------
    draws
        The table of draws that it took in place of ranges, as the scenario writes it; "" for none.
    history
        How the model's test against history ended, as the bundle states it.
    bar
        What that test asks for, where it failed and the bundle says so.

    >>> found = Calibration("posterior.csv", "failed")
    >>> found.code
    'calibrated; history test failed'
    >>> found.words("en")
    'calibrated (drawn from posterior.csv); history test failed, for orientation only'
    """

    draws: str = ""
    history: History = "untested"
    bar: Bar | None = None

    @property
    def code(self) -> str:
        """For programs."""
        draws = "calibrated" if self.draws else "uncalibrated"
        tested = "not tested against history" if self.history == "untested" else f"history test {self.history}"
        return f"{draws}; {tested}"

    def words(self, lang: Language) -> str:
        """The same in a few words for people."""
        draws = text(lang, f"calibration.stamp.{'calibrated' if self.draws else 'uncalibrated'}", file=self.draws)
        return draws + text(lang, "calibration.stamp.then") + text(lang, f"table.history.{self.history}")

    def sentence(self, lang: Language) -> str:
        """The words as a sentence on probabilities."""
        return text(lang, "calibration.stamp.line", words=self.words(lang))

    def reason(self, lang: Language) -> str:
        """Why probabilities are for orientation only: what failed against history; "" where nothing did."""
        bar = self.bar if self.history == "failed" else None
        if bar is None:
            return ""
        needed = f"{100 * bar.least_inside:g}"
        return text(lang, "calibration.stamp.reason", first=bar.first, last=bar.last, needed=needed)

    def lines(self, lang: Language) -> list[str]:
        """What is printed below a table of probabilities."""
        return [line for line in (self.sentence(lang), self.reason(lang)) if line]

    def fields(self) -> dict[str, object]:
        """The same for the manifest."""
        return {
            "draws": self.draws or None,
            "code": self.code,
            "words_en": self.words("en"),
            "words_zh": self.words("zh"),
            "reason_en": self.reason("en"),
            "reason_zh": self.reason("zh"),
        }
