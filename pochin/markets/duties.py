"""Duties as the tariff writes them (“15%, но не менее 0.15 EUR за 1 кг”), for readers."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.ui import formats

SHARE = re.compile(r"(?P<rate>\d+(?:\.\d+)?)\s*%?")
SUM = r"(?P<sum>\d+(?:\.\d+)?) (?P<currency>[A-Z]{3}) за (?P<per>\d+(?: \d{3})*) (?P<unit>.+)"
PIECES = re.compile(SUM)
BOTH = re.compile(rf"(?P<rate>\d+(?:\.\d+)?)%(?P<glue>, но не менее| плюс) {SUM}")
UNITS = {
    "кг": _("kg"), "т": _("t"), "л": _("l"), "шт": _("pcs"), "пар": _("pairs"), "м2": _("m²"),
    "см3, мл": _("cm³ of the engine"), "см3": _("cm³"),
}  # fmt: skip


# Units besides kilograms in which customs count goods, as the nomenclature writes them.
COUNTED = {
    **UNITS, "г": _("g"), "м": _("m"), "м3": _("m³"), "1000 шт": _("1000 pcs"),
    "1000 л": _("1000 l"), "1000 м3": _("1000 m³"), "шт, м": _("pcs, m"), "кар": _("carats"),
    "Ки": _("curies"), "1000 кВт·ч": _("1000 kWh"), "л 100% спирта": _("l of pure alcohol"),
    "кг 90% с/в": _("kg of 90% dry matter"), "г Д/И": _("g of fissile isotopes"),
    "т грп": _("t of carrying capacity"), "кг N": _("kg of nitrogen"), "кг U": _("kg of uranium"),
    "кг KOH": _("kg of caustic potash"), "кг NaOH": _("kg of caustic soda"),
    "кг K2O": _("kg of potassium oxide"),
    "кг P2O5": _("kg of phosphorus pentoxide"), "кг H2O2": _("kg of hydrogen peroxide"),
}  # fmt: skip


def unit_words(written: str) -> str:
    """A unit of the nomenclature in the language of the page; nothing where it is no unit.

    >>> from django.utils import translation
    >>> with translation.override("en"): unit_words("м 2"), unit_words("–")
    ('m²', '')
    """
    text = " ".join(written.rstrip(".").split()).replace("м 2", "м2").replace("м 3", "м3")
    return str(COUNTED.get(text, ""))


def duty_words(written: str) -> str:
    """A duty in the language of the page; what the tariff says in another way stays as it is.

    >>> from django.utils import translation
    >>> with translation.override("en"): duty_words("6.5%"), duty_words("0")
    ('6.5%', '0%')
    """
    text = " ".join(written.split())
    if found := SHARE.fullmatch(text):
        return _percent(found["rate"])
    if found := PIECES.fullmatch(text):
        return _t("%(sum)s per %(per)s %(unit)s") % _sum(found)
    if found := BOTH.fullmatch(text):
        given = {"rate": _percent(found["rate"]), **_sum(found)}
        if found["glue"] == " плюс":
            return _t("%(rate)s plus %(sum)s per %(per)s %(unit)s") % given
        return _t("%(rate)s, but at least %(sum)s per %(per)s %(unit)s") % given
    return written


def _percent(rate: str) -> str:
    return formats.with_unit(Decimal(rate), "%")


def _sum(found: re.Match[str]) -> dict[str, str]:
    unit = found["unit"].rstrip(".")
    return {
        "sum": formats.money(Decimal(found["sum"]), found["currency"], exact=True),
        "per": formats.number(int(found["per"].replace(" ", ""))),
        "unit": str(UNITS.get(unit, unit)),
    }
