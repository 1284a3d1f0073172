"""Pages of decisions: preparing one, the sheet, its moves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pochin.core import journal, signatures
from pochin.decisions import lifecycle
from pochin.decisions.forms import DecisionForm, VoteForm
from pochin.decisions.models import Decision, State
from pochin.decisions.policy import owner, second
from pochin.evaluations.models import Evaluation, released
from pochin.evaluations.words import COLOURS, VERDICTS
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Outcome, Pilot
from pochin.ui import access, pieces
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
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        return redirect(lifecycle.prepare(found, by=request.user, **form.cleaned_data))
    return page(
        request,
        "decisions/form.html",
        pilot=found,
        form=form,
        evaluation=released(found),
        status=422 if form.is_bound else 200,
        **_rule(released(found)),
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


def decision_part(decision: Decision, user: Any) -> dict[str, Any]:
    """What the part “decisions/sheet.html” shows; the page of a whole case uses it too."""
    return {
        "decision": decision,
        "rows": signature_rows(decision, user),
        "opposes": pilots.opposes(decision.outcome, decision.evaluation.colour),
        "actions": lifecycle.life.actions(user, decision),
        "votes": decision.votes.select_related("by").order_by("at"),
        **_rule(decision.evaluation),
    }


def _rule(evaluation: Evaluation | None) -> dict[str, Any]:
    if evaluation is None:
        return {}
    return {
        "verdict": VERDICTS[evaluation.verdict],
        "colour": COLOURS[evaluation.colour],
        "agreeing": [
            outcome.label for outcome in Outcome if not pilots.opposes(outcome, evaluation.colour)
        ],
    }


def signature_rows(decision: Decision, user: Any) -> list[pieces.Signature]:
    """Who signed and who is waited for."""
    signed = {
        one.role: one for one in signatures.under(decision, what="decision", sha256=decision.sha256)
    }
    rows = [
        _row(str(decision.owner), _("decision owner"), signed.get("owner"), decision.owner == user)
    ]
    if pilots.opposes(decision.outcome, decision.evaluation.colour):
        one = signed.get("second")
        name = str(one.by) if one else _("a second eligible person")
        mine = decision.state == State.SECOND and second(user, decision)
        rows.append(_row(name, _("second signature"), one, mine))
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


act = acting(lifecycle.life, Decision, find=_find, forms={"decline": ReasonForm, "vote": VoteForm})
