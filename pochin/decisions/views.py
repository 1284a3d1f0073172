"""Pages of decisions: preparing one, the sheet, its moves."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.core import journal, signatures
from pochin.core.checkpoints import signing_key
from pochin.core.lifecycle import obstacles
from pochin.core.models import Signature
from pochin.decisions import certificates, lifecycle, results
from pochin.decisions.forms import (
    AskForm,
    DecisionForm,
    NumberForm,
    RevokeForm,
    VoteForm,
    WithholdForm,
)
from pochin.decisions.listing import ResultListing
from pochin.decisions.models import (
    Certificate,
    CertificateState,
    Decision,
    PublicationState,
    PublishedResult,
    State,
    Vote,
    by_number,
)
from pochin.decisions.policy import certifier, owner, second
from pochin.evaluations.models import Evaluation, released
from pochin.evaluations.words import COLOURS, VERDICTS
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Outcome, Pilot
from pochin.ui import access, charts, parts, pieces
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.shortcuts import page, visible_or_404


def _find(user: Any, pilot: int, number: int) -> Decision:
    found = Decision.objects.filter(pilot__number=pilot).select_related(
        "pilot__programme", "evaluation__plan", "evaluation__snapshot", "owner", "seconded_by"
    )
    return visible_or_404(found, user, number=number)


@access.shows(Pilot)
def prepare(request: HttpRequest, pilot: int) -> HttpResponse:
    """Choose among the outcomes, beside the verdict and the rule of the plan."""
    found = visible_or_404(Pilot.objects.inside(request.user), request.user, number=pilot)
    owner.demand(request.user, found)
    form = DecisionForm(request.POST or None, pilot=found)
    if form.is_valid():
        return redirect(lifecycle.prepare(found, by=request.user, **form.cleaned_data))
    return page(
        request,
        "decisions/form.html",
        pilot=found,
        form=form,
        evaluation=released(found),
        status=422 if form.is_bound else 200,
        **_rule(released(found), found),
    )


@access.shows(Decision)
def decision_page(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """The sheet: what was chosen, why, on which result, who signed."""
    decision = _find(request.user, pilot, number)
    return page(
        request,
        "decisions/page.html",
        pilot=decision.pilot,
        story=journal.of(decision),
        **decision_part(decision, request.user),
    )


def lists_of(pilot: Pilot, user: Any) -> dict[str, QuerySet]:
    """The short lists that stand beside a decision, by name, for a page that reads beforehand."""
    decisions = Decision.objects.visible_to(user).filter(pilot=pilot)
    kind = ContentType.objects.get_for_model(Decision)
    signed = Signature.objects.filter(
        kind=kind, what="decision", thing_id__in=decisions.values("pk")
    )
    return {
        "votes": Vote.objects.filter(decision__in=decisions).select_related("by").order_by("at"),
        "signatures of decisions": signed.select_related("by").order_by("at"),
        "certificates": pilot.certificates.order_by("-issued_at"),
        "results": pilot.published_results.order_by("-number"),
        "published": _published(pilot, user),
    }


def decision_part(decision: Decision, user: Any) -> dict[str, Any]:
    """What the part “decisions/sheet.html” shows; the page of a whole case uses it too."""
    votes = decision.votes.select_related("by").order_by("at")
    cast = decision.pilot.at_hand("votes", votes)
    opposes = pilots.opposes(decision.outcome, decision.evaluation.colour)
    return {
        "decision": decision,
        "rows": signature_rows(decision, user),
        "opposes": opposes,
        # Only one of the two first signatures is ever possible; the other would be a dead button.
        "sign": "sign_first" if opposes else "sign",
        "other_sign": "sign" if opposes else "sign_first",
        "may_anew": decision.state == State.WITHDRAWN and may_prepare(user, decision.pilot),
        "actions": lifecycle.life.actions(user, decision),
        "votes": [one for one in cast if one.decision_id == decision.pk],
        **_rule(decision.evaluation, decision.pilot),
        **_certificate(decision, user),
        **_publication(decision, user),
    }


def _published(pilot: Pilot, user: Any) -> QuerySet[PublishedResult]:
    seen = PublishedResult.objects.visible_to(user).filter(pilot=pilot)
    return seen.select_related("pilot").order_by("-number")


def _is_last_word(decision: Decision) -> bool:
    """Whether the pilot ends by it: one that goes on has nothing to certify or publish yet."""
    return decision.state == State.SIGNED and decision.outcome != Outcome.EXTEND


def _publication(decision: Decision, user: Any) -> dict[str, Any]:
    """What is published of the result, and whether this reader may ask for it now."""
    pilot = decision.pilot
    closed = {PublicationState.DECLINED, PublicationState.WITHDRAWN}
    may = (
        _is_last_word(decision)
        and certifier(user, decision)
        and all(
            one.state in closed
            for one in pilot.at_hand("results", pilot.published_results.order_by("-number"))
        )
    )
    birth = lifecycle.results.result_life.moves["ask"]
    return {
        "published": pilot.at_hand("published", _published(pilot, user)),
        "may_publish": may,
        "not_published": list(obstacles(birth, decision, {"by": user})) if may else [],
    }


def _certificate(decision: Decision, user: Any) -> dict[str, Any]:
    """The certificates of the pilot, and whether this reader may issue one now."""
    pilot = decision.pilot
    found = pilot.at_hand("certificates", pilot.certificates.order_by("-issued_at"))
    birth = lifecycle.certificate_life.moves["issue"]
    may = (
        _is_last_word(decision)
        and certifier(user, decision)
        and not any(one.state == CertificateState.VALID for one in found)
    )
    return {
        "certificates": found,
        "may_certify": may,
        "not_certified": list(obstacles(birth, decision, {"by": user})) if may else [],
    }


def _rule(evaluation: Evaluation | None, pilot: Pilot) -> dict[str, Any]:
    if evaluation is None:
        return {}
    return {
        "verdict": VERDICTS[evaluation.verdict],
        "colour": COLOURS[evaluation.colour],
        "agreeing": [
            outcome.label
            for outcome in Outcome
            if not pilots.opposes(outcome, evaluation.colour) and pilots.may_end_in(pilot, outcome)
        ],
    }


def signature_rows(decision: Decision, user: Any) -> list[pieces.Signature]:
    """Who signed and who is waited for."""
    under = signatures.under(decision, what="decision", sha256=decision.sha256)
    signed = {
        one.role: one
        for one in decision.pilot.at_hand("signatures of decisions", under)
        if one.thing_id == decision.pk and one.sha256 == decision.sha256
    }
    rows = [
        _row(str(decision.owner), _("decision owner"), signed.get("owner"), decision.owner == user)
    ]
    if pilots.opposes(decision.outcome, decision.evaluation.colour):
        one = signed.get("second")
        name = str(one.by) if one else _("a second eligible person")
        mine = decision.state == State.SECOND and second(user, decision)
        rows.append(_row(name, _("second signature"), one, mine))
    if decision.state == State.WITHDRAWN:
        return [row for row in rows if row.state == "signed"]  # nobody is waited for any more
    return rows


def _row(name: str, role: str, signed: Any, is_mine: bool) -> pieces.Signature:
    if signed:
        return pieces.Signature(
            name=name, role=role, state="signed", at=signed.at, fingerprint=signed.sha256
        )
    return pieces.Signature(name=name, role=role, state="yours" if is_mine else "waiting")


def may_prepare(user: Any, pilot: Pilot) -> bool:
    """Whether this reader may prepare a decision now."""
    guards = (lifecycle.pilot_awaits, lifecycle.result_is_shown, lifecycle.none_is_at_work)
    return owner(user, pilot) and all(guard.stands(pilot, {}) for guard in guards)


def _before_signing(decision: Decision) -> list[Any]:
    """What stands under the name, before it is put there."""
    return [
        (_("Pilot"), f"{decision.pilot.code} {decision.pilot}"),
        (_("Decision"), str(decision.get_outcome_display())),
        (_("Why"), parts.said(decision.words)),
        (_("Conditions"), parts.said(decision.conditions) if decision.conditions else ""),
    ]


act = acting(
    lifecycle.life,
    Decision,
    find=_find,
    forms={"decline": ReasonForm, "vote": VoteForm},
    told=dict.fromkeys(("sign", "countersign"), _before_signing),
)


# Certificates ----------------------------------------------------------------------------------


@access.shows(Decision)
def certify(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """Issue the certificate of a decided pilot, after a look at what it will say."""
    decision = _find(request.user, pilot, number)
    certifier.demand(request.user, decision)
    if request.method == "POST":
        return redirect(lifecycle.issue(decision, by=request.user))
    birth = lifecycle.certificate_life.moves["issue"]
    missing = list(obstacles(birth, decision, {"by": request.user}))
    said = None
    if not missing:
        said = certificates.document(decision, number="0000-0000", at=timezone.now())
    return page(
        request,
        "decisions/certify.html",
        decision=decision,
        pilot=decision.pilot,
        missing=missing,
        **(_told(said) if said else {}),
    )


def _told(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "finding": certificates.finding(said),
        "picture": certificates.picture(said),
        "facts": certificates.facts(said),
    }


BY_NUMBER = "a certificate is shown to whoever holds its number"


@access.public(BY_NUMBER)
def look_up(request: HttpRequest) -> HttpResponse:
    """Check a certificate by its number."""
    form = NumberForm(request.GET or None)
    if form.is_valid():
        found = by_number(form.cleaned_data["number"])
        if found is not None:
            return redirect(found)
        form.add_error(
            "number", _("No certificate has this number. Compare it character by character.")
        )
    status = 404 if form.is_bound and form.errors else 200
    return page(request, "decisions/look_up.html", form=form, status=status)


def _held(key: str) -> Certificate:
    found = by_number(key)
    if found is None:
        raise Http404
    return found


@access.public(BY_NUMBER)
def certificate_page(request: HttpRequest, key: str) -> HttpResponse:
    """Whether a certificate is valid, what it says, and how to check it without us."""
    certificate = _held(key)
    inside = Certificate.objects.visible_to(request.user).filter(pk=certificate.pk).exists()
    answer = page(
        request,
        "decisions/certificate.html",
        certificate=certificate,
        said=certificate.document,
        is_valid=certificate.state == CertificateState.VALID and certificate.is_whole,
        is_whole=certificate.is_whole,
        is_own_key=certificate.document["key"]
        == signing_key().public_key().public_bytes_raw().hex(),
        prints=certificates.prints(certificate.document),
        languages=certificates.LANGUAGES,
        inside=inside,
        actions=lifecycle.certificate_life.actions(request.user, certificate) if inside else [],
        story=journal.of(certificate) if inside else [],
        **_told(certificate.document),
    )
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _valid(key: str) -> Certificate:
    certificate = _held(key)
    if certificate.state != CertificateState.VALID:
        raise Http404
    return certificate


@access.public(BY_NUMBER)
def certificate_json(request: HttpRequest, key: str) -> HttpResponse:
    """The sealed twin for machines, while the certificate is valid."""
    certificate = _valid(key)
    answer = HttpResponse(certificates.as_json(certificate), content_type="application/json")
    return _handed_out(answer, f"certificate-{certificate.number}.json")


@access.public(BY_NUMBER)
def certificate_paper(request: HttpRequest, key: str, language: str) -> HttpResponse:
    """The certificate on paper, while it is valid."""
    certificate = _valid(key)
    if language not in certificates.LANGUAGES:
        raise Http404
    told = certificates.pdf(certificate, language=language)
    answer = HttpResponse(told, content_type="application/pdf")
    return _handed_out(answer, f"certificate-{certificate.number}-{language}.pdf")


def _handed_out(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Robots-Tag"] = "noindex"
    return answer


act_on_certificate = acting(lifecycle.certificate_life, Certificate, forms={"revoke": RevokeForm})


# Published results -----------------------------------------------------------------------------


@access.shows(Decision)
def publish(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """Ask the company whether the result may be shown to everybody, after a look at the page."""
    decision = _find(request.user, pilot, number)
    certifier.demand(request.user, decision)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect(lifecycle.results.ask(decision, by=request.user, **form.cleaned_data))
    birth = lifecycle.results.result_life.moves["ask"]
    missing = list(obstacles(birth, decision, {"by": request.user}))
    said = None if missing else results.document(decision)
    return page(
        request,
        "decisions/publish.html",
        decision=decision,
        pilot=decision.pilot,
        form=form,
        missing=missing,
        status=422 if form.is_bound and form.errors else 200,
        **({**_told(said), "facts": results.facts(said)} if said else {}),
    )


@access.shows(PublishedResult, public=True)
def result_list(request: HttpRequest) -> HttpResponse:
    """What the pilots came to: good, bad and uncertain alike."""
    found = PublishedResult.objects.visible_to(request.user)
    live = found.filter(state__in=[PublicationState.ASKED, PublicationState.PUBLISHED])
    return ResultListing(request, live.select_related(*PublishedResult.shown_with)).respond(
        "decisions/results.html", key=charts.key()
    )


def _result(user: Any, pilot: int, number: int) -> PublishedResult:
    found = PublishedResult.objects.select_related(*PublishedResult.shown_with)
    return visible_or_404(found, user, pilot__number=pilot, number=number)


@access.shows(PublishedResult, public=True)
def result_page(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """One published result: the finding, its picture, the facts, what was decided."""
    user = request.user
    told = _result(user, pilot, number)
    inside = Pilot.objects.inside(user).filter(pk=told.pilot_id).exists()
    return page(
        request,
        "decisions/result.html",
        inside=inside,
        is_published=told.state == PublicationState.PUBLISHED,
        actions=lifecycle.results.result_life.actions(user, told) if inside else [],
        story=journal.of(told) if inside else [],
        **results.shown(told),
    )


act_on_result = acting(
    lifecycle.results.result_life,
    PublishedResult,
    find=_result,
    is_public=True,
    forms={"decline": WithholdForm, "withdraw": WithholdForm},
)
