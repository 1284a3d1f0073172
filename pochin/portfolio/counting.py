"""What the portfolio counts, each figure with the address of the list it was counted from."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from pochin.applications.models import Application
from pochin.applications.models import State as ApplicationState
from pochin.core.calendar import between, read_corrections
from pochin.core.models import Turn
from pochin.deals import totals
from pochin.deals.models import Deal
from pochin.evaluations.models import Evaluation
from pochin.evaluations.models import State as EvaluationState
from pochin.evaluations.words import VERDICTS, estimate_of
from pochin.participants.models import Programme
from pochin.participants.policy import programmes
from pochin.pilots.models import BEFORE_RUNNING, OVER, Outcome, Pilot
from pochin.pilots.models import State as PilotState
from pochin.pilots.views.parts import stages
from pochin.ui import charts, parts

# Terms are counted over so many of the latest turns.
LATEST = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """A pilot of the portfolio: its stage, its effect as a share of its own threshold."""

    pilot: Pilot
    bar: Any
    stage: str
    picture: Any
    words: str
    verdict: tuple[Any, str] | None
    data: Any
    is_late: bool


def pilots(user: Any) -> QuerySet[Pilot]:
    """The pilots of the reader's programmes that are not over, and those decided."""
    found = Pilot.objects.inside(user).exclude(state=PilotState.CANCELLED)
    return found.select_related("programme", "organisation", "need", "decision_owner")


def rows(found: Iterable[Pilot], user: Any) -> list[Row]:
    """Each pilot with its interval against its threshold, all on one axis."""
    listed = list(found)
    shown = Evaluation.objects.visible_to(user).filter(
        pilot__in=listed, state=EvaluationState.RELEASED
    )
    by_pilot = {evaluation.pilot_id: evaluation for evaluation in shown.select_related("plan")}
    estimates = {pilot: _share(by_pilot.get(pilot.pk)) for pilot in listed}
    ends = [
        e
        for one in estimates.values()
        if isinstance(one, charts.Estimate)
        for e in (one.low, one.high)
    ]
    scale = charts.Scale.around([-0.5, 0, 1, 2, *(max(-2.0, min(4.0, e)) for e in ends)], pad=0.05)
    return [_row(pilot, by_pilot.get(pilot.pk), estimates[pilot], scale) for pilot in listed]


@dataclass(frozen=True, slots=True)
class Contracts:
    """How many contracts came of decisions, and how fast; each figure opens its list."""

    count: int
    href: str
    speed: totals.Speed | None


def contracts(user: Any) -> Contracts:
    """The signed deals the reader may see."""
    signed = Deal.objects.visible_to(user).bound()
    return Contracts(signed.count(), f"{reverse('deals:index')}?bound=yes", totals.speed(user))


def _share(evaluation: Evaluation | None) -> Any:
    """The effect as a share of the threshold: 0 no difference, 1 the threshold, positive better."""
    if evaluation is None:
        return charts.Hidden(_("shown when the plan says"))
    primary = next(m for m in evaluation.result["metrics"] if m["metric"]["role"] == "primary")
    estimate = estimate_of(primary["effect"])
    if estimate is None:
        return charts.Hidden(_("withheld: a check of the data failed"), fault=True)
    sign = -1 if primary["metric"]["direction"] == "lower" else 1
    return estimate.over(sign * primary["metric"]["threshold"])


def _row(pilot: Pilot, evaluation: Evaluation | None, estimate: Any, scale: charts.Scale) -> Row:
    steps = stages(pilot)
    now = next((n for n, step in enumerate(steps) if step.state == "now"), len(steps) - 1)
    verdict = VERDICTS[evaluation.verdict] if evaluation else None
    return Row(
        pilot=pilot,
        bar=parts.minibar(now, len(steps), label=pilot.get_state_display()),
        stage=pilot.get_state_display(),
        picture=charts.interval(
            estimate, scale, threshold=1, label=str(verdict[0]) if verdict else ""
        ),
        words=str(verdict[0]) if verdict else "",
        verdict=verdict,
        data=_data(pilot),
        is_late=pilot.is_decision_overdue,
    )


def _data(pilot: Pilot) -> float | None:
    expected = pilot.data.get("expected")
    return pilot.data.get("received", 0) / expected if expected else None


def funnel(user: Any) -> Any:
    """From applications to solutions taken into use; each stage opens its list."""
    applied = Application.objects.visible_to(user).exclude(submitted_at=None)
    accepted = applied.filter(state=ApplicationState.ACCEPTED)
    found = Pilot.objects.inside(user)
    run = found.exclude(state__in=[*BEFORE_RUNNING, PilotState.CANCELLED])
    scaled = found.filter(outcome__in=[Outcome.SCALE, Outcome.SCALE_WITH_CONDITIONS])
    listed = reverse("pilots:index")
    return charts.funnel(
        [
            charts.Stage(
                _("Applications submitted"), applied.count(), href=reverse("applications:index")
            ),
            charts.Stage(
                _("Accepted"),
                accepted.count(),
                href=f"{reverse('applications:index')}?state=accepted",
            ),
            charts.Stage(_("Pilots that ran"), run.count(), href=listed),
            charts.Stage(_("Taken into use"), scaled.count(), href=f"{listed}?state=scale"),
            charts.Stage(
                _("Contracts signed"),
                Deal.objects.visible_to(user).bound().filter(days_to_sign__isnull=False).count(),
                href=f"{reverse('deals:index')}?bound=yes&decided=yes",
            ),
        ],
        title=_("The way of an application"),
    )


def promised(user: Any) -> Any:
    """What the clocks promise against what happened, by clock."""
    ended = Turn.objects.filter(programme_id__in=programmes(user), ended_at__isnull=False)
    found: dict[str, list[tuple[int, int]]] = {}
    corrections = read_corrections()
    latest = ended.order_by("-ended_at").values_list(
        "clock", "days", "spent_days", "since", "ended_at"
    )
    for clock, days, spent, since, ended_at in latest[:LATEST]:
        took = spent + between(since, ended_at, corrections=corrections)
        found.setdefault(clock, []).append((days, took))
    names = promised_names()
    terms = [
        charts.Promise(
            names.get(clock, clock),
            promised=statistics.median(days for days, _took in pairs),
            median=statistics.median(took for _days, took in pairs),
            ninth=sorted(took for _days, took in pairs)[int(0.9 * (len(pairs) - 1))],
            count=len(pairs),
            href=f"{reverse('portfolio:turns')}?clock={clock.replace(' ', '+')}",
        )
        for clock, pairs in sorted(found.items())
        if clock in names
    ]
    return charts.promises(terms, title=_("Promised and in fact, working days")) if terms else ""


def promised_names() -> dict[str, str]:
    """What the clocks are called that the centre promises to others."""
    return {
        "admission": _("Admission of a member"),
        "need check": _("Check of a need"),
        "screening": _("Screening"),
        "answer": _("Answer to a question"),
        "offer": _("An expert's answer"),
        "review": _("Review"),
        "panel": _("Decision of the committee"),
        "site answer": _("Answer of a site"),
        "design": _("Design of a pilot"),
        "plan review": _("Review of the plan"),
        "results agreement": _("Agreement on results"),
        "pilot decision": _("Decision on a pilot"),
        "deal approval": _("Approval of a deal"),
    }


def clock_names() -> dict[str, str]:
    """What all clocks are called, those of the house's own work too."""
    return {
        **promised_names(),
        "agreement approval": _("Agreement to the words"),
        "agreement negotiation": _("Negotiation of an agreement"),
        "agreement signature": _("Signing of an agreement"),
        "amendment signature": _("Signing of an amendment"),
        "baseline": _("Baseline"),
        "clock change": _("Change of clocks"),
        "commitment": _("Commitment"),
        "commitment confirmation": _("Confirmation of a commitment"),
        "confirmation": _("Yearly confirmation"),
        "conflict": _("Check of a tie"),
        "data closing": _("Closing of the data"),
        "deal intention": _("Beginning of a deal"),
        "deal remarks": _("Answer to remarks on a deal"),
        "deal signature": _("Signing of a contract"),
        "deal terms": _("Terms of a deal"),
        "draft": _("Draft"),
        "evaluation": _("Evaluation"),
        "incident": _("Incident"),
        "invitation": _("Invitation"),
        "lessons": _("Lessons"),
        "listing": _("Check of a solution"),
        "pilot start": _("Start of a pilot"),
        "preparation": _("Preparation"),
        "publication": _("Publication of a need"),
        "question": _("Question"),
        "readings": _("Check of the first rows"),
        "registration": _("Check of an organisation"),
        "roll-out": _("Waves of a roll-out"),
        "roll-out freeze": _("Freeze of a roll-out"),
        "roll-out plan": _("Plan of a roll-out"),
        "review completion": _("Completion of a review"),
        "selection": _("Selection"),
        "signature": _("Signature"),
        "site check": _("Check of a site"),
        "site status": _("Status of a site"),
        "site suspension": _("Suspension of a site"),
        "suspension": _("Suspension of a pilot"),
    }


def turns(user: Any) -> QuerySet[Turn]:
    """All turns of the reader's programmes: whose they are is no secret among its staff."""
    return Turn.objects.filter(programme_id__in=programmes(user)).select_related("kind")


def programmes_of(user: Any) -> QuerySet[Programme]:
    """The programmes in which the reader holds a role."""
    return Programme.objects.filter(pk__in=programmes(user)).order_by("code")


def keys_of(codes: list[str]) -> QuerySet[Programme]:
    """The keys of programmes by their codes."""
    return Programme.objects.filter(code__in=codes).values("pk")


def due(user: Any, *, at: datetime) -> QuerySet[Turn]:
    """The open turns of the reader's programmes that are due within two weeks or late."""
    soon = at + timedelta(days=14)
    open_turns = Turn.objects.open().filter(programme_id__in=programmes(user), due_at__lt=soon)
    return open_turns.order_by("due_at")


def overdue_decisions(user: Any, *, at: datetime) -> QuerySet[Pilot]:
    """The pilots whose decision date has passed without a decision."""
    return Pilot.objects.inside(user).decision_overdue(at.date()).exclude(state__in=OVER)
