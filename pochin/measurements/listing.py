"""How batches and rows set aside are listed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.measurements import words
from pochin.measurements.models import Batch, QuarantineRow, State
from pochin.ui import parts
from pochin.ui.lists import Column, Filter, Flag, Listing
from pochin.ui.tones import labelled, state_badge


def named(batch: Batch) -> Any:
    """The file's name with what must be known about it."""
    note = _t("declared by the vendor") if batch.declared_by_vendor else batch.origin
    return parts.under(batch.file.name, note)


class BatchListing(Listing):
    name = "batches"
    # The column itself turns upside down: the newest first.
    sort = "number"
    columns = (
        Column(name="number", label=_("No."), kind="number", sort="-number"),
        Column(
            name="file", label=_("File"), main=True, value=lambda batch: batch.file.name, cell=named
        ),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
        Column(name="received", label=_("Rows received"), kind="number"),
        Column(name="accepted", label=_("Rows taken in"), kind="number"),
        Column(name="quarantined", label=_("Rows set aside"), kind="number"),
        Column(name="duplicates", label=_("Rows known already"), kind="number"),
        Column(name="sent_by", label=_("Sent by"), value=lambda batch: str(batch.sent_by)),
        Column(name="sent_at", label=_("Sent"), kind="moment", sort="-sent_at"),
    )
    filters = (
        Filter(name="state", label=_("State"), choices=State.choices),
        Flag(
            name="vendor",
            label=_("Declared by the vendor"),
            apply=lambda batches, _picked: batches.filter(declared_by_vendor=True),
        ),
    )
    empty_title = _("No readings have been sent yet")
    empty_text = _("Send a table with the columns unit, at, metric and value.")

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()


class RowListing(Listing):
    name = "set-aside"
    sort = "line"
    columns = (
        Column(name="line", label=_("Line"), kind="number", sort="line", main=True),
        Column(name="column", label=_("Column")),
        Column(name="value", label=_("Value")),
        Column(
            name="reason",
            label=_("Reason"),
            value=lambda row: words.of_row(row.reason, row.params),
        ),
    )
    filters = (
        Filter(
            name="reason",
            label=_("Reason"),
            choices=lambda _user: list(words.titles().items()),
        ),
    )
    empty_title = _("No row was set aside")


def rows_of(batch: Batch, user: Any) -> Any:
    """The rows of a batch that were set aside, as far as the reader may see what they say."""
    return QuarantineRow.objects.visible_to(user).filter(batch=batch)
