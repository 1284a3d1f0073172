"""Many lots at once, one bit for each choice, and sums over whom they choose."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pochin.lab.randomize import Assignment

WORD = 64
ROUND = 1 << 15
"""Words drawn at a time."""
SELDOM = 0.01
"""Where fewer words than this have the right number of bits, units are shuffled instead."""

# The bits of every byte, lowest first, shape (256, 8).
BITS = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(float)


@dataclass(frozen=True, eq=False)
class Choices:
    """Independent choices by bits.

    Attributes:
        bytes: Bits of each row packed lowest first, shape (B, n), uint8.
        moves: What each bit moves: +1 and −1 at units, shape (at most 8 B, I).
    """

    bytes: np.ndarray
    moves: np.ndarray


@dataclass(frozen=True, eq=False)
class Lots:
    """Rows of zeros and ones (or of signs), kept as bits.

    A row of labels is `base` plus what its bits move; sums over labels then need no row at all:
    eight bits at a time are looked up in a table of 256 sums.

    Attributes:
        n: Rows.
        base: Shape (I,).
        parts: Choices that do not depend on each other.

    Example:
        >>> lots = Lots.of_rows(np.array([[1, 0, 1], [0, 1, 1]]))
        >>> lots.sums(np.array([[1.0], [10.0], [100.0]])).tolist()
        [[101.0, 110.0]]
    """

    n: int
    base: np.ndarray
    parts: tuple[Choices, ...]

    @classmethod
    def of_rows(cls, rows: np.ndarray) -> Lots:
        """From rows of zeros and ones, shape (n, I)."""
        packed = np.packbits(rows.astype(bool, copy=False), axis=1, bitorder="little")
        size = rows.shape[1]
        whole = Choices(np.ascontiguousarray(packed.T), np.eye(size))
        return cls(len(rows), np.zeros(size), (whole,))

    @classmethod
    def signs(cls, rows: np.ndarray) -> Lots:
        """From rows of −1 and 1, shape (n, I)."""
        chosen = cls.of_rows(rows > 0)
        part = chosen.parts[0]
        return cls(chosen.n, np.full(rows.shape[1], -1.0), (Choices(part.bytes, 2 * part.moves),))

    @classmethod
    def drawn(cls, assignment: Assignment, n: int, rng: np.random.Generator) -> Lots:
        """`n` admissible rows of labels 0 and 1, independent and equally likely."""
        labels, blocks = assignment.labels, assignment.blocks
        if assignment.admissible is not None or labels.max(initial=0) > 1:
            return cls.of_rows(assignment.draw_labels(n, rng))
        size, base, parts = len(labels), np.zeros(len(labels)), []
        pairs, others = _sorted_blocks(labels, blocks)
        if pairs:
            # One bit for each pair: which of the two.
            first, second = np.array(pairs).T
            moves = np.zeros((len(pairs), size))
            moves[np.arange(len(pairs)), first], moves[np.arange(len(pairs)), second] = 1, -1
            base[second] = 1
            parts.append(Choices(_free_bits(len(pairs), n, rng), moves))
        for where in others:
            chosen = int(labels[where].sum())
            moves = np.eye(size)[where]
            if 0 < chosen < len(where):
                parts.append(Choices(_counted_bits(len(where), chosen, n, rng), moves))
            else:
                base[where] = labels[where]
        return cls(n, base, tuple(parts))

    def turned(self) -> Lots:
        """The same with zeros and ones exchanged."""
        parts = tuple(Choices(one.bytes, -one.moves) for one in self.parts)
        return Lots(self.n, 1 - self.base, parts)

    def sums(self, V: np.ndarray) -> np.ndarray:
        """Labels times columns, shape (k, n); V of shape (I, k)."""
        total = np.repeat((self.base @ V)[:, None], self.n, axis=1)
        for part in self.parts:
            moved = part.moves @ V
            moved = np.pad(moved, ((0, 8 * len(part.bytes) - len(moved)), (0, 0)))
            for place, byte in enumerate(part.bytes):
                table = BITS @ moved[8 * place : 8 * place + 8]
                where = byte.astype(np.intp)
                for row, column in zip(total, table.T, strict=True):
                    row += column[where]
        return total


def _sorted_blocks(
    labels: np.ndarray, blocks: np.ndarray
) -> tuple[list[tuple[int, int]], list[np.ndarray]]:
    """Blocks of two that differ, and the others."""
    pairs, others = [], []
    for block in np.unique(blocks):
        where = np.flatnonzero(blocks == block)
        if len(where) == 2 and labels[where].sum() == 1:
            pairs.append((int(where[0]), int(where[1])))
        else:
            others.append(where)
    return pairs, others


def _free_bits(size: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """`n` rows of fair bits, packed, shape (B, n)."""
    count = -(-size // 8)
    found = rng.integers(0, 256, (count, n), dtype=np.uint8)
    found[-1] &= np.uint8(2 ** (size - 8 * (count - 1)) - 1)
    return found


def _counted_bits(size: int, chosen: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """`n` rows with `chosen` of `size` bits set, each such row as likely, packed, (B, n).

    Fair words are drawn and those with another number of bits thrown away: what is left is
    uniform, and a word costs less than a shuffle of its units.
    """
    kept_share = math.comb(size, chosen) / 2**size
    if kept_share < SELDOM:
        rows = np.tile(np.arange(size) < chosen, (n, 1))
        packed = np.packbits(rng.permuted(rows, axis=1), axis=1, bitorder="little")
        return np.ascontiguousarray(packed.T)
    words = np.concatenate(list(_words(size, chosen, n, kept_share, rng)))[:n]
    count = -(-size // 8)
    return np.ascontiguousarray(words.astype("<u8").view(np.uint8).reshape(n, -1)[:, :count].T)


def _words(
    size: int, chosen: int, n: int, kept_share: float, rng: np.random.Generator
) -> Iterable[np.ndarray]:
    """Words with the right number of bits, at least `n`, shape (·, W)."""
    across = -(-size // WORD)
    last = np.uint64(2 ** (size - WORD * (across - 1)) - 1)
    found = 0
    while found < n:
        # A few more than are needed on average, and no more at once than a cache holds.
        missing = n - found
        guess = min(int((missing + 4 * math.sqrt(missing) + 8) / kept_share), ROUND)
        drawn = rng.integers(0, 2**WORD - 1, (guess, across), dtype=np.uint64, endpoint=True)
        drawn[:, -1] &= last
        count = np.bitwise_count(drawn[:, 0])
        if across > 1:
            count = np.bitwise_count(drawn).sum(axis=1, dtype=np.int64)
        kept = drawn[count == chosen]
        found += len(kept)
        yield kept
