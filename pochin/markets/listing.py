"""How codes of goods are listed, and the readings of files."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.markets import registers
from pochin.markets.models import Heading, Run
from pochin.search.finding import seek
from pochin.ui import parts
from pochin.ui.lists import Column, Days, Filter, Listing, Ranked, View

REGISTERS = {one.name: one.words for one in (*registers.GOODS, *registers.TRADE, *registers.RATES)}


class HeadingListing(Listing):
    name = "goods"
    sort = "code"
    search_label = _("Code or words")
    columns = (
        Column(name="code", label=_("Code"), sort="code", css="num",
               cell=lambda heading: heading.written),
        Column(name="name", label=_("Goods"), main=True, cell=lambda heading: parts.said(
            heading.name, lang=heading.language)),
        Column(name="unit", label=_("Unit"), cell=lambda heading: heading.unit_words),
        Column(name="duty", label=_("Import duty"), css="r",
               cell=lambda heading: heading.duty_words),
    )  # fmt: skip
    filters = (
        Filter(name="digits", label=_("Digits"), choices=[
            ("2", _("2: chapter")), ("4", _("4: heading")), ("6", _("6: HS subheading")),
            ("10", _("10: code of the Eurasian union"))]),
    )  # fmt: skip
    views = (
        View(label=_("All")),
        View(label=_("Chapters"), query="digits=2"),
        View(label=_("For papers"), query="digits=10"),
    )
    empty_title = _("No code is found")
    empty_text = _("Try other words, or the first digits of the code.")

    def search(self, things: QuerySet, words: str) -> QuerySet | Ranked:
        digits = words.replace(" ", "")
        if digits.isdecimal():
            return things.filter(code__startswith=digits)
        return seek(things, words)

    def href(self, thing: Heading) -> str:
        return thing.get_absolute_url()


class RunListing(Listing):
    name = "trade-sources"
    sort = "-at"
    columns = (
        Column(name="kind", label=_("Register"), main=True, value=lambda run: str(
            REGISTERS.get(run.kind, run.kind))),
        Column(name="origin", label=_("Source")),
        Column(name="file", label=_("File")),
        Column(name="at", label=_("When"), sort="at"),
        Column(name="created", label=_("new"), kind="number"),
        Column(name="updated", label=_("updated"), kind="number"),
        Column(name="unchanged", label=_("unchanged"), kind="number"),
        Column(name="broken", label=_("broken rows"), kind="number"),
    )  # fmt: skip
    filters = (
        Filter(name="kind", label=_("Register"), choices=sorted(REGISTERS.items())),
        Days(name="at", label=_("When"), field="at__date"),
    )
    empty_title = _("Nothing has been brought in yet")
    empty_text = _("The administrator brings the registers in from files.")

    def href(self, thing: Run) -> str:
        return f"{reverse('markets:sources')}#{thing.number}"


def run_words(run: Any) -> str:
    """A reading as pages name it under their numbers."""
    return f"{REGISTERS.get(run.kind, run.kind)}: {run}"
