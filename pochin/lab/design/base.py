"""What every design can say of itself before anybody starts."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pochin.lab import design_checks
from pochin.lab.assignment import ENUMERABLE, Assignment
from pochin.lab.decide import evidence_class
from pochin.lab.design.balance import Balance, balance_of_lot
from pochin.lab.design.diagnosis import Diagnosis, diagnose
from pochin.lab.design.rule import Rule
from pochin.lab.power import Components, nct_power, needed_noncentrality
from pochin.lab.protocol import NO_LOTS
from pochin.lab.result import (
    Alternative,
    DesignError,
    EvidenceClass,
    Flag,
    NotRandomizable,
    PowerResult,
)
from pochin.lab.simulate import Estimates, Truth

Guesses = float | Sequence[float]


@dataclass(frozen=True, eq=False)
class MarginalSite:
    """What one more site would change; arrays over the guesses of ICC and CAC.

    Attributes:
        power, power_then: Now, and with one more site.
        detectable, detectable_then: Detectable effect, in the unit of the metric.
        cost: Of the site, in minor units of a currency.
        cost_per_point: Cost of one percentage point of power; infinite where nothing is gained.
    """

    power: np.ndarray
    power_then: np.ndarray
    detectable: np.ndarray
    detectable_then: np.ndarray
    cost: float

    @property
    def cost_per_point(self) -> np.ndarray:
        gain = 100 * (self.power_then - self.power)
        return np.where(gain > 1e-9, self.cost / np.maximum(gain, 1e-9), np.inf)


class Design(ABC):
    """A design: who works how and when, and what can be known from it."""

    kind: ClassVar[str]
    method: ClassVar[str]
    randomized: ClassVar[bool] = True

    @property
    def units(self) -> int:
        """Units that take part."""
        return len(self.schedule())

    @property
    @abstractmethod
    def n_admissible(self) -> int:
        """How many lots could be drawn; for observed designs, how many placebos there are."""

    @property
    @abstractmethod
    def df(self) -> float:
        """Degrees of freedom with which the effect will be judged."""

    @abstractmethod
    def schedule(self) -> np.ndarray:
        """1 with the solution, 0 without, −1 not measured, before any lot, shape (I, T)."""

    @abstractmethod
    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        """Variance of the estimated effect, in the unit of the metric squared.

        Args:
            components: Variances of a reading's parts.
            cluster_size: Mean readings of a unit in one period.
            size_cv: Standard deviation of the sizes over their mean.
        """

    @abstractmethod
    def with_one_more(self) -> Design:
        """The design with one more site, placed where it helps most."""

    def simulate(self, truth: Truth, *, runs: int, rng: np.random.Generator) -> Estimates:
        """Try the design out with the registered analysis, once the whole run is over."""
        return self.seen_at(truth, (self.run_periods,), runs=runs, rng=rng)[0].told()

    @abstractmethod
    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        """What the registered analysis gives of the same pilots after so many periods of the run.

        Args:
            truth: What the pilots are drawn from.
            periods: How many periods of the run each look has seen, the fewest first.
            runs: Pilots.
            rng: From a seed the caller keeps.

        Returns:
            Estimates at each look; NaN where the method gives nothing of a pilot.

        Raises:
            DesignError: The method gives nothing that interim looks could be held on.
        """

    def lots(self, most: int, rng: np.random.Generator) -> np.ndarray:
        """Arms the lot could give to the units of made-up pilots, their own first, shape (A, I).

        Args:
            most: Of more lots than this as many are drawn.
            rng: Of the draws.

        Raises:
            DesignError: Lots are not drawn for units between two arms.
        """
        del most, rng
        raise DesignError(NO_LOTS)

    @property
    def run_periods(self) -> int:
        """Periods of the run, by which looks count."""
        return int(self.schedule().shape[1])

    @property
    def shifts(self) -> bool:
        """Whether an effect moves the estimate by itself and changes nothing else."""
        return True

    @property
    def min_p_value(self) -> float:
        """The smallest two-sided p-value its lot, or its placebos, can give."""
        return min(1.0, 2 / self.n_admissible)

    @property
    def evidence(self) -> EvidenceClass:
        """Class of what it will show at best."""
        return evidence_class(self.kind, self.method, self.units)

    def admissible(self, **known: Any) -> np.ndarray:
        """Everything the lot could give: the set a randomisation test refers to.

        Args:
            known: What `assign` needs besides units and a generator (covariates, pairs).

        Returns:
            Schedules, shape (K, I, T): 1 with the solution, 0 without, −1 not measured. Where
            nobody draws lots, the placebos: every choice of as many treated units.

        Raises:
            NotRandomizable: The set is beyond `ENUMERABLE`; draw from it with `assign`.

        Source:
            Fisher, R. A. (1935). The Design of Experiments, ch. 2.

        Example:
            >>> from pochin.lab import ParallelCluster
            >>> ParallelCluster(n_units=4).admissible()[:, :, 0].tolist()[:2]
            [[0, 0, 1, 1], [0, 1, 0, 1]]
        """
        if self.n_admissible > ENUMERABLE:
            raise NotRandomizable(
                f"{self.n_admissible} lots could be drawn, too many to list; draw some instead."
            )
        return self._listed(**known)

    def _listed(self, **known: Any) -> np.ndarray:
        # Which lots there are does not depend on the one that is drawn.
        assign: Any = getattr(self, "assign")  # noqa: B009
        drawn = assign(range(self.units), np.random.default_rng(0), **known)
        return drawn.templates[drawn.all_labels()]

    def components(self, sd: float, icc: float, cac: float) -> Components:
        """The guesses as variances; designs that last differently say so here."""
        return Components.of(sd, icc, cac)

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        """What the planner must know about the design alone."""
        return tuple(design_checks.lot(self.units, self.n_admissible, alpha=alpha))

    def power(
        self,
        effect: float,
        *,
        sd: float = 1.0,
        icc: Guesses = 0.0,
        cac: Guesses = 1.0,
        cluster_size: float = 1.0,
        size_cv: float = 0.0,
        alpha: float = 0.05,
        alternative: Alternative = "two-sided",
    ) -> PowerResult:
        """Power over intervals of guesses.

        Args:
            effect: In the unit of the metric.
            sd: Of single readings, same unit.
            icc: Intracluster correlation, one guess or several.
            cac: Share of it that lasts from period to period, one guess or several.
            cluster_size: Mean readings of a unit in one period.
            size_cv: Standard deviation of the sizes over their mean.
            alpha: Level of the test.
            alternative: "two-sided", "greater" or "less".

        Returns:
            Power in the shape of the guesses that are lists: (icc,), (cac,) or (icc, cac).
        """
        grid, errors = self._over(sd, icc, cac, cluster_size, size_cv)
        power = self._rejects(effect / errors, alpha, alternative)
        if self.min_p_value > alpha:
            power = np.zeros_like(power)
        answer = PowerResult(
            power=np.asarray(power),
            df=np.asarray(self.df),
            std_error=errors,
            min_p_value=self.min_p_value,
            n_admissible=self.n_admissible,
            effect=effect,
            alpha=alpha,
            alternative=alternative,
            grid=grid,
            method=self.method,
        )
        flags = self.flags(alpha=alpha) + tuple(design_checks.power_over_guesses(answer))
        object.__setattr__(answer, "flags", flags)
        return answer

    def mde(
        self,
        power: float = 0.8,
        *,
        sd: float = 1.0,
        icc: Guesses = 0.0,
        cac: Guesses = 1.0,
        cluster_size: float = 1.0,
        size_cv: float = 0.0,
        alpha: float = 0.05,
        alternative: Alternative = "two-sided",
    ) -> np.ndarray:
        """The smallest effect shown with this power, over the guesses, in the unit of the metric.

        Infinite where the lot is too small for any effect to be shown.
        """
        errors = self._over(sd, icc, cac, cluster_size, size_cv)[1]
        if self.min_p_value > alpha:
            return np.full_like(errors, np.inf)
        return errors * self.needed(power, alpha=alpha, alternative=alternative)

    def _rejects(
        self, noncentrality: np.ndarray, alpha: float, alternative: Alternative
    ) -> np.ndarray:
        """Power at effects over their standard errors, same shape; ranks have their own."""
        return np.asarray(nct_power(noncentrality, self.df, alpha=alpha, alternative=alternative))

    def needed(
        self, power: float, *, alpha: float = 0.05, alternative: Alternative = "two-sided"
    ) -> float:
        """The effect over its standard error at which this is the power."""
        return needed_noncentrality(power, self.df, alpha=alpha, alternative=alternative)

    def one_more_site(self, effect: float, *, cost: float = 0.0, **guess: Any) -> MarginalSite:
        """What one more site would change.

        Args:
            effect: In the unit of the metric.
            cost: Of a site, in minor units of a currency.
            guess: As for `power`.
        """
        then = self.with_one_more()
        about = {name: one for name, one in guess.items() if name != "power"}
        return MarginalSite(
            power=self.power(effect, **about).power,
            power_then=then.power(effect, **about).power,
            detectable=self.mde(**about),
            detectable_then=then.mde(**about),
            cost=cost,
        )

    def diagnose(
        self,
        effect: float,
        rule: Rule,
        *,
        rng: np.random.Generator,
        sd: float = 1.0,
        icc: float = 0.0,
        cac: float = 1.0,
        cluster_size: float = 1.0,
        size_cv: float = 0.0,
        alpha: float = 0.05,
        alternative: Alternative = "two-sided",
        runs: int = 2_000,
        supposed: Mapping[str, float] | None = None,
    ) -> Diagnosis:
        """Try the whole plan out: its looks, its guardrails, its decision.

        Args:
            effect: The target, as an improvement, in the unit of the metric.
            rule: What the decision will be read from.
            rng: From a seed the caller keeps.
            runs: Simulated pilots for each supposed effect.
            supposed: Other improvements to try, by name; default no effect, threshold, target.
        """
        given = {"no effect": 0.0, "threshold": rule.threshold, "target": effect}
        return diagnose(
            self,
            given if supposed is None else supposed,
            rule,
            lambda spread: self.components(spread, icc, cac),
            rng=rng,
            guess={"sd": sd, "icc": icc, "cac": cac}
            | {"cluster_size": cluster_size, "size_cv": size_cv},
            alpha=alpha,
            alternative=alternative,
            runs=runs,
        )

    def balance(self, assignment: Assignment, covariates: Any, names: Sequence[str]) -> Balance:
        """The lot that was drawn beside those that could have been.

        Args:
            covariates: Known before, shape (I, k), each in its own unit.
            names: Shape (k,).
        """
        return balance_of_lot(assignment, covariates, names)

    def _over(
        self, sd: float, icc: Guesses, cac: Guesses, cluster_size: float, size_cv: float
    ) -> tuple[dict[str, tuple[float, ...]], np.ndarray]:
        """The axes that have several guesses, and standard errors over them."""
        axes = {"icc": np.atleast_1d(icc), "cac": np.atleast_1d(cac)}
        errors = np.array(
            [
                self.variance(self.components(sd, float(a), float(b)), cluster_size, size_cv)
                for a, b in itertools.product(*axes.values())
            ]
        ).reshape(len(axes["icc"]), len(axes["cac"]))
        grid = {
            name: tuple(float(one) for one in axes[name])
            for name, given in (("icc", icc), ("cac", cac))
            if np.ndim(given)
        }
        kept = tuple(slice(None) if name in grid else 0 for name in axes)
        return grid, np.sqrt(errors[kept])
