"""What is filled in for a move of a pilot."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.pilots import wording
from pochin.pilots.forms.about import (
    AgreementForm,
    AppointForm,
    BudgetForm,
    CheckForm,
    CostForm,
    MilestoneForm,
    ReachForm,
    RiskForm,
    TickForm,
)
from pochin.pilots.lifecycle import FORCE_MAJEURE
from pochin.pilots.models import (
    CancelCode,
    LeftBecause,
    Pilot,
    Severity,
    SiteSlot,
    SlotState,
)
from pochin.ui.choices import offer, offer_words
from pochin.ui.moves import MoveForm, ReasonForm
from pochin.ui.widgets import area


class RemarkForm(MoveForm):
    remark = forms.CharField(label=_("What must change"), max_length=4000, widget=area(5))
    path = forms.CharField(
        label=_("Where in the plan"), max_length=120, required=False,
        help_text=_("For example metrics[0].threshold."),
    )  # fmt: skip


class WordingForm(MoveForm):
    """For each text of the plan what it is called in the other language; any may stay empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = self.thing.locked_plan() or self.thing.plan()
        self.texts = wording.texts(plan.content) if plan is not None else []
        told = {language: wording.of(self.thing, language) for language in ("ru", "en")}
        for number, text in enumerate(self.texts):
            other = "en" if wording.language_of(text) == "ru" else "ru"
            known = told[other].said(text)
            self.fields[f"text_{number}"] = forms.CharField(
                label=f"“{text}”" if other == "ru" else f"«{text}»",
                help_text=_t("In English") if other == "en" else _t("In Russian"),
                max_length=max(400, 3 * len(text)),
                required=False,
                initial="" if known == text else known,
            )

    def given(self) -> dict[str, Any]:
        told = [self.cleaned_data[f"text_{number}"] for number in range(len(self.texts))]
        return {"pairs": [wording.pair(*both) for both in zip(self.texts, told, strict=True)
                          if both[1]]}  # fmt: skip


class DrawForm(MoveForm):
    seed = forms.CharField(label=_("Drawn number"), max_length=200)


# The run and after ----------------------------------------------------------------------------


class EndEarlyForm(MoveForm):
    rule = forms.ChoiceField(label=_("By which rule"))
    reason = forms.CharField(label=_("What happened"), max_length=4000, widget=area(4))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = self.thing.locked_plan()
        named = plan.content.get("stop_reasons", []) if plan is not None else []
        offer_words(self, "rule", [
            *((reason, reason) for reason in named), (FORCE_MAJEURE, _t("force majeure"))
        ])  # fmt: skip


class LeaveForm(MoveForm):
    left_on = forms.DateField(
        label=_("Last day on which the site worked by the plan"),
        help_text=_("Not later than today. For example 24.11.2026."),
    )
    because = forms.ChoiceField(
        label=_("Has it to do with the solution?"),
        choices=LeftBecause.choices,
        widget=forms.RadioSelect,
        help_text=_("Sites that leave because of what is tried tell something of its effect."),
    )
    reason = forms.CharField(
        label=_("Why the site leaves"), max_length=4000, widget=area(4),
        help_text=_("It will stand beside the result."),
    )  # fmt: skip


class GapsForm(MoveForm):
    words = forms.CharField(
        label=_("Why are readings missing?"), max_length=4000, widget=area(4),
        help_text=_("The explanation will stand beside the result."),
    )  # fmt: skip


class CommentForm(MoveForm):
    is_dissent = forms.TypedChoiceField(
        label=_("Do you object to the result?"), coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        choices=[("no", _("No objection")), ("yes", _("I object"))],
    )  # fmt: skip
    words = forms.CharField(
        label=_("Words"), max_length=4000, required=False, widget=area(4),
        help_text=_("An objection needs them; it stays beside the result."),
    )  # fmt: skip


class LessonForm(MoveForm):
    tried = forms.CharField(label=_("What was tried"), max_length=4000, widget=area(4))
    why = forms.CharField(label=_("Why it came out as it did"), max_length=4000, widget=area(4))


class CancelForm(LessonForm):
    code = forms.ChoiceField(label=_("Reason"), choices=CancelCode.choices)
    field_order = ("code", "tried", "why")


class LogForm(forms.Form):
    """A line of the test log."""

    words = forms.CharField(label=_("What happened"), max_length=4000, widget=area(3))
    slot = forms.ModelChoiceField(
        SiteSlot.objects.none(), label=_("Where"), required=False, empty_label=_("everywhere"),
    )  # fmt: skip

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "slot", pilot.slots.exclude(state=SlotState.RELEASED).select_related("site"))


class IncidentForm(LogForm):
    """What went wrong, when and where."""

    severity = forms.ChoiceField(
        label=_("Severity"),
        choices=Severity.choices,
        help_text=_(
            "A serious one is told at once to everybody who works on the pilot; a suspended pilot "
            "does not go on before it is closed."
        ),
    )
    happened_at = forms.DateTimeField(
        label=_("When, Moscow time"), help_text=_("For example 15.12.2026 10:30.")
    )
    field_order = ("severity", "happened_at", "slot", "words")


class CloseIncidentForm(MoveForm):
    action = forms.CharField(label=_("What was done"), max_length=4000, widget=area(4))


# Which form each move of a pilot asks for; moves with pages of their own are not here.
MOVE_FORMS: dict[str, type[MoveForm]] = {
    "appoint": AppointForm,
    "put_into_words": WordingForm,
    "return_plan": RemarkForm,
    "link_agreement": AgreementForm,
    "set_budget": BudgetForm,
    "note_cost": CostForm,
    "add_milestone": MilestoneForm,
    "reach_milestone": ReachForm,
    "add_risk": RiskForm,
    "add_check": CheckForm,
    "tick": TickForm,
    "draw": DrawForm,
    "suspend": ReasonForm,
    "end_early": EndEarlyForm,
    "explain_gaps": GapsForm,
    "comment": CommentForm,
    "cancel": CancelForm,
    "tell_lesson": LessonForm,
    "close_without_result": ReasonForm,
}
