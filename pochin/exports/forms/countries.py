"""A country as people write it: by its name in either language, or by its two letters."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from pochin.exports import s10
from pochin.markets.models import country_name, folded


@cache
def _by_words() -> dict[str, str]:
    """The two letters of each country by themselves and by its names in both languages."""
    found = {folded(code): code for code in s10.COUNTRIES}
    for language in ("ru", "en"):
        with override(language):
            found |= {folded(country_name(code)): code for code in sorted(s10.COUNTRIES)}
    return found


class CountryField(forms.CharField):
    """Takes a name or two letters, answers the two letters, shows the name."""

    def __init__(self, **kwargs: Any) -> None:
        usual = {
            "label": _("Country"), "max_length": 80,
            "help_text": _("By its name or by two letters, for example Kazakhstan or KZ."),
        }  # fmt: skip
        super().__init__(**{**usual, **kwargs})

    def clean(self, value: Any) -> str:
        word = super().clean(value).strip()
        if not word:
            return ""
        code = _by_words().get(folded(word))
        if code is None:
            raise forms.ValidationError(
                _t("There is no country “%(word)s”; write its full name or its two letters.")
                % {"word": word}
            )
        return code

    def prepare_value(self, value: Any) -> Any:
        return country_name(value) if value in s10.COUNTRIES else value
