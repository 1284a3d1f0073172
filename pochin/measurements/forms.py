"""What people fill in when they send readings."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

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
