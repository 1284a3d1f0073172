"""Switchback: the effect of exposure, weighed by the chance of each sequence of blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pochin.lab.result import (
    NotIdentified,
)

Coins = Literal["pairs", "blocks"]
"""One coin for two adjacent blocks (one of them treated), or one for each block."""


@dataclass(frozen=True, eq=False)
class ExposureEffect:
    """Effect of having had the solution for the last m + 1 periods against not having had it.

    Attributes:
        estimate: In the unit of the metric.
        std_error: Conservative, same unit.
        used: Unit-periods whose whole window was of one kind, with and without.
        weights: Weight of each unit-period in the estimate, shape (I, T).
    """

    estimate: float
    std_error: float
    used: tuple[int, int]
    weights: np.ndarray


@dataclass(frozen=True)
class _Window:
    """Periods of a unit that see the same blocks: which blocks, and the probability of one kind."""

    blocks: frozenset[int]
    periods: tuple[int, ...]

    def coins(self, per: Coins) -> frozenset[int]:
        return frozenset(b // 2 for b in self.blocks) if per == "pairs" else self.blocks

    def possible(self, per: Coins) -> bool:
        """Two blocks under one coin are never alike."""
        return len(self.coins(per)) == len(self.blocks)


def _windows(periods: int, block: int, carryover: int, start: int, per: Coins) -> list[_Window]:
    found: dict[frozenset[int], list[int]] = {}
    end = start + (periods - start) // block * block
    for t in range(start + carryover, end):
        first, last = (t - carryover - start) // block, (t - start) // block
        found.setdefault(frozenset(range(first, last + 1)), []).append(t)
    made = [_Window(blocks, tuple(times)) for blocks, times in found.items()]
    return [one for one in made if one.possible(per)]


def _alike(one: _Window, other: _Window, per: Coins) -> float:
    """Probability that both windows are all of one given kind."""
    both = _Window(one.blocks | other.blocks, ())
    return 0.5 ** len(both.coins(per)) if both.possible(per) else 0.0


def _unlike(one: _Window, other: _Window, per: Coins) -> float:
    """Probability that one window is all of a kind and the other all of the other."""
    if one.blocks & other.blocks:
        return 0.0
    return 0.5 ** len(one.coins(per) | other.coins(per))


def horvitz_thompson(
    Y: np.ndarray,
    schedule: np.ndarray,
    block: int,
    carryover: int,
    *,
    start: int = 0,
    coins: Coins = "pairs",
) -> ExposureEffect:
    """Weigh periods by the chance that their last `carryover` + 1 periods were all of one kind.

    Unbiased whatever the carryover up to that order. The standard error bounds products of
    outcomes that are never seen together by their squares, so it errs upwards. Outcomes are taken
    about the mean of their unit, which does not depend on the lot where nothing has an effect.

    Args:
        Y: Shape (I, T), in the unit of the metric; no gaps in the blocks.
        schedule: Shape (I, T), of 0 and 1 in the blocks.
        block: Periods in a block; at least the carryover.
        carryover: Order m: periods for which the past still acts.
        start: Position of the first period of the first block.
        coins: How the lot was drawn, "pairs" or "blocks".

    Raises:
        NotIdentified: The carryover is longer than a block, or cells are missing.

    Source:
        Bojinov, I., Simchi-Levi, D. & Zhao, J. (2023). Management Science 69, 3759–3777.
        Aronow, P. M. & Samii, C. (2017). Annals of Applied Statistics 11, 1912–1947 (the bound).
    """
    if carryover > block:
        raise NotIdentified(f"A carryover of {carryover} periods outlasts blocks of {block}.")
    windows = _windows(Y.shape[1], block, carryover, start, coins)
    times = [t for window in windows for t in window.periods]
    if not times:
        raise NotIdentified("No period has a past of one kind in these blocks.")
    if np.isnan(Y[:, times]).any() or (schedule[:, times] == -1).any():
        raise NotIdentified(
            "A block has periods without readings; compare pairs of blocks instead."
        )
    centred = Y - Y[:, times].mean(axis=1, keepdims=True)
    size = len(Y) * len(times)
    sums = np.stack([centred[:, one.periods].sum(axis=1) for one in windows], axis=1)
    kinds = _kinds(schedule, windows, block, start)
    chance = np.array([0.5 ** len(one.coins(coins)) for one in windows])
    estimate = float((kinds * sums / chance).sum() / size)
    variance = sum(_bound(windows, sums[i], kinds[i], chance, coins) for i in range(len(Y)))
    weights = np.zeros(Y.shape)
    for place, window in enumerate(windows):
        weights[:, window.periods] = (kinds[:, place] / chance[place] / size)[:, None]
    counted = tuple(int((weights > 0).sum()) if k else int((weights < 0).sum()) for k in (1, 0))
    spread = math.sqrt(max(variance, 0.0)) / size
    return ExposureEffect(estimate, spread, (counted[0], counted[1]), weights)


def _kinds(schedule: np.ndarray, windows: list[_Window], block: int, start: int) -> np.ndarray:
    """1 where all blocks of a window are treated, −1 where none is, else 0; shape (I, W)."""
    columns = []
    for window in windows:
        cells = schedule[:, [start + b * block for b in sorted(window.blocks)]]
        columns.append((cells == 1).all(axis=1) * 1 - (cells == 0).all(axis=1) * 1)
    return np.stack(columns, axis=1)


def _bound(
    windows: list[_Window], sums: np.ndarray, kinds: np.ndarray, chance: np.ndarray, per: Coins
) -> float:
    """Estimated upper bound of the variance of one unit's weighted sum."""
    total = 0.0
    square = sums**2 / chance
    on, off = kinds == 1, kinds == -1
    for g, h in _neighbours(windows, per):
        together = _alike(windows[g], windows[h], per)
        excess = together / (chance[g] * chance[h]) - 1
        for kind in (on, off):
            if together:
                total += (kind[g] & kind[h]) * sums[g] * sums[h] * excess / together
            else:
                total += (kind[g] * square[g] + kind[h] * square[h]) / 2
        apart = _unlike(windows[g], windows[h], per)
        excess = apart / (chance[g] * chance[h]) - 1
        if apart:
            total -= 2 * (on[g] & off[h]) * sums[g] * sums[h] * excess / apart
        else:
            total += on[g] * square[g] + off[h] * square[h]
    return float(total)


def _neighbours(windows: list[_Window], per: Coins) -> Iterator[tuple[int, int]]:
    """Ordered pairs of windows that share a coin; all others are independent."""
    coins = [one.coins(per) for one in windows]
    for g, mine in enumerate(coins):
        for h, theirs in enumerate(coins):
            if mine & theirs:
                yield g, h
