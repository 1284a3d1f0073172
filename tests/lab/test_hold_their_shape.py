"""What no unit, level, order or name may change, and tests that agree with their intervals."""

from __future__ import annotations

import inspect
import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pochin.lab.assignment import Assignment
from pochin.lab.economics import effect_draws, npv
from pochin.lab.estimate.cluster import ClusterOLS, UnitMeans, unit_ttest
from pochin.lab.estimate.cuped import Cuped, Lin, cuped_difference, lin_difference
from pochin.lab.estimate.did import DifferenceInDifferences
from pochin.lab.estimate.its import InterruptedSeries
from pochin.lab.estimate.mean import (
    ArmMoments,
    Means,
    difference_of_shares,
    relative_difference,
)
from pochin.lab.estimate.pairs import MatchedPairs, paired_t, weighted_pairs
from pochin.lab.estimate.ratio import Ratios, difference_of_ratios
from pochin.lab.estimate.sdid import SyntheticDifferences
from pochin.lab.estimate.staggered import GroupTime
from pochin.lab.estimate.sw import MixedModel
from pochin.lab.estimate.synth import SyntheticControl
from pochin.lab.estimate.vertical import VerticalComparison
from pochin.lab.inference.equivalence import non_inferiority
from pochin.lab.inference.placebo import rank_test
from pochin.lab.inference.randomization import RandomizationTest
from pochin.lab.moments import MomentTable
from pochin.lab.money_models import CostItem, CostModel, Range, ValueModel
from pochin.lab.quality import size_drift
from pochin.lab.result import (
    DataError,
    EffectResult,
    LabError,
    NotIdentified,
    Singular,
    TooFewUnits,
)
from pochin.lab.sequential.gst import GroupSequentialTest
from pochin.lab.sequential.randomization_gst import RandomizationGroupSequentialTest
from pochin.lab.sequential.spending import Spending
from pochin.lab.tests.tables import one_value_each, two_arms


def arms(units: int, treated: int, before: int = 1, run: int = 2) -> np.ndarray:
    schedule = np.zeros((units, before + run), int)
    schedule[:treated, before:] = 1
    return schedule


WEDGE = np.repeat([[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]], 2, axis=0)
TWO = np.vstack([arms(5, 2), arms(4, 2)])
STRATA, PAIRS = np.repeat([0, 1], [5, 4]), np.repeat(range(6), 2)
COUPLES = np.tile(arms(2, 1), (6, 1))
BY_BASELINE = ("baseline",)

# Estimator, its schedule, how lots were drawn, and whether the two-sided test and its interval
# are one: by lot the interval is of two one-sided tests, which differ where arms do.
METHODS: dict[str, tuple[Any, np.ndarray, dict[str, Any], bool]] = {
    "pooled": (UnitMeans(), arms(8, 4), {}, True),
    "Welch": (UnitMeans(), arms(9, 3), {}, True),
    "strata": (UnitMeans(), TWO, {"strata": STRATA}, True),
    "baseline": (UnitMeans(adjust=BY_BASELINE), arms(8, 4), {}, True),
    "baseline, unequal": (UnitMeans(adjust=BY_BASELINE), arms(10, 3), {}, True),
    "by size": (UnitMeans(weights="participants"), arms(9, 4), {}, True),
    "cells": (ClusterOLS(period_effects=True), arms(9, 4), {}, True),
    "lot": (RandomizationTest(), arms(8, 4), {}, True),
    "lot, unequal": (RandomizationTest(), arms(9, 3), {}, False),
    "lot, strata": (RandomizationTest(), TWO, {"strata": STRATA}, False),
    "lot, baseline": (RandomizationTest(adjust=BY_BASELINE), arms(8, 3), {}, False),
    "lot, pairs": (RandomizationTest(), COUPLES, {"pairs": PAIRS}, True),
    "pairs": (MatchedPairs(), COUPLES, {"pairs": PAIRS}, True),
    "pairs by size": (MatchedPairs(weights="participants"), COUPLES, {"pairs": PAIRS}, True),
    "vertical": (VerticalComparison(), WEDGE, {}, True),
    "mixed model": (MixedModel(), WEDGE, {}, True),
    "differences": (DifferenceInDifferences(), arms(14, 7, 2), {"randomized": False}, True),
    "differences, ranks": (
        DifferenceInDifferences(),
        arms(20, 1, 2),
        {"randomized": False},
        True,
    ),
    "group-time": (
        GroupTime(),
        np.vstack([WEDGE, WEDGE, WEDGE, np.zeros((9, 4), int)]),
        {"randomized": False},
        True,
    ),
    "twin": (SyntheticControl(), arms(20, 1, 6), {"randomized": False}, True),
    "twin of differences": (SyntheticDifferences(), arms(20, 1, 6), {"randomized": False}, True),
    "series": (InterruptedSeries(), arms(1, 1, 12, 12), {"randomized": False}, True),
    "people": (Means(), arms(30, 11, 0, 1), {}, True),
    "people, ratio": (Ratios(), arms(30, 11, 0, 1), {}, True),
    "people, CUPED": (Cuped(), arms(30, 11, 0, 1), {}, True),
    "people, Lin": (Lin(), arms(30, 11, 0, 1), {}, True),
}
# The search for the autocorrelation ends at 1e-7 of it, and digits beyond are its own.
CLOSE = {"series": 1e-4}


class Pilot:
    """Make-believe readings on a schedule, to be moved about."""

    def __init__(self, name: str, seed: int) -> None:
        self.fit, self.schedule, self.lot, self.dual = METHODS[name]
        rng, shape = np.random.default_rng(seed), self.schedule.shape
        self.Y = rng.normal(size=(shape[0], 1)) + rng.normal(size=shape)
        self.Y = self.Y + 0.5 * (self.schedule == 1) + 3
        self.n, self.m2 = rng.integers(4, 30, shape), rng.chisquare(20, shape)
        self.below, self.before = rng.uniform(1, 3, shape), self.Y + rng.normal(size=shape)
        self.units = np.array([f"u{i:02}" for i in range(shape[0])])
        self.close = CLOSE.get(name, 1e-6)

    def result(
        self,
        *,
        scale: float = 1.0,
        shift: float = 0.0,
        order: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        names: np.ndarray | None = None,
    ) -> EffectResult:
        units = self.units if names is None else names
        i, t = (one.ravel() for one in np.indices(self.schedule.shape))
        k = slice(None) if rows is None else rows

        def laid(values: np.ndarray) -> np.ndarray:
            return values.ravel()[k]

        more = {}
        if isinstance(self.fit, Ratios):
            zero = 0 * self.Y
            more = {"den_mean": laid(self.below), "den_m2": laid(zero), "den_co": laid(zero)}
        if isinstance(self.fit, Cuped | Lin):
            before, zero = laid(self.before * scale), laid(0 * self.Y)
            more = {"pre_mean": before, "pre_m2": zero, "pre_co": zero}
        table = MomentTable(
            units[i[k]],
            t[k],
            ["m"] * i.size,
            laid(self.n),
            laid(self.Y * scale + shift),
            laid(self.m2 * scale**2),
            **more,
        )
        o = np.arange(len(units)) if order is None else order
        lot = {name: of if name == "randomized" else of[o] for name, of in self.lot.items()}
        drawn = Assignment(self.schedule[o], units[o], np.arange(self.schedule.shape[1]), **lot)
        run = self.fit.run if isinstance(self.fit, RandomizationTest) else self.fit.fit
        told = (
            {"rng": np.random.default_rng(1)} if "rng" in inspect.signature(run).parameters else {}
        )
        answer: EffectResult = run(table, drawn, **told)
        return answer


def figures(fit: EffectResult, scale: float = 1.0) -> list[float]:
    """What is told of an effect, in units `scale` times as large."""
    if fit.estimate is None:  # A twin that did not fit before is withheld, wherever it stands.
        return []
    told = [fit.estimate, *fit.conf_int(0.8)]
    told += [] if fit.std_error is None else [fit.std_error]
    free = [fit.p_value] + ([] if fit.df is None else [fit.df])
    return [float(one or 0) / scale for one in told] + [float(one or 0) for one in free]


several = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(0, 10_000)


@pytest.mark.parametrize("name", METHODS)
@several
@given(seed=seeds, scale=st.sampled_from([1e-9, 1e-15, 1e6]))
def test_be_told_in_another_unit(name: str, seed: int, scale: float) -> None:
    pilot = Pilot(name, seed)
    moved = figures(pilot.result(scale=scale), scale)
    assert moved == pytest.approx(figures(pilot.result()), rel=pilot.close, abs=1e-8)


@pytest.mark.parametrize("name", [one for one in METHODS if "ratio" not in one])
@several
@given(seed=seeds, shift=st.sampled_from([-1e3, 1e9]))
def test_stand_at_another_level(name: str, seed: int, shift: float) -> None:
    pilot = Pilot(name, seed)
    close = max(pilot.close, 1e-12 * abs(shift))
    moved = figures(pilot.result(shift=shift))
    assert moved == pytest.approx(figures(pilot.result()), rel=close, abs=close)


@pytest.mark.parametrize("name", METHODS)
@several
@given(seed=seeds)
def test_come_in_any_order_and_under_any_name(name: str, seed: int) -> None:
    pilot, rng = Pilot(name, seed), np.random.default_rng(seed)
    told = figures(pilot.result())
    order = rng.permutation(len(pilot.units))
    rows = rng.permutation(pilot.Y.size)
    names = np.array([f"Отделение № {i}" for i in order])
    for moved in ({"order": order}, {"rows": rows}, {"names": names}):
        assert figures(pilot.result(**moved)) == pytest.approx(told, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", [one for one in METHODS if METHODS[one][3]])
@several
@given(seed=seeds)
def test_reject_no_effect_just_where_the_interval_leaves_it_out(name: str, seed: int) -> None:
    fit = Pilot(name, seed).result()
    assume(fit.p_value is not None)
    for level in (0.6, 0.8, 0.9, 0.95):
        low, high = fit.conf_int(level)
        assert (low <= 0 <= high) == (fit.p_value > 1 - level + 1e-12)
        assert low <= fit.estimate <= high
    bounds = [fit.lower(level) for level in (0.8, 0.9, 0.95)]
    assert bounds == sorted(bounds, reverse=True)
    assert math.isclose(fit.p_value, max(fit.p_value, fit.p_floor))


ALIKE = (np.tile([0.1, 0.3], 4), np.tile([0, 1], 4))
LEVELS = np.array([0.4, 0.7, 0.1, 2.1])


@pytest.mark.parametrize(
    "judged",
    [
        lambda y, arm: unit_ttest(y, arm),
        lambda y, arm: unit_ttest(y[:5], arm[:5]),
        lambda y, arm: unit_ttest(y + np.repeat([0.0, 0.6], 4), arm, strata=np.repeat([0, 1], 4)),
        lambda y, arm: paired_t((y[arm == 1] + LEVELS) - (y[arm == 0] + LEVELS)),
        lambda y, arm: weighted_pairs(y[arm == 1] - y[arm == 0], [1, 1, 1, 1]),
        lambda y, arm: relative_difference(*(ArmMoments.of(y[arm == one]) for one in (0, 1))),
        lambda y, arm: lin_difference(y + 0.1 * np.arange(8) // 2, arm, np.arange(8) // 2),
        lambda y, arm: cuped_difference(
            *(ArmMoments.of(y[arm == k] + np.arange(4) / 10, before=np.arange(4)) for k in (0, 1))
        ),
        lambda y, arm: difference_of_ratios(
            *(ArmMoments.of(y[arm == k] * LEVELS, denominator=LEVELS) for k in (0, 1))
        ),
        lambda y, arm: difference_of_ratios(*[ArmMoments.of([1.0], denominator=[2.0])] * 2),
    ],
)  # fmt: skip
def test_refuse_certainty_that_only_the_last_digits_give(judged: Any) -> None:
    # Arms of 0.1 and of 0.3 throughout once differed by sixteen thousand standard errors.
    with pytest.raises((Singular, TooFewUnits)):
        judged(*ALIKE)


@several
@given(seed=seeds)
def test_never_let_money_say_what_the_effect_does_not(seed: int) -> None:
    """With every other quantity certain, the bounds of the money are those of the effect."""
    fit = Pilot("lot", seed).result()
    worth = ValueModel(
        "RUB", Range.certain(100), Range.certain(10), 1.0, transport=Range.certain(1.0)
    )
    price = CostModel("RUB", (CostItem("all", "capex", Range.certain(400)),))
    money = npv(fit, worth, price, rng=np.random.default_rng(seed), draws=200_000)
    for level, near in ((0.9, 0.04), (0.95, 0.05)):
        wide = 1000 * (fit.upper(level) - fit.lower(level))
        assert money.lower(level) == pytest.approx(1000 * fit.lower(level) - 400, abs=near * wide)
        assert money.upper(level) == pytest.approx(1000 * fit.upper(level) - 400, abs=near * wide)


def test_leave_the_money_unknown_where_a_bound_of_the_effect_is() -> None:
    lot = Assignment([[1], [0]] * 2, list("abcd"), [0])
    table = MomentTable(list("abcd"), [0] * 4, ["m"] * 4, [9] * 4, [5.0, 1, 6, 2], [1.0] * 4)
    fit = RandomizationTest().run(table, lot)
    assert not math.isfinite(fit.lower(0.95))
    with pytest.raises(DataError, match="unbounded"):
        effect_draws(fit, 10, np.random.default_rng(1))


def test_rank_one_placebo_far_out_as_one() -> None:
    far = np.array([1e12, 1.0, -2.0, 0.5])
    assert rank_test(-5.0, far).rank == 2
    assert rank_test(-2.0, far).rank == 3


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("level", [0.0, 0.1, 1e9])
def test_refuse_to_judge_values_that_are_all_alike(name: str, level: float) -> None:
    pilot = Pilot(name, 1)
    pilot.Y = pilot.Y * 0 + level
    pilot.m2, pilot.below, pilot.before = 0 * pilot.m2, 0 * pilot.Y + 2, pilot.before * 0 + level
    try:
        fit = pilot.result()
    except LabError:
        return
    assert fit.blocked


@pytest.mark.parametrize("treated", [3, 4])
def test_judge_arms_without_spread_by_the_lot_alone(treated: int) -> None:
    """Each arm constant: the p-value is at its floor, and the interval a point, not the line."""
    y = np.where(np.arange(8) < treated, 0.3, 0.1)
    fit = RandomizationTest().run(one_value_each(y), two_arms(np.arange(8) < treated))
    assert fit.p_value == fit.p_floor
    assert fit.conf_int(0.9) == pytest.approx((0.2, 0.2), abs=1e-6)


@pytest.mark.parametrize("alternative", ["greater", "less"])
@several
@given(seed=seeds)
def test_bound_a_lopsided_wedge_as_its_one_sided_test_rejects(seed: int, alternative: Any) -> None:
    """Ends of a two-sided interval are too near here: one of them errs nearly twice too often."""
    rng = np.random.default_rng(seed)
    schedule = np.repeat(np.triu(np.ones((4, 5), int), 1), (1, 1, 1, 5), axis=0)
    y = np.exp(1.5 * (rng.normal(size=(8, 1)) + 0.5 * rng.normal(size=(8, 5))))
    i, t = np.indices(y.shape).reshape(2, -1)
    table = MomentTable(i, t, ["m"] * i.size, [9] * i.size, y.ravel(), [1.0] * i.size)
    lot = Assignment(schedule, np.arange(8), np.arange(5))
    fit = VerticalComparison(alternative=alternative).fit(table, lot)
    for level in (0.6, 0.7, 0.8, 0.9, 0.95):
        beyond = fit.lower(level) > 0 if alternative == "greater" else fit.upper(level) < 0
        assert beyond == ((fit.p_value or 0) <= 1 - level + 1e-12)


def test_refuse_a_share_of_what_may_be_zero() -> None:
    near, far = ArmMoments.of([0.5, -0.4, 0.3, -0.1]), ArmMoments.of([3.0, 4.0, 5.0, 4.5])
    with pytest.raises(NotIdentified, match="not told apart from zero"):
        relative_difference(near, far)
    one = {"denominator": [1.0, 2.0, 1.0, 2.0]}
    with pytest.raises(NotIdentified, match="not told apart from zero"):
        difference_of_ratios(
            ArmMoments.of([0.5, -0.4, 0.3, -0.1], **one),
            ArmMoments.of([3.0, 4.0, 5.0, 4.5], **one),
            relative=True,
        )
    assert relative_difference(far, far).estimate == 0


def test_refuse_a_look_or_a_margin_that_is_no_number() -> None:
    with pytest.raises(ValueError, match="statistic is nan"):
        GroupSequentialTest(100.0).update(50.0, math.nan)
    with pytest.raises(ValueError, match="margin is nan"):
        non_inferiority(EffectResult(0.1, 0.1, 9, 0.3, "demo"), math.nan)


@several
@given(seed=seeds)
def test_stop_and_tell_the_same_of_a_sequence_of_looks(seed: int) -> None:
    """Crossing, p-value and both intervals agree, and the other direction is the mirror image."""
    rng = np.random.default_rng(seed)
    shares = np.append(np.sort(rng.uniform(0.1, 0.9, 2)), rng.choice([1.0, 1.3]))
    steps = np.sqrt(np.diff(shares, prepend=0)) * rng.normal(size=3)
    z = np.cumsum(steps) / np.sqrt(shares) + 2 * rng.normal() * np.sqrt(shares)
    for one, other in (("two-sided", "two-sided"), ("greater", "less")):
        tests = [GroupSequentialTest(50.0, alternative=word) for word in (one, other)]  # type: ignore[arg-type]
        for share, statistic in zip(shares, z, strict=True):
            look, mirror = (
                tests[0].update(50 * share, statistic),
                tests[1].update(50 * share, -statistic),
            )
            if tests[0].stopped:
                break
        assert look.p_value is not None
        assert look.crossed == (look.p_value <= 0.05 + 1e-9)
        for ends in (look.conf_int, look.repeated_ci):
            assert ends is not None
            assert look.crossed == (ends[0] > 0 or (one == "two-sided" and ends[1] < 0))
        assert mirror.p_value == pytest.approx(look.p_value, abs=1e-7)
        assert mirror.estimate == pytest.approx(-(look.estimate or 0), abs=1e-6)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_stop_no_more_of_all_lots_than_the_level_in_any_unit(alternative: Any) -> None:
    """Under no effect every lot was as likely: those that would have stopped are counted."""
    lots = np.array([[i in some for i in range(8)] for some in combinations(range(8), 4)], np.int8)
    rng = np.random.default_rng(5)
    for unit, level in ((1.0, 0.0), (1e-9, 0.0), (1.0, 1e9)):
        means = unit * np.cumsum(rng.normal(size=(3, 8)).round(1), axis=0) + level
        crossed = 0
        for own in range(len(lots)):
            test = RandomizationGroupSequentialTest(
                lots, own, Spending("pocock"), 0.1, alternative, interval=False
            )
            for k, values in enumerate(means):
                look = test.update(values, (k + 1) / 3)
                if test.stopped:
                    break
            assert look.crossed == ((look.p_value or 0) <= 0.1 + 1e-12)
            crossed += look.crossed
        assert crossed <= 0.1 * len(lots)


def test_leave_a_spread_to_shares_of_none_and_all() -> None:
    fit = difference_of_shares(ArmMoments.of([0.0] * 5), ArmMoments.of([1.0] * 5))
    assert fit.std_error == pytest.approx(math.sqrt(0.5 * 0.5 * 2 / 5))


def test_say_nothing_of_volumes_where_an_arm_had_none() -> None:
    assert size_drift([0.0, 0.0, 5.0], [3.0, 4.0, 5.0], [1, 1, 0]) == []
    assert size_drift([2.0, 2.0, 5.0], [3.0, 4.0, 5.0], [1, 1, 0])[0].code == "sizes-drift"
