"""How sites are listed: by region, found by index, name or town."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pochin.participants import regions
from pochin.sites.finding import seek
from pochin.sites.models import Site, SiteKind, State
from pochin.ui import parts
from pochin.ui.lists import Column, Filter, Listing, Ranked, View
from pochin.ui.tones import label, labelled, state_badge


class SiteListing(Listing):
    name = "sites"
    sort = "region"
    search_label = _("Postcode, name or town")
    reads = (
        "number",
        "name_ru",
        "name_en",
        "area",
        "region",
        "city",
        "kind",
        "register_kind",
        "state",
        "capacity",
    )
    steady = True
    columns = (
        Column(name="number", label=_("Postcode"), sort="number", css="num",
               value=lambda site: str(site.number)),
        Column(name="name", label=_("Site"), main=True, sort=("name_ru", "number"), value=str,
               cell=lambda site: parts.under(site, site.area)),
        Column(name="region", label=_("Region"), sort=("region", "number"),
               value=lambda site: site.region_name),
        Column(name="city", label=_("Town"), sort=("city", "number")),
        Column(name="kind", label=_("Kind"), value=lambda site: kind_words(site)),
        Column(name="state", label=_("State"), value=labelled("state"),
               cell=state_badge),
        Column(name="capacity", label=_("Pilots at once"), kind="number",
               value=lambda site: site.capacity if site.state == State.HAS_STATUS else None),
    )  # fmt: skip
    filters = (
        Filter(name="region", label=_("Region"), choices=regions.choices()),
        Filter(name="kind", label=_("Kind"), choices=SiteKind.choices),
        Filter(name="state", label=_("State"), choices=State.choices),
    )
    views = (
        View(label=_("All")),
        View(label=_("With status"), query="state=has_status"),
        View(label=_("Suspended"), query="state=suspended"),
    )
    empty_title = _("No place is found")
    empty_text = _("Try the postcode, the beginning of the name or of the town.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Site) -> str:
        return thing.get_absolute_url()


def kind_words(site: Site) -> str:
    """The kind; for an object of no kind of ours the register's own word."""
    if site.kind == SiteKind.OTHER and site.register_kind:
        return site.register_kind
    return label(Site, "kind", site.kind)
