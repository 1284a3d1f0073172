"""What a reader of the result must know: checks once the numbers are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from pochin.lab.flags import flag
from pochin.lab.result import EffectResult, Flag, NotIdentified


def realised_icc(icc: float, planned: Sequence[float]) -> list[Flag]:
    """Tell when the ICC fell outside the interval the plan reckoned with."""
    low, high = min(planned), max(planned)
    return [] if low <= icc <= high else [flag("icc-off-plan", icc=icc, low=low, high=high)]


def weightings(
    units: EffectResult, participants: EffectResult, *, worth: float = 0.0
) -> list[Flag]:
    """Warn when the averages over units and over participants point in different directions.

    Args:
        units, participants: The two averages.
        worth: Near zero two estimates differ in sign by chance, so they must lie at least this
            far apart; what is worth having, in the unit of the metric.
    """
    apart = abs((units.estimate or 0.0) - (participants.estimate or 0.0))
    if _opposite(units, participants) and apart >= worth:
        return [flag("weights-disagree", units=units.estimate, participants=participants.estimate)]
    return []


def analyses(primary: EffectResult, other: EffectResult) -> list[Flag]:
    """Warn when a second analysis points the other way, or lies outside the 95 % interval."""
    if primary.estimate is None or other.estimate is None:
        return []
    low, high = primary.conf_int(0.95)
    parted = _opposite(primary, other) and (_points(primary) or _points(other))
    if low <= other.estimate <= high and not parted:
        return []
    return [flag("analyses-disagree", primary=primary.estimate, other=other.estimate)]


def without_neighbours(all_units: EffectResult, without: EffectResult) -> list[Flag]:
    """Warn when leaving out neighbours of treated units moves the effect out of its interval."""
    if all_units.estimate is None or without.estimate is None:
        return []
    low, high = all_units.conf_int(0.8)
    if low <= without.estimate <= high:
        return []
    evidence: dict[str, Any] = {"without": without.estimate, "with_all": all_units.estimate}
    return [flag("neighbours-matter", **evidence)]


def _opposite(one: EffectResult, other: EffectResult) -> bool:
    if one.estimate is None or other.estimate is None:
        return False
    return one.estimate * other.estimate < 0


def _points(effect: EffectResult) -> bool:
    """Whether an effect lies on one side of nothing by its 80 % interval."""
    if effect.std_error is None and effect.interval_inverter is None:
        return False
    low, high = effect.conf_int(0.8)
    return low > 0 or high < 0


def instrument(first_stage_f: float, *, least: float = 10.0) -> list[Flag]:
    """Warn about a lot that hardly moved the exposure (first-stage F below 10).

    Source:
        Staiger, D. & Stock, J. H. (1997). Econometrica 65, 557–586.
    """
    return [] if first_stage_f >= least else [flag("weak-instrument", F=first_stage_f)]


def exclusions(run: Sequence[Any], used: Sequence[Any]) -> list[Flag]:
    """Block a result that leaves out periods which the plan does not exclude.

    Args:
        run: Periods of the run by the plan, without those it excludes.
        used: Periods that have readings.
    """
    missing = [one for one in run if one not in set(used)]
    if not missing:
        return []
    return [flag("exclusion-unregistered", count=len(missing), periods=", ".join(missing[:10]))]


def stopped(share: float, crossed: bool) -> list[Flag]:
    """Warn when a pilot ended early though no boundary was crossed."""
    return [] if share >= 1 or crossed else [flag("stopped-off-plan", share=100 * share)]


def unnamed_findings(count: int) -> list[Flag]:
    """Tell how many findings nobody named before the start."""
    return [flag("exploratory", count=count)] if count else []


# What missing readings could do.


@dataclass(frozen=True)
class Bounds:
    """The effect if all missing readings were as bad, or as good, as they can be."""

    low: float
    high: float


def worst_case(values: Any, n: Any, missing: Any, arms: Any, *, low: float, high: float) -> Bounds:
    """Bounds of the difference of unit means, assuming nothing about what is missing.

    Args:
        values: Means of what is there, by unit, shape (I,), in the unit of the metric.
        n, missing: Readings that are there and that are not, shape (I,).
        arms: 1 treated, 0 control, shape (I,).
        low, high: The least and the most a reading can be.

    Source:
        Manski, C. F. (1990). American Economic Review 80, 319–323.

    Example:
        >>> worst_case([4.0, 2.0], [3, 4], [1, 0], [1, 0], low=0, high=10)
        Bounds(low=1.0, high=3.5)
    """
    y, treated = np.asarray(values, float), np.asarray(arms) == 1
    share = _missing_share(n, missing)
    seen = np.where(share < 1, y, 0.0)

    def mean(arm: np.ndarray, filled: float) -> float:
        return float((seen * (1 - share) + filled * share)[arm].mean())

    return Bounds(
        mean(treated, low) - mean(~treated, high), mean(treated, high) - mean(~treated, low)
    )


def _missing_share(n: Any, missing: Any) -> np.ndarray:
    n, missing = np.asarray(n, float), np.asarray(missing, float)
    return missing / np.maximum(n + missing, 1)


def tipping_point(
    judge: Callable[[np.ndarray], float],
    values: Any,
    n: Any,
    missing: Any,
    arms: Any,
    *,
    sign: int = 1,
    most: float,
) -> float | None:
    """How much worse missing readings of treated units must be than those seen to turn a finding.

    Args:
        judge: From values by unit to what must stay positive, e.g. the lower bound of the
            improvement less the threshold.
        values, n, missing, arms: As in `worst_case`.
        sign: 1 where more is better, −1 where less is.
        most: Largest difference worth thinking about, in the unit of the metric.

    Returns:
        The difference, in the unit of the metric; None if nothing up to `most` turns it.

    Raises:
        NotIdentified: There is no positive finding to turn.

    Source:
        Yan, X., Lee, S. & Li, N. (2009). Journal of Biopharmaceutical Statistics 19, 1085–1098.
    """
    y, share = np.asarray(values, float), _missing_share(n, missing)
    treated = np.asarray(arms) == 1

    def judged(worse: float) -> float:
        return judge(y - sign * worse * share * treated)

    if judged(0.0) <= 0:
        raise NotIdentified("There is no positive finding that missing readings could turn.")
    if judged(most) > 0:
        return None
    return float(optimize.brentq(judged, 0.0, most))


def missing_could_turn(tipping: float | None, plausible: float) -> list[Flag]:
    """Warn when a plausible difference of the missing readings would turn the finding."""
    if tipping is None or tipping > plausible:
        return []
    return [flag("missing-could-turn", tipping=tipping)]
