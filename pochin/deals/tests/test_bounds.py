"""What is signed is all of it, on the last day and not after, by who still may."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from conftest import NOON, on
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.deals import lifecycle
from pochin.deals.lifecycle import contract
from pochin.deals.models import Deal
from pochin.deals.tests.conftest import approve_all
from pochin.deals.tests.test_money import add_licence
from pochin.pilots.models import Pilot


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Весы без объёма."}, {"volume": "99 штук"}, {"conditions": "Сначала север."},
        {"route": "tender"}, {"route_number": "32615000002"}, {"amount": Decimal("1220000.01")},
        {"currency": "CNY"}, {"vat": Decimal(10)}, {"vat": None}, {"starts_on": date(2026, 3, 9)},
        {"ends_on": date(2026, 12, 31)}, {"contract": "78/26"}, {"title_ru": "Гири"},
        {"kind": "licence"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_every_term_is_part_of_what_is_signed(change, asked, cast):
    """Even if somebody changes it behind the back of the moves."""
    Deal.objects.filter(pk=asked.pk).update(**change)
    deal = Deal.objects.get(pk=asked.pk)

    assert deal.fingerprint() != deal.sha256
    business = deal.approvals.get(kind="business")
    with pytest.raises(Refused, match="no longer those that were sent"):
        lifecycle.give(business, by=cast.nina, at=NOON)


@pytest.mark.parametrize("name", ["words", "due_on", "amount"])
def test_every_line_of_the_schedule_is_part_of_what_is_signed(name, asked):
    changed = {"words": "Иначе", "due_on": date(2026, 3, 11), "amount": Decimal("219999.99")}
    asked.payments.filter(number=1).update(**{name: changed[name]})

    assert Deal.objects.get(pk=asked.pk).fingerprint() != asked.sha256


def test_who_leads_the_deal_is_no_term_of_it(asked, olga):
    Deal.objects.filter(pk=asked.pk).update(manager=olga)

    assert Deal.objects.get(pk=asked.pk).fingerprint() == asked.sha256


@pytest.mark.parametrize(("day", "is_late"), [(6, False), (7, True)])
def test_a_contract_is_signed_until_its_last_day(day, is_late, terms, nikita, olga, approvers):
    lifecycle.edit(terms, by=nikita, ends_on=date(2026, 3, 6), at=NOON)
    lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    approve_all(terms)

    if is_late:
        with pytest.raises(Refused, match="term is over before the contract is signed"):
            lifecycle.sign(terms, by=olga, at=on(3, day))
    else:
        assert lifecycle.sign(terms, by=olga, at=on(3, day)).pk


def test_who_has_no_seat_any_more_does_not_sign_though_named(approved, olga):
    olga.seats.update(until=date(2026, 3, 1))
    gone = type(olga).objects.get(pk=olga.pk)
    with pytest.raises(Forbidden, match="named to sign"):
        lifecycle.sign(approved, by=gone, at=on(3, 4))

    olga.seats.update(until=None)
    assert lifecycle.sign(approved, by=type(olga).objects.get(pk=olga.pk), at=on(3, 4)).pk


def test_a_decision_its_pilot_no_longer_goes_by_is_no_ground(decided, cast):
    Pilot.objects.filter(pk=decided.pilot_id).update(decision_sha256="0" * 64)
    with pytest.raises(Refused, match="neither a decision to scale in force"):
        lifecycle.set_terms(Deal.objects.get(), by=cast.vera, at=on(5, 7))

    Pilot.objects.filter(pk=decided.pilot_id).update(decision_sha256=decided.decision.sha256)
    assert lifecycle.set_terms(Deal.objects.get(), by=cast.vera, at=on(5, 7)).state == "terms"


def test_who_planned_a_delivery_wrote_terms(terms, nikita, ludmila, approvers):
    lifecycle.plan_delivery(terms, by=ludmila, words="Волна", due_on=date(2026, 3, 9), at=NOON)

    with pytest.raises(Refused, match="does not approve them"):
        lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)


def test_of_two_deliveries_the_one_that_is_due_first_is_waited_for(
    terms, cast, nikita, olga, approvers
):
    for words, day in (("Вторая", 8), ("Первая", 7)):
        lifecycle.plan_delivery(terms, by=nikita, words=words, due_on=date(2026, 3, day), at=NOON)
    lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    approve_all(terms)
    lifecycle.sign(terms, by=olga, at=on(3, 4))
    lifecycle.sign(terms, by=cast.anna, at=on(3, 4))

    turn, _leader = turns.of(terms)
    assert (turn.holder, turn.due_at.date()) == (f"edit@org-{cast.amber.pk}", date(2026, 3, 7))


@pytest.mark.parametrize(("income", "is_taken"), [("-0.01", False), ("0", True)])
def test_an_income_is_not_less_than_nothing(income, is_taken, in_force, nikita, cast):
    add_licence(in_force, nikita)
    given = {"report": in_force.licences.get().reports.get(number=1), "income": Decimal(income)}

    if is_taken:
        assert lifecycle.file_report(in_force, by=cast.anna, at=on(5, 1), **given).pk
        return
    with pytest.raises(Refused, match="cannot be less than zero"):
        lifecycle.file_report(in_force, by=cast.anna, at=on(5, 1), **given)


def test_a_licence_has_only_so_many_reports(in_force, nikita, monkeypatch):
    monkeypatch.setattr(contract, "MOST_PERIODS", 4)
    last = date(2026, 12, 31)
    with pytest.raises(Refused, match="so many reports is too long"):
        add_licence(in_force, nikita, ends_on=last + timedelta(days=31))
    assert not in_force.licences.exists()

    in_force.rights.all().delete()
    add_licence(in_force, nikita, ends_on=last)
    assert in_force.licences.get().reports.count() == 4


@pytest.mark.parametrize(("amount", "is_taken"), [("0", False), ("-1", False), ("0.01", True)])
def test_a_payment_is_more_than_nothing(amount, is_taken, terms, nikita):
    given = {"words": "Аванс", "due_on": date(2026, 3, 9), "amount": Decimal(amount)}

    if is_taken:
        assert lifecycle.plan_payment(terms, by=nikita, at=NOON, **given).pk
        return
    with pytest.raises(Refused, match="must be more than zero"):
        lifecycle.plan_payment(terms, by=nikita, at=NOON, **given)


@pytest.mark.parametrize(("day", "is_taken"), [(1, False), (2, True)])
def test_what_is_planned_is_still_to_come(day, is_taken, terms, nikita):
    """The second of March is today."""
    payment = {"words": "Аванс", "due_on": date(2026, 3, day), "amount": Decimal(1)}
    delivery = {"words": "Волна", "due_on": date(2026, 3, day)}

    for plan, given in (("plan_payment", payment), ("plan_delivery", delivery)):
        if is_taken:
            assert getattr(lifecycle, plan)(terms, by=nikita, at=NOON, **given).pk
            continue
        with pytest.raises(Refused, match="on a day that has passed"):
            getattr(lifecycle, plan)(terms, by=nikita, at=NOON, **given)


def test_a_delivery_may_do_without_a_day(terms, nikita):
    assert lifecycle.plan_delivery(terms, by=nikita, words="Волна", at=NOON).pk


@pytest.mark.parametrize(("day", "is_late"), [(10, False), (11, True)])
def test_a_schedule_that_grew_old_is_not_sent_to_be_approved(
    day, is_late, terms, nikita, approvers
):
    """The first payment is due on the tenth."""
    given = {"by": nikita, "approvers": approvers, "at": on(3, day)}

    if not is_late:
        assert lifecycle.ask_approvals(terms, **given).state == "approvals"
        return
    with pytest.raises(Refused, match="has passed already"):
        lifecycle.ask_approvals(terms, **given)
    assert terms.payments.count() == 2
