"""Whether and how goods go abroad by post: weight, size, contents, and which declaration.

Source: Universal Postal Union, Convention Manual and Parcel Post Regulations (limits of size and
weight), Customs declarations CN 22 and CN 23 (used above 300 SDR).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import Refused
from pochin.exports.models import Project
from pochin.markets.rates import convert

# Special drawing rights up to which the short declaration is enough.
MOST_SDR = 300


class Prohibited(models.TextChoices):
    """Contents that no postal item may carry abroad."""

    EXPLOSIVE = "explosive", _("explosives, flammable or corrosive substances")
    BATTERIES = "batteries", _("lithium batteries that are not built into a device")
    RADIOACTIVE = "radioactive", _("radioactive or infectious substances")
    DRUGS = "drugs", _("narcotics and psychotropic substances")
    LIVING = "living", _("living animals")
    WEAPONS = "weapons", _("weapons and their parts")
    MONEY = "money", _("money and securities")
    FAKES = "fakes", _("counterfeits and what breaks the law of the destination")


@dataclass(frozen=True, slots=True)
class Service:
    """A way to send goods abroad: its limits in grams and millimetres.

    `girth_mm` limits the length and the girth around it together, `sum_mm` the three sides.
    """

    code: str
    label: Any
    most_g: int
    longest_mm: int
    sum_mm: int = 0
    girth_mm: int = 0


SERVICES = (
    Service("packet", _("small packet"), 2_000, 600, sum_mm=900),
    Service("parcel", _("parcel"), 20_000, 1_050, girth_mm=2_000),
    Service("ems", _("express item (EMS)"), 30_000, 1_500, girth_mm=3_000),
)


@dataclass(frozen=True, slots=True)
class Way:
    """A service with what keeps the goods out of it; nothing where they fit."""

    service: Service
    obstacles: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return not self.obstacles


def ways(project: Project) -> list[Way]:
    """Each service with what stands in its way, by weight and size of one piece."""
    return [Way(service, tuple(_obstacles(project, service))) for service in SERVICES]


def _obstacles(project: Project, service: Service) -> list[str]:
    sides = [project.length_mm, project.width_mm, project.height_mm]
    if project.weight_g is None or any(side is None for side in sides):
        return [_t("Write the weight and the three sides first.")]
    small, middle, longest = sorted(side for side in sides if side is not None)
    said = []
    if project.weight_g > service.most_g:
        said.append(_t("Heavier than %(kg)s kg.") % {"kg": f"{Decimal(service.most_g) / 1000:g}"})
    if longest > service.longest_mm:
        said.append(_t("The longest side is over %(mm)d mm.") % {"mm": service.longest_mm})
    if service.sum_mm and small + middle + longest > service.sum_mm:
        said.append(_t("The three sides together are over %(mm)d mm.") % {"mm": service.sum_mm})
    if service.girth_mm and longest + 2 * (small + middle) > service.girth_mm:
        said.append(_t("The length with the girth is over %(mm)d mm.") % {"mm": service.girth_mm})
    return said


def why_not(project: Project) -> str:
    """Why nothing of the project may go by post; empty where it may."""
    if not project.is_goods:
        return _t("Only goods go by post.")
    if project.prohibited is None:
        return _t("Answer first whether the contents are prohibited.")
    if project.prohibited:
        names = [str(Prohibited(code).label) for code in project.prohibited]
        return _t("This may not be sent by post: %(what)s.") % {"what": "; ".join(names)}
    if not any(way.is_open for way in ways(project)):
        return _t("No service takes this weight and size.")
    return ""


def declaration_kind(weight_g: int, roubles: Decimal | None, on: date) -> str:
    """Which declaration an item needs: CN22 up to 2 kg and 300 SDR, otherwise CN23.

    Where the rate of special drawing rights (XDR) is not known, the fuller one is right.
    """
    if roubles is None or weight_g > SERVICES[0].most_g:
        return "CN23"
    try:
        limit = convert(Decimal(MOST_SDR), "XDR", on).roubles
    except Refused:
        return "CN23"
    return "CN22" if roubles <= limit else "CN23"
