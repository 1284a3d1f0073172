"""The effect on those who did as the lot said, where not everybody did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from pochin.lab.assignment import Assignment
from pochin.lab.evaluation_checks import instrument
from pochin.lab.inference.tails import t_p_value, without_spread
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    NotIdentified,
    Provenance,
    Singular,
    TooFewUnits,
)
from pochin.lab.values import UnitValues, pair_differences, unit_values


@dataclass(frozen=True)
class _Contrast:
    """Treated less untreated of outcome and work done, with their (co)variances."""

    y: float
    d: float
    yy: float
    yd: float
    dd: float
    parts: tuple[tuple[float, int], ...]

    def variance(self, tau: float) -> float:
        """Of the contrast of y − τ d."""
        return max(self.yy - 2 * tau * self.yd + tau**2 * self.dd, 0.0)


@dataclass(frozen=True)
class ComplierEffect:
    """Scale the effect of the lot by how much of the work it moved (Wald's estimator).

    The analysis by lot stays the one that decides: this is beside it. Its interval is Fieller's,
    which keeps its level however little the lot moved; it may be the whole line.

    Args:
        metric: Code of the outcome.
        exposure: Code of the share of work that was done with the solution, 0 to 1.
        periods: Ids; default those in which anybody works with the solution.
        two_part: The outcome is a quotient of sums.

    Raises (from `fit`):
        NotIdentified: The lot moved nothing.
        Singular: The outcome does not vary within arms.
        TooFewUnits: An arm has fewer than two units with both, or there are fewer than two pairs.

    Source:
        Imbens, G. W. & Angrist, J. D. (1994). Econometrica 62, 467–475; Fieller, E. C. (1954).
        JRSS B 16, 175–185; Staiger, D. & Stock, J. H. (1997). Econometrica 65, 557–586.

    Example:
        >>> offices = Assignment([[1], [0]] * 3, list("abcdef"), ["may"])
        >>> table = MomentTable(list("abcdef") * 2, ["may"] * 12, ["delay"] * 6 + ["use"] * 6,
        ...     [9] * 12, [4., 8., 5., 7., 6., 9., .5, 0., .5, 0., .5, 0.], [0.] * 12)
        >>> float(round(ComplierEffect("delay", "use").fit(table, offices).estimate, 6))
        -6.0
    """

    metric: str
    exposure: str
    periods: Sequence[Any] | None = None
    two_part: bool = False
    alternative: Alternative = "two-sided"

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        """The effect for work done wholly with the solution, in the unit of the metric."""
        done = unit_values(table, assignment, self.exposure, periods=self.periods)
        left = assignment.subset(done.assignment.unit_ids)
        units = unit_values(table, left, self.metric, periods=self.periods, two_part=self.two_part)
        place = {one: i for i, one in enumerate(done.assignment.unit_ids.tolist())}
        share = done.y[[place[one] for one in units.assignment.unit_ids.tolist()]]
        return self._ratio(_contrast(units, share), units)

    def _ratio(self, found: _Contrast, units: UnitValues) -> EffectResult:
        if abs(found.d) < 1e-12:
            raise NotIdentified("The lot moved no work, so its effect cannot be scaled by it.")
        tau = found.y / found.d
        error = math.sqrt(found.variance(tau)) / abs(found.d)
        df = _df(found.parts)
        strength = found.d**2 / found.dd if found.dd > 0 else math.inf
        plain_error = math.sqrt(found.yy)
        if without_spread(plain_error, float(np.abs(units.y).max())):
            raise Singular("The outcome does not vary once the model is taken out of it.")
        p = t_p_value(found.y / plain_error, df, self.alternative)
        about = units.about()
        return EffectResult(
            tau,
            error,
            df,
            p,
            "complier-average",
            alternative=self.alternative,
            estimand="complier-average",
            reference="Imbens & Angrist 1994; Fieller 1954",
            n_units=about["n_units"],
            n_rows=about["n_rows"],
            periods=about["periods"],
            interval_inverter=lambda level: _fieller(found, df, level),
            flags=tuple(instrument(strength)),
            provenance=Provenance(table_hash=units.table_hash),
        )


def _contrast(units: UnitValues, share: np.ndarray) -> _Contrast:
    if units.assignment.pairs is not None:
        return _of_pairs(units, share)
    groups = [np.column_stack([units.y, share])[units.arms == arm] for arm in (0, 1)]
    if min(map(len, groups)) < 2:
        raise TooFewUnits("Each arm needs two units with data, or spread is unknown.")
    means = groups[1].mean(axis=0) - groups[0].mean(axis=0)
    parts = [np.cov(one.T) / len(one) for one in groups]
    V = parts[0] + parts[1]
    sizes = tuple((float(part[0, 0]), len(one)) for part, one in zip(parts, groups, strict=True))
    return _Contrast(means[0], means[1], V[0, 0], V[0, 1], V[1, 1], sizes)


def _of_pairs(units: UnitValues, share: np.ndarray) -> _Contrast:
    both = [
        pair_differences(UnitValues(values, units.n, units.assignment)).d
        for values in (units.y, share)
    ]
    if len(both[0]) < 2:
        raise TooFewUnits("One pair has no spread to judge by; two or more are needed.")
    V = np.cov(np.array(both)) / len(both[0])
    size = ((float(V[0, 0]), len(both[0])),)
    means = [float(one.mean()) for one in both]
    return _Contrast(means[0], means[1], V[0, 0], V[0, 1], V[1, 1], size)


def _df(parts: tuple[tuple[float, int], ...]) -> float:
    """Welch–Satterthwaite over the arms, or pairs less one."""
    below = sum(v**2 / (n - 1) for v, n in parts)
    return sum(v for v, _n in parts) ** 2 / below if below else float(min(n for _v, n in parts) - 1)


def _fieller(found: _Contrast, df: float, level: float) -> tuple[float, float]:
    """All effects τ for which y − τ d does not differ between the arms."""
    reach = float(special.stdtrit(df, (1 + level) / 2)) ** 2
    a = found.d**2 - reach * found.dd
    b = found.y * found.d - reach * found.yd
    c = found.y**2 - reach * found.yy
    inside = b**2 - a * c
    if a <= 0 or inside < 0:
        return -math.inf, math.inf
    root = math.sqrt(inside)
    return (b - root) / a, (b + root) / a
