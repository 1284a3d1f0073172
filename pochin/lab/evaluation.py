"""The result of a pilot: each metric, the decision, and what it was computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pochin.lab.course import Step
from pochin.lab.decide import (
    Judged,
)
from pochin.lab.facts import Facts
from pochin.lab.protocol import Metric
from pochin.lab.result import (
    Decision,
    EffectResult,
    Flag,
    LookResult,
    Provenance,
    plain,
)

SCHEMA = "pochin-result/1"


@dataclass(frozen=True)
class MetricResult:
    """One metric of the plan, estimated and judged.

    Attributes:
        metric: As the plan has it.
        effect: By the method of the plan, in the unit of the metric; withheld if a gate blocks.
        lot: The randomisation test of the same question, where units were drawn by lot.
        adjusted_p: Holm's p-value among primary, Benjamini–Hochberg's among secondary metrics.
        judged: Finding, bounds and line, for primary metrics and guardrails.
        look: The interim or final look where the plan has looks.
        sensitivity: Other analyses of the same question.
        course: The estimate after each period of the run; for primary metrics.
        crossed: How the effect hangs on other pilots at the same units; for primary metrics.
    """

    metric: Metric
    effect: EffectResult
    lot: EffectResult | None = None
    adjusted_p: float | None = None
    judged: Judged | None = None
    look: LookResult | None = None
    sensitivity: tuple[EffectResult, ...] = ()
    course: tuple[Step, ...] = ()
    crossed: tuple[EffectResult, ...] = ()

    @property
    def p_value(self) -> float | None:
        """The p-value to show: by lot where lots were drawn, else the method's."""
        return self.effect.p_value if self.lot is None else self.lot.p_value

    def to_dict(self) -> dict[str, Any]:
        return {
            "metric": {
                name: plain(getattr(self.metric, name))
                for name in ("code", "name", "role", "kind", "direction", "unit", "scale")
            }
            | {"threshold": self.metric.threshold, "margin": self.metric.margin},
            "effect": self.effect.to_dict(),
            "lot": None if self.lot is None else self.lot.to_dict(),
            "p_value": plain(self.p_value),
            "adjusted_p": plain(self.adjusted_p),
            "judged": plain(self.judged),
            "look": None if self.look is None else self.look.to_dict(),
            "sensitivity": [one.to_dict() for one in self.sensitivity],
            "course": plain(self.course),
        } | ({"crossed": [one.to_dict() for one in self.crossed]} if self.crossed else {})


@dataclass(frozen=True)
class Evaluation:
    """What the plan's analysis says; `to_dict` is a `pochin-result/1` document.

    Attributes:
        metrics: In the order of the plan.
        decision: Verdict, colour, evidence class and reasons.
        flags: Of the whole, those that block first.
        balance: Standardised difference of the arms before the start, by metric code.
        assignment: Units, admissible set, its smallest p-value and fingerprint.
        look: Number of the look, None where the plan has none.
        archive: The plan was written after the data.
    """

    metrics: tuple[MetricResult, ...]
    decision: Decision
    flags: tuple[Flag, ...]
    balance: dict[str, float]
    assignment: dict[str, Any]
    provenance: Provenance
    look: int | None = None
    archive: bool = False
    facts: Facts = field(default_factory=Facts)

    @property
    def blocked(self) -> bool:
        return self.decision.verdict == "invalid"

    def of(self, code: str) -> MetricResult:
        """The result of one metric."""
        return next(one for one in self.metrics if one.metric.code == code)

    def summary(self) -> str:
        """A few plain lines for a notebook."""
        lines = [self.decision.summary()]
        for one in self.metrics:
            lines += [f"{one.metric.code} ({one.metric.role})", one.effect.summary()]
        return "\n".join(lines + [f"[{flag.severity}] {flag}" for flag in self.flags])

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "decision": self.decision.to_dict(),
            "metrics": [one.to_dict() for one in self.metrics],
            "flags": [one.to_dict() for one in self.flags],
            "balance": plain(self.balance),
            "assignment": plain(self.assignment),
            "look": self.look,
            "archive": self.archive,
            "facts": self.facts.to_dict(),
            "provenance": self.provenance.to_dict(),
        }
