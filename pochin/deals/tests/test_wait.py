"""A contract that binds waits for its next day: whose turn it is, and who hears when it passed."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from conftest import NOON, on
from pochin.core import turns
from pochin.core.models import Entry
from pochin.deals import lifecycle
from pochin.deals.models import Deal
from pochin.deals.tests.conftest import approve_all
from pochin.deals.tests.test_money import add_licence
from pochin.participants.policy import Role


def waiting(deal):
    """Who is waited for and until which day, in Moscow."""
    return [(turn.holder, timezone.localdate(turn.due_at)) for turn in turns.of(deal)]


def pay(deal, nikita, number):
    return lifecycle.note_payment(
        deal, by=nikita, payment=deal.payments.get(number=number), paid_on=date(2026, 3, 9),
        paper="15", at=on(3, 9),
    )  # fmt: skip


def test_it_waits_for_the_next_payment(in_force, nikita):
    first = waiting(in_force)
    pay(in_force, nikita, 1)
    second = waiting(in_force)

    assert first == [(f"person@{nikita.pk}", date(2026, 3, 10))]
    assert second == [(f"person@{nikita.pk}", date(2026, 3, 20))]


def test_a_late_payment_climbs_from_who_leads_to_the_decision_owner(in_force, nikita):
    steps = []
    for day in (10, 11, 18, 25):
        turns.escalate(at=on(3, day))
        late = Entry.objects.filter(verb="turns.overdue").order_by("-pk").first()
        steps.append((late.text.facts["holder"], late.text.facts["step"]) if late else None)

    mine = f"person@{nikita.pk}"
    assert steps == [None, (mine, 1), (mine, 2), (mine, 3)]


def test_a_report_of_the_licensee_is_waited_for_in_its_turn(in_force, nikita, cast):
    add_licence(in_force, nikita, licensee=cast.amber)
    for number in (1, 2):
        pay(in_force, nikita, number)
    asked = waiting(in_force)
    lifecycle.file_report(
        in_force, by=cast.anna, report=in_force.licences.get().reports.get(number=1),
        income=Decimal(100), at=on(5, 1),
    )  # fmt: skip

    assert asked == [(f"edit@org-{cast.amber.pk}", date(2026, 5, 29))]
    assert waiting(in_force) == [(f"edit@org-{cast.amber.pk}", date(2026, 8, 29))]


def test_when_nothing_is_due_the_contract_is_to_be_closed(in_force, nikita):
    for number in (1, 2):
        pay(in_force, nikita, number)

    # Twenty working days after the last payment.
    assert waiting(in_force) == [(f"person@{nikita.pk}", date(2026, 4, 6))]
    lifecycle.fulfil(in_force, by=nikita, at=on(4, 1))
    assert waiting(in_force) == []


def test_without_a_manager_the_lawyers_are_asked(in_force, nikita, cast):
    Deal.objects.filter(pk=in_force.pk).update(manager=None)
    in_force.refresh_from_db()
    pay(in_force, nikita, 1)

    assert [holder for holder, _day in waiting(in_force)] == [f"{Role.LAWYER}@{cast.city.pk}"]


def test_everybody_who_owes_something_is_waited_for_until_their_own_day(
    terms, nikita, olga, cast, approvers
):
    lifecycle.plan_delivery(terms, by=nikita, words="Волна", due_on=date(2026, 3, 17), at=NOON)
    lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    approve_all(terms)
    lifecycle.sign(terms, by=olga, at=on(3, 4))
    deal = lifecycle.sign(terms, by=cast.anna, at=on(3, 5))
    seller, leader = f"edit@org-{cast.amber.pk}", f"person@{nikita.pk}"
    assert waiting(deal) == [(leader, date(2026, 3, 10)), (seller, date(2026, 3, 17))]

    # What was handed over waits for the buyer from then on, and for the seller no more.
    lifecycle.hand_over(
        deal, by=cast.anna, delivery=deal.deliveries.get(), handed_on=date(2026, 3, 6),
        note="Накладная 5", at=on(3, 6),
    )  # fmt: skip
    assert waiting(deal) == [(leader, date(2026, 3, 10))]
    # The answer is due on the 20th, as is the second payment.
    pay(deal, nikita, 1)
    assert waiting(deal) == [(leader, date(2026, 3, 20))]


def test_the_second_who_is_late_climbs_as_the_first_does(terms, nikita, olga, cast, approvers):
    lifecycle.plan_delivery(terms, by=nikita, words="Волна", due_on=date(2026, 3, 10), at=NOON)
    lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    approve_all(terms)
    lifecycle.sign(terms, by=olga, at=on(3, 4))
    lifecycle.sign(terms, by=cast.anna, at=on(3, 5))

    turns.escalate(at=on(3, 11))

    late = Entry.objects.filter(verb="turns.overdue")
    told = sorted(entry.text.facts["holder"] for entry in late)
    assert told == [f"edit@org-{cast.amber.pk}", f"person@{nikita.pk}"]
