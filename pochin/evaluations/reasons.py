"""Why the verdict of a result is what it is, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _l

from pochin.evaluations.words import (
    MINOR,
    _finite,
    blocked,
    checks,
    one_stop,
    places_apart,
    places_of,
    unit_of_change,
)
from pochin.lab.protocol import Metric, Protocol
from pochin.ui import formats

REASONS = {
    "meets": _l("%(metric)s: even the cautious bound %(lower)s is beyond the threshold %(line)s."),
    "promising": _l(
        "%(metric)s: better, but the threshold %(line)s lies between the bounds of the rule, "
        "%(low)s and %(high)s."
    ),
    "below-threshold": _l(
        "%(metric)s: better, and yet less than the threshold %(line)s: at most %(upper)s."
    ),
    "no-effect-shown": _l(
        "%(metric)s: measured as exactly as planned, and no improvement is shown: the bounds of "
        "the rule are %(low)s and %(high)s."
    ),
    "threshold-excluded": _l(
        "%(metric)s: no improvement is shown, and one as large as the threshold %(line)s is ruled "
        "out: the bounds of the rule are %(low)s and %(high)s."
    ),
    "inconclusive": _l(
        "%(metric)s: the planned precision was not reached: the bounds of the rule are %(low)s "
        "and %(high)s."
    ),
    "open": _l(
        "%(metric)s: neither an improvement nor its absence is shown: the bounds of the rule are "
        "%(low)s and %(high)s."
    ),
    "no-spread": _l("%(metric)s: the same value everywhere, so the limit %(line)s is not judged."),
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


def of(result: dict[str, Any], protocol: Protocol) -> list[str]:
    """Why the verdict is what it is, one sentence for each reason; changes with their own sign."""
    if blocked(result):
        return [one.text for one in checks(result) if one.tone == "bad"]
    metrics = {metric.code: metric for metric in protocol.metrics}
    effects = {row["metric"]["code"]: row["effect"] for row in result["metrics"]}
    return [_reason(one, metrics, effects) for one in result["decision"]["reasons"]]


def _reason(
    reason: dict[str, Any], metrics: dict[str, Metric], effects: Mapping[str, Mapping[str, Any]]
) -> str:
    code, evidence = reason["code"], dict(reason["evidence"])
    if "currency" in evidence:
        for name in ("lower", "upper"):
            evidence[name] = formats.money(evidence[name] / MINOR, evidence["currency"], short=True)
    elif "metric" in evidence:
        metric = metrics[evidence["metric"]]
        code = _closer(code, evidence, metric, effects[metric.code])
        ends = [evidence[name] for name in ("lower", "upper", "line")]
        places = places_of(ends[1] - ends[0] if _finite(ends[0]) and _finite(ends[1]) else None,
                           ends[2])  # fmt: skip
        places = places_apart(places, ends[:2], (ends[2], 0.0))
        for name in ("lower", "upper", "line"):
            unit = unit_of_change({"unit": metric.unit, "scale": metric.scale})
            if evidence[name] is not None:  # an improvement there, a change here
                evidence[name] *= metric.sign
            evidence[name] = formats.with_unit(evidence[name], unit, places=places, sign=True)
        ascending = ("lower", "upper") if metric.sign > 0 else ("upper", "lower")
        evidence["low"], evidence["high"] = (evidence[name] for name in ascending)
        evidence["metric"] = metric.name or metric.code
    known = REASONS.get(code)
    return one_stop(str(known) % evidence) if known else code


def _planned(metric: Metric, error: float | None) -> bool:
    """Whether a precision was planned, and the method has one to hold against it."""
    named = metric.planned_std_error is not None or metric.detectable is not None
    return named and error is not None


def _closer(
    code: str, evidence: Mapping[str, Any], metric: Metric, effect: Mapping[str, Any]
) -> str:
    """Which of several reasons for one finding it was."""
    if effect["estimate"] is None:
        return "no-spread"
    lower, upper = evidence["lower"], evidence["upper"]
    if code in ("inconclusive", "guardrail-not-shown") and not (_finite(lower) and _finite(upper)):
        return "no-bounds"
    if code == "inconclusive" and not _planned(metric, effect["std_error"]):
        return "open"
    excluded = _finite(upper) and upper < evidence["line"]
    return "threshold-excluded" if code == "no-effect-shown" and excluded else code
