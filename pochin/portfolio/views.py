"""Pages of the portfolio: the whole at a glance, and the lists its figures open."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core.calendar import between, corrections_in
from pochin.core.lifecycle import to_do
from pochin.core.models import CalendarDay, Turn
from pochin.evaluations.models import Evaluation
from pochin.participants import words
from pochin.participants.models import Programme
from pochin.participants.policy import Role, programmes
from pochin.pilots.models import Pilot
from pochin.portfolio import abroad, counting, elsewhere, following, pilots, terms
from pochin.reviews.models import busiest
from pochin.ui import access
from pochin.ui import named as named_things
from pochin.ui.at_once import at_once
from pochin.ui.lists import Column, Days, Filter, Flag, Listing, this_minute
from pochin.ui.named import named
from pochin.ui.pieces import Link
from pochin.ui.quick import Row, asked, in_utc
from pochin.ui.shortcuts import page
from pochin.ui.written import as_it_is


@access.shows(Pilot)
def portfolio(request: HttpRequest) -> HttpResponse:
    """The pilots with their intervals, the funnel, the clocks, what is due."""
    user, now = request.user, timezone.now()
    if not programmes(user):
        raise Http404
    name = request.GET.get("view", "")
    found = at_once({
        "pilots": pilots.view(user, name).order_by("decision_date", "number")[:SHOWN],
        "begins": _begins(user),
        "calendar": CalendarDay.objects.all(),
    })  # fmt: skip
    rows, axis = pilots.rows(found["pilots"], user)
    counted, turns = counting.counted(user, at=now), following.turns(user)
    soon, kinds = following.due(turns, at=now), counted.kinds
    export_stages = abroad.stages(counted.projects)
    return page(
        request,
        "portfolio/page.html",
        rows=rows,
        axis=axis,
        more=kinds[name if name in VIEWS else ""] - len(rows),
        list_url=pilots.list_of(name),
        tabs=_tabs(name, kinds),
        figures=counting.figures(counted, at=now, soon=soon),
        funnel=counting.funnel(counting.way(counted)),
        promised=terms.promised(turns, corrections_in(found["calendar"])),
        export_stages=export_stages,
        sold=_sold(user) if export_stages else (),
        dues=due_rows(soon.first, user, at=now),
        busy=busiest(counted.reviews, BUSY),
        at=now,
        begins=found["begins"],
    )


@access.shows(Evaluation)
def effects(request: HttpRequest) -> HttpResponse:
    """Every pilot of each metric, measured and as to be expected elsewhere."""
    if not programmes(request.user):
        raise Http404
    groups = elsewhere.groups(request.user, most=None)
    return page(request, "portfolio/effects.html", "groups", groups=groups)


def _sold(user: Any) -> list[tuple[Any, list[abroad.Sold]]]:
    """What was sold abroad, as two tables with their heads."""
    sold = abroad.sold(user)
    return [(_("Year"), sold["year"]), (_("Country"), sold["country"])]


def _begins(user: Any) -> Any:
    """The programmes in which the reader may propose a pilot."""
    where = programmes(user, Role.COORDINATOR)
    return Programme.objects.visible_to(user).filter(pk__in=where)


BUSY = 8  # experts whose load stands on the page
SHOWN = 20  # pilots on the page; the list that opens from it has all
VIEWS = {
    "": _("At work"),
    "mine": _("My pilots"),
    "awaiting": _("Wait for a decision"),
    "decided": pgettext_lazy("pilots", "Decided"),
    "all": _("All"),
}


def _tabs(name: str, kinds: dict[str, int]) -> list[Link]:
    url = reverse("portfolio:page")
    return [
        Link(
            label=label,
            url=f"{url}?view={view}" if view else url,
            current=view == name,
            count=kinds[view],
        )
        for view, label in VIEWS.items()
    ]


# Lines on the page; turns that are alike are told as one.
SHOWN_DUES = 10


@dataclass(frozen=True, slots=True)
class DueRow:
    """What is due: the thing, what is to be done about it, by whom, until when."""

    title: str
    href: str
    what: str
    holders: str
    day: date
    is_late: bool


def due_rows(first: list[following.Due], user: Any, *, at: datetime) -> list[DueRow]:
    """What is due first, named by the thing it is about; what is done together is told as one."""
    holders = {turn.holder for turn in first}
    found = at_once({**words.lists_for(holders), **named_things.lists_for(first, user)})
    names, things = words.words_from(holders, found), named_things.things_from(found)
    groups: dict[tuple[Any, ...], list[following.Due]] = {}
    for turn in first:
        thing = things.get((turn.kind_id, turn.thing_id))
        among = _among(thing, is_mine=turn.holder in user.hats)
        about = among or (turn.kind_id, turn.thing_id)
        day = timezone.localtime(turn.due_at).date()
        groups.setdefault((about, turn.state, day, turn.due_at < at), []).append(turn)
    told = list(groups.values())[:SHOWN_DUES]
    return [_due_row(alike, things, names, user, at=at) for alike in told]


def _among(thing: Any, *, is_mine: bool) -> tuple[str, str] | None:
    return thing.waits_among(is_mine=is_mine) if hasattr(thing, "waits_among") else None


def _due_row(
    alike: list[following.Due], things: Mapping[Any, Any], names: Mapping[str, str], user: Any, *,
    at: datetime,
) -> DueRow:  # fmt: skip
    turn, many = alike[0], len({(one.kind_id, one.thing_id) for one in alike})
    thing, clocks = things.get((turn.kind_id, turn.thing_id)), terms.clock_names()
    clock = clocks.get(turn.clock, turn.clock)
    if thing is None:
        # One's own turn on what one may not open: the clock is all that may be said.
        query = urlencode({"clock": turn.clock, "open": "yes"})
        title, href, what = clock, f"{reverse('portfolio:turns')}?{query}", ""
    else:
        title, href = named(thing), thing.get_absolute_url()
        what = to_do(thing, turn.state) or clock
    if many > 1:
        among = _among(thing, is_mine=turn.holder in user.hats)
        title, href = among or (title, href)
        what = _t("%(what)s: %(n)d at once") % {"what": what, "n": many}
    return DueRow(
        title=title,
        href=href,
        what=what,
        holders=", ".join(dict.fromkeys(names[one.holder] for one in alike)),
        day=timezone.localtime(turn.due_at).date(),
        is_late=turn.due_at < at,
    )


class _TurnRead(NamedTuple):
    """A turn as it was read, before a thing is made of it."""

    kind_id: int
    thing_id: int
    holder: str
    since: datetime
    paused_at: datetime | None
    spent_days: int
    ended_at: datetime | None

    @property
    def place(self) -> named_things.Place:
        return self.kind_id, self.thing_id

    def until(self, now: datetime) -> datetime:
        end = self.ended_at or self.paused_at
        return in_utc(end) if end else now


class AboutTurn(NamedTuple):
    """What the list says of a turn besides what it is itself.

    Attributes:
        thing: All that was read of the thing, if the reader may see it.
        holder: What the holder is called.
        took: Working days.
    """

    thing: Hashable
    holder: str
    took: int


class TurnListing(Listing):
    """Turns of the reader's programmes: whose, since when, until when, how long they took."""

    name = "turns"
    sort = "due_at"
    steady = True
    reads = (
        "kind", "thing_id", "state", "holder", "clock", "since", "due_at", "paused_at",
        "spent_days", "ended_at",
    )  # fmt: skip
    columns = (
        Column(
            name="thing",
            label=_("What it is about"),
            main=True,
            value=lambda turn: named(turn.shown) if turn.shown else _clock(turn),
        ),
        Column(
            name="to_do",
            label=_("What is to be done"),
            value=lambda turn: to_do(turn.shown, turn.state) if turn.shown else "",
        ),
        Column(name="clock", label=_("Clock"), value=lambda turn: _clock(turn)),
        Column(name="holder", label=_("Whose turn"), value=lambda turn: turn.beside.holder),
        Column(name="since", label=_("Since"), kind="moment", sort="-since"),
        Column(name="due_at", label=_("Until"), kind="moment", sort="due_at"),
        Column(name="ended_at", label=_("Ended"), kind="moment"),
        Column(
            name="took",
            label=_("Working days"),
            value=lambda turn: turn.beside.took,
            kind="number",
        ),
    )
    filters = (
        Filter(
            name="clock",
            label=_("Clock"),
            choices=lambda _user: terms.clock_names().items(),
            to_all=True,
        ),
        Flag(name="open", label=_("Open"), apply=lambda turns, _picked: turns.open()),
        Flag(
            name="over",
            label=_("Over"),
            apply=lambda turns, _picked: turns.filter(ended_at__isnull=False),
        ),
        Days(name="due", label=_("Until"), field="due_at__date"),
        Flag(
            name="late",
            label=_("Late"),
            apply=lambda turns, _picked: turns.overdue(this_minute()),
        ),
        Flag(
            name="in_time",
            label=_("Ended in time"),
            apply=lambda turns, _picked: turns.filter(ended_at__lte=F("due_at")),
            rare=True,
        ),
        Days(name="ended", label=_("Ended"), field="ended_at__date", rare=True),
        Filter(
            name="programme",
            label=_("Programme"),
            choices=following.programmes_of,
            rare=True,
            apply=lambda turns, picked: turns.filter(programme_id__in=following.keys_of(picked)),
        ),
    )
    empty_title = _("No turns")

    def beside(self, found: Sequence[Row]) -> list[AboutTurn]:
        turns = [_TurnRead(*row.values(_TurnRead._fields)) for row in found]
        holders = words.holder_words({turn.holder for turn in turns})
        self.shown_rows = named_things.rows_of(
            dict.fromkeys(turn.place for turn in turns), self.user
        )
        corrections = corrections_in(asked(CalendarDay.objects.all(), as_it_is))
        now, told = timezone.now(), []
        for turn in turns:
            shown = self.shown_rows.get(turn.place)
            took = turn.spent_days + between(
                in_utc(turn.since), turn.until(now), corrections=corrections
            )
            told.append(AboutTurn(shown and shown.words, holders[turn.holder], took))
        return told

    def prepare(self, things: list[Any]) -> list[Any]:
        for turn in things:
            row = self.shown_rows.get((turn.kind_id, turn.thing_id))
            turn.shown = row and row.thing
        return things

    def href(self, thing: Any) -> str:
        return thing.shown.get_absolute_url() if thing.shown else ""


def _clock(turn: Turn) -> str:
    """What the clock of a turn is called."""
    return terms.clock_names().get(turn.clock, turn.clock)


@access.shows(Turn)
def turns(request: HttpRequest) -> HttpResponseBase:
    """The turns a figure of the portfolio was counted from."""
    if not programmes(request.user):
        raise Http404
    return TurnListing(request, following.turns(request.user)).respond("portfolio/turns.html")
