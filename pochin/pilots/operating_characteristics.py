"""What the decision will say, before anybody starts: the whole plan tried out on made-up data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pochin.lab.design.diagnosis import colours
from pochin.lab.design.of_plan import rule_of_plan
from pochin.lab.protocol import Protocol
from pochin.lab.seeds import generator
from pochin.lab.simulate import Estimates, operating_characteristics
from pochin.pilots.feasibility import ALPHA, Guesses, design_of, is_unbound, own, readings_of

RUNS, TWIN_RUNS = 1_000, 120


@dataclass(frozen=True, slots=True)
class Characteristics:
    """How often the pilot ends in each colour if the truth is `effect`, all checks passed.

    Attributes:
        name: "no effect", "break-even", "threshold" or "twice" the threshold.
        effect: The improvement supposed, in the unit of the metric.
        green, amber, red: Probabilities.
        found: Probability that the test tells the effect from none: the error of the first kind
            where there is no effect, the power elsewhere.
        bias: Mean error of the estimate, in the unit of the metric.
        noise: Standard error of `bias` by so few tries, same unit.
        coverage: Probability that the 95 % interval holds the effect.
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


def characteristics(
    protocol: Protocol, guesses: Guesses, *, runs: int = RUNS
) -> tuple[Characteristics, ...]:
    """Try the whole plan out on made-up data, its decision included, at the middle guesses.

    Raises:
        DesignError: The plan's units or periods are too few for its kind.
    """
    guesses = own(protocol, guesses)
    design, rule = design_of(protocol, guesses), rule_of_plan(protocol)
    if protocol.kind == "synthetic-control":  # Each pilot takes a twin for every unit.
        runs = min(runs, TWIN_RUNS)
    rng = generator(str(protocol.analysis.seed), bound_to=protocol.sha256)
    components = design.components(guesses.sd, guesses.icc_middle, guesses.cac_middle)
    size = {"cluster_size": readings_of(protocol, guesses), "size_cv": guesses.size_cv}
    supposed = {"no effect": 0.0, "threshold": rule.threshold, "twice": 2 * rule.threshold}
    model = rule.money(rng)
    if model is not None and math.isfinite(model.break_even):
        supposed["break-even"] = model.break_even
    unbound = is_unbound(design, rule.level)  # Then nothing can be decided.
    rows = []
    for name, improvement in sorted(supposed.items(), key=lambda one: one[1]):
        truth = rule.sign * improvement
        if protocol.kind == "stepped-wedge":
            error = math.sqrt(design.variance(components, *size.values()))
            found = _drawn(truth, error, design.df, runs, rng)
        else:
            found = design.simulate(components, **size, effect=truth, runs=runs, rng=rng)
        shares = colours(found, rule, evidence=design.evidence, rng=rng)
        if unbound:
            shares = {"green": 0.0, "amber": 1.0, "red": 0.0}
        if protocol.archive:  # Never green: its plan was written after the data.
            shares = {**shares, "green": 0.0, "amber": 1 - shares["red"]}
        told = operating_characteristics(
            found, truth, alpha=ALPHA, alternative=protocol.analysis.alternative
        )
        seen = 0.0 if design.min_p_value > ALPHA else told.rejected
        rows.append(
            Characteristics(
                name, improvement, **shares,
                found=seen, bias=rule.sign * told.bias, coverage=told.coverage,
                noise=told.rmse / math.sqrt(told.runs),
            )
        )  # fmt: skip
    return tuple(rows)


def _drawn(truth: float, error: float, df: float, runs: int, rng: np.random.Generator) -> Estimates:
    """Estimates with the planned standard error: a mixed model for each would take too long."""
    spread = np.sqrt(rng.chisquare(df, runs) / df) if math.isfinite(df) else np.ones(runs)
    return Estimates(
        estimate=truth + error * rng.standard_normal(runs),
        std_error=error * spread,
        df=np.full(runs, float(df)),
    )
