"""What stands above every table: scenario, years, prices, and how far the run can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim import dims
from sim.tested import History
from sim.words.catalogue import Language, text


@dataclass(frozen=True)
class Heading:
    """A run as a reader must know it before any number.

    Parameters
    ----------
    scenario_zh, scenario_en
        Name of the scenario.
    run_id
        Short identifier, the same in every file of the run.
    target_year, base_year
        Calendar years: of the verdicts, and of comparison.
    prices
        ``"constant"`` (of the base year) or ``"current"``.
    history
        How the model's test against history ended, as the bundle states it.
    base
        The base on which money is reported; the revised one stands behind the name wherever that is shown.

    >>> Heading("规划情景", "Plan", "plan-1a2b3c").line("en")
    'Plan  target year 2020  base 2015  constant 2015 prices  single run (no probability)  id plan-1a2b3c'
    """

    scenario_zh: str
    scenario_en: str
    run_id: str
    target_year: int = dims.TARGET_YEAR
    base_year: int = dims.BASE_YEAR
    prices: Literal["constant", "current"] = "constant"
    history: History = "untested"
    base: Literal["published", "revised"] = "published"

    def name(self, lang: Language) -> str:
        """The scenario's name in ``lang``, or in the other language where it has only that."""
        names = (self.scenario_zh, self.scenario_en)
        name = (names[0] or names[1]) if lang == "zh" else (names[1] or names[0])
        return name if self.base == "published" else text(lang, "base.named", name=name)

    def price_basis(self, lang: Language) -> str:
        """Words for the prices, with the base year in them."""
        return text(lang, f"table.prices.{self.prices}", base=self.base_year)

    def line(self, lang: Language) -> str:
        """All of it in one line, two blanks between the parts."""
        return text(
            lang,
            "table.heading",
            name=self.name(lang),
            target=self.target_year,
            base=self.base_year,
            prices=self.price_basis(lang),
            id=self.run_id,
        )
