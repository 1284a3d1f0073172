"""How export projects are listed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from pochin.exports.models import Form, Project, Shipped, State, Target
from pochin.markets.models import Country
from pochin.participants.listing import programmes_seen
from pochin.search.finding import find
from pochin.ui import parts
from pochin.ui.lists import Column, Filter, Listing
from pochin.ui.tones import state_badge


def countries_aimed_at(user: Any) -> list[tuple[str, str]]:
    """The target countries of the projects the reader may see."""
    seen = Project.objects.visible_to(user).values("pk")
    codes = set(Target.objects.filter(project__in=seen).values_list("iso3", flat=True))
    names = {c.code: str(c) for c in Country.objects.filter(code__in=codes)}
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])


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
        Column(name="form", label=_("Product form"), value=lambda p: str(p.get_form_display())),
        Column(name="goods_code", label=_("Code of goods"), css="num"),
        Column(name="targets", label=_("Countries"), value=lambda p: p.target_words),
        Column(name="shipped", label=_("Shipped, roubles"), kind="money",
               value=lambda p: p.shipped_roubles),
        Column(
            name="state",
            label=_("State"),
            value=lambda p: str(p.get_state_display()),
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

    def search(self, things: QuerySet, words: str) -> QuerySet:
        return find(things, words)

    def prepare(self, things: list[Any]) -> list[Any]:
        """The countries and the shipped sums of the whole page in one query each."""
        aims: dict[int, list[str]] = {}
        for target in Target.objects.filter(project__in=things).order_by("iso3"):
            aims.setdefault(target.project_id, []).append(target.iso3)
        sums = Shipped.objects.filter(contract__project__in=things).values("contract__project")
        shipped = {
            row["contract__project"]: row["all"] for row in sums.annotate(all=Sum("roubles"))
        }
        for thing in things:
            thing.target_words = ", ".join(aims.get(thing.pk, []))
            thing.shipped_roubles = shipped.get(thing.pk)
        return things

    def href(self, thing: Project) -> str:
        return thing.get_absolute_url()
