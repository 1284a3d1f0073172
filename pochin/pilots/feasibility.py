"""What a plan can show before anybody starts: its power, its detectable effect, its lot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pochin.lab.design import (
    Design,
    Individual,
    InterruptedSeries,
    design_of_plan,
    rule_of_plan,
)
from pochin.lab.protocol import Protocol
from pochin.lab.result import DesignError, Flag
from pochin.lab.simulate import Truth
from pochin.pilots.paying import Paid, price_of

WANTED = 0.8


@dataclass(frozen=True, slots=True)
class Guesses:
    """What is supposed of the readings, from history.

    Attributes:
        sd: Standard deviation of single readings, in the unit of the metric.
        icc: Low, middle and high guess of the share of variance between sites.
        cac: Low, middle and high guess of the share of it that lasts from period to period.
        readings: Mean readings of a site in one period.
        size_cv: Standard deviation of the sites' sizes over their mean.
        pair_r: Correlation of the two sites of a pair.
        site_cost: What one more site would cost, in the currency of the plan; 0 where nobody said.
        skew: Skewness of single readings; 0 where they lie evenly around their mean.
        guards: Standard deviation of single readings of guardrails and of primary metrics beside
            the first, by their codes.
    """

    sd: float
    icc: tuple[float, ...] = (0.02, 0.05, 0.1)
    cac: tuple[float, ...] = (0.8,)
    readings: float = 1.0
    size_cv: float = 0.0
    pair_r: float = 0.5
    site_cost: float = 0.0
    skew: float = 0.0
    guards: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Guesses | None:
        """What a plan remembers; None where nothing was guessed."""
        if not kept.get("sd"):
            return None
        # Plans written earlier remember one guess of the CAC.
        cac = kept.get("cac", 0.8)
        cac = tuple(cac) if isinstance(cac, list | tuple) else (cac,)
        return cls(**{**kept, "icc": tuple(kept["icc"]), "cac": cac})

    def to_dict(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.__slots__}
        return given | {"icc": list(self.icc), "cac": list(self.cac), "guards": dict(self.guards)}

    @property
    def icc_middle(self) -> float:
        return self.icc[len(self.icc) // 2]

    @property
    def cac_middle(self) -> float:
        return self.cac[len(self.cac) // 2]


@dataclass(frozen=True, slots=True)
class Grown:
    """The plan with more of what it counts on: sites, periods of the run, parcels or people.

    Attributes:
        units: How many of them there are.
        power: Probability to show the threshold at the middle guesses.
        detectable: The effect shown with 80 %, in the unit of the metric.
        floor: The smallest two-sided p-value the lot or the placebos allow.
    """

    units: int
    power: float
    detectable: float
    floor: float


@dataclass(frozen=True, slots=True)
class Feasibility:
    """What the plan can show under the guesses; tuples run over the guesses of the ICC.

    Attributes:
        threshold: The improvement worth having.
        power: Probability to show an effect of that size, at the middle guess of the CAC.
        power_range: The least and the most of it over the guesses of the CAC.
        detectable: The effect shown with 80 %, in the unit of the metric.
        std_error: Planned standard error at the middle guesses.
        power_then, detectable_then: The same with one more site (or pair); empty where none fits.
        floor: The smallest two-sided p-value the lot or the placebos allow.
        lots: How many assignments could be drawn.
        treated: How many sites get the solution, where that is a number.
        unequal: Whether the arms differ in size, so that Welch's test is used.
        grown: The plan as it is and with more sites; for a series with more periods of the run,
            where lots are drawn for people with more people.
        green_from: The effect that ends green in 8 cases of 10; None where none does, where money
            decides as well, or where looks do: those are tried out.
        flags: What the planner must know.
        paid: How many times as large an effect must be because of the plan's looks.
    """

    threshold: float
    icc: tuple[float, ...]
    power: tuple[float, ...]
    power_range: tuple[tuple[float, float], ...]
    detectable: tuple[float, ...]
    std_error: float
    power_then: tuple[float, ...]
    detectable_then: tuple[float, ...]
    floor: float
    lots: int
    units: int
    treated: int
    unequal: bool
    grown: tuple[Grown, ...]
    green_from: float | None
    flags: tuple[Flag, ...]
    paid: float = 1.0

    @property
    def middle(self) -> int:
        return len(self.icc) // 2

    @property
    def promised(self) -> float | None:
        """The effect the plan promises to detect: at the middle guess, if any effect is."""
        value = self.detectable[self.middle]
        return float(f"{value:.4g}") if math.isfinite(value) else None

    @property
    def can_decide(self) -> bool:
        return self.promised is not None and self.promised <= self.threshold

    @property
    def gain(self) -> float | None:
        """Points of power that one more site adds at the middle guess; None where none fits."""
        if not self.power_then:
            return None
        return 100 * (self.power_then[self.middle] - self.power[self.middle])


def design_of(protocol: Protocol, guesses: Guesses) -> Design:
    """The lab's design of a plan with what is supposed of the readings.

    Raises:
        DesignError: The plan's units or periods are too few for its kind.
    """
    subjects = max(round(guesses.readings * len(protocol.run_ids)), len(protocol.units))
    return design_of_plan(
        protocol, subjects=subjects, correlation=guesses.pair_r, skew=guesses.skew
    )


def _treated(protocol: Protocol, design: Design) -> int:
    """How many sites get the solution while others do not."""
    if not protocol.randomized:
        return int(protocol.assignment().arms.sum())
    return int((design.schedule() == 1).any(axis=1).sum()) if protocol.units else 0


def judge(protocol: Protocol, guesses: Guesses) -> Feasibility:
    """What the plan can show if the guesses are right.

    Raises:
        DesignError: The plan's units or periods are too few for its kind.
    """
    guesses = own(protocol, guesses)
    design = design_of(protocol, guesses)
    about: dict[str, Any] = {
        "sd": guesses.sd, "icc": guesses.icc, "cac": guesses.cac,
        "cluster_size": readings_of(protocol, guesses), "size_cv": guesses.size_cv,
        "alpha": own_alpha(protocol), "alternative": protocol.analysis.alternative,
    }  # fmt: skip
    threshold = protocol.primary.threshold or 0.0
    price = price_of(protocol, own_alpha(protocol), lambda one: _truth(one, protocol, guesses))
    paid = price(design)
    effect = protocol.primary.sign * threshold
    found = design.power(effect / paid, **about)
    middle = len(guesses.cac) // 2
    power = np.atleast_2d(found.power)
    then = _one_more(design, effect, about, middle, price)
    return Feasibility(
        threshold=threshold,
        icc=guesses.icc,
        power=_row(power[:, middle]),
        power_range=tuple((float(row.min()), float(row.max())) for row in power),
        detectable=_row(paid * np.atleast_2d(design.mde(WANTED, **about))[:, middle]),
        std_error=float(np.atleast_2d(found.std_error)[len(guesses.icc) // 2, middle]),
        power_then=then[0],
        detectable_then=then[1],
        floor=found.min_p_value,
        lots=found.n_admissible,
        units=design.units,
        treated=_treated(protocol, design),
        unequal=any(flag.code == "arms-unequal" for flag in found.flags),
        grown=_grown(design, effect, guesses, about, price),
        paid=paid,
        green_from=_green_from(protocol, design, guesses, about),
        flags=found.flags,
    )


def own_alpha(protocol: Protocol) -> float:
    """The error at which a primary metric is seen whatever the others say."""
    return protocol.analysis.alpha / len(protocol.primaries)


def _truth(design: Design, protocol: Protocol, guesses: Guesses) -> Truth:
    """What made-up pilots of a design are drawn from at the middle guesses, without an effect."""
    components = design.components(guesses.sd, guesses.icc_middle, guesses.cac_middle)
    return Truth(components, 0.0, readings_of(protocol, guesses), guesses.size_cv)


def own(protocol: Protocol, guesses: Guesses) -> Guesses:
    """The guesses a design asks for: nothing ties parcels together that are drawn one by one."""
    if protocol.kind != "individual":
        return guesses
    return replace(guesses, icc=(0.0,), cac=(0.8,), size_cv=0.0)


def readings_of(protocol: Protocol, guesses: Guesses) -> float:
    """Readings of a unit in a period; a parcel or a person is read once."""
    return 1.0 if protocol.kind == "individual" else guesses.readings


def _one_more(
    design: Design, effect: float, about: dict[str, Any], middle: int, price: Paid
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Power and detectable effect with one more site; empty where the design has no place."""
    try:
        then = design.with_one_more()
        paid = price(then)
        power = np.atleast_2d(then.power(effect / paid, **about).power)[:, middle]
        return _row(power), _row(paid * np.atleast_2d(then.mde(WANTED, **about))[:, middle])
    except DesignError:
        return (), ()


MORE = (0, 1, 2, 4, 6)
"""Steps of more sites that are shown; a step of a paired design is a pair."""

TIMES = (1.0, 1.25, 1.5, 2.0, 3.0)
"""How many times as many parcels or people are shown."""

LONGER = (0, 2, 4, 8, 12)
"""Periods by which a series is longer."""


def _grown(
    design: Design, effect: float, guesses: Guesses, about: dict[str, Any], price: Paid
) -> tuple[Grown, ...]:
    """The design as it is and with more of what it counts on, at the middle guesses."""
    guess = about | {"icc": guesses.icc_middle, "cac": guesses.cac_middle}
    rows = []
    for count, larger in _larger(design):
        paid = price(larger)
        power, detectable = larger.power(effect / paid, **guess), paid * larger.mde(WANTED, **guess)
        rows.append(Grown(count, float(power.power), float(detectable), larger.min_p_value))
    return tuple(rows)


def _larger(design: Design) -> Iterator[tuple[int, Design]]:
    """The design and larger ones like it, each with what it counts on."""
    if isinstance(design, Individual):
        for times in TIMES:
            units = round(design.n_units * times)
            yield units, replace(design, n_units=units)
    elif isinstance(design, InterruptedSeries):
        for more in LONGER:
            periods = design.n_after + more
            yield periods, replace(design, n_after=periods)
    else:
        for step in range(MORE[-1] + 1):
            if step in MORE:
                yield design.units, design
            try:
                design = design.with_one_more()
            except DesignError:
                break


def _green_from(
    protocol: Protocol, design: Design, guesses: Guesses, about: dict[str, Any]
) -> float | None:
    """The effect whose one-sided bound clears the threshold in 8 cases of 10."""
    rule = rule_of_plan(protocol)
    never = protocol.archive or (design.evidence in ("III", "IV") and rule.scope == "network")
    if never or rule.has_looks or rule.value is not None or is_unbound(design, rule.primary_level):
        return None
    guess = about | {
        "icc": guesses.icc_middle, "cac": guesses.cac_middle,
        "alpha": 1 - rule.primary_level, "alternative": "greater",
    }  # fmt: skip
    beyond = float(design.mde(WANTED, **guess))
    return rule.threshold + beyond if math.isfinite(beyond) else None


def is_unbound(design: Design, level: float) -> bool:
    """Whether ranks among so few placebos give no bound at the level of the rule."""
    return design.evidence == "III" and design.min_p_value > 1 - level


def _row(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in np.atleast_1d(values))
