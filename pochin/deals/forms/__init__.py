"""What people fill in about a deal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.deals.fields import MoneyField, PaymentField
from pochin.deals.lifecycle.guards import proposers
from pochin.deals.models import (
    ApprovalKind,
    Deal,
    DealKind,
    Every,
    NotConcluded,
    Origin,
    Payment,
    Right,
    RightKind,
    RoyaltyReport,
    Terminated,
)
from pochin.deals.money import CENT, VAT_RATES
from pochin.deals.policy import approver_hats
from pochin.participants.directory import offices, organisation_named, people
from pochin.participants.models import Organisation, Person
from pochin.ui.choices import offer
from pochin.ui.moves import MoveForm
from pochin.ui.order import in_order
from pochin.ui.together import Together
from pochin.ui.widgets import area


def staff_of(deal: Deal) -> QuerySet[Person]:
    """Those who may lead a deal or approve it: the programme's staff and the buyer's people."""
    return people(approver_hats(deal)).order_by("name_ru", "pk")


def signers_of(organisation_id: int) -> QuerySet[Person]:
    return people([f"sign@org-{organisation_id}"]).order_by("name_ru", "pk")


def vat_choices() -> list[tuple[str, Any]]:
    return [("", _("outside of the tax")), *((rate, f"{rate} %") for rate in VAT_RATES)]


class BeginForm(forms.Form):
    """A deal that no decision opened: who sells what to whom."""

    kind = forms.ChoiceField(label=_("Type of deal"), choices=DealKind.choices)
    title_ru = forms.CharField(label=_("Title in Russian"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    inn = forms.CharField(
        label=_("INN or name of the seller"),
        max_length=250,
        help_text=_("It must be in the register of participants."),
    )

    def __init__(self, *args: Any, user: Any, centre: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.centre = user, centre

    def clean_inn(self) -> str:
        inn: str = self.cleaned_data["inn"].strip()
        seen = Organisation.objects.visible_to(self.user)
        self.seller = organisation_named(seen, inn)
        if self.seller is None:
            raise forms.ValidationError(
                _t("No organisation with this INN or name is in the register.")
            )
        if self.seller.pk == self.centre.pk:
            raise forms.ValidationError(_t("The seller cannot be the buyer."))
        return inn

    def given(self) -> dict[str, Any]:
        named = {n: self.cleaned_data[n] for n in ("kind", "title_ru", "title_en")}
        return {**named, "buyer": self.centre, "seller": self.seller}


class DealForm(Together):
    """The terms: what, for how much, by which route, until when, who signs."""

    amount = MoneyField(label=_("Sum with tax"), required=False, least=CENT)
    vat = forms.TypedChoiceField(
        label=_("Value added tax inside the sum"),
        choices=vat_choices,
        coerce=Decimal,
        empty_value=None,
        required=False,
    )

    class Meta:
        model = Deal
        fields = [
            "kind", "title_ru", "title_en", "subject", "volume", "sites_planned", "amount",
            "currency", "vat", "route", "route_number", "contract", "starts_on", "ends_on",
            "manager", "buyer_signatory", "seller_signatory",
        ]  # fmt: skip
        widgets = {"subject": area(5)}
        help_texts = {
            "starts_on": _("Leave it empty where it begins with the signature."),
            "ends_on": _("Leave it empty for a contract without an end."),
            "route_number": _("As it stands in the register of procurements."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deal = self.instance
        offer(self, "manager", staff_of(deal))
        offer(self, "buyer_signatory", signers_of(deal.buyer_id))
        offer(self, "seller_signatory", signers_of(deal.seller_id))
        if deal.vat is not None and not self.is_bound:
            self.initial["vat"] = f"{deal.vat.normalize():f}"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        in_order(self, "starts_on", "ends_on", _t("The term must not end before it begins."))
        starts, decided = given.get("starts_on"), self.instance.decided_at
        if starts and decided and starts < timezone.localdate(decided):
            self.add_error("starts_on", _t("The term must not begin before the decision."))
        if given.get("route") not in ("", "none", None) and not given.get("route_number"):
            self.add_error("route_number", _t("This route needs the number of the procurement."))
        return given


class ApproverField(forms.ModelChoiceField):
    """Somebody who may approve, told by name and by what they are in the programme."""

    roles: Mapping[int, str] = MappingProxyType({})

    def label_from_instance(self, person: Any) -> str:
        words = self.roles.get(person.pk)
        return f"{person}, {words}" if words else str(person)


class ApproversForm(MoveForm):
    """Who approves what; all are asked at once, five different people."""

    lead = _(
        "Five different people approve the terms. Who wrote them, leads the deal or sends them "
        "does not approve them and is not on the lists."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        eligible = staff_of(self.thing).exclude(pk__in=proposers(self.thing, by=self.user))
        roles = offices(self.thing.programme_id)
        for kind in ApprovalKind:
            field = self.fields[kind.value] = ApproverField(eligible, label=kind.label)
            field.roles = roles
        self.fields[ApprovalKind.values[0]].help_text = self.lead

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        named: set[Any] = set()
        for kind, person in list(given.items()):
            if person in named:
                self.add_error(kind, _t("This person approves something else already."))
            named.add(person)
        return given

    def given(self) -> dict[str, Any]:
        return {"approvers": dict(self.cleaned_data)}


class WordsForm(MoveForm):
    """Why, for the buyer's side alone."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=4000,
        widget=area(5),
        help_text=_("The seller does not read these words."),
    )


class BreakOffForm(MoveForm):
    reason_code = forms.ChoiceField(
        label=_("Reason"), choices=NotConcluded.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("In words"),
        max_length=4000,
        widget=area(4),
        help_text=_("The other side will read these words."),
    )


class TerminateForm(BreakOffForm):
    field_order = ("reason_code", "reason")
    reason_code = forms.ChoiceField(
        label=_("Through whom"), choices=Terminated.choices, widget=forms.RadioSelect
    )


class PaymentForm(MoveForm):
    words = forms.CharField(label=_("For what"), max_length=200)
    amount = MoneyField(label=_("Sum with tax"), least=CENT)
    due_on = forms.DateField(label=_("Due"))
    condition = forms.CharField(label=_("On which condition"), max_length=200, required=False)


class RemovePaymentForm(MoveForm):
    payment = PaymentField(Payment.objects.none(), label=_("Payment"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        planned = self.thing.payments.select_related("deal")
        offer(self, "payment", planned.order_by("due_on", "number"))


class PaidForm(MoveForm):
    payment = PaymentField(Payment.objects.none(), label=_("Payment"), empty_label=None)
    paid_on = forms.DateField(label=_("Paid on"), initial=timezone.localdate)
    paper = forms.CharField(label=_("Number of the payment order"), max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = self.thing.payments.filter(paid_on__isnull=True)
        waiting = waiting.select_related("deal").order_by("due_on", "number")
        offer(self, "payment", waiting)


class RightForm(MoveForm):
    origin = forms.ChoiceField(label=_("Where it comes from"), choices=Origin.choices)
    kind = forms.ChoiceField(label=_("What it is"), choices=RightKind.choices)
    title = forms.CharField(label=_("What it is called"), max_length=200)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Organisation.objects.none())
    registration = forms.CharField(
        label=_("Number of the registration"), max_length=60, required=False,
        help_text=_("For example 2026612345; leave it empty for a trade secret."),
    )  # fmt: skip
    registered_on = forms.DateField(label=_("Registered on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", self.thing.sides())


class RemoveRightForm(MoveForm):
    right = forms.ModelChoiceField(Right.objects.none(), label=_("Right"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "right", self.thing.rights.order_by("number"))


class LicenceForm(MoveForm):
    right = forms.ModelChoiceField(Right.objects.none(), label=_("Right"))
    licensee = forms.ModelChoiceField(label=_("Licensee"), queryset=Organisation.objects.none())
    is_exclusive = forms.BooleanField(label=_("Exclusive"), required=False)
    territory = forms.CharField(label=_("Territory"), max_length=200)
    starts_on = forms.DateField(label=_("First day"))
    ends_on = forms.DateField(label=_("Last day"))
    royalty = MoneyField(label=_("Royalty, % of the income"))
    base = forms.CharField(label=_("Income from what"), max_length=200)
    every = forms.ChoiceField(label=_("Report"), choices=Every.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "right", self.thing.rights.order_by("number"))
        offer(self, "licensee", self.thing.sides())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        in_order(self, "starts_on", "ends_on", _t("The licence must not end before it begins."))
        if given.get("royalty") is not None and given["royalty"] > 100:
            self.add_error("royalty", _t("A royalty is at most 100 % of the income."))
        right, licensee = given.get("right"), given.get("licensee")
        if right and licensee and right.owner_id == licensee.pk:
            self.add_error("licensee", _t("The owner of a right needs no licence to it."))
        return given


class ReportForm(MoveForm):
    report = forms.ModelChoiceField(RoyaltyReport.objects.none(), label=_("Period"))
    income = MoneyField(label=_("Income of the period"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = RoyaltyReport.objects.visible_to(self.user).filter(
            licence__deal=self.thing, reported_at__isnull=True
        )
        offer(self, "report", waiting.select_related("licence__right").order_by("due_on", "pk"))


class DocumentForm(forms.Form):
    document = forms.FileField(
        label=_("Contract to be signed"), help_text=_("PDF or Word, up to 50 MB.")
    )
