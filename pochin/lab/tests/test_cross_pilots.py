"""Two pilots at the same units: whether the effect of one hangs on the other."""

import numpy as np
import pytest

from pochin.lab import crossed_effect
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.facts import Facts
from pochin.lab.protocol import Protocol
from pochin.lab.result import NotIdentified, TooFewUnits
from pochin.lab.simulate import highest_rate
from pochin.lab.tests.plans import DELAY, offices, plan
from pochin.lab.tests.test_watch import coming_in

ARMS, OTHER = np.array([0, 1] * 8), np.repeat([0, 0, 1, 1], 4)


def test_the_contrast_of_four_cells_is_that_of_a_regression_with_both_and_their_product():
    y = np.random.default_rng(5).normal(size=16) + 2 * ARMS * OTHER
    X = np.column_stack([np.ones(16), ARMS, OTHER, ARMS * OTHER])

    fit = crossed_effect(y, ARMS, OTHER)

    assert fit.estimate == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0][3])
    both = fit.values["with_other"]["estimate"] - fit.values["without_other"]["estimate"]
    assert both == pytest.approx(fit.estimate)


def test_cells_of_one_spread_give_the_pooled_error_of_a_factorial():
    y = np.tile([1.0, 3.0], 8) + np.repeat([0.0, 1.0, 0.0, 4.0], 4)
    arms, other = np.repeat([0, 1, 0, 1], 4), np.repeat([0, 0, 1, 1], 4)

    fit = crossed_effect(y, arms, other)

    assert fit.estimate == pytest.approx(3.0)
    assert fit.df == pytest.approx(12)
    assert fit.std_error == pytest.approx(np.sqrt(4 * (4 / 3) / 4))


def test_solutions_that_add_up_are_rarely_said_to_hang_together():
    rng, runs = np.random.default_rng(20260101), 2000
    spread = np.where(ARMS == 1, 2.0, 1.0)
    y = spread * rng.normal(size=(runs, 16)) + 1.5 * ARMS + 2.5 * OTHER

    rejected = [crossed_effect(one, ARMS, OTHER).p_value <= 0.05 for one in y]

    assert np.mean(rejected) <= highest_rate(0.05, runs)


@pytest.mark.parametrize(
    ("other", "y", "error"),
    [(ARMS, np.arange(16.0), TooFewUnits), (OTHER, np.ones(16), NotIdentified)],
)
def test_what_cannot_be_told_apart_gives_no_number(other, y, error):
    with pytest.raises(error):
        crossed_effect(y, ARMS, other)


def judged(there, value):
    units = offices(16, arm=lambda i: "treatment" if i % 2 else "control")
    protocol = Protocol.parse(
        plan(metrics=[DELAY], assignment={"method": "complete", "units": units})
    )
    facts = Facts(crossed={"P-007": tuple(str(101 + i) for i in there)})
    return evaluate_plan(protocol, coming_in(protocol, value=value), facts=facts)


def _hindered(i, t, arm):
    return (-4.0 + 4.0 * (i >= 8)) * (arm and t >= 2) + i % 4 / 10


def test_a_result_tells_how_it_hangs_on_a_twin_and_can_be_had_again():
    found = judged(range(8, 16), _hindered)

    [one] = found.of("delay").crossed
    assert one.estimate == pytest.approx(4.0, abs=0.5)
    assert "twins-interact" in [flag.code for flag in found.of("delay").effect.flags]
    again = Facts.of(found.to_dict()["facts"])
    assert again.crossed == found.facts.crossed


def test_a_twin_that_does_not_matter_raises_no_flag():
    found = judged(range(8, 16), lambda i, t, arm: -4.0 * (arm and t >= 2) + i % 4 / 10)

    assert len(found.of("delay").crossed) == 1
    assert not [f for f in found.of("delay").effect.flags if f.code.startswith("twins")]


def test_without_a_twin_nothing_is_said_of_one():
    found = judged((), _hindered)

    assert found.of("delay").crossed == ()
    assert "crossed" not in found.to_dict()["metrics"][0]
