"""The pilots of the portfolio: their tabs, their lists, a row for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from pochin.evaluations.models import Evaluation
from pochin.evaluations.models import State as EvaluationState
from pochin.evaluations.side_by_side import amount, share_of_threshold, shared_axis, shared_scale
from pochin.evaluations.words import VERDICTS
from pochin.participants.policy import may_have
from pochin.pilots.models import UNDECIDED, Pilot
from pochin.pilots.models import State as PilotState
from pochin.pilots.models.readers import NAMED
from pochin.pilots.plan_words import until_shown
from pochin.pilots.shown import stages
from pochin.ui import charts, parts
from pochin.ui.tones import label

NOT_CANCELLED = [s.value for s in PilotState if s != PilotState.CANCELLED]
DECIDED = [s for s in NOT_CANCELLED if s not in UNDECIDED]


@dataclass(frozen=True, slots=True)
class Row:
    """A pilot of the portfolio: its stage, its effect as a share of its own threshold."""

    pilot: Pilot
    bar: Any
    stage: str
    picture: Any
    by: str
    span: str
    verdict: tuple[Any, str] | None
    data: Any
    is_late: bool


def followed(user: Any) -> QuerySet[Pilot]:
    """The pilots whose results the reader may read, but for those that were cancelled."""
    found = Pilot.objects.inside(user).exclude(state=PilotState.CANCELLED)
    return found.select_related("organisation", "need", "decision_owner")


def tabs(user: Any) -> dict[str, Q]:
    """Which pilots stand in each of the tabs: at work, one's own, those that wait, the decided,
    all."""
    mine = Q(pk__in=[])
    if may_have(user, "pilots"):
        for role in NAMED:
            mine |= Q(**{f"{role}_id": user.pk})
    if may_have(user, "needs"):
        mine |= Q(need__owner_id=user.pk)
    return {
        "": Q(state__in=UNDECIDED),
        "mine": mine,
        "awaiting": Q(state=PilotState.AWAITING),
        "decided": ~Q(state__in=UNDECIDED),
        "all": Q(pk__isnull=False),
    }


def view(user: Any, name: str) -> QuerySet[Pilot]:
    """The pilots of one of the tabs."""
    kinds = tabs(user)
    return followed(user).filter(kinds.get(name, kinds[""]))


def rows(found: Iterable[Pilot], user: Any) -> tuple[list[Row], Any]:
    """Each pilot with its interval against its threshold, and the axis they share."""
    listed = list(found)
    shown = Evaluation.objects.visible_to(user).filter(
        pilot__in=listed, state=EvaluationState.RELEASED
    )
    by_pilot = {evaluation.pilot_id: evaluation for evaluation in shown.select_related("plan")}
    shares = {p.pk: share_of_threshold(by_pilot.get(p.pk), until_shown(p)) for p in listed}
    scale = shared_scale(shares.values())
    told = [_row(pilot, by_pilot.get(pilot.pk), shares[pilot.pk], scale) for pilot in listed]
    return told, shared_axis(scale)


def _row(pilot: Pilot, evaluation: Evaluation | None, share: Any, scale: charts.Scale) -> Row:
    steps = stages(pilot)
    now = next((n for n, step in enumerate(steps) if step.state == "now"), len(steps) - 1)
    verdict = VERDICTS[evaluation.verdict] if evaluation else None
    words = str(verdict[0]) if verdict else ""
    if evaluation is not None:
        evaluation.pilot = pilot
    by, span = amount(evaluation)
    stage = label(Pilot, "state", pilot.state)
    return Row(
        pilot=pilot,
        bar=parts.minibar(now, len(steps), label=stage, tone="seal" if now == 3 else "primary"),
        stage=stage,
        picture=charts.interval(share, scale, threshold=1, label=words, fill=True),
        by=by,
        span=span,
        verdict=verdict,
        data=_data(pilot),
        is_late=pilot.is_decision_overdue,
    )


def _data(pilot: Pilot) -> float | None:
    expected = pilot.data.get("expected")
    return pilot.data.get("received", 0) / expected if expected else None


def listed(**picked: Any) -> str:
    """The address of the list of pilots narrowed like this, to those the reader reads inside."""
    return f"{reverse('pilots:index')}?{urlencode({'inside': 'yes', **picked}, doseq=True)}"


def list_of(name: str) -> str:
    """The address of the list of a tab; one's own have none, and open the whole list."""
    states: dict[str, list[str]] = {
        "": [s.value for s in UNDECIDED],
        "awaiting": [PilotState.AWAITING.value],
        "decided": DECIDED,
    }
    return listed(state=states[name]) if name in states else listed()
