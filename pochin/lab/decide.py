"""The verdict: what the registered rule makes of the bounds, the guardrails and the money."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scipy import stats

from pochin.lab.economics import NetPresentValue
from pochin.lab.inference.equivalence import improvement_bounds, non_inferiority
from pochin.lab.protocol import DecisionRule, Metric
from pochin.lab.result import Colour, Decision, EffectResult, EvidenceClass, Flag, Reason, Verdict

Finding = Literal["harm", "meets", "promising", "no-effect-shown", "inconclusive"]

ENOUGH_UNITS = 12
"""Randomised units from which evidence is of the first class."""

POWER = float(stats.norm.ppf(0.95) + stats.norm.ppf(0.80))
"""Standard errors between no effect and one detected with 80 % probability, one-sided 5 %."""


@dataclass(frozen=True)
class Judged:
    """One metric beside its line; improvement positive, in the unit of the metric.

    Attributes:
        metric: Its code.
        finding: A class for a primary metric; "non-inferior", "harm" or "not-shown" for a
            guardrail.
        lower, upper: One-sided bounds of the improvement at the rule's level.
        line: The practical threshold, or minus the margin.
    """

    metric: str
    finding: str
    lower: float
    upper: float
    line: float

    def reason(self, code: str) -> Reason:
        return Reason(
            code,
            {"metric": self.metric, "lower": self.lower, "upper": self.upper, "line": self.line},
        )


def judge_primary(effect: EffectResult, metric: Metric, *, level: float = 0.95) -> Judged:
    """The class of a primary metric by its one-sided bounds, guardrails aside.

    harm: the upper bound is below zero. meets: the lower bound is above the practical threshold.
    promising: the lower bound is above zero and the threshold lies between the bounds. no effect
    shown: the planned precision is reached, or an effect worth having is excluded. inconclusive:
    the rest. A bound exactly on a line counts as not beyond it.

    Args:
        effect: In the unit of the metric.
        metric: With direction, threshold and the precision that was planned.
        level: One-sided.

    Example:
        >>> delay = Metric("delay", "primary", "mean", "lower", "min", threshold=1.0)
        >>> judge_primary(EffectResult(-3.0, 0.5, 10, 0.001, "demo"), delay).finding
        'meets'
    """
    lower, upper = improvement_bounds(effect, metric.sign, level)
    threshold = metric.threshold or 0.0
    finding: Finding
    if upper < 0:
        finding = "harm"
    elif lower > threshold:
        finding = "meets"
    elif lower > 0 and upper >= threshold:
        finding = "promising"
    elif lower > 0 or upper < threshold or _precise(effect, metric):
        finding = "no-effect-shown"
    else:
        finding = "inconclusive"
    return Judged(metric.code, finding, lower, upper, threshold)


def _precise(effect: EffectResult, metric: Metric) -> bool:
    planned = metric.planned_std_error
    if planned is None and metric.detectable is not None:
        planned = metric.detectable / POWER
    return planned is not None and effect.std_error is not None and effect.std_error <= planned


def judge_guardrail(effect: EffectResult, metric: Metric, *, level: float = 0.95) -> Judged:
    """A guardrail by its margin: non-inferior, harm or not shown; without bounds not shown."""
    if effect.estimate is None:
        line = -(metric.margin or 0.0)
        return Judged(metric.code, "not-shown", -math.inf, math.inf, line)
    found = non_inferiority(effect, metric.margin or 0.0, sign=metric.sign, level=level)
    return Judged(metric.code, found.finding, found.lower, found.upper, -(metric.margin or 0.0))


def evidence_class(kind: str, method: str, randomized_units: int) -> EvidenceClass:
    """How much a design can bear.

    I: lots drawn for twelve units or more. II: for fewer, or a stepped wedge read by a model.
    III: differences in differences and synthetic control. IV: before and after.

    >>> evidence_class("parallel", "unit-means", 14), evidence_class("interrupted-series", "", 1)
    ('I', 'IV')
    """
    if kind == "interrupted-series":
        return "IV"
    if kind in ("difference-in-differences", "synthetic-control"):
        return "III"
    if kind == "stepped-wedge" and method != "vertical":
        return "II"
    return "I" if randomized_units >= ENOUGH_UNITS else "II"


def evaluate_rule(
    rule: DecisionRule,
    effects: Mapping[str, EffectResult],
    metrics: Sequence[Metric],
    *,
    evidence: EvidenceClass,
    money: NetPresentValue | None = None,
    archive: bool = False,
    flags: Sequence[Flag] = (),
) -> Decision:
    """Verdict and colour by the registered rule, nothing else.

    Order of verdicts: invalid, harm, meets, promising, no effect shown, inconclusive. Several
    primary metrics share the error by Bonferroni: one that meets is enough, one that harms is
    too much.

    Args:
        rule: Level and scope.
        effects: By code of metric.
        metrics: Of the plan; secondary ones play no part.
        evidence: Class of the evidence.
        money: Net present value where the plan has a money model.
        archive: The plan was written after the data; never green.
        flags: Of the whole evaluation; one that blocks makes the verdict invalid.

    Example:
        >>> delay = Metric("delay", "primary", "mean", "lower", "min", threshold=1.0)
        >>> fit = EffectResult(-3.0, 0.5, 10, 0.001, "demo")
        >>> evaluate_rule(DecisionRule("network"), {"delay": fit}, [delay], evidence="I").colour
        'green'
    """
    judging = [metric for metric in metrics if metric.role != "secondary"]
    blocking = [flag for flag in flags if flag.blocks]
    for metric in judging:
        blocking += [flag for flag in effects[metric.code].flags if flag.blocks]
    if blocking:
        reasons = tuple(Reason(flag.code, flag.evidence) for flag in without_repeats(blocking))
        return Decision("invalid", "grey", evidence, reasons, None, tuple(flags))
    primaries = [metric for metric in judging if metric.role == "primary"]
    level = primary_level(rule.level, len(primaries))
    judged = [judge_primary(effects[one.code], one, level=level) for one in primaries]
    guards = [
        judge_guardrail(effects[one.code], one, level=rule.level)
        for one in judging
        if one.role == "guardrail"
    ]
    verdict, reasons = _verdict(judged, guards)
    worth = None if money is None else _worth(money, rule.level)
    colour, more = _colour(verdict, worth, evidence, rule, archive)
    return Decision(verdict, colour, evidence, reasons + more, worth, tuple(flags))


def primary_level(level: float, primaries: int) -> float:
    """The level at which each of several primary metrics is read (Bonferroni).

    >>> primary_level(0.95, 1), primary_level(0.95, 2)
    (0.95, 0.975)
    """
    return 1 - (1 - level) / primaries


def without_repeats(flags: Sequence[Flag]) -> list[Flag]:
    """Flags without those that say the same of the same."""
    return list({(flag.code, flag.at): flag for flag in flags}.values())


def _verdict(
    judged: Sequence[Judged], guards: Sequence[Judged]
) -> tuple[Verdict, tuple[Reason, ...]]:
    findings = [one.finding for one in judged]
    harmed = [one.reason("guardrail-harm") for one in guards if one.finding == "harm"]
    harmed += [one.reason("harm") for one in judged if one.finding == "harm"]
    if harmed:
        return "harm", tuple(harmed)
    open_guards = tuple(
        one.reason("guardrail-not-shown") for one in guards if one.finding == "not-shown"
    )
    order: tuple[Verdict, ...] = ("meets", "promising", "no-effect-shown", "inconclusive")
    verdict = min((word for word in order if word in findings), key=order.index)
    own = tuple(one.reason(_code(one)) for one in judged if one.finding == verdict)
    if verdict == "meets" and open_guards:
        return "promising", own + open_guards
    return verdict, own + open_guards


def _code(one: Judged) -> str:
    """Shown positive and yet shown smaller than worth having has a word of its own."""
    below = one.finding == "no-effect-shown" and one.lower > 0
    return "below-threshold" if below else one.finding


def _worth(money: NetPresentValue, level: float) -> dict[str, Any]:
    bounds = {"lower": round(money.lower(level)), "upper": round(money.upper(level))}
    return money.to_dict() | bounds | {"level": level}


def _colour(
    verdict: Verdict,
    worth: Mapping[str, Any] | None,
    evidence: EvidenceClass,
    rule: DecisionRule,
    archive: bool,
) -> tuple[Colour, tuple[Reason, ...]]:
    if verdict == "harm":
        return "red", ()
    if worth is not None and worth["upper"] < 0:
        return "red", (_paid("money-below-zero", worth),)
    if verdict != "meets":
        return "amber", ()
    held = []
    if worth is not None and worth["lower"] <= 0:
        held.append(_paid("money-not-shown", worth))
    if evidence in ("III", "IV") and rule.scope == "network":
        held.append(Reason("evidence-class", {"class": evidence}))
    if archive:
        held.append(Reason("archive"))
    return ("amber" if held else "green"), tuple(held)


def _paid(code: str, worth: Mapping[str, Any]) -> Reason:
    return Reason(code, {name: worth[name] for name in ("lower", "upper", "currency")})
