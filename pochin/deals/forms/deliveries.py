"""What people fill in about what is handed over under a contract."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.deals.fields import DeliveryField, MoneyField
from pochin.deals.models import Delivery
from pochin.deals.money import CENT
from pochin.ui.choices import offer
from pochin.ui.moves import MoveForm
from pochin.ui.widgets import area


class DeliveryForm(MoveForm):
    """A stage: goods, works or services that are accepted together."""

    words = forms.CharField(
        label=_("What is handed over"), max_length=200,
        help_text=_("For example: the first wave, 10 offices."),
    )  # fmt: skip
    due_on = forms.DateField(label=_("Due"), required=False)
    amount = MoneyField(
        label=_("Sum with tax"), required=False, least=CENT,
        help_text=_("It will stand in the acceptance act; empty where only the whole has a price."),
    )  # fmt: skip


class _Chosen(MoveForm):
    """One of the deliveries that wait for this side."""

    delivery = DeliveryField(Delivery.objects.none(), label=_("Delivery"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "delivery", self.waiting().select_related("deal").order_by("number"))

    def waiting(self) -> Any:
        return self.thing.deliveries.with_buyer()


class RemoveDeliveryForm(_Chosen):
    def waiting(self) -> Any:
        return self.thing.deliveries.all()


class HandOverForm(_Chosen):
    handed_on = forms.DateField(label=_("Handed over on"), initial=timezone.localdate)
    note = forms.CharField(
        label=_("What shows it"), max_length=4000, widget=area(4),
        help_text=_("A number of a waybill, a list of offices, who took it. The buyer reads it."),
    )  # fmt: skip

    def waiting(self) -> Any:
        return self.thing.deliveries.with_seller()


class AcceptForm(_Chosen):
    accepted_on = forms.DateField(label=_("Accepted on"), initial=timezone.localdate)
    paper = forms.CharField(
        label=_("Number of the acceptance act"), max_length=60,
        help_text=_("You sign the act by accepting; then it can be printed and handed on."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = self.waiting().order_by("number").first()
        if first is not None:
            contract = self.thing.contract or self.thing.code
            self.fields["paper"].initial = f"{contract}-{first.number}"


class ReturnForm(_Chosen):
    reason = forms.CharField(
        label=_("What is to be put right"), max_length=4000, widget=area(4),
        help_text=_("The seller will read these words."),
    )  # fmt: skip
