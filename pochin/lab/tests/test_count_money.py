"""The money of an effect, and what more data would be worth."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.economics import npv
from pochin.lab.money_models import CostItem, CostModel, Range, ValueModel, break_even
from pochin.lab.result import DataError, EffectResult, Flag, TooFewUnits
from pochin.lab.shrinkage import FEWEST, Prior, sceptical_prior, shrink
from pochin.lab.tornado import at_middle, swings, tornado
from pochin.lab.value_of_information import engs, evpi, evsi

VALUE = ValueModel(
    "RUB",
    per_unit=Range(40, 50, 70),
    volume=Range(9_000, 10_000, 12_000),
    horizon_years=3,
    discount=0.1,
    adoption=(0.25, 0.75, 1.0),
    transport=Range(0.6, 0.8, 0.9),
    wash_out_loss=0.1,
)
COST = CostModel(
    "RUB",
    (
        CostItem("scanners", "capex", Range(300_000, 400_000, 600_000)),
        CostItem("support", "running", Range(50_000, 60_000, 80_000)),
    ),
)
EFFECT = EffectResult(2.0, 0.4, 18, 0.0001, "demo")


def worth(effect=EFFECT, value=VALUE, cost=COST, seed=1, **options):
    return npv(effect, value, cost, rng=np.random.default_rng(seed), **options)


def test_at_certain_values_the_npv_is_the_sum_written_out():
    value = ValueModel(
        "RUB",
        Range.certain(50),
        Range.certain(10_000),
        2.0,
        0.1,
        (0.5, 1.0),
        Range.certain(0.8),
        0.1,
    )
    cost = CostModel(
        "RUB",
        (
            CostItem("scanners", "capex", Range.certain(400_000)),
            CostItem("support", "running", Range.certain(60_000)),
        ),
    )
    yearly = 50 * 10_000 * 0.8 * (2.0 - 0.1) - 60_000
    expected = 0.5 * yearly / 1.1 + yearly / 1.1**2 - 400_000

    answer = worth(EffectResult(2.0, 0.0, 18, 0.0, "demo"), value, cost)

    assert answer.median == pytest.approx(expected)
    assert answer.low == pytest.approx(answer.high)
    assert answer.p_positive == 1


def test_the_break_even_effect_is_worth_nothing():
    even = break_even(VALUE, COST)
    swings = tornado(EffectResult(even, 1.0, 9, 0.1, "demo"), VALUE, COST)

    effect = next(one for one in swings if one.name == "effect")
    assert (effect.at_low + effect.at_high) / 2 == pytest.approx(0, abs=1e-6)


def test_the_same_seed_gives_the_same_money():
    assert worth().to_dict() == worth().to_dict()
    assert worth(seed=2).mean != worth().mean


def test_money_is_told_in_whole_minor_units():
    told = worth().to_dict()

    assert [type(told[name]) for name in ("low", "median", "high", "mean", "evpi")] == [int] * 5


def test_a_metric_where_less_is_better_turns_the_sign():
    better = worth(EffectResult(-2.0, 0.4, 18, 0.0001, "demo"), sign=-1)

    assert better.mean == pytest.approx(worth().mean, rel=0.02)


def test_what_is_unknown_of_the_effect_widens_the_money():
    sharp = worth(EffectResult(2.0, 0.05, 18, 0.0, "demo"))

    assert sharp.high - sharp.low < worth().high - worth().low
    assert sharp.lower(0.95) == pytest.approx(sharp.low)
    assert sharp.upper(0.95) == pytest.approx(sharp.high)


def test_few_degrees_of_freedom_leave_wider_tails():
    few = worth(EffectResult(2.0, 0.4, 3, 0.01, "demo"))

    assert few.low < worth(EffectResult(2.0, 0.4, np.inf, 0.01, "demo")).low


def test_an_effect_judged_by_lot_brings_its_own_interval():
    lopsided = EffectResult(
        2.0,
        0.4,
        None,
        0.01,
        "lot",
        reference_distribution="randomization",
        interval_inverter=lambda _: (2.0 - 1.2815516, 2.0 + 2 * 1.2815516),
    )
    answer = worth(lopsided)

    assert answer.high - answer.median > 1.5 * (answer.median - answer.low)


def test_an_effect_without_bounds_has_no_money():
    endless = EffectResult(
        2.0, None, None, 0.3, "lot", interval_inverter=lambda _: (-np.inf, np.inf)
    )
    with pytest.raises(DataError, match="unbounded"):
        worth(endless)
    with pytest.raises(DataError, match="no standard error"):
        worth(EffectResult(2.0, None, None, 0.3, "placebo"))


def test_a_withheld_effect_has_no_money():
    withheld = EffectResult.withheld("demo", (Flag("srm", "block", "The arms differ."),))

    with pytest.raises(ValueError, match="withheld"):
        worth(withheld)


def test_two_currencies_do_not_add_up():
    with pytest.raises(DataError, match="use one currency"):
        worth(cost=CostModel("USD", COST.items))


def test_an_improvement_worth_nothing_never_breaks_even():
    worthless = ValueModel("RUB", Range.certain(0), Range.certain(10), 1)

    with pytest.raises(DataError, match="no effect breaks even"):
        break_even(worthless, COST)


def test_the_widest_unknown_comes_first():
    swings = tornado(EFFECT, VALUE, COST)

    widths = [one.width for one in swings]
    assert widths == sorted(widths, reverse=True)
    assert {one.name for one in swings} == {
        "effect",
        "per_unit",
        "volume",
        "transport",
        "scanners",
        "support",
    }


def test_the_models_are_read_from_a_plan():
    plan_value = {
        "currency": "RUB",
        "per_unit": {"low": 40, "mid": 50, "high": 70},
        "volume": {"low": 9_000, "mid": 10_000, "high": 12_000},
        "horizon_years": 3,
        "discount": 0.1,
        "adoption": [0.25, 0.75, 1.0],
        "transport": {"low": 0.6, "mid": 0.8, "high": 0.9},
        "wash_out_loss": 0.1,
    }
    plan_cost = {
        "currency": "RUB",
        "items": [
            {"name": "scanners", "kind": "capex", "low": 300_000, "mid": 400_000, "high": 600_000},
            {"name": "support", "kind": "running", "low": 50_000, "mid": 60_000, "high": 80_000},
        ],
    }

    assert ValueModel.from_plan(plan_value) == VALUE
    assert CostModel.from_plan(plan_cost) == COST


def test_sample_information_is_worth_what_simulation_says():
    rng, mean, sd, v, even, slope = np.random.default_rng(3), 1.0, 0.6, 0.3, 1.4, 1_000.0
    truth = rng.normal(mean, sd, 400_000)
    seen = truth + rng.normal(0, v**0.5, len(truth))
    believed = mean + sd**2 / (sd**2 + v) * (seen - mean)
    simulated = np.maximum(slope * (believed - even), 0).mean() - max(slope * (mean - even), 0)

    exact = evsi(mean=mean, sd=sd, sampling_variance=v, break_even=even, slope=slope)

    assert exact == pytest.approx(simulated, rel=0.02)


def test_perfect_information_is_the_limit_of_samples():
    draws = 1_000 * (np.random.default_rng(4).normal(1.0, 0.6, 400_000) - 1.4)
    nearly = evsi(mean=1.0, sd=0.6, sampling_variance=1e-9, break_even=1.4, slope=1_000)

    assert evpi(draws) == pytest.approx(nearly, rel=0.02)


def test_more_data_pay_until_their_price_overtakes():
    n = np.array([2, 10, 50, 400])
    information = evsi(mean=1, sd=1, sampling_variance=4 / n, break_even=1, slope=1_000)

    gain = engs(information, cost=2.0 * n, delay_cost=10)

    assert (np.diff(information) > 0).all()
    assert gain.argmax() == 1
    assert gain[-1] < 0


def test_a_sceptic_expects_a_quarter_of_the_claim():
    prior = sceptical_prior(8.0)

    assert prior == Prior(2.0, 3.0)
    assert prior.posterior(8.0, 1e-6).mean == pytest.approx(8.0)
    assert prior.posterior(8.0, 1e6).mean == pytest.approx(2.0)


def test_shrinkage_takes_the_curse_from_the_winner():
    rng = np.random.default_rng(5)
    truth = rng.normal(0.2, 0.5, (400, 40))
    error = rng.uniform(0.3, 1.2, (400, 40))
    seen = truth + error * rng.normal(size=truth.shape)
    raw, shrunk, covered = [], [], []
    for t, y, e in zip(truth, seen, error, strict=True):
        portfolio = shrink(y, e)
        raw.append(y.max() - t[y.argmax()])
        best = portfolio.mean.argmax()
        shrunk.append(portfolio.mean[best] - t[best])
        covered.append(np.mean(abs(portfolio.mean - t) < 1.96 * portfolio.sd))

    assert np.mean(raw) > 1
    assert abs(np.mean(shrunk)) < 0.1
    assert 0.92 < np.mean(covered) < 0.97


def test_pilots_that_differ_by_chance_only_are_one():
    portfolio = shrink([1.0, 1.1, 0.9] * 7, [1.0] * 21)

    assert np.ptp(portfolio.mean) < 0.03


def test_a_small_portfolio_says_nothing():
    with pytest.raises(TooFewUnits, match="registered sceptical prior"):
        shrink([1.0] * 19, [1.0] * 19)


def test_ranges_and_items_are_checked():
    with pytest.raises(ValueError, match="in order"):
        Range(2, 1, 3)
    with pytest.raises(ValueError, match="must be one of"):
        CostItem("x", "magic", Range.certain(1))
    with pytest.raises(ValueError, match="must be positive"):
        ValueModel("RUB", Range.certain(1), Range.certain(1), 0)
    with pytest.raises(ValueError, match="must hold"):
        ValueModel("RUB", Range.certain(1), Range.certain(1), 1, adoption=())
    with pytest.raises(ValueError, match="sd is 0"):
        evsi(mean=0, sd=0, sampling_variance=1, break_even=0, slope=1)


def test_each_unknown_turns_the_sign_where_the_sum_written_out_is_zero():
    years = VALUE.years
    slope, cost = 50 * 10_000 * 0.8 * years, 0.1 * 50 * 10_000 * 0.8 * years + 4e5 + 6e4 * years
    found = {one.name: one for one in swings(2.0, (1.2, 2.8), VALUE, COST)}

    assert found["effect"].turning == pytest.approx(cost / slope)
    assert found["volume"].turning == pytest.approx(10_000 * (4e5 + 6e4 * years) / (1.9 * slope))
    assert found["support"].turning == pytest.approx((1.9 * slope - 4e5) / years)


def test_an_unknown_turns_the_sign_only_where_its_range_holds_the_turning_value():
    sure, unsure = (swings(2.0, ends, VALUE, COST)[0] for ends in ((1.9, 2.1), (0.0, 4.0)))

    assert (sure.turns, unsure.turns) == (False, True)


def test_what_is_certain_moves_nothing_and_has_no_turning_value():
    found = swings(2.0, (2.0, 2.0), VALUE, COST.with_paid({"scanners": 1.0}))

    assert [(one.name, one.turning) for one in found if one.width == 0] == [
        ("effect", None),
        ("scanners", None),
    ]


def test_where_less_is_better_the_lower_end_of_the_effect_is_the_better_one():
    better = next(one for one in swings(-2.0, (-2.8, -1.2), VALUE, COST, sign=-1))
    mirrored = next(one for one in swings(2.0, (1.2, 2.8), VALUE, COST))

    assert (better.at_low, better.at_high) == (mirrored.at_high, mirrored.at_low)


def test_a_cost_may_be_called_like_an_unknown():
    named = CostModel("RUB", (CostItem("volume", "capex", Range(1, 2, 3)),))
    found = [one for one in swings(2.0, (1.2, 2.8), VALUE, named) if one.name == "volume"]

    assert sorted(one.is_cost for one in found) == [False, True]


def test_at_the_middle_of_everything_it_is_the_middle_of_the_line():
    middle, years = at_middle(2.0, VALUE, COST), VALUE.years

    assert middle == pytest.approx((2.0 - 0.1) * years * 4e5 - 4e5 - 6e4 * years)
    assert at_middle(-2.0, VALUE, COST, sign=-1) == middle


HITS = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
"""Of 45 at bats each, spring 1970: Efron, B. & Morris, C. (1977). Sci. Am. 236(5), 119–127."""


def test_eighteen_batters_are_drawn_together_as_efron_and_morris_did():
    seen = HITS / 45
    middle = seen.mean()

    found = shrink(seen, [(middle * (1 - middle) / 45) ** 0.5] * 18, least=18)

    assert found.weight == pytest.approx([0.212] * 18, abs=5e-4)
    assert found.mean[0] == pytest.approx(0.294, abs=5e-4)


@pytest.mark.parametrize("pilots", [FEWEST, 8, 12])
@pytest.mark.parametrize("spread", [0.0, 0.4, 1.0])
def test_even_few_pilots_are_told_better_together(pilots, spread):
    """With intervals on eight degrees of freedom, as ten offices give them."""
    rng, tries = np.random.default_rng(pilots), 800
    truth = rng.normal(1.0, spread, (tries, pilots))
    error = rng.uniform(0.3, 0.9, (tries, pilots))
    seen = truth + error * rng.normal(size=truth.shape)
    reckoned = error * np.sqrt(rng.chisquare(8, truth.shape) / 8) * stats.t.ppf(0.975, 8) / 1.96
    told = [shrink(y, e, least=FEWEST) for y, e in zip(seen, reckoned, strict=True)]
    drawn, width = np.array([one.mean for one in told]), np.array([one.sd for one in told])
    best = (np.arange(tries), seen.argmax(axis=1))

    assert ((drawn - truth) ** 2).mean() < ((seen - truth) ** 2).mean()
    assert abs((drawn - truth)[best].mean()) < 0.7 * (seen - truth)[best].mean()
    assert (abs(drawn - truth) < 1.96 * width).mean() > 0.92
