"""The verdict: classes in their order, colours, evidence, guardrails, money."""

import numpy as np
import pytest

from pochin.lab.decide import evaluate_rule, evidence_class, judge_guardrail, judge_primary
from pochin.lab.economics import npv
from pochin.lab.inference.equivalence import non_inferiority
from pochin.lab.money_models import CostItem, CostModel, Range, ValueModel
from pochin.lab.protocol import DecisionRule, Metric
from pochin.lab.result import EffectResult, Flag

DELAY = Metric("delay", "primary", "mean", "lower", "min", threshold=1.0)
SPEED = Metric("speed", "primary", "mean", "higher", "1/h", threshold=1.0)
DAMAGE = Metric("damage", "guardrail", "proportion", "lower", "1", margin=0.5)
NETWORK = DecisionRule("network")
HALF = 1.6448536269514722
"""Distance from a normal estimate with error 1 to its one-sided 95 % bound."""


def found(estimate, std_error=1.0):
    return EffectResult(estimate, std_error, np.inf, 0.5, "demo")


def verdict(estimate, std_error=1.0, *, metric=SPEED, **more):
    effects, metrics = {metric.code: found(estimate, std_error)}, [metric]
    if "damage" in more:
        effects["damage"] = found(*more.pop("damage"))
        metrics.append(DAMAGE)
    more = {"evidence": "I"} | more
    return evaluate_rule(more.pop("rule", NETWORK), effects, metrics, **more)


@pytest.mark.parametrize(
    ("estimate", "std_error", "expected"),
    [
        (1 + HALF + 0.001, 1.0, "meets"),
        (1 + HALF - 0.001, 1.0, "promising"),
        (HALF + 0.001, 1.0, "promising"),
        (HALF - 0.001, 1.0, "inconclusive"),
        (0.0, 1.0, "inconclusive"),
        (-HALF + 0.001, 1.0, "no-effect-shown"),  # the upper bound excludes the threshold
        (-HALF - 0.001, 1.0, "harm"),
        (0.5, 0.1, "no-effect-shown"),  # shown, and shown too small
        (0.0, 0.1, "no-effect-shown"),
    ],
)
def test_the_class_follows_the_one_sided_bound(estimate, std_error, expected):
    assert verdict(estimate, std_error).verdict == expected
    # The same turned round for a metric where less is better.
    assert verdict(-estimate, std_error, metric=DELAY).verdict == expected


def test_an_effect_shown_too_small_says_so():
    assert [one.code for one in verdict(0.5, 0.1).reasons] == ["below-threshold"]
    assert [one.code for one in verdict(0.0, 0.1).reasons] == ["no-effect-shown"]


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        ({"planned_std_error": 1.0}, "no-effect-shown"),
        ({"planned_std_error": 0.99}, "inconclusive"),
        ({"detectable": 2.49}, "no-effect-shown"),
        ({"detectable": 2.48}, "inconclusive"),
    ],
)
def test_reaching_the_planned_precision_turns_nothing_into_no_effect_shown(planned, expected):
    metric = Metric("speed", "primary", "mean", "higher", "1/h", threshold=1.0, **planned)

    assert judge_primary(found(0.2), metric).finding == expected


def test_a_bound_on_the_line_is_not_beyond_it():
    at_zero = Metric("speed", "primary", "mean", "higher", "1/h", threshold=0.0)
    lower = found(HALF).lower(0.95)

    assert judge_primary(found(HALF - lower), at_zero).finding == "inconclusive"


@pytest.mark.parametrize(("further", "expected"), [(0.0, "promising"), (1e-9, "no-effect-shown")])
def test_an_effect_may_be_worth_having_as_long_as_its_bound_reaches_the_threshold(
    further, expected
):
    line = found(5.0).upper(0.95) + further
    metric = Metric("speed", "primary", "mean", "higher", "1/h", threshold=line)

    assert judge_primary(found(5.0), metric).finding == expected


@pytest.mark.parametrize(("further", "is_harm"), [(0.0, False), (-1e-9, True)])
def test_harm_is_shown_below_zero_and_not_on_it(further, is_harm):
    half = found(0.0).upper(0.95)

    assert (judge_primary(found(further - half), SPEED).finding == "harm") is is_harm


@pytest.mark.parametrize(
    ("damage", "expected", "colour"),
    [
        ((0.0, 0.1), "meets", "green"),
        ((0.0, 1.0), "promising", "amber"),
        ((2.0, 0.1), "harm", "red"),
        ((0.6, 0.1), "promising", "amber"),  # worse, but not shown worse than the margin
    ],
)
def test_guardrails_must_be_shown_harmless(damage, expected, colour):
    decision = verdict(5.0, damage=damage)

    assert (decision.verdict, decision.colour) == (expected, colour)


def test_guardrails_are_read_at_the_level_of_the_rule_however_many_primaries_there_are():
    """All must hold, so they share no error: 1.64 errors lie within the margin, 1.96 do not."""
    effects = {"speed": found(9.0), "delay": found(-9.0), "damage": found(0.0, 0.27)}

    decision = evaluate_rule(NETWORK, effects, [SPEED, DELAY, DAMAGE], evidence="I")

    assert decision.verdict == "meets"
    assert judge_guardrail(effects["damage"], DAMAGE, level=0.975).finding == "not-shown"


def test_a_guardrail_without_bounds_is_not_shown_harmless():
    effects = {"speed": found(9.0), "damage": EffectResult.withheld("demo", ())}

    decision = evaluate_rule(NETWORK, effects, [SPEED, DAMAGE], evidence="I")

    assert (decision.verdict, decision.colour) == ("promising", "amber")
    assert [one.code for one in decision.reasons] == ["meets", "guardrail-not-shown"]


def test_harm_of_a_guardrail_comes_before_everything_but_invalid():
    flag = Flag("srm", "block", "Shares differ.")

    assert verdict(5.0, damage=(2.0, 0.1), flags=[flag]).verdict == "invalid"
    assert verdict(-5.0, damage=(0.0, 0.1)).reasons[0].code == "harm"
    assert verdict(5.0, damage=(2.0, 0.1)).reasons[0].code == "guardrail-harm"


def test_a_blocking_flag_is_grey_wherever_it_stands():
    flag = Flag("missing-differs", "block", "Missing.", {"difference": 9.0})
    withheld = EffectResult.withheld("demo", (flag,))

    from_metric = evaluate_rule(NETWORK, {"speed": withheld}, [SPEED], evidence="I")

    assert (from_metric.verdict, from_metric.colour) == ("invalid", "grey")
    assert [reason.code for reason in from_metric.reasons] == ["missing-differs"]
    assert verdict(5.0, flags=[Flag("few-units", "warn", "Few.")]).colour == "green"


def test_a_withheld_secondary_metric_does_not_stop_the_verdict():
    extra = Metric("mood", "secondary", "mean", "higher", "1")
    effects = {
        "speed": found(5.0),
        "mood": EffectResult.withheld("demo", (Flag("x", "block", "X."),)),
    }

    assert evaluate_rule(NETWORK, effects, [SPEED, extra], evidence="I").colour == "green"


@pytest.mark.parametrize(
    ("evidence", "scope", "archive", "colour"),
    [
        ("I", "network", False, "green"),
        ("II", "network", False, "green"),
        ("III", "network", False, "amber"),
        ("IV", "network", False, "amber"),
        ("III", "next-stage", False, "green"),
        ("I", "network", True, "amber"),
        ("I", "next-stage", True, "amber"),
    ],
)
def test_weak_evidence_and_the_archive_are_never_green_for_the_network(
    evidence, scope, archive, colour
):
    decision = verdict(5.0, evidence=evidence, rule=DecisionRule(scope), archive=archive)

    assert (decision.verdict, decision.colour) == ("meets", colour)


def worth(estimate, std_error, capex):
    value = ValueModel(
        "RUB", Range.certain(10), Range.certain(100), 1.0, transport=Range.certain(1.0)
    )
    cost = CostModel("RUB", (CostItem("all", "capex", Range.certain(capex)),))
    return npv(found(estimate, std_error), value, cost, rng=np.random.default_rng(1))


@pytest.mark.parametrize(
    ("estimate", "std_error", "capex", "expected"),
    [
        (5.0, 1.0, 1000, ("meets", "green")),
        (5.0, 1.0, 4500, ("meets", "amber")),
        (5.0, 1.0, 9000, ("meets", "red")),
        (0.0, 1.0, 9000, ("inconclusive", "red")),
        (0.0, 1.0, 500, ("inconclusive", "amber")),
    ],
)
def test_money_moves_the_colour_but_not_the_class(estimate, std_error, capex, expected):
    decision = verdict(estimate, std_error, money=worth(estimate, std_error, capex))

    assert (decision.verdict, decision.colour) == expected
    assert decision.money["lower"] < decision.money["upper"]


@pytest.mark.parametrize(("left", "colour"), [(0, "amber"), (1, "green")])
def test_money_must_be_shown_above_nothing(left, colour):
    """What is left by the lower bound, in roubles."""
    room = round(worth(5.0, 1.0, 1000).lower(0.95))
    money = worth(5.0, 1.0, 1000 + room - left)

    decision = verdict(5.0, money=money)

    assert (decision.money["lower"], decision.colour) == (left, colour)


@pytest.mark.parametrize(("left", "colour"), [(0, "amber"), (-1, "red")])
def test_money_must_be_shown_below_nothing_to_speak_against_it(left, colour):
    """What is left by the upper bound, in roubles."""
    room = round(worth(5.0, 1.0, 1000).upper(0.95))
    money = worth(5.0, 1.0, 1000 + room - left)

    decision = verdict(5.0, money=money)

    assert (decision.money["upper"], decision.colour) == (left, colour)


def test_two_primaries_share_the_error():
    one = EffectResult(1 + 1.7, 1.0, np.inf, 0.5, "demo")
    both = evaluate_rule(NETWORK, {"speed": one, "delay": found(0.0)}, [SPEED, DELAY], evidence="I")

    assert evaluate_rule(NETWORK, {"speed": one}, [SPEED], evidence="I").verdict == "meets"
    assert both.verdict == "promising"


@pytest.mark.parametrize(
    ("kind", "method", "units", "expected"),
    [
        ("parallel", "unit-means", 12, "I"),
        ("parallel", "unit-means", 11, "II"),
        ("pairs", "paired", 20, "I"),
        ("stepped-wedge", "mixed-model", 20, "II"),
        ("stepped-wedge", "vertical", 20, "I"),
        ("difference-in-differences", "group-time", 50, "III"),
        ("synthetic-control", "synthetic-control", 50, "III"),
        ("interrupted-series", "segmented-regression", 1, "IV"),
    ],
)
def test_the_class_of_evidence_is_that_of_the_design(kind, method, units, expected):
    assert evidence_class(kind, method, units) == expected


def test_a_guardrail_where_less_is_better_turns_round():
    assert judge_guardrail(found(0.0, 0.1), DAMAGE).finding == "non-inferior"
    assert judge_guardrail(found(1.0, 0.1), DAMAGE).finding == "harm"
    assert judge_guardrail(found(-1.0, 0.1), DAMAGE).finding == "non-inferior"
    with pytest.raises(ValueError, match="margin is -1"):
        non_inferiority(found(0.0), -1)
