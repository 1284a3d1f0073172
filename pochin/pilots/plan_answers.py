"""The answers of the form that a plan stands for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pochin.pilots import balancing
from pochin.pilots.planning import GUARD_PARTS, GUARDRAILS, MINOR, Taking


def answers_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The answers a document stands for, to fill the form with; what it cannot show stays out."""
    metrics, periods = document["metrics"], document["periods"]
    primary = next(m for m in metrics if m["role"] == "primary")
    rules, decision = document.get("data_rules", {}), document["decision"]
    looks = document.get("analysis", {}).get("looks", {})
    answers = {
        "question": document["question"],
        "hypothesis": document.get("hypothesis"),
        "unit": document["unit"],
        "kind": document["design"]["kind"],
        "treated": document["design"].get("treated"),
        "block": document["design"].get("block"),
        "burn_in": document["design"].get("burn_in"),
        "carryover": document["design"].get("carryover"),
        "chosen_by": document["assignment"].get("chosen_by"),
        "draw": "constrained" if "balance" in document["assignment"] else "free",
        "balance": balancing.kept_of(document["assignment"].get("balance", ())),
        "stays": document["design"].get("keep"),
        "usage_code": rules.get("crossover", {}).get("metric"),
        "usage_share": rules.get("crossover", {}).get("max_share"),
        "steps": len(document["design"].get("sequences", [])) or None,
        "share": document["design"].get("shares", {}).get("treatment"),
        "season": document["design"].get("season"),
        "metric_kind": primary["kind"],
        "metric_unit": primary["unit"],
        "adjust": document.get("analysis", {}).get("adjust_for_baseline", False),
        "spending": looks.get("spending"),
        "look_at": [share for share in looks.get("at", []) if share < 1],
        "missing_share": rules.get("missing", {}).get("max_share"),
        "missing_rule": rules.get("missing", {}).get("rule"),
        "completeness": rules.get("late", {}).get("completeness"),
        "outlier": rules.get("outlier"),
        "source": rules.get("source", "post"),
        "stop_reasons": "\n".join(document.get("stop_reasons", [])),
        "scope": decision["scope"],
        "rule": decision.get("words"),
        "roll_out_from": decision.get("roll_out_from"),
        "extend_at_most": decision.get("extend", {}).get("at_most"),
        "seed": document["assignment"].get("seed"),
        "claim": decision.get("prior", {}).get("claim"),
    }
    if "start" in periods:
        answers["start"] = date.fromisoformat(periods["start"])
        answers["exclude"] = [date.fromisoformat(one[:10]) for one in periods.get("exclude", ())]
    for name in ("length", "baseline", "run", "wash_in", "maturity_days"):
        answers[name] = periods.get(name)
    for name in ("code", "name", "direction", "threshold", "denominator", "quantile", "definition"):
        answers[name] = primary.get(name)
    return {**answers, **_guards_of(metrics), **_money_of(document)}


def _guards_of(metrics: list[dict[str, Any]]) -> dict[str, Any]:
    guards = [m for m in metrics if m["role"] == "guardrail"][:GUARDRAILS]
    return {
        f"guard{n}_{name}": guard.get(name)
        for n, guard in enumerate(guards, 1)
        for name in GUARD_PARTS
    }


def _money_of(document: Mapping[str, Any]) -> dict[str, Any]:
    if "value" not in document:
        return {}
    value = document["value"]
    costs = {item["name"]: item for item in document["cost"]["items"]}
    return {
        "currency": value["currency"],
        "value": _in_major(value["per_unit"]),
        "volume": {name: value["volume"][name] for name in ("low", "mid", "high")},
        "horizon": value["horizon_years"],
        "discount": value.get("discount"),
        **{name: _in_major(costs[name]) for name in ("capex", "running") if name in costs},
    }


def _in_major(range_: Mapping[str, float]) -> dict[str, float]:
    return {name: range_[name] / MINOR for name in ("low", "mid", "high")}


def takings_of(document: Mapping[str, Any]) -> dict[str, Taking]:
    """The parts of the sites in a document, by unit."""
    return {
        unit["unit"]: Taking(
            unit["unit"],
            unit.get("arm", ""),
            unit.get("pair") or unit.get("stratum") or "",
            {
                name: value
                for name, value in unit.get("covariates", {}).items()
                if balancing.kept_of([name])
            },
        )
        for unit in document["assignment"].get("units", [])
    }
