"""A decision on a pilot: prepared, read, signed; its part of the page of the case."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pochin.core import journal, signatures
from pochin.core.lifecycle import obstacles
from pochin.core.models import Signature
from pochin.decisions import certificates, lifecycle
from pochin.decisions.forms import DecisionForm, VoteForm
from pochin.decisions.models import (
    CertificateState,
    Decision,
    PublicationState,
    PublishedResult,
    State,
    Vote,
)
from pochin.decisions.policy import certifier, owner, second
from pochin.evaluations.models import Evaluation, released
from pochin.evaluations.words import COLOURS, VERDICTS
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Outcome, Pilot
from pochin.ui import access, formats, parts, pieces
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.shortcuts import page, visible_or_404


def find(user: Any, pilot: int, number: int) -> Decision:
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
    decision = find(request.user, pilot, number)
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
        (_("Last day of the run"), formats.day(decision.ends_on) if decision.ends_on else ""),
        (_("Decision by"), formats.day(decision.decide_on) if decision.decide_on else ""),
        (_("What will be learnt"), parts.said(decision.to_learn) if decision.to_learn else ""),
    ]


act = acting(
    lifecycle.life,
    Decision,
    find=find,
    forms={"decline": ReasonForm, "vote": VoteForm},
    told=dict.fromkeys(("sign", "countersign"), _before_signing),
)


def as_read(said: dict[str, Any]) -> dict[str, Any]:
    """A certified document as people read it: the finding, its picture, its facts."""
    return {
        "finding": certificates.finding(said),
        "picture": certificates.picture(said),
        "facts": certificates.facts(said),
    }
