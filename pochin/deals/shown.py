"""What the pages of a deal show: facts, approvals, money, rights, the road of its benefit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.deals.models import Approval, Deal, Payment, Realised, RollOut
from pochin.deals.models.rollout import adoption, share_of_promise
from pochin.deals.policy import signs_for
from pochin.ui import charts, formats, parts, pieces

MINOR = 100  # kopecks in a rouble: a plan counts money in minor units


def facts(deal: Deal) -> list[tuple[Any, Any]]:
    """The terms, one under another; what is not written yet is not there."""
    rows = [
        (_("Type of deal"), deal.get_kind_display()),
        (_("Programme"), deal.programme),
        (_("Buyer"), deal.buyer),
        (_("Seller"), deal.seller),
        (_("Who leads the deal"), deal.manager),
        (_("Sum with tax"), _exact(deal)),
        (_("Volume"), parts.said(deal.volume) if deal.volume else ""),
        (_("Sites planned"), deal.sites_planned),
        (_("Procurement route"), _route(deal)),
        (_("Number of the contract"), deal.contract),
        (_("In force from"), deal.starts_on and formats.day(deal.starts_on)),
        (_("In force until"), deal.ends_on and formats.day(deal.ends_on)),
        (_("Signed"), deal.signed_at and parts.exact_time(deal.signed_at)),
        (_("Days from decision to signature"), deal.days_to_sign),
        (_("Ended"), deal.ended_on and formats.day(deal.ended_on)),
        (_("Reason"), deal.get_reason_code_display()),
        (_("Reasons"), parts.said(deal.reasons) if deal.reasons else ""),
    ]
    return [(word, value) for word, value in rows if value not in (None, "")]


def _exact(deal: Deal) -> str:
    return "" if deal.amount is None else formats.money(deal.amount, deal.currency)


def _route(deal: Deal) -> Any:
    number = f" № {deal.route_number}" if deal.route_number else ""
    return f"{deal.get_route_display()}{number}" if deal.route else ""


def amounts(deal: Deal) -> list[tuple[str, Any]]:
    """The sum, the tax inside it, what was paid and what is late, as large numbers."""
    if deal.amount is None:
        return []
    payments = list(deal.payments.all())
    paid = sum((p.amount for p in payments if p.paid_on), Decimal(0))
    late = sum((p.amount for p in payments if p.is_overdue), Decimal(0))
    rows: list[tuple[str, Any]] = [
        (formats.money(deal.amount, deal.currency, short=True), _("sum with tax")),
        (
            formats.money(deal.tax, deal.currency, short=True),
            _("value added tax inside, %(rate)s") % {"rate": _rate(deal.vat)}
            if deal.vat is not None
            else _("outside of value added tax"),
        ),
        (formats.money(paid, deal.currency, short=True), _("paid")),
    ]
    if late:
        rows.append((formats.money(late, deal.currency, short=True), _("overdue")))
    return rows


def _rate(rate: Decimal) -> str:
    return formats.percent(rate / 100, places=0)


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One number the plan promised or the pilot measured, and its words."""

    words: Any
    value: str


def promise(deal: Deal) -> list[PromiseLine]:
    """What the plan promised and the pilot measured, as they stood when the deal was opened."""
    said = deal.promised
    if not said:
        return []
    unit = said.get("unit", "")
    lines = [
        PromiseLine(_("Metric"), said.get("name", said["metric"])),
        PromiseLine(_("Promised by the plan"), formats.with_unit(_signed(said), unit, sign=True)),
    ]
    measured = said.get("measured") or {}
    if measured.get("estimate") is not None:
        lines.append(PromiseLine(_("Measured in the pilot"), _measured(measured, unit)))
    lines.append(PromiseLine(_("Sites of the pilot"), formats.number(said.get("sites"))))
    money = said.get("money", {})
    if "value" in money:
        lines.append(PromiseLine(_("Value of one unit"), _range(money["value"]["per_unit"])))
    lines += [
        PromiseLine(_COST.get(item["name"], item["name"]), _range(item))
        for item in money.get("cost", {}).get("items", [])
    ]
    return lines


_COST = {"capex": _("Cost of bringing it in"), "running": _("Cost of running it, a year")}


def _signed(said: dict[str, Any]) -> float:
    return -said["threshold"] if said["direction"] == "lower" else said["threshold"]


def _measured(measured: dict[str, Any], unit: str) -> str:
    middle = formats.with_unit(round(measured["estimate"], 2), unit, sign=True)
    if measured.get("low") is None or measured.get("high") is None:
        return middle
    low, high = (formats.number(round(measured[end], 2), sign=True) for end in ("low", "high"))
    return f"{middle} ({low} … {high})"


def _range(value: dict[str, Any]) -> str:
    """A range of money that the plan keeps in integer minor units."""
    low, mid, high = (Decimal(int(value[name])) / MINOR for name in ("low", "mid", "high"))
    return f"{formats.money(mid)} ({formats.money(low)} … {formats.money(high)})"


def signature_rows(deal: Deal, user: Any) -> list[pieces.Signature]:
    """Who signs for each side, and who has."""
    signed = {one.role: one for one in signatures.under(deal, what="deal", sha256=deal.sha256)}
    sides = [
        ("buyer", deal.buyer_signatory, deal.buyer),
        ("seller", deal.seller_signatory, deal.seller),
    ]
    mine = signs_for(user, deal)
    return [
        pieces.Signature(
            name=signed[side].by if side in signed else person or _("not named yet"),
            role=organisation,
            state="signed" if side in signed else "yours" if _is_asked(deal, mine, side)
            else "waiting",
            at=signed[side].at if side in signed else None,
        )
        for side, person, organisation in sides
    ]  # fmt: skip


def _is_asked(deal: Deal, mine: str | None, side: str) -> bool:
    return mine == side and deal.state == "approvals"


APPROVAL_TONES = {"asked": "waiting", "given": "quiet", "returned": "bad", "void": "plain"}


def approval_badge(approval: Approval) -> Any:
    return parts.badge(approval.get_state_display(), tone=APPROVAL_TONES[approval.state])


def payments(deal: Deal) -> list[Payment]:
    """The schedule, in the order in which the payments are due."""
    found = list(deal.payments.order_by("due_on", "number"))
    for payment in found:
        payment.deal = deal
    return found


def benefit(deal: Deal) -> Any:
    """The measured effect of the pilot on an axis with the promise; nothing where there is none."""
    said = deal.promised
    measured = said.get("measured") or {}
    if not said or measured.get("low") is None or measured.get("high") is None:
        return ""
    promised = _signed(said)
    estimate = charts.Estimate(measured["estimate"], measured["low"], measured["high"])
    scale = charts.Scale.around([0, promised, estimate.low, estimate.high], pad=0.08)
    what = _("Measured in the pilot")
    label = f"{what}: {_measured(measured, said.get('unit', ''))}"
    return charts.with_axis(
        estimate, scale=scale, label=label, unit=said.get("unit", ""), zero=0, threshold=promised
    )


@dataclass(frozen=True, slots=True)
class BenefitLine:
    """What came of the promise over one period after the pilot."""

    line: Realised
    effect: str
    share: float


def realised(roll_out: RollOut) -> list[BenefitLine]:
    """The periods measured after the pilot, each as a share of what was promised."""
    said = roll_out.deal.promised
    return [
        BenefitLine(
            line,
            formats.with_unit(line.effect.normalize() + 0, said.get("unit", ""), sign=True),
            float(share_of_promise(line.effect, said["threshold"], said["direction"])),
        )
        for line in roll_out.realised.order_by("number")
    ]


def adopted(roll_out: RollOut) -> dict[str, Any]:
    """How many sites work with the solution, of how many planned."""
    done, planned = adoption(roll_out)
    return {"done": done, "planned": planned, "share": done / planned if planned else None}
