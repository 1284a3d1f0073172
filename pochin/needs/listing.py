"""How needs are listed: the public catalogue and the staff's table are one list."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.needs.models import Need, Outcome, State
from pochin.participants.listing import programmes_seen
from pochin.search.finding import seek
from pochin.ui import formats, parts
from pochin.ui.lists import Column, Days, Filter, Flag, Listing, Ranked, View, this_minute
from pochin.ui.tones import labelled, state_badge


def target_of(need: Need) -> str:
    """The metric and where it should go, on one line."""
    return need.told("metric")


def target_cell(need: Need) -> Any:
    """The metric with today's value and the one that is sought."""
    now, goal, unit = need.metric_now, need.metric_target, need.told("metric_unit")
    if now is None or goal is None:
        return need.told("metric")
    way = _t("from %(now)s to %(goal)s") % {
        "now": formats.number(now),
        "goal": formats.with_unit(goal, unit),
    }
    return parts.under(need.told("metric"), way)


def first_sentence(text: str) -> str:
    """What hurts, in one line."""
    return text.partition(". ")[0].partition("\n")[0].rstrip(".")[:140]


def closing_cell(need: Need) -> Any:
    """The day the intake closes, and how long that is."""
    if need.closes_at is None:
        return None
    day = timezone.localtime(need.closes_at).date()
    left = (day - timezone.localdate()).days
    said = formats.day(day, short=True)
    if need.state != State.COLLECTING or left < 0:
        return said
    return parts.under(said, formats.days(left) if left else _t("today"))


class NeedListing(Listing):
    name = "needs"
    sort = "state"
    reads = (
        "problem_ru",
        "problem_en",
        "metric_now",
        "metric_target",
        "metric_unit_ru",
        "metric_unit_en",
        "number",
        "title_ru",
        "title_en",
        "metric_ru",
        "metric_en",
        "sites_wanted",
        "budget",
        "state",
        "closes_at",
    )
    steady = True
    columns = (
        Column(name="number", label=_("No."), sort="-number", cell=lambda need: number_of(need)),
        Column(
            name="title",
            label=_("Need"),
            main=True,
            value=lambda need: need.title,
            cell=lambda need: parts.under(need.title, first_sentence(need.told("problem"))),
        ),
        Column(name="metric", label=_("Metric and target"), value=target_of, cell=target_cell),
        Column(name="sites_wanted", label=_("Sites"), kind="number", sort="-sites_wanted"),
        Column(name="budget", label=_("Budget ceiling"), kind="money", sort="-budget"),
        Column(
            name="state",
            label=_("State"),
            # Those that take applications first, the soonest to close on top; then the newest.
            sort=("intake_until", "-number"),
            value=labelled("state"),
            cell=lambda need: state_badge(need),
        ),
        Column(
            name="closes_at", label=_("Until"), kind="moment", sort="closes_at", cell=closing_cell
        ),
    )
    views = (View(label=_("All")), View(label=_("Open now"), query="open=yes"))
    filters = (
        Flag(
            name="open",
            label=_("Takes applications now"),
            apply=lambda needs, _picked: needs.open(this_minute()),
        ),
        Filter(name="state", label=_("State"), choices=State.choices),
        Filter(name="outcome", label=_("Outcome"), choices=Outcome.choices),
        Filter(
            name="programme",
            label=_("Programme"),
            field="programme__code",
            choices=programmes_seen,
            rare=True,
        ),
        Days(name="closes", label=_("Closes"), field="closes_at__date"),
        Days(name="published", label=_("Published"), field="published_at__date", rare=True),
    )
    empty_title = _("No needs are published now")
    empty_text = _("When the post publishes a need, it appears here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()


def number_of(need: Need) -> str:
    """The number as people read it: Н-042 in Russian, N-042 in English."""
    return numbers.written("need", need.number)
