"""What the portfolio counts, each figure with the address of the list it was counted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.applications.models import Application
from pochin.applications.models import State as ApplicationState
from pochin.deals import totals
from pochin.pilots.models import BEFORE_RUNNING, UNDECIDED, Outcome, inside_by_state, together
from pochin.pilots.models import State as PilotState
from pochin.portfolio import abroad
from pochin.portfolio.following import SOON, Soon
from pochin.portfolio.pilots import DECIDED, NOT_CANCELLED, followed, listed, tabs
from pochin.reviews.models import Assignment
from pochin.ui import charts, formats
from pochin.ui.counting import grouped_each
from pochin.ui.lists import LIMIT

RAN = [s.value for s in PilotState if s not in (*BEFORE_RUNNING, PilotState.CANCELLED)]
USED = [Outcome.SCALE.value, Outcome.SCALE_WITH_CONDITIONS.value]


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
    inside, today = followed(user).order_by(), timezone.localtime(at).date()
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


def figures(counted: Counted, *, at: datetime, soon: Soon) -> list[Figure]:
    """The numbers on top of the portfolio.

    Args:
        counted: What `counted` found.
        at: The present moment.
        soon: What `due` found.
    """
    turns_url, today = reverse("portfolio:turns"), timezone.localtime(at).date()
    n, late = soon.due, soon.late
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
        days = ngettext(
            "day from decision to signature, median", "days from decision to signature, median",
            speed.median,
        )  # fmt: skip
        found.append(Figure(speed.median, days, speed.href, is_count=False))
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
