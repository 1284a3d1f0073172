"""Numbers as people type them: spaces between thousands, a comma or a point."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class FigureField(forms.DecimalField):
    """A number: “1 200 000,50”, “1200000.50” and “−2,5” are read as they are meant."""

    default_error_messages = {"invalid": _("This is not a number; write it like 1 200 000,50.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("localize", None)
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"widget": widget, **kwargs})

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str):
            value = "".join(value.split()).replace("−", "-")
            if value.count(",") == 1 and "." not in value:
                value = value.replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box: no needless noughts, the sign of the reader's language.

        >>> FigureField().prepare_value(Decimal("600000.00"))
        '600000'
        """
        if not isinstance(value, Decimal) or not value.is_finite():
            return value
        said = format(value, "f")
        said = said.rstrip("0").rstrip(".") if "." in said else said
        return said.replace(".", ",") if translation.get_language() == "ru" else said
