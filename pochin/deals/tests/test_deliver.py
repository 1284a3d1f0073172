"""What is handed over under a contract: planned in the terms, handed over, accepted, returned."""

from __future__ import annotations

from datetime import date

import pytest

from conftest import NOON, on
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.deals import lifecycle
from pochin.deals.tests.conftest import approve_all


@pytest.fixture
def planned(terms, nikita):
    """Two waves are planned in the terms; the second has no day."""
    lifecycle.plan_delivery(
        terms, by=nikita, words="Первая волна", due_on=date(2026, 3, 8), at=NOON
    )
    return lifecycle.plan_delivery(terms, by=nikita, words="Обучение", at=NOON)


@pytest.fixture
def bound(planned, nikita, olga, approvers, cast):
    """The same, approved, signed and in force."""
    lifecycle.ask_approvals(planned, by=nikita, approvers=approvers, at=NOON)
    approve_all(planned)
    lifecycle.sign(planned, by=olga, at=on(3, 4))
    return lifecycle.sign(planned, by=cast.anna, at=on(3, 5))


def hand_over(deal, cast, number=1, day=6):
    return lifecycle.hand_over(
        deal, by=cast.anna, delivery=deal.deliveries.get(number=number),
        handed_on=date(2026, 3, day), note="Накладная 7", at=on(3, day),
    )  # fmt: skip


def accept(deal, by, number=1, day=9):
    return lifecycle.accept_delivery(
        deal, by=by, delivery=deal.deliveries.get(number=number),
        accepted_on=date(2026, 3, day), paper="А-1", at=on(3, day),
    )  # fmt: skip


def test_what_is_planned_is_approved_and_signed_with_the_terms(terms, nikita):
    before = terms.fingerprint()

    lifecycle.plan_delivery(terms, by=nikita, words="Первая волна", at=NOON)
    assert terms.fingerprint() != before

    lifecycle.remove_delivery(terms, by=nikita, delivery=terms.deliveries.get(), at=NOON)
    assert terms.fingerprint() == before


def test_the_turn_goes_from_the_seller_to_the_buyer_and_on_to_the_payment(bound, cast, nikita):
    assert [(t.holder, t.due_at.date()) for t in turns.of(bound)] == [
        (f"edit@org-{cast.amber.pk}", date(2026, 3, 8)),
        (f"person@{nikita.pk}", date(2026, 3, 10)),
    ]

    hand_over(bound, cast)
    # The payment of the tenth is due before the ten working days of the buyer are over.
    assert [(t.holder, t.due_at.date()) for t in turns.of(bound)] == [
        (f"person@{nikita.pk}", date(2026, 3, 10))
    ]

    for payment in bound.payments.order_by("number"):
        lifecycle.note_payment(
            bound, by=nikita, payment=payment, paid_on=date(2026, 3, 6), paper="1", at=on(3, 6)
        )
    answer = turns.of(bound).get()
    assert (answer.holder, answer.due_at.date()) == (f"person@{nikita.pk}", date(2026, 3, 23))


def test_an_accepted_delivery_keeps_who_when_and_the_act(bound, cast, nikita):
    hand_over(bound, cast)
    accept(bound, nikita)

    one = bound.deliveries.get(number=1)
    assert (one.handed_by, one.handed_at, one.handed_on) == (cast.anna, on(3, 6), date(2026, 3, 6))
    assert (one.accepted_by, one.accepted_at, one.paper) == (nikita, on(3, 9), "А-1")


def test_a_returned_delivery_is_handed_over_again(bound, cast, nikita):
    hand_over(bound, cast)

    lifecycle.return_delivery(
        bound, by=nikita, delivery=bound.deliveries.get(number=1), reason="Нет паспортов",
        at=on(3, 7),
    )  # fmt: skip

    one = bound.deliveries.get(number=1)
    assert (one.handed_on, one.remarks) == (None, "Нет паспортов")
    hand_over(bound, cast, day=8)
    accept(bound, nikita)
    assert bound.deliveries.get(number=1).accepted_on == date(2026, 3, 9)


@pytest.mark.parametrize("stranger", ["nikita", "olga", "vera", "artem", "gleb"])
def test_only_the_seller_hands_over(stranger, bound, cast, request):
    with pytest.raises(Forbidden, match="who act for the seller"):
        lifecycle.hand_over(
            bound, by=request.getfixturevalue(stranger), delivery=bound.deliveries.get(number=1),
            handed_on=date(2026, 3, 6), note="Накладная", at=on(3, 6),
        )  # fmt: skip


@pytest.mark.parametrize("stranger", ["anna", "artem", "gleb", "lev", "rita"])
def test_only_the_buyer_accepts_or_returns(stranger, bound, cast):
    hand_over(bound, cast)

    with pytest.raises(Forbidden):
        accept(bound, getattr(cast, stranger))
    with pytest.raises(Forbidden):
        lifecycle.return_delivery(
            bound, by=getattr(cast, stranger), delivery=bound.deliveries.get(number=1),
            reason="Нет", at=on(3, 7),
        )  # fmt: skip


@pytest.mark.parametrize(("day", "at"), [(3, 6), (7, 6)])
def test_nothing_is_handed_over_before_the_signature_or_ahead_of_the_day(day, at, bound, cast):
    with pytest.raises(Refused, match="day of handing over"):
        lifecycle.hand_over(
            bound, by=cast.anna, delivery=bound.deliveries.get(number=1),
            handed_on=date(2026, 3, day), note="Накладная", at=on(3, at),
        )  # fmt: skip


def test_what_was_handed_over_is_accepted_on_the_same_day_or_later(bound, cast, nikita):
    hand_over(bound, cast, day=6)
    accept(bound, nikita, day=6)

    assert bound.deliveries.get(number=1).accepted_on == date(2026, 3, 6)


def test_nothing_is_accepted_before_it_was_handed_over(bound, cast, nikita):
    with pytest.raises(Refused, match="is not handed over yet"):
        accept(bound, nikita)

    hand_over(bound, cast, day=8)
    with pytest.raises(Refused, match="before the day of handing over"):
        lifecycle.accept_delivery(
            bound, by=nikita, delivery=bound.deliveries.get(number=1),
            accepted_on=date(2026, 3, 7), paper="А-1", at=on(3, 9),
        )  # fmt: skip


def test_what_was_handed_over_is_not_handed_over_twice(bound, cast):
    hand_over(bound, cast)

    with pytest.raises(Refused, match="handed over already"):
        hand_over(bound, cast, day=7)


def test_a_contract_is_not_fulfilled_before_all_is_accepted(bound, cast, nikita):
    for payment in bound.payments.order_by("number"):
        lifecycle.note_payment(
            bound, by=nikita, payment=payment, paid_on=date(2026, 3, 6), paper="1", at=on(3, 6)
        )
    hand_over(bound, cast, number=1)
    accept(bound, nikita, number=1)
    with pytest.raises(Refused, match="Not everything that was planned is accepted"):
        lifecycle.fulfil(bound, by=nikita, at=on(3, 10))

    hand_over(bound, cast, number=2)
    accept(bound, nikita, number=2)

    assert lifecycle.fulfil(bound, by=nikita, at=on(3, 10)).state == "fulfilled"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_both_sides_read_it_and_each_finds_its_own_button(bound, cast, nikita, signed_in, language):
    url = bound.get_absolute_url()
    seller, buyer = signed_in(cast.anna, language), signed_in(nikita, language)
    assert f"{url}hand_over/" in seller.get(url).text
    assert f"{url}accept_delivery/" not in buyer.get(url).text

    hand_over(bound, cast)

    for browser in (seller, buyer):
        assert "Накладная 7" in browser.get(url).text
    assert f"{url}accept_delivery/" in buyer.get(url).text
    assert f"{url}accept_delivery/" not in seller.get(url).text


def test_who_writes_the_terms_plans_a_delivery_in_the_browser(terms, nikita, signed_in):
    url = terms.get_absolute_url()
    browser = signed_in(nikita)
    assert f"{url}remove_delivery/" not in browser.get(url).text

    browser.post(f"{url}plan_delivery/", {"words": "Первая волна", "due_on": "08.03.2046"})

    page = browser.get(url).text
    assert "Первая волна" in page
    assert f"{url}remove_delivery/" in page


def test_who_approves_and_who_signs_reads_the_deliveries_and_the_payments(
    planned, nikita, approvers, cast, signed_in
):
    asked = lifecycle.ask_approvals(planned, by=nikita, approvers=approvers, at=NOON)
    approve_all(asked)
    approval = asked.approvals.get(kind="business")
    first = asked.deliveries.get(number=1)

    approved = signed_in(approval.approver).get(approval.get_absolute_url()).text
    signed = signed_in(cast.anna).get(f"{asked.get_absolute_url()}sign/").context["facts_list"]

    said = [str(value) for _word, value in signed]
    assert first.words in approved
    assert any(line.startswith(f"{first.words}, by ") for line in said)
    for payment in asked.payments.all():
        assert any(line.startswith(f"{payment}, ") for line in said)


def test_payments_of_one_name_are_told_apart_by_sum_and_day(bound, nikita, signed_in):
    bound.payments.update(words="Платёж")

    page = signed_in(nikita).get(f"{bound.get_absolute_url()}note_payment/")

    offered = [label for _key, label in page.context["form"].fields["payment"].choices]
    assert len(set(offered)) == bound.payments.count() == 2
    assert all(label.startswith("Платёж, ") for label in offered)


def test_the_page_tells_both_sides_what_each_of_them_does_next(bound, cast, nikita, signed_in):
    url = bound.get_absolute_url()

    def told():
        page = signed_in(cast.anna).get(url)
        return {str(side): words for side, words in page.context["ahead"]}

    before = told()
    hand_over(bound, cast)
    answered = told()
    lifecycle.return_delivery(
        bound, by=nikita, delivery=bound.deliveries.get(number=1), reason="Нет списка", at=on(3, 7)
    )
    returned = told()

    buyer, seller = str(bound.buyer), str(bound.seller)
    assert before[buyer].startswith("pay: Аванс, ")
    assert before[seller] == "hand over: Первая волна, by 8\xa0March"
    assert answered[seller] == "hand over: Обучение"
    assert returned[seller].startswith("put right and hand over again: Первая волна")


def test_where_everything_is_done_nothing_is_ahead(bound, cast, nikita, signed_in):
    for number in (1, 2):
        hand_over(bound, cast, number)
        accept(bound, nikita, number)
    bound.payments.update(paid_on=date(2026, 3, 9), paper="1")

    page = signed_in(cast.anna).get(bound.get_absolute_url())

    assert page.context["ahead"] == []
