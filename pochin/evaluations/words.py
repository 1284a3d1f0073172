"""What a `pochin-result/1` document says, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.lab.decide import primary_level
from pochin.lab.protocol import Protocol
from pochin.pilots import lab_words
from pochin.pilots.money import cost_name
from pochin.ui import charts, formats
from pochin.ui.pieces import Check

MINOR = 100  # kopecks in a rouble
MOST_PLACES = 6


def paid(result: Mapping[str, Any]) -> list[str]:
    """Which costs became known and took the place of the plan's guess, a sentence each."""
    worth, known = result["decision"]["money"], (result.get("facts") or {}).get("paid") or {}
    if worth is None:
        return []
    line = _("“%(item)s” is counted as it became known: %(sum)s.")
    return [
        line % {"item": cost_name(name),
                "sum": formats.money(sum_ / MINOR, worth["currency"], short=True)}
        for name, sum_ in sorted(known.items())
    ]  # fmt: skip


VERDICTS = {
    "invalid": (_l("Cannot be evaluated"), "waiting"),
    "harm": (_l("Harm"), "bad"),
    "meets": (_l("Threshold passed"), "good"),
    "promising": (_l("Promising"), "waiting"),
    "no_effect": (_l("No effect shown"), "neutral"),
    "inconclusive": (_l("Inconclusive"), "neutral"),
}
COLOURS = {
    "green": (_l("green: scale by the rule"), "good"),
    "amber": (_l("amber: the rule leaves it open"), "waiting"),
    "red": (_l("red: stop by the rule"), "bad"),
    "grey": (_l("grey: cannot be evaluated"), "neutral"),
}
EVIDENCE = {
    "I": _l("I: drawn by lot, twelve units or more"),
    "II": _l("II: drawn by lot, few units or a model"),
    "III": _l("III: compared with units not drawn by lot"),
    "IV": _l("IV: before and after"),
}

# What was drawn is not always a unit.
EVIDENCE_BY_KIND = {
    ("switchback", "I"): _l("I: drawn by lot, twelve pairs of blocks or more"),
    ("switchback", "II"): _l("II: drawn by lot, few pairs of blocks"),
    ("individual", "I"): _l("I: drawn by lot for each parcel or person"),
    ("individual", "II"): _l("II: drawn by lot for few parcels or people"),
    ("pairs", "II"): _l("II: drawn by lot within few pairs"),
}
METHODS = {
    "unit-means": _l("means of units, Student"),
    "unit-means-welch": _l("means of units, Welch"),
    "unit-means-adjusted": _l("means of units, sharpened by the baseline"),
    "unit-means-adjusted-hc2": _l("means of units, sharpened by the baseline, unequal spread"),
    "unit-means-by-size": _l("means of units weighted by size"),
    "unit-means-relative": _l("means of units, as a share of the comparison"),
    "without-neighbours": _l("without sites next to those with the solution"),
    "complier-average": _l("for work really done with the solution"),
    "paired-t": _l("differences within pairs, Student"),
    "paired-weighted": _l("differences within pairs weighted by size"),
    "randomization": _l("randomisation test"),
    "rows-cr2": _l("least squares with errors alike within units"),
    "means-welch": _l("means of people, Welch"),
    "means-relative": _l("means of people, as a share of the comparison"),
    "shares-newcombe": _l("shares of people, Newcombe"),
    "ratio-delta": _l("ratios of people, delta method"),
    "cuped": _l("means of people, sharpened by their past"),
    "lin": _l("means of people with interactions"),
    "stepped-wedge-mixed-model": _l("mixed model of the wedge, Kenward and Roger"),
    "stepped-wedge-mixed-model-units": _l("mixed model of the wedge, judged by whole sites"),
    "stepped-wedge-mixed-model-permuted": _l("mixed model of the wedge, by lot"),
    "stepped-wedge-vertical": _l("comparison within periods, by lot"),
    "switchback-pairs-t": _l("differences within pairs of blocks, Student"),
    "switchback-pairs-sign-flip": _l("differences within pairs of blocks, by lot"),
    "crossed-cells": _l("four groups of units, two solutions"),
    "did-unit-changes": _l("difference in differences of units"),
    "did-rank": _l("difference in differences, ranks among units"),
    "did-group-time": _l("difference in differences by group and time"),
    "synthetic-control": _l("synthetic control, ranks among placebos"),
    "synthetic-control-conformal": _l("synthetic control, periods changing places"),
    "synthetic-sdid": _l("synthetic difference in differences"),
    "interrupted-series-mean": _l("interrupted series"),
    "interrupted-series-rate": _l("interrupted series of counts"),
    "interrupted-series-log-rate": _l("interrupted series beside a comparison"),
}
OF_PEOPLE = {"means-welch", "means-relative", "shares-newcombe", "ratio-delta", "cuped", "lin"}
BEFORE_AND_AFTER = {"interrupted-series-mean", "interrupted-series-rate"}
FINDINGS = {
    "meets": _l("threshold passed"),
    "promising": _l("promising"),
    "no-effect-shown": _l("no effect shown"),
    "inconclusive": _l("inconclusive"),
    "harm": _l("worse than the limit"),
    "non-inferior": _l("within the limit"),
    "not-shown": _l("not shown to be within the limit"),
}
SUPPOSED = {
    "no effect": _l("no effect"),
    "threshold": _l("exactly the threshold"),
    "break-even": _l("exactly what pays for itself"),
    "twice": _l("twice the threshold"),
}


def names(protocol: Protocol) -> dict[str, str]:
    """What each metric of the plan is called."""
    return {metric.code: metric.name or metric.code for metric in protocol.metrics}


def unit_of_change(metric: Mapping[str, Any]) -> str:
    """The unit of a change, a threshold or a limit; shares of the comparison have a word for it."""
    if metric["scale"] == "relative":
        return _("of the comparison")
    return formats.unit_of_change(metric["unit"])


def places_of(*values: float | None) -> int:
    """How many decimals show two significant digits of the smallest of these widths."""
    sizes = [abs(v) for v in values if v and math.isfinite(v)]
    if not sizes:
        return 1
    return max(0, min(4, 1 - math.floor(math.log10(min(sizes)))))


def places_apart(places: int, values: Iterable[Any], lines: Iterable[Any] = (0.0,)) -> int:
    """So many decimals that no value looks as if it lay on a line it is beside.

    >>> places_apart(1, [1.04, 2.5], [1.0])
    2
    """
    pairs = [(v, line) for v in values for line in lines if _finite(v) and _finite(line)]
    apart = [(v, line) for v, line in pairs if not math.isclose(v, line, abs_tol=1e-9)]
    while places < MOST_PLACES and any(
        f"{v:.{places}f}" == f"{line:.{places}f}" or (line == 0 and not float(f"{v:.{places}f}"))
        for v, line in apart
    ):
        places += 1
    return places


def width_of(estimate: charts.Estimate | None) -> float | None:
    """How wide the 95 % interval is; None where there is no estimate."""
    return None if estimate is None else estimate.high - estimate.low


def estimate_of(effect: Mapping[str, Any]) -> charts.Estimate | None:
    """The estimate with its intervals for a picture; None where a gate withheld it."""
    ends = {round(one["level"], 3): (one["low"], one["high"]) for one in effect["intervals"]}
    if effect["estimate"] is None or 0.95 not in ends:
        return None
    low, high = ends[0.95]
    if not (_finite(low) and _finite(high)):
        return None
    inner = ends.get(0.8, (None, None))
    return charts.Estimate(effect["estimate"], low, high, *inner)


def judged_of(row: Mapping[str, Any], protocol: Protocol) -> charts.Estimate | None:
    """The estimate of a metric with the bounds by which the rule of the plan judged it."""
    estimate, judged = estimate_of(row["effect"]), row["judged"]
    if estimate is None or judged is None:
        return estimate
    metric, level = row["metric"], protocol.decision.level
    if metric["role"] == "primary":
        level = primary_level(level, len(protocol.primaries))
    # An improvement there, a change here.
    ends = (judged["lower"], judged["upper"])
    low, high = (
        ends
        if metric["direction"] != "lower"
        else (None if end is None else -end for end in reversed(ends))
    )
    low, high = (end if _finite(end) else None for end in (low, high))
    return replace(estimate, bounds=charts.Bounds(low, high, level))


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def has_comparison(effect: Mapping[str, Any]) -> bool:
    """Whether something was compared at the same time; without it a change is no effect."""
    units = effect.get("n_units") or effect.get("units") or {}
    return effect["method"] not in BEFORE_AND_AFTER or units.get("control", 0) > 0


def one_stop(sentence: str) -> str:
    """A unit that ends with a stop ends the sentence too.

    >>> one_stop("by 3 pcs.. More… follows.")
    'by 3 pcs. More… follows.'
    """
    return sentence.replace("..", ".")


def p_words(row: Mapping[str, Any]) -> str:
    """The p-values of a metric: by lot where one was drawn, and by the method."""
    lot, effect = row["lot"], row["effect"]
    words = []
    if lot and lot["p_value"] is not None:
        words.append(
            _("by lot: p %(p)s, the smallest possible here is %(floor)s")
            % {"p": p_value(lot["p_value"]), "floor": p_value(lot["p_floor"])}
        )
    if effect["p_value"] is not None:
        words.append(_("by the method: p %(p)s") % {"p": p_value(effect["p_value"])})
    return "; ".join(words)


def p_value(value: float) -> str:
    """A p-value with enough digits, never as zero."""
    if value < 0.0001:
        return f"<{formats.NBSP}{formats.number(0.0001, places=4)}"
    return formats.number(value, places=4 if value < 0.1 else 2)


def units(effect: Mapping[str, Any]) -> str:
    """How many units an effect compares, in words that fit how it compares them."""
    arms = effect["n_units"]
    if "both" in arms:
        said = _("units, each with the solution and without: %(units)d, pairs of blocks: %(pairs)d")
        return said % {"units": arms["both"], "pairs": arms["pairs"]}
    if not {"treatment", "control"} & arms.keys():
        return _("units: %(units)d, in %(waves)d sequences") % {
            "units": sum(arms.values()), "waves": len(arms),
        }  # fmt: skip
    counts = {"with": arms.get("treatment", 0), "without": arms.get("control", 0)}
    if not counts["without"]:
        return _("units: %(with)d, beside its own past") % counts
    if effect["method"] in OF_PEOPLE:
        return _("parcels or people with the solution: %(with)d, without it: %(without)d") % counts
    return _("units with the solution: %(with)d, without it: %(without)d") % counts


def guardrails(result: Mapping[str, Any], protocol: Protocol) -> Any:
    """The table of what must not get worse; empty where the plan has none."""
    told = names(protocol)
    rows = [
        _guardrail(row, told, protocol)
        for row in result["metrics"]
        if row["metric"]["role"] == "guardrail"
    ]
    return charts.guardrails(rows, caption=_("What must not get worse")) if rows else ""


def _guardrail(row: dict[str, Any], told: dict[str, str], protocol: Protocol) -> charts.Guardrail:
    metric, estimate = row["metric"], judged_of(row, protocol)
    sign = 1 if metric["direction"] == "lower" else -1
    finding = (row["judged"] or {}).get("finding", "")
    verdict, tone = {
        "non-inferior": (_("within the limit"), "quiet"),
        "harm": (_("worse than the limit"), "bad"),
    }.get(finding, (_("not shown to be within the limit"), "waiting"))
    hidden = charts.Hidden(_("The number is withheld: a check failed."), fault=True)
    if not row["effect"]["blocked"]:
        hidden = charts.Hidden(_("the same value everywhere"))
    places = places_of(metric["margin"], width_of(estimate))
    if estimate is not None:
        places = places_apart(places, estimate.reach, (sign * metric["margin"], 0.0))
    return charts.Guardrail(
        told[metric["code"]], estimate or hidden, sign * metric["margin"], verdict, tone,
        unit_of_change(metric), places,
    )  # fmt: skip


def checks(result: Mapping[str, Any]) -> list[Check]:
    """What the checks of the data found; nothing wrong is said too.

    What was found of another metric than the first primary one is told with its name.
    """
    first = primary_row(result)["metric"]["code"]
    flags = [(flag, "") for flag in result["flags"]]
    for row in sorted(result["metrics"], key=lambda one: one["metric"]["code"] != first):
        metric = row["metric"]
        whose = "" if metric["code"] == first else metric["name"] or metric["code"]
        flags += [(flag, whose) for flag in row["effect"]["flags"]]
    tones = {"block": "bad", "warn": "waiting", "info": "good"}
    seen, found = set(), []
    for flag, whose in sorted(flags, key=lambda one: list(tones).index(one[0]["severity"])):
        words = lab_words.told(flag["message"], flag["evidence"])
        if words not in seen:
            seen.add(words)
            # A message that names its metric already needs no name before it.
            named = not whose or whose in words
            text = words if named else f"{whose}: {words}"
            found.append(Check(text=text, tone=tones[flag["severity"]]))
    return found or [Check(text=_("The checks of the data found nothing to remark on."))]


def blocked(result: Mapping[str, Any]) -> bool:
    """Whether a gate withholds the result; then no number of it is shown anywhere."""
    return result["decision"]["verdict"] == "invalid"


def evidence(result: Mapping[str, Any], protocol: Protocol) -> str:
    """What the evidence class of a result stands on, in words that fit its design."""
    one = result["decision"]["evidence_class"]
    return str(EVIDENCE_BY_KIND.get((protocol.kind, one), EVIDENCE[one]))


def finding(code: str, role: str = "guardrail") -> str:
    """What came out for one metric against its line; a primary metric has no limit to exceed."""
    if code == "harm" and role == "primary":
        return _("became worse")
    return str(FINDINGS.get(code, code))


def primary_row(result: Mapping[str, Any]) -> dict[str, Any]:
    """The first primary metric of a result."""
    return next(m for m in result["metrics"] if m["metric"]["role"] == "primary")


def method(effect: Mapping[str, Any]) -> str:
    """What the method of an effect is called."""
    return str(METHODS.get(effect["method"], effect["method"]))


def sites(result: Mapping[str, Any], titles: dict[str, str]) -> list[dict[str, Any]]:
    """Each unit with its arm, its mean and its readings, the largest first."""
    row = primary_row(result)
    values = row["effect"]["values"]
    if row["effect"]["blocked"] or not values.get("unit") or "arm" not in values:
        return []
    found = [
        {"name": titles.get(str(unit), str(unit)), "with": bool(arm), "value": value, "n": n}
        for unit, arm, value, n in zip(
            values["unit"], values["arm"], values["value"], values["n"], strict=True
        )
        if value is not None
    ]
    places = places_of(*(one["value"] for one in found))
    for one in found:
        one["words"] = formats.number(one["value"], places=max(places, 1))
    return sorted(found, key=lambda one: (not one["with"], -one["value"]))
