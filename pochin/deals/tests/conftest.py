"""A deal on each step of its road; Olga signs for the post, Nikita is a lawyer of the city."""

from datetime import date
from decimal import Decimal

import pytest

from conftest import NOON, on, person
from pochin.deals import lifecycle
from pochin.deals.models import ApprovalKind, Deal
from pochin.decisions import lifecycle as decisions
from pochin.participants.models import RoleHeld, Seat
from pochin.participants.policy import Role


@pytest.fixture
def olga(cast):
    """She signs for the post."""
    made = person("olga")
    Seat.objects.create(
        person=made, organisation=cast.post, may_sign=True, may_edit=True, since=date(2026, 1, 1)
    )
    return made


@pytest.fixture
def nikita(cast):
    """A lawyer of the city programme."""
    made = person("nikita")
    RoleHeld.objects.create(
        person=made, programme=cast.city, code=Role.LAWYER, since=date(2026, 1, 1)
    )
    return made


@pytest.fixture
def ludmila(cast):
    """Another lawyer of the city programme, who writes no terms."""
    made = person("ludmila")
    RoleHeld.objects.create(
        person=made, programme=cast.city, code=Role.LAWYER, since=date(2026, 1, 1)
    )
    return made


@pytest.fixture
def bare(cast):
    """A deal that no decision opened."""
    return lifecycle.begin(
        cast.city, by=cast.vera, at=NOON, title_ru="Весы", title_en="Scales",
        buyer=cast.post, seller=cast.amber,
    )  # fmt: skip


@pytest.fixture
def excepted(cast, bare):
    """The same, with the exception recorded by Kira."""
    return lifecycle.record_exception(bare, by=cast.kira, reason="Поручение.", at=NOON)


TERMS = {
    "subject": "Весы с объёмом, 100 штук.", "amount": Decimal("1220000.00"), "currency": "RUB",
    "vat": Decimal(22), "route": "sole", "route_number": "32615000001", "contract": "77/26",
}  # fmt: skip


@pytest.fixture
def terms(cast, excepted, nikita, olga):
    """The terms are written: a sum in two payments, both signatories named."""
    deal = lifecycle.set_terms(excepted, by=nikita, at=NOON)
    lifecycle.edit(
        deal, by=nikita, at=NOON, buyer_signatory=olga, seller_signatory=cast.anna,
        **TERMS,
    )  # fmt: skip
    for words, amount, day in (("Аванс", "220000.00", 10), ("Остаток", "1000000.00", 20)):
        lifecycle.plan_payment(
            deal, by=nikita, at=NOON, words=words, due_on=date(2026, 3, day),
            amount=Decimal(amount),
        )  # fmt: skip
    return deal


@pytest.fixture
def approvers(cast, ludmila):
    """Who approves what: five people, none of whom wrote the terms."""
    named = [cast.nina, cast.lev, ludmila, cast.semyon, cast.vera]
    return dict(zip(ApprovalKind.values, named, strict=True))


@pytest.fixture
def asked(terms, nikita, approvers):
    """All five are asked at once."""
    return lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)


def approve_all(deal, at=NOON):
    for approval in deal.approvals.filter(state="asked").order_by("number"):
        lifecycle.give(approval, by=approval.approver, at=at)


@pytest.fixture
def approved(asked):
    approve_all(asked)
    return asked


@pytest.fixture
def in_force(cast, approved, olga):
    """Signed by both, in force at once."""
    lifecycle.sign(approved, by=olga, at=on(3, 4))
    return lifecycle.sign(approved, by=cast.anna, at=on(3, 5))


@pytest.fixture
def decided(cast, judged, django_capture_on_commit_callbacks):
    """The deal that Kira's decision to scale opened by itself."""
    pilot = judged()
    with django_capture_on_commit_callbacks(execute=True):
        decision = decisions.prepare(
            pilot, by=cast.kira, outcome="scale", words="Работает.", at=on(5, 6)
        )
        decisions.sign(decision, by=cast.kira, at=on(5, 6))
    return Deal.objects.get()
