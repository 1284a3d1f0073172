"""How needs are listed: the public catalogue and the staff's table are one list."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.needs.models import Need, Outcome, State
from pochin.participants.models import Programme
from pochin.search.finding import find
from pochin.ui import parts
from pochin.ui.lists import Column, Days, Filter, Flag, Listing
from pochin.ui.tones import state_badge


def target_of(need: Need) -> str:
    """The metric and where it should go, on one line."""
    return need.told("metric")


class NeedListing(Listing):
    name = "needs"
    sort = "-number"
    reads = (
        "number",
        "title_ru",
        "title_en",
        "place_ru",
        "place_en",
        "metric_ru",
        "metric_en",
        "sites_wanted",
        "budget",
        "state",
        "closes_at",
    )
    columns = (
        Column(name="number", label=_("No."), sort="-number", cell=lambda need: number_of(need)),
        Column(
            name="title",
            label=_("Need"),
            main=True,
            value=lambda need: need.title,
            cell=lambda need: parts.under(need.title, need.told("place")),
        ),
        Column(name="metric", label=_("Metric"), value=target_of, cell=target_of),
        Column(name="sites_wanted", label=_("Sites"), kind="number", sort="-sites_wanted"),
        Column(name="budget", label=_("Budget ceiling"), kind="money", sort="-budget"),
        Column(
            name="state",
            label=_("State"),
            value=lambda need: need.get_state_display(),
            cell=lambda need: state_badge(need),
        ),
        Column(name="closes_at", label=_("Until"), kind="moment", sort="closes_at"),
    )
    filters = (
        Flag(
            name="open",
            label=_("Takes applications now"),
            apply=lambda needs, _picked: needs.open(timezone.now()),
        ),
        Filter(name="state", label=_("State"), choices=State.choices),
        Filter(name="outcome", label=_("Outcome"), choices=Outcome.choices),
        Filter(
            name="programme",
            label=_("Programme"),
            field="programme__code",
            choices=lambda user: [(p.code, str(p)) for p in Programme.objects.visible_to(user)],
        ),
        Days(name="closes", label=_("Closes"), field="closes_at__date"),
        Days(name="published", label=_("Published"), field="published_at__date"),
    )
    empty_title = _("No needs are published now")
    empty_text = _("When the post publishes a need, it stands here.")

    def search(self, things: QuerySet, words: str) -> QuerySet:
        return find(things, words)

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()


def number_of(need: Need) -> str:
    """The number as people read it: Н-042 in Russian, N-042 in English."""
    return numbers.written("need", need.number)
