"""Identifiers of Russian legal persons, checked by their own check digits."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum.ru import inn as _inn
from stdnum.ru import ogrn as _ogrn

# The library overlooks blanks and reads digits of other scripts; kept so, one organisation would
# stand in the register twice.
DIGITS = re.compile(r"[0-9]+")


def inn(value: str) -> None:
    """INN: 10 digits for an organisation, 12 for a person, with check digits."""
    if not (DIGITS.fullmatch(value) and _inn.is_valid(value)):
        raise ValidationError(
            _("The INN %(value)s does not add up: look for a mistyped digit.") % {"value": value}
        )


def ogrn(value: str) -> None:
    """OGRN: 13 digits, or 15 for an entrepreneur, with a check digit."""
    if not (DIGITS.fullmatch(value) and _ogrn.is_valid(value)):
        raise ValidationError(
            _("The OGRN %(value)s does not add up: look for a mistyped digit.") % {"value": value}
        )


def kpp(value: str) -> None:
    """KPP: four digits, two digits or capital letters, three digits; it has no check digit."""
    if not re.fullmatch(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}", value):
        raise ValidationError(
            _("The KPP %(value)s is not nine characters like 770801001.") % {"value": value}
        )
