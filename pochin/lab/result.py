"""What the lab answers with: effects, power, looks, decisions, flags and the errors it raises."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy import special

from pochin.lab.plurals import numbered

Severity = Literal["block", "warn", "info"]
Alternative = Literal["two-sided", "greater", "less"]
Scale = Literal["absolute", "relative", "log"]
Reference = Literal["t", "normal", "randomization", "placebo", "conformal"]


class LabError(Exception):
    """Something the lab will not do; its text is one sentence a person can read."""


class DesignError(LabError):
    """The design cannot be built as asked."""


class TooFewUnits(DesignError):
    """There are fewer units than the design or the method needs."""


class NotRandomizable(DesignError):
    """No admissible assignment, or only one, exists."""


class DataError(LabError):
    """The data or a document cannot be used as given."""


class SchemaMismatch(DataError):
    """Arrays, columns or fields are not what was promised."""


class SampleRatioMismatch(DataError):
    """The arms hold another share of the units than the protocol says."""


class Immature(DataError):
    """Part of the data has not had the time to arrive."""


class EstimationError(LabError):
    """An estimate cannot be computed from these data."""


class NotIdentified(EstimationError):
    """The data do not determine the effect."""


class Singular(EstimationError):
    """Columns of the model repeat each other."""


class NoConvergence(EstimationError):
    """The search for the estimate did not end at an optimum."""


class ProtocolViolation(LabError):
    """What is asked contradicts the locked plan."""


def plain(value: Any) -> Any:
    """Turn a value of the lab into what JSON can hold; not-a-number and infinity become None.

    >>> plain({"df": np.float64(np.inf), "curve": np.array([1.0, 2.0])})
    {'df': None, 'curve': [1.0, 2.0]}
    """
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


TINY = re.compile(r"p %\(p_value\)\.3f")
LEAST_P = 0.001
"""Smaller p-values say no more to a reader of a flag."""


def tiny(message: str, evidence: Mapping[str, Any]) -> str:
    """The sentence with its places filled; a p-value that would be written as zero is not.

    >>> tiny("The groups part (p %(p_value).3f).", {"p_value": 1e-6})
    'The groups part (p < 0.001).'
    """
    p_value = evidence.get("p_value")
    if isinstance(p_value, float) and p_value < LEAST_P:
        message = TINY.sub(f"p < {LEAST_P}", message)
    return message % evidence


@dataclass(frozen=True)
class Flag:
    """Something a reader must know; `block` stops locking, unblinding or a decision.

    Attributes:
        code: Stable word, e.g. "few-units"; the product translates by it.
        severity: "block", "warn" or "info".
        message: One English sentence with named places, e.g. "%(units)d units; 12 are usual.".
        evidence: What fills the places, as plain numbers and words.
        at: Where it belongs: a metric, unit, period or look; empty for the whole.

    Example:
        >>> str(Flag("few-units", "warn", "There are %(units)d units.", {"units": 8}))
        'There are 8 units.'
    """

    code: str
    severity: Severity
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""

    def __post_init__(self) -> None:
        if self.severity not in ("block", "warn", "info"):
            raise ValueError(f"severity is {self.severity!r}, but it must be block, warn or info")

    def __str__(self) -> str:
        return numbered(tiny(self.message, self.evidence)) if self.evidence else self.message

    @property
    def blocks(self) -> bool:
        return self.severity == "block"

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "evidence": plain(self.evidence),
            "at": self.at,
        }


@dataclass(frozen=True)
class Provenance:
    """What a number was computed from, so that it can be computed again.

    Attributes:
        protocol_hash, table_hash: SHA-256 of the plan and of the reduced readings.
        code_version: Of the lab.
        seed: Of every draw.
    """

    protocol_hash: str = ""
    table_hash: str = ""
    code_version: str = ""
    seed: int | str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {one.name: plain(getattr(self, one.name)) for one in dataclasses.fields(self)}


@dataclass(frozen=True)
class Interval:
    """A two-sided interval at `level`, in the unit of its estimate; ends may be infinite."""

    level: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        return {"level": self.level, "low": plain(self.low), "high": plain(self.high)}


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, but it must lie between 0 and 1")


@dataclass(frozen=True, eq=False)
class EffectResult:
    """An estimated effect with its uncertainty, or the reasons why there is none.

    Attributes:
        estimate: The effect, in `unit` (on the log scale where `scale` is "log"); None if blocked.
        std_error: Its standard error, same unit; None where the method has none (placebo).
        df: Degrees of freedom; infinite for a normal reference; None where there are none.
        p_value: For `alternative` and the null effect `null`; None if blocked.
        p_floor: The smallest p-value this method could have given here; 0 if there is no floor.
        alternative: "two-sided", "greater" or "less".
        estimand: What is estimated, e.g. "unit-average", "participant-average", "att".
        scale: "absolute", "relative" (a fraction of control) or "log".
        unit: Unit of the estimate, e.g. "min", "1", "RUB/parcel".
        method: Name of the method, e.g. "unit-means-welch".
        reference: Where the method is described.
        n_units: Units by arm, e.g. {"control": 6, "treatment": 6}.
        n_rows: Underlying rows; None if unknown.
        periods: The periods used, in order.
        reference_distribution: "t", "normal", "randomization", "placebo" or "conformal".
        interval_inverter: For the last two: level -> (low, high); not part of `to_dict`.
        bound_inverter: (level, −1 below or 1 above) -> one-sided bound, where bounds are not the
            ends of an interval; not part of `to_dict`.
        intervals: Intervals kept in `to_dict`, at 80 and 95 % unless told.
        variance_components: E.g. {"between": 1.2, "within": 3.4, "icc": .26}.
        curve: Rows of the exposure-time or event-time curve, each a mapping.
        sensitivity: Other analyses of the same question.
        values: Per-unit values, weights or other details for pictures, by name.
        flags: What a reader must know; one that blocks forbids every number.
        provenance: What it was computed from.
        null: The effect under the null hypothesis.

    Raises:
        ValueError: A flag blocks and yet a number is given.

    Example:
        >>> fit = EffectResult(estimate=2.0, std_error=0.5, df=10, p_value=0.0026, method="demo")
        >>> [round(end, 3) for end in fit.conf_int(0.95)]
        [0.886, 3.114]
        >>> round(fit.lower(0.95), 3)
        1.094
    """

    estimate: float | None
    std_error: float | None
    df: float | None
    p_value: float | None
    method: str
    p_floor: float = 0.0
    alternative: Alternative = "two-sided"
    estimand: str = "unit-average"
    scale: Scale = "absolute"
    unit: str = ""
    reference: str = ""
    n_units: Mapping[str, int] = field(default_factory=dict)
    n_rows: int | None = None
    periods: tuple[Any, ...] = ()
    reference_distribution: Reference = "t"
    interval_inverter: Callable[[float], tuple[float, float]] | None = field(
        default=None, repr=False
    )
    bound_inverter: Callable[[float, int], float] | None = field(default=None, repr=False)
    levels: tuple[float, ...] = (0.8, 0.95)
    variance_components: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[Mapping[str, Any], ...] = ()
    sensitivity: tuple[EffectResult, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    provenance: Provenance = Provenance()
    null: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.estimate, self.std_error, self.p_value)
        if self.blocked and any(number is not None for number in numbers):
            raise ValueError("a blocked result carries a number, but it must carry none")

    @classmethod
    def withheld(cls, method: str, flags: tuple[Flag, ...], **known: Any) -> EffectResult:
        """The answer when a gate blocks: no estimate, no p-value, only the reasons."""
        return cls(None, None, None, None, method, flags=flags, **known)

    @property
    def blocked(self) -> bool:
        """Whether a flag forbids showing a number."""
        return any(flag.blocks for flag in self.flags)

    def withhold(self, *flags: Flag) -> EffectResult:
        """The same result with every number taken out because `flags` block."""
        return EffectResult.withheld(
            self.method,
            (*self.flags, *flags),
            alternative=self.alternative,
            estimand=self.estimand,
            scale=self.scale,
            unit=self.unit,
            reference=self.reference,
            n_units=self.n_units,
            periods=self.periods,
            provenance=self.provenance,
        )

    def conf_int(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval in the unit of the estimate.

        Raises:
            ValueError: `level` is outside (0, 1), or the result is withheld.
            NotIdentified: The method has no interval here.
        """
        check_level(level)
        if self.estimate is None:
            raise ValueError("the result is withheld, but an interval needs an estimate")
        if self.interval_inverter is not None:
            low, high = self.interval_inverter(level)
            return float(low), float(high)
        if self.std_error is None:
            raise NotIdentified(f"The method “{self.method}” gives no interval here.")
        half = self._quantile((1 + level) / 2) * self.std_error
        return self.estimate - half, self.estimate + half

    def lower(self, level: float = 0.95) -> float:
        """One-sided lower confidence bound."""
        return self._bound(level, 0)

    def upper(self, level: float = 0.95) -> float:
        """One-sided upper confidence bound."""
        return self._bound(level, 1)

    def _bound(self, level: float, end: int) -> float:
        """One end of an interval; ranks among placebos look both ways, so nothing is halved."""
        check_level(level)
        if level <= 0.5:
            raise ValueError(f"level is {level}, but a one-sided bound needs one above 0.5")
        if self.estimate is not None and self.bound_inverter is not None:
            return float(self.bound_inverter(level, 2 * end - 1))
        both = level if self.reference_distribution == "placebo" else 2 * level - 1
        return self.conf_int(both)[end]

    def _quantile(self, probability: float) -> float:
        if self.df is None or math.isinf(self.df) or self.reference_distribution == "normal":
            return float(special.ndtri(probability))
        return float(special.stdtrit(self.df, probability))

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The intervals at `levels`; empty where the result is withheld or has none."""
        if self.estimate is None or (self.std_error is None and self.interval_inverter is None):
            return ()
        return tuple(Interval(level, *self.conf_int(level)) for level in self.levels)

    def summary(self) -> str:
        """A few plain lines for a notebook.

        >>> print(EffectResult(1.0, 0.5, 10, 0.073, "demo", unit="min").summary())
        demo: 1 min, se 0.5, df 10, p 0.073
        80 % interval 0.3139 to 1.686
        95 % interval -0.1141 to 2.114
        """
        if self.estimate is None:
            lines = [f"{self.method}: withheld"]
        else:
            unit = "" if self.unit in ("", "1") else f" {self.unit}"
            parts = [f"{self.method}: {self.estimate:.4g}{unit}"]
            parts += [
                f"{name} {value:.4g}"
                for name, value in (("se", self.std_error), ("df", self.df), ("p", self.p_value))
                if value is not None and math.isfinite(value)
            ]
            lines = [", ".join(parts)]
        for one in self.intervals:
            lines.append(
                f"{one.level:.0%} interval {one.low:.4g} to {one.high:.4g}".replace("%", " %")
            )
        lines += [f"[{flag.severity}] {flag}" for flag in self.flags]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        left_out = {"interval_inverter", "bound_inverter", "levels"}
        names = [one.name for one in dataclasses.fields(self) if one.name not in left_out]
        answer = {name: plain(getattr(self, name)) for name in names}
        answer["intervals"] = [one.to_dict() for one in self.intervals]
        answer["blocked"] = self.blocked
        return answer


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
