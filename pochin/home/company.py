"""What a company reads of its own on the first page: applications, pilots, deals."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.db.models import Case, QuerySet, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from pochin.applications.models import Application
from pochin.applications.models import State as ApplicationState
from pochin.core.models import Turn
from pochin.deals.models import Deal
from pochin.home.section import SHOWN, Section, with_turns
from pochin.participants.policy import organisations, programmes
from pochin.pilots.models import Pilot
from pochin.pilots.shown import stages
from pochin.ui import formats, parts
from pochin.ui.at_once import at_once
from pochin.ui.tones import state_badge

# The stages of an application as its writer sees them.
STAGES = ("draft", "submitted", "screening", "in_review")
# What is under way comes first.
UNDECIDED_FIRST = (Case(When(outcome="", then=0), default=1), "decision_date", "number")
ENDED_LAST = (Case(When(ended_on=None, then=0), default=1), "-number")


def own(user: Any, *, at: datetime) -> list[Section]:
    """What the reader's organisations have under way, each with its next step and its holder."""
    mine = organisations(user)
    things = at_once({
        "applications": _applications(user, mine),
        "pilots": _pilots(user, mine),
        "deals": _deals(user, mine),
    })  # fmt: skip
    rows: dict[type, list[dict[str, Any]]] = {Application: [], Pilot: [], Deal: []}
    for thing, turn, who in with_turns([thing for some in things.values() for thing in some]):
        rows[type(thing)].append(_row(thing, turn, who, at))
    found = [
        Section(
            _("My applications"),
            "own",
            rows[Application],
            href=reverse("applications:index"),
            empty=_(
                "You have no applications yet. Start from a need: a draft is seen by you alone."
            ),
        ),
        Section(_("My pilots"), "own", rows[Pilot], href=reverse("pilots:index")),
        Section(_("My deals"), "own", rows[Deal], href=reverse("deals:index")),
    ]
    # An observer with a seat in the department has nothing to apply for.
    begins = not programmes(user)
    return [section for section in found if section.rows or (section.empty and begins)]


def _applications(user: Any, own: Collection[int]) -> QuerySet[Application]:
    mine = Application.objects.visible_to(user).filter(organisation__in=own)
    return mine.select_related("need").order_by("-begun_at")[:SHOWN]


def _pilots(user: Any, own: Collection[int]) -> QuerySet[Pilot]:
    mine = Pilot.objects.inside(user).filter(organisation__in=own).exclude(state="cancelled")
    return mine.select_related("need").order_by(*UNDECIDED_FIRST)[:SHOWN]


def _deals(user: Any, own: Collection[int]) -> QuerySet[Deal]:
    mine = Deal.objects.visible_to(user).filter(seller__in=own)
    return mine.select_related("buyer", "programme").order_by(*ENDED_LAST)[:SHOWN]


def _row(thing: Any, turn: Turn | None, who: str, at: datetime) -> dict[str, Any]:
    tell: dict[type, Callable[[Any], dict[str, Any]]] = {
        Application: _of_application,
        Pilot: _of_pilot,
        Deal: _of_deal,
    }
    told = tell[type(thing)](thing)
    until = formats.day(turn.due_at) if turn else ""
    is_late = turn is not None and turn.due_at < at
    return {"thing": thing, **told, "who": who, "until": until, "is_late": is_late}


def _of_application(application: Application) -> dict[str, Any]:
    state = "screening" if application.state == "clarification" else application.state
    now = STAGES.index(state) if state in STAGES else len(STAGES)
    tone = "bad" if application.state == ApplicationState.REFUSED else "primary"
    words = application.get_state_display()
    return {
        "title": parts.said(application.title),
        "sub": _of(application.need),
        "bar": parts.minibar(now, len(STAGES) + 1, tone=tone, label=words),
        "state": words,
    }


def _of_pilot(pilot: Pilot) -> dict[str, Any]:
    steps = stages(pilot)
    now = next((n for n, step in enumerate(steps) if step.state == "now"), len(steps))
    words = pilot.get_state_display()
    return {
        "title": parts.pair_of(pilot, "title"),
        "sub": _of(pilot.need) if pilot.need else "",
        "bar": parts.minibar(now, len(steps), label=words, tone="seal" if now == 3 else "primary"),
        "state": words,
    }


def _of_deal(deal: Deal) -> dict[str, Any]:
    buyer = _("buyer: %(name)s") % {"name": deal.buyer}
    return {
        "title": parts.pair_of(deal, "title"),
        "sub": f"{buyer} · {formats.money(deal.amount, deal.currency)}" if deal.amount else buyer,
        "bar": "",
        "state": state_badge(deal),
    }


def _of(need: Any) -> Any:
    return format_html("{} {}", need.code, parts.pair_of(need, "title"))
