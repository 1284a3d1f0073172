"""Stepped wedges: both analyses, the curve, the fall-back, and their promises in simulation."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.design import SteppedWedge
from pochin.lab.estimate.exposure_effects import averaged_effects, constant_effect
from pochin.lab.estimate.many_wedges import fit_wedges
from pochin.lab.estimate.model_lot import permute_model
from pochin.lab.estimate.sequences import exposure_time, permute_sequences
from pochin.lab.estimate.sw import (
    MixedModel,
    exposures_seen,
    fit_exposure,
    fit_wedge,
    hold_variances,
    layout,
)
from pochin.lab.estimate.twoway import two_way
from pochin.lab.estimate.vertical import VerticalComparison, vertical_weights
from pochin.lab.inference.cr import ClusterRobust, cluster_products
from pochin.lab.moments import MomentTable
from pochin.lab.power import Components
from pochin.lab.randomize import sequenced
from pochin.lab.result import NotIdentified, NotRandomizable, Singular
from pochin.lab.simulate import cell_means, within_squares
from pochin.lab.tests.acceptance import highest_rate


def wedge(units=8, periods=5, seed=0):
    steps = periods - 1
    templates = (np.arange(periods) > np.arange(steps)[:, None]).astype(int)
    names = [f"office {i}" for i in range(units)]
    rng = np.random.default_rng(seed)
    return sequenced(names, templates, [units // steps] * steps, rng=rng, period_ids=range(periods))


def cells(rng, shape, *, icc=0.05, cac=0.8, m=50):
    """Means and within sums of squares of cells of `m` rows; total variance 1."""
    units = shape[0]
    level = np.sqrt(icc * cac) * rng.normal(size=units)
    Y = level[:, None] + np.sqrt(icc * (1 - cac)) * rng.normal(size=shape)
    Y = Y + np.sqrt((1 - icc) / m) * rng.normal(size=shape)
    return Y, np.full(shape, m), (1 - icc) * rng.chisquare(m - 1, size=shape)


def table(assignment, Y, n, m2):
    seen = ~np.isnan(Y)
    unit, period = np.meshgrid(assignment.unit_ids, assignment.period_ids, indexing="ij")
    return MomentTable(
        unit[seen], period[seen], ["delay"] * int(seen.sum()), n[seen], Y[seen], m2[seen]
    )


def test_the_vertical_comparison_averages_differences_within_periods():
    lot = Assignment([[0, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1]], list("abcd"), [1, 2, 3])
    Y = np.array([[1.0, 5.0, 9.0], [3.0, 7.0, 9.0], [2.0, 4.0, 8.0], [2.0, 2.0, 8.0]])

    fit = VerticalComparison().fit(table(lot, Y, np.full(Y.shape, 2), np.ones(Y.shape)), lot)

    assert fit.estimate == 3.0
    assert fit.p_value == fit.p_floor * 2 == 1 / 3
    assert fit.curve == ({"period": 2, "estimate": 3.0, "treatment": 2, "control": 2},)
    assert fit.n_units == {"from 1": 2, "from 2": 2}


def test_the_permutation_is_the_one_done_by_hand():
    lot, rng = wedge(), np.random.default_rng(3)
    Y, n, m2 = cells(rng, (8, 5))

    fit = VerticalComparison().fit(table(lot, Y, n, m2), lot)

    by_hand = []
    for labels in lot.all_labels():
        Z = lot.templates[labels].astype(float)
        Z -= Z.mean(axis=0)
        by_hand.append((Z * Y).sum() / (Z * Z).sum())
    assert len(by_hand) == 2520
    assert np.sort(fit.values["permutation"]) == pytest.approx(np.sort(by_hand))
    assert fit.p_value == np.mean(np.abs(by_hand) >= abs(fit.estimate) - 1e-12)


def test_the_interval_holds_the_effects_that_are_not_rejected():
    lot, rng = wedge(), np.random.default_rng(5)
    Y, n, m2 = cells(rng, (8, 5))
    Y = Y + 0.4 * lot.schedule

    low, high = VerticalComparison().fit(table(lot, Y, n, m2), lot).conf_int(0.95)

    def p_value(effect):
        return VerticalComparison().fit(table(lot, Y - effect * lot.schedule, n, m2), lot).p_value

    assert p_value(low + 1e-6) > 0.05 >= p_value(low - 1e-6)
    assert p_value(high - 1e-6) > 0.05 >= p_value(high + 1e-6)


def test_no_interval_is_narrower_than_the_lot_allows():
    lot = Assignment([[0, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1]], list("abcd"), [1, 2, 3])
    Y, n, m2 = cells(np.random.default_rng(0), (4, 3))

    fit = VerticalComparison().fit(table(lot, Y, n, m2), lot)

    assert fit.conf_int(0.95) == (-np.inf, np.inf)
    assert np.isfinite(fit.conf_int(0.6)).all()


def test_nobody_shuffles_what_nobody_drew():
    drawn = wedge()
    lot = Assignment(drawn.schedule, drawn.unit_ids, drawn.period_ids, randomized=False)
    given = table(lot, *cells(np.random.default_rng(0), (8, 5)))

    with pytest.raises(NotRandomizable):
        VerticalComparison().fit(given, lot)
    assert MixedModel().fit(given, lot).p_value is not None


def test_without_units_side_by_side_there_is_no_vertical_comparison():
    with pytest.raises(NotIdentified, match="side by side"):
        vertical_weights(np.array([[[0, 1], [0, 1]]]), np.ones((2, 2)))


def test_a_wedge_that_steps_at_once_has_no_effect_to_tell():
    Y, n, m2 = cells(np.random.default_rng(0), (6, 4))
    schedule = np.tile([0, 0, 1, 1], (6, 1))

    with pytest.raises(Singular):
        fit_wedge(Y, n, m2, schedule)


def test_an_effect_is_found_by_both_analyses():
    lot, rng = wedge(12), np.random.default_rng(11)
    Y, n, m2 = cells(rng, (12, 5))
    given = table(lot, Y + 0.5 * lot.schedule, n, m2)

    mixed = MixedModel(estimand="constant").fit(given, lot)
    vertical = VerticalComparison().fit(given, lot, rng=rng)

    for fit in (mixed, vertical):
        low, high = fit.conf_int(0.95)
        assert low < 0.5 < high
        assert low > 0
    assert mixed.method == "stepped-wedge-mixed-model-units"
    assert mixed.values["cell_weights"].ravel() @ (Y + 0.5 * lot.schedule).ravel() == (
        pytest.approx(mixed.estimate)
    )


def test_the_curve_starts_at_one_and_its_average_is_the_estimate():
    lot, rng = wedge(12), np.random.default_rng(2)
    Y, n, m2 = cells(rng, (12, 5))

    fit = MixedModel().fit(table(lot, Y, n, m2), lot)

    assert [row["exposure"] for row in fit.curve] == [1, 2, 3, 4]
    assert fit.estimate == pytest.approx(np.mean([row["estimate"] for row in fit.curve]))
    assert fit.estimand == "time-average-effect"


GROWTH = {
    "ramp": (lambda e: np.minimum(e, 4) / 4, 0.62, 0.21),
    "delay": (lambda e: (e > 2) * 1.0, 0.48, -0.14),
}


@pytest.mark.parametrize("name", GROWTH)
def test_a_growing_effect_is_flagged_and_its_average_is_right(name):
    grows, mean_over_cells, one_coefficient = GROWTH[name]
    lot, rng = wedge(12, 7), np.random.default_rng(8)
    since = exposure_time(lot.schedule)
    effect = np.where(since > 0, grows(since), 0.0)
    Y, n, m2 = cells(rng, (12, 7), icc=0.01, m=400)
    given = table(lot, Y + effect, n, m2)

    fit = MixedModel().fit(given, lot, rng=rng)
    constant = MixedModel(estimand="constant").fit(given, lot, rng=rng)

    truth = grows(np.arange(1, 7)).mean()
    low, high = fit.conf_int(0.99)
    assert low < truth < high
    assert high - low < 0.4
    severities = {f.code: f.severity for f in constant.flags}
    assert severities["curve-not-constant"] == "warn"
    # What two-way fixed effects make of it, and what it is over the treated cells.
    unit, period = np.indices(effect.shape)
    limit = two_way(effect.ravel(), unit.ravel(), period.ravel(), lot.schedule.ravel()).estimate
    assert round(effect[since > 0].mean(), 2) == mean_over_cells
    assert round(limit, 2) == one_coefficient


def test_a_constant_effect_is_not_flagged():
    lot, rng = wedge(12, 7), np.random.default_rng(9)
    Y, n, m2 = cells(rng, (12, 7))

    fit = MixedModel(estimand="constant").fit(table(lot, Y + lot.schedule, n, m2), lot, rng=rng)

    assert "curve-not-constant" not in {flag.code for flag in fit.flags}


def test_the_wash_in_is_left_out_of_the_estimand():
    lot, rng = wedge(12, 7), np.random.default_rng(10)
    since = exposure_time(lot.schedule)
    Y, n, m2 = cells(rng, (12, 7), icc=0.01, m=400)
    given = table(lot, Y + np.where(since == 1, -3.0, 1.0 * (since > 1)), n, m2)

    for method in (MixedModel(wash_in=1), MixedModel(wash_in=1, estimand="constant")):
        fit = method.fit(given, lot, rng=rng)
        assert fit.estimate == pytest.approx(1.0, abs=0.15)
        assert "curve-not-constant" not in {flag.code for flag in fit.flags}
    vertical = VerticalComparison(wash_in=1).fit(given, lot, rng=rng)
    assert vertical.estimate == pytest.approx(1.0, abs=0.25)


def test_an_exposure_that_was_never_seen_cannot_be_averaged():
    lot = wedge()
    Y, n, m2 = cells(np.random.default_rng(0), (8, 5))

    with pytest.raises(NotIdentified, match="never observed"):
        fit_exposure(Y, n, m2, lot.schedule, average_over=(1, 9))
    with pytest.raises(NotIdentified, match="wash-in"):
        fit_wedge(Y, n, m2, lot.schedule, wash_in=9)


def test_at_a_zero_variance_the_lot_decides():
    lot, rng = wedge(), np.random.default_rng(1)
    quiet = 1e-4 * rng.normal(size=(8, 5))
    n = np.full((8, 5), 50)

    for estimand in ("constant", "time-average"):
        method = MixedModel(estimand=estimand, errors="model")
        fit = method.fit(table(lot, quiet, n, n * 1.0), lot)

        assert fit.method == "stepped-wedge-mixed-model-permuted"
        assert fit.reference_distribution == "randomization"
        assert fit.p_floor == 1 / 2520
        assert {flag.code for flag in fit.flags} == {"variance-at-zero"}
        low, high = fit.conf_int(0.9)
        assert low < fit.estimate < high


def test_cells_without_readings_are_counted():
    lot, rng = wedge(), np.random.default_rng(1)
    Y, n, m2 = cells(rng, (8, 5))
    Y[2, 3] = np.nan

    fit = VerticalComparison().fit(table(lot, Y, n, m2), lot)

    (flag,) = fit.flags
    assert str(flag) == "1 of 40 planned cells of unit and period holds no readings."


@pytest.mark.parametrize("cac", [1.0, 0.7])
def test_true_nulls_are_kept_in_small_wedges(cac):
    """Row C1: eight offices, five periods."""
    runs, rng, lot = 1000, np.random.default_rng(61), wedge()
    labels, seen = lot.all_labels(), np.ones((8, 5))
    weights = vertical_weights(lot.templates[labels], seen)
    real = vertical_weights(lot.schedule[None], seen)[0]
    mixed = shuffled = 0
    for _ in range(runs):
        Y, n, m2 = cells(rng, (8, 5), cac=cac)
        mixed += fit_wedge(Y, n, m2, lot.schedule).effect.p_value <= 0.05
        given = np.abs(weights @ Y.ravel())
        shuffled += np.mean(given >= abs(real @ Y.ravel()) - 1e-12) <= 0.05

    assert mixed / runs <= highest_rate(0.05, runs)
    assert shuffled / runs <= highest_rate(0.05, runs)


@pytest.mark.parametrize("sequences", [3, 12])
@pytest.mark.parametrize("estimand", ["constant", "time-average"])
def test_levels_that_drift_do_not_make_effects_of_true_nulls(estimand, sequences):
    """Kenward and Roger's error takes them for alike: of twelve steps a third of nulls fall."""
    runs, rng, units = 400, np.random.default_rng(66), 12
    schedule = SteppedWedge.steps(units=units, sequences=sequences).schedule()
    shape = (runs, *schedule.shape)
    Y = 0.5 * rng.normal(size=shape).cumsum(axis=2) + 0.4 * rng.normal(size=shape)
    m2 = rng.chisquare(19, size=shape)

    fits = fit_wedges(Y, np.full(shape, 20), m2, schedule, estimand=estimand)

    by_units = 2 * stats.t.sf(np.abs(fits.estimate / fits.robust_error), fits.robust_df)
    by_model = 2 * stats.t.sf(np.abs(fits.estimate / fits.std_error), fits.df)
    assert np.mean(by_units <= 0.05) <= highest_rate(0.05, runs)
    if sequences == 12:
        assert np.mean(by_model <= 0.05) > 0.1


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("fitted", [fit_wedge, fit_exposure])
def test_errors_by_units_are_those_of_clustered_least_squares_once_whitened(fitted, uneven):
    """`ClusterRobust` meets the published figures of the achievement awards."""
    lot, rng = wedge(12, 7), np.random.default_rng(2)
    Y, n, m2 = cells(rng, (12, 7), icc=0.2, cac=0.7)
    if uneven:
        Y[2, 3], n = np.nan, n * rng.integers(1, 9, (12, 1))
        n[2, 3] = m2[2, 3] = 0
    fit = fitted(Y, n, m2, lot.schedule)
    seen = ~np.isnan(Y)
    (i, _), exposures = np.nonzero(seen), exposures_seen(Y, lot.schedule)
    averaged = averaged_effects(exposures, exposures)
    effects = constant_effect(exposures, 0) if fitted is fit_wedge else averaged
    _, X, c = layout(seen, lot.schedule, effects)
    residual, cluster, period = fit.model.components.values()
    root = np.linalg.cholesky(np.diag(residual / n[seen] + period) + cluster * (i[:, None] == i))

    whitened = (np.linalg.solve(root, one) for one in (X, Y[seen]))
    told = ClusterRobust(cluster_products(*whitened, i)).t_test(c)

    for name in ("estimate", "std_error", "df", "p_value"):
        assert getattr(fit.robust, name) == pytest.approx(getattr(told, name), rel=1e-9)


def test_leaving_out_the_cluster_periods_would_not_keep_them():
    """Row C2: twelve offices; without unit-period effects a fifth of true nulls fall."""
    runs, rng, lot = 400, np.random.default_rng(62), wedge(12, 5)
    nested = without = 0
    for _ in range(runs):
        Y, n, m2 = cells(rng, (12, 5), icc=0.1, cac=0.7)
        nested += fit_wedge(Y, n, m2, lot.schedule).effect.p_value <= 0.05
        without += fit_wedge(Y, n, m2, lot.schedule, nested=False).effect.p_value <= 0.05

    assert nested / runs <= highest_rate(0.05, runs)
    assert without / runs > 0.15


def test_shuffling_with_the_models_weights_keeps_true_nulls():
    """Where a variance is estimated as zero; row C1 with CAC 1 puts half the runs there."""
    runs, fallen, lot = 250, 0, wedge()
    rng = np.random.default_rng(63)
    method = MixedModel(estimand="constant", errors="model")
    for _ in range(runs):
        Y, n, m2 = cells(rng, (8, 5), cac=1.0)
        fallen += method.fit(table(lot, Y, n, m2), lot).p_value <= 0.05

    assert fallen / runs <= highest_rate(0.05, runs)


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("fitted", [fit_wedge, fit_exposure])
def test_sums_over_units_give_every_lot_what_all_cells_at_once_give(fitted, uneven):
    """Sizes that differ, a cell without readings, an effect of its own for the wash-in."""
    lot, rng = wedge(), np.random.default_rng(12)
    Y, n, m2 = cells(rng, (8, 5), cac=0.7)
    if uneven:
        Y[2, 3], n = np.nan, n * rng.integers(1, 9, (8, 1))
        n[2, 3] = 0
    fit = fitted(Y, n, m2, lot.schedule, wash_in=1)
    labels, seen = lot.draw_labels(30, rng), ~np.isnan(Y)

    held = hold_variances(fit, n, lot.templates)
    found = permute_model(held, np.nan_to_num(Y), lot, labels, exact=False)

    i, t = np.nonzero(seen)
    residual, cluster, period = fit.model.components.values()
    V = np.diag(residual / n[seen] + period) + cluster * (i[:, None] == i)
    Z = (t[:, None] == np.arange(5)).astype(float)

    def at_once(schedule, outcome):
        since = exposure_time(schedule)[i, t][:, None]
        own = (
            since == np.arange(1, 5)
            if fitted is fit_exposure
            else np.hstack([since > 1, since == 1])
        )
        X = np.column_stack([Z, own])
        beta = np.linalg.solve(X.T @ np.linalg.solve(V, X), X.T @ np.linalg.solve(V, outcome))
        return beta[6:].mean() if fitted is fit_exposure else beta[5]

    on = (lot.schedule[seen] == 1).astype(float)
    assert found.estimate == pytest.approx(fit.effect.estimate, abs=1e-9)
    for k, schedule in enumerate(lot.templates[labels]):
        assert found.A[k] == pytest.approx(at_once(schedule, Y[seen]), abs=1e-9)
        assert found.B[k] == pytest.approx(at_once(schedule, on), abs=1e-9)


def test_drawn_assignments_count_the_real_one_among_them():
    lot, rng = wedge(), np.random.default_rng(4)
    Y, _, _ = cells(rng, (8, 5))
    seen = np.ones((8, 5))

    def weigh(schedules):
        return vertical_weights(schedules, seen)

    given = (weigh, lot.schedule, Y, lot.templates)
    drawn = permute_sequences(*given, lot.draw_labels(999, rng), exact=False)

    full = permute_sequences(*given, lot.all_labels(), exact=True)
    assert drawn.p_floor == 1 / 1000
    assert drawn.p_value() == pytest.approx(full.p_value(), abs=0.05)
    assert drawn.p_value(alternative="greater") + drawn.p_value(alternative="less") >= 1


@pytest.mark.parametrize(("icc", "cac"), [(0.05, 0.7), (0.0, 1.0), (0.3, 1.0)])
def test_fit_many_wedges_as_one_by_one(icc: float, cac: float) -> None:
    design = SteppedWedge(((0, 0, 1, 1), (0, 1, 1, 1), (-1, 0, 0, 1)), (3, 2, 2))
    schedule, rng = design.schedule(), np.random.default_rng(7)
    n = np.where(schedule < 0, 0, rng.integers(2, 30, (12, 7, 1)))
    components = Components.of(1.0, icc, cac)
    Y = cell_means(schedule, np.maximum(n, 1), components, runs=12, rng=rng, effect=0.2)
    m2 = within_squares(n, components, Y.shape, rng)
    m2[0] = 0.0  # Readings alike within cells are one reading each.
    one = fit_wedges(Y, n, m2, schedule)
    averaged = fit_wedges(Y, n, m2, schedule, estimand="time-average")
    for run in range(12):
        cells = (Y[run], n[run], m2[run], schedule)
        alone, along = fit_wedge(*cells), fit_exposure(*cells)
        for found, told in ((one, alone), (averaged, along)):
            for name in ("estimate", "std_error", "std_error_model", "df"):
                value = getattr(told.effect, name)
                assert getattr(found, name)[run] == pytest.approx(value, rel=1e-6, abs=1e-9)
            assert found.robust_error[run] == pytest.approx(told.robust.std_error, rel=1e-5)
            assert found.robust_df[run] == pytest.approx(told.robust.df, rel=1e-5)
        same = along.curve.constancy.p_value
        assert averaged.joint_p_value[run] == pytest.approx(same, rel=1e-6)


def test_leave_out_the_wedge_whose_search_does_not_end_and_keep_the_others() -> None:
    schedule = SteppedWedge.steps(units=4, sequences=2).schedule()
    rng = np.random.default_rng(3)
    Y, n = rng.normal(size=(3, *schedule.shape)), np.full((3, *schedule.shape), 5)
    Y[1] = 4.0
    m2 = np.full(Y.shape, 2.0)
    m2[1] = 0.0
    found = fit_wedges(Y, n, m2, schedule)
    assert np.isfinite(found.estimate).tolist() == [True, False, True]
