"""What information is worth where a rule decides, and not what is then expected to pay."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.decide import judge_primary
from pochin.lab.protocol import Metric
from pochin.lab.result import EffectResult
from pochin.lab.value_of_information import evsi, worth_by_rule

BELIEF = {"mean": 1.0, "sd": 1.2, "break_even": 1.4, "slope": 50.0}


def by_rule(least="meets", threshold=1.0, std_error=0.7, reach=1.645, **changes):
    about = BELIEF | {"threshold": threshold, "std_error": std_error, "reach": reach}
    return worth_by_rule(least=least, **(about | changes))


@pytest.mark.parametrize("std_error", [0.2, 0.7, 2.0])
def test_a_rule_that_cuts_where_it_just_pays_is_worth_raiffa_and_schlaifers(std_error):
    weight = 1.2**2 / (1.2**2 + std_error**2)
    cut = 1.0 + (1.4 - 1.0) / weight  # Here the posterior mean is the break-even effect.

    worth = by_rule(threshold=cut, reach=0.0, std_error=std_error)

    assert worth == pytest.approx(evsi(**BELIEF, sampling_variance=std_error**2), rel=1e-9)


@pytest.mark.parametrize("least", ["meets", "promising"])
@pytest.mark.parametrize("mean", [0.2, 1.0, 2.5])
def test_no_rule_is_worth_more_than_doing_what_is_then_expected_to_pay(least, mean):
    for threshold in (0.3, 1.0, 3.0):
        for std_error in (0.1, 0.7, 2.0):
            at_will = evsi(**(BELIEF | {"mean": mean}), sampling_variance=std_error**2)

            assert by_rule(least, threshold, std_error, mean=mean) <= at_will + 1e-9


@pytest.mark.parametrize("least", ["meets", "promising"])
@pytest.mark.parametrize(("mean", "threshold"), [(1.0, 1.0), (2.5, 0.5), (0.3, 2.0)])
def test_by_made_up_pilots_each_judged_by_the_verdict_itself(least, mean, threshold):
    """The rule as it stands in `judge_primary`, spread estimated anew in each pilot."""
    rng, df, error, runs = np.random.default_rng(5), 40, 0.7, 6_000
    metric = Metric("delay", "primary", "mean", "higher", "min", threshold=threshold)
    truth = rng.normal(mean, 1.2, runs)
    found = truth + error * rng.normal(size=runs)
    spread = error * np.sqrt(rng.chisquare(df, runs) / df)
    wanted = ("meets",) if least == "meets" else ("meets", "promising")
    done = [
        judge_primary(EffectResult(float(x), float(s), df, 0.5, "demo"), metric).finding in wanted
        for x, s in zip(found, spread, strict=True)
    ]
    gain = 50.0 * (truth - 1.4) * np.array(done) - max(50.0 * (mean - 1.4), 0.0)

    told = by_rule(least, threshold, error, stats.t.ppf(0.95, df), mean=mean)

    assert told == pytest.approx(gain.mean(), abs=4 * gain.std() / np.sqrt(runs))


def test_a_rule_that_is_too_strict_does_worse_than_no_pilot():
    """Believed to pay many times over, it is given up wherever a tiny pilot cannot show it."""
    assert by_rule(mean=4.0, sd=0.5, std_error=3.0) < 0 < evsi(**BELIEF, sampling_variance=9.0)


def test_a_rule_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="must be 'meets' or 'promising'"):
        by_rule("inconclusive")
    with pytest.raises(ValueError, match="must be positive"):
        by_rule(sd=0.0)
