"""Customs declarations CN22 and CN23 as data: one document, the same checks for paper and JSON.

Source: Universal Postal Union, forms CN 22 and CN 23. Limits of the fields are those that postal
operators ask for in their electronic declarations: 64 Latin letters of description, codes of 6, 8
or 10 digits. Lines are as many as one printed page holds (operators take up to 100 as data).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from pochin.exports import s10
from pochin.exports.models import Category

FORMAT = "pochin-customs/1"
FORMS = ("CN22", "CN23")
# What fits on one printed page.
MOST_LINES = {"CN22": 4, "CN23": 8}
LATIN = re.compile(r"[\x20-\x7e]+")
ADDRESS = ("name", "street", "city", "postcode", "country")
CYRILLIC = re.compile("[\u0400-\u04ff]")
# Where Russian addresses are read: the states of the regional community of posts.
READ_RUSSIAN = frozenset({"AM", "AZ", "BY", "KG", "KZ", "MD", "RU", "TJ", "TM", "UZ"})


def document(**given: Any) -> dict[str, Any]:
    """A declaration as a plain document: sums and weights as text, exact to the last digit."""
    articles = [
        {
            "description": one["description"],
            "quantity": int(one["quantity"]),
            "net_weight_g": int(one["net_weight_g"]),
            "value": f"{Decimal(one['value']):.2f}",
            "hs_code": one.get("hs_code", ""),
            "origin": one.get("origin", ""),
        }
        for one in given.pop("articles")
    ]
    return {
        "format": FORMAT,
        "explanation": "",
        "invoice": "",
        "licence": "",
        "certificate": "",
        "comments": "",
        "importer_reference": "",
        "importer_contact": "",
        "office": "",
        "postage": "",
        **given,
        "articles": articles,
    }


def totals(content: Mapping[str, Any]) -> dict[str, Any]:
    """Pieces, net weight in grams and value over all lines."""
    articles = content["articles"]
    return {
        "quantity": sum(one["quantity"] for one in articles),
        "net_weight_g": sum(one["net_weight_g"] for one in articles),
        "value": f"{sum((Decimal(one['value']) for one in articles), Decimal(0)):.2f}",
    }


def faults(content: Mapping[str, Any]) -> list[str]:
    """What is wrong with a declaration, in sentences; nothing where it may be handed in."""
    form = content.get("form")
    if form not in FORMS:
        return [_("A declaration is a CN22 or a CN23.")]
    said = [*_of_addresses(content), *_of_item(content), *_of_category(content)]
    articles = content.get("articles", [])
    if not articles:
        said.append(_("Name at least one article."))
    if len(articles) > MOST_LINES[form]:
        said.append(_("%(form)s has room for %(n)d lines; divide the item into several.")
                    % {"form": form, "n": MOST_LINES[form]})  # fmt: skip
    for number, article in enumerate(articles, start=1):
        said += [
            _("Line %(n)d: %(said)s") % {"n": number, "said": fault}
            for fault in _of_article(article, content)
        ]
    said += _of_weight(content, articles)
    return said


def _of_addresses(content: Mapping[str, Any]) -> list[str]:
    said = []
    for side, words in (("sender", _("the sender")), ("addressee", _("the addressee"))):
        given = content.get(side, {})
        if not all(str(given.get(name, "")).strip() for name in ADDRESS):
            said.append(_("Write name, street, city, postcode and country of %(who)s.")
                        % {"who": words})  # fmt: skip
        elif given["country"] not in s10.COUNTRIES:
            said.append(_("%(code)s is not the code of a country.") % {"code": given["country"]})
        elif _is_unread(given, content):
            said.append(_("Write the address of %(who)s in Latin letters; Cyrillic is not read in "
                          "the country of destination.") % {"who": words})  # fmt: skip
    return said


def _is_unread(address: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    """Whether an address is written in letters the country of destination does not read."""
    if content.get("addressee", {}).get("country") in READ_RUSSIAN:
        return False
    return any(CYRILLIC.search(str(address[name])) for name in ADDRESS)


def _of_item(content: Mapping[str, Any]) -> list[str]:
    item = content.get("item", "")
    if s10.is_valid(item):
        return []
    return [_("%(item)s is no number of an item: its check digit does not fit.") % {"item": item}]


def _of_category(content: Mapping[str, Any]) -> list[str]:
    category = content.get("category")
    if category not in Category.values:
        return [_("Say what the item is sent as.")]
    if category == Category.OTHER and not content.get("explanation"):
        return [_("Explain what “other” is.")]
    return []


def _of_article(article: Mapping[str, Any], content: Mapping[str, Any]) -> list[str]:
    said = []
    words = str(article.get("description", ""))
    if not 1 <= len(words) <= 64:
        said.append(_("describe the article in 1 to 64 letters."))
    elif not LATIN.fullmatch(words):
        said.append(_("describe the article in English; customs abroad does not read Cyrillic."))
    if int(article.get("quantity", 0)) < 1:
        said.append(_("the number of pieces must be at least one."))
    if int(article.get("net_weight_g", 0)) < 1:
        said.append(_("the net weight must be at least one gram."))
    if not _is_positive(article.get("value")):
        said.append(_("the value must be more than zero."))
    code = str(article.get("hs_code", ""))
    is_trade = content.get("category") in (Category.SALE, Category.SAMPLE)
    if (code or is_trade) and not (code.isdigit() and len(code) in (6, 8, 10)):
        said.append(_("a code of goods has 6, 8 or 10 digits."))
    origin = article.get("origin", "")
    if (origin or is_trade) and origin not in s10.COUNTRIES:
        said.append(_("name the country of origin by its two letters."))
    return said


def _is_positive(value: Any) -> bool:
    try:
        return Decimal(str(value)) > 0
    except InvalidOperation:
        return False


def _of_weight(content: Mapping[str, Any], articles: list[Mapping[str, Any]]) -> list[str]:
    gross = int(content.get("gross_weight_g", 0))
    net = sum(int(one.get("net_weight_g", 0)) for one in articles)
    if gross < net:
        return [_("The whole item must weigh at least what is in it.")]
    if content.get("form") == "CN22" and gross > 2_000:
        return [_("CN22 is for items up to 2 kg; fill in a CN23.")]
    return []
