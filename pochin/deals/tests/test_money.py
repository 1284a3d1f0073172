"""Payments, rights with their reports, and totals that open exactly the lists they add up."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOON, on
from pochin.core.lifecycle import Refused
from pochin.deals import lifecycle, totals
from pochin.deals.fields import MoneyField
from pochin.deals.models import Deal, Payment
from pochin.deals.models.rights import periods

DAY = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1 200 000,50", "1200000.50"), ("1200000.5", "1200000.5"), ("0,01", "0.01"),
        ("1\u00a0000", "1000"), ("10", "10"),
    ],
)  # fmt: skip
def test_a_sum_is_read_as_it_is_typed(typed, kept):
    assert MoneyField().clean(typed) == Decimal(kept)


@pytest.mark.parametrize(
    "typed", ["", "много", "1,2,3", "1e5", "NaN", "inf", "0,001", "-5", "9" * 40, "1.2.3"]
)
def test_a_wrong_sum_is_one_sentence(typed):
    with pytest.raises(Exception) as refused:  # noqa: PT011 - the field's own kind of refusal
        MoneyField().clean(typed)

    assert len(refused.value.messages) == 1
    assert refused.value.messages[0].endswith(".")


def test_the_tax_is_inside_the_sum(terms):
    assert (terms.amount, terms.vat, terms.tax) == (
        Decimal("1220000.00"), Decimal(22), Decimal("220000.00"),
    )  # fmt: skip


def test_a_payment_is_noted_once(in_force, nikita):
    first = in_force.payments.get(number=1)
    lifecycle.note_payment(
        in_force, by=nikita, payment=first, paid_on=date(2026, 3, 10), paper="15", at=on(3, 11)
    )

    with pytest.raises(Refused, match="already noted"):
        lifecycle.note_payment(
            in_force, by=nikita, payment=first, paid_on=date(2026, 3, 11), paper="16",
            at=on(3, 12),
        )  # fmt: skip
    assert in_force.payments.get(number=1).paper == "15"


@pytest.mark.parametrize("day", [date(2026, 3, 4), date(2026, 3, 12)])
def test_a_payment_before_the_signature_or_in_the_future_is_refused(day, in_force, nikita):
    first = in_force.payments.get(number=1)

    with pytest.raises(Refused, match="before the contract was signed or has not come yet"):
        lifecycle.note_payment(
            in_force, by=nikita, payment=first, paid_on=day, paper="15", at=on(3, 11)
        )


def test_a_payment_due_before_the_term_is_refused(terms, nikita):
    lifecycle.edit(terms, by=nikita, starts_on=date(2026, 3, 9), at=NOON)

    with pytest.raises(Refused, match="before the term of the contract begins"):
        lifecycle.plan_payment(
            terms, by=nikita, words="Аванс", due_on=date(2026, 3, 8), amount=Decimal(1), at=NOON
        )


def test_it_is_fulfilled_when_all_is_paid(in_force, nikita):
    with pytest.raises(Refused, match="Not every payment"):
        lifecycle.fulfil(in_force, by=nikita, at=on(4, 1))
    for payment in in_force.payments.all():
        lifecycle.note_payment(
            in_force, by=nikita, payment=payment, paid_on=date(2026, 3, 20), paper="1",
            at=on(4, 1),
        )  # fmt: skip
    lifecycle.fulfil(in_force, by=nikita, at=on(4, 1))

    assert in_force.state == "fulfilled"


def test_late_and_coming_payments_are_told_apart(in_force):
    assert Payment.objects.overdue(date(2026, 3, 10)).count() == 0
    assert Payment.objects.overdue(date(2026, 3, 11)).count() == 1
    assert Payment.objects.ahead(date(2026, 3, 11)).count() == 1
    assert Payment.objects.overdue(DAY).count() == 2


def test_nothing_of_a_deal_not_signed_is_late(terms):
    assert Payment.objects.overdue(DAY).count() == 0


@pytest.mark.parametrize("what", ["programme", "buyer", "year"])
def test_every_total_opens_exactly_what_it_added(what, in_force, nikita, cast, signed_in):
    first = in_force.payments.get(number=1)
    lifecycle.note_payment(
        in_force, by=nikita, payment=first, paid_on=date(2026, 3, 10), paper="15", at=on(3, 11)
    )
    other = lifecycle.begin(
        cast.city, by=cast.vera, at=NOON, title_ru="Иное", buyer=cast.post, seller=cast.granite
    )
    Deal.objects.filter(pk=other.pk).update(
        state="signed", amount=Decimal("0.03"), currency="CNY", sha256="0" * 64, signed_at=on(3, 9)
    )
    reader = type(cast.vera).objects.get(pk=cast.vera.pk)
    lines = totals.by(reader, what, on=DAY)
    browser = signed_in(cast.vera)

    assert [(line.currency, line.signed.amount) for line in lines] == [
        ("RUB", Decimal("1220000.00")), ("CNY", Decimal("0.03")),
    ]  # fmt: skip
    for line in lines:
        for total in (line.signed, line.paid, line.overdue, line.ahead):
            found = browser.get(total.href).context["listing"].things
            assert sum(one.amount for one in found) == total.amount
            assert len(found) == total.count
    assert [lines[0].paid.amount, lines[0].overdue.amount] == [
        Decimal("220000.00"), Decimal("1000000.00"),
    ]  # fmt: skip


def test_totals_hold_only_what_their_reader_may_see(in_force, cast):
    reader = type(cast.gleb).objects.get(pk=cast.gleb.pk)

    assert totals.by(reader, "buyer", on=DAY) == []
    assert totals.speed(reader) is None


def test_the_headline_is_the_median_of_contracts_after_decisions(in_force, cast):
    reader = type(cast.vera).objects.get(pk=cast.vera.pk)
    before = totals.speed(reader)
    Deal.objects.filter(pk=in_force.pk).update(days_to_sign=12)
    speed = totals.speed(reader)

    assert before is None
    assert (speed.median, speed.ninth, speed.count) == (12, 12, 1)
    assert parse_qs(urlsplit(speed.href).query) == {"bound": ["yes"], "decided": ["yes"]}


# Rights


def add_licence(deal, by, **changes):
    lifecycle.add_right(
        deal, by=by, at=NOON, origin="background", kind="program", title="Распознаватель",
        owner=deal.seller, registration="2026612345",
    )  # fmt: skip
    given = {
        "right": deal.rights.get(), "licensee": deal.buyer, "territory": "Россия",
        "starts_on": date(2026, 1, 31), "ends_on": date(2026, 12, 31), "royalty": Decimal("2.5"),
        "base": "услуг", "every": "quarter",
    }  # fmt: skip
    return lifecycle.add_licence(deal, by=by, at=NOON, **{**given, **changes})


def test_a_licence_knows_the_reports_that_will_be_due(in_force, nikita):
    add_licence(in_force, nikita)
    licence = in_force.licences.get()

    assert periods(licence) == [
        (date(2026, 1, 31), date(2026, 4, 29)),
        (date(2026, 4, 30), date(2026, 7, 30)),
        (date(2026, 7, 31), date(2026, 10, 30)),
        (date(2026, 10, 31), date(2026, 12, 31)),
    ]
    assert licence.reports.values_list("number", "due_on").order_by("number").first() == (
        1,
        date(2026, 5, 29),
    )


def test_a_royalty_follows_from_the_income_to_the_cent(in_force, nikita, cast):
    add_licence(in_force, nikita)
    report = in_force.licences.get().reports.get(number=1)
    lifecycle.file_report(
        in_force, by=cast.anna, report=report, income=Decimal("1000.33"), at=on(5, 1)
    )
    report.refresh_from_db()

    assert report.royalty == Decimal("25.01")
    with pytest.raises(Refused, match="already reported"):
        lifecycle.file_report(in_force, by=cast.anna, report=report, income=Decimal(1), at=on(5, 2))


def test_a_period_that_goes_on_is_not_reported(in_force, nikita, cast):
    add_licence(in_force, nikita)
    report = in_force.licences.get().reports.get(number=1)

    with pytest.raises(Refused, match="not over yet"):
        lifecycle.file_report(
            in_force, by=cast.anna, report=report, income=Decimal(1), at=on(4, 29)
        )


def test_a_licence_must_not_end_before_it_begins(in_force, nikita):
    with pytest.raises(Refused, match="must not end before"):
        add_licence(in_force, nikita, ends_on=date(2026, 1, 1))
    assert in_force.licences.count() == 0


def test_a_right_with_a_licence_stays(terms, nikita):
    add_licence(terms, nikita)

    with pytest.raises(Refused, match="it stays"):
        lifecycle.remove_right(terms, by=nikita, right=terms.rights.get(), at=NOON)


@pytest.mark.parametrize("path", ["/deals/", "/deals/payments/", "/deals/money/"])
def test_a_page_asks_as_much_for_three_as_for_one(path, in_force, cast, signed_in):
    browser = signed_in(cast.vera)
    one = queries(browser, path)
    for number in (7, 8):
        copy = Deal.objects.get(pk=in_force.pk)
        copy.pk, copy.number, copy._state.adding = None, number, True
        copy.save()
        Payment.objects.create(
            deal=copy, number=1, words="Аванс", due_on=DAY, amount=Decimal("1220000.00")
        )

    assert queries(browser, path) == one
    assert Deal.objects.count() == 3


def queries(browser, path: str) -> int:
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("days", "ninth"), [([7], 7), ([0, 24], 24), (list(range(1, 11)), 9), (list(range(1, 21)), 18)]
)
def test_nine_contracts_of_ten_were_as_fast_as_this(days, ninth):
    assert totals.ninth_of(days) == ninth
