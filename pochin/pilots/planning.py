"""From answers in plain words to a plan that can be locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pochin.lab.assignment import Assignment
from pochin.lab.plan_grammar import SCHEMA
from pochin.lab.plan_rules import OBSERVED, period_ids
from pochin.lab.protocol import PlanFaults, Protocol

GUARDRAILS = 3
GUARD_PARTS = ("code", "name", "kind", "direction", "unit", "margin")
MINOR = 100  # a plan counts money in minor units, as kopecks in a rouble
CURRENCY = "RUB"


@dataclass(frozen=True, slots=True)
class Taking:
    """A site's part in the plan.

    Attributes:
        unit: Its number.
        arm: Where it was chosen.
        group: Its pair or stratum.
        known: What was known of it before, by which the lot is balanced.
    """

    unit: str
    arm: str = ""
    group: str = ""
    known: Mapping[str, float] = field(default_factory=dict)


def build(answers: Mapping[str, Any], sites: Iterable[Taking]) -> dict[str, Any]:
    """The document the answers stand for; what was left empty is left out.

    Where lots are drawn and a seed is given, the lot is drawn here, bound to the hash of
    everything else in the plan, so that anybody can draw it again.
    """
    document = _without_lot(answers, list(sites))
    seed = answers.get("seed") or ""
    if not seed or answers["kind"] in (*OBSERVED, "individual"):
        return document
    try:
        protocol = Protocol.parse(document)
    except PlanFaults:
        return document  # The faults are told first; there is nothing to draw for yet.
    return with_lot(protocol, seed)


def with_lot(protocol: Protocol, seed: str) -> dict[str, Any]:
    """The plan with its lot drawn by this seed and written down unit by unit."""
    drawn = protocol.assignment(seed)
    units = [{**unit, **_share(protocol, drawn, i)} for i, unit in enumerate(protocol.units)]
    rules = protocol.document["assignment"] | {
        "units": units, "seed": seed, "bound_to": protocol.sha256,
    }  # fmt: skip
    return protocol.document | {"assignment": rules}


def _share(protocol: Protocol, drawn: Assignment, i: int) -> dict[str, Any]:
    if protocol.kind == "stepped-wedge" and drawn.sequences is not None:
        return {"sequence": str(drawn.sequences[i])}
    if protocol.kind == "switchback":
        return {"schedule": [int(cell) for cell in drawn.schedule[i]]}
    return {"arm": "treatment" if drawn.arms[i] else "control"}


def _without_lot(answers: Mapping[str, Any], sites: list[Taking]) -> dict[str, Any]:
    kind = answers["kind"]
    periods = _periods(answers)
    given = {
        "schema": SCHEMA,
        "question": answers["question"],
        "hypothesis": answers.get("hypothesis"),
        "purpose": answers["purpose"],
        "archive": True if answers.get("archive") else None,
        "estimand": {"target": _target(kind)},
        "unit": answers["unit"],
        "design": _design(answers, periods, sites),
        "assignment": _assignment(answers, sites),
        "periods": periods,
        "metrics": [_primary(answers), *_guardrails(answers), *_usage(answers)],
        "analysis": _analysis(answers, len(sites)),
        "data_rules": _data_rules(answers),
        "value": _value(answers),
        "cost": _cost(answers),
        "decision": _decision(answers),
        "stop_reasons": _lines(answers.get("stop_reasons")),
    }
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def _target(kind: str) -> str:
    """Whose effect a design estimates."""
    if kind in OBSERVED:
        return "treated-average"
    return "participant-average" if kind == "individual" else "unit-average"


def _assignment(answers: Mapping[str, Any], sites: list[Taking]) -> dict[str, Any]:
    if answers["kind"] == "individual":
        # Each parcel is drawn when it comes; the arms are the units of the readings.
        return {"method": "hash"} | _said(chosen_by=answers.get("chosen_by"))
    method = _method_of_lot(answers, sites)
    constrained = method == "constrained"
    names = sorted({name for site in sites for name in site.known})
    return _said(chosen_by=answers.get("chosen_by")) | {
        "method": method,
        "units": [_unit(answers["kind"], site, constrained) for site in sites],
        **({"balance": names} if constrained else {}),
    }


def _said(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "")}


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _periods(answers: Mapping[str, Any]) -> dict[str, Any]:
    start: date = answers["start"]
    return _said(
        start=start.isoformat(),
        length=answers["length"],
        baseline=answers["baseline"],
        run=answers["run"],
        wash_in=answers.get("wash_in") or None,
        maturity_days=answers.get("maturity_days") or None,
        exclude=_holding(answers) or None,
    )


def _holding(answers: Mapping[str, Any]) -> list[str]:
    """The periods that hold the days to be left out; a day outside them all stands for itself."""
    days = [day.isoformat() for day in answers.get("exclude") or ()]
    if not days:
        return []
    ids = period_ids({"start": answers["start"].isoformat(), **{
        name: answers[name] for name in ("length", "baseline", "run")
    }})  # fmt: skip
    return sorted({max((one for one in ids if one <= day), default=day) for day in days})


def _design(
    answers: Mapping[str, Any], periods: dict[str, Any], sites: list[Taking]
) -> dict[str, Any]:
    kind = answers["kind"]
    design: dict[str, Any] = {"kind": kind}
    if kind == "parallel":
        design["treated"] = answers.get("treated") or max(1, len(sites) // 2)
        if answers.get("draw") == "constrained":
            design |= _said(keep=answers.get("stays"))
    if kind == "individual":
        share = answers.get("share") or 0.5
        design["shares"] = {"control": round(1 - share, 6), "treatment": round(share, 6)}
    if kind == "interrupted-series":
        beside = [site.unit for site in sites if site.arm != "treatment"]
        design |= _said(season=answers.get("season"), comparators=beside or None)
    if kind == "switchback":
        design |= _said(
            block=answers.get("block") or 1,
            burn_in=answers.get("burn_in") or None,
            carryover=answers.get("carryover") or None,
        )
    if kind == "stepped-wedge":
        design["sequences"] = _steps(periods, answers.get("steps") or 2)
    return design


def _steps(periods: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Sequences that begin one after another, spread over the run."""
    ids, first = period_ids(periods), periods["baseline"]
    starts = [first + (k * periods["run"]) // count for k in range(count)]
    return [{"name": str(k), "from": ids[place]} for k, place in enumerate(starts, 1)]


def _method_of_lot(answers: Mapping[str, Any], sites: list[Taking]) -> str:
    kind = answers["kind"]
    if kind == "parallel" and answers.get("draw") == "constrained":
        return "constrained"
    if kind == "parallel":
        return "stratified" if sites and all(site.group for site in sites) else "complete"
    return {"pairs": "pairs", "stepped-wedge": "sequences", "switchback": "blocks"}.get(
        kind, "observed"
    )


def _unit(kind: str, site: Taking, constrained: bool) -> dict[str, Any]:
    unit: dict[str, Any] = {"unit": site.unit}
    if constrained:
        unit["covariates"] = dict(site.known)
    if kind == "pairs" and site.group:
        unit["pair"] = site.group
    elif kind == "parallel" and site.group:
        unit["stratum"] = site.group
    if kind in OBSERVED:
        unit["arm"] = site.arm or "control"
    return unit


def _primary(answers: Mapping[str, Any]) -> dict[str, Any]:
    kind = answers["metric_kind"]
    return _said(
        code=answers["code"],
        name=answers.get("name"),
        role="primary",
        kind=kind,
        direction=answers["direction"],
        unit=answers["metric_unit"],
        threshold=answers["threshold"],
        denominator=answers.get("denominator") if kind in ("ratio", "rate") else None,
        quantile=answers.get("quantile") if kind == "quantile" else None,
        definition=answers.get("definition"),
        detectable=answers.get("detectable"),
        planned_std_error=answers.get("planned_std_error"),
    )


def _guardrails(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for n in range(1, GUARDRAILS + 1):
        if not answers.get(f"guard{n}_code"):
            continue
        rows.append(
            _said(
                code=answers[f"guard{n}_code"],
                name=answers.get(f"guard{n}_name"),
                role="guardrail",
                kind=answers.get(f"guard{n}_kind") or "mean",
                direction=answers.get(f"guard{n}_direction") or "lower",
                unit=answers.get(f"guard{n}_unit") or "1",
                margin=answers.get(f"guard{n}_margin"),
            )
        )
    return rows


def _usage(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The share of work really done with the solution, where it is measured."""
    if not answers.get("usage_code"):
        return []
    return [
        {
            "code": answers["usage_code"], "role": "secondary", "kind": "mean",
            "direction": "higher", "unit": "1",
        }
    ]  # fmt: skip


def _analysis(answers: Mapping[str, Any], sites: int) -> dict[str, Any]:
    analysis: dict[str, Any] = {}
    if answers["kind"] == "parallel":
        treated = answers.get("treated") or max(1, sites // 2)
        # Arms of unequal size are compared without supposing equal spread.
        analysis["method"] = "unit-means" if 2 * treated == sites else "unit-means-welch"
    if answers.get("adjust") and answers["baseline"]:
        analysis["adjust_for_baseline"] = True
        if answers["kind"] == "parallel":
            analysis["method"] = "unit-means-adjusted"
    if answers.get("look_at") and answers.get("spending"):
        shares = sorted({*answers["look_at"], 1.0})
        analysis["looks"] = {"spending": answers["spending"], "at": shares}
    return analysis


def _data_rules(answers: Mapping[str, Any]) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    missing = _said(max_share=answers.get("missing_share"), rule=answers.get("missing_rule"))
    if missing:
        rules["missing"] = missing
    if answers.get("completeness") is not None:
        rules["late"] = {"completeness": answers["completeness"]}
    if answers.get("usage_code"):
        rules["crossover"] = _said(
            metric=answers["usage_code"], max_share=answers.get("usage_share")
        )
    if answers.get("source") == "vendor":
        rules["source"] = "vendor"  # unless a plan says so, the post's readings are used
    if answers.get("outlier"):
        rules["outlier"] = answers["outlier"]
    return rules


def _value(answers: Mapping[str, Any]) -> dict[str, Any]:
    if not answers.get("value"):
        return {}
    return _said(
        currency=answers.get("currency") or CURRENCY,
        per_unit=_in_minor(answers["value"]),
        volume=answers.get("volume") or {"low": 1, "mid": 1, "high": 1},
        horizon_years=answers.get("horizon") or 3,
        discount=answers.get("discount"),
    )


def _cost(answers: Mapping[str, Any]) -> dict[str, Any]:
    if not answers.get("value"):
        return {}
    nothing = {"low": 0, "mid": 0, "high": 0}
    items = [
        {"name": name, "kind": name, **_in_minor(answers.get(name) or nothing)}
        for name in ("capex", "running")
    ]
    return {"currency": answers.get("currency") or CURRENCY, "items": items}


def _in_minor(range_: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value * MINOR) for name, value in range_.items()}


def _decision(answers: Mapping[str, Any]) -> dict[str, Any]:
    by: date | None = answers.get("decide_by")
    decision = _said(
        scope=answers["scope"], words=answers.get("rule"), by=by.isoformat() if by else None,
        roll_out_from=answers.get("roll_out_from"),
    )  # fmt: skip
    if answers.get("claim"):
        decision["prior"] = {"claim": answers["claim"]}
    if answers.get("extend_at_most"):
        decision["extend"] = {"at_most": answers["extend_at_most"]}
    return decision
