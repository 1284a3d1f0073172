"""From a plan to its design and the rule its decision will be read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pochin.lab.design.base import Design
from pochin.lab.design.differences import DifferenceInDifferences
from pochin.lab.design.individual import Individual
from pochin.lab.design.pairs import PairedCluster
from pochin.lab.design.parallel import ParallelCluster
from pochin.lab.design.rule import Further, Guard, Rule
from pochin.lab.design.series import InterruptedSeries
from pochin.lab.design.stepped_wedge import SteppedWedge
from pochin.lab.design.switchback import Switchback
from pochin.lab.design.synthetic import SyntheticControl
from pochin.lab.money_models import CostModel, ValueModel
from pochin.lab.protocol import KEEP, Protocol, sequence_sizes
from pochin.lab.randomize import stratified
from pochin.lab.result import DesignError
from pochin.lab.seeds import generator


def design_of_plan(
    protocol: Protocol,
    *,
    subjects: int | None = None,
    correlation: float = 0.5,
    skew: float = 0.0,
) -> Design:
    """The design a plan describes, to ask what it can show; there is no other way to it.

    Args:
        protocol: The plan.
        subjects: Expected in both arms; needed where the plan lists no units.
        correlation: Of pairs' values, or of a subject's value with its value from before where
            the plan names CUPED; from history.
        skew: Skewness of single readings, where lots are drawn for subjects; from history.

    Raises:
        DesignError: The plan lists no units and `subjects` is not given, or its design cannot be.
    """
    if protocol.kind == "individual":
        return _individual(protocol, subjects, correlation, skew)
    if protocol.kind == "pairs":
        return PairedCluster(len(protocol.units) // 2, correlation, len(protocol.run_ids))
    return _BY_KIND[protocol.kind](protocol)


def rule_of_plan(protocol: Protocol, *, spreads: Mapping[str, float] | None = None) -> Rule:
    """By what the plan is decided: threshold, direction, level, money, looks and guardrails.

    Args:
        protocol: The plan.
        spreads: Standard deviation of single readings of guardrails and of primary metrics beside
            the first, by code, from history; a metric that is not named is left out.
    """
    primary, spreads = protocol.primary, spreads or {}
    return Rule(
        threshold=primary.threshold or 0.0,
        sign=primary.sign,
        level=protocol.decision.level,
        value=None if protocol.value is None else ValueModel.from_plan(protocol.value),
        cost=None if protocol.cost is None else CostModel.from_plan(protocol.cost),
        scope=protocol.decision.scope,
        looks=protocol.analysis.looks,
        guards=tuple(
            Guard(one.code, one.margin or 0.0, spreads[one.code], one.sign)
            for one in protocol.guardrails
            if one.code in spreads
        ),
        archive=protocol.archive,
        primaries=len(protocol.primaries),
        further=tuple(
            Further(one.code, one.threshold or 0.0, spreads[one.code], one.sign)
            for one in protocol.primaries[1:]
            if one.code in spreads
        ),
    )


def _individual(
    protocol: Protocol, subjects: int | None, correlation: float, skew: float
) -> Individual:
    size = len(protocol.units) or subjects
    if not size:
        raise DesignError("The plan lists no subjects; say how many are expected.")
    shares = protocol.design.get("shares", {"control": 1.0, "treatment": 1.0})
    adjusted = correlation if protocol.analysis.method == "cuped" else 0.0
    return Individual(size, (shares["control"], shares["treatment"]), adjusted, skew)


def _parallel(protocol: Protocol) -> ParallelCluster:
    units = protocol.units
    strata = tuple(str(unit.get("stratum", "")) for unit in units)
    method = protocol.document["assignment"]["method"]
    drawn_within = len(set(strata)) > 1 and method != "complete"
    adjusts = protocol.analysis.adjust_for_baseline or (
        protocol.analysis.method == "unit-means-adjusted"
    )
    treated = _treated(units, protocol.design, strata if drawn_within else None)
    best = protocol.best_balanced
    return ParallelCluster(
        len(units),
        (len(units) - treated, treated),
        n_periods=len(protocol.run_ids),
        baseline=len(protocol.baseline_ids) if adjusts else 0,
        strata=strata if drawn_within else None,
        keep=1.0 if best is None else float(protocol.design.get("keep", KEEP)),
        n_kept=0 if best is None else len(best.kept),
    )


def _treated(units: tuple[Mapping[str, Any], ...], design: Mapping[str, Any], strata: Any) -> int:
    """How many work with the solution: as listed, as written, or as the lot would share out."""
    if all("arm" in unit for unit in units):
        return sum(unit["arm"] == "treatment" for unit in units)
    if strata is not None:
        lot = stratified(range(len(units)), strata, rng=generator("0"))
        return int(lot.arms.sum())
    return int(design.get("treated", len(units) // 2))


def _wedge(protocol: Protocol) -> SteppedWedge:
    """Sequences as they will be measured, without what is washed in, skipped or excluded."""
    counts = sequence_sizes(protocol.design["sequences"], len(protocol.units))
    if protocol.assigned:
        drawn = [unit.get("sequence") for unit in protocol.units]
        counts = [drawn.count(one["name"]) for one in protocol.design["sequences"]]
    rows = tuple(tuple(int(cell) for cell in row) for row in protocol.sequence_schedule)
    return SteppedWedge(rows, tuple(counts))


def _switchback(protocol: Protocol) -> Switchback:
    design, run = protocol.design, len(protocol.period_ids) - protocol.baseline
    return Switchback(
        len(protocol.units),
        run,
        int(design["block"]),
        burn_in=int(design.get("burn_in", 0)),
        carryover=int(design.get("carryover", 0)),
    )


def _chosen(protocol: Protocol) -> tuple[int, int]:
    """Units that get the solution, and that never do."""
    treated = int(protocol.assignment().arms.sum())
    return treated, len(protocol.units) - treated


def _differences(protocol: Protocol) -> DifferenceInDifferences:
    treated, control = _chosen(protocol)
    return DifferenceInDifferences(
        treated, control, len(protocol.baseline_ids), len(protocol.run_ids)
    )


def _twin(protocol: Protocol) -> SyntheticControl:
    return SyntheticControl(_chosen(protocol)[1], len(protocol.baseline_ids), len(protocol.run_ids))


def _series(protocol: Protocol) -> InterruptedSeries:
    design = protocol.design
    return InterruptedSeries(
        len(protocol.baseline_ids),
        len(protocol.run_ids),
        comparators=_chosen(protocol)[1],
        season=int(design.get("season", 0)),
        harmonics=int(design.get("harmonics", 2)),
    )


_BY_KIND: Mapping[str, Callable[[Protocol], Design]] = {
    "parallel": _parallel,
    "stepped-wedge": _wedge,
    "switchback": _switchback,
    "difference-in-differences": _differences,
    "synthetic-control": _twin,
    "interrupted-series": _series,
}
