"""Answers as people write them: numbers with a comma, shares in per cent, ranges."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _


def pairs(words_: dict[str, Any], *, empty: Any = None) -> list[tuple[str, Any]]:
    first = [] if empty is None else [("", empty)]
    return [*first, *words_.items()]


def written(value: float) -> str:
    """A number as people type it: no exponent, no needless zeros, a comma in Russian.

    >>> with translation.override("ru"): written(40_000_000.0), written(0.05)
    ('40000000', '0,05')
    """
    said = format(Decimal(f"{value:.12g}"), "f")
    said = said.rstrip("0").rstrip(".") if "." in said else said
    return said.replace(".", ",") if translation.get_language() == "ru" else said


class Number(forms.FloatField):
    """A number as people write it: with a comma or a point, with spaces inside."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return written(value) if _is_number(value) else value


class Percent(Number):
    """A share, written in per cent."""

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]
        found = super().to_python(value.replace("%", "") if isinstance(value, str) else value)
        return None if found is None else found / 100

    def prepare_value(self, value: Any) -> Any:
        return written(value * 100) if _is_number(value) else value


class Range(forms.CharField):
    """Three numbers: the least, the likely and the most; or one for all."""

    def clean(self, value: Any) -> dict[str, float] | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            found = [float("".join(p.split()).replace(",", ".")) for p in text.split(";")]
        except ValueError:
            found = []
        if len(found) == 1:
            found *= 3
        if len(found) != 3 or sorted(found) != found or not all(map(math.isfinite, found)):
            raise forms.ValidationError(
                _t("Write three numbers from the least to the most: 100; 120; 150.")
            )
        return dict(zip(("low", "mid", "high"), found, strict=True))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "; ".join(written(value[name]) for name in ("low", "mid", "high"))
        return value


class PercentRange(Range):
    """Three shares, written in per cent."""

    def clean(self, value: Any) -> dict[str, float] | None:
        found = super().clean(value.replace("%", "") if isinstance(value, str) else value)
        if found is None:
            return None
        if not 0 <= found["low"] <= found["high"] <= 100:
            raise forms.ValidationError(_("Write shares from 0 to 100, for example 60; 80; 95."))
        return {name: share / 100 for name, share in found.items()}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            value = {name: 100 * share for name, share in value.items()}
        return super().prepare_value(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Days(forms.CharField):
    """Days divided by semicolons."""

    def clean(self, value: Any) -> list[date]:
        text, day = super().clean(value), forms.DateField()
        try:
            return [day.clean(part.strip()) for part in (text or "").split(";") if part.strip()]
        except forms.ValidationError:
            raise forms.ValidationError(
                _t("Write days divided by semicolons, for example 28.12.2026; 04.01.2027.")
            ) from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "; ".join(f"{day:%d.%m.%Y}" for day in value)
        return value


class Shares(forms.CharField):
    """Shares of the run in per cent, divided by semicolons."""

    def clean(self, value: Any) -> list[float]:
        text = super().clean(value)
        try:
            found = [float(p.replace(",", ".").replace("%", "")) / 100
                     for p in (text or "").split(";") if p.strip()]  # fmt: skip
        except ValueError:
            found = [0.0]
        if any(not 0 < share < 1 for share in found):
            raise forms.ValidationError(_t("Write shares between 0 and 100, for example 50; 75."))
        return found

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "; ".join(f"{100 * share:g}" for share in value)
        return value
