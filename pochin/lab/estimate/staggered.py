"""Staggered starts: effects by group and time, and their averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.did import FRAGILE
from pochin.lab.estimate.group_time import (
    Average,
    AverageEffect,
    Base,
    Control,
    GroupTimeEffects,
    att_gt,
    critical_value,
)
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.estimate.trends import FEW, EventStudy, breakdown
from pochin.lab.inference.tails import t_p_value, without_spread
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    Singular,
)

SMALL_GROUP = 5


@dataclass(frozen=True)
class GroupTime:
    """Differences in differences where units start at different times.

    Args:
        metric: Code of the metric; may be left out when the table holds one.
        average: The registered average over groups and times, see `GroupTimeEffects.average`.
        control: Compare with units that never start, or also with those that have not yet.
        anticipation: Periods before the start in which the effect may already show.
        covariates: Known before anything starts, by unit id.
        alternative: "two-sided", "greater" or "less".
        level: Of the band around the curve.

    Source:
        Callaway, B. & Sant'Anna, P. H. C. (2021). Journal of Econometrics 225, 200–230.
    """

    metric: str | None = None
    average: Average = "group"
    control: Control = "never"
    anticipation: int = 0
    covariates: Mapping[Any, Sequence[float] | float] | None = None
    alternative: Alternative = "two-sided"
    level: float = 0.95

    def fit(
        self,
        table: MomentTable,
        assignment: Assignment,
        *,
        rng: np.random.Generator | None = None,
    ) -> EffectResult:
        """Estimate every group and time, and answer with the registered average.

        With fewer than six treated or untreated units the answer is withheld: standard errors by
        unit then reject true nulls most of the time, and `DifferenceInDifferences` ranks instead.

        Args:
            table: Moments by unit and period.
            assignment: Who starts when; the solution is not taken away again.
            rng: For the band around the whole curve; without it the curve has none.

        Raises:
            NotIdentified: Nobody starts late enough, or the solution is taken away again.
        """
        data = line_up(table, assignment, self.metric)
        first, size = data.first_treated, data.schedule.shape[1]
        if ((data.schedule == 0) & (np.arange(size) >= first[:, None])).any():
            raise NotIdentified(
                "The solution is taken away again, which this method cannot follow."
            )
        flags = _withheld(data, self.control)
        if flags:
            return EffectResult.withheld(
                "did-group-time",
                flags,
                estimand=f"att-{self.average}",
                n_units=data.n_units,
            )
        return self._told(data, self._effects(data, "varying"), rng)

    def _effects(self, data: LinedUp, base: Base) -> GroupTimeEffects:
        known = None
        if self.covariates is not None:
            known = np.array([self.covariates[one] for one in data.units.tolist()], float)
        return att_gt(
            data.Y,
            data.first_treated,
            control=self.control,
            base=base,
            anticipation=self.anticipation,
            covariates=known,
        )

    def _told(
        self, data: LinedUp, effects: GroupTimeEffects, rng: np.random.Generator | None
    ) -> EffectResult:
        chosen, curve = effects.average(self.average), effects.by_event_time()
        if without_spread(chosen.std_error, float(np.nanmax(np.abs(data.Y)))):
            raise NotIdentified("All units change alike, so there is no spread to judge by.")
        df = float(_smaller_side(data, self.control) - 1)
        values: dict[str, Any] = {"att_gt": _as_rows(effects, data.periods)}
        flags = _small_groups(effects, data.periods)
        try:
            values["breakdown"] = breakdown(_as_study(self._effects(data, "universal"), df))
            flags += _fragile(values["breakdown"])
            values["pre_test"] = effects.pre_test()
            values["pre_test_few"] = effects.pre_test_few()
            flags += _apart(values["pre_test_few"].p_value)
        except (NotIdentified, Singular) as reason:
            flags += (Flag("trends-unseen", "warn", "%(reason)s", {"reason": str(reason)}),)
        return EffectResult(
            estimate=chosen.estimate,
            std_error=chosen.std_error,
            df=df,
            p_value=t_p_value(chosen.estimate / chosen.std_error, df, self.alternative),
            alternative=self.alternative,
            estimand=f"att-{self.average}",
            method="did-group-time",
            reference="Callaway & Sant'Anna 2021",
            curve=self._curve(curve, rng),
            values=values,
            flags=flags,
            **about(data),
        )

    def _curve(
        self, curve: AverageEffect, rng: np.random.Generator | None
    ) -> tuple[dict[str, float], ...]:
        rows = []
        half = None if rng is None else critical_value(curve.influences, rng=rng, level=self.level)
        for step, effect, spread in zip(curve.step, curve.effects, curve.std_errors, strict=True):
            row = {"event_time": int(step), "estimate": float(effect), "std_error": float(spread)}
            if half is not None:
                row |= {"low": float(effect - half * spread), "high": float(effect + half * spread)}
            rows.append(row)
        return tuple(rows)


def _smaller_side(data: LinedUp, control: Control) -> int:
    """Units on the side with fewer; those that start later are controls too where they may be."""
    treated, never = data.n_units["treatment"], data.n_units["control"]
    return min(treated, never) if control == "never" else treated


def _withheld(data: LinedUp, control: Control) -> tuple[Flag, ...]:
    if _smaller_side(data, control) >= FEW:
        return ()
    message = (
        "With %(treatment)d treated and %(control)d untreated units standard errors mislead; "
        "rank the treated among all units instead."
    )
    return (Flag("few-treated", "block", message, data.n_units),)


def _small_groups(effects: GroupTimeEffects, periods: np.ndarray) -> tuple[Flag, ...]:
    flags = []
    for start in np.unique(effects.start):
        units = int((effects.first == start).sum())
        if units < SMALL_GROUP:
            message = "Only %(units)d units started in %(start)s: that group's effects are vague."
            evidence = {"units": units, "start": str(periods[start])}
            flags.append(Flag("small-group", "warn", message, evidence))
    return tuple(flags)


def _apart(p_value: float) -> tuple[Flag, ...]:
    if p_value >= 0.05:
        return ()
    message = "The groups did not move alike before the start (p %(p_value).3f)."
    return (Flag("trends-differ-before", "warn", message, {"p_value": p_value}),)


def _fragile(value: float) -> tuple[Flag, ...]:
    if not 0 < value < FRAGILE:
        return ()
    message = (
        "The effect is in doubt if trends part by %(breakdown).2f of the largest step seen "
        "before the start."
    )
    return (Flag("trends-fragile", "warn", message, {"breakdown": value}),)


def _as_study(effects: GroupTimeEffects, df: float) -> EventStudy:
    """The curve over event time against the last period before the start."""
    curve = effects.by_event_time()
    # The reference is zero by construction.
    seen = curve.influences.any(axis=0)
    influence = curve.influences[:, seen]
    covariance = influence.T @ influence / len(influence) ** 2
    return EventStudy(curve.step[seen], curve.effects[seen], covariance, df)


def _as_rows(effects: GroupTimeEffects, periods: np.ndarray) -> tuple[dict[str, Any], ...]:
    every = zip(effects.start, effects.period, effects.effect, effects.std_error, strict=True)
    return tuple(
        {
            "start": periods[g].item(),
            "period": periods[t].item(),
            "estimate": float(effect),
            "std_error": float(spread),
        }
        for g, t, effect, spread in every
    )
