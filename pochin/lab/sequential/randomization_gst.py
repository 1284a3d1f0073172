"""A group-sequential test for few clusters: the boundary comes from re-drawing the assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import optimize

from pochin.lab.result import (
    Alternative,
    LookResult,
    NotRandomizable,
    ProtocolViolation,
    SchemaMismatch,
)
from pochin.lab.sequential.spending import Spending

# Statistics of mirrored assignments differ by rounding only; such a tie is a tie.
TIE = 1e-9
AT_ONCE = 400_000
"""Statistics that are held at a time where many pilots are judged."""


def studentized(values: np.ndarray, assignments: np.ndarray) -> np.ndarray:
    """Welch's t of treated against other units under each assignment.

    Args:
        values: One value a unit, shape (I,), or of R pilots (R, I); NaN is not observed.
        assignments: 1 treated, 0 control, shape (A, I).

    Returns:
        Statistics, shape (A,) or (R, A); plus or minus infinity where a difference has no spread.
    """
    seen = np.isfinite(values)
    y = np.where(seen, values - np.nanmean(values, axis=-1, keepdims=True), 0.0)
    treated = assignments.astype(float)
    moments = np.stack([seen, y, y**2], axis=-1)
    n1, s1, q1 = np.moveaxis(treated @ moments, -1, 0)
    n0, s0, q0 = np.moveaxis((1.0 - treated) @ moments, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        m1, m0 = s1 / n1, s0 / n0
        v1 = np.maximum(q1 - n1 * m1**2, 0) / ((n1 - 1) * n1)
        v0 = np.maximum(q0 - n0 * m0**2, 0) / ((n0 - 1) * n0)
        t = (m1 - m0) / np.sqrt(v1 + v0)
    return np.where(np.isnan(t), 0.0, t)


def cleared(values: np.ndarray, known: np.ndarray | None) -> np.ndarray:
    """Values after what was known before the lot is taken out by least squares, same shape.

    What was known does not hang on the lot, so neither does what is left under no effect.

    Args:
        values: One value a unit, shape (I,), or of R pilots (R, I); NaN is not observed.
        known: Strata and values from before, shape (I, k) or (R, I, k); where one is NaN its unit
            counts as not observed. None or no column leaves the values as they are.

    Source:
        Rosenbaum, P. R. (2002). Covariance adjustment in randomized experiments and observational
        studies. Statistical Science 17, 286–327.
    """
    if known is None or not known.shape[-1]:
        return values
    seen = np.isfinite(values) & np.isfinite(known).all(axis=-1)
    held = np.where(seen[..., None], known, 0.0)
    level = seen[..., None].astype(float)
    # Around their means first, so that columns of large values keep their digits.
    held = np.where(
        seen[..., None], held - held.sum(-2, keepdims=True) / level.sum(-2)[..., None], 0.0
    )
    length = np.sqrt((held**2).sum(axis=-2, keepdims=True))
    X = np.concatenate([level, held / np.where(length > 0, length, 1.0)], axis=-1)
    y = np.where(seen, values, 0.0)
    gram = np.swapaxes(X, -1, -2) @ X
    slopes = np.linalg.pinv(gram, rcond=1e-10, hermitian=True) @ (
        np.swapaxes(X, -1, -2) @ y[..., None]
    )
    return np.where(seen, y - (X @ slopes)[..., 0], np.nan)


@dataclass
class RandomizationGroupSequentialTest:
    """A sequential test exact for any number of clusters, with any shape of the outcome.

    At each look the statistic is computed for every admissible assignment. Those that would
    already have stopped are set aside, and the boundary is the value beyond which the spending
    function lets the rest stop. Under no effect the assignment that was drawn is one of them
    at random, so the error rate holds exactly, however the looks depend on each other.

    Args:
        assignments: All admissible assignments (or a random sample of them that holds the one
            drawn), 1 treated and 0 control, shape (A, I).
        observed: Row of the assignment that was carried out.
        spending: How the type I error is spent over the share of the plan.
        alpha: Type I error of the whole test.
        alternative: "two-sided", "greater" or "less".
        interval: Whether to search for the interval after the stop; it costs most of the time.

    Raises:
        NotRandomizable: There is only one assignment.

    Source:
        Lan, K. K. G. & DeMets, D. L. (1983), Biometrika 70, 659–663, applied to the
        randomisation distribution of Fisher (1935), The Design of Experiments.
    """

    assignments: np.ndarray
    observed: int
    spending: Spending = field(default_factory=Spending)
    alpha: float = 0.05
    alternative: Alternative = "two-sided"
    interval: bool = True
    looks: list[LookResult] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.assignments = np.array(self.assignments, np.int8)
        if self.assignments.ndim != 2 or len(self.assignments) < 2:
            raise NotRandomizable("A randomisation test needs at least two assignments.")
        if not 0 <= self.observed < len(self.assignments):
            raise ValueError(f"observed is {self.observed}, but it must be a row of assignments")
        self._history: list[tuple[np.ndarray, np.ndarray | None, float]] = []
        self._alive = np.ones(len(self.assignments), bool)

    @property
    def p_floor(self) -> float:
        """The smallest p-value the test can give at a first look."""
        ends = 2 if self.alternative == "two-sided" and self._mirrored() else 1
        return ends / len(self.assignments)

    @property
    def stopped(self) -> bool:
        """Whether a look crossed the boundary or was the last."""
        return bool(self.looks) and self.looks[-1].p_value is not None

    def update(
        self, values: Any, share: float, *, known: Any = None, final: bool = False
    ) -> LookResult:
        """Take one look at the values reached so far.

        Args:
            values: One value a unit (its mean up to this look), shape (I,), in the unit of the
                effect; NaN is not observed.
            share: Share of the planned data, between 0 and 1.
            known: What was known of the units before the lot and is taken out first, shape
                (I, k); a unit of which one is NaN counts as not observed.
            final: Whether this is the last look; it spends all that is left.

        Raises:
            ProtocolViolation: The test has stopped, or the share has not grown.
            SchemaMismatch: There is not one value for each unit.
        """
        values = np.array(values, float)
        self._check(values, share)
        last = final or share >= 1
        spent = self.alpha if last else float(self.spending(share, alpha=self.alpha))
        known = None if known is None else np.array(known, float)
        statistics = studentized(cleared(values, known), self.assignments)
        far = self._oriented(statistics)
        stops, boundary = self._boundary(far, spent)
        crossed = bool(stops[self.observed])
        look = LookResult(
            look=len(self.looks) + 1,
            information=float(share),
            statistic=float(statistics[self.observed]),
            boundary=boundary,
            crossed=crossed,
            alpha_spent=float(1 - (self._alive & ~stops).mean()),
        )
        self._history.append((values, known, spent))
        if crossed or last:
            look = self._concluded(look, far)
        self._alive &= ~stops
        self.looks.append(look)
        return look

    def _check(self, values: np.ndarray, share: float) -> None:
        if self.stopped:
            raise ProtocolViolation(
                "No further look can be taken: the test has ended. Its result stands."
            )
        if not share > (self.looks[-1].information if self.looks else 0.0):
            raise ProtocolViolation(
                "This look cannot be taken: it holds no more data than the one before. "
                "Wait for more data."
            )
        if values.shape != (self.assignments.shape[1],):
            raise SchemaMismatch(
                f"There are {values.size} values; there must be one for each of the "
                f"{self.assignments.shape[1]} units."
            )

    def _oriented(self, statistics: np.ndarray) -> np.ndarray:
        """Statistics so that larger is farther out."""
        if self.alternative == "two-sided":
            return np.abs(statistics)
        return -statistics if self.alternative == "less" else statistics

    def _boundary(self, far: np.ndarray, spent: float) -> tuple[np.ndarray, float]:
        """Which assignments stop now, and the value beyond which they do."""
        stops = _stops(far, self._alive, spent)
        return stops, float(far[stops].min()) if stops.any() else np.inf

    def _concluded(self, look: LookResult, far: np.ndarray) -> LookResult:
        """Add the stage-wise p-value, and the effect and interval by inversion."""
        gone = int((~self._alive).sum())
        beyond = (far >= far[self.observed] - TIE) & self._alive
        p = (gone + int(beyond.sum())) / len(far)
        estimate = self._estimate()
        ends = self._inverted(estimate) if self.interval else None
        return replace(look, p_value=p, estimate=estimate, conf_int=ends)

    def _estimate(self) -> float:
        """The difference of the arms at the last look, over what a unit of effect would make it."""
        values, known, _ = self._history[-1]
        treated = self.assignments[self.observed] == 1
        arm = np.where(np.isfinite(values), treated, np.nan)
        apart, one = (
            np.nanmean(left[treated]) - np.nanmean(left[~treated])
            for left in (cleared(values, known), cleared(arm, known))
        )
        return float(apart / one)

    def _inverted(self, estimate: float) -> tuple[float, float]:
        """Constant effects the whole sequence of looks does not reject at the level of the test."""
        values = self._history[-1][0]
        reach = 50 * (np.nanstd(values) + abs(estimate)) or 1.0

        def edge(sign: int) -> float:
            # The p-value is a step function of the shift: bisection finds the step.
            def excess(shift: float) -> float:
                return self._stagewise(estimate + sign * shift) - self.alpha

            if excess(reach) > 0:
                return sign * np.inf
            return estimate + sign * optimize.bisect(excess, 0.0, reach, xtol=reach * 1e-6)

        low = -np.inf if self.alternative == "less" else edge(-1)
        high = np.inf if self.alternative == "greater" else edge(1)
        return float(low), float(high)

    def _stagewise(self, effect: float) -> float:
        """The p-value of the null that every treated unit was changed by `effect`."""
        treated = self.assignments[self.observed]
        alive = np.ones(len(self.assignments), bool)
        for k, (values, known, spent) in enumerate(self._history):
            left = cleared(values - effect * treated, known)
            far = self._oriented(studentized(left, self.assignments))
            gone = int((~alive).sum())
            if k == len(self._history) - 1 or not alive[self.observed]:
                break
            stops = _stops(far, alive, spent)
            if stops[self.observed]:
                break
            alive &= ~stops
        beyond = (far >= far[self.observed] - TIE) & alive
        return (gone + int(beyond.sum())) / len(alive)

    def _mirrored(self) -> bool:
        """Whether the opposite of the observed assignment is admissible too."""
        opposite = 1 - self.assignments[self.observed]
        return bool((self.assignments == opposite).all(axis=1).any())


def _stops(far: np.ndarray, alive: np.ndarray, spent: float) -> np.ndarray:
    """Which of those alive stop: the farthest, as many as the error spent by now allows.

    Ties stop together or not at all. Shapes (..., A).
    """
    size = far.shape[-1]
    most = int(np.floor(spent * size + TIE))
    allowed = most - (~alive).sum(axis=-1)
    # Only the farthest are needed in order, and they are few.
    near = np.partition(np.where(alive, -far, np.inf), min(most, size - 1), axis=-1)
    ranked = -np.sort(near[..., : most + 1], axis=-1)
    place = np.clip(allowed, 0, size - 1)[..., None]
    stops = alive & (far > np.take_along_axis(ranked, place, axis=-1) + TIE)
    everybody = (allowed >= alive.sum(axis=-1))[..., None]
    allows: np.ndarray = (allowed >= 1)[..., None] & (stops | (alive & everybody))
    return allows


def crossings(
    values: Sequence[np.ndarray],
    assignments: np.ndarray,
    shares: Sequence[float],
    *,
    spending: Spending,
    alpha: float,
    known: np.ndarray | None = None,
) -> np.ndarray:
    """At which looks each of many pilots crosses the boundary of its own lot, shape (K, R).

    Two-sided; what `RandomizationGroupSequentialTest` says of each pilot, for all of them at once.

    Args:
        values: One value a unit of each pilot at each look, K of shape (R, I).
        assignments: Admissible ones, the one that was drawn first, shape (A, I).
        shares: Of the planned data, at each look; the last one spends all that is left.
        spending: How the error is spent.
        alpha: Two-sided error of all looks together.
        known: What is taken out of each pilot's values first, shape (R, I, k).
    """
    pilots = len(values[0])
    values = [cleared(one, known) for one in values]
    chunks = np.array_split(np.arange(pilots), max(1, -(-pilots * len(assignments) // AT_ONCE)))
    crossed = np.zeros((len(values), pilots), bool)
    for rows in chunks:
        alive = np.ones((len(rows), len(assignments)), bool)
        for k, (reached, share) in enumerate(zip(values, shares, strict=True)):
            spent = alpha if k == len(values) - 1 else float(spending(share, alpha=alpha))
            stops = _stops(np.abs(studentized(reached[rows], assignments)), alive, spent)
            crossed[k, rows] = stops[:, 0]
            alive &= ~stops
    return crossed
