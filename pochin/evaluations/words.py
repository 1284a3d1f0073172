"""The result in words and pictures: what a reader sees of a `pochin-result/1` document."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.evaluations.models import Evaluation
from pochin.lab.protocol import Metric, Protocol
from pochin.pilots import lab_words, wording
from pochin.pilots.money import cost_name
from pochin.ui import charts, formats
from pochin.ui.pieces import Check

MINOR = 100  # kopecks in a rouble


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
REASONS = {
    "meets": _l("%(metric)s: even the cautious bound %(lower)s is beyond the threshold %(line)s."),
    "promising": _l(
        "%(metric)s: better, but the threshold %(line)s lies between the bounds %(low)s "
        "and %(high)s."
    ),
    "below-threshold": _l(
        "%(metric)s: better, and yet less than the threshold %(line)s: at most %(upper)s."
    ),
    "no-effect-shown": _l(
        "%(metric)s: measured as exactly as planned, and no improvement is shown: "
        "from %(low)s to %(high)s."
    ),
    "threshold-excluded": _l(
        "%(metric)s: no improvement is shown, and one as large as the threshold %(line)s is ruled "
        "out: from %(low)s to %(high)s."
    ),
    "inconclusive": _l(
        "%(metric)s: the planned precision was not reached: from %(low)s to %(high)s."
    ),
    "no-bounds": _l("%(metric)s: with so few units no bound exists at this level."),
    "harm": _l("%(metric)s: became worse; at best %(upper)s."),
    "guardrail-harm": _l("%(metric)s: worse than the limit %(line)s; at best %(upper)s."),
    "guardrail-not-shown": _l(
        "%(metric)s: not shown to stay within the limit %(line)s; at worst %(lower)s."
    ),
    "money-below-zero": _l("The money is below zero even at its upper bound, %(upper)s."),
    "money-not-shown": _l("The money may be below zero: its lower bound is %(lower)s."),
    "evidence-class": _l(
        "Evidence of class %(class)s is never enough for a roll-out to the network."
    ),
    "archive": _l("The plan was written after the data; such a result is never green."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A metric of the result as it is told: its words and its picture."""

    name: str
    sentence: str
    detail: str
    picture: Any
    p_words: str
    method: str
    units: str


def names(protocol: Protocol) -> dict[str, str]:
    """What each metric of the plan is called."""
    return {metric.code: metric.name or metric.code for metric in protocol.metrics}


def places_of(*values: float | None) -> int:
    """How many decimals show two significant digits of the smallest of these widths."""
    sizes = [abs(v) for v in values if v and math.isfinite(v)]
    if not sizes:
        return 1
    return max(0, min(4, 1 - math.floor(math.log10(min(sizes)))))


def estimate_of(effect: dict[str, Any]) -> charts.Estimate | None:
    """The estimate with its intervals for a picture; None where a gate withheld it."""
    ends = {round(one["level"], 3): (one["low"], one["high"]) for one in effect["intervals"]}
    if effect["estimate"] is None or 0.95 not in ends:
        return None
    low, high = ends[0.95]
    if not (_finite(low) and _finite(high)):
        return None
    inner = ends.get(0.8, (None, None))
    return charts.Estimate(effect["estimate"], low, high, *inner)


def share_of_threshold(
    evaluation: Evaluation | None, otherwise: str
) -> charts.Estimate | charts.Hidden:
    """The effect as a share of the threshold: 0 no difference, 1 the threshold, positive better.

    Args:
        evaluation: The released evaluation, where there is one.
        otherwise: What is said in its place while there is none.
    """
    if evaluation is None:
        return charts.Hidden(otherwise)
    row = next(m for m in evaluation.result["metrics"] if m["metric"]["role"] == "primary")
    estimate = estimate_of(row["effect"])
    if estimate is None:
        return charts.Hidden(_("withheld: a check failed"), fault=True)
    sign = -1 if row["metric"]["direction"] == "lower" else 1
    return estimate.over(sign * row["metric"]["threshold"])


def shared_scale(estimates: Iterable[charts.Estimate | charts.Hidden]) -> charts.Scale:
    """One axis for many effects as shares of their thresholds, at most from −2 to 4."""
    shown = [one for one in estimates if isinstance(one, charts.Estimate)]
    ends = [max(-2.0, min(4.0, end)) for one in shown for end in (one.low, one.high)]
    return charts.Scale.around([-0.5, 0, 1, 2, *ends], pad=0.05)


def shared_axis(scale: charts.Scale, *, is_narrow: bool = False) -> Any:
    """The head over a column of such effects; a narrow column has room for two short words."""
    if is_narrow:
        return charts.axis(scale, [(0, "0", ""), (1, _("threshold"), "plan")], lines=1)
    marks = [
        (0, _("no\neffect"), ""),
        (1, _("threshold\nof the plan"), "plan"),
        (2, _("twice\nas much"), ""),
    ]
    return charts.axis(scale, marks)


def amount(evaluation: Evaluation | None) -> tuple[str, str]:
    """The effect in its own unit and its 95 % interval, as words; empty where there is none."""
    if evaluation is None:
        return "", ""
    row = next(m for m in evaluation.result["metrics"] if m["metric"]["role"] == "primary")
    estimate = estimate_of(row["effect"])
    if estimate is None:
        return "", ""
    unit = wording.of(evaluation.pilot).said(row["metric"]["unit"])
    places = places_of(estimate.high - estimate.low)
    return (
        estimate.words(unit, places, sign=True),
        estimate.span_words("", places, sign=True),
    )


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def primary(result: dict[str, Any], protocol: Protocol) -> Told:
    """The main finding: a sentence first, then the picture with the threshold."""
    row = primary_row(result)
    metric, effect = row["metric"], row["effect"]
    name = names(protocol)[metric["code"]]
    unit = "" if metric["unit"] == "1" else metric["unit"]
    if blocked(result) or effect["estimate"] is None:
        hidden = charts.Hidden(_("The number is withheld: a check failed."), fault=True)
        picture = charts.finding(hidden, threshold=1.0, unit=unit)
        return Told(name, str(VERDICTS["invalid"][0]), "", picture, "", "", "")
    sign = -1 if metric["direction"] == "lower" else 1
    threshold = sign * metric["threshold"]
    rest = (p_words(row), method(effect), units(effect))
    estimate = estimate_of(effect)
    if estimate is None:
        return Told(name, *_indication(effect, name, threshold, unit), *rest)
    places = places_of(estimate.high - estimate.low, metric["threshold"])
    kind = _kind(effect)
    note = _("The thick line is the 80% interval, the thin one the 95% interval.")
    drawn = {"threshold": threshold, "unit": unit, "places": places, "note": note}
    # Ranks among placebos know no curve of chance, so none is drawn.
    picture = (
        charts.ladder([charts.Rung(name, estimate)], **drawn)
        if kind == "placebo"
        else charts.finding(estimate, measure=f"{name}, {unit}" if unit else name, **drawn)
    )
    return Told(
        name,
        _sentence(result, name, estimate, unit, places),
        _detail(estimate, threshold, unit, places, kind=kind),
        picture,
        *rest,
    )


def _kind(effect: dict[str, Any]) -> str:
    """What an interval of this effect says: of an effect, of a change, or among placebos."""
    if effect["reference_distribution"] == "placebo":
        return "placebo"
    return "effect" if has_comparison(effect) else "change"


def _indication(
    effect: dict[str, Any], name: str, threshold: float, unit: str
) -> tuple[str, str, Any]:
    """What is said where so few units are compared that no 95 % interval exists."""
    middle = effect["estimate"]
    ends = {round(one["level"], 3): (one["low"], one["high"]) for one in effect["intervals"]}
    low, high = ends.get(0.8, (None, None))
    known = _finite(low) and _finite(high)
    inner = (
        charts.Estimate(middle, low, high, low, high) if known else charts.Estimate(*[middle] * 3)
    )
    places = places_of(high - low if known else None, threshold)
    sentence = _("%(name)s changed by %(by)s: an indication") % {
        "name": name, "by": inner.words(unit, places, sign=True),
    }  # fmt: skip
    detail = _(
        "So few units are compared that no 95%% interval exists: the smallest p-value possible is "
        "%(floor)s. The threshold written down before the start is %(threshold)s."
    ) % {
        "floor": p_value(effect["p_floor"]),
        "threshold": formats.with_unit(threshold, unit, places=places, sign=True),
    }
    if known:
        detail += " " + _("The 80%% interval is %(span)s.") % {
            "span": inner.span_words(unit, places, sign=True)
        }
    rung = charts.Rung(name, inner, has_interval=known)
    return sentence, detail, charts.ladder([rung], threshold=threshold, unit=unit, places=places)


def _sentence(
    result: dict[str, Any], name: str, estimate: charts.Estimate, unit: str, places: int
) -> str:
    verdict = result["decision"]["verdict"].replace("-shown", "").replace("-", "_")
    words = {"name": name, "by": estimate.words(unit, places, sign=True),
             "span": estimate.span_words(unit, places, sign=True)}  # fmt: skip
    if verdict in {"no_effect", "inconclusive"}:
        if not has_comparison(primary_row(result)["effect"]):
            return _("%(name)s: no change is confirmed, %(span)s") % words
        return _("%(name)s: the effect is not confirmed, %(span)s") % words
    words["by"] = formats.with_unit(abs(estimate.middle), unit, places=places)
    if estimate.middle < 0:
        return _("%(name)s: less by %(by)s") % words
    return _("%(name)s: more by %(by)s") % words


def has_comparison(effect: dict[str, Any]) -> bool:
    """Whether something was compared at the same time; without it a change is no effect."""
    units = effect.get("n_units") or effect.get("units") or {}
    return effect["method"] not in BEFORE_AND_AFTER or units.get("control", 0) > 0


def _detail(
    estimate: charts.Estimate, threshold: float, unit: str, places: int, *, kind: str
) -> str:
    words = {
        "effect": _("The likely effect is %(span)s: such intervals hold the truth in 19 cases of "
                    "20. The threshold written down before the start is %(threshold)s."),
        "change": _("The likely change is %(span)s: such intervals hold the truth in 19 cases of "
                    "20. The threshold written down before the start is %(threshold)s."),
        "placebo": _("With an effect %(span)s taken out, nothing stands out any more beside units "
                     "that had no solution: this is a rank among them, not a chance. The threshold "
                     "written down before the start is %(threshold)s."),
    }[kind]  # fmt: skip
    said = words % {
        "span": estimate.span_words(unit, places, sign=True),
        "threshold": formats.with_unit(threshold, unit, places=places, sign=True),
    }
    return one_stop(said)


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


def guardrails(result: dict[str, Any], protocol: Protocol) -> Any:
    """The table of what must not get worse; empty where the plan has none."""
    told = names(protocol)
    rows = [
        _guardrail(row, told) for row in result["metrics"] if row["metric"]["role"] == "guardrail"
    ]
    return charts.guardrails(rows, caption=_("What must not get worse")) if rows else ""


def _guardrail(row: dict[str, Any], told: dict[str, str]) -> charts.Guardrail:
    metric, estimate = row["metric"], estimate_of(row["effect"])
    sign = 1 if metric["direction"] == "lower" else -1
    finding = (row["judged"] or {}).get("finding", "")
    verdict, tone = {
        "non-inferior": (_("within the limit"), "quiet"),
        "harm": (_("worse than the limit"), "bad"),
    }.get(finding, (_("not shown to be within the limit"), "waiting"))
    hidden = charts.Hidden(_("The number is withheld: a check failed."), fault=True)
    places = places_of(metric["margin"], estimate and estimate.high - estimate.low)
    return charts.Guardrail(
        told[metric["code"]], estimate or hidden, sign * metric["margin"], verdict, tone,
        metric["unit"], places,
    )  # fmt: skip


def checks(result: dict[str, Any]) -> list[Check]:
    """What the checks of the data found; nothing wrong is said too."""
    flags = result["flags"] + [f for m in result["metrics"] for f in m["effect"]["flags"]]
    tones = {"block": "bad", "warn": "waiting", "info": "good"}
    seen, found = set(), []
    for flag in sorted(flags, key=lambda one: list(tones).index(one["severity"])):
        words = lab_words.told(flag["message"], flag["evidence"])
        if words not in seen:
            seen.add(words)
            found.append(Check(text=words, tone=tones[flag["severity"]]))
    return found or [Check(text=_("The checks of the data found nothing to remark on."))]


def blocked(result: dict[str, Any]) -> bool:
    """Whether a gate withholds the result; then no number of it is shown anywhere."""
    return result["decision"]["verdict"] == "invalid"


def reasons(result: dict[str, Any], protocol: Protocol) -> list[str]:
    """Why the verdict is what it is, one sentence for each reason; changes with their own sign."""
    if blocked(result):
        return [one.text for one in checks(result) if one.tone == "bad"]
    metrics = {metric.code: metric for metric in protocol.metrics}
    return [_reason(one, metrics) for one in result["decision"]["reasons"]]


def _reason(reason: dict[str, Any], metrics: dict[str, Metric]) -> str:
    code, evidence = reason["code"], dict(reason["evidence"])
    if "currency" in evidence:
        for name in ("lower", "upper"):
            evidence[name] = formats.money(evidence[name] / MINOR, evidence["currency"], short=True)
    elif "metric" in evidence:
        metric = metrics[evidence["metric"]]
        code = _closer(code, evidence)
        ends = [evidence[name] for name in ("lower", "upper", "line")]
        places = places_of(ends[1] - ends[0] if _finite(ends[0]) and _finite(ends[1]) else None,
                           ends[2])  # fmt: skip
        for name in ("lower", "upper", "line"):
            unit = "" if metric.unit == "1" else metric.unit
            if evidence[name] is not None:  # an improvement there, a change here
                evidence[name] *= metric.sign
            evidence[name] = formats.with_unit(evidence[name], unit, places=places, sign=True)
        ascending = ("lower", "upper") if metric.sign > 0 else ("upper", "lower")
        evidence["low"], evidence["high"] = (evidence[name] for name in ascending)
        evidence["metric"] = metric.name or metric.code
    known = REASONS.get(code)
    return one_stop(str(known) % evidence) if known else code


def _closer(code: str, evidence: Mapping[str, Any]) -> str:
    """Which of two reasons for one finding it was."""
    lower, upper = evidence["lower"], evidence["upper"]
    if code in ("inconclusive", "guardrail-not-shown") and not (_finite(lower) and _finite(upper)):
        return "no-bounds"
    excluded = _finite(upper) and upper < evidence["line"]
    return "threshold-excluded" if code == "no-effect-shown" and excluded else code


def evidence(result: Mapping[str, Any], protocol: Protocol) -> str:
    """What the evidence class of a result stands on, in words that fit its design."""
    one = result["decision"]["evidence_class"]
    return str(EVIDENCE_BY_KIND.get((protocol.kind, one), EVIDENCE[one]))


def finding(code: str, role: str = "guardrail") -> str:
    """What came out for one metric against its line; a primary metric has no limit to exceed."""
    if code == "harm" and role == "primary":
        return _("became worse")
    return str(FINDINGS.get(code, code))


def primary_row(result: dict[str, Any]) -> dict[str, Any]:
    """The first primary metric of a result."""
    return next(m for m in result["metrics"] if m["metric"]["role"] == "primary")


def method(effect: dict[str, Any]) -> str:
    """What the method of an effect is called."""
    return str(METHODS.get(effect["method"], effect["method"]))


def sites(result: dict[str, Any], titles: dict[str, str]) -> list[dict[str, Any]]:
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
