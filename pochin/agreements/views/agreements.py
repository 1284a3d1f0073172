"""Pages of agreements: the list, the page, the form, the signatures."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements import lifecycle
from pochin.agreements.forms.agreement import (
    AgreementForm,
    ApprovalsForm,
    NoteForm,
    PaperForm,
    PartyForm,
    RemoveAnnexForm,
    RemoveClauseForm,
    RemovePartyForm,
    RenewForm,
    SignForm,
)
from pochin.agreements.lifecycle import amendments, commitments
from pochin.agreements.listing import AgreementListing
from pochin.agreements.models import (
    OPEN_WORDS,
    WRITERS,
    Agreement,
    Commitment,
    CommitmentState,
    Party,
    State,
    with_risk,
)
from pochin.agreements.policy import may_open, may_sign, planner, writer
from pochin.core import journal
from pochin.core.lifecycle import Action
from pochin.participants.models import Programme
from pochin.participants.policy import programmes
from pochin.ui import access, formats, parts, pieces
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Agreement)
def index(request: HttpRequest) -> HttpResponse:
    """The agreements the reader may see, the latest first."""
    seen = Agreement.objects.visible_to(request.user).select_related("programme")
    agreements = with_risk(seen, timezone.localdate())
    begin_in = programmes(request.user, *WRITERS)
    mine = Programme.objects.filter(pk__in=begin_in).order_by("code") if begin_in else []
    return AgreementListing(request, agreements).respond("agreements/index.html", begin_in=mine)


def find(user: Any, programme: str, number: int) -> Agreement:
    things = Agreement.objects.select_related("programme", "document")
    return visible_or_404(things, user, programme__code=programme, number=number)


def crumbs(*labels: Any) -> list[Link]:
    first = Link(label=_("Agreements"), url=reverse("agreements:index"))
    return [first, *(Link(label=label) for label in labels)]


# The move that leads on from each state: its button is the strong one.
NEXT_STEP = {
    State.DRAFT: "propose",
    State.NEGOTIATION: "ask_approvals",
    State.APPROVALS: "approve",
    State.SIGNING: "sign",
    State.SIGNED: "enter_into_force",
}
# Offered elsewhere on the page than among the moves.
BEFORE_SIGNING = (State.DRAFT, State.NEGOTIATION, State.APPROVALS)
ELSEWHERE = "edit put_document write_clause remove_clause add_annex remove_annex"


@access.shows(Agreement)
def agreement_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One agreement: who promised what, until when, who has signed, what changed."""
    user = request.user
    agreement = find(user, programme, number)
    is_inside = Agreement.objects.inside(user).filter(pk=agreement.pk).exists()
    listed = agreement.party_set.select_related("organisation", "signatory", "signed_by")
    return page(
        request,
        "agreements/page.html",
        agreement=agreement,
        crumbs=crumbs(agreement.code),
        facts_list=_facts(agreement),
        rows=[_row(party, user, agreement) for party in listed.order_by("pk")],
        actions=_offered(user, agreement),
        main=NEXT_STEP.get(agreement.state, ""),
        elsewhere=ELSEWHERE,
        may_edit=lifecycle.life.moves["edit"].is_open_to(user, agreement),
        may_plan=agreement.state in OPEN_WORDS and planner(user, agreement),
        may_amend=agreement.state in (State.SIGNED, State.IN_FORCE)
        and amendments.life.moves["propose"].who(user, amendments.Amendment(agreement=agreement)),
        state_tag=state_badge(agreement),
        promised=promised(agreement, user),
        clauses=agreement.clauses.order_by("place"),
        annexes=agreement.annexes.select_related("file").order_by("place"),
        approvals=_approvals(agreement),
        versions=agreement.versions.order_by("-number").select_related("made_by")[:5]
        if is_inside
        else [],
        changes=agreement.amendments.order_by("-number") if is_inside else [],
        is_inside=is_inside,
        story=journal.of(agreement) if is_inside else [],
    )


def _offered(user: Any, agreement: Agreement) -> list[Action]:
    """What may be done; where no party is named, none can be taken away."""
    offered = lifecycle.life.actions(user, agreement)
    if agreement.party_set.exists():
        return offered
    return [action for action in offered if action.move.name != "remove_party"]


def promised(agreement: Agreement, user: Any) -> list[dict[str, Any]]:
    """The commitments of an agreement as rows, each with what its reader may press."""
    found = agreement.commitments.select_related("owes", "to", "responsible").order_by("number")
    counted = found.annotate(proofs=Count("evidence"))
    today = timezone.localdate()
    rows = []
    for commitment in counted:
        # The agreement is at hand, with its programme: nothing is read again for the rules.
        commitment.agreement = agreement
        remind = commitments.life.moves["remind"]
        rows.append(
            {
                "commitment": commitment,
                "state": standing(commitment, today),
                "tone": tone(commitment, today),
                "opens": may_open(user, commitment),
                "may_remind": commitment.is_overdue(today) and remind.is_open_to(user, commitment),
            }
        )
    return rows


def standing(commitment: Commitment, today: Any) -> str:
    """Where a commitment stands, in one phrase: late by how much, how many of how many."""
    words = [str(commitment.get_state_display())]
    if commitment.is_overdue(today):
        days = formats.days((today - commitment.due_on).days)
        words = [_t("late by %(days)s") % {"days": days}]
    if commitment.target is not None and commitment.state != CommitmentState.WITHDRAWN:
        given = {
            "value": formats.number(commitment.value or 0),
            "target": formats.with_unit(commitment.target, commitment.unit),
        }
        if commitment.unit == "%":
            # A share is not so many of so many.
            given["value"] = formats.with_unit(commitment.value or 0, "%")
            words.append(_t("%(value)s, promised %(target)s") % given)
        else:
            words.append(_t("%(value)s of %(target)s") % given)
    return " · ".join(words)


def tone(commitment: Commitment, today: Any) -> str:
    """The tone of the phrase: colour for exceptions only."""
    if commitment.is_overdue(today):
        return "bad"
    tones = {CommitmentState.COMPLETE: "quiet", CommitmentState.SUBMITTED: "seal"}
    return tones.get(CommitmentState(commitment.state), "plain")


def _approvals(agreement: Agreement) -> list[pieces.Signature]:
    """Who was asked to agree to these words, and who has."""
    asked = agreement.approvals.filter(sha256=agreement.sha256).order_by("pk")
    return [
        pieces.Signature(
            name=approval.by or approval,
            role=approval.organisation or approval.get_kind_display(),
            state="signed" if approval.at else "waiting",
            at=approval.at,
        )
        for approval in asked.select_related("organisation", "by")
    ]


def _facts(agreement: Agreement) -> list[tuple[Any, Any]]:
    ends = agreement.term_ends_on
    source = agreement.source_url
    rows = [
        (_("Kind"), agreement.get_kind_display()),
        (_("Programme"), agreement.programme),
        (_("Place"), parts.said(agreement.told("place"))),
        (_("Event"), parts.said(agreement.told("event"))),
        (_("In force from"), formats.day(agreement.starts_on)),
        (_("In force until"), formats.day(ends) if ends else _("without an end")),
        (_("When the term is over"), agreement.ends_on and agreement.get_renewal_display()),
        (_("Signed"), _signed(agreement)),
        (
            _("Goes on in"),
            agreement.successor
            and parts.link(agreement.successor.code, agreement.successor.get_absolute_url()),
        ),
        (_("Coordination"), parts.said(agreement.told("coordination"))),
        (_("Source"), source and parts.link(source.split("/")[2], source)),
        (_("Terminated"), agreement.terminated_on and formats.day(agreement.terminated_on)),
        (_("Reasons"), parts.said(agreement.reasons)),
    ]
    return [(word, value) for word, value in rows if value]


def _signed(agreement: Agreement) -> Any:
    if agreement.signed_at is None:
        return None
    if agreement.is_on_paper:
        day = formats.day(timezone.localdate(agreement.signed_at))
        return _t("on paper, %(day)s") % {"day": day}
    return parts.exact_time(agreement.signed_at)


def _row(party: Party, user: Any, agreement: Agreement) -> pieces.Signature:
    """The line of one party on the sheet of signatures."""
    at = party.signed_at or (agreement.is_on_paper and agreement.signed_at) or None
    state = "signed" if at else "waiting"
    if agreement.state == State.SIGNING and state == "waiting" and may_sign(user, party):
        state = "yours"
    post = party.told("post")
    return pieces.Signature(
        name=party.signed_by or party.told("signs") or party.signatory or _("whoever signs for it"),
        role=f"{party.organisation}, {post}" if post else party.organisation,
        state=state,
        at=at,
        note=_("not asked to sign yet") if agreement.state in BEFORE_SIGNING else "",
    )


@access.shows(Programme)
def begin(request: HttpRequest, programme: str) -> HttpResponse:
    """Prepare an agreement."""
    under = visible_or_404(Programme, request.user, code=programme)
    writer.demand(request.user, under)
    form = AgreementForm(request.POST or None)
    if form.is_valid():
        with said_on(form):
            return redirect(lifecycle.begin(under, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Prepare an agreement"),
        sub=under,
        save=_("Save draft"),
        crumbs=crumbs(_("Prepare an agreement")),
        back=reverse("agreements:index"),
    )


@access.shows(Agreement)
def edit(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Change the words or the term of a draft."""
    agreement = find(request.user, programme, number)
    lifecycle.life.moves["edit"].who.demand(request.user, agreement)
    form = AgreementForm(request.POST or None, instance=agreement)
    if form.is_valid():
        with said_on(form):
            fresh = Agreement.objects.get(pk=agreement.pk)
            return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=agreement,
        crumbs=crumbs(agreement.code),
        back=agreement.get_absolute_url(),
    )


act = acting(
    lifecycle.life,
    Agreement,
    find=find,
    forms={
        "add_party": PartyForm,
        "remove_party": RemovePartyForm,
        "remove_clause": RemoveClauseForm,
        "remove_annex": RemoveAnnexForm,
        "remark": NoteForm,
        "ask_approvals": ApprovalsForm,
        "object_to": ReasonForm,
        "enter_from_paper": PaperForm,
        "end_with_term": ReasonForm,
        "renew": RenewForm,
        "take_back": ReasonForm,
        "sign": SignForm,
        "terminate": ReasonForm,
    },
)
