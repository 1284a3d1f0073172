"""Markets for a product, put into an order by what is known of them and by given weights.

Each criterion becomes a share between 0 and 1 among the markets compared; the score is the
weighted mean of the shares that are known. What is not known stays unknown: it neither helps nor
hurts, and a market of which less than half of the weight is known gets no place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

ENOUGH = 0.5
# Growth beyond this, in a year, counts no more: it comes from tiny beginnings.
STEEP = 0.25
DEAR = 30.0  # per cent of duty at which the criterion is worth nothing


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one market; None where it is not.

    Attributes:
        country: Three letters.
        size: Imports in the last year, US dollars.
        growth: Mean yearly growth of the imports, as a share.
        home_share: Share of the home country in the imports, 0 to 1.
        home_growth: Mean yearly growth of what is bought from the home country.
        km: Distance from the home country.
        logistics: Logistics performance, 1 to 5.
        tariff: Duty, per cent.
        year: The year of `size`.
    """

    country: str
    size: float | None = None
    growth: float | None = None
    home_share: float | None = None
    home_growth: float | None = None
    km: float | None = None
    logistics: float | None = None
    tariff: float | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that makes a market good."""

    name: str
    label: Any
    weight: int
    # From the value of a market and all known values to a share between 0 and 1.
    share: Callable[[float, Sequence[float]], float]


def _between(value: float, values: Sequence[float]) -> float:
    low, high = min(values), max(values)
    return 0.5 if high == low else (value - low) / (high - low)


def _by_order_of_size(value: float, values: Sequence[float]) -> float:
    above = [math.log10(max(one, 1.0)) for one in values]
    return _between(math.log10(max(value, 1.0)), above)


def _nearer(value: float, values: Sequence[float]) -> float:
    return 1 - _by_order_of_size(value, values)


def _by_growth(value: float, _values: Sequence[float]) -> float:
    return (min(max(value, -STEEP), STEEP) + STEEP) / (2 * STEEP)


def _by_logistics(value: float, _values: Sequence[float]) -> float:
    return (value - 1) / 4


def _by_tariff(value: float, _values: Sequence[float]) -> float:
    return 1 - min(value, DEAR) / DEAR


CRITERIA = (
    Criterion("size", _("Size of imports"), 30, _by_order_of_size),
    Criterion("growth", _("Growth of imports"), 20, _by_growth),
    Criterion("home_share", _("Bought from us"), 10, _between),
    Criterion("home_growth", _("Growth of purchases from us"), 10, _by_growth),
    Criterion("km", _("Nearness"), 10, _nearer),
    Criterion("logistics", _("Logistics"), 10, _by_logistics),
    Criterion("tariff", _("Low duty"), 10, _by_tariff),
)
WEIGHTS = {criterion.name: criterion.weight for criterion in CRITERIA}


@dataclass(frozen=True, slots=True)
class Market:
    """A market with its score; `shares` holds what each criterion gave, None where unknown."""

    facts: Facts
    score: float | None
    known: float
    shares: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def country(self) -> str:
        return self.facts.country


def rank(known: Sequence[Facts], weights: Mapping[str, int] | None = None) -> list[Market]:
    """Put markets into an order: the best first, those too little is known of last.

    Args:
        known: The markets to compare.
        weights: A weight from 0 up for each criterion by its name; the usual ones by default.

    Returns:
        One market for each of `known`; a score is between 0 and 1.
    """
    given = dict(WEIGHTS if weights is None else weights)
    values = {
        c.name: [value for one in known if (value := getattr(one, c.name)) is not None]
        for c in CRITERIA
    }
    markets = [_judged(one, given, values) for one in known]
    return sorted(
        markets,
        key=lambda m: (m.score is None, -(m.score or 0.0), -(m.facts.size or 0.0), m.country),
    )


def _judged(
    one: Facts, weights: Mapping[str, int], values: Mapping[str, Sequence[float]]
) -> Market:
    shares: dict[str, float | None] = {}
    for criterion in CRITERIA:
        value = getattr(one, criterion.name)
        shares[criterion.name] = (
            None if value is None else criterion.share(value, values[criterion.name])
        )
    whole = sum(weights.get(name, 0) for name in shares)
    told = {name: share for name, share in shares.items() if share is not None}
    weight = sum(weights.get(name, 0) for name in told)
    if not whole or weight / whole < ENOUGH:
        return Market(one, None, weight / whole if whole else 0.0, shares)
    score = sum(weights.get(name, 0) * share for name, share in told.items()) / weight
    return Market(one, score, weight / whole, shares)


def yearly_growth(by_year: Mapping[int, float]) -> float | None:
    """Mean growth in a year between the first and the last year, as a share.

    Source: compound annual growth rate, (last / first) ** (1 / years) − 1.

    Example:
        >>> round(yearly_growth({2018: 100.0, 2020: 121.0}), 3)
        0.1
    """
    told = {year: value for year, value in by_year.items() if value > 0}
    if len(told) < 2:
        return None
    first, last = min(told), max(told)
    return (told[last] / told[first]) ** (1 / (last - first)) - 1
