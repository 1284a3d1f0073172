"""Group-sequential boundaries and crossing probabilities by recursive integration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from pochin.lab.sequential.spending import Spending

# Beyond this many standard deviations nothing is left that a double could add up.
FAR = 9.0
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, eq=False)
class SubDensity:
    """The density of the score over the paths that have not stopped yet.

    It is carried from look to look, so a trial with K looks costs K steps.

    Attributes:
        drift: θ; the score S = Z·√I has mean θI and variance I.
        information: Fisher information I reached.
        score: Quadrature points, shape (n,).
        mass: Density times quadrature weight at these points, shape (n,).

    Source:
        Armitage, P., McPherson, C. K. & Rowe, B. C. (1969). JRSS A 132, 235–244.
        Jennison, C. & Turnbull, B. W. (2000). Group Sequential Methods, ch. 19.
    """

    drift: float
    information: float
    score: np.ndarray
    mass: np.ndarray

    @classmethod
    def start(cls, drift: float = 0.0) -> SubDensity:
        """All paths at zero, before any data."""
        return cls(drift, 0.0, np.zeros(1), np.ones(1))

    def above(self, information: float, z: float) -> float:
        """Probability of not having stopped and then lying above z at the next look."""
        return float(self.mass @ special.ndtr(-self._steps(information, z)))

    def below(self, information: float, z: float) -> float:
        """Probability of not having stopped and then lying below z at the next look."""
        return float(self.mass @ special.ndtr(self._steps(information, z)))

    def carry(self, information: float, lower: float, upper: float) -> SubDensity:
        """The sub-density at the next look, over the paths between the boundaries."""
        step, root = information - self.information, np.sqrt(information)
        centre = self.drift * root
        low, high = max(lower, centre - FAR), min(upper, centre + FAR)
        if not low < high:
            return SubDensity(self.drift, information, np.zeros(1), np.zeros(1))
        z, weight = _quadrature(low, high, np.sqrt(step / information))
        density = self._arriving(root * z, step)
        return SubDensity(self.drift, information, root * z, root * weight * density)

    def _arriving(self, score: np.ndarray, step: float) -> np.ndarray:
        """Density at sorted scores after a step; points farther than `FAR` add nothing."""
        width, panels = np.sqrt(step), score.reshape(-1, len(NODES))
        ends = panels[:, [0, -1]] - self.drift * step + np.array([-FAR, FAR]) * width
        first, last = np.searchsorted(self.score, ends).T
        reach = min(max(int((last - first).max()), 1), len(self.score))
        first = np.minimum(first, len(self.score) - reach)
        near = first[:, None] + np.arange(reach)
        away = panels[:, :, None] - (self.score[near] + self.drift * step)[:, None, :]
        away *= 1 / width
        away *= away
        away *= -0.5
        found = np.exp(away, out=away) @ self.mass[near][:, :, None]
        return found.ravel() / np.sqrt(2 * np.pi * step)

    def _steps(self, information: float, z: float) -> np.ndarray:
        step = information - self.information
        return (z * np.sqrt(information) - self.score - self.drift * step) / np.sqrt(step)


def _quadrature(low: float, high: float, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Gauss–Legendre points over [low, high], dense enough for a kernel `ratio` wide."""
    panels = int(np.ceil((high - low) / min(1.0, 3 * ratio)))
    edges = np.linspace(low, high, panels + 1)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * NODES).ravel(), np.outer(half, WEIGHTS).ravel()


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Boundaries of a group-sequential test on the scale of a standard normal statistic.

    Attributes:
        information: Share of the information at each look, increasing, shape (K,).
        upper: Stop for an effect above this, shape (K,).
        lower: Stop below this, shape (K,); minus infinity where nothing stops there.
    """

    information: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    def __len__(self) -> int:
        return len(self.information)


@dataclass(frozen=True, eq=False)
class Crossing:
    """How likely a test first crosses each boundary at each look.

    Attributes:
        upper: Probabilities for the upper boundary, shape (K,).
        lower: The same for the lower boundary, shape (K,).
    """

    upper: np.ndarray
    lower: np.ndarray

    @property
    def total(self) -> float:
        """Probability of stopping at a boundary at all."""
        return float(self.upper.sum() + self.lower.sum())


def crossing_probabilities(
    information: Any, upper: Any, lower: Any | None = None, *, drift: float = 0.0
) -> Crossing:
    """Probability of first crossing each boundary at each look.

    Args:
        information: Number of equally spaced looks, or Fisher information (or shares of it) at
            the looks, increasing, shape (K,).
        upper: Upper boundary for Z, shape (K,) or scalar.
        lower: Lower boundary, shape (K,) or scalar; None mirrors the upper one.
        drift: θ in E Z_k = θ√I_k, in units that fit `information`.

    Raises:
        ValueError: Information does not increase from above zero.

    Example:
        Looking ten times at 1.96 rejects a true null 19 times in a hundred:

        >>> round(crossing_probabilities(10, 1.96).total, 3)
        0.193
    """
    information = _shares(information)
    upper = np.broadcast_to(np.asarray(upper, float), information.shape)
    lower = -upper if lower is None else np.broadcast_to(np.asarray(lower, float), upper.shape)
    over, under = np.zeros(len(information)), np.zeros(len(information))
    paths = SubDensity.start(drift)
    for k, reached in enumerate(information):
        over[k] = paths.above(reached, upper[k])
        under[k] = paths.below(reached, lower[k])
        if k < len(information) - 1:
            paths = paths.carry(reached, lower[k], upper[k])
    return Crossing(over, under)


def wang_tsiatis(
    information: Any, *, alpha: float = 0.05, delta: float = 0.25, sides: int = 2
) -> Boundaries:
    """Boundaries C·t^(Δ−½) that spend exactly `alpha`; Δ=½ is Pocock, Δ=0 O'Brien–Fleming.

    Args:
        information: Number of equally spaced looks, or their shares, shape (K,).
        alpha: Type I error of the whole test.
        delta: Δ; smaller stops later.
        sides: 2, or 1 for a test that only ever stops above.

    Source:
        Wang, S. K. & Tsiatis, A. A. (1987). Biometrics 43, 193–199.
    """
    t = _shares(information)
    shape = t ** (delta - 0.5)

    def excess(constant: float) -> float:
        lower = None if sides == 2 else -np.inf
        return crossing_probabilities(t, constant * shape, lower).total - alpha

    upper = optimize.brentq(excess, 0.1, FAR, xtol=1e-10) * shape
    return Boundaries(t, upper, -upper if sides == 2 else np.full(len(t), -np.inf))


def pocock(information: Any, *, alpha: float = 0.05, sides: int = 2) -> Boundaries:
    """The same boundary at every look.

    Source:
        Pocock, S. J. (1977). Biometrika 64, 191–199.

    Example:
        >>> pocock(5).upper.round(3)
        array([2.413, 2.413, 2.413, 2.413, 2.413])
    """
    return wang_tsiatis(information, alpha=alpha, delta=0.5, sides=sides)


def obrien_fleming(information: Any, *, alpha: float = 0.05, sides: int = 2) -> Boundaries:
    """High boundaries early, nearly the usual one at the end.

    Source:
        O'Brien, P. C. & Fleming, T. R. (1979). Biometrics 35, 549–556.

    Example:
        >>> obrien_fleming(5).upper.round(3)
        array([4.562, 3.226, 2.634, 2.281, 2.04 ])
    """
    return wang_tsiatis(information, alpha=alpha, delta=0.0, sides=sides)


def haybittle_peto(
    information: Any, *, alpha: float = 0.05, early: float = 3.0, sides: int = 2
) -> Boundaries:
    """The same very high boundary at every look but the last, which spends what is left.

    Source:
        Haybittle, J. L. (1971). British Journal of Radiology 44, 793–797.

    Example:
        >>> haybittle_peto(5).upper.round(3)
        array([3.  , 3.  , 3.  , 3.  , 1.99])
    """
    t = _shares(information)

    def at(last: float) -> np.ndarray:
        return np.append(np.full(len(t) - 1, early), last)

    def excess(last: float) -> float:
        lower = None if sides == 2 else -np.inf
        return crossing_probabilities(t, at(last), lower).total - alpha

    upper = at(_root(excess, 0.1, FAR))
    return Boundaries(t, upper, -upper if sides == 2 else np.full(len(t), -np.inf))


def spending_boundaries(
    information: Any, spending: Spending, *, alpha: float = 0.05, sides: int = 2
) -> Boundaries:
    """Boundaries at looks taken whenever they were taken.

    Args:
        information: Number of equally spaced looks, or shares of the planned information at
            the looks as they happened, increasing, shape (K,).
        spending: The spending function registered before the start.
        alpha: Type I error of the whole test; for two sides half is spent on each.
        sides: 2, or 1 for a test that only ever stops above.

    Returns:
        Boundaries; infinite where the look may spend nothing yet.

    Example:
        >>> spending_boundaries(5, Spending("obrien-fleming")).upper.round(3)
        array([4.877, 3.357, 2.68 , 2.29 , 2.031])
    """
    t = _shares(information)
    spent = spending(t, alpha=alpha / sides)
    upper, lower = np.empty(len(t)), np.full(len(t), -np.inf)
    paths = SubDensity.start()
    for k, share in enumerate(np.diff(spent, prepend=0.0)):
        upper[k] = next_boundary(paths, t[k], share)
        if sides == 2:
            lower[k] = -upper[k]
        if k < len(t) - 1:
            paths = paths.carry(t[k], lower[k], upper[k])
    return Boundaries(t, upper, lower)


def next_boundary(paths: SubDensity, information: float, error: float) -> float:
    """The boundary that spends `error` at the next look; infinite where there is none to spend."""
    if error < 1e-14 or paths.above(information, FAR) >= error:
        return np.inf
    return _root(lambda z: paths.above(information, z) - error, -FAR, FAR)


def drift_for_power(information: Any, upper: Any, lower: Any, power: float) -> float:
    """The drift θ at which the upper boundary is crossed with the wanted probability."""
    information = _increasing(information)

    def excess(drift: float) -> float:
        crossed = crossing_probabilities(information, upper, lower, drift=drift)
        return float(crossed.upper.sum()) - power

    return _root(excess, 0.0, 12.0 / np.sqrt(information[-1]))


def inflation_factor(
    boundaries: Boundaries, *, power: float = 0.8, alpha: float = 0.05, sides: int = 2
) -> float:
    """Largest information of the sequential test over that of a test with one look.

    Example:
        >>> round(100 * inflation_factor(pocock(4)), 1)
        120.2
    """
    drift = drift_for_power(boundaries.information, boundaries.upper, boundaries.lower, power)
    fixed = stats.norm.ppf(1 - alpha / sides) + stats.norm.ppf(power)
    return float(drift**2 * boundaries.information[-1] / fixed**2)


def futility_boundaries(
    boundaries: Boundaries, spending: Spending, *, power: float = 0.8
) -> tuple[np.ndarray, float]:
    """Lower boundaries that give up hopeless trials, and the drift they are planned for.

    They do not bind: the upper boundary keeps its error rate if nobody obeys them. The drift
    is the one at which both boundaries meet at the last look and power is as wanted.

    Returns:
        Lower boundaries, shape (K,), and the planned drift in units of √information share.

    Source:
        Pampallona, S., Tsiatis, A. A. & Kim, K. (2001). Drug Information Journal 35, 1113–1121.
    """
    beta = 1 - power

    def gap(drift: float) -> float:
        return _spent_below(boundaries, spending, beta, drift)[-1] - boundaries.upper[-1]

    drift = _root(gap, 0.5, 12.0)
    return _spent_below(boundaries, spending, beta, drift), drift


def _spent_below(
    boundaries: Boundaries, spending: Spending, beta: float, drift: float
) -> np.ndarray:
    t, lower = boundaries.information, np.empty(len(boundaries))
    paths = SubDensity.start(drift)
    for k, share in enumerate(np.diff(spending(t, alpha=beta), prepend=0.0)):
        lower[k] = next_futility(paths, t[k], share)
        paths = paths.carry(t[k], lower[k], boundaries.upper[k])
    return lower


def next_futility(paths: SubDensity, information: float, error: float) -> float:
    """The lower boundary that spends `error` of the type II error under the paths' drift."""
    centre = paths.drift * np.sqrt(information)
    if error < 1e-14:
        return -np.inf
    if paths.below(information, centre + FAR) <= error:
        return centre + FAR
    return _root(lambda z: paths.below(information, z) - error, centre - 2 * FAR, centre + FAR)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(function, low, high, xtol=1e-11))


def _shares(information: Any) -> np.ndarray:
    """A number of looks as equal shares; shares as they are."""
    if np.ndim(information) == 0:
        looks = int(information)
        if looks < 1:
            raise ValueError(f"information is {information}, but there must be at least one look")
        return np.arange(1, looks + 1) / looks
    return _increasing(information)


def _increasing(information: Any) -> np.ndarray:
    information = np.asarray(information, float).ravel()
    if not len(information) or not (np.diff(information, prepend=0.0) > 0).all():
        raise ValueError("information must increase from look to look, starting above 0")
    return information
