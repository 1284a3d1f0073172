"""What a company fills in about a solution."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.participants.models import MEMBER_STATES, Organisation, Programme
from pochin.solutions.models import Solution
from pochin.ui.choices import offer
from pochin.ui.together import Together
from pochin.ui.widgets import area

LEVELS = [
    (1, _("1 — the principle is observed")),
    (2, _("2 — the concept is worked out")),
    (3, _("3 — the concept is proven in experiments")),
    (4, _("4 — it works in a laboratory")),
    (5, _("5 — it works in conditions like the real ones")),
    (6, _("6 — a prototype is shown in conditions like the real ones")),
    (7, _("7 — a prototype is shown in real operation")),
    (8, _("8 — the product is complete and tested")),
    (9, _("9 — the product is in real use")),
]
LONG = ["about", "change", "users", "data", "needs", "rights"]


class SolutionForm(Together):
    """A solution in its maker's words; Russian is asked for, English may come later."""

    trl = forms.TypedChoiceField(
        label=_("Technology readiness level, claimed"),
        choices=lambda: [("", "—"), *LEVELS],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("By your own estimate; the centre may ask for evidence."),
    )
    site_url = forms.URLField(label=_("Web page"), assume_scheme="https", required=False)

    class Meta:
        model = Solution
        fields = [
            "programme", "name_ru", "name_en", "line_ru", "line_en", "category", "about_ru",
            "about_en", "change_ru", "change_en", "users_ru", "users_en", "trl", "price_model",
            "price_ru", "price_en", "personal_data", "data_ru", "data_en", "needs_ru", "needs_en",
            "rights_ru", "rights_en", "certificates", "country", "site_url",
        ]  # fmt: skip
        widgets = {f"{name}_{lang}": area(4) for name in LONG for lang in ("ru", "en")}
        help_texts = {
            "programme": _("Its coordinators put the solution in the catalogue."),
            "line_ru": _("What it does and for whom, without adjectives."),
            "change_ru": _("What becomes faster, cheaper or safer, and by how much if you know."),
            "users_ru": _("Who, since when, with which result; a contact if they agree."),
            "data_ru": _("What comes in, what is stored, where, for how long."),
            "country": _("Two letters, for example RU."),
        }

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        joined = Programme.objects.filter(
            memberships__organisation=organisation, memberships__state__in=MEMBER_STATES
        )
        offer(self, "programme", joined.distinct().order_by("code"))
        if self.instance.pk:
            del self.fields["programme"]

    def clean_country(self) -> str:
        country = self.cleaned_data["country"].upper()
        if not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise forms.ValidationError(_t("Write the country as two letters, for example RU."))
        return country
