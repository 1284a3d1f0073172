"""What the pages of an export project show, and what its declarations print."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.exports import declaration, operations, post
from pochin.exports.lifecycle.guards import wanted
from pochin.exports.models import (
    ACTIVE,
    Category,
    Declaration,
    ItemRange,
    Project,
    Readiness,
    ReadinessLine,
    Shipment,
    State,
)
from pochin.markets.models import Country, country_name
from pochin.papers.printing import pdf
from pochin.ui import formats, parts
from pochin.ui.pieces import Step


def facts(project: Project) -> list[tuple[Any, Any]]:
    """What is known of the product, one under another."""
    sides = [project.length_mm, project.width_mm, project.height_mm]
    size = " × ".join(str(side) for side in sides) if all(sides) else ""
    weight = formats.number(Decimal(project.weight_g) / 1000) if project.weight_g else ""
    rows = [
        (_("Company"), project.organisation),
        (_("Programme"), project.programme),
        (_("Product form"), project.get_form_display()),
        (_("Solution"), project.solution),
        (_("For customs"), project.customs_en),
        (_("Country of origin"), project.origin and country_name(project.origin)),
        (_("Weight of one, kg"), weight),
        (_("Size, mm"), size),
        (_("Price of one"), _money(project.price, project.currency)),
        (_("Export manager"), project.manager),
        (_("Forecast"), parts.said(project.forecast) if project.forecast else ""),
        (_("Reasons"), parts.said(project.reasons) if project.reasons else ""),
    ]
    return [(word, value) for word, value in rows if value not in (None, "")]


def _money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else formats.money(amount, currency)


def steps(project: Project) -> list[Step]:
    """The stages, with the one the project is on."""
    now = project.held_from if project.state == State.ON_HOLD else project.state
    place = ACTIVE.index(State(now)) if now in ACTIVE else len(ACTIVE)
    return [
        Step(
            title=State(state).label,
            state="done" if n < place else "now" if n == place else "next",
        )
        for n, state in enumerate(ACTIVE)
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the readiness checklist; without evidence it is still to be done."""

    label: Any
    done: ReadinessLine | None


def readiness(project: Project) -> list[Line]:
    done = {line.code: line for line in project.readiness.select_related("done_by")}
    asked = wanted(project)
    return [Line(one.label, done.get(one)) for one in Readiness if one.value in asked]


def targets(project: Project) -> list[str]:
    """The names of the countries the project aims at."""
    codes = list(project.targets.order_by("iso3").values_list("iso3", flat=True))
    names = {c.code: str(c) for c in Country.objects.filter(code__in=codes)}
    return [names.get(code, code) for code in codes]


def contracts(project: Project) -> dict[str, Any]:
    """The contracts with what was shipped under them, and both sums in roubles."""
    found = list(project.contracts.prefetch_related("shipped").order_by("number"))
    shipped = [one for contract in found for one in contract.shipped.all()]
    return {
        "contracts": found,
        "signed_roubles": sum((c.roubles for c in found), Decimal(0)),
        "shipped_roubles": sum((one.roubles for one in shipped), Decimal(0)),
    }


def by_post(project: Project) -> dict[str, Any]:
    """The postal channel: which services take it, what stands in the way, what was sent."""
    shipments = project.shipments.prefetch_related("events").order_by("-sent_on", "-pk")
    ranges = list(project.ranges.order_by("pk"))
    return {
        "post_why_not": post.why_not(project),
        "ways": post.ways(project),
        "ranges": ranges,
        "numbers_short": _short_of_numbers(ranges),
        "declarations": project.declarations.order_by("number"),
        "shipments": [(one, _events(one)) for one in shipments],
    }


# With so few numbers left a new range is to be asked for: the post takes days to give one.
FEW = 5


def _short_of_numbers(ranges: list[ItemRange]) -> str:
    """That the numbers of items come to their end; nothing while there are enough."""
    left = sum(one.left for one in ranges)
    if not ranges or left > FEW:
        return ""
    if not left:
        return _t("All item numbers are issued. Ask the post for a range and enter it.")
    words = ngettext(
        "%(n)d item number is left. Ask the post for a new range in time.",
        "%(n)d item numbers are left. Ask the post for a new range in time.",
        left,
    )
    return words % {"n": left}


def _events(shipment: Shipment) -> list[tuple[Any, str, str]]:
    found = sorted(shipment.events.all(), key=lambda event: event.at, reverse=True)
    return [(e.at, operations.words(e.operation, e.attribute), e.place) for e in found]


# Declarations


CATEGORIES = {
    Category.SALE: ("Продажа товара", "Sale of goods"),
    Category.SAMPLE: ("Коммерческий образец", "Commercial sample"),
    Category.GIFT: ("Подарок", "Gift"),
    Category.DOCUMENTS: ("Документы", "Documents"),
    Category.RETURNED: ("Возврат товара", "Returned goods"),
    Category.OTHER: ("Прочее", "Other"),
}
# CN22 is a label on the item, CN23 a form beside it.
PAPERS = {"CN22": "customs_label", "CN23": "customs_form"}
OPERATOR = "Почта России / Russian Post"


def printed(made: Declaration) -> bytes:
    """The declaration as a PDF of one page, in Russian and English."""
    content = made.content
    total = declaration.totals(content)
    data = {
        **{n: content[n] for n in ("item", "currency", "explanation", "invoice", "licence",
                                   "certificate", "comments", "postage", "office",
                                   "importer_reference", "importer_contact")},
        **{side: {**content[side], "country": _land(content[side]["country"])}
           for side in ("sender", "addressee")},
        "title": f"{made.kind} {content['item']}",
        "operator": OPERATOR,
        "lines": [_printed_line(one) for one in content["articles"]],
        "total": {
            "quantity": str(total["quantity"]), "net": _kg(total["net_weight_g"]),
            "value": total["value"],
        },
        "gross": _kg(content["gross_weight_g"]),
        "categories": [
            {"ru": ru, "en": en, "on": content["category"] == code}
            for code, (ru, en) in CATEGORIES.items()
        ],
        "sha256": made.sha256,
        "demonstration": made.project.is_demonstration,
    }  # fmt: skip
    return pdf(f"exports/{PAPERS[made.kind]}", data, language="en", at=made.made_at)


def _land(alpha2: str) -> str:
    """A country as customs of both sides read it, with its code."""
    names = []
    for language in ("ru", "en"):
        with translation.override(language):
            names.append(country_name(alpha2))
    return f"{names[0]} / {names[1].upper()} ({alpha2})"


def _printed_line(one: dict[str, Any]) -> dict[str, str]:
    return {
        "description": one["description"],
        "quantity": str(one["quantity"]),
        "net": _kg(one["net_weight_g"]),
        "value": one["value"],
        "hs_code": one["hs_code"],
        "origin": one["origin"],
    }


def _kg(grams: int) -> str:
    return f"{Decimal(grams) / 1000:.3f}"
