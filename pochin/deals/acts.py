"""The act by which a delivery is accepted: what it says, its fingerprint, its paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.core import signatures, tongue
from pochin.core.calendar import MOSCOW
from pochin.deals.models import Deal, Delivery
from pochin.deals.money import tax_inside
from pochin.papers import pdf
from pochin.participants.models import in_reader_language
from pochin.ui import formats

HANDED, ACCEPTED = "handing over", "acceptance"
LANGUAGES = ("ru", "en")
# The signed bytes inside the paper.
FILE = "act.json"


def handed(delivery: Delivery) -> dict[str, Any]:
    """What the seller signs by handing over."""
    deal = delivery.deal
    return {
        "format": "pochin-handing-over/1",
        "deal": [deal.programme.code, deal.number, deal.sha256],
        "delivery": delivery.content(),
        "on": delivery.handed_on.isoformat() if delivery.handed_on else "",
        "shown_by": delivery.note,
        "by": _person(delivery.handed_by),
        "at": delivery.handed_at.isoformat() if delivery.handed_at else "",
    }


def content(delivery: Delivery) -> dict[str, Any]:
    """What the buyer signs by accepting: the act, with what the seller signed in it."""
    deal, said = delivery.deal, handed(delivery)
    return {
        "format": "pochin-act/1",
        "number": delivery.paper,
        "on": delivery.accepted_on.isoformat() if delivery.accepted_on else "",
        "contract": deal.contract,
        "signed_on": _day_in_moscow(deal.signed_at),
        "buyer": _company(deal.buyer),
        "seller": _company(deal.seller),
        "sum": [
            None if delivery.amount is None else str(delivery.amount), deal.currency,
            None if deal.vat is None else str(deal.vat),
        ],
        "handed_over": said,
        "handed_over_sha256": signatures.fingerprint(said),
        "remarks": delivery.remarks,
        "by": _person(delivery.accepted_by),
        "at": delivery.accepted_at.isoformat() if delivery.accepted_at else "",
    }  # fmt: skip


def _day_in_moscow(at: datetime | None) -> str:
    """The day of a moment for everybody, whatever the zone of who reads or signs."""
    return at.astimezone(MOSCOW).date().isoformat() if at else ""


def _person(person: Any) -> dict[str, str]:
    return {"ru": person.name_ru, "en": person.name_en} if person else {"ru": "", "en": ""}


def _company(company: Any) -> dict[str, str]:
    return {
        "ru": company.full_name_ru or company.name_ru,
        "en": company.full_name_en or company.name_en,
        "inn": company.inn,
        "kpp": company.kpp,
        "ogrn": company.ogrn,
        "address": " ".join(filter(None, (company.postcode, company.address))),
    }


def paper(delivery: Delivery, *, language: str) -> bytes:
    """The act as PDF, with the very bytes that were signed inside; unsigned, it is a draft."""
    moment, data = delivery.accepted_at or delivery.handed_at, laid_out(delivery, language)
    return pdf("deals/act", data, language=language, at=moment, attached=attached(delivery))


def attached(delivery: Delivery) -> dict[str, str]:
    """The bytes under the fingerprint, by the name of their file; a draft has none."""
    if not delivery.sha256:
        return {}
    return {FILE: signatures.canonical(delivery.act).decode()}


def laid_out(delivery: Delivery, language: str) -> dict[str, Any]:
    """What the paper says, written as people read it in this language."""
    with translation.override(language), formats.kept():
        return _data(delivery.deal, delivery, delivery.act or content(delivery))


def _data(deal: Deal, delivery: Delivery, said: dict[str, Any]) -> dict[str, Any]:
    is_signed = delivery.accepted_on is not None
    title = _("Acceptance act") if is_signed else _("Draft of an acceptance act")
    number = _("No. %(number)s") % {"number": said["number"] or "______"}
    return {
        "title": title,
        "number": f"{title} {said['number']}".strip(),
        "heading": f"{title} {number}",
        "day": _day(said["on"]),
        "centre": str(deal.programme.centre),
        "programme": str(deal.programme),
        "demonstration": deal.is_demonstration,
        "contract": _contract(deal, said),
        "parties": [
            [_("Seller"), _told(said["seller"])],
            [_("Buyer"), _told(said["buyer"])],
        ],
        "table": _table(delivery, said),
        "amounts": _amounts(said),
        "shown_by": [_("What shows it"), said["handed_over"]["shown_by"]],
        "remarks": [_("Remarks"), _remarks(said, is_signed=is_signed)],
        "closing": _("The seller handed over, and the buyer accepted, what this act names.")
        if is_signed
        else _("This is a draft: the buyer has not accepted yet."),
        "signatures": _signatures(said, delivery.sha256),
        "hand": [] if is_signed else [_("For the seller"), _("For the buyer")],
        "signature": _("signature"),
        "print": delivery.sha256,
        "print_words": _("The fingerprint is the SHA-256 of %(file)s inside this file.")
        % {"file": FILE},
    }


def _contract(deal: Deal, said: dict[str, Any]) -> str:
    words = _("under contract %(contract)s of %(day)s (%(deal)s, %(title)s)")
    return words % {
        "contract": said["contract"] or deal.code,
        "day": _day(said["signed_on"]),
        "deal": deal.code,
        "title": deal,
    }


def _told(company: dict[str, str]) -> str:
    """A company as papers name it: its full name, its numbers, its address."""
    numbers = [(_("INN"), "inn"), (_("KPP"), "kpp"), (_("OGRN"), "ogrn")]
    return ", ".join([
        in_reader_language(company["ru"], company["en"]),
        *(f"{word} {company[name]}" for word, name in numbers if company[name]),
        *filter(None, [company["address"]]),
    ])  # fmt: skip


def _table(delivery: Delivery, said: dict[str, Any]) -> dict[str, Any]:
    amount, currency, _vat = said["sum"]
    sum_ = formats.money(Decimal(amount), currency) if amount else formats.DASH
    return {
        "head": ["№", _("What is handed over"), _("Due"), _("Handed over"), _("Sum with tax")],
        "widths": [1, 7, 3, 3, 4],
        "align": ["left", "left", "left", "left", "right"],
        "rows": [[
            str(delivery.number), delivery.words,
            formats.day(delivery.due_on) if delivery.due_on else formats.DASH,
            "\n".join(filter(None, [_day(said["handed_over"]["on"]), _late(delivery, said)])), sum_,
        ]],
    }  # fmt: skip


def _late(delivery: Delivery, said: dict[str, Any]) -> str:
    """By how many days it came after the day of the contract; nothing where it came in time."""
    on = said["handed_over"]["on"]
    if not on or delivery.due_on is None:
        return ""
    days = (date.fromisoformat(on) - delivery.due_on).days
    words = ngettext("%(n)d day late", "%(n)d days late", days)
    return words % {"n": days} if days > 0 else ""


def _amounts(said: dict[str, Any]) -> str:
    amount, currency, vat = said["sum"]
    if amount is None:
        return _(
            "No sum of its own was agreed for this delivery; it is paid by the schedule of the "
            "contract."
        )
    whole = Decimal(amount)
    words = _("To be paid for it: %(sum)s.") % {"sum": formats.money(whole, currency)}
    if vat is None:
        return " ".join([words, _("It is outside of value added tax.")])
    tax = formats.money(tax_inside(whole, Decimal(vat)), currency)
    rate = formats.percent(Decimal(vat) / 100, places=0)
    inside = _("Value added tax inside, %(rate)s: %(tax)s.") % {"rate": rate, "tax": tax}
    return f"{words} {inside}"


def _remarks(said: dict[str, Any], *, is_signed: bool) -> str:
    if not said["remarks"]:
        return _("None.") if is_signed else ""
    words = (
        _("It was returned once with remarks, put right and handed over again: “%(remarks)s”")
        if is_signed
        else _("It was returned with remarks and handed over again: “%(remarks)s”")
    )
    return words % {"remarks": tongue.own(said["remarks"])}


def _signatures(said: dict[str, Any], sha256: str) -> list[dict[str, str]]:
    sides = (
        (said["handed_over"], "seller", _("handed over for %(company)s"),
         said["handed_over_sha256"]),
        (said, "buyer", _("accepted for %(company)s"), sha256),
    )  # fmt: skip
    return [
        {
            "name": in_reader_language(one["by"]["ru"], one["by"]["en"]),
            "role": words % {"company": in_reader_language(said[side]["ru"], said[side]["en"])},
            "at": formats.moment(datetime.fromisoformat(one["at"])),
            "sha256": print_,
        }
        for one, side, words, print_ in sides
        if one["at"]
    ]


def _day(iso: str) -> str:
    return formats.day(date.fromisoformat(iso)) if iso else ""
