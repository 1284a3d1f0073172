"""Many lots at once, one bit for each choice, and sums over whom they choose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pochin.lab.assignment import Assignment

WORD = 64
ROUND = 1 << 14
"""Rows summed at a time."""
MOST = 40
"""Fair words for each row beyond which shuffling units costs less."""

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
        return np.concatenate(list(self.by_part(V)), axis=1)

    def by_part(self, V: np.ndarray, most: int = ROUND) -> Iterator[np.ndarray]:
        """The same, so many rows at a time that a cache holds them, shape (k, at most `most`)."""
        start = (self.base @ V)[:, None]
        tables = [(part.bytes, _tables(part, V)) for part in self.parts]
        for first in range(0, self.n, most):
            size = min(most, self.n - first)
            total = np.repeat(start, size, axis=1)
            for packed, table in tables:
                for byte, columns in zip(packed[:, first : first + size], table, strict=True):
                    where = byte.astype(np.intp)
                    for row, column in zip(total, columns, strict=True):
                        row += column[where]
            yield total


def _tables(part: Choices, V: np.ndarray) -> np.ndarray:
    """What each value of each byte adds to each sum, shape (B, k, 256)."""
    moved = part.moves @ V
    moved = np.pad(moved, ((0, 8 * len(part.bytes) - len(moved)), (0, 0)))
    bytewise = moved.reshape(len(part.bytes), 8, V.shape[1])
    return np.ascontiguousarray((BITS @ bytewise).transpose(0, 2, 1))


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

    The rows stand in no particular order, but not in the order of a draw.
    """
    words = _joined_halves(size, chosen, n, rng) if size <= WORD else None
    if words is None:
        rows = np.tile(np.arange(size) < chosen, (n, 1))
        packed = np.packbits(rng.permuted(rows, axis=1), axis=1, bitorder="little")
        return np.ascontiguousarray(packed.T)
    count = -(-size // 8)
    return np.ascontiguousarray(words.astype("<u8").view(np.uint8).reshape(n, -1)[:, :count].T)


def _joined_halves(size: int, chosen: int, n: int, rng: np.random.Generator) -> np.ndarray | None:
    """Words with `chosen` of `size` bits set; None where fair halves seldom fit.

    How many of the chosen lie in the first half is hypergeometric; given that, each half is a
    fair word with so many bits, and fair words are sorted by their bits and used once.
    """
    first = size // 2
    at_least, at_most = max(0, chosen - (size - first)), min(first, chosen)
    weights = np.arange(at_least, at_most + 1)
    ways = [math.comb(first, k) * math.comb(size - first, chosen - k) for k in weights.tolist()]
    share = np.array(ways, float) / math.comb(size, chosen)
    wanted = rng.multinomial(n, share / share.sum())
    halves = []
    for bits, ones, shift in ((first, weights, 0), (size - first, chosen - weights, first)):
        fair = np.array([math.comb(bits, int(k)) / 2**bits for k in ones])
        words = np.ceil((wanted + 4 * np.sqrt(wanted) + 4)[wanted > 0] / fair[wanted > 0]).max()
        if words > MOST * n + 1_000:
            return None
        halves.append(_fair_halves(bits, ones, wanted, int(words), rng) << np.uint64(shift))
    return halves[0] | halves[1]


def _fair_halves(
    bits: int, ones: np.ndarray, wanted: np.ndarray, words: int, rng: np.random.Generator
) -> np.ndarray:
    """For each number of ones as many words of so many bits as are wanted, shape (Σ wanted,)."""
    pool: list[list[np.ndarray]] = [[] for _ in ones]
    missing = wanted.copy()
    while missing.any():
        drawn = rng.integers(0, 2**32 - 1, words, dtype=np.uint32, endpoint=True)
        drawn &= np.uint32(2**bits - 1)
        count = np.bitwise_count(drawn)
        # A stable sort keeps the order of the draw among words with as many bits.
        drawn = drawn[np.argsort(count, kind="stable")]
        ends = np.cumsum(np.bincount(count, minlength=bits + 1))
        for place in np.flatnonzero(missing):
            end = ends[ones[place]]
            start = ends[ones[place] - 1] if ones[place] else 0
            found = drawn[start:end][: missing[place]]
            pool[place].append(found)
            missing[place] -= len(found)
    return np.concatenate([one for some in pool for one in some]).astype(np.uint64)
