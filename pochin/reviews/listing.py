"""How assignments are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.participants.listing import programmes_seen
from pochin.participants.policy import Role, programmes
from pochin.reviews.models import Assignment, State
from pochin.ui import parts
from pochin.ui.addresses import address
from pochin.ui.lists import Bulk, Column, Filter, Listing
from pochin.ui.tones import label, labelled, state_badge


def blind_number(assignment: Assignment) -> str:
    """An expert sees the assignment's own number, never the application's."""
    return f"{assignment.number}"


class AssignmentListing(Listing):
    """For experts: what they were asked, without a word of the applicant."""

    name = "reviews"
    sort = "offered_at"
    reads = (
        "number",
        "part",
        "state",
        "offered_at",
        "handed_in_at",
        "application__number",
        "application__title",
        "application__need__title_ru",
        "application__need__title_en",
        "expert__name_ru",
        "expert__name_en",
        "expert__email",
    )
    steady = True
    columns: ClassVar[Sequence[Column]] = (
        Column(name="number", label=_("No."), cell=blind_number),
        Column(
            name="need",
            label=_("Need"),
            main=True,
            value=lambda assignment: assignment.application.need.title,
        ),
        Column(
            name="part",
            label=_("What about"),
            value=lambda assignment: label(Assignment, "part", assignment.part),
        ),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
        Column(name="offered_at", label=_("Asked"), kind="moment", sort="-offered_at"),
        Column(name="handed_in_at", label=_("Handed in"), kind="moment"),
    )
    filters: ClassVar[Sequence[Filter]] = [
        Filter(name="state", label=_("State"), choices=State.choices)
    ]
    empty_title = _("No assignments")
    empty_text = _("We will write when a review is asked of you.")

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()


class StaffListing(AssignmentListing):
    """For the staff: who was asked about what."""

    @property
    def bulk(self) -> tuple[Bulk, ...]:
        """What those who lead the reviews may do for several at once."""
        if not programmes(self.user, Role.COORDINATOR, Role.SCREENER):
            return ()
        return (Bulk(label=_("Remind"), href=address("reviews:bulk", "remind")),)

    columns = (
        Column(
            name="application",
            label=_("No."),
            value=lambda a: a.application.code,
            cell=lambda a: numbers.written("application", a.application.number),
        ),
        Column(
            name="title",
            label=_("Application"),
            main=True,
            value=lambda assignment: str(assignment.application),
        ),
        Column(
            name="expert",
            label=_("Expert"),
            value=lambda assignment: str(assignment.expert),
            cell=lambda assignment: parts.clip(assignment.expert),
        ),
        *AssignmentListing.columns[2:],
    )
    filters = (
        *AssignmentListing.filters,
        Filter(
            name="programme",
            label=_("Programme"),
            field="application__programme__code",
            choices=programmes_seen,
        ),
    )
