"""What a form offers to choose from, once it knows who fills it in and about what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

GONE = _("This is not among the choices any more: somebody changed it meanwhile. Choose anew.")


def offered(form: forms.BaseForm, name: str) -> QuerySet[Any]:
    """The things a field lets choose among."""
    things = _among_things(form, name).queryset
    return QuerySet().none() if things is None else things


def offer(form: forms.BaseForm, name: str, things: QuerySet[Any]) -> None:
    """Let the field choose among these things; one that is gone meanwhile is said to be."""
    field = _among_things(form, name)
    field.queryset = things
    field.error_messages["invalid_choice"] = GONE


def offer_words(form: forms.BaseForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Let the field choose among these words, each with the value that is kept."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} is not chosen among words")
    field.choices = list(choices)
    field.error_messages["invalid_choice"] = GONE


def _among_things(form: forms.BaseForm, name: str) -> forms.ModelChoiceField:
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} is not chosen among things")
    return field
