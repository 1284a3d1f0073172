"""Form fields for sums: typed with spaces and a comma or a point, kept as decimals."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _t

from pochin.ui import formats

SPACES = re.compile(r"[\s\u00a0\u202f']")
LARGEST = Decimal("9999999999999999")


def line_of(planned: Any, currency: str) -> str:
    """A payment or a delivery in one line: for what, how much, until when."""
    said = [str(planned)]
    if planned.amount is not None:
        said.append(formats.money(planned.amount, currency))
    if planned.due_on is not None:
        said.append(_t("by %(day)s") % {"day": formats.day(planned.due_on)})
    return ", ".join(said)


class PaymentField(forms.ModelChoiceField):
    """A payment told by its sum and its day: several may be for the same."""

    def label_from_instance(self, payment: Any) -> str:
        return line_of(payment, payment.deal.currency)


class DeliveryField(forms.ModelChoiceField):
    """A delivery told by its sum and its day."""

    def label_from_instance(self, delivery: Any) -> str:
        return line_of(delivery, delivery.deal.currency)


class MoneyField(forms.Field):
    """A sum: “1 200 000,50” and “1200000.50” are the same; more than cents is refused.

    Args:
        places: Digits after the point.
        least: The least value allowed; nothing where any will do.
    """

    def __init__(self, *, places: int = 2, least: Decimal | None = Decimal(0), **kwargs: Any):
        self.places, self.least = places, least
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"widget": widget, **kwargs})

    def to_python(self, value: Any) -> Decimal | None:
        text = SPACES.sub("", str(value or "")).replace("−", "-")
        if not text:
            return None
        if text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        try:
            found = Decimal(text)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or abs(found) > LARGEST or "e" in text.lower():
            raise forms.ValidationError(_t("This is not a number; write it like 1 200 000,50."))
        if -found.as_tuple().exponent > self.places:  # type: ignore[operator]
            raise forms.ValidationError(
                _t("Write at most %(n)d digits after the comma.") % {"n": self.places}
            )
        if self.least is not None and found < self.least:
            raise forms.ValidationError(
                _t("The number must be at least %(least)s.") % {"least": formats.number(self.least)}
            )
        return found

    def prepare_value(self, value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value
