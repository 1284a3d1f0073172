"""How organisations, programmes' roles and conflicts are listed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from pochin.participants import regions
from pochin.participants.models import (
    Conflict,
    ConflictState,
    Ground,
    HeldState,
    Kind,
    Membership,
    Organisation,
    OrganisationKind,
    RoleHeld,
    State,
    in_reader_language,
    programmes_by_name,
)
from pochin.participants.policy import Role
from pochin.search.finding import seek
from pochin.ui import parts
from pochin.ui.at_once import told_at_once
from pochin.ui.lists import Column, Filter, Listing, Ranked
from pochin.ui.quick import Row
from pochin.ui.tones import TONES, label, labelled, state_badge


def programmes_seen(user: Any) -> list[tuple[str, str]]:
    """The programmes the reader may see, as answers of a filter."""
    return programmes_by_name(user)


def _of_kind(organisations: QuerySet, codes: list[str]) -> QuerySet:
    return organisations.filter(
        Exists(Kind.objects.filter(organisation=OuterRef("pk"), code__in=codes))
    )


class Place(NamedTuple):
    """A membership as the list names it."""

    state: str
    name_ru: str
    name_en: str

    @property
    def programme(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    @property
    def words(self) -> str:
        """What the file says."""
        return f"{self.programme}: {label(Membership, 'state', self.state)}"

    @property
    def drawn(self) -> Any:
        """What the page says."""
        if self.state == State.ADMITTED:
            return self.programme
        tone = TONES.get(self.state, "neutral")
        badge = parts.badge(label(Membership, "state", self.state), tone=tone)
        return parts.joined([self.programme, badge], " ")


class About(NamedTuple):
    """What the list says of an organisation besides what it is itself."""

    kinds: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def kind_words(self) -> str:
        return ", ".join(label(Kind, "code", code) for code in self.kinds)


class OrganisationListing(Listing):
    name = "organisations"
    sort = "name"
    steady = True
    reads = (
        "key",
        "name_ru",
        "name_en",
        "inn",
        "region",
    )
    columns = (
        Column(
            name="name",
            label=_("Organisation"),
            main=True,
            sort="name_ru",
            value=str,
            cell=lambda o: parts.under(str(o), o.beside.kind_words),
        ),
        Column(name="kinds", label=_("Kind"), value=lambda o: o.beside.kind_words, shown=False),
        Column(name="inn", label=_("INN"), sort="inn", css="num"),
        Column(name="region_name", label=_("Region")),
        Column(
            name="memberships",
            label=_("Programmes"),
            value=lambda o: "; ".join(place.words for place in o.beside.places),
            cell=lambda o: parts.joined([place.drawn for place in o.beside.places], ", "),
        ),
    )
    filters = (
        Filter(name="kind", label=_("Kind"), choices=OrganisationKind.choices, apply=_of_kind),
        Filter(name="region", label=_("Region"), choices=regions.choices()),
        Filter(
            name="programme",
            label=_("Programme"),
            choices=programmes_seen,
            apply=lambda found, _codes: found,
        ),
        Filter(
            name="state",
            label=_("State"),
            choices=[(s.value, s.label) for s in State if s != State.DRAFT],
            apply=lambda found, _codes: found,
        ),
    )
    empty_title = _("No organisations are found")
    empty_text = _("Members who agreed to be shown appear here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    @cached_property
    def filtered(self) -> QuerySet:
        """Programme and state are asked of one and the same membership, of those one may see."""
        fields = {"programme": "programme__code__in", "state": "state__in"}
        wanted = {fields[name]: values for name, values in self.picked.items() if name in fields}
        things = super().filtered
        if not wanted:
            return things
        seen = Membership.objects.visible_to(self.user).filter(**wanted)
        return things.filter(Exists(seen.filter(organisation=OuterRef("pk"))))

    def beside(self, found: Sequence[Row]) -> list[Hashable]:
        """Kinds and memberships of the whole page, asked at once, as they are answered."""
        keys = tuple([row.pk for row in found])
        of_kind, of_place = told_at_once(
            [
                (Kind.objects.all(), _Kinds(keys)),
                (Membership.objects.visible_to(self.user), _Places(keys)),
            ]
        )
        kinds: dict[int, tuple[str, ...]] = {}
        for key, code in of_kind:
            kinds[key] = (*kinds.get(key, ()), code)
        places: dict[int, tuple[Any, ...]] = {}
        for key, *said in of_place:
            places[key] = (*places.get(key, ()), tuple(said))
        return [(kinds.get(key, ()), places.get(key, ())) for key in keys]

    def prepare(self, things: list[Any]) -> list[Any]:
        for organisation in things:
            kinds, places = organisation.beside
            organisation.beside = About(kinds, tuple([Place(*said) for said in places]))
        return things

    def href(self, thing: Organisation) -> str:
        return thing.get_absolute_url()


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Of these organisations each kind: key and code."""

    keys: tuple[int, ...]

    def __call__(self, kinds: QuerySet) -> QuerySet:
        found = kinds.filter(organisation__in=self.keys).order_by("code")
        return found.values_list("organisation_id", "code")


@dataclass(frozen=True, slots=True)
class _Places:
    """Of these organisations each membership: key, state, and what the programme is called."""

    keys: tuple[int, ...]

    def __call__(self, memberships: QuerySet) -> QuerySet:
        found = memberships.filter(organisation__in=self.keys).order_by("programme__code")
        said = ("organisation_id", "state", "programme__name_ru", "programme__name_en")
        return found.values_list(*said)


class RoleListing(Listing):
    name = "roles"
    sort = "since"
    columns = (
        Column(
            name="person",
            label=_("Person"),
            main=True,
            value=lambda held: str(held.person),
        ),
        Column(name="code", label=_("Role"), value=labelled("code")),
        Column(name="since", label=_("since"), kind="day", sort="-since"),
        Column(name="until", label=_("until"), kind="day"),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
    )
    filters = (
        Filter(name="code", label=_("Role"), choices=Role.choices),
        Filter(name="state", label=_("State"), choices=HeldState.choices),
    )
    empty_title = _("Nobody holds a role yet")

    def href(self, thing: RoleHeld) -> str:
        return thing.get_absolute_url()


class ConflictListing(Listing):
    name = "conflicts"
    columns = (
        Column(
            name="person",
            label=_("Person"),
            main=True,
            value=lambda c: str(c.person),
            cell=lambda c: parts.under(c.person, c.organisation),
        ),
        Column(name="organisation", label=_("organisation"), value=lambda c: str(c.organisation),
               shown=False),
        Column(name="ground", label=_("Ground"), value=labelled("ground")),
        Column(name="until", label=_("until"), kind="day"),
        Column(name="state", label=_("State"), value=labelled("state"),
               cell=state_badge),
    )  # fmt: skip
    filters = (
        Filter(name="state", label=_("State"), choices=ConflictState.choices),
        Filter(name="ground", label=_("Ground"), choices=Ground.choices),
    )
    empty_title = _("No ties are declared")
    empty_text = _("Declare what ties you to an organisation before you are asked to judge it.")

    def href(self, thing: Conflict) -> str:
        return thing.get_absolute_url()
