"""What the information of a pilot is worth, beside what its sites cost, before it is made."""

from __future__ import annotations

import math

import pytest
from django.utils import translation
from scipy import stats

from conftest import plain, plan_for
from pochin.lab.protocol import Protocol
from pochin.lab.value_of_information import worth_by_rule
from pochin.pilots import beyond_form, feasibility
from pochin.pilots.information import information, missing
from pochin.pilots.plan_answers import answers_of
from pochin.pilots.worth_words import worth_of

MILLION = 100_000_000
GUESSES = feasibility.Guesses(sd=6.0, icc=(0.05, 0.1, 0.2), readings=50, site_cost=300_000)


def money(per_unit=10 * MILLION, capex=20 * MILLION):
    sure = lambda middle: {"low": middle, "mid": middle, "high": middle}  # noqa: E731
    return {
        "value": {"currency": "RUB", "per_unit": sure(per_unit), "volume": sure(1),
                  "horizon_years": 3, "transport": sure(1)},
        "cost": {"currency": "RUB", "items": [{"name": "capex", "kind": "capex", **sure(capex)}]},
    }  # fmt: skip


@pytest.fixture
def plan(offices):
    """A plan of twelve offices whose vendor promises four minutes."""

    def make(claim=4.0, **changes):
        prior = {"prior": {"claim": claim}} if claim else {}
        document = plan_for(offices).document
        decision = document["decision"] | prior
        return Protocol.parse(document | {"decision": decision} | (money() | changes))

    return make


def known_of(protocol, guesses=GUESSES):
    return information(protocol, guesses, feasibility.judge(protocol, guesses))


def told(protocol, guesses=GUESSES):
    with translation.override("en"):
        return worth_of(protocol, guesses, feasibility.judge(protocol, guesses))


def test_the_worth_is_that_of_raiffa_and_schlaifer(plan):
    protocol = plan()
    error = feasibility.judge(protocol, GUESSES).std_error
    # A quarter of 4 min is expected, 1.5 min is its spread; 30 million a minute, 20 million spent.
    spread = 1.5**2 / math.hypot(1.5, error)
    away = abs(1.0 - 20 / 30) / spread
    loss = stats.norm.pdf(away) - away * stats.norm.sf(away)

    known = known_of(protocol)

    assert known.break_even == pytest.approx(20 / 30)
    assert known.now.worth == pytest.approx(30 * MILLION * spread * loss)
    assert known.now.cost == 12 * 300_000 * 100


@pytest.mark.parametrize("more", [2, 6])
def test_at_other_sizes_it_is_the_worth_of_a_plan_of_that_size(plan, more):
    protocol = plan()
    found = feasibility.judge(protocol, GUESSES)
    larger = feasibility.design_of(protocol, GUESSES)
    for _ in range(more):
        larger = larger.with_one_more()
    power = larger.power(1.0, sd=6.0, icc=0.1, cac=0.8, cluster_size=50, size_cv=0.0, alpha=0.05)

    scaled = found.std_error * math.sqrt(12 / (12 + more))

    assert scaled == pytest.approx(float(power.std_error), rel=1e-9)


def test_sites_are_worth_it_up_to_a_number_and_not_beyond(plan):
    known = known_of(plan())

    assert known.over is not None
    assert known.best.left == max(one.left for one in known.sizes)
    assert known.best.units < known.over.units
    assert known.over.left < 0 < known.best.left


def test_the_page_says_whether_the_pilot_is_worth_its_sites(plan):
    cheap, dear = (
        told(plan(), feasibility.Guesses(sd=6.0, icc=(0.1,), readings=50, site_cost=cost))
        for cost in (100_000, 30_000_000)
    )

    assert "the pilot is worth it." in cheap.sentence
    assert "the pilot is not worth it. Nor would any other number of sites be." in dear.sentence


@pytest.mark.parametrize(
    ("claim", "words"), [(4.0, "would be rolled out"), (1.0, "would not be rolled out")]
)
def test_it_says_what_would_be_done_without_the_pilot(plan, claim, words):
    assert any(words in said for said in told(plan(claim)).supposed)


@pytest.mark.parametrize(
    ("lacking", "asked"),
    [("money", "value"), ("claim", "claim"), ("site", "site_cost"), ("", "")],
)
def test_it_says_which_answer_is_lacking_and_where_it_is_asked(plan, lacking, asked):
    protocol = plan(0.0 if lacking == "claim" else 4.0)
    if lacking == "money":
        document = {k: v for k, v in protocol.document.items() if k not in ("value", "cost")}
        protocol = Protocol.parse(document)
    guesses = GUESSES if lacking != "site" else feasibility.Guesses(sd=6.0, readings=50)

    found = told(protocol, guesses)

    assert missing(protocol, guesses) == found.asked == asked
    assert bool(found.lacking) == bool(asked)
    assert bool(found.sentence) == (lacking in ("site", ""))
    assert bool(found.rows) == (lacking == "")


def test_a_plan_in_another_currency_is_set_against_sites_in_that_currency(plan):
    foreign = money()
    for part in foreign.values():
        part["currency"] = "USD"

    found = told(plan(**foreign))

    assert "What they tell is worth about $" in found.sentence
    assert all(row[name].startswith("$") for row in found.rows for name in ("worth", "cost"))
    assert "₽" not in found.sentence + "".join(found.supposed)


@pytest.mark.parametrize("currency", ["RUB", "CNY"])
def test_the_form_asks_for_the_currency_and_keeps_it(plan, currency):
    in_it = money()
    for part in in_it.values():
        part["currency"] = currency
    document = plan(**in_it).document

    assert answers_of(document)["currency"] == currency
    assert not [place for place in beyond_form.lost(document) if "currency" in place]


@pytest.mark.parametrize("least", ["meets", "promising"])
def test_where_the_plan_says_when_one_rolls_out_the_worth_follows_it(plan, least):
    free = plan()
    ruled = Protocol.parse(free.document | {
        "decision": free.document["decision"] | {"roll_out_from": least}
    })  # fmt: skip
    found, known = told(ruled), known_of(ruled)
    error = feasibility.judge(ruled, GUESSES).std_error
    reach = stats.t.ppf(0.95, 10)

    worth = worth_by_rule(
        mean=1.0, sd=1.5, std_error=error, break_even=20 / 30, slope=30 * MILLION,
        threshold=ruled.primary.threshold, reach=reach, least=least,
    )  # fmt: skip

    assert known.now.worth == pytest.approx(worth)
    assert known.at_will == pytest.approx(known_of(free).now.worth)
    assert known.at_will > known.now.worth
    last = found.supposed[-1 if known.now.worth >= 0 else -2]
    assert last.startswith("Reckoned by the rule of the plan: one rolls out")
    assert ("promising" in last) == (least == "promising")
    assert not [place for place in beyond_form.lost(ruled.document) if "roll_out" in place]


def test_where_it_does_not_say_that_is_said(plan):
    last = told(plan()).supposed[-1]

    assert "because the plan does not say after which verdict it is done." in last


def test_a_rule_that_costs_more_than_it_keeps_is_told(plan):
    """Seven times what just pays is surely expected, and nine minutes are asked to be shown."""
    document = plan(claim=20.0).document
    document["decision"]["prior"]["std_dev"] = 1.0
    document["decision"]["roll_out_from"] = "meets"
    document["metrics"][0]["threshold"] = 9.0

    found = told(Protocol.parse(document))

    assert found.known.now.worth < 0
    assert found.supposed[-1].startswith("Such a rule does worse with the pilot")


def test_an_improvement_that_is_worth_nothing_gives_information_no_worth(plan):
    assert known_of(plan(**money(per_unit=0))) is None


def test_the_form_asks_for_the_promise_and_keeps_it(pilot_at, cast, signed_in):
    pilot = pilot_at("design")
    page = plain(signed_in(cast.lev, "en").get(f"/pilots/{pilot.number}/plan/write/"))

    assert 'id="id_claim"' in page


def test_a_promise_in_a_file_is_an_answer_of_the_form(plan):
    document = plan(claim=2.5).document
    answers = answers_of(document)

    assert answers["claim"] == 2.5
    assert not [place for place in beyond_form.lost(document) if "prior" in place]


def test_a_prior_the_form_cannot_ask_for_is_told_to_be_lost(plan):
    document = plan(claim=2.5).document
    document["decision"]["prior"]["share"] = 0.5

    assert "decision.prior.share" in beyond_form.lost(document)
