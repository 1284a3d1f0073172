"""One office beside a weighted mixture of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab import design_checks
from pochin.lab.design.observed import Ranked, cells_of, floor_of_ranks, placebos_of
from pochin.lab.design.registered import twins
from pochin.lab.power import Components
from pochin.lab.protocol import NO_LOOKS
from pochin.lab.result import DesignError, Flag, TooFewUnits
from pochin.lab.simulate import Estimates, Truth


@dataclass(frozen=True)
class SyntheticControl(Ranked):
    """One office beside a weighted mixture of others, judged by placebos.

    Args:
        n_donors: Offices that never work with the solution.
        n_before, n_after: Periods.
        effective_donors: How many donors the mixture will really lean on; its variance is that
            of so many.

    The planned variance is a rough guess: it takes the mixture to follow the unit's lasting
    level and leaves what periods add of their own.

    Source:
        Abadie, A., Diamond, A. & Hainmueller, J. (2010). JASA 105, 493–505.

    Example:
        >>> SyntheticControl(38, 19, 12).min_p_value == 1 / 39
        True
    """

    n_donors: int
    n_before: int
    n_after: int
    effective_donors: float = 4.0
    kind: ClassVar[str] = "synthetic-control"
    method: ClassVar[str] = "synthetic-control"

    def __post_init__(self) -> None:
        if self.n_donors < 3:
            raise TooFewUnits("A mixture needs three donors or more.")
        if min(self.n_before, self.n_after) < 1:
            raise DesignError("A mixture needs periods before and after.")

    @property
    def n_admissible(self) -> int:
        """Placebos: the unit itself and each donor in its place."""
        return self.n_donors + 1

    @property
    def min_p_value(self) -> float:
        return 1 / (self.n_donors + 1)

    @property
    def df(self) -> float:
        return float(self.n_donors - 1)

    @property
    def placebos(self) -> int:
        return self.n_donors

    @property
    def rank_df(self) -> float:
        """Periods the mixture is fitted to, less one and the donors it leans on.

        Tried out on mixtures of 24 to 39 donors fitted to 8 to 20 periods, the power is then
        right to .03 or on the safe side; a t test would promise up to twice as much.
        """
        return max(self.n_before - min(self.effective_donors, self.n_donors) - 1, 2.0)

    def _listed(self, **known: Any) -> np.ndarray:
        del known  # Nothing besides the design is needed.
        return placebos_of(self.schedule())

    @property
    def run_periods(self) -> int:
        return self.n_after

    def schedule(self) -> np.ndarray:
        schedule = np.zeros((self.n_donors + 1, self.n_before + self.n_after), np.int8)
        schedule[0, self.n_before :] = 1
        return schedule

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        own = components.period + components.within * (1 + size_cv**2) / cluster_size
        gap = own * (1 + 1 / min(self.effective_donors, self.n_donors))
        return gap * (1 / self.n_after + 1 / self.n_before)

    def with_one_more(self) -> SyntheticControl:
        return replace(self, n_donors=self.n_donors + 1)

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        found = design_checks.few_treated(1, self.n_donors, self.min_p_value)
        return (*floor_of_ranks(self, alpha), *found)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        """A twin for the unit and for every donor in its place, judged by ranks."""
        if tuple(periods) != (self.run_periods,):
            raise DesignError(NO_LOOKS)
        return (twins(cells_of(self, truth, runs, rng), self.n_before),)

    @property
    def shifts(self) -> bool:
        """Ranks among placebos do not move with the effect."""
        return False
