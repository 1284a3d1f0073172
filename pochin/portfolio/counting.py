"""What the portfolio counts, each figure with the address of the list it was counted from."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.applications.models import Application
from pochin.applications.models import State as ApplicationState
from pochin.core.calendar import Corrections, between
from pochin.core.models import Turn, kinds_of_turns
from pochin.core.tongue import language
from pochin.deals import totals
from pochin.evaluations.models import Evaluation
from pochin.evaluations.models import State as EvaluationState
from pochin.evaluations.words import (
    VERDICTS,
    amount,
    share_of_threshold,
    shared_axis,
    shared_scale,
)
from pochin.participants.models import Programme, programmes_named
from pochin.participants.policy import may_have, programmes
from pochin.pilots.models import (
    BEFORE_RUNNING,
    UNDECIDED,
    Outcome,
    Pilot,
    inside_by_state,
    together,
)
from pochin.pilots.models import State as PilotState
from pochin.pilots.models.pilot import NAMED
from pochin.pilots.plan_words import until_shown
from pochin.pilots.views.parts import stages
from pochin.portfolio import abroad
from pochin.reviews.models import Assignment
from pochin.ui import charts, formats, parts
from pochin.ui.lists import LIMIT, midnight
from pochin.ui.quick import grouped_each, in_utc, told
from pochin.ui.seen import written_once
from pochin.ui.tones import label

# Terms are counted over so many of the latest turns.
LATEST = 1000
# What is due within this stands on the page.
SOON = timedelta(days=14)
DAY = timedelta(days=1)
RAN = [s.value for s in PilotState if s not in (*BEFORE_RUNNING, PilotState.CANCELLED)]
NOT_CANCELLED = [s.value for s in PilotState if s != PilotState.CANCELLED]
DECIDED = [s for s in NOT_CANCELLED if s not in UNDECIDED]
USED = [Outcome.SCALE.value, Outcome.SCALE_WITH_CONDITIONS.value]


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


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it counts, and the list it was counted from."""

    value: int
    words: Any
    href: str
    tone: str = ""
    # A median opens its list too, but is not the number of its rows.
    is_count: bool = True
    # Counted no further than the list it opens counts.
    is_bounded: bool = False

    @property
    def told(self) -> str:
        """The number as the page says it."""
        return formats.bounded(self.value, LIMIT) if self.is_bounded else formats.number(self.value)


def pilots(user: Any) -> QuerySet[Pilot]:
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
    return pilots(user).filter(kinds.get(name, kinds[""]))


@dataclass(frozen=True, slots=True)
class Counted:
    """What the page counts.

    Attributes:
        kinds: How many pilots there are of each kind the portfolio tells of.
        applications: How many were handed in, by state.
        contracts: Of each contract the days from the decision to it; None without a decision.
        projects: How many export projects there are, by state.
        reviews: How many open reviews experts have, for `busiest`.
    """

    kinds: dict[str, int]
    applications: dict[str, int]
    contracts: list[int | None]
    projects: dict[str, int]
    reviews: list[dict[str, int]]


def counted(user: Any, *, at: datetime) -> Counted:
    """Everything the portfolio counts, asked in one question."""
    inside, today = pilots(user).order_by(), timezone.localtime(at).date()
    of_state = {"n": Count("pk")}
    by_state, mine, overdue, applications, contracts, projects, *reviews = grouped_each([
        inside_by_state(user),
        inside.filter(tabs(user)["mine"]).values_list("state").annotate(**of_state),
        inside.decision_overdue(today).values_list("state").annotate(**of_state),  # type: ignore[attr-defined]
        Application.objects.handed_in_by_state(user),
        totals.by_days_to_sign(user),
        abroad.by_state(user),
        *Assignment.objects.open_by_expert(user),
    ])  # fmt: skip
    there = {kind: n for kind, n in by_state.items() if together({kind: n}, states=NOT_CANCELLED)}
    kinds = {
        "": together(there, states=UNDECIDED),
        "mine": sum(mine.values()),
        "awaiting": together(there, states=[PilotState.AWAITING]),
        "decided": together(there, states=DECIDED),
        "all": sum(there.values()),
        "overdue": sum(overdue.values()),
        "ran": together(there, states=RAN),
        "used": together(there, outcomes=USED),
    }
    days = [[int(took) if took else None] * n for took, n in contracts.items()]
    return Counted(kinds, applications, [one for some in days for one in some], projects, reviews)


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


def figures(counted: Counted, *, at: datetime, soon: list[Due]) -> list[Figure]:
    """The numbers on top of the portfolio.

    Args:
        counted: What `counted` found.
        at: The present moment.
        soon: What `due` found.
    """
    turns_url, today = reverse("portfolio:turns"), timezone.localtime(at).date()
    n, late = len(soon), sum(turn.due_at < at for turn in soon)
    kinds = counted.kinds
    overdue, awaiting, count = kinds["overdue"], kinds["awaiting"], kinds["all"]
    return [
        Figure(count, ngettext("pilot", "pilots", count), listed(state=NOT_CANCELLED)),
        Figure(awaiting, ngettext("waits for a decision", "wait for a decision", awaiting),
               listed(state="awaiting")),
        Figure(overdue, ngettext("decision date has passed", "decision dates have passed", overdue),
               listed(overdue="yes"), "bad" if overdue else ""),
        Figure(n, ngettext("turn ends within two weeks", "turns end within two weeks", n),
               f"{turns_url}?open=yes&due_to={today + SOON}", is_bounded=True),
        Figure(late, ngettext("of them late", "of them late", late), f"{turns_url}?late=yes",
               "bad" if late else "", is_bounded=True),
        *_contracts(counted.contracts),
    ]  # fmt: skip


def _contracts(contracts: Sequence[int | None]) -> list[Figure]:
    """How many contracts there are, and how fast they came of decisions."""
    signed, speed = len(contracts), totals.speed_of(contracts)
    words = ngettext("contract signed", "contracts signed", signed)
    found = [Figure(signed, words, f"{reverse('deals:index')}?bound=yes")]
    if speed:
        found.append(Figure(speed.median, _("days from decision to signature, median"), speed.href,
                            is_count=False))  # fmt: skip
    return found


def way(counted: Counted) -> list[charts.Stage]:
    """From applications to solutions taken into use; each stage with its list."""
    submitted, kinds = counted.applications, counted.kinds
    all_of_them = reverse("applications:index")
    signed = sum(days is not None for days in counted.contracts)
    return [
        charts.Stage(_("Applications submitted"), sum(submitted.values()), href=all_of_them),
        charts.Stage(_("Accepted"), submitted.get(ApplicationState.ACCEPTED, 0),
                     href=f"{all_of_them}?state=accepted"),
        charts.Stage(_("Pilots that ran"), kinds["ran"], href=listed(state=RAN)),
        charts.Stage(_("Taken into use"), kinds["used"], href=listed(outcome=USED)),
        charts.Stage(_("Contracts signed"), signed,
                     href=f"{reverse('deals:index')}?bound=yes&decided=yes"),
    ]  # fmt: skip


def funnel(stages: Sequence[charts.Stage]) -> Any:
    """The way of an application as a picture, its title the finding."""
    first, last = stages[0].count, stages[3].count
    words = {"last": last, "first": first}
    title = ngettext(
        "Of %(first)d applications %(last)d came into use",
        "Of %(first)d applications %(last)d came into use",
        last,
    )
    wider = any(after.count > before.count for before, after in pairwise(stages))
    return charts.funnel(
        stages,
        title=title % words if first else _("The path of an application"),
        measure=_("share of the step before"),
        note=_(
            "Some pilots began on an initiative or were entered from the archive, "
            "without an application."
        )
        if wider
        else "",
    )


def promised(passed: QuerySet[Turn], corrections: Corrections) -> Any:
    """What the clocks promise against what happened, by clock, in these `turns`."""
    ended = passed.filter(ended_at__isnull=False).order_by("-ended_at")
    found: dict[str, list[tuple[int, int]]] = {}
    latest = ended.values_list("clock", "days", "spent_days", "since", "ended_at")[:LATEST]
    for clock, days, spent, since, until in told(latest):
        took = spent + between(in_utc(since), in_utc(until), corrections=corrections)
        found.setdefault(clock, []).append((days, took))
    names = promised_names()
    terms = [
        charts.Promise(
            names.get(clock, clock),
            promised=statistics.median(days for days, _took in pairs),
            median=statistics.median(took for _days, took in pairs),
            ninth=sorted(took for _days, took in pairs)[int(0.9 * (len(pairs) - 1))],
            count=len(pairs),
            href=f"{reverse('portfolio:turns')}?over=yes&clock={clock.replace(' ', '+')}",
        )
        for clock, pairs in sorted(found.items())
        if clock in names
    ]
    if not terms:
        return ""
    kept = sum(term.median <= term.promised for term in terms if term.median is not None)
    title = _("%(kept)d of %(all)d terms are kept in half of the cases") % {
        "kept": kept,
        "all": len(terms),
    }
    return charts.promises(terms, title=title, measure=_("promised and in fact, working days"))


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
    return _clock_names(language())


@lru_cache(maxsize=4)
def _clock_names(_language: str) -> dict[str, str]:
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
        "deal kept": _("Performance of a contract"),
        "deal remarks": _("Answer to remarks on a deal"),
        "deal signature": _("Signing of a contract"),
        "deal terms": _("Terms of a deal"),
        "draft": _("Draft"),
        "evaluation": _("Evaluation"),
        "export assessment": _("Assessment of an export project"),
        "export contact": _("Search for a partner abroad"),
        "export hold": _("Export project on hold"),
        "export idea": _("Idea of an export project"),
        "export negotiation": _("Negotiation abroad"),
        "export preparation": _("Preparation for export"),
        "export shipment": _("First shipment abroad"),
        "incident": _("Incident"),
        "invitation": _("Invitation"),
        "lessons": _("Lessons"),
        "listing": _("Check of a solution"),
        "meeting": _("Preparation of a meeting"),
        "minutes": _("Minutes"),
        "minutes signature": _("Signing of minutes"),
        "pilot start": _("Start of a pilot"),
        "news check": _("Check of news"),
        "preparation": _("Preparation"),
        "publication": _("Publication of a need"),
        "question": _("Question"),
        "readings": _("Check of the first rows"),
        "registration": _("Check of an organisation"),
        "roll-out": _("Waves of a roll-out"),
        "roll-out freeze": _("Freeze of a roll-out"),
        "roll-out plan": _("Plan of a roll-out"),
        "remark check": _("Check of a remark"),
        "result publication": _("Publication of a result"),
        "review completion": _("Completion of a review"),
        "selection": _("Selection"),
        "signature": _("Signature"),
        "site check": _("Check of a site"),
        "site status": _("Status of a site"),
        "site suspension": _("Suspension of a site"),
        "suspension": _("Suspension of a pilot"),
        "task": _("Task"),
        "task acceptance": _("Acceptance of a task"),
    }


def turns(user: Any) -> QuerySet[Turn]:
    """The turns of the reader's programmes: their own, and those on things they may see."""
    return written_once(_Followed(tuple(kinds_of_turns())))(Turn.objects.all(), user)


@dataclass(frozen=True, slots=True)
class _Followed:
    """The right to turns of these kinds."""

    kinds: tuple[int, ...]

    def __call__(self, turns: QuerySet[Turn], user: Any) -> QuerySet[Turn]:
        seen = Q(holder__in=user.hats)
        for kind in self.kinds:
            model: Any = ContentType.objects.get_for_id(kind).model_class()
            if model is not None:
                things = model._default_manager.visible_to(user)
                # Asked of each turn in its order: the first page need not know all things there
                # are. Between itself and itself, because PostgreSQL would answer `=` by reading
                # all things.
                this = things.filter(pk__gte=OuterRef("thing_id"), pk__lte=OuterRef("thing_id"))
                seen |= Q(Exists(this), kind=kind)
        return turns.filter(Q(programme_id__in=programmes(user)), seen)


def programmes_of(user: Any) -> list[tuple[str, str]]:
    """The programmes in which the reader holds a role, as answers of a filter."""
    return [(one.code, one.name) for one in programmes_named(user, programmes(user))]


def keys_of(codes: list[str]) -> QuerySet[Programme]:
    """The keys of programmes by their codes."""
    return Programme.objects.filter(code__in=codes).values("pk")


class Due(NamedTuple):
    """An open turn by what the portfolio tells of it."""

    clock: str
    holder: str
    due_at: datetime
    kind_id: int
    thing_id: int
    state: str


def due(waiting: QuerySet[Turn], *, at: datetime) -> list[Due]:
    """Those of these `turns` that are open, and due within two weeks or late: the first first, no
    more than the list of turns counts, and one."""
    last = timezone.localtime(at).date() + SOON
    found = waiting.open().filter(due_at__lt=midnight(last + DAY)).order_by("due_at", "pk")  # type: ignore[attr-defined]
    asked = told(found.values_list(*Due._fields)[: LIMIT + 1])
    return [Due(clock, holder, in_utc(due_at), *thing) for clock, holder, due_at, *thing in asked]
