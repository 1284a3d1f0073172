"""What a decision owner fills in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.pilots.lifecycle import may_end_in, why_never
from pochin.pilots.models import Outcome, Pilot
from pochin.ui import formats
from pochin.ui.moves import MoveForm, ReasonForm
from pochin.ui.widgets import area


class DecisionForm(forms.Form):
    """The choice, why, and what some choices need besides."""

    outcome = forms.ChoiceField(
        label=_("Decision"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("Why"),
        max_length=6000,
        widget=area(5),
        help_text=_("The company will read these words."),
    )
    conditions = forms.CharField(
        label=_("Conditions, if it is scaled with conditions"),
        max_length=4000, required=False, widget=area(3),
    )  # fmt: skip
    ends_on = forms.DateField(
        label=_("New last day of the run, if it is extended"),
        required=False,
        widget=forms.DateInput(format="%d.%m.%Y"),
        help_text=_("For example 31.03.2027."),
    )
    decide_on = forms.DateField(
        label=_("New decision date, if it is extended"),
        required=False,
        widget=forms.DateInput(format="%d.%m.%Y"),
    )
    to_learn = forms.CharField(
        label=_("What will be learnt, if it is extended or sent to rework"),
        max_length=4000, required=False, widget=area(3),
    )  # fmt: skip

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        """Offers what may ever be decided about the pilot, and asks no more than that needs."""
        super().__init__(*args, **kwargs)
        self.pilot = pilot
        possible = [one for one in Outcome if may_end_in(pilot, one)]
        choice: Any = self.fields["outcome"]
        choice.choices = [(one.value, one.label) for one in possible]
        choice.help_text = " ".join(
            _t("Not “%(decision)s”: %(why)s")
            % {"decision": one.label, "why": why_never(pilot, one)}
            for one in Outcome
            if one not in possible
        )
        if Outcome.EXTEND not in possible:
            del self.fields["ends_on"], self.fields["decide_on"]
            self.fields["to_learn"].label = _("What will be learnt, if it is sent to rework")
        if Outcome.EXTEND not in possible and Outcome.REWORK not in possible:
            del self.fields["to_learn"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        wanted: dict[str, list[str]] = {
            Outcome.SCALE_WITH_CONDITIONS: ["conditions"],
            Outcome.EXTEND: ["ends_on", "decide_on", "to_learn"],
            Outcome.REWORK: ["to_learn"],
        }
        for name in wanted.get(given.get("outcome", ""), []):
            if not given.get(name):
                self.add_error(name, _t("This choice needs an answer here."))
        if given.get("outcome") == Outcome.EXTEND:
            self._check_days(given.get("ends_on"), given.get("decide_on"))
        return given

    def _check_days(self, ends: date | None, decide: date | None) -> None:
        """Say at once what would otherwise be refused at the signature."""
        today = timezone.localdate()
        first = max(today, self.pilot.ends_on or today)
        if ends and ends <= first:
            words = _t("The run is extended to a day after %(day)s.")
            self.add_error("ends_on", words % {"day": formats.day(first)})
        elif ends and decide and decide <= ends:
            self.add_error("decide_on", _t("The decision comes after the last day of the run."))


class VoteForm(MoveForm):
    is_for = forms.TypedChoiceField(
        label=_("Your vote"),
        choices=[("yes", _("for")), ("no", _("against"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Words"), required=False, widget=area(3), max_length=2000)


class NumberForm(forms.Form):
    """The number of a certificate, as it is printed."""

    number = forms.CharField(
        label=_("Number of the certificate"), max_length=20, help_text=_("For example 7K42-9R35.")
    )


class RevokeForm(ReasonForm):
    """Why a certificate is taken back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _(
            "Everybody who checks the number will read these words."
        )


class AskForm(forms.Form):
    """What the centre adds in its own words to a result that everybody will read."""

    words_ru = forms.CharField(
        label=_("In words, in Russian"), max_length=4000, required=False, widget=area(4),
        help_text=_("Two or three sentences for people outside: what was tried, what came out."),
    )  # fmt: skip
    words_en = forms.CharField(
        label=_("In words, in English"), max_length=4000, required=False, widget=area(4)
    )


class WithholdForm(ReasonForm):
    """Why a result is not shown, or no longer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("Those inside the pilot will read these words.")
