"""What people fill in when they send readings."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.measurements.slices import Wanted
from pochin.pilots import wording
from pochin.pilots.models import Plan
from pochin.ui import formats
from pochin.ui.moves import MoveForm

LARGEST = 10_000_000_000


class SendForm(forms.Form):
    """A file, and where it comes from."""

    file = forms.FileField(
        label=_("File of readings"),
        help_text=_(
            "CSV, XLSX, Parquet or lines of JSON, up to 10 GB, with the columns unit, at, metric "
            "and value. You will see the first rows before anything is taken in."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.parquet,.jsonl,.ndjson"}),
    )
    origin = forms.CharField(
        label=_("From which system"), max_length=120, required=False,
        help_text=_("For example: the queue terminals, the sorting line."),
    )  # fmt: skip


class DialectForm(MoveForm):
    """How a table of text is written, where we guessed wrong."""

    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[
            ("", _("as found")),
            ("utf-8", "UTF-8"),
            ("windows-1251", "Windows-1251"),
            ("utf-16", "UTF-16"),
        ],
    )
    separator = forms.ChoiceField(
        label=_("Columns are divided by"),
        required=False,
        choices=[
            ("", _("as found")),
            (";", _("semicolon")),
            (",", _("comma")),
            ("\t", _("tab")),
            ("|", _("bar")),
        ],
    )
    decimal = forms.ChoiceField(
        label=_("Decimal sign"),
        required=False,
        choices=[("", _("as found")), (",", _("comma")), (".", _("point"))],
    )


class SliceForm(forms.Form):
    """Which rows are looked at; what is left empty does not narrow."""

    unit = forms.CharField(label=_("Unit"), max_length=200, required=False,
                           widget=forms.TextInput(attrs={"list": "units"}))  # fmt: skip
    metric = forms.ChoiceField(label=_("Metric"), required=False)
    first = forms.DateField(label=_("From the day"), required=False)
    last = forms.DateField(label=_("To the day"), required=False)
    batch = forms.IntegerField(label=_("Number of the file"), min_value=1, required=False)
    state = forms.ChoiceField(label=_("State of the readings"), required=False)

    def __init__(self, *args: Any, plan: Plan, states: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        protocol = plan.protocol
        self.units = {str(unit["unit"]) for unit in protocol.units}
        metric = cast(forms.ChoiceField, self.fields["metric"])
        told = wording.of(plan.pilot).plan(protocol).metrics
        metric.choices = [("", _("all")), *((one.code, one.name or one.code) for one in told)]
        self.states = {str(one.pk): one for one in states}
        state = cast(forms.ChoiceField, self.fields["state"])
        state.choices = [("", _("as they are now"))] + [
            (key, _t("%(when)s, version %(n)d")
             % {"when": formats.moment(one.at), "n": one.version})
            for key, one in self.states.items()
        ]  # fmt: skip
        if not states:
            del self.fields["state"]

    def clean_unit(self) -> str:
        unit = str(self.cleaned_data["unit"]).strip()
        if unit and self.units and unit not in self.units:
            raise forms.ValidationError(_t("The plan does not know this unit; check its number."))
        return unit

    def wanted(self) -> tuple[Wanted, Any]:
        """What is asked for, and of which state of the readings; None is now."""
        said = self.cleaned_data
        wanted = Wanted(said["unit"] or None, said["metric"] or None, said["first"], said["last"],
                        said["batch"])  # fmt: skip
        return wanted, self.states.get(said.get("state") or "")
