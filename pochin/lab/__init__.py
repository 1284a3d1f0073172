"""Statistics for pilots; pure: no database, clock, settings or files."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Name and module, by alphabet. Found when first asked for: loading all of them costs a second.
# Not here: names that are modules themselves (`decide`), and designs without lots, whose
# estimators have the same names (they are in `pochin.lab.design`).
_WHERE = {
    "ArmMoments": "estimate.mean",
    "Assignment": "randomize",
    "BlockPairs": "estimate.switchback",
    "ClusterOLS": "estimate.cluster",
    "ClusterRobust": "inference.cr",
    "CostItem": "economics",
    "CostModel": "economics",
    "Cuped": "estimate.cuped",
    "DataError": "result",
    "Decision": "result",
    "DesignError": "result",
    "DifferenceInDifferences": "estimate.did",
    "EffectResult": "result",
    "EstimationError": "result",
    "Evaluation": "evaluate",
    "Flag": "result",
    "GroupSequentialTest": "sequential.gst",
    "GroupTime": "estimate.staggered",
    "Immature": "result",
    "Individual": "design",
    "InterruptedSeries": "estimate.its",
    "LabError": "result",
    "Lin": "estimate.cuped",
    "LogHistogram": "estimate.quantile",
    "LookResult": "result",
    "MatchedPairs": "estimate.pairs",
    "Means": "estimate.mean",
    "MixedModel": "estimate.sw",
    "MomentTable": "moments",
    "NoConvergence": "result",
    "NotIdentified": "result",
    "NotRandomizable": "result",
    "PairedCluster": "design",
    "ParallelCluster": "design",
    "PlanFaults": "protocol",
    "PowerResult": "result",
    "Protocol": "protocol",
    "ProtocolViolation": "result",
    "RandomizationGroupSequentialTest": "sequential.randomization_gst",
    "RandomizationTest": "inference.randomization",
    "Range": "economics",
    "Ratios": "estimate.ratio",
    "SampleRatioMismatch": "result",
    "SchemaMismatch": "result",
    "Singular": "result",
    "Spending": "sequential.spending",
    "SteppedWedge": "design",
    "Switchback": "design",
    "SyntheticControl": "estimate.synth",
    "SyntheticDifferences": "estimate.sdid",
    "TooFewUnits": "result",
    "UnitMeans": "estimate.cluster",
    "ValueModel": "economics",
    "VerticalComparison": "estimate.sw",
    "WildBootstrap": "inference.wild",
    "benjamini_hochberg": "inference.multiplicity",
    "cluster_products": "inference.cr",
    "complete": "randomize",
    "constrained": "randomize",
    "difference_of_means": "estimate.mean",
    "evaluate_plan": "evaluate",
    "generator": "randomize",
    "holm": "inference.multiplicity",
    "icc_anova": "estimate.cluster",
    "lin_difference": "estimate.cuped",
    "non_inferiority": "inference.equivalence",
    "npv": "economics",
    "optimal_pairs": "randomize",
    "paired": "randomize",
    "seed_commitment": "randomize",
    "sequenced": "randomize",
    "srm_sequential": "quality",
    "srm_test": "quality",
    "stratified": "randomize",
    "switchback": "randomize",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
