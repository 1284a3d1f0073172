"""The list of deals, their money, and the page of one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import journal, turns
from pochin.deals import acts, ahead, before_signing, delivered, forms, lifecycle, shown, totals
from pochin.deals.forms import deliveries
from pochin.deals.listing import DealListing, PaymentListing, payment_badge
from pochin.deals.models import WRITERS, Approval, Deal, Delivery, Payment, RollOut, State
from pochin.deals.policy import writer
from pochin.decisions.models import Decision
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.files.serving import attachment, serve
from pochin.participants.models import Programme
from pochin.participants.policy import programmes
from pochin.pilots.models import Pilot
from pochin.ui import access
from pochin.ui.moves import ReasonForm, acting, beside, leading
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge

RELATED = ("programme", "buyer", "seller", "manager", "buyer_signatory", "seller_signatory",
           "document", "exception_by", "pilot", "decision")  # fmt: skip


@access.shows(Deal)
def index(request: HttpRequest) -> HttpResponseBase:
    """The deals the reader may see, the latest first."""
    deals = Deal.objects.visible_to(request.user).select_related("programme", "buyer", "seller")
    mine = programmes(request.user, *WRITERS)
    begin_in = Programme.objects.visible_to(request.user).filter(pk__in=mine).order_by("code")
    return DealListing(request, deals).respond(
        "deals/index.html", begin_in=begin_in if mine else [], speed=totals.speed(request.user)
    )


@access.shows(Deal)
def money(request: HttpRequest) -> HttpResponse:
    """What contracts come to, by programme, buyer and year; every sum opens its list."""
    today = timezone.localdate()
    tables = [
        (_("By programme"), _("Programme"), totals.by(request.user, "programme", on=today)),
        (_("By buyer"), _("Buyer"), totals.by(request.user, "buyer", on=today)),
        (_("By year of signature"), _("Year"), totals.by(request.user, "year", on=today)),
    ]
    return page(
        request,
        "deals/money.html",
        tables=tables,
        speed=totals.speed(request.user),
        crumbs=crumbs(_("Money")),
    )


@access.shows(Payment)
def payments(request: HttpRequest) -> HttpResponseBase:
    """The payments of all contracts the reader may see."""
    lines = Payment.objects.visible_to(request.user)
    lines = lines.select_related("deal__programme", "deal__buyer")
    return PaymentListing(request, lines).respond(
        "deals/payments.html", crumbs=crumbs(_("Payments"))
    )


def find(user: Any, programme: str, number: int) -> Deal:
    things = Deal.objects.select_related(*RELATED)
    return visible_or_404(things, user, programme__code=programme, number=number)


def crumbs(*labels: Any) -> list[Link]:
    first = Link(label=_("Deals"), url=reverse("deals:index"))
    return [first, *(Link(label=label) for label in labels)]


def crumbs_of(deal: Deal, *labels: Any) -> list[Link]:
    own = Link(label=deal.code, url=deal.get_absolute_url() if labels else "")
    return [crumbs()[0], own, *(Link(label=label) for label in labels)]


# The moves that lead on from each state; the first that can be made has the strong button.
WHILE_IT_BINDS = ("hand_over", "accept_delivery", "note_payment", "file_report", "fulfil")
NEXT_STEP: dict[str, tuple[str, ...]] = {
    State.INTENTION: ("set_terms", "record_exception"), State.TERMS: ("ask_approvals",),
    State.APPROVALS: ("sign",), State.SIGNED: WHILE_IT_BINDS,
    State.IN_FORCE: ("fulfil", *WHILE_IT_BINDS),
}  # fmt: skip
ELSEWHERE = "edit put_document"

# The moves of each card of the page; the others stand under the state.
BESIDE = {
    "delivery_actions": (
        "plan_delivery",
        "remove_delivery",
        "hand_over",
        "accept_delivery",
        "return_delivery",
    ),
    "money_actions": ("plan_payment", "remove_payment", "note_payment"),
    "right_actions": ("add_right", "remove_right", "add_licence", "file_report"),
}


@access.shows(Deal)
def deal_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One deal: from which decision, on which terms, approved and signed by whom, paid or not."""
    deal = find(request.user, programme, number)
    return page(
        request,
        "deals/page.html",
        **_actions(request.user, deal),
        elsewhere=ELSEWHERE,
        may_edit=lifecycle.life.moves["edit"].is_open_to(request.user, deal),
        may_put=lifecycle.life.moves["put_document"].is_open_to(request.user, deal),
        state_tag=state_badge(deal),
        story=journal.of(deal),
        crumbs=crumbs_of(deal),
        **_chapters(deal, request.user),
    )


def _actions(user: Any, deal: Deal) -> dict[str, Any]:
    """What may be done, each beside what it is about; nothing to be taken back, no such button."""
    offered = {action.move.name: action for action in lifecycle.life.actions(user, deal)}
    for name in delivered.idle(deal, offered):
        offered.pop(name)
    if not deal.payments.exists():
        offered.pop("remove_payment", None)
    if not deal.payments.filter(paid_on__isnull=True).exists():
        offered.pop("note_payment", None)
    if not deal.rights.exists():
        for name in ("remove_right", "add_licence"):
            offered.pop(name, None)
    if not deal.licences.exists():
        offered.pop("file_report", None)
    main = leading(offered.values(), NEXT_STEP.get(State(deal.state), ()))
    return {**beside(offered.values(), BESIDE), "main": main}


def _chapters(deal: Deal, user: Any) -> dict[str, Any]:
    """What the cards of the page show, narrowed to what this reader may see."""
    pilot = Pilot.objects.visible_to(user).filter(pk=deal.pilot_id).first()
    decision = Decision.objects.visible_to(user).filter(pk=deal.decision_id)
    approvals = Approval.objects.visible_to(user).filter(deal=deal).select_related("approver")
    asked = list(approvals.standing().order_by("number"))
    for approval in asked:
        approval.deal = deal
    roll_out = RollOut.objects.visible_to(user).filter(deal=deal).first()
    if roll_out is not None:
        roll_out.deal = deal
    realised = shown.realised(roll_out) if roll_out else []
    licences = deal.licences.select_related("right", "licensee").prefetch_related("reports")
    deliveries, schedule = delivered.lines(deal), shown.payments(deal)
    return {
        "deal": deal,
        "pilot": pilot,
        "decision": decision.select_related("pilot").first(),
        "facts_list": shown.facts(deal),
        "amounts": shown.amounts(deal),
        "promise": shown.promise(deal) + shown.worth_lines(deal, realised),
        "benefit": shown.benefit(deal, realised),
        "rows": shown.signature_rows(deal, user),
        "approvals": _with_days(asked),
        "approving": _approving(deal, asked),
        "deliveries": deliveries,
        "schedule": [(p, payment_badge(p)) for p in schedule],
        "ahead": ahead.of(deal, schedule, [one for one, _tag in deliveries]),
        "rights": deal.rights.select_related("owner").order_by("origin", "number"),
        "licences": licences.order_by("number"),
        "roll_out": roll_out,
        "adopted": shown.adopted(roll_out) if roll_out else None,
        "realised": realised,
        "may_plan_roll_out": _may_plan_roll_out(user, deal, roll_out),
    }


def _with_days(asked: list[Approval]) -> list[tuple[Approval, Any, Any]]:
    """Each approval with its mark and the last day of whoever is asked, where one still runs."""
    held = turns.holders(asked) if asked else {}
    due = {key: found[0].due_at for (_kind, key), found in held.items() if found}
    return [(one, shown.approval_badge(one), due.get(one.pk)) for one in asked]


def _approving(deal: Deal, asked: list[Approval]) -> str:
    if deal.state != State.APPROVALS or shown.may_be_signed(deal):
        return ""
    return shown.approving(asked, is_buyer=bool(asked))


def _may_plan_roll_out(user: Any, deal: Deal, roll_out: RollOut | None) -> bool:
    return roll_out is None and deal.state in (State.SIGNED, State.IN_FORCE) and writer(user, deal)


@access.shows(Programme)
def begin(request: HttpRequest, programme: str) -> HttpResponse:
    """Open a deal that no decision opened; it goes on only with a recorded exception."""
    under = visible_or_404(Programme.objects.select_related("centre"), request.user, code=programme)
    form = forms.BeginForm(request.POST or None, user=request.user, centre=under.centre)
    _demand_writer(request.user, under)
    if form.is_valid():
        with said_on(form):
            return redirect(lifecycle.begin(under, by=request.user, **form.given()))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Open a deal"),
        sub=_("A signed decision to scale opens its deal by itself; here is the exception."),
        save=_("Open the deal"),
        crumbs=crumbs(_("Open a deal")),
        back=reverse("deals:index"),
        status=422 if form.is_bound else 200,
    )


def _demand_writer(user: Any, programme: Programme) -> None:
    """The rule of the birth, asked before there is a deal: nobody sells yet."""
    lifecycle.life.moves["begin"].who.demand(
        user, Deal(programme=programme, buyer=programme.centre)
    )


@access.shows(Deal)
def edit(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Write the terms."""
    deal = find(request.user, programme, number)
    lifecycle.life.moves["edit"].who.demand(request.user, deal)
    form = forms.DealForm(request.POST or None, instance=deal)
    if form.is_valid():
        with said_on(form):
            fresh = Deal.objects.get(pk=deal.pk)
            return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Terms"),
        sub=deal,
        crumbs=crumbs_of(deal, _("Terms")),
        back=deal.get_absolute_url(),
        status=422 if form.is_bound else 200,
    )


@access.shows(Deal)
def put_document(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Put in the paper to be signed."""
    deal = find(request.user, programme, number)
    lifecycle.life.moves["put_document"].who.demand(request.user, deal)
    form = forms.DocumentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with said_on(form):
            file = receive(
                form.cleaned_data["document"],
                by=request.user,
                at=timezone.now(),
                accept=kinds.DOCUMENTS,
            )
            return redirect(lifecycle.put_document(deal, by=request.user, document=file))
    return page(
        request,
        "deals/document.html",
        form=form,
        deal=deal,
        crumbs=crumbs_of(deal, _("Contract")),
        status=422 if form.is_bound else 200,
    )


@access.shows(Deal)
def document(request: HttpRequest, programme: str, number: int) -> HttpResponseBase:
    """The contract, as an attachment."""
    deal = find(request.user, programme, number)
    if deal.document is None:
        raise Http404
    return serve(deal.document)


@access.shows(Delivery)
def acceptance_act(
    request: HttpRequest, programme: str, number: int, delivery: int, language: str
) -> HttpResponse:
    """The act of a delivery as PDF; a draft of it, once something is handed over."""
    deal = find(request.user, programme, number)
    things = Delivery.objects.select_related("handed_by", "accepted_by")
    found = visible_or_404(things, request.user, deal=deal, number=delivery)
    if found.handed_on is None or language not in acts.LANGUAGES:
        raise Http404
    found.deal = deal
    answer = HttpResponse(acts.paper(found, language=language), content_type="application/pdf")
    answer["Content-Disposition"] = attachment(f"{deal.code}-{found.number}-{language}.pdf")
    answer["Cache-Control"] = "private, no-store"
    return answer


act = acting(
    lifecycle.life,
    Deal,
    find=find,
    forms={
        "record_exception": ReasonForm,
        "ask_approvals": forms.ApproversForm,
        "take_back": ReasonForm,
        "terminate": forms.TerminateForm,
        "break_off": forms.BreakOffForm,
        "plan_delivery": deliveries.DeliveryForm,
        "remove_delivery": deliveries.RemoveDeliveryForm,
        "hand_over": deliveries.HandOverForm,
        "accept_delivery": deliveries.AcceptForm,
        "return_delivery": deliveries.ReturnForm,
        "plan_payment": forms.PaymentForm,
        "remove_payment": forms.RemovePaymentForm,
        "note_payment": forms.PaidForm,
        "add_right": forms.RightForm,
        "remove_right": forms.RemoveRightForm,
        "add_licence": forms.LicenceForm,
        "file_report": forms.ReportForm,
    },
    told={"sign": before_signing.terms},
)
