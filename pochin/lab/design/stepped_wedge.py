"""A stepped wedge: every office gets the solution, the lot says when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np

from pochin.lab import design_checks, randomize
from pochin.lab.assignment import Assignment, count_arrangements
from pochin.lab.design.base import Design
from pochin.lab.estimate.many_wedges import fit_wedges, planned_df
from pochin.lab.estimate.sequences import exposure_time
from pochin.lab.flags import flag
from pochin.lab.power import Components, cell_weights, gls_variance
from pochin.lab.result import DesignError, Flag, SchemaMismatch
from pochin.lab.simulate import Estimates, Truth, cell_means, within_squares


@dataclass(frozen=True)
class SteppedWedge(Design):
    """Offices drawn into sequences that cross over at different times.

    Args:
        sequences: What each sequence does in each period, shape (S, T): 0 without, 1 with the
            solution, −1 not measured. Sequences may be incomplete.
        counts: Units in each sequence, shape (S,); they may differ.
        estimand: "time-average": the average of the effects by exposure time, as the analysis
            gives it unless told otherwise. "constant": one effect from the first period on,
            sharper if that is true.

    Raises:
        DesignError: Shapes disagree, or a sequence takes the solution away again.

    Source:
        Hussey, M. A. & Hughes, J. P. (2007). Contemporary Clinical Trials 28, 182–191.
        Hooper, R. et al. (2016). Statistics in Medicine 35, 4718–4728.

    Example:
        >>> wedge = SteppedWedge.steps(units=8, sequences=4)
        >>> wedge.schedule().shape, wedge.n_admissible, round(wedge.df, 1)
        ((8, 5), 2520, 4.7)
    """

    sequences: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]
    estimand: Literal["time-average", "constant"] = "time-average"
    kind: ClassVar[str] = "stepped-wedge"
    method: ClassVar[str] = "mixed-model"

    def __post_init__(self) -> None:
        rows = {len(one) for one in self.sequences}
        if len(rows) != 1 or len(self.counts) != len(self.sequences) or min(self.counts) < 1:
            raise DesignError("Every sequence needs the same periods and at least one unit.")
        for one in self.sequences:
            seen = [cell for cell in one if cell >= 0]
            if seen != sorted(seen):
                raise DesignError("A sequence takes the solution away again; use a switchback.")
        if len(self.sequences) < 2:
            raise DesignError("A wedge needs two sequences; else time and solution are one.")

    @classmethod
    def steps(
        cls,
        *,
        units: int,
        sequences: int,
        baseline: int = 1,
        each: int = 1,
        estimand: Literal["time-average", "constant"] = "time-average",
    ) -> SteppedWedge:
        """A complete wedge with units shared out as evenly as can be, earlier sequences first.

        Args:
            units: I.
            sequences: S, the number of steps.
            baseline: Periods before the first step.
            each: Periods from step to step.
            estimand: As for the class.
        """
        if units < sequences:
            raise DesignError(f"{units} units cannot fill {sequences} sequences.")
        periods = baseline + sequences * each
        rows = tuple(
            tuple(int(t >= baseline + s * each) for t in range(periods)) for s in range(sequences)
        )
        share, rest = divmod(units, sequences)
        return cls(rows, tuple(share + (s < rest) for s in range(sequences)), estimand)

    @property
    def n_admissible(self) -> int:
        labels = np.repeat(np.arange(len(self.counts)), self.counts)
        return count_arrangements(labels, np.zeros(len(labels), int))

    @property
    def df(self) -> float:
        """Those of errors by units, at an ICC of .05 and a CAC of .8: they hardly hang on them."""
        return _df(self.schedule().tobytes(), len(self.sequences[0]), self.estimand)

    def _exposure(self) -> np.ndarray | None:
        return exposure_time(self.schedule()) if self.estimand == "time-average" else None

    @property
    def run_periods(self) -> int:
        """Counted from the first period in which a sequence has the solution."""
        with_it = self.schedule().max(axis=0) >= 1
        return len(with_it) - int(with_it.argmax())

    def schedule(self) -> np.ndarray:
        return np.repeat(np.array(self.sequences, np.int8), self.counts, axis=0)

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        size = cluster_size / (1 + size_cv**2)
        return gls_variance(self.schedule(), size, components, exposure=self._exposure())

    def weights(
        self, *, sd: float = 1.0, icc: float = 0.0, cac: float = 1.0, cluster_size: float = 1.0
    ) -> np.ndarray:
        """How much each cell counts in the estimate, shape (I, T): a look at what drives it."""
        components = self.components(sd, icc, cac)
        return cell_weights(self.schedule(), cluster_size, components, exposure=self._exposure())

    def with_one_more(self) -> SteppedWedge:
        """One more unit in the sequence where it lowers the variance most."""
        guess = Components.of(1.0, 0.05, 0.8)
        options = [
            replace(self, counts=tuple(c + (s == place) for s, c in enumerate(self.counts)))
            for place in range(len(self.counts))
        ]
        return min(options, key=lambda one: one.variance(guess, 20.0, 0.0))

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        found = design_checks.lot(self.units, self.n_admissible, alpha=alpha)
        return (*found, flag("trend-only-by-model"))

    def assign(
        self,
        units: Sequence[Any],
        rng: np.random.Generator,
        *,
        period_ids: Sequence[Any] | None = None,
        strata: Sequence[Any] | None = None,
    ) -> Assignment:
        """Draw which unit follows which sequence.

        Args:
            units: Ids, shape (I,).
            rng: From `seeds.generator(seed)`.
            period_ids: Shape (T,); default counted from 0.
            strata: Labels, shape (I,).
        """
        periods = len(self.sequences[0])
        ids = range(periods) if period_ids is None else period_ids
        if len(ids) != periods:
            raise SchemaMismatch(f"{len(ids)} periods are given; the sequences have {periods}.")
        return randomize.sequenced(
            units, self.sequences, self.counts, rng=rng, period_ids=ids, strata=strata
        )

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        """The mixed model, judged by units, on each simulated wedge as far as it has gone."""
        schedule = self.schedule()
        n = truth.sizes((runs, self.units, 1), rng, least=2)
        n = np.where(schedule < 0, 0, n)
        cells = cell_means(
            schedule,
            np.maximum(n, 1),
            truth.components,
            runs=runs,
            rng=rng,
            effect=truth.effect,
        )
        squares = within_squares(n, truth.components, cells.shape, rng)
        start = schedule.shape[1] - self.run_periods
        found = []
        for one in periods:
            end = start + one
            fits = fit_wedges(
                cells[:, :, :end],
                n[:, :, :end],
                squares[:, :, :end],
                schedule[:, :end],
                estimand=self.estimand,
            )
            found.append(Estimates(fits.estimate, fits.robust_error, fits.robust_df))
        return tuple(found)


@lru_cache(maxsize=64)
def _df(schedule_bytes: bytes, periods: int, estimand: str) -> float:
    schedule = np.frombuffer(schedule_bytes, np.int8).reshape(-1, periods)
    return planned_df(schedule, Components.of(1.0, 0.05, 0.8), 20.0, estimand=estimand)
