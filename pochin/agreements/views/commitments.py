"""Pages of commitments and amendments: the list over all agreements, one promise, one change."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.ending import ended
from pochin.agreements.forms.commitment import (
    AmendForm,
    CommitmentForm,
    ContactForm,
    EvidenceForm,
    PersonForm,
    ReportForm,
    SignAmendmentForm,
    WithdrawForm,
)
from pochin.agreements.lifecycle import amendments, commitments
from pochin.agreements.listing import CommitmentListing
from pochin.agreements.models import (
    OPEN_WORDS,
    Agreement,
    Amendment,
    Commitment,
    CommitmentState,
    Evidence,
)
from pochin.agreements.policy import may_open, may_sign
from pochin.agreements.views.agreements import crumbs, find, standing, tone
from pochin.core import journal
from pochin.files.serving import serve
from pochin.ui import access, formats, parts, pieces
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Commitment)
def index(request: HttpRequest) -> HttpResponseBase:
    """What is promised in all agreements the reader may see, the soonest first."""
    seen = Commitment.objects.visible_to(request.user)
    listed = seen.select_related("agreement__programme", "owes", "to")
    return CommitmentListing(request, listed).respond("agreements/commitments.html")


def _find(user: Any, programme: str, number: int, promise: int) -> Commitment:
    things = Commitment.objects.select_related(
        "agreement__programme", "owes", "to", "clause", "responsible", "contact", "confirmed_by"
    )
    return visible_or_404(
        things,
        user,
        agreement__programme__code=programme,
        agreement__number=number,
        number=promise,
    )


def _of(agreement: Agreement, *labels: Any) -> list[Link]:
    first = crumbs()[0]
    here = Link(label=agreement.code, url=agreement.get_absolute_url())
    return [first, here, *(Link(label=label) for label in labels)]


@access.shows(Commitment)
def commitment_page(
    request: HttpRequest, programme: str, number: int, promise: int
) -> HttpResponse:
    """One commitment: who owes what to whom, what shows it, who confirms it."""
    user = request.user
    commitment = _find(user, programme, number, promise)
    agreement = commitment.agreement
    is_inside = Agreement.objects.inside(user).filter(pk=agreement.pk).exists()
    today = timezone.localdate()
    evidence = Evidence.objects.visible_to(user).filter(commitment=commitment)
    may_amend = agreement.state not in OPEN_WORDS and _may_propose(user, agreement)
    return page(
        request,
        "agreements/commitment.html",
        commitment=commitment,
        agreement=agreement,
        crumbs=_of(agreement, commitment.code),
        opens=may_open(user, commitment),
        standing=standing(commitment, today),
        tone=tone(commitment, today),
        state_tag=state_badge(commitment),
        facts_list=_facts(commitment),
        evidence=evidence.select_related("file", "added_by").order_by("place"),
        actions=commitments.life.actions(user, commitment) if is_inside else [],
        main=_main(commitment),
        may_amend=may_amend and commitment.state not in commitments.life.ends,
        may_edit=agreement.state in OPEN_WORDS
        and commitments.life.moves["edit"].is_open_to(user, commitment),
        changes=commitment.amendments.order_by("number") if is_inside else [],
        is_inside=is_inside,
        story=journal.of(commitment) if is_inside else [],
    )


def _may_propose(user: Any, agreement: Agreement) -> bool:
    return amendments.life.moves["propose"].who(user, Amendment(agreement=agreement))


def _main(commitment: Commitment) -> str:
    if commitment.state == CommitmentState.SUBMITTED:
        return "confirm" if commitments.reported_complete.holds(commitment) else "accept_report"
    return "report"


def _facts(commitment: Commitment) -> list[tuple[Any, Any]]:
    counted = ""
    if commitment.counter:
        counted = commitment.get_counter_display()
    target = None
    if commitment.target is not None:
        target = f"{formats.number(commitment.target)} {commitment.told('unit')}".strip()
    rows = [
        (_("Who owes it"), commitment.owes),
        (_("To whom"), commitment.to),
        (_("Kind"), commitment.get_kind_display()),
        (_("Clause"), commitment.clause),
        (_("Measured by"), parts.said(commitment.told("measure"))),
        (_("Target"), target),
        (_("Counted from the registers"), counted),
        (_("From"), formats.day(commitment.starts_on)),
        (_("Due"), formats.day(commitment.due_on)),
        (_("Responsible"), commitment.responsible),
        (_("Confirms"), commitment.contact),
        (_("How far it has come"), commitment.get_completion_display()),
        (_("Confirmed"), _confirmed(commitment)),
        (_("Agreement ended"), ended(commitment.agreement)),
    ]
    return [(word, value) for word, value in rows if value]


def _confirmed(commitment: Commitment) -> Any:
    if commitment.confirmed_at is None:
        return None
    at = formats.moment(commitment.confirmed_at)
    who = _t("by silence") if commitment.is_by_silence else str(commitment.confirmed_by)
    return f"{at}, {who}"


@access.shows(Agreement)
def plan(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Write down a commitment; where the agreement is signed, propose it as an amendment."""
    agreement = find(request.user, programme, number)
    if agreement.state in OPEN_WORDS:
        who = commitments.life.moves["plan"].who
        who.demand(request.user, Commitment(agreement=agreement))
    else:
        _demand_party(request.user, agreement)
    form = CommitmentForm(request.POST or None, agreement=agreement)
    reason = WithdrawForm(request.POST or None) if agreement.state not in OPEN_WORDS else None
    if reason is not None:
        reason.fields["reason"].label = _("Why it is added")
        form.fields["reason"] = reason.fields["reason"]
        del form.fields["clause"]
    if form.is_valid():
        with said_on(form):
            given = {**form.cleaned_data}
            if agreement.state in OPEN_WORDS:
                return redirect(commitments.plan(agreement, by=request.user, **given))
            why = given.pop("reason")
            made = amendments.propose(
                agreement, by=request.user, changes=_written(given), reason=why
            )
            return redirect(made)
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Commitment"),
        sub=agreement,
        save=None if reason is None else _("Propose an amendment"),
        crumbs=_of(agreement, _("Commitment")),
        back=agreement.get_absolute_url(),
    )


def _written(given: dict[str, Any]) -> dict[str, str]:
    """What a form gave, in words that can be signed."""
    found = {}
    for name, value in given.items():
        if value not in ("", None):
            found[name] = str(getattr(value, "pk", value))
    return found


def _demand_party(user: Any, agreement: Agreement) -> None:
    amendments.life.moves["propose"].who.demand(user, Amendment(agreement=agreement))


@access.shows(Commitment)
def edit(request: HttpRequest, programme: str, number: int, promise: int) -> HttpResponse:
    """Change a commitment while the words are open."""
    commitment = _find(request.user, programme, number, promise)
    commitments.life.moves["edit"].who.demand(request.user, commitment)
    agreement = commitment.agreement
    form = CommitmentForm(request.POST or None, instance=commitment, agreement=agreement)
    if form.is_valid():
        with said_on(form):
            fresh = _find(request.user, programme, number, promise)
            return redirect(commitments.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Commitment"),
        sub=agreement,
        crumbs=_of(agreement, commitment.code),
        back=commitment.get_absolute_url(),
    )


@access.shows(Commitment)
def change(
    request: HttpRequest, programme: str, number: int, promise: int, what: str
) -> HttpResponse:
    """Propose to change a commitment, or to withdraw it; every party signs that."""
    commitment = _find(request.user, programme, number, promise)
    agreement = commitment.agreement
    _demand_party(request.user, agreement)
    is_withdrawal = what == "withdrawal"
    form: Any = (
        WithdrawForm(request.POST or None)
        if is_withdrawal
        else AmendForm(request.POST or None, commitment=commitment)
    )
    if form.is_valid():
        with said_on(form):
            made = amendments.propose(
                agreement,
                by=request.user,
                commitment=commitment,
                changes={} if is_withdrawal else form.changes(),
                reason=form.cleaned_data["reason"],
            )
            return redirect(made)
    title = _("Propose to withdraw") if is_withdrawal else _("Propose an amendment")
    return page(
        request,
        "participants/form.html",
        form=form,
        title=title,
        sub=commitment,
        save=title,
        crumbs=_of(agreement, commitment.code, title),
        back=commitment.get_absolute_url(),
    )


@access.shows(Evidence)
def proof(
    request: HttpRequest, programme: str, number: int, promise: int, place: int
) -> HttpResponseBase:
    """The file of one piece of evidence; for those inside."""
    found = visible_or_404(
        Evidence.objects.select_related("file"),
        request.user,
        commitment__agreement__programme__code=programme,
        commitment__agreement__number=number,
        commitment__number=promise,
        place=place,
    )
    if found.file is None:
        raise Http404
    return serve(found.file)


act = acting(
    commitments.life,
    Commitment,
    find=_find,
    forms={
        "name_responsible": PersonForm,
        "name_contact": ContactForm,
        "add_evidence": EvidenceForm,
        "report": ReportForm,
        "dispute": ReasonForm,
    },
    many=("confirm", "accept_report", "remind", "name_responsible", "name_contact"),
)


def _find_amendment(user: Any, programme: str, number: int, amendment: int) -> Amendment:
    things = Amendment.objects.select_related(
        "agreement__programme", "commitment__agreement__programme", "proposed_by"
    )
    return visible_or_404(
        things,
        user,
        agreement__programme__code=programme,
        agreement__number=number,
        number=amendment,
    )


@access.shows(Amendment)
def amendment_page(
    request: HttpRequest, programme: str, number: int, amendment: int
) -> HttpResponse:
    """One amendment: what changes, why, who has signed."""
    found = _find_amendment(request.user, programme, number, amendment)
    return page(
        request,
        "agreements/amendment.html",
        amendment=found,
        agreement=found.agreement,
        crumbs=_of(found.agreement, found),
        changes=_changes(found),
        rows=_signatures(found, request.user),
        actions=amendments.life.actions(request.user, found),
        state_tag=state_badge(found),
        story=journal.of(found),
    )


def _changes(amendment: Amendment) -> list[tuple[Any, str, str]]:
    """What changes in words: the field, what stood there, what will stand there."""
    new = amendments.values(amendment.changes)
    old = amendment.commitment if amendment.commitment and amendment.applied_at is None else None
    return [
        (label, _shown(name, getattr(old, name, None)), _shown(name, new[name]))
        for (label, _before, _after), name in zip(amendment.rows(), new, strict=True)
    ]


def _shown(name: str, value: Any) -> str:
    """A value as people read it; what is chosen among words, by its words."""
    if value in ("", None):
        return "—"
    field: Any = Commitment._meta.get_field(name)
    chosen = dict(getattr(field, "flatchoices", ()))
    if chosen:
        return str(chosen.get(value, value))
    if hasattr(value, "year"):
        return formats.day(value)
    return formats.number(value) if hasattr(value, "quantize") else str(value)


def _signatures(amendment: Amendment, user: Any) -> list[pieces.Signature]:
    signed = {s.role: s for s in amendments.signatures.of(amendment)}
    rows = []
    parties = amendment.agreement.party_set.select_related("organisation", "signatory")
    for party in parties.order_by("pk"):
        done = signed.get(f"party {party.organisation_id}")
        is_mine = amendment.state == "proposed" and may_sign(user, party)
        rows.append(
            pieces.Signature(
                name=done.by if done else party.signatory or _("whoever signs for it"),
                role=party.organisation,
                state="signed" if done else "yours" if is_mine else "waiting",
                at=done.at if done else None,
            )
        )
    return rows


act_on_amendment = acting(
    amendments.life,
    Amendment,
    find=_find_amendment,
    forms={"sign": SignAmendmentForm, "decline": ReasonForm},
)
