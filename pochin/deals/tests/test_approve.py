"""Five approvals side by side, each with its own clock; then two signatures."""

from datetime import date
from decimal import Decimal

import pytest

from conftest import NOON, on, person
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.deals import lifecycle
from pochin.deals.models import Approval
from pochin.deals.tests.conftest import approve_all
from pochin.participants.lifecycle import conflicts


def test_all_are_asked_at_once_each_by_a_clock_of_its_own(asked):
    approvals = list(asked.approvals.order_by("number"))
    clocks = [(turn.holder, turn.clock, turn.days) for a in approvals for turn in turns.of(a)]

    assert [a.kind for a in approvals] == [
        "business", "finance", "legal", "security", "procurement",
    ]  # fmt: skip
    assert clocks == [(f"person@{a.approver_id}", "deal approval", 10) for a in approvals]
    assert list(turns.of(asked)) == []


def test_who_signs_waits_from_the_last_approval_on(asked, cast, olga):
    approve_all(asked)

    assert {turn.holder for turn in turns.of(asked)} == {
        f"person@{olga.pk}", f"person@{cast.anna.pk}",
    }  # fmt: skip


@pytest.mark.parametrize("stranger", ["anna", "kira", "lev", "rita"])
def test_only_who_was_asked_approves(stranger, asked, cast):
    business = asked.approvals.get(kind="business")

    with pytest.raises(Forbidden):
        lifecycle.give(business, by=getattr(cast, stranger), at=NOON)


def test_an_approver_with_a_tie_to_the_seller_is_refused(terms, cast, nikita, approvers):
    conflicts.declare(cast.amber, by=cast.nina, ground="contract", at=NOON)

    with pytest.raises(Refused, match="without a tie to the seller"):
        lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    assert Approval.objects.count() == 0


def test_one_person_does_not_give_two_approvals(terms, nikita, nina, approvers):
    with pytest.raises(Refused, match="nobody approves twice"):
        lifecycle.ask_approvals(terms, by=nikita, approvers={**approvers, "finance": nina}, at=NOON)


@pytest.mark.parametrize("name", ["nikita", "olga", "kira"])
def test_who_wrote_leads_or_sends_the_terms_does_not_approve_them(
    terms, cast, nikita, olga, approvers, name
):
    """Nikita wrote the terms, Olga leads the deal, Kira sends them to be approved."""
    lifecycle.edit(terms, by=nikita, manager=olga, at=NOON)
    proposer = {"nikita": nikita, "olga": olga, "kira": cast.kira}[name]

    with pytest.raises(Refused, match="does not approve them"):
        lifecycle.ask_approvals(
            terms, by=cast.kira, approvers={**approvers, "legal": proposer}, at=NOON
        )
    lifecycle.ask_approvals(terms, by=cast.kira, approvers=approvers, at=NOON)
    assert terms.approvals.standing().count() == 5


def test_a_stranger_to_the_programme_and_the_buyer_does_not_approve(terms, nikita, approvers):
    with pytest.raises(Refused, match="staff and the buyer's people"):
        lifecycle.ask_approvals(
            terms, by=nikita, approvers={**approvers, "legal": person("passer")}, at=NOON
        )


def test_an_approver_who_left_approves_no_more(asked, cast):
    business = asked.approvals.get(kind="business")
    cast.nina.roles.update(until=date(2026, 3, 1))

    with pytest.raises(Forbidden):
        lifecycle.give(business, by=type(cast.nina).objects.get(pk=cast.nina.pk), at=NOON)


def test_who_wrote_the_terms_or_approved_already_is_refused_at_the_approval_too(
    asked, nina, nikita
):
    """As in deals whose approvers were named before this was a rule."""
    finance, legal = asked.approvals.get(kind="finance"), asked.approvals.get(kind="legal")
    Approval.objects.filter(pk=finance.pk).update(approver=nina)
    Approval.objects.filter(pk=legal.pk).update(approver=nikita)
    lifecycle.give(asked.approvals.get(kind="business"), by=nina, at=NOON)

    for approval, who, words in ((finance, nina, "already"), (legal, nikita, "wrote these terms")):
        with pytest.raises(Refused, match=words):
            lifecycle.give(Approval.objects.get(pk=approval.pk), by=who, at=NOON)


def test_who_answered_remarks_does_not_approve(asked, vera, ludmila):
    """Vera coordinates, so she may answer; the approval asked of her is then another's affair."""
    procurement = asked.approvals.get(kind="procurement")
    lifecycle.send_back(procurement, by=vera, reason="Нет срока.", at=NOON)
    lifecycle.hand_in_again(procurement, by=vera, reason="Срок в приложении.", at=NOON)

    with pytest.raises(Refused, match="answered for them"):
        lifecycle.give(procurement, by=vera, at=NOON)
    lifecycle.give(asked.approvals.get(kind="legal"), by=ludmila, at=NOON)


def test_the_form_says_so_and_offers_nobody_who_wrote_the_terms(terms, nikita, nina, signed_in):
    terms.payments.update(due_on=date(2046, 3, 10))
    client, address = signed_in(nikita), f"{terms.get_absolute_url()}ask_approvals/"
    page = client.get(address)
    offered = {str(one) for one in page.context["form"].fields["legal"].queryset}

    assert "Five different people" in page.text
    assert "Nikita" not in offered
    assert {"Nina", "Ludmila"} & offered
    kinds = ["business", "finance", "legal", "security", "procurement"]
    again = client.post(address, dict.fromkeys(kinds, nina.pk))
    assert again.status_code == 422
    assert "approves something else already" in again.text


def test_remarks_are_answered_or_the_terms_change(asked, nikita, ludmila):
    legal = asked.approvals.get(kind="legal")
    lifecycle.send_back(legal, by=ludmila, reason="Нет срока.", at=NOON)
    lifecycle.hand_in_again(legal, by=nikita, reason="Срок в приложении.", at=NOON)
    again = legal.state
    lifecycle.take_back(asked, by=nikita, reason="Пишем срок.", at=NOON)

    assert (again, asked.state, asked.sha256) == ("asked", "terms", "")
    assert set(asked.approvals.values_list("state", flat=True)) == {"void"}


def test_after_a_change_all_five_are_asked_anew(asked, nikita, approvers):
    approve_all(asked)
    lifecycle.take_back(asked, by=nikita, reason="Другая сумма.", at=NOON)
    lifecycle.ask_approvals(asked, by=nikita, approvers=approvers, at=NOON)

    assert asked.approvals.standing().count() == 5
    assert asked.approvals.count() == 10


def test_nobody_signs_before_the_last_approval(asked, olga):
    with pytest.raises(Refused, match="Not every approval has been given"):
        lifecycle.sign(asked, by=olga, at=NOON)


def test_both_sign_and_the_contract_is_in_force(in_force):
    assert (in_force.state, in_force.signed_at) == ("in_force", on(3, 5))


def test_one_signature_concludes_nothing(approved, olga):
    lifecycle.sign(approved, by=olga, at=NOON)

    assert approved.state == "approvals"
    with pytest.raises(Refused, match="already signed"):
        lifecycle.sign(approved, by=olga, at=NOON)


@pytest.mark.parametrize("stranger", ["artem", "gleb", "kira", "vera"])
def test_only_those_named_sign(stranger, approved, cast):
    with pytest.raises(Forbidden):
        lifecycle.sign(approved, by=getattr(cast, stranger), at=NOON)


def test_a_signatory_of_the_buyer_with_a_tie_is_refused(terms, cast, nikita, olga, approvers):
    conflicts.declare(cast.amber, by=olga, ground="family", at=NOON)

    with pytest.raises(Refused, match="conflict of interest with the seller"):
        lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)


def test_a_tie_that_comes_later_stops_the_signature(approved, cast, olga):
    conflicts.declare(cast.amber, by=olga, ground="family", at=NOON)

    with pytest.raises(Refused, match="conflict of interest with the seller"):
        lifecycle.sign(approved, by=cast.anna, at=NOON)


def test_a_seller_excluded_meanwhile_does_not_sign(approved, cast):
    cast.amber.memberships.update(state="excluded")

    with pytest.raises(Refused, match="not an admitted member"):
        lifecycle.sign(approved, by=cast.anna, at=NOON)


def test_a_term_that_begins_before_the_signature_is_refused(terms, cast, nikita, olga, approvers):
    lifecycle.edit(terms, by=nikita, starts_on=date(2026, 3, 3), at=NOON)
    lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    approve_all(terms)

    with pytest.raises(Refused, match="begins before the contract is signed"):
        lifecycle.sign(terms, by=olga, at=on(3, 4))


def test_a_later_term_begins_on_its_day(terms, cast, nikita, olga, approvers):
    lifecycle.edit(terms, by=nikita, starts_on=date(2026, 3, 9), at=NOON)
    lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    approve_all(terms)
    for signer in (olga, cast.anna):
        lifecycle.sign(terms, by=signer, at=on(3, 4))
    signed = terms.state
    with pytest.raises(Refused, match="has not begun"):
        lifecycle.enter_into_force(terms, by=nikita, at=on(3, 8))
    lifecycle.enter_into_force(terms, by=nikita, at=on(3, 9))

    assert (signed, terms.state) == ("signed", "in_force")


def test_payments_that_do_not_add_up_are_refused(terms, nikita, approvers):
    lifecycle.edit(terms, by=nikita, amount=Decimal("1220000.01"), at=NOON)

    with pytest.raises(Refused, match="do not add up"):
        lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)


def test_terms_without_a_route_are_refused(terms, nikita, approvers):
    lifecycle.edit(terms, by=nikita, route_number="", at=NOON)

    with pytest.raises(Refused, match="procurement route first"):
        lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)


def test_days_from_the_decision_to_the_signature_are_counted(decided, cast, nikita, olga):
    deal = lifecycle.set_terms(decided, by=nikita, at=on(5, 7))
    lifecycle.edit(
        deal, by=nikita, at=on(5, 7), subject="Сортировщики", amount=Decimal("12.20"),
        route="none", buyer_signatory=olga, seller_signatory=cast.anna,
    )  # fmt: skip
    five = [cast.nina, cast.lev, cast.semyon, cast.vera, cast.mila]
    kinds = ["business", "finance", "legal", "security", "procurement"]
    lifecycle.ask_approvals(
        deal, by=nikita, approvers=dict(zip(kinds, five, strict=True)), at=on(5, 8)
    )
    approve_all(deal, at=on(5, 12))
    for signer in (olga, cast.anna):
        lifecycle.sign(deal, by=signer, at=on(5, 18))

    assert (deal.state, deal.days_to_sign) == ("in_force", 12)


def test_a_decision_that_no_longer_stands_stops_the_signature(decided, cast, nikita):
    deal = lifecycle.set_terms(decided, by=nikita, at=on(5, 7))
    type(deal.pilot).objects.filter(pk=deal.pilot_id).update(decision_sha256="0" * 64)

    with pytest.raises(Refused, match="neither a decision to scale in force"):
        lifecycle.ask_approvals(deal, by=nikita, approvers={}, at=on(5, 8))


def test_it_is_not_concluded_with_a_reason(asked, nikita):
    lifecycle.break_off(asked, by=nikita, reason_code="price", reason="Дороже вдвое.", at=on(3, 6))

    assert (asked.state, asked.reason_code) == ("not_concluded", "price")
    assert set(asked.approvals.values_list("state", flat=True)) == {"void"}


FAULT = {"reason_code": "by_seller", "reason": "Срыв сроков.", "at": on(4, 1)}


def test_both_sides_read_through_whom_a_contract_ended_and_nobody_waits_any_more(
    in_force, cast, signed_in
):
    address = in_force.get_absolute_url()
    given = {"reason_code": "by_seller", "reason": "Срыв сроков."}

    half = signed_in(cast.kira).post(f"{address}terminate/", {"reason": "Срыв сроков."})
    assert half.status_code == 422
    signed_in(cast.kira).post(f"{address}terminate/", given)

    in_force.refresh_from_db()
    assert (in_force.state, in_force.reason_code) == ("terminated", "by_seller")
    for reader in (cast.anna, cast.vera):
        page = signed_in(reader).get(address).text
        assert "the seller did not do what was promised" in page
        assert "Срыв сроков." in page
    assert not turns.of(in_force).exists()


def test_only_a_decision_owner_terminates(in_force, cast, nikita):
    with pytest.raises(Forbidden):
        lifecycle.terminate(in_force, by=nikita, **FAULT)
    lifecycle.terminate(in_force, by=cast.kira, **FAULT)

    assert (in_force.state, in_force.ended_on) == ("terminated", date(2026, 4, 1))


def test_while_approvals_run_the_page_names_who_is_waited_for(asked, nikita, signed_in):
    business = asked.approvals.get(kind="business")
    lifecycle.give(business, by=business.approver, at=NOON)

    page = signed_in(nikita).get(asked.get_absolute_url()).text

    assert "Approved: 1 of 5. Waited for: Lev, Ludmila, Semyon, Vera." in page
    assert "Nobody is waited for" not in page
    assert page.count("after the approvals") == 2


def test_the_seller_is_told_that_approvals_run_and_no_names(asked, cast, signed_in):
    page = signed_in(cast.anna).get(asked.get_absolute_url()).text

    assert "people are approving the terms. Then both sides sign." in page
    assert "Lev" not in page


def test_after_the_last_approval_the_signatures_are_waited_for(approved, cast, signed_in):
    page = signed_in(cast.anna).get(approved.get_absolute_url()).text

    assert "are approving the terms" not in page
    assert "after the approvals" not in page
    assert "Whose turn" in page


def test_an_approver_reads_all_that_is_approved_on_one_page(asked, nina, signed_in):
    page = signed_in(nina).get(asked.approvals.get(kind="business").get_absolute_url()).text

    for words in (
        "Весы с объёмом",
        "77/26",
        "No.\xa032615000001",
        "₽1,220,000",
        "Аванс",
        "₽220,000",
    ):
        assert words in page


def test_who_may_approve_is_told_with_the_role(terms, nikita, signed_in):
    terms.payments.update(due_on=date(2046, 3, 10))
    page = signed_in(nikita).get(f"{terms.get_absolute_url()}ask_approvals/").text

    assert "Nina, need owner</option>" in page
    assert "Lev, pilot manager</option>" in page


def test_before_signing_the_terms_and_their_fingerprint_are_read(approved, cast, signed_in):
    page = signed_in(cast.anna).get(f"{approved.get_absolute_url()}sign/").text

    for words in ("₽1,220,000", "77/26", "Post", "Amber", approved.sha256):
        assert words in page


def test_remarks_are_told_apart_from_those_still_waited_for(asked, nikita, signed_in):
    business = asked.approvals.get(kind="business")
    lifecycle.send_back(business, by=business.approver, reason="Дорого.", at=NOON)

    page = signed_in(nikita).get(asked.get_absolute_url()).text

    words = f"Returned with remarks: {business.approver}; answer them or change the terms."
    assert f"Approved: 0 of 5. Waited for: Lev, Ludmila, Semyon, Vera. {words}" in page
    answer = signed_in(nikita).get(business.get_absolute_url()).context
    assert answer["main"] == "hand_in_again"
