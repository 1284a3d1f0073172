"""The plan of a pilot, read: its parts, its hash, its periods and its lots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from pochin.lab import canonical as canon
from pochin.lab import covariate_constrained, randomize
from pochin.lab.assignment import MANY, Assignment
from pochin.lab.plan_grammar import METHODS
from pochin.lab.plan_rules import OBSERVED, SAYS_WHO, faults, period_ids
from pochin.lab.plan_terms import (
    NO_LOOKS,
    NO_LOTS,
    AnalysisPlan,
    DecisionRule,
    Estimand,
    LookSchedule,
    Metric,
)
from pochin.lab.result import ProtocolViolation, SchemaMismatch
from pochin.lab.schema import Fault
from pochin.lab.seeds import generator, seed_matches

__all__ = [
    "KEEP",
    "NO_LOOKS",
    "NO_LOTS",
    "AnalysisPlan",
    "DecisionRule",
    "Estimand",
    "LookSchedule",
    "Metric",
    "PlanFaults",
    "Protocol",
    "sequence_sizes",
]


class PlanFaults(SchemaMismatch):
    """The document is not a plan; `faults` holds every fault, the text is about the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(str(faults[0]))
        self.faults = tuple(faults)


KEEP = 0.1
"""The share of the best balanced assignments that stays, where the plan does not say."""


@dataclass(frozen=True, eq=False)
class Protocol:
    """A plan that passed every check.

    Build it with `Protocol.parse` or `Protocol.from_json`. The document is kept as it came;
    its hash is over the canonical bytes of exactly what was written, defaults not filled in.

    Raises:
        PlanFaults: The document is not a plan; one sentence for each fault.

    Example:
        >>> Protocol.parse({"schema": "pochin-plan/1"})
        Traceback (most recent call last):
        pochin.lab.protocol.PlanFaults: question is missing.
    """

    document: dict[str, Any]
    kind: str
    design: Mapping[str, Any]
    estimand: Estimand
    metrics: tuple[Metric, ...]
    analysis: AnalysisPlan
    decision: DecisionRule
    period_ids: tuple[str, ...]
    baseline: int
    wash_in: int
    archive: bool = False
    data_rules: Mapping[str, Any] = field(default_factory=dict)
    value: Mapping[str, Any] | None = None
    cost: Mapping[str, Any] | None = None

    @classmethod
    def parse(cls, document: Any) -> Protocol:
        """Check a document and read it."""
        found = faults(document)
        if found:
            raise PlanFaults(found)
        # A copy through canonical bytes: nobody can change a plan behind its hash.
        return cls._read(json.loads(canon.canonical(document)))

    @classmethod
    def from_json(cls, text: str | bytes) -> Protocol:
        """Check and read JSON text; a field written twice is a fault."""
        return cls.parse(canon.load_json(text))

    @classmethod
    def _read(cls, document: dict[str, Any]) -> Protocol:
        kind, periods = document["design"]["kind"], document["periods"]
        analysis = {"method": METHODS[kind][0]} | document.get("analysis", {})
        if "looks" in analysis:
            looks = analysis["looks"]
            analysis["looks"] = LookSchedule(**(looks | {"at": tuple(looks["at"])}))
        analysis["covariates"] = tuple(analysis.get("covariates", ()))
        return cls(
            document=document,
            kind=kind,
            design=document["design"],
            estimand=Estimand(**document["estimand"]),
            metrics=tuple(Metric(**metric) for metric in document["metrics"]),
            analysis=AnalysisPlan(**analysis),
            decision=DecisionRule(**document["decision"]),
            period_ids=tuple(period_ids(periods)),
            baseline=int(periods["baseline"]),
            wash_in=int(periods.get("wash_in", 0)),
            archive=document.get("archive", False),
            data_rules=document.get("data_rules", {}),
            value=document.get("value"),
            cost=document.get("cost"),
        )

    @property
    def canonical(self) -> bytes:
        return canon.canonical(self.document)

    @cached_property
    def sha256(self) -> str:
        return canon.sha256(self.document)

    def require(self, sha256: str) -> Protocol:
        """This plan, if it is the locked one.

        Raises:
            ProtocolViolation: Its hash is another.
        """
        if self.sha256 != sha256.lower():
            raise ProtocolViolation("This is not the plan that was locked: its hash differs.")
        return self

    def diff(self, other: Protocol) -> list[canon.Change]:
        """What changed from this plan to the other, in reading order."""
        return canon.diff(self.document, other.document)

    @property
    def primary(self) -> Metric:
        """The first primary metric."""
        return self.primaries[0]

    @property
    def primaries(self) -> tuple[Metric, ...]:
        return tuple(metric for metric in self.metrics if metric.role == "primary")

    @property
    def guardrails(self) -> tuple[Metric, ...]:
        return tuple(metric for metric in self.metrics if metric.role == "guardrail")

    @property
    def randomized(self) -> bool:
        return self.kind not in OBSERVED

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Periods of the run without the wash-in and what the calendar excludes."""
        return self._without_excluded(self.period_ids[self.baseline + self.wash_in :])

    @property
    def baseline_ids(self) -> tuple[str, ...]:
        """Periods before the start without what the calendar excludes."""
        return self._without_excluded(self.period_ids[: self.baseline])

    def _without_excluded(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        excluded = set(self.document["periods"].get("exclude", ()))
        return tuple(one for one in ids if one not in excluded)

    @property
    def units(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.document["assignment"].get("units", ()))

    @property
    def assigned(self) -> bool:
        """Whether the plan itself says who gets what."""
        return bool(self.units) and any(
            name in unit for unit in self.units for name in SAYS_WHO[self.kind]
        )

    def covariate(self, name: str) -> np.ndarray:
        """A covariate of the units as the plan lists it, shape (I,), NaN where absent."""
        return np.array([unit.get("covariates", {}).get(name, np.nan) for unit in self.units])

    def assignment(self, seed: str | None = None) -> Assignment:
        """Who gets what: as the plan lists it, or as the lot of a committed seed says.

        Args:
            seed: The drawn number; may be left out when the plan lists arms or holds the seed.

        Raises:
            ProtocolViolation: The lot was not drawn, the seed is not the committed one, or the
                listed arms are not what the seed gives.
        """
        rules = self.document["assignment"]
        seed = rules.get("seed") if seed is None else seed
        if not self.units:
            return self._arms_as_units()
        if self.assigned:
            listed = self._listed()
            drawn = self._drawn(seed) if seed is not None and self._redrawable else None
            if drawn is not None and drawn.sha256 != listed.sha256:
                raise ProtocolViolation("The listed assignment is not the one its seed gives.")
            return self._among_balanced(listed) if drawn is None else drawn
        if seed is None:
            raise ProtocolViolation("The lot has not been drawn yet; enter the drawn number.")
        return self._drawn(seed)

    def _among_balanced(self, listed: Assignment) -> Assignment:
        """A listed constrained lot with what else it could have given, where that can be listed."""
        best = self.best_balanced
        if best is None or best.n_candidates < best.n_possible:
            return listed
        if not (best.kept == listed.arms).all(axis=1).any():
            raise ProtocolViolation("The listed assignment is not among the best balanced ones.")
        return replace(listed, admissible=best.kept, n_admissible=len(best.kept))

    @property
    def _redrawable(self) -> bool:
        """A listed lot can be drawn again only if the plan says what its seed was bound to."""
        return self.randomized and "bound_to" in self.document["assignment"]

    def _arms_as_units(self) -> Assignment:
        schedule = np.zeros((2, len(self.period_ids)), np.int8)
        schedule[1, self.baseline :] = 1
        return Assignment(
            schedule, np.array(["control", "treatment"]), self._period_array, n_admissible=MANY
        )

    @property
    def _period_array(self) -> np.ndarray:
        return np.array(self.period_ids)

    def _column(self, name: str) -> np.ndarray | None:
        """A field of all units, shape (I,); None unless every unit has it."""
        values = [unit.get(name) for unit in self.units]
        return None if None in values else np.array(values)

    def _known(self, name: str) -> np.ndarray:
        column = self._column(name)
        return np.empty(0) if column is None else column

    def _listed(self) -> Assignment:
        ids = [unit["unit"] for unit in self.units]
        schedule = np.array([self._row(unit) for unit in self.units], np.int8)
        by_period = self.kind == "switchback"
        blocks = len(ids) * ((len(self.period_ids) - self.baseline) // (2 * self._block))
        return Assignment(
            self._marked(schedule),
            np.array(ids),
            self._period_array,
            strata=self._column("stratum"),
            pairs=self._column("pair") if self.kind == "pairs" else None,
            sequences=self._column("sequence"),
            randomized=self.randomized,
            n_admissible=min(MANY, 2 ** min(blocks, 60)) if by_period else 0,
            by_period=by_period,
        )

    @property
    def _block(self) -> int:
        return int(self.design.get("block", 1))

    def _row(self, unit: Mapping[str, Any]) -> list[int]:
        """What a unit does in each period, before wash-in and exclusions are marked."""
        total = len(self.period_ids)
        if "schedule" in unit:
            return [int(cell) for cell in unit["schedule"]]
        if "sequence" in unit and self.kind == "stepped-wedge":
            return self._sequence_row(unit["sequence"])
        if unit.get("arm") == "control" or not ({"arm", "treated_from"} & set(unit)):
            return [0] * total
        start = unit.get("treated_from")
        first = self.baseline if start is None else self.period_ids.index(start)
        return [0] * first + [1] * (total - first)

    def _sequence_row(self, name: str) -> list[int]:
        sequence = next(one for one in self.design["sequences"] if one["name"] == name)
        first = self.period_ids.index(sequence["from"])
        skipped = set(sequence.get("skip", ()))
        return [-1 if one in skipped else int(t >= first) for t, one in enumerate(self.period_ids)]

    @property
    def sequence_schedule(self) -> np.ndarray:
        """What each sequence of a stepped wedge does, as it will be measured, shape (S, T)."""
        rows = [self._sequence_row(one["name"]) for one in self.design["sequences"]]
        return self._marked(np.array(rows, np.int8))

    def _marked(self, schedule: np.ndarray) -> np.ndarray:
        """Wash-in cells and excluded periods become "not measured"."""
        schedule = schedule.copy()
        # Methods without lots need the whole course of time and leave out the wash-in themselves.
        if self.wash_in and self.kind not in ("switchback", *OBSERVED):
            exposure = np.cumsum(schedule == 1, axis=1)
            washing = (schedule == 1) & (exposure <= self.wash_in)
            starts = np.unique(np.argmax(schedule == 1, axis=1)[(schedule == 1).any(axis=1)])
            if len(starts) == 1:
                # With one common start nobody is measured then, so that both arms see one time.
                washing = washing.any(axis=0)[None, :] & np.ones_like(washing)
            schedule[washing] = -1
        excluded = set(self.document["periods"].get("exclude", ()))
        schedule[:, [one in excluded for one in self.period_ids]] = -1
        return schedule

    def _drawn(self, seed: str) -> Assignment:
        rules = self.document["assignment"]
        if "seed_commitment" in rules and not seed_matches(seed, rules["seed_commitment"]):
            raise ProtocolViolation("The drawn number is not the one that was committed before.")
        rng = generator(seed, bound_to=rules.get("bound_to", "") or self.sha256)
        drawn = self._draw(rules, [unit["unit"] for unit in self.units], rng)
        marked = self._marked(drawn.schedule)
        return Assignment(
            marked,
            drawn.unit_ids,
            drawn.period_ids,
            drawn.strata,
            drawn.pairs,
            drawn.sequences,
            drawn.admissible,
            n_admissible=drawn.n_admissible,
            by_period=drawn.by_period,
        )

    def _draw(
        self, rules: Mapping[str, Any], ids: list[str], rng: np.random.Generator
    ) -> Assignment:
        method, strata = rules["method"], self._column("stratum")
        when: dict[str, Any] = {"period_ids": self.period_ids, "start": self.baseline, "rng": rng}
        if method == "stratified":
            return randomize.stratified(ids, self._known("stratum"), **when)
        if method == "pairs":
            return randomize.paired(ids, self._known("pair"), **when)
        if method == "blocks":
            start = self.baseline
            return randomize.switchback(ids, self.period_ids, self._block, rng=rng, start=start)
        if method == "sequences":
            return self._draw_sequences(ids, strata, rng)
        treated = int(self.design.get("treated", len(ids) // 2))
        if method == "constrained":
            return covariate_constrained.constrained(ids, treated, **self._constraint, **when)
        return randomize.complete(ids, treated, **when)

    @property
    def _constraint(self) -> dict[str, Any]:
        """By what a constrained lot is balanced, and what share of the candidates stays."""
        names = self.document["assignment"]["balance"]
        return {
            "covariates": np.column_stack([self.covariate(name) for name in names]),
            "keep": self.design.get("keep", KEEP),
            "strata": self._column("stratum"),
        }

    @cached_property
    def best_balanced(self) -> covariate_constrained.BestBalanced | None:
        """What a constrained lot is drawn among; None where the lot is not constrained.

        Where there are too many assignments to list, the sample of them follows from the seed;
        before it is drawn, a sample like it is shown.
        """
        rules = self.document["assignment"]
        if rules["method"] != "constrained":
            return None
        ids = [unit["unit"] for unit in self.units]
        treated = int(self.design.get("treated", len(ids) // 2))
        rng = generator(rules.get("seed", ""), bound_to=rules.get("bound_to", "") or self.sha256)
        return covariate_constrained.best_balanced(ids, treated, rng=rng, **self._constraint)

    def _draw_sequences(
        self, ids: list[str], strata: np.ndarray | None, rng: np.random.Generator
    ) -> Assignment:
        names = [one["name"] for one in self.design["sequences"]]
        return randomize.sequenced(
            ids,
            [self._sequence_row(name) for name in names],
            [int(n) for n in sequence_sizes(self.design["sequences"], len(ids))],
            rng=rng,
            period_ids=self.period_ids,
            strata=strata,
            names=names,
        )


def sequence_sizes(sequences: list[Mapping[str, Any]], n_units: int) -> list[int]:
    """Units in each sequence: as written, or as even as can be, earlier ones first."""
    if all("units" in one for one in sequences):
        return [int(one["units"]) for one in sequences]
    each, rest = divmod(n_units, len(sequences))
    return [each + (s < rest) for s in range(len(sequences))]
