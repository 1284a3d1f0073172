"""What people fill in about an export project."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import Refused
from pochin.deals.fields import MoneyField
from pochin.deals.money import Currency
from pochin.decisions.models import Certificate, CertificateState
from pochin.exports import declaration
from pochin.exports.forms.countries import CountryField
from pochin.exports.lifecycle.guards import wanted
from pochin.exports.models import (
    Contract,
    Control,
    Form,
    Project,
    Readiness,
)
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.markets.models import countries_by_words, folded
from pochin.markets.rates import convert
from pochin.participants.models import Organisation
from pochin.participants.policy import organisations
from pochin.solutions.models import Solution
from pochin.ui.choices import offer, offer_words
from pochin.ui.moves import MoveForm
from pochin.ui.together import Together
from pochin.ui.widgets import area

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
        offer(self, "organisation", mine.order_by("name_ru").distinct())


class ProjectForm(Together):
    """What it is, how heavy, how large, for how much."""

    price = MoneyField(label=_("Price of one"), required=False, least=CENT)
    origin = CountryField(label=_("Country of origin"))

    class Meta:
        model = Project
        fields = [
            "title_ru", "title_en", "form", "solution", "customs_en", "origin", "weight_g",
            "length_mm", "width_mm", "height_mm", "price", "currency", "forecast",
        ]  # fmt: skip
        widgets = {"forecast": area(4)}
        help_texts = {
            "customs_en": _("It goes into the customs declaration: up to 64 Latin letters."),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Solution.objects.visible_to(user)
        offer(self, "solution", seen.filter(organisation=self.instance.organisation))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if (given.get("weight_g") or 0) > HEAVIEST:
            self.add_error("weight_g", _t("This is more than 100 tonnes. Write grams."))
        for name in ("length_mm", "width_mm", "height_mm"):
            if (given.get(name) or 0) > LONGEST:
                self.add_error(name, _t("This is more than 100 metres. Write millimetres."))
        return given

    def clean_customs_en(self) -> str:
        words: str = self.cleaned_data["customs_en"].strip()
        if words and not declaration.LATIN.fullmatch(words):
            raise forms.ValidationError(
                _t("Describe it in English; customs abroad does not read Cyrillic.")
            )
        return words


# No parcel and no machine is heavier or longer; more is a slip of the unit.
HEAVIEST, LONGEST = 100_000_000, 100_000


class CodeForm(MoveForm):
    code = forms.CharField(
        label=_("Code of goods"),
        max_length=20,
        help_text=_("6 digits of the HS or 10 of the EAEU; find it by words on the page of codes."),
    )


class CertificateChoice(forms.ModelChoiceField):
    def label_from_instance(self, certificate: Any) -> str:
        return f"{certificate.number} · {certificate.pilot.code} {certificate.pilot}"


class CertificateForm(MoveForm):
    certificate = CertificateChoice(
        label=_("Certificate"),
        queryset=Certificate.objects.none(),
        to_field_name="number",
        help_text=_("Whoever reads this project will see the certificate and its number."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Certificate.objects.visible_to(self.user).filter(
            state=CertificateState.VALID, pilot__organisation=self.thing.organisation
        )
        offer(self, "certificate", seen.select_related("pilot").order_by("-issued_at"))


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
    partner_country = CountryField()
    partner_address = forms.CharField(label=_("Address"), max_length=300)
    partner_contact = forms.CharField(label=_("Telephone or e-mail"), max_length=200)


class TargetsForm(MoveForm):
    """The countries, by their names or their codes."""

    countries = forms.CharField(
        label=_("Countries"),
        max_length=400,
        help_text=_("By name or by code, divided by commas: Kazakhstan, Serbia, CHN."),
    )

    def clean_countries(self) -> list[str]:
        known = countries_by_words()
        found: list[tuple[str, str | None]] = []
        for named in re.split(r"[,;\n]+", self.cleaned_data["countries"]):
            # A whole name first, for many are of several words; then codes divided by spaces.
            words = [named] if folded(named) in known else named.split()
            found += [(word.strip(), known.get(folded(word))) for word in words]
        unknown = [word for word, code in found if code is None]
        if unknown:
            raise forms.ValidationError(
                _t("There is no country “%(word)s” here; try its name or its three letters.")
                % {"word": unknown[0]}
            )
        if not found:
            raise forms.ValidationError(_t("Name at least one country."))
        return list(dict.fromkeys(str(code) for _word, code in found))


class ReadyForm(MoveForm):
    line = forms.ChoiceField(label=_("What is ready"), choices=[])
    evidence = forms.CharField(
        label=_("What shows it"), widget=area(4), max_length=2000,
        help_text=_("A number of a certificate, a link, the name of a paper."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = wanted(self.thing)
        offer_words(self, "line", [c for c in Readiness.choices if c[0] in asked])
        done = set(self.thing.readiness.values_list("code", flat=True))
        ahead = [code for code in Readiness.values if code in asked - done]
        # The first line that is still to be done stands there; a done one may be said anew.
        self.fields["line"].initial = next(iter(ahead), None)


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
        if on and on > timezone.localdate():
            self.add_error("signed_on", _t("This day has not come yet."))
        elif currency and on and amount:
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
    contract = forms.ModelChoiceField(Contract.objects.none(), label=_("Contract"))
    on = forms.DateField(label=_("Shipped on"))
    amount = MoneyField(label=_("Sum"), least=CENT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = self.thing.contracts.order_by("number")
        offer(self, "contract", contracts)
        # Where there is one contract, there is nothing to choose.
        self.fields["contract"].initial = contracts.first() if contracts.count() == 1 else None
