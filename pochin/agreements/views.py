"""Pages of agreements: the list, the page, the form, the document, the signatures."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.agreements import lifecycle
from pochin.agreements.forms import (
    AgreementForm,
    DocumentForm,
    PartyForm,
    RemovePartyForm,
    SignForm,
)
from pochin.agreements.listing import AgreementListing
from pochin.agreements.models import WRITERS, Agreement, Party, State
from pochin.agreements.policy import may_sign, writer
from pochin.core import journal
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.files.serving import serve
from pochin.participants.models import Programme
from pochin.participants.policy import programmes
from pochin.ui import access, formats, parts, pieces
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Agreement)
def index(request: HttpRequest) -> HttpResponse:
    """The agreements the reader may see, the latest first."""
    agreements = Agreement.objects.visible_to(request.user).select_related("programme")
    begin_in = programmes(request.user, *WRITERS)
    mine = Programme.objects.filter(pk__in=begin_in).order_by("code") if begin_in else []
    return AgreementListing(request, agreements).respond("agreements/index.html", begin_in=mine)


def _find(user: Any, programme: str, number: int) -> Agreement:
    things = Agreement.objects.select_related("programme", "document")
    return visible_or_404(things, user, programme__code=programme, number=number)


def _crumbs(*labels: Any) -> list[Link]:
    first = Link(label=_("Agreements"), url=reverse("agreements:index"))
    return [first, *(Link(label=label) for label in labels)]


# The move that leads on from each state: its button is the strong one.
NEXT_STEP = {State.DRAFT: "send", State.NEGOTIATION: "sign", State.SIGNED: "enter_into_force"}


@access.shows(Agreement)
def agreement_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One agreement: who promised what, until when, who has signed."""
    agreement = _find(request.user, programme, number)
    parties = agreement.party_set.select_related("organisation", "signatory", "signed_by")
    return page(
        request,
        "agreements/page.html",
        agreement=agreement,
        crumbs=_crumbs(agreement.code),
        facts_list=_facts(agreement),
        rows=[_row(party, request.user, agreement) for party in parties.order_by("pk")],
        actions=lifecycle.life.actions(request.user, agreement),
        main=NEXT_STEP.get(agreement.state, ""),
        may_edit=lifecycle.life.moves["edit"].is_open_to(request.user, agreement),
        state_tag=state_badge(agreement),
        story=journal.of(agreement),
    )


def _facts(agreement: Agreement) -> list[tuple[Any, Any]]:
    ends = formats.day(agreement.ends_on) if agreement.ends_on else _("without an end")
    rows = [
        (_("Kind"), agreement.get_kind_display()),
        (_("Programme"), agreement.programme),
        (_("In force from"), formats.day(agreement.starts_on)),
        (_("In force until"), ends),
        (_("Signed"), agreement.signed_at and parts.exact_time(agreement.signed_at)),
        (_("Terminated"), agreement.terminated_on and formats.day(agreement.terminated_on)),
        (_("Reasons"), parts.said(agreement.reasons)),
    ]
    return [(word, value) for word, value in rows if value]


def _row(party: Party, user: Any, agreement: Agreement) -> pieces.Signature:
    """The line of one party on the sheet of signatures."""
    state = "signed" if party.signed_at else "waiting"
    if agreement.state == State.NEGOTIATION and state == "waiting" and may_sign(user, party):
        state = "yours"
    return pieces.Signature(
        name=party.signed_by or party.signatory or _("whoever signs for it"),
        role=party.organisation,
        state=state,
        at=party.signed_at,
    )


@access.shows(Programme)
def begin(request: HttpRequest, programme: str) -> HttpResponse:
    """Prepare an agreement."""
    under = visible_or_404(Programme, request.user, code=programme)
    writer.demand(request.user, under)
    form = AgreementForm(request.POST or None)
    if form.is_valid():
        return redirect(lifecycle.begin(under, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Prepare an agreement"),
        sub=under,
        save=_("Save draft"),
        crumbs=_crumbs(_("Prepare an agreement")),
        back=reverse("agreements:index"),
    )


@access.shows(Agreement)
def edit(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Change the words or the term of a draft."""
    agreement = _find(request.user, programme, number)
    lifecycle.life.moves["edit"].who.demand(request.user, agreement)
    form = AgreementForm(request.POST or None, instance=agreement)
    if form.is_valid():
        fresh = Agreement.objects.get(pk=agreement.pk)
        return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=agreement,
        crumbs=_crumbs(agreement.code),
        back=agreement.get_absolute_url(),
    )


@access.shows(Agreement)
def put_document(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Put in the paper to be signed."""
    agreement = _find(request.user, programme, number)
    lifecycle.life.moves["put_document"].who.demand(request.user, agreement)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = receive(
            form.cleaned_data["document"],
            by=request.user,
            at=timezone.now(),
            accept=kinds.DOCUMENTS,
        )
        return redirect(lifecycle.put_document(agreement, by=request.user, document=file))
    return page(
        request,
        "agreements/document.html",
        form=form,
        title=_("Document to be signed"),
        sub=agreement,
        save=_("Put in the document"),
        crumbs=_crumbs(agreement.code),
        back=agreement.get_absolute_url(),
    )


@access.shows(Agreement)
def document(request: HttpRequest, programme: str, number: int) -> HttpResponseBase:
    """The paper that is signed, as an attachment."""
    agreement = _find(request.user, programme, number)
    if agreement.document is None:
        raise Http404
    return serve(agreement.document)


act = acting(
    lifecycle.life,
    Agreement,
    find=_find,
    forms={
        "add_party": PartyForm,
        "remove_party": RemovePartyForm,
        "take_back": ReasonForm,
        "sign": SignForm,
        "terminate": ReasonForm,
    },
)
