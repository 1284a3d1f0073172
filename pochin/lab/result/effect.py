"""An estimated effect, its uncertainty and what it was computed from."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scipy import special

from pochin.lab.result.errors import NotIdentified
from pochin.lab.result.flag import Flag
from pochin.lab.result.plain import plain

Alternative = Literal["two-sided", "greater", "less"]
Scale = Literal["absolute", "relative", "log"]
Reference = Literal["t", "normal", "randomization", "placebo", "conformal"]


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
