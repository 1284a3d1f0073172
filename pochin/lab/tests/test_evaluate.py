"""From plan and table to the result: gates, numbers, verdict, and the same digits again."""

import json

import numpy as np
import pytest
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.facts import Facts
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.result import Flag, ProtocolViolation
from pochin.lab.tests.plans import DELAY, QUEUE, WEEKS, offices, plan

MONEY = {
    "value": {
        "currency": "RUB",
        "per_unit": {"low": 90, "mid": 100, "high": 110},
        "volume": {"low": 900, "mid": 1000, "high": 1100},
        "horizon_years": 3,
    },
    "cost": {
        "currency": "RUB",
        "items": [{"name": "sorter", "kind": "capex", "low": 1000, "mid": 2000, "high": 3000}],
    },
}


def table_of(protocol, *, effect=-4.0, seed=1, sizes=None, missing=None, drop=(), noise=1.0):
    """Readings of delay and complaints for every unit and period of a plan."""
    rng = np.random.default_rng(seed)
    assignment = protocol.assignment("7")
    rows = []
    for i, unit in enumerate(assignment.unit_ids.tolist()):
        level = rng.normal(30, noise)
        n = 50 if sizes is None else sizes[i]
        for t, period in enumerate(assignment.period_ids.tolist()):
            on = assignment.schedule[i, t] == 1
            if (unit, period) in drop:
                continue
            mean = level + effect * on + rng.normal(0, 0.3)
            share = 0.02 + 0.0001 * rng.normal()
            lost = 0 if missing is None else missing(i, t)
            rows.append((unit, period, "delay", n, mean, 3.0 * n, lost))
            rows.append((unit, period, "complaints", n, share, n * share * (1 - share), lost))
    unit, period, metric, n, mean, m2, lost = zip(*rows, strict=True)
    extra = {} if missing is None else {"missing": lost}
    return MomentTable(unit, period, metric, n, mean, m2, **extra)


def evaluated(kind="parallel", *, data=None, plan_changes=None, **more):
    protocol = Protocol.parse(plan(kind, **(plan_changes or {})))
    return evaluate_plan(protocol, table_of(protocol, **(data or {})), **more)


def numbers(document, path=""):
    """Every number of a document with its place."""
    if isinstance(document, dict):
        return [one for key, value in document.items() for one in numbers(value, f"{path}.{key}")]
    if isinstance(document, list):
        return [one for i, value in enumerate(document) for one in numbers(value, f"{path}[{i}]")]
    is_number = isinstance(document, int | float) and not isinstance(document, bool)
    return [(path, document)] if is_number else []


def test_a_parallel_pilot_is_judged_by_its_unit_means():
    protocol = Protocol.parse(plan())
    table = table_of(protocol)
    result = evaluate_plan(protocol, table)

    panel = table.to_matrix("delay", units=protocol.assignment().unit_ids, periods=protocol.run_ids)
    y, arms = panel.Y.mean(axis=1), protocol.assignment().arms
    expected = stats.ttest_ind(y[arms == 1], y[arms == 0])

    effect = result.of("delay").effect
    assert effect.estimate == pytest.approx(y[arms == 1].mean() - y[arms == 0].mean())
    assert effect.p_value == pytest.approx(expected.pvalue)
    assert result.of("delay").p_value == result.of("delay").lot.p_value
    assert [one.level for one in effect.intervals] == [0.8, 0.95]
    assert (result.decision.verdict, result.decision.colour) == ("meets", "green")
    assert result.decision.evidence_class == "I"
    assert result.of("complaints").judged.finding == "non-inferior"
    assert set(result.balance) == {"delay", "complaints"}


@pytest.mark.parametrize(
    ("kind", "verdict", "evidence"),
    [
        ("parallel", "meets", "I"),
        ("pairs", "meets", "I"),
        ("stepped-wedge", "meets", "II"),
        ("switchback", "meets", "II"),
        ("difference-in-differences", "meets", "III"),
    ],
)
def test_each_kind_of_design_is_dispatched_to_its_own_method(kind, verdict, evidence):
    result = evaluated(kind)

    assert result.decision.verdict == verdict
    assert result.decision.evidence_class == evidence
    assert result.decision.colour == ("green" if evidence in ("I", "II") else "amber")
    assert result.of("delay").effect.estimate == pytest.approx(-4, abs=0.7)


LONG = {"start": "2026-03-02", "length": "day", "baseline": 30, "run": 30}


def test_a_synthetic_twin_judges_one_office_by_its_rank():
    protocol = Protocol.parse(
        plan(
            "synthetic-control",
            periods=LONG | {"wash_in": 2},
            metrics=[DELAY],
            assignment={
                "method": "observed",
                "units": offices(22, arm=lambda i: "control" if i else "treatment"),
            },
        )
    )
    result = evaluate_plan(protocol, table_of(protocol, noise=3.0))
    effect = result.of("delay").effect

    assert effect.reference_distribution == "placebo"
    assert effect.p_floor == pytest.approx(1 / 22)
    assert effect.estimate == pytest.approx(-4, abs=0.5)
    assert result.decision.evidence_class == "III"
    assert result.decision.colour != "green"


def test_a_series_without_comparison_is_evidence_of_the_last_class():
    protocol = Protocol.parse(plan("interrupted-series", periods=LONG, metrics=[DELAY]))
    result = evaluate_plan(protocol, table_of(protocol))

    assert result.of("delay").effect.estimate == pytest.approx(-4, abs=0.6)
    assert result.decision.evidence_class == "IV"
    assert result.decision.colour == "amber"


def test_a_wedge_carries_its_second_analysis_beside_it():
    result = evaluated("stepped-wedge")

    methods = [one.method for one in result.of("delay").sensitivity]
    assert methods == ["stepped-wedge-vertical"]


def test_the_same_plan_and_table_give_every_digit_again():
    one, other = (
        evaluated(plan_changes=MONEY | {"assignment": big_lot(), "analysis": {"draws": 4999}})
        for _ in range(2)
    )

    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())
    assert one.of("delay").lot.values["exact"] is False


def big_lot():
    return {
        "method": "complete",
        "units": offices(24, arm=lambda i: ("control", "treatment")[i % 2]),
    }


def test_money_is_counted_and_told():
    result = evaluated(plan_changes=MONEY)

    assert result.decision.colour == "green"
    assert result.decision.money["currency"] == "RUB"
    assert result.decision.money["lower"] > 0


def test_what_was_paid_takes_the_place_of_what_was_guessed():
    guessed = evaluated(plan_changes=MONEY).decision
    found = evaluated(plan_changes=MONEY, facts=Facts(paid={"sorter": 9e9}))
    within = evaluated(plan_changes=MONEY, facts=Facts(paid={"sorter": 3000.0}))

    assert (found.decision.colour, found.decision.money["upper"] < 0) == ("red", True)
    assert "cost-over-range" in {one.code for one in found.flags}
    assert within.decision.money["mean"] < guessed.money["mean"]
    assert "cost-over-range" not in {one.code for one in within.flags}


def test_what_the_pilot_itself_took_is_no_cost_of_the_roll_out():
    # Whoever pays may have the name of an item of the plan.
    guessed = evaluated(plan_changes=MONEY).decision
    spent = evaluated(plan_changes=MONEY, facts=Facts(costs={"sorter": (9e9, 9e9)})).decision

    assert spent.money == guessed.money


def test_the_archive_is_never_green_and_says_so():
    result = evaluated(plan_changes={"archive": True})

    assert (result.decision.verdict, result.decision.colour) == ("meets", "amber")
    assert [one.code for one in result.decision.reasons] == ["meets", "archive"]
    assert result.to_dict()["archive"] is True


# Gates.


def last_week(protocol):
    return {(unit["unit"], protocol.period_ids[-1]) for unit in protocol.units}


def some_cells():
    """A third of the cells of the run, in both arms alike."""
    protocol = Protocol.parse(plan())
    return {
        (unit["unit"], period)
        for i, unit in enumerate(protocol.units)
        for t, period in enumerate(protocol.run_ids)
        if (i // 2 + t) % 3 == 0
    }


def half_an_arm():
    protocol = Protocol.parse(plan())
    gone = [unit["unit"] for unit in protocol.units if unit["arm"] == "treatment"][:5]
    return {(unit, period) for unit in gone for period in protocol.run_ids}


GATES = {
    "a flag from the readings": (
        {},
        {"flags": [Flag("duplicates", "block", "Twice.")]},
        {},
        "duplicates",
    ),
    "a week that has not arrived": (
        {"drop": last_week(Protocol.parse(plan()))},
        {},
        {},
        "immature",
    ),
    "too much missing": ({"missing": lambda *_: 10}, {}, {}, "missing-readings"),
    "missing in one arm": ({"missing": lambda i, _: 4 * (i % 2)}, {}, {}, "missing-differs"),
    "cells without readings": ({"drop": some_cells()}, {}, {}, "missing-readings"),
    "one arm drops out": ({"drop": half_an_arm()}, {}, {}, "dropout-differs"),
    "a lot too small": (
        {},
        {},
        {
            "assignment": {
                "method": "complete",
                "units": offices(6, arm=lambda i: ("control", "treatment")[i % 2]),
            }
        },
        "lot-too-small",
    ),
}


@pytest.mark.parametrize("gate", GATES)
def test_no_number_passes_a_blocked_gate(gate):
    data, more, plan_changes, code = GATES[gate]
    result = evaluated(data=data, plan_changes=plan_changes, **more)

    assert (result.decision.verdict, result.decision.colour) == ("invalid", "grey")
    assert code in [one.code for one in result.flags if one.blocks]
    for one in result.to_dict()["metrics"]:
        effect = one["effect"]
        assert (effect["estimate"], effect["std_error"], effect["p_value"]) == (None, None, None)
        assert (effect["intervals"], effect["values"], effect["curve"]) == ([], {}, [])
        assert (one["lot"], one["p_value"], one["judged"], one["look"]) == (None, None, None, None)
        assert one["sensitivity"] == []
    assert result.balance == {}
    assert result.decision.money is None


def test_the_gates_let_clean_data_pass():
    result = evaluated(data={"missing": lambda *_: 1})

    assert result.decision.verdict == "meets"
    assert [one for one in result.flags if one.blocks] == []


def test_a_primary_metric_without_readings_is_not_evaluable():
    protocol = Protocol.parse(plan())
    table = table_of(protocol).only(metric="complaints")

    result = evaluate_plan(protocol, table)

    assert result.decision.colour == "grey"
    assert [one.code for one in result.flags] == ["no-readings"]


def test_a_guardrail_without_readings_stops_the_verdict_and_a_secondary_does_not():
    protocol = Protocol.parse(plan())
    table = table_of(protocol).only(metric="delay")
    extra = {
        "code": "mood",
        "role": "secondary",
        "kind": "mean",
        "direction": "higher",
        "unit": "1",
    }
    without_guard = Protocol.parse(plan(metrics=[DELAY, extra]))

    assert evaluate_plan(protocol, table).decision.colour == "grey"
    result = evaluate_plan(without_guard, table)
    assert result.decision.colour == "green"
    assert result.of("mood").effect.blocked


@pytest.mark.parametrize(("units", "is_few"), [(10, True), (12, False)])
def test_twelve_units_are_not_few(units, is_few):
    drawn = {"method": "complete", "units": plan()["assignment"]["units"][:units]}

    result = evaluated(plan_changes={"assignment": drawn})

    assert ("few-units" in [one.code for one in result.flags]) is is_few


def test_few_units_are_warned_of_and_unequal_arms_switch_to_welch():
    units = offices(10, arm=lambda i: "treatment" if i < 4 else "control")
    result = evaluated(plan_changes={"assignment": {"method": "complete", "units": units}})
    effect = result.of("delay").effect

    assert "few-units" in [one.code for one in result.flags]
    assert effect.method == "unit-means-welch"
    assert "arms-unequal" in [one.code for one in effect.flags]
    assert result.decision.evidence_class == "II"


def test_a_lost_unit_is_told_and_its_lot_recounted():
    protocol = Protocol.parse(plan())
    drop = {("101", period) for period in protocol.period_ids}

    result = evaluated(data={"drop": drop})

    assert "units-lost" in [one.code for one in result.flags]
    assert result.of("delay").effect.n_units == {"control": 5, "treatment": 6}
    assert result.of("delay").lot.values["n_admissible"] == 462


def test_large_and_small_offices_that_disagree_are_told():
    sizes = [2000 if i % 12 < 2 else 20 for i in range(12)]
    protocol = Protocol.parse(plan(metrics=[DELAY]))
    table = table_of(protocol, effect=0.0, sizes=sizes, noise=0.1)
    moved = np.where(
        np.isin(table.unit, ["102"]) & (table.period >= "2026-03-16"), -3.0,
        np.where(np.isin(table.unit, [str(101 + i) for i in range(3, 12, 2)])
                 & (table.period >= "2026-03-16"), 3.0, 0.0),
    )  # fmt: skip
    table = MomentTable(**(table.columns() | {"mean": table.mean + moved}))

    flags = evaluate_plan(protocol, table).of("delay").effect.flags

    assert "weights-disagree" in [one.code for one in flags]


# Ratios, people, several questions.


def test_a_ratio_is_a_quotient_of_sums_in_each_unit():
    ratio = DELAY | {"kind": "ratio", "denominator": "parcels", "unit": "min/parcel"}
    protocol = Protocol.parse(plan(metrics=[ratio]))
    plain = table_of(protocol).only(metric="delay")
    weights = np.random.default_rng(3).uniform(1, 4, len(plain))
    table = MomentTable(
        **plain.columns(), den_mean=weights, den_m2=np.full(len(plain), 5.0),
        den_co=np.zeros(len(plain)),
    )  # fmt: skip

    result = evaluate_plan(protocol, table)

    panel, below = (
        table.to_matrix("delay", periods=protocol.run_ids, part=part).Y for part in ("mean", "den")
    )
    expected = panel.sum(axis=1) / below.sum(axis=1)
    assert result.of("delay").effect.values["value"] == pytest.approx(expected)


def people_table(rng, n=(4000, 4000), lift=0.03):
    rows = []
    for arm, size, shift in (("control", n[0], 0.0), ("treatment", n[1], lift)):
        y = rng.normal(1 + shift, 1.0, size)
        rows.append((arm, "2026-03-02", "spend", size, y.mean(), ((y - y.mean()) ** 2).sum()))
    return MomentTable(*zip(*rows, strict=True))


PEOPLE = {
    "metrics": [DELAY | {"code": "spend", "direction": "higher", "threshold": 0.0}],
    "periods": {"ids": ["2026-03-02"], "baseline": 0, "run": 1},
}


def test_people_are_compared_by_arms_without_listing_them():
    table = people_table(np.random.default_rng(4), lift=0.2)
    result = evaluate_plan(Protocol.parse(plan("individual", **PEOPLE)), table)

    control, treatment = table.mean
    assert result.of("spend").effect.estimate == pytest.approx(treatment - control)
    assert result.of("spend").effect.method == "means-welch"
    assert (result.decision.verdict, result.decision.evidence_class) == ("meets", "I")


def test_shares_of_people_that_do_not_fit_the_plan_block():
    result = evaluate_plan(
        Protocol.parse(plan("individual", **PEOPLE)),
        people_table(np.random.default_rng(4), n=(4000, 4500)),
    )

    assert result.decision.colour == "grey"
    assert [one.code for one in result.flags if one.blocks] == ["srm"]


def test_people_themselves_may_be_the_units():
    rng = np.random.default_rng(6)
    ids = np.arange(600)
    arms = (ids % 2).astype(np.int8)
    before = rng.normal(size=600)
    y = before + 0.3 * arms + 0.5 * rng.normal(size=600)
    table = MomentTable(
        ids, ["2026-03-02"] * 600, ["spend"] * 600, np.ones(600, int), y, np.zeros(600),
        pre_mean=before, pre_m2=np.zeros(600), pre_co=np.zeros(600),
    )  # fmt: skip
    protocol = Protocol.parse(plan("individual", **PEOPLE, analysis={"method": "cuped"}))
    assignment = Assignment(arms[:, None], ids, protocol.period_ids)

    result = evaluate_plan(protocol, table, assignment=assignment)

    X = np.column_stack([np.ones(600), arms, before])
    assert result.of("spend").effect.estimate == pytest.approx(
        np.linalg.lstsq(X, y, rcond=None)[0][1], abs=1e-10
    )


def test_secondary_metrics_get_their_own_adjustment():
    extra = [
        {"code": code, "role": "secondary", "kind": "mean", "direction": "higher", "unit": "1"}
        for code in ("delay2", "delay3")
    ]
    protocol = Protocol.parse(plan(metrics=[DELAY, *extra]))
    one = table_of(protocol).only(metric="delay")
    others = [
        MomentTable(**(one.columns() | {"metric": [code] * len(one)}))
        for code in ("delay2", "delay3")
    ]
    result = evaluate_plan(protocol, one.merge(*others))

    assert result.of("delay").adjusted_p is None
    assert result.of("delay2").adjusted_p == pytest.approx(result.of("delay2").p_value)


# Looks.

LOOKS = {"analysis": {"looks": {"spending": "obrien-fleming", "at": [0.5, 1.0]}}}


def test_an_early_look_uses_only_its_periods_and_wider_intervals():
    protocol = Protocol.parse(plan(**LOOKS))
    table = table_of(protocol, effect=-2.0)
    half = table.only(periods=protocol.period_ids[:4])

    early = evaluate_plan(protocol, half, look=1)
    late = evaluate_plan(protocol, table)
    plain = evaluate_plan(Protocol.parse(plan()), table)

    assert early.of("delay").effect.periods == protocol.run_ids[:2]
    assert early.of("delay").look.information == pytest.approx(0.5)
    widths = [np.diff(one.of("delay").effect.conf_int(0.95))[0] for one in (late, plain)]
    assert widths[0] > widths[1]
    assert early.of("delay").look.boundary > late.of("delay").look.boundary
    assert early.of("delay").effect.conf_int(0.95) == early.of("delay").look.repeated_ci


def test_a_look_that_is_not_planned_is_refused():
    with pytest.raises(ProtocolViolation, match="no interim looks"):
        evaluated(look=1)
    with pytest.raises(ProtocolViolation, match="there is no look 3"):
        evaluated(plan_changes=LOOKS, look=3)


def test_looks_of_few_units_may_be_held_by_lot():
    looks = {"analysis": {"looks": {"spending": "randomization", "at": [0.5, 1.0]}}}
    protocol = Protocol.parse(plan(**looks))
    result = evaluate_plan(protocol, table_of(protocol))

    assert result.of("delay").look.crossed
    assert result.of("delay").look.look == 1  # it would have stopped there


@pytest.mark.parametrize("adjusted", [True, False])
def test_looks_by_lot_take_out_what_was_measured_before_where_the_plan_says_so(adjusted):
    analysis = {
        "adjust_for_baseline": adjusted,
        "looks": {"spending": "randomization", "at": [0.5, 1.0]},
    }
    protocol = Protocol.parse(plan(metrics=[DELAY], analysis=analysis))
    result = evaluate_plan(protocol, table_of(protocol, noise=20.0))

    row = result.of("delay")
    assert row.look.crossed == adjusted
    assert (row.lot.p_value < 0.05) == adjusted


def test_the_result_is_a_document_json_can_hold():
    document = evaluated().to_dict()

    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["schema"] == "pochin-result/1"
    assert document["provenance"]["protocol_hash"] == Protocol.parse(plan()).sha256


def test_the_lot_must_be_drawn_before_anything_is_evaluated():
    protocol = Protocol.parse(plan(assignment={"method": "complete", "units": offices(12)}))
    table = table_of(protocol)

    with pytest.raises(ProtocolViolation, match="not been drawn"):
        evaluate_plan(protocol, table)
    assert evaluate_plan(protocol, table, seed="7").decision.verdict == "meets"


def test_a_guardrail_that_gets_worse_is_red():
    protocol = Protocol.parse(plan(metrics=[DELAY, QUEUE]))
    table = table_of(protocol)
    on = (table.metric == "complaints") & (table.period >= "2026-03-16")
    treated = np.isin(table.unit, [str(101 + i) for i in range(1, 12, 2)])
    worse = MomentTable(**(table.columns() | {"mean": table.mean + 0.03 * (on & treated)}))

    result = evaluate_plan(protocol, worse)

    assert (result.decision.verdict, result.decision.colour) == ("harm", "red")
    assert result.of("complaints").judged.finding == "harm"


def test_wash_in_weeks_leave_no_trace_in_the_estimate():
    periods = WEEKS | {"wash_in": 1}
    protocol = Protocol.parse(plan(periods=periods))
    table = table_of(protocol)
    first = table.period == protocol.period_ids[2]
    shocked = MomentTable(**(table.columns() | {"mean": table.mean + 50.0 * first}))

    one, other = (evaluate_plan(protocol, each).of("delay").effect for each in (table, shocked))

    assert one.estimate == pytest.approx(other.estimate)


@pytest.mark.parametrize("role", ["guardrail", "secondary"])
def test_where_a_judged_metric_fails_no_other_shows_a_number(role):
    # Complaints stand still in each arm and differ between them: nothing can be computed with that.
    rows = dict(plan()["metrics"][1])
    rows.pop("margin")
    judged = rows | ({"margin": 0.01} if role == "guardrail" else {}) | {"role": role}
    metrics = [plan()["metrics"][0], judged]
    protocol = Protocol.parse(plan(metrics=metrics))
    table = table_of(protocol)
    still = table.metric == "complaints"
    treated = [one["unit"] for one in protocol.units if one["arm"] == "treatment"]
    flat = MomentTable(
        table.unit,
        table.period,
        table.metric,
        table.n,
        np.where(still, np.isin(table.unit, treated) * 0.5, table.mean),
        np.where(still, 0.0, table.m2),
    )

    found = evaluate_plan(protocol, flat)

    delay = found.of("delay")
    assert found.of("complaints").effect.blocked
    assert found.blocked == (role == "guardrail")
    assert (delay.effect.estimate is None) == (role == "guardrail")
    assert (delay.lot is None, delay.course == ()) == (role == "guardrail",) * 2
    assert (found.balance == {}) == (role == "guardrail")
