"""What people fill in about an export project."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import Refused
from pochin.deals.fields import MoneyField
from pochin.deals.money import Currency
from pochin.decisions.models import Decision
from pochin.decisions.models import State as DecisionState
from pochin.exports import declaration, operations, s10
from pochin.exports.lifecycle.guards import wanted
from pochin.exports.models import (
    Category,
    Control,
    Form,
    Project,
    Readiness,
    Shipment,
)
from pochin.exports.post import Prohibited, declaration_kind
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.markets.models import Country
from pochin.markets.rates import convert
from pochin.participants.forms import area
from pochin.participants.models import Organisation
from pochin.participants.policy import organisations
from pochin.solutions.models import Solution
from pochin.ui.moves import MoveForm

CENT = Decimal("0.01")


class BeginForm(forms.Form):
    """Which product of which company, in which form."""

    organisation = forms.ModelChoiceField(
        label=_("Company"), queryset=Organisation.objects.none(), empty_label=None
    )
    title_ru = forms.CharField(label=_("Title in Russian"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    form = forms.ChoiceField(label=_("Product form"), choices=Form.choices)

    def __init__(self, *args: Any, user: Any, programme: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Organisation.objects.visible_to(user).filter(
            memberships__programme=programme, memberships__state__in=["admitted", "due"]
        )
        helps = f"export@{programme.pk}" in user.hats
        mine = members if helps else members.filter(pk__in=organisations(user, "edit"))
        self.fields["organisation"].queryset = mine.order_by("name_ru").distinct()


class ProjectForm(forms.ModelForm):
    """What it is, how heavy, how large, for how much."""

    price = MoneyField(label=_("Price of one"), required=False, least=CENT)

    class Meta:
        model = Project
        fields = [
            "title_ru", "title_en", "form", "solution", "customs_en", "origin", "weight_g",
            "length_mm", "width_mm", "height_mm", "price", "currency", "forecast",
        ]  # fmt: skip
        widgets = {"forecast": area(4)}
        help_texts = {
            "customs_en": _("It goes into the customs declaration: up to 64 Latin letters."),
            "origin": _("Two letters, for example RU."),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Solution.objects.visible_to(user)
        self.fields["solution"].queryset = seen.filter(organisation=self.instance.organisation)

    def clean_origin(self) -> str:
        code: str = self.cleaned_data["origin"].strip().upper()
        if code not in s10.COUNTRIES:
            raise forms.ValidationError(_t("%(code)s is not the code of a country.")
                                        % {"code": code})  # fmt: skip
        return code

    def clean_customs_en(self) -> str:
        words: str = self.cleaned_data["customs_en"].strip()
        if words and not declaration.LATIN.fullmatch(words):
            raise forms.ValidationError(
                _t("Describe it in English; customs abroad does not read Cyrillic.")
            )
        return words


class CodeForm(MoveForm):
    code = forms.CharField(
        label=_("Code of goods"),
        max_length=20,
        help_text=_("6 digits of the HS or 10 of the EAEU; find it by words on the page of codes."),
    )


class ReferenceForm(MoveForm):
    decision = forms.ModelChoiceField(label=_("Pilot"), queryset=Decision.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Decision.objects.visible_to(self.user).filter(
            state=DecisionState.SIGNED, pilot__organisation=self.thing.organisation
        )
        self.fields["decision"].queryset = seen.select_related("pilot").order_by("-signed_at")


class ControlForm(MoveForm):
    answer = forms.ChoiceField(
        label=_("What export control answered"),
        choices=[choice for choice in Control.choices if choice[0]],
        widget=forms.RadioSelect,
    )
    paper = forms.CharField(label=_("Number of the paper"), max_length=120)
    on = forms.DateField(label=_("Its day"))


class PartnerForm(MoveForm):
    partner = forms.CharField(label=_("Partner"), max_length=200)
    partner_country = forms.CharField(
        label=_("Country"), min_length=2, max_length=2, help_text=_("Two letters, for example KZ.")
    )
    partner_address = forms.CharField(label=_("Address"), max_length=300)
    partner_contact = forms.CharField(label=_("Telephone or e-mail"), max_length=200)

    def clean_partner_country(self) -> str:
        code: str = self.cleaned_data["partner_country"].upper()
        if code not in s10.COUNTRIES:
            raise forms.ValidationError(_t("%(code)s is not the code of a country.")
                                        % {"code": code})  # fmt: skip
        return code


class TargetsForm(MoveForm):
    """The countries, by their three letters."""

    countries = forms.CharField(
        label=_("Countries"),
        max_length=400,
        help_text=_("Three letters each, divided by spaces or commas: KAZ BLR CHN."),
    )

    def clean_countries(self) -> list[str]:
        words = self.cleaned_data["countries"].upper().replace(",", " ").split()
        known = set(Country.objects.filter(code__in=words).values_list("code", flat=True))
        unknown = [word for word in words if word not in known]
        if unknown:
            raise forms.ValidationError(
                _t("%(code)s is not the code of a country.") % {"code": unknown[0]}
            )
        return list(dict.fromkeys(words))


class ReadyForm(MoveForm):
    line = forms.ChoiceField(label=_("What is ready"), choices=[])
    evidence = forms.CharField(
        label=_("What shows it"), widget=area(4), max_length=2000,
        help_text=_("A number of a certificate, a link, the name of a paper."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = wanted(self.thing)
        self.fields["line"].choices = [c for c in Readiness.choices if c[0] in asked]


class SupportForm(MoveForm):
    words = forms.CharField(
        label=_("What"), max_length=200,
        help_text=_("A business mission, an acceleration, a compensation of costs."),
    )  # fmt: skip
    given_by = forms.CharField(label=_("By whom"), max_length=200)
    on = forms.DateField(label=_("Day"))
    amount = MoneyField(label=_("Sum, roubles"), required=False, least=CENT)


class BarrierForm(MoveForm):
    words = forms.CharField(label=_("What stands in the way"), max_length=300)
    answer = forms.CharField(label=_("What is done about it"), max_length=300, required=False)
    on = forms.DateField(label=_("Noted on"))


class ContractForm(MoveForm):
    paper = forms.CharField(label=_("Number of the contract"), max_length=60)
    signed_on = forms.DateField(label=_("Signed on"))
    amount = MoneyField(label=_("Sum"), least=CENT)
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    document = forms.FileField(label=_("Contract"), help_text=_("PDF or Word, up to 50 MB."))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        currency, on, amount = (given.get(n) for n in ("currency", "signed_on", "amount"))
        if currency and on and amount:
            try:
                convert(amount, currency, on)
            except Refused as refusal:
                self.add_error("currency", str(refusal))
        return given

    def given(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given["document"] = receive(
            given["document"], by=self.user, at=timezone.now(), accept=kinds.DOCUMENTS
        )
        return given


class ShippedForm(MoveForm):
    contract = forms.ModelChoiceField(label=_("Contract"), queryset=None)
    on = forms.DateField(label=_("Shipped on"))
    amount = MoneyField(label=_("Sum"), least=CENT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].queryset = self.thing.contracts.order_by("number")


class ContentsForm(MoveForm):
    prohibited = forms.MultipleChoiceField(
        label=_("The goods contain"),
        choices=Prohibited.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Tick nothing if they contain none of it."),
    )
    # An empty form must not pass for an answer about safety.
    is_checked = forms.BooleanField(label=_("I have gone through the whole list."))

    def given(self) -> dict[str, Any]:
        return {"prohibited": self.cleaned_data["prohibited"]}


class RangeForm(MoveForm):
    service = forms.CharField(
        label=_("Letters of the service"), min_length=2, max_length=2,
        help_text=_("For example RB for a small packet, CB for a parcel."),
    )  # fmt: skip
    country = forms.CharField(
        label=_("Letters of the country"), min_length=2, max_length=2, initial="RU"
    )
    first = forms.IntegerField(label=_("First serial number"), min_value=0, max_value=99_999_999)
    last = forms.IntegerField(label=_("Last serial number"), min_value=0, max_value=99_999_999)

    def clean_service(self) -> str:
        letters: str = self.cleaned_data["service"].upper()
        if not (letters.isascii() and letters.isalpha()):
            raise forms.ValidationError(_t("The service has two Latin letters."))
        return letters

    def clean_country(self) -> str:
        letters: str = self.cleaned_data["country"].upper()
        if letters not in s10.COUNTRIES:
            raise forms.ValidationError(_t("%(code)s is not the code of a country.")
                                        % {"code": letters})  # fmt: skip
        return letters


class SendForm(MoveForm):
    item = forms.CharField(label=_("Number of the item"), max_length=20)
    on = forms.DateField(label=_("Sent on"))


class DeclarationForm(MoveForm):
    """A declaration: most of it is known from the project."""

    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=9999, initial=1)
    gross_g = forms.IntegerField(label=_("Weight of the whole item, grams"), min_value=1)
    category = forms.ChoiceField(label=_("Sent as"), choices=Category.choices)
    explanation = forms.CharField(
        label=_("Explanation, if it is something else"), max_length=35, required=False
    )
    sender_name = forms.CharField(label=_("Sender"), max_length=80)
    sender_street = forms.CharField(label=_("Street of the sender"), max_length=120)
    sender_city = forms.CharField(label=_("City of the sender"), max_length=60)
    sender_postcode = forms.CharField(label=_("Post code of the sender"), max_length=12)
    addressee_name = forms.CharField(label=_("Addressee"), max_length=80)
    addressee_street = forms.CharField(label=_("Street of the addressee"), max_length=120)
    addressee_city = forms.CharField(label=_("City of the addressee"), max_length=60)
    addressee_postcode = forms.CharField(label=_("Post code of the addressee"), max_length=12)
    invoice = forms.CharField(label=_("Invoice No."), max_length=35, required=False)
    licence = forms.CharField(label=_("Licence No."), max_length=35, required=False)
    certificate = forms.CharField(label=_("Certificate No."), max_length=35, required=False)
    comments = forms.CharField(label=_("Comments"), max_length=35, required=False)
    postage = forms.CharField(label=_("Postal charges"), max_length=30, required=False)
    item = forms.CharField(
        label=_("Number of the item"), max_length=20, required=False,
        help_text=_("Leave it empty to issue the next number of your range."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = self.thing
        known = {
            "sender_name": project.organisation.name_en or project.organisation.name_ru,
            "addressee_name": project.partner,
            "addressee_street": project.partner_address[:120],
            "gross_g": project.weight_g,
            "certificate": project.reference.code if project.reference else "",
        }
        for name, value in known.items():
            self.fields[name].initial = value

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        project = self.thing
        if not (project.price and project.weight_g and project.customs_en):
            raise forms.ValidationError(
                _t("Write the price, the weight and the English words for customs first.")
            )
        if not self.errors:
            self.content = self._content(given)
            faults = declaration.faults({**self.content, "item": s10.number("RB", 0, "RU")})
            for fault in faults:
                self.add_error(None, fault)
        item = s10.compact(given.get("item", ""))
        if item and not s10.is_valid(item):
            said = _t("%(item)s is no number of an item: its check digit does not fit.")
            self.add_error("item", said % {"item": item})
        return given

    def _content(self, given: dict[str, Any]) -> dict[str, Any]:
        project, today = self.thing, timezone.localdate()
        value = project.price * given["quantity"]
        try:
            roubles: Decimal | None = convert(value, project.currency, today).roubles
        except Refused:
            roubles = None
        sides = {
            side: {
                **{n: given[f"{side}_{n}"] for n in ("name", "street", "city", "postcode")},
                "country": country,
            }
            for side, country in (("sender", "RU"), ("addressee", project.partner_country))
        }
        article = {
            "description": project.customs_en,
            "quantity": given["quantity"],
            "net_weight_g": project.weight_g * given["quantity"],
            "value": value,
            "hs_code": project.goods_code,
            "origin": project.origin,
        }
        texts = ("category", "explanation", "invoice", "licence", "certificate", "comments",
                 "postage")  # fmt: skip
        return declaration.document(
            form=declaration_kind(given["gross_g"], roubles, today),
            currency=project.currency,
            gross_weight_g=given["gross_g"],
            importer_contact=project.partner_contact[:60],
            articles=[article],
            **{name: given[name] for name in texts},
            **sides,
        )

    def given(self) -> dict[str, Any]:
        return {"content": self.content, "item": self.cleaned_data["item"]}


class EventForm(MoveForm):
    """Operations of the post: one by hand, or several from a table."""

    shipment = forms.ModelChoiceField(label=_("Item"), queryset=Shipment.objects.none())
    at = forms.DateTimeField(label=_("When"), required=False, help_text=_("2026-11-23 17:42"))
    operation = forms.TypedChoiceField(
        label=_("Operation"), coerce=str, required=False,
        choices=lambda: [("", "—"), *EventForm.operations()],
    )  # fmt: skip
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    table = forms.FileField(
        label=_("or a table of the post"), required=False,
        help_text=_("CSV with the columns at, operation, attribute, place."),
    )  # fmt: skip

    @staticmethod
    def operations() -> list[tuple[str, str]]:
        alone = [(f"{o}.0", operations.words(o, 0)) for o in operations.OPERATIONS]
        more = [(f"{o}.{a}", operations.words(o, a)) for o, a in operations.ATTRIBUTES]
        return sorted([*alone, *more], key=lambda pair: [int(n) for n in pair[0].split(".")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Shipment.objects.visible_to(self.user).filter(project=self.thing)
        self.fields["shipment"].queryset = seen.order_by("-sent_on")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        if given.get("table"):
            given["events"] = self._read(given["table"])
        elif given.get("at") and given.get("operation"):
            operation, attribute = (int(n) for n in given["operation"].split("."))
            given["events"] = [
                {"at": given["at"], "operation": operation, "attribute": attribute,
                 "place": given["place"]}
            ]  # fmt: skip
        else:
            raise forms.ValidationError(_t("Give a moment and an operation, or a table."))
        return given

    def _read(self, file: Any) -> list[dict[str, Any]]:
        try:
            rows = list(csv.DictReader(io.StringIO(file.read(1_000_000).decode("utf-8-sig"))))
            return [
                {
                    "at": timezone.make_aware(datetime.fromisoformat(row["at"])),
                    "operation": int(row["operation"]),
                    "attribute": int(row["attribute"] or 0),
                    "place": row["place"][:200],
                }
                for row in rows
            ]
        except (KeyError, TypeError, ValueError):
            raise forms.ValidationError(
                _t(
                    "The table cannot be read; it needs the columns at, operation, attribute, "
                    "place."
                )
            ) from None

    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("shipment", "events")}
