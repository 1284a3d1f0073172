"""The sentence over a result says what the bounds say, for every metric that made the verdict."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import translation

from pochin.evaluations import main_finding, reasons, words
from pochin.evaluations.report import Context, assemble
from pochin.evaluations.tests.test_report import AT
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import DELAY, QUEUE, plan

QUEUES = DELAY | {"code": "queue", "name": "Queue"}
TWO = {"metrics": [DELAY, QUEUES], "analysis": {"multiplicity": "holm"}}


def judged(effects, *, noise=1.0, **changes):
    """Twelve sites whose metrics change by so much; noise of a site is the same for all."""
    protocol = Protocol.parse(plan(**changes))
    lot, rng, rows = protocol.assignment(None), np.random.default_rng(5), []
    for unit, arm in zip(lot.unit_ids.tolist(), lot.arms.tolist(), strict=True):
        for code, gain in effects.items():
            base, spread = (0.1, 0.001) if code == "complaints" else (30.0, noise)
            own = base + spread * rng.normal()
            rows += [
                (unit, period, code, 50, own + gain * arm * (t > 1), 0.0)
                for t, period in enumerate(lot.period_ids.tolist())
            ]
    table = MomentTable(*(list(column) for column in zip(*rows, strict=True)))
    return protocol, evaluate_plan(protocol, table).to_dict()


def headline(protocol, result, language="en"):
    with translation.override(language):
        return main_finding.primary(result, protocol).sentence


def test_one_metric_that_passes_does_not_speak_for_another():
    protocol, result = judged({"delay": 0.0, "queue": -6.0}, **TWO)

    assert result["decision"]["verdict"] == "meets"
    first, second = headline(protocol, result).split("; ")
    assert first.startswith("delay: the effect is not confirmed, from −")
    assert second.startswith("Queue: less by 7.")
    with translation.override("en"):
        detail = main_finding.primary(result, protocol).detail
        paper = str(assemble(protocol, result, Context(title="x"), language="en", at=AT))
    assert detail.startswith("delay. The likely effect is")
    assert "their bounds are of 97.5%" in paper


def test_only_what_made_the_verdict_is_told_beside_the_first():
    protocol, result = judged({"delay": -6.0, "queue": 0.0}, **TWO)

    assert headline(protocol, result).startswith("delay: less by 6.")
    assert "Queue" not in headline(protocol, result)


def test_harm_done_elsewhere_is_no_change_of_the_primary_metric():
    metrics = [DELAY, QUEUE | {"name": "Complaints"}]
    protocol, result = judged({"delay": 0.0, "complaints": 0.1}, metrics=metrics)

    assert result["decision"]["verdict"] == "harm"
    said = headline(protocol, result)
    assert said.startswith("delay: the effect is not confirmed, from −")
    assert said.endswith("; worse than the limit: Complaints")
    assert headline(protocol, result, "ru").endswith("; хуже предела: Complaints")


def test_a_small_effect_that_is_certain_is_told_as_small_and_not_as_unconfirmed():
    protocol, result = judged({"delay": -0.4}, noise=0.05, metrics=[DELAY])

    assert result["decision"]["verdict"] == "no-effect-shown"
    assert result["metrics"][0]["effect"]["p_value"] < 0.001
    said = headline(protocol, result)
    assert said.startswith("delay: less by 0.4")
    assert said.replace("\xa0", " ").endswith("falls short of the threshold 1.00 min")
    assert "порога" in headline(protocol, result, "ru")


@pytest.mark.parametrize(
    ("planned", "said"),
    [({}, "neither an improvement nor its absence"), ({"detectable": 0.5}, "planned precision")],
)
def test_a_precision_that_nobody_planned_is_not_missed(planned, said):
    protocol, result = judged({"delay": -0.7}, noise=1.5, metrics=[DELAY | planned])

    assert result["decision"]["verdict"] == "inconclusive"
    with translation.override("en"):
        assert said in reasons.of(result, protocol)[0]


@pytest.mark.parametrize("threshold", [2.9, 2.95, 2.99, 3.0, 3.01, 3.05])
def test_no_bound_is_printed_as_the_line_it_is_beside(threshold):
    metric = DELAY | {"threshold": threshold}
    protocol, result = judged({"delay": -3.05}, noise=0.02, metrics=[metric])

    own = result["metrics"][0]["judged"]
    assert own["lower"] != threshold != own["upper"]
    with translation.override("en"):
        paper = assemble(protocol, result, Context(title="x"), language="en", at=AT)
        (row,) = next(
            one.table.rows for one in paper.sections if one.heading == "How it was judged"
        )
        lower, upper, line = (float(cell.replace("−", "-")) for cell in row[1:4])
        assert (lower > line) == (own["lower"] > threshold)
        assert (upper < line) == (own["upper"] < threshold)
        assert line not in (lower, upper)


def test_a_value_that_is_on_the_line_keeps_its_decimals():
    assert words.places_apart(1, [1.0, float("nan"), None], [1.0]) == 1
    assert words.places_apart(1, [0.004], [0.0]) == 3


def test_a_limit_nothing_came_near_is_told_as_such_and_not_as_a_failed_check():
    metrics = [DELAY, QUEUE | {"name": "Complaints"}]
    protocol = Protocol.parse(plan(metrics=metrics))
    lot = protocol.assignment(None)
    rng, rows = np.random.default_rng(5), []
    for unit, arm in zip(lot.unit_ids.tolist(), lot.arms.tolist(), strict=True):
        own = 30 + rng.normal()
        for t, period in enumerate(lot.period_ids.tolist()):
            rows.append((unit, period, "delay", 50, own - 6.0 * arm * (t > 1), 0.0))
            rows.append((unit, period, "complaints", 50, 0.0, 0.0))
    table = MomentTable(*(list(column) for column in zip(*rows, strict=True)))
    result = evaluate_plan(protocol, table).to_dict()

    assert result["decision"]["verdict"] == "promising"
    with translation.override("en"):
        said = reasons.of(result, protocol)
        assert said[1] == (
            "Complaints: the same value everywhere, so the limit +0.010 is not judged."
        )
        assert "the same value everywhere" in str(words.guardrails(result, protocol))
        assert "check failed" not in str(words.guardrails(result, protocol))
    for language in ("en", "ru"):
        assert "Complaints" in str(
            assemble(protocol, result, Context(title="x"), language=language, at=AT)
        )
