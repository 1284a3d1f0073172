"""What the decision will say, before anybody starts: the whole plan tried out on made-up data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pochin.lab.design import Design, SteppedWedge, SyntheticControl
from pochin.lab.design.diagnosis import Guarded
from pochin.lab.design.of_plan import rule_of_plan
from pochin.lab.design.primaries import Seen
from pochin.lab.design.rule import Rule
from pochin.lab.protocol import Protocol
from pochin.lab.seeds import generator
from pochin.pilots.feasibility import Guesses, design_of, is_unbound, own, readings_of

RUNS, TWIN_RUNS = 1_000, 120
WEDGE_RUNS, FEWEST = 400, 100
WEDGE_WORK = 60_000_000
"""Cells times squared coefficients that a person waits for: about two seconds of fitting."""
# Without a bound at the level of the rule nothing can be decided.
NOTHING_TOLD = {"green": 0.0, "amber": 1.0, "red": 0.0}


@dataclass(frozen=True, slots=True)
class Scenario:
    """How often the pilot ends in each colour if the truth is `effect`, all checks passed.

    Attributes:
        name: "no effect", "break-even", "threshold" or "twice" the threshold.
        effect: The improvement supposed, in the unit of the metric.
        green, amber, red: Probabilities; the guardrails are not touched by the solution.
        found: Probability that the test, with all its looks, tells the effect from none: the error
            of the first kind where there is no effect, the power elsewhere.
        bias: Mean error of the estimate when the pilot ends, in the unit of the metric.
        noise: Standard error of `bias` by so few tries, same unit.
        coverage: Probability that the interval at the plan's level holds the effect.
        early: Probability that the pilot ends before the last look.
        green_range: The least and the most of green, whatever ties guardrails to the metric.
        seen: How often each primary metric is seen, any of them, all of them.
    """

    name: str
    effect: float
    green: float
    amber: float
    red: float
    found: float
    bias: float
    noise: float
    coverage: float
    early: float
    green_range: tuple[float, float]
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class OperatingCharacteristics:
    """The plan tried out.

    Attributes:
        scenarios: One for each supposed effect, the smallest first.
        guarded: What each guardrail says if it worsens not at all, by its margin, by twice that.
        unguarded: Codes of guardrails of whose readings nothing is supposed: taken to hold.
        primaries: Codes of the primary metrics that are tried out, the first of the plan first.
        untried: Codes of the others: nothing is supposed of their readings.
        green_from: Where the plan has looks, the effect that ends green in 8 cases of 10.
        runs: How many made-up pilots each row is read from.
    """

    scenarios: tuple[Scenario, ...]
    guarded: tuple[Guarded, ...] = ()
    unguarded: tuple[str, ...] = ()
    primaries: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    green_from: float | None = None
    runs: int = RUNS


def operating_characteristics(
    protocol: Protocol, guesses: Guesses, *, runs: int = RUNS
) -> OperatingCharacteristics:
    """Try the whole plan out: its looks, its guardrails, its decision, at the middle guesses.

    Raises:
        DesignError: The plan's units or periods are too few for its kind, or for its looks.
    """
    guesses = own(protocol, guesses)
    design = design_of(protocol, guesses)
    rule = rule_of_plan(protocol, spreads=guesses.guards)
    runs = min(runs, affordable(design, rule))
    found = design.diagnose(
        2 * rule.threshold,
        rule,
        rng=generator(str(protocol.analysis.seed), bound_to=protocol.sha256),
        sd=guesses.sd,
        icc=guesses.icc_middle,
        cac=guesses.cac_middle,
        cluster_size=readings_of(protocol, guesses),
        size_cv=guesses.size_cv,
        alpha=protocol.analysis.alpha,
        alternative=protocol.analysis.alternative,
        runs=runs,
        supposed={"no effect": 0.0, "threshold": rule.threshold, "twice": 2 * rule.threshold},
    )
    unbound = is_unbound(design, rule.primary_level)
    rows = [
        Scenario(
            one.name,
            rule.sign * one.effect,
            **(NOTHING_TOLD if unbound else one.colours),
            found=one.characteristics.rejected,
            bias=rule.sign * one.characteristics.bias,
            noise=one.characteristics.rmse / math.sqrt(one.characteristics.runs),
            coverage=one.characteristics.coverage,
            early=one.early,
            green_range=(0.0, 0.0) if unbound else one.green_range,
            seen=one.seen,
        )
        for one in found.scenarios
    ]
    known = {protocol.primary.code, *(one.code for one in rule.guards)}
    known.update(one.code for one in rule.further)
    return OperatingCharacteristics(
        scenarios=tuple(sorted(rows, key=lambda one: one.effect)),
        guarded=found.guarded,
        unguarded=tuple(one.code for one in protocol.guardrails if one.code not in known),
        primaries=tuple(one.code for one in protocol.primaries if one.code in known),
        untried=tuple(one.code for one in protocol.primaries if one.code not in known),
        green_from=found.green_from,
        runs=runs,
    )


def affordable(design: Design, rule: Rule) -> int:
    """How often a plan is tried out while a person waits.

    A twin is sought for every unit of each pilot, and a wedge is fitted anew at each look for
    each metric that is judged.
    """
    if isinstance(design, SyntheticControl):
        return TWIN_RUNS
    if not isinstance(design, SteppedWedge):
        return RUNS
    units, periods = design.schedule().shape
    coefficients = periods + design.run_periods
    looks = 1 if rule.looks is None else len(rule.looks.at)
    fits = looks * (1 + len(rule.further) + len(rule.guards))
    most = WEDGE_WORK // (units * periods * coefficients**2 * fits)
    return min(WEDGE_RUNS, max(FEWEST, most // 10 * 10))
