"""The sequential test whose boundary comes from re-drawing the assignment."""

import itertools

import numpy as np
import pytest

from pochin.lab.assignment import Assignment
from pochin.lab.inference.randomization import RandomizationTest
from pochin.lab.result import NotRandomizable, ProtocolViolation, SchemaMismatch
from pochin.lab.sequential.randomization_gst import (
    RandomizationGroupSequentialTest,
    cleared,
    studentized,
)
from pochin.lab.sequential.spending import Spending
from pochin.lab.values import UnitValues


def halves(units):
    """Every way to treat half of the units, shape (A, units)."""
    chosen = itertools.combinations(range(units), units // 2)
    return np.array([[i in some for i in range(units)] for some in chosen], np.int8)


def last_look(assignments, observed, values, known=None, **options):
    test = RandomizationGroupSequentialTest(assignments, observed, **options)
    for k, seen in enumerate(values):
        look = test.update(seen, (k + 1) / len(values), known=known)
        if test.stopped:
            break
    return look


def means_up_to(rng, units, looks):
    level = rng.normal(size=units)
    return (
        np.cumsum(level + rng.normal(size=(looks, units)), axis=0)
        / np.arange(1, looks + 1)[:, None]
    )


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_over_all_assignments_at_most_alpha_stop(alternative):
    rows = halves(8)
    values = means_up_to(np.random.default_rng(5), 8, 4)

    stops = [
        last_look(rows, i, values, alpha=0.1, alternative=alternative).crossed
        for i in range(len(rows))
    ]

    assert 0 < np.mean(stops) <= 0.1


def test_over_all_assignments_at_most_alpha_stop_whatever_was_known_before():
    rows, rng = halves(8), np.random.default_rng(25)
    values = means_up_to(rng, 8, 4)
    before = values[-1][:, None] + 0.3 * rng.normal(size=(8, 1))

    stops = [last_look(rows, i, values, before, alpha=0.1).crossed for i in range(len(rows))]

    assert 0 < np.mean(stops) <= 0.1


def test_what_was_known_before_finds_an_effect_that_sites_hide():
    rows, rng = halves(10), np.random.default_rng(26)
    level = 5 * rng.normal(size=(10, 1))
    values = [level[:, 0] + 0.3 * rng.normal(size=10) + 2.0 * rows[40] for _ in range(2)]

    adjusted, bare = last_look(rows, 40, values, level), last_look(rows, 40, values)

    assert adjusted.crossed
    assert not bare.crossed
    assert adjusted.estimate == pytest.approx(2.0, abs=0.4)
    assert adjusted.conf_int[0] < 2.0 < adjusted.conf_int[1]
    assert adjusted.conf_int[1] - adjusted.conf_int[0] < 2


def test_with_one_look_and_a_baseline_it_is_the_randomisation_test():
    rng, rows = np.random.default_rng(27), halves(8)
    values, before = rng.normal(size=8), rng.normal(size=8)
    units = UnitValues(
        values, np.ones(8, int), Assignment(rows[11][:, None], range(8), [0]), before=before
    )

    look = last_look(rows, 11, [values], before[:, None])
    test = RandomizationTest().compare(units)

    assert look.p_value == pytest.approx(test.p_value)
    assert look.estimate == pytest.approx(test.estimate)


def test_a_unit_of_which_nothing_was_known_before_is_not_compared():
    values, known = np.array([1.0, 2.0, 4.0, 3.0]), np.array([[1.0], [np.nan], [3.0], [2.0]])

    left = cleared(values, known)

    assert np.isnan(left).tolist() == [False, True, False, False]
    assert left[[0, 2, 3]] == pytest.approx(cleared(values[[0, 2, 3]], known[[0, 2, 3]]))
    assert cleared(values, None) is values


def test_with_one_look_it_is_the_randomisation_test():
    rows, values = halves(8), np.random.default_rng(6).normal(size=8)
    t = np.abs(studentized(values, rows))

    look = last_look(rows, 11, [values])

    assert look.p_value == pytest.approx(np.mean(t >= t[11] - 1e-9))
    assert look.crossed == (look.p_value <= 0.05)


def test_the_p_value_and_the_stop_agree():
    rows, rng = halves(8), np.random.default_rng(7)
    for i in range(0, 70, 7):
        look = last_look(rows, i, means_up_to(rng, 8, 3), alpha=0.2)

        assert look.crossed == (look.p_value <= 0.2 + 1e-12)


def test_a_large_constant_effect_stops_early_and_lies_in_its_interval():
    rows, rng = halves(12), np.random.default_rng(8)
    values = means_up_to(rng, 12, 8) + 6.0 * rows[100]

    look = last_look(rows, 100, values)

    assert look.crossed
    assert look.look < 8
    assert look.conf_int[0] < 6.0 < look.conf_int[1]
    assert look.conf_int[0] > 0


def test_the_interval_ends_where_the_test_starts_to_reject():
    rows, rng = halves(8), np.random.default_rng(9)
    values = means_up_to(rng, 8, 2) + 2.0 * rows[3]
    low, high = last_look(rows, 3, values, alpha=0.1).conf_int

    inside, outside = high - 1e-3, high + 1e-3
    shifted = [
        last_look(rows, 3, values - by * rows[3], alpha=0.1).p_value for by in (inside, outside)
    ]

    assert low < high
    assert shifted[0] > 0.1 >= shifted[1]


def test_ties_stop_together_or_not_at_all():
    rows = halves(6)

    look = last_look(rows, 0, [np.zeros(6)], alpha=0.5)

    assert not look.crossed
    assert look.p_value == 1


def test_studentized_is_welchs_t_and_leaves_out_what_was_not_observed():
    values = np.array([1.0, 2.0, 4.0, np.nan, 3.0, 9.0])
    rows = np.array([[1, 1, 1, 0, 0, 0]])

    t = studentized(values, rows)

    difference = (7 / 3) - 6
    error = np.sqrt(np.var([1, 2, 4], ddof=1) / 3 + np.var([3, 9], ddof=1) / 2)
    assert t[0] == pytest.approx(difference / error)


def test_the_smallest_p_value_counts_the_mirror_image():
    assert RandomizationGroupSequentialTest(halves(6), 0).p_floor == 2 / 20
    assert RandomizationGroupSequentialTest(halves(6), 0, alternative="greater").p_floor == 1 / 20


def test_bad_looks_are_refused():
    test = RandomizationGroupSequentialTest(halves(6), 0, Spending("pocock"))
    with pytest.raises(SchemaMismatch, match="one for each of the 6 units"):
        test.update(np.zeros(5), 0.5)
    test.update(np.arange(6.0), 0.5)
    with pytest.raises(ProtocolViolation, match="no more data"):
        test.update(np.arange(6.0), 0.5)
    test.update(np.arange(6.0), 1.0)
    with pytest.raises(ProtocolViolation, match="has ended"):
        test.update(np.arange(6.0), 1.1)


def test_one_assignment_is_no_lot():
    with pytest.raises(NotRandomizable, match="at least two"):
        RandomizationGroupSequentialTest(halves(6)[:1], 0)
    with pytest.raises(ValueError, match="must be a row"):
        RandomizationGroupSequentialTest(halves(6), 20)
