"""Pages of agreements: the list, the page, the form, the signatures."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements import lifecycle
from pochin.agreements.ending import ended
from pochin.agreements.forms.agreement import (
    AgreementForm,
    AnswerForm,
    ApprovalsForm,
    PaperForm,
    PartyForm,
    RemarkForm,
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
    Remark,
    State,
    with_risk,
)
from pochin.agreements.policy import may_open, may_sign, planner, writer
from pochin.core import journal
from pochin.core.lifecycle import Action
from pochin.participants.models import Programme
from pochin.participants.policy import programmes
from pochin.ui import access, formats, parts, pieces
from pochin.ui.moves import ReasonForm, acting, beside, leading
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Agreement)
def index(request: HttpRequest) -> HttpResponseBase:
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


# The moves that lead on from each state: the first that can be made has the strong button.
NEXT_STEP = {
    State.DRAFT: ("propose", "add_party"),
    State.NEGOTIATION: ("accept_words", "answer_remark", "ask_approvals"),
    State.ANSWERED: ("answer_remark", "show_again", "ask_approvals"),
    State.APPROVALS: ("approve",),
    State.SIGNING: ("sign",),
    State.SIGNED: ("enter_into_force",),
}
# The house makes these by itself; where it could not, people may.
BY_THE_HOUSE = ("note_answers", "fix", "conclude", "enter_into_force", "prolong")
# The moves of each card of the page; the others stand under the state.
BESIDE = {
    "party_actions": ("add_party", "remove_party"),
    "remark_actions": ("answer_remark",),
}
# Offered elsewhere on the page than among the moves.
BEFORE_SIGNING = (*OPEN_WORDS, State.APPROVALS)
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
        **_offered(user, agreement),
        remarks=_remarks(agreement) if is_inside else [],
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


def _offered(user: Any, agreement: Agreement) -> dict[str, Any]:
    """What may be done, each beside what it is about; what has no object now is left out."""
    offered = {action.move.name: action for action in lifecycle.life.actions(user, agreement)}
    if not agreement.party_set.exists():
        offered.pop("remove_party", None)
    for name in (*BY_THE_HOUSE, "answer_remark"):
        if name in offered and not offered[name].is_ready:
            del offered[name]
    return {**beside(offered.values(), BESIDE), "main": _main(agreement, offered)}


def _main(agreement: Agreement, offered: dict[str, Action]) -> str:
    """The move that leads on; words that were changed are shown again before they are approved."""
    names = NEXT_STEP.get(State(agreement.state), ())
    if agreement.state == State.ANSWERED and not _changed_since_shown(agreement):
        names = ("answer_remark", "ask_approvals")
    return leading(offered.values(), names)


def _changed_since_shown(agreement: Agreement) -> bool:
    shown = agreement.shown_at
    return shown is not None and agreement.versions.filter(made_at__gt=shown).exists()


def _remarks(agreement: Agreement) -> list[tuple[Remark, str]]:
    """What the parties said of the words, the open ones first, each with where it belongs."""
    said = list(agreement.remarks.select_related("organisation", "by", "answered_by"))
    said.sort(key=lambda one: (not one.is_open, -one.number))
    headings = {clause.place: str(clause) for clause in agreement.clauses.all()}
    return [(one, headings.get(one.place or 0, "")) for one in said]


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
    given_up = commitment.state in (CommitmentState.WITHDRAWN, CommitmentState.ENDED)
    if commitment.target is not None and not given_up:
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
        (_("Agreement ended"), ended(agreement)),
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
        "agreements/form.html",
        form=form,
        title=_("Prepare an agreement"),
        sub=under,
        save=_("Save draft"),
        crumbs=crumbs(_("Prepare an agreement")),
        back=reverse("agreements:index"),
        status=422 if form.is_bound else 200,
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
        "agreements/form.html",
        form=form,
        title=agreement,
        number=agreement.code,
        crumbs=crumbs(agreement.code),
        back=agreement.get_absolute_url(),
        status=422 if form.is_bound else 200,
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
        "remark": RemarkForm,
        "answer_remark": AnswerForm,
        "ask_approvals": ApprovalsForm,
        "object_to": ReasonForm,
        "enter_from_paper": PaperForm,
        "end_with_term": ReasonForm,
        "renew": RenewForm,
        "take_back": ReasonForm,
        "sign": SignForm,
        "terminate": ReasonForm,
        "break_off": ReasonForm,
    },
)
