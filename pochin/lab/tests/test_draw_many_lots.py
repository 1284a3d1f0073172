"""Lots kept as bits choose whom rows of labels would, as often, and sum to the same."""

import math

import numpy as np
import pytest
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.inference.lots import Lots


@pytest.fixture
def rng():
    return np.random.default_rng(20260101)


def assignment(arms, **more):
    arms = np.asarray(arms)
    return Assignment(arms[:, None], [f"u{i}" for i in range(len(arms))], ["run"], **more)


def rows_of(lots, size):
    return lots.sums(np.eye(size)).T


def halves(size, treated):
    return np.arange(size) < treated


@pytest.mark.parametrize("size", [1, 7, 8, 9, 60, 64, 65, 130])
def test_sums_are_those_of_the_rows(size, rng):
    rows, V = rng.integers(0, 2, (50, size)), rng.normal(size=(size, 3))

    sums = Lots.of_rows(rows).sums(V)

    assert sums == pytest.approx((rows @ V).T, abs=1e-12)
    assert Lots.of_rows(rows).turned().sums(V) == pytest.approx(((1 - rows) @ V).T, abs=1e-12)
    signs = 2 * rows - 1
    assert Lots.signs(signs).sums(V) == pytest.approx((signs @ V).T, abs=1e-12)


@pytest.mark.parametrize(
    ("size", "treated"), [(60, 30), (64, 32), (65, 20), (100, 50), (130, 65), (60, 3), (5, 2)]
)
def test_every_row_treats_as_many(size, treated, rng):
    rows = rows_of(Lots.drawn(assignment(halves(size, treated)), 200, rng), size)

    assert rows.shape == (200, size)
    assert set(np.unique(rows)) == {0.0, 1.0}
    assert (rows.sum(axis=1) == treated).all()
    assert len(np.unique(rows, axis=0)) > 1


def test_every_lot_is_as_likely(rng):
    rows = rows_of(Lots.drawn(assignment(halves(6, 3)), 20_000, rng), 6)

    seen = np.unique(rows @ 2.0 ** np.arange(6), return_counts=True)[1]

    assert len(seen) == math.comb(6, 3)
    assert stats.chisquare(seen).pvalue > 1e-4


def test_pairs_and_strata_keep_their_numbers(rng):
    arms = np.array([1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0])
    strata = np.array(list("aabbccccdddde"))
    lots = Lots.drawn(assignment(arms, strata=strata), 4_000, rng)
    rows = rows_of(lots, len(arms))

    for stratum in "abcde":
        within = strata == stratum
        assert (rows[:, within].sum(axis=1) == arms[within].sum()).all()
    assert rows[:, :12].mean(axis=0) == pytest.approx(
        [0.5] * 8 + [0.25] * 4, abs=5 * math.sqrt(0.25 / 4_000)
    )


def test_constrained_lots_come_from_their_list(rng):
    listed = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]])
    given = assignment([1, 1, 0, 0], admissible=listed)

    rows = rows_of(Lots.drawn(given, 300, rng), 4)

    assert {tuple(row) for row in rows.astype(int).tolist()} == {tuple(r) for r in listed.tolist()}


def test_the_same_seed_draws_the_same_lots():
    drawn = [
        rows_of(Lots.drawn(assignment(halves(60, 30)), 500, np.random.default_rng(7)), 60)
        for _ in range(2)
    ]

    assert (drawn[0] == drawn[1]).all()
