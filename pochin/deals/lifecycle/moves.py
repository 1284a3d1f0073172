"""The life of a deal.

intention → terms → approvals → signed → in force → fulfilled; terminated; not concluded
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers, signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused
from pochin.core.policy import SYSTEM, Rule, system
from pochin.deals.lifecycle import approvals, due
from pochin.deals.lifecycle import guards as g
from pochin.deals.models import Approval, ApprovalState, Deal, DealKind, State
from pochin.deals.policy import director, signatory, signs_for, writer
from pochin.deals.promise import promised
from pochin.decisions.models import Decision
from pochin.files.models import File
from pochin.needs.models import Outcome as Wanted
from pochin.participants.models import Programme
from pochin.participants.policy import person_hat

life: Lifecycle[Deal] = Lifecycle(
    "deals",
    State,
    ends=frozenset({State.FULFILLED, State.TERMINATED, State.NOT_CONCLUDED}),
)


def _signing(deal: Deal) -> list[str]:
    """Who is to sign: nobody before the last approval is given."""
    if not g.all_have_approved.holds(deal):
        return []
    sides = {"buyer": deal.buyer_signatory_id, "seller": deal.seller_signatory_id}
    return [
        hat
        for side, person in sides.items()
        if not g.signed_by(deal, side)
        for hat in person_hat(person)
    ]


life.waits(
    State.INTENTION,
    on=due.leading,
    owner=_("the manager of the deal or a lawyer"),
    clock="deal intention",
    days=10,
    words=_("Begin to agree the terms, or say why there will be no contract"),
)
life.waits(
    State.TERMS,
    on=due.leading,
    owner=_("the manager of the deal or a lawyer"),
    clock="deal terms",
    days=20,
    words=_("Write the terms and send them to be approved"),
)
life.waits(
    State.APPROVALS,
    on=_signing,
    owner=_("after the last approval those who sign"),
    clock="deal signature",
    days=5,
    words=_("Sign the contract"),
)

for _bound in (State.SIGNED, State.IN_FORCE):
    life.waits(
        _bound,
        on=due.holders,
        owner=_("who leads the deal; the seller who delivers, the licensee who reports"),
        clock="deal kept",
        days=60,
        until=due.until,
        words=_(
            "Hand over, accept, note what is paid and reported by its day; then close the contract"
        ),
    )

writer_of_programme = Rule(
    _("a coordinator, a lawyer or a decision owner of the programme"),
    lambda user, deal: writer(user, deal),
)


@life.birth(
    State.INTENTION,
    who=system | writer_of_programme,
    label=_("Open a deal"),
    done=_("The deal was opened"),
)
def begin(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Deal:
    """Write down the intention to buy; without a decision it needs a recorded exception."""
    number = numbers.following(f"deal@{programme.pk}")
    return Deal(programme=programme, number=number, opened_at=at, **fields)


KINDS: dict[str, DealKind] = {
    Wanted.BUY: DealKind.PURCHASE,
    Wanted.LICENCE: DealKind.LICENCE,
    Wanted.RESEARCH: DealKind.JOINT,
}


def open_for(decision: Decision, *, by: Any, at: datetime) -> Deal | None:
    """Open the deal of a decision to scale, with what the plan promised; once for a decision."""
    pilot = decision.pilot
    known = Deal._base_manager.filter(decision=decision).first()
    if known is not None or decision.outcome not in g.SCALING or pilot.organisation_id is None:
        return known
    need = pilot.need
    return begin(
        pilot.programme,
        by=by,
        at=at,
        pilot=pilot,
        decision=decision,
        decided_at=decision.signed_at,
        kind=KINDS.get(need.outcome, DealKind.PURCHASE) if need else DealKind.PURCHASE,
        title_ru=pilot.title_ru,
        title_en=pilot.title_en,
        buyer=need.unit if need else pilot.programme.centre,
        seller=pilot.organisation,
        conditions=decision.conditions,
        promised=promised(pilot),
    )


@life.move(
    State.INTENTION,
    to=STAY,
    who=director,
    label=_("Record an exception"),
    done=_("An exception was recorded"),
)
def record_exception(deal: Deal, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Say why there may be a contract without a decision to scale; it stays on the page."""
    deal.exception, deal.exception_by = reason, by


@life.move(
    State.INTENTION,
    to=State.TERMS,
    who=writer,
    label=_("Begin to agree the terms"),
    done=_("The terms are being agreed"),
    guards=[g.has_grounds, g.seller_is_admitted],
)
def set_terms(deal: Deal, *, by: Any, at: datetime = NOW) -> None:
    """Begin to write what is bought, for how much and until when."""
    if deal.manager_id is None:
        deal.manager_id = by.pk


@life.move(
    State.INTENTION,
    State.TERMS,
    to=STAY,
    who=writer,
    label=_("Write the terms"),
    done=_("The terms were written"),
)
def edit(deal: Deal, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the terms before anybody is asked to approve them."""
    for name, value in fields.items():
        setattr(deal, name, value)


@life.move(
    State.TERMS,
    to=STAY,
    who=writer,
    label=_("Put in the contract"),
    done=_("The contract was put in"),
)
def put_document(deal: Deal, *, by: Any, document: File, at: datetime = NOW) -> None:
    """Put in the paper to be signed, instead of the one before."""
    deal.document = document


@life.move(
    State.TERMS,
    to=State.APPROVALS,
    who=writer,
    label=_("Send to be approved"),
    done=_("The terms were sent to be approved"),
    guards=[
        g.has_grounds,
        g.seller_is_admitted,
        g.terms_are_whole,
        g.payments_add_up,
        g.schedule_is_ahead,
        g.signatories_are_named,
        g.signatories_are_untied,
        g.approvers_are_named,
        g.approvers_are_distinct,
        g.approvers_are_eligible,
        g.approvers_did_not_propose,
        g.approvers_are_untied,
    ],
)
def ask_approvals(deal: Deal, *, by: Any, approvers: dict[str, Any], at: datetime = NOW) -> None:
    """Fix the terms by their fingerprint and ask for all approvals at once."""
    deal.sha256 = deal.fingerprint()
    for kind, person in approvers.items():
        approvals.ask(deal, by=by, kind=kind, approver=person, at=at)


@life.move(
    State.APPROVALS,
    to=State.TERMS,
    who=writer,
    label=_("Change the terms"),
    done=_("The terms were taken back to be changed"),
)
def take_back(deal: Deal, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Go back to the terms; approvals and signatures given so far no longer count."""
    deal.sha256 = ""
    _void(deal, at)


def _void(deal: Deal, at: datetime) -> None:
    for approval in deal.approvals.exclude(state=ApprovalState.VOID):
        approvals.void(approval, by=SYSTEM, at=at)


@life.move(
    State.APPROVALS,
    to=STAY,
    who=signatory,
    label=_("Sign the contract"),
    done=_("The contract was signed for a side"),
    guards=[
        g.all_have_approved,
        g.terms_are_those_sent,
        g.has_grounds,
        g.seller_is_admitted,
        g.signatories_are_untied,
        g.term_begins_after_signature,
        g.term_is_ahead,
        g.has_not_signed,
    ],
    is_final=True,
)
def sign(deal: Deal, *, by: Any, at: datetime = NOW) -> None:
    """Sign for one's side over the fingerprint of the approved terms."""
    side = signs_for(by, deal)
    if side is None:
        raise Refused(_t("You do not sign for a side of this deal."))
    signatures.sign(deal, what="deal", by=by, role=side, sha256=deal.sha256, at=at)


@life.move(
    State.APPROVALS,
    to=State.SIGNED,
    who=system,
    label=_("Note that both sides have signed"),
    done=_("Both sides have signed the contract"),
    guards=[g.all_have_approved, g.terms_are_those_sent, g.both_have_signed],
)
def conclude(deal: Deal, *, by: Any, at: datetime = NOW) -> None:
    """Both sides have signed the approved terms; the days since the decision are counted."""
    deal.signed_at = at
    if deal.decided_at is not None:
        decided, signed = timezone.localdate(deal.decided_at), timezone.localdate(at)
        deal.days_to_sign = (signed - decided).days


@life.follows("sign")
def _conclude_when_both_have_signed(deal: Deal, at: datetime) -> None:
    if g.both_have_signed.holds(deal):
        conclude(deal, by=SYSTEM, at=at)
        if g.term_has_begun.holds(deal, at=at):
            enter_into_force(deal, by=SYSTEM, at=at)


@life.move(
    State.SIGNED,
    to=State.IN_FORCE,
    who=system | writer,
    label=_("Note that the term began"),
    done=_("The contract came into force"),
    guards=[g.term_has_begun],
)
def enter_into_force(deal: Deal, *, by: Any, at: datetime = NOW) -> None:
    """The term has begun."""


@life.move(
    State.IN_FORCE,
    to=State.FULFILLED,
    who=writer,
    label=_("Note that everything is done"),
    done=_("The deal was fulfilled"),
    guards=[g.all_is_accepted, g.all_is_paid, g.roll_out_is_over],
    is_final=True,
)
def fulfil(deal: Deal, *, by: Any, at: datetime = NOW) -> None:
    """Both sides have done what the contract asks."""
    deal.ended_on = timezone.localdate(at)


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=State.TERMINATED,
    who=director,
    label=_("Terminate"),
    done=_("The contract was terminated"),
)
def terminate(deal: Deal, *, by: Any, reason_code: str, reason: str, at: datetime = NOW) -> None:
    """End the contract before everything is done, and say through whom; both sides read it."""
    deal.ended_on, deal.reason_code, deal.reasons = timezone.localdate(at), reason_code, reason


@life.move(
    State.INTENTION,
    State.TERMS,
    State.APPROVALS,
    to=State.NOT_CONCLUDED,
    who=writer,
    label=_("Do not conclude"),
    done=_("The contract will not be concluded"),
)
def break_off(deal: Deal, *, by: Any, reason_code: str, reason: str, at: datetime = NOW) -> None:
    """Say why there is no contract; the other side reads the words."""
    deal.ended_on, deal.reason_code, deal.reasons = timezone.localdate(at), reason_code, reason
    _void(deal, at)


@approvals.approval_life.follows("give", "send_back", "hand_in_again")
def _pass_the_turn_to_sign(approval: Approval, at: datetime) -> None:
    # The deal itself does not move; who is to sign begins to wait with the last approval.
    life.pass_turn(approval.deal, at)
