"""Which effects may stand beside each other: of one metric, drawn by lot, with a known error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

BY_LOT = ("I", "II")
Z = 1.959963984540054


class Kept(NamedTuple):
    """What is kept of a result beside its document, so that many can be compared at once.

    Attributes:
        measure: The metric by name, unit, kind, direction and scale, a line each; empty where the
            effect may not stand beside others.
        improvement: The effect, improvement positive, in the unit of the metric.
        std_error: The error a normal estimate would have with the same 95 % interval: few degrees
            of freedom make it larger than the standard error.
    """

    measure: str = ""
    improvement: float | None = None
    std_error: float | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The same as a result keeps it."""
        known = self.improvement is not None
        return {
            "measure": self.measure,
            "likened": [self.improvement, self.std_error] if known else None,
        }


def kept_of(result: Mapping[str, Any]) -> Kept:
    """The first primary metric of a result as it may be compared.

    What was not drawn by lot may be off by more than its error says, and a result a gate
    withheld has no effect.
    """
    row = next(one for one in result["metrics"] if one["metric"]["role"] == "primary")
    metric, effect, decision = row["metric"], row["effect"], result["decision"]
    ends = {round(one["level"], 3): (one["low"], one["high"]) for one in effect["intervals"]}
    low, high = ends.get(0.95, (None, None))
    is_known = effect["estimate"] is not None and None not in (low, high) and high > low
    if decision["verdict"] == "invalid" or decision["evidence_class"] not in BY_LOT or not is_known:
        return Kept()
    name = " ".join((metric["name"] or metric["code"]).split())
    parts = (name, metric["unit"], metric["kind"], metric["direction"], metric["scale"])
    sign = -1 if metric["direction"] == "lower" else 1
    return Kept("\n".join(parts), sign * effect["estimate"], (high - low) / (2 * Z))
