"""How the pilots of the demonstration compare: offices in two arms, in pairs, in waves; parcels."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from pochin.demo.trials import Trial
from pochin.lab.protocol import Protocol

WAVES = ("1", "2", "3")
FIRST = 2  # the week in which the solution first works
MILLION = 100_000_000  # in minor units


def of(trial: Trial, units: list[str], start: date) -> dict[str, Any]:
    """The parts of a plan that say who is compared with whom; the lot is still to be drawn.

    Args:
        trial: Says which design.
        units: The offices.
        start: The first day of the baseline.
    """
    if trial.parcels:
        return {
            "unit": "посылка",
            "design": {"kind": "individual", "shares": {"control": 1, "treatment": 1}},
            "assignment": {"method": "hash"},
        }
    design, method, rows = _DESIGNS[trial.design](units, start)
    return {
        "unit": "отделение",
        "design": {"kind": trial.design} | design,
        "assignment": {"method": method, "units": rows},
    }


def money(worth: float) -> dict[str, Any]:
    """What a unit of the metric is worth over the network, and what the roll-out takes.

    >>> money(2.0)["value"]["per_unit"]["mid"]
    200000000.0
    """

    def about(middle: float, spread: float) -> dict[str, float]:
        return {
            "low": middle * (1 - spread),
            "mid": float(middle),
            "high": middle * (1 + spread),
        }

    return {
        "value": {
            "currency": "RUB",
            "per_unit": about(worth * MILLION, 0.3),
            "volume": about(1, 0.2),
            "horizon_years": 3,
            "discount": 0.15,
        },
        "cost": {
            "currency": "RUB",
            "items": [
                {"name": "capex", "kind": "capex", **about(9 * MILLION, 0.2)},
                {"name": "running", "kind": "running", **about(2 * MILLION, 0.25)},
            ],
        },
    }


def weeks_with(protocol: Protocol) -> dict[str, float]:
    """From which week each office works with the solution; never is infinity."""
    sequences = protocol.document["design"].get("sequences", ())
    waves = {one["name"]: protocol.period_ids.index(one["from"]) for one in sequences}
    return {
        unit["unit"]: waves[unit["sequence"]]
        if waves
        else FIRST
        if unit["arm"] == "treatment"
        else math.inf
        for unit in protocol.units
    }


# Each gives what the design needs, the method of the lot and the rows of units.

Parts = tuple[dict[str, Any], str, list[dict[str, Any]]]


def _two_arms(units: list[str], start: date) -> Parts:
    return {"treated": len(units) // 2}, "complete", [{"unit": unit} for unit in units]


def _pairs(units: list[str], start: date) -> Parts:
    return {}, "pairs", [{"unit": unit, "pair": str(i // 2 + 1)} for i, unit in enumerate(units)]


def _waves(units: list[str], start: date) -> Parts:
    sequences = [
        {"name": name, "from": (start + timedelta(days=7 * (FIRST + i))).isoformat()}
        for i, name in enumerate(WAVES)
    ]
    return {"sequences": sequences}, "sequences", [{"unit": unit} for unit in sorted(units)]


_DESIGNS = {"parallel": _two_arms, "pairs": _pairs, "stepped-wedge": _waves}
