"""What a plan promised and its pilot measured: the terms a deal begins with."""

from __future__ import annotations

from typing import Any

from pochin.evaluations.models import released
from pochin.pilots.models import Pilot

FORMAT = "pochin-promise/1"


def promised(pilot: Pilot) -> dict[str, Any]:
    """The primary metric with its promise and measurement, and the plan's money, as plain values.

    Money stays in the integer minor units in which the plan counts it.
    """
    plan = pilot.locked_plan()
    if plan is None:
        return {}
    metric = plan.protocol.primaries[0]
    said: dict[str, Any] = {
        "format": FORMAT,
        "plan_sha256": plan.sha256,
        "metric": metric.code,
        "name": metric.name or metric.code,
        "unit": metric.unit,
        "scale": metric.scale,
        "direction": metric.direction,
        "threshold": metric.threshold,
        "sites": len(plan.protocol.units),
        "money": {n: plan.content[n] for n in ("value", "cost") if n in plan.content},
    }
    evaluation = released(pilot)
    if evaluation is not None:
        effect = _effect(evaluation.result)
        said["measured"] = {"sha256": evaluation.sha256, **effect}
    return said


def _effect(result: dict[str, Any]) -> dict[str, Any]:
    primary = next(m for m in result["metrics"] if m["metric"]["role"] == "primary")
    effect = primary["effect"]
    ends = {round(one["level"], 3): one for one in effect["intervals"]}
    wide = ends.get(0.95, {})
    return {"estimate": effect["estimate"], "low": wide.get("low"), "high": wide.get("high")}
