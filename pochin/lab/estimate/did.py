"""Differences in differences of two groups, few treated units, and what trends may hide."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import optimize

from pochin.lab.assignment import (
    ENUMERABLE,
    Assignment,
    count_arrangements,
    draw_arrangements,
    enumerate_arrangements,
)
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.estimate.told import by_permutation, by_t
from pochin.lab.estimate.trends import FEW, breakdown, event_study
from pochin.lab.inference.permutation import LinearPermutation, refuse_alike
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    TooFewUnits,
)

DRAWS = 9_999
FRAGILE = 1.0

SMALLER = 2.0
"""A treated unit so many times smaller than the middle one is told not to be alike."""


@dataclass(frozen=True)
class MeanDifference:
    """A difference of two means with Welch's uncertainty.

    Attributes:
        estimate: Treated less untreated, in the unit of the values.
        std_error: Same unit.
        df: Welch–Satterthwaite degrees of freedom.
    """

    estimate: float
    std_error: float
    df: float


def difference_in_differences(change: np.ndarray, treated: np.ndarray) -> MeanDifference:
    """Mean change of the treated less mean change of the others.

    Working with changes keeps what before and after share: as independent cells the same data
    have a standard error a third larger.

    Args:
        change: After less before of each unit, shape (I,), in the unit of the metric.
        treated: Which units were treated, shape (I,).

    Raises:
        TooFewUnits: An arm has fewer than two units.

    Source:
        Card, D. & Krueger, A. B. (1994). American Economic Review 84, 772–793.

    Example:
        >>> difference_in_differences(np.array([3.0, 5.0, 1.0, 1.5]), np.array([1, 1, 0, 0]))
        MeanDifference(estimate=2.75, std_error=1.0307764064044151, df=1.1245136186770428)
    """
    on = np.asarray(treated, bool)
    arms = [np.asarray(change, float)[on], np.asarray(change, float)[~on]]
    if min(len(arm) for arm in arms) < 2:
        raise TooFewUnits("A standard error needs two units in each arm; rank them instead.")
    parts = np.array([arm.var(ddof=1) / len(arm) for arm in arms])
    squares = sum(part**2 / (len(arm) - 1) for part, arm in zip(parts, arms, strict=True))
    df = parts.sum() ** 2 / squares if squares else math.inf
    estimate = float(arms[0].mean() - arms[1].mean())
    return MeanDifference(estimate, float(np.sqrt(parts.sum())), float(df))


def rank_changes(
    change: np.ndarray,
    treated: np.ndarray,
    *,
    sizes: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
    draws: int = DRAWS,
) -> LinearPermutation:
    """Compare the treated with every other choice of as many units.

    Needs no number of treated units: one of J + 1 is ranked among them all. It takes the units
    as exchangeable; where they differ in size, give the sizes, and changes are compared in units
    of their own spread, A + B / size.

    Args:
        change: After less before of each unit, shape (I,), in the unit of the metric.
        treated: Which units were treated, shape (I,).
        sizes: Rows or people behind each unit, shape (I,).
        rng: Needed only where the choices are too many to go through.
        draws: Choices drawn then.

    Raises:
        NotIdentified: No unit is treated, or all are.
        Singular: All units change alike.

    Source:
        MacKinnon, J. G. & Webb, M. D. (2020). Journal of Econometrics 218, 435–450.
        Ferman, B. & Pinto, C. (2019). Review of Economics and Statistics 101, 452–467 (sizes).

    Example:
        >>> rank_changes(np.array([9.0, 1.0, 2.0, 1.5]), np.array([1, 0, 0, 0])).p_value()
        0.25
    """
    on = np.asarray(treated).astype(np.int8)
    if not 0 < on.sum() < len(on):
        raise NotIdentified("A comparison needs units that are treated and units that are not.")
    blocks = np.zeros(len(on), int)
    exact = count_arrangements(on, blocks) <= ENUMERABLE
    if exact:
        rows = enumerate_arrangements(on, blocks)
    elif rng is None:
        raise ValueError("rng is None, but the choices are too many to go through")
    else:
        rows = draw_arrangements(on, blocks, draws, rng)
    columns = np.column_stack([np.asarray(change, float), on])
    if sizes is not None:
        columns = _standardised(columns, on == 0, np.asarray(sizes, float))
    inside = on.sum()
    weights = rows / inside - (1 - rows) / (len(on) - inside)
    A, B = (weights @ columns).T
    refuse_alike(A, columns[:, 0])
    real = (on / inside - (1 - on) / (len(on) - inside)) @ columns
    return LinearPermutation(float(real[0] / real[1]), A / real[1], B / real[1], exact)


def _standardised(columns: np.ndarray, control: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Columns about their weighted mean, in units of the spread expected at each size."""
    change = columns[control, 0]
    model = np.column_stack([np.ones(control.sum()), 1 / sizes[control]])
    share = optimize.nnls(model, (change - change.mean()) ** 2)[0]
    variance = share[0] + share[1] / sizes
    if not (variance > 0).all():
        raise NotIdentified("The untreated units do not vary, so there is nothing to rank by.")
    centred = columns - (columns / variance[:, None]).sum(axis=0) / (1 / variance).sum()
    return centred / np.sqrt(variance)[:, None]


@dataclass(frozen=True)
class DifferenceInDifferences:
    """Two groups before and after a common start, judged on changes of units.

    Args:
        metric: Code of the metric; may be left out when the table holds one.
        inference: "t" is Welch's on unit changes, refused with fewer than six units in an arm;
            "rank" compares with every other choice of units; "auto" takes "t" where it may.
        by_size: For ranks: weigh changes by the spread expected at the unit's number of rows.
        wash_in: First periods with the solution that are left out, as registered.
        alternative: "two-sided", "greater" or "less".
        draws: Choices drawn for ranks where there are too many.

    Source:
        Card, D. & Krueger, A. B. (1994). American Economic Review 84, 772–793.
        MacKinnon, J. G. & Webb, M. D. (2020). Journal of Econometrics 218, 435–450.
    """

    metric: str | None = None
    inference: Literal["auto", "t", "rank"] = "auto"
    by_size: bool = False
    wash_in: int = 0
    alternative: Alternative = "two-sided"
    draws: int = DRAWS

    def fit(
        self,
        table: MomentTable,
        assignment: Assignment,
        *,
        rng: np.random.Generator | None = None,
    ) -> EffectResult:
        """Compare the changes of the arms.

        Args:
            table: Moments by unit and period.
            assignment: Who works with the solution from when; all start together.
            rng: Needed only where ranks have too many choices to go through.

        Raises:
            NotIdentified: Starts differ, or there is nothing to compare.
            TooFewUnits: "t" was asked for with fewer than six units in an arm.
        """
        data = line_up(table, assignment, self.metric)
        treated, start = data.same_start()
        change = changes(data.Y, start, wash_in=self.wash_in)
        known = ~np.isnan(change)
        change, on = change[known], treated[known]
        smaller = int(min(on.sum(), (~on).sum()))
        if self.inference == "t" and smaller < FEW:
            raise TooFewUnits(
                f"With {smaller} units in an arm a standard error misleads; use ranks instead."
            )
        by_rank = self.inference == "rank" or (self.inference == "auto" and smaller < FEW)
        answer = self._by_rank(change, on, data, known, rng) if by_rank else self._by_t(change, on)
        return self._told(answer, data, treated, start, known)

    def _by_t(self, change: np.ndarray, on: np.ndarray) -> EffectResult:
        return by_t(
            difference_in_differences(change, on),
            scale=float(np.abs(change).max()),
            alike="All units change alike, so there is no spread to judge by.",
            method="did-unit-changes",
            reference="Card & Krueger 1994",
            alternative=self.alternative,
        )

    def _by_rank(
        self,
        change: np.ndarray,
        on: np.ndarray,
        data: LinedUp,
        known: np.ndarray,
        rng: np.random.Generator | None,
    ) -> EffectResult:
        sizes = data.n.sum(axis=1)[known] if self.by_size else None
        test = rank_changes(change, on, sizes=sizes, rng=rng, draws=self.draws)
        return by_permutation(
            test,
            method="did-rank",
            reference="MacKinnon & Webb 2020",
            alternative=self.alternative,
            among="placebo",
            values={"placebos": test.A},
        )

    def _told(
        self,
        answer: EffectResult,
        data: LinedUp,
        treated: np.ndarray,
        start: int,
        known: np.ndarray,
    ) -> EffectResult:
        flags = _gaps(data, known) + _few(int(treated.sum()), answer.p_floor)
        if answer.method == "did-rank" and not self.by_size:
            flags += _small(data.n.sum(axis=1)[known], treated[known])
        values: dict[str, Any] = dict(answer.values)
        curve: tuple[dict[str, float], ...] = ()
        try:
            study = event_study(data.Y, treated, start)
            curve = study.rows()
            values["breakdown"] = breakdown(study)
            flags += _fragile(values["breakdown"])
        except (NotIdentified, TooFewUnits) as reason:
            flags += (Flag("trends-unseen", "warn", "%(reason)s", {"reason": str(reason)}),)
        return replace(
            answer,
            estimand="att",
            curve=curve,
            values=values,
            flags=flags,
            **about(data),
        )


def changes(Y: np.ndarray, start: int, *, wash_in: int = 0) -> np.ndarray:
    """Mean after less mean before of each unit, shape (I,); NaN where a side is missing.

    Args:
        Y: Shape (I, T), in the unit of the metric; NaN is not observed.
        start: Position of the first period with the solution.
        wash_in: Periods from the start that are left out.
    """

    def mean(part: np.ndarray) -> np.ndarray:
        seen = ~np.isnan(part)
        total = np.where(seen, part, 0.0).sum(axis=1)
        return np.where(seen.any(axis=1), total, np.nan) / np.maximum(seen.sum(axis=1), 1)

    return mean(Y[:, start + wash_in :]) - mean(Y[:, :start])


def _gaps(data: LinedUp, known: np.ndarray) -> tuple[Flag, ...]:
    flags: tuple[Flag, ...] = ()
    if not known.all():
        message = "%(units)d units have no readings before or none after, and are left out."
        flags = (Flag("units-left-out", "warn", message, {"units": int((~known).sum())}),)
    missing = int((np.isnan(data.Y) & (data.schedule != -1)).sum())
    if missing:
        message = "%(missing)d planned cells of unit and period hold no readings."
        flags += (Flag("missing-cells", "warn", message, {"missing": missing}),)
    return flags


def _few(treated: int, p_floor: float) -> tuple[Flag, ...]:
    if treated >= FEW:
        return ()
    message = (
        "Only %(treated)d units were treated: this is an indication, and no data could give a "
        "p-value below %(p_floor).3f."
    )
    evidence = {"treated": treated, "p_floor": p_floor}
    return (Flag("few-treated", "warn", message, evidence),)


def _small(sizes: np.ndarray, on: np.ndarray) -> tuple[Flag, ...]:
    """Ranks take units for alike; the means of one with few readings lie far out by themselves.

    Source:
        Ferman, B. & Pinto, C. (2019). Review of Economics and Statistics 101, 452–467.
    """
    times = float(np.median(sizes[~on]) / sizes[on].mean())
    if times < SMALLER:
        return ()
    message = (
        "Treated units have %(times).1f times fewer readings than the middle one of the others. "
        "Ranks take units for alike, so chance makes such an effect more often than the p-value "
        "says; rank by size, or choose a middle unit."
    )
    return (Flag("few-treated", "warn", message, {"times": times}),)


def _fragile(value: float) -> tuple[Flag, ...]:
    if not 0 < value < FRAGILE:
        return ()
    message = (
        "The effect is in doubt if trends part by %(breakdown).2f of the largest step seen "
        "before the start."
    )
    return (Flag("trends-fragile", "warn", message, {"breakdown": value}),)
