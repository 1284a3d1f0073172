"""What a pilot's information is worth before it is made, by its size, beside what sites cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.decide import primary_level
from pochin.lab.money_models import CostModel, ValueModel, money
from pochin.lab.protocol import Protocol
from pochin.lab.result import LabError
from pochin.lab.shrinkage import Prior, sceptical_prior
from pochin.lab.value_of_information import engs, evsi_by_size, worth_by_rule
from pochin.pilots.feasibility import Feasibility, Guesses, design_of, own

BY_SITES = ("parallel", "pairs", "stepped-wedge", "switchback", "difference-in-differences")
"""Designs whose variance falls as sites are added; a mixture or a series is not such a one."""
FEWEST = {"pairs": 12, "stepped-wedge": 6, "switchback": 2}
"""Sites below which no lot can give a p-value of 5 %: six pairs, six sites in three waves, eight
of other designs; in turns it is the blocks of a site that are drawn."""
EIGHT, MOST = 8, 1_000
MINOR = 100


@dataclass(frozen=True, slots=True)
class Sized:
    """A size of the pilot; money in minor units.

    Attributes:
        units: Sites.
        worth: Of the information.
        cost: Of the sites.
    """

    units: int
    worth: float
    cost: float

    @property
    def left(self) -> float:
        return float(engs(self.worth, cost=self.cost))


@dataclass(frozen=True, slots=True)
class Information:
    """The worth of the pilot's information; money in minor units.

    Attributes:
        claim: What the vendor promises, in the unit of the metric.
        prior: What is believed of it.
        break_even: The improvement from which the roll-out pays.
        currency: Of the plan.
        now: The pilot as planned.
        best: The size of which most is left; None where no cost of a site is known, or where the
            size changes nothing that could be reckoned.
        over: The first size beyond it that costs more than it tells; None where none is.
        sizes: Some sizes to compare, these among them.
        least: The class of the verdict from which on the plan rolls out: by it the worth is
            reckoned. Empty where it does not say: then by what is expected to pay afterwards.
        at_will: Worth of the pilot as planned if one rolled out wherever that is expected to pay.
    """

    claim: float
    prior: Prior
    break_even: float
    currency: str
    now: Sized
    best: Sized | None = None
    over: Sized | None = None
    sizes: tuple[Sized, ...] = ()
    least: str = ""
    at_will: float = 0.0

    @property
    def is_rolled_out_without(self) -> bool:
        """Whether the roll-out would be expected to pay without any pilot."""
        return self.prior.mean > self.break_even


def fewest(kind: str) -> int:
    """The least number of sites that is considered at all."""
    return FEWEST.get(kind, EIGHT)


def missing(protocol: Protocol, guesses: Guesses) -> str:
    """The question of the form whose answer is lacking most; empty where nothing is."""
    if protocol.value is None or protocol.cost is None:
        return "value"
    if _prior(protocol) is None:
        return "claim"
    if protocol.kind in BY_SITES and not guesses.site_cost:
        return "site_cost"
    return ""


def _prior(protocol: Protocol) -> Prior | None:
    """What the plan registered as believed before; None where that is nothing."""
    said = protocol.decision.prior or {}
    if not said.get("claim"):
        return None
    prior = sceptical_prior(said["claim"], share=said.get("share", 0.25), sd=said.get("std_dev"))
    return prior if prior.sd > 0 else None


def information(protocol: Protocol, guesses: Guesses, found: Feasibility) -> Information | None:
    """What the pilot is worth as planned and at other sizes; None where an answer is lacking.

    Value and costs stand at the middle of their ranges.
    """
    prior = _prior(protocol)
    if protocol.value is None or protocol.cost is None or prior is None:
        return None
    if not 0 < found.std_error < float("inf"):
        return None
    cost = CostModel.from_plan(protocol.cost)
    try:
        model = money(
            ValueModel.from_plan(protocol.value), cost, rng=np.random.default_rng(0), draws=1
        )
        even = model.break_even
    except LabError:
        return None
    each = guesses.site_cost * MINOR
    worth = _Worth(protocol, guesses, found, prior, even, model.mid_slope)
    now = Sized(found.units, float(worth.at(found.units)), each * found.units)
    known = Information(
        (protocol.decision.prior or {})["claim"], prior, even, cost.currency, now,
        least=worth.least, at_will=float(worth.at_will(found.units)),
    )  # fmt: skip
    if protocol.kind not in BY_SITES or not each:
        return known
    sizes = np.arange(fewest(protocol.kind), MOST + 1)
    known_sizes = zip(sizes.tolist(), worth.at(sizes).tolist(), strict=True)
    return _sized(known, [Sized(units, worth, each * units) for units, worth in known_sizes])


@dataclass(frozen=True, slots=True)
class _Worth:
    """The worth of a plan's estimate by its size; the variance falls as one over it."""

    protocol: Protocol
    guesses: Guesses
    found: Feasibility
    prior: Prior
    break_even: float
    slope: float

    @property
    def least(self) -> str:
        return self.protocol.decision.roll_out_from

    def at(self, sizes: Any) -> Any:
        """By the rule of the plan, where it has one."""
        return self.by_rule(sizes) if self.least else self.at_will(sizes)

    def at_will(self, sizes: Any) -> Any:
        """If one rolls out wherever that is expected to pay."""
        return evsi_by_size(
            sizes, planned=self.found.units, std_error=self.found.std_error, mean=self.prior.mean,
            sd=self.prior.sd, break_even=self.break_even, slope=self.slope,
        )  # fmt: skip

    def by_rule(self, sizes: Any) -> Any:
        """If one rolls out from the class of the verdict that the plan names."""
        times = np.asarray(sizes, float) / self.found.units
        guesses = own(self.protocol, self.guesses)
        df = np.maximum(design_of(self.protocol, guesses).df * times, 1.0)
        level = primary_level(self.protocol.decision.level, len(self.protocol.primaries))
        return worth_by_rule(
            mean=self.prior.mean, sd=self.prior.sd, std_error=self.found.std_error / np.sqrt(times),
            break_even=self.break_even, slope=self.slope, threshold=self.found.threshold,
            reach=stats.t.ppf(level, df), least=self.least,
        )  # fmt: skip


def _sized(known: Information, all_: list[Sized]) -> Information:
    best = max(all_, key=lambda one: one.left)
    over = next((one for one in all_ if one.units > best.units and one.left < 0), None)
    now = known.now.units
    wanted = {now // 2, now, 2 * now, 4 * now, best.units} | ({over.units} if over else set())
    shown = tuple(one for one in all_ if one.units in wanted)
    return replace(known, best=best, over=over, sizes=shown)
