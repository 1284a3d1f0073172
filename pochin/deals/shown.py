"""What the pages of a deal show: facts, approvals, money, rights, the road of its benefit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.deals import receiving
from pochin.deals.lifecycle import guards
from pochin.deals.models import (
    Approval,
    ApprovalState,
    Deal,
    FollowUp,
    Payment,
    Realised,
    RollOut,
    State,
    Way,
)
from pochin.deals.models.deal import BEFORE_SIGNED
from pochin.deals.models.rollout import adoption, share_of_promise
from pochin.deals.policy import signs_for
from pochin.deals.worth import worth
from pochin.pilots import wording
from pochin.ui import charts, formats, parts, pieces

FAULTS = 20  # rows set aside that are shown
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
    number = f" {formats.numbered(deal.route_number)}" if deal.route_number else ""
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


def _promised(deal: Deal) -> dict[str, Any]:
    """What the plan promised, its unit in the reader's language; empty without a promise."""
    said = deal.promised or {}
    return {**said, "unit": wording.of(deal.pilot).said(said.get("unit", ""))} if said else {}


def promise(deal: Deal) -> list[PromiseLine]:
    """What the plan promised and the pilot measured, as they stood when the deal was opened."""
    said = _promised(deal)
    if not said:
        return []
    told = wording.of(deal.pilot)
    lines = [
        PromiseLine(_("Metric"), told.said(said.get("name", said["metric"]))),
        PromiseLine(_("Promised by the plan"), _amount(_signed(said), said)),
    ]
    measured = said.get("measured") or {}
    if measured.get("estimate") is not None:
        words = _interval(measured["estimate"], measured["low"], measured["high"], said)
        lines.append(PromiseLine(_("Measured in the pilot"), words))
    lines.append(PromiseLine(_("Sites of the pilot"), formats.number(said.get("sites"))))
    money = said.get("money", {})
    if "value" in money:
        lines.append(PromiseLine(_("Value of one unit"), _range(money["value"]["per_unit"])))
    lines += [
        PromiseLine(_COST.get(item["name"], told.said(item["name"])), _range(item))
        for item in money.get("cost", {}).get("items", [])
    ]
    return lines


_COST = {"capex": _("Cost of bringing it in"), "running": _("Cost of running it, a year")}


def worth_lines(deal: Deal, after: Sequence[BenefitLine] = ()) -> list[PromiseLine]:
    """The money of the roll-out with the price of the contract in place of the plan's guess."""
    found = worth(deal, [one.line for one in after])
    if found is None:
        return []
    money = {
        name: formats.money(getattr(found.money, name) / MINOR, deal.currency, short=True)
        for name in ("low", "median", "high")
    }
    by = (
        _("by the effect after the pilot") if found.is_realised
        else _("by the effect the pilot measured")
    )  # fmt: skip
    price = formats.money(found.price, deal.currency, short=True)
    if found.over is not None:
        most = formats.money(found.over, deal.currency, short=True)
        price = _t("%(price)s, more than the plan reckoned with: at most %(most)s") % {
            "price": price, "most": most,
        }  # fmt: skip
    span = _t("%(median)s; in 9 cases of 10 from %(low)s to %(high)s") % money
    return [
        PromiseLine(_("Price of the contract, in place of the plan's guess"), price),
        PromiseLine(_("Worth of the roll-out at this price"), span),
        PromiseLine(_("Chance that it pays"), formats.percent(found.money.p_positive, places=0)),
        PromiseLine(_("Reckoned"), str(by)),
    ]


def _signed(said: dict[str, Any]) -> float:
    return -said["threshold"] if said["direction"] == "lower" else said["threshold"]


def _amount(value: Any, said: dict[str, Any]) -> str:
    """An effect in the unit of the metric, or as a share where the plan promised one."""
    if said.get("scale") == "relative":
        return formats.percent(float(value), sign=True)
    return formats.with_unit(
        _rounded(value), formats.unit_of_change(said.get("unit", "")), sign=True
    )


def _rounded(value: Any) -> float:
    """Three digits that say something, and no fewer than two decimals for what is large."""
    value = float(value)
    digits = 2 if abs(value) >= 1 or value == 0 else 2 - math.floor(math.log10(abs(value)))
    return round(value, digits)


def _places(value: float) -> int:
    """How many decimals a rounded number has; both ends of an interval show as many."""
    return len(f"{value:.9f}".rstrip("0").partition(".")[2])


def _interval(middle: Any, low: Any, high: Any, said: dict[str, Any]) -> str:
    ends = _ends(low, high, said)
    return f"{_amount(middle, said)} ({ends})" if ends else _amount(middle, said)


def _ends(low: Any, high: Any, said: dict[str, Any]) -> str:
    if low is None or high is None:
        return ""
    if said.get("scale") == "relative":
        ends = [_amount(end, said) for end in (low, high)]
    else:
        rounded = [_rounded(end) for end in (low, high)]
        places = max(_places(end) for end in rounded)
        ends = [formats.number(end, places=places, sign=True) for end in rounded]
    # The parts of an interval are read together: no line ends inside it.
    return (_t("from %(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}).replace(" ", "\xa0")


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
    is_early = deal.state in BEFORE_SIGNED and not may_be_signed(deal)
    return [
        pieces.Signature(
            name=signed[side].by if side in signed else person or _("not named yet"),
            role=organisation,
            state="signed" if side in signed else "yours" if _is_asked(deal, mine, side)
            else "waiting",
            at=signed[side].at if side in signed else None,
            note=_("after the approvals") if is_early else "",
        )
        for side, person, organisation in sides
    ]  # fmt: skip


def may_be_signed(deal: Deal) -> bool:
    """Whether every approval is given and only the signatures are waited for."""
    return deal.state == State.APPROVALS and guards.all_have_approved.holds(deal)


def approving(approvals: Sequence[Approval], *, is_buyer: bool) -> str:
    """Who is waited for while the terms are being approved; the seller is told no names."""
    if not is_buyer:
        return _t("The buyer's people are approving the terms. Then both sides sign.")
    asked = [one for one in approvals if one.state == ApprovalState.ASKED]
    returned = [one for one in approvals if one.state == ApprovalState.RETURNED]
    said = _t("Approved: %(done)d of %(all)d.") % {
        "done": len(approvals) - len(asked) - len(returned), "all": len(approvals),
    }  # fmt: skip
    if asked:
        said += " " + _t("Waited for: %(names)s.") % {"names": _approvers(asked)}
    if returned:
        said += " " + _t(
            "Returned with remarks: %(names)s; answer them or change the terms."
        ) % {"names": _approvers(returned)}  # fmt: skip
    return said


def _approvers(approvals: Sequence[Approval]) -> str:
    return ", ".join(str(one.approver) for one in approvals)


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


def benefit(deal: Deal, after: Sequence[BenefitLine] = ()) -> Any:
    """The pilot's effect on an axis with the promise, and under it what was realised after.

    Nothing where there is no interval to draw.
    """
    said = _promised(deal)
    measured = said.get("measured") or {}
    if not said or measured.get("low") is None or measured.get("high") is None:
        return ""
    promised = _signed(said)
    estimate = charts.Estimate(measured["estimate"], measured["low"], measured["high"])
    words = _interval(estimate.middle, estimate.low, estimate.high, said)
    is_share = said.get("scale") == "relative"
    unit = "" if is_share else formats.unit_of_change(said.get("unit", ""))
    whole = next((one for one in after if one.line.is_whole), None)
    if whole is None:
        scale = charts.Scale.around([0, promised, estimate.low, estimate.high], pad=0.08)
        what = _("Measured in the pilot")
        label = f"{what}: {words}"
        return charts.with_axis(
            estimate, scale=scale, label=label, unit=unit, zero=0, threshold=promised
        )
    line = whole.line
    effect = float(line.effect)
    low, high = (effect if end is None else float(end) for end in (line.low, line.high))
    rungs = [
        charts.Rung(_("In the pilot"), estimate, said=_amount(estimate.middle, said)),
        charts.Rung(
            _("After the pilot"), charts.Estimate(effect, low, high), said=whole.effect,
            has_interval=line.low is not None,
        ),
    ]  # fmt: skip
    return charts.ladder(
        rungs, threshold=promised,
        threshold_words=_("promised"), unit=unit, places=2,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BenefitLine:
    """What came of the promise over one period after the pilot."""

    line: Realised
    effect: str
    interval: str
    share: float

    @property
    def is_typed(self) -> bool:
        return self.line.way == Way.TYPED

    @property
    def warning(self) -> str:
        """What the number cannot tell by itself."""
        if self.line.way == Way.ALONE:
            return _t(
                "No site without the solution sent readings over these days, so whatever else "
                "changed is in this number too."
            )
        if self.line.way == Way.BESIDE and self.line.low is None:
            return _t("There are too few sites to say how sure this is.")
        return ""


def realised(roll_out: RollOut) -> list[BenefitLine]:
    """The periods measured after the pilot, computed ones first, as shares of the promise."""
    said = _promised(roll_out.deal)
    if not said.get("threshold"):
        return []
    lines = roll_out.realised.select_related("noted_by")
    found = [
        BenefitLine(
            line,
            _amount(line.effect, said),
            _ends(line.low, line.high, said),
            float(share_of_promise(line.effect, said["threshold"], said["direction"])),
        )
        for line in lines
    ]
    return sorted(found, key=lambda one: (one.is_typed, not one.line.is_whole, one.line.first_day))


@dataclass(frozen=True, slots=True)
class FollowUpLine:
    """A file of readings after the pilot, with what became of its rows in words."""

    sent: FollowUp
    reasons: list[tuple[str, int]]
    faults: list[tuple[int, str, str]]
    problem: str


def follow_ups(roll_out: RollOut) -> list[FollowUpLine]:
    """The files of readings after the pilot, the latest first."""
    names = receiving.titles()
    sent = roll_out.follow_ups.select_related("file", "sent_by").order_by("-number")
    return [
        FollowUpLine(
            one,
            [(names.get(code, code), n) for code, n in one.by_reason.items()],
            [(f["line"], f["value"], receiving.of_row(f["reason"], f["params"]))
             for f in one.faults[:FAULTS]],
            receiving.of_problem(one),
        )
        for one in sent
    ]  # fmt: skip


def adopted(roll_out: RollOut) -> dict[str, Any]:
    """How many sites work with the solution, of how many planned."""
    done, planned = adoption(roll_out)
    return {"done": done, "planned": planned, "share": done / planned if planned else None}
