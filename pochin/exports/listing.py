"""How export projects are listed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _

from pochin.deals.money import Currency
from pochin.exports.models import Contract, Form, Project, Shipped, State, Target
from pochin.markets.models import Country, country_name
from pochin.participants.listing import programmes_seen
from pochin.search.finding import seek
from pochin.ui import formats, parts
from pochin.ui.lists import Column, Days, Filter, Listing, Ranked
from pochin.ui.tones import labelled, state_badge


def countries_aimed_at(user: Any) -> list[tuple[str, str]]:
    """The target countries of the projects the reader may see."""
    seen = Project.objects.visible_to(user).values("pk")
    codes = set(Target.objects.filter(project__in=seen).values_list("iso3", flat=True))
    return sorted(names_of(codes).items(), key=lambda pair: pair[1])


def names_of(codes: Collection[str]) -> dict[str, str]:
    """What countries are called in the reader's language; a code nobody imported stays itself."""
    known = {one.code: str(one) for one in Country.objects.filter(code__in=codes)}
    return {code: known.get(code, code) for code in codes}


class ProjectListing(Listing):
    name = "exports"
    columns = (
        Column(name="code", label=_("No."), sort="-number", css="num"),
        Column(
            name="title",
            label=_("Export project"),
            main=True,
            value=str,
            cell=lambda p: parts.under(p, p.organisation),
        ),
        Column(name="company", label=_("Company"), value=lambda p: str(p.organisation),
               shown=False),
        Column(name="form", label=_("Product form"), value=labelled("form")),
        Column(name="goods_code", label=_("Code of goods"), css="num"),
        Column(name="targets", label=_("Countries"), value=lambda p: p.target_words),
        Column(name="shipped", label=_("Shipped, roubles"), kind="money",
               value=lambda p: p.shipped_roubles),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
    )  # fmt: skip
    filters = (
        Filter(name="state", label=_("State"), choices=State.choices),
        Filter(name="form", label=_("Product form"), choices=Form.choices),
        Filter(name="country", label=_("Country"), field="targets__iso3",
               choices=countries_aimed_at, many=False),
        Filter(name="programme", label=_("Programme"), field="programme__code",
               choices=programmes_seen),
    )  # fmt: skip
    empty_title = _("No export projects yet")
    empty_text = _("A member company begins one for a solution that is ready to go abroad.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def prepare(self, things: list[Any]) -> list[Any]:
        """The countries and the shipped sums of the whole page in one query each."""
        aims: dict[int, list[str]] = {}
        targets = list(Target.objects.filter(project__in=things))
        names = names_of({target.iso3 for target in targets})
        for target in targets:
            aims.setdefault(target.project_id, []).append(names[target.iso3])
        sums = Shipped.objects.filter(contract__project__in=things).values("contract__project")
        shipped = {
            row["contract__project"]: row["all"] for row in sums.annotate(all=Sum("roubles"))
        }
        for thing in things:
            thing.target_words = ", ".join(sorted(aims.get(thing.pk, [])))
            thing.shipped_roubles = shipped.get(thing.pk)
        return things

    def href(self, thing: Project) -> str:
        return thing.get_absolute_url()


def countries_sold_to(user: Any) -> list[tuple[str, str]]:
    """The countries of the partners in the contracts the reader may see."""
    seen = Contract.objects.visible_to(user).order_by()
    codes = seen.values_list("project__partner_country", flat=True).distinct()
    return sorted(((code, country_name(code)) for code in codes), key=lambda pair: pair[1])


def years_signed(user: Any) -> list[tuple[str, str]]:
    """The years in which contracts the reader may see were signed, the latest first."""
    seen = Contract.objects.visible_to(user).order_by()
    years = set(seen.values_list(ExtractYear("signed_on"), flat=True))
    return [(str(year), str(year)) for year in sorted(years, reverse=True)]


class ContractListing(Listing):
    name = "export-contracts"
    sort = "-signed_on"
    columns = (
        Column(name="signed_on", label=_("Signed"), kind="day", sort="-signed_on"),
        Column(
            name="paper",
            label=_("Contract"),
            main=True,
            cell=lambda c: parts.under(formats.numbered(c.paper), f"{c.project.code} {c.project}"),
        ),
        Column(name="project", label=_("Export project"), value=lambda c: c.project.code,
               shown=False),
        Column(name="company", label=_("Company"), value=lambda c: str(c.project.organisation)),
        Column(name="partner", label=_("Partner"), value=lambda c: c.project.partner),
        Column(name="country", label=_("Country"),
               value=lambda c: country_name(c.project.partner_country)),
        Column(name="amount", label=_("Sum"), kind="money",
               cell=lambda c: formats.money(c.amount, c.currency)),
        Column(name="currency", label=_("Currency"), shown=False),
        Column(name="roubles", label=_("In roubles"), kind="money", sort="-roubles"),
        Column(name="shipped", label=_("Shipped, roubles"), kind="money",
               value=lambda c: c.shipped_roubles),
    )  # fmt: skip
    filters = (
        Filter(name="year", label=_("Year of signature"), field="signed_on__year",
               choices=years_signed),
        Filter(name="country", label=_("Country"), field="project__partner_country",
               choices=countries_sold_to),
        Filter(name="currency", label=_("Currency"), choices=Currency.choices),
        Filter(name="programme", label=_("Programme"), field="project__programme__code",
               choices=programmes_seen),
        Days(name="signed", label=_("Signed"), field="signed_on"),
    )  # fmt: skip
    empty_title = _("No contracts abroad yet")
    empty_text = _("The first contract of an export project appears here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def prepare(self, things: list[Any]) -> list[Any]:
        """The shipped sums of the whole page in one query."""
        sums = Shipped.objects.filter(contract__in=things).values("contract")
        shipped = {row["contract"]: row["all"] for row in sums.annotate(all=Sum("roubles"))}
        for thing in things:
            thing.shipped_roubles = shipped.get(thing.pk)
        return things

    def href(self, thing: Contract) -> str:
        return thing.project.get_absolute_url()
