"""Group-time effects of a staggered start, and their averages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import special, stats

from pochin.lab.result import (
    NotIdentified,
    Singular,
    check_level,
)

Control = Literal["never", "not-yet"]
Base = Literal["varying", "universal"]
Average = Literal["simple", "dynamic", "group", "calendar"]

DRAWS = 9_999


@dataclass(frozen=True, eq=False)
class AverageEffect:
    """A weighted average of group-time effects, whole and by step.

    Attributes:
        estimate: Over all steps, in the unit of the metric.
        std_error: Same unit, the weights' own uncertainty included.
        step: Event time, start or period of each row of the curve, shape (S,).
        effects: Shape (S,), same unit.
        std_errors: Shape (S,).
        influence: What each unit adds to the estimate, shape (I,).
        influences: The same for each step, shape (I, S).
    """

    estimate: float
    std_error: float
    step: np.ndarray
    effects: np.ndarray
    std_errors: np.ndarray
    influence: np.ndarray
    influences: np.ndarray


@dataclass(frozen=True)
class WaldTest:
    """A joint test that effects are zero.

    Attributes:
        statistic: Quadratic form of the effects in their covariance.
        df: Number of effects.
        p_value: By chi-square, or by F where `df_below` is given.
        df_below: Degrees of freedom of the covariance, for F.
    """

    statistic: float
    df: int
    p_value: float
    df_below: float | None = None


FEW_FOR_MANY = "There are too few units to test so many periods before the start together."


def _size(V: np.ndarray) -> float:
    """How much a covariance counts in the matching of degrees of freedom."""
    return float(np.trace(V @ V) + np.trace(V) ** 2)


@dataclass(frozen=True, eq=False)
class GroupTimeEffects:
    """Effects on each group of units that start together, in each period.

    Attributes:
        start: The group: position of its first period with the solution, shape (K,).
        period: Position of the period, shape (K,).
        effect: ATT(g, t), shape (K,), in the unit of the metric.
        influence: What each unit adds to each, shape (I, K).
        first: Start of each unit, shape (I,); T for never.
    """

    start: np.ndarray
    period: np.ndarray
    effect: np.ndarray
    influence: np.ndarray
    first: np.ndarray

    @property
    def std_error(self) -> np.ndarray:
        """From the influence of independent units, shape (K,)."""
        return _spread(self.influence)

    @cached_property
    def _share(self) -> np.ndarray:
        """Share of all units in the group of each effect, shape (K,)."""
        return (self.first[:, None] == self.start[None, :]).mean(axis=0)

    def pre_test(self) -> WaldTest:
        """Test that nothing happens before the start. Not rejecting does not show it.

        Raises:
            NotIdentified: No group is seen in two periods before its start.
            Singular: The effects before the start repeat each other.
        """
        # With a universal base the reference itself is zero for everybody.
        before = (self.period < self.start) & self.influence.any(axis=0)
        if not before.any():
            raise NotIdentified("No group has two periods before its start to test.")
        size = len(self.first)
        V = self.influence[:, before].T @ self.influence[:, before] / size**2
        if np.linalg.matrix_rank(V) < len(V):
            raise Singular("The effects before the start repeat each other; there are few units.")
        W = float(self.effect[before] @ np.linalg.solve(V, self.effect[before]))
        df = int(before.sum())
        return WaldTest(W, df, float(stats.chi2.sf(W, df)))

    def pre_test_few(self) -> WaldTest:
        """The same for few units, where chi-square rejects a true null far too often.

        The statistic is referred to F, its degrees of freedom matched to the groups' own
        covariances.

        Raises:
            NotIdentified: No group is seen in two periods before its start.
            Singular: The units are too few for so many effects.

        Source:
            Nel, D. G. & van der Merwe, C. A. (1986). Communications in Statistics A 15,
            3719–3735.
        """
        before = (self.period < self.start) & self.influence.any(axis=0)
        if not before.any():
            raise NotIdentified("No group has two periods before its start to test.")
        influence, q = self.influence[:, before] / len(self.first), int(before.sum())
        V, below = np.zeros((q, q)), 0.0
        for start in np.unique(self.first):
            own = influence[self.first == start]
            if not own.any():
                continue
            if len(own) < 2:
                raise Singular(FEW_FOR_MANY)
            part = own.T @ own * (len(own) / (len(own) - 1))
            V, below = V + part, below + _size(part) / (len(own) - 1)
        rest = _size(V) / below - q + 1
        if rest <= 0 or np.linalg.matrix_rank(V) < q:
            raise Singular(FEW_FOR_MANY)
        W = float(self.effect[before] @ np.linalg.solve(V, self.effect[before]))
        F = W * rest / ((rest + q - 1) * q)
        return WaldTest(W, q, float(stats.f.sf(F, q, rest)), rest)

    def average(self, kind: Average = "group") -> AverageEffect:
        """Average the effects after the start.

        Args:
            kind: "group": mean over each group's periods, then over units by group (nothing is
                counted twice because a group is seen longer). "simple": over all pairs of group
                and period by group size. "dynamic": by time since the start, then plainly.
                "calendar": by period, then plainly.

        Raises:
            NotIdentified: No group is seen after its start.

        Source:
            Callaway, B. & Sant'Anna, P. H. C. (2021). Journal of Econometrics 225, 200–230,
            table 1.
        """
        after = self.period >= self.start
        if not after.any():
            raise NotIdentified("No group is seen after its start beside units to compare with.")
        if kind == "simple":
            return self._by(np.zeros(after.sum(), int), after, weigh_steps=None)
        key = {
            "dynamic": self.period - self.start,
            "group": self.start,
            "calendar": self.period,
        }[kind]
        return self._by(key[after], after, weigh_steps=kind == "group")

    def by_event_time(self) -> AverageEffect:
        """The curve over event time with the periods before the start; no overall average."""
        every = np.ones(len(self.start), bool)
        curve = self._by(self.period - self.start, every, weigh_steps=False)
        after = self.average("dynamic")
        return AverageEffect(
            after.estimate,
            after.std_error,
            curve.step,
            curve.effects,
            curve.std_errors,
            after.influence,
            curve.influences,
        )

    def _by(self, key: np.ndarray, kept: np.ndarray, *, weigh_steps: bool | None) -> AverageEffect:
        places = np.flatnonzero(kept)
        steps = np.unique(key)
        rows = [self._weighted(places[key == step]) for step in steps]
        effects = np.array([row[0] for row in rows])
        influences = np.column_stack([row[1] for row in rows])
        if weigh_steps:
            # Groups weigh by their units, and those shares are estimated too.
            first_of = np.array([places[key == step][0] for step in steps])
            whole = self._combined(effects, influences, first_of)
        else:
            whole = float(effects.mean()), influences.mean(axis=1)
        return AverageEffect(
            whole[0],
            float(_spread(whole[1][:, None])[0]),
            steps,
            effects,
            _spread(influences),
            whole[1],
            influences,
        )

    def _weighted(self, places: np.ndarray) -> tuple[float, np.ndarray]:
        return self._combined(self.effect[places], self.influence[:, places], places)

    def _combined(
        self, effects: np.ndarray, influences: np.ndarray, places: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Average by group size, with the influence of the shares themselves."""
        share = self._share[places]
        weight = share / share.sum()
        of_group = (self.first[:, None] == self.start[places][None, :]) - share
        through = (of_group - of_group.sum(axis=1, keepdims=True) * weight) / share.sum()
        return float(weight @ effects), influences @ weight + through @ effects


def _spread(influence: np.ndarray) -> np.ndarray:
    return np.sqrt((influence**2).sum(axis=0)) / len(influence)


def critical_value(
    influence: np.ndarray,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = DRAWS,
) -> float:
    """How many standard errors a band needs to cover a whole curve, by multiplier bootstrap.

    Args:
        influence: What each unit adds to each step, shape (I, S).
        rng: Source of the multipliers (Mammen's two points).
        level: Between 0 and 1.
        draws: Number of bootstrap samples.

    Source:
        Callaway, B. & Sant'Anna, P. H. C. (2021), algorithm 1; Mammen, E. (1993). Annals of
        Statistics 21, 255–285.
    """
    check_level(level)
    moves = influence.any(axis=0)
    influence, root = influence[:, moves], np.sqrt(5)
    low, high, share = (1 - root) / 2, (1 + root) / 2, (root + 1) / (2 * root)
    spread = _spread(influence) * len(influence)
    largest = []
    for size in np.diff(np.linspace(0, draws, 1 + -(-draws // 1000)).astype(int)):
        multipliers = np.where(rng.random((size, len(influence))) < share, low, high)
        largest.append(np.abs(multipliers @ influence / spread).max(axis=1))
    return float(np.quantile(np.concatenate(largest), level, method="higher"))


def att_gt(
    Y: np.ndarray,
    first: np.ndarray,
    *,
    control: Control = "never",
    base: Base = "varying",
    anticipation: int = 0,
    covariates: np.ndarray | None = None,
) -> GroupTimeEffects:
    """Effects on each group in each period, each from its own two-by-two comparison.

    Units with a gap in one of the two periods of a comparison are left out of it. Covariates
    enter doubly robustly: it is enough that the trend or the odds of treatment are modelled well.

    Args:
        Y: Shape (I, T), in the unit of the metric; NaN is not observed.
        first: Position of each unit's first period with the solution, shape (I,); T or more
            for never. Units that start in the first period are left out: nothing came before.
        control: Compare with units that never start, or also with those that have not yet.
        base: Before the start compare with the period just before ("varying"), or always with
            the last one before the start ("universal").
        anticipation: Periods before the start in which the effect may already show.
        covariates: Known before anything starts, shape (I,) or (I, k).

    Raises:
        NotIdentified: Nobody starts after the first period, or nobody is left to compare with.
        Singular: Covariates separate the treated from the others, or repeat each other.

    Source:
        Callaway, B. & Sant'Anna, P. H. C. (2021). Journal of Econometrics 225, 200–230, eq. 2.4
        and 2.9. Sant'Anna, P. H. C. & Zhao, J. (2020). Journal of Econometrics 219, 101–122.

    Example:
        >>> Y = np.array([[1.0, 4.0], [2.0, 5.5], [1.0, 2.0], [3.0, 3.5]])
        >>> att_gt(Y, np.array([1, 1, 2, 2])).effect
        array([2.5])
    """
    Y, size = np.asarray(Y, float), np.shape(Y)[1]
    first = np.minimum(np.asarray(first), size)
    X = np.ones((len(Y), 1))
    if covariates is not None:
        X = np.column_stack([X, np.asarray(covariates, float).reshape(len(Y), -1)])
    if control == "never" and not (first == size).any():
        raise NotIdentified("No unit never starts; compare with those that have not yet started.")
    starts = [int(g) for g in np.unique(first) if anticipation < g < size]
    if not starts:
        raise NotIdentified("Nobody starts after the first period, so there is no before.")
    rows = []
    for g in starts:
        for t in range(size):
            pair = _periods(g, t, base, anticipation)
            if pair is None:
                continue
            others = _others(first, g, pair, control, anticipation, size)
            # The last groups to start have nobody left who waits.
            if others.any():
                rows.append((g, t, *_compare(Y, X, first == g, others, pair)))
    if not rows:
        raise NotIdentified("No group has a period to compare with before its start.")
    start, period, effect, influence = zip(*rows, strict=True)
    return GroupTimeEffects(
        np.array(start), np.array(period), np.array(effect), np.column_stack(influence), first
    )


def _periods(g: int, t: int, base: Base, anticipation: int) -> tuple[int, int] | None:
    """The two periods compared for group g at t: (earlier or reference, t)."""
    reference = g - 1 - anticipation
    if t >= g - anticipation or base == "universal":
        return reference, t
    return (t - 1, t) if t > 0 else None


def _others(
    first: np.ndarray, g: int, pair: tuple[int, int], control: Control, anticipation: int, size: int
) -> np.ndarray:
    if control == "never":
        return first == size
    return (first > max(pair) + anticipation) & (first != g)


def _compare(
    Y: np.ndarray, X: np.ndarray, group: np.ndarray, others: np.ndarray, pair: tuple[int, int]
) -> tuple[float, np.ndarray]:
    """One effect and each unit's influence on it, shape (I,)."""
    influence = np.zeros(len(Y))
    if pair[0] == pair[1]:
        return 0.0, influence
    change = Y[:, pair[1]] - Y[:, pair[0]]
    used = (group | others) & ~np.isnan(change) & ~np.isnan(X).any(axis=1)
    on = group[used]
    if not on.any() or on.all():
        raise NotIdentified("A group or those it is compared with have no readings in a period.")
    if X.shape[1] == 1:
        effect, own = _plain(change[used], on)
    else:
        effect, own = _doubly_robust(change[used], on, X[used])
    influence[used] = own * (len(Y) / used.sum())
    return effect, influence


def _plain(change: np.ndarray, on: np.ndarray) -> tuple[float, np.ndarray]:
    inside, outside = change[on].mean(), change[~on].mean()
    share = on.mean()
    own = np.where(on, (change - inside) / share, -(change - outside) / (1 - share))
    return float(inside - outside), own


def _doubly_robust(change: np.ndarray, on: np.ndarray, X: np.ndarray) -> tuple[float, np.ndarray]:
    """Sant'Anna & Zhao's estimator with logit odds and a linear trend fitted on the others."""
    n, D = len(change), on.astype(float)
    gram = X[~on].T @ X[~on] / n
    if np.linalg.matrix_rank(gram) < X.shape[1]:
        raise Singular("The covariates repeat each other among the units compared with.")
    slope = np.linalg.solve(gram, X[~on].T @ change[~on] / n)
    odds, propensity = _logit(X, D)
    residual = change - X @ slope
    weight = [D, odds * (1 - D)]
    mean = [float(w @ residual / w.sum()) for w in weight]
    trend = ((1 - D) * residual)[:, None] * X @ np.linalg.inv(gram)
    hessian = (propensity * (1 - propensity))[:, None] * X
    score = (D - propensity)[:, None] * X @ np.linalg.inv(hessian.T @ X / n)
    parts = []
    for w, m in zip(weight, mean, strict=True):
        own = w * (residual - m) - trend @ (X.T @ w / n)
        if w is weight[1]:
            own = own + score @ (X.T @ (w * (residual - m)) / n)
        parts.append(own / w.mean())
    return mean[0] - mean[1], parts[0] - parts[1]


def _logit(X: np.ndarray, D: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Odds and probability of being treated, by Newton's method."""
    scale = np.abs(X).max(axis=0)
    Z, beta = X / scale, np.zeros(X.shape[1])
    for _ in range(50):
        p = special.expit(Z @ beta)
        H = (Z * (p * (1 - p))[:, None]).T @ Z
        if np.linalg.cond(H) > 1e12:
            break
        step = np.linalg.solve(H, Z.T @ (D - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            return np.exp(Z @ beta), special.expit(Z @ beta)
    raise Singular("The covariates separate the treated from the others; leave some of them out.")
