"""The closed list of methods a plan may name, and how each is run from the plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.cluster import ClusterOLS, UnitMeans
from pochin.lab.estimate.cuped import Cuped, Lin
from pochin.lab.estimate.did import DifferenceInDifferences
from pochin.lab.estimate.its import InterruptedSeries
from pochin.lab.estimate.mean import Means
from pochin.lab.estimate.pairs import MatchedPairs
from pochin.lab.estimate.ratio import Ratios
from pochin.lab.estimate.scales import out_of_logarithms, rate_of, told_on
from pochin.lab.estimate.sdid import SyntheticDifferences
from pochin.lab.estimate.staggered import GroupTime
from pochin.lab.estimate.sw import MixedModel
from pochin.lab.estimate.switchback import BlockPairs
from pochin.lab.estimate.synth import SyntheticControl
from pochin.lab.estimate.vertical import VerticalComparison
from pochin.lab.flags import flag
from pochin.lab.inference.randomization import RandomizationTest
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Metric, Protocol
from pochin.lab.result import EffectResult, Flag, NotIdentified, ProtocolViolation, Singular
from pochin.lab.unequal_arms import small_arm


@dataclass(frozen=True, eq=False)
class Task:
    """One metric of a plan, to be estimated."""

    protocol: Protocol
    metric: Metric
    table: MomentTable
    assignment: Assignment
    rng: np.random.Generator
    periods: tuple[str, ...] = ()

    @property
    def run(self) -> tuple[str, ...]:
        """Periods of the run that may be used: all, or those a look has reached."""
        return self.periods or self.protocol.run_ids

    @property
    def alternative(self) -> Any:
        return self.protocol.analysis.alternative

    @property
    def weights(self) -> Any:
        """Whether offices or people count once."""
        analysis = self.protocol.analysis
        by_people = self.protocol.estimand.target == "participant-average"
        return "participants" if by_people or analysis.weights == "participants" else "units"

    @property
    def covariates(self) -> np.ndarray | None:
        """The registered covariates in the order of the assignment, shape (I, k)."""
        names = self.protocol.analysis.covariates
        if not names:
            return None
        place = {unit["unit"]: i for i, unit in enumerate(self.protocol.units)}
        order = [place[unit] for unit in self.assignment.unit_ids.tolist()]
        return np.column_stack([self.protocol.covariate(name)[order] for name in names])

    @property
    def common(self) -> dict[str, Any]:
        """What all methods on unit values are told."""
        return {
            "metric": self.metric.code,
            "two_part": self.metric.two_part,
            "periods": self.run,
            "alternative": self.alternative,
        }

    @property
    def panel(self) -> MomentTable:
        """The metric alone; quotients as cell values with linearised spread."""
        table = self.table.only(metric=self.metric.code)
        return quotients(table) if self.metric.two_part else table


Method = Callable[[Task], EffectResult]
METHODS_BY_NAME: dict[str, Method] = {}


def method(*names: str) -> Callable[[Method], Method]:
    """Put a function on the list under the names a plan may use."""

    def listed(function: Method) -> Method:
        METHODS_BY_NAME.update(dict.fromkeys(names, function))
        return function

    return listed


def estimate(task: Task) -> EffectResult:
    """Run the method the plan names on one metric.

    Raises:
        ProtocolViolation: This lab does not know the method.
        EstimationError, DesignError, DataError: See the method.
    """
    name = task.protocol.analysis.method
    if name not in METHODS_BY_NAME:
        raise ProtocolViolation(f"This lab cannot run the method “{name}”; use a newer one.")
    try:
        with np.errstate(all="ignore"):  # What is no number is refused below, in words.
            fit = METHODS_BY_NAME[name](task)
    except (ArithmeticError, np.linalg.LinAlgError):
        # Readings without any spread, or at the edge of what a double holds.
        raise Singular("The readings leave nothing that could be computed with.") from None
    return told_on(fit, task.metric.scale, task.metric.unit)


def quotients(table: MomentTable) -> MomentTable:
    """A table of ratios as one of means: each cell's quotient, its spread linearised.

    >>> table = MomentTable(["a"], [1], ["m"], [2], [6.0], [2.0], [3.0], [0.0], [0.0])
    >>> quotients(table).mean, quotients(table).m2
    (array([2.]), array([0.22222222]))
    """
    if table.den_mean is None or table.den_m2 is None or table.den_co is None:
        raise NotIdentified("A ratio needs its denominator in the table.")
    seen = (table.n > 0) & (np.nan_to_num(table.den_mean) > 0)
    below = np.where(seen, table.den_mean, 1.0)
    ratio = np.where(seen, table.mean / below, math.nan)
    spread = table.m2 - 2 * ratio * table.den_co + ratio**2 * table.den_m2
    n = np.where(seen, table.n, 0)
    m2 = np.where(seen, np.maximum(spread, 0) / below**2, 0.0)
    return MomentTable(table.unit, table.period, table.metric, n, ratio, m2)


# Offices.


def adjusts(protocol: Protocol) -> bool:
    """Whether the plan has what was measured before taken out."""
    analysis = protocol.analysis
    asked = analysis.adjust_for_baseline or analysis.method == "unit-means-adjusted"
    return asked and bool(protocol.baseline_ids)


def _unit_means(task: Task, **more: Any) -> UnitMeans:
    analysis = task.protocol.analysis
    told: dict[str, Any] = {
        "weights": task.weights,
        "adjust": ("baseline",) if adjusts(task.protocol) else (),
        "baseline": task.protocol.baseline_ids,
        "covariates": task.covariates,
        "names": analysis.covariates,
        "relative": task.metric.scale == "relative",
    }
    return UnitMeans(**(told | task.common | more))


@method("unit-means", "unit-means-adjusted", "unit-means-welch")
def unit_means(task: Task) -> EffectResult:
    """Unit means; unequal variances where arms are unequal, with a word why."""
    analysis = task.protocol.analysis
    chosen: dict[str, Any] = {}
    if analysis.method == "unit-means-welch":
        chosen["variances"] = "unequal"
    fit = _unit_means(task, **chosen).fit(task.table, task.assignment)
    sizes: dict[str, Any] = dict(fit.n_units)
    if sizes.get("control") == sizes.get("treatment"):
        return fit
    told = () if chosen else (flag("arms-unequal", **sizes),)
    return replace(fit, flags=(*fit.flags, *told, *small_arm(**sizes, alpha=analysis.alpha)))


@method("cr2")
def rows_cr2(task: Task) -> EffectResult:
    """Cells by least squares with period effects; errors alike within units."""
    by_cells = ClusterOLS(weights=task.weights, period_effects=len(task.run) > 1, **task.common)
    return by_cells.fit(task.table, task.assignment)


@method("paired", "paired-weighted")
def paired(task: Task) -> EffectResult:
    analysis = task.protocol.analysis
    by_size = analysis.method == "paired-weighted" or task.weights == "participants"
    return MatchedPairs(
        weights="participants" if by_size else "units",
        adjust=("baseline",) if analysis.adjust_for_baseline else (),
        baseline=task.protocol.baseline_ids,
        **task.common,
    ).fit(task.table, task.assignment)


def by_lot(task: Task) -> EffectResult | None:
    """The randomisation test beside a method on unit values; None where lots are others."""
    protocol, assignment = task.protocol, task.assignment
    if protocol.kind not in ("parallel", "pairs") or not assignment.randomized:
        return None
    analysis = protocol.analysis
    paired_by_size = analysis.method == "paired-weighted" or task.weights == "participants"
    test = RandomizationTest(
        n=analysis.draws,
        adjust=("baseline",) if adjusts(protocol) else (),
        baseline=protocol.baseline_ids,
        covariates=task.covariates if protocol.kind == "parallel" else None,
        weights="participants" if paired_by_size else "units",
        **task.common,
    )
    found = test.run(task.table, assignment, rng=task.rng)
    if task.metric.scale == "relative":
        # Whether lots alone explain what was seen is one question on either scale; how much is not.
        return replace(found, estimate=None, std_error=None, interval_inverter=None)
    return found


def other_weighting(task: Task) -> EffectResult | None:
    """The same question with people counted instead of offices, or the reverse."""
    if task.protocol.kind not in ("parallel", "pairs") or task.metric.scale == "relative":
        return None
    other = "units" if task.weights == "participants" else "participants"
    if task.protocol.kind == "pairs":
        pairs = MatchedPairs(weights=other, **task.common)  # type: ignore[arg-type]
        return pairs.fit(task.table, task.assignment)
    return _unit_means(task, weights=other).fit(task.table, task.assignment)


# People.


def _many_periods(task: Task) -> tuple[Flag, ...]:
    """Days of people who return do not add up to people."""
    of_arms = "treatment" in task.assignment.unit_ids.tolist()
    periods = np.unique(task.table.only(metric=task.metric.code).period)
    if not of_arms or len(periods) < 2:
        return ()
    words = "People are counted anew in each of %(periods)d periods; send the run as one period."
    return (Flag("people-counted-again", "warn", words, {"periods": len(periods)}),)


@method("welch", "cuped", "lin")
def people(task: Task) -> EffectResult:
    """Independent people in two arms, by what the metric is and what the plan names."""
    name, metric = task.protocol.analysis.method, task.metric
    if metric.kind == "quantile":
        raise NotIdentified("A quantile over people needs their histogram, not moments.")
    told: dict[str, Any] = {
        "metric": metric.code,
        "periods": task.run,
        "alternative": task.alternative,
    }
    relative = metric.scale == "relative"
    if metric.two_part:
        fit = Ratios(relative=relative, **told).fit(task.table, task.assignment)
    elif name == "cuped" and not relative:
        fit = Cuped(**told).fit(task.table, task.assignment)
    elif name == "lin" and not relative:
        fit = Lin(**told).fit(task.table, task.assignment)
    else:
        share = metric.kind == "proportion" and not relative
        fit = Means(share=share, relative=relative, **told).fit(task.table, task.assignment)
    return replace(fit, flags=fit.flags + _many_periods(task))


# Panels.


def _measured(assignment: Assignment) -> Assignment:
    """Without periods in which nobody is to be measured."""
    kept = (assignment.schedule != -1).any(axis=0)
    if kept.all():
        return assignment
    return replace(
        assignment, schedule=assignment.schedule[:, kept], period_ids=assignment.period_ids[kept]
    )


@method("mixed-model")
def mixed_model(task: Task) -> EffectResult:
    return MixedModel(
        metric=task.metric.code,
        alternative=task.alternative,
    ).fit(task.panel, _measured(task.assignment), rng=task.rng)


@method("vertical")
def vertical(task: Task) -> EffectResult:
    return VerticalComparison(
        metric=task.metric.code,
        alternative=task.alternative,
        draws=task.protocol.analysis.draws,
    ).fit(task.panel, _measured(task.assignment), rng=task.rng)


@method("block-pairs")
def block_pairs(task: Task) -> EffectResult:
    design = task.protocol.design
    return BlockPairs(
        block=int(design["block"]),
        burn_in=int(design.get("burn_in", 0)),
        start=task.protocol.baseline,
        metric=task.metric.code,
        alternative=task.alternative,
    ).fit(task.panel, task.assignment, rng=task.rng)


# Panels without lots.


def _washed(task: Task) -> Assignment:
    """Without the wash-in, for methods that have no word for it."""
    protocol, assignment = task.protocol, task.assignment
    exposure = np.cumsum(assignment.schedule == 1, axis=1)
    washing = ((assignment.schedule == 1) & (exposure <= protocol.wash_in)).any(axis=0)
    schedule = np.where(washing[None, :] if protocol.wash_in else False, -1, assignment.schedule)
    return _measured(replace(assignment, schedule=schedule))


def _wash_in(task: Task) -> int:
    """Periods of the wash-in that the calendar has not excluded already."""
    protocol = task.protocol
    ids = protocol.period_ids[protocol.baseline : protocol.baseline + protocol.wash_in]
    excluded = set(protocol.document["periods"].get("exclude", ()))
    return sum(one not in excluded for one in ids)


def _compared_with(assignment: Assignment, listed: Sequence[str] | None) -> Assignment:
    """Treated units and, of the others, those the plan lists; all where it lists none."""
    if not listed:
        return assignment
    kept = (assignment.arms == 1) | np.isin(assignment.unit_ids, np.asarray(listed))
    return assignment.subset(assignment.unit_ids[kept])


@method("difference-in-differences")
def difference_in_differences(task: Task) -> EffectResult:
    return DifferenceInDifferences(
        metric=task.metric.code, wash_in=_wash_in(task), alternative=task.alternative
    ).fit(task.panel, _measured(task.assignment), rng=task.rng)


@method("group-time")
def group_time(task: Task) -> EffectResult:
    design = task.protocol.design
    return GroupTime(
        metric=task.metric.code,
        control="not-yet" if design.get("comparison") == "not-yet-treated" else "never",
        anticipation=int(design.get("anticipation", 0)),
        alternative=task.alternative,
    ).fit(task.panel, _washed(task), rng=task.rng)


@method("synthetic-control")
def synthetic_control(task: Task) -> EffectResult:
    chosen = _compared_with(_measured(task.assignment), task.protocol.design.get("donors"))
    return SyntheticControl(
        metric=task.metric.code, wash_in=_wash_in(task), alternative=task.alternative
    ).fit(task.panel, chosen)


@method("synthetic-difference")
def synthetic_difference(task: Task) -> EffectResult:
    chosen = _compared_with(_washed(task), task.protocol.design.get("donors"))
    return SyntheticDifferences(metric=task.metric.code, alternative=task.alternative).fit(
        task.panel, chosen, rng=task.rng
    )


@method("segmented-regression")
def segmented_regression(task: Task) -> EffectResult:
    """The step in the series; rates by counts, or by logarithms beside a comparator."""
    design, metric = task.protocol.design, task.metric
    chosen = _compared_with(task.assignment, design.get("comparators"))
    kind: Any = "mean"
    if metric.kind == "rate":
        kind = "rate" if chosen.arms.all() else "log-rate"
    fit = InterruptedSeries(
        metric=metric.code,
        kind=kind,
        season=design.get("season"),
        pairs=int(design.get("harmonics", 2)),
        wash_in=_wash_in(task),
        alternative=task.alternative,
    ).fit(task.table.only(metric=metric.code) if kind != "mean" else task.panel, chosen)
    if kind == "mean":
        return fit
    own = task.table.only(metric=metric.code, units=chosen.unit_ids[chosen.arms == 1],
                          periods=np.array(task.run))  # fmt: skip
    return out_of_logarithms(fit, observed=None if metric.scale == "relative" else rate_of(own))


def second_analysis(task: Task) -> EffectResult | None:
    """For a wedge, the other of its two analyses: by model, or within periods."""
    if task.protocol.kind != "stepped-wedge":
        return None
    by_model = task.protocol.analysis.method == "mixed-model"
    return vertical(task) if by_model else mixed_model(task)
