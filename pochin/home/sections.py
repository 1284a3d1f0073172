"""The parts of «Сегодня» below what waits: each role reads its own work first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.applications.models import Application
from pochin.core.calendar import between
from pochin.core.models import Turn
from pochin.evaluations.models import Evaluation
from pochin.evaluations.models import State as EvaluationState
from pochin.evaluations.side_by_side import amount, share_of_threshold, shared_axis, shared_scale
from pochin.evaluations.words import VERDICTS
from pochin.home import company
from pochin.home.section import SHOWN, Section, with_turns
from pochin.needs.models import Need, Question
from pochin.participants.policy import Role, organisations, programmes
from pochin.pilots.models import OVER, UNDECIDED, Pilot
from pochin.pilots.plan_words import until_shown
from pochin.reviews.models import OPEN, Assignment, busiest
from pochin.reviews.models import State as AssignmentState
from pochin.ui import charts, formats, parts
from pochin.ui.counting import counted_each, grouped_each
from pochin.ui.lists import LIMIT, midnight
from pochin.ui.quick import lightly, quickly

# More open reviews than this are too many for one expert.
FULL_LOAD = 6
RUNNING_PILOTS = (Role.PILOT_MANAGER, Role.METHODOLOGIST, Role.DIRECTOR)


def main(user: Any, *, at: datetime) -> list[Section]:
    """What stands in the wide column, by the hats of the reader."""
    found = []
    if organisations(user):
        found += company.own(user, at=at)
    if programmes(user, Role.EXPERT):
        found.append(own_reviews(user))
    if programmes(user, Role.NEED_OWNER, *RUNNING_PILOTS):
        found.append(own_pilots(user))
    if programmes(user, Role.COORDINATOR, Role.COMMITTEE):
        found.append(at_risk(user, at=at))
    if programmes(user, Role.OBSERVER, Role.AUDITOR):
        found.append(decided(user))
    return found


def side(user: Any, *, at: datetime) -> list[Section]:
    """What stands in the narrow column."""
    found = []
    if programmes(user, Role.NEED_OWNER):
        found.append(own_needs(user))
    runs = programmes(user, Role.COORDINATOR)
    if runs or programmes(user, Role.SCREENER):
        by_expert = Assignment.objects.open_by_expert(user) if runs else []
        standing, *busy = grouped_each([Application.objects.handed_in_by_state(user), *by_expert])
        found.append(intake(user, standing, at=at))
        found += [load(busy)] if runs else []
    if not programmes(user) and not user.is_administrator:
        found.append(open_needs(user, at=at))
    if organisations(user):
        found.append(answered(user))
    return [section for section in found if section.rows or section.empty]


def told_below(found: list[Section]) -> set[tuple[type, int]]:
    """The things that have a row of their own in a section, by model and key."""
    rows = [row for section in found if section.draws == "reviews" for row in section.rows]
    return {(type(row["thing"]), row["thing"].pk) for row in rows}


# Companies --------------------------------------------------------------------------------------


def closing_first(user: Any, *, at: datetime) -> QuerySet[Need]:
    """The needs that take applications now and close first."""
    return lightly(Need.objects.visible_to(user).open(at).order_by("closes_at"))[:SHOWN]


def open_needs(user: Any, *, at: datetime) -> Section:
    """Needs that take applications now, those that close first on top."""
    return told_needs(user, list(closing_first(user, at=at)), at=at)


def told_needs(user: Any, needs: list[Need], *, at: datetime) -> Section:
    """The section of these needs, each with whether the reader answered it."""
    own = organisations(user) if user.is_authenticated else frozenset()
    answered_to: set[int] = set()
    if own:
        mine = Application.objects.visible_to(user).filter(organisation__in=own, need__in=needs)
        answered_to = set(mine.values_list("need_id", flat=True))
    rows = [
        {"need": need, "left": days_left(need, at), "is_answered": need.pk in answered_to}
        for need in needs
    ]
    return Section(
        _("Open now"),
        "needs",
        rows,
        href=reverse("needs:index") + "?open=yes",
        empty=_("The intake is closed now. Come back when the next need is published."),
    )


def days_left(need: Need, at: datetime) -> str:
    """How long the intake of a need lasts, in words."""
    days = (timezone.localtime(need.closes_at).date() - timezone.localtime(at).date()).days
    return formats.days(days) if days > 0 else _("today")


def answered(user: Any) -> Section:
    """What the owners answered to the reader's questions."""
    mine = Question.objects.visible_to(user).filter(asked_by=user).exclude(answer="")
    rows = list(mine.select_related("need").order_by("-answered_at")[:3])
    return Section(_("Your questions were answered"), "answers", rows)


# Experts ----------------------------------------------------------------------------------------


def own_reviews(user: Any) -> Section:
    """What the expert was asked, the nearest date first, and how much was handed in before."""
    mine = Assignment.objects.visible_to(user).filter(expert_id=user.pk)
    mine = mine.select_related("application__need")
    owed = list(mine.filter(state__in=OPEN)[:SHOWN])
    done = mine.exclude(handed_in_at=None).count()
    rows = [
        {
            "thing": assignment,
            "state": assignment.get_state_display(),
            "until": formats.day(turn.due_at) if turn else "",
            "is_gate": assignment.state == AssignmentState.OFFERED,
        }
        for assignment, turn, _who in with_turns(owed)
    ]
    rows.sort(key=lambda row: not row["is_gate"])
    return Section(
        _("My reviews"),
        "reviews",
        rows,
        note=_("handed in before: %(n)d") % {"n": done},
        href=reverse("reviews:index"),
        empty=_("Nothing is asked of you. We will write when a review appears."),
    )


# The post and the centre ------------------------------------------------------------------------


def own_pilots(user: Any) -> Section:
    """The pilots the reader answers for, each effect against its own threshold."""
    mine = Q(need__owner_id=user.pk) | Q(sponsor_id=user.pk) | Q(decision_owner_id=user.pk)
    mine |= Q(manager_id=user.pk) | Q(methodologist_id=user.pk) | Q(analyst_id=user.pk)
    found = Pilot.objects.inside(user).filter(mine).exclude(state="cancelled")
    return _pilots(user, found, _("My pilots"), empty=_("You answer for no pilot yet."))


def at_risk(user: Any, *, at: datetime) -> Section:
    """The pilots whose decision is late, whose result is withheld, or that were suspended."""
    shown = Evaluation.objects.visible_to(user).filter(state=EvaluationState.RELEASED)
    shown = shown.filter(pilot__state__in=UNDECIDED)
    withheld = shown.filter(result__decision__colour="grey").values("pilot")
    late = Q(decision_date__lt=timezone.localdate(at), state__in=UNDECIDED)
    troubled = late | Q(state="suspended") | Q(pk__in=withheld)
    found = Pilot.objects.inside(user).filter(troubled).exclude(state__in=OVER)
    return _pilots(
        user, found, _("Pilots at risk"), empty=_("No decision is late, no data are broken.")
    )


def decided(user: Any) -> Section:
    """What the pilots of the programme came to, decided ones only."""
    found = Pilot.objects.observed(user).exclude(outcome="")
    return _pilots(
        user, found, _("What the pilots came to"), empty=_("No decisions in this period.")
    )


# What is not decided yet comes first.
SOONEST = (Case(When(outcome="", then=0), default=1), "decision_date", "number")


def _pilots(user: Any, found: Any, title: Any, *, empty: Any) -> Section:
    ordered = quickly(found.select_related("organisation").order_by(*SOONEST))
    listed = list(ordered[:SHOWN])
    released = Evaluation.objects.visible_to(user).filter(
        pilot__in=listed, state=EvaluationState.RELEASED
    )
    by_pilot = {evaluation.pilot_id: evaluation for evaluation in released.select_related("plan")}
    shares = {
        pilot.pk: share_of_threshold(by_pilot.get(pilot.pk), until_shown(pilot)) for pilot in listed
    }
    scale = shared_scale(shares.values())
    rows = []
    for pilot in listed:
        evaluation = by_pilot.get(pilot.pk)
        verdict = VERDICTS[evaluation.verdict] if evaluation else None
        words = str(verdict[0]) if verdict else ""
        picture = charts.interval(shares[pilot.pk], scale, threshold=1, label=words, fill=True)
        if evaluation is not None:
            evaluation.pilot = pilot
        by, span = amount(evaluation)
        rows.append(
            {"pilot": pilot, "picture": picture, "verdict": verdict, "by": by, "span": span}
        )
    axis = shared_axis(scale, is_narrow=True)
    href = reverse("pilots:index")
    return Section(title, "pilots", rows, href=href, empty=empty, more={"axis": axis})


def own_needs(user: Any) -> Section:
    """The reader's needs with how many answered each."""
    mine = Need.objects.visible_to(user).filter(owner_id=user.pk)
    over = ["satisfied", "partly", "closed", "withdrawn"]
    listed = list(mine.exclude(state__in=over).order_by("-number")[:SHOWN])
    handed_in = Application.objects.visible_to(user).filter(need__in=listed)
    counted = handed_in.exclude(submitted_at=None).values("need").annotate(n=Count("pk"))
    answers = dict(counted.values_list("need", "n"))
    rows = [{"need": need, "answers": answers.get(need.pk, 0)} for need in listed]
    return Section(
        _("My needs"),
        "own_needs",
        rows,
        href=reverse("needs:index"),
        empty=_("Describe the first need: six questions, ten minutes."),
    )


def intake(user: Any, standing: Mapping[str, int], *, at: datetime) -> Section:
    """Figures of the day, each a link to what it was counted from.

    Args:
        user: Who reads.
        standing: How many applications stand in each state, as the reader sees them.
        at: The present moment.
    """
    listed = reverse("applications:index")
    week = timezone.localdate(at - timedelta(days=7))
    seen = Application.objects.visible_to(user).filter(submitted_at__gte=midnight(week))
    # As the list that it opens counts it.
    [fresh] = counted_each([seen], LIMIT + 1)
    rows = [
        (fresh, _("submitted in seven days"), f"{listed}?submitted_from={week}"),
        (standing.get("submitted", 0) + standing.get("screening", 0), _("wait to be checked"),
         f"{listed}?state=submitted&state=screening"),
        (standing.get("clarification", 0), _("wait for clarification"),
         f"{listed}?state=clarification"),
        (standing.get("in_review", 0), _("with the experts"), f"{listed}?state=in_review"),
    ]  # fmt: skip
    shown = [(formats.bounded(count, LIMIT), words, href) for count, words, href in rows]
    return Section(_("Intake"), "figures", shown, href=listed)


def load(counts: Sequence[Mapping[str, int]]) -> Section:
    """How many open reviews each expert has, the busiest first, of what `open_by_expert` said."""
    rows = [
        {"name": parts.pair_of(expert, "name"), "n": n, "is_full": n >= FULL_LOAD}
        for expert, n in busiest(counts, SHOWN)
    ]
    return Section(
        _("Load of experts"),
        "load",
        rows,
        note=_("open reviews, up to %(n)d each") % {"n": FULL_LOAD},
        href=reverse("reviews:index"),
        empty=_("No expert has an open review."),
        more={"full": FULL_LOAD},
    )


def waited(turns_open: list[Turn], at: datetime) -> str:
    """The sentence under «Сегодня»: how much waits and when the first date is."""
    if not turns_open:
        return _("Nothing waits for you today.")
    late = sum(turn.due_at < at for turn in turns_open)
    first = formats.day(turns_open[0].due_at)
    if late:
        return _("Overdue: %(late)d of %(n)d. Begin with what stands on top.") % {
            "late": late,
            "n": len(turns_open),
        }
    days = between(at, turns_open[0].due_at)
    if days <= 1:
        return _("The nearest date is %(day)s: this is the last working day.") % {"day": first}
    return _("The nearest date is %(day)s.") % {"day": first}
