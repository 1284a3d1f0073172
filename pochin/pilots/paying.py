"""What the looks of a plan cost: how much larger an effect must be to be shown as often."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from pochin.lab.design import Design
from pochin.lab.design.lot_price import price_by_lot
from pochin.lab.design.watched import LOTS, price
from pochin.lab.protocol import LookSchedule, Protocol
from pochin.lab.seeds import generator
from pochin.lab.simulate import Truth

PILOTS = 1_000
"""Made-up pilots while a person waits: a standard error of about half a per cent."""

Paid = Callable[[Design], float]


def price_of(protocol: Protocol, alpha: float, truth: Callable[[Design], Truth]) -> Paid:
    """How many times as large an effect must be for a design because of the plan's looks.

    Looks by the lot are tried out by the lot of each design that has few outcomes: one site more
    may let it spend what it could not. Lots beyond all counting cost alike, so those of larger
    designs cost what the first of them does.

    Args:
        protocol: The plan.
        alpha: Two-sided error of all looks together.
        truth: What made-up pilots of a design are drawn from.
    """
    looks = protocol.analysis.looks
    if looks is None or len(looks.at) < 2 or looks.spending != "randomization":
        return lambda design: price(looks, alpha, design.units)
    seed, many = str(protocol.analysis.seed), dict[str, float]()

    def by_lot(design: Design) -> float:
        if design.min_p_value > alpha:
            return 1.0  # No effect is ever shown; that is told by itself.
        if design.n_admissible <= LOTS:
            return _tried(design, looks, truth(design), alpha, seed)
        if "price" not in many:
            many["price"] = _tried(design, looks, truth(design), alpha, seed)
        return many["price"]

    return by_lot


@lru_cache(maxsize=256)
def _tried(design: Design, looks: LookSchedule, truth: Truth, alpha: float, seed: str) -> float:
    """By the lot itself; a form asks the same again with every answer it gets."""
    rng = generator(seed)
    return price_by_lot(design, looks, truth, alpha=alpha, rng=rng, runs=PILOTS)
