"""What a plan can show before anybody starts: its power, its detectable effect, its lot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pochin.lab.design import (
    Design,
    DifferenceInDifferences,
    Individual,
    InterruptedSeries,
    PairedCluster,
    ParallelCluster,
    SteppedWedge,
    Switchback,
    SyntheticControl,
)
from pochin.lab.protocol import Protocol, sequence_sizes
from pochin.lab.result import DesignError, Flag

ALPHA = 0.05
WANTED = 0.8


@dataclass(frozen=True, slots=True)
class Guesses:
    """What is supposed of the readings, from history.

    Attributes:
        sd: Standard deviation of single readings, in the unit of the metric.
        icc: Low, middle and high guess of the share of variance between sites.
        cac: Share of it that lasts from period to period.
        readings: Mean readings of a site in one period.
        size_cv: Standard deviation of the sites' sizes over their mean.
        pair_r: Correlation of the two sites of a pair.
    """

    sd: float
    icc: tuple[float, ...] = (0.02, 0.05, 0.1)
    cac: float = 0.8
    readings: float = 1.0
    size_cv: float = 0.0
    pair_r: float = 0.5

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Guesses | None:
        """What a plan remembers; None where nothing was guessed."""
        if not kept.get("sd"):
            return None
        return cls(**{**kept, "icc": tuple(kept["icc"])})

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"icc": list(self.icc)}


@dataclass(frozen=True, slots=True)
class Feasibility:
    """What the plan can show under the guesses; arrays run over the guesses of the ICC.

    Attributes:
        threshold: The improvement worth having.
        power: Probability to show an effect of that size.
        detectable: The effect shown with 80 %, in the unit of the metric.
        std_error: Planned standard error at the middle guess.
        power_then: The same with one more site (or pair).
        floor: The smallest two-sided p-value the lot or the placebos allow.
        lots: How many assignments could be drawn.
        unequal: Whether the arms differ in size, so that Welch's test is used.
        flags: What the planner must know.
    """

    threshold: float
    icc: tuple[float, ...]
    power: tuple[float, ...]
    detectable: tuple[float, ...]
    std_error: float
    power_then: tuple[float, ...]
    floor: float
    lots: int
    units: int
    unequal: bool
    flags: tuple[Flag, ...]

    @property
    def middle(self) -> int:
        return len(self.icc) // 2

    @property
    def promised(self) -> float | None:
        """The effect the plan promises to detect: at the middle guess, if any effect is."""
        value = self.detectable[self.middle]
        return float(f"{value:.4g}") if math.isfinite(value) else None

    @property
    def can_decide(self) -> bool:
        return self.promised is not None and self.promised <= self.threshold


def design_of(protocol: Protocol, guesses: Guesses | None = None) -> Design:
    """The lab's design of a plan.

    Raises:
        DesignError: The plan's units or periods are too few for its kind.
    """
    build = {
        "parallel": _parallel,
        "pairs": _pairs,
        "individual": _individual,
        "stepped-wedge": _wedge,
        "switchback": _switchback,
        "difference-in-differences": _differences,
        "synthetic-control": _synthetic,
        "interrupted-series": _series,
    }
    return build[protocol.kind](protocol, guesses)


def _run(protocol: Protocol) -> int:
    return len(protocol.run_ids)


def _treated(protocol: Protocol) -> int:
    units = protocol.units
    if protocol.assigned:
        return sum(
            unit.get("arm") == "treatment"
            or "treated_from" in unit
            or 1 in unit.get("schedule", [])
            for unit in units
        )
    return int(protocol.design.get("treated", len(units) // 2))


def _parallel(protocol: Protocol, guesses: Guesses | None) -> Design:
    units, treated = protocol.units, _treated(protocol)
    strata = None
    if protocol.document["assignment"]["method"] == "stratified":
        strata = tuple(str(unit["stratum"]) for unit in units)
    return ParallelCluster(
        len(units),
        allocation=(len(units) - treated, treated),
        n_periods=_run(protocol),
        baseline=protocol.baseline if protocol.analysis.adjust_for_baseline else 0,
        strata=strata,
        keep=float(protocol.design.get("keep", 1.0)),
    )


def _pairs(protocol: Protocol, guesses: Guesses | None) -> Design:
    r = guesses.pair_r if guesses else 0.5
    return PairedCluster(len(protocol.units) // 2, correlation=r, n_periods=_run(protocol))


def _individual(protocol: Protocol, guesses: Guesses | None) -> Design:
    shares = protocol.design.get("shares", {"control": 1.0, "treatment": 1.0})
    subjects = round((guesses.readings if guesses else 0) * _run(protocol))
    return Individual(max(subjects, len(protocol.units)), (shares["control"], shares["treatment"]))


def _wedge(protocol: Protocol, guesses: Guesses | None) -> Design:
    sequences = protocol.design["sequences"]
    rows = tuple(_crossing(protocol, one) for one in sequences)
    counts = tuple(sequence_sizes(sequences, len(protocol.units)))
    return SteppedWedge(rows, counts)


def _crossing(protocol: Protocol, sequence: Mapping[str, Any]) -> tuple[int, ...]:
    """What a sequence does in each period."""
    ids, skipped = protocol.period_ids, set(sequence.get("skip", ()))
    first = ids.index(sequence["from"])
    return tuple(-1 if one in skipped else int(t >= first) for t, one in enumerate(ids))


def _switchback(protocol: Protocol, guesses: Guesses | None) -> Design:
    block = int(protocol.design["block"])
    burn = int(protocol.design.get("burn_in", 0))
    periods = len(protocol.period_ids) - protocol.baseline
    return Switchback(len(protocol.units), periods, block, burn_in=burn)


def _differences(protocol: Protocol, guesses: Guesses | None) -> Design:
    treated = _treated(protocol)
    before = len(protocol.baseline_ids)
    return DifferenceInDifferences(treated, len(protocol.units) - treated, before, _run(protocol))


def _synthetic(protocol: Protocol, guesses: Guesses | None) -> Design:
    donors = len(protocol.units) - _treated(protocol)
    return SyntheticControl(donors, len(protocol.baseline_ids), _run(protocol))


def _series(protocol: Protocol, guesses: Guesses | None) -> Design:
    design = protocol.design
    return InterruptedSeries(
        len(protocol.baseline_ids),
        _run(protocol),
        comparators=len(design.get("comparators", ())),
        season=int(design.get("season", 0)),
        harmonics=int(design.get("harmonics", 1)),
    )


def judge(protocol: Protocol, guesses: Guesses) -> Feasibility:
    """What the plan can show if the guesses are right.

    Raises:
        DesignError: The plan's units or periods are too few for its kind.
    """
    design = design_of(protocol, guesses)
    about = {
        "sd": guesses.sd, "icc": guesses.icc, "cac": guesses.cac,
        "cluster_size": guesses.readings, "size_cv": guesses.size_cv,
        "alpha": ALPHA, "alternative": protocol.analysis.alternative,
    }  # fmt: skip
    threshold = protocol.primary.threshold or 0.0
    sign = protocol.primary.sign
    found = design.power(sign * threshold, **about)
    return Feasibility(
        threshold=threshold,
        icc=guesses.icc,
        power=_row(found.power),
        detectable=_row(design.mde(WANTED, **about)),
        std_error=_row(found.std_error)[len(guesses.icc) // 2],
        power_then=_power_then(design, sign * threshold, about),
        floor=found.min_p_value,
        lots=found.n_admissible,
        units=design.units,
        unequal=any(flag.code == "arms-unequal" for flag in found.flags),
        flags=found.flags,
    )


def _power_then(design: Design, effect: float, about: dict[str, Any]) -> tuple[float, ...]:
    try:
        return _row(design.with_one_more().power(effect, **about).power)
    except DesignError:
        return ()


def _row(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in np.atleast_1d(values))
