"""Switchbacks: blocks of time with and without the solution within the same unit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from pochin.lab.assignment import ENUMERABLE, Assignment
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.estimate.told import by_permutation, by_t
from pochin.lab.inference.permutation import LinearPermutation
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    TooFewUnits,
)

DRAWS = 9_999


# Pairs of blocks.


@dataclass(frozen=True, eq=False)
class PairDifferences:
    """With the solution less without it, for each two adjacent blocks of a unit.

    Attributes:
        difference: Shape (P,), in the unit of the metric.
        unit: Row of the unit, shape (P,).
        couple: Number of the pair within the unit, shape (P,).
        lost: Pairs without readings in one of the blocks.
    """

    difference: np.ndarray
    unit: np.ndarray
    couple: np.ndarray
    lost: int

    @property
    def estimate(self) -> float:
        return float(self.difference.mean())

    @property
    def std_error(self) -> float:
        return float(self.difference.std(ddof=1) / math.sqrt(len(self.difference)))

    @property
    def df(self) -> float:
        return float(len(self.difference) - 1)


def pair_differences(
    Y: np.ndarray,
    schedule: np.ndarray,
    block: int,
    *,
    burn_in: int = 0,
    until: int | None = None,
    start: int = 0,
) -> PairDifferences:
    """Compare adjacent blocks; what one unit and one stretch of time share falls out.

    Args:
        Y: Shape (I, T), in the unit of the metric; NaN is not observed.
        schedule: Shape (I, T), of −1, 0, 1.
        block: Periods in a block.
        burn_in: First periods of every block that are left out.
        until: Only periods of a block before this one are used; all by default.
        start: Position of the first period of the first block.

    Raises:
        NotIdentified: Two adjacent blocks are alike, or a block changes within itself.
        TooFewUnits: Fewer than two pairs have readings.

    Source:
        Bojinov, I., Simchi-Levi, D. & Zhao, J. (2023). Management Science 69, 3759–3777.
        Hu, Y. & Wager, S. (2022). arXiv:2209.00197 (burn-in).

    Example:
        >>> Y = np.array([[1.0, 2.0, 5.0, 6.0, 9.0, 7.0, 3.0, 3.0]])
        >>> plan = np.array([[0, 0, 1, 1, 1, 1, 0, 0]])
        >>> pair_differences(Y, plan, 2).difference.tolist()
        [4.0, 5.0]
    """
    couples = (Y.shape[1] - start) // (2 * block)
    used = slice(start, start + couples * 2 * block)
    shape = (len(Y), couples, 2, block)
    values, plan = Y[:, used].reshape(shape), schedule[:, used].reshape(shape)
    side = _sides(plan)
    inside = values[..., burn_in:until]
    seen = ~np.isnan(inside) & (plan[..., burn_in:until] != -1)
    count = seen.sum(axis=3)
    mean = np.where(seen, inside, 0.0).sum(axis=3) / np.maximum(count, 1)
    whole = (count > 0).all(axis=2) & (side != 0)
    difference = (mean[:, :, 0] - mean[:, :, 1]) * side
    if whole.sum() < 2:
        raise TooFewUnits("Fewer than two pairs of blocks have readings on both sides.")
    unit, couple = np.nonzero(whole)
    return PairDifferences(difference[whole], unit, couple, int((~whole & (side != 0)).sum()))


def _sides(plan: np.ndarray) -> np.ndarray:
    """1 where the first block of a couple is treated, −1 the second, 0 nothing planned."""
    on, off = (plan == 1).any(axis=3), (plan == 0).any(axis=3)
    if (on & off).any():
        raise NotIdentified("A block changes within itself; the block length is another one.")
    planned = (on | off).all(axis=2)
    if (planned & (on[:, :, 0] == on[:, :, 1])).any():
        raise NotIdentified(
            "Two blocks of a pair are alike; use Horvitz–Thompson where each block has a coin."
        )
    return np.where(planned, np.where(on[:, :, 0], 1, -1), 0)


def flip_signs(
    difference: np.ndarray, *, draws: int = DRAWS, rng: np.random.Generator | None = None
) -> LinearPermutation:
    """Turn the coins of the pairs over, all ways or as many as drawn.

    Args:
        difference: Shape (P,), in the unit of the metric.
        draws: Ways drawn where there are too many to go through.
        rng: Needed only then.

    Raises:
        ValueError: There are too many ways and `rng` is missing.

    Source:
        Fisher, R. A. (1935). The Design of Experiments, ch. 3.

    Example:
        >>> flip_signs(np.array([1.0, 2.0, 3.0])).p_value()
        0.25
    """
    size = len(difference)
    exact = size < 60 and 2**size <= ENUMERABLE
    if exact:
        signs = 1.0 - 2.0 * ((np.arange(2**size)[:, None] >> np.arange(size)) & 1)
    elif rng is None:
        raise ValueError("rng is None, but the coins are too many to turn all ways")
    else:
        signs = 1.0 - 2.0 * rng.integers(0, 2, (draws, size))
    return LinearPermutation(
        float(difference.mean()), signs @ difference / size, signs.mean(axis=1), exact
    )


# The estimator.


@dataclass(frozen=True)
class BlockPairs:
    """Switchbacks judged on differences between adjacent blocks.

    Args:
        block: Periods in a block.
        burn_in: First periods of every block that are left out, as registered.
        start: Position of the first period of the first block.
        metric: Code of the metric; may be left out when the table holds one.
        inference: "t" on the pair differences, or "sign-flip" of their coins; the other one is
            among the sensitivity analyses.
        alternative: "two-sided", "greater" or "less".
        draws: Ways drawn where the coins are too many to turn all ways.

    Source:
        Bojinov, I., Simchi-Levi, D. & Zhao, J. (2023). Management Science 69, 3759–3777.
    """

    block: int
    burn_in: int = 0
    start: int = 0
    metric: str | None = None
    inference: Literal["t", "sign-flip"] = "t"
    alternative: Alternative = "two-sided"
    draws: int = DRAWS

    def __post_init__(self) -> None:
        if not 0 <= self.burn_in < self.block:
            raise ValueError(f"burn_in is {self.burn_in}, but a block has {self.block} periods")

    def fit(
        self,
        table: MomentTable,
        assignment: Assignment,
        *,
        rng: np.random.Generator | None = None,
    ) -> EffectResult:
        """Compare adjacent blocks, turn their coins over, and look for carryover.

        Args:
            table: Moments by unit and period.
            assignment: Who worked how when.
            rng: Needed for sign flips of more than 16 pairs.

        Raises:
            NotIdentified: The schedule is not one of pairs of blocks.
            TooFewUnits: Fewer than two pairs have readings.
        """
        data = line_up(table, assignment, self.metric)
        pairs = self._pairs(data, burn_in=self.burn_in)
        by_t = self._by_t(pairs, float(np.nanmax(np.abs(data.Y))))
        answer, other = by_t, None
        if rng is not None or 2 ** min(len(pairs.difference), 60) <= ENUMERABLE:
            other = self._by_flips(pairs, rng)
        if self.inference == "sign-flip":
            # Without a generator and with many coins this refuses, and says why.
            answer, other = other or self._by_flips(pairs, rng), by_t
        return replace(
            answer,
            curve=self._by_burn_in(data),
            sensitivity=(other,) if other else (),
            values={"differences": pairs.difference, "unit": data.units[pairs.unit]},
            flags=_lost(pairs) + self._carryover(data),
            **about(data, n_units={"both": len(data.units), "pairs": len(pairs.difference)}),
        )

    def _pairs(self, data: LinedUp, **more: Any) -> PairDifferences:
        return pair_differences(data.Y, data.schedule, self.block, start=self.start, **more)

    def _by_t(self, pairs: PairDifferences, scale: float) -> EffectResult:
        return by_t(
            pairs,
            scale=scale,
            alike="All pairs differ by the same amount, so there is no spread.",
            method="switchback-pairs-t",
            reference="Bojinov, Simchi-Levi & Zhao 2023",
            alternative=self.alternative,
        )

    def _by_flips(self, pairs: PairDifferences, rng: np.random.Generator | None) -> EffectResult:
        return by_permutation(
            flip_signs(pairs.difference, draws=self.draws, rng=rng),
            method="switchback-pairs-sign-flip",
            reference="Bojinov, Simchi-Levi & Zhao 2023",
            alternative=self.alternative,
            estimate=pairs.estimate,
            std_error=pairs.std_error,
        )

    def _by_burn_in(self, data: LinedUp) -> tuple[dict[str, float], ...]:
        """The estimate for every burn-in there could have been."""
        rows = []
        for burn_in in range(self.block):
            pairs = self._pairs(data, burn_in=burn_in)
            row = {"burn_in": burn_in, "estimate": pairs.estimate, "std_error": pairs.std_error}
            rows.append(row)
        return tuple(rows)

    def _carryover(self, data: LinedUp) -> tuple[Flag, ...]:
        """Whether the difference still moves in what is left of the blocks."""
        left = self.block - self.burn_in
        if left < 2:
            return ()
        middle = self.burn_in + left // 2
        early = self._pairs(data, burn_in=self.burn_in, until=middle)
        late = self._pairs(data, burn_in=middle)
        key = [one.unit * 10**6 + one.couple for one in (early, late)]
        _, a, b = np.intersect1d(*key, return_indices=True)
        change = late.difference[b] - early.difference[a]
        spread = change.std(ddof=1) if len(change) > 2 else 0.0
        if not spread > 0:
            return ()
        t = float(change.mean() / spread * math.sqrt(len(change)))
        p_value = float(2 * stats.t.sf(abs(t), len(change) - 1))
        if p_value >= 0.05:
            return ()
        message = (
            "Within the blocks the difference still moves, by %(change).3g from their first half "
            "to their second (p %(p_value).3f): the past acts longer than the burn-in."
        )
        evidence = {"change": float(change.mean()), "p_value": p_value}
        return (Flag("carryover", "warn", message, evidence),)


def _lost(pairs: PairDifferences) -> tuple[Flag, ...]:
    if not pairs.lost:
        return ()
    message = "%(lost)d pairs of blocks have no readings on a side, and are left out."
    return (Flag("pairs-left-out", "warn", message, {"lost": pairs.lost}),)
