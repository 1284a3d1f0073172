"""Picture, words and tables name the bounds by which the rule judged, and they agree."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from pochin.evaluations import main_finding, words
from pochin.evaluations.report import Context, assemble, money
from pochin.evaluations.tests.test_headline import TWO, judged
from pochin.evaluations.tests.test_report import AT
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import DELAY, QUEUE
from pochin.ui import charts

VALUE = {
    "per_unit": {"low": 100, "mid": 120, "high": 150},
    "volume": {"low": 10, "mid": 12, "high": 15},
    "horizon_years": 3, "discount": 0.15, "currency": "RUB",
}  # fmt: skip
COST = {
    "items": [{"name": "capex", "kind": "capex", "low": 1, "mid": 2, "high": 3}],
    "currency": "RUB",
}


def between_bound_and_end():
    """A pilot that passes, though its 95 % interval holds the threshold."""
    row = judged({"delay": -3.0}, metrics=[DELAY])[1]["metrics"][0]
    end = -next(one["high"] for one in row["effect"]["intervals"] if one["level"] == 0.95)
    line = round((end + row["judged"]["lower"]) / 2, 3)
    return judged({"delay": -3.0}, metrics=[DELAY | {"threshold": line}])


def told(protocol, result, language="en"):
    with translation.override(language):
        return main_finding.primary(result, protocol)


def test_a_finding_whose_interval_holds_the_threshold_says_by_which_bound_it_passed():
    protocol, result = between_bound_and_end()
    row = result["metrics"][0]
    line, high = -row["metric"]["threshold"], words.estimate_of(row["effect"]).high

    assert result["decision"]["verdict"] == "meets"
    assert line < high
    found = told(protocol, result)
    (bound,) = re.findall(r"only if the cautious bound, (−[\d.]+)", found.detail)
    assert float(bound.replace("−", "-")) == pytest.approx(-row["judged"]["lower"], abs=0.06)
    assert float(bound.replace("−", "-")) < line
    assert "in 5% of cases at most" in found.detail.replace("\xa0", "")
    assert "Bounds of the rule, each of 95" in str(found.picture)
    assert bound in str(found.picture)
    assert "осторожная граница" in told(protocol, result, "ru").detail


def test_the_picture_marks_both_bounds_upright():
    protocol, result = between_bound_and_end()

    marked = re.findall(r'class="thin k-with" x1="([^"]+)" x2="([^"]+)"',
                        str(told(protocol, result).picture))  # fmt: skip

    assert [left == right for left, right in marked] == [False, True, True]


def test_the_paper_tells_the_same_bounds_in_every_table():
    protocol, result = between_bound_and_end()
    with translation.override("en"):
        paper = assemble(protocol, result, Context(title="x"), language="en", at=AT)

    sections = {str(one.heading): one for one in paper.sections}
    facts = {str(name): str(value) for name, value in sections["The figures"].facts}
    (known,) = [value for name, value in facts.items() if name.startswith("Bounds of the rule")]
    (judged_row,) = sections["How it was judged"].table.rows
    ends = [-float(one.replace("−", "-")) for one in re.findall(r"[−+][\d.]+", known)]
    lower, upper = (float(str(one).replace("−", "-")) for one in judged_row[1:3])
    assert sorted(ends) == pytest.approx([lower, upper], abs=0.06)


def test_several_metrics_share_the_error_and_their_bounds_say_so():
    protocol, result = judged({"delay": -6.0, "queue": 0.0}, **TWO)
    estimate = words.judged_of(result["metrics"][0], protocol)

    assert estimate.bounds.level == pytest.approx(0.975)
    assert estimate.bounds.low == pytest.approx(estimate.low)
    assert "2.5%" in told(protocol, result).detail.replace("\xa0", "")


def test_a_guardrail_tells_the_worst_the_rule_allows_for():
    protocol, result = judged({"delay": -6.0, "complaints": 0.0}, metrics=[DELAY, QUEUE])
    row = result["metrics"][1]
    estimate = words.judged_of(row, protocol)

    assert estimate.toward(row["metric"]["margin"]) == pytest.approx(-row["judged"]["lower"])
    with translation.override("en"):
        assert "at worst by the rule" in str(words.guardrails(result, protocol))


def test_a_trial_from_the_archive_does_not_claim_an_earlier_threshold():
    protocol, result = judged({"delay": -6.0}, metrics=[DELAY], archive=True)
    _, written_before = judged({"delay": -6.0}, metrics=[DELAY])

    assert "written down after the data" in told(protocol, result).detail
    fresh = Protocol.parse(protocol.document | {"archive": False})
    assert "written down before the start" in told(fresh, written_before).detail


def test_a_check_of_another_metric_is_told_with_its_name():
    protocol, result = judged({"delay": -6.0, "queue": 0.0}, **TWO)
    flag = {"code": "x", "severity": "warn", "message": "A variance is estimated as zero.",
            "evidence": {}, "at": ""}  # fmt: skip
    for row in result["metrics"]:
        row["effect"]["flags"] = [flag] if row["metric"]["code"] == "queue" else []
    result["flags"] = []

    with translation.override("en"):
        assert [one.text for one in words.checks(result)] == [
            "Queue: A variance is estimated as zero."
        ]
        result["metrics"][0]["effect"]["flags"] = [flag]
        assert [one.text for one in words.checks(result)] == ["A variance is estimated as zero."]
    assert protocol.primary.code == "delay"


@pytest.mark.parametrize("several", [True, False])
def test_money_says_whose_it_is_where_there_are_several(several):
    two = TWO if several else {"metrics": [DELAY]}
    protocol, result = judged({"delay": -6.0, "queue": 0.0}, **two, value=VALUE, cost=COST)

    with translation.override("en"):
        said = " ".join(str(one) for one in money(protocol, result).text)
    assert ("Counted from “delay” alone" in said) == several
    assert ("not in it: Queue." in said) == several


def test_bounds_turn_with_the_threshold_and_a_missing_one_is_not_drawn():
    bounds = charts.Bounds(-3.0, None, 0.9)
    over = charts.Estimate(-2.0, -4.0, -1.0, bounds=bounds).over(-2.0)

    assert (over.bounds.low, over.bounds.high, over.bounds.level) == (None, 1.5, 0.9)
    scale = charts.Scale(0, 2)
    drawn = str(charts.interval(over, scale))
    assert drawn.count('x1="75%" x2="75%"') == 1
    assert str(charts.interval(charts.Estimate(1.0, 0.5, 2.0), scale)).count("thin k-with") == 1
