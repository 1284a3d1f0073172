"""How news are listed: for everybody, and for those who write and edit them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pochin.news.models import Rubric, State
from pochin.search.finding import seek
from pochin.ui import parts
from pochin.ui.lists import Column, Days, Filter, Listing, Ranked, View
from pochin.ui.tones import labelled, state_badge

PUBLISHED = Column(
    name="published_at", label=_("Published"), kind="moment", sort=("-published_at", "-id")
)
TITLE = Column(
    name="title",
    label=_("News"),
    main=True,
    value=lambda piece: piece.title,
    cell=lambda piece: parts.under(parts.pair_of(piece, "title"), piece.told("lead")),
)
RUBRIC = Column(name="rubric", label=_("Rubric"), value=labelled("rubric"))


class PieceListing(Listing):
    """What everybody reads, the latest first."""

    name = "news"
    sort = "published_at"
    reads = (
        "number", "title_ru", "title_en", "lead_ru", "lead_en", "rubric", "state",
        "published_at", "views",
    )  # fmt: skip
    columns: ClassVar[Sequence[Column]] = (TITLE, RUBRIC, PUBLISHED)
    filters: ClassVar[Sequence[Filter]] = (
        Filter(name="rubric", label=_("Rubric"), choices=Rubric.choices),
        Days(name="published", label=_("Published"), field="published_at__date"),
    )
    empty_title = _("There is no news yet")
    empty_text = _("What the centre has to tell appears here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()


class EditorListing(PieceListing):
    """What those see who write and edit: drafts too."""

    columns = (
        TITLE,
        RUBRIC,
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
        PUBLISHED,
        Column(name="views", label=_("Read"), kind="number", sort="-views"),
    )
    filters = (
        *PieceListing.filters,
        Filter(name="state", label=_("State"), choices=State.choices),
    )
    views = (
        View(label=_("All")),
        View(label=_("Drafts"), query="state=draft"),
        View(label=_("To be checked"), query="state=review"),
        View(label=_("Published"), query="state=published"),
    )
