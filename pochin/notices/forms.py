"""How a person wants to be told."""

from __future__ import annotations

from typing import Any

from django import forms

from pochin.notices.models import Group, Way


class WaysForm(forms.Form):
    """One question for each group of notices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in Group:
            self.fields[group.value] = forms.ChoiceField(
                label=group.label, choices=Way.choices, widget=forms.RadioSelect
            )
