"""How solutions are listed: the public catalogue, and the catalogue of one company."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pochin.search.finding import seek
from pochin.solutions.models import Category, PriceModel, Solution, State
from pochin.ui import parts
from pochin.ui.lists import Column, Filter, Listing, Ranked
from pochin.ui.tones import labelled, state_badge


class SolutionListing(Listing):
    name = "solutions"
    reads = (
        "number",
        "name_ru",
        "name_en",
        "line_ru",
        "line_en",
        "category",
        "trl",
        "price_model",
        "state",
        "organisation__name_ru",
        "organisation__name_en",
    )
    steady = True
    columns = (
        Column(
            name="name",
            label=_("Solution"),
            main=True,
            sort="name_ru",
            value=str,
            cell=lambda s: parts.under(s, s.line),
        ),
        Column(name="organisation", label=_("Organisation"), value=lambda s: str(s.organisation)),
        Column(
            name="category",
            label=_("Category"),
            value=labelled("category"),
        ),
        Column(name="trl", label=_("TRL"), kind="number"),
        Column(
            name="price_model",
            label=_("Price model"),
            value=labelled("price_model"),
        ),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
    )
    filters = (
        Filter(name="category", label=_("Category"), choices=Category.choices),
        Filter(name="trl", label=_("TRL"), choices=[(n, str(n)) for n in range(1, 10)]),
        Filter(name="price_model", label=_("Price model"), choices=PriceModel.choices),
        Filter(name="state", label=_("State"), choices=State.choices),
    )
    empty_title = _("No solution is found")
    empty_text = _("What companies offer to the post appears here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Solution) -> str:
        return thing.get_absolute_url()
