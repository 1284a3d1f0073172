"""The roll-out of a deal: its plan, its waves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.deals import lifecycle, shown
from pochin.deals.forms.roll_outs import (
    AdoptionForm,
    BenefitForm,
    ReadingsForm,
    WaveForm,
    WithdrawReadingsForm,
)
from pochin.deals.models import Deal, RollOut
from pochin.deals.views.deals import crumbs_of, find
from pochin.ui import access
from pochin.ui.moves import ReasonForm, acting, beside
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge

# The roll-out


def _find_roll_out(user: Any, programme: str, number: int) -> RollOut:
    things = RollOut.objects.select_related("deal__programme", "deal__seller", "deal__buyer")
    return visible_or_404(things, user, deal__programme__code=programme, deal__number=number)


@access.shows(RollOut)
def roll_out_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """The waves, the adoption and what it brings after the pilot."""
    roll_out = _find_roll_out(request.user, programme, number)
    realised = shown.realised(roll_out)
    waves = roll_out.waves.prefetch_related("places__site").order_by("number")
    return page(
        request,
        "deals/roll_out.html",
        roll_out=roll_out,
        deal=roll_out.deal,
        waves=waves,
        adopted=shown.adopted(roll_out),
        promise=shown.promise(roll_out.deal) + shown.worth_lines(roll_out.deal, realised),
        benefit=shown.benefit(roll_out.deal, realised),
        realised=realised,
        follow_ups=shown.follow_ups(roll_out),
        **_roll_out_actions(request.user, roll_out),
        main={"planned": "start", "waves": "note_adoption"}.get(roll_out.state, ""),
        state_tag=state_badge(roll_out),
        story=journal.of(roll_out),
        crumbs=crumbs_of(roll_out.deal, _("Roll-out")),
    )


def _roll_out_actions(user: Any, roll_out: RollOut) -> dict[str, Any]:
    """The moves of a roll-out, those about readings beside them."""
    offered = {one.move.name: one for one in lifecycle.rollout_life.actions(user, roll_out)}
    if not roll_out.follow_ups.standing().exists():
        offered.pop("withdraw_readings", None)
    about = ("send_readings", "withdraw_readings", "note_benefit")
    return beside(offered.values(), {"benefit_actions": about})


@access.shows(Deal)
def plan_roll_out(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Begin to divide the sites of a contract into waves."""
    deal = find(request.user, programme, number)
    lifecycle.rollout_life.moves["plan_roll_out"].who.demand(request.user, deal)
    if request.method != "POST":
        return redirect(deal)
    return redirect(lifecycle.plan_roll_out(deal, by=request.user))


act_on_roll_out = acting(
    lifecycle.rollout_life,
    RollOut,
    find=_find_roll_out,
    forms={
        "plan_wave": WaveForm,
        "note_adoption": AdoptionForm,
        "note_benefit": BenefitForm,
        "send_readings": ReadingsForm,
        "withdraw_readings": WithdrawReadingsForm,
        "freeze": ReasonForm,
        "roll_back": ReasonForm,
    },
)
