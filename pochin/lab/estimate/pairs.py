"""Matched pairs: differences within pairs, each pair counted once or by its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.inference.tails import t_p_value, without_spread
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    Provenance,
    SchemaMismatch,
    Singular,
    TooFewUnits,
)
from pochin.lab.values import PairDifferences, UnitValues, pair_differences, unit_values


def paired_t(d: Any, *, alternative: Alternative = "two-sided", **about: Any) -> EffectResult:
    """Mean difference within pairs, with t on P - 1.

    Args:
        d: Differences, shape (P,).

    Raises:
        TooFewUnits: Fewer than two pairs.
        Singular: All differences are equal.

    Source:
        Student (1908). Biometrika 6, 1–25.

    Example:
        >>> fit = paired_t([1.0, 2.0, 3.0])
        >>> fit.estimate, round(fit.p_value, 4)
        (2.0, 0.0742)
    """
    d = np.asarray(d, float)
    if len(d) < 2:
        raise TooFewUnits("One pair has no spread to judge by; two or more are needed.")
    error = float(d.std(ddof=1)) / math.sqrt(len(d))
    if without_spread(error, float(np.abs(d).max())):
        raise Singular("All pairs differ by the same amount, so there is no spread to judge by.")
    estimate, df = float(d.mean()), len(d) - 1.0
    named: dict[str, Any] = {
        "method": "paired-t",
        "reference": "Student 1908",
        "alternative": alternative,
    }
    p = t_p_value(estimate / error, df, alternative)
    return EffectResult(estimate, error, df, p, **(named | about))


def weighted_pairs(
    d: Any, weights: Any, *, alternative: Alternative = "two-sided", **about: Any
) -> EffectResult:
    """Difference within pairs, each pair counted by a weight.

    Args:
        d: Differences, shape (P,).
        weights: Shape (P,), positive: n1 + n2 (arithmetic), or n1 n2 / (n1 + n2) (harmonic).

    Source:
        Imai, K., King, G. & Nall, C. (2009). Statistical Science 24, 29–53, equations 5 and 8.

    Example:
        >>> round(weighted_pairs([1.0, 2.0, 3.0], [1.0, 1.0, 2.0]).estimate, 4)
        2.25
    """
    d, w = np.asarray(d, float), np.asarray(weights, float)
    if len(d) < 2:
        raise TooFewUnits("One pair has no spread to judge by; two or more are needed.")
    if not (w > 0).all():
        raise SchemaMismatch("A pair has no weight; leave it out.")
    m, share = len(d), w / w.sum()
    estimate = float(share @ d)
    variance = m / (m - 1) * float(((share * d - estimate / m) ** 2).sum())
    error, df = math.sqrt(variance), m - 1.0
    if without_spread(error, float(np.abs(d).max())):
        raise Singular("All pairs differ by the same amount, so there is no spread to judge by.")
    named: dict[str, Any] = {
        "method": "paired-weighted",
        "reference": "Imai, King & Nall 2009",
        "estimand": "participant-average",
        "alternative": alternative,
    }
    p = t_p_value(estimate / error, df, alternative)
    return EffectResult(estimate, error, df, p, **(named | about))


@dataclass(frozen=True)
class MatchedPairs:
    """Analyse a paired design as what it is.

    Args:
        metric: Its code; may be left out when the table holds only one.
        weights: "units" (each pair counts once) or "participants" (by rows, or denominators).
        adjust: () or ("baseline",): take each unit's change from its baseline first.
        periods, baseline: Ids; default those with and those before anybody's solution.
        two_part: The metric is a quotient of sums.

    Raises (from `fit`):
        TooFewUnits: Fewer than two complete pairs.
        Singular: All pairs differ by the same amount.
        SchemaMismatch: The assignment has no pairs.

    Source:
        Donner, A. & Klar, N. (2000), ch. 7; Imai, K., King, G. & Nall, C. (2009). Statistical
        Science 24, 29–53 (by size).
    """

    metric: str | None = None
    weights: Literal["units", "participants"] = "units"
    adjust: tuple[str, ...] = ()
    periods: Sequence[Any] | None = None
    baseline: Sequence[Any] | None = None
    two_part: bool = False
    alternative: Alternative = "two-sided"

    def values(self, table: MomentTable, assignment: Assignment) -> UnitValues:
        """The value of each unit, as `fit` uses it."""
        baseline = self.baseline
        if "baseline" in self.adjust and baseline is None:
            baseline = assignment.period_ids[~(assignment.schedule == 1).any(axis=0)]
        return unit_values(
            table,
            assignment,
            self.metric,
            periods=self.periods,
            baseline=baseline if "baseline" in self.adjust else None,
            two_part=self.two_part,
        )

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        """The effect over the run, in the unit of the metric."""
        return self.compare(self.values(table, assignment))

    def compare(self, units: UnitValues) -> EffectResult:
        """The effect from units' values."""
        pairs = pair_differences(units)
        about = units.about()
        about["flags"] = units.flags + _lost_pairs(pairs)
        about["n_units"] = {"control": len(pairs.d), "treatment": len(pairs.d)}
        about["values"] = about["values"] | {"pair": pairs.pairs, "difference": pairs.d}
        about |= {
            "alternative": self.alternative,
            "provenance": Provenance(table_hash=units.table_hash),
        }
        if self.weights == "participants":
            fit = weighted_pairs(pairs.d, pairs.n, **about)
        else:
            fit = paired_t(pairs.d, **about)
        if without_spread(fit.std_error or 0.0, float(np.abs(units.y).max())):
            # Differences of large values hold no digits of their own.
            raise Singular("All pairs differ by the same amount, so there is no spread.")
        return fit


def _lost_pairs(pairs: PairDifferences) -> tuple[Flag, ...]:
    if not pairs.lost:
        return ()
    return (
        Flag(
            "pairs-incomplete",
            "warn",
            "%(count)d pairs lost a unit and are left out: %(pairs)s.",
            {"count": len(pairs.lost), "pairs": ", ".join(pairs.lost[:10])},
        ),
    )
