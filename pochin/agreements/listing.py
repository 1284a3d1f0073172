"""How agreements are listed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement, AgreementKind, Party, State
from pochin.participants.listing import programmes_seen
from pochin.search.finding import find
from pochin.ui import parts
from pochin.ui.lists import Column, Days, Filter, Listing
from pochin.ui.tones import state_badge


class AgreementListing(Listing):
    name = "agreements"
    columns = (
        Column(name="code", label=_("No."), sort="-number", css="num"),
        Column(
            name="title",
            label=_("Agreement"),
            main=True,
            value=str,
            cell=lambda a: parts.under(a, a.party_words),
        ),
        Column(name="parties", label=_("Parties"), value=lambda a: a.party_words, shown=False),
        Column(name="kind", label=_("Kind"), value=lambda a: str(a.get_kind_display())),
        Column(name="starts_on", label=_("From"), kind="day", sort="-starts_on"),
        Column(name="ends_on", label=_("Until"), kind="day", sort="ends_on"),
        Column(
            name="state",
            label=_("State"),
            value=lambda a: str(a.get_state_display()),
            cell=state_badge,
        ),
    )
    filters = (
        Filter(name="kind", label=_("Kind"), choices=AgreementKind.choices),
        Filter(name="state", label=_("State"), choices=State.choices),
        Filter(
            name="programme",
            label=_("Programme"),
            field="programme__code",
            choices=programmes_seen,
        ),
        Days(name="ends", label=_("Ends"), field="ends_on"),
    )
    empty_title = _("No agreements yet")
    empty_text = _("What the centre and companies promised each other on paper stands here.")

    def search(self, things: QuerySet, words: str) -> QuerySet:
        return find(things, words)

    def prepare(self, things: list[Any]) -> list[Any]:
        """The parties of the whole page in one query."""
        named: dict[int, list[str]] = {}
        parties = Party.objects.filter(agreement__in=things).select_related("organisation")
        for party in parties.order_by("pk"):
            named.setdefault(party.agreement_id, []).append(str(party.organisation))
        for thing in things:
            thing.party_words = " — ".join(named.get(thing.pk, []))
        return things

    def href(self, thing: Agreement) -> str:
        return thing.get_absolute_url()
