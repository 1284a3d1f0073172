"""What people fill in about a need."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.needs.models import Need
from pochin.participants.models import Organisation, Person
from pochin.participants.policy import Role
from pochin.ui.choices import offer
from pochin.ui.figures import FigureField
from pochin.ui.in_parts import InParts
from pochin.ui.moves import MoveForm
from pochin.ui.together import Together
from pochin.ui.widgets import area


class NeedForm(InParts, Together):
    """A need in its owner's words; Russian is asked for, English may come later."""

    class Meta:
        model = Need
        fields = [
            "title_ru", "title_en", "problem_ru", "problem_en", "place_ru", "place_en",
            "metric_ru", "metric_en", "metric_unit_ru", "metric_unit_en", "direction",
            "metric_now", "metric_how", "metric_target", "value_per_year",
            "offered_ru", "offered_en", "limits_ru", "limits_en", "sites_wanted",
            "budget", "budget_source", "outcome", "unit", "owner",
        ]  # fmt: skip
        widgets = {
            "problem_ru": area(6),
            "problem_en": area(6),
            "metric_how": area(3),
            "offered_ru": area(),
            "offered_en": area(),
            "limits_ru": area(),
            "limits_en": area(),
        }
        field_classes = dict.fromkeys(
            ("metric_now", "metric_target", "value_per_year", "budget"), FigureField
        )
        help_texts = {
            "title_ru": _("One line that names the trouble, not the remedy."),
            "metric_ru": _("One number by which you will know that it got better."),
            "metric_unit_ru": _("For example: percentage points, minutes, roubles a parcel."),
            "metric_how": _("From which system, how often, over which offices."),
            "limits_ru": _("What a solution may not do: systems, data, safety."),
        }

    # The parts of the form: name in the address, caption, questions, the same in English.
    PARTS = (
        ("trouble", _("What hurts"), ("title_ru", "problem_ru", "place_ru"),
         ("title_en", "problem_en", "place_en")),
        ("metric", _("How you will know that it got better"),
         ("metric_ru", "metric_unit_ru", "direction", "metric_now", "metric_how",
          "metric_target", "value_per_year"), ("metric_en", "metric_unit_en")),
        ("given", _("What is given and what is not allowed"),
         ("offered_ru", "limits_ru", "sites_wanted"), ("offered_en", "limits_en")),
        ("money", _("Money and outcome"), ("budget", "budget_source", "outcome"), ()),
        ("people", _("Who answers for it"), ("unit", "owner"), ()),
    )  # fmt: skip

    def __init__(self, *args: Any, programme: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = Person.objects.filter(
            roles__programme=programme, roles__code=Role.NEED_OWNER, roles__until__isnull=True
        )
        units = Organisation.objects.filter(kinds__code__in=["site_owner", "anchor", "authority"])
        offer(self, "owner", owners.order_by("name_ru"))
        centre = Organisation.objects.filter(pk=programme.centre_id)
        self.fields["unit"].label = _("Whose need it is")
        offer(self, "unit", (units | centre).distinct().order_by("name_ru"))


class WindowForm(MoveForm):
    """The days of the intake."""

    opens_at = forms.DateTimeField(
        label=_("Applications from, Moscow time"), help_text=_("For example 01.12.2026 10:00.")
    )
    closes_at = forms.DateTimeField(
        label=_("Applications until, Moscow time"), help_text=_("For example 15.12.2026 18:00.")
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"opens_at", "closes_at"} <= set(given) and given["closes_at"] <= given["opens_at"]:
            self.add_error("closes_at", _t("The intake must close after it opens."))
        return given


class ExtendForm(MoveForm):
    """A later deadline, and why."""

    closes_at = forms.DateTimeField(label=_("New deadline, Moscow time"))
    reason = forms.CharField(label=_("Why"), widget=area(3), max_length=2000)


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=_("Your question"),
        widget=area(4),
        max_length=2000,
        help_text=_("Everybody will see the question and its answer, nobody will see who asked."),
    )


class AnswerForm(MoveForm):
    answer = forms.CharField(
        label=_("Answer"),
        widget=area(5),
        max_length=4000,
        help_text=_(
            "Everybody will see it. In two languages: one after the other with “ // ” between;"
            " each reader sees one of them."
        ),
    )
