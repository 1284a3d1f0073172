"""The conditions of a deal's moves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import journal, signatures
from pochin.core.lifecycle import guard
from pochin.deals.models import Approval, ApprovalKind, ApprovalState, Deal, RollOutState
from pochin.deals.policy import approver_hats, signs_for
from pochin.decisions.models import State as DecisionState
from pochin.participants.models import any_conflicted, conflicted, is_member
from pochin.pilots.models import Outcome

SCALING = (Outcome.SCALE, Outcome.SCALE_WITH_CONDITIONS)


@guard(_("There is neither a decision to scale in force nor a recorded exception."))
def has_grounds(deal: Deal) -> bool:
    return bool(deal.exception) or decision_is_in_force(deal)


def decision_is_in_force(deal: Deal) -> bool:
    """Whether the decision to scale is signed and still the one its pilot goes by."""
    decision = deal.decision
    if decision is None or decision.state != DecisionState.SIGNED:
        return False
    return decision.outcome in SCALING and decision.pilot.decision_sha256 == decision.sha256


@guard(_("The seller is not an admitted member of the programme."))
def seller_is_admitted(deal: Deal) -> bool:
    return is_member(deal.seller_id, deal.programme_id)


@guard(_("Write what is bought, the sum and the procurement route first."))
def terms_are_whole(deal: Deal) -> bool:
    named = bool(deal.route) and (deal.route == "none" or bool(deal.route_number))
    return bool(deal.subject.strip()) and deal.amount is not None and named


@guard(_("Name who signs for the buyer and who signs for the seller."))
def signatories_are_named(deal: Deal) -> bool:
    return deal.buyer_signatory_id is not None and deal.seller_signatory_id is not None


@guard(_("Who signs for the buyer has a conflict of interest with the seller, or both sides are "
         "signed for by one person."))  # fmt: skip
def signatories_are_untied(deal: Deal) -> bool:
    buyer, seller = deal.buyer_signatory_id, deal.seller_signatory_id
    if buyer is None or seller is None:
        return True
    return buyer != seller and not conflicted(buyer, deal.seller_id)


@guard(_("There is no late payment still to be announced."))
def a_payment_is_late(deal: Deal, *, at: datetime) -> bool:
    late = deal.payments.overdue(timezone.localdate(at))
    return late.filter(late_told_at__isnull=True).exists()


@guard(_("The payments do not add up to the sum of the contract."))
def payments_add_up(deal: Deal) -> bool:
    planned = deal.payments.aggregate(all=Sum("amount"))["all"]
    return planned is None or planned == deal.amount


@guard(_("The term begins before the contract is signed; move its first day."))
def term_begins_after_signature(deal: Deal, *, at: datetime) -> bool:
    return deal.starts_on is None or deal.starts_on >= timezone.localdate(at)


@guard(_("The term is over before the contract is signed."))
def term_is_ahead(deal: Deal, *, at: datetime) -> bool:
    return deal.ends_on is None or deal.ends_on >= timezone.localdate(at)


@guard(_("Not every approval has been given."))
def all_have_approved(deal: Deal) -> bool:
    given = set(deal.approvals.filter(state=ApprovalState.GIVEN).values_list("kind", flat=True))
    return given == set(ApprovalKind.values)


@guard(_("The terms were changed after they were sent to be approved."))
def terms_are_those_sent(deal: Deal) -> bool:
    return deal.sha256 == deal.fingerprint()


@guard(_("You have already signed."))
def has_not_signed(deal: Deal, *, by: Any) -> bool:
    return not signed_by(deal, signs_for(by, deal))


@guard(_("Not both sides have signed."))
def both_have_signed(deal: Deal) -> bool:
    return all(signed_by(deal, side) for side in ("buyer", "seller"))


def signed_by(deal: Deal, side: str | None) -> bool:
    """Whether this side signed the terms as they are now."""
    return signatures.under(deal, what="deal", sha256=deal.sha256).filter(role=side).exists()


@guard(_("Every approver must be without a tie to the seller."))
def approvers_are_untied(deal: Deal, *, approvers: dict[str, Any]) -> bool:
    return not any_conflicted([person.pk for person in approvers.values()], deal.seller_id)


@guard(_("Each of the five approvals needs a person."))
def approvers_are_named(deal: Deal, *, approvers: dict[str, Any]) -> bool:
    return set(approvers) == set(ApprovalKind.values)


@guard(_("Each approval needs a person of its own: nobody approves twice."))
def approvers_are_distinct(deal: Deal, *, approvers: dict[str, Any]) -> bool:
    return len({person.pk for person in approvers.values()}) == len(approvers)


@guard(_("Only the programme's staff and the buyer's people may approve."))
def approvers_are_eligible(deal: Deal, *, approvers: dict[str, Any]) -> bool:
    wanted = set(approver_hats(deal))
    return all(wanted & set(person.hats) for person in approvers.values())


# By these the terms are written.
WRITING = (
    "deals.edit", "deals.put_document", "deals.plan_payment", "deals.remove_payment",
    "deals.plan_delivery", "deals.remove_delivery",
)  # fmt: skip


def proposers(deal: Deal, *, by: Any = None) -> set[int]:
    """Who proposed the terms: wrote them, leads the deal, sends them to be approved."""
    wrote = journal.of(deal).filter(verb__in=(*WRITING, "deals.ask_approvals"), by__isnull=False)
    found = set(wrote.values_list("by_id", flat=True))
    return found | {pk for pk in (deal.manager_id, by.pk if by else None) if pk is not None}


@guard(_("Who wrote the terms, leads the deal or sends them to be approved does not approve them."))
def approvers_did_not_propose(deal: Deal, *, by: Any, approvers: dict[str, Any]) -> bool:
    named = {person.pk for person in approvers.values()}
    return not named & proposers(deal, by=by)


@guard(_("You wrote these terms or answered for them, so somebody else approves them. Whoever "
         "leads the deal takes the terms back and names another person."))  # fmt: skip
def approver_did_not_propose(approval: Approval, *, by: Any) -> bool:
    answered = journal.of(approval).filter(verb="deals.approval.hand_in_again", by_id=by.pk)
    return by.pk not in proposers(approval.deal) and not answered.exists()


@guard(_("You have approved these terms already; every approval needs a person of its own. "
         "Whoever leads the deal takes the terms back and names another person."))  # fmt: skip
def approver_approves_once(approval: Approval, *, by: Any) -> bool:
    given = approval.deal.approvals.filter(state=ApprovalState.GIVEN, approver_id=by.pk)
    return not given.exclude(pk=approval.pk).exists()


@guard(_("The term has not begun yet."))
def term_has_begun(deal: Deal, *, at: datetime) -> bool:
    return deal.starts_on is None or deal.starts_on <= timezone.localdate(at)


@guard(_("Not every payment has been made."))
def all_is_paid(deal: Deal) -> bool:
    return not deal.payments.filter(paid_on__isnull=True).exists()


@guard(_("Not everything that was planned is accepted."))
def all_is_accepted(deal: Deal) -> bool:
    return not deal.deliveries.filter(accepted_on__isnull=True).exists()


@guard(_("The roll-out is not over yet."))
def roll_out_is_over(deal: Deal) -> bool:
    roll_out = getattr(deal, "roll_out", None)
    going = (RollOutState.PLANNED, RollOutState.WAVES, RollOutState.FROZEN)
    return roll_out is None or roll_out.state not in going


# Money


@guard(_("A payment must be more than zero."))
def payment_is_positive(deal: Deal, *, amount: Decimal) -> bool:
    return amount > 0


@guard(_("The payment is due before the term of the contract begins."))
def payment_is_after_the_beginning(deal: Deal, *, due_on: date) -> bool:
    return deal.starts_on is None or due_on >= deal.starts_on


@guard(_("The payment is due on a day that has passed. Name today or a later day."))
def payment_is_ahead(deal: Deal, *, due_on: date, at: datetime) -> bool:
    return due_on >= timezone.localdate(at)


@guard(_("The day of a payment or of a delivery has passed already. Remove it and plan it for a "
         "later day, else it is late before anybody signs."))  # fmt: skip
def schedule_is_ahead(deal: Deal, *, at: datetime) -> bool:
    past = {"due_on__lt": timezone.localdate(at)}
    return not (deal.payments.filter(**past).exists() or deal.deliveries.filter(**past).exists())


@guard(_("The day of payment is before the contract was signed or has not come yet."))
def payment_day_is_possible(deal: Deal, *, paid_on: date, at: datetime) -> bool:
    return _is_since_signature(deal, paid_on, at)


# Deliveries


def _is_since_signature(deal: Deal, on: date, at: datetime) -> bool:
    signed = timezone.localdate(deal.signed_at) if deal.signed_at else None
    return signed is not None and signed <= on <= timezone.localdate(at)


@guard(_("The day of handing over is before the contract was signed or has not come yet."))
def handing_day_is_possible(deal: Deal, *, handed_on: date, at: datetime) -> bool:
    return _is_since_signature(deal, handed_on, at)


@guard(_("The day of acceptance is before the day of handing over or has not come yet."))
def acceptance_day_is_possible(
    deal: Deal, *, delivery: Any, accepted_on: date, at: datetime
) -> bool:
    handed = delivery.handed_on
    is_after = handed is None or handed <= accepted_on
    return is_after and _is_since_signature(deal, accepted_on, at)
