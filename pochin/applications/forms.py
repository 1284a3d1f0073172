"""What the applicant and the centre fill in beside the sections of an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.applications.models import RefusalCode
from pochin.participants.models import Organisation, Programme
from pochin.participants.policy import organisations
from pochin.ui.choices import offer
from pochin.ui.moves import MoveForm
from pochin.ui.parts import said


class BeginForm(forms.Form):
    title = forms.CharField(
        label=_("Name of your offer"),
        max_length=200,
        help_text=_("Without the name of your company: experts read it blind."),
    )
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("On behalf of"))

    def __init__(self, *args: Any, writer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Organisation.objects.filter(pk__in=organisations(writer, "edit"))
        offer(self, "organisation", own.order_by("name_ru"))
        self.fields["organisation"].initial = own.first()


class DocumentForm(forms.Form):
    document = forms.FileField(
        label=_("Add a document"),
        help_text=_("PDF, Word, Excel, pictures or an archive, up to 50 MB."),
    )


class SubmitForm(forms.Form):
    """What is agreed to when an application is handed in."""

    rules = forms.BooleanField(label=_("We have read the rules of the programme and keep to them."))
    personal = forms.BooleanField(
        label=_("The people named here agree that their data are processed for this selection.")
    )
    truth = forms.BooleanField(label=_("What is written here is true to our knowledge."))

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rules"].help_text = format_html(
            '<a href="{}#rules">{}</a>', programme.get_absolute_url(), _t("Read the rules")
        )


class AskForm(MoveForm):
    question = forms.CharField(
        label=_("Question to the applicant"),
        help_text=_("While the applicant answers, the clock of the screening stands still."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )


class AnswerForm(MoveForm):
    answer = forms.CharField(
        label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 6}), max_length=6000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asked := self.thing.clarifications.order_by("number").last():
            self.fields["answer"].help_text = said(asked.question)


CHECKLIST = {
    "answers_need": _("The offer answers the need"),
    "complete": _("The required answers and documents are there"),
    "may_take_part": _("The applicant may take part by the rules"),
    "no_duplicate": _("It does not repeat another application"),
}


class ScreenForm(MoveForm):
    """The checklist of the screening."""

    answers_need = forms.BooleanField(label=CHECKLIST["answers_need"], required=False)
    complete = forms.BooleanField(label=CHECKLIST["complete"], required=False)
    may_take_part = forms.BooleanField(label=CHECKLIST["may_take_part"], required=False)
    no_duplicate = forms.BooleanField(label=CHECKLIST["no_duplicate"], required=False)

    def given(self) -> dict[str, Any]:
        return {"eligibility": dict(self.cleaned_data)}


class RefuseForm(MoveForm):
    code = forms.ChoiceField(
        label=_("Ground"),
        choices=[c for c in RefusalCode.choices if c[0] != RefusalCode.NOT_CONVINCING],
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        help_text=_("The applicant reads these words."),
    )
