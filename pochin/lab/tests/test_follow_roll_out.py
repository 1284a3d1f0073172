"""What a roll-out brings: exact on small tables, and as sure as it says in simulations."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab import simulate
from pochin.lab.estimate.roll_out import realised
from pochin.lab.result import SchemaMismatch

DAYS = 60


def panel(rng, *, waves=(20, 30), each=12, peers=20, effect=-2.0, drift=0.05, first=40):
    """Sites that begin in waves beside sites that do not, all drifting alike."""
    adopted = np.array([start for start in waves for _ in range(each)] + [DAYS] * peers)
    day = np.arange(DAYS)
    level = rng.normal(20, 3, (len(adopted), 1)) + drift * day
    level = level + rng.normal(0, 1, (len(adopted), 1)) * (day >= first)  # sites go their ways
    works = day[None, :] >= adopted[:, None]
    return level + effect * works + rng.normal(0, 2, level.shape), adopted


def test_it_is_the_difference_of_differences_where_all_begin_together():
    y, adopted = panel(np.random.default_rng(1), waves=(30,))
    change = y[:, 40:50].mean(axis=1) - y[:, :30].mean(axis=1)
    own, peers = change[adopted == 30], change[adopted == DAYS]

    found = realised(y, np.ones_like(y), adopted, first=40, last=49)
    welch = stats.ttest_ind(own, peers, equal_var=False)
    low, high = welch.confidence_interval()

    assert found.effect == pytest.approx(own.mean() - peers.mean())
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert (found.sites, found.comparison, found.df) == (12, 20, pytest.approx(welch.df))


def test_without_sites_beside_it_is_before_against_after():
    y, adopted = panel(np.random.default_rng(2), peers=0, waves=(30,))
    change = y[:, 40:50].mean(axis=1) - y[:, :30].mean(axis=1)

    found = realised(y, np.ones_like(y), adopted, first=40, last=49)
    low, high = stats.ttest_1samp(change, 0).confidence_interval()

    assert (found.effect, found.comparison) == (pytest.approx(change.mean()), 0)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_a_drift_that_all_share_is_not_taken_for_a_benefit():
    y, adopted = panel(np.random.default_rng(3), effect=0.0, drift=-0.5, each=200, peers=200)

    beside = realised(y, np.ones_like(y), adopted, first=40, last=59)
    alone = realised(y[:400], np.ones((400, DAYS)), adopted[:400], first=40, last=59)

    assert abs(beside.effect) < 0.4
    assert alone.effect < -10


def test_intervals_hold_as_often_as_they_say():
    rng = np.random.default_rng(20260511)
    runs = 600
    missed = 0
    for _run in range(runs):
        y, adopted = panel(rng)
        found = realised(y, np.ones_like(y), adopted, first=40, last=59)
        missed += not found.low <= -2.0 <= found.high

    assert simulate.lowest_rate(0.05, runs) <= missed / runs <= simulate.highest_rate(0.05, runs)


def test_levels_are_weighed_by_their_bases_and_days_without_readings_do_not_count():
    total = np.array([[10.0, 0, 30, 0], [8, 8, 8, 8]])
    base = np.array([[1.0, 0, 10, 0], [1, 1, 1, 1]])

    found = realised(total, base, np.array([2, 9]), first=2, last=3)

    assert found.effect == pytest.approx(3.0 - 10.0)
    assert np.isnan(found.low)


def test_shares_of_the_level_before():
    y = np.array([[10.0, 8], [20, 16], [10, 10], [30, 30]])

    found = realised(y, np.ones_like(y), np.array([1, 1, 9, 9]), first=1, last=1, relative=True)

    assert found.effect == pytest.approx(-0.2)


def test_a_site_begun_before_all_readings_tells_nothing():
    y = np.ones((3, 4))

    assert realised(y, y, np.array([0, -5, 9]), first=1, last=3) is None
    assert realised(y, y, np.array([9, 9, 9]), first=1, last=3) is None


def test_tables_of_other_shapes_are_refused():
    with pytest.raises(SchemaMismatch):
        realised(np.ones((3, 4)), np.ones((3, 5)), np.zeros(3), first=0, last=1)
