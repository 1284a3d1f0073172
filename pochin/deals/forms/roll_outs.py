"""What people fill in about a roll-out: its waves, the sites that joined, what it has brought."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import Refused
from pochin.deals import receiving
from pochin.deals.fields import MoneyField
from pochin.deals.models import FollowUp, Wave
from pochin.sites.models import Site
from pochin.ui.choices import offer
from pochin.ui.moves import MoveForm
from pochin.ui.widgets import area


class WaveForm(MoveForm):
    planned_on = forms.DateField(label=_("Planned for"))
    places = forms.CharField(
        label=_("Numbers of the sites"),
        widget=area(4),
        max_length=20000,
        help_text=_("Postcodes or numbers of the register, divided by commas, spaces or lines."),
    )

    def clean_places(self) -> list[Site]:
        return sites_named(self.cleaned_data["places"], self.user)

    def given(self) -> dict[str, Any]:
        return {
            "planned_on": self.cleaned_data["planned_on"], "sites": self.cleaned_data["places"],
        }  # fmt: skip


def sites_named(text: str, user: Any) -> list[Site]:
    """The sites of these numbers; a number that leads nowhere is named."""
    numbers = list(dict.fromkeys(re.findall(r"\d+", text)))
    if not numbers:
        raise forms.ValidationError(_t("Name at least one site."))
    sites = Site.objects.visible_to(user).filter(number__in=[int(n[:12]) for n in numbers])
    found = {str(site.number): site for site in sites}
    unknown = [n for n in numbers if n.lstrip("0") not in found]
    if unknown:
        raise forms.ValidationError(
            _t("There is no site with this number: %(n)s.") % {"n": unknown[0]}
        )
    return list(found.values())


class AdoptionForm(MoveForm):
    wave = forms.ModelChoiceField(Wave.objects.none(), label=_("Wave"))
    adopted_on = forms.DateField(label=_("They work with it since"))
    places = forms.CharField(
        label=_("Numbers of the sites"),
        widget=area(4),
        max_length=20000,
        required=False,
        help_text=_("Leave it empty for all sites of the wave."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "wave", self.thing.waves.order_by("number"))

    def given(self) -> dict[str, Any]:
        wave, text = self.cleaned_data["wave"], self.cleaned_data["places"]
        named = [int(n[:12]) for n in re.findall(r"\d+", text)]
        numbers = named or list(wave.sites.values_list("number", flat=True))
        return {"wave": wave, "adopted_on": self.cleaned_data["adopted_on"], "numbers": numbers}


class ReadingsForm(MoveForm):
    """Readings of the pilot's metric from after it; a table as it was sent in the pilot."""

    table = forms.FileField(
        label=_("Table of readings"),
        help_text=_(
            "As in the pilot: unit, at, metric, value; CSV, XLSX, Parquet or lines of JSON, up to "
            "200 MB, gz too. Send the days before a site begins as well: it is compared with them. "
            "Over 5 MB the rows are checked after the file was sent; the roll-out says what became "
            "of them."
        ),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                given["kept"], given["taken"] = receiving.readings(
                    self.thing, given.pop("table"), at=timezone.now()
                )
            except Refused as refusal:
                self.add_error("table", str(refusal))
        return given


class WithdrawReadingsForm(MoveForm):
    follow_up = forms.ModelChoiceField(FollowUp.objects.none(), label=_("Which readings"))
    reason = forms.CharField(label=_("Why"), max_length=4000, widget=area(3))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = self.thing.follow_ups.standing().select_related("file")
        offer(self, "follow_up", standing.order_by("number"))


class BenefitForm(MoveForm):
    first_day = forms.DateField(label=_("From"))
    last_day = forms.DateField(label=_("Until"))
    sites = forms.IntegerField(label=_("Sites measured"), min_value=1)
    effect = MoneyField(
        label=_("Effect against the time before"),
        places=4,
        least=None,
        help_text=_(
            "In the unit of the pilot's metric, or its share where the plan promised one; a fall "
            "is written with a minus."
        ),
    )
    source = forms.CharField(label=_("Where the number comes from"), max_length=300)
