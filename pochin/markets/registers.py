"""The files that are taken in: how each is known by its columns, and what its rows say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.markets.models import (
    WORLD,
    Country,
    Distance,
    Flow,
    Heading,
    Logistics,
    Rate,
    Tariff,
)
from pochin.participants.registers import BrokenRow

Row = dict[str, str]
# Letters that countries had before, as older tables still write them.
FORMER = {"ROM": "ROU", "ZAR": "COD", "YUG": "SRB", "TMP": "TLS", "PAL": "PSE"}


@dataclass(frozen=True, slots=True)
class Register:
    """One kind of file.

    Attributes:
        name: What it is called in the journal and on the page of sources.
        words: What it is called to people.
        columns: The columns by which it is known; more may stand beside them.
        model: What its rows become.
        key: The fields that say which thing a row is about.
        read: The values of a row, key and facts; None where the row is no fact of this register.
    """

    name: str
    words: Any
    columns: frozenset[str]
    model: type[models.Model]
    key: tuple[str, ...]
    read: Callable[[Row], dict[str, Any] | None]


# No country buys for so much, nothing on Earth is so far, no unit of money costs so much.
LARGEST, FARTHEST, DEAREST = Decimal(10**15), Decimal(10**5), Decimal(10**9)


def _decimal(text: str, what: str, most: Decimal = LARGEST) -> Decimal:
    try:
        value = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise BrokenRow(_("“%(text)s” is not a number (%(what)s).") % _said(text, what))
    if abs(value) >= most:
        raise BrokenRow(_("“%(text)s” is too large (%(what)s).") % _said(text, what))
    return value


def _said(text: str, what: str) -> dict[str, str]:
    return {"text": text[:40], "what": what}


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", text):
        words = _("“%(text)s” is not a country's code of three capital letters.")
        raise BrokenRow(words % {"text": text[:40]})
    return text


def _year(text: str) -> int:
    if not re.fullmatch(r"(19|20)\d\d", text):
        raise BrokenRow(_("“%(text)s” is not a year.") % {"text": text[:40]})
    return int(text)


def _code(text: str, *lengths: int) -> str:
    if re.fullmatch(r"[0-9]+", text) and len(text) in lengths:
        return text
    if re.fullmatch(r"[0-9]+", text) and len(text) + 1 in lengths and text[0] != "0":
        words = _("“%(text)s” is not a code of goods: the zero at its beginning seems to be lost.")
        raise BrokenRow(words % {"text": text})
    raise BrokenRow(_("“%(text)s” is not a code of goods.") % {"text": text[:40]})


def _hs2022(row: Row) -> dict[str, Any] | None:
    if row["hscode"] == "TOTAL":
        return None
    code = _code(row["hscode"], 2, 4, 6)
    return {
        "code": code, "digits": len(code), "name_en": row["description"], "in_hs2022": True,
    }  # fmt: skip


def _hs2017(row: Row) -> dict[str, Any] | None:
    if row["id"] == "TOTAL":
        return None
    code = _code(row["id"], 2, 4, 6)
    name = row["text"].removeprefix(f"{code} - ")
    return {"code": code, "digits": len(code), "name_2017": name, "in_hs2017": True}


def _eaeu(row: Row) -> dict[str, Any] | None:
    if not row["code"]:
        return None  # a line that only gathers others; its words stand in their full names
    code = _code(row["code"], 4, 6, 9, 10)
    return {
        "code": code,
        "digits": len(code),
        "name_ru": row["full_name_ru"].replace(" > ", " → "),
        "unit": row["unit"][:60],
        "in_eaeu": True,
    }


def _duty(row: Row) -> dict[str, Any]:
    code = _code(row["hs_code"], 4, 6, 9, 10)
    duty = row["duty_rate"][:200]
    return {"code": code, "digits": len(code), "duty": duty, "in_eaeu": True}


def _flow(row: Row) -> dict[str, Any] | None:
    flow = row.get("flow_desc") or row.get("flow_code") or "Import"
    if flow not in {"Import", "Imports", "M"}:
        return None  # what is sold abroad is counted by those who buy it
    value = _decimal(row["primary_value"], _("value"))
    if value < 0:
        raise BrokenRow(_("The value %(value)s is below zero.") % {"value": value})
    return {
        "reporter": _country(row["reporter_iso"]),
        "partner": _partner(row["partner_iso"]),
        "code": _code(row["cmd_code"], 2, 4, 6),
        "year": _year(row["ref_year"]),
        "value": value.quantize(Decimal("0.001")),
    }


# Partners that are no land, as the statistics write them: places not named, bunkers, secrets.
UNNAMED = {"_X", "X1", "XX"}


def _partner(text: str) -> str:
    if text in {WORLD, "WLD"}:
        return WORLD
    return text if text in UNNAMED else _country(text)


def _pair(row: Row) -> dict[str, Any] | None:
    if row["iso_o"] == row["iso_d"] or row["dist"] in {"", "."}:
        return None
    # The weighted distance is missing for some pairs: that between the largest towns stands in.
    text = row["distw"] if re.fullmatch(r"\d+(\.\d+)?", row["distw"]) else row["dist"]
    km = _decimal(text, _("distance"), FARTHEST)
    ends = [FORMER.get(row[name], row[name]) for name in ("iso_o", "iso_d")]
    return {
        "origin": _country(ends[0]),
        "destination": _country(ends[1]),
        "km": km.quantize(Decimal("0.1")),
    }


def _logistics(row: Row) -> dict[str, Any]:
    score = _decimal(row["Overall LPI Score"], _("score"))
    if not 1 <= score <= 5:
        raise BrokenRow(_("The score %(score)s is not between 1 and 5.") % {"score": score})
    return {
        "country": _country(row["Code"]),
        "year": _year(row["Year"]),
        "score": score.quantize(Decimal("0.01")),
    }


def _tariff(row: Row) -> dict[str, Any]:
    rate = _decimal(row["rate"], _("duty"))
    if not 0 <= rate < 3000:
        raise BrokenRow(_("A duty of %(rate)s per cent is not possible.") % {"rate": rate})
    return {
        "country": _country(row["country"]),
        "code": _code(row["code"], 2, 4, 6, 8, 10),
        "year": _year(row["year"]),
        "rate": rate.quantize(Decimal("0.01")),
    }


def _land(row: Row) -> dict[str, Any] | None:
    if not row["ISO3166-1-Alpha-3"]:
        return None
    if not re.fullmatch(r"[A-Z]{2}", row["ISO3166-1-Alpha-2"]):
        words = _("“%(text)s” is not a country's code of two capital letters.")
        raise BrokenRow(words % {"text": row["ISO3166-1-Alpha-2"][:40]})
    return {
        "code": _country(row["ISO3166-1-Alpha-3"]),
        "alpha2": row["ISO3166-1-Alpha-2"],
        "currency": row["ISO4217-currency_alphabetic_code"][:3],
    }


def _rate(row: Row) -> dict[str, Any]:
    currency = row["currency"].upper()
    if not re.fullmatch(r"[A-Z]{3}", currency) or currency == "RUB":
        words = _("“%(text)s” is not a foreign currency's code of three letters.")
        raise BrokenRow(words % {"text": row["currency"][:40]})
    roubles = _decimal(row["rate"], _("exchange rate"), DEAREST)
    nominal = row.get("nominal") or "1"
    if roubles <= 0 or not re.fullmatch(r"[1-9]\d{0,6}", nominal):
        raise BrokenRow(_("A rate is more than zero roubles for a whole number of units."))
    return {
        "currency": currency,
        "day": _any_day(row["date"]),
        "nominal": int(nominal),
        "roubles": roubles.quantize(Decimal("0.000001")),
    }


def _any_day(text: str) -> date:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise BrokenRow(_("“%(text)s” is not a date.") % {"text": text[:40]})


GOODS = (
    Register("hs2022", _l("Harmonised System 2022"), frozenset({"hscode", "description", "level"}),
             Heading, ("code",), _hs2022),
    Register("hs2017", _l("Harmonised System 2017"), frozenset({"id", "text", "aggrlevel"}),
             Heading, ("code",), _hs2017),
    Register("eaeu", _l("nomenclature of the Eurasian union"),
             frozenset({"code", "full_name_ru", "unit"}), Heading, ("code",), _eaeu),
    Register("duties", _l("duties of the Eurasian union"), frozenset({"hs_code", "duty_rate"}),
             Heading, ("code",), _duty),
)  # fmt: skip
TRADE = (
    Register("flows", _l("imports by country"),
             frozenset({"reporter_iso", "partner_iso", "cmd_code", "ref_year", "primary_value"}),
             Flow, ("code", "reporter", "partner", "year"), _flow),
    Register("distances", _l("distances between countries"),
             frozenset({"iso_o", "iso_d", "dist", "distw"}),
             Distance, ("origin", "destination"), _pair),
    Register("logistics", _l("logistics performance index"),
             frozenset({"Code", "Overall LPI Score", "Year"}),
             Logistics, ("country", "year"), _logistics),
    Register("tariffs", _l("duties of other countries"),
             frozenset({"country", "code", "year", "rate"}),
             Tariff, ("country", "code", "year"), _tariff),
    Register("countries", _l("codes of countries"),
             frozenset({"ISO3166-1-Alpha-3", "ISO3166-1-Alpha-2",
                        "ISO4217-currency_alphabetic_code"}), Country, ("code",), _land),
)  # fmt: skip
RATES = (
    Register("rates", _l("rates of currencies"), frozenset({"date", "currency", "rate"}),
             Rate, ("currency", "day"), _rate),
)  # fmt: skip
