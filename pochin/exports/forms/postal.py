"""What people fill in about items that go by post."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import Refused
from pochin.deals.fields import MoneyField
from pochin.exports import declaration, operations, s10, tracking
from pochin.exports.models import (
    Category,
    Shipment,
)
from pochin.exports.post import Prohibited, declaration_kind
from pochin.markets import nomenclature
from pochin.markets.rates import convert
from pochin.ui.choices import offer
from pochin.ui.moves import MoveForm
from pochin.ui.widgets import area

CENT = Decimal("0.01")


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


COLUMNS = ("description", "quantity", "net_weight_g", "value", "hs_code", "origin")


def read_articles(text: str) -> list[dict[str, str]]:
    """Lines of further articles; columns divided by semicolons, or by tabs as tables copy them.

    Raises:
        forms.ValidationError: A line has too few or too many columns.
    """
    articles = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), start=2):
        cells = [cell.strip() for cell in line.split("\t" if "\t" in line else ";")]
        if len(cells) != len(COLUMNS):
            raise forms.ValidationError(
                _t(
                    "Line %(n)d needs six columns: what it is; pieces; net weight in grams; "
                    "value; code; country."
                )
                % {"n": number}
            )
        articles.append(dict(zip(COLUMNS, cells, strict=True)))
    return articles


def _of_codes(articles: list[dict[str, Any]]) -> list[str]:
    """Codes that are none of today; said only where the whole nomenclature is here."""
    said = []
    for number, one in enumerate(articles, start=1):
        code = one["hs_code"]
        if len(code) in nomenclature.WHOLE and nomenclature.is_whole(len(code)):
            checked = nomenclature.check(code)
            if checked.problem:
                said.append(_t("Line %(n)d: %(said)s") % {"n": number, "said": checked.problem})
    return said


class ArticlesField(forms.CharField):
    """Further articles of one item, one on a line."""

    widget = area(4)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number, one in enumerate(read_articles(super().clean(value)), start=2):
            try:
                found.append(
                    {
                        **one,
                        "quantity": int(one["quantity"]),
                        "net_weight_g": int(one["net_weight_g"]),
                        "value": MoneyField(least=CENT).clean(one["value"]),
                        "hs_code": one["hs_code"].replace(" ", ""),
                        "origin": one["origin"].upper(),
                    }
                )
            except forms.ValidationError as fault:
                said = _t("Line %(n)d: %(said)s") % {"n": number, "said": " ".join(fault.messages)}
                raise forms.ValidationError(said) from None
            except ValueError:
                raise forms.ValidationError(
                    _t("Line %(n)d: pieces and grams are whole numbers.") % {"n": number}
                ) from None
        return found


class DeclarationForm(MoveForm):
    """A declaration: most of it is known from the project."""

    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=9999, initial=1)
    further = ArticlesField(
        label=_("What else is in the item"),
        required=False,
        max_length=4000,
        help_text=_(
            "One article on a line: what it is in English; pieces; net weight in grams; value; "
            "code of goods; country. Lines copied from a table will do."
        ),
    )
    is_full = forms.BooleanField(
        label=_("Fill in a CN23 even where a CN22 would do"), required=False
    )
    gross_g = forms.IntegerField(label=_("Weight of the whole item, grams"), min_value=1)
    category = forms.ChoiceField(label=_("Sent as"), choices=Category.choices)
    explanation = forms.CharField(
        label=_("Explanation, if it is something else"), max_length=35, required=False
    )
    sender_name = forms.CharField(label=_("Sender"), max_length=80)
    sender_street = forms.CharField(label=_("Street of the sender"), max_length=120)
    sender_city = forms.CharField(label=_("City of the sender"), max_length=60)
    sender_postcode = forms.CharField(label=_("Postcode of the sender"), max_length=12)
    addressee_name = forms.CharField(label=_("Addressee"), max_length=80)
    addressee_street = forms.CharField(label=_("Street of the addressee"), max_length=120)
    addressee_city = forms.CharField(label=_("City of the addressee"), max_length=60)
    addressee_postcode = forms.CharField(label=_("Postcode of the addressee"), max_length=12)
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
            faults = faults or _of_codes(self.content["articles"])
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
        further = given["further"]
        whole = value + sum((one["value"] for one in further), Decimal(0))
        try:
            roubles: Decimal | None = convert(whole, project.currency, today).roubles
        except Refused:
            roubles = None
        kind = declaration_kind(given["gross_g"], roubles, today)
        too_many = 1 + len(further) > declaration.MOST_LINES["CN22"]
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
            form="CN23" if given["is_full"] or too_many else kind,
            currency=project.currency,
            gross_weight_g=given["gross_g"],
            importer_contact=project.partner_contact[:60],
            articles=[article, *further],
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
        offer(self, "shipment", seen.order_by("-sent_on"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        if given.get("table"):
            try:
                given["events"] = tracking.read(given["table"])
            except Refused as refusal:
                self.add_error("table", str(refusal))
        elif given.get("at") and given.get("operation"):
            operation, attribute = (int(n) for n in given["operation"].split("."))
            given["events"] = [
                {"at": given["at"], "operation": operation, "attribute": attribute,
                 "place": given["place"]}
            ]  # fmt: skip
        else:
            raise forms.ValidationError(_t("Give a moment and an operation, or a table."))
        return given

    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("shipment", "events")}
