"""The life of one approval: asked → approved, or returned with remarks and asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core.lifecycle import NOW, Lifecycle, guard
from pochin.core.policy import system
from pochin.deals.lifecycle import guards as g
from pochin.deals.models import Approval, ApprovalState, Deal, State
from pochin.deals.policy import approver, writer
from pochin.participants.policy import Role, person_hat, role_hat

approval_life: Lifecycle[Approval] = Lifecycle(
    "deals.approval",
    ApprovalState,
    ends=frozenset({ApprovalState.VOID}),
    rests={ApprovalState.GIVEN: _("It is approved; the others are waited for.")},
)
approval_life.waits(
    ApprovalState.ASKED,
    on=lambda approval: person_hat(approval.approver_id),
    owner=_("the approver"),
    clock="deal approval",
    days=10,
    words=_("Approve the terms, or return them with remarks"),
)
approval_life.waits(
    ApprovalState.RETURNED,
    on=lambda a: person_hat(a.deal.manager_id) or role_hat(Role.LAWYER, a.deal),
    owner=_("the manager of the deal or a lawyer"),
    clock="deal remarks",
    days=5,
    words=_("Answer the remarks, or change the terms"),
)


@guard(_("The terms are no longer those that were sent to be approved."))
def terms_stand(approval: Approval) -> bool:
    deal = approval.deal
    return deal.state == State.APPROVALS and deal.sha256 == deal.fingerprint()


@approval_life.birth(
    ApprovalState.ASKED,
    who=writer,
    label=_("Ask for an approval"),
    done=_("An approval was asked for"),
)
def ask(deal: Deal, *, by: Any, kind: str, approver: Any, at: datetime = NOW) -> Approval:
    """Ask one person to approve the terms."""
    number = deal.approvals.count() + 1
    return Approval(deal=deal, number=number, kind=kind, approver=approver, asked_at=at)


@approval_life.move(
    ApprovalState.ASKED,
    to=ApprovalState.GIVEN,
    who=approver,
    label=pgettext_lazy("terms", "Approve"),
    done=_("The terms were approved"),
    guards=[terms_stand, g.approver_did_not_propose, g.approver_approves_once],
)
def give(approval: Approval, *, by: Any, at: datetime = NOW) -> None:
    """Agree to the terms as they are."""
    approval.given_at = at


@approval_life.move(
    ApprovalState.ASKED,
    to=ApprovalState.RETURNED,
    who=approver,
    label=_("Return with remarks"),
    done=_("The terms were returned with remarks"),
    guards=[terms_stand],
)
def send_back(approval: Approval, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Say what must be answered or changed; the seller does not read the remarks."""
    approval.remarks = reason


@approval_life.move(
    ApprovalState.RETURNED,
    to=ApprovalState.ASKED,
    who=writer,
    label=_("Answer the remarks"),
    done=_("The remarks were answered"),
    guards=[terms_stand],
)
def hand_in_again(approval: Approval, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Explain the terms and ask again without changing them."""


@approval_life.move(
    ApprovalState.ASKED,
    ApprovalState.GIVEN,
    ApprovalState.RETURNED,
    to=ApprovalState.VOID,
    who=system,
    label=_("Note that it is no longer needed"),
    done=_("The approval is no longer needed"),
)
def void(approval: Approval, *, by: Any, at: datetime = NOW) -> None:
    """The terms were taken back or the deal ended: nobody is asked any more."""
