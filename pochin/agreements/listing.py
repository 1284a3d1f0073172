"""How agreements and what is promised in them are listed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import (
    UNDER_WAY,
    Agreement,
    AgreementKind,
    Commitment,
    CommitmentKind,
    CommitmentState,
    Completion,
    Counter,
    Party,
    State,
)
from pochin.participants.listing import programmes_seen
from pochin.participants.models import Organisation
from pochin.search.finding import seek
from pochin.ui import formats, parts
from pochin.ui.lists import Column, Days, Filter, Flag, Listing, Ranked, View
from pochin.ui.tones import labelled, state_badge


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
        Column(name="kind", label=_("Kind"), value=labelled("kind")),
        Column(name="starts_on", label=_("From"), kind="day", sort="-starts_on"),
        Column(name="ends_on", label=_("Until"), kind="day", sort="ends_on"),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=lambda a: _standing(a),
        ),
    )
    filters = (
        Flag(
            name="risk",
            label=_("At risk"),
            apply=lambda found, _picked: found.filter(is_at_risk=True),
        ),
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
    empty_text = _("What the centre and companies promised each other on paper appears here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

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


def _standing(agreement: Any) -> SafeString:
    said = state_badge(agreement)
    if not agreement.is_at_risk:
        return said
    return parts.joined([said, parts.badge(_t("at risk"), tone="bad")], " ")


def _sides(user: Any) -> list[tuple[int, str]]:
    seen = Agreement.objects.visible_to(user)
    sides = Organisation.objects.visible_to(user).filter(agreements__in=seen).distinct()
    return [(side.pk, str(side)) for side in sides.order_by("name_ru")]


def _late(found: Any, _picked: list[str]) -> QuerySet:
    return found.overdue(timezone.localdate())


def _amount(commitment: Commitment, value: Any) -> str:
    """A number in the unit of the target: a share of 100 % is no “100”."""
    if value is None:
        return formats.DASH
    return formats.with_unit(value, "%") if commitment.unit == "%" else formats.number(value)


def _state(commitment: Commitment) -> SafeString:
    if commitment.is_overdue():
        return parts.badge(_t("late"), tone="bad")
    return state_badge(commitment)


class CommitmentListing(Listing):
    """What is promised, by whom, until when, and how far it came."""

    name = "commitments"
    sort = "due_on"
    columns = (
        Column(name="code", label=_("No."), css="num"),
        Column(
            name="text",
            label=_("Promise"),
            main=True,
            value=str,
            cell=lambda c: parts.under(parts.said(str(c)), str(c.agreement)),
        ),
        Column(name="owes", label=_("Who owes it"), value=lambda c: str(c.owes)),
        Column(name="to", label=_("To whom"), value=lambda c: str(c.to), shown=False),
        Column(name="due_on", label=_("Due"), kind="day", sort="due_on"),
        Column(name="value", label=_("Reached"), kind="number", cell=lambda c: _amount(c, c.value)),
        Column(
            name="target", label=_("Target"), kind="number", cell=lambda c: _amount(c, c.target)
        ),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=_state,
        ),
        Column(
            name="completion",
            label=_("How far it has come"),
            value=labelled("completion"),
        ),
    )
    filters = (
        Flag(name="late", label=_("Late"), apply=_late),
        Filter(name="state", label=_("State"), choices=CommitmentState.choices),
        Filter(name="owes", label=_("Who owes it"), choices=_sides),
        Filter(name="kind", label=_("Kind"), choices=CommitmentKind.choices, rare=True),
        Filter(
            name="completion", label=_("How far it has come"), choices=Completion.choices, rare=True
        ),
        Filter(
            name="counter",
            label=_("Counted from the registers"),
            choices=Counter.choices,
            rare=True,
        ),
        Filter(
            name="programme",
            label=_("Programme"),
            field="agreement__programme__code",
            choices=programmes_seen,
            rare=True,
        ),
        Days(name="due", label=_("Due"), field="due_on"),
    )
    views = (
        View(label=_("All")),
        View(label=_("Under way"), query="&".join(f"state={s.value}" for s in UNDER_WAY)),
        View(label=_("Late"), query="late=yes"),
        View(label=_("Complete"), query="state=complete"),
    )
    empty_title = _("Nothing is promised yet")
    empty_text = _("A commitment has one who owes it, one day and one measure.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Commitment) -> str:
        return thing.get_absolute_url()
