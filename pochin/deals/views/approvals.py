"""The approvals of a deal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from pochin.core import journal
from pochin.deals import delivered, forms, lifecycle, shown
from pochin.deals.listing import payment_badge
from pochin.deals.models import Approval
from pochin.deals.views.deals import RELATED, crumbs_of
from pochin.ui import access
from pochin.ui.moves import acting, leading
from pochin.ui.shortcuts import page, visible_or_404

# Approvals


def _find_approval(user: Any, programme: str, number: int, approval: int) -> Approval:
    of_the_deal = [f"deal__{name}" for name in RELATED]
    things = Approval.objects.select_related("approver", *of_the_deal)
    return visible_or_404(
        things, user, deal__programme__code=programme, deal__number=number, number=approval
    )


@access.shows(Approval)
def approval_page(request: HttpRequest, programme: str, number: int, approval: int) -> HttpResponse:
    """One approval: who is asked, until when, what was remarked."""
    asked = _find_approval(request.user, programme, number, approval)
    actions = lifecycle.approval_life.actions(request.user, asked)
    return page(
        request,
        "deals/approval.html",
        approval=asked,
        deal=asked.deal,
        facts_list=shown.facts(asked.deal),
        schedule=[(payment, payment_badge(payment)) for payment in shown.payments(asked.deal)],
        deliveries=delivered.lines(asked.deal),
        tag=shown.approval_badge(asked),
        actions=actions,
        main=leading(actions, ("give", "hand_in_again")),
        story=journal.of(asked),
        crumbs=crumbs_of(asked.deal, asked.get_kind_display()),
    )


act_on_approval = acting(
    lifecycle.approval_life,
    Approval,
    find=_find_approval,
    forms={"send_back": forms.WordsForm, "hand_in_again": forms.WordsForm},
)
