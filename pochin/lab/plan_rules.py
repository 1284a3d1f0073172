"""What is wrong with a would-be plan: every fault, one sentence each."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pochin.lab.canonical import DEPTH, canonical
from pochin.lab.plan_grammar import ASSIGNED_BY, METHODS, PLAN
from pochin.lab.result import SchemaMismatch
from pochin.lab.schema import Fault, is_number

OBSERVED = ("difference-in-differences", "synthetic-control", "interrupted-series")
BY_LOT = ("parallel", "pairs")
"""Designs whose looks the lot itself may judge: it parts units into two arms, once."""
"""Kinds of design in which nobody draws lots."""

SAYS_WHO = {
    "parallel": ("arm",),
    "pairs": ("arm",),
    "individual": ("arm",),
    "stepped-wedge": ("sequence",),
    "switchback": ("schedule",),
} | dict.fromkeys(OBSERVED, ("arm", "treated_from", "schedule"))
"""The fields by which a unit says what it gets, by kind of design."""


def faults(document: Any) -> list[Fault]:
    """Every fault of a would-be plan; none means it is one. Never raises.

    >>> [str(fault) for fault in faults([])]
    ['The plan is a list; it must be a table.']
    """
    try:
        canonical(document)
    except SchemaMismatch as problem:
        return [Fault("", str(problem).replace("%", "%%"))]
    except RecursionError:
        return [Fault("", f"The document is nested more than {DEPTH} levels deep.")]
    found = list(PLAN.faults(document, ""))
    return found or list(_meaning(document))


def period_ids(periods: Mapping[str, Any]) -> list[str]:
    """Ids of the periods in order: as listed, or counted from the start.

    >>> period_ids({"start": "2026-01-31", "length": "week", "baseline": 1, "run": 2})
    ['2026-01-31', '2026-02-07', '2026-02-14']
    """
    if "ids" in periods:
        return list(periods["ids"])
    count = int(periods["baseline"]) + int(periods["run"])
    start = datetime.date.fromisoformat(periods["start"])
    length = periods["length"]
    if length == "month":
        first = start.year * 12 + start.month - 1
        months = (divmod(first + i, 12) for i in range(count))
        return [datetime.date(year, month + 1, start.day).isoformat() for year, month in months]
    if length == "hour":
        midnight = datetime.datetime.combine(start, datetime.time())
        hours = (midnight + datetime.timedelta(hours=i) for i in range(count))
        return [hour.isoformat(timespec="hours") for hour in hours]
    step = 7 if length == "week" else 1
    return [(start + datetime.timedelta(days=step * i)).isoformat() for i in range(count)]


# Rules between fields, checked only when every field is in order.


def _meaning(plan: dict[str, Any]) -> Iterator[Fault]:
    yield from _metrics(plan)
    yield from _methods(plan)
    found = list(_periods(plan["periods"]))
    yield from found
    yield from _numbers(plan)
    if not found:
        ids = period_ids(plan["periods"])
        yield from _design(plan, ids)
        yield from _units(plan, ids)


def _metrics(plan: dict[str, Any]) -> Iterator[Fault]:
    metrics = plan["metrics"]
    yield from _twice(metrics, "code", "metrics")
    done = plan.get("data_rules", {}).get("crossover", {}).get("metric")
    if done is not None and done not in [metric["code"] for metric in metrics]:
        yield Fault(
            "data_rules.crossover.metric",
            "%(path)s is “%(name)s”, which is not a metric of the plan.",
            {"name": done},
        )
    primary = [metric for metric in metrics if metric["role"] == "primary"]
    if not primary:
        yield Fault("metrics", "%(path)s holds no primary metric; name the one that decides.")
    if len(primary) > 1 and plan.get("analysis", {}).get("multiplicity") != "holm":
        yield Fault(
            "analysis.multiplicity",
            "%(path)s must be holm, because there are %(count)d primary metrics.",
            {"count": len(primary)},
        )


def _twice(items: list[dict[str, Any]], key: str, path: str) -> Iterator[Fault]:
    names = Counter(item[key] for item in items)
    for i, item in enumerate(items):
        if names[item[key]] > 1:
            names[item[key]] = 0
            yield Fault(
                f"{path}[{i}].{key}", "%(path)s “%(name)s” stands twice.", {"name": item[key]}
            )


def _methods(plan: dict[str, Any]) -> Iterator[Fault]:
    kind, analysis = plan["design"]["kind"], plan.get("analysis", {})
    for path, word, allowed in (
        ("analysis.method", analysis.get("method", METHODS[kind][0]), METHODS[kind]),
        ("assignment.method", plan["assignment"]["method"], ASSIGNED_BY[kind]),
    ):
        if word not in allowed:
            yield Fault(
                path,
                "%(path)s is “%(word)s”, but a design of kind “%(kind)s” takes: %(allowed)s.",
                {"word": word, "kind": kind, "allowed": ", ".join(allowed)},
            )
    for i, metric in enumerate(plan["metrics"]):
        if metric.get("scale") == "relative" and not _told_as_share(plan, metric):
            yield Fault(
                f"metrics[{i}].scale",
                "%(path)s is relative, but this analysis tells no change as a share of the "
                "comparison: plain means of units, people, and rates of a series do.",
            )
    shares = analysis.get("looks", {}).get("at", [])
    if any(later <= earlier for earlier, later in itertools.pairwise(shares)):
        yield Fault("analysis.looks.at", "%(path)s must grow from look to look.")


def _told_as_share(plan: dict[str, Any], metric: dict[str, Any]) -> bool:
    """Whether the analysis answers on the relative scale; others would answer in the unit."""
    kind, analysis = plan["design"]["kind"], plan.get("analysis", {})
    if kind == "individual":
        return True
    if kind == "interrupted-series":
        return bool(metric["kind"] == "rate")
    by_people = "participant" in plan["estimand"]["target"] + analysis.get("weights", "")
    sharpened = analysis.get("adjust_for_baseline") or analysis.get("covariates")
    in_strata = any("stratum" in unit for unit in plan["assignment"].get("units", []))
    plain = analysis.get("method", "unit-means") in ("unit-means", "unit-means-welch")
    return kind == "parallel" and plain and not (by_people or sharpened or in_strata)


def _periods(periods: dict[str, Any]) -> Iterator[Fault]:
    count = periods["baseline"] + periods["run"]
    if periods.get("wash_in", 0) >= periods["run"]:
        yield Fault("periods.wash_in", "%(path)s leaves nothing of the run to be measured.")
    if "ids" in periods:
        yield from _period_list(periods, count)
    elif "start" not in periods or "length" not in periods:
        yield Fault("periods", "%(path)s needs either ids, or start and length.")
    else:
        try:
            ids = period_ids(periods)
        except (ValueError, OverflowError):
            yield Fault("periods.start", "%(path)s is not a day from which these periods count.")
            return
        yield from _known(periods.get("exclude", []), ids, "periods.exclude")


def _period_list(periods: dict[str, Any], count: float) -> Iterator[Fault]:
    ids = periods["ids"]
    if "start" in periods or "length" in periods:
        yield Fault("periods", "%(path)s needs either ids, or start and length, not both.")
    if len(ids) != count:
        yield Fault(
            "periods.ids",
            "%(path)s lists %(length)d periods, but baseline and run make %(count)d.",
            {"length": len(ids), "count": count},
        )
    if len(set(ids)) != len(ids):
        yield Fault("periods.ids", "%(path)s lists a period twice.")
    yield from _known(periods.get("exclude", []), ids, "periods.exclude")


def _known(names: list[str], known: list[str], path: str) -> Iterator[Fault]:
    among = set(known)
    for i, name in enumerate(names):
        if name not in among:
            yield Fault(
                f"{path}[{i}]", "%(path)s is “%(name)s”, which is not a period.", {"name": name}
            )


def _numbers(plan: dict[str, Any]) -> Iterator[Fault]:
    value, cost = plan.get("value"), plan.get("cost")
    if (value is None) != (cost is None):
        path = "cost" if cost is None else "value"
        yield Fault(path, "%(path)s is missing; value and cost come together.")
    elif value and cost and value["currency"] != cost["currency"]:
        yield Fault("cost.currency", "%(path)s must be the currency of the value.")
    ranges = {f"value.{name}": value.get(name) for name in _RANGES} if value else {}
    items = cost["items"] if cost else []
    ranges |= {f"cost.items[{i}]": item for i, item in enumerate(items)}
    for path, one in ranges.items():
        if one and not one["low"] <= one["mid"] <= one["high"]:
            yield Fault(path, "%(path)s must have low, mid and high in this order.")
    by = plan["decision"].get("by")
    if by and not _is_day(by):
        yield Fault("decision.by", "%(path)s is “%(day)s”, which is not a day.", {"day": by})


_RANGES = ("per_unit", "volume", "transport")


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _design(plan: dict[str, Any], ids: list[str]) -> Iterator[Fault]:
    design, periods = plan["design"], plan["periods"]
    kind, baseline = design["kind"], periods["baseline"]
    least = {"difference-in-differences": 1, "synthetic-control": 2, "interrupted-series": 2}
    if baseline < least.get(kind, 0):
        yield Fault(
            "periods.baseline",
            "%(path)s is %(baseline)d; a design of kind “%(kind)s” needs at least %(least)d.",
            {"baseline": baseline, "kind": kind, "least": least[kind]},
        )
    if plan.get("analysis", {}).get("adjust_for_baseline") and not baseline:
        yield Fault("analysis.adjust_for_baseline", "%(path)s needs baseline periods.")
    if kind == "stepped-wedge":
        yield from _sequences(plan, ids)
    if kind == "switchback":
        if design.get("burn_in", 0) >= design["block"]:
            yield Fault("design.burn_in", "%(path)s leaves nothing of a block to be measured.")
        if 2 * design["block"] > periods["run"]:
            yield Fault("design.block", "%(path)s is too long: two blocks must fit into the run.")


def _sequences(plan: dict[str, Any], ids: list[str]) -> Iterator[Fault]:
    sequences, units = plan["design"]["sequences"], plan["assignment"].get("units", [])
    yield from _twice(sequences, "name", "design.sequences")
    for i, one in enumerate(sequences):
        yield from _known([one["from"]], ids, f"design.sequences[{i}].from")
        yield from _known(one.get("skip", []), ids, f"design.sequences[{i}].skip")
    written = ["units" in one for one in sequences]
    if any(written) and not all(written):
        yield Fault("design.sequences", "%(path)s must say units for every sequence or for none.")
    elif all(written) and sum(one["units"] for one in sequences) != len(units):
        yield Fault(
            "design.sequences",
            "%(path)s hold %(sum)d units, but the plan lists %(units)d.",
            {"sum": sum(one["units"] for one in sequences), "units": len(units)},
        )


def _units(plan: dict[str, Any], ids: list[str]) -> Iterator[Fault]:
    kind, units = plan["design"]["kind"], plan["assignment"].get("units", [])
    if not units:
        if kind != "individual":
            yield Fault("assignment.units", "%(path)s is missing; list the units of the pilot.")
        return
    yield from _twice(units, "unit", "assignment.units")
    if len(units) < 2 and kind not in ("interrupted-series", "switchback"):
        yield Fault("assignment.units", "%(path)s lists one unit; there is nothing to compare.")
        return
    yield from _unit_rows(plan, units, ids)
    yield from _complete_columns(plan, units)
    yield from _arms(plan, units)


def _unit_rows(
    plan: dict[str, Any], units: list[dict[str, Any]], ids: list[str]
) -> Iterator[Fault]:
    names = {one["name"] for one in plan["design"].get("sequences", [])}
    for i, unit in enumerate(units):
        path = f"assignment.units[{i}]"
        if "treated_from" in unit:
            yield from _known([unit["treated_from"]], ids, f"{path}.treated_from")
        if "schedule" in unit and len(unit["schedule"]) != len(ids):
            yield Fault(
                f"{path}.schedule",
                "%(path)s has %(length)d entries for %(periods)d periods.",
                {"length": len(unit["schedule"]), "periods": len(ids)},
            )
        if names and unit.get("sequence") is not None and unit["sequence"] not in names:
            yield Fault(
                f"{path}.sequence",
                "%(path)s is “%(name)s”, which is not a sequence of the design.",
                {"name": unit["sequence"]},
            )


def _complete_columns(plan: dict[str, Any], units: list[dict[str, Any]]) -> Iterator[Fault]:
    """What the method of assignment needs to know of every unit."""
    rules, kind = plan["assignment"], plan["design"]["kind"]
    needed = {"stratified": ["stratum"], "pairs": ["pair"]}.get(rules["method"], [])
    optional = [name for name in SAYS_WHO[kind] if kind not in OBSERVED] + ["stratum"]
    for name in optional:
        if name not in needed and any(name in unit for unit in units):
            needed.append(name)
    for i, unit in enumerate(units):
        for name in needed:
            if name not in unit:
                yield Fault(f"assignment.units[{i}].{name}", "%(path)s is missing.")
        known = unit.get("covariates", {})
        covariates = rules.get("balance", []) if rules["method"] == "constrained" else []
        for name in [*covariates, *plan.get("analysis", {}).get("covariates", [])]:
            if not is_number(known.get(name)):
                yield Fault(f"assignment.units[{i}].covariates.{name}", "%(path)s is missing.")


def _arms(plan: dict[str, Any], units: list[dict[str, Any]]) -> Iterator[Fault]:
    kind, path = plan["design"]["kind"], "assignment.units"
    if kind == "pairs":
        yield from _pairs(units)
    if kind in OBSERVED:
        treated = [
            unit.get("arm") == "treatment"
            or "treated_from" in unit
            or 1 in unit.get("schedule", [])
            for unit in units
        ]
        if not any(treated):
            yield Fault(path, "%(path)s say nowhere who works with the solution.")
        elif all(treated) and kind == "synthetic-control":
            yield Fault(path, "%(path)s leave nobody to compare with.")
    elif kind in ("parallel", "individual") and "arm" in units[0]:
        if len({unit.get("arm") for unit in units}) < 2:
            yield Fault(path, "%(path)s are all in one arm; there is nothing to compare.")
    elif kind in ("parallel", "individual") and plan["design"].get("treated", 1) >= len(units):
        yield Fault("design.treated", "%(path)s leaves an arm empty.")


def _pairs(units: list[dict[str, Any]]) -> Iterator[Fault]:
    members: dict[Any, list[Any]] = {}
    for unit in units:
        if "pair" in unit:
            members.setdefault(unit["pair"], []).append(unit.get("arm"))
    for pair, arms in members.items():
        if len(arms) != 2:
            yield Fault(
                "assignment.units",
                "%(path)s: pair “%(pair)s” has %(count)d units; a pair has two.",
                {"pair": pair, "count": len(arms)},
            )
        elif arms != [None, None] and set(arms) != {"control", "treatment"}:
            yield Fault(
                "assignment.units",
                "%(path)s: pair “%(pair)s” must have one unit in each arm.",
                {"pair": pair},
            )
