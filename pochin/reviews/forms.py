"""What the centre asks of experts, what experts fill in, what the committee writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.participants.models import Ground, Person, in_reader_language
from pochin.participants.policy import Role
from pochin.reviews.models import Part, Recommendation
from pochin.ui.choices import offer, offer_words
from pochin.ui.moves import MoveForm
from pochin.ui.widgets import area

SCORES = [
    (1, _("1 — no")),
    (2, _("2 — rather no")),
    (3, _("3 — partly")),
    (4, _("4 — rather yes")),
    (5, _("5 — yes")),
]
CONFIDENCE = [(1, _("1 — low")), (2, "2"), (3, _("3 — middle")), (4, "4"), (5, _("5 — high"))]


class OfferForm(forms.Form):
    """Whom to ask, and about what."""

    expert = forms.ModelChoiceField(Person.objects.none(), label=_("Expert"))
    part = forms.ChoiceField(label=_("What about"), choices=Part.choices)

    def __init__(self, *args: Any, application: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        experts = Person.objects.filter(
            Q(roles__programme=application.programme_id, roles__code=Role.EXPERT),
            roles__until__isnull=True,
        )
        asked = application.assignments.values("expert")
        offer(self, "expert", experts.exclude(pk__in=asked).order_by("name_ru"))


class GateForm(forms.Form):
    """The question before anything opens: with which of these organisations is there a tie?

    The applicant stands among members picked by lot, so that the list does not give it away.
    """

    tied = forms.MultipleChoiceField(
        label=_("With which of these organisations have you had a tie in the last three years?"),
        help_text=_(
            "Work, shares, contracts, relatives, joint papers. One of them may be the applicant."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ground = forms.ChoiceField(
        label=_("What tie?"), choices=[("", "—"), *Ground.choices], required=False
    )
    words = forms.CharField(
        label=_("In a few words"), required=False, widget=area(2), max_length=1000
    )
    none = forms.BooleanField(label=_("I have a tie with none of them."), required=False)

    def __init__(self, *args: Any, lineup: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_words(self, "tied", [(str(one.pk), str(one)) for one in lineup])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("tied")) == bool(given.get("none")):
            raise forms.ValidationError(
                _t("Mark the organisations you are tied to, or say that there are none.")
            )
        if given.get("tied") and not given.get("ground"):
            self.add_error("ground", _t("Say what tie it is."))
        return given


class ReviewForm(forms.Form):
    """A score and a reason for every criterion, then the whole."""

    confidence = forms.TypedChoiceField(
        label=_("How sure are you?"), choices=CONFIDENCE, coerce=int, widget=forms.RadioSelect
    )
    probability = forms.IntegerField(
        label=_("Chance that a pilot meets the need's threshold, %"),
        min_value=0,
        max_value=100,
        help_text=_("Your honest guess; later it is compared with what happened."),
    )
    recommendation = forms.ChoiceField(
        label=_("Your advice"), choices=Recommendation.choices, widget=forms.RadioSelect
    )
    question = forms.CharField(
        label=_("Question to the company"), required=False, widget=area(2), max_length=2000
    )
    closed_note = forms.CharField(
        label=_("For the committee alone"),
        required=False,
        widget=area(3),
        max_length=4000,
        help_text=_("The company never sees it."),
    )

    def __init__(self, *args: Any, criteria: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = list(self.fields)
        self.criteria = criteria
        for criterion in criteria:
            name = in_reader_language(criterion["ru"], criterion["en"])
            code = criterion["code"]
            self.fields[f"score_{code}"] = forms.TypedChoiceField(
                label=name, choices=SCORES, coerce=int, widget=forms.RadioSelect
            )
            self.fields[f"reason_{code}"] = forms.CharField(
                label=_t("Why: %(criterion)s") % {"criterion": name},
                widget=area(3),
                max_length=4000,
                help_text=_("The company reads it after the decision, without your name."),
            )
        self.order_fields([name for name in self.fields if name not in own] + own)

    def said(self) -> dict[str, Any]:
        """The arguments of the move: the scores by criterion and the rest."""
        given = self.cleaned_data
        scores = {
            c["code"]: {
                "score": given[f"score_{c['code']}"],
                "reason": given[f"reason_{c['code']}"],
            }
            for c in self.criteria
        }
        rest = {name: given[name] for name in ReviewForm.base_fields}
        return {"scores": scores, **rest}


class ReviseForm(ReviewForm):
    """A changed review, and why."""

    why_changed = forms.CharField(label=_("Why do you change it?"), widget=area(3), max_length=2000)

    def said(self) -> dict[str, Any]:
        return {**super().said(), "why_changed": self.cleaned_data["why_changed"]}


class DecideForm(forms.Form):
    """The decision on an application, with words for the company on every criterion."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[("accept", _("Accept: go on to a pilot")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=area(5),
        max_length=4000,
        help_text=_("The company reads these words."),
    )

    def __init__(self, *args: Any, feedback: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [row["criterion"] for row in feedback]
        for row in feedback:
            self.fields[f"words_{row['criterion']}"] = forms.CharField(
                label=in_reader_language(row["ru"], row["en"]),
                initial=row["reason"],
                widget=area(4),
                max_length=4000,
                required=False,
                help_text=_(
                    "What the company will read on this criterion; edit the experts' words."
                ),
            )

    def decision(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "is_accepted": given["outcome"] == "accept",
            "reason": given["reason"],
            "feedback": {code: given[f"words_{code}"] for code in self.codes},
        }


class DeclareForm(MoveForm):
    ground = forms.ChoiceField(label=_("What tie?"), choices=Ground.choices)
    reason = forms.CharField(label=_("In a few words"), widget=area(3), max_length=1000)
