"""Confidence sequences hold at every moment at once."""

import numpy as np
import pytest
from scipy import integrate, stats

from pochin.lab.sequential import confseq
from pochin.lab.tests.acceptance import highest_rate

MIXTURES = [
    confseq.NormalMixture(50),
    confseq.NormalMixture(50, sides=1),
    confseq.GammaExponentialMixture(50, 0.5),
    confseq.BetaBinomialMixture(50, 0.3, 0.7),
    confseq.BetaBinomialMixture(50, 0.3, 0.7, sides=1),
]


@pytest.mark.parametrize("mixture", MIXTURES)
def test_the_boundary_is_where_the_supermartingale_reaches_its_threshold(mixture):
    v = np.array([5.0, 50.0, 400.0])

    bound = mixture.bound(v, alpha=0.02)

    np.testing.assert_allclose(mixture.log_mixture(bound, v), np.log(50), rtol=1e-9)


def test_the_normal_mixture_is_an_average_over_effects():
    mixture = confseq.NormalMixture(30)
    s, v = 7.0, 40.0

    def under(effect):
        weight = stats.norm.pdf(effect, scale=1 / np.sqrt(mixture.rho))
        return weight * np.exp(effect * s - effect**2 * v / 2)

    averaged = integrate.quad(under, -5, 5)[0]

    assert mixture.log_mixture(s, v) == pytest.approx(np.log(averaged), rel=1e-8)


def test_the_tightest_point_is_where_it_was_asked_for():
    here, elsewhere = confseq.NormalMixture(100), confseq.NormalMixture(2000)

    assert here.bound(100) < elsewhere.bound(100)
    assert here.bound(2000) > elsewhere.bound(2000)


def test_a_normal_walk_leaves_its_boundary_at_most_five_times_in_a_hundred():
    rng = np.random.default_rng(10)
    walk = np.cumsum(rng.normal(size=(2000, 1000)), axis=1)
    bound = confseq.NormalMixture(250).bound(np.arange(1, 1001))

    left = np.mean((np.abs(walk) >= bound).any(axis=1))

    assert 0.01 < left <= highest_rate(0.05, 2000)


def test_the_empirical_bernstein_sequence_covers_the_mean_throughout():
    rng = np.random.default_rng(11)
    missed = 0
    for _ in range(400):
        path = confseq.empirical_bernstein(rng.beta(2, 6, 500), low=0, high=1)
        missed += bool(((path.low > 0.25) | (path.high < 0.25)).any())

    assert missed / 400 <= highest_rate(0.05, 400)
    assert path.high[-1] - path.low[-1] < 0.2


def test_values_outside_the_bounds_are_refused():
    with pytest.raises(ValueError, match="bounds must hold"):
        confseq.empirical_bernstein([0.2, 1.2], low=0, high=1)


def test_a_bernoulli_interval_agrees_with_its_mirror_and_holds_the_ends():
    low, high = confseq.bernoulli_interval(30, 100)
    other = confseq.bernoulli_interval(70, 100)

    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high))
    assert confseq.bernoulli_interval(0, 20)[0] == 0
    assert confseq.bernoulli_interval(20, 20)[1] == 1
    assert confseq.bernoulli_interval(0, 1)[1] > 0.95


@pytest.mark.parametrize(("successes", "trials"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(successes, trials):
    with pytest.raises(ValueError, match="between 0 and all"):
        confseq.bernoulli_interval(successes, trials)


def test_the_always_valid_p_value_and_the_asymptotic_interval_agree():
    n = np.arange(500, 5001, 500)
    estimate, error = np.linspace(0.3, 0.1, 10), 1 / np.sqrt(n)

    path = confseq.asymptotic(estimate, error, n, n_opt=2500)
    out = confseq.asymptotic(0.1, 1 / np.sqrt(5000), 5000, n_opt=2500, alpha=0.05)

    assert (np.diff(path.p_value) <= 0).all()
    assert (out.p_value[0] <= 0.05) == bool(out.low[0] > 0)
    assert np.array_equal(path.p_value <= 0.05, np.maximum.accumulate(path.low > 0))


def test_one_side_alone_is_tighter():
    both = confseq.asymptotic_radius(0.01, 4000, n_opt=2000)

    assert confseq.asymptotic_radius(0.01, 4000, n_opt=2000, sides=1) < both


@pytest.mark.parametrize("alpha", [0, 1, -0.1])
def test_an_error_rate_must_be_one(alpha):
    with pytest.raises(ValueError, match="between 0 and 1"):
        confseq.NormalMixture(10).bound(5, alpha=alpha)
