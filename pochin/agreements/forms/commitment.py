"""What people fill in about commitments: what is promised, what shows it, what should change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.forms.agreement import SignForm
from pochin.agreements.lifecycle.amendments import waiting_parties
from pochin.agreements.models import Commitment, Completion
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.participants.models import Person
from pochin.ui.choices import offer
from pochin.ui.figures import FigureField
from pochin.ui.moves import MoveForm
from pochin.ui.order import in_order
from pochin.ui.together import Together
from pochin.ui.widgets import area


class CommitmentForm(Together):
    """Who owes what to whom, measured how, until when."""

    class Meta:
        model = Commitment
        fields = [
            "owes", "to", "kind", "text_ru", "text_en", "clause", "counter", "measure_ru",
            "measure_en", "target", "unit_ru", "unit_en", "starts_on", "due_on",
        ]  # fmt: skip
        widgets = {"text_ru": area(3), "text_en": area(3)}
        field_classes = {"target": FigureField}
        help_texts = {
            "counter": _("Leave it empty where people report the value themselves."),
            "target": _("Enter a number, for example 20."),
        }

    def __init__(self, *args: Any, agreement: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreement = agreement
        parties = agreement.parties.order_by("name_ru")
        for name in ("owes", "to"):
            offer(self, name, parties)
        offer(self, "clause", agreement.clauses.order_by("place"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("owes") and given.get("owes") == given.get("to"):
            self.add_error("to", _t("Who owes it and to whom are the same. Choose two parties."))
        in_order(self, "starts_on", "due_on", _t("It is due before it begins. Check both days."))
        if given.get("kind") == "number" and given.get("target") is None:
            self.add_error("target", _t("A number to reach needs its target."))
        if given.get("counter") and given.get("target") is None and "target" not in self.errors:
            self.add_error("target", _t("What is counted needs a target."))
        return given


class AmendForm(forms.Form):
    """What should become of a commitment; what stays the same is not part of the amendment."""

    text_ru = forms.CharField(
        label=_("What is promised, in Russian"), widget=area(3), max_length=1000
    )
    text_en = forms.CharField(
        label=_("What is promised, in English"), widget=area(3), max_length=1000, required=False
    )
    target = FigureField(label=_("Target"), required=False, max_digits=14, decimal_places=2)
    due_on = forms.DateField(label=_("Due"))
    reason = forms.CharField(
        label=_("Why"),
        widget=area(3),
        max_length=4000,
        help_text=_("The other side will read these words."),
    )

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        self.commitment = commitment
        names = ("text_ru", "text_en", "target", "due_on")
        kwargs["initial"] = {name: getattr(commitment, name) for name in names}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not self.changes():
            self.add_error(None, _t("Nothing was changed. Change a field, then propose it."))
        return given

    def changes(self) -> dict[str, str]:
        """The fields that differ, written so that they can be signed."""
        found = {}
        for name in ("text_ru", "text_en", "target", "due_on"):
            new, old = self.cleaned_data.get(name), getattr(self.commitment, name)
            if new != old:
                found[name] = "" if new is None else str(new)
        return found


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it should no longer be owed"),
        widget=area(4),
        max_length=4000,
        help_text=_("The other side will read these words."),
    )


class EvidenceForm(MoveForm):
    """A file, a link or words: at least what it shows."""

    words = forms.CharField(label=_("What it shows"), widget=area(3), max_length=2000)
    link = forms.URLField(label=_("Link"), required=False, max_length=500, assume_scheme="https")
    document = forms.FileField(
        label=_("File"), required=False, help_text=_("Document or picture, up to 50 MB.")
    )

    def given(self) -> dict[str, Any]:
        upload, file = self.cleaned_data["document"], None
        if upload is not None:
            accept = kinds.DOCUMENTS | kinds.PICTURES
            file = receive(upload, by=self.user, at=timezone.now(), accept=accept)
        return {
            "words": self.cleaned_data["words"],
            "link": self.cleaned_data["link"],
            "file": file,
        }


class ReportForm(MoveForm):
    """How far it came, in five steps."""

    completion = forms.ChoiceField(
        label=_("How far it has come"), choices=Completion.choices, widget=forms.RadioSelect
    )
    value = FigureField(label=_("Value reached"), required=False, min_value=0, max_digits=14,
                               decimal_places=2)  # fmt: skip
    words = forms.CharField(
        label=_("What was done, what is missing"),
        widget=area(4),
        max_length=4000,
        help_text=_("The other side will read these words."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.thing.counter or self.thing.target is None:
            del self.fields["value"]


class PersonForm(MoveForm):
    """Somebody with a seat in the organisation, or with a role where it is the centre."""

    email = forms.EmailField(label=_("E-mail of the person"))
    side = "owes"

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        seats = getattr(self.thing, self.side).seats.held().filter(person__email=email)
        seat = seats.select_related("person").first()
        self.person: Person | None = seat.person if seat else self._of_centre(email)
        if self.person is None:
            raise forms.ValidationError(_t("This person does not speak for the organisation."))
        return email

    def _of_centre(self, email: str) -> Person | None:
        programme = self.thing.programme
        if getattr(self.thing, f"{self.side}_id") != programme.centre_id:
            return None
        held = programme.roles.held().filter(person__email=email).select_related("person").first()
        return held.person if held else None

    def given(self) -> dict[str, Any]:
        return {"person": self.person}


class ContactForm(PersonForm):
    side = "to"


class SignAmendmentForm(SignForm):
    has_read = forms.BooleanField(label=_("I have read the amendment and sign it."))

    def waiting(self) -> Any:
        return waiting_parties(self.thing)
