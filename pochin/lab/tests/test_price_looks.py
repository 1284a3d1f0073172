"""What looks cost: the lot itself is asked, and the effect that is promised is then found."""

import numpy as np
import pytest

from pochin.lab.design import PairedCluster, ParallelCluster
from pochin.lab.design.colours import bounds
from pochin.lab.design.lot_price import price_by_lot
from pochin.lab.design.rule import Rule
from pochin.lab.design.watched import LOTS, price, watched
from pochin.lab.protocol import LookSchedule
from pochin.lab.sequential.randomization_gst import crossings
from pochin.lab.simulate import Truth

GUESS = {"sd": 9.0, "icc": 0.05, "cac": 0.8, "cluster_size": 50.0}
TWICE = LookSchedule("randomization", (0.5, 1.0))
EIGHT = ParallelCluster(8, n_periods=4)


def truth_of(design, effect=0.0):
    return Truth(design.components(9.0, 0.05, 0.8), effect, 50.0)


def priced(design, looks=TWICE, seed=1, runs=1_000):
    rng = np.random.default_rng(seed)
    return price_by_lot(design, looks, truth_of(design), alpha=0.05, rng=rng, runs=runs)


def seen_by_lot(design, effect, looks=TWICE, seed=99, runs=1_500):
    """How often other pilots, made up with the effect in their readings, are seen by the lot."""
    rng = np.random.default_rng(seed)
    lots = design.lots(LOTS, rng)
    reached = [round(share * design.n_periods) for share in looks.at]
    found = design.seen_at(truth_of(design, effect), reached, runs=runs, rng=rng)
    values = [one.by_unit for one in found]
    known = found[-1].known
    crossed = crossings(values, lots, looks.at, spending=looks.spends, alpha=0.05, known=known)
    return crossed.any(axis=0).mean()


@pytest.mark.parametrize(
    "design",
    [
        EIGHT,
        ParallelCluster(10, n_periods=4),
        ParallelCluster(12, (9, 3), n_periods=4),
        PairedCluster(7, 0.5, 4),
    ],
    ids=["eight", "ten", "nine and three", "seven pairs"],
)
def test_the_effect_that_is_promised_is_found_in_eight_pilots_of_ten(design):
    promised = priced(design) * float(design.mde(0.8, **GUESS))

    assert seen_by_lot(design, promised) == pytest.approx(0.8, abs=0.04)


def test_boundaries_of_a_normal_estimate_would_promise_too_much_of_eight_offices():
    """Of 70 outcomes two may stop, 2.9 % where the plan lets 5 % be spent."""
    normal = price(TWICE, 0.05, 8) * float(EIGHT.mde(0.8, **GUESS))

    assert price(TWICE, 0.05, 8) < 1.01 < 1.15 < priced(EIGHT)
    assert seen_by_lot(EIGHT, normal) < 0.72


def test_with_many_outcomes_the_lot_costs_as_little_as_boundaries_do():
    assert priced(ParallelCluster(16, n_periods=4)) == pytest.approx(1.0, abs=0.02)


def test_what_the_sites_were_before_sharpens_the_lot_as_it_sharpens_the_t_test():
    adjusted = ParallelCluster(16, n_periods=4, baseline=2)
    promised = priced(adjusted) * float(adjusted.mde(0.8, **GUESS))

    assert priced(adjusted) == pytest.approx(1.0, abs=0.03)
    assert seen_by_lot(adjusted, promised) == pytest.approx(0.8, abs=0.04)


def test_made_up_again_the_price_is_nearly_the_same():
    prices = [priced(EIGHT, seed=seed) for seed in (1, 2, 3)]

    assert np.std(prices) < 0.015


def test_the_effect_that_ends_green_is_tried_out_because_early_ends_are_wide():
    design, rule = (
        ParallelCluster(12, n_periods=8),
        Rule(4.0, looks=LookSchedule("pocock", (0.5, 1))),
    )
    about = GUESS | {"alpha": 0.05}
    told = design.diagnose(1.0, rule, rng=np.random.default_rng(3), runs=1_500, **about)

    def green(effect):
        rng = np.random.default_rng(4)
        found = design.seen_at(truth_of(design, effect), (4, 8), runs=1_500, rng=rng)
        seen = watched(found, rule.looks, alpha=0.05, units=12)
        return (bounds(seen.estimates, 1, 0.95)[0] > 4.0).mean()

    by_formula = 4.0 + price(rule.looks, 0.1, 12) * float(
        design.mde(0.8, **GUESS, alpha=0.05, alternative="greater")
    )
    assert green(told.green_from) == pytest.approx(0.8, abs=0.04)
    assert by_formula < told.green_from
    assert green(by_formula) < 0.76


def test_one_look_needs_no_trial_to_tell_what_ends_green():
    told = EIGHT.diagnose(1.0, Rule(0.5), rng=np.random.default_rng(3), runs=50, **GUESS)

    assert told.green_from is None
