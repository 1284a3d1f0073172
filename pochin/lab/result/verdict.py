"""What a design can show, what a look says and what the rule decides."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from pochin.lab.result.effect import Alternative
from pochin.lab.result.flag import Flag
from pochin.lab.result.plain import plain


@dataclass(frozen=True, eq=False)
class PowerResult:
    """What a design can show, over a grid of guesses.

    Attributes:
        power: Probability of a significant result, in the shape of the grid.
        df: Degrees of freedom, same shape (or a scalar array).
        std_error: Planned standard error of the effect, same shape, in the unit of the effect.
        min_p_value: The smallest p-value the randomisation test can give.
        n_admissible: How many assignments are admissible.
        effect: The effect assumed, same unit.
        alpha: Significance level.
        alternative: "two-sided", "greater" or "less".
        grid: Names and values of the axes of `power`, e.g. {"icc": (.02, .05, .1)}.
        flags: Blocks and warnings at design time.
    """

    power: np.ndarray
    df: np.ndarray
    std_error: np.ndarray
    min_p_value: float
    n_admissible: int
    effect: float
    alpha: float = 0.05
    alternative: Alternative = "two-sided"
    grid: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    method: str = ""
    flags: tuple[Flag, ...] = ()

    @property
    def blocked(self) -> bool:
        return any(flag.blocks for flag in self.flags)

    def summary(self) -> str:
        """A few plain lines for a notebook."""
        lines = [f"power {np.array2string(np.asarray(self.power), precision=3)}"]
        lines += [f"over {name} {values}" for name, values in self.grid.items()]
        lines.append(f"smallest p {self.min_p_value:.4g} of {self.n_admissible} assignments")
        return "\n".join(lines + [f"[{flag.severity}] {flag}" for flag in self.flags])

    def to_dict(self) -> dict[str, Any]:
        answer = {one.name: plain(getattr(self, one.name)) for one in dataclasses.fields(self)}
        return answer | {"blocked": self.blocked}


@dataclass(frozen=True)
class LookResult:
    """One look of a sequential test.

    Attributes:
        look: Number of the look, from 1.
        information: Share of the planned information, 0 to 1 (may exceed 1).
        statistic: The standardised statistic observed.
        boundary: The efficacy boundary at this look, same scale.
        crossed: Whether the statistic is beyond it.
        alpha_spent: Type I error spent up to and including this look.
        repeated_ci: Repeated confidence interval (low, high), in the unit of the effect.
        futility_boundary: Lower boundary where futility is planned.
        futile: Whether it is crossed.
        p_value: Stage-wise ordered p-value; None before the trial has stopped.
        estimate: Median-unbiased estimate; None before the trial has stopped.
        conf_int: Interval under the stage-wise order; None before the trial has stopped.
    """

    look: int
    information: float
    statistic: float
    boundary: float
    crossed: bool
    alpha_spent: float
    repeated_ci: tuple[float, float] | None = None
    futility_boundary: float | None = None
    futile: bool = False
    p_value: float | None = None
    estimate: float | None = None
    conf_int: tuple[float, float] | None = None
    flags: tuple[Flag, ...] = ()

    def summary(self) -> str:
        """One plain line for a notebook."""
        word = "crossed" if self.crossed else "futile" if self.futile else "goes on"
        return (
            f"look {self.look} at {self.information:.3g} of the information: "
            f"{self.statistic:.4g} against {self.boundary:.4g}, {word}"
        )

    def to_dict(self) -> dict[str, Any]:
        return {one.name: plain(getattr(self, one.name)) for one in dataclasses.fields(self)}


Verdict = Literal["invalid", "harm", "meets", "promising", "no-effect-shown", "inconclusive"]
Colour = Literal["grey", "red", "green", "amber"]
EvidenceClass = Literal["I", "II", "III", "IV"]


@dataclass(frozen=True)
class Reason:
    """One piece of why: a stable code and the numbers that belong to it, no words."""

    code: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "evidence": plain(self.evidence)}


@dataclass(frozen=True)
class Decision:
    """The verdict by the rule that was registered, and why.

    Attributes:
        verdict: "invalid", "harm", "meets", "promising", "no-effect-shown" or "inconclusive".
        colour: "grey", "red", "green" or "amber".
        evidence_class: "I" to "IV".
        reasons: Pieces for sentences, most important first.
        money: Summary of the net present value where a money model exists.
        flags: What a reader must know.
    """

    verdict: Verdict
    colour: Colour
    evidence_class: EvidenceClass
    reasons: tuple[Reason, ...] = ()
    money: Mapping[str, Any] | None = None
    flags: tuple[Flag, ...] = ()

    def summary(self) -> str:
        """One plain line for a notebook."""
        why = ", ".join(reason.code for reason in self.reasons)
        return f"{self.verdict} ({self.colour}, evidence class {self.evidence_class}): {why}"

    def to_dict(self) -> dict[str, Any]:
        return {one.name: plain(getattr(self, one.name)) for one in dataclasses.fields(self)}
