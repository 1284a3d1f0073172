"""The sections of an application: what is asked in each, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.applications.models import Application
from pochin.ui import formats
from pochin.ui.figures import FigureField

YES_NO = [("no", _("No")), ("yes", _("Yes"))]


def text(label: Any, *, rows: int = 6, most: int = 6000, **kwargs: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, widget=area, **kwargs)


class SolutionSection(forms.Form):
    """1. About the solution."""

    summary = text(
        _("What do you offer?"),
        rows=3,
        most=600,
        help_text=_("Two or three sentences a busy person understands."),
    )
    works = text(
        _("How does it work?"),
        help_text=_("What changes in the office, on the line, on the route."),
    )
    differs = text(_("How is it better than what is used today?"), rows=4, most=3000)
    level = forms.TypedChoiceField(
        label=_("Technology readiness level"),
        coerce=int,
        choices=[("", _("not chosen yet")), *((n, str(n)) for n in range(1, 10))],
        help_text=_("1: an idea; 6: shown in a relevant environment; 9: used in operation."),
    )


class EvidenceSection(forms.Form):
    """2. What confirms it."""

    used_by = text(
        _("Who already uses it?"),
        rows=4,
        most=3000,
        help_text=_("Name the customers you may name, since when and at what scale."),
    )
    measured = text(
        _("What effect was measured, where and how?"),
        rows=4,
        most=3000,
        help_text=_("A number, its source, and what it was compared with."),
    )


class DataSection(forms.Form):
    """3. Data and safety."""

    personal = forms.ChoiceField(
        label=_("Does the solution process personal data?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
    )
    # The framework takes fields off the class, so its own `data` is still there.
    data = text(  # type: ignore[assignment]
        _("Which data does it need, where are they kept?"), rows=4, most=3000
    )
    safety = text(
        _("What can go wrong for people, parcels or systems?"),
        rows=4,
        most=3000,
        help_text=_("And how it is noticed and stopped."),
    )


class PilotSection(forms.Form):
    """4. How to test it: a draft of the pilot."""

    sites = forms.IntegerField(label=_("How many sites?"), min_value=1, max_value=1000)
    weeks = forms.IntegerField(label=_("How many weeks?"), min_value=1, max_value=104)
    effect_low = FigureField(
        label=_("Promised effect: at least"),
        max_digits=12,
        decimal_places=4,
        help_text=_("In the unit of the need's metric, as a number; for example 2.0."),
    )
    effect_high = FigureField(label=_("Promised effect: at most"), max_digits=12, decimal_places=4)
    idea = text(_("How would you compare sites with and without the solution?"), rows=4, most=3000)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        low, high = given.get("effect_low"), given.get("effect_high")
        if low is not None and high is not None and high < low:
            self.add_error("effect_high", _t("The greatest effect must not be below the least."))
        return given


class TeamSection(forms.Form):
    """6. The team and its ties."""

    team = text(_("Who will do the work?"), rows=4, most=3000)
    ties = forms.ChoiceField(
        label=_("Is anybody of yours tied to the post or to the centre?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        help_text=_("Work, relatives, shares, contracts in the last three years."),
    )
    ties_words = text(_("If yes: who and how?"), rows=3, most=2000, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("ties") == "yes" and not given.get("ties_words", "").strip():
            self.add_error("ties_words", _t("Name the tie, or answer “No” above."))
        return given


class SumField(FigureField):
    """A sum in roubles."""

    is_money = True


class PriceSection(forms.Form):
    """7. Price and conditions."""

    pilot_price = SumField(
        label=_("Price of the pilot, roubles without VAT"),
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text=_("0 if you carry the cost yourselves."),
    )
    scale_price = text(
        _("Price at scale"),
        rows=3,
        most=2000,
        help_text=_("For a site a month, a licence, a deal."),
    )
    asked = text(_("What do you need from the post?"), rows=3, most=2000)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the application: its name in the address, its caption, its questions."""

    code: str
    title: Any
    form: type[forms.Form] | None

    def told(self, values: dict[str, Any]) -> list[tuple[Any, str]]:
        """Its questions with what was answered; a choice by its words, not by its code."""
        fields = self.form.base_fields if self.form else {}
        return [
            (field.label, _words(field, values.get(name, ""))) for name, field in fields.items()
        ]


def _words(field: Any, value: Any) -> str:
    """An answer as people read it: a choice by its words, a number or a sum in its digits."""
    if isinstance(field, FigureField | forms.IntegerField):
        return _figure(field, str(value))
    choices = {str(code): words for code, words in getattr(field, "choices", ())}
    return str(choices.get(str(value), value))


def _figure(field: Any, typed: str) -> str:
    """What was typed, in the reader's digits; a half-finished answer stays as it is."""
    try:
        value = field.to_python(typed)
    except forms.ValidationError:
        return typed
    if value is None:
        return ""
    return formats.money(value) if getattr(field, "is_money", False) else formats.number(value)


SECTIONS = (
    Section("solution", _("About the solution"), SolutionSection),
    Section("evidence", _("What confirms it"), EvidenceSection),
    Section("data", _("Data and safety"), DataSection),
    Section("pilot", _("How to test it"), PilotSection),
    Section("documents", _("Documents"), None),
    Section("team", _("The team and its ties"), TeamSection),
    Section("price", _("Price and conditions"), PriceSection),
)
BY_CODE = {section.code: section for section in SECTIONS}


def filled(application: Application, section: Section, values: dict[str, Any] | None) -> str:
    """Whether a section is “done”, “begun” or “empty”."""
    if section.form is None:
        return "done" if application.attachments.exists() else "empty"
    if not values or not any(str(value).strip() for value in values.values()):
        return "empty"
    return "done" if section.form(values).is_valid() else "begun"
