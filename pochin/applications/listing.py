"""How applications are listed: for the staff of a programme, and for those who apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pochin.applications.models import Application, State
from pochin.core import numbers
from pochin.participants.listing import programmes_seen
from pochin.participants.policy import Role, programmes
from pochin.search.finding import seek
from pochin.ui import parts
from pochin.ui.addresses import address
from pochin.ui.lists import Bulk, Column, Days, Filter, Listing, Numbered, Ranked
from pochin.ui.tones import labelled, state_badge


def number_of(application: Application) -> str:
    return numbers.written("application", application.number)


NUMBER = Column(name="number", label=_("No."), cell=number_of)
TITLE = Column(name="title", label=_("Application"), main=True)
NEED = Column(
    name="need",
    label=_("Need"),
    value=lambda application: application.need.title,
    cell=lambda application: parts.clip(application.need.title),
)
STATE = Column(
    name="state",
    label=_("State"),
    value=labelled("state"),
    cell=state_badge,
)
SUBMITTED = Column(
    name="submitted_at", label=_("Submitted"), kind="moment", sort=("-submitted_at", "-id")
)


class ApplicationListing(Listing):
    """What the staff of a programme sees: everything that was submitted."""

    name = "applications"
    sort = "submitted_at"
    reads: ClassVar[Sequence[str]] = (
        "number",
        "title",
        "state",
        "submitted_at",
        "need__title_ru",
        "need__title_en",
        "organisation__name_ru",
        "organisation__name_en",
    )
    steady = True
    columns = (
        NUMBER,
        TITLE,
        Column(
            name="organisation",
            label=_("Company"),
            value=lambda application: str(application.organisation),
            cell=lambda application: parts.clip(application.organisation),
        ),
        NEED,
        STATE,
        SUBMITTED,
    )
    filters = (
        Filter(name="state", label=_("State"), choices=State.choices),
        Filter(
            name="programme",
            label=_("Programme"),
            field="programme__code",
            choices=programmes_seen,
        ),
        Numbered(
            name="need",
            label=_("Need"),
            field="need__number",
            code=lambda number: numbers.written("need", number),
        ),
        Days(name="submitted", label=_("Submitted"), field="submitted_at__date"),
    )
    empty_title = _("No applications yet")
    empty_text = _("They come when a need is published and its intake opens.")

    @property
    def bulk(self) -> tuple[Bulk, ...]:
        """What those who screen may do for several at once."""
        if not programmes(self.user, Role.COORDINATOR, Role.SCREENER):
            return ()
        return (
            Bulk(
                label=_("Begin the screening"), href=address("applications:bulk", "start_screening")
            ),
            Bulk(label=_("Remind"), href=address("applications:bulk", "remind")),
        )

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()


class OwnListing(ApplicationListing):
    """What a company sees: its own applications, drafts too."""

    sort = "begun_at"
    reads = (*ApplicationListing.reads, "begun_at")
    bulk = ()
    columns = (
        NUMBER,
        TITLE,
        NEED,
        STATE,
        Column(name="begun_at", label=_("Begun"), kind="moment", sort="-begun_at"),
        SUBMITTED,
    )
    empty_title = _("You have no applications yet")
    empty_text = _("Start from a need: open one and press “Apply”.")
