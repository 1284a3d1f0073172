"""What people fill in about an agreement: its words, its parties, who signs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle import open_remarks, successors
from pochin.agreements.models import (
    Agreement,
    AgreementKind,
    Annex,
    ApprovalKind,
    Clause,
    Remark,
    Renewal,
)
from pochin.agreements.policy import may_sign
from pochin.participants.directory import organisation_named
from pochin.participants.models import Organisation, Person
from pochin.ui.choices import offer, offer_words
from pochin.ui.in_parts import InParts
from pochin.ui.moves import MoveForm
from pochin.ui.order import in_order
from pochin.ui.together import Together
from pochin.ui.widgets import area


class AgreementForm(InParts, Together):
    """The words, the term, the place and the event."""

    class Meta:
        model = Agreement
        fields = [
            "kind", "title_ru", "title_en", "text_ru", "text_en", "place_ru", "place_en",
            "event_ru", "event_en", "source_url", "starts_on", "ends_on", "renewal",
            "renewal_months", "coordination_ru", "coordination_en", "is_public",
        ]  # fmt: skip
        widgets = {
            "text_ru": area(8), "text_en": area(8), "coordination_ru": area(2),
            "coordination_en": area(2),
        }  # fmt: skip
        help_texts = {
            "text_ru": _(
                "What stands before the clauses. Leave it empty where a document is signed."
            ),
            "ends_on": _("Leave it empty for an agreement without an end."),
            "event_ru": _("For example a forum at which it is signed."),
            "source_url": _("The address of the news about it, where it is public."),
            "renewal_months": _("Only where it goes on by itself."),
        }

    PARTS = (
        ("agreed", _("What is agreed"), ("kind", "title_ru", "text_ru"), ("title_en", "text_en")),
        ("term", _("Term"), ("starts_on", "ends_on", "renewal", "renewal_months"), ()),
        ("signing", _("Where it is signed"), ("place_ru", "event_ru"), ("place_en", "event_en")),
        ("together", _("How the sides keep in touch"), ("coordination_ru",),
         ("coordination_en",)),
        ("readers", _("Who may read it"), ("is_public", "source_url"), ()),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["renewal"].required = False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        ends = given.get("ends_on")
        in_order(self, "starts_on", "ends_on", _t("The term must not end before it begins."))
        given["renewal"] = given.get("renewal") or Renewal.NONE
        if given["renewal"] == Renewal.AUTOMATIC:
            if not given.get("renewal_months"):
                self.add_error("renewal_months", _t("Say for how many months it goes on."))
            if not ends:
                self.add_error("ends_on", _t("Without an end there is nothing to go on after it."))
        return given


class DocumentForm(forms.Form):
    document = forms.FileField(
        label=_("Document to be signed"), help_text=_("PDF or Word, up to 50 MB.")
    )


# A longer text is several annexes.
MOST_CLAUSES = 999


class ClauseForm(Together):
    """One clause in both languages, and what it means in plain words."""

    class Meta:
        model = Clause
        fields = [
            "place", "heading_ru", "text_ru", "summary_ru", "heading_en", "text_en", "summary_en",
        ]  # fmt: skip
        widgets = {
            "text_ru": area(8), "text_en": area(8), "summary_ru": area(2), "summary_en": area(2),
        }  # fmt: skip
        help_texts = {"summary_ru": _("It stands beside the clause for those who are not lawyers.")}

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreement = agreement
        # A clause that is written anew keeps its place.
        self.fields["place"].disabled = bool(self.instance.pk)
        if not self.instance.pk:
            last = agreement.clauses.order_by("-place").first()
            self.initial["place"] = last.place + 1 if last else 1

    def clean_place(self) -> int:
        place: int = self.cleaned_data["place"]
        if not 1 <= place <= MOST_CLAUSES:
            words = _t("Clauses have numbers from 1 to %(n)d.")
            raise forms.ValidationError(words % {"n": MOST_CLAUSES})
        if not self.instance.pk and self.agreement.clauses.filter(place=place).exists():
            words = _t("Clause %(n)d is there already. Open it to write it anew.")
            raise forms.ValidationError(words % {"n": place})
        return place


class AnnexForm(forms.ModelForm):
    document = forms.FileField(label=_("File"), help_text=_("PDF or Word, up to 50 MB."))

    class Meta:
        model = Annex
        fields = ["title_ru", "title_en"]


class TemplateForm(forms.Form):
    """Which papers a template is for, and the template."""

    kind = forms.ChoiceField(label=_("Kind of agreement"), choices=AgreementKind.choices)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("ru", _("Russian")), ("en", _("English"))]
    )
    document = forms.FileField(
        label=_("Template"), help_text=_("DOCX with fields in double braces, up to 50 MB.")
    )


class PartyForm(MoveForm):
    """Who is bound, and who signs for it."""

    inn = forms.CharField(
        label=_("INN or name of the organisation"),
        max_length=250,
        help_text=_("It must be in the register of participants."),
    )
    email = forms.EmailField(
        label=_("E-mail of who signs"),
        required=False,
        help_text=_("Leave it empty if anybody who signs for the organisation may."),
    )
    signs_ru = forms.CharField(
        label=_("Who signs on paper, in Russian"), max_length=120, required=False
    )
    post_ru = forms.CharField(label=_("Post, in Russian"), max_length=250, required=False)
    signs_en = forms.CharField(
        label=_("Who signs on paper, in English"), max_length=120, required=False
    )
    post_en = forms.CharField(label=_("Post, in English"), max_length=250, required=False)
    grounds = forms.CharField(
        label=_("Acts on the grounds of"),
        max_length=200,
        required=False,
        help_text=_("For example the charter, or a power of attorney with its number and day."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        seen = Organisation.objects.visible_to(self.user)
        organisation = organisation_named(seen, given.get("inn", ""))
        if given.get("inn") and organisation is None:
            self.add_error("inn", _t("No organisation with this INN or name is in the register."))
        elif organisation and self.thing.party_set.filter(organisation=organisation).exists():
            words = _t("%(company)s is already a party.")
            self.add_error("inn", words % {"company": organisation})
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
        left_out = {"inn", "email"}
        return {name: v for name, v in self.cleaned_data.items() if name not in left_out}


class RemovePartyForm(MoveForm):
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", self.thing.parties.order_by("name_ru"))


class RemoveClauseForm(MoveForm):
    place = forms.TypedChoiceField(label=_("Clause"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clauses = self.thing.clauses.order_by("place")
        offer_words(self, "place", [(clause.place, str(clause)) for clause in clauses])


class RemoveAnnexForm(MoveForm):
    annex = forms.ModelChoiceField(label=_("Annex"), queryset=Annex.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "annex", self.thing.annexes.order_by("place"))


class RemarkForm(MoveForm):
    """What a party wants changed, and in which clause."""

    place = forms.TypedChoiceField(label=_("Clause"), coerce=int, required=False, empty_value=None)
    note = forms.CharField(
        label=_("What should be changed"),
        max_length=4000,
        widget=area(5),
        help_text=_("Everybody who reads the agreement will see these words."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clauses = [(clause.place, str(clause)) for clause in self.thing.clauses.order_by("place")]
        offer_words(self, "place", [("", _t("the agreement as a whole")), *clauses])
        if not clauses:
            del self.fields["place"]


class AnswerForm(MoveForm):
    """What the centre did about a remark; where it is not taken, the party reads why."""

    remark = forms.ModelChoiceField(
        label=_("Remark"), queryset=Remark.objects.none(), empty_label=None
    )
    is_taken = forms.TypedChoiceField(
        label=_("What becomes of it"),
        widget=forms.RadioSelect,
        coerce=lambda said: said == "yes",
        choices=[("yes", _("taken into account")), ("no", _("the words stay"))],
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=4000,
        required=False,
        widget=area(4),
        help_text=_("What was changed, or why the words stay. The party reads it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "remark", open_remarks(self.thing))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("is_taken") is False and not given.get("answer"):
            self.add_error("answer", _t("Say why the words stay."))
        return given


class ApprovalsForm(MoveForm):
    """Whom to ask besides the parties."""

    kinds = forms.MultipleChoiceField(
        label=_("Who agrees besides the parties"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(k.value, k.label) for k in (ApprovalKind.LEGAL, ApprovalKind.BUSINESS)],
    )


class PaperForm(MoveForm):
    signed_on = forms.DateField(label=_("Day of the signatures"))


class SuccessorField(forms.ModelChoiceField):
    """An agreement by its number: many have the same title."""

    def label_from_instance(self, agreement: Any) -> str:
        return f"{agreement.code} {agreement}"


class RenewForm(MoveForm):
    """Which signed agreement of the same parties goes on in its place."""

    successor = SuccessorField(
        label=_("The agreement that goes on"), queryset=Agreement.objects.none()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        same = successors(self.thing).values("pk")
        seen = Agreement.objects.visible_to(self.user).filter(pk__in=same)
        offer(self, "successor", seen.select_related("programme").order_by("-number"))


class SignForm(MoveForm):
    """For whom one signs; a choice only for who signs for two."""

    organisation = forms.ModelChoiceField(
        label=_("You sign for"), queryset=Organisation.objects.none(), empty_label=None
    )
    has_read = forms.BooleanField(label=_("I have read the agreement and sign it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [party.organisation_id for party in self.waiting() if may_sign(self.user, party)]
        offer(self, "organisation", Organisation.objects.filter(pk__in=mine))
        words = _t("The signature stands under the fingerprint %(sha256)s.")
        self.fields["has_read"].help_text = words % {"sha256": self.thing.sha256}

    def waiting(self) -> Any:
        """The parties that have not signed yet."""
        return self.thing.party_set.filter(signed_at__isnull=True)

    def given(self) -> dict[str, Any]:
        return {"organisation": self.cleaned_data["organisation"]}
