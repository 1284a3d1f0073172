"""A cost that became known takes the place of the plan's guess, before anybody knows the effect."""

from decimal import Decimal

import pytest

from conftest import on, plain, plan_for
from pochin.core.lifecycle import Refused
from pochin.evaluations import lifecycle, report, reporting
from pochin.lab.facts import Facts
from pochin.papers.tests import reading
from pochin.pilots import lab_words, money
from pochin.pilots import lifecycle as pilots
from pochin.pilots.lifecycle.keeping import plan_reckons_money
from pochin.pilots.tests.showing import refused, shows

MILLION = 100_000_000
RANGE = {"low": MILLION, "mid": 2 * MILLION, "high": 3 * MILLION}
MONEY = {
    "value": {
        "currency": "RUB",
        "per_unit": {"low": 90, "mid": 100, "high": 110},
        "volume": {"low": 900_000, "mid": MILLION / 100, "high": 1_100_000},
        "horizon_years": 3,
    },
    "cost": {
        "currency": "RUB",
        "items": [{"name": "capex", "kind": "capex"} | RANGE],
    },
}


@pytest.fixture
def with_money(measured, pilot_at):
    """A pilot whose plan reckons money and whose data are closed; nothing is computed yet."""
    return lambda: measured(plan=plan_for(pilot_at.offices, **MONEY))


def note(pilot, by, amount=9, **given):
    known = {"item": "capex", "amount": Decimal(amount * 1_000_000), "source": "Договор № 7"}
    return pilots.note_cost(pilot, by=by, at=on(4, 2), **(known | given))


@shows(plan_reckons_money, "passes")
def test_money_is_counted_with_what_became_known(measured, pilot_at, cast):
    plan = plan_for(pilot_at.offices, **MONEY)
    pilot = measured(plan=plan, meanwhile=lambda pilot: note(pilot, cast.lev))
    found = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30)).result
    guessed = lifecycle.run(pilot, lifecycle.readings.moments(pilot, at=on(4, 30)), facts=Facts())

    assert found["facts"]["paid"] == {"capex": 9 * MILLION}
    worth = [one["decision"]["money"]["median"] for one in (guessed, found)]
    assert worth[0] - worth[1] == pytest.approx(7 * MILLION, rel=0.05)


def test_the_page_says_what_the_roll_out_is_worth_and_by_which_cost(
    measured, pilot_at, cast, signed_in
):
    plan = plan_for(pilot_at.offices, **MONEY)
    pilot = measured(plan=plan, meanwhile=lambda pilot: note(pilot, cast.lev))
    found = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30))

    page = plain(signed_in(cast.mila, "en").get(found.get_absolute_url())).replace("\xa0", " ")

    assert "Worth of the roll-out, likely" in page
    assert "“Cost of the roll-out” is counted as it became known: ₽9 million." in page
    assert "“Cost of the roll-out” has cost 9,000,000; the plan reckoned with at most" in page


def test_without_money_in_the_plan_the_page_says_nothing_of_it(measured, cast, signed_in):
    found = lifecycle.compute(measured(), by=cast.mila, at=on(4, 30))

    assert "Worth of the roll-out" not in plain(signed_in(cast.mila).get(found.get_absolute_url()))


def test_no_cost_is_noted_once_the_evaluation_has_begun(with_money, cast):
    pilot = with_money()

    with pytest.raises(Refused, match="being evaluated"):
        note(pilot, cast.lev)
    assert not pilot.paid_items.exists()


@shows(plan_reckons_money, "refuses")
def test_a_plan_without_money_takes_no_cost(running, cast):
    with refused(plan_reckons_money):
        note(running, cast.lev)


def test_only_items_of_the_plan_are_noted(pilot_at, cast):
    pilot = pilot_at("running", plan=plan_for(pilot_at.offices, **MONEY))

    with pytest.raises(Refused, match="no such item"):
        note(pilot, cast.lev, item="post")


def test_a_later_word_replaces_an_earlier_one(pilot_at, cast, signed_in):
    pilot = pilot_at("running", plan=plan_for(pilot_at.offices, **MONEY))
    note(pilot, cast.lev, 5)
    form = {"item": "capex", "amount": "7000000", "source": "Счёт"}
    answer = signed_in(cast.lev, "en").post(f"/pilots/{pilot.number}/note_cost/", form)

    rows = money.cost_rows(pilot, pilot.locked_plan())

    assert answer.status_code == 302
    assert [(one.item, one.amount) for one in pilot.paid_items.all()] == [("capex", 7_000_000)]
    assert [(one.guess, one.known, one.source) for one in rows] == [
        ("from ₽1\xa0million to ₽3\xa0million", "₽7\xa0million", "Счёт")
    ]


def test_sums_of_the_lab_are_told_in_whole_roubles():
    message = "“%(item)s” has cost %(actual)s; the plan reckoned with at most %(high)s."

    said = lab_words.told(message, {"item": "post", "actual": 15_000, "high": 10_000})

    assert said == "“money of the post” has cost 150; the plan reckoned with at most 100."


def test_the_page_says_what_the_net_value_hangs_on(measured, pilot_at, cast, signed_in):
    pilot = measured(plan=plan_for(pilot_at.offices, **MONEY))
    found = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30))

    page = plain(signed_in(cast.mila, "en").get(found.get_absolute_url())).replace("\xa0", " ")

    assert "What the net value hangs on" in page
    assert "What moves the net value most: cost of the roll-out" in page
    assert "Pays for itself from an improvement of" in page
    assert "The numbers as a table" in page


@pytest.mark.parametrize(("currency", "symbol", "other"), [("EUR", "€", "₽"), ("RUB", "₽", "€")])
def test_what_the_net_value_hangs_on_is_told_in_the_currency_of_the_plan(
    measured, pilot_at, cast, currency, symbol, other
):
    told = {part: {**MONEY[part], "currency": currency} for part in ("value", "cost")}
    pilot = measured(plan=plan_for(pilot_at.offices, **told))
    found = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30))

    drawn = str(report.hanging(found.plan.protocol, found.result).pictures[0])

    assert symbol in drawn
    assert other not in drawn


def test_a_cost_that_is_known_no_longer_moves_the_net_value(measured, pilot_at, cast):
    plan = plan_for(pilot_at.offices, **MONEY)
    guessed = lifecycle.compute(measured(plan=plan), by=cast.mila, at=on(4, 30))
    known = measured(plan=plan, meanwhile=lambda pilot: note(pilot, cast.lev))
    paid = lifecycle.compute(known, by=cast.mila, at=on(4, 30))

    drawn = [report.hanging(one.plan.protocol, one.result).pictures[0] for one in (guessed, paid)]

    assert ["Cost of the roll-out" in one for one in drawn] == [True, False]


def test_a_result_kept_before_it_was_told_what_money_hangs_on_tells_it_too(
    measured, pilot_at, cast
):
    pilot = measured(plan=plan_for(pilot_at.offices, **MONEY))
    found = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30))

    assert not any("swing" in name for name in found.result["decision"]["money"])
    assert report.hanging(found.plan.protocol, found.result) is not None
    assert lifecycle.recheck(found).is_equal


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_report_draws_it_on_paper_too(measured, pilot_at, cast, language):
    pilot = measured(plan=plan_for(pilot_at.offices, **MONEY))
    found = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30))

    told = reporting.of(found, language=language, at=on(4, 30))

    heading = {"ru": "От чего зависит чистая выгода", "en": "What the net value hangs on"}
    assert heading[language] in report.html(told)
    assert reading.words(report.pdf(told)).count(heading[language]) == 1


def test_the_net_value_hangs_on_nothing_where_no_money_is_reckoned(measured, cast):
    found = lifecycle.compute(measured(), by=cast.mila, at=on(4, 30))

    assert report.hanging(found.plan.protocol, found.result) is None
    assert report.hanging_lines(found.plan.protocol, found.result) == []
