"""What people fill in about an agreement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement
from pochin.agreements.policy import may_sign
from pochin.participants.forms import area
from pochin.participants.models import Organisation, Person
from pochin.ui import formats
from pochin.ui.moves import MoveForm


class AgreementForm(forms.ModelForm):
    """The words and the term."""

    class Meta:
        model = Agreement
        fields = [
            "kind", "title_ru", "title_en", "text_ru", "text_en", "starts_on", "ends_on",
        ]  # fmt: skip
        widgets = {"text_ru": area(14), "text_en": area(14)}
        help_texts = {
            "text_ru": _("Leave it empty where a document is signed instead."),
            "ends_on": _("Leave it empty for an agreement without an end."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].help_text = formats.date_pattern()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts, ends = given.get("starts_on"), given.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _t("The term must not end before it begins."))
        return given


class DocumentForm(forms.Form):
    document = forms.FileField(
        label=_("Document to be signed"), help_text=_("PDF or Word, up to 50 MB.")
    )


class PartyForm(MoveForm):
    """Who is bound, and who signs for it."""

    inn = forms.CharField(
        label=_("INN of the organisation"),
        max_length=12,
        help_text=_("It must be in the register of participants."),
    )
    email = forms.EmailField(
        label=_("E-mail of who signs"),
        required=False,
        help_text=_("Leave it empty if anybody who signs for the organisation may."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        seen = Organisation.objects.visible_to(self.user)
        organisation = seen.filter(inn=given.get("inn", "")).order_by("kpp").first()
        if given.get("inn") and organisation is None:
            self.add_error("inn", _t("No organisation with this INN is in the register."))
        given["organisation"] = organisation
        given["signatory"] = self._signatory(given.get("email", ""), organisation)
        return given

    def _signatory(self, email: str, organisation: Organisation | None) -> Person | None:
        if not email or organisation is None:
            return None
        seats = organisation.seats.held().filter(may_sign=True, person__email=email.lower())
        seat = seats.select_related("person").first()
        if seat is None:
            self.add_error("email", _t("This person does not sign for the organisation."))
        return seat.person if seat else None

    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("organisation", "signatory")}


class RemovePartyForm(MoveForm):
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = self.thing.parties.order_by("name_ru")


class SignForm(MoveForm):
    """For whom one signs; a choice only for who signs for two."""

    organisation = forms.ModelChoiceField(
        label=_("You sign for"), queryset=Organisation.objects.none(), empty_label=None
    )
    has_read = forms.BooleanField(label=_("I have read the agreement and sign it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = self.thing.party_set.filter(signed_at__isnull=True)
        mine = [party.organisation_id for party in waiting if may_sign(self.user, party)]
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=mine)
        words = _t("The signature stands under the fingerprint %(sha256)s.")
        self.fields["has_read"].help_text = words % {"sha256": self.thing.sha256}

    def given(self) -> dict[str, Any]:
        return {"organisation": self.cleaned_data["organisation"]}
