"""What a plan leaves unsaid, or can never show: checks of its words and calendar before a lock."""

from __future__ import annotations

from pochin.lab.estimate.its import FEWEST, FEWEST_AFTER, FEWEST_BEFORE
from pochin.lab.estimate.synth import FEW_PERIODS
from pochin.lab.flags import flag
from pochin.lab.protocol import Metric, Protocol
from pochin.lab.result import Flag

ALLOWED = 0.1
"""Share of readings that may be missing where the plan says nothing."""


def unsaid(protocol: Protocol) -> list[Flag]:
    """Everything a plan should have said, and what its calendar is too short for.

    Source:
        Chan, A.-W. et al. (2013). SPIRIT 2013. Annals of Internal Medicine 158, 200–207 (what a
        plan of a trial must say).

    Example:
        >>> from pochin.lab.tests.plans import plan
        >>> [one.code for one in unsaid(Protocol.parse(plan("switchback")))][:2]
        ['carryover-unsaid', 'share-of-what']
    """
    found = _calendar(protocol) + _carryover(protocol)
    for metric in protocol.metrics:
        found += share_of_what(metric, protocol)
    if protocol.kind == "individual" and "shares" not in protocol.design:
        found.append(flag("shares-unsaid"))
    found += _rules(protocol)
    if protocol.cost is not None:
        found += cost_ranges(protocol.cost["items"])
    return found


def _calendar(protocol: Protocol) -> list[Flag]:
    before, after = len(protocol.baseline_ids), len(protocol.run_ids)
    if protocol.kind == "interrupted-series":
        return series_length(before, after)
    if protocol.kind == "difference-in-differences" and before < 2:
        return [flag("trends-unseen")]
    if protocol.kind == "synthetic-control" and before < FEW_PERIODS:
        return [flag("few-periods-before", periods=before)]
    return []


def series_length(before: int, after: int) -> list[Flag]:
    """Block a series that will be too short to give any number, both in periods."""
    if before + after >= FEWEST and before >= FEWEST_BEFORE and after >= FEWEST_AFTER:
        return []
    return [flag("series-too-short", before=before, after=after)]


def _carryover(protocol: Protocol) -> list[Flag]:
    if protocol.kind != "switchback":
        return []
    if "carryover" not in protocol.design:
        return [flag("carryover-unsaid")]
    return burn_in(int(protocol.design.get("burn_in", 0)), int(protocol.design["carryover"]))


def burn_in(periods: int, carryover: int) -> list[Flag]:
    """Warn when less is left out of each block than the solution is felt for, both in periods."""
    if periods >= carryover:
        return []
    return [flag("burn-in-too-short", burn_in=periods, carryover=carryover)]


def share_of_what(metric: Metric, protocol: Protocol) -> list[Flag]:
    """Tell of a share whose whole is nowhere written."""
    written = next(one for one in protocol.document["metrics"] if one["code"] == metric.code)
    if metric.kind != "proportion" or written.get("denominator") or written.get("definition"):
        return []
    return [flag("share-of-what", at=metric.code, name=metric.name or metric.code)]


def _rules(protocol: Protocol) -> list[Flag]:
    found, rules = [], protocol.data_rules
    if "max_share" not in rules.get("missing", {}):
        found.append(flag("no-missing-limit", allowed=100 * ALLOWED))
    if "maturity_days" not in protocol.document["periods"]:
        found.append(flag("no-maturity"))
    if not protocol.document.get("stop_reasons"):
        found.append(flag("no-stop-reasons"))
    return found


def cost_ranges(items: list[dict[str, float]]) -> list[Flag]:
    """Warn when every cost is a single number, as if it were known."""
    if any(one["low"] < one["high"] for one in items):
        return []
    return [flag("cost-without-range")]
