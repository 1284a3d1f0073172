"""Every kind of design, from the form to the page of its result."""

from __future__ import annotations

import random
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conftest import PilotMaker, on
from pochin.core.policy import SYSTEM
from pochin.evaluations import lifecycle as evaluations
from pochin.measurements import lifecycle as readings
from pochin.pilots import lifecycle as pilots

WEEKS = {"length": "week", "baseline": "2", "run": "4"}
DAYS = {"length": "day", "baseline": "14", "run": "28"}
# A parallel trial whose lot is drawn among assignments alike in a value from before.
BALANCED = {"kind": "parallel", "draw": "constrained", "balance": ["before"], "stays": "20"}
BALANCED_WORDS = {"en": "Alike by the lot in", "ru": "Жребий уравнивал"}
# What each kind asks for besides, and who takes part how: (arm, pair or group) by place.
KINDS = {
    "parallel": (WEEKS | {"adjust": "on"}, lambda i: ("", "")),
    "balanced": (WEEKS | BALANCED, lambda i: ("", "")),
    "pairs": (WEEKS, lambda i: ("", f"pair {i // 2}")),
    "stepped-wedge": (WEEKS | {"steps": "3"}, lambda i: ("", "")),
    "switchback": (DAYS | {"block": "2", "burn_in": "1"}, lambda i: ("", "")),
    "individual": (WEEKS | {"share": "50", "unit": "parcel"}, lambda i: ("", "")),
    "difference-in-differences": (DAYS, lambda i: ("treatment" if i < 6 else "control", "")),
    "synthetic-control": (DAYS, lambda i: ("control" if i else "treatment", "")),
    "interrupted-series": (DAYS, lambda i: ("treatment" if i == 0 else None, "")),
}
# What a design may say at best: without lots a network is never decided.
COLOURS = {
    "parallel": {"green"},
    "balanced": {"green"},
    "pairs": {"green"},
    "stepped-wedge": {"green"},
    "switchback": {"green"},
    "individual": {"green"},
    "difference-in-differences": {"amber"},
    "synthetic-control": {"amber"},
    "interrupted-series": {"amber"},
}


def answers(kind, offices):
    """What a pilot manager writes into the form."""
    more, taking = KINDS[kind]
    given = {
        "question": "Does the sorter shorten the delay?", "unit": "post office", "kind": kind,
        "code": "delay", "name": "Delay", "metric_kind": "mean", "direction": "lower",
        "metric_unit": "min", "threshold": "1,0", "start": "2026-03-16", "sd": "3,0",
        "icc": "0.02; 0.05; 0.1", "cac": "60; 80; 95", "readings": "50", "scope": "network",
        "site_cost": "300 000", "seed": "314159", **more,
    }  # fmt: skip
    for i, office in enumerate(offices):
        arm, group = taking(i)
        if arm is not None:
            given |= {
                f"in_{office.number}": "on",
                f"arm_{office.number}": arm,
                f"group_{office.number}": group,
                f"before_{office.number}": str(30 + (i % 4)),
            }
    return given


def made_up(pilot, gain=-4.0):
    """Readings of every unit in every period, as its lot and the calendar say."""
    protocol, lot = pilot.locked_plan().protocol, random.Random(5)
    assignment = pilot.assignment() or protocol.assignment(pilot.seed or None)
    each = 60 if protocol.kind == "individual" else 3
    # Sites that differ much have a twin which differs little: a mixture can follow them.
    apart = {"individual": 0.0, "synthetic-control": 2.0}.get(protocol.kind, 0.25)
    rows = ["unit;at;metric;value"]
    for i, unit in enumerate(assignment.unit_ids.tolist()):
        for t, period in enumerate(assignment.period_ids.tolist()):
            level = 30 + (i % 4) * apart + 0.1 * (t % 7)
            level += gain * (assignment.schedule[i, t] == 1)
            rows += [
                f"{unit};{period}T{8 + n % 12:02}:{n % 60:02};delay;{level + lot.gauss(0, 0.4):.3f}"
                for n in range(each)
            ]
    return "\n".join([*rows, ""]).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_design_is_planned_locked_fed_and_evaluated(
    kind, cast, offices, agreement, need, signed_in
):
    maker = PilotMaker(cast, offices, agreement, need)
    pilot = maker("design")
    for office in offices:
        maker.slot(pilot, office)
    browser, address = signed_in(cast.lev), reverse("pilots:write_plan", args=[pilot.number])
    given = answers(kind, offices)

    counted = browser.post(address, given)
    kept = browser.post(address, {**given, "keep": "yes"})

    page = counted.content.decode()
    assert counted.status_code == 200, re.findall(r'class="errors".*?</section>', page, re.S)
    assert "What the decision will say" in page
    assert kept.status_code == 302
    plan = pilot.plan().protocol
    assert plan.kind == given["kind"]

    pilots.edit(pilot, by=cast.lev, at=on(3, 2), waiver="A first look at an unknown effect.")
    pilots.submit_plan(pilot, by=cast.lev, at=on(3, 2))
    for lead in ("sign", "confirm", "begin_baseline"):
        pilot.refresh_from_db()
        getattr(maker, lead)(pilot)
    upload = SimpleUploadedFile("readings.csv", made_up(pilot))
    batch = readings.send(pilot, upload, by=cast.lev, at=on(4, 28))
    readings.check(batch, by=cast.lev, at=on(4, 28))
    batch = readings.take_in(batch, at=on(4, 28))
    assert batch.quarantined == 0
    pilot.refresh_from_db()
    pilots.life.make("reach_end", pilot, by=SYSTEM, at=on(4, 29))
    pilots.close_data(pilot, by=SYSTEM, at=on(4, 29))
    pilots.begin_evaluation(pilot, by=cast.mila, at=on(4, 30))

    evaluation = evaluations.compute(pilot, by=cast.mila, at=on(4, 30))

    effect = evaluation.result["metrics"][0]["effect"]
    assert effect["estimate"] == pytest.approx(-4.0, abs=0.5)
    assert evaluation.colour in COLOURS[kind]
    for language, word in (("en", "Delay"), ("ru", "Delay")):
        shown = signed_in(cast.mila, language).get(evaluation.get_absolute_url())
        assert shown.status_code == 200
        assert word in shown.content.decode()
        report = signed_in(cast.mila, language).get(
            f"{evaluation.get_absolute_url()}report-{language}.html"
        )
        assert (BALANCED_WORDS[language] in report.content.decode()) is (kind == "balanced")
    if kind == "balanced":  # The test went through the lots that stayed, and no others.
        stayed = len(plan.best_balanced.kept)
        assert evaluation.result["assignment"]["n_admissible"] == stayed < 924
    assert evaluations.recheck(evaluation).is_equal


def test_adding_sites_changes_what_the_plan_can_show(cast, offices, agreement, need, signed_in):
    maker = PilotMaker(cast, offices, agreement, need)
    pilot = maker("design")
    for office in offices:
        maker.slot(pilot, office)
    browser, address = signed_in(cast.lev), reverse("pilots:write_plan", args=[pilot.number])

    def shown(count):
        given = answers("parallel", offices[:count])
        return browser.post(address, given, headers={"HX-Request": "true"}).content.decode()

    few, many = shown(6), shown(12)

    assert "The lot has 20 outcomes: no p-value can be below 0.1." in few
    assert "Whatever the effect, this lot is too small to show it." in few
    assert "The lot has 924 outcomes" in many
    assert "One more site:" in many
    assert "A percentage point of chance costs about" in many
    # An htmx answer is the part alone.
    assert "<html" not in many


def test_a_plan_that_is_not_whole_says_so_in_the_part_that_is_exchanged(
    cast, offices, agreement, need, signed_in
):
    maker = PilotMaker(cast, offices, agreement, need)
    pilot = maker("design")
    browser, address = signed_in(cast.lev), reverse("pilots:write_plan", args=[pilot.number])

    answer = browser.post(address, {"kind": "pairs"}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    # The page takes such an answer in; else it would be loaded anew, and what was written lost.
    assert '{"code":"422","swap":true}' in browser.get(address).content.decode()


def test_a_single_treated_site_shows_its_floor(cast, offices, agreement, need, signed_in):
    maker = PilotMaker(cast, offices, agreement, need)
    pilot = maker("design")
    for office in offices:
        maker.slot(pilot, office)

    page = (
        signed_in(cast.lev)
        .post(
            reverse("pilots:write_plan", args=[pilot.number]), answers("synthetic-control", offices)
        )
        .content.decode()
    )

    assert "no data can give a p-value below 1/(11 + 1) = 0.08333" in page


def test_unequal_arms_switch_to_welch_with_a_word_why(cast, offices, agreement, need, signed_in):
    maker = PilotMaker(cast, offices, agreement, need)
    pilot = maker("design")
    for office in offices:
        maker.slot(pilot, office)
    browser, address = signed_in(cast.lev), reverse("pilots:write_plan", args=[pilot.number])
    given = answers("parallel", offices) | {"treated": "4"}
    del given["adjust"]

    page = browser.post(address, given).content.decode()
    browser.post(address, {**given, "keep": "yes"})

    assert "compared by Welch&#x27;s test, because the pooled one rejects" in page
    assert pilot.plan().protocol.analysis.method == "unit-means-welch"
