"""Synthetic control: one treated unit against a weighted average of units that were not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.conformal import conformal_interval, conformal_path, conformal_test
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.estimate.twin import (
    STARTS,
    Statistic,
    SyntheticFit,
    in_turn,
    rank_twins,
    synthetic_control,
)
from pochin.lab.inference.histogram import histogram
from pochin.lab.inference.placebo import PlaceboTest, placebo_interval
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    Provenance,
    TooFewUnits,
)

MISFIT = 0.5
FEW_PERIODS = 10
# A donor that carries less is not worth a refit without it.
CARRIES = 0.01
SENSELESS = 1e4


@dataclass(frozen=True)
class SyntheticControl:
    """One treated unit against its synthetic twin, with every donor as a placebo.

    The p-value is a rank and cannot fall below 1 / (J + 1); the interval is what is compatible
    with the placebos, not sampling error. Beside it stands the conformal answer, which moves time
    instead of units, and gives each period an interval where those before are long enough. No
    number comes out where the twin does not follow.

    Args:
        metric: Code of the metric; may be left out when the table holds one.
        predictors: Values by unit id to match instead of the earlier outcomes.
        names: What the predictors are called.
        starts: Of the search for their importance; at least 40.
        wash_in: First periods with the solution that are left out, as registered.
        alternative: "two-sided", "greater" or "less".
        statistic: What is ranked, see `rank_twins`.
        max_misfit: The result is withheld where the misfit before the start exceeds this share
            of the spread between units.

    Source:
        Abadie, A., Diamond, A. & Hainmueller, J. (2010). JASA 105, 493–505.
        Firpo, S. & Possebom, V. (2018). Journal of Causal Inference 6, 20160026 (intervals).
        Chernozhukov, V., Wüthrich, K. & Zhu, Y. (2021). JASA 116, 1849–1864 (by periods).
    """

    metric: str | None = None
    predictors: Mapping[Any, Sequence[float]] | None = None
    names: tuple[str, ...] = ()
    starts: int = STARTS
    wash_in: int = 0
    alternative: Alternative = "two-sided"
    statistic: Statistic = "mean"
    max_misfit: float = MISFIT

    def __post_init__(self) -> None:
        if self.starts < STARTS:
            raise ValueError(f"starts is {self.starts}, but it must be at least {STARTS}")

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        """Find the twin, the placebos, and the twin without each donor that matters.

        Args:
            table: Moments by unit and period.
            assignment: One unit that starts and units that never do.

        Raises:
            NotIdentified: Not exactly one unit is treated, or it has gaps.
            TooFewUnits: Fewer than two donors have readings in every period.
        """
        data = line_up(table, assignment, self.metric)
        treated, start = data.same_start()
        if treated.sum() != 1:
            raise NotIdentified("A twin is made for one unit; for several use their mean or SDID.")
        kept = np.concatenate([np.arange(start), np.arange(start + self.wash_in, data.Y.shape[1])])
        whole = ~np.isnan(data.Y[:, kept]).any(axis=1)
        if not whole[treated].all():
            raise NotIdentified("The treated unit has periods without readings.")
        if whole.sum() < 3:
            raise TooFewUnits("A twin needs two donors with readings in every period.")
        units = data.units[whole]
        if not np.ptp(data.Y[np.ix_(whole, kept)], axis=0).any():
            raise NotIdentified("All units are the same, so there is nothing to follow.")
        known = self._known(units)
        fits = in_turn(data.Y[np.ix_(whole, kept)], start, predictors=known, starts=self.starts)
        return self._told(data, fits, whole, kept, start, known)

    def _known(self, units: np.ndarray) -> np.ndarray | None:
        if self.predictors is None:
            return None
        return np.array([self.predictors[one] for one in units.tolist()], float)

    def _told(
        self,
        data: LinedUp,
        fits: tuple[SyntheticFit, ...],
        whole: np.ndarray,
        kept: np.ndarray,
        start: int,
        known: np.ndarray | None,
    ) -> EffectResult:
        Y, units = data.Y[np.ix_(whole, kept)], data.units[whole]
        place = int(np.flatnonzero((data.schedule[whole] == 1).any(axis=1))[0])
        flags = _gates(fits, place, Y[:, :start], self.max_misfit) + _donors_out(whole)
        given: dict[str, Any] = {
            "estimand": "att",
            "reference": "Abadie, Diamond & Hainmueller 2010",
            "provenance": Provenance(table_hash=data.table_hash),
        } | about(data)
        if any(flag.blocks for flag in flags):
            given.pop("n_rows")
            return EffectResult.withheld("synthetic-control", flags, **given)
        fit, donors = fits[place], np.delete(np.arange(len(units)), place)
        beside = self._without_each(Y, units, place, donors, fit, known)
        leans = _leans(fit, beside)
        if known is None:
            beside += (self._by_periods(Y[place], Y[donors], fit),)
        test = rank_twins(fits, place, statistic=self.statistic, alternative=self.alternative)
        return EffectResult(
            estimate=fit.effect,
            std_error=None,
            df=None,
            p_value=test.p_value,
            p_floor=test.p_floor,
            alternative=self.alternative,
            method="synthetic-control",
            reference_distribution="placebo",
            interval_inverter=lambda level: _compatible(fits, place, level),
            curve=_path(data.periods[kept], Y[place], Y[donors], fit, known is None),
            sensitivity=beside,
            values=self._values(fits, place, units, donors, known, test),
            flags=flags + leans,
            **given,
        )

    def _by_periods(self, y: np.ndarray, donors: np.ndarray, fit: SyntheticFit) -> EffectResult:
        """The same effect judged by moving time, which needs no donor to be a placebo."""
        test = conformal_test(y, donors, fit.start, alternative=self.alternative)
        return EffectResult(
            fit.effect,
            None,
            None,
            test.p_value,
            "synthetic-control-conformal",
            p_floor=test.p_floor,
            alternative=self.alternative,
            estimand="att",
            reference="Chernozhukov, Wüthrich & Zhu 2021",
            reference_distribution="conformal",
            interval_inverter=lambda level: conformal_interval(y, donors, fit.start, level=level),
        )

    def _without_each(
        self,
        Y: np.ndarray,
        units: np.ndarray,
        place: int,
        donors: np.ndarray,
        fit: SyntheticFit,
        known: np.ndarray | None,
    ) -> tuple[EffectResult, ...]:
        answers = []
        for donor in donors[fit.weights > CARRIES]:
            left = donors[donors != donor]
            values = None if known is None else (known[place], known[left])
            one = synthetic_control(
                Y[place], Y[left], fit.start, predictors=values, starts=self.starts
            )
            answers.append(
                EffectResult(
                    one.effect,
                    None,
                    None,
                    None,
                    "synthetic-control",
                    estimand=f"att without donor {units[donor]}",
                    values={"misfit": one.misfit},
                )
            )
        return tuple(answers)

    def _values(
        self,
        fits: tuple[SyntheticFit, ...],
        place: int,
        units: np.ndarray,
        donors: np.ndarray,
        known: np.ndarray | None,
        test: PlaceboTest,
    ) -> dict[str, Any]:
        fit = fits[place]
        values: dict[str, Any] = {
            "weights": {
                str(units[donor]): float(weight)
                for donor, weight in zip(donors, fit.weights, strict=True)
            },
            "misfit": fit.misfit,
            "rank": test.rank,
            "placebo_gaps": {str(units[d]): fits[d].gap for d in donors},
            "chance": self._chance(fits, place),
            "rmspe_rank_p": rank_twins(fits, place, statistic="rmspe").p_value,
        }
        if known is not None and fit.importance is not None:
            names = self.names or tuple(f"predictor {k + 1}" for k in range(known.shape[1]))
            columns = (names, known[place], fit.weights @ known[donors], known[donors].mean(axis=0))
            values["balance"] = tuple(
                {"name": n, "treated": float(t), "twin": float(s), "donors": float(m)}
                for n, t, s, m in zip(*columns, strict=True)
            )
            values["importance"] = dict(zip(names, fit.importance.tolist(), strict=True))
        return values

    def _chance(self, fits: tuple[SyntheticFit, ...], place: int) -> dict[str, Any]:
        """How the ranked statistic of the donors lies about zero, and where the unit's own is."""
        ranked = np.array([fit.statistic(self.statistic) for fit in fits])
        return histogram(np.delete(ranked, place), float(ranked[place]))


def _compatible(fits: Sequence[SyntheticFit], place: int, level: float) -> tuple[float, float]:
    misfits = np.array([fit.misfit for fit in fits])
    # A perfect fit would make its own interval a point, and any other one without end.
    misfits = np.maximum(misfits, 1e-9 * max(float(misfits.max()), 1e-300))
    effects = np.array([fit.effect for fit in fits])
    low, high = placebo_interval(
        fits[place].effect,
        np.delete(effects, place),
        level=level,
        scale=float(misfits[place]),
        scales=np.delete(misfits, place),
    )
    # Beyond all sense: a placebo whose twin fits to the last digit leaves no bound at all.
    beyond = high - low > SENSELESS * float(np.abs(effects).max())
    return (-math.inf, math.inf) if beyond else (low, high)


def _path(
    periods: np.ndarray, y: np.ndarray, donors: np.ndarray, fit: SyntheticFit, by_lags: bool
) -> tuple[dict[str, Any], ...]:
    """Each period, with a conformal interval after the start where there is one."""
    ends = [(-math.inf, math.inf)] * len(y)
    if by_lags:
        ends[fit.start :] = conformal_path(y, donors, fit.start)
    rows = []
    for period, value, gap, (low, high) in zip(periods.tolist(), y, fit.gap, ends, strict=True):
        row = {"period": period, "observed": float(value), "twin": float(value - gap)}
        row["gap"] = float(gap)
        rows.append(row | ({"low": low, "high": high} if math.isfinite(high - low) else {}))
    return tuple(rows)


def _gates(
    fits: Sequence[SyntheticFit], place: int, before: np.ndarray, most: float
) -> tuple[Flag, ...]:
    flags = [_floor(len(fits))]
    spread = float(np.sqrt(before.var(axis=0, ddof=1).mean()))
    misfit = fits[place].misfit
    if misfit > most * spread:
        message = (
            "Before the start the twin misses the unit by %(misfit).3g, which is more than "
            "%(most).2g of the spread between units (%(spread).3g)."
        )
        evidence = {"misfit": misfit, "most": most, "spread": spread}
        flags.append(Flag("twin-does-not-follow", "block", message, evidence))
    worse = np.mean([fit.misfit < misfit for k, fit in enumerate(fits) if k != place])
    if worse > 0.9:
        message = "Before the start the twin fits worse than %(share).0f%% of the placebos."
        flags.append(Flag("twin-fits-badly", "warn", message, {"share": 100 * worse}))
    if before.shape[1] < FEW_PERIODS:
        message = "The twin was fitted to %(periods)d periods only."
        flags.append(Flag("few-periods-before", "warn", message, {"periods": before.shape[1]}))
    return tuple(flags)


def _floor(units: int) -> Flag:
    message = (
        "One unit was treated: this is an indication, and no data could give a p-value below "
        "%(p_floor).3f."
    )
    return Flag("few-treated", "warn", message, {"treated": 1, "p_floor": 1 / units})


def _donors_out(whole: np.ndarray) -> tuple[Flag, ...]:
    if whole.all():
        return ()
    message = "%(units)d donors have periods without readings, and are left out."
    return (Flag("units-left-out", "warn", message, {"units": int((~whole).sum())}),)


def _leans(fit: SyntheticFit, without: Sequence[EffectResult]) -> tuple[Flag, ...]:
    """Whether leaving one donor out turns the effect or halves it."""
    for one in without:
        if one.estimate is not None and one.estimate * fit.effect < 0.5 * fit.effect**2:
            message = "%(estimand)s the effect is %(estimate).3g: it leans on that unit."
            evidence = {"estimand": one.estimand, "estimate": one.estimate}
            return (Flag("leans-on-one-donor", "warn", message, evidence),)
    return ()
