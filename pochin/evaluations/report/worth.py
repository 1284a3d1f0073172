"""What the roll-out is worth, from which effect on it pays, and what that hangs on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.evaluations import pictures, words
from pochin.evaluations.report.shape import Section
from pochin.lab.economics import BOUNDS, ENOUGH_PLACEBOS
from pochin.lab.money_models import CostModel, ValueModel
from pochin.lab.protocol import Protocol
from pochin.lab.tornado import LEVEL, Swing, at_middle, swings
from pochin.pilots.money import MINOR, cost_name
from pochin.ui import charts, formats

BOUND = BOUNDS[1]
UNKNOWNS = {
    "effect": _l("The effect"),
    "per_unit": _l("Worth of one unit of improvement"),
    "volume": _l("Units in the whole network"),
    "transport": _l("Share of the effect that stays in the network"),
}


def money(protocol: Protocol, result: Any) -> Section | None:
    """What the roll-out is worth, with its range; None where the plan reckons no money."""
    worth = result["decision"]["money"]
    if worth is None:
        why = _why_uncounted(protocol, result)
        return Section(_("Money"), text=[why]) if why else None
    # No digit is written that the range makes meaningless.
    wide = (worth["high"] - worth["low"]) / MINOR
    digits = 1 - math.floor(math.log10(wide)) if wide >= 1 else 0
    sums = {
        name: formats.money(
            round(worth[name] / MINOR, min(digits, 0)), worth["currency"], short=True
        )
        for name in ("low", "median", "high")
    }
    facts = [
        (_("Worth of the roll-out, likely"), sums["median"]),
        (_("In 9 cases of 10"), _("from %(low)s to %(high)s") % sums),
        (_("Chance that it pays"), formats.percent(worth["p_positive"], places=0)),
    ]
    if worth["break_even"] is not None:
        facts.append((_("Pays for itself from an improvement of"), _even(result, worth)))
    how = _("By the value and cost ranges of the plan, over %(draws)s draws.")
    said = [*_whose(protocol), how % {"draws": formats.number(worth["draws"])}]
    return Section(_("Money"), facts=facts, text=[*said, *words.paid(result)])


def _whose(protocol: Protocol) -> list[str]:
    """Of several primary metrics, which one the money is counted from."""
    names = words.names(protocol)
    others = [names[one.code] for one in protocol.primaries[1:]]
    if not others:
        return []
    line = _(
        "Counted from “%(metric)s” alone: the plan says what one unit of it is worth. What the "
        "other primary metrics bring is not in it: %(others)s."
    )
    return [line % {"metric": names[protocol.primary.code], "others": ", ".join(others)}]


def _why_uncounted(protocol: Protocol, result: Any) -> str:
    """Why a plan that reckons money tells none of this effect; empty where nobody would ask."""
    effect = words.primary_row(result)["effect"]
    if protocol.value is None or protocol.cost is None or effect["estimate"] is None:
        return ""
    if effect["reference_distribution"] != "placebo" or effect["p_floor"] <= 1 - BOUND:
        return ""
    return _(
        "The money is not counted: it would be as sure as the bound of the effect at 95%%, and "
        "ranks among so few sites give none, because no p-value can be below %(floor)s. Where one "
        "site gets the solution there is a bound from %(enough)s comparison sites on."
    ) % {"floor": words.p_value(effect["p_floor"]), "enough": formats.number(ENOUGH_PLACEBOS)}


def _even(result: Any, worth: Mapping[str, Any]) -> str:
    metric = words.primary_row(result)["metric"]
    places = words.places_of(metric["threshold"], worth["break_even"])
    return formats.with_unit(worth["break_even"], pictures.unit_of_change(metric), places=places)


def hanging(protocol: Protocol, result: Any) -> Section | None:
    """Which unknown moves the net value most, and which alone would turn its sign.

    It follows from what the result keeps, so no earlier result is without it.
    """
    found = _swings(protocol, result)
    if not found:
        return None
    metric = words.primary_row(result)["metric"]
    middle = _middle(protocol, result)
    ends = [end / MINOR for one in found for end in (one.at_low, one.at_high)]
    currency = result["decision"]["money"]["currency"]
    unit, scale = _unit(max(abs(end) for end in ends), currency)
    drawn = [_drawn(one, metric, scale, currency) for one in found]
    places = words.places_of(max(abs(end) for end in ends) / scale)
    picture = charts.tornado(
        drawn,
        middle=middle / MINOR / scale,
        unit=unit,
        places=places,
        title=_("What moves the net value most: %(what)s") % {"what": _within(drawn[0].name)},
        measure=_(
            "net value of the roll-out, each unknown moved alone over its range, the effect over "
            "its %(level)s interval; all others at their middle"
        )
        % {"level": formats.percent(LEVEL, places=0)},
        note=_fixed(protocol),
    )
    return Section(
        _("What the net value hangs on"), text=[_turns(found, drawn, middle)], pictures=[picture]
    )


def hanging_lines(protocol: Protocol, result: Any) -> list[str]:
    """The same for a command line, a line for each unknown."""
    found = _swings(protocol, result)
    if not found:
        return []
    metric, currency = words.primary_row(result)["metric"], result["decision"]["money"]["currency"]
    drawn = [_drawn(one, metric, 1.0, currency) for one in found]
    lines = [_("What the net value hangs on") + ":"]
    for one in drawn:
        ends = {
            "low": formats.money(one.at_low, currency, short=True),
            "high": formats.money(one.at_high, currency, short=True),
        }
        span = _("from %(low)s to %(high)s") % ends
        lines.append(f"  {one.name}, {one.low} … {one.high}: {span}")
    return [*lines, _turns(found, drawn, _middle(protocol, result))]


def _models(protocol: Protocol, result: Any) -> tuple[ValueModel, CostModel]:
    assert protocol.value is not None, "there is money"
    assert protocol.cost is not None, "there is money"
    paid = (result.get("facts") or {}).get("paid") or {}
    cost = CostModel.from_plan(protocol.cost).with_paid(paid)
    return ValueModel.from_plan(protocol.value), cost


def _swings(protocol: Protocol, result: Any) -> list[Swing]:
    """Those that move it at all, the widest first; none where nothing is reckoned."""
    row = words.primary_row(result)
    effect = row["effect"]
    ends = {round(one["level"], 3): (one["low"], one["high"]) for one in effect["intervals"]}
    known = ends.get(LEVEL, (None, None))
    if result["decision"]["money"] is None or effect["estimate"] is None or None in known:
        return []
    sign = -1 if row["metric"]["direction"] == "lower" else 1
    found = swings(effect["estimate"], known, *_models(protocol, result), sign=sign)
    return [one for one in found if one.width > 0]


def _middle(protocol: Protocol, result: Any) -> float:
    """The net value where everything is at its middle, in minor units."""
    row = words.primary_row(result)
    sign = -1 if row["metric"]["direction"] == "lower" else 1
    return at_middle(row["effect"]["estimate"], *_models(protocol, result), sign=sign)


def _unit(most: float, currency: str) -> tuple[str, float]:
    """The unit of the axis and how many of the currency it holds: “млн ₽”."""
    symbol = formats.SYMBOLS.get(currency, currency)
    for scale, name in formats.SCALES:
        if most >= scale:
            return f"{formats.scale_word(name)}{formats.NBSP}{symbol}", float(scale)
    return symbol, 1.0


def _drawn(swing: Swing, metric: Mapping[str, Any], scale: float, currency: str) -> charts.Swing:
    name = cost_name(swing.name) if swing.is_cost else str(UNKNOWNS[swing.name])
    say = _sayer(swing, metric, currency)
    return charts.Swing(
        name,
        say(swing.low),
        say(swing.high),
        swing.at_low / MINOR / scale,
        swing.at_high / MINOR / scale,
        say(swing.turning) if swing.turns and swing.turning is not None else "",
    )


def _sayer(swing: Swing, metric: Mapping[str, Any], currency: str) -> Any:
    """How values of an unknown are said: in the metric's unit, as money, a count or a share."""
    if swing.name == "effect" and not swing.is_cost:
        places = words.places_of(swing.high - swing.low)
        unit = pictures.unit_of_change(metric)
        return lambda value: formats.with_unit(value, unit, places=places, sign=True)
    if swing.is_cost or swing.name == "per_unit":
        return lambda value: formats.money(_short(value / MINOR), currency, short=True)
    if swing.name == "transport":
        return lambda value: formats.percent(value, places=0)
    return lambda value: formats.number(_short(value))


def _short(value: float) -> float:
    """Three digits: more of a guess says nothing."""
    return float(f"{value:.3g}")


def _within(name: Any) -> str:
    """A name as it stands inside a sentence."""
    said = str(name)
    return said[:1].lower() + said[1:]


def _turns(found: Sequence[Swing], drawn: Sequence[charts.Swing], middle: float) -> str:
    turning = [
        f"{_within(one.name)} {formats.DASH} {one.turning}"
        for swing, one in zip(found, drawn, strict=True)
        if swing.turns
    ]
    if turning:
        said = _("Within its range each of these alone brings the net value to zero: %(which)s.")
        return words.one_stop(said % {"which": "; ".join(turning)})
    if middle > 0:
        return _("No unknown alone brings the net value below zero within its range.")
    return _("No unknown alone brings the net value above zero within its range.")


def _fixed(protocol: Protocol) -> str:
    """What is taken as certain."""
    assert protocol.value is not None, "there is money"
    value = ValueModel.from_plan(protocol.value)
    said = _("Taken as certain: %(years)s years, a discount of %(rate)s a year.") % {
        "years": formats.number(value.horizon_years),
        "rate": formats.percent(value.discount, places=0),
    }
    if value.transport.low == value.transport.high:
        said += " " + _("%(share)s of the effect is taken to stay in the network.") % {
            "share": formats.percent(value.transport.mid, places=0)
        }
    return said
